"""Questions as people might write them, for Hypothesis."""

from typing import Any

from hypothesis import strategies as st

from leaderboard.quiz.content import Question

LETTERS = st.sampled_from(list("abcé漢👍 \n\t,;|\\'\"=+-@<&123"))
ADDRESS = st.sampled_from(["", "https://a.example/b.png", "/v1/media/abc"])


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts that are not blank."""
    return st.text(LETTERS, min_size=1, max_size=longest).filter(str.strip)


def looks(text: str) -> str:
    return " ".join(text.split())


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question that makes sense."""
    type_ = draw(st.sampled_from(["", "one", "several", "boolean", "number", "text", "order", "poll"]))
    fields: dict[str, Any] = {"type": type_} if type_ else {}
    if type_ in ("number", "text"):
        values = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
        fields["answer"] = draw(st.lists(values if type_ == "number" else texts(20), min_size=1, max_size=5))
    else:
        choices = draw(st.lists(texts(20), min_size=2, max_size=2 if type_ == "boolean" else 8, unique_by=looks))
        places = draw(st.permutations(range(len(choices))))
        most = {"order": len(choices), "poll": 0, "one": 1, "boolean": 1}.get(type_, draw(st.integers(1, len(choices))))
        fields |= {"choices": choices, "answer": places[:most]}
    rest: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {},
        optional={
            "points": st.integers(0, 100_000),
            "time_limit": st.integers(1, 3600),
            "rule": st.sampled_from(["speed", "linear", "flat", "order"]),
            "penalty": st.integers(0, 100_000),
            "partial": st.booleans(),
            "tolerance": st.floats(0, 1e12),
            "explanation": texts(50),
            "difficulty": st.sampled_from(["easy", "medium", "hard"]),
            "topic": st.text("abc '=-", max_size=40),
            "image": ADDRESS,
            "image_alt": texts(50),
            "audio": ADDRESS,
        },
    )
    return Question(draw(texts(60)), **fields, **draw(rest))
