"""Saving from the Explain page, and the page of what was saved."""

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from attribution import IntegratedGradients, KernelShap, Occlusion, load_model
from attribution import explain as explain_by_backend
from attribution.render import render_text
from attribution.storage.analyses import Analyses
from attribution.storage.store import Store
from tests.attribution.stand_ins import explanation
from tests.models.kinds import build_document, build_pair, build_tars
from tests.models.transformers import save
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run, upload

LABELS = ("alpha", "beta", "gamma")
TEXT = "The bank raised its forecast, and <b>nobody</b> in Zürich knew why."
HOSTILE = "<img src=x onerror=alert(1)> **b** [a](javascript:alert(1)) :red[x] $x$"


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


def open_saved(*identifiers: str) -> AppTest:
    return follow({"analysis": [*identifiers]} if identifiers else {}, "pages/saved.py")


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return run(page)


def explain_again(identifier: str) -> AppTest:
    """Follow the button to the Explain page, where AppTest has to be told to stay."""
    page = press(open_saved(identifier), "again")
    assert page.title[0].value == "Why did the model say that?"
    page.switch_page("app.py")
    page.query_params.clear()
    return run(page)


def listed(page: AppTest) -> list[str]:
    """The names in the list, as they are read."""
    links = [found.proto.label for found in page.main if found.type == "page_link"]
    return [reader.unescape(label).strip("*") for label in links if label.startswith(("**", "\u2068**"))]


def links_to_it(page: AppTest) -> list:
    """Those to what was saved."""
    links = [found.proto for found in page.main if found.type == "page_link"]
    return [link for link in links if link.label.startswith("Saved as ")]


class TestSave:
    @pytest.fixture
    def page(self, make_checkpoint):
        return explain(upload(open_page(), make_checkpoint(LABELS), "mine.pt"), TEXT)

    def test_a_name_is_proposed_and_the_explanation_kept_with_its_text(self, page, analyses, make_checkpoint):
        press(page, "save")
        assert (
            page.text_input(key="save_name").value
            == f"{read(page).label}: The bank raised its forecast, and <b>nobody</b> in"
        )
        page.text_input(key="save_name").set_value("Rates")
        page.text_area(key="save_note").set_value("Look\nhere.")
        page.multiselect(key="save_tags").set_value([])
        press(page, "save_confirm")
        assert [toast.value for toast in page.toast] == ["Saved as **Rates**. The link to it stands beside Save."]
        (entry,) = analyses.find().entries
        assert (entry.name, entry.note, entry.model_name) == ("Rates", "Look\nhere.", "mine.pt")
        assert entry.label == read(page).label
        report = analyses.get(entry.id).report()
        assert report["texts"] == [TEXT]
        expected = explain_by_backend(load_model(make_checkpoint(LABELS)), TEXT, entry.label)
        assert [word["attribution"] for word in report["words"]] == pytest.approx(
            [word.attribution for word in expected.words()], abs=1e-4
        )

    def test_a_link_to_it_stands_there_while_it_is_shown(self, page, analyses):
        press(page, "save")
        press(page, "save_confirm")
        (entry,) = analyses.find().entries
        (link,) = links_to_it(page)
        assert link.query_string == f"analysis={entry.id}"
        assert "save_name" not in [field.key for field in page.text_input]
        reader.choose(page, next(label for label in LABELS if label != entry.label))
        assert not links_to_it(page)

    def test_a_name_is_needed(self, page, analyses):
        press(page, "save")
        page.text_input(key="save_name").set_value(" ")
        press(page, "save_confirm")
        assert reader.errors(page) == ["The analysis has no name yet. Write one, so that it can be found again."]
        assert analyses.find().total == 0
        page.text_input(key="save_name").set_value("Rates")
        press(page, "save_confirm")
        assert analyses.find().total == 1

    def test_a_database_that_does_not_answer_leaves_the_page(self, page, monkeypatch):
        before = read(page)
        monkeypatch.setenv("WHYLIGHT_DATABASE", "postgresql://a:secret@127.0.0.1:1/b")
        press(page, "save")
        (sentence,) = reader.errors(page)
        assert "does not answer" in sentence
        assert read(page) == before


class TestList:
    def test_an_empty_one_says_what_to_do(self):
        page = open_saved()
        assert "Explain a text and press **Save**" in page.info[0].value
        assert not page.error

    def test_the_newest_come_first_page_by_page(self, analyses):
        for number in range(23):
            analyses.save(explanation("Goal!", [1.0]), name=f"n{number}")
        page = open_saved()
        assert listed(page) == [f"n{number}" for number in range(22, 12, -1)]
        assert any("23 saved analyses" in found.value for found in page.caption)
        page.session_state["saved_page"] = 3
        assert listed(run(page)) == ["n2", "n1", "n0"]
        page.text_input(key="saved_search").set_value("n1")
        run(page)
        assert listed(page) == [f"n{number}" for number in range(19, 9, -1)]

    def test_search_and_tags_narrow_it(self, analyses):
        analyses.save(explanation("Rates rose by 100 %.", [1.0] * 5), name="one", tags=["Bank"])
        analyses.save(explanation("Goal!", [1.0]), name="two", note="rates", tags=["bank", "sport"])
        analyses.save(explanation("Film", [1.0]), name="three")
        page = open_saved()
        page.text_input(key="saved_search").set_value("RATES")
        assert listed(run(page)) == ["two", "one"]
        assert [note for note in reader.markdown(page) if note.endswith(" rates")]
        page.text_input(key="saved_search").set_value("100 %")
        assert listed(run(page)) == ["one"]
        page.text_input(key="saved_search").set_value("nothing like it")
        run(page)
        assert "has all of these words" in page.info[0].value
        page.text_input(key="saved_search").set_value("")
        page.selectbox(key="saved_tag").set_value("sport")
        assert listed(run(page)) == ["two"]

    def test_what_was_written_is_text(self, analyses):
        odd = explanation(HOSTILE, [1.0] * len(HOSTILE.split()), labels=(HOSTILE, "b"))
        entry = analyses.save(odd, name=HOSTILE, note=HOSTILE, tags=["<img src=x> **t** [a](b)"], model_name=HOSTILE)
        for page in (open_saved(), open_saved(entry.id), open_saved(entry.id, analyses.save(odd, name="x").id)):
            links = [found.proto.label.replace("**", "", 1) for found in page.main if found.type == "page_link"]
            titles = [found.value for found in page.title]
            shown = [*reader.markdown(page), *titles, *links]
            assert any("onerror" in text for text in shown)
            assert not [text for text in shown if re.search(r"(?<!\\)(<img|\[a|:red|\$x|\*\*b|\*\*t)", text)]
            assert not any("<img" in body.replace('"<img', "") for body in reader.bodies(page))

    def test_a_database_that_does_not_answer_gets_one_sentence(self, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_DATABASE", "postgresql://a:secret@127.0.0.1:1/b")
        (sentence,) = reader.errors(open_saved())
        assert "does not answer" in sentence
        assert "secret" not in sentence


class TestOpen:
    def test_its_reader_sees_how_it_was_made_and_with_which_model(self, analyses):
        method = IntegratedGradients(baseline="text", baseline_text="<b>a</b>\n\n# b", tolerance=0.02)
        first = replace(explanation("a b", [1.0, 2.0]), method=method)
        second = replace(explanation("a b", [2.0, 1.0]), method=Occlusion())
        identifiers = [analyses.save(one, name="<i>one</i>").id for one in (first, second)]
        page = open_saved(identifiers[0])
        (line,) = [text for text in reader.markdown(page) if "model’s SHA-256" in text]
        assert "Integrated gradients; baseline text, score centred, tolerance 0.02" in reader.unescape(line)
        assert f"model’s SHA-256 {first.model.sha256[:12]}…" in line
        assert "\n#" not in line
        facts = reader.bodies(page)[-1]
        assert first.model.sha256 in facts
        assert "precision auto, points learned, baseline_text &lt;b&gt;a&lt;/b&gt;" in facts
        both = reader.bodies(open_saved(*identifiers))[-1]
        assert "&lt;i&gt;one&lt;/i&gt;" in both
        assert "tolerance 0.02" in both
        assert "Occlusion; baseline" in both

    def test_it_is_shown_as_it_was_though_its_model_is_gone(self, analyses, make_checkpoint):
        found = explain_by_backend(load_model(make_checkpoint(LABELS)), TEXT, "beta")
        entry = analyses.save(found, name="Rates", note="Look\nhere.", tags=["bank"], model_name="mine.pt")
        page = open_saved(entry.id)
        assert page.title[0].value == "Rates"
        assert render_text(found) in next(body for body in reader.bodies(page) if 'class="whylight"' in body)
        assert reader.verdict(page).startswith("The model files this under")
        assert any("adds up" in text.value or "not converged" in text.value for text in page.markdown)
        assert len(page.get("plotly_chart")) == 2
        assert len(page.dataframe[0].value) == len(found.words())
        assert any(
            "“mine.pt”" in reader.unescape(text.value) and "not on this server" in text.value for text in page.caption
        )
        assert "again" not in [button.key for button in page.button]
        assert "save" not in [button.key for button in page.button]

    @pytest.mark.parametrize("name", ["trust", "compare", "what_if"])
    def test_who_comes_by_a_link_to_it_finds_its_text_on_every_page(self, analyses, model, name):
        entry = analyses.save(explain_by_backend(model, TEXT, "gamma"), name="mine", model_name="mine.pt")
        page = open_saved(entry.id)
        page.switch_page(f"pages/{name}.py")
        page.query_params.clear()
        run(run(page))
        assert page.session_state["_submitted_text"] == TEXT
        assert page.query_params["model"] == model.identity.sha256

    def test_who_has_a_text_keeps_it(self, analyses, model):
        entry = analyses.save(explain_by_backend(model, TEXT, "gamma"), name="mine", model_name="mine.pt")
        page = explain(open_page(), "My own text.")
        page.switch_page("pages/saved.py")
        page.query_params["analysis"] = entry.id
        assert run(page).session_state["_submitted_text"] == "My own text."

    def test_an_address_without_an_analysis_gets_one_sentence(self):
        for identifier in ("123e4567-e89b-42d3-a456-426614174000", "<b>", ""):
            (sentence,) = reader.errors(open_saved(identifier))
            assert "There is no saved analysis at this address" in sentence

    @pytest.mark.parametrize(
        "method",
        [
            IntegratedGradients(baseline="zero", tolerance=0.023, max_evaluations=40),
            IntegratedGradients(max_evaluations=5000, tolerance=0.05),
            Occlusion(baseline="zero"),
            KernelShap(samples=16, seed=3),
        ],
        ids=lambda method: type(method).__name__,
    )
    def test_it_is_explained_again_with_the_same_model_text_label_and_method(self, analyses, model, method):
        found = explain_by_backend(model, TEXT, "gamma", method)
        page = explain_again(analyses.save(found, name="Rates").id)
        assert page.text_area(key="text").value == TEXT
        assert page.selectbox(key="model").value == model.identity.sha256
        assert read(page).label == page.pills(key="label").value == "gamma"
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in found.words()], rel=1e-3, abs=1e-4
        )
        assert not page.error

    def test_a_pair_and_a_label_of_ones_own_are_explained_again(self, analyses, tmp_path):
        pair = save(build_pair(build_document(tmp_path / "pair"), embed_separately=False), tmp_path / "pair")
        tars = save(build_tars(tmp_path / "tars"), tmp_path / "tars")
        for path, text, label in ((pair, (TEXT, "Goal!"), None), (tars, TEXT, "weather")):
            with path.open("rb") as file:
                Store().add(file, path.parent.name)
            found = explain_by_backend(load_model(path), text, label)
            page = explain_again(analyses.save(found, name="Rates").id)
            assert read(page).label == found.label
            assert read(page).text == found.text
            assert not page.error


class TestTwo:
    def test_they_stand_side_by_side_on_one_scale(self, analyses):
        small = analyses.save(explanation("one two", [1.0, -0.5]), name="small")
        large = analyses.save(explanation("one two", [-4.0, 2.0]), name="large")
        page = open_saved()
        for entry in (small, large):
            page.checkbox(key=f"pick_{entry.id}").check()
            run(page)
        press(page, "open_two")
        first, second = (body for body in reader.bodies(page) if '<div class="whylight"' in body)
        (legend,) = (body for body in reader.bodies(page) if body.startswith('<div class="whylight-legend"'))
        assert "+4.00" in legend
        assert "--w:0.23" in first
        assert "--w:0.62" in second
        assert [heading.value.split(":")[0] for heading in page.markdown if heading.value.startswith("### ")][:2] == [
            "### small",
            "### large",
        ]
        assert list(page.dataframe[0].value["depends"]) == [True, True]
        assert page.query_params["analysis"] == [small.id, large.id]

    def test_a_third_cannot_be_picked(self, analyses):
        entries = [analyses.save(explanation("one", [1.0]), name=name) for name in "abc"]
        page = open_saved()
        for entry in entries[:2]:
            page.checkbox(key=f"pick_{entry.id}").check()
            run(page)
        assert page.checkbox(key=f"pick_{entries[2].id}").disabled
        press(page, "clear_picked")
        assert not page.checkbox(key=f"pick_{entries[0].id}").value

    def test_different_texts_are_told_of_word_by_word(self, analyses):
        entries = [analyses.save(explanation(text, [1.0, 2.0]), name=text) for text in ("one two", "Two three")]
        page = open_saved(*(entry.id for entry in entries))
        table = page.dataframe[0].value
        assert list(table["word"]) == ["three", "one", "two"]
        assert list(table["2: Two three: times"]) == [1, 0, 1]
        assert not reader.unexplained(page)
        assert not page.error

    def test_one_that_is_gone_gets_one_sentence(self, analyses):
        entry = analyses.save(explanation("one", [1.0]), name="a")
        (sentence,) = reader.errors(open_saved(entry.id, "123e4567-e89b-42d3-a456-426614174000"))
        assert "no saved analysis" in sentence


class TestEdit:
    @pytest.fixture
    def entry(self, analyses):
        return analyses.save(explanation("one two", [1.0, 2.0]), name="Rates", note="old", tags=["x"])

    def test_name_note_and_tags_are_changed(self, entry, analyses):
        page = press(open_saved(entry.id), "edit")
        assert page.multiselect(key="edit_tags").value == ["x"]
        page.text_input(key="edit_name").set_value("New")
        page.text_area(key="edit_note").set_value("new")
        page.multiselect(key="edit_tags").set_value([])
        press(page, "edit_confirm")
        assert page.title[0].value == "New"
        changed = analyses.get(entry.id).entry
        assert (changed.name, changed.note, changed.tags) == ("New", "new", ())
        assert "edit_name" not in [field.key for field in page.text_input]

    def test_the_second_of_two_people_reads_a_sentence_and_loses_nothing(self, entry, analyses):
        page = press(open_saved(entry.id), "edit")
        page.text_input(key="edit_name").set_value("Second")
        analyses.edit(entry.id, version=1, name="First", note="first", tags=["y"])
        press(page, "edit_confirm")
        (sentence,) = reader.errors(page)
        assert "“First” was changed by somebody else" in sentence
        assert page.title[0].value == "First"
        assert page.text_input(key="edit_name").value == "Second"
        assert analyses.get(entry.id).entry.name == "First"
        press(page, "edit_confirm")
        assert not page.error
        assert page.title[0].value == "Second"

    def test_a_form_that_was_left_open_holds_what_is_saved(self, entry, analyses):
        page = press(open_saved(entry.id), "edit")
        page.query_params.clear()
        assert not run(page).text_area
        page.query_params["analysis"] = [entry.id]
        run(page)
        assert (page.text_input(key="edit_name").value, page.text_area(key="edit_note").value) == ("Rates", "old")
        press(page, "edit_confirm")
        changed = analyses.get(entry.id).entry
        assert (changed.name, changed.note, changed.tags) == ("Rates", "old", ("x",))

    def test_cancel_changes_nothing(self, entry, analyses):
        page = press(open_saved(entry.id), "edit")
        page.text_input(key="edit_name").set_value("New")
        press(page, "edit_cancel")
        assert analyses.get(entry.id).entry == entry
        assert not page.text_input


class TestDelete:
    def test_it_is_asked_once_more_and_goes(self, analyses):
        gone, stays = (analyses.save(explanation("one", [1.0]), name=name) for name in ("gone", "stays"))
        page = press(open_saved(gone.id), "delete")
        press(page, "keep_analysis")
        assert analyses.get(gone.id)
        press(page, "delete")
        press(page, "confirm_delete_analysis")
        assert analyses.find().entries == (stays,)
