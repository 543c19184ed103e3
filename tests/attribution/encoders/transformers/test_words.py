"""Transformers that give words their vectors, alone and in a stack with others."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from flair.data import Sentence
from flair.embeddings import DocumentPoolEmbeddings, DocumentRNNEmbeddings
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    CaptumIntegratedGradients,
    UnsupportedModelError,
    explain,
    load_model,
)
from attribution.encoders import make_encoder
from attribution.encoders.transformers.words import _share_states
from tests.attribution.encoders.checks import (
    LONG,
    PARAGRAPHS,
    assert_faithful,
    assert_tells_texts_apart,
    assert_words_fit,
)
from tests.models.transformers import flair_probabilities, save
from tests.models.words import (
    WORDS,
    build_word_classifier,
    make_character_model,
    make_spelling,
    make_static,
    make_transformer_words,
)

SHORT = "Shares fell in Zürich."
DROPPED = "The \u200d striker \ufffd won"
TEXTS = (SHORT, "goal", DROPPED, PARAGRAPHS)

ALONE = {
    "first": ("bert", {}),
    "last": ("bert", {"subtoken_pooling": "last"}),
    "first and last": ("bert", {"subtoken_pooling": "first_last"}),
    "mean": ("bert", {"subtoken_pooling": "mean"}),
    "several layers": ("roberta", {"layers": "-1,-2", "layer_mean": False, "subtoken_pooling": "first_last"}),
    "mean of all layers": ("roberta", {"layers": "all"}),
    "with a context": ("bert", {"use_context": True}),
    "without a separator": ("bert", {"use_context_separator": False}),
    "cut off": ("bert", {"allow_long_sentences": False, "model_max_length": 16}),
    "overlapping windows": ("bert", {"model_max_length": 16, "subtoken_pooling": "mean"}),
    "overlapping windows, last": ("xlm-roberta", {"model_max_length": 20, "subtoken_pooling": "last"}),
    "no special token at the end": ("gpt2", {"subtoken_pooling": "last"}),
    "slow": ("phobert", {"allow_long_sentences": False}),
    "a document as well": ("bert", {"is_document_embedding": True}),
}


@pytest.fixture(scope="module", params=sorted(ALONE))
def both(request, tmp_path_factory):
    family, options = ALONE[request.param]
    folder = tmp_path_factory.mktemp("words")
    words = [make_transformer_words(folder, family, **options)]
    classifier = build_word_classifier(DocumentPoolEmbeddings(words), scale=0.2)
    return classifier, load_model(save(classifier, folder))


class TestAlone:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, *TEXTS, LONG)
        assert_tells_texts_apart(both[1], *TEXTS)

    def test_attributions_are_complete(self, both):
        for text in (SHORT, "goal", PARAGRAPHS):
            explanation = explain(both[1], text)
            assert explanation.converged
            assert_words_fit(explanation)

    def test_special_tokens_stay_and_get_nothing(self, both):
        explanation = explain(both[1], SHORT)
        special = [token.special for token in explanation.tokens]
        assert_allclose(explanation.attributions[special], 0, atol=1e-12)

    def test_no_batch_size_changes_an_attribution(self, both):
        alone, *others = (
            explain(both[1], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)).attributions
            for size in (1, 5, 12)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_facts_are_plain(self, both):
        facts = both[1].describe()
        assert facts["Pooling of subwords"] == both[0].embeddings.embeddings.embeddings[0].subtoken_pooling
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())
        assert not both[1].encoder.notes


class TestWhatATransformerLeavesUnread:
    def test_words_behind_the_end_have_vectors_of_zeros_and_no_share(self, tmp_path):
        words = make_transformer_words(tmp_path, allow_long_sentences=False, model_max_length=12)
        classifier = build_word_classifier(DocumentPoolEmbeddings([words]), scale=0.2)
        encoder = make_encoder(classifier)
        encoded = encoder.encode(LONG)
        read = encoder._words.read(encoded.embedded, encoded)[0]
        assert len(read) == len(Sentence(LONG))
        assert not read[len(encoded.spans) :].any()
        assert encoded.unread[0].start == encoded.spans[-1].end < len(LONG)

    def test_beside_static_vectors_nothing_is_left_unread(self, tmp_path):
        words = [make_transformer_words(tmp_path, allow_long_sentences=False, model_max_length=12), make_static()]
        classifier = build_word_classifier(DocumentPoolEmbeddings(words), scale=0.2)
        model = load_model(save(classifier, tmp_path))
        assert_faithful(classifier, model, LONG)
        encoded = model.encoder.encode(LONG)
        assert encoded.unread == ()
        assert len(encoded.spans) == len(Sentence(LONG))

    def test_a_slow_tokenizer_with_windows_is_refused(self, tmp_path):
        words = make_transformer_words(tmp_path, "phobert")
        path = save(build_word_classifier(DocumentPoolEmbeddings([words]), scaled=False), tmp_path)
        with pytest.raises(UnsupportedModelError, match="only with fast tokenizers"):
            load_model(path)


class TestShares:
    """Who gives how much to whom, against what Flair's functions make of the same ids."""

    def test_first_and_last_states(self):
        ids = [-100, 0, 0, 0, 2, -100]
        shares = _share_states(ids, 3, "first_last")
        assert shares.shape == (2, 3, 6)
        assert shares[0].nonzero().tolist() == [[0, 1], [2, 4]]
        assert shares[1].nonzero().tolist() == [[0, 3], [2, 4]]

    def test_the_mean_is_shared_evenly(self):
        shares = _share_states([-100, 0, 0, 2, -100], 3, "mean")
        assert shares[0].tolist() == [[0, 0.5, 0.5, 0, 0], [0] * 5, [0, 0, 0, 1, 0]]

    def test_words_that_flair_cannot_tell_apart_are_refused(self):
        with pytest.raises(AttributionError, match="finds 3 words in a text of 2"):
            _share_states([-100, 0, 1, 0, -100], 2, "first")

    @pytest.mark.parametrize("pooling", ["first", "last", "first_last", "mean"])
    @pytest.mark.parametrize("ids", [[-100, 0, 0, 1, 3, 3, -100], [0, 1, 1, 2, 3], [-100, 1, 2, -100], [-100, -100]])
    def test_they_give_what_flair_gives(self, pooling, ids):
        from flair.embeddings.transformer import fill_masked_elements, fill_mean_token_embeddings

        states = torch.randn(1, len(ids), 5, generator=torch.Generator().manual_seed(0))
        word_ids, lengths, empty = torch.tensor([ids]), torch.tensor([4]), torch.zeros(1, 4, 5)
        change, here = word_ids[:, 1:] != word_ids[:, :-1], torch.ones(1, 1, dtype=torch.bool)
        masks = {"first": torch.cat([here, change], dim=1), "last": torch.cat([change, here], dim=1)}
        if pooling == "mean":
            expected = [fill_mean_token_embeddings(empty, states, word_ids, lengths)]
        else:
            expected = [
                fill_masked_elements(empty.clone(), states, masks[side], word_ids, lengths)
                for side in pooling.split("_")
            ]
        found = torch.cat([share @ states for share in _share_states(ids, 4, pooling)], dim=-1)
        assert_allclose(found, torch.cat(expected, dim=-1), atol=1e-6)


STACKS = {
    "a transformer and static vectors": lambda folder: [make_transformer_words(folder), make_static()],
    "all ways": lambda folder: [
        make_static(),
        make_transformer_words(folder, "roberta", subtoken_pooling="mean"),
        make_character_model(),
        make_spelling(),
    ],
    "two transformers": lambda folder: [
        make_transformer_words(folder, "roberta", subtoken_pooling="first_last"),
        make_transformer_words(folder, "bert", layers="-1,-2", layer_mean=False),
    ],
    "two transformers around static vectors": lambda folder: [
        make_transformer_words(folder, "xlm-roberta"),
        make_static(),
        make_transformer_words(folder, "bert"),
    ],
}


@pytest.fixture(scope="module", params=sorted(STACKS))
def stacked(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stacked")
    embeddings = DocumentRNNEmbeddings(STACKS[request.param](folder), hidden_size=4, bidirectional=True)
    classifier = build_word_classifier(embeddings, scale=0.2)
    return classifier, load_model(save(classifier, folder))


class TestStacked:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, stacked):
        assert_faithful(*stacked, *TEXTS)
        assert_tells_texts_apart(stacked[1], *TEXTS)

    def test_attributions_are_complete(self, stacked):
        for text in (SHORT, "goal", PARAGRAPHS):
            explanation = explain(stacked[1], text)
            assert explanation.converged
            assert_words_fit(explanation)

    def test_no_batch_size_changes_an_attribution(self, stacked):
        alone, *others = (
            explain(
                stacked[1], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)
            ).attributions
            for size in (1, 5, 12)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_tokens_stand_in_the_order_of_the_text(self, stacked):
        tokens = [token for token in stacked[1].encoder.encode(PARAGRAPHS).tokens if not token.special]
        assert [token.word for token in tokens] == sorted(token.word for token in tokens)
        assert [token.start for token in tokens] == sorted(token.start for token in tokens)

    def test_all_sources_of_the_last_word_exchanged_are_an_exchanged_word(self, stacked):
        classifier, model = stacked
        word, other_word = find_alike(model.encoder)
        encoded, other = model.encoder.encode(f"The {word}"), model.encoder.encode(f"The {other_word}")
        moved = torch.tensor([token.word == 1 for token in encoded.tokens])
        exchanged = torch.where(moved[None, :, None], other.embedded, encoded.embedded)
        with torch.no_grad():
            found = torch.softmax(model.encoder.logits(exchanged, encoded)[0], dim=0)
        expected = flair_probabilities(classifier, f"The {other_word}")
        assert_allclose(found, [expected[label] for label in model.labels], atol=1e-6)
        assert not np.allclose(found, model.predict(f"The {word}").probabilities, rtol=0.1, atol=0)


def find_alike(encoder):
    """Two words of as many subwords for each of the transformers."""
    seen = {}
    for word in WORDS[5:]:
        layout = tuple((token.word, token.special) for token in encoder.encode(f"The {word}").tokens)
        if layout in seen:
            return seen[layout], word
        seen[layout] = word
    raise AssertionError("Expected two words of as many subwords.")
