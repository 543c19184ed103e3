"""Compared with scikit-learn on the labels themselves, one document a row."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from attribution.corpus.quality import measure_quality
from attribution.corpus.views import open_tables
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
