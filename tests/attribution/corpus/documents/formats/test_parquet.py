"""Parquet files, as pandas and Hugging Face's `datasets` write them."""

import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, preview, read_documents


def pairs(path):
    return [(document.text, document.gold) for document in read_documents(path)]


def test_numbers_of_classes_have_their_names_beside_them(tmp_path):
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
def test_what_is_said_wrongly_is_as_if_nothing_were(tmp_path, said):
    table = pa.table({"text": ["One two.", "Three."], "label": [1, 0]})
    pq.write_table(table.replace_schema_metadata({"huggingface": said}), tmp_path / "news.parquet")
    assert [gold for _, gold in pairs(tmp_path / "news.parquet")] == [("1",), ("0",)]


def test_values_of_other_kinds_are_texts_of_cells(tmp_path):
    table = pa.table(
        {
            "text": ["One.", "Two."],
            "label": pa.array([decimal.Decimal("1.50"), None]),
            "day": pa.array([datetime.date(2020, 1, 2), None]),
            "late": pa.array([2**62, 0], pa.timestamp("us")),
            "bytes": [b"a", b"\xff"],
        }
    )
    pq.write_table(table, tmp_path / "news.parquet")
    assert preview(tmp_path / "news.parquet") == [
        {"text": "One.", "label": "1.50", "day": "2020-01-02", "late": None, "bytes": "a"},
        {"text": "Two.", "label": None, "day": None, "late": None, "bytes": "?"},
    ]


def test_damaged_pages_are_said_and_what_is_before_them_is_read(tmp_path):
    path = tmp_path / "news.parquet"
    rows = 4000
    texts = [f"Text {place} " + "".join(chr(97 + (place * part) % 26) for part in range(60)) for place in range(rows)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=1000, use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4 : len(content) * 3 // 4 + 200] = b"\xff" * 200
    path.write_bytes(content)
    found = list(read_documents(path, Columns("text")))
    assert [one.text for one in found[:2000]] == texts[:2000]
    assert "damaged from here on" in found[-1].error


def test_names_that_are_no_utf_8_are_one_sentence(tmp_path):
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": ["One."], "label": ["a"]}), path)
    path.write_bytes(path.read_bytes().replace(b"label", b"l\xefbel"))
    with pytest.raises(AttributionError, match="cannot be read as a Parquet file"):
        list(read_documents(path))
