"""Tells by a fingerprint whether transformers 5 builds the tokenizer that a tokenizer.json describes.

For its own tokenizer classes, that release takes little but the vocabulary and the merges from a tokenizer.json, and
builds the rest anew. If the result is the tokenizer in the file, the file can be read as it stands; if not, nothing
here reproduces it. The fingerprints ("marks") are those of transformers 5.24, in parts.json, which
`benchmarks/transformers5.py tokenizers` writes. This module needs only the standard library, as it also runs there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

CHARACTERS = "Precompiled"
"""The kind of normalizer that holds a table of characters, which that release takes from the file."""
_GENERIC = ("TokenizersBackend", "PythonBackend", "PreTrainedTokenizerFast", "MistralCommonBackend")
_LENGTH = 12  # hexadecimal digits of a mark
_NO_MATTER = {"precompiled_charsmap", "trim_offsets"}
PLAIN = [["A", 0]]
"""The template of a text with no special tokens around it."""


def is_as_made(said: Mapping[str, Any], config: Mapping[str, Any], model_type: str) -> bool:
    """Whether transformers 5 reads a tokenizer.json as it stands.

    It does if the tokenizer's class is generic, if the class registered for this type of network is, or if the class
    builds the same tokenizer (`AutoTokenizer.from_pretrained`). The special tokens around a text are the file's, unless
    the class has its own; `add_bos_token` and `add_eos_token` of tokenizer_config.json do not change them.
    """
    registered = _read_marks()["registered"].get(model_type)
    kind = str(config.get("tokenizer_class") or registered).removesuffix("Fast")
    made = _read_marks()["classes"].get(kind)
    if made is None or registered in _GENERIC or (kind == "LlamaTokenizer" and _has_bytes(said)):
        return True
    if made["around"] != PLAIN and made["around"] != read_template(said.get("post_processor")):
        return False
    settings = {name: config.get(name, default) for name, default in made["defaults"].items()}
    return made["marks"].get(name_case(settings, said)) == mark(said)  # type: ignore[no-any-return]


def _has_bytes(said: Mapping[str, Any]) -> bool:
    """Whether it works on bytes: a tokenizer of Llama 3 under the class of Llama 2."""
    return any('"ByteLevel"' in json.dumps(said.get(step)) for step in ("pre_tokenizer", "decoder"))


def name_case(settings: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The key under which the marks of a class are listed: its settings, and whether it has a table of characters."""
    held = CHARACTERS in json.dumps(said.get("normalizer"))
    return json.dumps([sorted(settings.items()), held])


def mark(said: Mapping[str, Any]) -> str:
    """A fingerprint of how a text is split, apart from the vocabulary: equal for two that split every text alike."""
    parts = [(said.get("model") or {}).get("type"), _strip(said.get("normalizer")), _strip(said.get("pre_tokenizer"))]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _strip(part: Any) -> Any:
    """A step without what is not compared; a sequence of one step becomes that step, and an empty one None."""
    if isinstance(part, list):
        return [_strip(one) for one in part]
    if not isinstance(part, dict):
        return part
    for several in ("normalizers", "pretokenizers"):
        if part.get("type") == "Sequence" and len(part.get(several) or []) < 2:
            return _strip((part.get(several) or [None])[0])
    return {key: _strip(value) for key, value in part.items() if key not in _NO_MATTER}


def read_template(part: Any) -> list[Any]:
    """The template around one text: A for the text, S for a special token, each with its token type."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("BertProcessing", "RobertaProcessing"):
        return [["S", 0], ["A", 0], ["S", 0]]
    if kind == "Sequence":
        found = [read_template(one) for one in part.get("processors") or []]
        return next((one for one in found if one != PLAIN), PLAIN)
    if kind != "TemplateProcessing":
        return PLAIN
    return [
        [name[0] if name == "SpecialToken" else "A", piece.get("type_id")]
        for step in part.get("single") or []
        for name, piece in step.items()
    ]


@cache
def _read_marks() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return found
