import numpy as np
import pytest

from attribution import AttributionError, contrast, explain_labels, load_model
from attribution.report import to_report
from tests.models.kinds import build_tars
from tests.models.transformers import save

TEXT = "The striker scored, and shares of the bank rose."


@pytest.fixture(scope="module")
def tars(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tars")
    return load_model(save(build_tars(folder), folder))


class TestLabelsThatCompete:
    def test_its_words_add_up_to_what_the_logits_differ_by(self, make_checkpoint):
        model = load_model(make_checkpoint())
        found = contrast(*explain_labels(model, TEXT, model.labels[:2]))
        there, nowhere = found.prediction.logits, found.baseline_prediction.logits
        difference = (there[0] - there[1]) - (nowhere[0] - nowhere[1])
        assert abs(difference) > 0.1
        assert found.attributions.sum() == pytest.approx(difference, rel=0.02, abs=0.02)


class TestReport:
    def test_a_contrast_has_none(self, tars):
        with pytest.raises(AttributionError, match="no report of its own"):
            to_report(contrast(*explain_labels(tars, TEXT, tars.labels[:2])))


class TestLabelsThatAreRead:
    """In TARS a label is part of what is read, and a longer one has more tokens."""

    def test_each_word_has_the_difference_of_its_attributions(self, tars):
        pair = explain_labels(tars, TEXT, ["sport", "a bank, or a market of shares"])
        assert len(pair[0].tokens) != len(pair[1].tokens)
        for first, second in (pair, pair[::-1]):
            found = contrast(first, second)
            expected = [
                one.attribution - other.attribution for one, other in zip(first.words(), second.words(), strict=True)
            ]
            assert [word.attribution for word in found.words()] == pytest.approx(expected)
            assert found.gap == pytest.approx(first.gap - second.gap)
            assert np.abs(expected).max() > 1e-3

    def test_where_the_longer_one_leaves_less_room_for_the_text_a_sentence_says_so(self, tars):
        pair = explain_labels(tars, "The bank rose again. " * 200, ["sport", "a bank, or a market of shares"])
        assert pair[0].truncated_at > pair[1].truncated_at
        with pytest.raises(AttributionError, match="reads different parts"):
            contrast(*pair)
