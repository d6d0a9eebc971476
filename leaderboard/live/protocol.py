"""The WebSocket protocol under uvicorn, with what ASGI does not offer.

A connection of this class shows itself to the application as `scope["extensions"]["leaderboard.frames"]`, a `Socket` that
writes ready frames straight to the transport: 3 µs a message against 7–8 µs through ASGI's `send`. It also bounds what a
client that does not read can cost, and says 1012 with a time to come back when the node leaves.
"""

import asyncio
import contextlib
import random
import socket
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame as WireFrame

from leaderboard import counts
from leaderboard.live.hub import Frame, Kind
from leaderboard.live.messages import LEAVING, TOO_MANY, TOO_SLOW, CloseCode

EXTENSION = "leaderboard.frames"

HIGH_WATER = 64 << 10  # bytes written and not yet taken by the kernel, from which on a client counts as slow
UNSENT = 16 << 10  # bytes that the kernel takes before the network has
MAX_BUFFER = 256 << 10  # with replies that a slow client has asked for; past it the socket is closed at once
PIECE = 1 << 10  # bytes that are looked at before others have their turn
BURST = 64 << 10  # bytes that a client may send at once, and
BYTES_PER_S = 16 << 10  # in the long run: two hundred answers a second
MESSAGES = 300  # frames, also of control, that a client may send at once, and
MESSAGES_PER_S = 60  # in the long run
SLOW_S = 10.0  # how long a client may stay slow
LAST_WORDS_S = 1.0  # how long a slow client has to take the close frame
RETRY_MS = (200, 3_000)  # when the clients of a leaving node come back, at random


class FrameProtocol(WebSocketsSansIOProtocol):
    """One connection. While it is paused, snapshots wait in `held`, the newest of each kind."""

    handle: Callable[[bytes], None] | None = None  # None: messages go to ASGI's receive
    held: dict[Kind, Frame] | None = None  # None: not paused
    slow_timer: asyncio.TimerHandle | None = None
    inbox = b""  # received and not yet looked at
    allowance = float(BURST)  # bytes that the client may send at once
    messages = float(MESSAGES)  # frames that the client may send at once
    counted_at = float("inf")
    lost: Callable[[], None] | None = None  # called when the connection is
    rtt_ms = 0  # the shortest round trip that was measured; 0 as long as there is none

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.counted_at = self.loop.time()
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)

    def handle_connect(self, event: object) -> None:
        super().handle_connect(event)  # type: ignore[arg-type]
        if not self.handshake_complete:  # it was not refused; the application has not run yet
            cast(dict[str, object], self.scope["extensions"])[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """Take what came in small pieces, so that thousands of tiny frames hold nobody up; cut off who sends too much."""
        now = self.loop.time()
        elapsed = now - self.counted_at
        self.allowance = min(BURST, self.allowance + elapsed * BYTES_PER_S) - len(data)
        self.messages = min(MESSAGES, self.messages + elapsed * MESSAGES_PER_S)
        self.counted_at = now
        if self.allowance < 0:
            self.cut_off()
            return
        was_empty, self.inbox = not self.inbox, self.inbox + data
        if was_empty:
            self.take_piece()

    def cut_off(self) -> None:
        """Read nothing more, and give the client a moment to learn why."""
        self.inbox = b""
        self.bye(TOO_MANY)
        self.transport.pause_reading()
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(LAST_WORDS_S, self.transport.abort)

    def take_piece(self) -> None:
        piece, self.inbox = self.inbox[:PIECE], self.inbox[PIECE:]
        if self.transport.is_closing():
            return
        super().data_received(piece)
        if self.conn.handshake_exc is not None and not self.handshake_complete:
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()
        elif self.inbox:
            self.loop.call_soon(self.take_piece)

    def handle_events(self) -> None:
        self.messages -= len(self.conn.events)
        if self.messages < 0:
            self.cut_off()
        else:
            super().handle_events()

    def handle_pong(self, event: WireFrame) -> None:
        """A round trip has been measured. The payload was random, so no pong can come before its ping."""
        before = self.last_ping_rtt
        super().handle_pong(event)
        if self.pending_ping_payload is None and self.last_ping_rtt != before:
            rtt_ms = round(self.last_ping_rtt * 1000)
            self.rtt_ms = min(rtt_ms, self.rtt_ms or rtt_ms)

    def measure(self) -> None:
        """Send the first of uvicorn's pings now."""
        if self.ping_timer is not None:
            self.ping_timer.cancel()
            self.send_keepalive_ping()

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MAX_BUFFER:
            self.bye(TOO_SLOW)

    def send_receive_event_to_app(self) -> None:
        text = self.curr_msg_data_type == "text"
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        if text and not is_utf8(data):
            self.conn.fail(1007, "invalid UTF-8")
            self.handle_parser_exception()
        elif self.handle is None:
            super().send_receive_event_to_app()
        elif not self.close_sent:
            self.handle(data if text else b"")

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.held is None:
            self.held = {}
            self.slow_timer = self.loop.call_later(SLOW_S, self.bye, TOO_SLOW)

    def resume_writing(self) -> None:
        super().resume_writing()
        held, self.held = self.held, None
        self.stop_slow_timer()
        for kind, frame in (held or {}).items():
            self.show(kind, frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_slow_timer()
        super().connection_lost(exc)
        if self.lost is not None:
            self.lost()

    def shutdown(self) -> None:
        """The node leaves: tell the client when to come back, so that they do not all come at once."""
        if self.handshake_complete and not self.close_sent:
            self.bye(LEAVING, f"retry_ms={random.randint(*RETRY_MS)}")
            self.transport.close()
        else:
            self.stop_keepalive()
            self.transport.close()

    # Socket

    def listen(self, handle: Callable[[bytes], None]) -> None:
        """Hand each message to `handle` as it comes, b"" for one that is not text, instead of to ASGI's `receive`.

        The queue there costs a task switch a message, and uvicorn stops and starts reading around each: system calls.
        """
        self.handle = handle
        for _ in range(self.queue.qsize()):  # what came right behind the hello
            event = self.queue.get_nowait()
            if event["type"] == "websocket.receive":
                handle((event.get("text") or "").encode())
            else:
                self.queue.put_nowait(event)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def reply(self, frame: Frame) -> None:
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(frame.wire)
            if self.held is not None and self.transport.get_write_buffer_size() > MAX_BUFFER:
                self.bye(TOO_SLOW)

    def show(self, kind: Kind, frame: Frame) -> None:
        if self.held is not None:
            if kind in self.held:
                counts.skipped.add("socket")
            self.held[kind] = frame
        elif not self.close_sent and not self.transport.is_closing():
            self.transport.write(frame.wire)

    def bye(self, code: CloseCode, reason: str = "") -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.close_sent = True
        self.stop_keepalive()
        self.stop_slow_timer()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code.code, "reason": reason})
        with contextlib.suppress(InvalidState):
            self.conn.send_close(code.code, reason or code.reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
        if self.held is not None:  # it will hardly take the close frame either
            self.held = {}
            self.close_timer = self.loop.call_later(LAST_WORDS_S, self.transport.abort)
            return
        if self.read_paused:  # the client's own close frame is still to be read
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def behind(self) -> int:
        if self.held is None:
            return 0
        return self.transport.get_write_buffer_size() + sum(len(frame.wire) for frame in self.held.values())

    def stop_slow_timer(self) -> None:
        if self.slow_timer is not None:
            self.slow_timer.cancel()
            self.slow_timer = None


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
