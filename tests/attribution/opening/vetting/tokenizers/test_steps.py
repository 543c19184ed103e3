"""The steps of a tokenizer.json: those of known tokenizers pass, and what makes a text longer and longer does not."""

from __future__ import annotations

import base64
import json
import struct
import time
import tracemalloc
from typing import Any

import pytest
from tokenizers import Tokenizer

from attribution import CheckpointError
from attribution.opening.vetting.tokenizers.steps import vet_pipeline

Step = dict[str, Any]
UNKNOWN = {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
CUT = {"type": "Split", "behavior": "Isolated", "invert": False}
META = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
BERT = {
    "type": "BertNormalizer",
    "clean_text": True,
    "handle_chinese_chars": True,
    "strip_accents": None,
    "lowercase": True,
}
TEXT, SPECIAL = {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
EACH = {"Regex": "[a-z]"}


def replace(searched: Step | str, content: str) -> Step:
    return {
        "type": "Replace",
        "pattern": {"String": searched} if isinstance(searched, str) else searched,
        "content": content,
    }


def table(*replacements: str) -> Step:
    texts = b"".join(one.encode() + b"\0" for one in replacements)
    packed = struct.pack("<I", 1024) + bytes(1024) + texts
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(packed).decode()}


def sequence(key: str, *steps: Step) -> Step:
    return {"type": "Sequence", key: list(steps)}


def norm(*steps: Step) -> Step:
    return {"normalizer": sequence("normalizers", *steps)}


def split(*steps: Step) -> Step:
    return {"pre_tokenizer": sequence("pretokenizers", *steps)}


def template(*single: Step, ids: int = 1) -> Step:
    named = {"[CLS]": {"id": "[CLS]", "ids": [0] * ids, "tokens": ["a"] * ids}}
    pair = [TEXT, {"Sequence": {"id": "B", "type_id": 1}}]
    return {"type": "TemplateProcessing", "single": list(single), "pair": pair, "special_tokens": named}


def make(**parts: Any) -> bytes:
    said = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "model": UNKNOWN}
    said |= dict.fromkeys(("normalizer", "pre_tokenizer", "post_processor", "decoder")) | parts
    return json.dumps(said).encode()


def kinds(*names: str) -> list[Step]:
    return [{"type": name} for name in names]


ARABIC = "صلى الله عليه وسلم"  # the longest that sentencepiece's table makes of one letter
HONEST = {
    "BERT": {
        "normalizer": BERT,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(SPECIAL, TEXT),
    },
    "GPT-2": {"pre_tokenizer": BYTES, "post_processor": BYTES, "decoder": BYTES},
    "RoBERTa": {
        "pre_tokenizer": BYTES,
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": ["a", 0],
            "cls": ["a", 0],
            "trim_offsets": True,
            "add_prefix_space": False,
        },
    },
    "XLM-R": {**norm(table(ARABIC, "a"), replace({"Regex": " {2,}"}, " ")), **split({"type": "WhitespaceSplit"}, META)},
    "ALBERT": {
        **norm(
            replace("``", '"'),
            replace("''", '"'),
            *kinds("NFKD", "StripAccents", "Lowercase"),
            table(ARABIC),
            replace({"Regex": " {2,}"}, " "),
        ),
        **split({"type": "WhitespaceSplit"}, META),
    },
    "T5": {
        "normalizer": table(ARABIC),
        **split({"type": "WhitespaceSplit"}, META),
        "post_processor": template(TEXT, SPECIAL),
    },
    "LLaMA": {
        **norm({"type": "Prepend", "prepend": "▁"}, replace(" ", "▁")),
        "decoder": sequence(
            "decoders",
            replace("▁", " "),
            *kinds("ByteFallback", "Fuse"),
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ),
    },
    "Llama 3": {
        **split({**CUT, "pattern": {"Regex": r"\p{L}+|\s+(?!\S)|\s+"}}, {**BYTES, "use_regex": False}),
        "post_processor": sequence("processors", BYTES, template(SPECIAL, TEXT)),
    },
    "DeBERTa": {
        **norm(
            {"type": "Strip", "strip_left": True, "strip_right": True}, table(ARABIC), replace({"Regex": " {2,}"}, " ")
        ),
        "pre_tokenizer": META,
    },
    "CLIP": {**norm(*kinds("NFC"), replace({"Regex": r"\s+"}, " "), *kinds("Lowercase")), **split(BYTES)},
    "none": {},
}
NESTED: Step = {"type": "Lowercase"}
for _ in range(30):
    NESTED = sequence("normalizers", NESTED)
TWICE, LONGER, COUNT = "no known tokenizer takes it twice", "ever longer ones", "steps in a stage"
HOSTILE = {
    "bytes forty times": (norm(*[{"type": "ByteLevel"}] * 40), TWICE),
    "bytes forty times in the other stage": (split(*[BYTES] * 40), TWICE),
    "bytes forty times in sequences": (norm(*[sequence("normalizers", {"type": "ByteLevel"})] * 40), TWICE),
    "two tables of letters": (norm(table("aaaa"), table("aaaa")), TWICE),
    "blanks before blanks": (split(*[{**META, "replacement": letter} for letter in "▁▂▃▄"]), TWICE),
    "a table of letters that become texts": ({"normalizer": table("a" * 100)}, LONGER),
    "a table of a long text": ({"normalizer": table("a" * 1000)}, "a letter by a long text"),
    "nothing by a text": (norm(*[replace("", "aaa")] * 4), LONGER),
    "a pattern that finds nothing": (norm(*[replace({"Regex": "x*"}, "aaa")] * 4), LONGER),
    "a pattern that looks ahead": (norm(*[replace({"Regex": "(?=.)"}, "aaa")] * 4), LONGER),
    "letters by letters": (norm(*[replace(EACH, "aa")] * 7), LONGER),
    "a letter that Unicode takes apart": (norm(*[replace(EACH, "ﷺ"), {"type": "NFKC"}] * 3), LONGER),
    "texts before a text": (norm(*[{"type": "Prepend", "prepend": "a" * 20}] * 3), LONGER),
    "one text before a text": (norm({"type": "Prepend", "prepend": "a" * 2000}), "a long text before"),
    "blanks around letters": (norm(*[BERT] * 4), LONGER),
    "thousands of texts before a text": (norm(*[{"type": "Prepend", "prepend": ""}] * 5000), COUNT),
    "a hundred steps": (split(*[{"type": "Whitespace"}] * 100), COUNT),
    "sequences of sequences": ({"normalizer": NESTED}, "sequences of sequences"),
    "the text twice": ({"post_processor": template(TEXT, SPECIAL, TEXT)}, "repeats every text"),
    "templates of templates": ({"post_processor": sequence("processors", *[template(SPECIAL, TEXT)] * 30)}, TWICE),
    "many special tokens": ({"post_processor": template(SPECIAL, TEXT, ids=1000)}, "great number of special tokens"),
    "a pattern that never ends": (split({**CUT, "pattern": {"Regex": r"(\w+)+!"}}), "can take forever"),
    "a pattern of a decoder": ({"decoder": replace({"Regex": r"(\w+)+!"}, "")}, "can take forever"),
    "parts of no length": ({"pre_tokenizer": {"type": "FixedLength", "length": 0}}, "parts of no length"),
    "a kind that is not known": ({"normalizer": {**replace("a", "b" * 999), "type": "Lowercased"}}, "not known here"),
    "a kind that is not said": ({"normalizer": {"pattern": {"String": "a"}, "content": "b" * 999}}, "not known here"),
    "a kind of another stage": ({"pre_tokenizer": replace("a", "b" * 999)}, "not known here"),
    "words of any length": (
        {"model": {**UNKNOWN, "type": "WordPiece", "max_input_chars_per_word": 10**9}},
        "splits words of more",
    ),
    "words of any length, of no kind": (
        {"model": {"vocab": {"a": 0}, "max_input_chars_per_word": 10**9}},
        "splits words of more",
    ),
}


@pytest.mark.parametrize("family", HONEST)
def test_those_of_known_tokenizers_pass_and_do_the_same_as_before(family):
    content = make(**HONEST[family])
    vetted = vet_pipeline(content)
    assert json.loads(vetted) == json.loads(content)
    if ARABIC not in content.decode() and "Precompiled" not in content.decode():  # the tables here are made up
        before, after = (Tokenizer.from_str(one.decode()) for one in (content, vetted))
        assert before.encode("a Über 你好").tokens == after.encode("a Über 你好").tokens


@pytest.mark.parametrize("trick", HOSTILE)
def test_others_are_refused_in_a_sentence_soon_and_cheaply(trick):
    parts, match = HOSTILE[trick]
    content = make(**parts)
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(CheckpointError, match=match) as caught:
        vet_pipeline(content)
    assert time.process_time() - begun < 5
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()
    assert len(str(caught.value)) < 500


def test_a_key_that_stands_twice_is_read_as_it_was_checked():
    """Python takes the last of two, and other readers fail or take the first."""
    step = b'{"type": "Replace", "type": "Lowercase", "pattern": {"String": "a"}, "content": "%s"}' % (b"b" * 999)
    vetted = vet_pipeline(make().replace(b'"normalizer": null', b'"normalizer": ' + step))
    assert vetted.count(b'"Replace"') == 0
    assert Tokenizer.from_str(vetted.decode()).normalizer.normalize_str("Aa") == "aa"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"normalizer": ' + b'{"a": ' * 50_000 + b"1" + b"}" * 50_001,
        b'{"version": ' + b"9" * 5000 + b"}",
        b"\xff{}",
        b'{"normalizer": "\\ud800"}',
        b"[]",
        b'{"normalizer": {"type": "Sequence", "normalizers": 3}}',
        b'{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAA"}}',
    ],
)
def test_what_is_no_tokenizer_is_an_error_that_is_caught(content):
    with pytest.raises((CheckpointError, ValueError, RecursionError)):
        vet_pipeline(content)


@pytest.mark.parametrize("part", [b"[],", b'"a",', b"{},", b"[["])
def test_more_parts_than_any_tokenizer_has(part):
    begun = time.process_time()
    with pytest.raises(CheckpointError, match="made of more than 4000000 parts"):
        vet_pipeline(b'{"model": [' + part * 5_000_000)
    assert time.process_time() - begun < 2
