"""Everything that can be done with quizzes, wired to one writer."""

import secrets

from leaderboard.state.audit import Audit
from leaderboard.state.contents import Contents
from leaderboard.state.corrections import Corrections
from leaderboard.state.grader import LEASE_MS
from leaderboard.state.host import Host
from leaderboard.state.keys import SECRET
from leaderboard.state.limits import Limits, read_policies
from leaderboard.state.redis import Server, connect
from leaderboard.state.results import Reports
from leaderboard.state.standings import Standings
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer


class Quizzes:
    """`start` it in an event loop, `stop` it there. `limits`: changes of the policies, as `read_policies` takes them."""

    def __init__(self, redis_url: str, limits: str = "") -> None:
        server = Server()
        self._secret = b""
        self.writer = Writer(connect(redis_url))
        self.writer.on_connect = server.inspect
        self.limits = Limits(self.writer, read_policies(limits))
        self.contents = Contents(self.writer)
        self.store = Store(self.writer, server, self.contents)
        self.corrections = Corrections(self.writer, server, self.contents, self.store.boards.later)
        self.store.on_correcting = lambda quiz: self.corrections.resumes.later(quiz, LEASE_MS)
        self.host = Host(self.store, self.corrections, self.contents)
        self.standings = Standings(self.writer, self.contents)
        self.reports = Reports(self.writer, self.contents)
        self.audit = Audit(self.writer, self.contents)

    def start(self) -> None:
        self.writer.start()

    async def secret(self) -> bytes:
        """What all nodes on this Redis know and nobody else: made by the first that asks."""
        if not self._secret:
            await self.writer.command("SET", SECRET, secrets.token_hex(32), "NX")
            self._secret = await self.writer.command("GET", SECRET)
        return self._secret

    async def stop(self) -> None:
        self.store.stop()
        self.corrections.stop()
        await self.writer.stop()
