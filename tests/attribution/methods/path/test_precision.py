"""The trial of reduced precision: what it chooses, and that a model explained so keeps its promise."""

import json

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution import IntegratedGradients, explain, explain_labels, load_model
from attribution.corpus.documents import Document
from attribution.corpus.running.worker import Worker
from attribution.explaining.lessons import recall_lessons, tell_lessons
from attribution.methods.path.arithmetic import BFLOAT16, FLOAT32, REDUCED
from attribution.methods.path.experience import Experience
from attribution.methods.path.lessons import read_tried, write_lessons
from attribution.methods.path.line import StraightPath
from attribution.methods.path.precision import Tried, name_machine, try_arithmetics
from attribution.methods.path.rules import GRID, LearnedRule, Lesson, make_levels
from attribution.render import say_evaluations
from attribution.report import to_json, verify
from tests.attribution.stand_ins import SquareEncoder
from tests.models.transformers import CORPUS, build_classifier, save

TEXT = CORPUS[:200]


def turn():
    """Modes [G, 11] of curves that turn a few times."""
    grid = np.linspace(0, 1, GRID)[:, None]
    return np.concatenate([np.sin(grid * turns + turns) / turns for turns in range(1, 12)], axis=1)


@pytest.fixture(scope="module")
def rule():
    return LearnedRule(make_levels(turn() @ turn().T), 6)


class Slow(SquareEncoder):
    """Takes long in float32 alone; `inexact` is what reduced precision adds of one token."""

    inexact = 0.0

    def logits(self, embedded, encoded):
        if torch.is_autocast_enabled("cpu"):
            return super().logits(embedded, encoded) + self.inexact * embedded[:, 1].sum()
        large = torch.ones(300, 300)
        for _ in range(20):
            large = large @ large / 300
        return super().logits(embedded, encoded)


class Float32Alone(SquareEncoder):
    """As an LSTM on a processor that has no bfloat16."""

    def logits(self, embedded, encoded):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("could not create a primitive descriptor for the LSTM forward propagation primitive")
        return super().logits(embedded, encoded)


@pytest.fixture
def multiplies_faster(monkeypatch):
    """On whatever machine the tests run."""
    monkeypatch.setattr("attribution.methods.path.precision._multiplies_faster", lambda _: True)


@pytest.mark.usefixtures("multiplies_faster")
class TestTrial:
    def lay(self, encoder, encoded):
        return StraightPath(encoder, encoded, encoded.baselines["pad"], torch.eye(3)[:1])

    def test_what_is_faster_and_as_exact_is_chosen(self, encoded, weights, rule):
        tried = try_arithmetics(self.lay(Slow(weights), encoded), rule)
        assert tried.arithmetic in REDUCED
        assert tried.machine == name_machine()
        assert tried.speedup > 1.3
        assert 0 < tried.difference <= 0.02

    def test_what_is_too_inexact_is_not(self, encoded, weights, rule, monkeypatch):
        monkeypatch.setattr(Slow, "inexact", 5.0)
        assert try_arithmetics(self.lay(Slow(weights), encoded), rule).arithmetic == FLOAT32

    def test_a_machine_that_multiplies_no_faster_is_spared_the_trial(self, encoded, weights, rule, monkeypatch):
        monkeypatch.setattr("attribution.methods.path.precision._multiplies_faster", lambda _: False)
        encoder = Slow(weights)
        assert try_arithmetics(self.lay(encoder, encoded), rule) == Tried(name_machine())
        assert encoder.batches == []

    def test_a_network_that_cannot_stays_in_float32(self, encoded, weights, rule):
        assert try_arithmetics(self.lay(Float32Alone(weights), encoded), rule).arithmetic == FLOAT32


class TestExperience:
    def test_reduced_precision_is_used_as_long_as_it_pays(self):
        experience = Experience(tried=Tried(name_machine(), BFLOAT16, speedup=2.0))
        for was_enough in [True] * 20 + [False] * 13:
            assert experience.find_reduced() == BFLOAT16
            experience.account(was_enough=was_enough)
        assert experience.find_reduced() is None

    def test_without_a_trial_there_is_none(self):
        assert Experience().find_reduced() is None
        assert Experience(tried=Tried(name_machine())).find_reduced() is None


@pytest.fixture
def model(make_checkpoint, monkeypatch):
    """A tiny model, of whose paths something is known, on a machine where bfloat16 was found to be faster."""
    monkeypatch.setenv("WHYLIGHT_PRECISION", "auto")
    model = load_model(make_checkpoint())
    lesson = Lesson(("pad", "", "centred"), 6, 150, turn())
    recall_lessons(model, write_lessons([lesson], Tried(name_machine(), BFLOAT16, speedup=2.0)))
    return model


METHOD = IntegratedGradients(tolerance=0.02)
"""What a network of four numbers a word loses in bfloat16 is larger than what others do."""
EXACT = IntegratedGradients(tolerance=0.02, precision="float32")


def compare(one, other):
    return np.abs(one.attributions - other.attributions).sum() / np.abs(other.attributions).sum()


class TestModel:
    def test_a_text_is_explained_in_bfloat16_within_the_promise(self, model):
        found, exact = explain(model, TEXT, method=METHOD), explain(model, TEXT, method=EXACT)
        assert (found.precision, exact.precision) == ("bfloat16", "float32")
        assert found.converged
        assert abs(found.relative_gap) <= 0.02
        assert 0 < compare(found, exact) <= 0.03
        assert found.score == pytest.approx(exact.score, abs=1e-5)  # the ends are in float32
        assert say_evaluations(found) == "12 evaluations in bfloat16, where 6 earlier texts needed them"

    def test_in_company_too(self, model):
        outcomes = Worker(model, METHOD, "predicted").explain(
            [Document(number, str(number), CORPUS[start : start + 200]) for number, start in enumerate((0, 40, 90))]
        )
        for outcome in outcomes:
            (one,) = outcome.explanations
            exact = explain(model, one.source, one.label, EXACT)
            assert one.precision == "bfloat16"
            assert one.converged
            assert compare(one, exact) <= 0.03

    @pytest.mark.parametrize("text", ["good day", ""], ids=["short", "several labels"])
    def test_where_it_would_not_pay_it_is_float32(self, model, text):
        found = (explain(model, text, method=METHOD),) if text else explain_labels(model, TEXT, method=METHOD)
        assert {one.precision for one in found} == {"float32"}

    def test_who_runs_the_server_can_do_without(self, model, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_PRECISION", "float32")
        assert explain(model, TEXT).precision == "float32"

    def test_it_can_be_asked_for_without_a_trial(self, make_checkpoint):
        found = explain(load_model(make_checkpoint()), TEXT, method=IntegratedGradients(precision="bfloat16"))
        assert found.precision == "bfloat16"

    def test_a_report_says_it_and_agrees_with_float32(self, model, make_checkpoint):
        report = json.loads(to_json(explain(model, TEXT, method=METHOD)))
        assert report["precision"] == "bfloat16"
        untaught = load_model(make_checkpoint())
        assert verify(report, untaught).agrees
        report["tokens"][3]["attribution"] *= 1.5
        assert not verify(report, untaught).agrees

    def test_the_first_text_by_a_rule_is_the_trial_and_is_in_float32(self, model, multiplies_faster):
        model.experience.tried = None
        assert explain(model, TEXT).precision == "float32"
        assert model.experience.tried is not None

    def test_what_bfloat16_leaves_in_doubt_begins_anew_in_float32(self, model, monkeypatch):
        exact = explain(model, TEXT, method=EXACT)
        follow = StraightPath.follow

        def follow_badly(path, points, targets, arithmetic=FLOAT32):
            logits, shares = follow(path, points, targets, arithmetic)
            return logits, shares * (1.0 if arithmetic == FLOAT32 else 1.1)

        monkeypatch.setattr(StraightPath, "follow", follow_badly)
        found = explain(model, TEXT, method=METHOD)
        assert found.precision == "float32"
        assert found.evaluations == 12 + exact.evaluations
        assert_allclose(found.attributions, exact.attributions, atol=1e-6)
        assert model.experience.saved == -0.5

    def test_a_text_that_cannot_be_computed_in_it_is_computed_in_float32(self, model, monkeypatch):
        follow = StraightPath.follow

        def fail(path, points, targets, arithmetic=FLOAT32):
            if arithmetic != FLOAT32:
                raise RuntimeError("value cannot be converted to type c10::BFloat16 without overflow")
            return follow(path, points, targets, arithmetic)

        monkeypatch.setattr(StraightPath, "follow", fail)
        assert explain(model, TEXT, method=METHOD).precision == "float32"
        assert model.experience.find_reduced() is None

    def test_networks_that_name_the_arguments_of_attention_can(self, tmp_path):
        model = load_model(save(build_classifier(tmp_path, "albert"), tmp_path))
        found = explain(model, TEXT, method=IntegratedGradients(precision="bfloat16", max_evaluations=9))
        assert found.precision == "bfloat16"

    def test_a_report_that_contradicts_its_method_gets_no_allowance(self, model, make_checkpoint):
        report = json.loads(to_json(explain(model, TEXT, method=IntegratedGradients(points="adaptive"))))
        report["precision"], report["learned_from"] = "bfloat16", 5
        report["method"]["settings"]["precision"] = "float32"
        shift = 0.01 * sum(abs(token["attribution"]) for token in report["tokens"])
        report["tokens"][2]["attribution"] += shift
        report["tokens"][3]["attribution"] -= shift
        assert not verify(report, load_model(make_checkpoint())).agrees


class TestKeeping:
    def test_a_trial_is_told_and_recalled_on_the_same_machine(self, model, make_checkpoint):
        told = tell_lessons(model)
        again = load_model(make_checkpoint())
        recall_lessons(again, told)
        assert again.experience.tried == model.experience.tried
        elsewhere = load_model(make_checkpoint())
        recall_lessons(elsewhere, told.replace(name_machine(), "another"))
        assert elsewhere.experience.tried is None

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "{}",
            "[3]",
            '[{"machine": "there"}]',
            '[{"machine": "here", "arithmetic": {"precision": "float8"}}]',
            '[{"machine": "here", "speedup": "fast"}]',
            '[{"machine": "here", "speedup": 0}]',
            '[{"machine": "here", "speedup": NaN}]',
        ],
    )
    def test_what_does_not_fit_is_left_out(self, content):
        assert read_tried(content, "here") is None

    def test_what_stands_beside_it_does_no_harm(self):
        assert read_tried('[3, {"machine": "here", "speedup": 1.5}]', "here") == Tried("here", speedup=1.5)
