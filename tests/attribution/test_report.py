import json

import jsonschema
import pytest

from attribution import AttributionError, KernelShap, Occlusion, explain, load_model
from attribution.report import SCHEMA, read_report, to_json, to_report, verify

TEXT = "The club <b>signed</b> a striker, and shares rose."


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


@pytest.fixture
def written(model, tmp_path):
    def write(text=TEXT, method=None, **changes):
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
                "precision": "float32",
                "baseline_text": "",
            },
        }

    def test_what_is_no_number_is_null(self, model):
        report = json.loads(to_json(explain(model, TEXT, method=Occlusion())))
        assert report["baseline_score"] is None
        assert report["gap"] is None


class TestVerify:
    @pytest.mark.parametrize(
        "method", [None, Occlusion(), KernelShap(samples=32, seed=3)], ids=lambda m: type(m).__name__
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

    def test_an_unknown_method_is_refused(self, model, written):
        report = read_report(written(method=None))
        report["method"] = {"name": "integrated_gradients", "settings": {"tolerance": 7}}
        with pytest.raises(AttributionError, match="not known here"):
            verify(report, model)

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"[1]", b"{}", b"[" * 100_000, b'{"format": "whylight-explanation"}']
    )
    def test_what_is_no_report_is_refused(self, tmp_path, content):
        (tmp_path / "report.json").write_bytes(content)
        with pytest.raises(AttributionError, match="is no report of Whylight"):
            read_report(tmp_path / "report.json")

    def test_a_missing_file_is_refused(self, tmp_path):
        with pytest.raises(AttributionError, match="cannot be read"):
            read_report(tmp_path / "report.json")
