"""The index of the memory store: which rows have which terms, brought up to date when asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ..ports.rows import Query, Span, Stored, Wanted
from ..ports.terms import has_term, terms_of

__all__ = ["LAST", "Index"]

Terms = frozenset[tuple[str, str]]

NONE: Terms = frozenset()
MOST_MARKED = 100  # rows that may wait for somebody who asks; whoever writes one more looks at all
LAST = "\U0010ffff"  # the place in an order of what has no term of its field


class Index:
    """The terms of the rows of one kind.

    A row that was written is only marked; its terms are looked at when somebody asks, once,
    however often it was written before. But few rows are left waiting, so that whoever asks does
    not pay for all that was written since somebody last did. Whoever calls it holds the store's
    lock.
    """

    def __init__(self, rows: Mapping[str, Stored]) -> None:
        """Begin with what is there."""
        self._rows = rows
        self._marked = dict.fromkeys(rows)  # ids of rows that were written or deleted since
        self._terms: dict[str, Terms] = {}
        self._ids: dict[tuple[str, str], dict[str, None]] = {}
        self._known: dict[str, list[str]] = {}  # the terms of each field, in order

    def mark(self, id: str) -> None:
        """Note that a row was written or deleted."""
        self._marked[id] = None
        if len(self._marked) > MOST_MARKED:
            self._refresh()

    def _refresh(self) -> None:
        while self._marked:
            id = next(iter(self._marked))
            stored = self._rows.get(id)
            self._note(id, NONE if stored is None else terms_of(stored.value))
            del self._marked[id]

    def _note(self, id: str, terms: Terms) -> None:
        """Write the differences; it may be done again where it was interrupted."""
        before = self._terms.get(id, NONE)
        for pair in before - terms:
            ids = self._ids.get(pair, {})
            ids.pop(id, None)
            if not ids:
                self._forget(*pair)
                self._ids.pop(pair, None)
        for pair in terms - before:
            ids = self._ids.setdefault(pair, {})
            if not ids:
                self._learn(*pair)
            ids[id] = None
        if terms:
            self._terms[id] = terms
        else:
            self._terms.pop(id, None)

    def _learn(self, field: str, term: str) -> None:
        known = self._known.setdefault(field, [])
        place = bisect_left(known, term)
        if known[place : place + 1] != [term]:
            known.insert(place, term)

    def _forget(self, field: str, term: str) -> None:
        known = self._known.get(field, [])
        place = bisect_left(known, term)
        if known[place : place + 1] == [term]:
            del known[place]

    # -- asking ----------------------------------------------------------------------------------

    def ids(self, query: Query) -> Iterable[str]:
        """Return the ids of the rows that fit every field of a query; it must have one.

        They are found by the field that fewest rows fit, and sifted by what they are themselves.
        """
        self._refresh()
        found = [(self._fitting(*pair), place) for place, pair in enumerate(query.where)]
        fewest, place = min(found, key=_size)
        ids = fewest[0] if len(fewest) == 1 else dict.fromkeys(chain.from_iterable(fewest))
        others = (*query.where[:place], *query.where[place + 1 :])
        if not others:
            return ids
        return [id for id in ids if all(has_term(self._terms[id], *pair) for pair in others)]

    def _fitting(self, field: str, wanted: Wanted) -> Sequence[Mapping[str, None]]:
        """Return the ids of the rows that have each of the terms that fit; none is looked at."""
        if isinstance(wanted, str):
            return [self._ids.get((field, wanted), {})]
        terms: Iterable[str] = wanted if isinstance(wanted, tuple) else self._inside(field, wanted)
        return [self._ids[field, term] for term in terms if (field, term) in self._ids]

    def _inside(self, field: str, span: Span) -> Sequence[str]:
        """Return the terms of a field that lie in a span, in order."""
        known = self._known.get(field, [])
        first = 0 if span.low is None else bisect_left(known, span.low)
        last = len(known) if span.high is None else bisect_right(known, span.high)
        return known[first:last]

    def counts(self, field: str, among: Iterable[str] | None) -> dict[str, int]:
        """Count rows by their terms of a field; of these rows alone, or of all."""
        self._refresh()
        if among is None:
            return {term: len(self._ids[field, term]) for term in self._known.get(field, [])}
        counts: dict[str, int] = {}
        for id in among:
            for name, term in self._terms.get(id, NONE):
                if name == field:
                    counts[term] = counts.get(term, 0) + 1
        return dict(sorted(counts.items()))

    def order(self, field: str, ids: Iterable[str]) -> list[tuple[str, str]]:
        """Return pairs of term and id, in order; what has no term of the field comes last."""
        self._refresh()
        return sorted((self._first(id, field), id) for id in ids)

    def _first(self, id: str, field: str) -> str:
        terms = self._terms.get(id, NONE)
        return min((term for name, term in terms if name == field), default=LAST)


def _size(found: tuple[Sequence[Mapping[str, None]], int]) -> int:
    return sum(map(len, found[0]))
