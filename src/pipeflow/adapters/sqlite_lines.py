"""A firm of a file as lines of canonical JSON: each value is read, and told in its present form."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection
from typing import Any

from ..codec import dump, dump_part
from ..codec.json_text import write
from ..codec.scalars import write_instant
from ..model.events import Chapter
from ..ports.due import UNANSWERED, Action
from ..ports.rows import CarriedOut
from .export_lines import FORMAT
from .sqlite_values import Texts, instant_of

__all__ = ["lines_of"]

ROWS = "SELECT kind, id, version, data FROM pf_row WHERE tenant = ? ORDER BY kind, id"
GONE = "SELECT kind, id, version FROM pf_gone WHERE tenant = ? ORDER BY kind, id"
CHAPTERS = "SELECT kind, id, data FROM pf_event WHERE tenant = ? ORDER BY seq"
DUES = """SELECT key, job, first, no, depth, data, at, state, token, called, attempt, error,
    withdrawn, tried FROM pf_due WHERE tenant = ? AND ended IS NULL ORDER BY key"""
OVER = """SELECT key, job, state, ended FROM pf_due WHERE tenant = ? AND ended IS NOT NULL
    ORDER BY ended, key"""
COMMANDS = "SELECT id, at, result FROM pf_command WHERE tenant = ? ORDER BY id"


def lines_of(db: Connection, tenant: str) -> Iterator[str]:
    """Yield everything of a tenant, a line each; what is leased, as if its lease had run out."""
    number = 0
    for number, line in enumerate(_lines_of(db, tenant), start=1):  # noqa: B007
        yield line
    yield write({"end": number})


def _lines_of(db: Connection, tenant: str) -> Iterator[str]:
    of, texts = (tenant,), Texts()
    yield write({"firm": tenant, "format": FORMAT})
    for kind, id, version, data in db.execute(ROWS, of):
        yield _line(
            row=write([kind, id]), version=write(version), value=dump(texts.value(data, db))
        )
    for kind, id, version in db.execute(GONE, of):
        yield write({"gone": [kind, id], "version": version})
    for kind, id, data in db.execute(CHAPTERS, of):
        yield _line(log=write([kind, id]), chapter=dump_part(texts.decode(data, Chapter)))
    for row in db.execute(DUES, of):
        yield _due_line(texts.value(row[5], db), *row)
    for key, job, state, ended in db.execute(OVER, of):
        yield write({"over": key, "state": state, "job": job, "at": _instant(ended)})
    for id, at, result in db.execute(COMMANDS, of):
        told = "null" if result is None else dump_part(texts.decode(result, CarriedOut))
        yield _line(command=write(id), at=write(_instant(at)), result=told)


def _line(**parts: str) -> str:
    """Put texts together as one object, in the order of canonical JSON."""
    return f"{{{','.join(f'{write(name)}:{text}' for name, text in sorted(parts.items()))}}}"


def _instant(number: int) -> str:
    return write_instant(instant_of(number))


def _due_line(
    action: Action,
    key: str, job: str, first: int, no: int, depth: int, _: object, at: int,
    state: str, token: int, called: int, attempt: int, error: str, withdrawn: int, tried: int,
) -> str:  # fmt: skip
    """Tell of a row that is not over; a call that nobody answered yet is one without an answer."""
    leased = state == "leased"
    unanswered = leased and called == token and not withdrawn
    told: dict[str, Any] = {
        "at": _instant(at),
        "state": "wait" if leased else state,
        "token": token,
        "called": called,
        "attempt": attempt,
        "error": UNANSWERED if unanswered else error,
        "withdrawn": bool(withdrawn),
        "tried": bool(tried) or unanswered,
    }
    what = {"key": key, "at": _instant(first), "no": no, "job": job, "depth": depth}
    due = _line(action=dump(action), **_written({**what, "owner": None, "lease": None}))
    return _line(due=due, **_written(told))


def _written(told: dict[str, Any]) -> dict[str, str]:
    return {name: write(part) for name, part in told.items()}
