"""Stub until helper."""

from ..opened_model import OpenedModel


def try_model(model: OpenedModel) -> None:
    """Read."""
    if model.open_labels:
        model = model.with_labels(["one", "two"])
    text = ("It works.", "It works.") if model.takes_pair else "It works."
    model.check_fidelity(text, model.predict(text))
