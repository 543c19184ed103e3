"""What a link opens: the model, the label and the settings stand in the address, the text never does."""

import re

import pytest

from attribution import IntegratedGradients, Occlusion, demo, load_model
from attribution import explain as explain_by_backend
from tests.models.kinds import build_document, build_regressor, build_tars
from tests.models.transformers import save
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run, upload

SAMPLE = demo.samples()[0].text
TEXT = "The striker scored twice."
ALPHA = ("alpha", "beta", "gamma")


@pytest.fixture
def stored(keep):
    """A page with a small model, chosen, whose address is what a reader would copy."""
    return follow({"model": keep(ALPHA)})


class TestShown:
    def test_the_first_visit_has_model_and_label_in_its_address(self, stand_in):
        page = open_page()
        assert page.query_params == {"model": stand_in.stem, "label": read(page).label}

    def test_the_text_is_never_in_it(self, make_checkpoint):
        page = explain(upload(open_page(), make_checkpoint(ALPHA)), "Nobody else is to read these words.")
        page.text_area(key="text").set_value("Nor these.")
        run(page)
        assert set(page.query_params) == {"model", "label", "draft"}
        assert not any("read" in value for value in page.query_params.values())

    def test_it_follows_what_is_chosen(self, stored, stand_in):
        reader.choose(stored, "gamma")
        assert stored.query_params["label"] == "gamma"
        stored.selectbox(key="model").set_value(stand_in.stem)
        run(stored)
        assert stored.query_params == {"model": stand_in.stem, "label": read(stored).label}


class TestLink:
    def test_a_new_session_shows_the_same_model_label_method_and_settings(self, stored, make_checkpoint):
        least = load_model(make_checkpoint(ALPHA)).predict(SAMPLE).ranked()[-1][0]
        reader.choose(stored, least)
        stored.slider(key="tolerance").set_value(4.0)
        stored.selectbox(key="baseline").set_value("zero")
        stored.segmented_control(key="unit").set_value("subword")
        run(stored)
        link = {
            **stored.query_params,
            "tolerance": "4",
            "baseline": "zero",
            "unit": "Subwords",
        }  # as a browser adds them
        opened = follow(link)
        assert opened.selectbox(key="model").value == stored.selectbox(key="model").value
        assert opened.segmented_control(key="unit").value == "subword"
        assert read(opened) == read(stored)
        expected = explain_by_backend(
            load_model(make_checkpoint(ALPHA)), SAMPLE, least, IntegratedGradients(baseline="zero", tolerance=0.04)
        )
        assert sum(value for _, value in read(opened).words) == pytest.approx(
            sum(word.attribution for word in expected.words()), rel=1e-3
        )
        assert not opened.error

    def test_another_method_is_opened_with_its_own_settings(self, stored):
        opened = follow({**stored.query_params, "method": "Occlusion", "occlusion_baseline": "zero"})
        assert opened.selectbox(key="method").value == "occlusion"
        assert opened.selectbox(key="occlusion_baseline").value == Occlusion(baseline="zero").baseline
        assert not opened.error

    def test_what_is_looked_at_on_the_page_trust_is_in_it(self, stored):
        opened = follow({**stored.query_params, "trust_view": "Baselines"}, "pages/trust.py", text=TEXT)
        assert opened.segmented_control(key="trust_view").value == "Baselines"
        assert not opened.error

    @pytest.mark.parametrize("page", ["pages/trust.py", "pages/what_if.py"])
    def test_other_pages_open_it_as_well(self, stored, page):
        reader.choose(stored, "gamma")
        opened = follow(stored.query_params, page, text=TEXT)
        assert opened.selectbox(key="model").value == stored.selectbox(key="model").value
        assert opened.pills(key="label").value == "gamma"
        assert opened.query_params["label"] == "gamma"

    def test_a_model_that_is_not_here_gets_one_sentence_and_the_demo_is_shown(self, stand_in):
        opened = follow({"model": "f" * 64, "label": "sport"})
        (sentence,) = reader.errors(opened)
        assert f"the model {'f' * 64}, which is not on this server. Upload its file" in sentence
        assert opened.selectbox(key="model").value == stand_in.stem
        assert read(opened).label == "sport"
        assert opened.query_params["model"] == stand_in.stem
        assert reader.errors(run(opened)) == []

    @pytest.mark.parametrize(
        "value", ["", "<script>alert(1)</script>", "*a* [b](http://c)", "\x00", "../../etc", "x" * 5000]
    )
    def test_nonsense_in_its_place_is_text_and_short(self, value, stand_in):
        opened = follow({"model": value, "label": value})
        assert opened.selectbox(key="model").value == stand_in.stem
        assert read(opened).label in demo.LABELS
        assert all(len(sentence) < 300 for sentence in reader.errors(opened))
        assert not any(re.search(r"(?<!\\)(<script|\[b\]\()", shown) for shown in reader.markdown(opened))

    def test_a_label_that_the_model_has_not_gets_one_sentence_and_the_predicted_one_is_shown(self, stored):
        predicted = read(stored).label
        opened = follow({**stored.query_params, "label": "delta"})
        (sentence,) = reader.errors(opened)
        assert "the label 'delta', which this model lacks" in sentence
        assert read(opened).label == predicted
        assert reader.errors(run(opened)) == []

    def test_it_gives_way_to_what_is_chosen_afterwards(self, stored, stand_in):
        opened = follow({**stored.query_params, "label": "gamma"})
        reader.choose(opened, "alpha")
        assert read(run(opened)).label == "alpha"
        opened.query_params["label"] = "gamma"  # a browser that has not heard yet
        reader.choose(opened, "beta")
        assert read(opened).label == "beta"
        opened.selectbox(key="model").set_value(stand_in.stem)
        assert read(run(opened)).label in demo.LABELS


class TestPages:
    def test_model_label_and_address_are_there_again_after_a_turn_to_other_pages(self, stored):
        reader.choose(stored, "gamma")
        link = dict(stored.query_params)
        for other in ("pages/labels.py", "pages/saved.py", "pages/compare.py", "app.py"):
            stored.query_params.clear()  # as the menu does
            stored.switch_page(other)
            run(run(stored))
        assert stored.query_params == link
        assert read(stored).label == "gamma"


class TestKinds:
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def paths(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("kinds")
        cls.tars = save(build_tars(folder / "tars"), folder / "tars")
        cls.regressor = save(build_regressor(build_document(folder / "regressor")), folder / "regressor")

    def test_a_label_of_ones_own_is_written_for_a_model_that_takes_any(self, keep):
        opened = follow({"model": keep(path=self.tars), "label": "weather report"}, text=TEXT)
        assert opened.text_input(key="new_labels").value == "weather report"
        assert read(opened).label == "weather report"
        opened.text_input(key="new_labels").set_value("")
        run(opened)
        assert read(opened).label != "weather report"
        assert not opened.error

    def test_a_model_of_values_takes_no_label(self, keep):
        opened = follow({"model": keep(path=self.regressor), "label": "sport"}, text=TEXT)
        assert read(opened).label == "value"
        assert not opened.error


class TestText:
    def test_a_link_says_that_it_brings_a_sample_until_another_text_is_explained(self, stand_in):
        page = follow({"model": stand_in.stem, "label": "sport"})
        assert any("A link holds no text" in found.value for found in page.caption)
        assert not any("A link holds no text" in found.value for found in explain(page, "The striker.").caption)

    @pytest.mark.parametrize(
        ("page", "view"),
        [("compare", {"labels": ["sport", "tech"]}), ("what_if", {"label": "sport"}), ("trust", {"label": "sport"})],
    )
    def test_every_page_that_a_link_opens_says_that_this_is_a_sample(self, stand_in, page, view):
        def says(opened):
            return any("A link holds no text" in found.value for found in opened.caption)

        assert says(follow({"model": stand_in.stem, **view}, f"pages/{page}.py"))
        assert not says(run(follow({}, f"pages/{page}.py")))

    def test_a_first_visit_without_a_link_says_nothing_of_one(self):
        assert not any("A link holds no text" in found.value for found in open_page().caption)
