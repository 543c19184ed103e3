import json
import pickle

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, Format, guess_columns, preview, read_documents
from attribution.corpus.documents import look_at, open_source, survey
from attribution.corpus.documents.source import LONGEST_TEXT

TEXTS = ['He said "no", twice', "two\nlines", "naïve 東京 😀", "  spaces  ", "a;b\tc|d"]


def count(path):
    return survey(open_source(path, Columns(next(iter(preview(path)[0]))))).documents


def texts(path, columns=None):
    return [document.text for document in read_documents(path, columns)]


def errors(path, columns=None):
    return [document.error for document in read_documents(path, columns)]


class TestFormats:
    @pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
    def test_what_pandas_writes_is_read(self, tmp_path, ending):
        frame = pd.DataFrame({"id": range(5), "body": TEXTS, "topic": ["a", "b", "a", None, "b"]})
        path = tmp_path / f"news.{ending}"
        {
            "csv": lambda: frame.to_csv(path, index=False),
            "tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
            "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
            "parquet": lambda: frame.to_parquet(path),
        }[ending]()
        found = list(read_documents(path))
        assert [document.text for document in found] == TEXTS
        assert [document.gold for document in found] == [("a",), ("b",), ("a",), None, ("b",)]
        assert [document.id for document in found] == list("01234")
        assert [document.id for document in read_documents(path, Columns("body"))] == [f"row {n}" for n in range(1, 6)]
        assert [document.number for document in found] == list(range(5))
        assert count(path) == 5

    def test_lines_with_labels_as_fasttext_has_them(self, write):
        path = write(
            "news.txt", "__label__sport The cup.\n\n__label__a  __label__b Two.\nnone __label__c\n__label__d\tA tab.\n"
        )
        found = list(read_documents(path))
        assert [document.text for document in found] == ["The cup.", "Two.", "none __label__c", "A tab."]
        assert [document.gold for document in found] == [("sport",), ("a", "b"), (), ("d",)]
        assert [document.error for document in found] == [None] * 4

    @pytest.mark.parametrize("ending", ["jsonl", "parquet"])
    def test_lists_of_gold_labels(self, tmp_path, ending):
        path = tmp_path / f"news.{ending}"
        labels = [["a", "c d"], ["b"], [], None]
        frame = pd.DataFrame({"text": TEXTS[:4], "labels": labels})
        frame.to_json(path, orient="records", lines=True) if ending == "jsonl" else frame.to_parquet(path)
        assert [document.gold for document in read_documents(path)] == [("a", "c d"), ("b",), (), None]

    def test_what_only_looks_like_a_list_is_a_label(self, write):
        golds = ["[sport]", "(sport)", "[" * 100_000, "{sport}"]
        path = write("news.csv", "text,label\n" + "".join(f'one,"{gold}"\n' for gold in golds))
        assert [document.gold for document in read_documents(path)] == [(gold,) for gold in golds]

    def test_a_spreadsheets_semicolons_and_mark_of_order(self, write):
        path = write("news.csv", b"\xef\xbb\xbftext;label\nOne, two;a\n")
        assert [(one.text, one.gold) for one in read_documents(path)] == [("One, two", ("a",))]

    def test_sixteen_bits_a_character(self, write):
        path = write("news.csv", "text,label\nZürich,a\n".encode("utf-16"))
        assert texts(path) == ["Zürich"]

    def test_a_table_without_a_header(self, write):
        path = write(
            "news.csv", "3,Wall Street slides on oil,Shares fell as crude rose to a record.\n4,Chips,Fast.\n" * 3
        )
        assert guess_columns(path) == Columns("column 3", "column 1")
        assert count(path) == 6

    @pytest.mark.parametrize(
        ("header", "names"),
        [
            (",text,label", ["column 1", "text", "label"]),
            ("text,label,", ["text", "label", "column 3"]),
            ("text,label,text", ["text", "label", "text (2)"]),
            (f"text,label,{'How satisfied are you? ' * 4}", ["text", "label", "How satisfied are you? " * 4]),
            ("text,label,2024", ["text", "label", "2024"]),
            (",Absatz,Sparte", ["column 1", "Absatz", "Sparte"]),
            ("column 2,,Sparte", ["column 2", "column 2 (2)", "Sparte"]),
        ],
    )
    def test_a_line_of_names_is_no_document(self, write, header, names):
        path = write("news.csv", f"{header}\n1,2,3\n")
        assert preview(path) == [dict(zip(names, "123", strict=True))]

    @pytest.mark.parametrize(
        "first",
        [f"y,{'A long text. ' * 9},x", "good,good,fine", f"review,{'A long text. ' * 20},x", '"",,', "3,Oil falls.,a"],
    )
    def test_a_first_document_is_no_line_of_names(self, write, first):
        path = write("news.csv", f"{first}\na,b,c\n")
        assert count(path) == 2
        assert list(preview(path)[1]) == ["column 1", "column 2", "column 3"]

    def test_the_index_that_pandas_writes_is_a_column(self, tmp_path):
        path = tmp_path / "news.csv"
        pd.DataFrame({"text": TEXTS, "label": list("ababa")}).to_csv(path)
        assert texts(path) == TEXTS
        assert guess_columns(path) == Columns("text", "label")

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("news.docx", "x", "Give one that ends in"),
            ("news.parquet", "x", "cannot be read as a Parquet file"),
            ("news.jsonl", "[1, 2]\n", "expected an object in braces"),
            (
                "news.json",
                '{"train": [{"text": "a"}], "test": [{"text": "b"}]}',
                "several lists of objects",
            ),
            ("news.xlsx", "x", "cannot be read as an Excel file"),
            ("news.csv.gz", "x", "cannot be unpacked"),
            ("news.csv", "", "no column with a text"),
        ],
    )
    def test_other_files_are_refused(self, write, name, content, sentence):
        with pytest.raises(AttributionError, match=sentence):
            list(read_documents(write(name, content)))

    def test_a_missing_file_is_one_sentence(self, tmp_path):
        for name in ("news.csv", "news.jsonl", "news.parquet", "news.txt"):
            with pytest.raises(AttributionError, match="cannot be read"):
                list(read_documents(tmp_path / name))


class TestBrokenRows:
    def test_bytes_that_are_no_text_spoil_their_row_only(self, write):
        path = write("news.csv", b"text,label\ngood,a\ncaf\xe9 closed,b\n\xf0\x9f\x98\x80 good,c\n")
        assert errors(path) == [
            None,
            "The text cannot be read as UTF-8: byte 0xe9 at position 3 is invalid.",
            None,
        ]
        assert texts(path) == ["good", "caf? closed", "\U0001f600 good"]

    def test_bytes_in_parquet_as_well(self, tmp_path):
        path = tmp_path / "news.parquet"
        pd.DataFrame({"text": [b"good", b"caf\xe9"]}).to_parquet(path)
        assert errors(path, Columns("text")) == [
            None,
            "The text cannot be read as UTF-8: byte 0xe9 at position 3 is invalid.",
        ]

    def test_half_a_character(self, write):
        assert "half a character" in errors(write("news.jsonl", r'{"text": "\ud800"}' + "\n"))[0]

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("news.csv", "text,Größe,GrÖße\none,1,2\n".encode("cp1252") + "😀,,\n".encode() * 3),
            ("news.jsonl", b'{"text": "one", "Gr\\ud800\\ud800e": 1, "Gr\\udfff\\ud800e": "2"}\n'),
        ],
    )
    def test_a_broken_name_of_a_column_can_be_shown_and_chosen(self, write, name, content):
        path = write(name, content)
        assert preview(path, 1) == [{"text": "one", "Gr??e": "1", "Gr??e (2)": "2"}]
        assert next(read_documents(path, Columns("text", "Gr??e (2)"))).gold == ("2",)

    def test_columns_of_one_name_are_told_apart_in_parquet(self, tmp_path):
        table = pa.Table.from_arrays([pa.array(["one"]), pa.array(["two"]), pa.array(["a"])], ["text", "text", ""])
        pq.write_table(table, tmp_path / "news.parquet")
        assert preview(tmp_path / "news.parquet") == [{"text": "one", "text (2)": "two", "column 3": "a"}]

    def test_a_row_of_too_many_cells_is_not_read_in_part(self, write):
        path = write("news.csv", "text,label\nOne, two,a\nthree,b\nfour,c,,\n")
        assert errors(path)[0].startswith("The row has 3 cells, but the first row has 2")
        assert errors(path)[1:] == [None, None]

    def test_a_row_of_too_few_cells_has_no_text(self, write):
        first, second = errors(write("news.csv", "label,text\na\nb,two\n"))
        assert first.startswith("The row has 1 cells, but the first row has 2")
        assert second is None

    def test_a_line_that_is_no_object(self, write):
        found = errors(write("news.jsonl", '{"text": "a"}\n{"text": \n[1]\n{"text": "b"}\n'))
        assert found[0] is found[3] is None
        assert "not JSON" in found[1]
        assert "not a JSON object" in found[2]

    def test_empty_and_endless_texts(self, write):
        path = write(
            "news.jsonl", "\n".join(json.dumps({"text": text}) for text in (" ", "x" * (LONGEST_TEXT + 1), "x"))
        )
        found = errors(path)
        assert found[0] == "The text is empty."
        assert found[1].startswith("The text has 1,000,001 characters")
        assert found[2] is None


class TestLines:
    """A row is counted without the line of names; in which line of the file it stands is told beside."""

    def test_behind_blank_lines_and_cells_of_several(self, write):
        path = write("news.csv", 'sep=,\ntext,label\n\n"One\ntwo",a\nthree, four,b\n\n\nfive,a\n,a\n')
        found = list(read_documents(path))
        assert [(one.id, one.line) for one in found] == [("row 1", 4), ("row 2", 6), ("row 3", 9), ("row 4", 10)]

    def test_in_lines_of_json_and_of_labels(self, write):
        for name, content in (
            ("a.jsonl", '{"text": "a"}\n\n{"text": ""}\n'),
            ("a.txt", "__label__a One.\n\n__label__b\n"),
        ):
            assert [one.line for one in read_documents(write(name, content))] == [1, 3]

    def test_what_cannot_be_read_is_counted_with_the_first_of_it(self, write):
        path = write("news.csv", "text,label\nfür März,a\nplain,b\nJürgen,b\n".encode("cp1252"))
        assert survey(open_source(path, format=Format(encoding="utf-8"))).say() == (
            "3 rows; 2 cannot be read, the first is row 1 (line 2): The text cannot be read as UTF-8: byte 0xfc at "
            "position 1 is invalid."
        )


class TestBeginning:
    def test_rows_with_bytes_that_are_nothing_in_the_encoding_are_told(self, write):
        content = "text,label\nplain,a\n\nf\u00fcr M\u00e4rz,b\nplain,\u00e4\nWhy?,a\n".encode("cp1252")
        found = look_at(write("news.csv", content), Format(encoding="utf-8")).show()
        assert [row["text"] for row in found.rows] == ["plain", "f\ufffdr M\ufffdrz", "plain", "Why?"]
        assert found.unreadable == ["", "row 2 (line 4)", "row 3 (line 5)", ""]
        assert (found.looked_at, found.broken, found.first, found.encoding) == (4, 2, "row 2 (line 4)", "UTF-8")

    def test_those_behind_the_rows_shown_are_counted(self, write):
        content = b"text,label\n" + b"plain,a\n" * 20 + b"caf\xe9,b\n"
        found = look_at(write("news.csv", content), Format(encoding="utf-8")).show()
        assert (len(found.rows), any(found.unreadable), found.broken) == (5, False, 1)

    def test_in_its_own_encoding_nothing_is_told(self, write):
        found = look_at(write("news.csv", "text,label\nf\u00fcr M\u00e4rz,b\n".encode("cp1252"))).show()
        assert (found.broken, found.first, found.rows[0]["text"]) == (0, "", "f\u00fcr M\u00e4rz")

    def test_of_very_long_rows_fewer_are_looked_at(self, write):
        path = write("news.csv", "text,label\n" + f"{'long ' * 100_000},a\n" * 40)
        assert len(look_at(path).rows) == 20

    def test_other_processes_get_none_of_its_rows(self, write):
        source = open_source(write("news.csv", "text,label\nOne,a\nTwo,b\n"))
        sent = pickle.loads(pickle.dumps(source))
        assert (len(source.beginning.rows), sent.beginning.rows) == (2, ())
        assert list(sent) == list(source)


class TestGuessing:
    def test_names_go_before_contents(self, write):
        path = write("news.csv", "id,title,text,topic\n1,A very long title indeed it is,short,a\n")
        assert guess_columns(path) == Columns("text", "topic", "id")

    def test_the_longest_cells_are_texts_and_the_fewest_values_labels(self, write):
        rows = "".join(f"{number},the {number}th text of all,{'xy'[number % 2]}\n" for number in range(9))
        assert guess_columns(write("news.csv", "n,words,kind\n" + rows)) == Columns("words", "kind")

    def test_other_languages_columns_can_be_named(self, write):
        path = write("news.csv", "Sparte,Absatz\nSport,Das Spiel\n")
        assert texts(path, Columns("Absatz", "Sparte")) == ["Das Spiel"]
        with pytest.raises(AttributionError, match=r"no column 'text'. Its columns are: Sparte, Absatz"):
            list(read_documents(path, Columns("text")))

    def test_a_preview_shows_the_first_rows(self, write):
        path = write("news.csv", "text,label\none,a\ntwo,b\n")
        assert preview(path, 1) == [{"text": "one", "label": "a"}]

    def test_a_preview_goes_on_after_broken_rows(self, write):
        path = write("news.csv", "text,label\none, two,a\nthree,b\n")
        assert preview(path, 1) == [{"text": "three", "label": "b"}]
