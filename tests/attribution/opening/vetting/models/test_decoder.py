import pytest
import torch
from flair.embeddings import DocumentPoolEmbeddings
from flair.models import TextClassifier
from flair.nn.decoder import DeepNCMDecoder, LabelVerbalizerDecoder, PrototypicalDecoder
from torch import nn

from attribution import CheckpointError, UnsupportedModelError, explain, load_model
from tests.attribution.encoders.checks import assert_faithful
from tests.models.transformers import LABELS, save
from tests.models.words import fill_dictionary, make_static

LENGTH = 6
TEXTS = ("The striker won the cup", "Shares fell on Tuesday, and nobody in Zürich knew why.")
DICTIONARY = fill_dictionary(LABELS)
DISTANCES = ("euclidean", "hyperbolic", "cosine", "logit_cosine", "dot_product")


def build(decoder, seed=1):
    embeddings = DocumentPoolEmbeddings([make_static(LENGTH)])
    classifier = TextClassifier(embeddings, label_type="topic", label_dictionary=DICTIONARY, decoder=decoder)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        for parameter in classifier.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape))
    return classifier.eval()


DECODERS = {
    **{name: lambda name=name: PrototypicalDecoder(3, LENGTH, distance_function=name) for name in DISTANCES},
    "in another space": lambda: PrototypicalDecoder(3, LENGTH, prototype_size=4),
    "with radii": lambda: PrototypicalDecoder(3, LENGTH, use_radius=True, min_radius=1),
    "one label stands for none": lambda: PrototypicalDecoder(3, LENGTH, unlabeled_distance=2.0, unlabeled_idx=1),
    "lets no gradient through": lambda: PrototypicalDecoder(3, LENGTH, learning_mode="learn_only_prototypes"),
    "means of classes": lambda: DeepNCMDecoder(DICTIONARY, LENGTH, encoding_dim=4),
    "means of documents": lambda: DeepNCMDecoder(DICTIONARY, LENGTH, use_encoder=False),
    "layers": lambda: nn.Sequential(nn.Linear(LENGTH, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 3)),
    "without bias": lambda: nn.Linear(LENGTH, 3, bias=False),
}


class TestDecoders:
    @pytest.mark.parametrize("name", DECODERS)
    def test_they_predict_as_flair_does_and_are_explained(self, name, tmp_path):
        classifier = build(DECODERS[name]())
        model = load_model(save(classifier, tmp_path))
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, TEXTS[1])
        assert explanation.converged
        assert abs(explanation.relative_gap) <= 0.01
        assert any(explanation.attributions)

    def test_squared_distances_have_a_closed_form(self, tmp_path):
        """Along a straight line to one word's vector, the share of -|x - p|² is all of its difference."""
        classifier = build(PrototypicalDecoder(3, LENGTH))
        explanation = explain(load_model(save(classifier, tmp_path)), "striker", "sport")
        table = classifier.embeddings.embeddings.embeddings[0].embedding.weight
        row = classifier.embeddings.embeddings.embeddings[0].vocab["striker"]
        ends = -torch.cdist(table[[row, -1]], classifier.decoder.prototype_vectors).square()
        scores = ends[:, LABELS.index("sport")] - ends.mean(dim=1)
        assert explanation.attributions.sum() == pytest.approx((scores[0] - scores[1]).item(), abs=1e-3)


class TestRefusals:
    @pytest.mark.parametrize(
        ("decoder", "name"),
        [
            (LabelVerbalizerDecoder(DocumentPoolEmbeddings([make_static(LENGTH)]), DICTIONARY), "LabelVerbalizer"),
            (nn.Sequential(nn.Sequential(nn.Linear(LENGTH, 3))), "Sequential inside of another"),
            (nn.Sequential(nn.Linear(LENGTH, 3), nn.LeakyReLU()), "LeakyReLU"),
        ],
    )
    def test_other_decoders_are_named(self, decoder, name, tmp_path):
        with pytest.raises(UnsupportedModelError, match=rf"decoder of its own, [\w.]*{name}.*PrototypicalDecoder"):
            load_model(save(build(decoder), tmp_path))

    @pytest.mark.parametrize("decoder", [nn.Linear(LENGTH + 1, 3), nn.Linear(LENGTH, 4), PrototypicalDecoder(3, 5)])
    def test_one_that_does_not_fit_is_refused_before_it_predicts(self, decoder, tmp_path):
        with pytest.raises(CheckpointError, match="decoder"):
            load_model(save(build(decoder), tmp_path))

    @pytest.mark.parametrize(
        "change",
        [
            lambda decoder, _: setattr(decoder, "_distance_function", "manhattan"),
            lambda decoder, _: setattr(decoder, "_distance_function", ["euclidean"]),
            lambda decoder, _: setattr(decoder, "min_radius", "none"),
            lambda decoder, _: setattr(decoder, "unlabeled_idx", 7),
            lambda decoder, _: setattr(decoder, "unlabeled_distance", 1.0),
            lambda _, weights: weights.pop("decoder.prototype_vectors"),
            lambda _, weights: weights.update({"decoder.prototype_vectors": torch.ones(2, LENGTH)}),
            lambda _, weights: weights.update({"decoder.prototype_vectors": torch.ones(3)}),
            lambda _, weights: weights.update({"decoder.prototype_radii": torch.ones(2)}),
            lambda _, weights: weights.update({"decoder.metric_space_decoder.weight": torch.ones(5, LENGTH)}),
        ],
    )
    def test_malformed_prototypes_are_refused(self, change, tmp_path):
        classifier = build(PrototypicalDecoder(3, LENGTH))
        state = classifier._get_state_dict()
        state["state_dict"] = dict(state["state_dict"])
        change(state["decoder"], state["state_dict"])
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(CheckpointError):
            load_model(tmp_path / "model.pt")

    @pytest.mark.parametrize("decoder", ["linear", torch.ones(2), {"weight": 1}])
    def test_what_is_no_module_is_refused(self, decoder, tmp_path):
        state = {**build(nn.Linear(LENGTH, 3))._get_state_dict(), "decoder": decoder}
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(UnsupportedModelError, match="decoder of its own"):
            load_model(tmp_path / "model.pt")
