"""Files as annotation tools, data set hubs and other programs write them."""

import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, describe_format, guess_columns, read_documents
from attribution.corpus.documents import files

ROWS = [
    {"text": "One two three.", "label": "a"},
    {"text": "Four\nfive.", "label": "b"},
    {"text": "Six é.", "label": "a"},
]
PAIRS = [(row["text"], (row["label"],)) for row in ROWS]


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def pairs(path):
    found = list(read_documents(path))
    assert [document.error for document in found] == [None] * len(found)
    return [(document.text, document.gold) for document in found]


class TestJson:
    @pytest.mark.parametrize("orient", ["records", "columns", "index", "split", "table"])
    @pytest.mark.parametrize("indent", [None, 2])
    def test_all_that_pandas_writes(self, write, orient, indent):
        path = write("news.json", pd.DataFrame(ROWS).to_json(orient=orient, indent=indent))
        assert pairs(path) == PAIRS

    @pytest.mark.parametrize(
        "content",
        [
            json.dumps({"data": ROWS}),
            json.dumps({"version": "1", "data": ROWS}, indent=1),
            json.dumps({"text": [text for text, _ in PAIRS], "label": [gold for _, (gold,) in PAIRS]}),
            json.dumps({"rows": [{"row_idx": place, "row": row} for place, row in enumerate(ROWS)]}),
            "\n".join(json.dumps(row, indent=2) for row in ROWS),
            "\ufeff" + json.dumps(ROWS),
            "\n\n" + json.dumps(ROWS, indent=4) + "\n",
        ],
    )
    def test_what_other_programs_write(self, write, content):
        assert pairs(write("news.json", content)) == PAIRS

    def test_an_array_may_be_in_a_file_of_lines_and_lines_in_one_of_json(self, write):
        assert pairs(write("news.jsonl", json.dumps(ROWS))) == PAIRS
        assert pairs(write("news.json", "\n".join(map(json.dumps, ROWS)))) == PAIRS

    def test_an_array_is_read_as_a_stream_and_its_end_may_be_missing(self, write, monkeypatch):
        monkeypatch.setattr("attribution.corpus.documents.json_values._CHUNK", 7)
        rows = [{"text": f"{place} " + "x" * (place % 50), "label": "é" * (place % 3)} for place in range(300)]
        content = json.dumps(rows, indent=1, ensure_ascii=False)
        assert [text for text, _ in pairs(write("news.json", content))] == [row["text"] for row in rows]
        found = list(read_documents(write("news.json", content[:-100]), Columns("text")))
        assert [document.text for document in found[:290]] == [row["text"] for row in rows[:290]]
        assert "breaks off" in found[-1].error

    def test_lines_of_one_document_are_no_container(self, write):
        assert pairs(write("news.jsonl", '{"text": "One.", "labels": ["a", "b"]}')) == [("One.", ("a", "b"))]

    @pytest.mark.parametrize(
        ("line", "pair"),
        [
            ({"id": 1, "text": "One.", "label": ["a", "b"]}, ("One.", ("a", "b"))),  # doccano
            ({"text": "One.", "label": "a", "answer": "accept"}, ("One.", ("a",))),  # Prodigy
            ({"text": "One.", "label": "a", "answer": "reject"}, ("One.", None)),
            ({"text": "One.", "accept": ["a"], "options": [{"id": "a"}], "answer": "accept"}, ("One.", ("a",))),
            ({"text": "One.", "accept": ["a"], "answer": "ignore"}, ("One.", None)),
            (
                {"data": {"text": "One."}, "annotations": [{"result": [{"value": {"choices": ["a", "b"]}}]}]},
                ("One.", ("a", "b")),
            ),  # Label Studio
            (
                {"data": {"text": "One."}, "annotations": [{"result": [{"value": {"choices": [c]}}]} for c in "ab"]},
                ("One.", None),
            ),  # two annotators who differ
            ({"text": "One.", "sentiment": {"choices": ["a", "b"]}, "annotator": 1}, ("One.", ("a", "b"))),
            ({"fields": {"text": "One."}, "responses": {"label": [{"value": "a", "user_id": "x"}]}}, ("One.", ("a",))),
            ({"text": "One.", "annotation": "a", "status": "Validated"}, ("One.", ("a",))),  # Argilla
            ({"text": "One.", "cats": {"a": 1, "b": 0}}, ("One.", ("a",))),  # spaCy
        ],
    )
    def test_exports_of_annotation_tools(self, write, line, pair):
        others = [
            {**line, "text": "Two three."} if "text" in line else line,
            json.loads(json.dumps(line).replace("One.", "Four five six.")),
        ]
        assert pairs(write("export.jsonl", "\n".join(map(json.dumps, [line, *others]))))[0] == pair
        assert pairs(write("export.json", json.dumps([line, *others])))[0] == pair

    def test_a_value_that_is_deep_breaks_nothing(self, write):
        deep = '{"text": "One.", "x": ' + '{"a": ' * 900 + "1" + "}" * 900 + "}"
        assert pairs(write("news.jsonl", deep))[0][0] == "One."
        found = list(read_documents(write("news.jsonl", '{"text": "One."}\n' + "[" * 100_000)))
        assert found[0].error is None
        assert "not JSON" in found[1].error


class TestExcel:
    @pytest.mark.parametrize("header", [True, False])
    def test_a_sheet_is_read_with_its_numbers_whole(self, tmp_path, header):
        path = tmp_path / "news.xlsx"
        write_workbook(
            path,
            {"Sheet 1": [*([["text", "label", "n"]] if header else []), ["One, two.", "a", 3], ["Four.", "b", 2.5]]},
        )
        assert pairs(path) == [("One, two.", ("a",)), ("Four.", ("b",))]
        assert describe_format(path) == f"Excel, sheet 'Sheet 1', {'a' if header else 'no'} header"
        assert next(
            read_documents(path, Columns("text" if header else "column 1", "n" if header else "column 3"))
        ).gold == ("3",)

    def test_other_sheets_are_said(self, tmp_path):
        path = tmp_path / "news.xlsx"
        write_workbook(path, {"empty": [], "A": [["text"], ["One."]], "B": [["text"], ["Two."]]})
        assert [text for text, _ in pairs(path)] == ["One."]
        assert "sheet 'A' of 2 (the others are not read)" in describe_format(path)

    def test_one_that_unpacks_to_more_than_memory_is_refused(self, tmp_path, monkeypatch):
        path = tmp_path / "news.xlsx"
        write_workbook(path, {"A": [["text"], ["One."]]})
        monkeypatch.setattr(files, "_MOST_SHEET_BYTES", 100)
        with pytest.raises(AttributionError, match="Save it as CSV"):
            list(read_documents(path))
        monkeypatch.undo()
        monkeypatch.setattr(files, "_MOST_CELLS", 1)
        with pytest.raises(AttributionError, match="too large"):
            list(read_documents(path))


def write_workbook(path, sheets):
    """A workbook by the letter of ECMA-376, of texts and numbers alone."""
    names = [f"sheet{place}" for place in range(1, len(sheets) + 1)]
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
            'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
            '.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{title}" sheetId="{place}" r:id="{name}"/>'
            for place, (name, title) in enumerate(zip(names, sheets, strict=True), 1)
        )
        archive.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{office}"><sheets>{listed}</sheets></workbook>')
        targets = "".join(
            f'<Relationship Id="{name}" Type="{office}/worksheet" Target="worksheets/{name}.xml"/>' for name in names
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{targets}</Relationships>'
        )
        for name, rows in zip(names, sheets.values(), strict=True):
            body = "".join(f"<row>{''.join(map(write_cell, row))}</row>" for row in rows)
            archive.writestr(
                f"xl/worksheets/{name}.xml", f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>"
            )


def write_cell(value):
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"


class TestParquet:
    def test_numbers_of_classes_have_their_names_beside_them(self, tmp_path):
        names = ["world", "sport"]
        for kind, values, golds in (
            ({"names": names, "_type": "ClassLabel"}, [1, 0, -1], [("sport",), ("world",), None]),
            (
                {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"},
                [[0, 1], [], [1]],
                [("world", "sport"), (), ("sport",)],
            ),
            ([{"names": names, "_type": "ClassLabel"}], [[0], [1], []], [("world",), ("sport",), ()]),
        ):
            table = pa.table({"text": ["One two.", "Three.", "Four."], "label": values})
            said = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": kind}}}
            pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(said)}), tmp_path / "news.parquet")
            assert [gold for _, gold in pairs(tmp_path / "news.parquet")] == golds

    @pytest.mark.parametrize(
        "said", [b"", b"[]", b'{"info": 3}', b'{"info": {"features": {"label": {"_type": "ClassLabel"}}}}']
    )
    def test_what_is_said_wrongly_is_as_if_nothing_were(self, tmp_path, said):
        table = pa.table({"text": ["One two.", "Three."], "label": [1, 0]})
        pq.write_table(table.replace_schema_metadata({"huggingface": said}), tmp_path / "news.parquet")
        assert [gold for _, gold in pairs(tmp_path / "news.parquet")] == [("1",), ("0",)]


class TestRefused:
    @pytest.mark.parametrize("name", ["eng.train.txt", "eng.tsv"])
    def test_words_with_tags_are_no_texts_with_labels(self, write, name):
        lines = ["EU B-ORG", "rejects O", "German B-MISC", "call O", "", "Peter B-PER", "Blackburn I-PER", ""] * 3
        parted = lines if name.endswith("txt") else [line.replace(" ", "\t") for line in lines]
        with pytest.raises(AttributionError, match="a word a line with its tag"):
            guess_columns(write(name, "\n".join(parted)))


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ".csv"), ("a.b.CSV.GZ", ".CSV.GZ"), ("a.docx.gz", ""), ("a.gz", ""), (".gz", ""), ("", ""), ("csv", "")],
)
def test_the_ending_of_a_name_tells_what_a_file_is(name, ending):
    assert files.find_ending(name) == ending
