"""A tenant of the memory store as lines of canonical JSON, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..codec import dump, parse, to_data
from ..codec.json_text import write
from ..codec.scalars import write_instant
from ..model.record import replaced
from ..ports.due import UNANSWERED, DueState
from ..ports.rows import Stored
from .export_lines import (
    FORMAT,
    CommandLine,
    DueLine,
    GoneLine,
    LogLine,
    OverLine,
    RowLine,
    read_lines,
)
from .memory_feed import Entries
from .memory_schedule import Row
from .memory_tenant import Tenant

__all__ = ["lines_of", "tenant_of"]

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
    name, told = read_lines(lines)
    held, entries = Tenant(), []
    for line in told:
        match line:
            case RowLine((kind, id), version, value):
                held.rows.of(kind)[id] = Stored(version, value)
            case GoneLine(key, version):
                held.gone[key] = version
            case LogLine(key, chapter):
                entries.append((key, chapter))
            case DueLine(tried=tried):
                held.queue.take_in(_row_of(line), tried=tried)
            case OverLine(over, at):
                held.queue.take_in_over(over, at)
            case CommandLine(id, result, at):
                held.remember(id, (Stored(1, result), at))
    return name, held, entries


def _row_of(line: DueLine) -> Row:
    row = Row(line.due, line.at)
    row.at, row.until, row.state = line.at, None, line.state
    row.token, row.called, row.attempt = line.token, line.called, line.attempt
    row.error, row.withdrawn = line.error, line.withdrawn
    return row
