from dataclasses import replace
from itertools import combinations

import pytest
from flair.data import Sentence

from attribution import AttributionError, GradientNorm, explain, load_model
from attribution.ablation.deciding_words import Finding, Removal, find_flip, find_strongest_removal, rank_for_flip
from attribution.ablation.what_if import Variant, explain_variant, find_joined, read_variant, vary
from attribution.ablation.without import delete_from
from attribution.render import say_finding
from attribution.texts.tokens import Span, delete_words
from tests.models.kinds import build_tars
from tests.models.transformers import save

TEXT = "The striker and the bank chairman signed a new contract with the club."


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


def ask(model, explanation, words):
    spans = [(explanation.spans[word].start, explanation.spans[word].end) for word in words]
    return model.predict(delete_words(explanation.text, spans))


class TestVariant:
    @pytest.mark.parametrize("dropped", [(), (0,), (1,), (0, 1), (2, 4), (0, 1, 2, 3, 4)])
    def test_every_word_that_is_left_is_found_at_its_place(self, dropped):
        text = " One two,  three\nfour five"
        words = ["One", "two", "three", "four", "five"]
        spans = [Span(text.index(word), text.index(word) + len(word)) for word in words]
        variant, places = vary(text, spans, dropped=dropped)
        assert set(places) == set(range(5)) - set(dropped)
        assert all(variant.text[start : start + len(words[word])] == words[word] for word, start in places.items())

    def test_a_word_masked_and_dropped_is_dropped(self):
        variant, _ = vary("a b c", [Span(0, 1), Span(2, 3), Span(4, 5)], dropped={1}, masked={1, 2})
        assert variant == Variant("a c", (2,))

    def test_a_masked_word_is_read_as_the_mask_token(self, model):
        encoded = model.encode(TEXT)
        hidden = read_variant(model, Variant(TEXT, (encoded.spans[1].start,)))
        read = next(iter(hidden.encodings.values()))
        moved = [
            index
            for index in range(len(encoded.tokens))
            if not read.embedded[0, index].equal(encoded.embedded[0, index])
        ]
        assert moved == [index for index, token in enumerate(encoded.tokens) if token.word == 1]
        mask = model.classifier.embeddings.tokenizer.mask_token_id
        row = model.classifier.embeddings.model.get_input_embeddings().weight[mask]
        assert all(read.embedded[0, index].allclose(row) for index in moved)

    def test_its_attributions_add_up_to_its_own_score(self, model):
        variant = Variant(TEXT, (model.encode(TEXT).spans[1].start,))
        explanation = explain_variant(model, variant, "business")
        assert explanation.converged
        expected = read_variant(model, variant).prediction
        centred = expected.logits - expected.logits.mean()
        assert explanation.score == pytest.approx(centred[expected.labels.index("business")], abs=1e-5)
        assert explanation.prediction.probabilities == pytest.approx(expected.probabilities)

    def test_without_masks_it_is_the_text(self, model):
        plain = explain(model, TEXT, "business")
        assert explain_variant(model, Variant(TEXT), "business").attributions == pytest.approx(plain.attributions)


class TestStrongestRemoval:
    def test_no_other_word_moves_the_label_more(self, model):
        explanation = explain(model, TEXT)
        found = find_strongest_removal(model, explanation)
        before = explanation.prediction.probability
        moved = [
            abs(ask(model, explanation, [word]).probability_of(explanation.label) - before)
            for word in range(len(explanation.spans))
        ]
        assert found.words == (moved.index(max(moved)),)
        assert abs(found.probability - found.before) == pytest.approx(max(moved), abs=1e-6)

    def test_words_that_then_stand_together_are_told(self, model):
        """Without REF the brackets around it are one word to Flair: another text than without all three."""
        explanation = explain(model, "[REF] Shares rose.")
        assert [word.text for word in explanation.words()][:4] == ["[", "REF", "]", "Shares"]
        assert [token.text for token in Sentence(delete_from(explanation, (1,)))] == ["[]", "Shares", "rose", "."]
        assert find_joined(explanation, (1,)) == [(0, 2)]
        assert (
            find_joined(explanation, (0,))
            == find_joined(explanation, (0, 1, 2))
            == find_joined(explanation, (3,))
            == []
        )
        removal = Removal((1,), delete_from(explanation, (1,)), explanation.prediction, 0.5, 0.5)
        said = say_finding(Finding("word", removal), explanation)
        assert said.endswith("But “[” and “]” are joined then, and may be read as “[]”.")

    def test_in_a_script_without_blanks_words_stand_together_as_ever(self, model):
        explanation = explain(model, "東京は日本の首都です。")
        assert find_joined(explanation, (1,)) == []

    def test_a_text_of_one_word_has_none(self, model):
        assert find_strongest_removal(model, explain(model, "football")) is None


class TestFlip:
    def test_the_model_files_what_is_left_otherwise_and_no_word_can_be_spared(self, model):
        explanation = explain(model, TEXT)
        found = find_flip(model, explanation)
        assert found.prediction.label != explanation.label
        assert model.predict(found.text).label == found.prediction.label
        for fewer in combinations(found.words, len(found.words) - 1):
            if fewer:
                assert ask(model, explanation, fewer).label == explanation.label

    def test_a_word_that_can_be_spared_is_put_back_however_strong_it_is(self, model):
        explanation = explain(model, TEXT)
        needed, spared = find_flip(model, explanation).words, explanation.text.split().index("and")
        strong = explanation.attributions.copy()
        strong[[token.word == spared for token in explanation.tokens]] = 9.0
        found = find_flip(model, replace(explanation, attributions=strong))
        assert spared not in needed
        assert found.words == needed

    def test_what_the_model_does_not_say_can_be_brought_about(self, model):
        explanation = explain(model, TEXT, explain(model, TEXT).prediction.ranked()[1][0])
        found = find_flip(model, explanation)
        assert found is not None
        assert found.prediction.label == explanation.label

    def test_none_is_found_within_too_few_words(self, model):
        explanation = explain(
            model, "Shares rose as the bank raised its profit forecast and the market rallied on earnings."
        )
        assert find_flip(model, explanation, most=1) is None

    def test_progress_goes_up_to_the_end(self, model):
        shares = []
        find_flip(model, explain(model, TEXT), on_progress=shares.append)
        assert shares == sorted(shares)
        assert 0 < shares[-1] <= 1

    def test_of_labels_that_exclude_each_other_another_one_wins(self, tmp_path):
        tars = load_model(save(build_tars(tmp_path, multi_label=False), tmp_path))
        explanation = explain(tars, TEXT)
        found = find_flip(tars, explanation)
        assert found is not None
        assert found.prediction.labels == tars.labels
        assert tars.predict(found.text).assigned == found.prediction.assigned != explanation.prediction.assigned

    def test_a_method_without_a_sign_tells_of_no_word_against_a_label(self, model):
        explanation = explain(model, TEXT, explain(model, TEXT).prediction.ranked()[-1][0], GradientNorm())
        assert rank_for_flip(explanation) == []
        assert find_flip(model, explanation) is None

    def test_no_words_at_all_is_no_question(self, model):
        with pytest.raises(ValueError, match="at least one word"):
            find_flip(model, explain(model, TEXT), most=0)

    def test_pairs_are_refused(self, model):
        with pytest.raises(AttributionError, match="single texts"):
            find_flip(model, replace(explain(model, TEXT), source=("a", "b")))
