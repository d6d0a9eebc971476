"""What a board costs for each spectator who gets it."""

import asyncio
import contextlib
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import client, quizzes
from benchmarks.client import Http
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import NODE_CORES, REST_CORES, Broken, Node, Rig

INTERVAL_MS = 100
SETTLE_S = 0.25
NPM_S = 60


class Audience:
    """Counts what its clients get, and keeps the newest."""

    def __init__(self) -> None:
        self.messages, self.bytes, self.newest = 0, 0, b""

    def heard(self, payload: bytes) -> None:
        self.messages += 1
        self.bytes += len(payload)
        self.newest = payload


class Plain(asyncio.Protocol):
    """A plain TCP connection that counts what it gets."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience

    def data_received(self, data: bytes) -> None:
        self.audience.bytes += len(data)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Node, bare writes and `ws` take turns with the same bytes, so that all see the same weather."""
    sockets, turns, boards = (1_000, 2, 10) if quick else (2_000, 5, 10)
    node, helper = rig.node("node"), rig.node("helper", REST_CORES)
    async with client.http(helper.port) as host:
        quiz = await quizzes.make(rig, host, 1, INTERVAL_MS)
        watching = Audience()
        clients = await client.spectators(node.port, quiz.id, sockets, watching.heard)
        await prepare(helper, quiz)
        bare = await start_bare(rig, sockets)
        ws = await start_ws(rig, sockets)
        ours, bares, theirs = [], [], []
        for _ in range(turns):
            ours.append(await boards_of_quiz(node, host, quiz, watching, boards))
            wire = server_frame(watching.newest)
            bares.append(await orders(bare[0], bare[1], boards, sockets, wire, len(wire)))
            if ws:
                theirs.append(await orders(ws[0], ws[1], boards, sockets, watching.newest, len(watching.newest)))
        client.close_all(clients)
    return numbers(sockets, len(watching.newest), ours, bares, theirs)


async def prepare(helper: Node, quiz: Quiz) -> None:
    """Ten players with points, so that the board has its rows."""
    tokens = await quizzes.join(helper, quiz, 10)
    question = await quiz.open_next()
    async with client.http(helper.port) as connection:
        for token in tokens:
            body = {"question": question, "choice": [0]}
            await connection.call("POST", f"/v1/quizzes/{quiz.id}/answers", token, body)
    await asyncio.sleep(2 * INTERVAL_MS / 1000)


async def boards_of_quiz(node: Node, host: Http, quiz: Quiz, audience: Audience, boards: int) -> float:
    """Let players join by way of another node, twice an interval. Returns microseconds of the node for each delivery."""
    cpu, before = node.cpu_s(), audience.messages
    for _ in range(2 * boards):
        await host.call("POST", f"/v1/quizzes/{quiz.id}/players", "", {"name": f"Newcomer {secrets.token_hex(4)}"})
        await asyncio.sleep(INTERVAL_MS / 2000)
    await asyncio.sleep(SETTLE_S)
    return (node.cpu_s() - cpu) / (audience.messages - before) * 1e6


async def orders(server: Node, audience: Audience, boards: int, sockets: int, data: bytes, size: int) -> float:
    """Let a reference send as many boards. Returns its microseconds for each delivery."""
    cpu, before = server.cpu_s(), audience.bytes
    server.tell(f"{boards} {INTERVAL_MS} {data.hex()}")
    expected = before + boards * sockets * size
    await arrived(audience, expected)
    spent = server.cpu_s() - cpu
    return spent / (boards * sockets) * 1e6


async def arrived(audience: Audience, expected: int) -> None:
    """Wait until so many bytes are there. Raises Broken when they do not come, or more of them."""
    deadline = time.monotonic() + client.PATIENCE_S
    while audience.bytes < expected and time.monotonic() < deadline:
        await asyncio.sleep(SETTLE_S)
    if audience.bytes != expected:
        raise Broken(f"{audience.bytes} bytes arrived instead of {expected}.")


def server_frame(payload: bytes) -> bytes:
    """As a server frames a board of 126 to 65,535 bytes."""
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


async def start_bare(rig: Rig, sockets: int) -> tuple[Node, Audience]:
    server = rig.listening(rig.run("bare", [sys.executable, "-m", "benchmarks.bare"], NODE_CORES))
    audience, loop = Audience(), asyncio.get_running_loop()
    for _ in range(sockets):
        await loop.create_connection(lambda: Plain(audience), "127.0.0.1", server.port)
    await arrived(audience, sockets)
    return server, audience


async def start_ws(rig: Rig, sockets: int) -> tuple[Node, Audience] | None:
    """None if this machine has no Node, or no way to get `ws`."""
    if shutil.which("node") is None or shutil.which("npm") is None or not install_ws(rig.folder):
        return None
    command = ["node", str(Path(__file__).with_name("ws.mjs")), str(rig.folder)]
    server = rig.listening(rig.run("ws", command, NODE_CORES))
    audience = Audience()
    hello = client.frame(b"hello")
    await client.crowd(lambda: client.connect(server.port, "/", hello, audience.heard) for _ in range(sockets))
    return server, audience


def install_ws(folder: Path) -> bool:
    command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), "ws@8"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, check=False, timeout=NPM_S).returncode == 0
    return False


def numbers(sockets: int, size: int, ours: list[float], bares: list[float], theirs: list[float]) -> list[Number]:
    value, bare = statistics.median(ours), statistics.median(bares)
    references = [Reference("uvloop, transport.write of the same bytes", bare)]
    note = "" if theirs else "; ws is missing: no node and npm here, or no network"
    if theirs:
        references.append(Reference("Node's ws, send of the same payload", statistics.median(theirs)))
    met = value <= 1.5 * bare and (not theirs or value < statistics.median(theirs))
    return [
        Number(
            "fan-out",
            "a board delivered, node CPU",
            value,
            "µs",
            "≤ 1.5 × write" + (", < ws" if theirs else ""),
            met,
            references,
            f"{value / bare:.2f} × write; {sockets:,} sockets, {size} bytes, 10 a second; median of turns{note}",
        )
    ]
