"""What every test of an encoder asks of a model and of an explanation."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from flair.data import Sentence
from flair.models import TextClassifier
from numpy.testing import assert_allclose

from attribution import Explanation, Model, load_model
from tests.models.transformers import build_classifier, flair_probabilities, save

PARAGRAPHS = 'The striker, who scored twice… won! 🙂 Thousands sang.\n\n東京都 is quiet; "nobody" in Zürich knows.'
LONG = "The striker scored twice in Zürich, and the market rose… Engineers built a chip; nobody knows why.\n\n" * 3

_LONE_MARKS = {"Ġ", "▁"}
_MARKS = ("##", "▁", "Ġ", "</w>", "@@")


def open_both(folder: Path, family: str = "bert", **options: Any) -> tuple[TextClassifier, Model]:
    """The classifier as it was saved, and the model that was opened from its file."""
    classifier = build_classifier(folder, family, **options)
    return classifier, load_model(save(classifier, folder))


def assert_faithful(classifier: TextClassifier, model: Model, *texts: str) -> None:
    """The model says of each text what Flair says with the classifier that was saved."""
    for text in texts:
        flair = flair_probabilities(classifier, text)
        prediction = model.predict(text)
        expected = [flair.get(label, prediction.probability_of(label)) for label in model.labels]
        assert_allclose(prediction.probabilities, expected, rtol=0, atol=1e-5, err_msg=text[:60])


def assert_tells_texts_apart(model: Model, *texts: str) -> None:
    """No test proves anything on a model that says the same of every text."""
    probabilities = np.array([model.predict(text).probabilities for text in texts])
    spread = float(np.ptp(probabilities, axis=0).max())
    if spread < 0.1:
        raise AssertionError(f"Expected different probabilities, got {probabilities}.")


def assert_words_fit(explanation: Explanation, *, literal: bool = True) -> None:
    """Words are Flair's, tokens lie inside of their words, and nothing is lost between the two.

    In Japanese several words may make one of Flair's, and where Flair cuts a letter in two, several of Flair's one.
    `literal`: a token's letters are those that it lies on, case and accents aside.
    """
    text, words = explanation.text, explanation.words()
    parts, theirs = iter(words), iter(Sentence(text).tokens)
    for word, token in zip(parts, theirs, strict=False):  # a text may be cut off
        letters, expected = Sentence._handle_problem_characters(word.text), token.text
        while "一" <= expected[0] <= "龥" and len(letters) < len(expected):
            letters += next(parts).text
        while len(expected) < len(letters):
            expected += next(theirs).text
        if letters != expected:
            raise AssertionError(f"Expected the word {expected!r}, got {letters!r}.")
        if Sentence._handle_problem_characters(text) == text and word.start != token.start_position:
            raise AssertionError(f"Expected {word.text!r} at {token.start_position}, got {word.start}.")
    for token in explanation.tokens:
        if token.word is None:
            if (token.start, token.end, token.special) != (0, 0, True):
                raise AssertionError(f"Expected no text under the special {token}.")
            continue
        word = words[token.word]
        if not word.start <= token.start <= token.end <= word.end:
            raise AssertionError(f"{token} lies outside of {word}.")
        if token.start == token.end and token.text not in _LONE_MARKS:
            raise AssertionError(f"{token} has no text.")
        bare = _without_marks(token.text)
        if literal and bare.isascii() and bare.isalnum() and _fold(bare) != _fold(text[token.start : token.end]):
            raise AssertionError(f"{token} lies on {text[token.start : token.end]!r}.")
    in_words = sum(
        value for value, token in zip(explanation.attributions, explanation.tokens, strict=True) if not token.special
    )
    assert_allclose(sum(word.attribution for word in words), in_words, rtol=0, atol=1e-9)


def _without_marks(piece: str) -> str:
    for mark in _MARKS:
        piece = piece.removeprefix(mark).removesuffix(mark)
    return piece


def _fold(text: str) -> str:
    """Lower case, without accents, as some tokenizers read."""
    return "".join(
        character for character in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(character)
    )
