"""Cells that go on over lines, quotes that hold nothing together, and rows that lack cells."""

import io
import random

import pytest

from attribution.corpus import Format, read_documents
from attribution.corpus.documents import open_source, survey
from attribution.corpus.documents.splitting import Dialect, split_rows

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

    def test_where_a_loose_quote_stands_elsewhere(self, write):
        path = write("news.csv", 'text,label\n"Hello,\nworld",pos\nIt is 6" wide,neg\n"a ""b"" c",pos\n')
        assert pairs(path) == [("Hello,\nworld", "pos"), ('It is 6" wide', "neg"), ('a "b" c', "pos")]

    def test_how_many_lines_they_take_is_said(self, write):
        path = write("news.csv", 'text,label\n"Hello,\nworld",pos\nfine,neg\n')
        assert survey(open_source(path)).say() == "2 rows in 3 lines (one goes on over several)."


class TestRowsThatLackCells:
    def test_a_row_that_was_cut_is_said(self, write):
        rows = [f"One more text {place},pos" for place in range(30)]
        found = list(read_documents(write("news.csv", "\n".join(["text,label", *rows, "It broke", *rows]))))
        assert [one.error is None for one in found].count(False) == 1
        assert found[30].error.startswith("The row has 1 cells, and the first row 2. Maybe its text holds a new line")

    def test_where_many_lack_them_the_file_is_written_so(self, write):
        path = write("news.csv", "text,label,note\nOne.,a\nTwo.,b\nThree.,a,n\nFour.,b\n")
        assert [one.error for one in read_documents(path)] == [None] * 4

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
        ],
        ids=["open", "blanks behind", "beginnings", "both", "quotes", "separators", "loose", "backslashes"],
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
