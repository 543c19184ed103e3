"""Cells that go on over lines, quotes that hold nothing together, and rows that lack cells."""

import io
import random

import pytest

from attribution import AttributionError
from attribution.corpus import Format, read_documents
from attribution.corpus.documents import open_source, survey
from attribution.corpus.documents.formats.splitting import Dialect, split_rows

LONG = "\n".join(f"line {place}, it goes on, and on" for place in range(300))
PLAIN = "".join(f"An ordinary line {place}.,{('pos', 'neg')[place % 2]}\n" for place in range(600))


def pairs(path, columns=None):
    return [(one.text, one.gold and one.gold[0]) for one in read_documents(path, columns)]


class TestCellsOfSeveralLines:
    """Each line of such a cell may have as many cells as a row."""

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (
                'text,label\n"Hello,\nworld",pos\nfine,neg\nok,pos\n',
                [("Hello,\nworld", "pos"), ("fine", "neg"), ("ok", "pos")],
            ),
            (
                'label,text\npos,"Hi John\nplease, help"\nneg,fine\n',
                [("Hi John\nplease, help", "pos"), ("fine", "neg")],
            ),
            (
                f'text,label\n{PLAIN}"Hello,\nworld",pos\nfine,neg\n',
                [
                    *(tuple(line.rsplit(",", 1)) for line in PLAIN.splitlines()),
                    ("Hello,\nworld", "pos"),
                    ("fine", "neg"),
                ],
            ),
            (
                'text,label\r\n"One,\ntwo",pos\r\nfine,neg\r\n',
                [("One,\ntwo", "pos"), ("fine", "neg")],
            ),
        ],
        ids=["text first", "label first", "after many plain rows", "other ends within"],
    )
    def test_they_are_one_row(self, write, content, expected):
        assert pairs(write("news.csv", content)) == expected

    @pytest.mark.parametrize(
        ("content", "texts"),
        [
            ("text\tlabel\n" + '"Hello\nyou"\tpos\n' * 300, ["Hello\nyou"] * 300),
            ('"id","text","label"\n' + '"1","a\nb\nc\nd","pos"\n' * 150, ["a\nb\nc\nd"] * 150),
            (
                '"text","label"\n' + '"He said ""no"", then","pos"\n' * 8 + f'"{LONG}","pos"\n' * 20,
                ['He said "no", then'] * 8 + [LONG] * 20,
            ),
        ],
        ids=["tabs", "all quoted", "hundreds of lines"],
    )
    def test_they_are_where_the_lines_that_are_looked_at_end_within_one(self, write, content, texts):
        found = list(read_documents(write("news.csv", content)))
        assert [(one.text, one.gold, one.error) for one in found] == [(text, ("pos",), None) for text in texts]

    def test_where_a_loose_quote_stands_elsewhere(self, write):
        path = write("news.csv", 'text,label\n"Hello,\nworld",pos\nIt is 6" wide,neg\n"a ""b"" c",pos\n')
        assert pairs(path) == [("Hello,\nworld", "pos"), ('It is 6" wide', "neg"), ('a "b" c', "pos")]

    def test_how_many_lines_they_take_is_said(self, write):
        path = write("news.csv", 'text,label\n"Hello,\nworld",pos\nfine,neg\n')
        assert survey(open_source(path)).say() == "2 rows in 3 lines (one spans several)."


class TestBackslashes:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_a_text_may_end_in_one(self, write, separator):
        rows = [("C:\\temp\\", "a"), ("All is well", "b"), ("¯\\_(ツ)_/¯\\", "b"), (f"Other{separator} text", "a")]
        lines = [separator.join(f'"{cell}"' for cell in row) for row in (("text", "label"), *rows)]
        assert pairs(write("news.csv", "\n".join(lines))) == rows

    def test_one_before_a_quote_makes_it_a_character(self, write):
        path = write("news.csv", 'text,label\n"He said \\"no\\", twice",a\n"{\\"id\\": 1, \\"x\\": 2}",b\n')
        assert pairs(path) == [('He said "no", twice', "a"), ('{"id": 1, "x": 2}', "b")]


class TestRowsThatLackCells:
    @pytest.mark.parametrize("count", [8, 100])
    def test_a_text_that_was_cut_in_two_is_said(self, write, count):
        rows = "".join(f"Good {place},pos\n" for place in range(count))
        found = list(read_documents(write("news.csv", f"text,label\n{rows}This text was cut\nand goes on,neg\n")))
        assert [one.error is None for one in found] == [*([True] * count), False, True]

    def test_a_row_that_was_cut_is_said(self, write):
        rows = [f"One more text {place},pos" for place in range(30)]
        found = list(read_documents(write("news.csv", "\n".join(["text,label", *rows, "It broke", *rows]))))
        assert [one.error is None for one in found].count(False) == 1
        assert found[30].error.startswith("The row has 1 cells, but the first row has 2. Maybe its text holds a line")

    def test_where_many_lack_them_the_file_is_written_so(self, write):
        path = write("news.csv", "text,label,note\nOne.,a\nTwo.,b\nThree.,a,n\nFour.,b\n")
        assert [one.error for one in read_documents(path)] == [None] * 4

    def test_a_separator_behind_each_row_is_a_column_without_name(self, write):
        path = write("news.csv", "text;label\nHello there;pos;\nBad food;neg;\nGood food;pos;\n")
        assert pairs(path) == [("Hello there", "pos"), ("Bad food", "neg"), ("Good food", "pos")]

    def test_commas_of_texts_shift_no_names(self, write):
        path = write("news.csv", "label,text\npos,Good food, nice\nneg,Bad food, cold\npos,Fine, really\n")
        assert all("has 3 cells, but the first row has 2" in one.error for one in read_documents(path))

    def test_names_of_rows_that_r_writes_have_no_name(self, write):
        path = write("news.csv", '"text","label"\n"1","One.","a"\n"2","Two.","b"\n"3","Three.","a"\n')
        assert pairs(path) == [("One.", "a"), ("Two.", "b"), ("Three.", "a")]


class TestTime:
    """What took time that grows with the square of a file's length, or faster, is done at once."""

    @pytest.mark.parametrize(
        "content",
        [
            '"open quote, and no end\n' * 8_000,
            '"' + " " * 200_000 + "x\n" + '"a" ' * 50_000,
            '"a,' * 30_000 + "\n",
            ('"a,"a,' * 500 + "\n") * 40,
            '"' * 100_001 + ",a\n",
            "a," * 100_000 + "\n",
            ('x"' * 300 + ",a\n") * 300,
            ("\\" * 50_000) + '",a\n',
            '"He said \\"no\\", and then \\"yes\\"",a\n' * 500,
            '"He said "no", and then "yes", and "maybe", or "what" and so on",a\n' * 500,
        ],
        ids=[
            *("open", "blanks behind", "beginnings", "both", "quotes", "separators", "loose", "backslashes"),
            *("escaped", "inner"),
        ],
    )
    @pytest.mark.parametrize("trusted", [True, False])
    def test_quotes_that_close_nowhere(self, content, trusted):
        lines = io.StringIO(content, newline="")
        rows = split_rows(lines, Dialect(",", '"', trusted=trusted))
        assert sum(row.lines for row in rows) == content.count("\n") + (not content.endswith("\n"))

    def test_quotes_at_random(self, write):
        chance = random.Random(0)
        content = "".join(chance.choices('"",,ab \n', k=200_000))
        path = write("news.csv", content)
        read = survey(open_source(path, format=Format(header=False)))
        assert read.documents > 0


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_of_empty_lines_is_one_sentence(tmp_path, ends):
    path = tmp_path / "news.csv"
    path.write_text(f"text,label{ends}One.,a{ends}{ends * 900_000}Two.,b{ends}", newline="")
    assert pairs(path) == [("One.", "a"), ("Two.", "b")]
    path.write_text(ends * 3_000_000, newline="")
    with pytest.raises(AttributionError, match="more than 1,000,000 empty lines in a row"):
        pairs(path)
