import json

import numpy as np
import pytest

from attribution import contrast, explain_labels, load_model
from tests.models.kinds import build_document, build_pair, build_regressor, build_tars
from tests.models.transformers import save
from tests.ui import reader
from tests.ui.reader import explain as explain_text
from tests.ui.reader import follow, open_page, run, upload

TEXT = "The bank compared its forecast with the referee's match report."
LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def model(make_checkpoint):
    return load_model(make_checkpoint(LABELS))


@pytest.fixture
def page(keep):
    """The Compare page of a text that was explained with a small model."""
    return follow({"model": keep(LABELS)}, "pages/compare.py", text=TEXT)


def look_at(page, name):
    page.segmented_control(key="compare_view").set_value(name)
    return run(page)


def choose(page, *labels):
    page.multiselect(key="labels").set_value(list(labels))
    return run(page)


def legends(page):
    return [body for body in reader.bodies(page) if body.startswith('<div class="whylight-legend"')]


def downloads(page):
    return [button.proto.label for button in page.get("download_button")]


class TestLabels:
    def test_the_two_most_probable_stand_side_by_side(self, model, make_checkpoint):
        page = explain_text(upload(open_page(), make_checkpoint(LABELS)), TEXT)
        page.switch_page("pages/compare.py")
        run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first
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

    def test_one_legend_stands_above_all_columns(self, page):
        choose(page, *LABELS)
        shared, of_contrast = legends(page)[0], reader.bodies(page)[-1]
        assert "against the column’s label" in shared
        assert sum('class="whylight-legend"' in body for body in reader.bodies(page)) == 2
        assert 'class="whylight-legend"' in of_contrast

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
        assert any("cannot be subtracted" in found.value for found in page.info)
        assert not page.exception


class TestTexts:
    def test_another_text_stands_beside_the_first(self, page):
        look_at(page, "Two texts")
        assert any("Paste another text" in found.value for found in page.info)
        page.text_area(key="compare_text").set_value("Another report of the match.")
        run(page)
        assert sum('<div class="whylight"' in body for body in reader.bodies(page)) == 2
        assert len(legends(page)) == 1
        assert not page.exception

    def test_it_says_what_each_is_filed_under(self, page, model):
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Goal!")
        page.selectbox(key="compare_label").set_value("gamma")
        run(page)
        said = [reader.unescape(found.value) for found in page.markdown if found.value.startswith("Filed under")]
        predicted = [model.predict(text) for text in (TEXT, "Goal!")]
        assert [line.split()[2] for line in said] == [prediction.label for prediction in predicted]
        for line, prediction in zip(said, predicted, strict=True):
            assert prediction.label == "gamma" or f"· gamma {100 * prediction.probability_of('gamma'):.0f} %" in line

    def test_words_are_listed_and_drawn_for_both_on_one_scale(self, page, model):
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Another report of the match.")
        run(page)
        table = page.dataframe[0].value.set_index("word")
        assert table.loc["report", "other text: times"] == 1
        assert np.isnan(table.loc["bank", "other text"])
        expected = {
            word.text: word.attribution
            for word in explain_labels(model, TEXT, [page.selectbox(key="compare_label").value])[0].words()
        }
        assert table.loc["bank", "first text"] == pytest.approx(expected["bank"], abs=1e-4)
        ranges = [json.loads(chart.proto.spec)["layout"]["xaxis"]["range"] for chart in page.get("plotly_chart")]
        assert len(ranges) == 2
        assert ranges[0] == ranges[1]
        assert not reader.unexplained(page)

    def test_each_has_a_scale_of_its_own_on_request(self, page):
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Another report of the match.")
        run(page).toggle(key="own_scale").set_value(True)
        run(page)
        assert sum("whylight-legend" in body for body in reader.bodies(page)) == 2
        ranges = [json.loads(chart.proto.spec)["layout"]["xaxis"]["range"] for chart in page.get("plotly_chart")]
        assert ranges[0] != ranges[1]
        assert any("the same colour can mean different numbers" in found.value for found in page.caption)

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

    def test_models_of_one_name_are_told_apart(self, page, keep):
        first, second = keep(LABELS, seed=5), keep(LABELS, seed=6)
        look_at(page, "Two models")
        options = page.selectbox(key="other_model").options
        assert sum(first[:8] in option or second[:8] in option for option in options) == 2
        assert not page.error

    def test_every_word_is_listed_where_both_read_the_same_words(self, page, keep):
        keep(LABELS, seed=5)
        look_at(page, "Two models")
        table = page.dataframe[0].value
        assert len(table) == len(TEXT.replace(".", " .").replace("'s", " 's").split())
        assert len(page.get("plotly_chart")) == 2


class TestDownloads:
    def test_labels_texts_and_models_can_be_taken_along(self, page, keep):
        keep(LABELS, seed=5)
        choose(page, *LABELS)
        assert downloads(page)[-5:] == ["CSV", "Report", *(f"for {label}" for label in LABELS)]
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Goal!")
        run(page)
        assert downloads(page)[-4:-2] == ["CSV", "Report"]
        look_at(page, "Two models")
        assert downloads(page)[-4:-2] == ["CSV", "Report"]


class TestKinds:
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def paths(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("kinds")
        cls.pair = save(build_pair(build_document(folder / "pair"), embed_separately=False), folder / "pair")
        cls.regressor = save(build_regressor(build_document(folder / "regressor")), folder / "regressor")
        cls.tars = save(build_tars(folder / "tars"), folder / "tars")

    def open(self, keep, view, path, **options):
        return follow({"model": keep(path=path), "compare_view": view}, "pages/compare.py", **options)

    def test_a_pair_is_asked_for_and_its_labels_compared(self, keep):
        page = upload(open_page(), self.pair)
        page.text_area(key="second_text").set_value("Goal!")
        explain_text(page, TEXT)
        page.switch_page("pages/compare.py")
        run(run(page))
        assert len(page.multiselect(key="labels").value) == 2
        assert downloads(page)[-2:]
        assert any("reads two texts at once" in found.value for found in look_at(page, "Two texts").info)
        assert any("reads one text, the other two" in found.value for found in look_at(page, "Two models").info)
        assert not page.error

    def test_of_values_texts_and_models_are_compared_without_labels_or_shares(self, keep, tmp_path):
        other = keep(path=save(build_regressor(build_document(tmp_path), scale=1.0), tmp_path))
        page = self.open(keep, "Two texts", self.regressor)
        assert "compare_label" not in [box.key for box in page.selectbox]
        page.text_area(key="compare_text").set_value("Goal!")
        run(page)
        assert sum(found.value.startswith("Its value is") for found in page.markdown) == 2
        assert not any("%" in found.value for found in page.markdown)
        assert len(page.get("plotly_chart")) == 2
        look_at(page, "Two models")
        page.selectbox(key="other_model").set_value(other)
        run(page)
        assert sum(found.value.startswith("Its value is") for found in page.markdown) == 2
        assert not page.error

    def test_one_label_leaves_texts_to_compare(self, keep):
        page = follow({"model": keep(("alone",))}, "pages/compare.py")
        assert any("one label only" in found.value for found in page.info)
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Goal!")
        assert not run(page).error
        assert len(page.get("plotly_chart")) == 2

    def test_independent_labels_tell_their_thresholds(self, keep):
        page = follow({"model": keep(LABELS, multi_label=True), "compare_view": "Two texts"}, "pages/compare.py")
        page.text_area(key="compare_text").set_value("Goal!")
        run(page)
        assert sum(found.value.startswith("Filed under") for found in page.markdown) == 2
        assert not page.error

    def test_labels_of_ones_own_are_written_for_a_model_that_takes_any(self, keep):
        link = {"model": keep(path=self.tars), "labels": ["weather report", "personal finance"]}
        page = follow(link, "pages/compare.py")
        assert page.multiselect(key="labels").value == ["weather report", "personal finance"]
        assert not page.error


class TestContrast:
    def test_it_is_the_difference_of_the_two(self, model):
        first, second = explain_labels(model, TEXT, ["alpha", "beta"])
        found = contrast(first, second)
        logits = dict(zip(model.labels, model.predict(TEXT).logits, strict=True))
        assert found.score == pytest.approx(logits["alpha"] - logits["beta"], abs=1e-5)
        assert np.allclose(found.attributions, first.attributions - second.attributions)
        assert found.gap == pytest.approx(first.gap - second.gap)
        assert first.rather_than is None
