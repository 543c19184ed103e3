"""Opens a model, in this process or in one of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, overload

from ..model import Model
from ..opened_model import OpenedModel
from ..opening.load import open_model


@overload
def load_model(
    path: str | Path,
    *,
    tokenizer: str | Path | None = None,
    multi_label: bool | None = None,
    isolated: Literal[False] = False,
) -> OpenedModel: ...
@overload
def load_model(
    path: str | Path, *, tokenizer: str | Path | None = None, multi_label: bool | None = None, isolated: bool
) -> Model: ...
def load_model(
    path: str | Path, *, tokenizer: str | Path | None = None, multi_label: bool | None = None, isolated: bool = False
) -> Model:
    """Open a checkpoint of Flair, or a sequence classifier of Hugging Face, without running anything in it.

    Only if the operator trusts a checkpoint (see `trusted`) does Flair itself open it where it would be refused.

    Args:
        path: the `.pt` file; or a folder, or a zip of it, that `save_pretrained` wrote with safetensors.
        tokenizer: where the file holds no tokenizer, its files: a folder, a zip, a tokenizer.json or a sentencepiece
            model. Without it they are looked for in `WHYLIGHT_TOKENIZERS` and the local Hugging Face cache.
        multi_label: for a model of Hugging Face whose file does not say it: whether labels are independent of each
            other (sigmoid, assigned above one half). None for what the file says; where it says nothing, labels are
            taken to exclude each other.
        isolated: whether it is opened, and reads every text, in a process of its own, with limits of memory and time
            and no right to write, to use the network or to reach another process. What it computes is the same.

    Raises:
        CheckpointError: no checkpoint, or a damaged one; or there is no such tokenizer.
        UnsafeCheckpointError: it refers to what could run code or reach outside of the file.
        TokenizerMissingError: it holds no tokenizer.
        UnsupportedModelError: another kind of model, or an encoder that cannot be explained.
        MultiLabelError: the file itself contradicts `multi_label`.
        WorkerError: isolated, it took more than opening a file may.
    """
    if not isolated:
        return open_model(path, tokenizer=tokenizer, multi_label=multi_label)
    from .isolated_model import open_isolated

    return open_isolated(path, tokenizer=tokenizer, multi_label=multi_label)
