"""What a host asks for, done by whoever does it."""

from inspect import signature

from leaderboard.errors import Correcting
from leaderboard.quiz.verbs import HOST_VERBS, HostVerb, Skip
from leaderboard.state.contents import Contents
from leaderboard.state.corrections import Corrections
from leaderboard.state.journal import Journal
from leaderboard.state.records import Changed
from leaderboard.state.store import Store

NOTED = {"question", "seconds", "points", "percent", "locked", "hidden", "void", "correction", "ban", "address", "on"}


class Host:
    """A verb's class names the method, its fields are the parameters."""

    def __init__(self, store: Store, corrections: Corrections, contents: Contents, journal: Journal) -> None:
        self._store, self._corrections, self._contents, self._journal = store, corrections, contents, journal
        self._methods = {
            verb: getattr(store, name, None) or getattr(corrections, name) for name, verb in HOST_VERBS.items()
        } | {Skip: self.skip}
        self._parameters = {verb: set(signature(method).parameters) for verb, method in self._methods.items()}

    async def do(self, quiz: str, verb: HostVerb, term: int | None = None, by: str = "host") -> Changed:
        """Do it, and note in the journal who did.

        `term`: of the host that asks for it on a socket; if another has taken over since, it raises TakenOver.
        """
        wanted = self._parameters[type(verb)]
        fields = {name: getattr(verb, name) for name in verb.__struct_fields__ if name in wanted}
        changed: Changed = await self._methods[type(verb)](quiz, **fields, term=term)
        if not changed.duplicate:
            facts = {name: value for name, value in fields.items() if name in NOTED and value is not None}
            await self._journal.note(by, type(verb).__name__.lower(), quiz, fields.get("player") or "", **facts)
        return changed

    async def skip(self, quiz: str, question: int, id: str | None = None, term: int | None = None) -> Changed:
        """Pass over a question; the current one is closed, and nobody's answer to it counts."""
        state = await self._store.state(quiz)
        if state.question is None or state.question.number != question:
            return await self._store.skip(quiz, question, term=term)
        if state.correcting:
            raise Correcting
        if state.phase == "question":
            await self._store.close(quiz, question, term=term)
        elif (await self._contents.read(quiz))[question].key.void:
            return Changed(True, True, state.version)
        return await self._corrections.correct(quiz, question, "Skipped", void=True, id=id, term=term, kind="skip")
