"""In which order those who wait are let in."""

import threading
import time

import pytest

from attribution.isolation import turns as module
from attribution.isolation.turns import Turn, Turns


@pytest.fixture
def turns():
    return Turns()


def wait(turns, *waiting, then):
    """Let turns wait in this order behind a first one, which `then` ends; returns them as they were let in."""
    first, order = Turn(), []
    turns.take(first)

    def take(name, turn):
        turns.take(turn)
        order.append(name)
        turns.leave(turn)

    threads = []
    for name, turn in waiting:
        threads.append(threading.Thread(target=take, args=(name, turn)))
        threads[-1].start()
        while len(turns._waiting) < len(threads):
            time.sleep(0.001)
    then(first)
    for thread in threads:
        thread.join()
    return order


class TestOrder:
    def test_the_first_to_come_is_the_first_to_go(self, turns):
        names = ["a", "b", "c"]
        assert wait(turns, *[(name, Turn()) for name in names], then=turns.leave) == names

    def test_long_work_comes_last(self, turns):
        found = wait(turns, ("long", Turn(is_long=True)), ("new", Turn()), ("newer", Turn()), then=turns.leave)
        assert found == ["new", "newer", "long"]

    def test_unless_it_has_waited_for_long(self, turns, monkeypatch):
        monkeypatch.setattr(module, "_PATIENCE", 0.0)
        assert wait(turns, ("long", Turn(is_long=True)), ("new", Turn()), then=turns.leave) == ["long", "new"]

    def test_who_hands_on_comes_back_behind_the_others(self, turns):
        def hand_on(first):
            assert turns.is_wanted()
            assert turns.hand_on(first)
            assert not turns.is_wanted()
            turns.leave(first)

        assert wait(turns, ("a", Turn()), then=hand_on) == ["a"]

    def test_alone_nothing_is_handed_on(self, turns):
        turn = Turn()
        turns.take(turn)
        assert not turns.is_wanted()
        assert not turns.hand_on(turn)

    def test_patience_that_ends_while_they_wake_lets_one_in(self, turns, monkeypatch):
        """Were each to judge by its own clock, each could think that it is the other's turn."""
        clock = iter(range(10**9))
        monkeypatch.setattr(module.time, "monotonic", lambda: next(clock) * 4.0)
        assert sorted(wait(turns, ("long", Turn(is_long=True)), ("new", Turn()), then=turns.leave)) == ["long", "new"]


def test_who_has_computed_for_long_is_long(turns, monkeypatch):
    turn = Turn()
    turns.take(turn)
    turns.leave(turn)
    assert not turn.is_long
    monkeypatch.setattr(module, "_LONG", 0.0)
    turns.take(turn)
    turns.leave(turn)
    assert turn.is_long
