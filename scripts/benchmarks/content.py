"""What files cost: a large one imported, in the process that nodes and commands use, and a vocabulary quiz made of words."""

import asyncio
import io
import random
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Number
from benchmarks.rig import Broken, Rig
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.exporting import EXPORTS
from leaderboard.sandbox import ReadFile, encode

QUESTIONS, QUESTIONS_QUICK = 10_000, 2_000
WORDS, ASKED = 6_000, 50
IMPORT_S, VOCABULARY_S, MOST_MB = 2.0, 1.0, 100.0
ROUNDS, ROUNDS_QUICK = 5, 2
# A small process that starts another and says how long it took and how much memory: of a large one the child would
# seem large too.
WATCH = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stdout[-200:])
sys.exit(done.returncode)
"""
LEVELS, KINDS = ("A1", "A2", "B1", "B2"), ("noun", "verb", "adjective", "adverb")


def quiz(questions: int) -> Quiz:
    """Questions as people write them: a sentence, four choices, an explanation."""
    return Quiz("Large", [asked(number) for number in range(questions)])


def asked(number: int) -> Question:
    choices = [f"The answer that begins with {letter} to {number}" for letter in "ABCD"]
    return Question(
        f"What is the right answer to the question with the number {number}, which somebody has written?",
        choices,
        [number % 4],
        explanation="This is why it is right, in a sentence of common length.",
    )


def words() -> bytes:
    """A list of made-up words, with a meaning each."""
    random.seed(6)
    out = io.StringIO()
    out.write("word,pos,level,meaning,translation\n")
    for number in range(WORDS):
        word = "".join(random.choice("bcdfglmnprst") + random.choice("aeiou") for _ in range(4))
        meaning = " ".join(f"{random.choice('xyzvwkhj')}{random.randrange(WORDS)}" for _ in range(6))
        out.write(f"{word}{number},{KINDS[number % 4]},{LEVELS[number // 4 % 4]},{meaning},w{number}\n")
    return out.getvalue().encode()


async def measure(rig: Rig, quick: bool) -> list[Number]:
    questions = QUESTIONS_QUICK if quick else QUESTIONS
    rounds = ROUNDS_QUICK if quick else ROUNDS
    numbers: list[Number] = []
    for form, export in EXPORTS.items():
        file = encode(ReadFile(name=f"large.{export.suffix}")) + b"\n" + export.of(quiz(questions)).content
        all_ = f'"found":{questions},"imported":{questions},'
        command: tuple[str, ...] = ("-m", "leaderboard.sandbox")
        numbers += await costs(f"{questions} questions, {form}", rounds, IMPORT_S, file, all_, *command)
    with TemporaryDirectory() as folder:
        list_, quiz_ = Path(folder, "words.csv"), Path(folder, "quiz.toml")
        await asyncio.to_thread(list_.write_bytes, words())
        command = ("-m", "leaderboard", "vocabulary", str(list_), "--questions", str(ASKED), "-o", str(quiz_))
        numbers += await costs(f"{ASKED} questions from {WORDS} words", rounds, VOCABULARY_S, b"", "", *command)
        if (await asyncio.to_thread(quiz_.read_text)).count("[[questions]]") != ASKED:
            raise Broken("The vocabulary quiz has not as many questions as it should have.")
    return numbers


async def costs(what: str, rounds: int, target_s: float, data: bytes, expected: str, *command: str) -> list[Number]:
    """Seconds and memory of a whole process: the median, and the most."""
    taken = [await run(data, expected, *command) for _ in range(rounds)]
    seconds, memory = statistics.median(it[0] for it in taken), max(it[1] for it in taken)
    return [
        Number("content", what, seconds, "s", f"≤ {target_s:g}", seconds <= target_s),
        Number("content", f"{what}: memory", memory, "MB", f"≤ {MOST_MB:g}", memory <= MOST_MB),
    ]


async def run(data: bytes, expected: str, *command: str) -> tuple[float, float]:
    """Seconds that a Python process took and MB that it had at most. `expected`: stands at the end of what it says."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WATCH, sys.executable, *command), stdin=pipe, stdout=pipe, stderr=pipe
    )
    said, complaint = await process.communicate(data)
    if process.returncode:
        raise Broken(complaint.decode())
    seconds, kibibytes, end = said.decode().split(maxsplit=2)
    if expected not in end:
        raise Broken(end)
    return float(seconds), int(kibibytes) / 1024
