"""Encoders whose attributions are known in closed form, and explanations made by hand."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from attribution import Explanation, IntegratedGradients, ModelIdentity, Prediction, Token
from attribution.encoders import EncodedText
from attribution.texts.tokens import Span


def encode(embedded: Tensor, baseline: Tensor) -> EncodedText:
    tokens = tuple(Token(f"t{index}", index, index + 1, word=index) for index in range(embedded.shape[1]))
    spans = tuple(Span(token.start, token.end) for token in tokens)
    return EncodedText("x" * len(tokens), tokens, spans, embedded, {"pad": baseline})


@dataclass
class LinearEncoder:
    """logits = sum over tokens of x W: the attribution of a token is (x - b) W, whatever the rule."""

    weights: Tensor
    batches: list[int] = field(default_factory=list)
    differentiable: bool = True

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        self.batches.append(len(embedded))
        return embedded.sum(dim=1) @ self.weights


class SquareEncoder(LinearEncoder):
    """logits = (sum over tokens of x W) squared: the attribution is (x - b) W times the sum of both ends."""

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        return super().logits(embedded, encoded).square()


class StepEncoder(LinearEncoder):
    """A network that turns so sharply between two points that few steps cannot follow."""

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        return torch.sigmoid(400 * super().logits(embedded, encoded))


def explanation(
    text: str,
    attributions: list[float],
    *,
    tokens: tuple[Token, ...] | None = None,
    labels: tuple[str, ...] = ("good", "bad"),
    label: str | None = None,
    probabilities: tuple[float, ...] | None = None,
    truncated_at: int | None = None,
    thresholds: tuple[float, ...] | None = None,
) -> Explanation:
    """An explanation of a text whose words are its parts between spaces, with the attributions given."""
    if tokens is None:
        found, place = [], 0
        for index, word in enumerate(text.split()):
            start = text.index(word, place)
            place = start + len(word)
            found.append(Token(word, start, place, word=index))
        tokens = tuple(found)
    count = 1 + max(token.word for token in tokens if token.word is not None)
    spans = tuple(
        Span(min(t.start for t in tokens if t.word == index), max(t.end for t in tokens if t.word == index))
        for index in range(count)
    )
    chances = np.array(probabilities or np.full(len(labels), 1 / len(labels)))
    limits = None if thresholds is None else np.array(thresholds)
    return Explanation(
        text=text,
        label=label or labels[0],
        tokens=tokens,
        spans=spans,
        attributions=np.array(attributions, dtype=np.float64),
        score=float(sum(attributions)),
        baseline_score=0.0,
        evaluations=50,
        converged=True,
        unread=() if truncated_at is None else (Span(truncated_at, len(text)),),
        prediction=Prediction(labels, np.log(chances), chances, limits),
        method=IntegratedGradients(),
        model=ModelIdentity("0" * 64, "TextClassifier", "TransformerDocumentEmbeddings", "tiny", ()),
    )
