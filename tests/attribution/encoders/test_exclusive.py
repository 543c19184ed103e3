"""Threads that share a model."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from numpy.testing import assert_allclose

from attribution import IntegratedGradients, explain
from attribution.encoders.exclusive import make_exclusive
from tests.attribution.encoders.checks import LONG, open_both
from tests.models.transformers import flair_probabilities

TEXTS = ("The striker scored twice in Zürich.", "goal", LONG)
METHOD = IntegratedGradients(points="adaptive")  # whatever the others have taught
ROUNDS = 8


class TestThreads:
    # Llama and its like: transformers exchange the layers' `forward` while they run.
    @pytest.mark.parametrize("family", ["bert", "roberta", "xlm-roberta", "llama", "qwen2"])
    def test_each_gets_what_it_gets_alone(self, family, tmp_path):
        _, model = open_both(tmp_path, family, model_max_length=48)
        alone = {text: explain(model, text, method=METHOD) for text in TEXTS}
        together = threading.Barrier(len(TEXTS))

        def explain_together(text):
            together.wait()
            return [explain(model, text, method=METHOD) for _ in range(ROUNDS)]

        with ThreadPoolExecutor(len(TEXTS)) as pool:
            found = dict(zip(TEXTS, pool.map(explain_together, TEXTS), strict=True))
        for text in TEXTS:
            for explanation in found[text]:
                assert explanation.tokens == alone[text].tokens
                assert explanation.truncated_at == alone[text].truncated_at
                assert_allclose(explanation.attributions, alone[text].attributions, rtol=0, atol=1e-6)

    @pytest.mark.parametrize("family", ["bert", "llama"])
    def test_flairs_own_prediction_is_not_disturbed(self, family, tmp_path):
        classifier, model = open_both(tmp_path, family)
        expected = flair_probabilities(classifier, TEXTS[0])
        done = threading.Event()

        def predict_until_done():
            found = []
            while not done.is_set():
                found.append(flair_probabilities(model.classifier, TEXTS[0]))
            return found

        with ThreadPoolExecutor(1) as pool:
            predicting = pool.submit(predict_until_done)
            try:
                for _ in range(ROUNDS):
                    explain(model, TEXTS[1])
            finally:
                done.set()
            found = predicting.result()
        assert found
        for probabilities in found:
            assert probabilities == pytest.approx(expected, abs=1e-6)


class TestMakeExclusive:
    def test_a_second_thread_waits(self):
        class Counter:
            inside = most = 0

            def enter(self, never):
                self.inside += 1
                self.most = max(self.most, self.inside)
                never.wait(0.02)
                self.inside -= 1

        counter, never = Counter(), threading.Event()
        make_exclusive(threading.RLock(), counter, "enter")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(counter.enter, [never] * 8))
        assert counter.most == 1

    def test_a_thread_may_enter_again_and_errors_let_go(self):
        lock = threading.RLock()

        class Owner:
            def outer(self):
                return self.inner()

            def inner(self):
                raise KeyError

        owner = Owner()
        make_exclusive(lock, owner, "outer")
        make_exclusive(lock, owner, "inner")
        with pytest.raises(KeyError):
            owner.outer()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.acquire, timeout=1).result()
