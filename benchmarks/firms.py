"""A firm's file with many jobs, to see what a command and a page cost in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.recorded import FIRST_REF, Cutter, FreshIds, NotedIds, filled
from benchmarks.with_pipeflow import (
    JOBS_AN_ACCOUNT,
    TaskList,
    account_of,
    finished,
    ports_of,
    season,
)
from benchmarks.work import COMMANDS, PLAN, Host, WrongWorkError
from pipeflow import Engine, Pipeline
from pipeflow.adapters.sqlite import SqliteStore

PAGE = 50
"""How many jobs a page shows, and how many the small pipeline has."""

CARDS = 10
"""How many cards a stage of a board has."""

TIMES = 5
"""How often what is small is looked at in one look, so that one slow moment weighs little."""

BATCH = 1_000
"""How many accounts are copied in one transaction."""

APART = 1_000_000
"""Microseconds from one account to the next."""

COMMAND, CLIENT, STAGE = "a command", "a client's jobs", "a page of a stage"
BOARD, WHOLE_BOARD, WORK = "a small board", "the whole board", "open work"
SHOWN = (CLIENT, STAGE, BOARD, WORK)
"""What shows as many jobs in a firm of any size."""


class FirmInFile:
    """A firm whose jobs wait in their first stage, ten to an account, beside a small pipeline."""

    def __init__(self, resident: int) -> None:
        """Fill the file: an account with its jobs, and copies of its rows under fresh ids.

        Args:
            resident: How many jobs the firm has, without those of the small pipeline.
        """
        self.resident = resident
        self.host = Host()
        self._folder = TemporaryDirectory(prefix="pipeflow-bench-")
        path = Path(self._folder.name) / "firm.sqlite"
        ports = ports_of(self.host)
        assert isinstance(ports.tasks, TaskList)
        pipeline, templates = season()
        ids = NotedIds()
        with SqliteStore(path, synchronous="normal") as store:
            engine = Engine(ports=ports, store=store, ids=ids)
            self.pipeline, *_ = engine.save(pipeline, *templates)
            before = _rows(path)
            ids.made.clear()
            ports.tasks.numbers = count(FIRST_REF)
            self.client = engine.save(account_of(0))
            for number in range(JOBS_AN_ACCOUNT):
                engine.start(self.pipeline, self.client, name=f"job-{number}")
        refs = (f"t-{FIRST_REF + number}" for number in range(JOBS_AN_ACCOUNT))
        _multiply(path, before, (*ids.made, *refs), resident // JOBS_AN_ACCOUNT - 1)
        self.store = SqliteStore(path, synchronous="normal")
        ports.tasks.numbers = count(FIRST_REF + resident)
        self.engine = Engine(ports=ports, store=self.store)
        self.small = self.engine.save(Pipeline("Small", stages=pipeline.stages))
        account = self.engine.save(account_of(0))
        for number in range(PAGE):
            self.engine.start(self.small, account, name=f"small-{number}")
        self._forget()

    def sample(self) -> dict[str, float]:
        """Take a job from its start to the last stage, and look at each kind of page.

        Returns:
            The seconds of each; those of a command for the first.
        """
        account = self.engine.save(account_of(0))
        took = {
            COMMAND: _timed(self._a_job, account) / COMMANDS,
            CLIENT: _timed(self._jobs_of_the_client, times=TIMES),
            STAGE: _timed(self._page, times=TIMES),
            BOARD: _timed(self._board, self.small, PAGE, times=TIMES),
            WORK: _timed(self._work, times=TIMES),
            WHOLE_BOARD: _timed(self._board, self.pipeline, self.resident, times=TIMES),
        }
        self._forget()
        return took

    def _a_job(self, account: Any) -> None:
        finished(self.engine, self.engine.start(self.pipeline, account, name="sample"))
        _expect("tasks of a job", len(self.host.tasks), len(PLAN))

    def _jobs_of_the_client(self) -> None:
        _expect("jobs of a client", len(self.engine.jobs(account=self.client)), JOBS_AN_ACCOUNT)

    def _page(self) -> None:
        jobs = self.engine.jobs(pipeline=self.pipeline, stage=PLAN[0].name, limit=PAGE)
        _expect("jobs of a page", len(jobs), PAGE)

    def _board(self, pipeline: Pipeline, jobs: int) -> None:
        first = self.engine.board(pipeline).stages[0]
        _expect("jobs in the first stage", first.total, jobs)
        _expect("cards of the first stage", len(first.cards), CARDS)

    def _work(self) -> None:
        _expect("open work", len(self.engine.work(limit=PAGE)), PAGE)

    def _forget(self) -> None:
        self.host.emails.clear()
        self.host.tasks.clear()

    def close(self) -> None:
        """Close the store and remove the file."""
        self.store.close()
        self._folder.cleanup()


Rows = dict[str, list[tuple[Any, ...]]]
"""By table, its rows in their order, without the number that a table gives each by itself."""


def _rows(path: Path) -> Rows:
    """Read a whole file, but for what SQLite counts in it by itself."""
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'pf_%'"
        found: Rows = {}
        for (table,) in db.execute(f"{sql} AND name <> 'pf_count'").fetchall():
            columns = ", ".join(_columns(db, table))
            found[table] = db.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608
    return found


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    """Name the columns of a table, without the number that it gives each row by itself."""
    columns = db.execute(f"PRAGMA table_info({table})").fetchall()
    return [name for _, name, kind, *_ in columns if (name, kind) != ("seq", "INTEGER")]


def _multiply(path: Path, before: Rows, ids: tuple[str, ...], times: int) -> None:
    """Copy all rows that are new in a file, so many times, under fresh ids."""
    cutter, new, fresh_ids = Cutter(ids), _rows(path), FreshIds()
    mine = {
        table: [[*map(cutter.cut, row)] for row in rows if row not in before[table]]
        for table, rows in new.items()
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # should it break, it is filled anew
        db.execute("PRAGMA cache_size = -200000")
        inserts = {table: _insert(table, _columns(db, table)) for table in mine}
        for first in range(0, times, BATCH):
            copies = range(first, min(first + BATCH, times))
            ways = [{id: fresh_ids(id) for id in ids} for _ in copies]
            db.execute("BEGIN IMMEDIATE")
            for table, rows in mine.items():
                db.executemany(
                    inserts[table],
                    (
                        [filled(cell, fresh, (number + 1) * APART) for cell in row]
                        for number, fresh in zip(copies, ways, strict=True)
                        for row in rows
                    ),
                )
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(table: str, columns: list[str]) -> str:
    named, bound = ", ".join(columns), ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({named}) VALUES ({bound})"  # noqa: S608


def _timed(call: Callable[..., None], *args: Any, times: int = 1) -> float:
    before = perf_counter()
    for _ in range(times):
        call(*args)
    return (perf_counter() - before) / times


def _expect(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        message = f"pipeflow shows {found} {what}, wanted {wanted}"
        raise WrongWorkError(message)
