import json
import math
from dataclasses import replace

import jsonschema
import pytest

from attribution import AttributionError, InputXGradient, IntegratedGradients, Occlusion, explain, load_model
from attribution.ablation.faithfulness import compare_faithfulness
from attribution.ablation.trial import Trial
from attribution.report import SCHEMAS, from_report, parse_report, to_json, to_report, verify
from attribution.report.verification import Difference
from tests.attribution.report.test_explanations import same
from tests.models.kinds import build_document, build_pair
from tests.models.transformers import save

TEXT = "The club <b>signed</b> a striker, and shares rose."


def make(model, *, text=TEXT, methods=(None,), question="faithfulness", **options) -> Trial:
    label = explain(model, text).label
    explanations = tuple(explain(model, text, label, method) for method in methods)
    measured = compare_faithfulness(model, text, explanations, **options)
    names = tuple(f"{number} {one.method.title}" for number, one in enumerate(explanations))
    return Trial(question, names, explanations, measured, options.get("seed", 0))


@pytest.fixture(scope="module")
def model(make_checkpoint):
    return load_model(make_checkpoint())


@pytest.fixture(scope="module")
def trial(model):
    methods = (IntegratedGradients(), Occlusion(), InputXGradient())
    return make(model, methods=methods, question="methods", orders=5, seed=7)


@pytest.fixture
def report(trial):
    return parse_report(to_json(trial), "It")


class TestRoundTrip:
    def test_what_was_written_is_read_back_to_the_last_digit(self, trial, report):
        assert same(from_report(report), trial)

    @pytest.mark.parametrize("how", ["delete", "mask"])
    def test_a_pair_is_kept_and_verified(self, how, tmp_path):
        pair = load_model(save(build_pair(build_document(tmp_path), embed_separately=True), tmp_path))
        trial = make(pair, text=("The striker scored.", "The bank raised rates."), how=how, orders=3)
        assert same(from_report(parse_report(to_json(trial), "It")), trial)
        assert verify(to_report(trial), pair).agrees

    def test_the_schema_is_valid(self):
        jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMAS["trust"].read_text("utf-8")))


class TestVerify:
    def test_an_untouched_one_agrees(self, model, report):
        assert verify(report, model).agrees

    @pytest.mark.parametrize(
        "forge",
        [
            lambda measures: measures["comprehensiveness"].update(value=0.9),
            lambda measures: measures["sufficiency"]["random"].reverse(),
            lambda measures: measures["log_odds"].update(value=-3.0),
            lambda measures: measures["curves"]["reverse"].reverse(),
            lambda measures: measures.update(without_random=0.99),
            lambda measures: measures.update(words=1),
        ],
    )
    def test_a_changed_measure_does_not(self, model, report, forge):
        forge(report["tested"][1]["measures"])
        assert not verify(report, model).agrees

    @pytest.mark.parametrize("change", [{"seed": 8}, {"how": "mask"}])
    def test_other_settings_give_other_measures(self, model, report, change):
        assert not verify(report | change, model).agrees

    def test_a_changed_explanation_does_not(self, model, report):
        report["tested"][2]["explanation"]["words"][0]["attribution"] += 1
        assert not verify(report, model).agrees

    def test_words_that_are_not_there_do_not_and_no_measure_is_said_to_agree(self, model, report):
        for one in report["tested"]:
            one["explanation"]["words"].append({"text": "x", "start": 0, "end": 1, "attribution": 1.0})
        assert verify(report, model) == Difference(math.inf, math.inf)

    @pytest.mark.parametrize(
        "forge",
        [
            lambda report: report.update(orders=6),
            lambda report: report.update(question="faithfulness"),
            lambda report: report.update(label="another"),
            lambda report: report["tested"][0].update(name=report["tested"][1]["name"]),
            lambda report: report["tested"][0]["measures"]["shares"].pop(),
            lambda report: report["tested"][0]["explanation"]["model"].update(classifier="Another"),
        ],
    )
    def test_parts_that_do_not_fit_are_told(self, model, report, forge):
        forge(report)
        with pytest.raises(AttributionError, match="parts do not fit each other"):
            verify(report, model)


class TestTrial:
    @pytest.mark.parametrize(
        "change", [{"names": ("a",)}, {"names": ("a", "a", "b")}, {"names": (), "explanations": (), "measured": ()}]
    )
    def test_every_explanation_has_a_name_of_its_own_and_a_measure(self, trial, change):
        with pytest.raises(ValueError, match="name"):
            replace(trial, **change)


class TestShell:
    def test_it_is_verified_like_any_report(self, shell, make_checkpoint, report, tmp_path):
        (tmp_path / "trust.json").write_text(json.dumps(report), "utf-8")
        status, out, _ = shell("verify", tmp_path / "trust.json", "--model", make_checkpoint())
        assert (status, out.startswith("The report agrees: words and log-odds differ by at most")) == (0, True)
