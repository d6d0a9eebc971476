"""The way of a round trip: from a ping that a slow network holds up to the credit in an answer's record."""

import asyncio
import json

import pytest

from tests.nodes import ADMIN, Node, Nodes, by_hand, masked

pytestmark = pytest.mark.anyio

DELAY_S = 0.08


class SlowClient:
    """A WebSocket by hand, whose pongs are late."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.pinged = asyncio.Event()

    @classmethod
    async def open(cls, node: Node, quiz: str) -> "SlowClient":
        reader, writer = await by_hand(node, quiz)
        return cls(reader, writer)

    def write(self, head: int, payload: bytes) -> None:
        self.writer.write(masked(head, payload))

    def say(self, **message: object) -> None:
        self.write(0x81, json.dumps(message).encode())

    async def hear(self, kind: str) -> None:
        """Until a message of this kind comes; pings are answered late."""
        async with asyncio.timeout(5):
            while True:
                head, size = await self.reader.readexactly(2)
                if size == 126:
                    size = int.from_bytes(await self.reader.readexactly(2), "big")
                payload = await self.reader.readexactly(size)
                if head == 0x89:
                    await asyncio.sleep(DELAY_S)
                    self.write(0x8A, payload)
                    self.pinged.set()
                elif head == 0x81 and json.loads(payload)["type"] == kind:
                    return


@pytest.mark.parametrize(("credit_ms", "expected"), [(150, range(80, 151)), (40, range(40, 41)), (0, range(1))])
async def test_the_round_trip_is_credited(nodes: Nodes, credit_ms: int, expected: range) -> None:
    node = nodes.start()
    quiz, host = node.create(settings={"credit_ms": credit_ms})
    player, token = node.join(quiz, "Ana")
    client = await SlowClient.open(node, quiz)
    client.say(type="hello", token=token)
    await client.hear("welcome")
    node.host(quiz, host, "open", question=0)
    if credit_ms:
        hearing = asyncio.ensure_future(client.hear("pong"))
        async with asyncio.timeout(5):
            await client.pinged.wait()
        client.say(type="ping")  # when it is answered, the pong has been read too
        await hearing
    client.say(type="answer", id="a", question=0, choice=[1])
    await client.hear("ack")
    client.writer.close()
    [row] = node.http("GET", f"/v1/quizzes/{quiz}/results", ADMIN).json()["rows"]
    assert row["player"] == player
    assert row["answers"]["0"]["credit"] in expected
