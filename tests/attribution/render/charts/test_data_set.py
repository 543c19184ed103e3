import re

import numpy as np
import pandas as pd
import pytest

from attribution.corpus.findings.blame import find_all_blame, find_blame
from attribution.corpus.findings.one_word import sample_attributions, spread
from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.ranking import Ranking, count_explained, rank_all_words, rank_words
from attribution.corpus.findings.tables import open_tables
from attribution.render import (
    Summary,
    WordBar,
    draw_calibration,
    draw_confusion,
    draw_label_words,
    draw_spread,
    render_summary,
)
from attribution.render.colours import OPPOSE, SUPPORT
from tests.runs import draw_run

LABELS = ("<script>alert(1)</script>", "sport", "$x$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_run(tmp_path_factory.mktemp("runs") / "run", labels=LABELS).folder


@pytest.fixture
def tables(folder):
    with open_tables(folder, LABELS) as tables:
        yield tables


class TestLabelWords:
    def test_bars_are_the_sums_with_their_intervals(self, tables):
        table = rank_words(tables, ["sport"], Ranking(hide_common=False))
        (bars,) = draw_label_words(table).data
        ordered = table.sort_values("sum")
        assert list(bars.x) == list(ordered["sum"])
        assert list(bars.x + bars.error_x.array) == pytest.approx(list(ordered["sum_high"]))
        assert list(bars.x - bars.error_x.arrayminus) == pytest.approx(list(ordered["sum_low"]))
        assert [colour == SUPPORT for colour in bars.marker.color] == [value > 0 for value in bars.x]
        assert [WordBar(*row).word for row in bars.customdata] == list(ordered["word"])
        assert all("<b>" not in row[0] for row in bars.customdata)

    def test_no_words_are_no_bars(self, tables):
        (bars,) = draw_label_words(rank_words(tables, ["nothing"])).data
        assert len(bars.x) == 0


class TestConfusion:
    def test_each_cell_can_be_chosen_and_names_its_labels(self):
        matrix = np.array([[5, 1, 0], [2, 7, 0], [0, 0, 0]])
        figure = draw_confusion(matrix, LABELS, selected=("sport", LABELS[0]))
        hits, errors, cells = figure.data
        expected = [[gold, filed] for gold in LABELS for filed in LABELS]
        assert [list(cell) for cell in cells.customdata] == expected
        assert list(cells.text) == ["5", "1", "·", "2", "7", "·", "·", "·", "·"]
        assert np.nanmax(hits.z) == pytest.approx(5 / 6)
        assert np.nanmax(errors.z) == pytest.approx(2 / 9)
        (frame,) = figure.layout.shapes
        assert (round(frame.x0 + frame.x1), round(frame.y0 + frame.y1)) == (0, 2)
        assert not any("<script" in text for text in [*figure.layout.xaxis.ticktext, *cells.hovertext])

    def test_labels_that_begin_alike_are_told_apart(self):
        def name(labels):
            return list(draw_confusion(np.eye(2, dtype=int), labels).layout.yaxis.ticktext)

        assert name(("Category number 1 of all", "Category number 2 of all")) == [
            "Category number 1 o…",
            "Category number 2 o…",
        ]
        assert name(("Category of number 1", "sport")) == ["Category of n…", "sport"]
        assert len(name(("x" * 40 + "1", "x" * 40 + "2"))) == 2


class TestCalibration:
    def test_points_are_the_tenths(self, tables):
        table = measure_quality(tables, LABELS).calibration
        _, curve = draw_calibration(table).data
        assert list(curve.x) == pytest.approx(list(100 * table.confidence))
        assert list(curve.y) == pytest.approx(list(100 * table.accuracy))


class TestSpread:
    def test_each_label_has_its_box_and_dots(self, tables):
        table = spread(tables, "goal")
        figure = draw_spread(table, sample_attributions(tables, "goal"))
        boxes = [trace for trace in figure.data if trace.type == "box"]
        assert [box.median[0] for box in boxes] == list(table.q50[::-1])
        assert [box.line.color for box in boxes] == [SUPPORT if mean > 0 else OPPOSE for mean in table["mean"][::-1]]
        dots = sum(len(trace.x) for trace in figure.data if trace.type == "scatter")
        assert dots == table.occurrences.sum()


class TestSummary:
    def make(self, tables, **changes):
        facts = {
            "title": f"A model on {LABELS[0]}.csv",
            "facts": {"File": "<b>news</b>.csv"},
            "explained": count_explained(tables),
            "words": rank_all_words(tables, LABELS, Ranking(least=1))[0],
            "hidden": rank_all_words(tables, LABELS, Ranking(least=1))[1],
            "quality": measure_quality(tables, LABELS),
            "blame": find_blame(tables, hide_common=False),
            "hidden_blame": find_all_blame(tables)[1],
            "ranked": "By their sum.",
        }
        return render_summary(Summary(**{**facts, **changes}))

    def test_it_needs_nothing_else_and_holds_no_markup_of_others(self, tables):
        page = self.make(tables)
        assert page.startswith("<!doctype html>")
        assert "default-src 'none'" in page
        body = re.sub(r"<script.*?</script>", "", page.replace(LABELS[0], "STRANGER"), flags=re.S)
        assert "STRANGER" not in body
        assert "<b>news</b>" not in body
        assert "<td><b>bold</b></td>" not in body
        assert "Words behind the errors" in body
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body

    def test_what_is_left_out_is_counted_and_listed(self, tables):
        page = self.make(tables)
        for hidden in (rank_all_words(tables, LABELS, Ranking(least=1))[1], find_all_blame(tables)[1]):
            (part,) = re.findall(
                rf"<details><summary>{hidden['word'].nunique()} words and marks left out</summary>(.*?)</details>", page
            )
            assert part.count("<tr>") == 1 + len(hidden)
            assert "<td>of</td>" in part

    def test_without_gold_labels_it_tells_of_words_alone(self, tables):
        page = self.make(tables, quality=None, blame=None)
        assert "What each label listens to" in page
        assert "Where it errs" not in page

    def test_a_run_without_words_is_no_failure(self, tables):
        assert "Every number" in self.make(tables, words=rank_words(tables, []), quality=None, blame=pd.DataFrame())

    def test_labels_that_are_left_out_are_counted(self, tables):
        explained = {**count_explained(tables), "weather": 1}
        assert "labels that documents were explained for, 3 are shown" in self.make(tables, explained=explained)
        assert "labels that documents were explained for" not in self.make(tables)

    def test_more_labels_than_a_matrix_has_are_said_and_the_calibration_is_drawn(self, tables):
        many = (*LABELS, *(f"label {number}" for number in range(20)))
        page = self.make(tables, quality=measure_quality(tables, many))
        assert "too many labels (23)" in page
        assert 'id="calibration"' in page
        assert 'id="confusion"' not in page
