"""SQLite or PostgreSQL: how each is opened, brought up to date, read and written."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ...environment import read
from ...errors import AttributionError
from ..store import default_folder

_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite"}
_MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE = 30
"""Seconds that a writer waits for another one."""

_UPGRADES = 0x5768796C69676874
"""The key of the advisory lock that one process holds while it changes the tables."""

_upgrading = threading.Lock()  # Alembic keeps its state in module globals
_log = logging.getLogger(__name__)


def default_url() -> str:
    """The database that `WHYLIGHT_DATABASE` names, or else a file beside the models of the store."""
    if chosen := read("WHYLIGHT_DATABASE"):
        return chosen
    return URL.create("sqlite", database=str(default_folder() / "analyses.db")).render_as_string()


class Database:
    """A database with the tables of this release; it may be shared by threads, and opened by many processes."""

    def __init__(self, url: str) -> None:
        """Open it, and create or change its tables where that is needed.

        Raises:
            AttributionError: the database is of an unknown kind, does not answer, or has tables of a newer release.
        """
        parsed = _parse(url)
        with _told():
            self._engine = (
                _create_sqlite(parsed)
                if parsed.drivername == "sqlite"
                else create_engine(parsed, connect_args={"connect_timeout": 10}, pool_pre_ping=True)
            )
            self._writer = self._engine.execution_options(writes=True)
            try:
                _upgrade(self._writer)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that writes nothing."""
        with _told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, and undone by an error in it."""
        with _told(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the pooled connections."""
        self._engine.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise AttributionError(
            "WHYLIGHT_DATABASE is not the address of a database. Write it like postgresql://user:password@host/name."
        ) from error
    kind = parsed.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise AttributionError(
            f"Expected a database whose address begins with postgresql:// or sqlite:///, got {kind}://."
        )
    return parsed.set(drivername=_DRIVERS[kind])


def _create_sqlite(url: URL) -> Engine:
    if url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AttributionError(f"The folder of the saved analyses cannot be made: {error.strerror}.") from error
    engine = create_engine(url, connect_args={"timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, and the driver does not guess
        _keep_a_log_of_writes(connection)
        for pragma in ("foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that first reads and then writes would fail if another one wrote in between.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _keep_a_log_of_writes(connection: sqlite3.Connection) -> None:
    """Give a new file a write-ahead log. We retry, since SQLite itself does not wait here while others write."""
    given_up = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > given_up:
                raise
        time.sleep(0.02)


def _upgrade(writer: Engine) -> None:
    """Run the migrations that are missing, one process and thread at a time, all of them or none."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _upgrading, writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADES)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _told() -> Iterator[None]:
    """Turn a database's errors into plain sentences; its own words go to the log, as they may name hosts and people."""
    try:
        yield
    except CommandError as error:
        raise AttributionError(
            "The database of saved analyses was written by a newer release of Whylight. Update this server."
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        _log.warning("The database of saved analyses failed.", exc_info=error)
        raise AttributionError(
            "The database of saved analyses does not answer. Try again in a while; the log of this server gives the "
            "reason."
        ) from error
