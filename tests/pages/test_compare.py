import numpy as np
import pytest

from attribution import contrast, explain_labels, load_model
from tests.pages import reader
from tests.pages.reader import explain as explain_text
from tests.pages.reader import open_page, run, upload

TEXT = "The bank compared its forecast with the referee's match report."
LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def model(make_checkpoint):
    return load_model(make_checkpoint(LABELS))


@pytest.fixture
def page(make_checkpoint):
    """The Compare page, as it is reached from an explained text of a small model."""
    page = explain_text(upload(open_page(), make_checkpoint(LABELS)), TEXT)
    page.switch_page("pages/compare.py")
    return run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first


def look_at(page, name):
    page.segmented_control(key="compare_view").set_value(name)
    return run(page)


class TestLabels:
    def test_the_two_most_probable_stand_side_by_side(self, page, model):
        labels = [label for label, _ in model.predict(TEXT).ranked()][:2]
        assert page.multiselect(key="labels").value == labels
        table = page.dataframe[0].value
        for label, expected in zip(labels, explain_labels(model, TEXT, labels), strict=True):
            assert sorted(table[f"for {label}"]) == pytest.approx(
                sorted(word.attribution for word in expected.words()), abs=1e-4
            )
        assert not reader.unexplained(page)

    def test_three_labels_make_three_columns(self, page):
        page.multiselect(key="labels").set_value(list(LABELS))
        run(page)
        assert sum('<div class="whylight"' in body for body in reader.bodies(page)) == 4  # and the contrast
        assert not page.exception

    def test_one_label_is_too_few(self, page):
        page.multiselect(key="labels").set_value(["alpha"])
        run(page)
        assert "Choose at least two labels." in [found.value for found in page.info]

    def test_the_contrast_can_be_swapped(self, page):
        first, second = page.selectbox(key="contrast_for").value, page.selectbox(key="contrast_against").value
        page.button(key="contrast_swap").click()
        run(page)
        assert page.selectbox(key="contrast_for").value == second
        assert page.selectbox(key="contrast_against").value == first
        assert any(f"for {first}</span>" in body and f"for {second}</span>" in body for body in reader.bodies(page))

    def test_a_method_without_differences_says_so(self, page):
        page.selectbox(key="method").set_value("gradient_norm")
        run(page)
        assert any("have no difference" in found.value for found in page.info)
        assert not page.exception


class TestTexts:
    def test_another_text_stands_beside_the_first(self, page):
        look_at(page, "Two texts")
        assert any("Paste another text" in found.value for found in page.info)
        page.text_area(key="compare_text").set_value("Another report of the match.")
        run(page)
        assert sum('<div class="whylight"' in body for body in reader.bodies(page)) == 2
        assert not page.exception

    def test_a_text_without_words_gets_a_sentence(self, page):
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("\u200b \u200b")
        run(page)
        assert not page.exception
        assert reader.errors(page)


class TestModels:
    def test_two_models_are_matched_by_their_labels_names(self, page, make_checkpoint):
        upload(page, make_checkpoint(("gamma", "delta")), "other.pt")
        look_at(page, "Two models")
        tables = [found.value for found in page.dataframe]
        table = next(table for table in tables if "this model" in table)
        assert sorted(table["label"][:2]) == ["delta", "gamma"]
        assert table["the other"].isna().any()
        assert not reader.unexplained(page)
        assert not page.exception


class TestContrast:
    def test_it_is_the_difference_of_the_two(self, model):
        first, second = explain_labels(model, TEXT, ["alpha", "beta"])
        found = contrast(first, second)
        logits = dict(zip(model.labels, model.predict(TEXT).logits, strict=True))
        assert found.score == pytest.approx(logits["alpha"] - logits["beta"], abs=1e-5)
        assert np.allclose(found.attributions, first.attributions - second.attributions)
        assert found.gap == pytest.approx(first.gap - second.gap)
        assert first.rather_than is None
