"""Files that take more than they may: a process of its own reads them, and one sentence is what is left of it."""

import gc
import gzip
import json
import os
import resource
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus import Columns, read_documents
from attribution.corpus.documents import Format
from attribution.corpus.documents.formats import isolated
from attribution.corpus.documents.formats.isolated import IsolatedTable
from attribution.corpus.documents.formats.limits import get_megabytes, get_seconds
from attribution.corpus.documents.formats.reader_process import KINDS
from attribution.processes import light
from tests.attribution.corpus.documents.formats.test_workbooks import write_workbook
from tests.attribution.test_start import HEAVY, find_imports, roots

MEMORY = r"takes more than \d+ MB of memory, the limit for a file of its size\. Save it as CSV\."
ROWS = [{"text": f"Text {place} é \udc80.", "label": "a" if place % 3 else None} for place in range(2000)]


@pytest.fixture
def lines(write):
    return write("news.jsonl", "\n".join(map(json.dumps, ROWS)))


def repeat(text: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def shorten_patience(monkeypatch) -> None:
    """Let a reader, which may compute for a second, wait for no more than one."""
    monkeypatch.setattr(isolated, "get_seconds", lambda size, *, packed: 1)
    patient = light.START.replace(".main(", ".PATIENCE = 1\nsys.modules[module].main(")
    monkeypatch.setattr(light, "START", patient)


def list_children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


class TestRows:
    @pytest.mark.parametrize("kind", ["json", "parquet", "excel"])
    def test_they_are_those_that_are_read_here(self, tmp_path, lines, kind):
        path = {"json": lines, "parquet": tmp_path / "news.parquet", "excel": tmp_path / "news.xlsx"}[kind]
        if kind == "parquet":
            pq.write_table(pa.table({"text": ["One.", None], "label": [["a"], []], "x": [b"\xff", b"x"]}), path)
        if kind == "excel":
            write_workbook(path, {"A": [["text", "label"], ["One.", "a"], ["Two.", 2]], "B": [["x"]]})
        here, there = KINDS[kind](path, Format()), IsolatedTable(kind, path, Format())
        assert (list(there.names), there.kind, there.format) == (list(here.names), here.kind, here.format)
        assert list(there.rows()) == list(here.rows()) == list(there.rows())

    def test_the_process_ends_with_whoever_reads(self, lines):
        before = list_children()
        table = IsolatedTable("json", lines, Format())
        rows = table.rows()
        assert next(rows).cells["text"] == ROWS[0]["text"]
        assert len(list_children() - before) == 1
        rows.close()
        assert list_children() == before
        table = IsolatedTable("json", lines, Format())
        del table
        gc.collect()
        assert list_children() == before


class TestLimits:
    @pytest.mark.parametrize("store_schema", [True, False])
    def test_one_text_of_a_parquet_file_repeated_without_end(self, tmp_path, store_schema):
        path = tmp_path / "news.parquet"
        table = pa.table({"text": repeat("a" * 5_000_000, 1_000_000)})
        pq.write_table(table, path, compression="zstd", store_schema=store_schema)
        assert path.stat().st_size < 10_000
        with pytest.raises(AttributionError, match=f"{MEMORY}|unpacks to more than 200 times its size"):
            list(read_documents(path, Columns("text")))

    def test_short_texts_repeated_without_end(self, tmp_path):
        path = tmp_path / "news.parquet"
        pq.write_table(pa.table({"text": repeat("a" * 10_000, 50_000)}), path, compression="zstd", store_schema=False)
        with pytest.raises(AttributionError, match="unpacks to more than 200 times its size, unlike any file of texts"):
            list(read_documents(path, Columns("text")))

    def test_rows_without_end(self, tmp_path):
        path = tmp_path / "news.parquet"
        pq.write_table(pa.table({"text": repeat("a", 20_000_000)}), path, store_schema=False)
        with pytest.raises(
            AttributionError, match=r"says that it has 20,000,000 rows in .* kB, unlike any file of texts"
        ):
            list(read_documents(path, Columns("text")))

    @pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY"])
    def test_pages_that_unpack_to_gigabytes(self, tmp_path, encoding):
        path = tmp_path / "news.parquet"
        texts = pa.table({"text": ["c" * 1_000_000] * 1000})
        pq.write_table(
            texts,
            path,
            compression="zstd",
            use_dictionary=False,
            data_page_size=1 << 30,
            column_encoding={"text": encoding},
        )
        assert path.stat().st_size < 100_000
        with pytest.raises(AttributionError, match=MEMORY):
            list(read_documents(path, Columns("text")))

    def test_a_list_of_millions_of_values(self, tmp_path):
        path = tmp_path / "news.parquet"
        values = pa.ListArray.from_arrays(pa.array([0, 40_000_000], pa.int32()), np.zeros(40_000_000, np.int8))
        pq.write_table(pa.table({"text": ["One."], "x": values}), path, compression="zstd")
        with pytest.raises(AttributionError, match=MEMORY):
            list(read_documents(path, Columns("text")))

    def test_columns_within_columns(self, tmp_path):
        path, column = tmp_path / "news.parquet", pa.array([1])
        for _ in range(150):
            column = pa.StructArray.from_arrays([column], ["x"])
        pq.write_table(pa.table({"text": ["One."], "x": column}), path)
        with pytest.raises(AttributionError, match="cannot be read as a Parquet file"):
            list(read_documents(path, Columns("text")))

    def test_an_object_of_json_that_is_all_brackets(self, write):
        path = write("news.json.gz", gzip.compress(b'{"text": "One.",\n"x": [' + b"[]," * 10_000_000 + b"[]]}", 1))
        with pytest.raises(AttributionError, match=f"cannot be read as JSON: it {MEMORY}"):
            list(read_documents(path))

    def test_a_sheet_that_unpacks_to_gigabytes(self, tmp_path):
        write_workbook(tmp_path / "small.xlsx", {"A": [["text", "label"], ["One.", "a"]]})
        row = b"<row><c><v>1</v></c><c><v>2</v></c></row>"
        with zipfile.ZipFile(tmp_path / "small.xlsx") as small, zipfile.ZipFile(tmp_path / "n.xlsx", "w", 8) as large:
            for name in small.namelist():
                content = small.read(name)
                if name.endswith("sheet1.xml"):
                    content = content.replace(b"</sheetData>", row * 8_000_000 + b"</sheetData>")
                large.writestr(name, content)
        with pytest.raises(AttributionError, match=f"n.xlsx cannot be read as an Excel file: .*{MEMORY}"):
            list(read_documents(tmp_path / "n.xlsx"))

    def test_time_is_the_processors(self, write, monkeypatch):
        monkeypatch.setattr(isolated, "get_seconds", lambda size, *, packed: 1)
        path = write("news.jsonl", '{"text": "x"}\n' * 2_000_000)
        before = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        with pytest.raises(
            AttributionError, match="takes more than 1 seconds of computing, the limit for a file of its"
        ):
            list(read_documents(path))
        assert time.process_time() - before[0] < 1
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before[1] < 4

    def test_a_file_that_never_comes(self, tmp_path, monkeypatch):
        shorten_patience(monkeypatch)
        os.mkfifo(tmp_path / "news.jsonl")
        writer = os.open(tmp_path / "news.jsonl", os.O_RDWR)
        try:
            with pytest.raises(AttributionError, match=r"takes more than 10 seconds, the limit for a file of its size"):
                IsolatedTable("json", tmp_path / "news.jsonl", Format())
        finally:
            os.close(writer)

    def test_who_reads_may_take_longer(self, write, monkeypatch):
        shorten_patience(monkeypatch)
        rows = IsolatedTable("json", write("news.jsonl", f'{{"text": "{"x" * 100}"}}\n' * 20_000), Format()).rows()
        next(rows)
        time.sleep(1.5)
        assert sum(1 for _ in rows) == 19_999

    def test_time_begins_anew_with_every_few_rows(self, tmp_path, monkeypatch):
        monkeypatch.setattr(isolated, "get_seconds", lambda size, *, packed: 1)
        pq.write_table(pa.table({"text": [f"Text {place}." for place in range(600_000)]}), tmp_path / "news.parquet")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert sum(1 for _ in IsolatedTable("parquet", tmp_path / "news.parquet", Format()).rows()) == 600_000
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before > 1

    def test_a_reader_that_crashes(self, write, monkeypatch):
        monkeypatch.setattr(light, "START", "import os; os.abort()")
        with pytest.raises(AttributionError, match=r"cannot be read as JSON: it makes its reader crash, or takes more"):
            list(read_documents(write("news.jsonl", '{"text": "One."}')))

    def test_a_cell_and_a_row_have_a_length(self, write):
        long = ["x" * 15_000_000, "x" * 900_000]
        rows = [{"text": "One."}, {"text": "Two.", "x": ["y", *long, *long[1:]]}, {"text": "Three."}]
        found = list(read_documents(write("news.json", json.dumps({"data": rows}, indent=1)), Columns("text")))
        assert [one.error for one in found] == [
            None,
            "A cell of 16,800,017 characters: at most 16,000,000 are read.",
            None,
        ]

    def test_more_is_allowed_to_larger_files(self):
        assert [get_megabytes(size << 20, packed=False) for size in (0, 64, 10_000)] == [512, 896, 2048]
        assert get_megabytes(8 << 20, packed=True) == get_megabytes(64 << 20, packed=False)
        assert get_seconds(64 << 20, packed=False) == 10
        assert get_seconds(1000 << 20, packed=True) == 20


class TestStart:
    @pytest.mark.parametrize("kind", ["json", "parquet"])
    def test_it_imports_little(self, tmp_path, lines, kind):
        path = lines if kind == "json" else tmp_path / "news.parquet"
        if kind == "parquet":
            pq.write_table(pa.table({"text": ["One."]}), path)
        found = find_imports(*light.make_command(isolated._PROCESS, kind, path, "{}", 1024, 10)[1:])
        assert HEAVY & roots(found) <= ({"numpy"} if kind == "parquet" else set())
        assert "attribution.corpus.documents.source" not in found
