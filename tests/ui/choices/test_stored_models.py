"""The models on the server, as a reader sees and deletes them."""

import threading

import pytest
import streamlit as st

from attribution.storage.store import Store
from attribution.wording import format_size
from tests.ui import reader
from tests.ui.reader import explain, open_page, read, run, upload
from ui.choices import opened_models

ALPHA, GAMMA = ("alpha", "beta"), ("gamma", "delta")


@pytest.fixture
def page():
    return open_page()


def manage(page):
    page.button(key="manage_models").click()
    return run(page)


def deletable(page):
    return [button.key for button in page.button if (button.key or "").startswith("delete_")]


def listed(page):
    return [reader.unescape(found.value) for found in page.markdown if "sha256" in found.value]


class TestPicker:
    def test_two_models_of_one_name_and_size_are_told_apart(self, page, make_checkpoint):
        first, second = (make_checkpoint(labels) for labels in (ALPHA, ("omega", "zeta")))
        assert first.stat().st_size == second.stat().st_size
        upload(upload(page, first, "mine.pt"), second, "mine.pt")
        shown = [option for option in page.selectbox(key="model").options if "mine.pt" in option]
        chosen = page.selectbox(key="model").value
        assert len(set(shown)) == 2
        assert any(option.endswith(chosen[:8]) for option in shown)
        assert reader.choices(run(page))[0].split()[0] in ("omega", "zeta")

    def test_two_of_one_name_and_other_sizes_are_told_apart_by_more_than_that(self, page, make_checkpoint):
        first, second = make_checkpoint(ALPHA), make_checkpoint(("alpha", "beta", "a longer one"))
        upload(upload(page, first, "best-model.pt"), second, "best-model.pt")
        shown = [option for option in page.selectbox(key="model").options if "best-model.pt" in option]
        assert [option[-8:] for option in shown] == [model.sha256[:8] for model in Store().models()[-2:]]


class TestName:
    def test_it_is_asked_for_after_an_upload_and_shown_everywhere(self, page, make_checkpoint):
        upload(page, make_checkpoint(ALPHA), "best-model.pt")
        chosen = page.selectbox(key="model").value
        assert page.text_input(key="model_name").value == "best-model.pt"
        page.text_input(key="model_name").set_value("  Tickets,\nOctober\u202e  ")
        run(page)
        assert page.selectbox(key="model").value == chosen
        assert any(option.startswith("Tickets, October (") for option in page.selectbox(key="model").options)
        assert "**Tickets, October**" in listed(manage(page))[-1]
        page.switch_page("pages/labels.py")
        said = [reader.unescape(one.value) for one in run(run(page)).caption]
        assert any("labels of Tickets, October" in one for one in said), said

    def test_any_model_is_renamed_in_the_list_and_gets_its_files_name_back(self, page, keep):
        sha256 = keep(ALPHA)
        manage(page)
        page.button(key=f"rename_{sha256[:12]}").click()
        run(page).text_input(key=f"name_{sha256[:12]}").set_value("Tickets")
        run(page)
        assert "**Tickets**" in listed(page)[-1]
        page.button(key=f"rename_{sha256[:12]}").click()
        run(page).text_input(key=f"name_{sha256[:12]}").set_value("")
        assert "**mine.pt**" in listed(run(page))[-1]

    def test_a_name_that_another_session_gave_leaves_the_choice_as_it_is(self, keep):
        sha256 = keep(ALPHA)
        page = reader.follow({"model": sha256})
        Store().keep_name(sha256, "Tickets")
        assert run(page).selectbox(key="model").value == sha256


class TestList:
    def test_names_sizes_and_days_are_told(self, page, make_checkpoint, stand_in):
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        made, mine = listed(manage(page))
        assert "Demo: news topics" in made
        assert f"{format_size(stand_in.stat().st_size)} · made here" in made
        assert "mine.pt" in mine
        assert f"uploaded {Store().models()[-1].added[8:10]}" in mine
        assert Store().models()[-1].sha256[:12] in mine

    def test_only_what_was_uploaded_can_be_deleted(self, page, make_checkpoint, store, monkeypatch, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "theirs.pt").write_bytes(make_checkpoint(GAMMA).read_bytes())
        monkeypatch.setenv("WHYLIGHT_MODELS", str(tmp_path / "models"))
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        assert deletable(manage(page)) == [f"delete_{page.selectbox(key='model').value[:12]}"]
        assert len(listed(page)) == 3


class TestDelete:
    @pytest.fixture
    def asked(self, page, make_checkpoint):
        """A page that asks whether to delete what was uploaded."""
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        manage(page)
        page.button(key=deletable(page)[0]).click()
        return run(page)

    def test_it_is_asked_first(self, asked):
        assert "Delete it for everybody who uses this server?" in [found.value for found in asked.markdown]
        assert len(Store().models()) == 2

    def test_what_is_kept_is_there(self, asked):
        asked.button(key="keep_model").click()
        run(asked)
        assert len(Store().models()) == 2

    def test_what_is_deleted_is_gone_and_the_page_goes_on(self, asked):
        sha256 = asked.selectbox(key="model").value
        asked.button(key="confirm_delete").click()
        run(asked)
        assert Store().get(sha256) is None
        assert read(asked).label in ALPHA
        assert not asked.error


class TestDeletedByAnother:
    def test_a_session_goes_on_while_the_model_is_in_memory(self, page, make_checkpoint):
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        sha256 = page.selectbox(key="model").value
        Store().delete(sha256)
        explain(page, "Nobody knows what the deleted model thinks of this.")
        assert page.selectbox(key="model").value == sha256
        assert read(page).label in ALPHA
        assert not page.error

    def test_a_new_session_is_not_offered_it(self, page, make_checkpoint):
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        Store().delete(page.selectbox(key="model").value)
        assert len(open_page().selectbox(key="model").options) == 1

    def test_where_it_left_the_memory_a_sentence_says_so_and_then_the_demo_is_there(
        self, page, make_checkpoint, stand_in
    ):
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        before = read(page)
        Store().delete(page.selectbox(key="model").value)
        st.cache_resource.clear()
        run(page)
        assert reader.errors(page) == ["mine.pt was deleted from the store. Choose another model."]
        assert read(page) == before
        run(page)
        assert page.selectbox(key="model").value == stand_in.stem
        assert not page.error


class TestLimit:
    def test_a_full_store_is_said_and_nothing_is_kept(self, page, make_checkpoint, store, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE_LIMIT", "0.00001")
        before = sorted(store.iterdir())
        upload(page, make_checkpoint(ALPHA), "mine.pt")
        (sentence,) = reader.errors(page)
        assert sentence.startswith("mine.pt was not kept. The store is full: 0 uploaded models take 0 kB of its 10 kB")
        assert sorted(store.iterdir()) == before


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        made = tmp_path / "models"
        made.mkdir()
        monkeypatch.setenv("WHYLIGHT_MODELS", str(made))
        return made

    def test_its_models_are_in_the_picker_without_an_upload(self, folder, make_checkpoint, store):
        (folder / "theirs.pt").write_bytes(make_checkpoint(GAMMA).read_bytes())
        page = open_page()
        assert "theirs.pt" in page.selectbox(key="model").options[0] + page.selectbox(key="model").options[-1]
        (sha256,) = set(opened_models.Library().models) - {model.sha256 for model in Store().models()}
        page.selectbox(key="model").set_value(sha256)
        run(page)
        assert read(page).label in GAMMA
        assert len(list(store.glob("*.pt"))) == 1

    def test_the_demo_is_what_a_reader_sees_first(self, folder, make_checkpoint, stand_in):
        (folder / "theirs.pt").write_bytes(make_checkpoint(GAMMA).read_bytes())
        assert open_page().selectbox(key="model").value == stand_in.stem

    def test_a_file_that_is_no_checkpoint_gets_its_sentence_when_it_is_chosen(self, folder):
        (folder / "notes.pt").write_bytes(b"minutes of the meeting")
        page = open_page()
        (sha256,) = set(opened_models.Library().models) - {model.sha256 for model in Store().models()}
        page.selectbox(key="model").set_value(sha256)
        run(page)
        (sentence,) = reader.errors(page)
        assert "not a checkpoint" in sentence

    def test_a_folder_that_is_not_there_is_said(self, monkeypatch, tmp_path):
        monkeypatch.setenv("WHYLIGHT_MODELS", str(tmp_path / "nowhere"))
        page = open_page()
        assert any("nowhere cannot be read" in reader.unescape(caption.value) for caption in page.caption)
        assert read(page)


class TestMemory:
    @pytest.fixture
    def opened(self, monkeypatch):
        """The files that are opened, one at a time and slowly."""
        found = []
        st.cache_resource.clear()
        monkeypatch.setattr(opened_models, "open_isolated", lambda path, tokenizer: found.append(path.stem) or object())
        yield found
        st.cache_resource.clear()

    def test_sessions_that_ask_at_once_open_a_model_once(self, opened, stand_in, store):
        begun = threading.Barrier(4)

        def ask() -> None:
            begun.wait()
            opened_models.open_model(stand_in.stem)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert opened == [stand_in.stem]

    def test_the_oldest_leaves(self, opened, store):
        hashes = [f"{number:064x}" for number in range(4)]
        for sha256 in hashes:
            opened_models.open_model(sha256)
        opened_models.open_model(hashes[-1])
        opened_models.open_model(hashes[0])
        assert opened == [*hashes, hashes[0]]
