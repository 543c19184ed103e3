"""What the tests of both files share."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic.config import Config
from sqlalchemy import Connection, create_engine

from attribution import Explanation
from attribution.ablation.what_if import Change
from attribution.storage.analyses import Found
from attribution.storage.analyses.database import _MIGRATIONS
from attribution.texts.tokens import delete_words
from tests.attribution.stand_ins import explanation

BANK = explanation("The bank raised its forecast by 100 %.", [1.0, 2.0, -0.5, 0.0, 0.25, 0.1, 0.0, 3.5])


def names(found: Found) -> list[str]:
    return [entry.name for entry in found.entries]


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """The database itself, past all that the package does."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def migrate(connection: Connection, revision: str, run: Callable[[Config, str], object]) -> None:
    """Bring the tables to those of a revision; `run` is Alembic's upgrade or downgrade."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    run(config, revision)


def run_together(work: Callable[[int], object], count: int) -> None:
    """Do it in so many threads, begun at one moment; what goes wrong in one of them fails the test."""
    barrier, failed = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            barrier.wait(30)
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert not any(thread.is_alive() for thread in threads)


def drop(explained: Explanation, word: int) -> Change:
    """A copy of an explained text without one of its words."""
    span = explained.spans[word]
    left = delete_words(explained.text, [(span.start, span.end)])
    return Change(explained, explanation(left, [0.5] * len(left.split())), explained.text, (span,))
