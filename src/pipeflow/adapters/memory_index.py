"""The index of the memory store: which rows have which terms, brought up to date when asked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from ..ports.rows import Query, Span, Stored, Wanted
from ..ports.terms import SEVERAL, has_term, is_told_by_terms, span_in_order, terms_of

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
        return [self._ids[field, term] for term in self._meant(field, wanted)]

    def _meant(self, field: str, wanted: Wanted) -> Iterable[str]:
        """Return the terms of a field that are there and what is wanted, in order."""
        if isinstance(wanted, Span):
            places = self._places(field, wanted)
            return self._known.get(field, [])[places.start : places.stop]
        terms = sorted({*wanted}) if isinstance(wanted, tuple) else (wanted,)
        return [term for term in terms if (field, term) in self._ids]

    def _places(self, field: str, span: Span) -> range:
        """Return where the terms of a field that lie in a span stand among all of its terms."""
        known = self._known.get(field, [])
        first = 0 if span.low is None else bisect_left(known, span.low)
        last = len(known) if span.high is None else bisect_right(known, span.high)
        return range(first, last)

    def counts(self, query: Query, field: str) -> dict[str, int]:
        """Count the rows that a query means by their terms of a field."""
        self._refresh()
        if is_told_by_terms(query, field):
            wanted = query.where[0][1] if query.where else Span()
            return {term: len(self._ids[field, term]) for term in self._meant(field, wanted)}
        counts: dict[str, int] = {}
        for id in self.ids(query):
            for name, term in self._terms.get(id, NONE):
                if name == field:
                    counts[term] = counts.get(term, 0) + 1
        return dict(sorted(counts.items()))

    def listed(
        self, query: Query, after: tuple[str, str] | None, most: int | None
    ) -> list[tuple[str, str]]:
        """Return the rows that a query means as pairs of term and id, in its order.

        What has no term of the field by which they are ordered comes last.
        """
        self._refresh()
        span = span_in_order(query, *query.where[0]) if len(query.where) == 1 else None
        if span is not None:
            return [*islice(self._walked(query.order, span, after), most)]
        ids = self.ids(query) if query.where else self._rows
        pairs = sorted((self._first(id, query.order), id) for id in ids)
        start = 0 if after is None else bisect_right(pairs, after)
        return pairs[start : None if most is None else start + most]

    def _walked(
        self, field: str, span: Span, after: tuple[str, str] | None
    ) -> Iterator[tuple[str, str]]:
        """Yield rows term by term, and those alone that somebody asks for."""
        if after is not None:
            span = Span(max(after[0], span.low or ""), span.high)
        for place in self._places(field, span):
            term = self._known[field][place]
            for id in sorted(self._ids[field, term]):
                first = field not in SEVERAL or self._first(id, field) == term
                if first and (after is None or (term, id) > after):
                    yield term, id

    def _first(self, id: str, field: str) -> str:
        terms = self._terms.get(id, NONE)
        return min((term for name, term in terms if name == field), default=LAST)


def _size(found: tuple[Sequence[Mapping[str, None]], int]) -> int:
    return sum(map(len, found[0]))
