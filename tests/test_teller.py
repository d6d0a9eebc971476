"""Whose turn it is to be told."""

from leaderboard.live.teller import Turns


def test_who_changed_something_comes_first_and_nobody_twice() -> None:
    turns = Turns()
    turns.moved.update(dict.fromkeys(["a", "b", "c", "d"]))
    turns.changed.update(dict.fromkeys(["d", "e"]))
    assert turns.take(3) == ["d", "e", "a"]
    assert turns.take(3) == ["b", "c"]
    assert turns.take(3) == []


def test_everybodys_turn_comes_while_some_change_all_the_time() -> None:
    turns = Turns()
    turns.moved.update(dict.fromkeys(map(str, range(10))))
    told: set[str] = set()
    for _ in range(10):
        turns.changed["0"] = None
        told.update(turns.take(2))
    assert told == set(map(str, range(10)))
