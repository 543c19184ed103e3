"""Weights that are no network by themselves: adapters that were not merged, and numbers packed to fewer bits.

Each is told by the names that the library that made it gives to its tensors, and a reader is told what to do.
"""

from __future__ import annotations

from collections.abc import Iterable

from .errors import UnsupportedModelError

_ADAPTERS = ("lora_A", "lora_B", "lora_embedding_A", "lora_magnitude_vector", "ia3_l", "hada_w1_a", "base_layer")
_PACKED = {
    "bitsandbytes": ("SCB", "absmax", "quant_map", "weight_format"),
    "GPTQ or AWQ": ("qweight", "qzeros", "g_idx"),
    "torch.ao.quantization": ("_packed_params", "_packed_params_dtype"),
    "compressed-tensors": ("weight_packed",),
}


GIVE_WHOLE = (
    "Give the model in 32 or 16 bits, as it was before: load it without a quantization_config, or call "
    "model.dequantize(), and save it again."
)
"""What to do about weights of fewer bits."""


def refuse_unmerged(names: Iterable[str]) -> None:
    """Check that tensors of these names are those of a network itself.

    Raises:
        UnsupportedModelError: they are of adapters, or quantised.
    """
    parts = {part for name in names for part in name.split(".")}
    if parts.intersection(_ADAPTERS):
        raise refuse_adapters()
    if library := next((library for library, marks in _PACKED.items() if parts.intersection(marks)), None):
        raise refuse_quantised(library)


def refuse_adapters() -> UnsupportedModelError:
    """The error for adapters of PEFT, such as LoRA's, beside the network that they change or without it."""
    return UnsupportedModelError(
        "The file holds LoRA adapters, or others of PEFT, which change a network only while PEFT runs it. Merge them "
        "into the network before it is saved: model = model.merge_and_unload() in PEFT; with Flair, "
        "embeddings.model = embeddings.model.merge_and_unload(), then classifier.save(…)."
    )


def refuse_quantised(library: str) -> UnsupportedModelError:
    """The error for weights of fewer bits, by the name of what made them."""
    return UnsupportedModelError(
        f"The weights are quantised, by {library}: packed to fewer bits than a network computes with. {GIVE_WHOLE}"
    )
