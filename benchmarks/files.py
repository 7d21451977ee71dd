"""Contenders whose work lasts: each keeps it in a file of its own, at one level of durability."""

from __future__ import annotations

import os
import sqlite3
from abc import abstractmethod
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from time import perf_counter
from typing import Literal, TypeAlias, get_args

import attrs

from benchmarks.measure import Series
from benchmarks.work import Contender

Level: TypeAlias = Literal["normal", "full"]
"""What SQLite calls `synchronous`, with a write-ahead log: whether each commit waits for the disk.

*full*: what was committed outlives a power cut. *normal*: the last commits may go with one, in
order; a process that dies takes none with it.
"""

LEVELS: tuple[Level, ...] = get_args(Level)


class Lasting(Contender):
    """A contender that keeps its jobs somewhere, at one level of durability."""

    level: Level

    @abstractmethod
    def __init__(self, jobs: int, level: Level = "full") -> None:
        """Get ready for `jobs` jobs.

        Args:
            jobs: How many jobs `run` will take from their start to the last stage.
            level: Whether each commit waits for the disk.
        """
        super().__init__(jobs)

    @abstractmethod
    def weigh(self) -> int:
        """Say how many bytes are kept on disk."""


class InFile(Lasting):
    """A contender that keeps its jobs in an SQLite file with a write-ahead log."""

    def __init__(self, jobs: int, level: Level = "full") -> None:
        """Get ready for `jobs` jobs.

        The file lies where the system keeps temporary files; TMPDIR says another place.

        Args:
            jobs: How many jobs `run` will take from their start to the last stage.
            level: Whether each commit waits for the disk.
        """
        self.level: Level = level
        self._folder = TemporaryDirectory(prefix="pipeflow-bench-")
        self.path = Path(self._folder.name) / "work.sqlite"
        super().__init__(jobs)

    def weigh(self) -> int:
        """Weigh the file without what was deleted in it, and with what lay in its log."""
        return vacuumed(self.path)

    def close(self) -> None:
        """Remove the file."""
        self._folder.cleanup()


@attrs.frozen
class AtLevel:
    """A contender that lasts, at one level of durability: an entrant of the rounds."""

    contender: type[Lasting]
    level: Level

    @property
    def name(self) -> str:
        """How the rounds call it."""
        return f"{self.contender.name}, {self.level}"

    def affords(self, jobs: int) -> int:
        """Say how many jobs of a round it is given."""
        return self.contender.affords(jobs)

    def __call__(self, jobs: int) -> Lasting:
        """Make a fresh contender, ready for so many jobs."""
        return self.contender(jobs, self.level)


def vacuumed(path: Path) -> int:
    """Weigh a file without what was deleted in it, and with what lay in its log.

    Args:
        path: Where it is.

    Returns:
        Its bytes.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages: int = db.execute("PRAGMA page_count").fetchone()[0]
        size: int = db.execute("PRAGMA page_size").fetchone()[0]
    return pages * size


def disk_bytes_a_job(contender: type[Lasting], *, jobs: int) -> float:
    """Weigh what a job leaves on disk once it stands in the last stage.

    What is there before the first job (tables, pipeline, templates, accounts) does not count.

    Args:
        contender: Whom to weigh.
        jobs: How many jobs to spread the weight over, if the contender affords them.

    Returns:
        Bytes a job.
    """
    work = contender(contender.affords(jobs), "normal")
    with closing(work):
        before = work.weigh()
        work.run()
        work.verify()
        return (work.weigh() - before) / work.jobs


def rows_and_bytes(path: Path) -> dict[str, tuple[int, int]]:
    """Count the rows of every table of a file, and the bytes of the values in them.

    Args:
        path: Where it is.

    Returns:
        For each table its rows and its bytes.
    """
    found = {}
    with closing(sqlite3.connect(path)) as db:
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (table,) in db.execute(tables).fetchall():
            columns = [column for _, column, *_ in db.execute(f"PRAGMA table_info({table})")]
            bytes_ = " + ".join(f"coalesce(length(CAST({one} AS BLOB)), 0)" for one in columns)
            sql = f"SELECT count(*), coalesce(sum({bytes_}), 0) FROM {table}"  # noqa: S608
            found[table] = db.execute(sql).fetchone()
    return found


def seconds_a_sync(*, times: int = 50) -> Series:
    """Time what it takes to write four kilobytes where the files lie and wait for the disk.

    Args:
        times: How often.

    Returns:
        The seconds of each.
    """
    samples = []
    with NamedTemporaryFile(prefix="pipeflow-bench-") as file:
        for _ in range(times):
            before = perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            samples.append(perf_counter() - before)
    return Series(samples)
