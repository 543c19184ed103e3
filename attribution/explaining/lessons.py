"""What a model's texts have taught of how to explain it: told, to be kept with the model, and recalled."""

from __future__ import annotations

from ..methods.path.lessons import read_lessons, read_tried, write_lessons
from ..methods.path.precision import name_machine
from ..model import asks_model
from ..opened_model import OpenedModel


@asks_model
def tell_lessons(model: OpenedModel) -> str:
    """What its explained texts have taught so far, as JSON; see `PathRules`."""
    return write_lessons(model.experience.rules.tell(), model.experience.tried)


@asks_model
def recall_lessons(model: OpenedModel, lessons: str) -> int:
    """Go on from what `tell_lessons` told earlier, without what does not fit; returns of how many kinds of paths."""
    known = read_lessons(lessons)
    model.experience.rules.recall(known)
    model.experience.tried = read_tried(lessons, name_machine()) or model.experience.tried
    return len(known)
