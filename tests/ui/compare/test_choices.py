"""A link to Compare opens the same labels, contrast, label and other model; a text is never in it."""

import pytest

from attribution import demo
from tests.ui import reader
from tests.ui.reader import HOSTILE_LABELS, follow, run

LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def page(keep):
    """The Compare page with a small model, as a link without labels opens it."""
    return follow({"model": keep(LABELS)}, "pages/compare.py")


def look_at(page, name):
    page.segmented_control(key="compare_view").set_value(name)
    return run(page)


def choose(page, *labels):
    page.multiselect(key="labels").set_value(list(labels))
    return run(page)


def contrasted(page):
    return [page.selectbox(key=key).value for key in ("contrast_for", "contrast_against")]


def asked(page):
    """What is in the address, beside the model."""
    return {key: value for key, value in page.query_params.items() if key != "model" and value != []}


class TestAddress:
    def test_labels_and_contrast_are_in_it_and_open_again(self, page):
        choose(page, "gamma", "alpha", "beta")
        page.selectbox(key="contrast_for").set_value("gamma")
        page.selectbox(key="contrast_against").set_value("beta")
        run(page)
        assert asked(page) == {"labels": ["gamma", "alpha", "beta"], "contrast": ["gamma", "beta"]}
        opened = follow(page.query_params, "pages/compare.py")
        assert opened.multiselect(key="labels").value == ["gamma", "alpha", "beta"]
        assert contrasted(opened) == ["gamma", "beta"]
        assert asked(opened) == asked(page)
        assert not opened.error

    def test_it_gives_way_to_what_is_chosen_afterwards(self, page, stand_in):
        opened = follow({**page.query_params, "labels": ["gamma", "alpha"]}, "pages/compare.py")
        choose(opened, "beta", "alpha")
        assert run(opened).multiselect(key="labels").value == ["beta", "alpha"]
        before = contrasted(opened)
        opened.button(key="contrast_swap").click()
        assert asked(run(opened))["contrast"] == contrasted(opened) == before[::-1]
        opened.selectbox(key="model").set_value(stand_in.stem)
        run(opened)
        assert set(opened.multiselect(key="labels").value) < set(demo.LABELS)
        assert not opened.error

    def test_the_text_is_never_in_it(self, page):
        look_at(page, "Two texts")
        page.text_area(key="compare_text").set_value("Nobody else is to read these words.")
        run(page)
        assert asked(page).keys() == {"label", "draft"}
        assert "Nobody" not in str(asked(page))

    def test_the_label_of_two_texts_opens_again_before_the_other_text_is_there(self, page):
        look_at(page, "Two texts")
        page.selectbox(key="compare_label").set_value("gamma")
        run(page)
        opened = follow({**page.query_params, "compare_view": "Two texts"}, "pages/compare.py")
        assert opened.selectbox(key="compare_label").value == "gamma"
        opened.text_area(key="compare_text").set_value("Goal!")
        assert run(opened).selectbox(key="compare_label").value == "gamma"

    def test_the_other_model_opens_again(self, page, keep):
        keep(LABELS, seed=5)
        other = keep(LABELS, seed=6)
        look_at(page, "Two models")
        page.selectbox(key="other_model").set_value(other)
        page.selectbox(key="compare_label").set_value("beta")
        run(page)
        assert asked(page) == {"label": "beta", "other_model": other}
        opened = follow({**page.query_params, "compare_view": "Two models"}, "pages/compare.py")
        assert opened.selectbox(key="other_model").value == other
        assert opened.selectbox(key="compare_label").value == "beta"
        assert not opened.error

    def test_another_model_that_is_not_here_gets_one_sentence(self, page, keep):
        keep(LABELS, seed=5)
        link = {**page.query_params, "compare_view": "Two models", "other_model": "f" * 64}
        opened = follow(link, "pages/compare.py")
        (sentence,) = reader.errors(opened)
        assert f"the model {'f' * 64} beside this one" in sentence
        assert reader.errors(run(opened)) == []

    def test_labels_that_the_model_has_not_get_one_sentence_and_two_are_shown(self, page):
        opened = follow({**page.query_params, "labels": ["gamma", "delta"]}, "pages/compare.py")
        (sentence,) = reader.errors(opened)
        assert "the label 'delta', which this model lacks" in sentence
        assert opened.multiselect(key="labels").value[0] == "gamma"
        assert len(opened.multiselect(key="labels").value) == 2
        assert reader.errors(run(opened)) == []

    @pytest.mark.parametrize("value", ["", "<script>alert(1)</script>", "*a* [b](http://c)", "\x00", "x" * 5000])
    def test_nonsense_in_its_place_is_text_and_short(self, page, value):
        link = {**page.query_params, **dict.fromkeys(["labels", "contrast", "label", "other_model"], [value] * 30)}
        opened = follow(link, "pages/compare.py")
        assert len(opened.multiselect(key="labels").value) == 2
        assert all(len(sentence) < 300 for sentence in reader.errors(opened))
        assert value not in asked(opened).get("labels", [])

    def test_odd_labels_and_many_of_them_open_again(self, keep):
        labels = (*HOSTILE_LABELS, "a&b=c#d %20+e", "ä, ö", *(f"topic {number:03d}" for number in range(194)))
        odd = [*HOSTILE_LABELS[:2], "a&b=c#d %20+e", "ä, ö"]
        link = {"model": keep(labels), "labels": [*odd, "topic 001"], "contrast": odd[2:]}
        opened = follow(link, "pages/compare.py")
        assert opened.multiselect(key="labels").value == odd
        assert contrasted(opened) == odd[2:]
        assert asked(opened) == {"labels": odd, "contrast": odd[2:]}
        assert not opened.error

    def test_they_are_there_again_after_a_turn_to_another_page(self, page):
        choose(page, "gamma", "alpha")
        for other in ("pages/labels.py", "pages/compare.py"):
            page.query_params.clear()  # as the menu does
            page.switch_page(other)
            run(run(page))
        assert page.multiselect(key="labels").value == ["gamma", "alpha"]
        assert asked(page)["labels"] == ["gamma", "alpha"]
