"""A model in a process of its own says what it says in this one, to the last bit, and with the same errors."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import torch

from attribution import (
    AttributionError,
    EmptyTextError,
    GradientNorm,
    IntegratedGradients,
    KernelShap,
    Lime,
    MultiLabelError,
    Occlusion,
    UnknownLabelError,
    explain,
    explain_labels,
    inspect_checkpoint,
    load_model,
)
from attribution.ablation.deciding_words import find_flip, find_strongest_removal
from attribution.ablation.faithfulness import compare_faithfulness
from attribution.ablation.what_if import explain_variant, vary
from attribution.explaining.abilities import draw_modules, offer_baselines, tell_training
from attribution.explaining.explain import find_words
from attribution.explaining.long_texts import split_to_be_read
from attribution.isolation.isolated_model import inspect_isolated
from attribution.report import to_report, verify
from tests.models.hugging_face import write_folder
from tests.models.kinds import build_document, build_pair, build_regressor, build_tars
from tests.models.transformers import save

TEXT = "The striker scored twice, and the team won the cup in Zürich."
PAIR = (TEXT, "Shares fell, and the market closed early.")


def same(one: Any, other: Any) -> bool:
    """Whether two values are of the same types and equal to the last bit, dataclasses and arrays included."""
    if type(one) is not type(other):
        return False
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return bool(one == other) or (one != one and other != other)


@pytest.fixture(scope="module")
def path(make_checkpoint):
    return make_checkpoint(("alpha", "beta", "gamma"))


@pytest.fixture(scope="module")
def model(path):
    return load_model(path)


@pytest.fixture(scope="module")
def isolated(path):
    return load_model(path, isolated=True)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """Name -> a file of each kind of model, and a text for it."""
    folder = tmp_path_factory.mktemp("kinds")

    def put(name, classifier):
        (folder / name).mkdir()
        return save(classifier, folder / name)

    return {
        "pair": (put("pair", build_pair(build_document(folder), embed_separately=False)), PAIR),
        "few-shot": (put("few-shot", build_tars(folder)), TEXT),
        "value": (put("value", build_regressor(build_document(folder))), TEXT),
        "Hugging Face": (write_folder(folder / "saved"), TEXT),
    }


class TestSame:
    def test_it_is_known_as_the_same_model(self, model, isolated):
        assert same(isolated.facts, model.facts)
        assert same(isolated.describe(), model.describe())
        assert tell_training(isolated) == tell_training(model)
        assert draw_modules(isolated) == draw_modules(model)

    def test_of_its_card_only_what_a_table_shows_is_told(self, kinds, tmp_path):
        classifier = torch.load(kinds["few-shot"][0], weights_only=False)
        parameters = {f"parameter {number}": "long " * 1000 for number in range(300)} | {"last": 1}
        classifier["model_card"] = {"training_parameters": {"mini_batch_size": 4, "plugins": [], **parameters}}
        torch.save(classifier, tmp_path / "model.pt")
        told = tell_training(load_model(tmp_path / "model.pt", isolated=True))
        assert (told["mini_batch_size"], told["plugins"]) == ("4", "[]")
        assert len(told) == 100
        assert all(len(name) + len(value) <= 1000 for name, value in told.items())

    @pytest.mark.parametrize(
        "method", [IntegratedGradients(), GradientNorm(), Occlusion(), KernelShap(samples=50), Lime(samples=50)]
    )
    def test_its_explanations_are_the_same(self, model, isolated, method):
        assert same(explain(isolated, TEXT, method=method), explain(model, TEXT, method=method))
        assert same(explain_labels(isolated, TEXT, None, method), explain_labels(model, TEXT, None, method))

    def test_it_shows_the_same_previews_and_stops_at_the_same(self, model, isolated):
        seen = {"here": [], "there": []}
        explain(model, TEXT, on_preview=lambda found: seen["here"].append(found))
        explain(isolated, TEXT, on_preview=lambda found: seen["there"].append(found))
        assert same(seen["here"], seen["there"])
        stopped = [explain(one, TEXT, on_progress=lambda count, gap: count < 5) for one in (model, isolated)]
        assert stopped[1].cancelled
        assert same(*stopped)

    def test_what_is_asked_without_words_is_the_same(self, model, isolated):
        explanations = [explain(model, TEXT), explain(model, TEXT, method=Occlusion())]
        assert same(
            compare_faithfulness(isolated, TEXT, explanations, orders=3, seed=1),
            compare_faithfulness(model, TEXT, explanations, orders=3, seed=1),
        )
        assert same(find_flip(isolated, explanations[0]), find_flip(model, explanations[0]))
        assert same(find_strongest_removal(isolated, explanations[0]), find_strongest_removal(model, explanations[0]))
        variant, _ = vary(TEXT, find_words(isolated, TEXT), dropped={1}, masked={3})
        assert same(explain_variant(isolated, variant, "beta"), explain_variant(model, variant, "beta"))

    def test_what_can_be_chosen_is_the_same(self, model, isolated):
        assert same(offer_baselines(isolated), offer_baselines(model))
        assert same(split_to_be_read(isolated, TEXT * 9), split_to_be_read(model, TEXT * 9))

    def test_its_file_is_inspected_as_here(self, path):
        assert same(inspect_isolated(path, None), inspect_checkpoint(path))

    def test_a_report_is_verified_by_it(self, model, isolated):
        assert verify(to_report(explain(model, TEXT)), isolated).agrees

    @pytest.mark.parametrize("kind", ["pair", "few-shot", "value", "Hugging Face"])
    def test_every_kind_of_model_is(self, kinds, kind):
        file, text = kinds[kind]
        here, there = load_model(file), load_model(file, isolated=True)
        assert same(there.facts, here.facts)
        assert same(explain(there, text), explain(here, text))


class TestOtherLabels:
    def test_labels_of_the_readers_own(self, kinds):
        file, text = kinds["few-shot"]
        here, there = (load_model(file, isolated=isolated).with_labels(["sport", "art"]) for isolated in (False, True))
        assert same(there.facts, here.facts)
        assert same(explain_labels(there, text), explain_labels(here, text))
        with pytest.raises(AttributionError, match="empty"):
            there.with_labels([""])

    def test_whether_labels_exclude_each_other(self, kinds):
        file, text = kinds["Hugging Face"]
        for said in (True, False, None):
            here, there = (load_model(file, isolated=isolated).with_multi_label(said) for isolated in (False, True))
            assert same(there.facts, here.facts)
            assert same(there.predict(text), here.predict(text))
        opened = load_model(file, multi_label=True, isolated=True)
        assert same(opened.facts, load_model(file, multi_label=True).facts)

    def test_a_file_that_says_it_is_believed(self, isolated):
        assert isolated.with_multi_label(None) is isolated
        with pytest.raises(MultiLabelError):
            isolated.with_multi_label(True)


class TestErrors:
    def test_they_are_the_same_errors(self, model, isolated):
        for error, text, label in (
            (EmptyTextError, " ", None),
            (UnknownLabelError, TEXT, "delta"),
            (AttributionError, f"{TEXT} \ud83d half", None),
            (AttributionError, PAIR, None),
        ):
            said = []
            for one in (model, isolated):
                with pytest.raises(error) as caught:
                    explain(one, text, label)
                said.append(str(caught.value))
            assert said[0] == said[1]
        with pytest.raises(ValueError, match="at least one order"):
            compare_faithfulness(isolated, TEXT, [explain(model, TEXT)], orders=0)

    def test_a_function_that_is_called_back_may_raise(self, model, isolated):
        def fail(_):
            raise KeyError("as Streamlit does, when a widget is touched")

        with pytest.raises(KeyError, match="as Streamlit does"):
            explain(isolated, TEXT, on_preview=fail)
        assert same(explain(isolated, TEXT), explain(model, TEXT))

    def test_a_file_that_is_not_there(self, tmp_path, path):
        with pytest.raises(AttributionError, match="There is no file"):
            load_model(tmp_path / "nowhere.pt", isolated=True)
        with pytest.raises(AttributionError, match="There is no tokenizer"):
            load_model(path, tokenizer=tmp_path / "nowhere.json", isolated=True)
