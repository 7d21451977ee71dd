"""The terms in a host's database, written anew for a version that knows others."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, insert, select, tuple_

from ..errors import StoreError
from ..ports.terms import FIELDS, terms_of
from .sql_texts import Values, term_of

__all__ = ["renew_terms"]

AT_ONCE = 500  # rows that are read in one go


def renew_terms(connection: Connection, rows: Table, terms: Table) -> None:
    """Find every row by the terms that this version knows; one that cannot be read stays as is."""
    values, of = Values(), (rows.c.tenant, rows.c.kind, rows.c.id)
    asked = select(*of, rows.c.data).where(rows.c.kind.in_([*FIELDS])).order_by(*of).limit(AT_ONCE)
    page = connection.execute(asked).all()
    while page:
        for tenant, kind, id, data in page:
            try:
                found = terms_of(values.value(data))
            except StoreError:
                continue
            mine = {"tenant": tenant, "kind": kind, "id": id}
            told = [{**mine, "field": field, "value": term_of(term)} for field, term in found]
            connection.execute(delete(terms).filter_by(**mine))
            if told:  # no row of another kind has any, as one that was altered by hand may be
                connection.execute(insert(terms), told)
        last = tuple_(*page[-1][:3])
        page = connection.execute(asked.where(tuple_(*of) > last)).all()
