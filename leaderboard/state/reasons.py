"""Why a step towards a total gave what it gave: as facts, which pages say in any language, and in words."""

from typing import Literal

from msgspec import Struct

from leaderboard.quiz.content import AnswerKey, Question
from leaderboard.state.records import AnswerRecord

OfQuestion = Literal["answer", "box", "none", "poll", "void", "open"]
Other = Literal["start", "team", "late", "given", "taken", "sent", "staked", "removed"]
Kind = OfQuestion | Other

TEXTS: dict[Kind, str] = {
    "none": "no answer",
    "poll": "a poll gives no points",
    "void": "does not count",
    "open": "still open",
    "start": "everybody starts with these",
    "team": "the team starts with these",
    "late": "joined late: the average of those who were there",
    "staked": "staked on a box",
    "removed": "removed by the host",
}


class Reason(Struct, omit_defaults=True):
    """What is not so is left out. `grade`: how right the answer was, 0 to 1; `time_ms` of `limit_ms`; `place` among the
    right answers; `worth`: the points of the question; `penalty` for a wrong one, `spared` if there was nothing to take;
    `credit_ms` were taken off for the network; `bonus` for `streak` right in a row; `said`: the host's reason."""

    kind: Kind
    grade: float | None = None
    time_ms: int = 0
    limit_ms: int = 0
    place: int = 0
    rule: str = ""
    worth: int = 0
    penalty: int = 0
    spared: bool = False
    corrected: bool = False
    attempts: int = 1
    credit_ms: int = 0
    bonus: int = 0
    streak: int = 0
    price: int = 0
    prize: int = 0
    events: int = 0
    said: str = ""


def of_answer(question: Question, key: AnswerKey, record: AnswerRecord) -> Reason:
    """Of an answer to a question that counts."""
    grade = record.grade if record.choice else None
    if record.box is not None:
        price, prize = record.box
        return Reason("box", grade, price=price, prize=prize)
    penalty = (question.penalty or 0) if record.grade == 0 else 0
    return Reason(
        "answer",
        grade,
        time_ms=record.time,
        limit_ms=record.limit,
        place=record.place,
        rule=str(question.rule),
        worth=question.points,
        penalty=penalty,
        spared=bool(penalty) and not record.points,
        corrected=key.revision > 1,
        attempts=record.attempts,
        credit_ms=record.credit,
        bonus=record.bonus,
        streak=record.streak if record.bonus else 0,
    )


def in_words(it: Reason) -> str:
    """The same in English."""
    match it.kind:
        case "box":
            return f"{rightness(it.grade)}, from a box for {it.price}, prize {it.prize}"
        case "given" | "taken":
            return f"{it.kind} by the host: {it.said}"
        case "sent":
            return f"sent by other programs: {it.events} event{'s' * (it.events != 1)}"
        case "answer":
            return answered(it)
        case _:
            return TEXTS[it.kind]


def answered(it: Reason) -> str:
    text = f"{rightness(it.grade)} after {it.time_ms / 1000:.3f} s of {it.limit_ms / 1000:g}"
    text += f", number {it.place} of the right answers" if it.place else ""
    text += f", rule {it.rule}, worth {it.worth}"
    text += f", costs {it.penalty}" if it.penalty else ""
    text += ", but there was nothing to take" if it.spared else ""
    text += ", by the corrected key" if it.corrected else ""
    text += f", {it.attempts} attempts" if it.attempts > 1 else ""
    text += f", {it.credit_ms} ms taken off for the network" if it.credit_ms else ""
    text += f", with {it.bonus} for {it.streak} right in a row" if it.bonus else ""
    return text


def rightness(grade: float | None) -> str:
    if grade is None:
        return "no answer"
    if grade in (0, 1):
        return "right" if grade else "wrong"
    return f"{grade:.0%} right"
