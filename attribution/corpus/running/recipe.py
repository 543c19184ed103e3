"""What it takes to build a worker in another process, or on another machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import AttributionError
from ...methods import Method
from ...opening.load import open_model
from .record import Explained
from .worker import Worker


@dataclass(frozen=True, slots=True)
class Recipe:
    """What it takes to build a worker on any machine.

    Attributes:
        model: the model's file, or its folder.
        sha256: of the model; each worker checks the model that it opens against it.
        tokenizer: as in `load_model`.
        method: the method that explains.
        explained: which labels are explained.
        multi_label: as in `load_model`.
    """

    model: Path
    sha256: str
    tokenizer: Path | None
    method: Method
    explained: Explained
    multi_label: bool | None = None

    def build(self, model: Path | None = None) -> Worker:
        """The worker; `model` is where a copy of the model is.

        Raises:
            AttributionError: there is another model, or it cannot be opened.
        """
        path = model or self.model
        opened = open_model(path, tokenizer=self.tokenizer, multi_label=self.multi_label)
        if opened.identity.sha256 != self.sha256:
            raise AttributionError(
                f"A worker found a different model at {path}. Put the same file there on every machine, and leave it "
                "as it is during a run."
            )
        return Worker(opened, self.method, self.explained)
