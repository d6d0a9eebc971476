"""A player's socket, which comes back by itself; as docs/protocol.md asks of clients."""

import json
import random
import re
import time
from typing import Any

import gevent
from locust.event import EventHook
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException

from evenings.asking import Refused
from evenings.evening import Json

GIVE_UP = {1007, 1009, 4400, 4401, 4403, 4404, 4409}
CONNECT_S = 10.0
BACKOFF_S = (0.5, 1.0, 10.0)  # the least, the bound after the first failure, the largest bound


class Line:
    """What it measures is counted as WS: from opening to the welcome, at first and after a loss."""

    def __init__(self, request: EventHook, url: str, token: str) -> None:
        self._request, self._url, self._token = request, url, token
        self._socket = WebSocket()
        self._name = "connect"

    def open(self) -> Json:
        """Connect, if need be again and again. Returns the welcome. Raises Refused when there is no use in it."""
        for failures in range(10):
            began = time.perf_counter()
            try:
                welcome = self._hello()
            except (WebSocketException, OSError, ValueError) as error:
                self.count(self._name, began, error)
                least, first, most = BACKOFF_S
                gevent.sleep(random.uniform(least, min(most, first * 2**failures)))
            else:
                self.count(self._name, began)
                self._name = "connect again"
                return welcome
        raise Refused("no connection")

    def hear(self, within_s: float) -> Json | None:
        """The next message, or None; after a loss it is a welcome. Raises Refused when the server wants us no more."""
        try:
            self._socket.settimeout(max(within_s, 0.001))
            kind, data = self._socket.recv_data()
        except WebSocketTimeoutException:
            return None
        except (WebSocketException, OSError):
            return self.open()
        if kind != ABNF.OPCODE_CLOSE:
            return message(data)
        code, reason = int.from_bytes(data[:2], "big"), data[2:].decode()
        if code in GIVE_UP:
            self.count("closed", time.perf_counter(), ConnectionError(f"{code} {reason}"))
            raise Refused("closed")
        told = re.search(r"retry_ms=(\d+)", reason)
        gevent.sleep(int(told[1]) / 1000 if told else random.uniform(*BACKOFF_S[:2]))
        return self.open()

    def send(self, **fields: Any) -> None:
        """What cannot be sent is noticed by who hears."""
        try:
            self._socket.send(json.dumps(fields))
        except (WebSocketException, OSError):
            self.cut()

    def cut(self) -> None:
        """As a tunnel does it to a train: without a word."""
        self._socket.shutdown()

    def count(self, name: str, began: float, error: Exception | None = None) -> None:
        took_ms = (time.perf_counter() - began) * 1000
        self._request.fire(request_type="WS", name=name, response_time=took_ms, response_length=0, exception=error)

    def _hello(self) -> Json:
        self.cut()
        self._socket = WebSocket()
        self._socket.connect(self._url, timeout=CONNECT_S)
        self._socket.send(json.dumps({"type": "hello", "token": self._token}))
        kind, data = self._socket.recv_data()
        if kind == ABNF.OPCODE_CLOSE:
            raise ConnectionError(f"closed with {int.from_bytes(data[:2], 'big')} {data[2:].decode()}")
        return message(data)


def message(data: bytes) -> Json:
    found: Json = json.loads(data)
    return found
