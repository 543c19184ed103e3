"""Every test here is run on both databases, each with an empty one of its own."""

import os
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, create_engine, text

from attribution.storage.analyses import Analyses
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Without PostgreSQL its tests are skipped on a person's machine, but never in CI."""
    if postgres.find_programs() is None and not os.environ.get("CI"):
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    with postgres.serve() as address:
        yield address


@pytest.fixture
def make_postgres(postgres_server) -> Iterator[str]:
    """The address of an empty database, as the operator of a server would write it."""
    name = f"whylight_{uuid.uuid4().hex[:12]}"
    keeper = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with keeper.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    keeper.dispose()
    yield postgres_server.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with keeper.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    keeper.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/of its own/100%.db"
    return request.getfixturevalue("make_postgres")


@pytest.fixture
def analyses(url) -> Iterator[Analyses]:
    opened = Analyses(url)
    yield opened
    opened.close()
