from dataclasses import dataclass, field

import pytest

from attribution.corpus.documents import Document
from attribution.corpus.running.attempts import Attempts, explain_watched, find_interrupted
from attribution.corpus.running.results import Outcome

DOCUMENTS = [Document(number, f"d{number}", "The cup.") for number in range(4)]


@dataclass
class Recorder:
    """A worker that notes what it reads together."""

    groups: list[list[int]] = field(default_factory=list)
    error: Exception | None = None

    def explain(self, documents):
        self.groups.append([document.number for document in documents])
        if self.error:
            raise self.error
        return [Outcome(document) for document in documents]


def explain(worker, ledger):
    return {one.document.number: one for group in explain_watched(worker, DOCUMENTS, ledger) for one in group}


class TestExplainWatched:
    def test_what_killed_nothing_is_read_together(self, tmp_path):
        worker, ledger = Recorder(), Attempts(tmp_path)
        assert list(explain(worker, ledger)) == [0, 1, 2, 3]
        assert worker.groups == [[0, 1, 2, 3]]
        assert ledger.count(range(4)) == [0, 0, 0, 0]

    def test_those_at_hand_at_a_death_are_read_one_at_a_time(self, tmp_path):
        worker, ledger = Recorder(), Attempts(tmp_path)
        ledger.begin([1, 2])
        assert all(outcome.error is None for outcome in explain(worker, ledger).values())
        assert worker.groups == [[0, 3], [1], [2]]
        assert ledger.count(range(4)) == [0, 0, 0, 0]

    def test_one_that_kills_alone_is_given_up_and_the_others_are_not(self, tmp_path):
        worker, ledger = Recorder(), Attempts(tmp_path)
        for numbers in ([1, 2], [2], [2]):
            ledger.begin(numbers)
        outcomes = explain(worker, ledger)
        assert worker.groups == [[0, 3], [1]]
        assert "crashed three times" in outcomes[2].error
        assert [number for number, outcome in outcomes.items() if outcome.error] == [2]

    def test_an_error_is_no_death(self, tmp_path):
        ledger = Attempts(tmp_path)
        with pytest.raises(MemoryError):
            explain(Recorder(error=MemoryError()), ledger)
        assert ledger.count(range(4)) == [0, 0, 0, 0]


class TestAttempts:
    def test_the_next_process_knows_what_the_one_before_died_of(self, tmp_path):
        Attempts(tmp_path).begin([3, 1])
        assert find_interrupted(tmp_path) == [1, 3]
        ledger = Attempts(tmp_path)
        assert ledger.count([0, 1, 3]) == [0, 1, 1]
        assert find_interrupted(tmp_path) == []
        ledger.begin([1])
        ledger.end([1])
        ledger.begin([3])
        assert Attempts(tmp_path).count([1, 3]) == [0, 2]

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"begun": [], "now": []}', '{"begun": {"x": 1}, "now": []}'])
    def test_a_file_that_cannot_be_read_tells_nothing(self, tmp_path, content):
        (tmp_path / ".reading.json").write_text(content)
        assert find_interrupted(tmp_path) == []
        assert Attempts(tmp_path).count([1]) == [0]
