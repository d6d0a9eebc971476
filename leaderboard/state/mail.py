"""The way to somebody's mailbox: a webhook that another program answers, for the server itself sends no mail."""

import asyncio
import contextlib
import hashlib
import hmac
import threading
import urllib.request
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct

MAX_WAITING = 1_000
TIMEOUT_S = 5.0  # of silence
LONGEST_S = 15.0
TRIES = 3
SIGNATURE = "X-Leaderboard-Signature"  # sha256=HEX: HMAC of the body with the secret

log = structlog.get_logger(__name__)


class Letter(Struct):
    """What the webhook gets, as JSON."""

    kind: str
    to: str
    token: str
    expires_at: int


class Mail:
    """Hands letters to a webhook, one after the other, in the background. Without a `url` it does nothing."""

    def __init__(self, url: str = "", secret: str = "", backoff_s: float = 1.0) -> None:
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("The mail webhook is no http or https address.")
        self._url, self._secret, self._backoff_s = url, secret.encode(), backoff_s
        self._waiting: asyncio.Queue[Letter] = asyncio.Queue(MAX_WAITING)
        self._task: asyncio.Task[None] | None = None

    @property
    def works(self) -> bool:
        """Whether there is somewhere to send letters to."""
        return bool(self._url)

    def send(self, kind: str, to: str, token: str, expires_at: int) -> None:
        """Hand over a letter soon. If 1000 wait already, it is lost, and the log says so."""
        if not self.works:
            return
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            self._waiting.put_nowait(Letter(kind, to, token, expires_at))
        except asyncio.QueueFull:
            log.error("mail_lost", kind=kind, reason="too many wait")

    async def stop(self) -> None:
        """What waits is lost: whoever asked for it asks again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            letter = await self._waiting.get()
            for attempt in range(TRIES):
                wrong = await self._try(msgspec.json.encode(letter))
                if not wrong:
                    break
                log.warning("mail_failed", kind=letter.kind, attempt=attempt + 1, error=wrong)
                await asyncio.sleep(self._backoff_s * 2**attempt)
            else:
                log.error("mail_lost", kind=letter.kind, reason="the webhook does not take it")

    async def _try(self, body: bytes) -> str:
        """What went wrong, or ''. In a thread that ends with the process, for a webhook may never end its reply."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()

        def tell(wrong: str) -> None:
            if not done.done():
                done.set_result(wrong)

        def work() -> None:
            wrong = ""
            try:
                self._post(body)
            except Exception as error:  # whatever a network and a server can come up with
                wrong = type(error).__name__
            with contextlib.suppress(RuntimeError):  # the node has left meanwhile
                loop.call_soon_threadsafe(tell, wrong)

        threading.Thread(target=work, name="mail", daemon=True).start()
        try:
            return await asyncio.wait_for(done, LONGEST_S)
        except TimeoutError:
            return "TimeoutError"

    def _post(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers[SIGNATURE] = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 — checked above
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
            pass
