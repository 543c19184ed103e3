"""What is shown of a value from a file costs next to nothing, whatever the value."""

import time
import tracemalloc

import pytest

from attribution.opening.pickles.stand_ins import StandIn
from attribution.wording import quote, say_error

LONG = "a" * 10**6


def nest(value, times=60):
    for _ in range(times):
        value = (value, value)
    return value


def hold_itself():
    held = [1]
    held.append(held)
    return held


class Unwritable:
    def __repr__(self):
        raise RuntimeError("written out")

    __str__ = __repr__


class TestQuote:
    @pytest.mark.parametrize(
        "value",
        ["a", "it's", b"a", 7, -1, 0.5, True, None, [], (), [1, "a"], (1,), (1, 2.5, None), ["a", b"b"], "", 2**100],
    )
    def test_a_short_value_is_written_as_python_does(self, value):
        assert quote(value) == repr(value)

    @pytest.mark.parametrize(
        "value",
        [
            LONG,
            LONG.encode(),
            [LONG] * 4_000_000,
            (LONG,) * 4_000_000,
            [[LONG] * 10**6] * 10**6,
            nest(LONG),
            hold_itself(),
            {LONG: LONG},
            {"a": nest(LONG)},
            {LONG},
            2 ** (10**7),
            "é" * 10**6,
            "\u0301" * 10**6,
            "\x00" * 10**6,
            StandIn(LONG),
            Unwritable(),
            [Unwritable()],
            range(10**9),
            bytearray(10**6),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_any_other_is_cut_before_it_is_written(self, value):
        tracemalloc.start()
        began = time.process_time()
        try:
            shown = quote(value)
            assert tracemalloc.get_traced_memory()[1] < 2**20
        finally:
            tracemalloc.stop()
        assert time.process_time() - began < 1
        assert len(shown) < 300
        assert "\n" not in shown

    def test_it_says_what_an_object_is(self):
        assert quote({"a": 1}) == "a value of type dict"
        assert quote([1, {"a": 1}]) == "[1, a value of type dict]"
        assert quote([1, [2]]) == "[1, …]"


class TestSayError:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (IndexError("list index out of range"), "IndexError: list index out of range"),
            (KeyError("bbox"), "KeyError: bbox"),
            (RuntimeError("first line\nsecond"), "RuntimeError: first line"),
            (RuntimeError("\n  after a blank line.\n"), "RuntimeError: after a blank line"),
            (ValueError(), "ValueError"),
            (KeyError(3), "KeyError: 3"),
            (FileNotFoundError(2, "No such file or directory", "/a"), "FileNotFoundError: No such file or directory"),
            (OSError("weights are missing"), "OSError: weights are missing"),
            (ValueError(LONG, 1), "ValueError: " + "a" * 159 + "…"),
            (KeyError([LONG] * 10**6), "KeyError: ['aaaaaaaaa…'"),
        ],
    )
    def test_it_names_the_class_and_the_first_line(self, error, said):
        assert say_error(error).startswith(said)
        assert len(say_error(error)) < 200
