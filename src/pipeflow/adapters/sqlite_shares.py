"""Shares in a firm's file: what many of its values have in common is kept once, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from ..codec import name_of
from ..errors import StoreError
from .sqlite_packing import Kept, unpacked

__all__ = ["INSERT_SHARE", "altered", "read_share", "shared"]

INSERT_SHARE = "INSERT INTO pf_value (hash, data) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"


def shared(db: Connection, name: str) -> Kept:
    """Return what is kept of a share.

    Raises:
        StoreError: It is not there.
    """
    row: tuple[Kept] | None = db.execute(
        "SELECT data FROM pf_value WHERE hash = ?", (name,)
    ).fetchone()
    if row is None:
        raise StoreError(f"value {name!r} is missing; restore the last backup")
    return row[0]


def read_share(name: str, kept: Kept) -> str:
    """Return the text of a share.

    Raises:
        StoreError: It is damaged, or another one.
    """
    text = unpacked(kept)
    if name_of(text) != name:
        raise StoreError(f"value {name!r} was altered; restore the last backup")
    return text


def altered(db: Connection) -> Iterator[str]:
    """Tell of shares that are not what their names say."""
    for name, kept in db.execute("SELECT hash, data FROM pf_value"):
        try:
            read_share(name, kept)
        except StoreError as error:
            yield str(error)
