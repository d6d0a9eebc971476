"""Everything that can be done with quizzes and accounts, wired to one writer."""

import secrets

from leaderboard.quiz.accounts import SignUp
from leaderboard.state.accounts import Accounts
from leaderboard.state.audit import Audit
from leaderboard.state.backups import Backups
from leaderboard.state.charts import Charts
from leaderboard.state.contents import Contents
from leaderboard.state.corrections import Corrections
from leaderboard.state.documents import Documents
from leaderboard.state.grader import LEASE_MS
from leaderboard.state.groups import Groups
from leaderboard.state.history import History
from leaderboard.state.host import Host
from leaderboard.state.ingest import Ingest
from leaderboard.state.journal import Journal
from leaderboard.state.kept import Kept
from leaderboard.state.keys import SECRET
from leaderboard.state.letters import DeadLetters
from leaderboard.state.library import Library
from leaderboard.state.limits import Limits
from leaderboard.state.mail import Mail
from leaderboard.state.media import Gallery
from leaderboard.state.nodes import Nodes
from leaderboard.state.passwords import Passwords
from leaderboard.state.past import Past
from leaderboard.state.policies import read_policies
from leaderboard.state.recorder import RESULTS, Recorder
from leaderboard.state.redis import Server, connect
from leaderboard.state.rehearsals import Rehearsals
from leaderboard.state.results import Reports
from leaderboard.state.scoring import Scoring
from leaderboard.state.seasons import Seasons
from leaderboard.state.series import Series
from leaderboard.state.standings import Standings
from leaderboard.state.store import Store
from leaderboard.state.teams import Teams
from leaderboard.state.vitals import Vitals
from leaderboard.state.writer import Writer


class Quizzes:
    """`start` it in an event loop, `stop` it there. What follows the address is as in the settings."""

    def __init__(
        self,
        redis_url: str,
        limits: str = "",
        sign_up: SignUp = "invite",
        session_days: int = 30,
        mail_webhook: str = "",
        mail_secret: str = "",
        score_shards: int = 1,
        library_mb: int = 256,
    ) -> None:
        server = Server()
        self._secret = b""
        self.pool = connect(redis_url)
        self.writer = Writer(self.pool)
        self.writer.on_connect = server.inspect
        self.limits = Limits(self.writer, read_policies(limits))
        self.journal = Journal(self.writer)
        self.nodes = Nodes(self.writer)
        self.kept = Kept(self.writer)
        self.contents = Contents(self.writer)
        self.store = Store(self.writer, server, self.contents)
        self.teams = Teams(self.writer, self.store, self.contents)
        self.corrections = Corrections(self.writer, server, self.contents, self.store.boards.later)
        self.series = Series(self.writer, self.contents, self.store)
        self.scoring = Scoring(self.writer, server, self.contents, self.series, self.store.boards.later)
        self.store.on_correcting = lambda quiz: self.corrections.resumes.later(quiz, LEASE_MS)
        self.host = Host(self.store, self.corrections, self.contents, self.journal)
        self.standings = Standings(self.writer, self.contents)
        self.reports = Reports(self.writer, self.contents)
        self.charts = Charts(self.writer, self.contents)
        self.groups = Groups(self.writer)
        self.past = Past(self.writer)
        self.documents = Documents(self.writer, self.contents)
        self.rehearsals = Rehearsals(self.writer, self.store)
        self.seasons = Seasons(self.writer)
        self.audit = Audit(self.writer, self.contents, self.groups)
        self.backups = Backups(self.writer, self.store, self.audit)
        self.passwords = Passwords()
        self.history = History(self.writer)
        self.library = Library(self.writer, library_mb)
        self.gallery = Gallery(self.writer, self.library.most_bytes)
        self.accounts = Accounts(
            *(self.writer, self.passwords, self.history, sign_up, session_days, self._rename, self._clear)
        )
        self.mail = Mail(mail_webhook, mail_secret)
        self.recorder = Recorder(self.writer, self.contents)
        self.store.on_finished = self.recorder.wake
        self.ingest = Ingest(self.writer, self.scoring, score_shards)
        self.letters = DeadLetters(self.writer, [RESULTS, *self.ingest.streams])
        self.vitals = Vitals(self.writer, self.ingest.streams, RESULTS)

    def start(self, record: bool = False) -> None:
        """`record`: keep results of finished quizzes and take scores from streams, as every node does, and no command."""
        self.writer.start()
        if record:
            self.recorder.start()
            self.ingest.start()

    async def secret(self) -> bytes:
        """What all nodes on this Redis know and nobody else: made by the first that asks."""
        if not self._secret:
            await self.writer.command("SET", SECRET, secrets.token_hex(32), "NX")
            self._secret = await self.writer.command("GET", SECRET)
        return self._secret

    async def _rename(self, quiz: str, player: str, name: str) -> None:
        """Names are unique in a quiz, also neutral ones."""
        await self.store.rename(quiz, player, f"{name} {secrets.token_hex(3)}", gone=True)

    async def _clear(self, account: str) -> None:
        """Nobody has this library any more."""
        await self.library.close(account)
        await self.library.clear(account)
        await self.gallery.clear(account)

    async def stop(self) -> None:
        await self.ingest.stop()
        await self.recorder.stop()
        await self.mail.stop()
        self.passwords.stop()
        self.store.stop()
        self.corrections.stop()
        await self.writer.stop()
