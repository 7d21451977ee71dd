"""A firm of a file as lines of canonical JSON: each value is read, and told in its present form."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from ..codec import dump, dump_part
from ..codec.json_text import write
from ..model.events import Chapter
from ..ports.rows import CarriedOut
from .export_lines import FORMAT
from .sqlite_values import Texts
from .told_lines import due_line, ended, instant_text, line

__all__ = ["lines_of"]

ROWS = "SELECT kind, id, version, data FROM pf_row WHERE tenant = ? ORDER BY kind, id"
GONE = "SELECT kind, id, version FROM pf_gone WHERE tenant = ? ORDER BY kind, id"
CHAPTERS = "SELECT kind, id, data FROM pf_event WHERE tenant = ? ORDER BY seq"
DUES = """SELECT data, key, job, first, no, depth, at, state, token, called, attempt, error,
    withdrawn, tried FROM pf_due WHERE tenant = ? AND ended IS NULL ORDER BY key"""
OVER = """SELECT key, job, state, ended FROM pf_due WHERE tenant = ? AND ended IS NOT NULL
    ORDER BY ended, key"""
COMMANDS = "SELECT id, at, result FROM pf_command WHERE tenant = ? ORDER BY id"


def lines_of(db: Connection, tenant: str) -> Iterator[str]:
    """Yield everything of a tenant, a line each; what is leased, as if its lease had run out."""
    return ended(_lines_of(db, tenant))


def _lines_of(db: Connection, tenant: str) -> Iterator[str]:
    of, texts = (tenant,), Texts()
    # From here on it is one instant, also for whoever waits after a line.
    rows = db.execute(ROWS, of)
    yield write({"firm": tenant, "format": FORMAT})
    for kind, id, version, data in rows:
        yield line(row=write([kind, id]), version=write(version), value=dump(texts.value(data, db)))
    for kind, id, version in db.execute(GONE, of):
        yield write({"gone": [kind, id], "version": version})
    for kind, id, data in db.execute(CHAPTERS, of):
        yield line(log=write([kind, id]), chapter=dump_part(texts.decode(data, Chapter)))
    for data, *row in db.execute(DUES, of):
        yield due_line(texts.value(data, db), *row)
    for key, job, state, ended_at in db.execute(OVER, of):
        yield write({"over": key, "state": state, "job": job, "at": instant_text(ended_at)})
    for id, at, result in db.execute(COMMANDS, of):
        told = "null" if result is None else dump_part(texts.decode(result, CarriedOut))
        yield line(command=write(id), at=write(instant_text(at)), result=told)
