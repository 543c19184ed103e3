"""Tiny classifiers saved by transformers 5, each with its predictions, which `attribution` must reproduce.

    python3 -m venv /tmp/tf5 && /tmp/tf5/bin/pip install torch==2.13.0 "transformers>=5,<6"
    /tmp/tf5/bin/python benchmarks/transformers5.py write /tmp/saved
    .venv/bin/python -m benchmarks.transformers5 check /tmp/saved
    PARTS=attribution/opening/vetting/tokenizers/parts.json
    /tmp/tf5/bin/python benchmarks/transformers5.py tokenizers $PARTS tokenizer.json

`write` and `tokenizers` run with transformers 5, `check` with this project's own release: it prints how far the
probabilities are from those of the release that saved the model, or why the model is refused. `tokenizers` records how
each tokenizer class of transformers 5 cuts a text; its tokenizer.json is any that release saved for XLM-RoBERTa, for
its table of characters.
"""

from __future__ import annotations

import base64
import importlib.util
import inspect
import itertools
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

TEXTS = ("the striker signed a contract", "oil prices rose and the film won a prize", "Budget")
WORDS = """the striker signed a three year contract oil prices rose film won prize minister said budget and""".split()  # noqa: SIM905
LABELS = {0: "sport", 1: "business"}
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "head_dim": 16,
}
YARN = {"rope_type": "yarn", "rope_theta": 1e5, "factor": 4.0, "original_max_position_embeddings": 32}
LLAMA3 = {
    **{"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    "original_max_position_embeddings": 32,
}
LONG = {
    **{"rope_type": "longrope", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 32},
    **{"short_factor": [1.1] * 8, "long_factor": [2.0] * 8},
}
ROPES: dict[str, dict[str, Any]] = {
    "theta": {"rope_type": "default", "rope_theta": 123456.0},
    "linear": {"rope_type": "linear", "rope_theta": 2e4, "factor": 3.0},
    "dynamic": {"rope_type": "dynamic", "rope_theta": 2e4, "factor": 3.0},
    "yarn": YARN,
    "llama3": LLAMA3,
    "longrope": LONG,
    "partial": {"rope_type": "default", "rope_theta": 2e4, "partial_rotary_factor": 0.5},
}
TWO = {
    "full_attention": {"rope_type": "default", "rope_theta": 2e5},
    "sliding_attention": {"rope_type": "default", "rope_theta": 2e4},
}
TWO_SCALED = {**TWO, "full_attention": {"rope_type": "linear", "rope_theta": 2e5, "factor": 4.0}}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "phi", "phi3", "gemma", "gemma2", "gpt_neox", "stablelm", "olmo2")
OTHERS = ("bert", "roberta", "distilbert", "electra", "albert", "deberta-v2", "xlm-roberta", "mpnet", "gpt2", "esm")


def list_models() -> dict[str, tuple[str, dict[str, Any]]]:
    """Name -> type of model and its settings."""
    found: dict[str, tuple[str, dict[str, Any]]] = {
        f"{kind}-{name}": (kind, {"rope_parameters": dict(rope)}) for kind in FAMILIES for name, rope in ROPES.items()
    }
    found |= {kind: (kind, {}) for kind in OTHERS}
    layers = {"layer_types": ["full_attention", "sliding_attention"]}
    found["modernbert-two"] = "modernbert", {"rope_parameters": TWO, **layers}
    found["modernbert-scaled"] = "modernbert", {"rope_parameters": TWO_SCALED, **layers}
    order = {"layer_types": ["sliding_attention", "full_attention"]}
    found["modernbert-order"] = "modernbert", {"rope_parameters": TWO, **order}
    found["gemma3-two"] = "gemma3_text", {"rope_parameters": TWO, **order}
    found["gemma3-scaled"] = "gemma3_text", {"rope_parameters": TWO_SCALED, **order}
    found["gemma2-bidirectional"] = "gemma2", {"use_bidirectional_attention": True}
    return found


def write(folder: Path) -> None:
    """Save each model that transformers 5 can build from its settings."""
    import torch
    import transformers

    for name, (kind, settings) in deepcopy(list_models()).items():
        torch.manual_seed(len(name))
        tokenizer = _make_tokenizer(transformers)
        try:
            plain = transformers.AutoConfig.for_model(kind)
            small = {key: value for key, value in SMALL.items() if hasattr(plain, key) or key == "head_dim" in settings}
            numbers = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
            config = transformers.AutoConfig.for_model(kind, id2label=LABELS, **numbers, **small, **settings)
            network = transformers.AutoModelForSequenceClassification.from_config(config).eval()
            for parameter in network.parameters():
                torch.nn.init.normal_(parameter, std=0.4)
            _predict(network, tokenizer, TEXTS[0])
        except Exception as error:
            print(f"{name}: transformers cannot make it: {type(error).__name__}: {str(error)[:100]}")
            continue
        network.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
        read = transformers.AutoTokenizer.from_pretrained(folder / name)  # maybe as another class than before
        again = transformers.AutoModelForSequenceClassification.from_pretrained(folder / name).eval()
        expected = {text: _predict(again, read, text) for text in TEXTS}
        (folder / name / "expected.json").write_text(json.dumps(expected))


def _predict(network: Any, tokenizer: Any, text: str) -> list[float]:
    import torch

    read = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logits = network(input_ids=read["input_ids"], attention_mask=read["attention_mask"]).logits
    return [float(share) for share in logits.softmax(-1)[0].double()]


def _make_tokenizer(transformers: Any) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    made = Tokenizer(models.WordLevel({word: place for place, word in enumerate([*special, *WORDS])}, "[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    names = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, mask_token="[MASK]", model_max_length=64, **names
    )


SETTINGS: dict[str, tuple[bool | None, ...]] = {
    **dict.fromkeys(("do_lower_case", "keep_accents", "add_prefix_space", "tokenize_chinese_chars"), (True, False)),
    **dict.fromkeys(("split_by_punct", "remove_space"), (True, False)),
    **dict.fromkeys(("strip_accents", "legacy"), (None, True, False)),
}
"""The settings of tokenizer classes that change how a text is cut, and their values."""


def write_marks(path: Path, example: Path) -> None:
    """Write the mark of each tokenizer class that builds its own steps, for every combination of its settings."""
    import transformers
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name

    parts = _load_parts()
    characters = _find_characters(json.loads(example.read_text())["normalizer"])
    names = {kind: name for kind, name in TOKENIZER_MAPPING_NAMES.items() if isinstance(name, str)}
    classes = {}
    for name in sorted(set(names.values())):
        kind = tokenizer_class_from_name(name)
        if kind and issubclass(kind, transformers.PreTrainedTokenizerFast) and "__init__" in kind.__dict__:
            with suppress(Exception):  # a few need a vocabulary, or a package that is not installed
                classes[name.removesuffix("Fast")] = _describe(kind, parts, characters)
    generic = ("TokenizersBackend", "PythonBackend", "PreTrainedTokenizerFast", "MistralCommonBackend")
    registered = {kind: name.removesuffix("Fast") for kind, name in names.items()}
    registered = {kind: name for kind, name in registered.items() if name in generic or name in classes}
    path.write_text(json.dumps({"classes": classes, "registered": registered}, indent=0, sort_keys=True))


def _describe(kind: Any, parts: Any, characters: bytes) -> dict[str, Any]:
    taken = inspect.signature(kind.__init__).parameters
    defaults = {name: taken[name].default for name in SETTINGS if name in taken}
    around = parts.read_template(json.loads(kind()._tokenizer.to_str()).get("post_processor"))
    choices = [dict.fromkeys((*SETTINGS[name], default)) for name, default in defaults.items()]
    marks = {}
    for values in itertools.product(*choices):
        settings = dict(zip(defaults, values, strict=True))
        for table in ({}, {"_spm_precompiled_charsmap": characters}):
            with suppress(Exception):  # a combination that the class rejects
                said = json.loads(kind(**settings, **table)._tokenizer.to_str())
                if (parts.CHARACTERS in json.dumps(said["normalizer"])) == bool(table):
                    marks[parts.name_case(settings, said)] = parts.mark(said)
    return {"defaults": defaults, "marks": marks, "around": around}


def _find_characters(normalizer: dict[str, Any]) -> bytes:
    steps = normalizer.get("normalizers") or [normalizer]
    return base64.b64decode(next(step["precompiled_charsmap"] for step in steps if "precompiled_charsmap" in step))


def _load_parts() -> Any:
    """Load the module that reads the marks by itself: its package imports what is not installed here."""
    path = Path(__file__).parents[1] / "attribution" / "opening" / "vetting" / "tokenizers" / "parts.py"
    spec = importlib.util.spec_from_file_location("tokenizer_parts", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(folder: Path) -> None:
    """Open each saved model, and compare its predictions."""
    from attribution import AttributionError, load_model

    for place in sorted(path for path in folder.iterdir() if (path / "expected.json").exists()):
        expected = json.loads((place / "expected.json").read_text())
        try:
            model = load_model(place)
        except AttributionError as error:
            print(f"refused  {place.name}: {error}")
            continue
        worst = max(
            abs(float(one) - other)
            for text, shares in expected.items()
            for one, other in zip(model.predict(text).probabilities, shares, strict=True)
        )
        print(f"{'right' if worst < 1e-4 else 'WRONG':8} {place.name}: {worst:.1e}")


if __name__ == "__main__":
    does: dict[str, Callable[..., None]] = {"write": write, "check": check, "tokenizers": write_marks}
    does[sys.argv[1]](*map(Path, sys.argv[2:]))
