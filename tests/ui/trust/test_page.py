import re

import pytest

from attribution import explain, load_model
from attribution.ablation.faithfulness import measure_faithfulness
from tests.ui import reader
from tests.ui.reader import explain as explain_text
from tests.ui.reader import follow, open_page, run, upload

TEXT = "The bank raised its forecast after the match."
LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def page(keep):
    """The Trust page of a text that was explained with a small model."""
    return follow({"model": keep(LABELS)}, "pages/trust.py", text=TEXT)


def look_at(page, name):
    page.segmented_control(key="trust_view").set_value(name)
    return run(page)


def headline(page):
    return next(reader.unescape(found.value) for found in page.markdown if "strongest words" in found.value)


class TestFaithfulness:
    def test_the_sentence_says_what_the_backend_measures(self, make_checkpoint):
        page = explain_text(upload(open_page(), make_checkpoint(LABELS)), TEXT)
        page.switch_page("pages/trust.py")
        run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first
        model = load_model(make_checkpoint(LABELS))
        explanation = explain(model, TEXT)
        found = measure_faithfulness(model, TEXT, explanation)
        assert headline(page) == (
            f"## Deleting the 5 strongest words for {explanation.label} takes its probability from "
            f"{found.probability:.2f} to {found.without_strongest:.2f}; deleting 5 random words, "
            f"to {found.without_random:.2f}."
        )
        verdict = next(one.value for one in (*page.success, *page.info, *page.warning) if "evidence" in one.value)
        assert verdict.startswith(f"**{found.comprehensiveness.evidence.title()} evidence** that these words matter")
        assert f"falls by {found.comprehensiveness.lead:.2f}".replace("-", "−") in verdict
        assert [metric.value for metric in page.metric] == [
            f"{one.value:+.3f}".replace("-", "−")
            for one in (found.comprehensiveness, found.sufficiency, found.log_odds)
        ]
        assert re.fullmatch(r"better than \d+ % of random orders", page.metric[0].delta)

    def test_every_number_has_its_meaning_one_hover_away(self, page):
        assert len(page.metric) == 3
        assert all(metric.help for metric in page.metric)
        assert not page.error

    def test_masking_is_another_question(self, page):
        before = headline(page)
        page.segmented_control(key="trust_how").set_value("mask")
        run(page)
        assert headline(page).startswith("## Masking the 5")
        assert headline(page) != before

    def test_another_label_is_measured_by_one_click(self, page):
        other = reader.choices(page)[-1].split()[0]
        reader.choose(page, other)
        assert f"strongest words for {other}" in headline(page)


class TestMethods:
    def test_they_stand_side_by_side(self, page):
        look_at(page, "Methods")
        table = page.dataframe[0].value
        assert list(table[""]) == ["Integrated gradients", "Occlusion", "Input times gradient"]
        assert table["rank correlation"][0] == pytest.approx(1.0)
        assert not reader.unexplained(page)
        assert list(table["evaluations"]) == [table["evaluations"][0], 10, 1]
        assert sum('<div class="whylight"' in body for body in reader.bodies(page)) == 3

    def test_none_chosen_says_what_to_do(self, page):
        look_at(page, "Methods")
        page.multiselect(key="trust_methods").set_value([])
        run(page)
        assert "Choose at least one method" in page.info[0].value


class TestBaselines:
    def test_each_is_explained_and_words_that_change_sides_are_marked(self, page):
        look_at(page, "Baselines")
        compared, words = page.dataframe[0].value, page.dataframe[1].value
        assert list(compared[""]) == ["pad", "mask", "zero", "mean", "average"]
        assert all(re.match(r"(alpha|beta|gamma) ", said) for said in compared["baseline itself"])
        assert not reader.unexplained(page)
        count = int(words["depends"].sum())
        assert any(
            found.value == f"### {count} of {len(words)} words change sides with the baseline"
            for found in page.markdown
        )
        lowest = compared["rank correlation"].min()
        (said,) = [found.value for found in page.markdown if "rank correlation with the first" in found.value]
        assert f"{lowest:.2f}".replace("-", "−") in said
        assert ("depends on the baseline" in said) == (lowest < 0.5)
        signs = words[["pad", "mask", "zero", "mean", "average"]]
        assert ((signs[words["depends"]].max(axis=1) > 0) & (signs[words["depends"]].min(axis=1) < 0)).all()

    def test_a_method_without_baseline_says_so(self, page):
        page.selectbox(key="method").set_value("gradient_norm")
        look_at(page, "Baselines")
        assert "has no baseline" in page.info[0].value


class TestOddInput:
    def test_one_word_gets_a_sentence(self, page):
        page.switch_page("app.py")
        explain_text(run(page), "bank")
        page.switch_page("pages/trust.py")
        run(page)
        assert "one word only" in page.error[0].value
