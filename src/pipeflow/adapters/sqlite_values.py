"""Values as the texts that a file keeps, and instants as numbers that sort."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json import JSONEncoder, encoder, loads
from typing import Any, TypeAlias, TypeVar, cast

from ..codec import dump, dump_part, from_data, load, parse
from ..codec.quick import read_quickly
from ..errors import DefinitionError, Problem, StoreError, shown
from ..ports.due import Due
from ..ports.terms import terms_of
from .sqlite_packing import Kept, packed, unpacked

__all__ = ["Texts", "instant_of", "number_of", "pairs_of", "plain", "terms_text"]

T = TypeVar("T")
Terms: TypeAlias = frozenset[tuple[str, str]]  # pairs of a field and what it holds there
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UNKNOWN: tuple[Any, str, Kept] = (object(), "", "")
SEVERAL = 64  # values that were written last, and may be written again as they are
ROOM = 4_000_000  # characters of each half of the texts whose values are kept at hand
MANY = 1024  # texts of terms that are kept at hand
_TERMS: dict[str, Terms] = {}  # what the latest texts tell

quote = encoder.encode_basestring_ascii
# Any list or object of texts, to be read by SQLite.
plain = JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def number_of(at: datetime) -> int:
    """Return an instant as microseconds since 1970.

    Raises:
        DefinitionError: It has no time zone.
    """
    if at.tzinfo is None:
        raise DefinitionError(
            Problem("has no time zone, so it is not an instant", "$.at", shown(at))
        )
    return (at - EPOCH) // MICROSECOND


def instant_of(number: int) -> datetime:
    """Return the instant that a number stands for."""
    return EPOCH + number * MICROSECOND


def terms_text(value: Any) -> str:
    """Return the terms of a row's value as an object: by field, what it holds there, in order."""
    return _terms_text(terms_of(value))


@lru_cache(maxsize=MANY)
def _terms_text(terms: Terms) -> str:
    """Return terms as an object; few commands change those of their job, and receipts none."""
    fields: dict[str, list[str]] = {}
    for field, term in sorted(terms):
        fields.setdefault(field, []).append(quote(term))
    told = [f"{quote(field)}:[{','.join(each)}]" for field, each in fields.items()]
    return _noted(f"{{{','.join(told)}}}", terms)


def pairs_of(text: str) -> Terms:
    """Return the terms of a text: pairs of a field and what it holds there."""
    known = _TERMS.get(text)
    if known is None:
        fields: Mapping[str, list[str]] = loads(text)
        known = frozenset((field, term) for field, terms in fields.items() for term in terms)
        _noted(text, known)
    return known


def _noted(text: str, terms: Terms) -> str:
    """Note of which terms a text tells: what was just written is not read to find what changes."""
    if len(_TERMS) >= MANY:
        _TERMS.clear()
    _TERMS[text] = terms
    return text


class Texts:
    """Writes values as canonical JSON, packed as a file keeps them, and reads them.

    What is kept always stands for the same value, and values do not change; so those of the latest
    texts are kept at hand, as many as there is room for: a row that was just written, or is read
    again, costs no reading.
    """

    __slots__ = ("_last", "_new", "_old", "_taken")

    def __init__(self) -> None:
        """Begin with none at hand."""
        self._new: dict[Kept, tuple[Any, int]] = {}
        self._old: dict[Kept, tuple[Any, int]] = {}
        self._taken = 0
        self._last: dict[int, tuple[Any, str, Kept]] = {}  # what was written, by what it is

    def row(self, value: object) -> tuple[str, Kept]:
        """Return the terms of a row's value, and what is kept of it.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        place = id(value)
        known, terms, kept = self._last.get(place, UNKNOWN)
        if known is not value:
            terms, kept = terms_text(value), self.encode(value)
            if len(self._last) == SEVERAL:
                self._last.clear()
            self._last[place] = (value, terms, kept)
        return terms, kept

    def encode(self, value: object) -> Kept:
        """Return what is kept of a value, with a tag that says what it is.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        text = dump(value)
        kept = packed(text)
        self._keep(kept, (value, len(text)))
        return kept

    def action(self, due: Due) -> Kept:
        """Return what is kept of what a due row asks for; one that is held is over soon.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        return self.encode(due.action) if due.lease is None else dump(due.action)

    @staticmethod
    def plain(value: object) -> Kept:
        """Return what is kept of a value whose place says of which kind it is.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        return packed(dump_part(value))

    @staticmethod
    def decode(kept: object, kind: type[T]) -> T:
        """Return the value that is kept where its place says of which kind it is.

        Raises:
            StoreError: It is damaged, or was written by a newer version.
        """
        text = unpacked(kept)
        for found in read_quickly(text, kind):
            return cast("T", found)
        try:
            return from_data(parse(text), kind)
        except DefinitionError as error:
            raise _unreadable(error) from error

    def value(self, kept: Kept) -> Any:
        """Return the value that is kept with a tag, perhaps one at hand.

        Raises:
            StoreError: It is damaged, or was written by a newer version.
        """
        found = self._new.get(kept)
        if found is None:
            found = self._old.get(kept)
            if found is None:
                text = unpacked(kept)
                try:
                    found = (load(text), len(text))
                except DefinitionError as error:
                    raise _unreadable(error) from error
            self._keep(kept, found)
        return found[0]

    def _keep(self, kept: Kept, found: tuple[Any, int]) -> None:
        """Keep a value at hand; the older half goes when the newer one is full."""
        if self._taken + found[1] > ROOM:
            self._old, self._new, self._taken = self._new, {}, 0
        self._new[kept] = found
        self._taken += found[1]


def _unreadable(error: DefinitionError) -> StoreError:
    return StoreError(f"what is stored cannot be read; restore the last backup: {error}")
