"""Classifiers that transformers 5.24 saved: here they say what it said, or are refused for what they ask for.

The folders hold tiny networks of random weights; `benchmarks/transformers5.py` makes more where that release is.
"""

import json
import shutil
from pathlib import Path

import pytest
import torch

from attribution import UnsupportedModelError, explain, load_model
from attribution.opening.vetting.newer_release import find_rounding, read_newer

SAVED = Path(__file__).parent / "transformers5"
THETA = {"rope_type": "default", "rope_theta": 2e4}
FLAIR = Path(__file__).parent / "flair_transformers5"
HALF = {**THETA, "partial_rotary_factor": 0.5}
LINEAR = {"rope_type": "linear", "rope_theta": 2e4, "factor": 3.0}


@pytest.mark.parametrize("name", [path.name for path in sorted(SAVED.iterdir())])
def test_the_release_that_saved_it_is_the_truth(name):
    model = load_model(SAVED / name)
    for text, shares in json.loads((SAVED / name / "expected.json").read_text()).items():
        assert model.predict(text).probabilities == pytest.approx(shares, abs=1e-6)
        assert abs(explain(model, text).relative_gap) <= 0.01


def test_numbers_of_16_bits_that_the_release_computes_with_are_told_of():
    model = load_model(SAVED / "bert-bfloat16")
    said = json.loads((SAVED / "bert-bfloat16" / "expected-in-16-bits.json").read_text())
    differences = [abs(model.predict(text).probabilities - shares).max() for text, shares in said.items()]
    assert 1e-4 < max(differences) < 0.01
    told = [note for note in model.notes if "16 bits (bfloat16)" in note and "by about 0.01" in note]
    assert len(told) == 1
    assert set(told) <= set(model.kind.notes) & set(load_model(SAVED / "bert-bfloat16", multi_label=True).notes)


@pytest.mark.parametrize("name", ["gemma2-yarn", "qwen2-theta"])
def test_flair_over_an_encoder_of_that_release(name):
    model = load_model(FLAIR / f"{name}.pt")
    for text, shares in json.loads((FLAIR / f"{name}.json").read_text()).items():
        expected = [shares[label] for label in model.labels]
        assert model.predict(text).probabilities == pytest.approx(expected, abs=1e-6)


def test_states_of_the_last_layer_that_are_others_are_refused():
    """ModernBERT opens by itself, for its own head takes what the whole network gives; Flair takes the last states."""
    with pytest.raises(UnsupportedModelError, match=r"last layer of modernbert after its last normalisation"):
        load_model(FLAIR / "modernbert-theta.pt")


@pytest.mark.parametrize(
    ("said", "kinds", "expected"),
    [
        ({"dtype": "float16"}, [torch.float16], "float16"),
        ({"torch_dtype": "bfloat16"}, [torch.bfloat16], "bfloat16"),
        ({"dtype": "float32"}, [torch.float16], ""),
        ({}, [torch.int64, torch.float16, torch.float32], "float16"),
        ({}, [], ""),
        ({"dtype": "float16", "transformers_version": "4.57.6"}, [torch.float16], ""),
    ],
)
def test_what_the_release_computes_with(said, kinds, expected):
    assert find_rounding({"transformers_version": "5.24.0", **said}, kinds) == expected


def test_special_tokens_of_ones_own_are_one_token_each():
    tokens = load_model(SAVED / "bert-own-specials").encode("new film [URL] won a prize").tokens
    assert "[URL]" in [token.text for token in tokens]


@pytest.fixture
def change(tmp_path):
    """A copy of a saved folder with another configuration."""

    def change(name, **settings):
        folder = tmp_path / name
        shutil.copytree(SAVED / name, folder)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | settings))
        return folder

    return change


@pytest.mark.parametrize(
    ("name", "settings", "what"),
    [
        ("bert-generic", {"rope_parameters": THETA}, "rope_parameters.rope_theta"),
        ("bert-generic", {"attention_sinks": 4}, "attention_sinks = 4"),
        ("qwen2-theta", {"rope_parameters": {**THETA, "rope_type": "proportional"}}, "of the kind proportional"),
        ("qwen2-theta", {"rope_parameters": {**THETA, "partial_rotary_factor": 0.5}}, "partial_rotary_factor"),
        ("qwen2-theta", {"rope_parameters": {**THETA, "factor": 2.0}}, "rope_parameters.factor"),
        ("modernbert-theta", {"rope_parameters": {"full_attention": LINEAR, "sliding_attention": THETA}}, "factor"),
        ("modernbert-theta", {"layer_types": ["sliding_attention", "full_attention"]}, "in an irregular order"),
    ],
)
def test_what_is_not_read_here_is_refused_by_name(change, name, settings, what):
    with pytest.raises(
        UnsupportedModelError, match=r"saved by transformers 5\.24\.0 and says .* here cannot read"
    ) as told:
        load_model(change(name, **settings))
    assert what in str(told.value)


def test_a_key_that_says_no_is_no_matter(change):
    model = load_model(change("bert-generic", attention_sinks=None, use_gates=False, cls_token_id=7))
    assert model.predict("oil prices rose").probabilities == pytest.approx([0.66684026, 0.33315977], abs=1e-6)


def test_a_file_of_the_release_here_may_hold_any_key(change):
    assert load_model(change("bert-generic", transformers_version="4.57.6", attention_sinks=4)).labels


def read(kind, rope, **settings):
    config = {"model_type": kind, "transformers_version": "5.24.0", "rope_parameters": rope, **settings}
    return {key: value for key, value in read_newer(config).items() if key not in config}


@pytest.mark.parametrize(
    ("kind", "rope", "expected"),
    [
        ("llama", THETA, {"rope_theta": 2e4, "rope_scaling": None}),
        ("llama", LINEAR, {"rope_theta": 2e4, "rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
        (
            "phi",
            {**THETA, "partial_rotary_factor": 0.5},
            {"rope_theta": 2e4, "partial_rotary_factor": 0.5, "rope_scaling": None},
        ),
        (
            "gpt_neox",
            {**THETA, "partial_rotary_factor": 0.5},
            {"rotary_emb_base": 2e4, "rotary_pct": 0.5, "rope_scaling": None},
        ),
        (
            "gemma3_text",
            {"full_attention": LINEAR, "sliding_attention": {**THETA, "rope_theta": 5.0}},
            {"rope_theta": 2e4, "rope_local_base_freq": 5.0, "rope_scaling": {"rope_type": "linear", "factor": 3.0}},
        ),
        (
            "llama",
            {"rope_type": "longrope", "rope_theta": 1.0, "factor": 2.0, "original_max_position_embeddings": 32},
            {
                "rope_theta": 1.0,
                "original_max_position_embeddings": 32,
                "rope_scaling": {"rope_type": "longrope", "factor": 2.0, "original_max_position_embeddings": 32},
            },
        ),
    ],
)
def test_rotary_positions_in_the_words_of_the_release_here(kind, rope, expected):
    assert read(kind, rope) == expected


def test_one_set_for_kinds_of_layers_that_are_alike():
    layers = {"layer_types": ["full_attention", "sliding_attention"]}
    rope = {"full_attention": THETA, "sliding_attention": THETA}
    assert read("qwen2", rope, **layers) == {"rope_theta": 2e4, "rope_scaling": None}
    with pytest.raises(UnsupportedModelError, match="for each kind of layer"):
        read("qwen2", {**rope, "sliding_attention": LINEAR}, **layers)


def test_parts_of_a_configuration_are_read_as_the_whole():
    rope = {"full_attention": LINEAR, "sliding_attention": THETA}
    text = {"rope_parameters": rope, "layer_types": ["sliding_attention", "full_attention"]}
    whole = {"model_type": "gemma3", "transformers_version": "5.24.0", "text_config": text}
    found = read_newer(whole)["text_config"]
    assert (found["rope_theta"], found["rope_local_base_freq"], found["rope_scaling"]["factor"]) == (2e4, 2e4, 3.0)
    with pytest.raises(UnsupportedModelError, match="attention_sinks = 4"):
        read_newer({**whole, "text_config": {**text, "attention_sinks": 4}})
    pair = {"model_type": "encoder-decoder", "transformers_version": "5.24.0", "decoder": {"model_type": "llama"}}
    assert read_newer({**pair, "encoder": {"model_type": "llama", "rope_parameters": THETA}})["encoder"] == {
        "model_type": "llama",
        "rope_theta": 2e4,
        "rope_scaling": None,
    }
    with pytest.raises(UnsupportedModelError, match="a part of the type newest"):
        read_newer({**pair, "encoder": {"model_type": "newest"}})
