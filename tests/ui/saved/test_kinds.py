"""What is saved from What if and Trust: kept, shown as it was, and begun again."""

import json
import re

import pytest

from attribution import explain, load_model
from attribution.ablation.deciding_words import Finding, Removal, find_strongest_removal
from attribution.ablation.faithfulness import compare_faithfulness
from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change, explain_variant, vary
from attribution.render import render_copy, render_text, say_change, strongest
from attribution.report import from_report
from attribution.storage.analyses import Analyses
from attribution.storage.store import Store
from tests.attribution.render.pages.test_trial import measure
from tests.attribution.stand_ins import explanation
from tests.ui import reader
from tests.ui.reader import follow, run

LABELS = ("alpha", "beta", "gamma")
TEXT = "The bank raised its <b>forecast</b>, and nobody in Zürich knew why."


@pytest.fixture(autouse=True)
def analyses(store):
    """The saved analyses of this test's store, beside its models."""
    opened = Analyses()
    yield opened
    opened.close()


@pytest.fixture
def model(make_checkpoint):
    """A small model that is in the store."""
    path = make_checkpoint(LABELS)
    with path.open("rb") as file:
        Store().add(file, "mine.pt")
    return load_model(path)


def change(model, *, copy=TEXT, dropped=(1,), masked=(3,), label="gamma") -> Change:
    spans = model.encode(copy, label).spans
    variant, _ = vary(copy, spans, dropped=dropped, masked=masked)
    chosen = (tuple(spans[word] for word in words) for words in (dropped, masked))
    return Change(explain(model, TEXT, label), explain_variant(model, variant, label), copy, *chosen)


def press(page, key):
    page.button(key=key).click()
    return run(page)


def open_saved(*identifiers):
    return follow({"analysis": [*identifiers]} if identifiers else {}, "pages/saved.py")


def keys(page) -> set[str]:
    """The keys of what can be downloaded."""
    return {found.proto.id.rpartition("-")[2] for found in page.main if found.type == "download_button"}


class TestWhatIf:
    @pytest.fixture
    def page(self, model):
        return follow({"model": model.identity.sha256}, "pages/what_if.py", text=TEXT)

    def touch(self, page, states):
        page.session_state["_what_if_words"] = (page.session_state["what_if_text"], states)
        return run(page)

    def test_what_is_still_the_same_cannot_be_saved(self, page):
        assert "save" not in [button.key for button in page.button]
        assert not keys(page)

    def test_a_change_is_saved_as_it_is(self, page, model, analyses):
        press(page, "find_word")
        self.touch(page, {1: "dropped", 3: "masked"})
        assert keys(page) == {"download_what_if_report", "download_what_if_json"}
        press(page, "save")
        assert page.text_input(key="save_name").value.endswith(": without “bank” and with “its” masked")
        press(page, "save_confirm")
        (entry,) = analyses.find().entries
        assert entry.kind == "what_if"
        report = analyses.get(entry.id).report()
        expected = change(model, label=entry.label)
        assert (report["texts"], report["copy"]) == ([TEXT], TEXT)
        assert [TEXT[one["start"] : one["end"]] for one in report["dropped"] + report["masked"]] == ["bank", "its"]
        for part, one in (("before", expected.before), ("after", expected.after)):
            assert [word["attribution"] for word in report[part]["words"]] == pytest.approx(
                [word.attribution for word in one.words()], abs=1e-4
            )
        assert report["found"]["words"] == list(find_strongest_removal(model, expected.before).words)
        assert any(link.proto.label.startswith("Saved as ") for link in page.main if link.type == "page_link")
        self.touch(page, {1: "dropped"})
        assert not [link for link in page.main if link.type == "page_link" and link.proto.label.startswith("Saved")]

    def test_it_is_shown_as_its_report_shows_it_though_its_model_is_gone(self, analyses, make_checkpoint):
        made = change(load_model(make_checkpoint(LABELS)), copy=f"{TEXT} <i>Why?</i>")
        page = open_saved(analyses.save(made, name="Rates", model_name="mine.pt").id)
        scale = strongest([made.before, made.after])
        shown = [body for body in reader.bodies(page) if '<div class="whylight"' in body]
        assert shown == [render_text(made.before, scale=scale), render_copy(made, scale=scale)]
        headings = [reader.unescape(found.value) for found in page.markdown]
        assert any(found.startswith(f"## {say_change(made)} The model files") for found in headings)
        assert any("<ins>" in body for body in reader.bodies(page))
        assert list(page.dataframe[0].value.columns) == ["label", "as it was", "your copy", "change"]
        assert keys(page) == {"download_what_if_report", "download_what_if_json"}
        assert "again" not in [button.key for button in page.button]

    def test_it_is_opened_again_with_the_same_text_copy_label_and_words(self, analyses, model):
        made = change(model, copy=TEXT.replace("nobody", "somebody"))
        page = press(open_saved(analyses.save(made, name="Rates").id), "again")
        assert page.title[0].value == "What if it said something else?"
        page.switch_page("pages/what_if.py")
        page.query_params.clear()
        run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first
        assert page.text_area(key="what_if_text").value == made.copy
        assert page.selectbox(key="model").value == model.identity.sha256
        assert page.pills(key="label").value == "gamma"
        (words,) = (json.loads(found.proto.json) for found in page.main if found.type == "bidi_component")
        assert [(part["text"], part["state"]) for part in words["parts"] if part.get("state")] == [
            ("bank", "dropped"),
            ("its", "masked"),
        ]
        assert any(reader.unescape(found.value).startswith(f"## {say_change(made)}") for found in page.markdown)


HOSTILE = "<img src=x onerror=alert(1)> **b** [a](javascript:alert(1)) :red[x] $x$"


class TestHostile:
    def test_what_was_written_is_text(self, analyses):
        before = explanation(HOSTILE, [1.0] * 7, labels=(HOSTILE, "b"))
        span = before.spans[3]
        left = HOSTILE.replace(" **b**", "")
        after = explanation(left, [0.5] * 6, labels=(HOSTILE, "b"))
        removal = Removal((3,), left, after.prediction, 0.5, 0.5)
        made = Change(before, after, HOSTILE, (span,), (), Finding("word", removal))
        trial = Trial("baselines", ("pad", HOSTILE), (before, before), (measure(0.2), measure(0.6)))
        for reported in (made, trial):
            page = open_saved(analyses.save(reported, name=HOSTILE).id)
            shown = [*reader.markdown(page), *(found.value for found in page.success)]
            assert any("onerror" in text for text in shown)
            assert not [text for text in shown if re.search(r"(?<!\\)(<img|\[a|:red|\$x|\*\*b)", text)]
            assert not any("<img" in body.replace('"<img', "") for body in reader.bodies(page))


class TestList:
    def test_kinds_are_said_and_explanations_alone_can_be_compared(self, analyses, model):
        kept = analyses.save(explanation("one", [1.0]), name="a")
        other = analyses.save(change(model), name="b")
        page = open_saved()
        lines = [reader.unescape(found.value) for found in page.markdown if found.value.startswith(":small[")]
        assert [line.removeprefix(":small[").partition(" · ")[0] for line in lines] == ["What if", "Explanation"]
        assert [page.checkbox(key=f"pick_{one.id}").disabled for one in (other, kept)] == [True, False]
        (sentence,) = reader.errors(open_saved(kept.id, other.id))
        assert sentence == (
            "Only explanations can be set side by side, and “b” was saved on the page What if. Choose another one in "
            "the list."
        )


class TestTrust:
    @pytest.mark.parametrize(
        ("view", "question", "count"), [("Faithfulness", "faithfulness", 1), ("Methods", "methods", 3)]
    )
    def test_what_is_shown_is_saved_shown_and_opened_again(self, model, analyses, view, question, count):
        page = follow({"model": model.identity.sha256}, "pages/trust.py", text=TEXT)
        reader.choose(page, "gamma")
        page.segmented_control(key="trust_view").set_value(view)
        page.segmented_control(key="trust_how").set_value("mask")
        run(page)
        assert keys(page) == {"download_trust_csv", "download_trust_report", "download_trust_json"}
        press(press(page, "save"), "save_confirm")
        (entry,) = analyses.find("forecast").entries
        trial = from_report(analyses.get(entry.id).report())
        assert (entry.kind, entry.label, trial.question, trial.how) == ("trust", "gamma", question, "mask")
        assert len(trial.explanations) == count
        (measured, *_) = compare_faithfulness(model, TEXT, trial.explanations, how="mask")
        assert trial.measured[0].comprehensiveness.value == pytest.approx(measured.comprehensiveness.value, abs=1e-6)

        saved = open_saved(entry.id)
        shown = [body for body in reader.bodies(saved) if '<div class="whylight"' in body]
        assert [body[body.index('<div class="whylight"') :] for body in shown] == [
            render_text(one) for one in trial.explanations
        ]
        said = [reader.unescape(found.value) for kind in (saved.markdown, saved.caption) for found in kind]
        assert any("20 random orders of them, drawn with the seed 0" in found for found in said)
        assert len(saved.get("plotly_chart")) == count
        assert keys(saved) == keys(page)
        again = press(saved, "again")
        assert again.title[0].value == "Can the explanation be trusted?"
        again.switch_page("pages/trust.py")
        again.query_params.clear()
        run(again)
        assert again.segmented_control(key="trust_view").value == view
        assert again.segmented_control(key="trust_how").value == "mask"
        assert again.pills(key="label").value == "gamma"
        assert not again.error
