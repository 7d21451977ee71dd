"""The index of the memory store: which rows have which terms, brought up to date when asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ..ports.rows import Query, Span, Stored, Wanted
from ..ports.terms import terms_of

__all__ = ["Index"]

Terms = frozenset[tuple[str, str]]


class Index:
    """The terms of the rows of one kind.

    A row that was written is only marked; its terms are looked at when somebody asks, once,
    however often it was written before. Whoever calls it holds the store's lock.
    """

    def __init__(self, rows: Mapping[str, Stored]) -> None:
        """Begin with what is there."""
        self._rows = rows
        self.marked = dict.fromkeys(rows)  # ids of rows that were written or deleted since
        self._terms: dict[str, Terms] = {}
        self._ids: dict[tuple[str, str], dict[str, None]] = {}
        self._known: dict[str, dict[str, None]] = {}  # the terms of each field

    def _refresh(self) -> None:
        while self.marked:
            id = next(iter(self.marked))
            stored = self._rows.get(id)
            self._note(id, frozenset() if stored is None else terms_of(stored.value))
            del self.marked[id]

    def _note(self, id: str, terms: Terms) -> None:
        """Write the differences; it may be done again where it was interrupted."""
        before = self._terms.get(id, frozenset())
        for pair in before - terms:
            ids = self._ids.get(pair, {})
            ids.pop(id, None)
            if not ids:
                self._known.get(pair[0], {}).pop(pair[1], None)
                self._ids.pop(pair, None)
        for pair in terms - before:
            self._known.setdefault(pair[0], {})[pair[1]] = None
            self._ids.setdefault(pair, {})[id] = None
        if terms:
            self._terms[id] = terms
        else:
            self._terms.pop(id, None)

    def ids(self, query: Query) -> Iterable[str]:
        """Return the ids of the rows that fit every field of a query; it must have one."""
        self._refresh()
        found = sorted((self._fitting(field, wanted) for field, wanted in query.where), key=_size)
        fewest, *others = found
        ids = fewest[0] if len(fewest) == 1 else dict.fromkeys(chain.from_iterable(fewest))
        return [id for id in ids if all(_has(other, id) for other in others)] if others else ids

    def _fitting(self, field: str, wanted: Wanted) -> list[Mapping[str, None]]:
        """Return the ids of the rows that have each of the terms that fit; none is looked at."""
        if isinstance(wanted, str):
            return [self._ids.get((field, wanted), {})]
        known = self._known.get(field, {})
        if isinstance(wanted, Span):
            terms: Iterable[str] = [term for term in known if wanted.holds(term)]
        else:
            terms = wanted
        return [self._ids[field, term] for term in terms if (field, term) in self._ids]

    def counts(self, field: str, among: Iterable[str] | None) -> dict[str, int]:
        """Count rows by their terms of a field; of these rows alone, or of all."""
        self._refresh()
        known = self._known.get(field, {})
        if among is None:
            return {term: len(self._ids[field, term]) for term in sorted(known)}
        chosen = frozenset(among)
        counts = {term: len(chosen & self._ids[field, term].keys()) for term in sorted(known)}
        return {term: number for term, number in counts.items() if number}

    def order(self, field: str, ids: Iterable[str]) -> list[tuple[str, str]]:
        """Return pairs of term and id, in order; what has no term of the field comes first."""
        self._refresh()
        return sorted((self._first(id, field), id) for id in ids)

    def _first(self, id: str, field: str) -> str:
        return min((term for name, term in self._terms.get(id, ()) if name == field), default="")


def _size(fitting: Sequence[Mapping[str, None]]) -> int:
    return sum(map(len, fitting))


def _has(fitting: Sequence[Mapping[str, None]], id: str) -> bool:
    return any(id in one for one in fitting)
