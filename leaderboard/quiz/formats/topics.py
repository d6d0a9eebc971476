"""What other programs sort questions by, as a topic of ours."""

import re

from leaderboard.quiz.content import MAX_TOPIC

STEP = re.compile(r"[:\x00-\x1f]+")


def topic_of(category: str) -> str:
    """The whole path ("Verbs::Past" as "Verbs / Past"), or its last part if that is too long, or nothing."""
    steps = [" ".join(step.split()) for step in STEP.split(category)]
    named = [step for step in steps if step]
    return next((name for name in (" / ".join(named), *named[-1:]) if len(name) <= MAX_TOPIC), "")
