"""Parquet files, as pandas and Hugging Face's `datasets` write them."""

import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, preview, read_documents
from attribution.corpus.documents.formats.parquet import _to_texts


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
        {"text": "Two.", "label": None, "day": None, "late": "1970-01-01 00:00:00", "bytes": "?"},
    ]


def test_a_date_that_is_none_costs_no_other(tmp_path):
    table = pa.table({"text": ["One.", "Two.", "Three."], "late": pa.array([0, 2**62, 0], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "news.parquet")
    assert [row["late"] for row in preview(tmp_path / "news.parquet")] == [
        "1970-01-01 00:00:00",
        None,
        "1970-01-01 00:00:00",
    ]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.list_(pa.string())])
def test_a_dictionary_is_what_it_stands_for(tmp_path, kind):
    values = [["One."], ["Two."], None] if pa.types.is_list(kind) else ["One.", "Two.", None]
    known = pa.array(values, kind)
    cells = pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 2, 1]), known)
    assert _to_texts(cells) == _to_texts(known.take(pa.array([1, 0, None, 2, 1])))


def test_damaged_pages_are_said_and_what_is_around_them_is_read(tmp_path):
    path = tmp_path / "news.parquet"
    rows = 4000
    texts = [f"Text {place} " + "".join(chr(97 + (place * part) % 26) for part in range(60)) for place in range(rows)]
    small = {"use_dictionary": False, "data_page_size": 4000, "write_batch_size": 50}
    pq.write_table(pa.table({"text": texts}), path, row_group_size=1000, **small)
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(1).column(0)
    content, middle = bytearray(path.read_bytes()), column.data_page_offset + column.total_compressed_size // 2
    content[middle : middle + 200] = b"\xff" * 200
    path.write_bytes(content)
    found = list(read_documents(path, Columns("text")))
    assert len(found) == rows
    bad = [one.number for one in found if one.error]
    assert bad == list(range(bad[0], 2000))
    assert bad[0] in range(1001, 1999)
    assert [one.text for one in found if not one.error] == [*texts[: bad[0]], *texts[2000:]]
    assert all("is in a damaged part of the file, which cannot be read: " in found[place].error for place in bad)


def test_names_that_are_no_utf_8_are_one_sentence(tmp_path):
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": ["One."], "label": ["a"]}), path)
    path.write_bytes(path.read_bytes().replace(b"label", b"l\xefbel"))
    with pytest.raises(AttributionError, match="cannot be read as a Parquet file"):
        list(read_documents(path))
