"""What can go wrong, one class per cause.

AttributionError
├── AnalysisChangedError       somebody else changed a saved analysis in the meantime
├── CheckpointError            not a checkpoint, truncated, empty
│   └── UnsafeCheckpointError  refers to something that honest checkpoints never need
├── EmptyTextError             nothing in the text that the model reads
├── FidelityError              the explained network is not the one that predicts
├── MultiLabelError            the file itself says whether its labels exclude each other, and a reader contradicts it
├── StoreFullError             no room for another model or run
├── TokenizerMissingError      the file holds no tokenizer
├── UnknownLabelError          no such label in the model's dictionary
├── UnsupportedModelError      a real model, but not one that can be explained here
└── WorkerError                the model's process ended, or was ended at a limit
"""

from .wording import list_first, quote, shorten

_LONGEST_MESSAGE = 1000


class AttributionError(Exception):
    """Base class: its message is one sentence or two, fit to be shown to a reader, whatever a file put into it."""

    def __init__(self, message: str) -> None:
        super().__init__(shorten(message, _LONGEST_MESSAGE))


class AnalysisChangedError(AttributionError):
    """A saved analysis was changed after the reader opened it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{shorten(name)}” was changed by somebody else after you opened it, so nothing was written. Read what it "
            "says now, and save again to put your words in its place."
        )


class CheckpointError(AttributionError):
    """The file is not a readable checkpoint."""


class UnsafeCheckpointError(CheckpointError):
    """The checkpoint refers to something that could run code or reach outside of the file."""


class EmptyTextError(AttributionError):
    """The text holds nothing that the model reads."""


class FidelityError(AttributionError):
    """The probabilities computed for the explanation differ from Flair's own prediction."""


class MultiLabelError(AttributionError):
    """The model's file says whether labels exclude each other, and a reader said otherwise."""


class StoreFullError(AttributionError):
    """There is no room for another model, tokenizer or analysis, or for more of a run."""


class TokenizerMissingError(AttributionError):
    """The checkpoint holds no tokenizer; `encoder` is the name of the one whose tokenizer is wanted."""

    def __init__(self, message: str, encoder: str = "") -> None:
        super().__init__(message)
        self.encoder = encoder


class UnknownLabelError(AttributionError):
    """The label is not in the model's dictionary."""

    def __init__(self, label: str, labels: tuple[str, ...]) -> None:
        shown = list_first([shorten(name, 40) for name in labels], 20)
        super().__init__(f"The model has no label {quote(label)}. Its labels are: {shown}.")


class UnsupportedModelError(AttributionError):
    """The checkpoint holds a model that Whylight does not explain."""


class WorkerError(AttributionError):
    """The process that a model has for itself ended, or was ended at one of its limits."""
