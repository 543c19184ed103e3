"""The shell, as the tests of its commands call it."""

import io

import pytest

from attribution.cli.main import main


@pytest.fixture
def shell(capsys, monkeypatch):
    """Runs a command on what is given on standard input: its exit status, standard output and standard error."""

    def run(*arguments, given=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        status = main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run
