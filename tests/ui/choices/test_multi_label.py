"""A Hugging Face model whose file does not say whether its labels exclude each other: its reader says it."""

import numpy as np
import pytest

from attribution import IntegratedGradients, demo, load_model
from attribution import explain as explain_by_backend
from attribution.corpus import explain_corpus
from attribution.corpus.shelf import Shelf
from attribution.report import from_report
from attribution.storage.analyses import Analyses
from attribution.storage.library import Library
from attribution.storage.store import Store
from tests.models.hugging_face import ask_transformers, pack, write_folder
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run, upload

LABELS = ("alpha", "beta", "gamma")
SAMPLE = demo.samples()[0].text
TEXT = "The striker scored twice."
RUN = "20261125-200000-abcdef"
NAME = "Labels do not exclude each other"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("silent") / "model", labels=LABELS)


@pytest.fixture(scope="module")
def path(folder):
    return pack(folder, folder.parent / "mine.zip")


@pytest.fixture
def silent(keep, path):
    """The hash of the model in the store."""
    return keep(path=path)


def say(page, said):
    page.toggle(key="multi_label").set_value(said)
    return run(page)


def expected(folder, text):
    return 1 / (1 + np.exp(-ask_transformers(folder, text).numpy()))


class TestSwitch:
    def test_it_stands_below_the_model_only_where_the_file_says_nothing(self, silent, keep, tmp_path, stand_in):
        page = follow({"model": silent})
        (switch,) = page.sidebar.toggle
        assert (switch.label, switch.key, switch.value) == (NAME, "multi_label", False)
        assert any("they are taken as if they do" in found.value for found in page.caption)
        told = write_folder(tmp_path / "told", labels=LABELS, problem_type="multi_label_classification")
        for other in (stand_in.stem, keep(path=pack(told, tmp_path / "told.zip"))):
            opened = follow({"model": other})
            assert not opened.toggle
            assert not opened.error
            assert set(opened.query_params) == {"model", "label"}

    def test_what_is_said_is_what_is_explained(self, silent, folder, path):
        page = say(explain(follow({"model": silent}), TEXT), True)
        shown = expected(folder, TEXT)
        verdict = reader.verdict(page)
        for label, probability in zip(LABELS, shown, strict=True):
            assert (label in verdict) == (probability > 0.5)
        page = reader.choose(page, "gamma")
        found = explain_by_backend(load_model(path, multi_label=True), TEXT, "gamma", IntegratedGradients())
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in found.words()], abs=2e-4
        )
        assert any("They do not, as its reader said" in reader.unescape(caption.value) for caption in page.caption)
        assert not page.error

    def test_it_can_be_taken_back(self, silent):
        page = follow({"model": silent})
        before = (reader.verdict(page), read(page).words)
        assert reader.verdict(say(page, True)) != before[0]
        say(page, False)
        assert (reader.verdict(page), read(page).words) == before

    def test_one_output_is_a_label_then(self, keep, tmp_path):
        folder = write_folder(tmp_path / "model", labels=("toxic",))
        page = follow({"model": keep(path=pack(folder, tmp_path / "one.zip"))})
        assert read(page).label == "value"
        assert read(say(page, True)).label == "toxic"
        assert not page.error

    def test_an_upload_has_it(self, path):
        page = upload(open_page(), path, "mine.zip")
        assert page.toggle(key="multi_label").value is False
        assert not say(page, True).error

    @pytest.mark.parametrize("other", ["labels", "compare", "what_if", "trust", "data_set"])
    def test_other_pages_keep_it(self, silent, other):
        page = say(follow({"model": silent}), True)
        page.query_params.clear()  # as the menu does
        page.switch_page(f"pages/{other}.py")
        run(run(page))
        assert page.toggle(key="multi_label").value is True
        assert page.query_params["multi_label"] == "true"
        assert not page.error


class TestLink:
    @pytest.mark.parametrize("said", [True, False])
    def test_it_opens_as_it_was_whatever_others_said_since(self, silent, said):
        page = say(say(follow({"model": silent}), not said), said)
        assert page.query_params["multi_label"] == str(said).lower()
        link, shown = dict(page.query_params), (reader.verdict(page), read(page).words)
        Store().keep_multi_label(silent, not said)
        opened = follow(link)
        assert opened.toggle(key="multi_label").value is said
        assert (reader.verdict(opened), read(opened).words) == shown
        assert Store().settings(silent).multi_label is not said  # a link is not the reader's word
        assert not opened.error

    def test_one_of_before_opens_as_the_model_was_opened_last(self, silent):
        assert follow({"model": silent, "label": "alpha"}).toggle(key="multi_label").value is False
        Store().keep_multi_label(silent, True)
        opened = follow({"model": silent, "label": "alpha"})
        assert opened.toggle(key="multi_label").value is True
        assert not opened.error

    def test_it_gives_way_to_what_is_chosen_afterwards(self, silent, stand_in):
        page = say(follow({"model": silent, "multi_label": "true"}), False)
        assert run(page).toggle(key="multi_label").value is False
        page.selectbox(key="model").set_value(stand_in.stem)
        run(page)
        assert not page.toggle
        assert not page.query_params.get("multi_label")
        page.selectbox(key="model").set_value(silent)
        assert run(page).toggle(key="multi_label").value is False

    @pytest.mark.parametrize("value", ["yes", "", "<script>alert(1)</script>", "x" * 5000])
    def test_nonsense_in_its_place_is_left_out(self, silent, value):
        opened = follow({"model": silent, "multi_label": value})
        assert opened.toggle(key="multi_label").value is False
        assert opened.query_params["multi_label"] == "false"
        assert len(reader.errors(opened)) == bool(value)
        assert all("Expected true or false" in found and len(found) < 300 for found in reader.errors(opened))
        assert reader.errors(run(opened)) == []

    def test_a_model_whose_file_says_otherwise_gets_one_sentence(self, keep):
        opened = follow({"model": keep(LABELS), "multi_label": "true"})
        (sentence,) = reader.errors(opened)
        assert "The model's file says that its labels exclude each other, but the reader said" in sentence
        assert read(opened)
        assert not opened.query_params.get("multi_label")
        assert reader.errors(run(opened)) == []


class TestStore:
    def test_a_later_visit_has_it(self, silent):
        say(follow({"model": silent}), True)
        page = open_page()
        page.selectbox(key="model").set_value(silent)
        assert run(page).toggle(key="multi_label").value is True
        say(page, False)
        page = follow({"model": silent})
        assert page.toggle(key="multi_label").value is False

    def test_so_has_one_of_a_model_of_the_servers_own_folder(self, path, tmp_path, monkeypatch):
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "mine.zip").write_bytes(path.read_bytes())
        monkeypatch.setenv("WHYLIGHT_MODELS", str(tmp_path / "models"))
        page = open_page()
        (sha256,) = Library().models.keys() - {model.sha256 for model in Store().models()}
        page.selectbox(key="model").set_value(sha256)
        say(run(page), True)
        assert follow({"model": sha256}).toggle(key="multi_label").value is True

    def test_the_other_model_of_a_comparison_is_read_so(self, silent, keep, folder):
        Store().keep_multi_label(silent, True)
        page = follow({"model": keep(LABELS), "other_model": silent}, "pages/compare.py", text=TEXT)
        page.segmented_control(key="compare_view").set_value("Two models")
        run(page)
        assert page.selectbox(key="other_model").value == silent
        assert page.query_params["other_multi_label"] == "true"
        (table,) = [found.value for found in page.dataframe if "the other" in found.value]
        assert list(table["the other"]) == pytest.approx(expected(folder, TEXT).tolist(), abs=1e-5)
        Store().keep_multi_label(silent, False)
        opened = follow({**page.query_params, "compare_view": "Two models"}, "pages/compare.py", text=TEXT)
        assert opened.query_params["other_multi_label"] == "true"
        assert not page.error
        assert not opened.error

    def test_another_model_takes_nothing_over(self, silent, keep, tmp_path):
        other = keep(path=pack(write_folder(tmp_path / "other", labels=("a", "b", "c")), tmp_path / "other.zip"))
        page = say(follow({"model": silent}), True)
        page.selectbox(key="model").set_value(other)
        run(page)
        assert page.toggle(key="multi_label").value is False
        assert page.query_params["multi_label"] == "false"
        page.selectbox(key="model").set_value(silent)
        assert run(page).toggle(key="multi_label").value is True


class TestSaved:
    @pytest.mark.parametrize("said", [True, False])
    def test_it_is_opened_again_as_it_was(self, silent, path, said):
        page = say(say(explain(follow({"model": silent}), TEXT), not said), said)
        page.button(key="save").click()
        run(page)
        page.button(key="save_confirm").click()
        run(page)
        analyses = Analyses()
        (entry,) = analyses.find().entries
        kept = from_report(analyses.get(entry.id).report())
        analyses.close()
        assert bool(kept.model.multi_label_by_reader) is said
        Store().keep_multi_label(silent, not said)
        opened = follow({"analysis": [entry.id]}, "pages/saved.py")
        opened.button(key="again").click()
        run(opened)
        opened.switch_page("app.py")
        opened.query_params.clear()
        run(opened)
        assert opened.toggle(key="multi_label").value is said
        assert read(opened).words == read(page).words
        assert not opened.error


class TestDataSet:
    @pytest.fixture
    def begun(self, monkeypatch):
        tasks = []
        monkeypatch.setattr("ui.data_set.start.start", lambda folder, task: tasks.append(task))
        return tasks

    @pytest.mark.parametrize("said", [True, None])
    def test_a_run_that_is_begun_here_is_told(self, silent, begun, said):
        link = {"model": silent} | ({"multi_label": "true"} if said else {})
        page = follow(link, "pages/data_set.py")
        page.file_uploader(key="data_upload").set_value(("n.csv", f"text\n{TEXT}\n".encode(), "text/csv"))
        run(page)
        page.button(key="run_own").click()
        run(page)
        (task,) = begun
        assert task.multi_label is said

    @pytest.mark.parametrize("said", [True, None])
    def test_its_documents_are_opened_as_it_read_them(self, silent, path, store, tmp_path, said):
        (tmp_path / "n.csv").write_text(f"text\n{TEXT}\nThe bank won.\n")
        done = explain_corpus(path, tmp_path / "n.csv", Shelf(store / "runs").folder(RUN), multi_label=said)
        Store().keep_multi_label(silent, not said)
        page = follow({"run": RUN, "view": "documents"}, "pages/data_set.py")
        shown = [reader.unescape(caption.value) for caption in page.caption]
        assert any(done.notes[0] in caption for caption in shown)
        page.button(key="open_0").click()
        run(page)
        page.switch_page("app.py")
        page.query_params.clear()
        run(page)
        assert page.selectbox(key="model").value == silent
        assert page.toggle(key="multi_label").value is bool(said)
        assert read(page).text == TEXT
        assert not page.error
