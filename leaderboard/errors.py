"""Every refusal, once.

A refusal has one code everywhere: the class here, the first word of a Lua error, `code` in a problem document and in a
`refused` message. The docstring of each class is the sentence that its receiver reads. `REFUSALS` is the table by code.
"""

import math
import re
from typing import ClassVar

from msgspec import Struct

REFUSALS: dict[str, type["Refusal"]] = {}


class Problem(Struct):
    """Why a request was refused (RFC 9457). `code` is for programs, `type` the address of a page about it."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Refusal(Exception):
    """The request was refused; nothing has changed."""

    code: ClassVar[str]
    status: ClassVar[int]
    retry: ClassVar[bool]

    def __init_subclass__(cls, status: int, retry: bool = False) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()
        cls.status, cls.retry = status, retry
        REFUSALS[cls.code] = cls

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.sentence())
        self.detail = detail or self.sentence()

    @classmethod
    def sentence(cls) -> str:
        """What went wrong, for the person who reads it."""
        return cls.__doc__ or ""

    def headers(self) -> dict[str, str]:
        """What goes with the document."""
        return {"retry-after": "1"} if self.retry else {}

    def problem(self) -> Problem:
        """The document that says so over HTTP."""
        return Problem(f"/problems/{self.code}", self.sentence(), self.status, self.code, self.detail)


def rate_headers(name: str, quota: int, window_s: int, left: int, more_in_s: int) -> dict[str, str]:
    """As in the IETF draft "RateLimit header fields for HTTP"."""
    return {"ratelimit-policy": f'"{name}";q={quota};w={window_s}', "ratelimit": f'"{name}";r={left};t={more_in_s}'}


class Malformed(Refusal, status=400):
    """The message is not JSON of a known form; the detail names the place."""


class Unauthorized(Refusal, status=401):
    """The token is missing or unknown."""

    def headers(self) -> dict[str, str]:
        return {"www-authenticate": "Bearer"}


class WrongPassword(Refusal, status=401):
    """The e-mail address or the password is wrong."""


class Forbidden(Refusal, status=403):
    """The token does not allow this."""


class NotShown(Refusal, status=403):
    """The quiz does not show this part of its board to everybody."""


class ForeignOrigin(Refusal, status=403):
    """Pages of other sites may not do this; the setting `origins` can allow them."""


class NotListed(Refusal, status=403):
    """This name is not on the host's list."""


class Banned(Refusal, status=403):
    """The host lets you in no more."""


class Removed(Refusal, status=403):
    """The host has removed this player."""


class SignUpClosed(Refusal, status=403):
    """Nobody can sign up here; an administrator makes the accounts."""


class InviteNeeded(Refusal, status=403):
    """Who signs up here needs an invitation."""


class BadInvite(Refusal, status=403):
    """The invitation is unknown, used, too old, or for another e-mail address."""


class NotFound(Refusal, status=404):
    """There is nothing at this address."""


class NoSuchQuiz(Refusal, status=404):
    """There is no quiz with this ID."""


class NoSuchQuestion(Refusal, status=404):
    """The quiz has no question with this number."""


class NoSuchPlayer(Refusal, status=404):
    """The quiz has no such player."""


class NoSuchTeam(Refusal, status=404):
    """The quiz has no such team, or none at all."""


class NoSuchAccount(Refusal, status=404):
    """There is no such account."""


class NoSuchNode(Refusal, status=404):
    """No node with this ID or name lives."""


class NoSuchSession(Refusal, status=404):
    """The account has no such session."""


class NoSuchKey(Refusal, status=404):
    """The account has no such API key."""


class NoSuchSeason(Refusal, status=404):
    """There is no season with this ID."""


class NoSuchDocument(Refusal, status=404):
    """The library has no such quiz."""


class NoSuchMedia(Refusal, status=404):
    """There is no such picture or sound."""


class BadReset(Refusal, status=404):
    """The link for a new password is unknown, used or too old."""


class MethodNotAllowed(Refusal, status=405):
    """This address does not take this method."""


class NotOpen(Refusal, status=409):
    """The question is not open."""


class TooLate(Refusal, status=409):
    """The question was closed before the answer arrived."""


class TooFarBack(Refusal, status=409):
    """So much of this player has come since that the event cannot be put in its place any more."""


class StillOpen(Refusal, status=409):
    """A question is still open; close it first."""


class Paused(Refusal, status=409):
    """The clock has been stopped; nobody can answer just now."""


class TooOften(Refusal, status=409):
    """An answer can be changed nineteen times, and a player can hand back 500 questions."""


class Locked(Refusal, status=409):
    """The host lets nobody join any more."""


class NameTaken(Refusal, status=409):
    """Somebody in this quiz has this name, or one that looks the same."""


class Full(Refusal, status=409):
    """The quiz has as many players as it takes."""


class NotAdmitted(Refusal, status=409):
    """The host has not let this player in yet."""


class TakenOver(Refusal, status=409):
    """Another device has taken over as the host."""


class WrongPacing(Refusal, status=409):
    """A quiz with this pacing does not know that; with `self` and `draw` pacing there are `open` and `finish`."""


class AllDrawn(Refusal, status=409):
    """There are no more questions, or none of this kind that is free."""


class Taken(Refusal, status=409):
    """Somebody else has this question, or has answered it."""


class NotYours(Refusal, status=409):
    """You do not hold this question; draw one first."""


class StillHolding(Refusal, status=409):
    """You hold a question; answer it or hand it back first."""


class BoxLapsed(Refusal, status=409):
    """The box was not opened in time; its price has been paid back."""


class CannotAfford(Refusal, status=409):
    """The box costs more than you have."""


class NoBox(Refusal, status=404):
    """This quiz has no boxes of this difficulty."""


class HeldBack(Refusal, status=409):
    """The board is held back; the one shown last comes with the quiz."""


class NotFrozen(Refusal, status=409):
    """The board is not frozen."""


class IdReused(Refusal, status=409):
    """Another request had this id; give each its own, also on another device."""


class AlreadyUndone(Refusal, status=409):
    """The correction has been undone already."""


class NoSuchCorrection(Refusal, status=404):
    """The quiz has no such correction."""


class Correcting(Refusal, status=409, retry=True):
    """A correction is under way; try again in a moment."""


class Rehearsing(Refusal, status=409, retry=True):
    """This node rehearses a quiz just now; try again when that is done."""


class NotRehearsed(Refusal, status=500):
    """The rehearsal could not be brought to its end; the detail says why."""


class AlreadyPlayed(Refusal, status=409):
    """The question has been played already."""


class AlreadyPlaying(Refusal, status=409):
    """The team has begun to play, so its points at the start stay; `adjust` gives or takes points."""


class MovedOn(Refusal, status=409):
    """The quiz has moved on since; look again before you decide."""


class IdTaken(Refusal, status=409):
    """Another quiz has this ID."""


class EmailTaken(Refusal, status=409):
    """Another account has this e-mail address."""


class Finished(Refusal, status=409):
    """The quiz is finished."""


class LibraryFull(Refusal, status=409):
    """The library has no room for this; delete something, or ask the operator for more."""


class Outdated(Refusal, status=412):
    """Somebody has changed it since you read it; read it again."""


class IfMatchNeeded(Refusal, status=428):
    """Say with If-Match which version you change, as the ETag has it."""


class UnknownFormat(Refusal, status=415):
    """This is none of the formats that can be imported."""


class BadMedia(Refusal, status=415):
    """This is no picture and no sound of a kind that browsers show and play."""


class RateLimited(Refusal, status=429, retry=True):
    """Too many requests; wait as long as Retry-After says."""

    def __init__(self, policy: str = "", quota: int = 0, window_s: int = 0, wait_s: float = 1) -> None:
        super().__init__(f"Too many requests of the kind `{policy}`; wait {math.ceil(wait_s)} s." if policy else "")
        self.policy, self.quota, self.window_s, self.wait_s = policy, quota, window_s, max(1, math.ceil(wait_s))

    def headers(self) -> dict[str, str]:
        left = rate_headers(self.policy, self.quota, self.window_s, 0, self.wait_s)
        return {"retry-after": str(self.wait_s)} | left


class TooLarge(Refusal, status=413):
    """The request is larger than the server reads."""

    def headers(self) -> dict[str, str]:
        return {"connection": "close"}  # nobody will read the rest


class BadRange(Refusal, status=416):
    """There are no such bytes in it."""

    def __init__(self, size: int = 0) -> None:
        super().__init__(f"It has {size} bytes." if size else "")
        self.size = size

    def headers(self) -> dict[str, str]:
        return {"content-range": f"bytes */{self.size}"}


class BadChoice(Refusal, status=422):
    """The choice is none that the question offers."""


class BadName(Refusal, status=422):
    """A name has 1 to 32 visible characters."""


class BadTeam(Refusal, status=422):
    """A team's members have names, and no two of them the same; the detail names the member."""


class BadEmail(Refusal, status=422):
    """This is no e-mail address."""


class WeakPassword(Refusal, status=422):
    """A password has 8 to 128 characters, and is none of the most common ones."""


class BadQuiz(Refusal, status=422):
    """The quiz contradicts itself; the detail names the place."""


class Unreadable(Refusal, status=422):
    """The file cannot be read; the detail says why."""


class Incomplete(Refusal, status=422):
    """Not all of the file can be imported, and nothing less was wanted."""


class NoQuestions(Refusal, status=422):
    """There are no questions in it."""


class BadSeason(Refusal, status=422):
    """These quizzes cannot be merged like this; the detail names the place."""


class OutOfRange(Refusal, status=422):
    """This would go beyond what is possible; the detail names the bound."""


class TooManySockets(Refusal, status=429, retry=True):
    """Too many sockets are open from this address; try again later."""


class InternalError(Refusal, status=500):
    """The server made a mistake; it has been logged."""


class Busy(Refusal, status=503, retry=True):
    """The server cannot reach its store in time; send the same request again."""


class NodeLeaving(Refusal, status=503, retry=True):
    """This node is about to end and takes no more sockets; another one will."""


class NodeFull(Refusal, status=503, retry=True):
    """This node takes no more sockets, or no more of this quiz; try again later."""
