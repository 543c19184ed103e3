import pytest
from flair.models import TextClassifier

from attribution import AttributionError, explain, load_model
from tests.attribution.encoders.checks import assert_faithful
from tests.models.transformers import LABELS, build_classifier, save

WEIGHTS = {"sport": 3.0, "tech": 0.5}
TEXTS = ('The striker scored twice, and "nobody" in Zürich knew.', "Shares fell by 3 %.")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The label dictionary begins with <unk>, and the labels have weights in the loss."""
    folder = tmp_path_factory.mktemp("text")
    plain = build_classifier(folder, "bert", unk=True)
    classifier = TextClassifier(
        plain.embeddings, label_type="topic", label_dictionary=plain.label_dictionary, loss_weights=WEIGHTS
    )
    classifier.decoder.load_state_dict(plain.decoder.state_dict())
    return classifier.eval(), load_model(save(classifier, folder))


class TestLabels:
    def test_unknown_is_a_label_that_takes_its_part_of_the_probability(self, saved):
        assert saved[1].labels == ("<unk>", *LABELS)
        assert 0.001 < saved[1].predict(TEXTS[0]).probability_of("<unk>") < 0.999

    def test_weights_of_labels_change_no_prediction(self, saved):
        assert saved[1].classifier.weight_dict == WEIGHTS
        assert_faithful(*saved, *TEXTS)

    def test_unknown_is_explained_like_any_other(self, saved):
        explanation = explain(saved[1], TEXTS[0], "<unk>")
        assert abs(explanation.relative_gap) <= 0.01

    def test_a_pair_of_texts_is_refused_in_a_sentence(self, saved):
        with pytest.raises(AttributionError, match=r"reads one text, and 2 were given\. Give one\."):
            explain(saved[1], TEXTS)
