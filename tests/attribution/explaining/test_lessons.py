"""What a model has learned, kept with it: a model that recalls it begins where the other was."""

import json

import numpy as np
import pytest

from attribution import explain, load_model
from attribution.explaining.lessons import recall_lessons, tell_lessons
from attribution.methods.path.lessons import read_lessons, write_lessons
from attribution.methods.path.rules import GRID, Lesson
from tests.models.transformers import CORPUS

KIND = ("pad", "", "centred")
TEXT = CORPUS[:200]


@pytest.fixture(scope="module")
def lessons():
    """As of six texts whose curves turn a few times."""
    grid = np.linspace(0, 1, GRID)[:, None]
    modes = np.concatenate([np.sin(grid * turns + turns) / turns for turns in range(1, 12)], axis=1)
    return write_lessons([Lesson(KIND, 6, 150, modes)])


class TestKeeping:
    @pytest.mark.parametrize("isolated", [False, True])
    def test_a_model_that_recalls_them_uses_them(self, make_checkpoint, lessons, isolated):
        model = load_model(make_checkpoint(), isolated=isolated)
        assert json.loads(tell_lessons(model)) == []
        before = explain(model, TEXT)
        assert before.learned_from == 0
        fresh = load_model(make_checkpoint(), isolated=isolated)
        assert recall_lessons(fresh, lessons) == 1
        found = explain(fresh, TEXT)
        assert found.learned_from == 6
        assert found.converged
        assert np.abs(found.attributions - before.attributions).sum() <= 0.03 * np.abs(before.attributions).sum()
        (told,) = read_lessons(tell_lessons(fresh))
        assert told.texts >= 6

    def test_a_text_that_is_a_baseline_is_not_told(self):
        modes = np.ones((GRID, 1))
        written = write_lessons([Lesson(("text", "a secret", "centred"), 6, 150, modes), Lesson(KIND, 6, 150, modes)])
        assert "secret" not in written
        assert [lesson.kind for lesson in read_lessons(written)] == [KIND]


class TestDamaged:
    def test_what_was_written_is_read(self, lessons):
        (lesson,) = read_lessons(lessons)
        assert (lesson.kind, lesson.texts, lesson.evaluations, lesson.modes.shape) == (KIND, 6, 150, (GRID, 11))

    @pytest.mark.parametrize(
        "change",
        [
            {"modes": [[1.0]] * 3},
            {"modes": [["a"]] * GRID},
            {"modes": [[float("nan")]] * GRID},
            {"modes": [[1e300]] * GRID},
            {"modes": [[0.0]] * GRID},
            {"modes": [[1e-300]] * GRID},
            {"modes": [[]] * GRID},
            {"modes": [[1.0], [1.0, 2.0]] * GRID},
            {"modes": [[1.0] * 1000] * GRID},
            {"modes": 3},
            {"texts": 0},
            {"texts": 65},
            {"texts": "many"},
            {"texts": 1e400},
            {"evaluations": -1},
            {"kind": "pad"},
            {"kind": ["pad"]},
        ],
    )
    def test_what_does_not_fit_is_left_out(self, lessons, change):
        (said,) = json.loads(lessons)
        assert len(read_lessons(json.dumps([said, {**said, **change}]))) == 1

    @pytest.mark.parametrize("content", ["", "{", "3", "{}", "[[]]", "[" * 100_000, "[3, null]"])
    def test_a_damaged_file_says_nothing(self, content):
        assert read_lessons(content) == ()

    def test_a_model_passes_over_them(self, make_checkpoint):
        model = load_model(make_checkpoint())
        assert recall_lessons(model, "[{]") == 0
        assert explain(model, TEXT).converged
