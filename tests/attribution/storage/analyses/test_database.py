import multiprocessing
import socket
import sqlite3
import threading
import time

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, text

from attribution import AttributionError
from attribution.report import from_report, to_json
from attribution.storage.analyses import Analyses, default_url
from attribution.storage.analyses.database import Database
from attribution.storage.analyses.tables import METADATA
from tests.attribution.storage.analyses.helpers import BANK, connect, migrate, names, run_together


class TestTables:
    def test_the_migrations_make_the_tables_that_the_code_uses(self, analyses, url):
        with connect(url) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []

    def test_what_was_saved_before_there_were_kinds_is_an_explanation(self, url):
        """A database as the first release left it: its own migration, and a row of what it wrote."""
        database = Database(url)
        entry = analyses_row(BANK)
        with database.writing() as connection:
            migrate(connection, "0001", command.downgrade)
            assert "kind" not in {column["name"] for column in inspect(connection).get_columns("analyses")}
            connection.execute(Table("analyses", MetaData(), autoload_with=connection).insert(), entry)
        database.close()
        for _ in range(2):
            opened = Analyses(url)
            assert [(one.name, one.kind) for one in opened.find("forecast").entries] == [("Rates", "explanation")]
            assert from_report(opened.get(entry["id"]).report()).words() == BANK.words()
            opened.close()

    def test_a_database_of_a_newer_release_is_left_alone(self, analyses, url):
        with connect(url) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(AttributionError, match="newer release of Whylight"):
            Analyses(url)


def analyses_row(explained) -> dict[str, object]:
    """What the first release wrote of an explanation."""
    return {
        "id": "123e4567-e89b-42d3-a456-426614174000",
        "name": "Rates",
        "note": "",
        "created": "2026-11-01T12:00:00.000000+00:00",
        "model_sha256": explained.model.sha256,
        "model_name": "",
        "label": explained.label,
        "beginning": explained.text,
        "searched_words": "rates",
        "searched_text": f"{explained.label}\n{explained.text}".casefold(),
        "report": to_json(explained),
        "version": 1,
    }


class TestProcesses:
    def test_those_that_open_a_new_database_at_once_and_write_lose_nothing(self, url):
        started = multiprocessing.get_context("fork")
        barrier = started.Barrier(4)
        processes = [started.Process(target=_open_and_save, args=(url, barrier, number)) for number in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0] * 4
        analyses = Analyses(url)
        assert sorted(names(analyses.find(limit=100))) == sorted(
            f"{one}-{other}" for one in range(4) for other in range(8)
        )
        analyses.close()

    def test_threads_may_open_it_at_once_as_well(self, url):
        opened = []
        run_together(lambda _: opened.append(Analyses(url)), 4)
        assert [one.find().total for one in opened] == [0] * 4
        for one in opened:
            one.close()


def _open_and_save(url: str, barrier, writer: int) -> None:
    barrier.wait(30)
    analyses = Analyses(url)
    for number in range(8):
        analyses.save(BANK, name=f"{writer}-{number}", tags=[str(writer)])


class TestSqlite:
    def test_it_stands_beside_the_models_by_default(self, tmp_path, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE", str(tmp_path / "the models"))
        analyses = Analyses()
        analyses.save(BANK, name="Rates")
        analyses.close()
        assert (tmp_path / "the models" / "analyses.db").exists()

    def test_readers_and_a_writer_do_not_wait_for_each_other(self, tmp_path):
        analyses = Analyses(f"sqlite:///{tmp_path}/a.db")
        analyses.save(BANK, name="Rates")
        writer = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        assert analyses.find("rates").total == 1
        writer.close()
        analyses.close()

    def test_a_writer_waits_for_another_one(self, tmp_path):
        analyses = Analyses(f"sqlite:///{tmp_path}/a.db")
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        saving = threading.Thread(target=analyses.save, args=(BANK,), kwargs={"name": "Rates"})
        saving.start()
        time.sleep(0.4)
        assert saving.is_alive()
        other.execute("COMMIT")
        saving.join(30)
        other.close()
        assert analyses.find().total == 1
        analyses.close()

    def test_opening_a_new_file_waits_for_another_that_makes_its_tables(self, tmp_path):
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # not yet with a write-ahead log, as whoever opened it a moment before
        opened = []
        opening = threading.Thread(target=lambda: opened.append(Analyses(f"sqlite:///{tmp_path}/a.db")))
        opening.start()
        time.sleep(0.4)
        assert opening.is_alive()
        other.execute("COMMIT")
        opening.join(30)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()
        (analyses,) = opened
        assert analyses.find().total == 0
        analyses.close()

    def test_a_file_that_is_no_database_gets_one_sentence(self, tmp_path):
        (tmp_path / "a.db").write_bytes(b"These are the minutes of the meeting.\n" * 200)
        with pytest.raises(AttributionError, match="does not answer"):
            Analyses(f"sqlite:///{tmp_path}/a.db")

    def test_a_folder_that_cannot_be_made_gets_one_sentence(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(AttributionError, match="folder of the saved analyses cannot be made"):
            Analyses(f"sqlite:///{tmp_path}/file/a.db")


class TestAddress:
    def test_the_operator_names_it(self, url, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_DATABASE", url)
        assert default_url() == url
        analyses = Analyses()
        analyses.save(BANK, name="Rates")
        assert analyses.find().total == 1
        analyses.close()

    @pytest.mark.parametrize(
        "address", ["mysql://a:secret@b/c", "no address", "secret://", "postgresql://a:b@host:secret/a"]
    )
    def test_another_one_is_refused_and_no_password_shown(self, address):
        with pytest.raises(AttributionError, match="address") as refused:
            Analyses(address)
        assert "secret" not in str(refused.value).replace("secret://.", "")

    def test_a_server_that_does_not_answer_gets_one_sentence_without_its_password(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"postgresql://somebody:secret@127.0.0.1:{probe.getsockname()[1]}/analyses"
        with pytest.raises(AttributionError, match="does not answer") as refused:
            Analyses(address)
        assert "secret" not in str(refused.value)
        assert "somebody" not in str(refused.value)
