"""The terms in a firm's file: written with each row, and anew for a version that knows more."""

from __future__ import annotations

from sqlite3 import Connection

from ..errors import StoreError
from ..ports.rows import RowKey
from ..ports.terms import FIELDS
from .sqlite_values import Texts, pairs_of, plain, terms_text

__all__ = ["INSERT_TERM", "NOTHING", "renew_terms", "write_terms"]

NOTHING = "{}"  # the terms of a row that has none
AT_ONCE = 500  # rows that are read in one go
INSERT_TERM = "INSERT INTO pf_term (tenant, kind, id, field, value) VALUES (?, ?, ?, ?, ?)"
DELETE_TERM = """DELETE FROM pf_term
    WHERE tenant = ? AND kind = ? AND id = ? AND field = ? AND value = ?"""
ROWS = """SELECT rowid, tenant, kind, id, terms, data FROM pf_row
    WHERE rowid > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY rowid LIMIT ?"""
UPDATE = "UPDATE pf_row SET terms = ? WHERE rowid = ?"


def write_terms(db: Connection, tenant: str, key: RowKey, before: str, after: str) -> None:
    """Write the terms in which a row differs from what it was."""
    was, has = pairs_of(before), pairs_of(after)
    if gone := was - has:
        db.executemany(DELETE_TERM, [(tenant, *key, *pair) for pair in gone])
    if new := has - was:
        db.executemany(INSERT_TERM, [(tenant, *key, *pair) for pair in new])


def renew_terms(db: Connection) -> None:
    """Find every row by the terms that this version knows; one that cannot be read stays as is."""
    texts, kinds, place = Texts(), plain([*FIELDS]), 0
    while rows := db.execute(ROWS, (place, kinds, AT_ONCE)).fetchall():
        for place, tenant, kind, id, terms, data in rows:
            try:
                renewed = terms_text(texts.value(data, db))
            except StoreError:
                continue  # `check` tells of it
            if renewed != terms:
                db.execute(UPDATE, (renewed, place))
                write_terms(db, tenant, RowKey(kind, id), terms, renewed)
