"""Tables of text that are wide or long beyond all measure."""

import pytest

from attribution import AttributionError
from attribution.corpus import Columns, read_documents
from attribution.corpus.documents import look_at


class TestWidth:
    @pytest.mark.parametrize("name", ["text", ""])
    def test_columns_by_the_hundred_thousand_are_one_sentence(self, write, name):
        path = write("news.csv", ",".join([name] * 100_000) + "\n" + ("," * 99_999 + "\n") * 20)
        with pytest.raises(AttributionError, match=r"news\.csv has more than 5,000 columns"):
            list(read_documents(path))

    def test_five_thousand_columns_are_read_and_only_some_rows_kept(self, write):
        path = write(
            "news.csv", ",".join(["text", *map(str, range(4999))]) + "\n" + ("One." + "," * 4999 + "\n") * 1000
        )
        assert len(look_at(path).names) == 5000
        assert len(look_at(path).rows) < 300

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_a_row_with_more_cells_is_one_bad_row(self, write, quote):
        cells = ",".join([f"{quote}x{quote}"] * 20_000)
        path = write("news.csv", f"text,label\nOne.,a\n{cells}\nTwo.,b\n")
        found = list(read_documents(path, Columns("text", "label")))
        assert [one.text for one in found if not one.error] == ["One.", "Two."]
        assert "cells, but the first row has 2" in found[1].error

    def test_a_text_may_hold_more_separators_than_that(self, write):
        text = "One, " * 10_000
        path = write("news.csv", f'text,label\n"{text}",a\nTwo.,b\n')
        assert [(one.text, one.gold) for one in read_documents(path)] == [(text, ("a",)), ("Two.", ("b",))]


def test_a_line_that_is_longer_than_any_is_one_row(write, monkeypatch):
    monkeypatch.setattr("attribution.corpus.documents.formats.encoding.LONGEST_LINE", 100)
    path = write("news.csv", f"text,label\nOne.,a\n{'x' * 950},b\nThree.,c\n")
    found = list(read_documents(path, Columns("text", "label")))
    assert [one.text for one in found if not one.error] == ["One.", "Three."]
    assert [one.line for one in found] == [2, 3, 4]
