"""What transformers 5 makes of a tokenizer.json whose class is its own, held to the like-named classes of release 4."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import BertTokenizerFast, RobertaTokenizerFast

from attribution import CheckpointError, UnsupportedModelError, load_model
from attribution.opening.vetting.tokenizers.parts import is_as_made, mark

SAVED = Path(__file__).parents[1] / "transformers5"
XLMR = Path(__file__).parents[1] / "tokenizer_transformers5"
BERT, ROBERTA = {"tokenizer_class": "BertTokenizer"}, {"tokenizer_class": "RobertaTokenizerFast"}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@pytest.fixture
def bert(tmp_path):
    """What release 4 makes of a vocabulary, as a tokenizer.json."""
    (tmp_path / "vocab.txt").write_text("\n".join((*SPECIAL, "a")))

    def make(**settings):
        made = BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt"), **settings)
        return json.loads(made.backend_tokenizer.to_str())

    return make


@pytest.mark.parametrize(
    "settings",
    [{}, {"do_lower_case": False}, {"strip_accents": False}, {"do_lower_case": False, "tokenize_chinese_chars": False}],
)
def test_both_releases_make_the_same_of_what_they_are_told(bert, settings):
    assert is_as_made(bert(**settings), {**BERT, **settings}, "bert")
    other = {**settings, "do_lower_case": not settings.get("do_lower_case", True)}
    assert not is_as_made(bert(**settings), {**BERT, **other}, "bert")


def test_so_it_is_with_bytes(tmp_path):
    (tmp_path / "vocab.json").write_text(json.dumps({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "<mask>": 5}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    files = {"vocab_file": str(tmp_path / "vocab.json"), "merges_file": str(tmp_path / "merges.txt")}
    for prefix in (True, False):
        said = json.loads(RobertaTokenizerFast(**files, add_prefix_space=prefix).backend_tokenizer.to_str())
        assert is_as_made(said, {**ROBERTA, "add_prefix_space": prefix}, "roberta")
        assert not is_as_made(said, {**ROBERTA, "add_prefix_space": not prefix}, "roberta")


def test_what_that_release_saved_is_as_it_makes_it():
    said, config = (json.loads((XLMR / name).read_text()) for name in ("tokenizer.json", "tokenizer_config.json"))
    assert is_as_made(said, config, "xlm-roberta")
    assert not is_as_made({**said, "pre_tokenizer": {"type": "WhitespaceSplit"}}, config, "xlm-roberta")
    assert not is_as_made({**said, "post_processor": None}, config, "xlm-roberta")


def test_a_generic_class_makes_nothing_anew(bert):
    said = {**bert(), "normalizer": None}
    assert not is_as_made(said, BERT, "bert")
    assert is_as_made(said, {"tokenizer_class": "TokenizersBackend"}, "bert")
    assert is_as_made(said, BERT, "modernbert")  # of which all are read so


def test_what_a_class_puts_around_a_text_is_its_own(bert):
    around = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}]}
    assert not is_as_made({**bert(), "post_processor": around}, BERT, "bert")
    assert is_as_made({**bert(), "post_processor": around}, {"tokenizer_class": "TokenizersBackend"}, "bert")
    assert is_as_made(bert(), {**BERT, "add_bos_token": False}, "bert")


def test_steps_that_do_nothing_make_no_difference(bert):
    said = bert()
    assert mark(said) == mark({**said, "normalizer": {"type": "Sequence", "normalizers": [said["normalizer"]]}})
    assert mark(said) != mark({**said, "normalizer": None})


@pytest.fixture
def change(tmp_path):
    """The folder bert-generic with another tokenizer."""

    def change(content, **settings):
        folder = shutil.copytree(SAVED / "bert-generic", tmp_path / "saved")
        said = json.loads((folder / "tokenizer_config.json").read_text())
        (folder / "tokenizer_config.json").write_text(json.dumps({**said, **settings}))
        said = json.loads((folder / "tokenizer.json").read_text())
        (folder / "tokenizer.json").write_text(
            json.dumps({**said, **content} if isinstance(content, dict) else content)
        )
        return folder

    return change


def test_one_that_would_be_made_anew_is_refused_with_what_to_do(change):
    folder = change({"pre_tokenizer": {"type": "WhitespaceSplit"}}, tokenizer_class="BertTokenizer")
    with pytest.raises(UnsupportedModelError, match=r"BertTokenizer, does not build .* TokenizersBackend"):
        load_model(folder)


def test_the_same_opens_where_the_class_is_generic(change):
    assert load_model(change({"pre_tokenizer": {"type": "WhitespaceSplit"}})).labels


@pytest.mark.parametrize(
    "content", [[], {"model": 3}, {"post_processor": {"type": "TemplateProcessing", "single": [3]}}]
)
def test_a_damaged_one_is_one_sentence(change, content):
    with pytest.raises(CheckpointError):
        load_model(change(content, tokenizer_class="BertTokenizer"))
