import pytest
from numpy.testing import assert_allclose

from attribution import AttributionError, IntegratedGradients, explain, load_model
from attribution.methods.path.own_text import lay_out_text

TEXT = "The bank raised its forecast after the match."


@pytest.fixture(scope="module")
def model(make_checkpoint):
    return load_model(make_checkpoint())


def own(text):
    return IntegratedGradients(baseline="text", baseline_text=text)


class TestLayOut:
    def test_words_take_the_places_of_words_and_padding_the_rest(self, model):
        encoded, other = model.encode(TEXT), model.encode("The bank")
        start = lay_out_text(model.encoder, encoded, "The bank")
        places = [place for place, token in enumerate(encoded.tokens) if not token.special]
        count = sum(not token.special for token in other.tokens)
        words = other.embedded[0, [place for place, token in enumerate(other.tokens) if not token.special]]
        assert_allclose(start[0, places[:count]], words)
        assert_allclose(start[0, places[count:]], encoded.baselines["pad"][0, places[count:]])

    def test_special_tokens_stay_and_a_longer_text_is_cut(self, model):
        encoded = model.encode(TEXT)
        start = lay_out_text(model.encoder, encoded, TEXT * 5)
        special = [place for place, token in enumerate(encoded.tokens) if token.special]
        assert start.shape == encoded.embedded.shape
        assert_allclose(start[0, special], encoded.embedded[0, special])


class TestBaselineText:
    def test_the_path_starts_with_what_the_model_says_of_that_text(self, model):
        other = "The its raised its forecast after the match."
        explanation = explain(model, TEXT, method=own(other))
        expected = model.predict(other)
        assert_allclose(explanation.baseline_prediction.probabilities, expected.probabilities, atol=1e-6)
        assert explanation.converged

    def test_only_the_words_that_differ_count_where_the_places_are_the_same(self, model):
        explanation = explain(model, TEXT, method=own("The its raised its forecast after the match."))
        values = {word.text: word.attribution for word in explanation.words()}
        assert abs(values.pop("bank")) > 1e-4
        assert_allclose(list(values.values()), 0, atol=1e-9)

    def test_the_text_itself_leaves_nothing_to_explain(self, model):
        explanation = explain(model, TEXT, method=own(TEXT))
        assert_allclose(explanation.attributions, 0, atol=1e-9)
        assert explanation.gap == pytest.approx(0, abs=1e-6)  # rows of a pass are rounded apart

    def test_an_empty_one_is_refused(self, model):
        with pytest.raises(AttributionError, match="own text is empty"):
            explain(model, TEXT, method=own(" "))
