"""The text of a session in another one: after a reload, in a second tab, from a link."""

import pytest

from attribution import demo
from attribution.storage.drafts import Draft, Drafts
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run

TEXT = "The bank raised its forecast after the match."
SAMPLE = demo.samples()[0].text


def text_of(page):
    return page.session_state["_submitted_text"]


@pytest.fixture
def link(keep):
    """The address of a page on which a text was explained."""
    page = explain(follow({"model": keep()}), TEXT)
    return dict(page.query_params)


class TestReload:
    def test_the_text_is_there_under_the_label_that_was_chosen(self, link):
        opened = follow(link)
        assert read(opened).text == opened.text_area(key="text").value == TEXT
        assert read(opened).label == link["label"]
        assert opened.query_params["draft"] == link["draft"]

    @pytest.mark.parametrize("name", ["compare", "trust", "what_if", "labels"])
    def test_every_page_shows_it(self, link, name):
        opened = follow(link, f"pages/{name}.py")
        assert text_of(opened) == TEXT
        assert not opened.error

    def test_another_sample_is_there_too_and_the_first_needs_no_name(self, keep):
        page = follow({"model": keep()})
        assert "draft" not in page.query_params
        page.button(key="sample_1").click()
        run(page)
        assert read(follow(dict(page.query_params))).text == demo.samples()[1].text

    def test_what_two_texts_were_compared_is_there(self, link):
        page = follow({**link, "compare_view": "Two texts"}, "pages/compare.py")
        page.text_area(key="compare_text").set_value("Goal!")
        run(page)
        opened = follow({**page.query_params, "compare_view": "Two texts"}, "pages/compare.py")
        assert opened.text_area(key="compare_text").value == "Goal!"
        assert text_of(opened) == TEXT


class TestName:
    def test_it_means_one_text_for_ever(self, link):
        page = follow(link)
        explain(page, "Another one.")
        assert page.query_params["draft"] != link["draft"]
        assert read(follow(link)).text == TEXT

    def test_the_same_text_keeps_it(self, link):
        page = follow(link)
        explain(page, TEXT)
        assert page.query_params["draft"] == link["draft"]

    @pytest.mark.parametrize("name", ["a" * 22, "../../../etc/passwd", ""])
    def test_one_that_leads_nowhere_gets_a_sentence_and_the_sample(self, link, name):
        opened = follow({**link, "draft": name})
        assert read(opened).text == SAMPLE
        assert [error for error in reader.errors(opened) if "not on this server any more" in error] or not name
        assert not run(opened).error
        explain(opened, TEXT)
        assert read(follow(dict(opened.query_params))).text == TEXT

    def test_a_text_that_cannot_be_kept_is_explained_all_the_same(self, keep, store):
        (store / "drafts").write_text("no folder")
        page = explain(follow({"model": keep()}), TEXT)
        assert read(page).text == TEXT
        assert any("a reload will not find it again" in one.value for one in page.caption)
        assert not page.query_params.get("draft")

    def test_one_that_was_thrown_away_meanwhile_is_kept_anew(self, link, store):
        page = follow(link)
        for path in (store / "drafts").iterdir():
            path.unlink()
        run(page)
        assert read(follow(dict(page.query_params))).text == read(page).text != SAMPLE


class TestHostile:
    def test_markup_in_a_draft_is_text(self, link):
        name = Drafts().keep(Draft("<img src=x onerror=alert(1)> **b**"))
        opened = follow({**link, "draft": name})
        assert read(opened).text == "<img src=x onerror=alert(1)> **b**"
        assert "img" not in read(opened).tags


def test_the_first_visit_writes_nothing(store):
    open_page()
    assert not (store / "drafts").exists()
