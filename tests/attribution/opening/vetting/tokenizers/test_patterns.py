"""Which patterns a tokenizer may search for: those of known tokenizers, and none whose search may not end."""

from __future__ import annotations

import pytest

from attribution import UnsafeCheckpointError
from attribution.opening.vetting.tokenizers.patterns import check_pattern

HONEST = {
    "XLM-R": r" {2,}",
    "CLIP": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "BLOOM": r" ?[^(\s|[.,!?…。，、।۔،])]+",
    "Qwen2": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+"
    ),
    "Llama 3": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+"
    ),
    "GPT-4": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    ),
    "GPT-4o": (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "DeepSeek": r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+",
    "Falcon": r"[0-9][0-9][0-9]",
    "numbers from the right": r"\d{1,3}(?=(?:\d{3})*\b)",
    "lines": r"(\r\n|\r|\n)",
    "a set of one bracket": r"[\]\[]",
}
AGAIN, TWICE, CHOICES = "repeats what can be repeated", "more than two repetitions", "too many choices"
UNKNOWN = "no known tokenizer needs"
HOSTILE = [
    (r"^(\w+)+\W$", AGAIN),
    (r"(?:a|b+)*c", AGAIN),
    (r"(?>a+)+b", AGAIN),
    (r"(?=(a+)+)", AGAIN),
    (r"(?:a?)*", AGAIN),
    (r"(?:(?:a{1,30}){1,30}){1,30}", AGAIN),
    (r"(a{2,}){3}", AGAIN),
    (r"\b+", AGAIN),
    (r"a{1,2}+b", "a repetition is repeated"),
    (r"a{0,9}{0,9}", "a repetition is repeated"),
    (r"x**", "a repetition is repeated"),
    (r"\w*\w*\w*!", TWICE),
    (r"(a*|b)(a*|b)(a*|b)c", TWICE),
    (r"(a*|b)(?=(a*|b)(a*|b)c)", TWICE),
    ("a?" * 25 + "a" * 25, CHOICES),
    ("(a|a)" * 25 + "c", CHOICES),
    ("a{0,7}" * 10 + "c", CHOICES),
    (r"(?<a>x\g<a>?y)", UNKNOWN),
    (r"(?<a>a+)\k<a>", UNKNOWN),
    (r"(a+)\1", UNKNOWN),
    (r"(?R)", UNKNOWN),
    (r"(?P<a>b)", UNKNOWN),
    (r"(?&a)", UNKNOWN),
    (r"(?(1)a|b)", UNKNOWN),
    (r"(?~a+)", UNKNOWN),
    (r"(?{call})", UNKNOWN),
    (r"(*FAIL)", UNKNOWN),
    (r"(?#comment)", UNKNOWN),
    ("(?x)a #(\n(a+)+", UNKNOWN),
    ("(?x:a #(\n(a+)+)", UNKNOWN),
    (r"\X+", UNKNOWN),
    (r"[]a]", "an empty set"),
    (r"[a", "is not closed"),
    (r"(a", "is not closed"),
    (r"a)", "what was not opened"),
    (r"*a", "no single part"),
    (r"a{1001}", "too often"),
    (r"a{3,2}", "too often"),
    ("(" * 200 + "a" + ")" * 200, "brackets in brackets"),
    ("a" * 5000, "too long"),
]


@pytest.mark.parametrize("family", HONEST)
def test_those_of_known_tokenizers_pass(family):
    assert check_pattern(HONEST[family]).shortest >= 1


@pytest.mark.parametrize(("pattern", "why"), HOSTILE, ids=[repr(pattern[:20]) for pattern, _ in HOSTILE])
def test_others_are_refused_with_the_reason(pattern, why):
    with pytest.raises(UnsafeCheckpointError, match=f"which can take forever: .*{why}"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "shortest"),
    [("", 0), ("a*", 0), ("(?=a)", 0), ("a|", 0), ("ab?c", 2), (r"\p{L}{2,}|abc", 2), ("(a|bc)d", 2)],
)
def test_the_fewest_letters_that_it_finds(pattern, shortest):
    assert check_pattern(pattern).shortest == shortest
