import pytest

from attribution import CheckpointError
from attribution.opening.pickles.unfolding import check_unfolded
from attribution.opening.pickles.vocabulary import make_inert


def double(held: object, times: int = 60) -> object:
    for _ in range(times):
        held = (held, held)
    return held


class TestUnfolded:
    @pytest.mark.parametrize("held", [(), "name", b"name", 7, None])
    def test_a_part_in_many_places_counts_as_often(self, held):
        with pytest.raises(CheckpointError, match="over and over"):
            check_unfolded({"name": double(held)}, 1000)

    def test_so_it_does_in_the_state_of_a_stand_in(self):
        made = make_inert("flair.data", "Dictionary")()
        made.__setstate__({"idx2item": [double("a")]})
        with pytest.raises(CheckpointError):
            check_unfolded([made], 1000)

    def test_a_long_text_in_many_places_is_as_long_as_all_of_them(self):
        with pytest.raises(CheckpointError):
            check_unfolded(["a" * 10**6] * 10**4, 10**6)

    def test_what_holds_itself_ends(self):
        held: list[object] = ["name"]
        held += [held, {"again": held}]
        check_unfolded(held, 100)

    def test_an_honest_vocabulary_is_followed(self):
        words = [f"word {number}" for number in range(100_000)]
        check_unfolded({"idx2item": words, "item2idx": dict(zip(words, range(100_000), strict=True))}, 2_000_000)

    def test_parts_nested_as_deep_as_a_pickle_can_are_no_recursion(self):
        held: list[object] = []
        for _ in range(100_000):
            held = [held]
        check_unfolded(held, 500_000)
