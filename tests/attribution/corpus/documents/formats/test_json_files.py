"""JSON as programs and annotation tools write it: lines, arrays, objects that go on, columns, and keys for names."""

import json

import pandas as pd
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, describe_format, preview, read_documents
from attribution.corpus.documents import Format
from attribution.corpus.documents.formats import json_files
from attribution.corpus.documents.formats.json_files import JsonTable, to_fields

ROWS = [
    {"text": "One two three.", "label": "a"},
    {"text": "Four\nfive.", "label": "b"},
    {"text": "Six é.", "label": "a"},
]
PAIRS = [(row["text"], (row["label"],)) for row in ROWS]


def pairs(path):
    found = list(read_documents(path))
    assert [document.error for document in found] == [None] * len(found)
    return [(document.text, document.gold) for document in found]


@pytest.mark.parametrize("orient", ["records", "columns", "index", "split", "table"])
@pytest.mark.parametrize("indent", [None, 2])
def test_all_that_pandas_writes(write, orient, indent):
    path = write("news.json", pd.DataFrame(ROWS).to_json(orient=orient, indent=indent))
    assert pairs(path) == PAIRS


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"data": ROWS}),
        json.dumps({"version": "1", "data": ROWS}, indent=1),
        json.dumps({"info": {"version": 1, "by": "us"}, "data": ROWS}),
        json.dumps({"description": "Reviews of ours", "data": ROWS}),
        json.dumps({"title": "Reviews", "id": "7", "items": ROWS}),
        json.dumps({"text": [text for text, _ in PAIRS], "label": [gold for _, (gold,) in PAIRS]}),
        json.dumps({name: {f"r{place}": row[name] for place, row in enumerate(ROWS)} for name in ("text", "label")}),
        json.dumps(dict(zip(("17", "x", "y"), ROWS, strict=True))),
        json.dumps({"rows": [{"row_idx": place, "row": row} for place, row in enumerate(ROWS)]}),
        "\n".join(json.dumps(row, indent=2) for row in ROWS),
        "".join(map(json.dumps, ROWS)),
        "\ufeff" + json.dumps(ROWS),
        "\n\n" + json.dumps(ROWS, indent=4) + "\n",
    ],
)
def test_what_other_programs_write(write, content):
    assert pairs(write("news.json", content)) == PAIRS


def test_an_array_may_be_in_a_file_of_lines_and_lines_in_one_of_json(write):
    assert pairs(write("news.jsonl", json.dumps(ROWS))) == PAIRS
    assert pairs(write("news.json", "\n".join(map(json.dumps, ROWS)))) == PAIRS


def test_an_array_is_read_as_a_stream_and_its_end_may_be_missing(write, monkeypatch):
    rows = [{"text": f"{place} " + "x" * (place % 50), "label": "é" * (place % 3)} for place in range(300)]
    content = json.dumps(rows, indent=1, ensure_ascii=False)
    with monkeypatch.context() as patch:
        patch.setattr("attribution.corpus.documents.formats.json_values._CHUNK", 7)
        table = JsonTable(write("news.json", content), Format())
        assert [dict(row.cells) for row in table.rows()] == rows
    found = list(read_documents(write("news.json", content[:-100]), Columns("text")))
    assert [document.text for document in found[:290]] == [row["text"] for row in rows[:290]]
    assert "breaks off" in found[-1].error


def test_lines_of_one_document_are_no_container(write):
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
def test_exports_of_annotation_tools(write, line, pair):
    others = [
        {**line, "text": "Two three."} if "text" in line else line,
        json.loads(json.dumps(line).replace("One.", "Four five six.")),
    ]
    assert pairs(write("export.jsonl", "\n".join(map(json.dumps, [line, *others]))))[0] == pair
    assert pairs(write("export.json", json.dumps([line, *others])))[0] == pair


def test_a_value_that_is_deep_breaks_nothing(write):
    deep = '{"text": "One.", "x": ' + '{"a": ' * 900 + "1" + "}" * 900 + "}"
    assert pairs(write("news.jsonl", deep))[0][0] == "One."
    found = list(read_documents(write("news.jsonl", '{"text": "One."}\n' + "[" * 100_000)))
    assert found[0].error is None
    assert "more deeply than can be read" in found[1].error


class TestOneBadRow:
    """What one row holds costs no other row."""

    @pytest.mark.parametrize("depth", [*range(970, 1010), 5000, 100_000])
    @pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a": ', "}"), ('{"": ', "}"), ('["]}\\"", ', "]")])
    def test_that_is_deep(self, write, depth, opened, closed):
        deep = '{"text": "Two.", "x": ' + opened * depth + "1" + closed * depth + "}"
        for name, content in (
            ("news.jsonl", f'{{"text": "One."}}\n{deep}\n{{"text": "Three."}}'),
            ("news.json", f'[{{"text": "One."}}, {deep}, {{"text": "Three."}}]'),
        ):
            table = JsonTable(write(name, content), Format())
            found = list(table.rows())
            assert [row.cells.get("text") for row in found] in (["One.", "Two.", "Three."], ["One.", None, "Three."])
            if depth >= 1000:
                assert found[1].error == "The row holds values in values in values, more deeply than can be read."

    def test_that_is_deep_and_has_no_end(self, write):
        found = list(read_documents(write("news.json", '[{"text": "One."}, ' + "[" * 100_000), Columns("text")))
        assert [one.error for one in found] == [
            None,
            "The row holds values in values in values, more deeply than can be read.",
            "The file is not JSON from here on, or breaks off, and nothing more of it is read.",
        ]

    def test_that_is_skipped_a_few_letters_at_a_time(self, write, monkeypatch):
        deep = '["a\\"]", ' * 2000 + "1" + "]" * 2000
        path = write("news.json", f'[{{"text": "One."}}, {deep}, {{"text": "[Two."}}]')
        with monkeypatch.context() as patch:
            patch.setattr("attribution.corpus.documents.formats.json_values._CHUNK", 7)
            found = [row.cells.get("text") for row in JsonTable(path, Format()).rows()]
        assert found == ["One.", None, "[Two."]

    @pytest.mark.parametrize("digits", [4300, 4301, 1_000_000])
    def test_that_has_a_number_of_a_million_digits(self, write, digits):
        rows = f'{{"text": "One.", "n": 1}}\n{{"text": "Two.", "n": -{"9" * digits}}}\n{{"text": "Three.", "n": 3}}'
        for path in (write("n.jsonl", rows), write("n.json", f"[{','.join(rows.splitlines())}]")):
            found = [one.gold for one in read_documents(path, Columns("text", "n"))]
            assert found == [("1",), (f"-{'9' * digits}",), ("3",)]

    def test_that_is_longer_than_any_is_one_row(self, write, monkeypatch):
        monkeypatch.setattr("attribution.corpus.documents.formats.encoding.LONGEST_LINE", 100)
        monkeypatch.setattr("attribution.corpus.documents.formats.json_values.LONGEST_LINE", 100)
        path = write("news.jsonl", f'{{"text": "One."}}\n{{"text": "{"x" * 950}"}}\n{{"text": "Three."}}')
        found = list(JsonTable(path, Format()).rows())
        assert [row.cells.get("text") for row in found] == ["One.", None, "Three."]
        assert [row.line for row in found] == [1, 2, 3]
        assert found[1].error == "The line has 100 characters or more, and is not read."

    def test_with_keys_by_the_hundred_thousand_within_keys(self, write):
        keys = ", ".join(f'"k{place}": "x"' for place in range(100_000))
        path = write("news.jsonl", '{"text": "One.", "x": ' + '{"a": ' * 48 + f"{{{keys}}}" + "}" * 48 + "}")
        with pytest.raises(AttributionError, match="more than 5,000 different keys"):
            list(read_documents(path))


def test_a_table_by_columns_may_lack_cells(write):
    table = {"text": {"0": "One.", "1": "Two.", "2": "Three."}, "label": {"0": "a", "2": "b"}}
    assert pairs(write("news.json", json.dumps(table))) == [("One.", ("a",)), ("Two.", None), ("Three.", ("b",))]


def test_a_single_line_is_a_document(write):
    assert pairs(write("news.json", json.dumps(ROWS[0]))) == PAIRS[:1]
    assert pairs(write("news.jsonl", json.dumps(ROWS[0]))) == PAIRS[:1]


def test_what_stands_behind_an_array_is_said(write):
    found = list(read_documents(write("news.json", json.dumps(ROWS) + "\n" + json.dumps(ROWS))))
    assert [one.error for one in found] == [
        *(None, None, None),
        "What follows the array of the file is not read.",
    ]


@pytest.mark.parametrize(
    "content", [json.dumps(ROWS)[:-5], json.dumps(ROWS)[:-1], json.dumps(ROWS).replace(", {", " {{")]
)
def test_an_array_that_breaks_off_is_said(write, content):
    found = list(read_documents(write("news.json", content)))
    assert (found[0].text, found[0].error) == ("One two three.", None)
    assert found[-1].error


def test_no_number_is_nothing_said(write):
    path = write(
        "news.jsonl",
        '{"text": "One.", "label": NaN}\n{"text": "Two.", "label": null}\n{"text": "Three.", "label": "a"}',
    )
    assert [gold for _, gold in pairs(path)] == [None, None, ("a",)]


def test_cats_of_which_none_holds_are_an_empty_list(write):
    rows = [
        {"text": "One.", "cats": {"a": 1, "b": 0}},
        {"text": "Two.", "cats": {"a": 0, "b": 0}},
        {"text": "Three.", "cats": {}},
    ]
    assert [gold for _, gold in pairs(write("news.jsonl", "\n".join(map(json.dumps, rows))))] == [("a",), (), ()]


def test_what_label_studio_exports_with_one_choice_or_several(write):
    rows = [{"text": "One.", "label": "a"}, {"text": "Two.", "label": {"choices": ["a", "b"]}}, {"text": "Three."}]
    assert [gold for _, gold in pairs(write("export.json", json.dumps(rows)))] == [("a",), ("a", "b"), None]


def test_names_that_come_late_are_columns(write):
    rows = [{"text": f"One {place}."} for place in range(1500)] + [{"text": "Last.", "label": "a"}]
    path = write("news.jsonl", "\n".join(map(json.dumps, rows)))
    assert pairs(path)[-1] == ("Last.", ("a",))
    assert list(preview(path, 1)[0]) == ["text", "label"]


def test_where_not_all_of_a_large_file_was_searched_for_names_that_is_said(write, monkeypatch):
    rows = [{"text": f"One {place}."} for place in range(1500)] + [{"text": "Last.", "label": "a"}]
    path = write("news.jsonl", "\n".join(map(json.dumps, rows)))
    assert JsonTable(path, Format()).kind == "JSON Lines"
    monkeypatch.setattr(json_files, "_LOOKED_THROUGH", path.stat().st_size - 1)
    table = JsonTable(path, Format())
    assert (list(table.names), table.kind) == (["text"], "JSON Lines, with the columns of its first 1,000 objects")


@pytest.mark.parametrize(
    "wide", [{"meta": {"a": 1, "b": {"c": 2}}}, {"cats": {"x": 1}}, {"annotations": [{"result": []}]}]
)
def test_a_name_in_another_object_is_a_column_wherever_it_comes(write, wide):
    """Objects with known keys alone are passed over, unless what is in them may name columns as well."""
    rows = [{"text": "One.", **dict.fromkeys(wide)}] * 3 + [{"text": "Two.", **wide}]
    path = write("news.jsonl", "\n".join(map(json.dumps, rows)))
    expected = dict.fromkeys(name for row in rows for name in to_fields(row))
    assert list(JsonTable(path, Format()).names) == list(expected)


def test_names_without_end_are_one_sentence(write):
    rows = [{f"{place}-{part}": 1 for part in range(100)} for place in range(70)]
    with pytest.raises(AttributionError, match="more than 5,000 different keys"):
        list(read_documents(write("news.jsonl", "\n".join(map(json.dumps, rows)))))


def test_many_objects_without_a_line_between_them(write):
    path = write("news.json", json.dumps(ROWS[0], indent=1) * 20_000)
    assert len(pairs(path)) == 20_000
    assert describe_format(path) == "JSON, UTF-8"
