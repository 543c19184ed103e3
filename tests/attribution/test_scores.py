import torch

from attribution.scores import score_direction


class TestScoreDirection:
    def test_a_centred_score_ignores_what_all_logits_share(self):
        direction = score_direction(1, 4, score="centred", multi_label=False)
        logits = torch.tensor([1.0, 5.0, 2.0, 0.0])
        assert torch.isclose(logits @ direction, torch.tensor(3.0))
        assert torch.isclose((logits + 100) @ direction, torch.tensor(3.0))

    def test_centred_scores_are_zero_in_sum(self):
        directions = torch.stack([score_direction(i, 5, score="centred", multi_label=False) for i in range(5)])
        assert torch.allclose(directions.sum(0), torch.zeros(5), atol=1e-7)

    def test_the_logit_is_one_of_many(self):
        assert score_direction(2, 3, score="logit", multi_label=False).tolist() == [0, 0, 1]

    def test_in_multi_label_models_the_score_is_the_logit(self):
        assert score_direction(0, 3, score="centred", multi_label=True).tolist() == [1, 0, 0]

    def test_a_model_of_one_label_is_explained_by_its_logit(self):
        assert score_direction(0, 1, score="centred", multi_label=False).tolist() == [1]
