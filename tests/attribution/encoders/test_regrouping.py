"""Words as people read them: every family's tokens, and their sums, grouped anew."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
    DocumentTFIDFEmbeddings,
)

from attribution import explain, load_model
from attribution.ablation.deciding_words import find_strongest_removal
from attribution.ablation.faithfulness import measure_faithfulness
from attribution.ablation.what_if import Variant, read_variant, vary
from attribution.encoders import EncodedText, regroup_words
from attribution.methods import IntegratedGradients, Lime, Occlusion
from attribution.render import render_text, say_joined
from attribution.segmentation import find_cuts, find_graphemes
from attribution.texts.tokens import Span, Token
from tests.attribution.opening.hostile.workshop import make_sentence
from tests.models.hugging_face import write_folder
from tests.models.kinds import build_document, build_pair, build_tars
from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import build_word_classifier, make_character_model, make_static, make_transformer_words

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
JAPANESE = "中央銀行は火曜日に金利を引き上げた。投資家は驚いた。"
MIXED = f"The bank 銀行は café cafe\u0301 {FAMILY} 1\ufe0f\u20e3 goal\n\nธนาคาร\u200bกลาง\u200bขึ้น win"
WHOLE = {"rnn", "pool", "cnn"}


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    made = {}

    def build(name):
        folder = tmp_path_factory.mktemp(name.replace("/", "-"))
        if name == "hugging face":
            return write_folder(folder, "bert")
        return save(_build(name, folder), folder)

    def get(name):
        if name not in made:
            made[name] = load_model(build(name))
        return made[name]

    return get


def _build(name, folder):
    if name == "rnn":
        return build_word_classifier(DocumentRNNEmbeddings([make_static()], hidden_size=4))
    if name == "cnn":
        return build_word_classifier(DocumentCNNEmbeddings([make_static()], kernels=((4, 1),)))
    if name == "pool":
        return build_word_classifier(DocumentPoolEmbeddings([make_static(), make_transformer_words(folder)]))
    if name == "transformer words":
        return build_word_classifier(DocumentPoolEmbeddings([make_transformer_words(folder)]))
    if name == "language model":
        return build_word_classifier(DocumentLMEmbeddings([make_character_model()]))
    if name == "tf-idf":
        lines = (CORPUS + JAPANESE).split("\n")
        return build_word_classifier(DocumentTFIDFEmbeddings([make_sentence(line) for line in lines if line]))
    if name == "pair":
        return build_pair(build_document(folder), embed_separately=True)
    if name == "joined pair":
        return build_pair(build_document(folder), embed_separately=False)
    if name == "tars":
        return build_tars(folder)
    return build_classifier(folder, name)


NAMES = ["bert", "roberta", "xlm-roberta", "hugging face", "transformer words", "language model", "tf-idf", "tars"]
PAIRS = ["pair", "joined pair"]


@pytest.mark.parametrize("text", [JAPANESE, MIXED], ids=["japanese", "mixed"])
@pytest.mark.parametrize("name", [*NAMES, *PAIRS, *sorted(WHOLE)])
def test_words_keep_letters_and_tokens_whole_and_sums_as_they_were(make, name, text):
    model = make(name)
    given = (text, MIXED) if name in PAIRS else text
    label = model.labels[0]
    plain, found = model.kind.encode(given, label), model.encode(given, label)
    assert [replace(one, word=None) for one in found.tokens] == [replace(one, word=None) for one in plain.tokens]
    assert torch.equal(found.embedded, plain.embedded)
    letters = find_graphemes(found.text)
    places = [place for span in found.spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert all(letters.begin(place) == place for place in places)
    for token in found.tokens:
        if token.word is not None:
            span = found.spans[token.word]
            assert span.start <= letters.begin(token.start)
            assert letters.end(token.end) <= span.end
    cut = [cut for cut in find_cuts(found.text) if any(span.start < cut < span.end for span in found.spans)]
    covered = [(token.start, token.end) for token in found.tokens if token.word is not None]
    for place in cut:  # where a word is not cut some token reaches over the place, and with it the whole letters of it
        assert any(letters.begin(start) < place < letters.end(end) for start, end in covered)
    for token, was in zip(found.tokens, plain.tokens, strict=True):
        assert (token.word is None) == (was.word is None)


def test_a_japanese_sentence_has_words(make):
    words = [word.text for word in explain(make("bert"), "銀行は goal").words()]
    assert words in (["銀行", "は", "goal"], ["銀行は", "goal"])  # the tiny vocabulary may know none of its letters
    words = [word.text for word in explain(make("language model"), JAPANESE).words()]
    places = [0, *find_cuts(JAPANESE), len(JAPANESE)]
    assert words == [JAPANESE[start:end] for start, end in pairwise(places)]


def test_letters_that_flair_cuts_are_one_word(make):
    words = [word.text for word in explain(make("roberta"), f"cafe\u0301 {FAMILY} 1\ufe0f\u20e3 goal").words()]
    assert words == ["cafe\u0301", FAMILY, "1\ufe0f\u20e3", "goal"]


def test_words_that_flair_cuts_at_a_sign_of_their_own_are_whole(make):
    words = [word.text for word in explain(make("language model"), "ストライカーが二度ゴールを決めた").words()]
    assert words == ["ストライカー", "が", "二度", "ゴール", "を", "決め", "た"]


@pytest.mark.parametrize("method", [IntegratedGradients(), Occlusion(), Occlusion(baseline="delete"), Lime(samples=60)])
def test_every_method_gives_the_finer_words_their_sums(make, method):
    model = make("language model")
    if isinstance(method, (Lime, Occlusion)) and method.baseline == "mask":
        method = replace(method, baseline="pad")
    found = explain(model, JAPANESE, method=method)
    words = found.words()
    assert len(words) > 10
    assert sum(word.attribution for word in words) == pytest.approx(found.attributions.sum(), abs=1e-9)


def test_a_deleted_word_is_what_it_is_credited_with(make):
    model = make("language model")
    found = explain(model, JAPANESE, method=Occlusion(baseline="delete", score="logit"))
    index, word = found.prediction.labels.index(found.label), found.words()[3]
    left = JAPANESE[: word.start] + JAPANESE[word.end :]
    lost = found.prediction.logits[index] - model.predict(left).logits[index]
    assert word.attribution == pytest.approx(lost, abs=1e-4)


def test_what_if_and_trust_take_such_words_away(make):
    model = make("language model")
    found = explain(model, JAPANESE)
    removal = find_strongest_removal(model, found)
    word = found.words()[removal.words[0]]
    assert removal.text == JAPANESE[: word.start] + JAPANESE[word.end :]
    assert measure_faithfulness(model, JAPANESE, found, orders=2).words > 1
    variant, places = vary(JAPANESE, found.spans, dropped={0}, masked={3})
    assert variant == Variant(JAPANESE[found.spans[0].end :], (places[3],))
    hidden = read_variant(model, variant).prediction.logits
    assert not np.allclose(hidden, model.predict(variant.text).logits, atol=1e-7)


def test_a_word_that_the_model_reads_whole_stays_whole_and_that_is_said(make):
    found = explain(make("rnn"), "銀行は金利を goal")
    assert [word.text for word in found.words()] == ["銀行は金利を", "goal"]
    assert say_joined(found) == [
        "The model itself reads “銀行は金利を” in one piece, so no single word inside has a number of its own."
    ]
    assert say_joined(explain(make("language model"), "銀行は金利を goal")) == []


def test_what_was_not_read_is_no_word():
    text = "銀行は金利を引き上げた"
    tokens = tuple(Token(letter, place, place + 1, word=0) for place, letter in enumerate(text[:6]))
    spans = (Span(0, len(text)),)
    cut = EncodedText(text, tokens, spans, torch.zeros(1, 6, 1), {}, unread=(Span(6, len(text)),))
    assert [text[span.start : span.end] for span in regroup_words(cut).spans] == ["銀行", "は", "金利", "を"]
    whole = replace(cut, unread=())
    assert "".join(text[span.start : span.end] for span in regroup_words(whole).spans) == text


def test_no_subword_is_drawn_in_the_middle_of_a_letter(make):
    found = explain(make("roberta"), f"cafe\u0301 {FAMILY} goal")
    html = render_text(found, unit="subword")
    assert f">{FAMILY}</span>" in html
    assert "e\u0301</span>" in html
    assert ">\u0301" not in html
