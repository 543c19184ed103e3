"""Every trick of the corpus: Flair's own `load` falls for it, Whylight refuses it in a sentence, soon and cheaply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attribution.opening.hostile import cards, containers, parts, pickles, sizes  # each enters its tricks
from tests.attribution.opening.hostile.stage import HARMLESS, Outcome, Stage, open_stage
from tests.attribution.opening.hostile.workshop import TRICKS, Honest, Trick, Workshop, build_honest

_SECONDS, _MEGABYTES = 10, 1024


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Honest:
    return build_honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def workshop(honest, tmp_path) -> Workshop:
    return Workshop(tmp_path, honest)


def attempt(stage: Stage, reader: str, path: Path, mark: Path) -> Outcome:
    mark.unlink(missing_ok=True)
    return stage.attempt(reader, path, mark)


def test_there_are_enough_tricks_of_each_kind():
    count = {
        module: sum(trick.make.__module__ == module.__name__ for trick in TRICKS)
        for module in (cards, containers, parts, pickles, sizes)
    }
    assert sum(count.values()) == len(TRICKS) >= 80
    assert len({trick.name for trick in TRICKS}) == len(TRICKS)


@pytest.mark.parametrize("content", ["transformer", "words", "tfidf"])
def test_the_honest_files_that_tricks_are_made_of_open(stage, honest, workshop, content):
    path = workshop.write_bytes(getattr(honest, content))
    assert attempt(stage, "flair", path, workshop.mark).what == "opened"
    assert attempt(stage, "whylight", path, workshop.mark).what == "opened"


@pytest.mark.parametrize("trick", TRICKS, ids=[trick.name for trick in TRICKS])
def test_a_trick_that_flair_falls_for_is_refused(stage: Stage, workshop: Workshop, trick: Trick):
    path = trick.make(workshop)
    assert attempt(stage, "flair", path, workshop.mark).what not in HARMLESS
    outcome = attempt(stage, "whylight", path, workshop.mark)
    assert outcome.what == "refused", outcome
    assert re.search(trick.found, outcome.says), outcome.says
    assert "\n" not in outcome.says
    assert outcome.seconds < _SECONDS
    assert outcome.megabytes < _MEGABYTES
