"""Compared with scikit-learn on the labels themselves, one document a row."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.tables import open_tables
from tests.runs import LABELS, draw_run


def measure(folder, **options):
    with open_tables(folder, LABELS, **options) as tables:
        return measure_quality(tables, LABELS, **options)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_run(tmp_path_factory.mktemp("runs") / "run", count=200)


@pytest.fixture(scope="module")
def rows(drawn):
    return pd.DataFrame([row for row in drawn.documents if row["error"] is None])


@pytest.fixture(scope="module")
def quality(drawn):
    return measure(drawn.folder)


class TestSingleLabel:
    def test_accuracy_and_loss_are_scikit_learns(self, quality, rows):
        assert quality.judged == len(rows)
        assert quality.accuracy == metrics.accuracy_score(rows.gold, rows.predicted)
        expected = metrics.log_loss(rows.gold, np.array(list(rows.probabilities)), labels=LABELS)
        assert quality.loss == pytest.approx(expected)

    def test_precision_recall_and_f1_are_scikit_learns(self, quality, rows):
        expected = metrics.precision_recall_fscore_support(rows.gold, rows.predicted, labels=LABELS)
        for name, values in zip(("precision", "recall", "f1", "gold"), expected, strict=True):
            assert quality.labels[name].to_numpy() == pytest.approx(values)
        assert list(quality.labels.predicted) == [sum(rows.predicted == label) for label in LABELS]

    def test_the_confusion_matrix_is_scikit_learns(self, quality, rows):
        expected = metrics.confusion_matrix(rows.gold, rows.predicted, labels=LABELS)
        assert (quality.matrix(LABELS) == expected).all()

    def test_the_calibration_curve_is_scikit_learns(self, quality, rows):
        accuracy, confidence = calibration_curve(rows.gold == rows.predicted, rows.probability, n_bins=10)
        assert quality.calibration.accuracy.to_numpy() == pytest.approx(accuracy)
        assert quality.calibration.confidence.to_numpy() == pytest.approx(confidence)
        bins = np.minimum((rows.probability * 10).astype(int), 9)
        gaps = [
            len(group) * abs(group.probability.mean() - (group.gold == group.predicted).mean())
            for _, group in rows.groupby(bins)
        ]
        assert quality.calibration_error == pytest.approx(sum(gaps) / len(rows))


class TestMultiLabel:
    def test_each_label_is_scored_and_all_must_agree_to_be_right(self, tmp_path):
        drawn = draw_run(tmp_path / "run", count=100, multi_label=True)
        quality = measure(drawn.folder, multi_label=True)
        rows = [row for row in drawn.documents if row["error"] is None]
        gold = np.array([[label in row["gold"].split(" | ") for label in LABELS] for row in rows])
        given = np.array([[label in row["assigned"] for label in LABELS] for row in rows])
        expected = metrics.precision_recall_fscore_support(gold, given, average=None)
        for name, values in zip(("precision", "recall", "f1", "gold"), expected, strict=True):
            assert quality.labels[name].to_numpy() == pytest.approx(values)
        assert quality.accuracy == metrics.accuracy_score(gold, given)
        chances = np.array([row["probabilities"] for row in rows])
        assert quality.loss == pytest.approx(metrics.log_loss(gold.ravel(), chances.ravel()))
        assert quality.confusion.empty
        assert quality.calibration.empty


GOLDS = (("sport",), ("weather",), ("weather", "tech"), (), None, ("business", "sport"))


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What is said of a run with such gold labels, and its documents with them."""
    drawn = draw_run(tmp_path_factory.mktemp("golds") / "run", count=60, part=60, failed=0)
    (part,) = (drawn.folder / "documents").iterdir()
    golds = [GOLDS[place % len(GOLDS)] for place in range(60)]
    table = pq.ParquetFile(part).read()
    pq.write_table(table.set_column(4, "gold", pa.array(golds, pa.list_(pa.string()))), part)
    return measure(drawn.folder), list(zip(drawn.documents, golds, strict=True))


class TestGoldsOfAnyNumber:
    """A single-label model on documents of none, one or several gold labels, known or not."""

    def test_one_of_them_has_to_be_predicted(self, judged):
        quality, pairs = judged
        told = [(row, gold) for row, gold in pairs if gold is not None]
        assert (quality.judged, quality.unlabelled) == (50, 10)
        assert quality.right == sum(row["predicted"] in gold for row, gold in told)

    def test_what_the_model_lacks_is_counted_and_has_no_loss(self, judged):
        quality, pairs = judged
        assert quality.unknown == {"weather": 20}
        known = [(row, [one for one in gold or () if one in LABELS]) for row, gold in pairs]
        losses = [-np.log(sum(row["probabilities"][LABELS.index(one)] for one in gold)) for row, gold in known if gold]
        assert quality.measured == len(losses) == 30
        assert quality.loss == pytest.approx(np.mean(losses))

    def test_a_document_counts_once_in_the_confusions(self, judged):
        quality, _ = judged
        assert quality.confusion["documents"].sum() == 50
        assert set(quality.confusion["gold"]) <= {*LABELS, "weather", ""}


@pytest.mark.parametrize("multi_label", [False, True])
def test_a_run_of_before_gold_labels_were_lists_says_the_same(tmp_path, multi_label):
    now, before = (
        measure(
            draw_run(tmp_path / str(old), count=80, multi_label=multi_label, golds_as_text=old).folder,
            multi_label=multi_label,
        )
        for old in (False, True)
    )
    assert (now.judged, now.right) == (before.judged, before.right)
    assert now.loss == pytest.approx(before.loss)
    pd.testing.assert_frame_equal(now.labels, before.labels)
    pd.testing.assert_frame_equal(now.confusion, before.confusion)


class TestWithoutGold:
    def test_there_is_nothing_to_judge(self, tmp_path):
        quality = measure(draw_run(tmp_path / "run", gold=False).folder)
        assert quality.judged == 0
        assert np.isnan(quality.accuracy)
        assert quality.labels.empty
        assert np.isnan(quality.calibration_error)

    def test_an_empty_run_is_no_failure(self, tmp_path):
        assert measure(draw_run(tmp_path / "run", done=0).folder).judged == 0
        assert measure(draw_run(tmp_path / "multi", done=0, multi_label=True).folder, multi_label=True).judged == 0

    def test_a_label_that_stands_nowhere_has_no_precision(self, tmp_path):
        drawn = draw_run(tmp_path / "run")
        with open_tables(drawn.folder, (*LABELS, "never")) as tables:
            table = measure_quality(tables, (*LABELS, "never")).labels.set_index("label")
        assert np.isnan(table.loc["never", ["precision", "recall", "f1"]].to_numpy(float)).all()
