import json

import pandas as pd
import pytest

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
