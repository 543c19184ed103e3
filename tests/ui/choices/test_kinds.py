"""The page with models that are no plain classifiers: two texts, a value, labels that the reader writes."""

import pytest
from streamlit.testing.v1 import AppTest

from attribution import explain as explain_by_backend
from attribution import load_model
from tests.models.kinds import build_document, build_pair, build_regressor, build_tars
from tests.models.transformers import LABELS, save
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, read, run, upload

TEXT = "The bank raised its forecast, and nobody in Zürich knew why."
OTHER = "The striker scored twice."


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    built = {
        "pair": build_pair(build_document(folder / "pair"), embed_separately=False),
        "regressor": build_regressor(build_document(folder / "regressor")),
        "tars": build_tars(folder / "tars"),
        "tars without a task": build_tars(folder / "none", labels=()),
    }
    return {name: save(model, folder / name.split()[-1].replace("task", "none")) for name, model in built.items()}


@pytest.fixture
def open_kind(paths, keep):
    """Opens the page on a text with one of these models."""

    def open_(name: str) -> AppTest:
        return follow({"model": keep(path=paths[name])}, text=TEXT)

    return open_


def everything(page: AppTest) -> str:
    """All that can be read on the page but for what the sidebar's own settings say."""
    shown = [*reader.markdown(page), *(element.proto.body for element in page.main if element.type == "html")]
    return "\n".join(shown)


class TestPair:
    def test_a_second_text_is_asked_for_and_nothing_is_wrong(self, paths):
        page = upload(open_page(), paths["pair"])
        assert page.text_area(key="second_text").value == ""
        assert "compares two texts" in page.info[0].value
        assert not page.error

    def test_both_texts_are_coloured(self, paths, open_kind):
        page = open_kind("pair")
        page.text_area(key="second_text").set_value(OTHER)
        explain(page, TEXT)
        expected = explain_by_backend(load_model(paths["pair"]), (TEXT, OTHER))
        found = read(page)
        assert found.text == f"{TEXT}\n\n{OTHER}"
        assert found.label == expected.label
        assert [value for _, value in found.words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-3, abs=1e-5
        )
        assert not page.info
        assert not page.error

    def test_a_change_of_the_second_text_waits_for_the_button(self, open_kind):
        page = open_kind("pair")
        page.text_area(key="second_text").set_value(OTHER)
        explain(page, TEXT)
        page.text_area(key="second_text").set_value("Shares fell.")
        run(page)
        assert read(page).text.endswith(OTHER)
        assert any("text has changed" in caption.value for caption in page.caption)
        explain(page, TEXT)
        assert read(page).text.endswith("Shares fell.")

    def test_other_models_are_asked_for_one_text(self, open_kind, stand_in):
        page = open_kind("pair")
        page.selectbox(key="model").set_value(stand_in.stem)
        run(page)
        assert [area.key for area in page.text_area] == ["text"]
        assert read(page)


class TestRegressor:
    def test_it_gives_a_text_a_value_and_not_a_label(self, paths):
        page = explain(upload(open_page(), paths["regressor"]), TEXT)
        value = load_model(paths["regressor"]).predict(TEXT).value
        said = next(reader.unescape(each.value) for each in page.markdown if each.value.startswith("## "))
        assert said.startswith(f"## The model gives this the value {value:.2f}. ".replace("-", "−"))
        assert read(page).text == TEXT
        assert not page.pills
        assert not page.error

    def test_nothing_on_the_page_is_a_percentage_a_share_or_a_logit(self, open_kind):
        page = open_kind("regressor")
        for word in ("%", "share", "logit", "files this under", "against value"):
            assert word not in everything(page).replace("font-size", "").split("</style>")[-1]
        (chart,) = page.get("plotly_chart")
        assert "units of the value" in chart.proto.spec
        assert "logit" not in chart.proto.spec

    def test_the_label_dictionary_says_that_there_is_none(self, paths):
        page = upload(run(open_page().switch_page("pages/labels.py")), paths["regressor"])
        assert any("has no labels: it gives a text a value" in reader.unescape(each.value) for each in page.markdown)
        assert [frame.key for frame in page.dataframe][:1] != ["label_table"]


class TestOpenLabels:
    def test_what_the_reader_writes_takes_part(self, paths):
        page = explain(upload(open_page(), paths["tars"]), TEXT)
        assert {choice.split()[0] for choice in reader.choices(page)} == set(LABELS)
        page.text_input(key="new_labels").set_value(" weather, personal finance ,, weather")
        run(page)
        assert len(reader.choices(page)) == len(LABELS) + 2
        reader.choose(page, "personal finance")
        model = load_model(paths["tars"]).with_labels([*LABELS, "weather", "personal finance"])
        expected = explain_by_backend(model, TEXT, "personal finance")
        found = read(page)
        assert found.label == "personal finance"
        assert [value for _, value in found.words] == pytest.approx(
            [word.attribution for word in expected.words()], rel=1e-3, abs=1e-5
        )

    def test_markup_in_a_label_is_text(self, open_kind):
        page = open_kind("tars")
        page.text_input(key="new_labels").set_value("<script>alert(1)</script>, **bold** :red[x]")
        run(page)
        reader.choose(page, "<script>alert(1)</script>")
        assert read(page).label == "<script>alert(1)</script>"
        assert read(page).tags <= {"div", "span"}

    def test_a_model_without_a_task_asks_for_labels(self, open_kind):
        page = open_kind("tars without a task")
        assert any("no labels of its own" in error for error in reader.errors(page))
        page.text_input(key="new_labels").set_value("sport, weather")
        run(page)
        assert not page.error
        assert len(reader.choices(page)) == 2

    def test_too_many_labels_get_a_sentence(self, open_kind):
        page = open_kind("tars")
        page.text_input(key="new_labels").set_value(",".join(f"label {index}" for index in range(30)))
        run(page)
        assert any("at most 20 labels to try, got 30" in error for error in reader.errors(page))
        assert len(reader.choices(page)) == len(LABELS) + 20

    def test_a_model_with_labels_of_its_own_asks_for_none(self):
        assert not [field for field in open_page().text_input if field.key == "new_labels"]
