import pytest
from flair.data import Sentence

from attribution import AttributionError, EmptyTextError
from attribution.tokens import read_sentence


def words(text: str) -> list[str]:
    _, spans = read_sentence(text)
    return [text[span.start : span.end] for span in spans]


class TestReadSentence:
    def test_words_are_those_that_flair_finds(self):
        text = 'The bank\'s "third" rise,\n\n  in  Zürich… costs $4.5m (or less).'
        assert words(text) == [token.text for token in Sentence(text)]

    def test_spans_lead_back_to_a_text_in_which_flair_drops_invisible_characters(self):
        text = "one\u200b two\ufeff th\u200cree \u2028four"
        sentence, _ = read_sentence(text)
        assert [token.text for token in sentence] == ["one", "two", "three", "four"]
        assert words(text) == ["one", "two", "th\u200cree", "four"]

    def test_spans_lead_back_to_a_text_in_which_flair_repairs_windows_1252(self):
        text = "he said \x93yes\x94 and \x81left"
        sentence, _ = read_sentence(text)
        assert "“" in [token.text for token in sentence]
        assert "".join(words(text)) == "hesaid\x93yes\x94andleft"

    @pytest.mark.parametrize("text", ["", " ", "\n\t \u3000"])
    def test_a_blank_text_is_refused(self, text: str):
        with pytest.raises(EmptyTextError, match="The text is empty"):
            read_sentence(text)

    def test_a_text_of_invisible_characters_is_refused(self):
        with pytest.raises(EmptyTextError, match="only invisible characters"):
            read_sentence("\u200b\ufeff\u200c")

    def test_a_lone_surrogate_is_refused_with_its_place(self):
        with pytest.raises(AttributionError, match="position 4"):
            read_sentence("one \ud83d two")
