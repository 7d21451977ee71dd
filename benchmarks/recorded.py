"""What pipeflow writes into its file, recorded: the statements, what they bind, and the commits.

A recording is taken of one piece of work, and can be written again any number of times under fresh
ids, so that each time it makes rows of its own that have the same sizes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple, cast
from unittest.mock import patch

import attrs

from benchmarks.with_pipeflow import TaskList
from pipeflow.adapters import sqlite_file
from pipeflow.adapters.sqlite_packing import packed, unpacked
from pipeflow.adapters.system import RandomIds

LATER = 10**15
"""A number above is an instant, in microseconds; no other number of the file comes near."""

FIRST_REF = 900_001
"""The host's first reference while something is recorded: no other text looks like it."""

Bound = Sequence[Any] | Mapping[str, Any]


class Statement(NamedTuple):
    """A statement that changed rows, with what was bound for each of them."""

    sql: str
    rows: tuple[Bound, ...]


class Transaction(NamedTuple):
    """One commit: the level at which it was made, and its statements that changed anything."""

    level: str
    statements: tuple[Statement, ...]


class Packed(tuple[str, ...]):
    """A text that was packed, cut at each id that it holds."""

    __slots__ = ()


Cell = str | int | float | bytes | None | tuple[str, ...] | list[Any]
"""What a recording keeps of a value: a text that holds ids is cut at each of them."""


class Cutter:
    """Cuts the texts of a recording at the ids and references that were its own."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._pattern = re.compile(rf"\b({'|'.join(map(re.escape, ids))})\b")

    def cut(self, value: Any) -> Cell:
        """Cut one value.

        Returns:
            Texts and ids by turns; the value itself where it holds no id.
        """
        if isinstance(value, list):  # of keys, which PostgreSQL takes as one array
            return [self.cut(one) for one in value]
        if isinstance(value, bytes):
            return Packed(self._pattern.split(unpacked(value)))
        if not isinstance(value, str):
            return cast("Cell", value)
        parts = tuple(self._pattern.split(value))
        return parts if len(parts) > 1 else value

    def cut_bound(self, row: Bound) -> dict[str, Cell] | tuple[Cell, ...]:
        """Cut what was bound for one row."""
        if isinstance(row, Mapping):
            return {name: self.cut(value) for name, value in row.items()}
        return tuple(map(self.cut, row))


def filled(cell: Cell, fresh: Mapping[str, str], later: int) -> Any:
    """Put fresh ids into a value.

    Args:
        cell: What the recording keeps of it.
        fresh: The id that stands for each recorded one.
        later: By how many microseconds an instant that is a column is moved on.

    Returns:
        The value to bind.
    """
    if isinstance(cell, list):
        return [filled(one, fresh, later) for one in cell]
    if isinstance(cell, tuple):
        text = "".join(map(fresh.get, cell, cell))
        return packed(text) if isinstance(cell, Packed) else text
    return cell + later if isinstance(cell, int) and cell > LATER else cell


@attrs.frozen
class Recording:
    """What a piece of work wrote, and which ids and references in it were its own."""

    commits: tuple[Transaction, ...]
    ids: tuple[str, ...]

    def again(
        self, new: Callable[[str], str], *, known: Mapping[str, str], later: int
    ) -> Iterator[Transaction]:
        """Tell what the same work writes under fresh ids.

        Args:
            new: Makes the id that stands for a recorded one.
            known: For some of the recorded ids, those that shall stand for them.
            later: By how many microseconds all instants that are columns are moved on.

        Yields:
            Commit after commit.
        """
        fresh = {id: known[id] if id in known else new(id) for id in self.ids}

        def bound(row: Bound) -> Bound:
            if isinstance(row, Mapping):
                return {name: filled(cell, fresh, later) for name, cell in row.items()}
            return tuple(filled(cell, fresh, later) for cell in row)

        for level, statements in self.commits:
            yield Transaction(
                level, tuple(Statement(sql, tuple(map(bound, rows))) for sql, rows in statements)
            )


class _Connection(sqlite_file.Connection):
    """A connection of pipeflow's store that notes what it writes.

    Reading belongs to thinking, and so does a statement that found nothing to change; a program
    that writes the same rows needs neither.
    """

    commits: list[Transaction]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._level = "full"
        self._statements: list[Statement] = []

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        before = self.total_changes
        cursor = super().execute(sql, parameters)
        if self.total_changes > before:
            self._statements.append(Statement(sql, (parameters,)))
        elif sql.startswith("PRAGMA synchronous ="):
            self._level = sql.rpartition(" ")[2]
        elif sql == "COMMIT" and self._statements:
            self.commits.append(Transaction(self._level, tuple(self._statements)))
            self._statements = []
        return cursor

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        rows, before = tuple(parameters), self.total_changes
        cursor = super().executemany(sql, rows)
        if self.total_changes > before:
            self._statements.append(Statement(sql, rows))
        return cursor


class Recorder:
    """Notes what every store writes that is opened while it listens."""

    def __init__(self) -> None:
        self.ids = NotedIds()
        self._commits: list[Transaction] = []
        self._refs: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for a while."""

        class Connection(_Connection):
            commits = self._commits

        with patch.object(sqlite_file, "Connection", Connection):
            yield

    def begin(self, tasks: TaskList, *, refs: int) -> None:
        """Forget what was noted so far.

        Args:
            tasks: Whose references belong to what is recorded; its numbers are set apart.
            refs: How many there will be.
        """
        tasks.numbers = count(FIRST_REF)
        self._refs = [f"t-{FIRST_REF + number}" for number in range(refs)]
        self._commits.clear()
        self.ids.made.clear()

    def recording(self, *others: str) -> Recording:
        """Return what was noted.

        Args:
            others: Ids that were made before, and belong to what was recorded all the same.
        """
        ids = (*others, *self.ids.made, *self._refs)
        cutter = Cutter(ids)
        commits = tuple(
            Transaction(
                level,
                tuple(
                    Statement(sql, tuple(map(cutter.cut_bound, rows))) for sql, rows in statements
                ),
            )
            for level, statements in self._commits
        )
        return Recording(commits, ids)


class NotedIds(RandomIds):
    """Ids as an engine makes them by itself, each of them noted."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def new(self, kind: str, /) -> str:
        """Return a new id, and note it."""
        id = super().new(kind)
        self.made.append(id)
        return id


class FreshIds:
    """Makes ids that stand for recorded ones: of the same kind, or the host's next reference."""

    def __init__(self, first_ref: int = 1) -> None:
        self._ids = RandomIds()
        self._refs = count(first_ref)

    def __call__(self, recorded: str) -> str:
        """Return an id that stands for another."""
        kind = recorded.partition("-")[0]
        return f"t-{next(self._refs)}" if kind == "t" else self._ids.new(kind)


def write(db: sqlite3.Connection, statements: Iterable[Statement]) -> None:
    """Write what was recorded, each statement as it was given to SQLite.

    Args:
        db: In a transaction.
        statements: What to write.
    """
    for sql, rows in statements:
        if len(rows) == 1:
            db.execute(sql, rows[0])
        else:
            db.executemany(sql, rows)
