"""A firm of a host's database as a whole: told as lines, taken in from lines, and pruned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, exists, insert, or_, select

from ..codec import dump, dump_part
from ..codec.json_text import write
from ..errors import ConflictError
from ..model.events import Chapter
from ..ports.due import asked
from ..ports.rows import CarriedOut
from ..ports.terms import terms_of
from .export_lines import (
    FORMAT,
    CommandLine,
    DueLine,
    GoneLine,
    Line,
    LogLine,
    OverLine,
    RowLine,
    read_lines,
)
from .microseconds import number_of
from .sql_dialects import Db, Hold, firm
from .sql_rows import firms_of
from .sql_tables import COMMAND, DUE, EVENT, GONE, ROW, TERM
from .sql_texts import Values, part_of, term_of, text_of
from .told_lines import due_line, ended, instant_text, line

__all__ = ["Arrival", "forget", "lines_of", "tenants"]

KEPT = (ROW, GONE, EVENT, DUE, COMMAND)
AT_ONCE = 500  # rows that are fetched, or written, in one go


def tenants(db: Db) -> list[str]:
    """Return the firms that have anything here, in order; by one step of an index each."""
    return sorted({name for one in KEPT for name in db.execute(firms_of(one)).scalars()})


def forget(db: Db, tenant: str, before: datetime) -> int:
    """Forget rows that ended, and commands that were carried out, before an instant.

    What somebody has in hand is left to him until the next time, so that this waits for nobody who
    waits for it.
    """
    old, number = number_of(before), 0
    for id, mine in (
        (DUE.c.key, (DUE.c.tenant == tenant, DUE.c.ended < old)),
        (COMMAND.c.id, (COMMAND.c.tenant == tenant, COMMAND.c.at < old)),
    ):
        free = select(id).where(*mine).with_for_update(skip_locked=True)
        number += db.execute(delete(id.table).where(*mine, id.in_(free))).rowcount
    return number


# -- told ----------------------------------------------------------------------------------------


def lines_of(db: Db, tenant: str) -> Iterator[str]:
    """Yield everything of a tenant, a line each; what is leased, as if its lease had run out."""
    return ended(_lines_of(db, tenant))


def _lines_of(db: Db, tenant: str) -> Iterator[str]:
    values = Values()
    r, g, e, d, c = ROW.c, GONE.c, EVENT.c, DUE.c, COMMAND.c

    def rows(*columns: Any, order: Iterable[Any], fit: Any = None) -> Iterable[Any]:
        found = select(*columns).where(columns[0].table.c.tenant == tenant).order_by(*order)
        return db.execute(found if fit is None else found.where(fit)).yield_per(AT_ONCE)

    # From here on it is one instant, also for whoever waits after a line.
    stored = rows(r.kind, r.id, r.version, r.data, order=(r.kind, r.id))
    yield write({"firm": tenant, "format": FORMAT})
    for kind, id, version, data in stored:
        told = dump(values.value(data))
        yield line(row=write([kind, id]), version=write(version), value=told)
    for kind, id, version in rows(g.kind, g.id, g.version, order=(g.kind, g.id)):
        yield write({"gone": [kind, id], "version": version})
    for kind, id, data in rows(e.kind, e.id, e.data, order=(e.seq,)):
        yield line(log=write([kind, id]), chapter=dump_part(part_of(data, Chapter)))
    due = (
        d.data, d.key, d.job, d.first, d.no, d.depth, d.at, d.state, d.token, d.called, d.attempt,
        d.error, d.withdrawn, d.tried,
    )  # fmt: skip
    for data, *row in rows(*due, order=(d.key,), fit=d.ended.is_(None)):
        yield due_line(values.value(data), *row)
    over = rows(d.key, d.job, d.state, d.ended, order=(d.ended, d.key), fit=d.ended.is_not(None))
    for key, job, state, at in over:
        yield write({"over": key, "state": state, "job": job, "at": instant_text(at)})
    for id, at, result in rows(c.id, c.at, c.result, order=(c.id,)):
        told = "null" if result is None else dump_part(part_of(result, CarriedOut))
        yield line(command=write(id), at=write(instant_text(at)), result=told)


# -- taken in ------------------------------------------------------------------------------------


class Arrival:
    """What is to be written of a firm, by table, in the order of its lines."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the lines.

        Raises:
            DefinitionError: They are no export, with the number of the line.
        """
        self._rows: dict[Table, list[dict[str, Any]]] = {
            one: [] for one in (ROW, TERM, GONE, EVENT, DUE, COMMAND)
        }
        self._name, told = read_lines(lines)
        for one in told:
            self._take(one)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What to hold on to meanwhile, so that nobody else writes rows of the firm."""
        return (Hold(firm(self._name), alone=True),)

    def write(self, db: Db) -> None:
        """Write everything.

        Raises:
            ConflictError: The firm has something here already.
        """
        full = (exists().where(one.c.tenant == self._name) for one in KEPT)
        if db.scalar(select(or_(*full))):
            raise ConflictError(
                f"tenant {self._name!r} is not empty here; restore into an empty one"
            )
        if self._rows[EVENT]:
            db.dialect.register(db)
        for one, rows in self._rows.items():
            db.each(insert(one), rows)

    def _take(self, told: Line) -> None:
        """Say what is written of a line."""
        match told:
            case RowLine((kind, id), version, value):
                self._note(ROW, kind=kind, id=id, version=version, data=dump(value))
                for field, term in sorted(terms_of(value)):
                    self._note(TERM, kind=kind, id=id, field=field, value=term_of(term))
            case GoneLine((kind, id), version):
                self._note(GONE, kind=kind, id=id, version=version)
            case LogLine((kind, id), chapter):
                self._note(EVENT, kind=kind, id=id, data=text_of(chapter))
            case DueLine():
                self._note_due(told)
            case OverLine(over, at):
                then = number_of(at)
                self._note(
                    DUE, key=over.key, job=over.job, state=over.state.value, at=then, first=then,
                    ended=then, asks="", no=0, depth=0, token=0, called=0, attempt=0, tried=False,
                    withdrawn=False, error="", data=None,
                )  # fmt: skip
            case CommandLine(id, result, at):
                answer = None if result is None else text_of(result)
                self._note(COMMAND, id=id, at=number_of(at), result=answer)

    def _note_due(self, told: DueLine) -> None:
        due = told.due
        self._note(
            DUE, key=due.key, job=due.job, state=told.state.value, at=number_of(told.at),
            first=number_of(due.at), ended=None, asks=asked(due.action), no=due.no,
            depth=due.depth, token=told.token, called=told.called, attempt=told.attempt,
            tried=told.tried, withdrawn=told.withdrawn, error=told.error, data=dump(due.action),
        )  # fmt: skip

    def _note(self, table: Table, **row: Any) -> None:
        self._rows[table].append({"tenant": self._name, **row})
