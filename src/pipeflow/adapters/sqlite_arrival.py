"""A firm that moves into a file: the lines of an export, read and proved before the lock."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from ..codec import dump_sharing
from ..errors import ConflictError
from ..ports.due import asked
from .export_lines import (
    CommandLine,
    DueLine,
    GoneLine,
    Line,
    LogLine,
    OverLine,
    RowLine,
    read_lines,
)
from .sqlite_commit import BURY, INSERT_EVENT
from .sqlite_packing import Kept, packed
from .sqlite_shares import INSERT_SHARE
from .sqlite_terms import INSERT_TERM
from .sqlite_values import Shares, Texts, number_of, pairs_of, terms_text

__all__ = ["Arrival"]

ROW = "INSERT INTO pf_row (tenant, kind, id, version, terms, data) VALUES (?, ?, ?, ?, ?, ?)"
GONE = "INSERT INTO pf_gone (tenant, kind, id, version) VALUES (?, ?, ?, ?)"
DUE = """INSERT INTO pf_due (tenant, key, job, asks, state, at, first, no, depth, token, called,
    attempt, tried, withdrawn, error, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
COMMAND = "INSERT INTO pf_command (tenant, id, at, result) VALUES (?, ?, ?, ?)"
TABLES = ("pf_row", "pf_gone", "pf_event", "pf_due", "pf_command")


class Arrival:
    """What is to be written of a firm, by statement, in the order of its lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the lines.

        Raises:
            DefinitionError: They are no export, with the number of the line.
        """
        self._shares: Shares = {}
        self._written: dict[str, list[tuple[Any, ...]]] = {}
        self.name, told = read_lines(lines)
        for line in told:
            self._take(line)
        self._new = [(name, packed(text)) for name, text in self._shares.items()]

    def write(self, db: Connection) -> None:
        """Write everything.

        Raises:
            ConflictError: The firm has something here already.
        """
        for table in TABLES:
            sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE tenant = ?)"
            if db.execute(sql, (self.name,)).fetchone()[0]:
                raise ConflictError(
                    f"tenant {self.name!r} is not empty here; restore into an empty one"
                )
        db.executemany(INSERT_SHARE, self._new)
        for statement, rows in self._written.items():
            db.executemany(statement, rows)

    def _take(self, line: Line) -> None:
        """Say what is written of a line."""
        match line:
            case RowLine(key, version, value):
                terms = terms_text(value)
                self._note(ROW, *key, version, terms, self._kept(value))
                for pair in sorted(pairs_of(terms)):
                    self._note(INSERT_TERM, *key, *pair)
            case GoneLine(key, version):
                self._note(GONE, *key, version)
            case LogLine(key, chapter):
                self._note(INSERT_EVENT, *key, Texts.plain(chapter))
            case DueLine():
                self._note_due(line)
            case OverLine(over, at):
                ended = number_of(at)
                self._note(BURY, over.key, over.job, over.state.value, ended, ended, ended)
            case CommandLine(id, result, at):
                answer = None if result is None else Texts.plain(result)
                self._note(COMMAND, id, number_of(at), answer)

    def _note_due(self, line: DueLine) -> None:
        due = line.due
        self._note(
            DUE, due.key, due.job, asked(due.action), line.state.value, number_of(line.at),
            number_of(due.at), due.no, due.depth, line.token, line.called, line.attempt,
            line.tried, line.withdrawn, line.error, self._kept(due.action),
        )  # fmt: skip

    def _kept(self, value: object) -> Kept:
        """Return what is kept of a value with a tag."""
        return packed(dump_sharing(value, self._shares))

    def _note(self, statement: str, *row: Any) -> None:
        self._written.setdefault(statement, []).append((self.name, *row))
