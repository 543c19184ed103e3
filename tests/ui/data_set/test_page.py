import json
import re
from functools import partial
from pathlib import Path

import pytest

from attribution import AttributionError, demo
from attribution.corpus import Progress
from attribution.corpus.running.job import State
from attribution.corpus.shelf import Shelf
from attribution.storage.store import Store
from tests.models.kinds import build_document, build_pair, build_regressor
from tests.models.transformers import save
from tests.runs import LABELS, draw_run
from tests.ui import reader
from tests.ui.reader import follow, run

NAME = "20261125-200000-abcdef"


@pytest.fixture
def shelf(store):
    return Shelf(store / "runs")


@pytest.fixture
def begun(monkeypatch):
    """Tasks that were begun, without a process of their own."""
    tasks = []
    monkeypatch.setattr("ui.data_set.start.start", lambda folder, task: tasks.append((folder, task)))
    return tasks


@pytest.fixture
def open_page():
    def open_(**place):
        return follow(place, "pages/data_set.py")

    return open_


@pytest.fixture
def drawn(shelf):
    return draw_run(shelf.root / NAME, count=60, explained="both")


def said(page):
    kinds = (page.markdown, page.caption, page.info, page.warning, page.error)
    return "\n".join(reader.unescape(element.value) for kind in kinds for element in kind)


def coloured(page):
    return [body for body in reader.bodies(page) if "passage" in body and '<div class="whylight' in body]


def press(page, key):
    page.button(key=key).click()
    return run(page)


def find(elements, beginning):
    return next(place for place, element in enumerate(elements) if element.key.startswith(beginning))


def has(elements, key):
    return any(element.key == key for element in elements)


class TestStart:
    def test_the_demos_own_paragraphs_are_one_click_away(self, open_page, shelf, begun):
        page = press(open_page(), "run_demo")
        ((folder, task),) = begun
        assert folder.parent == shelf.root
        assert task.model_name == demo.NAME
        assert len(Path(task.source).read_text("utf-8").splitlines()) == 81
        assert page.query_params["run"] == folder.name

    def test_an_upload_is_previewed_and_its_columns_guessed_and_chosen(self, open_page, begun, store):
        page = open_page()
        content = b"id,topic,body\n7,sport,The striker scored.\n8,tech,The chip is fast.\n"
        page.file_uploader(key="data_upload").set_value(("../my news.csv", content, "text/csv"))
        run(page)
        assert list(page.dataframe[0].value["body"]) == ["The striker scored.", "The chip is fast."]
        chosen = {box.label: box.value for box in page.selectbox}
        assert (chosen["Text"], chosen["Gold label"], chosen["Name of a document"]) == ("body", "topic", "id")
        press(page, "run_own")
        task = begun[0][1]
        assert task.columns == {"text": "body", "label": "topic", "id": "id"}
        assert task.source.endswith("my news.csv")
        assert ".." not in task.source

    def test_how_a_file_is_read_is_said_and_can_be_changed(self, open_page, begun):
        page = open_page()
        content = "text;label\r\nDer Stürmer schoss – für München – ein Tor.;sport\r\nDie Bank.;weather\r\n"
        page.file_uploader(key="data_upload").set_value(("news.csv", content.encode("cp1252"), "text/csv"))
        run(page)
        assert "Read as semicolons, Windows-1252 (Western Europe), a header." in said(page)
        assert "Gold labels that the model does not have: weather (1)." in said(page)
        assert "2 rows." in said(page)
        page.selectbox[find(page.selectbox, "data_encoding")].set_value("mac-roman")
        run(page)
        assert "Read as semicolons, Macintosh (Western Europe), a header." in said(page)
        assert "M\u00b8nchen" in page.dataframe[0].value["text"][0]
        page.selectbox[find(page.selectbox, "data_header")].set_value(False)
        run(page)
        assert list(page.dataframe[0].value.columns) == ["column 1", "column 2"]
        press(page, "run_own")
        assert begun[0][1].format == {"encoding": "mac-roman", "separator": ";", "quote": '"', "header": False}

    def test_bytes_that_are_nothing_in_the_encoding_are_said_and_marked(self, open_page, begun):
        page = open_page()
        content = "text,label\nF\u00fcr M\u00e4rz,sport\nThe cup.,tech\n".encode("cp1252")
        page.file_uploader(key="data_upload").set_value(("news.csv", content, "text/csv"))
        run(page)
        assert not page.warning
        page.selectbox[find(page.selectbox, "data_encoding")].set_value("utf-8")
        run(page)
        said_now = " ".join(one.value.replace("\\", "") for one in page.warning)
        assert "read as UTF-8, and 1 of the 2 rows looked at holds bytes" in said_now
        assert "row 1 (line 2)" in said_now
        table = page.dataframe[0].value
        assert table.iloc[:, 0].to_list() == ["\u26a0 row 1 (line 2)", ""]
        assert table["text"][0] == "F\ufffdr M\ufffdrz"

    def test_several_columns_of_gold_labels_are_chosen(self, open_page, begun):
        page = open_page()
        content = b"label_topic,label_subtopic,text\nsport,football,He scored.\nbusiness,oil,Oil prices rose.\n"
        page.file_uploader(key="data_upload").set_value(("news.csv", content, "text/csv"))
        run(page)
        assert page.multiselect[0].value == ["label_subtopic"]
        press(page, "run_own")
        assert begun[0][1].columns["label"] == ("label_topic", "label_subtopic")

    @pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"a,b\n1,2\n"])
    def test_a_file_without_texts_gets_a_sentence(self, open_page, content):
        page = open_page()
        page.file_uploader(key="data_upload").set_value(("odd.csv", content, "text/csv"))
        run(page)
        assert page.error or page.dataframe

    def test_a_column_that_holds_none_of_the_models_labels_is_not_guessed_to_be_gold(self, open_page):
        page = open_page()
        content = b"text,lang\n" + b"The striker scored.,en\nDas Tor fiel.,de\n" * 3
        page.file_uploader(key="data_upload").set_value(("news.csv", content, "text/csv"))
        chosen = {box.label: box.value for box in run(page).selectbox}
        assert (chosen["Text"], chosen["Gold label"]) == ("text", "")

    def test_an_upload_that_is_not_kept_takes_the_place_of_the_one_before(self, open_page, monkeypatch):
        page = open_page()
        page.file_uploader(key="data_upload").set_value(("news.csv", b"text\nThe striker scored.\n", "text/csv"))
        assert has(run(page).button, "run_own")
        monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0")
        page.file_uploader(key="data_upload").set_value(("more.csv", b"text\nShares fell.\n", "text/csv"))
        for _ in range(2):
            assert any("There is no room for more" in sentence for sentence in reader.errors(run(page)))
            assert not has(page.button, "run_own")

    def test_files_of_the_server_are_offered_where_it_names_a_folder(self, open_page, tmp_path, monkeypatch, begun):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "news.csv").write_text("text,label\nThe striker scored.,sport\n")
        (tmp_path / "data" / "notes.docx").write_text("no data set")
        monkeypatch.setenv("WHYLIGHT_DATA", str(tmp_path / "data"))
        page = open_page()
        page.segmented_control(key="data_place").set_value("Choose one on this server")
        run(page)
        assert page.selectbox(key="data_server_file").options == ["news.csv"]
        page.selectbox(key="data_server_file").set_value("news.csv")
        press(run(page), "run_own")
        assert begun[0][1].source == str(tmp_path / "data" / "news.csv")

    def test_a_cluster_is_offered_where_the_server_has_one(self, open_page, begun, tmp_path, monkeypatch):
        page = open_page()
        content = b"text,label\nThe striker scored.,sport\n"
        page.file_uploader(key="data_upload").set_value(("news.csv", content, "text/csv"))
        assert not has(run(page).selectbox, "data_engine")
        monkeypatch.setenv("RAY_ADDRESS", "ray://nowhere:10001")
        run(page).selectbox(key="data_engine").set_value("ray")
        press(run(page), "run_own")
        assert begun[0][1].engine == "ray"

    @pytest.mark.parametrize(
        ("build", "sentence"),
        [
            (build_regressor, "predicts a value"),
            (partial(build_pair, embed_separately=False), "compares two texts"),
        ],
        ids=["value", "pair"],
    )
    def test_models_without_labels_of_one_text_are_refused(self, open_page, tmp_path, build, sentence):
        page = reader.upload(open_page(), save(build(build_document(tmp_path)), tmp_path))
        assert sentence in said(page)
        assert not has(page.button, "run_demo")

    def test_runs_can_be_read_where_no_model_can_be_opened(self, open_page, drawn, monkeypatch):
        def fail(*_, **__):
            raise AttributionError("It cannot be built.")

        monkeypatch.setattr("attribution.demo.checkpoint", fail)
        page = open_page()
        assert "It cannot be built." in said(page)
        assert not has(page.button, "run_demo")
        assert not press(page, f"open_run_{NAME}").dataframe[0].value.empty

    def test_too_many_runs_at_once_are_refused_with_a_sentence(self, open_page, begun, monkeypatch):
        monkeypatch.setattr(Shelf, "working", lambda self: ["a", "b"])
        page = press(open_page(), "run_demo")
        assert any("2 runs are at work" in sentence for sentence in reader.errors(page))
        assert begun == []

    def test_a_server_without_room_says_so(self, open_page, begun, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0")
        page = press(open_page(), "run_demo")
        assert any("There is no room for more" in sentence for sentence in reader.errors(page))
        assert begun == []

    def test_earlier_runs_are_listed_and_opened(self, open_page, drawn):
        page = open_page()
        assert "drawn.csv with Drawn <b>model</b>" in said(page).replace("**", "")
        rows = [row for row in drawn.documents if row["error"] is None]
        right = sum(row["gold"] == row["predicted"] for row in rows)
        assert f"right in {right} of {len(rows)} with gold label" in said(page)
        sha256 = Shelf.open().find(NAME).model["sha256"]
        assert f"({sha256[:8]})" in said(page)
        Store().keep_name(sha256, "Tickets")
        assert "drawn.csv with Tickets" in said(run(page)).replace("**", "")
        press(page, f"open_run_{NAME}")
        assert page.query_params["run"] == NAME
        assert page.segmented_control(key="data_set_view").value == "labels"

    @pytest.mark.parametrize("name", ["../../etc", "20261125-200000-ffffff", "x"])
    def test_a_run_that_is_not_there_gets_a_sentence(self, open_page, name):
        assert reader.errors(open_page(run=name))


class TestLabels:
    def test_every_label_has_its_words_and_numbers(self, open_page, drawn):
        page = open_page(run=NAME)
        table = page.dataframe[0].value
        assert set(table["label"]) == set(LABELS)
        assert "<b>bold</b>" in set(table["word"])
        hidden = page.dataframe[1].value
        assert {".", "of"} <= set(hidden["word"])
        assert not {*zip(table["label"], table["word"], strict=True)} & {
            *zip(hidden["label"], hidden["word"], strict=True)
        }
        assert any(f"{hidden['word'].nunique()} stop words and marks are hidden" in one.value for one in page.caption)
        page.toggle(key="data_set_hide").set_value(False).run()
        assert {".", "of"} <= set(page.dataframe[0].value["word"])
        assert not any("are hidden" in one.value for one in page.caption)
        assert len(page.get("plotly_chart")) == len(LABELS)

    def test_how_many_documents_a_word_should_stand_in_is_told_by_those_of_a_label(self, open_page, drawn, monkeypatch):
        monkeypatch.setattr("ui.data_set.words.suggest_least", lambda documents: documents)
        assert open_page(run=NAME).number_input(key="data_set_least").value == 58

    def test_stop_words_come_back_on_request(self, open_page, drawn):
        page = open_page(run=NAME)
        page.toggle(key="data_set_hide").set_value(False)
        run(page)
        assert {"the", ","} <= set(page.dataframe[0].value["word"])

    def test_many_labels_are_chosen_from(self, open_page, shelf):
        labels = tuple(f"label {number}" for number in range(9))
        draw_run(shelf.root / NAME, count=90, labels=labels)
        page = open_page(run=NAME)
        assert len(page.multiselect(key="data_set_labels").value) == 6
        page.multiselect(key="data_set_labels").set_value([])
        assert "Choose at least one label" in said(run(page))


class TestErrors:
    def test_what_it_says_is_counted_from_the_documents(self, open_page, drawn):
        rows = [row for row in drawn.documents if row["error"] is None]
        right = sum(row["gold"] == row["predicted"] for row in rows)
        page = open_page(run=NAME, view="errors")
        assert f"The model files {right} of {len(rows)} documents under their gold label" in said(page)
        assert f"{len(rows) - right} documents." in said(page)
        assert len(coloured(page)) == min(10, len(rows) - right)

    def test_a_confusion_lists_its_documents_and_its_words(self, open_page, drawn):
        page = press(open_page(run=NAME, view="errors"), "confusion_0")
        gold, predicted = (page.query_params[name] for name in ("gold", "predicted"))
        count = sum(row["gold"] == gold and row["predicted"] == predicted for row in drawn.documents)
        assert f"{count} documents: gold label **{gold}**, filed as **{predicted}**" in said(page)
        assert f"Words behind the errors: {gold} filed as {predicted}" in said(page)
        blamed = next(table.value for table in page.dataframe if "wrong_sum" in table.value)
        assert set(blamed["label"]) == {predicted}
        press(page, "clear_cell")
        assert "gold" not in page.query_params

    def test_a_word_that_stands_in_no_document_filed_rightly_has_empty_cells(self, open_page, drawn):
        page = open_page(run=NAME, view="errors")
        table = next(table for table in page.dataframe if "wrong_sum" in table.value)
        alone = table.value["right_documents"] == 0
        assert (table.value[["right_sum", "right_mean"]].isna().all(axis=1) == alone).all()
        assert table.proto.HasField("placeholder")
        assert table.proto.placeholder == ""

    def test_documents_are_sorted_and_paged(self, open_page, drawn):
        page = open_page(run=NAME, view="documents", order="highest loss")
        assert "1 of 6" in said(page)
        losses = [float(text.value.split("loss ")[1]) for text in page.markdown if "loss " in text.value]
        assert losses == sorted(losses, reverse=True)
        press(page, "documents_after")
        assert page.query_params["at"] == "1"
        assert "2 of 6" in said(page)

    def test_without_gold_labels_it_says_so(self, open_page, shelf):
        draw_run(shelf.root / NAME, gold=False)
        assert "no gold labels" in said(open_page(run=NAME, view="errors"))

    def test_labels_that_do_not_exclude_each_other_are_scored_one_by_one(self, open_page, shelf):
        draw_run(shelf.root / NAME, multi_label=True, explained="all")
        page = open_page(run=NAME, view="errors")
        assert "under all of their gold labels and no other" in said(page)
        assert list(page.dataframe[0].value["label"]) == list(LABELS)

    def test_a_document_was_filed_under_all_labels_that_were_assigned_or_none(self, open_page, shelf):
        drawn = draw_run(shelf.root / NAME, multi_label=True, explained="all", seed=1)
        documents = said(open_page(run=NAME, view="documents")).splitlines()
        filed = {row["id"]: ", ".join(row["assigned"]) or "no label" for row in drawn.documents[2:]}
        shown = {name: line for name in filed for line in documents if line.startswith(f"**{name}** · ")}
        assert {"no label", ", ".join(LABELS)} <= {filed[name] for name in shown}
        for name, line in shown.items():
            assert re.fullmatch(r".*:\] (.*?)(, gold labels? .*| · loss .*)", line)[1] == filed[name]
        examples = re.findall(
            r" in (\S+) · filed as (.*), gold label", said(open_page(run=NAME, view="word", word="bank"))
        )
        assert len(examples) == 10
        assert examples == [(name, filed[name]) for name, _ in examples]

    def test_gold_labels_alone_blame_no_word(self, open_page, shelf):
        draw_run(shelf.root / NAME)
        path = shelf.root / NAME / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "explained": "gold"}))
        assert "explained gold labels alone" in said(open_page(run=NAME, view="errors"))


class TestWord:
    def test_it_is_shown_in_context_under_each_label(self, open_page, drawn):
        page = open_page(run=NAME, view="word", word="BANK")
        count = sum(word["word"].lower() == "bank" for word in drawn.words)
        assert f"BANK was explained {count} times" in said(page)
        bodies = coloured(page)
        assert len(bodies) == 10
        assert all('<mark class="sought">' in body for body in bodies)

    def test_one_that_stands_nowhere_brings_others_like_it(self, open_page, drawn):
        page = open_page(run=NAME, view="word", word="banks")
        assert "occurs in no document" in said(page)
        press(page, "similar_0")
        assert page.query_params["word"] == "bank"

    def test_it_begins_with_the_strongest_words_of_a_label(self, open_page, drawn):
        page = open_page(run=NAME, view="word")
        label = page.selectbox(key="data_set_word_label").value
        sums = {}
        for word in drawn.words:
            if word["label"] == label:
                sums[word["word"].lower()] = sums.get(word["word"].lower(), 0.0) + word["attribution"]
        chosen = page.button_group(
            key=f"strongest_for_{page.selectbox(key='data_set_word_label').options.index(label)}"
        )
        assert chosen.options[0] == max(sums, key=sums.get)
        chosen.set_value(chosen.options[0]).run()
        assert page.query_params["word"] == chosen.options[0]
        press(page, "clear_word")
        assert "word" not in page.query_params

    def test_what_is_no_word_is_found_as_text_and_counted(self, open_page, shelf):
        drawn = draw_run(shelf.root / NAME, vocabulary=("[", "BILL", "]", "bill", "act"), failed=0)
        count = sum(row["text"].lower().count("[ bill ]") for row in drawn.documents)
        documents = sum("[ bill ]" in row["text"].lower() for row in drawn.documents)
        page = open_page(run=NAME, view="word", word="[ BILL ]")
        assert f"It occurs {count} times, in {documents} of 60 documents" in said(page)
        assert "found as literal text" in said(page)
        assert coloured(page)[0].count('<mark class="sought">') == 3

    def test_markup_in_a_word_is_text(self, open_page, drawn):
        page = open_page(run=NAME, view="word", word="<b>bold</b>")
        assert all("<b>bold" not in body for body in coloured(page))
        assert "<b>bold</b> was explained" in said(page)


class TestDocuments:
    def test_a_search_in_the_text_goes_with_the_other_choices_and_into_the_address(self, open_page, drawn):
        page = open_page(run=NAME, view="documents", kind="right")
        page.text_input(key="data_set_find").set_value("REFEREE").run()
        assert page.query_params["find"] == "REFEREE"
        rows = [row for row in drawn.documents if row["error"] is None and row["gold"] == row["predicted"]]
        count = sum("referee" in row["text"] for row in rows)
        assert 0 < count < len(rows)
        assert f"{count} of 60 documents" in said(page)
        press(page, "clear_cell")
        assert "60 documents." in said(page)

    def test_a_search_that_finds_nothing_says_how_it_searches(self, open_page, drawn):
        assert "as it is written" in said(open_page(run=NAME, view="documents", find="referee%"))


class TestFailed:
    def test_which_could_not_be_explained_is_one_click_away_with_the_reason(self, open_page, drawn):
        page = open_page(run=NAME, view="labels")
        assert page.button(key="show_failed").label == "See the 2 that could not be explained"
        press(page, "show_failed")
        assert (page.query_params["view"], page.query_params["kind"]) == ("documents", "failed")
        assert said(page).count("Not explained: The text is empty.") == 2
        assert "id-0" in said(page)

    def test_where_none_failed_nothing_is_said(self, open_page, shelf):
        draw_run(shelf.root / NAME, failed=0)
        assert not has(open_page(run=NAME).button, "show_failed")


class TestState:
    def test_one_at_work_tells_what_is_read_and_what_is_shown(self, open_page, shelf, monkeypatch):
        draw_run(shelf.root / NAME, count=100, done=50)
        state = State(True, False, Progress(64, 2, 100, 1.5, 24.0), "")
        monkeypatch.setattr("ui.data_set.run.read_state", lambda folder: state)
        page = open_page(run=NAME)
        (bar,) = page.get("progress")
        assert bar.proto.text == "64 of 100 documents read, 2 failed, 1.5 a second, 24 s left"
        assert "Below: 50 documents, as far as results were written." in said(page)
        assert "50 of 100" not in said(page)

    def test_an_empty_run_says_so_and_can_go_on(self, open_page, shelf):
        draw_run(shelf.root / NAME, done=0)
        page = open_page(run=NAME)
        assert "This run has no documents yet" in said(page)
        assert "stopped before its first document" in said(page)
        assert has(page.button, "resume_run")

    def test_a_stopped_run_shows_what_it_has(self, open_page, shelf):
        draw_run(shelf.root / NAME, count=100, done=50)
        page = open_page(run=NAME)
        assert "50 of 100 documents, stopped" in said(page)
        assert not page.dataframe[0].value.empty

    def test_one_that_was_not_begun_here_cannot_go_on_here(self, open_page, shelf):
        draw_run(shelf.root / NAME, count=100, done=50)
        page = press(open_page(run=NAME), "resume_run")
        assert any("not started from the page" in sentence for sentence in reader.errors(page))

    def test_one_that_goes_on_counts_among_those_at_once(self, open_page, shelf, begun, monkeypatch):
        draw_run(shelf.root / NAME, count=100, done=50)
        monkeypatch.setattr(Shelf, "working", lambda self: ["a", "b"])
        page = press(open_page(run=NAME), "resume_run")
        assert any("2 runs are at work" in sentence for sentence in reader.errors(page))
        monkeypatch.setattr(Shelf, "working", lambda self: ["a"])
        press(page, "resume_run")
        assert begun == [(shelf.root / NAME, None)]

    def test_where_all_failed_the_list_says_why(self, open_page, shelf):
        draw_run(shelf.root / NAME, count=5, failed=5)
        page = open_page(run=NAME)
        assert "No document could be explained" in said(page)
        assert "The text is empty." in said(page)

    def test_it_is_deleted_when_that_is_confirmed(self, open_page, drawn, shelf):
        page = press(open_page(run=NAME), "delete_run")
        press(page, "keep_run")
        assert shelf.find(NAME)
        press(press(page, "delete_run"), "confirm_run")
        assert shelf.find(NAME) is None
        assert not page.query_params.get("run")

    def test_a_model_that_predicts_a_value_has_downloads_alone(self, open_page, shelf):
        draw_run(shelf.root / NAME, labels=("value",), gold=False)
        assert "predicts a value" in said(open_page(run=NAME))
