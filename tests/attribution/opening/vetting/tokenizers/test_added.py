"""Added tokens, truncation and padding: what a tokenizer says beside its steps."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from attribution import CheckpointError
from attribution.opening.vetting.tokenizers.added import check_windows
from attribution.opening.vetting.tokenizers.files import vet_tokenizer
from tests.attribution.opening.vetting.tokenizers.test_steps import make

PADDING = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_token": "a"}
CUT = {"direction": "Right", "max_length": 512, "strategy": "LongestFirst", "stride": 0}
MANY = [f"<{number}>" for number in range(100_000)]


def token(content: str, **more: Any) -> dict[str, Any]:
    return {"id": 2, "content": content, "single_word": False, "normalized": True, "special": False, **more}


def vet(**files: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content if isinstance(content, bytes) else json.dumps(content))
    vet_tokenizer(packed, {"model_type": "bert"})


@pytest.mark.parametrize(
    "files",
    [
        {"tokenizer__json": make(padding={**PADDING, "strategy": {"Fixed": 512}}, truncation=CUT)},
        {"tokenizer__json": make(padding={**PADDING, "pad_to_multiple_of": 64}, truncation={**CUT, "stride": 128})},
        {"tokenizer__json": make(added_tokens=[token(f"<extra_id_{number}>") for number in range(6000)])},
        {"tokenizer_config__json": {"extra_ids": 100, "additional_special_tokens": MANY[:300], "max_length": 128}},
        {
            "tokenizer_config__json": {
                "added_tokens_decoder": {"0": token("<s>")},
                "extra_special_tokens": {"image": "<i>"},
            }
        },
    ],
)
def test_those_of_known_tokenizers_pass(files):
    vet(**files)


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({"tokenizer__json": make(added_tokens=[token(one) for one in MANY])}, "100000 added tokens"),
        ({"tokenizer__json": make(added_tokens=[token("a" * 1000)])}, "added token of more than 256 letters"),
        ({"tokenizer__json": make(added_tokens=MANY)}, "damaged"),
        ({"tokenizer_config__json": {"added_tokens_decoder": dict(enumerate(MANY))}}, "100000 added tokens"),
        ({"tokenizer_config__json": {"additional_special_tokens": MANY}}, "100000 added tokens"),
        ({"tokenizer_config__json": {"extra_special_tokens": MANY}}, "100000 added tokens"),
        ({"tokenizer_config__json": {"extra_ids": 100_000}}, "100000 added tokens"),
        ({"special_tokens_map__json": {"additional_special_tokens": MANY}}, "100000 added tokens"),
        ({"added_tokens__json": dict.fromkeys(MANY, 1)}, "100000 added tokens"),
        ({"added_tokens__json": {"a" * 1000: 1}}, "added token of more than 256 letters"),
        ({"tokenizer__json": make(padding={**PADDING, "strategy": {"Fixed": 10**9}})}, "pads every text to 1000000000"),
        ({"tokenizer__json": make(padding={**PADDING, "strategy": {"Fixed": True}})}, "pads every text to True"),
        ({"tokenizer__json": make(padding={**PADDING, "strategy": {"Fixed": 32_768}})}, "pads every text to 32768"),
        ({"tokenizer__json": make(padding=True)}, "pads every text"),
        ({"tokenizer__json": make(padding={**PADDING, "pad_to_multiple_of": 10**9})}, "to a multiple of 1000000000"),
        ({"tokenizer__json": make(truncation={**CUT, "stride": 511})}, "windows of 512 tokens that overlap by 511"),
        ({"tokenizer__json": make(truncation={**CUT, "max_length": 0, "stride": 1})}, "overlap by 1"),
        ({"tokenizer__json": make(truncation={**CUT, "max_length": True})}, "truncation is damaged"),
        ({"vocab__txt": b"\n" * 10**7}, "10000000 lines in its vocab.txt"),
        ({"merges__txt": b"\r" * 10**7}, "10000000 lines in its merges.txt"),
        ({"vocab__json": b"[" * 10**7}, "parts"),
        ({"tokenizer_config__json": b"[" * 10**5}, "damaged"),
        ({"tokenizer_config__json": b"{" + b'"a": {' * 10**5}, "damaged"),
        ({"tokenizer_config__json": {"model_max_length": 10**4000}}, "damaged|claims"),
    ],
)
def test_more_is_refused_in_a_sentence(files, match):
    with pytest.raises(CheckpointError, match=match) as caught:
        vet(**files)
    assert len(str(caught.value)) < 300


def test_windows_begin_half_of_one_apart():
    check_windows(512, 256)
    check_windows(512, 0)
    for longest, stride in ((512, 257), (512, 511), (512, -1), (0, 1)):
        with pytest.raises(CheckpointError, match="half of a window at most"):
            check_windows(longest, stride)
