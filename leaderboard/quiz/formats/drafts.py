"""What formats find in a file, before anybody has looked whether it can be asked."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field


class Draft(Struct):
    """A question as a file has it. `place`: where, in the words of its readers ("row 12", "line 40", "question 3").

    `fields` are those of a Question, as far as the format knows them: `choices` may be blank or double and `answer` names
    their places; both are put in order later. `flaw` says why this cannot be a question, if the format knows already;
    `notes` what was left out although it can be one. With `exact`, texts are not tidied.
    """

    place: str
    fields: dict[str, Any] = field(default_factory=dict)
    flaw: str = ""
    notes: list[str] = field(default_factory=list)
    exact: bool = False


class Reading(Struct):
    """What a format makes of a file: its drafts in order, and other fields of the Quiz, as far as it has any."""

    drafts: Iterable[Draft]
    about: dict[str, Any] = field(default_factory=dict)
