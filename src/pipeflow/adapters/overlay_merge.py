"""Rows of a branch and of its parent in one order: what is listed, and where a listing goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..ports.rows import Page, Query, RowKey, Stored
from ..ports.terms import FIELDS, terms_of
from .memory_index import LAST
from .pages import limited, measured, ordered

__all__ = ["Entry", "entry_of", "joined", "page_of"]

Pair: TypeAlias = tuple[RowKey, Stored]


class Entry(NamedTuple):
    """A row in its place: its term of the field that orders, then its id.

    `start` is where the page of the parent begins that it stood on; None: at the first.
    """

    place: tuple[str, str]
    row: Pair
    start: str | None = None


def entry_of(query: Query, row: Pair, start: str | None = None) -> Entry:
    """Return a row in its place in the order of a query."""
    key, stored = row
    term = ""
    if query.order and query.kind in FIELDS:
        terms = (term for field, term in terms_of(stored.value) if field == query.order)
        term = min(terms, default=LAST)
    return Entry((term, key.id), row, start)


def page_of(
    query: Query,
    mine: Iterable[Entry],
    theirs: Callable[[str | None], Iterator[Entry]],
    after: str | None,
    limit: int | None,
) -> Page:
    """Return a page of both.

    Args:
        query: What is listed.
        mine: The rows of the branch, in order.
        theirs: Yields those of the parent, in order, from where one of its pages begins.
        after: Where to go on.
        limit: How many rows at most.
    """
    limit = None if limit is None else limited(limit)
    start, behind = (None, None) if after is None else _read(query, after)
    both = merge(mine, theirs(start), key=_place)
    left = (entry for entry in both if behind is None or entry.place > behind)
    found = [*islice(left, None if limit is None else limit + 1)]
    page = found if limit is None else found[:limit]
    rows = tuple(entry.row for entry in page)
    if len(page) == len(found) or not page:
        return Page(rows)
    if not query.order:  # in every store the last id says where it goes on (A14)
        return Page(rows, page[-1].row[0].id)
    for entry in page:
        start = entry.start if entry.start is not None else start
    return Page(rows, _written(start, page[-1].place))


def _place(entry: Entry) -> tuple[str, str]:
    return entry.place


def _written(start: str | None, place: tuple[str, str]) -> str:
    """Write where a listing goes on: on which page of the parent, and behind which row."""
    return joined("" if start is None else f"={start}", "\0".join(place))


def _read(query: Query, after: str) -> tuple[str | None, tuple[str, str]]:
    if not query.order:
        return after, ("", after)
    start, place = measured(after)
    return (start[1:] if start else None), ordered(place)


def joined(theirs: str, mine: str) -> str:
    """Write a cursor of the parent's and one of the branch's own as one."""
    return f"{len(theirs)}:{theirs}{mine}"
