import json

import jsonschema
import pytest

from attribution import AttributionError, Occlusion, explain, load_model
from attribution.ablation.deciding_words import Finding, find_strongest_removal
from attribution.ablation.what_if import Change, explain_variant, vary
from attribution.report import SCHEMAS, from_report, parse_report, read_report, to_json, to_report, verify
from tests.attribution.report.test_explanations import same
from tests.models.kinds import build_document, build_regressor, build_tars
from tests.models.transformers import save

TEXT = "The club <b>signed</b> a striker, and shares rose."


def make(model, *, text=TEXT, copy=None, dropped=(), masked=(), method=None, label=None, found=True) -> Change:
    before = explain(model, text, label, method)
    copy = copy or text
    spans = model.encode(copy, before.label).spans
    variant, _ = vary(copy, spans, dropped=dropped, masked=masked)
    after = explain_variant(model, variant, before.label, before.method)
    removal = find_strongest_removal(model, before) if found else None
    chosen = (tuple(spans[word] for word in words) for words in (dropped, masked))
    return Change(before, after, copy, *chosen, Finding("word", removal) if removal else None)


@pytest.fixture(scope="module")
def model(make_checkpoint):
    return load_model(make_checkpoint())


@pytest.fixture(scope="module")
def report(model):
    return to_json(make(model, copy=f"{TEXT} Zürich \x00 🙂", dropped=(1,), masked=(2, 4)))


class TestRoundTrip:
    @pytest.mark.parametrize("kind", ["single", "multi", "regressor", "tars"])
    def test_what_was_written_is_read_back_to_the_last_digit(self, kind, model, make_checkpoint, tmp_path):
        kinds = {
            "single": lambda: model,
            "multi": lambda: load_model(make_checkpoint(multi_label=True, threshold=0.4)),
            "regressor": lambda: load_model(save(build_regressor(build_document(tmp_path)), tmp_path)),
            "tars": lambda: load_model(save(build_tars(tmp_path), tmp_path)),
        }
        chosen = kinds[kind]()
        change = make(chosen, dropped=(0,), masked=(2,), found=kind != "regressor")
        again = from_report(parse_report(to_json(change), "It"))
        assert same(again, change)
        assert verify(to_report(change), chosen).agrees

    def test_the_schema_is_valid(self):
        jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMAS["what_if"].read_text("utf-8")))


class TestVerify:
    def test_an_untouched_one_agrees(self, model, report):
        assert verify(parse_report(report, "It"), model).agrees

    def test_one_of_another_method_agrees(self, model):
        assert verify(to_report(make(model, masked=(1,), method=Occlusion())), model).agrees

    @pytest.mark.parametrize(
        "forge",
        [
            lambda report: report["before"]["words"][2].update(attribution=9.0),
            lambda report: report["after"]["words"][2].update(attribution=9.0),
            lambda report: report["after"]["prediction"]["probabilities"].reverse(),
            lambda report: report["found"]["prediction"]["probabilities"].reverse(),
        ],
    )
    def test_a_changed_number_does_not(self, model, report, forge):
        report = parse_report(report, "It")
        forge(report)
        assert not verify(report, model).agrees

    def test_a_masked_word_that_is_kept_silent_does_not(self, model, report):
        report = parse_report(report, "It")
        report["masked"].pop()
        assert not verify(report, model).agrees

    @pytest.mark.parametrize(
        "forge",
        [
            lambda report: report["dropped"].pop(),
            lambda report: report.update(copy="Another text."),
            lambda report: report.update(label="tech" if report["label"] != "tech" else "sport"),
            lambda report: report["masked"].append({"start": 5, "end": 5000}),
            lambda report: report["found"].update(words=[0, 1]),
            lambda report: report["found"].update(words=[5000]),
            lambda report: report["after"]["method"]["settings"].update(tolerance=0.05),
            lambda report: report["before"]["model"].update(classifier="Another"),
        ],
    )
    def test_parts_that_do_not_fit_are_told(self, model, report, forge):
        report = parse_report(report, "It")
        forge(report)
        with pytest.raises(AttributionError, match="parts do not fit each other"):
            verify(report, model)

    @pytest.mark.parametrize("part", ["before", "after"])
    def test_a_changed_text_is_told_by_its_hash(self, report, part, tmp_path):
        report = json.loads(report)
        report[part]["texts"] = ["Another text."]
        (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
        with pytest.raises(AttributionError, match="was changed"):
            read_report(tmp_path / "report.json")

    def test_a_preview_is_refused(self, model, report):
        report = parse_report(report, "It")
        report["after"]["cancelled"] = True
        with pytest.raises(AttributionError, match="preview"):
            verify(report, model)

    @pytest.mark.parametrize("forge", [{"version": 2}, {"format": "whylight-horoscope"}, {"more": 1}, {"before": {}}])
    def test_what_the_schema_does_not_describe_is_refused(self, report, forge):
        with pytest.raises(AttributionError, match="is not a Whylight report: at"):
            parse_report(json.dumps(json.loads(report) | forge), "It")


class TestShell:
    def test_it_is_verified_like_any_report(self, shell, make_checkpoint, report, tmp_path):
        (tmp_path / "what-if.json").write_text(report, "utf-8")
        status, out, _ = shell("verify", tmp_path / "what-if.json", "--model", make_checkpoint())
        assert (status, out.startswith("The report agrees: words differ by at most")) == (0, True)
