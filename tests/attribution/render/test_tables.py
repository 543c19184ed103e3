import io
import json
from dataclasses import asdict
from datetime import UTC, datetime

import pandas as pd
import pytest

from attribution import Token
from attribution.render import format_logits, tabulate_labels, tabulate_units, to_csv
from tests.attribution.stand_ins import explanation

TOKENS = (Token("[CLS]", 0, 0, special=True), Token("un", 0, 2, word=0), Token("##fair", 2, 6, word=0))

SAID = (
    *("label", "score", "baseline_score", "method", "settings", "evaluations", "gap", "relative_gap", "converged"),
    *("cancelled", "truncated_at", "first_text_read_to", "text_sha256", "model_sha256", "classifier", "embeddings"),
    *("encoder", "library", "read_as", "tokenizer_sha256", "multi_label_by_reader", "versions", "created"),
)
"""What each row of a CSV says beside the word."""


class TestTabulateUnits:
    def test_words_stand_in_the_order_of_the_text_with_their_rank(self):
        table = tabulate_units(explanation("a b c", [0.1, -0.5, 0.2]))
        assert list(table["word"]) == ["a", "b", "c"]
        assert list(table["rank"]) == [3, 1, 2]
        assert table["attribution"].sum() == explanation("a b c", [0.1, -0.5, 0.2]).attributions.sum()

    def test_subwords_include_the_special_ones(self):
        table = tabulate_units(explanation("unfair", [0.25, 0.5, -0.25], tokens=TOKENS), unit="subword")
        assert list(table["subword"]) == ["[CLS]", "un", "##fair"]
        assert list(table["special"]) == [True, False, False]

    def test_a_word_lists_its_subwords(self):
        assert list(tabulate_units(explanation("unfair", [0.0, 0.5, -0.25], tokens=TOKENS))["subwords"]) == [
            "un ##fair"
        ]


class TestToCsv:
    @pytest.mark.parametrize("unit", ["word", "subword"])
    def test_each_row_says_what_it_is_of(self, unit):
        said = explanation("unfair", [0.25, 0.5, -0.25], tokens=TOKENS, truncated_at=6)
        created = datetime(2026, 11, 27, 4, 30, tzinfo=UTC)
        table = pd.read_csv(io.StringIO(to_csv(said, unit=unit, created=created)), dtype={"model_sha256": str})
        units = tabulate_units(said, unit=unit)
        assert list(table[unit]) == list(units[unit])
        assert list(table.columns) == [*units.columns, *SAID]
        for _, row in table.iterrows():
            assert row["label"] == said.label
            assert row["method"] == "integrated_gradients"
            assert json.loads(row["settings"]) == asdict(said.method)
            assert json.loads(row["versions"]) == dict(said.model.versions)
            assert (row["model_sha256"], row["text_sha256"]) == (said.model.sha256, said.text_sha256)
            assert (row["evaluations"], row["converged"], row["truncated_at"]) == (said.evaluations, said.converged, 6)
            assert (row["score"], row["baseline_score"]) == (said.score, said.baseline_score)
            assert (row["gap"], row["relative_gap"]) == pytest.approx((said.gap, said.relative_gap))
            assert row["created"] == "2026-11-27T04:30:00+00:00"


class TestTabulateLabels:
    def test_labels_stand_in_decoder_order(self):
        table = tabulate_labels(explanation("a", [1.0], labels=("y", "x"), probabilities=(0.2, 0.8)).prediction)
        assert list(table["label"]) == ["y", "x"]
        assert "threshold" not in table

    def test_multi_label_models_have_a_threshold(self):
        table = tabulate_labels(explanation("a", [1.0], probabilities=(0.2, 0.8), thresholds=(0.5, 0.7)).prediction)
        assert list(table["threshold"]) == [0.5, 0.7]


class TestFormatLogits:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [(1.234, "+1.23"), (-0.5, "−0.50"), (0.0134, "+0.013"), (-0.00123, "−0.0012"), (0.0, "+0.00"), (0.1, "+0.10")],
    )
    def test_small_numbers_keep_their_digits(self, value, shown):
        assert format_logits(value) == shown
