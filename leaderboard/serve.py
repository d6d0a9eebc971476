"""Running a node: the socket, uvicorn, the banner, the demo."""

import asyncio
import functools
import gc
import io
import signal
import socket
import subprocess
from types import FrameType
from typing import cast

import click
import msgspec
import segno
import structlog
import uvicorn
import uvloop

from leaderboard import __version__
from leaderboard.addresses import lan_address, listen
from leaderboard.app import create_app
from leaderboard.config import Settings
from leaderboard.demo import Demo
from leaderboard.live.drain import Drain
from leaderboard.live.http import HttpProtocol
from leaderboard.live.messages import MAX_BYTES
from leaderboard.live.protocol import FrameProtocol
from leaderboard.open_files import raise_file_limit
from leaderboard.ops import logs
from leaderboard.ops.doctor import port_taken

log = structlog.get_logger(__name__)

LAST_S = 10  # how long a leaving node waits for its last requests
PING_S = 20.0


def run(
    settings: Settings, about: list[tuple[str, str]], redis: subprocess.Popen[bytes] | None, as_json: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM. `about` are lines for the banner; `redis` is the server that we started, if we did."""
    raise_file_limit()
    try:
        listener = listen("" if settings.lan else settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(port_taken(settings, error)) from error
    settings = msgspec.structs.replace(settings, port=listener.getsockname()[1])  # 0 took a free one
    logs.configure(settings.log_level, settings.log_format, settings.name)
    # uvicorn handles these while it runs and raises them again at its end, which must not cut our own end short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, listener, about, redis, as_json))
    if redis is not None and redis.poll() is not None:
        raise click.ClickException("The Redis of this node has ended, and so the node; its data is kept.")


class Server(uvicorn.Server):
    """Ends at once on SIGINT, and on SIGTERM when everybody has been sent to another node, or when it comes again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.loop = asyncio.get_running_loop()
        self.drain: Drain = config.app.state.drain  # type: ignore[union-attr]
        self.drain.end = self.leave

    def leave(self) -> None:
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and self.started and not self.drain.begun:
            self.loop.call_soon_threadsafe(self.drain.begin)
        else:
            super().handle_exit(sig, frame)


def tame_collector() -> None:
    """What is there after the start stays; of the rest little is cyclic. Every full collection stops all players."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


async def serve(
    settings: Settings,
    listener: socket.socket,
    about: list[tuple[str, str]],
    redis: subprocess.Popen[bytes] | None,
    as_json: bool,
) -> None:
    server = Server(configuration(settings))
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    tame_collector()
    others = [asyncio.create_task(watch(redis, server))] if redis is not None else []
    address = join = f"http://{shown_host(settings)}:{settings.port}/"
    if settings.demo and not serving.done():
        try:
            demo = await Demo.prepare(
                f"http://{local_host(settings)}:{settings.port}", settings.admin_token, settings.data_dir
            )
        except OSError as error:
            log.error("demo_failed", error=str(error))
        else:
            join += f"?quiz={demo.quiz}"
            about = [("demo", f"{address}screen?quiz={demo.quiz}"), *about]
            others.append(asyncio.create_task(demo.play()))
    lines = [("open", address), ("host", f"{address}host"), *about]
    click.echo(json_banner(lines) if as_json else banner(lines, join, settings.lan))
    log.info("started", version=__version__, address=address, redis=dict(about).get("Redis"))
    await serving
    log.info("stopped")
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def watch(redis: subprocess.Popen[bytes], server: uvicorn.Server) -> None:
    """Without the Redis that it started, a node is of no use: whoever supervises it shall start both again."""
    while redis.poll() is None:
        await asyncio.sleep(1)
    log.error("redis_ended", status=redis.returncode)
    server.should_exit = True


def configuration(settings: Settings) -> uvicorn.Config:
    """uvicorn as the hot path needs it."""
    app = create_app(settings)
    return uvicorn.Config(
        app,
        http=cast(type[asyncio.Protocol], functools.partial(HttpProtocol, app.state.admission)),
        ws=FrameProtocol,
        ws_max_size=MAX_BYTES,
        ws_per_message_deflate=False,  # shared frames, and 25 KiB a socket instead of 58
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=LAST_S,
    )


def local_host(settings: Settings) -> str:
    """Where this node is to be reached from this machine, as it stands in an address."""
    host = "127.0.0.1" if settings.everywhere else settings.host
    return f"[{host}]" if ":" in host else host


def shown_host(settings: Settings) -> str:
    return lan_address() if settings.lan else local_host(settings)


def banner(lines: list[tuple[str, str]], join: str, lan: bool) -> str:
    """What a person at the terminal wants to know; phones find the address `join`."""
    width = max(len(name) for name, _ in lines)
    text = f"\n  {click.style('leaderboard', bold=True)} {__version__}\n\n"
    text += "".join(f"  {name.rjust(width)}  {value}\n" for name, value in lines)
    if lan and "//127." in join:
        text += "\n  No local network was found: only this machine can open it.\n"
    elif lan:
        text += "\n" + qr(join)
    return text


def json_banner(lines: list[tuple[str, str]]) -> bytes:
    """The same for programs."""
    return msgspec.json.encode({"version": __version__} | {name.lower().replace(" ", "_"): it for name, it in lines})


def qr(address: str) -> str:
    """The address for phones, in half blocks."""
    out = io.StringIO()
    segno.make(address, micro=False).terminal(out, compact=True)
    return out.getvalue()
