"""What a class of tokenizers in transformers 5 makes of a vocabulary, told by a mark: a tokenizer.json is held to it.

That release takes of a tokenizer.json whose class is one of its own little but the vocabulary and the merges, and makes
the rest anew. Where both are the same, the file is read as it stands; where they are not, nothing here is like it. The
marks are of transformers 5.24, in tokenizer_parts.json: `benchmarks/transformers5.py tokenizers` writes them. It needs
nothing but the standard library, for it runs there as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

CHARACTERS = "Precompiled"
"""A table of characters in a normalizer, which that release takes from the file."""
_GENERIC = ("TokenizersBackend", "PythonBackend", "PreTrainedTokenizerFast", "MistralCommonBackend")
_LENGTH = 12
_NO_MATTER = {"precompiled_charsmap", "trim_offsets"}
PLAIN = [["A", 0]]


def is_as_made(said: Mapping[str, Any], config: Mapping[str, Any], model_type: str) -> bool:
    """Whether that release reads a tokenizer.json as it stands.

    It does where the class is generic, or the one of all networks of this type is, and where the class makes the same
    (`AutoTokenizer.from_pretrained`). What stands around a text is the file's, unless the class has its own;
    `add_bos_token` and `add_eos_token` of tokenizer_config.json change nothing of what a tokenizer.json says.
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
    """A tokenizer of Llama 3 under the class of Llama 2."""
    return any('"ByteLevel"' in json.dumps(said.get(step)) for step in ("pre_tokenizer", "decoder"))


def name_case(settings: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """A key for what a class was told."""
    held = CHARACTERS in json.dumps(said.get("normalizer"))
    return json.dumps([sorted(settings.items()), held])


def mark(said: Mapping[str, Any]) -> str:
    """A mark of how a text is cut, but for the vocabulary: the same for two that cut every text alike."""
    parts = [(said.get("model") or {}).get("type"), _strip(said.get("normalizer")), _strip(said.get("pre_tokenizer"))]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _strip(part: Any) -> Any:
    """A step without what changes no text; a sequence of one step is that step, and an empty sequence is None."""
    if isinstance(part, list):
        return [_strip(one) for one in part]
    if not isinstance(part, dict):
        return part
    for several in ("normalizers", "pretokenizers"):
        if part.get("type") == "Sequence" and len(part.get(several) or []) < 2:
            return _strip((part.get(several) or [None])[0])
    return {key: _strip(value) for key, value in part.items() if key not in _NO_MATTER}


def read_template(part: Any) -> list[Any]:
    """What stands around one text: A for it, S for a special token, each with its type."""
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
