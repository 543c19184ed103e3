"""A real PostgreSQL for the tests: a cluster in a folder that goes afterwards, on a free port of this machine.

Debian's package postgresql brings it along; `apt-get install postgresql`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

_PASSWORD = "p@ss:w/rd%"
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=127.0.0.1")


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl, those of the newest release; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return max((folder for folder in folders if (folder / "initdb").exists()), key=_release, default=None)


def _release(folder: Path) -> int:
    return int(folder.parent.name)


@contextmanager
def serve() -> Iterator[URL]:
    """The address of a new cluster's own database, with the password in it."""
    programs = find_programs()
    if programs is None:
        raise FileNotFoundError("The tests need PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="whylight-postgres-"))
    try:
        data, password = folder / "data", folder / "password"
        password.write_text(_PASSWORD)
        _give_away(folder, password)
        port = _free_port()
        options = " ".join(f"-c {option}" for option in (*_FAST, f"port={port}", f"unix_socket_directories={folder}"))
        _run(
            programs / "initdb", "-D", data, "-U", "keeper", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"
        )
        _run(programs / "pg_ctl", "start", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", options)
        try:
            yield URL.create("postgresql+psycopg", "keeper", _PASSWORD, "127.0.0.1", port, "postgres")
        finally:
            _run(programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: object) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root."""
    become = ["runuser", "-u", _servant(), "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*become, *map(str, command)],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=600,
    )


def _give_away(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, _servant())


def _servant() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
