"""From a text and a label to an explanation: reading, checking, attributing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch

from ..classifiers import Reading, Text
from ..encoders import EncodedText
from ..errors import UnsupportedModelError
from ..explanation import Explanation, Floats, Prediction
from ..methods import Attributions, IntegratedGradients, Method, Occlusion
from ..model import asks_model
from ..opened_model import OpenedModel
from ..texts.tokens import Span

Progress = Callable[[int, float], bool | None]
"""Called with the evaluations so far and the current relative gap (NaN where none is known); False stops."""

Preview = Callable[[tuple[Explanation, ...]], None]
"""Called with the explanations as they are so far."""


@asks_model
def explain(
    model: OpenedModel,
    text: Text,
    label: str | None = None,
    method: Method | None = None,
    *,
    on_progress: Progress | None = None,
    on_preview: Preview | None = None,
) -> Explanation:
    """Explain what each word of a text added to, or took from, one label's score.

    Args:
        model: from `load_model`.
        text: any text, it is never altered; a pair of texts where the model compares two.
        label: the label to explain; None for the predicted one, which for a multi-label model is the most probable of
            the assigned labels, or of all labels if none is assigned.
        method: `IntegratedGradients()` by default; `Occlusion(baseline="zero")` if the model has no gradients.
        on_progress: called with the evaluations so far and the current relative gap (NaN while it is not known).
            If it returns False, the explanation so far is returned at once, with `cancelled` set.
        on_preview: called with a tuple of the explanation as it is so far, after each round of evaluations.

    Raises:
        EmptyTextError: the text holds nothing that the model reads.
        UnknownLabelError: the model has no such label.
        FidelityError: the encoder's probabilities differ from Flair's own prediction.
    """
    model = _open_to(model, [] if label is None else [label])
    reading = read_faithfully(model, text)
    chosen = reading.prediction.predicted[0] if label is None else label
    return explain_reading(model, text, reading, (chosen,), method, on_progress=on_progress, on_preview=on_preview)[0]


@asks_model
def explain_labels(
    model: OpenedModel,
    text: Text,
    labels: Sequence[str] | None = None,
    method: Method | None = None,
    *,
    on_progress: Progress | None = None,
    on_preview: Preview | None = None,
) -> tuple[Explanation, ...]:
    """Explain several labels on one text, in the order given; None for all of them.

    The text is encoded and checked once, and all labels share forward passes unless the label is part of the input.
    Arguments and errors are those of `explain`.
    """
    model = _open_to(model, labels or [])
    reading = read_faithfully(model, text)
    chosen = model.labels if labels is None else tuple(labels)
    return explain_reading(model, text, reading, chosen, method, on_progress=on_progress, on_preview=on_preview)


@asks_model
def find_words(model: OpenedModel, text: Text, label: str | None = None) -> tuple[Span, ...]:
    """Where the words stand that the model reads of a text where this label is explained; errors are `read`'s."""
    return model.encode(text, label).spans


def _open_to(model: OpenedModel, labels: Sequence[str]) -> OpenedModel:
    """The model, with these labels beside its own if any text can be a label of it."""
    new = [label for label in labels if label not in model.labels]
    return model.with_labels([*model.labels, *new]) if new and model.open_labels else model


def read_faithfully(model: OpenedModel, text: Text) -> Reading:
    """Encode and predict a text, and check the prediction against the library's own.

    Raises:
        EmptyTextError: the text holds nothing that the model reads.
        FidelityError: the two predictions differ.
    """
    reading = model.read(text)
    model.check_fidelity(text, reading.prediction)
    return reading


def explain_reading(
    model: OpenedModel,
    text: Text,
    reading: Reading,
    labels: tuple[str, ...],
    method: Method | None = None,
    *,
    on_progress: Progress | None = None,
    on_preview: Preview | None = None,
) -> tuple[Explanation, ...]:
    """Explain labels on a text that was read before, without a check; for the rest, see `explain_labels`."""
    chosen = method or choose_method(model)
    if chosen.differentiates and not model.encoder.differentiable:
        raise UnsupportedModelError(f"{chosen.title} needs gradients, and this model has none. Choose occlusion.")
    directions = {label: model.direction(label, chosen.score) for label in labels}
    done: dict[str, Explanation] = {}

    def note(found: Sequence[Attributions], group: Sequence[str]) -> bool | None:
        done.update(to_explanations(model, text, reading, chosen, group, found))
        shown = tuple(done[label] for label in labels if label in done)
        if on_preview:
            on_preview(shown)
        if on_progress:
            worst = max(shown, key=lambda explanation: abs(explanation.relative_gap))
            return on_progress(max(one.evaluations for one in shown), worst.relative_gap)
        return None

    attribute: Callable[..., tuple[Attributions, ...]] = chosen.attribute
    if isinstance(chosen, IntegratedGradients):
        logits = None if model.open_labels else reading.prediction.logits  # TARS answers to one label at a time
        attribute = partial(chosen.attribute, experience=model.experience, logits=logits)
    for encoded, group in _group(reading, labels):
        found = attribute(
            model.encoder,
            encoded,
            torch.stack([directions[label] for label in group]),
            watch=partial(note, group=group),
        )
        done.update(to_explanations(model, text, reading, chosen, group, found))
        if any(one.cancelled for one in found):
            break
    return tuple(done[label] for label in labels if label in done)


def choose_method(model: OpenedModel) -> Method:
    """The default method for a model."""
    return IntegratedGradients() if model.encoder.differentiable else Occlusion(baseline="zero")


def _group(reading: Reading, labels: Sequence[str]) -> list[tuple[EncodedText, list[str]]]:
    """Group the labels for which the network reads the same input."""
    groups: dict[int, tuple[EncodedText, list[str]]] = {}
    for label in dict.fromkeys(labels):
        encoded = reading.encodings[label]
        groups.setdefault(id(encoded), (encoded, []))[1].append(label)
    return list(groups.values())


def to_explanations(
    model: OpenedModel,
    text: Text,
    reading: Reading,
    method: Method,
    labels: Sequence[str],
    found: Sequence[Attributions],
) -> dict[str, Explanation]:
    """Label -> its explanation, made of the attributions that a method found."""
    explanations = {}
    for label, one in zip(labels, found, strict=True):
        encoded = reading.encodings[label]
        explanations[label] = Explanation(
            text=encoded.text,
            source=text,
            label=label,
            tokens=encoded.tokens,
            spans=encoded.spans,
            attributions=one.values,
            score=one.score,
            baseline_score=one.baseline_score,
            evaluations=one.evaluations,
            converged=one.converged,
            cancelled=one.cancelled,
            learned_from=one.learned_from,
            precision=one.precision,
            unread=encoded.unread,
            prediction=reading.prediction,
            baseline_prediction=_predict_baseline(model, one.baseline_logits),
            method=method,
            model=model.identity,
        )
    return explanations


def _predict_baseline(model: OpenedModel, logits: Floats | None) -> Prediction | None:
    """The model's prediction for the baseline; None if the network scores one label at a time."""
    if logits is None or model.open_labels:
        return None
    return model.kind.to_prediction(torch.from_numpy(logits))
