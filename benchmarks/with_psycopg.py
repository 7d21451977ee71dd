"""A bare psycopg program that writes the rows that pipeflow writes, and does nothing else.

It is to `SqlStore` on PostgreSQL what `with_sqlite` is to the store in a file: the same tables and
indexes, the statements that change rows, the sizes of all values, which statements share a commit,
and for each commit whether it waits for the disk. A job of pipeflow is recorded once, and its
statements are made ready for every job of a round, under fresh ids, before the clock starts; the
server keeps them prepared from their first time on.

It reads nothing: it looks up no rows, checks no version, locks nothing that it does not write,
holds back no feed, makes no JSON, and knows neither rules nor ports.

After the clock has stopped, pipeflow takes the tally of its schema, and reads every value; and each
table must hold as many rows as pipeflow writes, of the same bytes within two in a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any, ClassVar

import psycopg
from sqlalchemy import Connection, event
from sqlalchemy import Engine as Database

from benchmarks.databases import InDatabase, rows_and_bytes
from benchmarks.files import Level
from benchmarks.recorded import Recorder, Recording, Statement, Transaction
from benchmarks.with_pipeflow import (
    account_of,
    ports_of,
    season,
    tally_of,
)
from benchmarks.with_pipeflow_in_database import WithPipeflowInDatabase, WithSurePortsInDatabase
from benchmarks.with_sqlite import compare, made_ready, record
from benchmarks.work import Tally
from pipeflow import Account, Engine
from pipeflow.adapters.sqlalchemy import SqlStore

RELAXED = "SET LOCAL synchronous_commit TO off"
"""By which a receipt does not wait for the disk."""

WRITES = ("INSERT", "UPDATE", "DELETE")


class WithPsycopg(InDatabase):
    """psycopg, each statement as pipeflow gives it."""

    name: ClassVar[str] = "bare psycopg"
    original: ClassVar[type[WithPipeflowInDatabase]] = WithPipeflowInDatabase
    """Whose rows it writes."""

    def __init__(self, jobs: int, level: Level = "full") -> None:
        super().__init__(jobs, level)
        known, recording = recorded_job(self.original, level)
        engine = Engine(ports=ports_of(self.host), store=SqlStore(self.database))
        pipeline, templates = season()
        engine.save(pipeline, *templates)
        self.accounts = [engine.save(account_of(1)) for _ in range(jobs)]
        self.commits = made_ready(recording, known, self.accounts)
        address = self.url.replace("+psycopg", "")
        # A statement that is a commit by itself says alone whether it waits for the disk.
        self.db = psycopg.connect(
            address, options=self.options, prepare_threshold=0, autocommit=True
        )

    def run(self) -> None:
        """Write every job from its start to the last stage."""
        cursor = self.db.cursor()
        for level, statements in self.commits:
            alone = len(statements) == 1 and len(statements[0].rows) == 1
            if not alone:
                cursor.execute("BEGIN")
            if level != self.level and not alone:
                cursor.execute(RELAXED)
            for sql, rows in statements:
                if len(rows) == 1:
                    cursor.execute(sql.encode(), rows[0])
                else:
                    cursor.executemany(sql.encode(), rows)
            if not alone:
                cursor.execute("COMMIT")

    def tally(self) -> Tally:
        """Let pipeflow read the schema, and count as it does for itself."""
        sent = "SELECT count(*) FROM pf_due WHERE asks = %s AND state = 'done'"
        for asks, made in (("email", self.host.emails), ("tasks", self.host.tasks)):
            (number,) = self.db.execute(sent, (asks,)).fetchone() or (0,)
            made.extend(range(number))
        store = SqlStore(self.database)
        for tenant in store.tenants():
            for _ in store.export(tenant):  # each value is read
                pass
        engine = Engine(ports=ports_of(self.host), store=store)
        return tally_of(engine, engine.jobs(), self.accounts, self.host)

    def verify(self) -> None:
        """Compare the tally with the plan, and the schema with one that pipeflow wrote.

        Raises:
            WrongWorkError: The work was not done in full, or was another.
        """
        super().verify()
        mine, wanted = rows_and_bytes(self.database), written_by(self.original, self.jobs)
        compare(self.name, mine, wanted)

    def close(self) -> None:
        """Close the connection, and take the schema away."""
        self.db.close()
        super().close()


class WithPsycopgAsSurePorts(WithPsycopg):
    """The same for the rows and commits of pipeflow with ports that honour keys."""

    name: ClassVar[str] = "bare psycopg, keys honoured"
    original: ClassVar[type[WithPipeflowInDatabase]] = WithSurePortsInDatabase


class DatabaseRecorder(Recorder):
    """Notes what an engine of SQLAlchemy writes while it listens."""

    @contextmanager
    def hearing(self, database: Database, level: Level) -> Iterator[None]:
        """Listen for a while; what found nothing to change is not noted."""
        written: list[Statement] = []
        levels: list[str] = []

        def executed(
            connection: Connection, cursor: Any, sql: str, bound: Any, _context: Any, many: bool
        ) -> None:
            if "set_config" in sql:
                levels.append("normal")
            if sql.startswith(WRITES) and cursor.rowcount > 0:
                written.append(Statement(sql, tuple(bound) if many else (bound,)))
            if connection.get_execution_options()["isolation_level"] == "AUTOCOMMIT":
                committed(connection)

        def committed(_: Any) -> None:
            if written:
                self._commits.append(Transaction(levels[-1] if levels else level, tuple(written)))
            written.clear()
            levels.clear()

        event.listen(database, "after_cursor_execute", executed)
        event.listen(database, "commit", committed)
        yield
        event.remove(database, "after_cursor_execute", executed)
        event.remove(database, "commit", committed)


@cache
def recorded_job(
    contender: type[WithPipeflowInDatabase], level: Level
) -> tuple[Account, Recording]:
    """Record what one job of pipeflow writes on its way from the start to the last stage.

    Args:
        contender: Whose job.
        level: Whether commits wait for the disk.

    Returns:
        The job's account, and all that was written after that was saved.
    """
    recorder = DatabaseRecorder()
    with closing(contender(2, level)) as work, recorder.hearing(work.database, level):
        return record(recorder, work, work.kept)


@cache
def written_by(contender: type[WithPipeflowInDatabase], jobs: int) -> dict[str, tuple[int, int]]:
    """Let pipeflow do the work once, and say what its schema holds.

    Args:
        contender: With which ports.
        jobs: How many jobs.

    Returns:
        For each table its rows and its bytes.
    """
    with closing(contender(jobs, "normal")) as work:
        work.run()
        work.verify()
        return rows_and_bytes(work.database)
