import re

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.corpus import read_run
from attribution.corpus.findings.summary import say_alike, summarize
from tests.runs import draw_run


def test_accuracy_is_that_of_the_predicted_label(tmp_path):
    drawn = draw_run(tmp_path / "run", count=40)
    rows = [row for row in drawn.documents if row["error"] is None]
    right = sum(row["gold"] == row["predicted"] for row in rows)
    assert 0 < right < 38
    assert f"{100 * right / 38:.1f} % predicted as their gold label says ({right} of 38)" in said(drawn)


def test_accuracy_of_several_labels_is_that_of_all_that_are_assigned(tmp_path):
    drawn = draw_run(tmp_path / "run", count=200, multi_label=True)
    rows = [row for row in drawn.documents if row["error"] is None]
    right = sum(set(row["assigned"]) == set(row["gold"].split(" | ")) for row in rows)
    assert 0 < right < 198
    assert any(line.endswith(f"({right} of 198)") and "all of them and no other" in line for line in said(drawn))


def test_a_reason_names_the_first_documents_that_it_is_said_of(tmp_path):
    lines = said(draw_run(tmp_path / "run", count=40, failed=7, part=3))
    assert lines[:2] == ["40 of 40 documents, 7 failed", f"  7 × The text is empty. ({named(range(5))}, …)"]
    assert f"  5 × The text is empty. ({named(range(5))})" in said(draw_run(tmp_path / "few", failed=5))


def test_a_row_is_named_with_its_line_where_the_run_knows_it(tmp_path):
    for old, name in ((0, "row 1 (line 2)"), (1, "row 1")):
        drawn = draw_run(tmp_path / name, failed=1, old_parts=3 * old)
        for path in (drawn.folder / "documents").iterdir():
            table = pq.read_table(path)
            ids = pa.array([f"row {number + 1}" for number in table["number"].to_pylist()])
            pq.write_table(table.set_column(1, "id", ids), path)
        assert f"  1 × The text is empty. ({name})" in said(drawn)


def test_a_run_without_documents_says_so_much(tmp_path):
    drawn = draw_run(tmp_path / "run", count=9, done=0)
    assert [re.sub("[0-9]", "n", line) for line in said(drawn)] == [
        "n of n documents (stopped), n failed",
        "n.nn documents a second",
    ]


def said(drawn):
    return summarize(read_run(drawn.folder)).splitlines()


def named(numbers):
    return ", ".join(f"id-{number}" for number in numbers)


def test_gold_labels_that_differ_in_case_alone_are_told():
    assert say_alike(["BILLING", "returns"], ["billing", "technical"]) == (
        "Only upper and lower case differ: BILLING for billing."
    )
    assert say_alike(["returns"], ["billing"]) == ""
