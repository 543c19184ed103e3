from dataclasses import replace

import numpy as np
import pytest

from attribution import AttributionError, GradientNorm, IntegratedGradients, explain, load_model
from attribution.ablation.faithfulness import measure_faithfulness
from attribution.ablation.measures import SHARES, Metric, correlate_ranks
from attribution.texts.tokens import delete_words
from tests.attribution.stand_ins import explanation as explanation_of
from tests.models.kinds import build_document, build_pair
from tests.models.transformers import save

TEXT = "The bank raised its forecast after the match, and its shares rose by a tenth in early trading on Monday."


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


@pytest.fixture(scope="module")
def explanation(model):
    return explain(model, TEXT)


@pytest.fixture(scope="module", params=["delete", "mask"])
def found(request, model, explanation):
    return measure_faithfulness(model, TEXT, explanation, how=request.param, orders=4)


def probability(model, explanation, removed, how):
    """By Flair's own predict(), or by the network with the mask's id in place of the words'."""
    spans = [(explanation.spans[word].start, explanation.spans[word].end) for word in removed]
    if how == "delete":
        left = "".join(
            character for place, character in enumerate(TEXT) if not any(start <= place < end for start, end in spans)
        )
        return model.kind.predict_itself(" ".join(left.split()))[explanation.label]
    encoded = model.encode(TEXT)
    embedded = encoded.embedded.clone()
    for place, token in enumerate(encoded.tokens):
        if token.word in removed:
            embedded[0, place] = encoded.baselines["mask"][0, place]
    return model.kind.to_prediction(model.encoder.logits(embedded, encoded)[0].double()).probability_of(
        explanation.label
    )


class TestBruteForce:
    def test_every_measure_is_its_definition(self, model, explanation, found):
        values = [word.attribution for word in explanation.words()]
        order = sorted(range(len(values)), key=lambda index: -values[index])
        counts = [max(1, round(share * len(order))) for share in SHARES]
        whole = explanation.prediction.probability_of(explanation.label)
        without = [probability(model, explanation, order[:count], found.how) for count in counts]
        alone = [probability(model, explanation, order[count:], found.how) for count in counts]
        assert found.comprehensiveness.value == pytest.approx(np.mean([whole - one for one in without]), abs=1e-5)
        assert found.sufficiency.value == pytest.approx(np.mean([whole - one for one in alone]), abs=1e-5)
        assert found.log_odds.value == pytest.approx(np.log(without[3] / whole), abs=1e-4)
        assert found.curves["explanation"] == pytest.approx([whole, *without], abs=1e-5)
        assert found.without_strongest == pytest.approx(
            probability(model, explanation, order[: found.words], found.how), abs=1e-5
        )

    def test_the_random_orders_are_of_all_words_and_the_same_for_the_same_seed(self, model, explanation, found):
        again = measure_faithfulness(model, TEXT, explanation, how=found.how, orders=4)
        other = measure_faithfulness(model, TEXT, explanation, how=found.how, orders=4, seed=1)
        assert again.comprehensiveness.random == pytest.approx(found.comprehensiveness.random)
        assert other.comprehensiveness.random != pytest.approx(found.comprehensiveness.random)
        assert len(set(found.comprehensiveness.random)) == 4


class TestMeaning:
    def test_the_explanation_beats_random_orders_and_the_reverse_does_not(self, found):
        assert found.comprehensiveness.percentile == 1.0
        assert found.without_strongest < found.without_random
        assert (found.curves["explanation"][1:] < found.curves["reverse"][1:]).all()
        assert found.probability == found.curves["random"][0]


class TestEvidence:
    """What a lead over random orders says hangs on its size."""

    @pytest.mark.parametrize(
        ("value", "random", "evidence"),
        [
            (0.6, [0.1, 0.15, 0.2], "strong"),
            (0.3, [0.1, 0.15, 0.2], "weak"),
            (0.6, [0.0, 0.1, 0.58], "weak"),  # a random order comes near
            (0.57, [0.55, 0.55, 0.56], "no"),  # better than all of them, by next to nothing
            (0.1, [0.3, 0.2, 0.4], "no"),
            (0.3, [0.0, 0.0, 0.5], "no"),
        ],
    )
    def test_of_comprehensiveness(self, value, random, evidence):
        metric = Metric(value, np.array(random), higher_is_better=True)
        assert metric.evidence == evidence
        leads = [value - one for one in random]
        assert metric.lead == pytest.approx(sum(leads) / 3)
        low, high = metric.lead_interval
        assert min(leads) <= low <= high <= max(leads)

    def test_where_low_is_good_the_lead_is_how_much_lower(self):
        metric = Metric(-0.5, np.array([0.0, 0.1]), higher_is_better=False)
        assert metric.lead == pytest.approx(0.55)


class TestOddInput:
    def test_one_word_is_refused(self, model):
        with pytest.raises(AttributionError, match="one word only"):
            measure_faithfulness(model, "Bank", explain(model, "Bank"))

    def test_two_words_will_do(self, model):
        found = measure_faithfulness(model, "Bank shares", explain(model, "Bank shares"), orders=2)
        assert found.words == 1

    def test_an_unknown_way_is_refused(self, model, explanation):
        with pytest.raises(ValueError, match="delete, mask"):
            measure_faithfulness(model, TEXT, explanation, how="shuffle")

    def test_progress_ends_at_one(self, model, explanation):
        shares = []
        measure_faithfulness(model, TEXT, explanation, how="mask", orders=2, on_progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


class TestDeleteWords:
    @pytest.mark.parametrize(
        ("words", "left"),
        [
            (["fox"], "The quick, and  the dog."),
            (["The", "dog"], "quick fox, and  the."),
            ([], "The quick fox, and  the dog."),
        ],
    )
    def test_the_blank_before_a_word_goes_with_it(self, words, left):
        text = "The quick fox, and  the dog."
        spans = [(text.index(word), text.index(word) + len(word)) for word in words]
        assert delete_words(text, spans) == left


class TestTwoTexts:
    def test_what_was_not_read_of_the_first_does_not_move_up(self, tmp_path):
        built = build_pair(build_document(tmp_path), embed_separately=True)
        pair = load_model(save(built, tmp_path))
        first = "The bank raised its forecast, and shares rose again. " * 30
        second = "The striker scored twice, and the fans of the club sang on their way home until the morning."
        explanation = explain(pair, (first, second))
        found = measure_faithfulness(pair, (first, second), explanation, orders=1)
        words = sorted(explanation.words(), key=lambda word: -word.attribution)[: found.words]
        border, end = len(explanation.text) - len(second), explanation.skipped.start
        spans = [(word.start, word.end) for word in words]
        left = (
            delete_words(first[:end], [span for span in spans if span[0] < border]),
            delete_words(second, [(start - border, stop - border) for start, stop in spans if start >= border]),
        )
        assert found.without_strongest == pytest.approx(pair.predict(left).probability_of(explanation.label), abs=1e-6)
        assert end < len(first) - 10


class TestRanks:
    def test_a_method_without_a_sign_is_held_against_sizes(self):
        signed = explanation_of("a b c d", [0.1, -0.9, 0.5, -0.2])
        sizes = replace(explanation_of("a b c d", [0.1, 0.9, 0.5, 0.2]), method=GradientNorm())
        assert correlate_ranks(signed, sizes) == pytest.approx(1)
        assert correlate_ranks(signed, replace(sizes, method=IntegratedGradients())) < 0
