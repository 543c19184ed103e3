import csv
import json

import pandas as pd
import pytest

from attribution.corpus import Columns, read_documents
from attribution.corpus.findings.export import export
from tests.runs import DOCUMENT, LABELS, draw_run


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("table", ["documents", "words"])
def test_one_file_holds_every_row(tmp_path, table, kind):
    drawn = draw_run(tmp_path / "run", explained="all")
    path = export(drawn.folder, table, kind, LABELS)
    found = pd.read_parquet(path) if kind == "parquet" else pd.read_csv(path, keep_default_na=False)
    rows = getattr(drawn, table)
    assert len(found) == len(rows)
    column = "number" if table == "documents" else "word"
    assert list(found[column]) == [row[column] for row in sorted(rows, key=_place(table))]
    assert export(drawn.folder, table, kind, LABELS) == path


@pytest.mark.parametrize("old", [1, 3])
def test_parts_of_before_the_scores_were_written_still_open(tmp_path, old):
    drawn = draw_run(tmp_path / "run", part=20, failed=0, old_parts=old)
    found = pd.read_parquet(export(drawn.folder, "documents", "parquet", LABELS))
    assert list(found["number"]) == list(range(60))
    assert list(found.columns) == [*DOCUMENT.names]
    later = [row["score"] for row in drawn.documents[20 * old :]]
    assert found["score"].isna().sum() == 20 * old
    assert list(found["score"].dropna()) == pytest.approx(later)
    words = pd.read_parquet(export(drawn.folder, "words", "parquet", LABELS))
    sums = words.groupby("document")["attribution"].sum()[20 * old :]
    assert later == pytest.approx(list(sums))


def test_lists_can_be_read_back_from_csv(tmp_path):
    drawn = draw_run(tmp_path / "run", multi_label=True, failed=0)
    found = pd.read_csv(export(drawn.folder, "documents", "csv", LABELS, multi_label=True))
    assert [json.loads(cell) for cell in found["gold"]] == [row["gold"].split(" | ") for row in drawn.documents]
    assert [json.loads(cell) for cell in found["assigned"]] == [row["assigned"] for row in drawn.documents]


def _place(table):
    if table == "documents":
        return lambda row: row["number"]
    return lambda row: (row["document"], row["label"], row["position"])


def test_what_came_later_is_written_anew(tmp_path):
    drawn = draw_run(tmp_path / "run", part=10)
    first = export(drawn.folder, "documents", "csv", LABELS)
    sorted((drawn.folder / "documents").iterdir())[-1].unlink()
    second = export(drawn.folder, "documents", "csv", LABELS)
    assert first != second
    assert not first.exists()
    assert len(pd.read_csv(second)) == 50


WORDS = ("=1+1", "+2", "-3", "@x", "'=y", "plain", "＝z")


class TestFormulas:
    @pytest.fixture
    def folder(self, tmp_path):
        return draw_run(tmp_path / "run", vocabulary=WORDS, labels=("=a", "-b"), length=1, failed=0).folder

    @pytest.mark.parametrize("table", ["documents", "words"])
    def test_no_text_of_a_run_is_one_in_csv(self, folder, table):
        path = export(folder, table, "csv", ("=a", "-b"))
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = csv.reader(file)
        texts = {row[names.index("text" if table == "documents" else "word")].strip() for row in rows}
        assert texts == {"'=1+1", "'+2", "'-3", "'@x", "''=y", "plain", "'＝z"}
        assert {row[names.index("predicted" if table == "documents" else "label")] for row in rows} == {"'=a", "'-b"}
        scores = [float(row[names.index("score" if table == "documents" else "attribution")]) for row in rows]
        assert min(scores) < 0

    def test_parquet_has_them_as_they_are(self, folder):
        assert set(pd.read_parquet(export(folder, "words", "parquet", ("=a", "-b")))["word"]) == {*WORDS}

    def test_what_was_exported_is_read_as_it_was(self, folder, tmp_path):
        path = export(folder, "documents", "csv", ("=a", "-b")).rename(tmp_path / "whylight-documents.csv")
        whole = pd.read_parquet(export(folder, "documents", "parquet", ("=a", "-b")))
        found = list(read_documents(path, Columns("text", "predicted")))
        assert [one.text for one in found] == list(whole["text"])
        assert [one.gold for one in found] == [(label,) for label in whole["predicted"]]

    def test_other_files_keep_their_apostrophes(self, tmp_path):
        (tmp_path / "news.csv").write_text("text,label\n'=1 is a formula.,a\n'- is a dash.,b\n")
        assert [one.text for one in read_documents(tmp_path / "news.csv")] == ["'=1 is a formula.", "'- is a dash."]
