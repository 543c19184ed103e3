"""A long text in parts that the model reads whole."""

import pytest

from attribution import EmptyTextError, load_model
from attribution.explaining.long_texts import find_end, split_to_be_read

PARAGRAPH = "The striker scored twice in the cup final. The bank raised its forecast, and shares fell."


@pytest.fixture(scope="module")
def model(make_checkpoint):
    """It reads 126 tokens and two special ones."""
    return load_model(make_checkpoint(("alpha", "beta", "gamma")))


def is_read_whole(model, text):
    return all(one.unread == () for one in model.read(text).encodings.values())


class TestSplit:
    def test_a_text_that_is_read_whole_is_one_part(self, model):
        (part,) = split_to_be_read(model, PARAGRAPH)
        assert (part.start, part.end) == (0, len(PARAGRAPH))
        assert part.prediction.probabilities == pytest.approx(model.predict(PARAGRAPH).probabilities)

    @pytest.mark.parametrize(
        "text",
        [
            "\n\n".join([PARAGRAPH] * 9),
            " ".join([PARAGRAPH] * 9),
            "no full stop at all " * 60,
            "a-" * 400,
            "\r\n\r\n".join([PARAGRAPH] * 9) + "\n\n  \n",
            "東京は日本の首都です。" * 40,
            "👩‍👩‍👧 " * 200,
            PARAGRAPH * 9 + " " * 6000 + PARAGRAPH * 20,
            PARAGRAPH * 20 + "\n" * 6000 + PARAGRAPH * 20,
            "\n" * 400 + PARAGRAPH * 20,
            "\u200b" * 3000 + PARAGRAPH * 20 + "\u200b \n" * 3000 + PARAGRAPH * 20 + "\ufeff" * 9,
            "a " + "\u200b" * 5000 + PARAGRAPH * 20,
        ],
        ids=[
            "paragraphs",
            "sentences",
            "words",
            "no blank",
            "ends in blanks",
            "Japanese",
            "emoji",
            "blanks",
            "ends of lines",
            "begins in blanks",
            "invisible",
            "invisible after one word",
        ],
    )
    def test_every_character_is_in_one_part_and_every_part_is_read_whole(self, model, text):
        assert not is_read_whole(model, text)
        parts = split_to_be_read(model, text)
        assert len(parts) > 1
        between = zip([0, *(part.end for part in parts)], [*(part.start for part in parts), len(text)], strict=True)
        assert all(text[end:start].strip(" \r\n\u200b\ufeff") == "" for end, start in between)
        for part in parts:
            assert is_read_whole(model, text[part.start : part.end])
            alone = model.predict(text[part.start : part.end])
            assert part.prediction.probabilities == pytest.approx(alone.probabilities)

    def test_no_more_than_are_asked_for(self, model):
        parts = split_to_be_read(model, PARAGRAPH * 200, most=3)
        assert len(parts) == 3

    def test_a_text_without_words_is_refused(self, model):
        with pytest.raises(EmptyTextError):
            split_to_be_read(model, " \n ")


class TestEnd:
    @pytest.mark.parametrize(
        ("text", "most", "end"),
        [
            ("One two. Three four.\n\nFive six. Seven", 33, "One two. Three four.\n\n"),
            ("One two. Three four. Five six", 24, "One two. Three four. "),
            ("One.\n\nTwo three four five six seven eight", 30, "One.\n\nTwo three four five six "),
            ("Onetwothree", 5, "Onetw"),
            ("ee\u0301e", 2, "e"),
        ],
        ids=["paragraph", "sentence", "word, for the paragraph is too short", "letter", "no letter in two"],
    )
    def test_it_is_the_best_that_is_not_far(self, text, most, end):
        assert text[: find_end(text, most)] == end
