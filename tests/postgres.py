"""A PostgreSQL of the tests' own: a new one on a free port of this machine, gone when they end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from pipeflow.adapters.sqlalchemy import SqlStore

__all__ = ["NoServerError", "Server", "pg_engine", "pg_schema", "postgres"]

HOST = "127.0.0.1"
BESIDE = Path("/usr/lib/postgresql")  # where Debian puts most of its programs, beside the path
LONGEST = 60  # seconds after which whatever hangs is given up
UNPRIVILEGED = "postgres", "nobody"  # whom root lets run it, for it refuses to be run by root
# What a test needs no disk for, and waits for no lock for ever.
QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c lock_timeout=20s"
# It sorts as people do, and the store must not.
SORTED = ("--locale-provider=icu", "--icu-locale=en-US")


class NoServerError(Exception):
    """There is no PostgreSQL on this machine, or it does not start."""


class Server:
    """A server with an empty database."""

    def __init__(self, options: str = QUICK) -> None:
        """Make it, and start it.

        Raises:
            NoServerError: It cannot be; the sentence says why.
        """
        self._options = options
        for program in ("initdb", "pg_ctl"):
            _found(program)
        self._as: dict[str, Any] = _unprivileged()
        self.folder = Path(mkdtemp(prefix="pipeflow-postgres-"))
        if self._as:
            shutil.chown(self.folder, self._as["user"])
        self._data = self.folder / "data"
        self._schemas = count(1)
        with socket.create_server((HOST, 0)) as free:
            self.port: int = free.getsockname()[1]
        self._heir = self._watched()
        self._run("initdb", "-U", "firm", "-A", "trust", "-E", "UTF8", "--no-sync", *SORTED)
        self.start()

    @property
    def url(self) -> str:
        """Where its database is."""
        return f"postgresql+psycopg://firm@{HOST}:{self.port}/postgres"

    @contextmanager
    def schema(self, engine: Engine) -> Iterator[str]:
        """Give a schema with the tables in it, which goes afterwards."""
        name = f"firm_{next(self._schemas)}"
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
            SqlStore.create(connection, schema=name)
        yield name
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"{self._options} -h {HOST} -p {self.port} -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "-w", "-t", str(LONGEST), "-l", log, "-o", options)

    def stop(self, how: str = "fast") -> None:
        """Stop this very server: what is under way is ended, or as in a power cut lost."""
        self._run("pg_ctl", "stop", "-w", "-t", str(LONGEST), "-m", how)

    def remove(self) -> None:
        """Stop it, if it runs, and take everything away."""
        self._heir.communicate(timeout=2 * LONGEST)

    def _watched(self) -> subprocess.Popen[Any]:
        """Begin what takes the server away as soon as this process ends, even if it is killed."""
        stopped = f"{_found('pg_ctl')} stop -w -t {LONGEST} -m immediate -D {self._data}"
        left = f"cat; {stopped} >{os.devnull} 2>&1; rm -rf {self.folder}"
        return subprocess.Popen(
            ["/bin/sh", "-c", left],
            stdin=subprocess.PIPE, cwd="/", start_new_session=True, **self._as,
        )  # fmt: skip

    def _run(self, program: str, *told: str) -> None:
        done = subprocess.run(
            [_found(program), *told, "-D", str(self._data)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, cwd=self.folder, timeout=2 * LONGEST, check=False, **self._as,
        )  # fmt: skip
        if done.returncode != 0:
            raise NoServerError(f"{program} ended with {done.returncode}: {done.stdout.strip()}")


def _unprivileged() -> dict[str, Any]:
    """Return as whom the server runs: as whoever runs the tests, unless that is root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    known = {one.pw_name for one in pwd.getpwall()}
    user = next((one for one in UNPRIVILEGED if one in known), None)
    if user is None:
        raise NoServerError(
            f"root may not run it, and there is no user {' or '.join(UNPRIVILEGED)}"
        )
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _found(program: str) -> str:
    """Return where a program of PostgreSQL is."""
    if (found := shutil.which(program)) is not None:
        return found
    beside = sorted(BESIDE.glob(f"*/bin/{program}"))
    if not beside:
        raise NoServerError(f"there is no {program} here; `make postgres` installs PostgreSQL")
    return str(beside[-1])


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Run a server, where it is asked for; one that is missing fails the test then."""
    if not request.config.getoption("postgres"):
        pytest.skip("asked for with --postgres, as by `make postgres`")
    server = Server()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def pg_engine(postgres: Server) -> Iterator[Engine]:
    """Connect to the server."""
    engine = create_engine(postgres.url)
    yield engine
    engine.dispose()


@pytest.fixture
def pg_schema(postgres: Server, pg_engine: Engine) -> Iterator[str]:
    """Make a schema for a test, with the tables in it."""
    with postgres.schema(pg_engine) as name:
        yield name
