"""Tiny, seeded, randomly initialised Flair text classifiers, one a family of transformers, built without a network.

    classifier = build_classifier(tmp_path, "roberta", cls_pooling="mean")
    model = load_model(save(classifier, tmp_path))

The weights are scaled so that the probabilities of different texts differ: nothing is proved on a constant.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from flair.data import Dictionary, Sentence
from flair.embeddings import TransformerDocumentEmbeddings
from flair.models import TextClassifier
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerBase, T5EncoderModel

LABELS = ("business", "sport", "tech")
POSITIONS = 160
"""What each network has room for, beside what its family reserves."""

CORPUS = """
The central bank raised interest rates on Tuesday, and shares in the largest lenders fell by three per cent. Investors
had expected the decision, but not the warning that came with it: growth would slow, prices would rise, and wages would
follow. In Zürich the market closed early. "Nobody knows what comes next," said the chief economist of an insurer.
The striker scored twice in the second half, and the champions won the cup for the first time since 1987. Their coach
praised the young goalkeeper, who saved a penalty in the last minute of the match. Thousands of supporters sang in the
stadium until midnight; the players danced on the grass with the trophy. The league starts again in August.
Engineers at the university have built a computer chip that learns to recognise speech while it uses hardly any power.
The software runs on a telephone, without a network, and its makers hope to sell it to manufacturers of hearing aids.
A first version of the program, written in a week, understood forty words. The new one understands several languages.
The government will publish its plans for schools and hospitals before the election, a spokeswoman told reporters.
The film, a quiet comedy about two sisters and a lighthouse, opened to good reviews and won three awards.
"""


@dataclass(frozen=True)
class Family:
    """How to build one family.

    `scale` is that of the weights; `seed` is one whose network tells texts well apart.
    """

    model_type: str
    tokenizer: Callable[[Path], PreTrainedTokenizerBase]
    config: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 0.2
    seed: int = 0


def build_classifier(
    folder: Path,
    family: str = "bert",
    *,
    labels: Sequence[str] = LABELS,
    multi_label: bool = False,
    threshold: float | Mapping[str, float] | None = None,
    unk: bool = False,
    model_max_length: int | None = 128,
    seed: int | None = None,
    scale: float | None = None,
    config: Mapping[str, Any] | None = None,
    **embedding_options: Any,
) -> TextClassifier:
    """A classifier in evaluation mode, its encoder read back from `folder / family` as Flair's users read theirs.

    Args:
        folder: where the encoder is written.
        family: a name in `FAMILIES`.
        labels: in decoder order; `unk` puts "<unk>" before them.
        multi_label: sigmoid in place of softmax.
        threshold: Flair's `multi_label_threshold`, a number or {"default": …, label: …}.
        unk: whether the label dictionary begins with "<unk>".
        model_max_length: the tokenizer's; None for a tokenizer that knows none.
        seed: of all weights; the family's own by default.
        scale: of the network's weights; the family's own by default.
        config: settings that replace those of the family.
        embedding_options: passed on to `TransformerDocumentEmbeddings`.
    """
    seed = FAMILIES[family].seed if seed is None else seed
    dictionary = Dictionary(add_unk=unk)
    for label in labels:
        dictionary.add_item(label)
    thresholds = {} if threshold is None else {"multi_label_threshold": threshold}
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        encoder = write_encoder(
            folder / family, family, model_max_length=model_max_length, seed=seed, scale=scale, config=config
        )
        embeddings = TransformerDocumentEmbeddings(str(encoder), **embedding_options)
        classifier = TextClassifier(
            embeddings, label_type="topic", label_dictionary=dictionary, multi_label=multi_label, **thresholds
        )
        scatter(classifier.decoder, 0.5, seed + 1)
    return classifier.eval()


def save(classifier: TextClassifier, folder: Path) -> Path:
    """Write a checkpoint with Flair's own `save()`."""
    path = folder / "model.pt"
    classifier.save(path)
    return path


def write_encoder(
    folder: Path,
    family: str,
    *,
    model_max_length: int | None = 128,
    seed: int | None = None,
    scale: float | None = None,
    config: Mapping[str, Any] | None = None,
) -> Path:
    """Write tokenizer and network as the hub would have them, the weights as safetensors."""
    recipe = FAMILIES[family]
    seed = recipe.seed if seed is None else seed
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = recipe.tokenizer(folder)
    if model_max_length is not None:
        tokenizer.model_max_length = model_max_length
    tokenizer.save_pretrained(folder)
    given = {**COMMON, **special_ids(tokenizer), **recipe.config, **(config or {})}
    settings = AutoConfig.for_model(
        recipe.model_type, **{name: value for name, value in given.items() if value is not None}
    )
    settings.vocab_size = len(tokenizer)
    network = T5EncoderModel(settings) if recipe.model_type == "t5" else AutoModel.from_config(settings)
    scatter(network, recipe.scale if scale is None else scale, seed)
    network.save_pretrained(folder, safe_serialization=True)
    return folder


def flair_probabilities(classifier: TextClassifier, text: str) -> dict[str, float]:
    """Label -> probability, by Flair's own `predict()`; Flair never reports the label "O"."""
    sentence = Sentence(text)
    classifier.predict(sentence, label_name="flair", return_probabilities_for_all_classes=True)
    return {label.value: label.score for label in sentence.get_labels("flair")}


def scatter(module: torch.nn.Module, scale: float, seed: int) -> None:
    """Draw every weight anew: matrices from N(0, scale), vectors (biases, norms) moved by a tenth."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                parameter.copy_(scale * noise)
            else:
                parameter.add_(0.1 * noise)


COMMON: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": POSITIONS,
}


def special_ids(tokenizer: PreTrainedTokenizerBase) -> dict[str, int]:
    ids = {name: getattr(tokenizer, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    return {name: index for name, index in ids.items() if index is not None}


def _lines() -> Iterator[str]:
    return (line for line in CORPUS.splitlines() if line)


# Tokenizers. Those that are trained with the tokenizers library are kept as JSON, those with sentencepiece as bytes.


@cache
def _wordpieces() -> tuple[str, ...]:
    """Characters, words seen twice, and the two parts of longer words."""
    words = Counter(re.findall(r"\w+", CORPUS.lower().replace("ü", "u")))
    characters = sorted(set("".join(words)) | set("\"'(),.:;?!-…0123456789東京都"))
    pieces = [*characters, *(f"##{character}" for character in characters)]
    for word, count in words.items():
        pieces += [word] if count > 1 else [word[:4], f"##{word[4:]}"]
    return tuple(dict.fromkeys(piece for piece in pieces if piece != "##"))


@cache
def _byte_merges() -> tuple[tuple[str, str], ...]:
    """The most frequent pair is merged, 200 times; the library's own trainer breaks ties by chance."""
    split = pre_tokenizers.ByteLevel(add_prefix_space=True).pre_tokenize_str
    words = {tuple(word): count for word, count in Counter(word for word, _ in split(CORPUS)).items()}
    merges = []
    for _ in range(200):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] += count
        merges.append(max(pairs, key=lambda pair: (pairs[pair], pair)))
        words = {_merge(word, merges[-1]): count for word, count in words.items()}
    return tuple(merges)


def _merge(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    merged: list[str] = []
    for piece in word:
        if merged and (merged[-1], piece) == pair:
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


@cache
def _train_sentencepiece(**options: Any) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_lines(),
        model_writer=model,
        vocab_size=300,
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    return model.getvalue()


def _wordpiece(
    kind: str, special: Sequence[str] = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
) -> Callable[[Path], PreTrainedTokenizerBase]:
    """A tokenizer of BERT's make, fast or slow, from vocab.txt."""

    def build(folder: Path) -> PreTrainedTokenizerBase:
        path = folder / "vocab.txt"
        path.write_text("\n".join([*special, *_wordpieces()]) + "\n", encoding="utf-8")
        return getattr(transformers, kind)(str(path))

    return build


def _byte_bpe(
    kind: str, tokens: Mapping[str, str], processor: Callable[[Tokenizer], Any] | None = None
) -> Callable[[Path], PreTrainedTokenizerBase]:
    """Byte-level BPE, from vocab.json and merges.txt, or with `processor` from tokenizer.json alone."""

    def build(folder: Path) -> PreTrainedTokenizerBase:
        merges = _byte_merges()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        pieces = dict.fromkeys([*tokens.values(), *alphabet, *(left + right for left, right in merges)])
        vocabulary = {piece: index for index, piece in enumerate(pieces)}
        if processor is not None:
            tokenizer = Tokenizer(models.BPE(vocabulary, list(merges)))
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
            tokenizer.decoder = decoders.ByteLevel()
            tokenizer.add_special_tokens(list(dict.fromkeys(tokens.values())))
            tokenizer.post_processor = processor(tokenizer)
            return getattr(transformers, kind)(tokenizer_object=tokenizer, **tokens)
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        lines = "\n".join(" ".join(pair) for pair in merges)
        (folder / "merges.txt").write_text(f"#version: 0.2\n{lines}\n", encoding="utf-8")
        return getattr(transformers, kind)(
            str(folder / "vocab.json"), str(folder / "merges.txt"), **tokens, add_prefix_space=True
        )

    return build


def _sentencepiece(kind: str, name: str, **options: Any) -> Callable[[Path], PreTrainedTokenizerBase]:
    """A tokenizer that its family makes from a sentencepiece model, here named as the family names it."""

    def build(folder: Path) -> PreTrainedTokenizerBase:
        settings = dict(options)
        tokens = settings.pop("tokens", {})
        path = folder / name
        path.write_bytes(_train_sentencepiece(**settings))
        return getattr(transformers, kind)(str(path), **tokens)

    return build


_MERGES = (("t", "h"), ("i", "n"), ("e", "r"), ("th", "e</w>"), ("in", "g</w>"))


def _phobert(folder: Path) -> PreTrainedTokenizerBase:
    """A tokenizer that exists as Python alone: pieces inside of a word end in "@@"."""
    characters = sorted(set(CORPUS) - {" ", "\n"})
    pieces = [*characters, *(f"{piece}@@" for piece in [*characters, "th", "in", "er"]), "the", "ing"]
    (folder / "vocab.txt").write_text("".join(f"{piece} 1\n" for piece in pieces), encoding="utf-8")
    (folder / "bpe.codes").write_text("".join(f"{left} {right} 1\n" for left, right in _MERGES), encoding="utf-8")
    return transformers.PhobertTokenizer(str(folder / "vocab.txt"), str(folder / "bpe.codes"))


def _xlm(folder: Path) -> PreTrainedTokenizerBase:
    """XLM's own tokenizer, with language ids; needs the package sacremoses."""
    special = ["<s>", "</s>", "<pad>", "<unk>", *(f"<special{number}>" for number in range(10))]
    characters = sorted(set(CORPUS.lower()) - {" ", "\n"})
    pieces = [*characters, *(f"{piece}</w>" for piece in [*characters, "the", "ing"]), "th", "in", "er"]
    vocabulary = {piece: index for index, piece in enumerate([*special, *pieces])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("".join(f"{left} {right} 1\n" for left, right in _MERGES), encoding="utf-8")
    return transformers.XLMTokenizer(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        lang2id={"de": 0, "en": 1},
        id2lang={"0": "de", "1": "en"},
    )


def _bracketed(tokenizer: Tokenizer) -> Any:
    """[CLS] … [SEP] around byte-level pieces: ModernBERT."""
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    return processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)


def _begun(tokenizer: Tokenizer) -> Any:
    """<|begin_of_text|> before byte-level pieces: Llama 3."""
    begin = "<|begin_of_text|>"
    return processors.TemplateProcessing(single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))])


def _bare(tokenizer: Tokenizer) -> Any:
    return processors.ByteLevel(trim_offsets=False)


_BERT = _wordpiece("BertTokenizerFast")
_ROBERTA_TOKENS = {
    "cls_token": "<s>",
    "sep_token": "</s>",
    "bos_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}
_ROBERTA = _byte_bpe("RobertaTokenizerFast", _ROBERTA_TOKENS)
_BERT_TOKENS = {
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "mask_token": "[MASK]",
}
_GPT2_TOKENS = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
_GPT2_PADDED = {**_GPT2_TOKENS, "pad_token": "<|endoftext|>"}
_FAIRSEQ_PIECES = {"unk_id": 0, "bos_id": 1, "eos_id": 2}
_BERT_PIECES = {
    "pad_id": 0,
    "bos_id": 1,
    "eos_id": 2,
    "unk_id": 3,
    "pad_piece": "[PAD]",
    "bos_piece": "[CLS]",
    "eos_piece": "[SEP]",
    "unk_piece": "[UNK]",
    "user_defined_symbols": "[MASK]",
}
_BART = {
    f"{side}_{name}": value
    for side in ("encoder", "decoder")
    for name, value in (("layers", 2), ("attention_heads", 4), ("ffn_dim", 48))
}
_FUNNEL = {
    "d_model": 32,
    "n_head": 4,
    "d_head": 8,
    "d_inner": 48,
    "num_hidden_layers": None,
    "block_sizes": [2],
    "num_decoder_layers": 1,
    "architectures": ["FunnelModel"],
}
_GPT_NAMES = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_inner": 48, "n_positions": POSITIONS}

FAMILIES: dict[str, Family] = {
    "albert": Family(
        "albert",
        _sentencepiece(
            "AlbertTokenizerFast",
            "spiece.model",
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            control_symbols="[CLS],[SEP]",
            user_defined_symbols="[MASK]",
        ),
        {"embedding_size": 24},
        seed=2,
    ),
    "bart": Family("bart", _ROBERTA, {"d_model": 32, **_BART}),
    "bert": Family("bert", _BERT),
    "bert-slow": Family("bert", _wordpiece("BertTokenizer")),
    "big_bird": Family(
        "big_bird",
        _sentencepiece(
            "BigBirdTokenizerFast",
            "spiece.model",
            pad_id=0,
            eos_id=1,
            bos_id=2,
            unk_id=3,
            user_defined_symbols="[SEP],[MASK],[CLS]",
        ),
        {"block_size": 8, "num_random_blocks": 1},
    ),
    "bloom": Family(
        "bloom",
        _byte_bpe(
            "BloomTokenizerFast",
            {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"},
            processor=_bare,
        ),
        {"n_layer": 2, "n_head": 4},
    ),
    "canine": Family("canine", _BERT),
    "camembert": Family(
        "camembert", _sentencepiece("CamembertTokenizerFast", "sentencepiece.bpe.model", **_FAIRSEQ_PIECES), seed=3
    ),
    "convbert": Family(
        "convbert", _wordpiece("ConvBertTokenizerFast"), {"embedding_size": 24, "conv_kernel_size": 3}, seed=5
    ),
    "deberta": Family(
        "deberta",
        _byte_bpe("DebertaTokenizerFast", {**_BERT_TOKENS, "bos_token": "[CLS]", "eos_token": "[SEP]"}),
        {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_biased_input": False},
    ),
    "deberta-v2": Family(
        "deberta-v2",
        _sentencepiece("DebertaV2TokenizerFast", "spm.model", **_BERT_PIECES),
        {
            "relative_attention": True,
            "position_buckets": 16,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
        },
    ),
    "distilbert": Family(
        "distilbert",
        _wordpiece("DistilBertTokenizerFast"),
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
        seed=3,
    ),
    "electra": Family("electra", _wordpiece("ElectraTokenizerFast"), {"embedding_size": 24}, seed=2),
    "ernie": Family("ernie", _BERT, {"use_task_id": True, "task_type_vocab_size": 3}, seed=2),
    "flaubert": Family(
        "flaubert", _BERT, {"emb_dim": 32, "n_layers": 2, "n_heads": 4, "pad_index": 0, "use_lang_emb": False}
    ),
    "fnet": Family(
        "fnet",
        _sentencepiece(
            "FNetTokenizerFast",
            "spiece.model",
            pad_id=3,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            control_symbols="[CLS],[SEP]",
            user_defined_symbols="[MASK]",
            pad_piece="<pad>",
        ),
        seed=4,
    ),
    "funnel": Family(
        "funnel", _wordpiece("FunnelTokenizerFast", ("<pad>", "<unk>", "<cls>", "<sep>", "<mask>")), _FUNNEL, seed=1
    ),
    "gpt2": Family("gpt2", _byte_bpe("GPT2TokenizerFast", _GPT2_PADDED), _GPT_NAMES),
    "gpt2-padless": Family("gpt2", _byte_bpe("GPT2TokenizerFast", _GPT2_TOKENS), _GPT_NAMES),
    "gpt_neox": Family("gpt_neox", _byte_bpe("GPTNeoXTokenizerFast", _GPT2_PADDED, processor=_bare)),
    "ibert": Family("ibert", _ROBERTA, {"max_position_embeddings": POSITIONS + 2, "quant_mode": True}),
    "llama": Family(
        "llama",
        _byte_bpe(
            "PreTrainedTokenizerFast", {"bos_token": "<|begin_of_text|>", "pad_token": "<|end_of_text|>"}, _begun
        ),
        {"num_key_value_heads": 2},
    ),
    "llama-sentencepiece": Family(
        "llama",
        _sentencepiece(
            "LlamaTokenizerFast",
            "tokenizer.model",
            model_type="bpe",
            byte_fallback=True,
            unk_id=0,
            bos_id=1,
            eos_id=2,
            tokens={"pad_token": "</s>"},
        ),
        {"num_key_value_heads": 2},
    ),
    "longformer": Family(
        "longformer",
        _byte_bpe("LongformerTokenizerFast", _ROBERTA_TOKENS),
        {"attention_window": 16, "max_position_embeddings": POSITIONS + 2},
    ),
    "megatron-bert": Family("megatron-bert", _BERT),
    "mobilebert": Family(
        "mobilebert",
        _wordpiece("MobileBertTokenizerFast"),
        {"embedding_size": 24, "intra_bottleneck_size": 16, "true_hidden_size": 16},
        scale=0.1,
        seed=4,
    ),
    "modernbert": Family(
        "modernbert",
        _byte_bpe("PreTrainedTokenizerFast", _BERT_TOKENS, processor=_bracketed),
        {"local_attention": 16, "num_hidden_layers": 3, "cls_token_id": 2, "sep_token_id": 3},
    ),
    "mpnet": Family(
        "mpnet",
        _wordpiece(
            "MPNetTokenizerFast",
            special=("<s>", "<pad>", "</s>", "[UNK]", "<mask>"),
        ),
        {"max_position_embeddings": POSITIONS + 2},
        seed=2,
    ),
    "nystromformer": Family("nystromformer", _BERT, seed=2),
    "opt": Family(
        "opt",
        _byte_bpe(
            "GPT2TokenizerFast",
            {"pad_token": "<pad>", "bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>"},
        ),
        {"ffn_dim": 48, "word_embed_proj_dim": 32},
        scale=0.1,
    ),
    "phobert": Family("roberta", _phobert, {"max_position_embeddings": POSITIONS + 2}),
    "qwen2": Family(
        "qwen2",
        _byte_bpe("Qwen2TokenizerFast", {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}, processor=_bare),
        {"num_key_value_heads": 2},
    ),
    "roberta": Family(
        "roberta",
        _ROBERTA,
        {"max_position_embeddings": POSITIONS + 2},
    ),
    "roformer": Family("roformer", _BERT, {"embedding_size": 24}),
    "squeezebert": Family(
        "squeezebert",
        _wordpiece("SqueezeBertTokenizerFast"),
        {"embedding_size": 32} | {f"{part}_groups": 2 for part in ("q", "k", "v", "intermediate", "output")},
    ),
    "t5": Family(
        "t5",
        _sentencepiece("T5TokenizerFast", "spiece.model", pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
        {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4},
        scale=0.1,
    ),
    "xlm": Family("xlm", _BERT, {"emb_dim": 32, "n_layers": 2, "n_heads": 4, "pad_index": 0, "use_lang_emb": False}),
    "xlm-languages": Family(
        "xlm",
        _xlm,
        {"emb_dim": 32, "n_layers": 2, "n_heads": 4, "pad_index": 2, "use_lang_emb": True, "n_langs": 2},
    ),
    "xlm-roberta": Family(
        "xlm-roberta",
        _sentencepiece("XLMRobertaTokenizerFast", "sentencepiece.bpe.model", **_FAIRSEQ_PIECES),
        {"max_position_embeddings": POSITIONS + 2},
    ),
    "xlnet": Family(
        "xlnet",
        _sentencepiece(
            "XLNetTokenizerFast",
            "spiece.model",
            unk_id=0,
            bos_id=1,
            eos_id=2,
            control_symbols="<cls>,<sep>,<pad>,<mask>,<eod>,<eop>",
        ),
        {"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48, "max_position_embeddings": None},
    ),
}
