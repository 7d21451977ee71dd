"""A tenant of the memory store as lines of canonical JSON, and back (`python -m json.tool` reads it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from ..codec import from_data, parse, to_data
from ..codec.converter import dump, load
from ..codec.text import write
from ..errors import DefinitionError, Problem, shown, unknown
from ..model.events import Chapter
from ..model.record import replaced
from ..ports.due import Due, DueState
from ..ports.rows import CarriedOut, RowKey, Stored
from .memory_queue import Row
from .memory_tenant import Tenant

__all__ = ["FORMAT", "lines_of", "tenant_of"]

FORMAT = 1
WAIT, LEASED = DueState.WAIT, DueState.LEASED


def lines_of(name: str, held: Tenant) -> Iterator[str]:
    """Yield everything of a tenant, a line each; what is leased, as waiting."""
    yield write({"firm": name, "format": FORMAT})
    for kind in sorted(held.rows):
        for id, stored in sorted(held.rows[kind].items()):
            value = parse(dump(stored.value))
            yield write({"row": [kind, id], "version": stored.version, "value": value})
    for key, version in sorted(held.gone.items()):
        yield write({"gone": list(key), "version": version})
    for key, log in sorted(held.logs.items()):
        for chapter in log:
            yield write({"log": list(key), "chapter": to_data(chapter)})
    yield from _due_lines(held)
    for id, (stored, at) in held.commands.items():
        instant = None if at is None else _instant(at)
        yield write({"command": id, "at": instant, "result": _optional(stored.value)})


def _due_lines(held: Tenant) -> Iterator[str]:
    queue = held.queue
    for key, row in sorted(queue.rows.items()):
        state = WAIT if row.state is LEASED else row.state
        yield write(
            {
                "due": to_data(replaced(row.due, owner=None, lease=None)),
                "at": _instant(row.at),
                "state": state.value,
                "token": row.token,
                "called": row.called,
                "attempt": row.attempt,
                "error": row.error,
                "withdrawn": row.withdrawn,
                "tried": key in queue.tried.get(row.due.job, {}),
            }
        )
    for over, ends in queue.ends.items():
        for at, key in ends:
            line = {"over": key, "at": _instant(at), "job": queue.over[over][key]}
            yield write({**line, "state": over.value})


def tenant_of(lines: Iterable[str]) -> tuple[str, Tenant]:
    """Return the tenant that lines tell of, and its name.

    Raises:
        DefinitionError: They are no export, with the number of the line.
    """
    held, name = Tenant(), None
    for number, line in enumerate(lines, start=1):
        try:
            data = parse(line)
            if name is None:
                name = _head(data)
            else:
                _take(held, data)
        except DefinitionError as error:
            raise DefinitionError(*(one.at(f"line {number}") for one in error.problems)) from None
        except (KeyError, TypeError, ValueError) as error:
            what = f"is no line of an export: {type(error).__name__} {error}"
            raise DefinitionError(Problem(what, f"line {number}", shown(line))) from None
    if name is None:
        raise DefinitionError("there are no lines to restore")
    return name, held


def _head(data: Any) -> str:
    if type(data) is not dict or "firm" not in data:
        raise DefinitionError(Problem("is no export of a firm", "", shown(data)))
    if data.get("format") != FORMAT:
        what = f"is of format {data.get('format')!r}, and this version reads format {FORMAT}"
        raise DefinitionError(Problem(what))
    return str(data["firm"])


def _take(held: Tenant, data: dict[str, Any]) -> None:
    for kind, take in _TAKERS.items():
        if kind in data:
            take(held, data)
            return
    raise DefinitionError(unknown("kind of line", next(iter(data), ""), _TAKERS))


def _take_row(held: Tenant, data: dict[str, Any]) -> None:
    kind, id = data["row"]
    value = load(write(data["value"]))
    held.rows.setdefault(kind, {})[id] = Stored(int(data["version"]), value)
    if kind in held.indexes:
        held.indexes[kind].mark(id)


def _take_gone(held: Tenant, data: dict[str, Any]) -> None:
    held.gone[RowKey(*data["gone"])] = int(data["version"])


def _take_log(held: Tenant, data: dict[str, Any]) -> None:
    chapter = from_data(data["chapter"], Chapter)
    held.logs.setdefault(RowKey(*data["log"]), []).append(chapter)


def _take_due(held: Tenant, data: dict[str, Any]) -> None:
    due = from_data(data["due"], Due)
    row = Row(replaced(due, at=_read_instant(data["at"])), None)
    row.due = due
    row.state, row.token, row.called = DueState(data["state"]), data["token"], data["called"]
    row.attempt, row.error, row.withdrawn = data["attempt"], data["error"], data["withdrawn"]
    held.queue.take_in(row, tried=data["tried"])


def _take_over(held: Tenant, data: dict[str, Any]) -> None:
    state, key = DueState(data["state"]), data["over"]
    held.queue.over[state][key] = data["job"]
    held.queue.ends[state].append((_read_instant(data["at"]), key))


def _take_command(held: Tenant, data: dict[str, Any]) -> None:
    at = None if data["at"] is None else _read_instant(data["at"])
    known = data["result"]
    result = None if known is None else from_data(known, CarriedOut)
    held.commands[data["command"]] = (Stored(1, result), at)


_TAKERS: dict[str, Callable[[Tenant, dict[str, Any]], None]] = {
    "row": _take_row,
    "gone": _take_gone,
    "log": _take_log,
    "due": _take_due,
    "over": _take_over,
    "command": _take_command,
}


def _optional(result: CarriedOut | None) -> Any:
    return None if result is None else to_data(result)


def _instant(at: datetime) -> str:
    return at.isoformat()


def _read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
