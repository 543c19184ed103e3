"""The environment of a process that reads strangers' files."""

from __future__ import annotations

import os


def keep_environment() -> dict[str, str]:
    """The variables that such a process keeps: they say where things are, and none of them can hold a secret."""
    return {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_BEGINNINGS)}


_KEPT = {
    "HF_HOME",
    "HF_HUB_CACHE",
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONPATH",
    "TOKENIZERS_PARALLELISM",
    "TRANSFORMERS_CACHE",
    "TZ",
    "VIRTUAL_ENV",
    "WHYLIGHT_PRECISION",
    "WHYLIGHT_TOKENIZERS",
    "WHYLIGHT_TRUST",
    "XDG_CACHE_HOME",
}
_KEPT_BEGINNINGS = ("LC_", "MKL_", "OMP_", "OPENBLAS_")
