"""A firm that moves into a file: the lines of an export, read and proved before the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from sqlite3 import Connection, IntegrityError
from typing import Any, TypeVar

from ..codec import dump, from_data, load, parse
from ..codec.json_text import write
from ..errors import ConflictError, DefinitionError, Problem, shown, unknown
from ..model.events import Chapter
from ..ports.due import Due, DueState, asked
from ..ports.rows import CarriedOut
from .sqlite_commit import INSERT_EVENT, INSERT_TERM
from .sqlite_lines import FORMAT
from .sqlite_values import Texts, number_of, pairs_of, terms_text

__all__ = ["Arrival"]

T = TypeVar("T")
WAIT, DEAD = DueState.WAIT, DueState.DEAD
DONE, CANCELLED = DueState.DONE, DueState.CANCELLED

ROW = "INSERT INTO pf_row (tenant, kind, id, version, terms, data) VALUES (?, ?, ?, ?, ?, ?)"
GONE = "INSERT INTO pf_gone (tenant, kind, id, version) VALUES (?, ?, ?, ?)"
DUE = """INSERT INTO pf_due (tenant, key, job, asks, state, at, first, no, depth, token, called,
    attempt, tried, withdrawn, error, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
OVER = """INSERT INTO pf_due (tenant, key, job, state, at, first, ended, asks, no, depth, token,
    called, attempt, tried, withdrawn, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0, 0, 0, '')"""
COMMAND = "INSERT INTO pf_command (tenant, id, at, result) VALUES (?, ?, ?, ?)"
TABLES = ("pf_row", "pf_gone", "pf_event", "pf_due", "pf_command")


class Arrival:
    """What is to be written of a firm, by statement, in the order of its lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the lines.

        Raises:
            DefinitionError: They are no export, with the number of the line.
        """
        self.name = ""
        self._written: dict[str, list[tuple[Any, ...]]] = {}
        self._ended = False
        for number, line in enumerate(lines, start=1):
            try:
                self._take(number, parse(line))
            except DefinitionError as error:
                raise DefinitionError(
                    *(one.at(f"line {number}") for one in error.problems)
                ) from None
            except (KeyError, TypeError, ValueError) as error:
                what = f"is no line of an export: {type(error).__name__} {error}"
                raise DefinitionError(Problem(what, f"line {number}", shown(line))) from None
        if not self._ended:
            raise DefinitionError(
                "the export was cut off: its last line, with their number, is missing"
            )

    def write(self, db: Connection) -> None:
        """Write everything.

        Raises:
            ConflictError: The firm has something here already.
            DefinitionError: The lines tell of one thing twice.
        """
        for table in TABLES:
            sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE tenant = ?)"
            if db.execute(sql, (self.name,)).fetchone()[0]:
                raise ConflictError(
                    f"tenant {self.name!r} is not empty here; restore into an empty one"
                )
        try:
            for statement, rows in self._written.items():
                db.executemany(statement, rows)
        except IntegrityError as error:
            raise DefinitionError(f"the export tells of one thing twice: {error}") from None

    # -- lines -----------------------------------------------------------------------------------

    def _take(self, number: int, data: Any) -> None:
        if self._ended:
            raise DefinitionError(Problem("stands behind the end of the export", "", shown(data)))
        if type(data) is not dict:
            raise DefinitionError(Problem("is no line of an export", "", shown(data)))
        if number == 1:
            self._head(data)
            return
        for kind, take in _TAKERS.items():
            if kind in data:
                take(self, data)
                return
        if "end" not in data:
            raise DefinitionError(unknown("kind of line", next(iter(data), ""), (*_TAKERS, "end")))
        if data["end"] != number - 1:
            what = f"ends an export of {data['end']!r} lines, and {number - 1} came before it"
            raise DefinitionError(Problem(what))
        self._ended = True

    def _head(self, data: Mapping[str, Any]) -> None:
        if "firm" not in data:
            raise DefinitionError(
                Problem("is not how the export of a firm begins", "", shown(data))
            )
        if data.get("format") != FORMAT:
            what = f"is of format {data.get('format')!r}, and this version reads format {FORMAT}"
            raise DefinitionError(Problem(what))
        self.name = _is(str, data, "firm")

    def _note(self, statement: str, *row: Any) -> None:
        self._written.setdefault(statement, []).append((self.name, *row))

    def row(self, data: Mapping[str, Any]) -> None:
        """Take a row."""
        key = _key(data["row"])
        value = load(write(data["value"]))
        terms = terms_text(value)
        self._note(ROW, *key, _count(data, "version"), terms, dump(value))
        for pair in sorted(pairs_of(terms)):
            self._note(INSERT_TERM, *key, *pair)

    def gone(self, data: Mapping[str, Any]) -> None:
        """Take the last version of what was deleted."""
        self._note(GONE, *_key(data["gone"]), _count(data, "version"))

    def log(self, data: Mapping[str, Any]) -> None:
        """Take a chapter."""
        chapter = from_data(data["chapter"], Chapter)
        self._note(INSERT_EVENT, *_key(data["log"]), Texts.plain(chapter))

    def due(self, data: Mapping[str, Any]) -> None:
        """Take a due row that is not over."""
        due, state = from_data(data["due"], Due), DueState(data["state"])
        if state not in {WAIT, DEAD}:
            raise ValueError(f"state {state.value!r}")
        self._note(
            DUE, due.key, due.job, asked(due.action), state.value, _number(data),
            number_of(due.at), due.no, due.depth, _count(data, "token"), _count(data, "called"),
            _count(data, "attempt"), _is(bool, data, "tried"), _is(bool, data, "withdrawn"),
            _is(str, data, "error"), dump(due.action),
        )  # fmt: skip

    def over(self, data: Mapping[str, Any]) -> None:
        """Take what is known of a row that is over."""
        state = DueState(data["state"])
        if state not in {DONE, CANCELLED}:
            raise ValueError(f"state {state.value!r}")
        key, job, at = _is(str, data, "over"), _is(str, data, "job"), _number(data)
        self._note(OVER, key, job, state.value, at, at, at)

    def command(self, data: Mapping[str, Any]) -> None:
        """Take what a command answered."""
        known = data["result"]
        result = None if known is None else Texts.plain(from_data(known, CarriedOut))
        self._note(COMMAND, _is(str, data, "command"), _number(data), result)


_TAKERS: dict[str, Callable[[Arrival, Mapping[str, Any]], None]] = {
    "row": Arrival.row,
    "gone": Arrival.gone,
    "log": Arrival.log,
    "due": Arrival.due,
    "over": Arrival.over,
    "command": Arrival.command,
}


def _is(kind: type[T], data: Mapping[str, Any], field: str) -> T:
    value = data[field]
    if type(value) is not kind:
        raise TypeError(f"{field} {shown(value)}")
    return value


def _count(data: Mapping[str, Any], field: str) -> int:
    number = _is(int, data, field)
    if number < 0:
        raise ValueError(f"{field} {number}")
    return number


def _key(data: Any) -> tuple[str, str]:
    kind, id = data
    if type(kind) is not str or type(id) is not str:
        raise TypeError(f"key {shown(data)}")
    return kind, id


def _number(data: Mapping[str, Any]) -> int:
    at = datetime.fromisoformat(_is(str, data, "at"))
    if at.tzinfo is None:
        raise ValueError(f"at {data['at']!r}, without a zone")
    return number_of(at)
