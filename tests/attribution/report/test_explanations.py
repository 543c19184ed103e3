import json
from dataclasses import fields, is_dataclass

import jsonschema
import numpy as np
import pytest

from attribution import (
    AttributionError,
    InputXGradient,
    IntegratedGradients,
    KernelShap,
    Lime,
    Occlusion,
    explain,
    load_model,
)
from attribution.render import render_text
from attribution.report import SCHEMA, from_report, parse_report, read_report, to_json, to_report, verify
from tests.models.kinds import build_document, build_pair, build_regressor, build_tars
from tests.models.transformers import save

TEXT = "The club <b>signed</b> a striker, and shares rose."
ADAPTIVE = IntegratedGradients(points="adaptive")


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


@pytest.fixture
def written(model, tmp_path):
    def write(text=TEXT, method=ADAPTIVE, **changes):
        report = to_report(explain(model, text, "business", method)) | changes
        (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
        return tmp_path / "report.json"

    return write


class TestReport:
    def test_the_schema_is_valid_and_describes_every_report(self, model):
        schema = json.loads(SCHEMA.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(to_json(explain(model, TEXT))), schema)

    def test_it_adds_up_as_the_explanation_does(self, model):
        explanation = explain(model, TEXT, "business")
        report = json.loads(to_json(explanation))
        assert sum(token["attribution"] for token in report["tokens"]) == pytest.approx(
            report["score"] - report["baseline_score"] + report["gap"]
        )
        assert [TEXT[word["start"] : word["end"]] for word in report["words"]] == [w.text for w in explanation.words()]
        assert report["method"] == {
            "name": "integrated_gradients",
            "settings": {
                "baseline": "pad",
                "score": "centred",
                "tolerance": 0.01,
                "max_evaluations": 200,
                "precision": "auto",
                "points": "learned",
                "baseline_text": "",
            },
        }

    def test_what_is_no_number_is_null(self, model):
        report = json.loads(to_json(explain(model, TEXT, method=Occlusion())))
        assert report["baseline_score"] is None
        assert report["gap"] is None


class TestVerify:
    @pytest.mark.parametrize(
        "method", [ADAPTIVE, Occlusion(), KernelShap(samples=32, seed=3)], ids=lambda m: type(m).__name__
    )
    def test_an_untouched_report_agrees(self, model, written, method):
        difference = verify(read_report(written(method=method)), model)
        assert difference.agrees

    def test_a_changed_number_does_not(self, model, written):
        report = read_report(written())
        report["words"][2]["attribution"] += 0.01
        difference = verify(report, model)
        assert difference.attribution == pytest.approx(0.01, rel=1e-3)
        assert not difference.agrees

    @pytest.mark.parametrize(
        "forge",
        [
            lambda report: report["words"][1].update(text="bank"),
            lambda report: report["words"].reverse(),
            lambda report: report["tokens"][3].update(attribution=9.0),
            lambda report: report.update(score=report["score"] + 1),
            lambda report: report.update(converged=not report["converged"]),
            lambda report: report.update(truncated_at=5),
            lambda report: report["prediction"]["probabilities"].reverse(),
            lambda report: report["prediction"]["logits"].reverse(),
            lambda report: report["prediction"].update(value=1.0),
            lambda report: report["prediction"].update(thresholds=[0.5] * len(report["prediction"]["labels"])),
            lambda report: report["baseline_prediction"]["probabilities"].reverse(),
            lambda report: report["baseline_prediction"]["labels"].reverse(),
        ],
    )
    def test_whatever_else_was_changed_does_not(self, model, written, forge):
        report = read_report(written())
        forge(report)
        assert not verify(report, model).agrees

    def test_labels_that_changed_places_do_not(self, model, written):
        report = read_report(written())
        report["prediction"]["labels"].reverse()
        assert verify(report, model).probability == np.inf

    def test_labels_that_a_reader_tried_are_tried_again(self, models):
        tars = models["tars"].with_labels([*models["tars"].labels, "weather", "finance"])
        report = to_report(explain(tars, "Shares fell by 3 %.", "finance"))
        assert verify(report, models["tars"]).agrees

    def test_a_changed_text_is_told_by_its_hash(self, written):
        with pytest.raises(AttributionError, match="was changed"):
            read_report(written(texts=["Another text."]))

    def test_a_report_of_another_model_is_refused(self, model, written):
        report = read_report(written())
        report["model"]["sha256"] = "0" * 64
        with pytest.raises(AttributionError, match="The report is of the model 000000000000"):
            verify(report, model)

    def test_a_preview_is_refused(self, model, written):
        with pytest.raises(AttributionError, match="preview"):
            verify(read_report(written(cancelled=True)), model)

    @pytest.mark.parametrize(
        "forge",
        [
            {"truncated_at": 10_000},
            {"skipped": {"start": 5, "end": 3}},
            {"skipped": {"start": 5, "end": 10_000}},
            {"skipped": {"start": 0, "end": "all"}},
        ],
    )
    def test_what_was_not_read_is_inside_of_the_text(self, written, forge):
        report = read_report(written())
        if forge.get("skipped", {}).get("end") == "all":
            forge = {"skipped": {"start": 0, "end": len(report["texts"][0])}}
        with pytest.raises(AttributionError, match="not read lies outside"):
            from_report({**report, **forge})

    def test_an_unknown_method_is_refused(self, model, written):
        report = read_report(written())
        report["method"] = {"name": "integrated_gradients", "settings": {"tolerance": 7}}
        with pytest.raises(AttributionError, match="not known here"):
            verify(report, model)

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"[1]", b"{}", b"[" * 100_000, b'{"format": "whylight-explanation"}']
    )
    def test_what_is_no_report_is_refused(self, tmp_path, content):
        (tmp_path / "report.json").write_bytes(content)
        with pytest.raises(AttributionError, match="is not a Whylight report"):
            read_report(tmp_path / "report.json")

    def test_a_missing_file_is_refused(self, tmp_path):
        with pytest.raises(AttributionError, match="cannot be read"):
            read_report(tmp_path / "report.json")


def same(first, second) -> bool:
    """Whether two results are alike in every field, to the last bit; NaN is like NaN."""
    if is_dataclass(first):
        return type(first) is type(second) and all(
            same(getattr(first, field.name), getattr(second, field.name)) for field in fields(first)
        )
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    return first == second or (first != first and second != second)


LONG = "The words of a long text that no model reads to its end. " * 20


@pytest.fixture(scope="module")
def models(tmp_path_factory, make_checkpoint):
    folder = tmp_path_factory.mktemp("round_trip")
    built = {
        "pair": build_pair(build_document(folder / "pair"), embed_separately=True),
        "regressor": build_regressor(build_document(folder / "regressor")),
        "tars": build_tars(folder / "tars"),
    }
    paths = {name: save(classifier, folder / name) for name, classifier in built.items()}
    paths["single"] = make_checkpoint()
    paths["multi"] = make_checkpoint(multi_label=True, threshold=0.4)
    return {name: load_model(path) for name, path in paths.items()}


class TestFromReport:
    @pytest.mark.parametrize(
        ("kind", "text", "label", "method"),
        [
            ("single", "Zürich\u200b <b>rose</b>\x00 🙂 1⁄2", "tech", None),
            ("single", "The bank.", "sport", Occlusion()),
            ("single", "The bank rose.", None, Lime(samples=16, seed=4)),
            (
                "single",
                LONG,
                "business",
                IntegratedGradients(baseline="text", baseline_text="Goals.", max_evaluations=20),
            ),
            ("multi", "The striker scored twice.", "sport", IntegratedGradients(max_evaluations=20)),
            ("regressor", "Shares fell by 3 %.", None, None),
            ("tars", "Shares fell by 3 %.", "a label of one's own", None),
            ("pair", ("The striker scored.", "The bank raised rates."), None, None),
            ("pair", (LONG, "The bank raised rates."), "tech", InputXGradient()),
            ("pair", ("The bank raised rates.", LONG), "tech", InputXGradient()),
        ],
    )
    def test_what_was_written_is_read_back_to_the_last_digit(self, models, kind, text, label, method):
        explanation = explain(models[kind], text, label, method)
        again = from_report(parse_report(to_json(explanation), "It"))
        assert any(token.special for token in again.tokens)
        assert same(again, explanation)
        assert render_text(again, unit="subword") == render_text(explanation, unit="subword")

    def test_a_preview_stays_one(self, models):
        explanation = explain(models["single"], "The bank.", on_progress=lambda *_: False)
        assert explanation.cancelled
        assert same(from_report(to_report(explanation)), explanation)

    def test_a_report_of_before_without_its_baselines_prediction_is_read(self, models):
        report = to_report(explain(models["single"], "The bank.", method=InputXGradient()))
        del report["baseline_prediction"], report["skipped"]
        assert from_report(parse_report(json.dumps(report), "It")).baseline_prediction is None

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda report: report.update(label="none of them"), "parts do not fit"),
            (lambda report: report["tokens"][1].update(word=99), "parts do not fit"),
            (lambda report: report["prediction"]["logits"].pop(), "every label"),
            (lambda report: report["baseline_prediction"]["labels"].__setitem__(0, "another"), "of the baseline"),
            (lambda report: report.update(method={"name": "tea leaves", "settings": {}}), "not known here"),
        ],
    )
    def test_parts_that_do_not_fit_are_told(self, models, change, said):
        report = to_report(explain(models["single"], "The bank.", method=IntegratedGradients(max_evaluations=20)))
        change(report)
        with pytest.raises(AttributionError, match=said):
            from_report(parse_report(json.dumps(report), "It"))
