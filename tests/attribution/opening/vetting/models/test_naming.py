import warnings

import flair.models
import pytest
import torch
from flair.embeddings import DocumentPoolEmbeddings, TransformerWordEmbeddings
from flair.models import TextClassifier

from attribution import UnsupportedModelError, load_model
from tests.models.kinds import build_document
from tests.models.transformers import save, write_encoder
from tests.models.words import CHARACTERS, fill_dictionary, make_static

LABELS = fill_dictionary(["PER", "LOC"])


def build_document_over_words():
    return DocumentPoolEmbeddings([make_static()])


def build_multitask(folder):
    tasks = [
        TextClassifier(build_document_over_words(), label_dictionary=LABELS, label_type=name) for name in ("a", "b")
    ]
    return flair.models.MultitaskModel(tasks, task_ids=["a", "b"])


def build_relation_classifier(folder):
    return flair.models.RelationClassifier(
        build_document(folder),
        label_dictionary=fill_dictionary(["works for"]),
        label_type="relation",
        entity_label_types="ner",
        allow_unk_tag=False,
    )


def build_tars_tagger(folder):
    words = TransformerWordEmbeddings(str(write_encoder(folder / "bert", "bert")))
    return flair.models.TARSTagger(embeddings=words, task_name="ner", label_dictionary=LABELS, label_type="ner")


BUILT = {
    "LanguageModel": lambda _: flair.models.LanguageModel(fill_dictionary(CHARACTERS), True, 4, 1),
    "Lemmatizer": lambda _: flair.models.Lemmatizer(
        embeddings=make_static(), rnn_hidden_size=4, char_dict=fill_dictionary(CHARACTERS, add_unk=True)
    ),
    "MultitaskModel": build_multitask,
    "RelationClassifier": build_relation_classifier,
    "RelationExtractor": lambda _: flair.models.RelationExtractor(
        embeddings=make_static(), label_type="relation", entity_label_type="ner", label_dictionary=LABELS
    ),
    "SequenceTagger": lambda _: flair.models.SequenceTagger(
        embeddings=make_static(), tag_dictionary=LABELS, tag_type="ner", hidden_size=4
    ),
    "SpanClassifier": lambda _: flair.models.SpanClassifier(embeddings=make_static(), label_dictionary=LABELS),
    "TARSTagger": build_tars_tagger,
    "TextTripleClassifier": lambda _: flair.models.TextTripleClassifier(
        build_document_over_words(), label_dictionary=LABELS, label_type="topic"
    ),
    "TokenClassifier": lambda _: flair.models.TokenClassifier(
        embeddings=make_static(), label_dictionary=LABELS, label_type="pos"
    ),
}

# What `_get_state_dict` of each writes in the releases up to 0.11, which name no class.
OLD = {
    "BiaffineTagger": "state_dict embeddings hidden_size biaffine_size tag_dictionary tag_type rnn_layers",
    "DependencyParser": "state_dict token_embeddings use_rnn lstm_hidden_size relations_dictionary mlp_arc_units",
    "EntityLinker": "state_dict word_embeddings label_type label_dictionary pooling_operation",
    "LanguageModel": "state_dict dictionary is_forward_lm hidden_size nlayers embedding_size nout dropout",
    "Lemmatizer": "state_dict embeddings rnn_input_size rnn_hidden_size rnn_layers char_dict label_type beam_size",
    "MentionTagger": "state_dict embeddings hidden_size tag_dictionary tag_type use_memory use_rnn rnn_layers",
    "RelationExtractor": "state_dict embeddings label_dictionary label_type entity_label_type pooling_operation",
    "SequenceTagger": "state_dict embeddings hidden_size tag_dictionary tag_type use_crf use_rnn rnn_layers",
    "SimilarityLearner": "state_dict input_modality_0_embedding input_modality_1_embedding similarity_measure",
    "TARSTagger": "state_dict current_task tag_type tag_dictionary tars_model prefix task_specific_attributes",
    "WordTagger": "state_dict embeddings tag_dictionary tag_type",
}


class TestOtherModels:
    @pytest.mark.parametrize("name", BUILT)
    def test_each_is_refused_by_its_name(self, name, tmp_path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = save(BUILT[name](tmp_path), tmp_path)
        with pytest.raises(UnsupportedModelError, match=f"holds a Flair {name}. Whylight explains"):
            load_model(path)

    @pytest.mark.parametrize("name", OLD)
    def test_old_files_that_name_no_class_are_told_apart(self, name, tmp_path):
        torch.save({key: {} for key in OLD[name].split()}, tmp_path / "model.pt")
        with pytest.raises(UnsupportedModelError, match=f"holds a Flair {name}. Whylight explains"):
            load_model(tmp_path / "model.pt")
