"""Mistakes that no store writes down: rows whose version nobody said, due rows settled twice."""

from __future__ import annotations

from ..errors import StoreError
from ..ports.rows import Changes

__all__ = ["SETTLED_TWICE", "refuse_mistakes", "refuse_unexpected"]

SETTLED_TWICE = "a due row can be settled once in a commit, not twice"


def refuse_mistakes(changes: Changes) -> None:
    """Refuse to write rows whose version nobody said, and to settle one twice.

    Raises:
        StoreError: With the rows.
    """
    refuse_unexpected(changes)
    if len({settle.key for settle in changes.settles}) < len(changes.settles):
        raise StoreError(SETTLED_TWICE)


def refuse_unexpected(changes: Changes) -> None:
    """Refuse to write rows whose version nobody said.

    Raises:
        StoreError: With the rows.
    """
    unexpected = {*changes.puts, *changes.deletes} - changes.expect.keys()
    if unexpected:
        told = ", ".join(f"{kind} {id!r}" for kind, id in sorted(unexpected))
        raise StoreError(f"{told}: written, and no version of it is expected")
