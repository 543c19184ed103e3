"""Tables in many dialects: the same rows come back as Python's and pandas' own writers were given."""

import csv
import io
import random

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from attribution import AttributionError
from attribution.corpus import Columns, Format, describe_format, preview, read_documents
from attribution.corpus.documents import open_source, survey
from attribution.corpus.documents.files import open_table
from attribution.corpus.documents.formats.dialect import Dialect, split_rows
from benchmarks.dialects import draw_file

TRIES = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CELLS = st.text(st.sampled_from("ab ,;|\t\"'\n.é東\\"), max_size=12)
SENTENCES = st.lists(
    st.sampled_from(["The bank,", "rose;", '"again"', "in | Zürich", "it's", "2024", "fell."]), min_size=4
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "news.csv"


def read(path, chosen=None):
    table = open_table(path, chosen)
    rows = list(table.rows())
    assert not any(row.error for row in rows)
    return [[row.cells.get(name) or "" for name in table.names] for row in rows]


def rows_of(text, **dialect):
    return [row.cells for row in split_rows(io.StringIO(text, newline=""), Dialect(**dialect))]


class TestChosen:
    """Where the dialect is known, nothing is left to guess."""

    @TRIES
    @given(
        rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8),
        separator=st.sampled_from(",;\t|"),
        everywhere=st.booleans(),
    )
    def test_what_python_writes_comes_back(self, rows, separator, everywhere):
        buffer = io.StringIO()
        quoting = csv.QUOTE_ALL if everywhere else csv.QUOTE_MINIMAL
        csv.writer(buffer, delimiter=separator, quoting=quoting).writerows([["text", "label"], *rows])
        text = buffer.getvalue()
        assume("\\" not in text)  # which some writers put before a quote, and this one does not
        found = rows_of(text, separator=separator, quote='"', trusted=True)
        assert found == [["text", "label"], *rows]
        peer = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        assert found == peer

    @TRIES
    @given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8))
    def test_where_quotes_are_characters_a_line_is_a_row(self, rows):
        lines = ["\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row) for row in rows]
        assert rows_of("\n".join(lines), separator="\t", quote="") == [line.split("\t") for line in lines if line]

    def test_more_columns_of_text_than_separators_say_is_one_broken_row(self, path):
        path.write_text("text,label\nOne, two,a\nthree,b\n")
        assert [document.error is None for document in read_documents(path, Columns("text"))] == [False, True]


class TestFound:
    @pytest.mark.parametrize("seed", range(60))
    def test_a_file_that_was_drawn_comes_back(self, path, seed):
        drawn = draw_file(random.Random(seed))
        path.write_text(drawn.content, "utf-8", newline="")
        assert read(path) == drawn.rows

    @TRIES
    @given(
        texts=st.lists(SENTENCES.map(" ".join), min_size=3, max_size=12),
        separator=st.sampled_from(",;\t|"),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    )
    def test_what_pandas_writes_comes_back_in_any_encoding(self, path, texts, separator, encoding):
        frame = pd.DataFrame({"text": texts, "label": [f"l{place % 3}" for place in range(len(texts))]})
        frame.to_csv(path, index=False, sep=separator, encoding=encoding)
        assert read(path) == frame.to_numpy().tolist()
        if encoding.startswith("utf-8"):
            peer = duckdb.connect().execute(
                "select * from read_csv(?, delim=?, header=true, quote='\"', escape='\"', all_varchar=true)",
                [str(path), separator],
            )
            assert peer.df().to_numpy().tolist() == read(path)

    @TRIES
    @given(content=st.binary(max_size=300))
    def test_any_bytes_are_read_or_refused_and_no_line_is_lost(self, path, content):
        path.write_bytes(content)
        try:
            table = open_table(path)
        except AttributionError:
            return  # it begins as a file of another kind does
        rows = list(table.rows())
        if table.format.encoding == "utf-8" and table.kind == "":
            text = content.decode("utf-8-sig", "surrogateescape")
            lines = [line for line in io.StringIO(text, newline="") if line.strip("\r\n")]
            told = lines[0].lower().strip('"').startswith("sep=") if lines else False
            assert sum(row.lines for row in rows) <= len(lines)
            assert sum(row.lines for row in rows) >= len(lines) - 2 - told or table.format.header

    @pytest.mark.parametrize(
        ("content", "said", "first"),
        [
            ("review\nGood, and near.\nBad.\nFar, a, b.\n", "whole lines, UTF-8, a header", ["Good, and near."]),
            ("text\tlabel\nOne, two\ta\n", "tabs, UTF-8, a header", ["One, two", "a"]),
            ("text|label\nOne, two|a\n", "bars, UTF-8, a header", ["One, two", "a"]),
            (
                "'text','label'\n'One, two','a'\n'Three, four','b'\n",
                "commas, UTF-8, cells quoted by ', a header",
                ["One, two", "a"],
            ),
            ('text, label\n"One, two", "a"\n', "commas, UTF-8, a header", ["One, two", "a"]),
            ('text,label\n"He said \\"no\\", twice",a\n', "commas, UTF-8, a header", ['He said "no", twice', "a"]),
            ('"text","label"\n"He said "no" twice","a"\n', "commas, UTF-8, a header", ['He said "no" twice', "a"]),
            (
                "v1,v2,,,\nham,Go until jurong point,,,\nspam,Free entry,,,\n",
                "commas, UTF-8, a header",
                ["ham", "Go until jurong point", "", "", ""],
            ),
            ("SEP=|\ntext|label\nOne|a\n", "bars, UTF-8, a header", ["One", "a"]),
            ('text\n"One\ntwo"\nThree\n', "whole lines, UTF-8, a header", ["One\ntwo"]),
        ],
    )
    def test_files_as_people_write_them(self, path, content, said, first):
        path.write_text(content, "utf-8", newline="")
        assert describe_format(path) == said
        assert read(path)[0] == first

    def test_lines_in_a_cell_are_said(self, path):
        path.write_bytes(b'text,label\r\n"One\ntwo",a\r\nthree,b\r\n')
        assert survey(open_source(path)).say() == "2 rows in 3 lines (one spans several)."

    @pytest.mark.parametrize("separator", ["\t", ","])
    @pytest.mark.parametrize("between", ['He said "yes" twice.', "Shares fell."])
    def test_a_quote_that_closes_rows_later_takes_in_none(self, path, between, separator):
        count = 1 if separator == "\t" else 5  # of commas, fewer lines may be those of a cell
        rows = ['"Nobody knows what comes next.', *[between] * count, 'It is 6 foot 4"', "Shares rose."]
        content = "".join(f"{row}{separator}a\n" for row in rows)
        path.write_text(f"text{separator}label\n{content}")
        assert [one.text for one in read_documents(path)] == rows

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_carriage_return_in_a_text_ends_no_row(self, path, end):
        inner = "" if end == "\r" else "\r"
        path.write_bytes(f"text\tlabel{end}One,{inner} two\ta{end}three\tb{end}".encode())
        assert read(path) == [[f"One,{inner} two", "a"], ["three", "b"]]

    def test_what_torchtext_lost_in_its_issue_612(self, path):
        rows = ["First", '"Second', 'Third "sentence"', "Fourth", "Fifth", "Sixth"]
        path.write_text("".join(f"{row}\t{row.lower()}\n" for row in rows))
        assert read(path, Format(header=False)) == [[row, row.lower()] for row in rows]

    def test_all_of_it_can_be_chosen(self, path):
        path.write_text("a,b;c\nd,e;f\n")
        wanted = Format(separator=";", quote="", header=False)
        assert preview(path, format=wanted) == [
            {"column 1": "a,b", "column 2": "c"},
            {"column 1": "d,e", "column 2": "f"},
        ]
        assert preview(path, format=Format(separator=",", header=True)) == [{"a": "d", "b;c": "e;f"}]
        assert preview(path, format=Format(separator="", header=False))[0] == {"column 1": "a,b;c"}


class TestText:
    """Files of lines: a text each, or a text and its label."""

    @pytest.mark.parametrize(
        ("content", "texts", "golds"),
        [
            ("ham\tGo, until.\nspam\tFree!\nham\tSee you.\n", ["Go, until.", "Free!", "See you."], "ham spam ham"),
            ("i feel low;sad\ni am glad;joy\ni cry;sad\n", ["i feel low", "i am glad", "i cry"], "sad joy sad"),
            (
                "It rained, a lot.\nWe left, at once.\nSo, so.\n",
                ["It rained, a lot.", "We left, at once.", "So, so."],
                "",
            ),
            ('"Hello," she said.\n"No."\n', ['"Hello," she said.', '"No."'], ""),
            ("good;pos\nbad;neg\nfine;pos\nso;neg\n", ["good", "bad", "fine", "so"], "pos neg pos neg"),
            (
                "".join(f"ham\tOne {place}.\nspam\tTwo {place}.\n" for place in range(10)) + "An odd line.\n",
                [*(f"{text} {place}." for place in range(10) for text in ("One", "Two")), ""],
                "ham spam " * 10,
            ),
        ],
    )
    def test_what_a_line_is(self, tmp_path, content, texts, golds):
        (tmp_path / "news.txt").write_text(content)
        found = list(read_documents(tmp_path / "news.txt"))
        assert [one.text for one in found] == texts
        assert [one.gold for one in found if one.gold] == [(gold,) for gold in golds.split()]

    def test_sixteen_bits_a_character(self, tmp_path):
        (tmp_path / "news.txt").write_bytes("Zürich wächst.\tnews\nEs regnet.\tweather\n".encode("utf-16"))
        found = [(one.text, one.gold) for one in read_documents(tmp_path / "news.txt", Columns("column 1", "column 2"))]
        assert found == [("Zürich wächst.", ("news",)), ("Es regnet.", ("weather",))]

    def test_labels_behind_texts(self, tmp_path):
        (tmp_path / "news.txt").write_text("The cup. __label__sport\nTwo more. __label__a __label__b\nNone.\n")
        found = [(one.text, one.gold) for one in read_documents(tmp_path / "news.txt")]
        assert found == [("The cup.", ("sport",)), ("Two more.", ("a", "b")), ("None.", ())]
