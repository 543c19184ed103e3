import numpy as np

from attribution.ablation.measures import Faithfulness, Metric
from attribution.render import draw_curves


def test_every_curve_is_drawn_at_the_shares_that_were_removed():
    metric = Metric(0.3, np.array([0.1, 0.2]), True)
    shares = np.array([0.0, 0.1, 0.5])
    curves = {"explanation": np.array([0.9, 0.5, 0.1]), "random": np.full(3, 0.9), "reverse": np.ones(3)}
    figure = draw_curves(Faithfulness("delete", metric, metric, metric, shares, curves, 5, 0.9, 0.1, 0.8))
    assert [list(line.y) for line in figure.data] == [list(curve) for curve in curves.values()]
    assert all(list(line.x) == [0, 10, 50] for line in figure.data)
    assert len({line.line.dash for line in figure.data}) == 3  # colour is never the only cue


def test_a_percentile_counts_ties_as_half():
    assert Metric(0.3, np.array([0.1, 0.3, 0.5, 0.7]), higher_is_better=True).percentile == 0.375
    assert Metric(0.3, np.array([0.1, 0.3, 0.5, 0.7]), higher_is_better=False).percentile == 0.625
