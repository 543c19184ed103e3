"""Words that a model does not know: marked by every kind of encoder that has a vocabulary, and by no other."""

import numpy as np
import pytest
from flair.data import Sentence
from flair.embeddings import DocumentPoolEmbeddings, DocumentRNNEmbeddings, DocumentTFIDFEmbeddings

from attribution import explain, load_model
from attribution.render import render_text, say_cautions, say_unknown
from attribution.report import from_report, parse_report, to_json, verify
from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import (
    build_word_classifier,
    make_byte_pairs,
    make_character_model,
    make_hashes,
    make_one_hot,
    make_static,
    make_transformer_words,
)

TEXT = "The striker [Bill] SCORED twice 🤖 Zzyxq in 7 days, says Zzyxq."


def pool(*embeddings):
    return build_word_classifier(DocumentPoolEmbeddings(list(embeddings)))


def not_in_table(leaf, word):
    return leaf.get_cached_token_index(word) == len(leaf.vocab)  # Flair's own look-up


def no_one_hot(leaf, word):
    return leaf.vocab_dictionary.get_idx_for_item(word) == 0


def no_subword(leaf, word):
    return leaf.tokenizer.unk_token_id in leaf.tokenizer(word, add_special_tokens=False)["input_ids"]


def no_feature(leaf, word):
    return leaf.vectorizer.transform([word]).nnz == 0


def static(folder):
    leaf = make_static()
    return pool(leaf), lambda word: not_in_table(leaf, word)


def normalized(folder):
    leaf = make_static(stable=True)
    return build_word_classifier(DocumentRNNEmbeddings([leaf])), lambda word: not_in_table(leaf, word)


def one_hot(folder):
    leaf = make_one_hot()
    return pool(leaf), lambda word: no_one_hot(leaf, word)


def two_tables(folder):
    leaf, other = make_static(), make_one_hot()
    return pool(leaf, other), lambda word: not_in_table(leaf, word) and no_one_hot(other, word)


def tfidf(folder):
    leaf = DocumentTFIDFEmbeddings([Sentence(line) for line in CORPUS.splitlines() if line], min_df=2)
    return build_word_classifier(leaf), lambda word: no_feature(leaf, word)


def transformer(family):
    def build(folder):
        classifier = build_classifier(folder, family)
        return classifier, lambda word: no_subword(classifier.embeddings, word)

    return build


def beside_a_transformer(folder):
    leaf, words = make_static(), make_transformer_words(folder)
    return pool(leaf, words), lambda word: not_in_table(leaf, word) and no_subword(words, word)


KINDS = {
    "static": static,
    "static, normalized": normalized,
    "one-hot": one_hot,
    "two tables": two_tables,
    "tf-idf": tfidf,
    "bert": transformer("bert"),
    "slow bert": transformer("bert-slow"),
    "xlm-roberta": transformer("xlm-roberta"),
    "roberta": transformer("roberta"),
    "static beside a transformer": beside_a_transformer,
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def found(request, tmp_path_factory):
    """An explanation, the model, and what tells whether the model's own vocabulary lacks a word."""
    folder = tmp_path_factory.mktemp("unknown")
    classifier, is_unknown = KINDS[request.param](folder)
    model = load_model(save(classifier, folder))
    return explain(model, TEXT), model, is_unknown


class TestEveryKind:
    def test_it_is_what_the_vocabulary_lacks(self, found):
        explanation, _, is_unknown = found
        words = [word.text for word in explanation.words()]
        assert [words[place] for place in explanation.unknown] == [word for word in words if is_unknown(word)]

    def test_another_unknown_word_in_its_place_changes_nothing(self, found):
        explanation, model, is_unknown = found
        other = model.predict(TEXT.replace("🤖", "☃"))
        is_same = np.allclose(other.probabilities, explanation.prediction.probabilities, rtol=0, atol=1e-7)
        assert is_same == is_unknown("🤖") == is_unknown("☃")

    def test_it_is_marked_and_said(self, found):
        explanation, _, _ = found
        html = render_text(explanation)
        assert html.count("The model does not know this word.") == len(explanation.unknown)
        assert html.count(" unknown") == len(explanation.unknown)
        said = say_unknown(explanation)
        assert len(said) == bool(explanation.unknown)
        assert all(sentence in say_cautions(explanation) for sentence in said)

    def test_a_report_keeps_it_and_still_verifies_without(self, found):
        explanation, model, _ = found
        report = parse_report(to_json(explanation), "report")
        assert from_report(report).unknown == explanation.unknown
        for token in report["tokens"]:
            token.pop("unknown", None)  # as reports were before
        assert verify(report, model).agrees


@pytest.mark.parametrize("make", [make_character_model, make_hashes])
def test_embeddings_that_read_any_word_know_all(make, tmp_path):
    model = load_model(save(pool(make_static(), make()), tmp_path))
    assert explain(model, TEXT).unknown == ()


def test_byte_pairs_are_letters(tmp_path):
    model = load_model(save(pool(make_byte_pairs(tmp_path)), tmp_path))
    assert explain(model, TEXT).unknown == ()


def test_the_sentence_counts_all_and_names_each_once(tmp_path):
    explanation = explain(load_model(save(pool(make_static()), tmp_path)), "Qqq qqq the xxx yyy zzz Qqq")
    (said,) = say_unknown(explanation)
    assert said.startswith("The model does not know 6 of the 7 words that it read: “Qqq”, “qqq”, “xxx” and 2 more.")
