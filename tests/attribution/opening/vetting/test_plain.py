from typing import Any

import pytest

from attribution import CheckpointError, UnsafeCheckpointError
from attribution.opening.pickles.vocabulary import make_inert
from attribution.opening.vetting.plain import to_plain


class TestPlainData:
    @pytest.mark.parametrize("value", [None, True, 3, 0.5, "naïve 東京 😀", [1, (2, {"a": [None]})], {"x": {1: "y"}}])
    def test_it_comes_out_as_it_went_in(self, value):
        assert to_plain(value, "x") == value

    def test_it_is_a_copy(self):
        value = {"a": [1]}
        assert to_plain(value, "x")["a"] is not value["a"]

    def test_a_long_mapping_is_no_danger(self):
        words = {f"w{index}": index for index in range(600_000)}
        assert to_plain(words, "vocab") == words

    def test_lists_that_double_are_refused(self):
        nested: list[Any] = []
        for _ in range(60):
            nested = [nested, nested]
        with pytest.raises(CheckpointError, match="more than 500000 parts"):
            to_plain(nested, "x")

    @pytest.mark.parametrize(
        ("text", "found"), [("x" * 10**8, "text of 100,000,000 letters"), ("\ud83d", "lone surrogates")]
    )
    def test_text_that_no_page_can_show_is_refused(self, text, found):
        with pytest.raises(CheckpointError, match=f"under 'label_type', got {found}"):
            to_plain({"label": text}, "label_type")

    def test_a_model_card_is_shown_as_far_as_it_can_be(self):
        card = to_plain(
            {"notes": "x" * 10**6, "half": "\ud83d", "made": make_inert("torch.optim.adam", "Adam")}, "model_card"
        )
        assert len(card["notes"]) == 2**17
        assert card["half"] == "?"
        assert card["made"] == "(torch.optim.adam.Adam)"

    def test_an_object_is_refused_by_its_place(self):
        with pytest.raises(UnsafeCheckpointError, match="under 'dropout', got Adam"):
            to_plain({"a": make_inert("torch.optim.adam", "Adam")()}, "dropout")
