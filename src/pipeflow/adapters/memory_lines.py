"""A tenant of the memory store as lines of canonical JSON, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from ..codec import from_data, parse, to_data
from ..codec.converter import dump, load
from ..codec.json_text import write
from ..codec.scalars import write_instant
from ..errors import DefinitionError, Problem, shown, unknown
from ..model.events import Chapter
from ..model.record import replaced
from ..ports.due import Due, DueState, Over
from ..ports.rows import CarriedOut, RowKey, Stored
from .memory_feed import Entries
from .memory_queue import UNANSWERED
from .memory_schedule import Row
from .memory_tenant import Tenant

__all__ = ["FORMAT", "lines_of", "tenant_of"]

T = TypeVar("T")
FORMAT = 1
WAIT, LEASED = DueState.WAIT, DueState.LEASED


def lines_of(name: str, held: Tenant, entries: Entries) -> Iterator[str]:
    """Yield everything of a tenant, a line each; what is leased, as if its lease had run out."""
    number = 0
    for number, line in enumerate(_lines_of(name, held, entries), start=1):  # noqa: B007
        yield write(line)
    yield write({"end": number})


def _lines_of(name: str, held: Tenant, entries: Entries) -> Iterator[dict[str, Any]]:
    yield {"firm": name, "format": FORMAT}
    for kind in sorted(held.rows):
        for id in held.sorted_ids(kind):
            stored = held.rows[kind][id]
            value = parse(dump(stored.value))
            yield {"row": [kind, id], "version": stored.version, "value": value}
    for key, version in sorted(held.gone.items()):
        yield {"gone": list(key), "version": version}
    for key, chapter in entries:
        yield {"log": list(key), "chapter": to_data(chapter)}
    for _, row in sorted(held.queue.rows.items()):
        yield _due_line(row, tried=row in held.queue.tried)
    over = held.queue.over
    for at, key in sorted({*held.queue.ages}):
        if key in over:
            state, job = over[key].state.value, over[key].job
            yield {"over": key, "state": state, "job": job, "at": write_instant(at)}
    for id, (stored, carried_out) in sorted(held.commands.items()):
        result = None if stored.value is None else to_data(stored.value)
        yield {"command": id, "at": write_instant(carried_out), "result": result}


def _due_line(row: Row, *, tried: bool) -> dict[str, Any]:
    return {
        "due": to_data(replaced(row.due, owner=None, lease=None)),
        "at": write_instant(row.at),
        "state": (WAIT if row.state is LEASED else row.state).value,
        "token": row.token,
        "called": row.called,
        "attempt": row.attempt,
        "error": UNANSWERED if row.unanswered else row.error,
        "withdrawn": row.withdrawn,
        "tried": tried or row.unanswered,
    }


def tenant_of(lines: Iterable[str]) -> tuple[str, Tenant, Entries]:
    """Return the tenant that lines tell of: its name, what it has, and its chapters in order.

    Raises:
        DefinitionError: They are no export, with the number of the line.
    """
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        try:
            reader.take(number, parse(line))
        except DefinitionError as error:
            raise DefinitionError(*(one.at(f"line {number}") for one in error.problems)) from None
        except (KeyError, TypeError, ValueError) as error:
            what = f"is no line of an export: {type(error).__name__} {error}"
            raise DefinitionError(Problem(what, f"line {number}", shown(line))) from None
    if not reader.ended:
        raise DefinitionError(
            "the export was cut off: its last line, with their number, is missing"
        )
    return reader.name, reader.held, reader.entries


class _Reader:
    """Takes the lines of an export, one after another."""

    def __init__(self) -> None:
        self.name = ""
        self.held = Tenant()
        self.entries: list[tuple[RowKey, Chapter]] = []
        self.ended = False

    def take(self, number: int, data: Any) -> None:
        """Take the next line."""
        if self.ended:
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
        self.ended = True

    def _head(self, data: dict[str, Any]) -> None:
        if "firm" not in data:
            raise DefinitionError(
                Problem("is not how the export of a firm begins", "", shown(data))
            )
        if data.get("format") != FORMAT:
            what = f"is of format {data.get('format')!r}, and this version reads format {FORMAT}"
            raise DefinitionError(Problem(what))
        self.name = _is(str, data, "firm")

    def row(self, data: dict[str, Any]) -> None:
        """Take a row."""
        kind, id = _key(data["row"])
        value = load(write(data["value"]))
        self.held.rows.of(kind)[id] = Stored(_count(data, "version"), value)

    def gone(self, data: dict[str, Any]) -> None:
        """Take the last version of what was deleted."""
        self.held.gone[_key(data["gone"])] = _count(data, "version")

    def log(self, data: dict[str, Any]) -> None:
        """Take a chapter."""
        key, chapter = _key(data["log"]), from_data(data["chapter"], Chapter)
        self.entries.append((key, chapter))

    def due(self, data: dict[str, Any]) -> None:
        """Take a due row that is not over."""
        at = _instant(data)
        row = Row(from_data(data["due"], Due), at)
        row.at, row.until, row.state = at, None, DueState(data["state"])
        row.token, row.called = _count(data, "token"), _count(data, "called")
        row.attempt, row.error = _count(data, "attempt"), _is(str, data, "error")
        row.withdrawn = _is(bool, data, "withdrawn")
        if row.state not in {WAIT, DueState.DEAD}:
            raise ValueError(f"state {row.state.value!r}")
        self.held.queue.take_in(row, tried=_is(bool, data, "tried"))

    def over(self, data: dict[str, Any]) -> None:
        """Take what is known of a row that is over."""
        state = DueState(data["state"])
        if state not in {DueState.DONE, DueState.CANCELLED}:
            raise ValueError(f"state {state.value!r}")
        over = Over(_is(str, data, "over"), _is(str, data, "job"), state)
        self.held.queue.take_in_over(over, _instant(data))

    def command(self, data: dict[str, Any]) -> None:
        """Take what a command answered."""
        known = data["result"]
        result = None if known is None else from_data(known, CarriedOut)
        self.held.remember(_is(str, data, "command"), (Stored(1, result), _instant(data)))


_TAKERS: dict[str, Callable[[_Reader, dict[str, Any]], None]] = {
    "row": _Reader.row,
    "gone": _Reader.gone,
    "log": _Reader.log,
    "due": _Reader.due,
    "over": _Reader.over,
    "command": _Reader.command,
}


def _is(kind: type[T], data: dict[str, Any], field: str) -> T:
    value = data[field]
    if type(value) is not kind:
        raise TypeError(f"{field} {shown(value)}")
    return value


def _count(data: dict[str, Any], field: str) -> int:
    number = _is(int, data, field)
    if number < 0:
        raise ValueError(f"{field} {number}")
    return number


def _key(data: Any) -> RowKey:
    kind, id = data
    if type(kind) is not str or type(id) is not str:
        raise TypeError(f"key {shown(data)}")
    return RowKey(kind, id)


def _instant(data: dict[str, Any]) -> datetime:
    at = datetime.fromisoformat(_is(str, data, "at"))
    if at.tzinfo is None:
        raise ValueError(f"at {data['at']!r}, without a zone")
    return at
