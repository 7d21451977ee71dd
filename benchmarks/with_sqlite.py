"""A bare `sqlite3` program that writes the rows that pipeflow writes, and does nothing else.

What is the same: the file with its tables and indexes, the statements that change rows, the sizes
of all values, which statements share a commit, `BEGIN IMMEDIATE`, the write-ahead log, and for each
commit whether it waits for the disk. A job of pipeflow is recorded once, and its statements are
made ready for every job of a round, under fresh ids, before the clock starts.

What is not: it reads nothing. It looks up no rows, checks no version and no lease, makes no JSON,
and knows neither rules nor ports. The texts of all jobs say the instants and the client's name of
the recorded job.

After the clock has stopped, its file is opened by pipeflow, which takes the tally and looks at
every value; and it must hold as many rows in each table as one that pipeflow wrote, of the same
bytes within two in a hundred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache
from typing import ClassVar

from benchmarks.files import InFile, Level, rows_and_bytes
from benchmarks.recorded import FreshIds, Recorder, Recording, Transaction, write
from benchmarks.with_pipeflow import (
    TaskList,
    WithPipeflow,
    account_of,
    finished,
    ports_of,
    season,
    tally_of,
)
from benchmarks.with_pipeflow_in_file import WithPipeflowInFile, WithSurePorts
from benchmarks.work import PLAN, Tally, WrongWorkError
from pipeflow import Account, Engine
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import Store

SPREAD = 0.02
"""By which share the bytes of a table may differ from those that pipeflow writes."""

APART = 1_000_000
"""Microseconds from one job to the next."""


def record(recorder: Recorder, work: WithPipeflow, store: Store) -> tuple[Account, Recording]:
    """Record what a second job writes, for the first one writes what is written once.

    Returns:
        The job's account, and what was written.
    """
    ports = work.ports()
    engine = Engine(ports=ports, store=store, ids=recorder.ids)
    first, account = work.accounts
    finished(engine, engine.start(work.pipeline, first, name="job-0"))
    assert isinstance(ports.tasks, TaskList)
    recorder.begin(ports.tasks, refs=len(PLAN))
    finished(engine, engine.start(work.pipeline, account, name="job-1"))
    return account, recorder.recording(account.id, account.contacts[0].id)


def made_ready(
    recording: Recording, known: Account, accounts: Iterable[Account]
) -> list[Transaction]:
    """Return what was recorded of a job of one account, for each of others under fresh ids."""
    new = FreshIds()
    commits: list[Transaction] = []
    for number, account in enumerate(accounts):
        mine = {known.id: account.id, known.contacts[0].id: account.contacts[0].id}
        commits += recording.again(new, known=mine, later=number * APART)
    return commits


def compare(
    name: str, mine: Mapping[str, tuple[int, int]], wanted: Mapping[str, tuple[int, int]]
) -> None:
    """Compare the rows and bytes of each table with those that pipeflow wrote.

    Raises:
        WrongWorkError: They are others.
    """
    for table, (rows, bytes_) in wanted.items():
        found, weighed = mine[table]
        if found != rows or abs(weighed - bytes_) > SPREAD * bytes_:
            message = (
                f"{name} wrote {found} rows and {weighed} bytes into {table}, "
                f"and pipeflow {rows} and {bytes_}"
            )
            raise WrongWorkError(message)


class WithSqlite(InFile):
    """sqlite3, with statements that it keeps prepared."""

    name: ClassVar[str] = "bare sqlite3"
    original: ClassVar[type[WithPipeflowInFile]] = WithPipeflowInFile
    """Whose rows it writes."""

    def __init__(self, jobs: int, level: Level = "full") -> None:
        super().__init__(jobs, level)
        known, recording = recorded_job(self.original, level)
        with SqliteStore(self.path) as store:
            engine = Engine(ports=ports_of(self.host), store=store)
            pipeline, templates = season()
            engine.save(pipeline, *templates)
            self.accounts = [engine.save(account_of(1)) for _ in range(jobs)]
        self.commits = made_ready(recording, known, self.accounts)
        self.db = sqlite3.connect(self.path, isolation_level=None, cached_statements=256)
        self.db.execute(f"PRAGMA synchronous = {level}")

    def run(self) -> None:
        """Write every job from its start to the last stage."""
        db, now = self.db, str(self.level)
        for level, statements in self.commits:
            if level != now:
                db.execute(f"PRAGMA synchronous = {level}")
                now = level
            db.execute("BEGIN IMMEDIATE")
            write(db, statements)
            db.execute("COMMIT")

    def tally(self) -> Tally:
        """Let pipeflow read the file, and count as it does for itself."""
        sent = "SELECT count(*) FROM pf_due WHERE asks = ? AND state = 'done'"
        for asks, made in (("email", self.host.emails), ("tasks", self.host.tasks)):
            made.extend(range(self.db.execute(sent, (asks,)).fetchone()[0]))
        with SqliteStore(self.path) as store:
            if faults := store.check():
                message = f"{self.name} left {len(faults)} faults, first: {faults[0]}"
                raise WrongWorkError(message)
            engine = Engine(ports=ports_of(self.host), store=store)
            return tally_of(engine, engine.jobs(), self.accounts, self.host)

    def verify(self) -> None:
        """Compare the tally with the plan, and the file with one that pipeflow wrote.

        Raises:
            WrongWorkError: The work was not done in full, or was another.
        """
        super().verify()
        mine, wanted = rows_and_bytes(self.path), written_by(self.original, self.jobs)
        compare(self.name, mine, wanted)

    def close(self) -> None:
        """Close the file and remove it."""
        self.db.close()
        super().close()


class WithSqliteAsSurePorts(WithSqlite):
    """The same for the rows and commits of pipeflow with ports that honour keys."""

    name: ClassVar[str] = "bare sqlite3, keys honoured"
    original: ClassVar[type[WithPipeflowInFile]] = WithSurePorts


@cache
def recorded_job(contender: type[WithPipeflowInFile], level: Level) -> tuple[Account, Recording]:
    """Record what one job of pipeflow writes on its way from the start to the last stage.

    Args:
        contender: Whose job.
        level: Whether commits wait for the disk.

    Returns:
        The job's account, and all that was written after that was saved.
    """
    recorder = Recorder()
    with recorder.listening(), closing(contender(2, level)) as work:
        return record(recorder, work, work.file)


@cache
def written_by(contender: type[WithPipeflowInFile], jobs: int) -> dict[str, tuple[int, int]]:
    """Let pipeflow do the work once, and say what its file holds.

    Args:
        contender: With which ports.
        jobs: How many jobs.

    Returns:
        For each table its rows and its bytes.
    """
    with closing(contender(jobs, "normal")) as work:
        work.run()
        work.verify()
        return rows_and_bytes(work.path)
