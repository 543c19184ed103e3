import torch
from flair.embeddings import DocumentLMEmbeddings
from numpy.testing import assert_allclose

from attribution import load_model
from attribution.encoders import EncodedText
from tests.models.kinds import build_pair
from tests.models.transformers import save, scatter
from tests.models.words import make_character_model

PAIR = ("won", "Extraordinarily long words stand in the second of both texts")


class TestPairEncoder:
    def test_rows_of_a_batch_are_read_each_on_its_own_though_the_texts_differ_in_width(self, tmp_path):
        embeddings = DocumentLMEmbeddings([make_character_model()])
        scatter(embeddings, 0.7, 0)
        model = load_model(save(build_pair(embeddings, embed_separately=True), tmp_path))
        encoded = model.encode(PAIR)
        widths = {part.embedded.shape[2] for part in encoded.parts}
        assert len(widths) == 2
        batch = torch.cat([encoded.embedded, encoded.baselines["pad"], encoded.baselines["zero"]])
        alone = torch.cat([model.encoder.logits(row[None], encoded) for row in batch])
        assert_allclose(model.encoder.logits(batch, encoded).detach(), alone.detach(), atol=1e-5)
        assert alone.std(dim=0).min() > 0.01
        assert isinstance(encoded, EncodedText)
