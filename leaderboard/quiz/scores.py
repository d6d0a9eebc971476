"""Scores that other programs send: what an event says, in all the forms in which it comes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from leaderboard.errors import Malformed, OutOfRange, Refusal

MOST_SCORE = 20_000_000  # either way
MOST_EVENTS = 1_000  # in one list
MAX_AT = 9_007_199_254_740  # in ms: in µs it is still exact

Operator = Literal["incr", "decr", "set", "best", "retract"]
EventId = Annotated[str, Meta(min_length=1, max_length=128)]
UserId = Annotated[str, Meta(max_length=200)]
At = Annotated[int, Meta(ge=0, lt=MAX_AT)]
Name = Annotated[str, Meta(max_length=200)]


class Event(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that changes the points of a player, once.

    `event`: an ID that no other event of the quiz has. `user_id`: a player's ID, or the `external_id` with which the program
    had them join; somebody else is put on the board under it, called `name`. `incr` and `decr` add and take points, `set`
    replaces what was sent so far, `best` keeps the better one. `at`: when it happened, in ms since 1970; by default when it
    arrives. `retract` takes back the event that `retracts` names, and has no score.
    """

    event: EventId
    user_id: UserId = ""
    score: int | None = None
    operator: Operator = "incr"
    at: At | None = None
    name: Name = ""
    retracts: Annotated[str, Meta(max_length=128)] = ""


class Data(Struct, frozen=True, forbid_unknown_fields=True):
    """What a CloudEvent carries; its `quiz_id` counts only where no address names the quiz."""

    user_id: UserId = ""
    score: int | None = None
    operator: Operator = "incr"
    name: Name = ""
    retracts: Annotated[str, Meta(max_length=128)] = ""
    quiz_id: str = ""


class CloudEvent(Struct, frozen=True):
    """CloudEvents 1.0, structured: source and id together are the event's ID, `time` is when it happened."""

    specversion: Literal["1.0"]
    id: EventId
    source: EventId
    type: Annotated[str, Meta(min_length=1)]
    data: Data
    time: Annotated[datetime, Meta(tz=True)] | None = None


class Bad(Struct, frozen=True):
    """An event that says nothing that could be done, and why."""

    event: str
    refusal: Refusal


class Scored(Struct, omit_defaults=True):
    """What became of an event: `applied`, now; `duplicate`, before; or `refused`, with code and detail.

    `points`: the player's total after all events of the request; `rank`: 0 for a player who waits to be admitted.
    """

    event: str
    status: Literal["applied", "duplicate", "refused"]
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    points: int | UnsetType = UNSET
    rank: int | UnsetType = UNSET


class Scores(Struct):
    """What became of all events, in their order."""

    durable: bool
    version: int
    results: list[Scored]


STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INTEGER = re.compile(rb"-?[0-9]{1,18}")
FIELDS = {b"quiz_id", b"user_id", b"score", b"operator", b"event", b"at", b"name", b"retracts"}

T = TypeVar("T")
_raw_list = msgspec.json.Decoder(list[Raw]).decode
_event = msgspec.json.Decoder(Event).decode
_events = msgspec.json.Decoder(list[Event]).decode
_cloud_event = msgspec.json.Decoder(CloudEvent).decode
_data = msgspec.json.Decoder(Data).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


def decode(body: bytes, content_type: str = "", headers: Mapping[str, str] | None = None) -> list[Event | Bad]:
    """The events of a request. Raises Malformed if it holds no list of them; a single event that is bad is a list of one."""
    kind = content_type.partition(";")[0].strip().lower()
    if headers is not None and "ce-specversion" in headers:
        return [one(_binary, body, headers)]
    if kind == STRUCTURED:
        return [one(_structured, body)]
    if kind == BATCH:
        return [one(_structured, part) for part in parts(body)]
    if body.lstrip()[:1] != b"[":
        return [one(_plain, body)]
    try:
        events = bounded(_events(body))
    except (ValueError, RecursionError):
        return [one(_plain, part) for part in parts(body)]
    return [sound(event) for event in events]


def parts(body: bytes) -> Iterator[Raw]:
    """The members of a JSON list. Raises Malformed."""
    try:
        found = _raw_list(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return iter(bounded(found))


def bounded(found: list[T]) -> list[T]:
    if len(found) > MOST_EVENTS:
        raise Malformed(f"A list has at most {MOST_EVENTS:,} events.")
    return found


def one(read: Any, part: bytes | Raw, *further: Any) -> Event | Bad:
    """An event, or why it is none."""
    try:
        return check(read(part, *further))
    except Refusal as refusal:
        return Bad(named(part), refusal)
    except (ValueError, RecursionError) as error:
        return Bad(named(part), Malformed(str(error)))


def sound(event: Event) -> Event | Bad:
    try:
        return check(event)
    except Refusal as refusal:
        return Bad(event.event, refusal)


def named(part: bytes | Raw) -> str:
    """The ID of an event that is bad, as far as it can be told."""
    try:
        found = _object(part)
    except (ValueError, RecursionError):
        return ""
    event = found.get("event", found.get("id"))
    return event[:128] if isinstance(event, str) else ""


def check(event: Event) -> Event:
    """What a type cannot say. Raises Malformed, OutOfRange."""
    if not event.event.isprintable() or event.event.strip() != event.event or not event.retracts.isprintable():
        raise Malformed("The ID of an event has 1 to 128 visible characters.")
    if event.operator == "retract":
        if not event.retracts or event.score is not None:
            raise Malformed("A `retract` names in `retracts` the event that it takes back, and has no score.")
        if event.retracts == event.event:
            raise Malformed("An event cannot take itself back.")
    elif event.retracts or event.score is None:
        raise Malformed("An event has a score; only one with the operator `retract` takes another one back.")
    elif not event.user_id or not event.user_id.isprintable():
        raise Malformed("The `user_id` is missing, or has characters that cannot be seen.")
    elif not -MOST_SCORE <= event.score <= MOST_SCORE:
        raise OutOfRange(f"A score is at most {MOST_SCORE:,}, either way.")
    return event


def _plain(part: bytes | Raw) -> Event:
    return _event(part)


def _structured(part: bytes | Raw) -> Event:
    found = _cloud_event(part)
    return cloud(found.source, found.id, found.time, found.data)


def _binary(body: bytes, headers: Mapping[str, str]) -> Event:
    """CloudEvents in binary mode: what is about the event stands in the headers."""
    about = {
        name: headers[f"ce-{name}"]
        for name in ("specversion", "id", "source", "type", "time")
        if f"ce-{name}" in headers
    }
    found = msgspec.convert(about | {"data": _data(body)}, CloudEvent, strict=False)
    return cloud(found.source, found.id, found.time, found.data)


def cloud(source: str, id: str, time: datetime | None, data: Data) -> Event:
    """The event that a CloudEvent carries. Raises Malformed."""
    event = f"{source} {id}"
    if len(event) > 128:
        raise Malformed("The source and the id of a CloudEvent have at most 127 characters together.")
    at = None if time is None else (time - EPOCH) // timedelta(milliseconds=1)
    if at is not None and not 0 <= at < MAX_AT:
        raise Malformed("The time of a CloudEvent lies between 1970 and 2255.")
    return Event(event, data.user_id, data.score, data.operator, at, data.name, data.retracts)


# From streams, whose fields are flat


def read_entry(flat: Sequence[bytes]) -> tuple[str, Event]:
    """The quiz and the event of a stream's entry, whose names and values come in turn. Raises Malformed, OutOfRange."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    try:
        if b"cloudevent" in fields:
            found = _cloud_event(fields[b"cloudevent"])
            return found.data.quiz_id, check(cloud(found.source, found.id, found.time, found.data))
        if unknown := fields.keys() - FIELDS:
            raise Malformed(f"The field {min(unknown)[:40].decode('utf-8', 'replace')!r} is not known.")
        text = {name: value.decode() for name, value in fields.items()}
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return text.get(b"quiz_id", ""), check(read_fields(text, fields))


def read_fields(text: Mapping[bytes, str], fields: Mapping[bytes, bytes]) -> Event:
    operator, event, user, name = (text.get(key, "") for key in (b"operator", b"event", b"user_id", b"name"))
    if operator not in ("", "incr", "decr", "set", "best", "retract"):
        raise Malformed(f"There is no operator {operator[:40]!r}.")
    if not 1 <= len(event) <= 128:
        raise Malformed("The field `event` is missing, or longer than 128 characters.")
    if len(user) > 200 or len(name) > 200:
        raise Malformed("`user_id` and `name` have at most 200 characters.")
    score, at = whole(b"score", fields), whole(b"at", fields)
    if at is not None and not 0 <= at < MAX_AT:
        raise Malformed("`at` is a time in milliseconds since 1970, before 2255.")
    retracts = text.get(b"retracts", "")
    if len(retracts) > 128:
        raise Malformed("The ID of an event has 1 to 128 characters.")
    return Event(event, user, score, operator or "incr", at, name, retracts)  # type: ignore[arg-type]


def whole(name: bytes, fields: Mapping[bytes, bytes]) -> int | None:
    """The whole number in a field; None where there is none. Raises Malformed."""
    text = fields.get(name, b"")
    if not text:
        return None
    if not INTEGER.fullmatch(text):
        raise Malformed(f"`{name.decode()}` is a whole number.")
    return int(text)
