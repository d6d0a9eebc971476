"""What a host can ask for: the same over HTTP, where the path names the verb, and on the socket, where `type` does.

Each is named like the method that does it, and its fields like that method's parameters.
"""

from typing import Annotated, get_args

from msgspec import Meta, Struct

from leaderboard.quiz.content import After, Choice, Number

RequestId = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Tag = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
Player = Annotated[str, Meta(min_length=1, max_length=64)]


class Verb(Struct, tag_field="type", tag=str.lower, kw_only=True, forbid_unknown_fields=True):
    """With an `id`, the same request sent twice is done once, where that makes a difference."""

    id: RequestId | None = None


class Open(Verb):
    """Open a question; with self pacing, without one: open the quiz."""

    question: Number | None = None


class Close(Verb):
    """Close the open question, or this one and no other."""

    question: Number | None = None


class Next(Verb):
    """Open the question after the current one; after the last, finish. With `after`, sent twice it happens once."""

    after: After | None = None


class Skip(Verb):
    """Pass over a question that has not been played; close the open one, and nobody's answer counts."""

    question: Number


class Pause(Verb):
    """Stop the clock."""


class Resume(Verb):
    """Let the clock go on."""


class Extend(Verb):
    """More time for everybody. With `closes_at` as last seen, sent twice it happens once."""

    question: Number
    seconds: Annotated[int, Meta(ge=1, le=3600)]
    closes_at: int | None = None


class Lock(Verb):
    """Let nobody join any more, or let them in again."""

    locked: bool = True


class Pin(Verb):
    """Show a short code with which people can join while they may, or none."""

    on: bool = True


class Rename(Verb):
    """Give a player another name."""

    player: Player
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class Remove(Verb):
    """Take a player out. With `ban` nor may user or name come again, with `address` nobody new from where they came."""

    player: Player
    ban: bool = False
    address: bool = False


class Admit(Verb):
    """Let a player who is aside onto the board; without one, all of them."""

    player: Player | None = None


class Assign(Verb):
    """Put a player into a team, or with '' out of it; with `tags`, into these groups and no others."""

    player: Player
    team: Annotated[str, Meta(max_length=200)] | None = None
    tags: Annotated[list[Tag], Meta(max_length=5)] | None = None


class Freeze(Verb):
    """Let the public board stand still."""


class Reveal(Verb):
    """Show a frozen board from the bottom up, but for so many places at the top."""

    hidden: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Extra(Verb):
    """Give a player more time for each question, in percent of the time limit."""

    player: Player
    percent: Annotated[int, Meta(ge=100, le=400)]


class Adjust(Verb):
    """Give a player points, or take some."""

    player: Player
    points: Annotated[int, Meta(ge=-20_000_000, le=20_000_000)]
    reason: Reason


class Correct(Verb):
    """Another key for a question, or whether answers to it count. With `revision`, only if the key is still that one."""

    question: Number
    reason: Reason
    answer: Annotated[Choice, Meta(max_length=20)] | None = None
    void: bool | None = None
    revision: int | None = None


class Preview(Struct, forbid_unknown_fields=True):
    """A correction of a key to be looked at first."""

    question: Number
    answer: Annotated[Choice, Meta(max_length=20)] | None = None
    void: bool | None = None


class Undo(Verb):
    """Take back a correction."""

    correction: Annotated[int, Meta(ge=1, lt=2**53)]
    reason: Reason = "Undone"


class Finish(Verb):
    """End the quiz."""


class Reset(Verb):
    """Start over with the same players."""


HostVerb = (
    Open
    | Close
    | Next
    | Skip
    | Pause
    | Resume
    | Extend
    | Lock
    | Pin
    | Rename
    | Remove
    | Admit
    | Assign
    | Freeze
    | Reveal
    | Extra
    | Adjust
    | Correct
    | Undo
    | Finish
    | Reset
)
HOST_VERBS: dict[str, type[HostVerb]] = {verb.__name__.lower(): verb for verb in get_args(HostVerb)}
