"""A text that is longer than the model reads, part by part."""

import pytest
from flair.embeddings import DocumentPoolEmbeddings

from tests.models.transformers import save
from tests.models.words import build_word_classifier, make_static
from tests.ui import reader
from tests.ui.reader import explain, follow, read, run

PARAGRAPH = "The striker scored twice in the cup final. The bank raised its forecast, and shares fell.\n\n"
TEXT = "".join(f"{number}: {PARAGRAPH}" for number in range(12))
ALIKE = PARAGRAPH * 12


@pytest.fixture
def page(keep):
    """A long text on a model that reads 128 tokens."""
    return explain(follow({"model": keep()}), TEXT)


def part_of(page):
    return next(one for one in page.button_group if one.key == "part")


class TestParts:
    def test_how_much_is_unread_is_said_before_the_text(self, page):
        body = next(one for one in reader.bodies(page) if "did not read the last" in one)
        share = int(body.partition("did not read the last ")[2].partition(" %")[0])
        assert 50 < share < 90
        assert body.index("did not read the last") < body.index('class="whylight"')

    def test_each_part_is_a_text_of_its_own_on_every_page_and_the_whole_comes_back(self, page):
        page.button(key="read_in_parts").click()
        run(page)
        assert part_of(page).value == 0
        seen, count = "", len(part_of(page).options) - 1
        for number in range(1, count + 1):
            part_of(page).set_value(number)
            run(page)
            assert not any("did not read" in one for one in reader.bodies(page))
            assert f"{number}: " in part_of(page).options[number]
            seen += page.session_state["_submitted_text"]
            assert read(page).text == page.session_state["_submitted_text"]
        assert "".join(seen.split()) == "".join(TEXT.split())
        part_of(page).set_value(0)
        run(page)
        assert read(page).text == TEXT
        assert any("did not read" in one for one in reader.bodies(page))

    def test_a_reload_brings_the_part_and_the_others_back(self, page):
        page.button(key="read_in_parts").click()
        run(page)
        part_of(page).set_value(2)
        run(page)
        opened = follow(dict(page.query_params))
        assert part_of(opened).value == 2
        assert read(opened).text == read(page).text != TEXT
        assert any("This is part 2 of " in one.value for one in opened.caption)
        part_of(opened).set_value(0)
        assert read(run(opened)).text == TEXT

    def test_of_two_parts_that_are_alike_the_one_that_was_chosen_is(self, keep):
        page = explain(follow({"model": keep()}), ALIKE)
        page.button(key="read_in_parts").click()
        part_of(run(page)).set_value(2)
        run(page)
        assert part_of(page).value == 2
        assert any("This is part 2 of " in one.value for one in page.caption)
        assert part_of(follow(dict(page.query_params))).value == 2

    def test_another_model_leaves_the_part_and_the_whole(self, page, keep, tmp_path):
        page.button(key="read_in_parts").click()
        part_of(run(page)).set_value(2)
        read_before = read(run(page)).text
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_static()]))  # it reads a text of any length
        other = keep(path=save(classifier, tmp_path))
        run(page)
        page.selectbox(key="model").set_value(other)
        run(page)
        assert read(page).text == read_before
        assert part_of(page).value == -1
        assert not [one for one in page.button if one.key == "read_in_parts"]
        part_of(page).set_value(0)
        assert read(run(page)).text == TEXT

    def test_another_text_is_no_part_of_it(self, page):
        page.button(key="read_in_parts").click()
        explain(run(page), "The bank raised its forecast.")
        assert not [one for one in page.button_group if one.key == "part"]

    def test_a_text_that_is_read_whole_has_none(self, keep):
        page = explain(follow({"model": keep()}), PARAGRAPH)
        assert not [one for one in page.button if one.key == "read_in_parts"]


class TestElsewhere:
    @pytest.mark.parametrize("name", ["what_if", "trust"])
    def test_what_was_not_read_is_said_first_on_other_pages_too(self, keep, name):
        page = follow({"model": keep()}, f"pages/{name}.py", text=TEXT)
        assert any(one.startswith('<div class="whylight-doubt">') for one in reader.bodies(page))
