"""Finished quizzes leave Redis after some days: each into a file, or for good where the operator has said so.

One node at a time does it, a few keys and quizzes a turn. What a node leaves behind that dies in the middle is a file that
the next one writes again.
"""

import asyncio
import os
from pathlib import Path

import structlog

from leaderboard.errors import Busy, Refusal
from leaderboard.state.backups import Backups
from leaderboard.state.kept import EVERY_QUIZ, quizzes_of
from leaderboard.state.keys import ARCHIVING, Keys
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer

NO_ARCHIVE = "none"
DAY_MS = 86_400_000
EVERY_S = 10.0
LEASE_MS = 60_000  # of the one node, renewed each turn and with each quiz
KEYS_AT_ONCE = 500
SCANS = 10  # a turn: a million keys in half an hour

log = structlog.get_logger(__name__)


def check_retention(keep_days: int, archive_dir: str) -> None:
    """See that the settings fit together, and that files can be written. Raises ValueError, one sentence."""
    if keep_days and not archive_dir:
        raise ValueError(
            "LEADERBOARD_KEEP_DAYS needs LEADERBOARD_ARCHIVE_DIR: a directory for the files of finished quizzes, or "
            f"`{NO_ARCHIVE}` to delete them for good."
        )
    if keep_days and archive_dir != NO_ARCHIVE:
        nearest = next(it for it in (archive_dir, *map(str, Path(archive_dir).parents)) if os.path.lexists(it))
        if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
            raise ValueError(
                f"LEADERBOARD_ARCHIVE_DIR, {archive_dir}: nothing can be written to {nearest}; change its owner or mode, "
                "or name another directory."
            )


class Retention:
    """`start` and `stop` it with the node, called `node`. With 0 days it does nothing."""

    def __init__(
        self, writer: Writer, store: Store, backups: Backups, node: str, keep_days: int, archive_dir: str
    ) -> None:
        self._writer, self._store, self._backups, self._node = writer, store, backups, node
        self._keep_ms, self._cursor = keep_days * DAY_MS, b"0"
        self._folder = None if archive_dir == NO_ARCHIVE else Path(archive_dir)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._keep_ms:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.turn()
            except Busy:
                pass  # Redis is away: the next turn may reach it
            except Exception:
                log.exception("retention_failed")
            await asyncio.sleep(EVERY_S)

    async def turn(self) -> int:
        """Look at some keys more, and put away the quizzes among them whose time is over. Returns how many that were."""
        if not await self._mine():
            return 0
        gone = 0
        for _ in range(SCANS):
            self._cursor, found = await self._writer.command(
                *("SCAN", self._cursor, "MATCH", EVERY_QUIZ, "COUNT", KEYS_AT_ONCE, "TYPE", "hash")
            )
            for quiz in quizzes_of(found):
                gone += await self._look(quiz)
            if self._cursor == b"0":
                break
        return gone

    async def _mine(self) -> bool:
        """Whether this node is the one, for a lease more."""
        taken = await self._writer.command("SET", ARCHIVING, self._node, "NX", "PX", LEASE_MS)
        mine = taken is not None or await self._writer.command("GET", ARCHIVING) == self._node.encode()
        # Another's lease that is longer than any was given before the clock was set back.
        if mine or await self._writer.command("PTTL", ARCHIVING) > LEASE_MS:
            await self._writer.command("PEXPIRE", ARCHIVING, LEASE_MS)
        return mine

    async def _look(self, quiz: str) -> bool:
        """Put this quiz away if it is time; one that cannot be stays, and is tried again when its turn comes round."""
        try:
            phase, epoch, finished_at = await self._writer.command(
                "HMGET", Keys(quiz).meta, "phase", "epoch", "finished_at"
            )
            seconds, _ = await self._writer.command("TIME")
            if phase != b"finished" or not finished_at or int(seconds) * 1000 - int(finished_at) < self._keep_ms:
                return False
            return await self._mine() and await self._put_away(quiz, epoch.decode())
        except Busy:
            raise
        except (Refusal, OSError) as error:
            log.warning("quiz_not_archived", quiz=quiz, reason=str(error))
        except Exception:  # keys that only look like those of a quiz: the others have their turn all the same
            log.exception("quiz_not_archived", quiz=quiz)
        return False

    async def _put_away(self, quiz: str, epoch: str) -> bool:
        if self._folder is None:
            await self._store.delete_quiz(quiz)
            log.info("quiz_deleted", quiz=quiz)
            return True
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / f"{quiz}-{epoch}.jsonl.gz"
        for left in self._folder.glob(f".{file.name}.*.part"):  # by a node that died while it wrote
            left.unlink(missing_ok=True)
        header, verdict = await self._backups.put_away(quiz, file)
        if verdict.wrong:
            log.warning("quiz_not_archived", quiz=quiz, reason="Its scores do not agree.", wrong=verdict.wrong)
            return False
        log.info("quiz_archived", quiz=quiz, file=str(file), rows=header.rows)
        return True
