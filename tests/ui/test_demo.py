"""The demo model itself, as a first visit shows it."""

import pytest

from attribution import Model, demo, load_model
from tests.ui import reader
from tests.ui.reader import follow, open_page, read

SAMPLE = demo.samples()[0].text


@pytest.fixture(autouse=True)
def store(tmp_path, furnish, monkeypatch):
    """The folder of this test's store, with no stand-in."""
    monkeypatch.setenv("WHYLIGHT_STORE", str(furnish(tmp_path)))
    return tmp_path


@pytest.fixture(scope="module")
def model(demo_checkpoint) -> Model:
    """The demo model as the backend opens it, without the page."""
    return load_model(demo_checkpoint)


def test_a_sample_is_explained_before_anything_is_typed(model):
    page, predicted = open_page(), model.predict(SAMPLE)
    found = read(page)
    assert page.text_area(key="text").value == SAMPLE
    assert found.text == SAMPLE
    assert found.label == predicted.label == page.pills(key="label").value
    assert f"files this under {predicted.label} ({predicted.probability:.0%}".replace("%", " %") in reader.verdict(page)
    ranked = predicted.ranked()
    assert [choice.split()[0] for choice in reader.choices(page)] == [label for label, _ in ranked]
    assert reader.choices(page)[0].endswith(f"{ranked[0][1]:.0%}".replace("%", " %"))
    assert not reader.unexplained(page)
    assert not page.error
    assert not page.warning


def test_what_it_is_made_of_is_told(demo_checkpoint):
    page = follow({}, "pages/labels.py")
    facts = next(frame.value for frame in page.dataframe if "fact" in frame.value.columns)
    facts = dict(zip(facts["fact"], facts["value"], strict=True))
    assert facts["SHA-256"] == demo_checkpoint.stem
    assert facts["Encoder"] == "sentence-transformers/all-MiniLM-L6-v2"
