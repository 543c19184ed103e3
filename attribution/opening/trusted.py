"""Files that the operator of a server trusts on purpose: `WHYLIGHT_TRUST=<SHA-256>,…` in its environment.

Where the safe way refuses such a file, it is opened by Flair's own `load`, which runs the code in it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from ..environment import read
from ..errors import AttributionError, CheckpointError
from ..files import hash_file
from ..wording import quote, say_error

TRUSTED = "The operator of this server trusts this file: what it holds was run."
_VARIABLE = "WHYLIGHT_TRUST"
_CHUNK = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Trusted:
    """The network that Flair opened, with the hash and the size of its file."""

    network: nn.Module
    sha256: str
    size: int


def trusted_files() -> frozenset[str]:
    """The SHA-256 of each file that is trusted.

    Raises:
        AttributionError: the variable holds something else.
    """
    listed = [part.strip().lower() for part in read(_VARIABLE).split(",") if part.strip()]
    for part in listed:
        if not re.fullmatch(r"[0-9a-f]{64}", part):
            raise AttributionError(f"{_VARIABLE} lists {quote(part)}, which is not a SHA-256 in hexadecimal.")
    return frozenset(listed)


def load_trusted(path: str | Path) -> Trusted | None:
    """Open a trusted file by Flair's own `load`, which runs the code in it; None if the file is not trusted.

    What is hashed and then opened is a private copy: nobody can change it in between.

    Raises:
        CheckpointError: Flair cannot open it either.
    """
    import flair.models  # takes seconds, and `trusted_files` does not need it

    trusted = trusted_files()
    if not trusted or not Path(path).is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.pt"
        shutil.copyfile(path, copy)
        sha256 = hash_file(copy)
        if sha256 not in trusted:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                network: nn.Module = flair.models.TextClassifier.load(copy)
        except Exception as error:  # code in a file can raise anything
            raise CheckpointError(f"The file is trusted, and Flair cannot open it: {say_error(error)}.") from error
        return Trusted(network.eval().requires_grad_(False), sha256, copy.stat().st_size)
