import pytest
from flair.data import Sentence

from attribution import AttributionError, EmptyTextError
from attribution.texts.passages import join_passages, read_pair, read_passage, read_sentence

TEXT = 'Mr. O’Neil\u200b said:  "No",\n\nand left the U.S.A. 🙂'


def read_words(passage):
    """Each word of the sentence with what it stands on; None for what stands nowhere in the text."""
    return [
        (token.text, None if index in passage.held else passage.text[span.start : span.end])
        for index, (token, span) in enumerate(zip(passage.sentence.tokens, passage.spans, strict=True))
    ]


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


class TestReadPair:
    def test_both_stand_in_one_text_with_a_blank_line_between(self):
        first, second = read_pair("a b", TEXT)
        assert first.text == second.text == f"a b\n\n{TEXT}"
        assert [second.text[span.start : span.end] for span in second.spans] == [
            TEXT[span.start : span.end] for span in read_passage(TEXT).spans
        ]

    @pytest.mark.parametrize(("texts", "name"), [(("", "a"), "first"), (("a", "\u200b"), "second")])
    def test_an_empty_one_is_named(self, texts, name):
        with pytest.raises(EmptyTextError, match=f"The {name} of the two texts"):
            read_pair(*texts)


class TestJoinPassages:
    def test_the_sentence_is_what_flair_makes_of_the_tokenized_texts(self):
        passage = read_passage(TEXT)
        joined = join_passages(TEXT, ["a label", "[SEP]", passage])
        flair = Sentence(f"a label [SEP] {Sentence(TEXT).to_tokenized_string()}", use_tokenizer=False)
        assert [token.text for token in joined.sentence] == [token.text for token in flair]
        assert joined.held == {0, 1, 2}
        assert joined.spans[3:] == passage.spans

    def test_words_that_are_split_again_stand_on_their_own_letters(self):
        passage = read_passage("U.S.A.-wide can't")
        joined = join_passages(passage.text, ["[SEP]", passage], split_again=True)
        flair = Sentence(f"[SEP] {Sentence(passage.text).to_tokenized_string()}")
        assert [token.text for token in joined.sentence] == [token.text for token in flair]
        assert read_words(joined)[:3] == [("[", None), ("SEP", None), ("]", None)]
        assert all(word == shown for word, shown in read_words(joined)[3:])

    def test_as_they_stand_texts_keep_their_blanks_and_may_run_into_each_other(self):
        first, second = read_pair("goal!", "no")
        joined = join_passages(first.text, [first, second], glue="", as_they_stand=True)
        assert read_words(joined) == [("goal!no", "goal!\n\nno")]

    def test_invisible_characters_in_what_is_held_move_nothing(self):
        passage = read_passage("goal")
        joined = join_passages("goal", ["la\u200bbel", passage])
        assert read_words(joined) == [("label", None), ("goal", "goal")]

    def test_an_empty_separator_adds_no_word(self):
        passage = read_passage("a goal")
        assert read_words(join_passages("a goal", ["label", "", passage])) == [
            ("label", None),
            ("a", "a"),
            ("goal", "goal"),
        ]
