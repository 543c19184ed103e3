"""Weights that are not a network by themselves: adapters that were not merged, and quantised weights.

They are recognized by the tensor names of the library that made them, and the error says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import UnsupportedModelError

_ADAPTERS = ("lora_A", "lora_B", "lora_embedding_A", "lora_magnitude_vector", "ia3_l", "hada_w1_a", "base_layer")
_TORCH = "torch.ao.quantization"
_PACKED = {
    "bitsandbytes": ("SCB", "absmax", "quant_map", "weight_format"),
    "GPTQ or AWQ": ("qweight", "qzeros", "g_idx"),
    _TORCH: ("_packed_params", "_packed_params_dtype"),
    "compressed-tensors": ("weight_packed",),
}
_REFERENCES = {
    _TORCH: (
        *("torch.ao.", "torch.nn.quantized.", "torch.quantization.", "torch.per_channel_affine", "torch.per_tensor_"),
        *("torch.qint", "torch.quint", "torch.QInt", "torch.QUInt", "torch._utils._rebuild_qtensor"),
    ),
    "torchao": ("torchao.",),
    "bitsandbytes": ("bitsandbytes.",),
    "Quanto": ("optimum.quanto.", "quanto."),
}
"""Library -> how the names begin that a pickle of its quantised weights refers to."""


GIVE_WHOLE = (
    "Give the model in 32 or 16 bits, as it was before: load it without a quantization_config, or call "
    "model.dequantize(), and save it again; one that torch itself quantised has to be saved before that."
)
"""What to do about quantised weights."""


def refuse_unmerged(names: Iterable[str]) -> None:
    """Check that tensors of these names are neither those of adapters nor quantised.

    Raises:
        UnsupportedModelError: they are.
    """
    parts = {part for name in names for part in name.split(".")}
    if parts.intersection(_ADAPTERS):
        raise refuse_adapters()
    if library := next((library for library, marks in _PACKED.items() if parts.intersection(marks)), None):
        raise refuse_quantised(library)


def refuse_packed(references: Iterable[str]) -> None:
    """Tell quantised weights from an unsafe file, by what it refers to although no classifier needs it.

    Raises:
        UnsupportedModelError: all of it belongs to a library for quantised weights.
    """
    made_by = [_find_library(reference) for reference in references]
    if made_by and all(made_by):
        raise refuse_quantised(made_by[0])


def _find_library(reference: str) -> str:
    return next((library for library, begins in _REFERENCES.items() if reference.startswith(begins)), "")


def refuse_adapters() -> UnsupportedModelError:
    """The error for adapters of PEFT, such as LoRA's, beside the network that they change or without it."""
    return UnsupportedModelError(
        "The file holds LoRA adapters, or others of PEFT, which change a network only while PEFT runs it. Merge them "
        "into the network before it is saved: model = model.merge_and_unload() in PEFT; with Flair, "
        "embeddings.model = embeddings.model.merge_and_unload(), then classifier.save(…)."
    )


def refuse_quantised(library: str) -> UnsupportedModelError:
    """The error for quantised weights, with the name of the library that made them."""
    return UnsupportedModelError(
        f"The weights are quantised, by {library}: packed to fewer bits than a network computes with. {GIVE_WHOLE}"
    )
