"""Integrated gradients of several texts at once: their points share the passes through the network.

A pass over a few short texts costs little more than a pass over one, and each text gets the same result as alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...encoders import EncodedText
from ...explanation import Computed, Floats
from ..base import Attributions
from ..integrated_gradients import IntegratedGradients
from .arithmetic import FLOAT32, Arithmetic, RoundedWeights
from .experience import Experience
from .line import SavedTensors, StraightPath
from .rules import Curve, LearnedRule
from .shared import SharedIntegrals

Choose = Callable[[int, Floats], Tensor]
"""Called with the index of a text and its logits [C]; returns the scores to explain, as `directions` [K, C]."""

_MOST_TOKENS = 768
"""In a pass on a processor; each token counts as many as the longest text has."""
_AGREEMENT = 1e-4


def joins(method: object) -> bool:
    """Whether a method's texts can share passes."""
    return isinstance(method, IntegratedGradients) and method.precision != "bfloat16" and method.baseline != "average"


def keeps_apart(encoder: Any, short: EncodedText, long: EncodedText) -> bool:
    """Whether a text has the same logits and gradients in a batch with a longer one as alone, to 0.0001."""
    alone = short.embedded.detach().clone().requires_grad_()
    company = pad_sequence([short.embedded[0], long.embedded[0]], batch_first=True).detach().requires_grad_()
    with torch.enable_grad():
        answers = encoder.logits(alone, short)[0], encoder.logits_together(company, [short, long])[0]
        weights = torch.linspace(-1, 2, len(answers[0]), device=answers[0].device)
        gradients = [
            torch.autograd.grad(answer @ weights, read, materialize_grads=True)[0][0, : len(short.tokens)]
            for answer, read in zip(answers, (alone, company), strict=True)
        ]
    return _are_close(*answers) and _are_close(*gradients)


def _are_close(one: Tensor, other: Tensor) -> bool:
    return bool((one - other).abs().max() <= _AGREEMENT * one.abs().max())


class _Text:
    """One text on its path; which scores are explained is only known once the network has read it."""

    def __init__(
        self, method: IntegratedGradients, encoded: EncodedText, start: Tensor, choose: Callable[[Floats], Tensor]
    ) -> None:
        self.encoded, self.start, self.difference = encoded, start[0], (encoded.embedded - start)[0]
        self.directions: Tensor | None = None
        self.reduced: Arithmetic | None = None
        self._method, self._choose = method, choose
        self._integrals = SharedIntegrals([])

    def hear(self, logits: Floats) -> None:
        """Choose what to explain by the logits [C] of the text itself, which come first; later ones are ignored."""
        if self.directions is None:
            self.directions = self._choose(logits).cpu().double()
            self._integrals = self._method.integrate(len(self.directions))

    def begin(self, rule: LearnedRule, experience: Experience, text: Floats, baseline: Floats) -> None:
        """Integrate by a rule; the logits [C] of the text and of the baseline are known."""
        directions = self.directions = self._choose(text).cpu().double()
        logits = np.stack([baseline, text])
        scores: Floats = logits @ directions.T.numpy()
        self.reduced = self._method.find_reduced(experience, len(directions), len(self.encoded.tokens))
        self._integrals = self._method.integrate_by(rule, logits, scores, self.reduced, previews=False)

    def take(self, row: _Row, logits: Floats, shares: Floats) -> None:
        """Keep what was found at a point: logits [C], and shares [K, T] of the row's targets."""
        scores = logits @ row.directions.numpy().T
        self._integrals.take(row.targets, [row.point], logits[None], shares[:, None], scores[None])

    def go_on(self) -> list[_Row]:
        """Integrate what was found, and return the points that are wanted next."""
        self._integrals.add()
        return [
            _Row(self, point, targets, precision)
            for (targets, precision), points in self._integrals.wanted().items()
            for point in points
        ]

    def lay_path(self, encoder: Any, experience: Experience) -> StraightPath:
        """Its path alone; what is explained has to be known."""
        start, directions = self.start[None], _known(self.directions)
        return StraightPath(encoder, self.encoded, start, directions, experience.memory)

    def found(self) -> tuple[Attributions, ...]:
        """What is known of each target."""
        return tuple(self._integrals.found())

    def curves(self) -> list[Curve]:
        """What a rule can learn of it."""
        return self._integrals.curves()


@dataclass(frozen=True, slots=True)
class _Row:
    """One point on a text's path; without `chosen`, all targets want it."""

    text: _Text
    point: float
    chosen: tuple[int, ...] = ()
    precision: Computed = "float32"

    @property
    def length(self) -> int:
        return len(self.text.encoded.tokens)

    @property
    def targets(self) -> tuple[int, ...]:
        """The targets that want the point; known, like the directions, once `hear` was called."""
        return self.chosen or tuple(range(len(_known(self.text.directions))))

    @property
    def directions(self) -> Tensor:
        """Those of the targets: [K, C]."""
        return _known(self.text.directions)[list(self.targets)]


def _known(directions: Tensor | None) -> Tensor:
    if directions is None:
        raise RuntimeError("The logits of the text are not known yet.")
    return directions


class JointPaths:
    """Follows paths of several texts; what a pass keeps for its gradients is measured, so that the next one fits."""

    def __init__(self, encoder: Any, experience: Experience | None = None) -> None:
        """`encoder` is an `Encoder` that is a `JointEncoder` too; `experience` is that with its network."""
        self._encoder, self._experience = encoder, experience or Experience()
        self._rounded: RoundedWeights = {}

    def integrate(
        self, method: IntegratedGradients, encoded: Sequence[EncodedText], choose: Choose
    ) -> list[tuple[Attributions, ...]]:
        """Explain each text's scores, as `method.attribute` does one by one; it raises the same errors."""
        texts = []
        for place, one in enumerate(encoded):
            (start,) = method.starts(self._encoder, one)
            texts.append(_Text(method, one, start, partial(choose, place)))
        if rule := method.find_rule(self._experience):
            ends = [self._read([_Row(text, point) for text in texts]) for point in (1.0, 0.0)]
            for text, *logits in zip(texts, *ends, strict=True):
                text.begin(rule, self._experience, *logits)
        else:
            for point in (1.0, 0.0):  # the text itself comes first, because its logits decide what is explained
                self._follow([_Row(text, point) for text in texts])
        while rows := [row for text in texts for row in text.go_on()]:
            self._follow(rows)
        for text in texts:
            method.teach(self._experience, text.encoded, text.curves())
            if text.reduced:
                self._experience.account(was_enough=text.found()[0].precision == text.reduced.precision)
            if rule:
                method.try_out(self._experience, text.lay_path(self._encoder, self._experience), rule)
        self._rounded.clear()
        return [text.found() for text in texts]

    def _read(self, rows: Sequence[_Row]) -> list[Floats]:
        """The logits [C] at points, without gradients."""
        logits: dict[int, Floats] = {}
        rest = sorted(range(len(rows)), key=lambda place: rows[place].length)
        while rest:
            count = self._fit([rows[place] for place in rest])
            with torch.no_grad():
                answers = self._encoder.logits_together(*_lay_out([rows[place] for place in rest[:count]]))
            logits.update(zip(rest[:count], answers.cpu().double().numpy(), strict=True))
            rest = rest[count:]
        return [logits[place] for place in range(len(rows))]

    def _follow(self, rows: Sequence[_Row]) -> None:
        """Evaluate points; those with as many targets, and of texts of similar length, share passes."""
        for precision in sorted({row.precision for row in rows}):
            alike = [row for row in rows if row.precision == precision]
            rest = sorted(alike, key=lambda row: (len(row.chosen), row.length))
            while rest:
                count = self._fit(rest)
                self._evaluate(rest[:count])
                rest = rest[count:]

    def _fit(self, rows: Sequence[_Row]) -> int:
        """How many of the rows, from short to long, fit in one pass."""
        memory, precision, device = self._experience.memory, rows[0].precision, rows[0].text.start.device
        return max(
            1,
            next(
                (
                    count
                    for count, row in enumerate(rows)
                    if (count + 1) * row.length > memory.fit(precision, row.length, device, most=_MOST_TOKENS)
                ),
                len(rows),
            ),
        )

    def _evaluate(self, rows: Sequence[_Row]) -> None:
        embedded, encoded = _lay_out(rows)
        embedded = embedded.detach().requires_grad_()
        reduced = rows[0].text.reduced
        arithmetic = reduced if reduced and rows[0].precision == reduced.precision else FLOAT32
        with torch.enable_grad(), SavedTensors() as saved, arithmetic.applied(embedded.device, self._rounded):
            logits = self._encoder.logits_together(embedded, encoded).cpu().double()
        self._experience.memory.note(arithmetic.precision, embedded, saved)
        answers = logits.detach().numpy()
        for row, answer in zip(rows, answers, strict=True):
            row.text.hear(answer)
        shares = _differentiate(rows, logits, embedded)
        for place, (row, answer) in enumerate(zip(rows, answers, strict=True)):
            row.text.take(row, answer, shares[: len(row.targets), place, : row.length])


def _lay_out(rows: Sequence[_Row]) -> tuple[Tensor, list[EncodedText]]:
    """What the network reads at each point, [R, L, E], and the texts that the points belong to."""
    points = [row.text.start + row.point * row.text.difference for row in rows]
    return pad_sequence(points, batch_first=True), [row.text.encoded for row in rows]


def _differentiate(rows: Sequence[_Row], logits: Tensor, embedded: Tensor) -> Floats:
    """[K, R, L]: how each token makes the score of each row's first, second … target grow; zeros where it has fewer."""
    differences = pad_sequence([row.text.difference for row in rows], batch_first=True)
    directions = pad_sequence([row.directions for row in rows], batch_first=True)  # [R, K, C]
    scores = (logits[:, None] * directions).sum(dim=-1)
    most = scores.shape[1]
    shares = []
    for place in range(most):
        (gradient,) = torch.autograd.grad(
            scores[:, place].sum(), embedded, retain_graph=place < most - 1, materialize_grads=True
        )
        shares.append((gradient * differences).sum(dim=-1).cpu().double())
    found: Floats = torch.stack(shares).numpy()
    return found
