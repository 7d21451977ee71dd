"""Workers that are really killed while they share a PostgreSQL, and a server that is killed too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Clock
from tests.postgres import Server
from tests.reliability.clerks import Office
from tests.reliability.killing import NEVER, killed_for

SECONDS = 20
LONGEST = 6  # second between two blows; a new process has to connect first
BLOWS = 8  # at clerks, after which the server gets one

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, and killed")


class SharedOffice(Office):
    """A firm in PostgreSQL; what is written outside of it stays in files."""

    def __init__(self, folder: Path, url: str) -> None:
        """Find everything."""
        super().__init__(folder, multiprocess=True)
        self.url = url

    def store(self, clock: Clock | None = None) -> SqliteStore | SqlStore:
        """Open the database."""
        return SqlStore(self.url, clock=clock)

    def in_hand(self, key: str) -> bool:
        """Look from outside whether it was committed and handed out.

        Whoever looks is slow, and by then another may have taken it over: its state says nothing.
        """
        engine = create_engine(self.url, poolclass=NullPool)
        sql = text("SELECT token > 0 FROM pf_due WHERE tenant = 'default' AND key = :key")
        with engine.connect() as connection:
            return connection.scalar(sql, {"key": key}) is True

    def faults(self, store: SqliteStore | SqlStore) -> tuple[str, ...]:
        """Look whether each row is found by its terms and nothing else, and each text is read."""
        engine = create_engine(self.url, poolclass=NullPool)
        sql = text("SELECT tenant, kind, id, field, value FROM pf_term ORDER BY 1, 2, 3, 4, 5")
        with engine.connect() as connection:
            found = connection.execute(sql).all()
            lines = [*store.export("default")]
            for table in SqlStore.tables().sorted_tables:
                if table.name != "pf_meta":
                    connection.execute(table.delete())
            connection.commit()
            store.restore(lines)
            wanted = connection.execute(sql).all()
        again = [*store.export("default")] == lines
        return () if found == wanted and again else ("terms differ from their rows",)


@pytest.fixture
def server(postgres: Server) -> Iterator[Server]:
    """Run one that may be killed, where a server is asked for."""
    server = Server()
    SqlStore.create(server.url)
    yield server
    server.remove()


@pytest.mark.parametrize("server_too", [False, True], ids=["workers", "workers and server"])
def test_killed_processes_lose_nothing_and_make_nothing_up(
    server: Server, tmp_path: Path, server_too: bool
) -> None:
    """Three that work in one database at once; the ledger of the ports is outside.

    What was answered is there, and acted once; what the firm asked for was asked, after its commit,
    under one key with one content.
    """
    blows = 0

    def strike_the_server() -> None:
        nonlocal blows
        blows += 1
        if server_too and blows % BLOWS == 0:
            server.stop("immediate")
            server.start()

    counted = killed_for(
        SECONDS, SharedOffice(tmp_path, server.url), processes=3, seed=1,
        meanwhile=strike_the_server, longest=LONGEST,
    )  # fmt: skip

    print(counted)  # noqa: T201  (figures for whoever runs it with -s)
    assert {what: counted[what] for what in NEVER} == dict.fromkeys(NEVER, 0)
    assert counted["kills"] > 0
    assert counted["commands"] > 0
