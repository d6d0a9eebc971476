"""A `Socket` over plain ASGI, for servers that do not offer ours."""

import asyncio
import contextlib
from collections import deque

from starlette.websockets import WebSocket, WebSocketDisconnect

from leaderboard.live.hub import Frame, Kind
from leaderboard.live.messages import TOO_SLOW, CloseCode

MAX_REPLIES = 256
SLOW_S = 10.0


class AsgiSocket:
    """Sends from a task of its own, so that whoever writes never waits. `close` it at the end."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._replies: deque[Frame] = deque()
        self._held: dict[Kind, Frame] = {}
        self._end: tuple[CloseCode, str] | None = None
        self._wake = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def reply(self, frame: Frame) -> None:
        if len(self._replies) >= MAX_REPLIES:
            self.bye(TOO_SLOW)
        else:
            self._replies.append(frame)
            self._wake.set()

    def show(self, kind: Kind, frame: Frame) -> None:
        self._held[kind] = frame
        self._wake.set()

    def bye(self, code: CloseCode, reason: str = "") -> None:
        self._end = self._end or (code, reason)
        self._wake.set()

    def behind(self) -> int:
        return sum(len(frame.wire) for frame in (*self._replies, *self._held.values()))

    async def close(self) -> None:
        """Send what can be sent in a moment, then end."""
        self._wake.set()
        if self._end is None:
            self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, TimeoutError, RuntimeError):
            while True:
                while self._replies or self._held:
                    frame = self._replies.popleft() if self._replies else self._held.pop(next(iter(self._held)))
                    async with asyncio.timeout(SLOW_S):
                        await self._websocket.send_text(frame.payload.decode())
                if self._end is not None:
                    code, reason = self._end
                    await self._websocket.close(code.code, reason or code.reason)
                    return
                self._wake.clear()
                await self._wake.wait()
