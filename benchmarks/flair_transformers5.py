"""Classifiers of Flair over encoders of transformers 5, each with what Flair predicts there.

No release of Flair runs with transformers 5: 0.15.1 needs a class and an argument that are gone there. Both are put
back here; the rest is Flair's own code. In the environment of transformers 5 (see transformers5.py), with Flair:

    /tmp/tf5/bin/python benchmarks/transformers5.py write /tmp/saved
    /tmp/tf5/bin/python benchmarks/flair_transformers5.py /tmp/flair /tmp/saved/qwen2-theta /tmp/saved/gemma2-yarn

Each folder becomes `<name>.pt` and `<name>.json`: text -> label -> probability.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

TEXTS = ("the striker signed a contract", "oil prices rose and the film won a prize", "Budget")
LABELS = ("sport", "business", "tech")
_GONE = "LayoutLMv2FeatureExtractor"


def put_back() -> None:
    """Give transformers 5 what Flair 0.15.1 imports, and the argument that it names otherwise."""
    import transformers

    lazy: Any = type(transformers)
    find, add = lazy.__getattr__, transformers.PreTrainedTokenizerBase.add_special_tokens
    lazy.__getattr__ = lambda module, name: type(name, (), {}) if name == _GONE else find(module, name)

    def add_special_tokens(self: Any, special: Any, replace_additional_special_tokens: bool = True) -> int:
        return add(self, special, replace_extra_special_tokens=replace_additional_special_tokens)

    tokenizers: Any = transformers.PreTrainedTokenizerBase
    tokenizers.add_special_tokens = add_special_tokens
    trimmed: Any = ModuleType("transformer_smaller_training_vocab")  # a plugin of the trainer, which nothing here calls
    trimmed.reduce_train_vocab = None
    sys.modules[trimmed.__name__] = trimmed


def save(folder: Path, into: Path) -> None:
    """Save a classifier over the encoder of a folder, and what it predicts."""
    import torch
    from flair.data import Dictionary, Sentence
    from flair.embeddings import TransformerDocumentEmbeddings
    from flair.models import TextClassifier

    torch.manual_seed(1)
    labels = Dictionary(add_unk=False)
    for label in LABELS:
        labels.add_item(label)
    embeddings = TransformerDocumentEmbeddings(str(folder), fine_tune=True, layers="-1")
    classifier = TextClassifier(embeddings=embeddings, label_dictionary=labels, label_type="topic").eval()
    torch.nn.init.normal_(cast(Any, classifier.decoder).weight)
    expected = {}
    for text in TEXTS:
        sentence = Sentence(text)
        classifier.predict(sentence, return_probabilities_for_all_classes=True)
        expected[text] = {label.value: label.score for label in sentence.get_labels()}
    classifier.save(into / f"{folder.name}.pt")
    (into / f"{folder.name}.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    put_back()
    for name in sys.argv[2:]:
        save(Path(name), Path(sys.argv[1]))
