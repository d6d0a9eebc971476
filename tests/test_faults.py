"""What a Redis that dies takes with it: nothing that was acknowledged."""

import asyncio
import contextlib
import resource
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from leaderboard.errors import Busy
from leaderboard.state import embedded
from leaderboard.state.redis import connect
from leaderboard.state.writer import Writer
from tests.inspect import Look
from tests.nodes import Nodes, hello, receive, send
from tests.waiting import poll

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("own_redis")]

DISK = 256 << 10  # bytes that fit on it
PIECE = "x" * 1024


class Server:
    """A Redis with this project's redis.conf that can be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"unix://{folder / 'redis.sock'}"

    def start(self, most_bytes: int = 0) -> None:
        """With `most_bytes` no file gets larger than that: to a program it is as though the disk were full."""
        binary = embedded.find_binary()
        assert binary is not None
        options = ("--port", "0", "--unixsocket", str(self.folder / "redis.sock"), "--dir", str(self.folder))
        self.process = subprocess.Popen(
            [binary[0], str(embedded.configuration()), *options],
            stdout=subprocess.DEVNULL,
            preexec_fn=partial(small_disk, most_bytes) if most_bytes else None,
        )
        with redis.Redis.from_url(self.url) as client:
            poll(lambda: self.answers(client))

    def answers(self, client: redis.Redis) -> bool:
        assert self.process.poll() is None
        with contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def kill(self) -> None:
        """As a loss of power would, but for the disk's own cache."""
        self.process.kill()
        self.process.wait()


def small_disk(most_bytes: int) -> None:
    """In a new process: a write beyond is refused; without the first line it would end the process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.start()
    yield found
    found.kill()


async def test_redis_is_killed_in_mid_question(server: Server, nodes: Nodes) -> None:
    """And comes back: no socket is lost, nor an answer that was kept or was on its way."""
    node = nodes.start(server.url)
    quiz, host = node.create()
    tokens = [node.join(quiz, f"P{number}")[1] for number in range(12)]
    node.host(quiz, host, "open", question=0)
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(node.live(quiz)) for _ in tokens]
        for socket, token in zip(sockets, tokens, strict=True):
            await hello(socket, token)
        for socket in sockets[:6]:
            await send(socket, type="answer", id="a", question=0, choice=[1])
        acks = [await receive(socket, "ack") for socket in sockets[:6]]
        server.kill()
        for socket in sockets[6:]:
            await send(socket, type="answer", id="a", question=0, choice=[1])
        await asyncio.to_thread(server.start)
        acks += [await receive(socket, "ack") for socket in sockets[6:]]
        assert all(ack["durable"] for ack in acks)
        node.host(quiz, host, "close", question=0)
        for socket in sockets:
            await receive(socket, "state", phase="closed")
    with redis.Redis.from_url(server.url) as client:
        look = Look(client, quiz)
        look.prove(3)
        assert sorted(dict(look.board()).values()) == sorted(ack["total"] for ack in acks)
    assert "Traceback" not in node.log.read_text()


async def test_the_disk_is_full(server: Server) -> None:
    """Redis ends rather than acknowledge what it cannot keep; with room again all that it acknowledged is there."""
    server.kill()
    await asyncio.to_thread(server.start, DISK)
    writer = Writer(connect(server.url), deadline_s=0.5)
    writer.start()
    kept = []
    with contextlib.suppress(Busy):
        for number in range(2 * DISK // len(PIECE)):
            await writer.command("SET", f"piece {number}", PIECE)
            kept.append(number)
    assert 0 < len(kept) < DISK // len(PIECE)
    assert server.process.wait(5) == 1
    await asyncio.to_thread(server.start)
    assert await writer.command("EXISTS", *(f"piece {number}" for number in kept)) == len(kept)
    await writer.stop()
