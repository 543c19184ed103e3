import random
import re
from itertools import pairwise

import pytest

from attribution.errors import UnknownLabelError
from attribution.segmentation import find_cuts, find_graphemes, find_last_cut
from attribution.wording import shorten

FAMILY, FLAG, DARK = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd"
LETTERS = [
    "e\u0301",
    FAMILY,
    FLAG,
    DARK,
    "\u2764\ufe0f",
    "1\ufe0f\u20e3",
    "a",
    "é",
    " ",
    "क्षि",
    "한",
    "\u1112\u1161\u11ab",
    "กำ",
]


def cut(text: str) -> list[str]:
    places = [0, *find_cuts(text), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


class TestFindCuts:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("Japanese", "中央 銀行 は 火曜日 に 金利 を"),
            ("Chinese", "中央 银行 周二 提高 了 利率 。"),
            ("Thai", "ธนาคาร กลาง ขึ้น อัตรา ดอกเบี้ย"),
            ("Lao", "ທະນາຄານ ກາງ ໄດ້ ຂຶ້ນ ອັດຕາ"),
            ("Khmer", "ធនាគារ កណ្តាល បាន ដំឡើង អត្រា"),
            ("Burmese", "ဗဟို ဘဏ် သည် အတိုး နှုန်း"),
            ("Tibetan", "བོད་ སྐད་ ཡིན"),
            ("Japanese among Latin letters", "iPhone15 を 2025 年 に"),
        ],
    )
    def test_words_of_scripts_without_blanks_are_told_apart(self, language, words):
        words = words.split()
        if language == "Tibetan":  # its mark between syllables is a sign of its own for ICU
            words = [part for word in words for part in re.findall("[^་]+|་", word)]
        assert cut("".join(words)) == words

    @pytest.mark.parametrize(
        "text", ["can't re-run 3.14", "Straße, l'été", "한국은행이 금리를", "नमस्ते दुनिया", "مرحبا بالعالم", ""]
    )
    def test_scripts_with_blanks_are_left_to_them(self, text):
        assert find_cuts(text) == []

    def test_what_cannot_be_seen_belongs_to_the_word_before(self):
        assert cut("ธนาคาร\u200bกลาง") == ["ธนาคาร\u200b", "กลาง"]

    def test_half_a_character_moves_nothing(self):
        assert cut("\ud83d銀行は") == ["\ud83d", "銀行", "は"]


class TestGraphemes:
    def test_no_letter_is_cut_whatever_stands_beside_it(self):
        draw = random.Random(0)
        for _ in range(200):
            letters = [draw.choice([*LETTERS, "x"]) for _ in range(30)]
            letters = [one for one, before in zip(letters, ["x", *letters], strict=False) if one != before]
            text, edges = "".join(letters), [0]
            for letter in letters:
                edges.append(edges[-1] + len(letter))
            found = find_graphemes(text)
            for place in range(len(text)):
                assert found.begin(place) == max(edge for edge in edges if edge <= place)
                assert found.end(place) == min(edge for edge in edges if edge >= place)
            assert all(find_last_cut(text, place) in edges for place in range(len(text)))

    @pytest.mark.parametrize("letter", LETTERS[:6])
    def test_a_shortened_text_ends_with_a_whole_letter(self, letter):
        assert shorten("x" * 8 + letter * 9, 10) in ("x" * 8 + "…", "x" * 8 + letter + "…")
        assert letter[0] + "…" not in str(UnknownLabelError("y", (letter * 2000,)))
