import pickle
import re
import zipfile
from collections import Counter
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from flair.data import Dictionary
from flair.embeddings import TransformerWordEmbeddings
from flair.models import SequenceTagger

import attribution
from attribution import CaptumIntegratedGradients, IntegratedGradients, demo, load_model
from attribution.isolation.isolated_model import IsolatedModel
from attribution.methods import METHODS
from attribution.methods.path.lessons import read_lessons, write_lessons
from attribution.methods.path.rules import GRID, Lesson
from attribution.storage.store import Store
from tests.models.hugging_face import pack, write_folder
from tests.models.transformers import build_classifier, save, write_encoder
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run, upload

SAMPLE = demo.samples()[0].text
OLD = reader.ROOT / "tests" / "data" / "checkpoints" / "checkpoints"
NEWS = "The bank raised its forecast.\n\n\nIts  shares   rose\tafter the match. \n"


@pytest.fixture
def page():
    return open_page()


@pytest.fixture
def work(monkeypatch):
    """Counts what models' processes are asked for: predictions, explanations and the rest."""
    done, ask = Counter(), IsolatedModel.ask

    def counted(self, question, *args, **options):
        done[question.__name__] += 1
        return ask(self, question, *args, **options)

    monkeypatch.setattr(IsolatedModel, "ask", counted)
    return done


class TestLessons:
    def test_what_an_explanation_teaches_is_kept_with_its_model(self, keep):
        model = keep(seed=11)
        follow({"model": model}, text="It teaches where on the path to look.")
        (lesson,) = read_lessons(Store().lessons(model))
        assert (lesson.kind, lesson.texts) == (("pad", "", "centred"), 1)

    def test_a_model_that_is_opened_again_recalls_them(self, keep, work):
        model, grid = keep(seed=12), np.linspace(0, 1, GRID)[:, None]
        modes = np.concatenate([np.sin(grid * turns) for turns in range(1, 12)], axis=1)
        Store().keep_lessons(model, write_lessons([Lesson(("pad", "", "centred"), 6, 150, modes)]))
        page = follow({"model": model}, text="It was taught where on the path to look.")
        assert work["recall_lessons"] == 1
        assert not page.exception
        assert read_lessons(Store().lessons(model))[0].texts in (6, 7)


class TestFirstVisit:
    def test_the_words_carry_what_the_backend_computes(self, page, stand_in_model):
        explain(page, NEWS)
        expected = attribution.explain(stand_in_model, NEWS)
        assert read(page).words == [
            (word.text, pytest.approx(word.attribution, rel=1e-4, abs=1e-6)) for word in expected.words()
        ]

    def test_another_sample_is_explained_by_one_click(self, page):
        page.button(key="sample_1").click()
        run(page)
        assert read(page).text == page.text_area(key="text").value == demo.samples()[1].text

    def test_every_widget_of_the_contract_has_its_key(self, page):
        for key in ("model", "method", "baseline"):
            assert page.selectbox(key=key)
        for key in ("tolerance", "top_k"):
            assert page.slider(key=key)
        assert page.file_uploader(key="model_upload")
        assert page.text_area(key="text")
        assert page.pills(key="label")
        assert page.segmented_control(key="unit")
        assert page.button(key="explain")


class TestText:
    def test_a_pasted_text_is_explained_with_its_paragraphs_and_spaces(self, page):
        explain(page, NEWS)
        assert read(page).text == NEWS
        assert not page.error

    def test_a_text_is_not_explained_before_it_is_asked_for(self, page):
        page.text_area(key="text").set_value(NEWS)
        run(page)
        assert read(page).text == SAMPLE
        assert any("text has changed" in caption.value for caption in page.caption)

    def test_a_new_text_begins_with_its_predicted_label(self, page, stand_in_model):
        explain(page, NEWS)
        first, second = read(page).label, stand_in_model.predict("Goal!").label
        assert first != second != "politics"
        reader.choose(page, "politics")
        explain(page, "Goal!")
        assert read(page).label == page.pills(key="label").value == second

    @pytest.mark.parametrize("text", ["", " ", "\n\t \n", "\u00a0\u3000", "\u200b\u200d", "\x00"])
    def test_a_text_without_words_gets_a_sentence_and_the_last_result_remains(self, page, text):
        before = read(page)
        explain(page, text)
        (sentence,) = reader.errors(page)
        assert sentence.endswith("Paste at least one word.")
        assert read(page) == before
        (said,) = (found.value for found in page.caption if "last explanation" in found.value)
        assert "of the model" not in said

    def test_half_a_character_gets_a_sentence_and_the_last_result_remains(self, page):
        before = read(page)
        page.session_state["_submitted_text"] = "half \ud800 a character"  # no browser and no AppTest can send one
        run(page)
        (sentence,) = reader.errors(page)
        assert "half a character" in sentence
        assert read(page) == before

    @pytest.mark.parametrize(
        "text",
        [
            "profit",
            "公司今年的利润增长了百分之二十",
            "أعلنت الشركة عن أرباح قياسية هذا العام",
            "บริษัทประกาศผลกำไรสูงสุดในปีนี้",
            "कंपनी ने इस साल रिकॉर्ड मुनाफा कमाया",
            "👩‍👩‍👧 goal 🎉🎉 ⚽️",
            "a\x00b \x07 c\x1b[31m\x7f d\x0cf",
            "\ufeff\u202eabc\u202c e\u0301\u0301\u0301 \ufffe",
            "one\u2028two\u2029three\x85four",
            "x" * 20_000,
            "<script>alert(1)</script> <img src=x onerror=alert(1)> &amp; </div>",
            "**bold** _it_ $x^2$ :red[x] [a](http://x) # no",
        ],
    )
    def test_any_script_and_any_character_is_explained_and_shown_as_it_is(self, page, text):
        explain(page, text)
        assert not page.error
        found = read(page)
        assert found.text == text
        assert found.words
        assert found.tags <= {"div", "span"}

    def test_twenty_thousand_words_are_explained_and_what_was_not_read_is_said(self, page):
        text = "word " * 20_000
        explain(page, text)
        assert read(page).text == text
        said = "did not read the last &gt;99 % of the text (99,"
        assert any(said in body for body in reader.bodies(page))

    def test_the_result_comes_back_after_a_bad_text(self, page):
        explain(page, "")
        explain(page, NEWS)
        assert read(page).text == NEWS
        assert not page.error
        assert not any("last explanation" in caption.value for caption in page.caption)


class TestLabel:
    def test_another_label_is_explained_by_one_click(self, page, stand_in_model):
        explain(page, NEWS)
        expected = attribution.explain(stand_in_model, NEWS, "politics")
        reader.choose(page, "politics")
        found = read(page)
        assert found.label == "politics"
        assert [value for _, value in found.words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-4, abs=1e-6
        )
        assert "What spoke for politics" in reader.verdict(page)

    def test_a_label_that_was_explained_is_not_computed_again(self, page, work):
        explain(page, "Two labels of these words are explained.")
        work.clear()
        reader.choose(page, "politics")
        reader.choose(page, "sport")
        assert work["explain"] == 2
        reader.choose(page, "politics")
        assert work["explain"] == 2
        assert read(page).label == "politics"


class TestView:
    def test_subwords_instead_of_words_compute_nothing(self, page, work):
        explain(page, "Unforgettable performances in the theatre.")
        assert work["explain"] == 1
        work.clear()
        words = read(page)
        page.segmented_control(key="unit").set_value("subword")
        run(page)
        subwords = read(page)
        assert len(subwords.words) > len(words.words)
        assert sum(value for _, value in subwords.words) == pytest.approx(sum(value for _, value in words.words), 1e-3)
        assert subwords.text == words.text
        assert not work

    def test_the_number_of_bars_computes_nothing(self, page, work):
        explain(page, "The ten words of this text are more than six bars.")
        assert work["explain"] == 1
        work.clear()
        before = page.get("plotly_chart")[0].proto.spec
        page.slider(key="top_k").set_value(3)
        run(page)
        assert page.get("plotly_chart")[0].proto.spec != before
        assert not work

    def test_the_address_chooses_unit_and_method(self):
        page = follow({"unit": "Subwords", "max_evaluations": "30"})
        assert page.segmented_control(key="unit").value == "subword"
        assert page.slider(key="max_evaluations").value == 30
        assert read(page).text == SAMPLE


class TestMethod:
    @pytest.mark.parametrize(
        ("key", "value"),
        [("baseline", "mask"), ("baseline", "average"), ("score", "logit"), ("max_evaluations", 20)],
    )
    def test_a_setting_is_what_the_backend_computes_with(self, keep, make_checkpoint, key, value):
        steep = {"labels": ("alpha", "beta", "gamma"), "scale": 0.5}  # needs 28 evaluations
        page = follow({"model": keep(**steep)}, text=NEWS)
        before = read(page)
        method = replace(IntegratedGradients(), **{key: value})
        expected = attribution.explain(load_model(make_checkpoint(**steep)), NEWS, before.label, method)
        widget = page.slider(key=key) if key == "max_evaluations" else page.selectbox(key=key)
        widget.set_value(value)
        run(page)
        assert read(page).words != before.words
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-4, abs=1e-6
        )

    @pytest.mark.parametrize("name", [name for name in METHODS if name not in {"kernel_shap", "lime"}])
    def test_every_method_draws_what_the_backend_computes(self, page, stand_in_model, name):
        text = "The striker scored twice in the final."
        explain(page, text)
        page.selectbox(key="method").set_value(name)
        run(page)
        expected = attribution.explain(stand_in_model, text, read(page).label, METHODS[name]())
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-4, abs=1e-6
        )
        assert not page.error

    def test_captum_s_settings_are_there_with_captum(self, page, stand_in_model):
        page.selectbox(key="method").set_value("captum_integrated_gradients")
        explain(page, NEWS)
        page.selectbox(key="captum_integrated_gradients_quadrature").set_value("riemann_left")
        page.slider(key="captum_integrated_gradients_steps").set_value(10)
        page.slider(key="captum_integrated_gradients_tolerance").set_value(0.1)
        page.slider(key="captum_integrated_gradients_internal_batch_size").set_value(3)
        run(page)
        method = CaptumIntegratedGradients(quadrature="riemann_left", steps=10, tolerance=1e-3)
        expected = attribution.explain(stand_in_model, NEWS, read(page).label, method)
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-4, abs=1e-4
        )
        assert any("not converged" in found.value for found in page.markdown)
        assert not any("adds up" in found.value for found in page.markdown)

    def test_each_method_begins_with_its_own_baseline_and_keeps_it(self, page):
        page.selectbox(key="baseline").set_value("average")
        run(page)
        page.selectbox(key="method").set_value("occlusion")
        run(page)
        assert page.selectbox(key="occlusion_baseline").value == "mask"
        assert not page.error

    def test_a_model_without_gradients_or_mask_offers_what_it_has(self):
        """The methods chosen for the demo are given up with it, and come to no harm."""
        page = follow({}, text=NEWS)
        page.selectbox(key="method").set_value("occlusion")
        run(page)
        upload(page, OLD / "flair-0.15.1__tfidf.pt")
        assert page.selectbox(key="occlusion_baseline").value in {"pad", "zero"}
        assert read(page).words
        page.switch_page("pages/trust.py")
        run(run(page))
        assert not page.error

    def test_a_recurrent_model_is_explained(self, page):
        upload(page, OLD / "flair-0.15.1__document_lm.pt")
        assert read(page).words
        assert not page.error


class TestLivePreview:
    def test_the_text_is_coloured_before_the_end_and_a_stop_keeps_what_there_is(self, page, monkeypatch):
        explain(page, "The striker scored twice, and the team won the cup.")
        whole, shown = read(page), []
        ask = IsolatedModel.ask

        def interrupted(self, question, *arguments, on_preview=None, **options):
            def stop_after_nine(found):
                on_preview(found)
                if found[0].evaluations == 9:
                    shown.append(found[0].attributions)
                    raise RuntimeError("as Streamlit does, when a widget is touched")

            called = {"on_preview": stop_after_nine} if on_preview else {}
            return ask(self, question, *arguments, **called, **options)

        with monkeypatch.context() as patch:
            patch.setattr(IsolatedModel, "ask", interrupted)
            page.selectbox(key="score").set_value("logit")
            page.run()
            assert len(shown) == 1, [error.message for error in page.exception]
            page.button(key="stop").click()
            run(page)
            assert any("a preview: stopped" in found.value for found in page.markdown)
            assert read(page).words != whole.words
        page.button(key="explain").click()
        run(page)
        assert not any("a preview" in found.value for found in page.markdown)


class TestUpload:
    def test_a_good_checkpoint_is_opened_and_explained(self, page, make_checkpoint, store):
        path = make_checkpoint(("alpha", "beta"))
        upload(page, path, "mine.pt")
        assert read(page).label == load_model(path).predict(SAMPLE).label
        assert {choice.split()[0] for choice in reader.choices(page)} == {"alpha", "beta"}
        assert "mine.pt" in page.selectbox(key="model").options[-1]
        assert not page.error
        assert len(list(store.glob("*.pt"))) == 2

    def test_a_zip_of_a_hugging_face_model_is_a_model_like_any_other(self, page, tmp_path):
        folder = write_folder(tmp_path / "saved", labels=("<b>alpha</b>", "beta"))
        upload(page, pack(folder, tmp_path / "mine.zip"), "mine.zip")
        assert not page.error
        assert "mine.zip" in page.selectbox(key="model").options[-1]
        assert read(page).label == load_model(folder).predict(SAMPLE).label
        assert "<b>" not in read(page).tags
        assert any("same prediction as transformers" in found.value for found in page.markdown)

    def test_the_former_model_can_be_chosen_again(self, page, make_checkpoint, stand_in):
        upload(page, make_checkpoint(("alpha", "beta")))
        page.selectbox(key="model").set_value(stand_in.stem)
        run(page)
        assert read(page).label in demo.LABELS
        assert not page.error

    def test_an_upload_is_taken_once(self, page, make_checkpoint, stand_in):
        upload(page, make_checkpoint(("alpha", "beta")))
        page.selectbox(key="model").set_value(stand_in.stem)
        run(run(page))
        assert page.selectbox(key="model").value == stand_in.stem

    def test_the_same_file_twice_is_one_model(self, page, make_checkpoint, store):
        upload(page, make_checkpoint(("alpha", "beta")), "first.pt")
        upload(page, make_checkpoint(("alpha", "beta")), "second.pt")
        assert len(page.selectbox(key="model").options) == len(list(store.glob("*.pt"))) == 2
        assert read(page).label in ("alpha", "beta")

    def test_a_model_without_its_tokenizer_is_asked_for_it_and_the_last_result_remains(self, page, make_checkpoint):
        before = read(page)
        state = torch.load(make_checkpoint(("alpha", "beta")), weights_only=False)
        state["document_embeddings"]["tokenizer_data"] = None
        upload(page, _saved(state))
        (sentence,) = reader.errors(page)
        assert "tokenizer" in sentence
        assert page.file_uploader(key="tokenizer_upload")
        assert read(page) == before
        (said,) = (found.value for found in page.caption if "last explanation" in found.value)
        assert "of the model" in said
        assert demo.NAME in reader.unescape(said)

    def test_a_tokenizer_is_tried_before_it_is_kept(self, page, make_checkpoint, store):
        state = torch.load(make_checkpoint(("alpha", "beta")), weights_only=False)
        tokenizer = state["document_embeddings"]["tokenizer_data"].getvalue()
        state["document_embeddings"]["tokenizer_data"] = None
        upload(page, _saved(state))
        page.file_uploader(key="tokenizer_upload").set_value(("broken.json", b"{}", "application/json"))
        run(page)
        assert any(error.startswith("broken.json was not kept.") for error in reader.errors(page))
        assert not list(store.glob("*.tokenizer.*"))
        page.file_uploader(key="tokenizer_upload").set_value(("tokenizer.zip", tokenizer, "application/zip"))
        run(page)
        assert not reader.errors(page)
        assert read(page).label in ("alpha", "beta")
        assert [path.suffix for path in store.glob("*.tokenizer.*")] == [".zip"]


class TestRefusedUpload:
    @pytest.fixture
    def refuse(self, page, store):
        """Uploads a file that is not to be opened: a sentence, the former model and result, nothing in the store."""

        def upload_and_look(content: bytes, name: str = "bad.pt") -> str:
            before, kept = read(page), sorted(store.iterdir())
            model = page.selectbox(key="model").value
            upload(page, content, name)
            (sentence,) = reader.errors(page)
            assert sentence.startswith(f"{name} was not opened. ")
            assert len(sentence) < 300
            assert ".pt" not in sentence.removeprefix(name).replace("Upload the .pt file", "")
            assert page.selectbox(key="model").value == model
            assert read(page) == before
            assert sorted(store.iterdir()) == kept
            return sentence

        return upload_and_look

    @pytest.mark.parametrize("work", ["text", "page"])
    def test_what_is_said_of_it_goes_with_the_next_work(self, page, refuse, work):
        refuse(b"")
        assert run(page).error  # while the reader is at the same
        if work == "text":
            explain(page, "Another text.")
        else:
            page.switch_page("pages/labels.py")
            run(page)
        assert not page.error

    def test_bytes_without_meaning(self, refuse):
        assert "not a checkpoint" in refuse(bytes(range(1, 256)) * 20)

    def test_an_empty_file(self, refuse):
        assert "The file is empty." in refuse(b"")

    def test_a_text_file_with_another_name(self, refuse):
        assert "not a checkpoint" in refuse(b"These are the minutes of the meeting.\n" * 40)

    def test_half_a_checkpoint(self, refuse, make_checkpoint):
        content = make_checkpoint().read_bytes()
        for size in (len(content) // 2, len(content) - 40):
            assert "The file is" in refuse(content[:size])

    def test_an_archive_that_is_no_checkpoint(self, refuse):
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("notes.txt", "hello")
        assert "it holds no data.pkl, as a checkpoint does, and no config.json" in refuse(content.getvalue())

    @pytest.mark.parametrize("in_zip", [True, False])
    def test_a_pickle_that_would_run_a_program(self, refuse, tmp_path, in_zip):
        mark = tmp_path / "was-run"
        content = pickle.dumps({"state_dict": _Program(f"touch {mark}")}, protocol=4)
        assert "system" in refuse(_zipped(content) if in_zip else content)
        assert not mark.exists()

    def test_a_real_checkpoint_with_a_program_in_it(self, refuse, make_checkpoint, tmp_path):
        mark = tmp_path / "was-run"
        state = torch.load(make_checkpoint(), weights_only=False)
        assert "system" in refuse(_saved({**state, "model_card": _Program(f"touch {mark}")}))
        assert not mark.exists()

    def test_a_model_of_another_kind(self, refuse, tmp_path):
        encoder = write_encoder(tmp_path / "encoder", "bert")
        tags = Dictionary(add_unk=False)
        tags.add_item("PER")
        embeddings = TransformerWordEmbeddings(str(encoder))
        tagger = SequenceTagger(embeddings, tags, "ner", use_rnn=False, use_crf=False)
        tagger.save(tmp_path / "tagger.pt")
        assert "SequenceTagger" in refuse((tmp_path / "tagger.pt").read_bytes())

    def test_the_weights_of_a_network_alone(self, refuse):
        assert "the weights of a network alone" in refuse(_saved({"layer.weight": torch.zeros(2, 2)}))

    def test_a_list(self, refuse):
        assert "got list" in refuse(_saved([1, 2, 3]))

    def test_markup_in_the_name_of_the_file_is_text(self, refuse, page):
        name = "<img src=x onerror=alert(1)> **b** [a](javascript:alert(1)) $x$.pt"
        refuse(b"", name)
        assert not any(re.search(r"(?<!\\)(\*\*b|\[a)", shown) for shown in reader.markdown(page))

    def test_a_good_file_after_a_bad_one_takes_the_sentence_away(self, refuse, page, make_checkpoint):
        refuse(b"")
        upload(page, make_checkpoint(("alpha", "beta")))
        assert not page.error
        assert read(page).label in ("alpha", "beta")


class TestLabels:
    @pytest.mark.parametrize(
        "labels", [("yes", "no"), ("only",), tuple(f"topic {number:03d}" for number in range(500))]
    )
    def test_any_number_of_labels_can_be_chosen_from(self, keep, labels):
        page = follow({"model": keep(labels)}, text=NEWS)
        assert len(reader.choices(page)) == len(labels)
        for label in (labels[-1], labels[len(labels) // 2]):
            reader.choose(page, label)
            assert read(page).label == label
            assert not page.error

    @pytest.mark.parametrize("more", [(), tuple(f"<b>{number}</b>" for number in range(20))], ids=["pills", "select"])
    def test_labels_that_are_markup_are_text_wherever_they_stand(self, keep, more):
        page = follow({"model": keep((*reader.HOSTILE_LABELS, *more))}, text=NEWS)
        for label in reader.HOSTILE_LABELS:
            reader.choose(page, label)
            found = read(page)
            assert found.label == label
            assert found.tags <= {"div", "span"}
            assert sum(label[:20] in reader.unescape(shown) for shown in reader.markdown(page)) >= 2
            assert not any(
                re.search(r"(?<!\\)(<img|<script|<unk|\*\*b|\$x|:material/home|\[a)", shown)
                for shown in reader.markdown(page)
            )
            for chart in page.get("plotly_chart"):
                assert "<img" not in chart.proto.spec
                assert "<script" not in chart.proto.spec

    @pytest.mark.parametrize("count", [9, 120], ids=["pills", "select"])
    def test_labels_that_begin_alike_are_told_apart(self, keep, count):
        labels = tuple(f"{'a very long name of a topic ' * 4}{number}" for number in range(count))
        page = follow({"model": keep(labels)}, text=NEWS)
        assert len(set(reader.choices(page))) == count
        for label in (labels[0], labels[count // 2], labels[-1]):
            reader.choose(page, label)
            assert read(page).label == label

    def test_a_label_of_a_hundred_letters_leaves_its_probability_to_be_seen(self, keep):
        page = follow({"model": keep(("long name " * 10, "short"))}, text=NEWS)
        assert all(len(choice) < 60 and choice.endswith("%") for choice in reader.choices(page))


class TestSeveralLabels:
    LABELS = ("red", "green", "blue", "gold", "grey")

    def test_none_above_its_threshold_is_said(self, keep):
        page = follow({"model": keep(self.LABELS, multi_label=True, threshold=0.9999)}, text=NEWS)
        assert "The model files this under no label." in reader.verdict(page)
        assert read(page).label == page.pills(key="label").value in self.LABELS

    def test_two_are_both_named(self, keep, make_checkpoint):
        path = make_checkpoint(self.LABELS[:2], multi_label=True, threshold=0.0001)
        page = follow({"model": keep(path=path)}, text=NEWS)
        (first, _), (second, _) = load_model(path).predict(NEWS).ranked()
        assert reader.verdict(page).startswith(f"The model files this under {first} (")
        assert f" and {second} (" in reader.verdict(page)

    def test_of_many_the_most_probable_are_named_and_the_others_counted(self, keep, make_checkpoint):
        path = make_checkpoint(self.LABELS, multi_label=True, threshold=0.0001)
        page = follow({"model": keep(path=path)}, text=NEWS)
        ranked = [label for label, _ in load_model(path).predict(NEWS).ranked()]
        places = [reader.verdict(page).index(f"{label} (") for label in ranked[:2]]
        assert places == sorted(places)
        assert " more" in reader.verdict(page)

    def test_what_is_assigned_comes_before_what_is_more_probable(self, keep, tmp_path):
        limits = {"default": 0.9999, "blue": 0.0}
        path = save(build_classifier(tmp_path, labels=self.LABELS, multi_label=True, threshold=limits), tmp_path)
        prediction = load_model(path).predict(NEWS)
        assert (prediction.assigned, prediction.label == "blue") == (("blue",), False)
        page = follow({"model": keep(path=path)}, text=NEWS)
        assert reader.verdict(page).startswith("The model files this under blue (")
        assert read(page).label == page.pills(key="label").value == "blue"

    def test_any_of_them_can_be_explained(self, keep, make_checkpoint):
        path = make_checkpoint(self.LABELS, multi_label=True)
        page = follow({"model": keep(path=path)}, text=NEWS)
        reader.choose(page, "gold")
        expected = attribution.explain(load_model(path), NEWS, "gold")
        assert [value for _, value in read(page).words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-4, abs=1e-6
        )


class _Program:
    """Pickled, it asks whoever opens it to run a command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self):
        import os

        return os.system, (self._command,)


def _saved(state: object) -> bytes:
    content = BytesIO()
    torch.save(state, content, pickle_protocol=4)
    return content.getvalue()


def _zipped(pickled: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
    return content.getvalue()
