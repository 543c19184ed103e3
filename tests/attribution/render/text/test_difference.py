import re
from html import unescape

import pytest

from attribution.render import render_difference

PAIRS = [
    ("a b c", "a c"),
    ("a b", "a  b\n\nnew words"),
    ("", "all new"),
    ("all gone", ""),
    ("same", "same"),
    ("<b>x</b> y", "<i>x</i> y & z"),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_both_texts_can_be_read_back(before, after):
    html = render_difference(before, after)
    inside = html.partition(">")[2].removesuffix("</div>")
    new = re.sub(r"<del>.*?</del>|</?ins>", "", inside, flags=re.DOTALL)
    old = re.sub(r"<ins>.*?</ins>|</?del>", "", inside, flags=re.DOTALL)
    assert (unescape(old), unescape(new)) == (before, after)


def test_a_deleted_word_is_struck_through_alone():
    assert "<del>b </del>" in render_difference("a b c", "a c")


def test_what_is_too_long_stands_alone():
    assert "<del>" not in render_difference("a " * 20_000, "b " * 20_000)
