import pytest

from attribution import AttributionError, CheckpointError, load_model
from attribution.encoders.panics import panics_reported
from tests.models.transformers import build_classifier, save


class PanicException(BaseException):
    """Named as pyo3's is, which cannot be imported."""


class TestPanics:
    def test_a_panic_is_a_sentence(self):
        with pytest.raises(CheckpointError, match="fails on this text: index out of bounds"), panics_reported():
            raise PanicException("index out of bounds")

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
    def test_anything_else_passes(self, error):
        with pytest.raises(error), panics_reported():
            raise error

    def test_a_text_on_which_the_tokenizer_of_an_open_model_panics_is_told(self, tmp_path, monkeypatch):
        model = load_model(save(build_classifier(tmp_path, "bert"), tmp_path))

        def panic(*_, **__):
            raise PanicException("no such character")

        monkeypatch.setattr(type(model.kind.encoder), "encode", panic)
        for ask in (model.predict, model.encode):
            with pytest.raises(AttributionError, match="no such character"):
                ask("The match was lost.")
