"""Work on files of strangers, in a process of its own.

Whatever is in a file, it takes neither long nor much memory, and never the node with it.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path

import msgspec
from msgspec import Struct

from leaderboard.errors import REFUSALS, Busy, Refusal, TooLarge
from leaderboard.quiz import importing, vocabulary
from leaderboard.quiz.importing import FormatName, Imported

MOST_SECONDS = 10
MOST_MEMORY = 256 << 20  # bytes of address space, so of memory too
MOST_AT_ONCE = 2  # processes of a node
MOST = 16  # files that are read or wait for it
MOST_OF_ONE = 2  # of those of one account
OUT_OF_MEMORY = 77  # exit status
HOME = Path(__file__).parents[1]  # it begins here: Python runs what lies where it begins, and elsewhere anything may


class ReadFile(Struct, tag=True):
    """Import a file; the fields are the parameters of `importing.read`."""

    name: str = ""
    format: FormatName | None = None
    title: str = ""
    strict: bool = False

    def do(self, data: bytes) -> Imported:
        return importing.read(data, self.name, self.format, self.title, self.strict)


class MakeVocabulary(Struct, tag=True):
    """Make a vocabulary quiz of a file; the fields are the parameters of `vocabulary.read`."""

    name: str = ""
    title: str = ""
    questions: int = 50
    kinds: str = ""
    seed: int = 0

    def do(self, data: bytes) -> Imported:
        return vocabulary.read(data, self.name, self.title, self.questions, self.kinds, self.seed)


class Outcome(Struct, omit_defaults=True):
    """What came of it: a quiz, or a refusal's code and detail."""

    imported: Imported | None = None
    code: str = ""
    detail: str = ""


Task = ReadFile | MakeVocabulary

encode = msgspec.json.encode
_read_task = msgspec.json.Decoder(Task).decode
_read_outcome = msgspec.json.Decoder(Outcome).decode


class Sandbox:
    """Starts the processes, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._under_way: Counter[str] = Counter()

    async def run(self, task: Task, data: bytes, who: str) -> Imported:
        """Do a task with this file for somebody. Raises Busy, TooLarge if it takes too much, and what the task refuses."""
        if self._under_way.total() >= MOST or self._under_way[who] >= MOST_OF_ONE:
            raise Busy("Too many files are being read; try again later.")
        self._under_way[who] += 1
        try:
            async with self._turn:
                return await done(task, data)
        finally:
            self._under_way[who] -= 1
            self._under_way += Counter()  # forget who has none


async def done(task: Task, data: bytes) -> Imported:
    """The same at once."""
    process = await started()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            said, complaint = await process.communicate(encode(task) + b"\n" + data)
    except TimeoutError:
        raise TooLarge(f"This takes longer than {MOST_SECONDS} s to read.") from None
    finally:
        await end(process)
    if process.returncode:
        raise died(process.returncode, complaint)
    return result(_read_outcome(said))


async def started(module: str = "leaderboard.sandbox") -> Process:
    """A process that waits for its task; none is left behind when nobody waits for this any more."""
    pipe = asyncio.subprocess.PIPE
    program = (sys.executable, "-m", module)
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*program, cwd=HOME, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await end(await starting)
        raise


def environment() -> dict[str, str]:
    """What Python needs to start, and none of the node's secrets."""
    return {
        name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "LD_", "LC_", "LANG", "PATH"))
    }


async def end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.communicate()


def died(status: int, complaint: bytes) -> Exception:
    """Why there is no result: a negative status is a signal, as which some limits come."""
    if status < 0 or status == OUT_OF_MEMORY:
        return TooLarge(f"This takes more than {MOST_MEMORY >> 20} MB of memory or {MOST_SECONDS} s to read.")
    return RuntimeError(f"The sandbox failed: {complaint[-2000:].decode(errors='replace')}")


def result(outcome: Outcome) -> Imported:
    """Raises what was refused."""
    if outcome.imported is None:
        raise REFUSALS[outcome.code](outcome.detail)
    return outcome.imported


def limit() -> None:
    """Bound what this process can take, and let nothing of it be seen."""
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not all systems have all of them
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """The process: a task in a line of JSON and the file from stdin, the outcome to stdout."""
    limit()
    try:
        task, _, data = sys.stdin.buffer.read().partition(b"\n")
        sys.stdout.buffer.write(encode(outcome(_read_task(task), data)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # without the traceback, for which there may be no memory either


def outcome(task: Task, data: bytes) -> Outcome:
    try:
        return Outcome(task.do(data))
    except Refusal as refusal:
        return Outcome(code=refusal.code, detail=refusal.detail)


if __name__ == "__main__":
    main()
