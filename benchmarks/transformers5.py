"""Tiny classifiers as transformers 5 saves them, each with what it predicts: what `attribution` must say of them.

    python3 -m venv /tmp/tf5 && /tmp/tf5/bin/pip install torch==2.13.0 "transformers>=5,<6"
    /tmp/tf5/bin/python benchmarks/transformers5.py write /tmp/saved
    .venv/bin/python -m benchmarks.transformers5 check /tmp/saved

`write` runs where transformers 5 is, `check` where this project's own is: it prints how far the probabilities are from
those of the release that saved the model, or why the model is refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
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
    found = {
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
    """Save each model that transformers 5 can make of its settings."""
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
        read = transformers.AutoTokenizer.from_pretrained(folder / name)  # maybe by another class than it was
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


def check(folder: Path) -> None:
    """Open each, and compare."""
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
    does: dict[str, Callable[[Path], None]] = {"write": write, "check": check}
    does[sys.argv[1]](Path(sys.argv[2]))
