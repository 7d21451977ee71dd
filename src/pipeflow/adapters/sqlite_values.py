"""Values as the texts that a file keeps, and instants as numbers that sort."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json import JSONEncoder, encoder, loads
from sqlite3 import Connection
from typing import Any, TypeAlias, TypeVar, cast

from ..codec import dump_part, dump_sharing, from_data, load, parse, whole
from ..codec.latest import Latest
from ..codec.quick import read_quickly
from ..errors import DefinitionError, StoreError
from ..ports.due import Due
from ..ports.terms import terms_of
from .microseconds import instant_of, number_of
from .sqlite_packing import Kept, packed, unpacked
from .sqlite_shares import read_share, shared

__all__ = ["Shares", "Texts", "instant_of", "number_of", "pairs_of", "plain", "terms_text"]

T = TypeVar("T")
Terms: TypeAlias = frozenset[tuple[str, str]]  # pairs of a field and what it holds there
Shares: TypeAlias = dict[str, str]  # the texts of what values have in common, by name
UNKNOWN: tuple[Any, str, Kept, Shares] = (object(), "", "", {})
SEVERAL = 64  # values that were written last, and may be written again as they are
MANY = 1024  # texts of terms that are kept at hand
_TERMS: dict[str, Terms] = {}  # what the latest texts tell

quote = encoder.encode_basestring_ascii
# Any list or object of texts, to be read by SQLite.
plain = JSONEncoder(separators=(",", ":"), sort_keys=True).encode


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

    Questions stand in a text by their name, and for themselves in a place of their own, once.
    """

    __slots__ = ("_last", "_lists", "_shares", "_values")

    def __init__(self) -> None:
        """Begin with none at hand."""
        self._values = Latest[Kept, Any]()
        self._shares = Latest[str, str]()  # those that the file has, as far as is known
        self._lists = Latest[tuple[str, Any], Any]()  # what shares stand for
        self._last: dict[int, tuple[Any, str, Kept, Shares]] = {}  # what was written, by what it is

    def row(self, value: object, shares: Shares) -> tuple[str, Kept]:
        """Return the terms of a row's value, and what is kept of it; *shares* takes up its own.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        place = id(value)
        known, terms, kept, mine = self._last.get(place, UNKNOWN)
        if known is not value:
            mine = {}
            terms, kept = terms_text(value), self.encode(value, mine)
            if len(self._last) == SEVERAL:
                self._last.clear()
            self._last[place] = (value, terms, kept, mine)
        shares.update(mine)
        return terms, kept

    def encode(self, value: object, shares: Shares) -> Kept:
        """Return what is kept of a value, with a tag that says what it is.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        text = dump_sharing(value, shares)
        kept = packed(text)
        self._keep(kept, value, len(text))
        return kept

    def action(self, due: Due, shares: Shares) -> Kept:
        """Return what is kept of what a due row asks for; one that is held is over soon.

        Raises:
            DefinitionError: Canonical JSON cannot hold it.
        """
        if due.lease is None:
            return self.encode(due.action, shares)
        return dump_sharing(due.action, shares)

    def new(self, shares: Shares) -> list[tuple[str, Kept]]:
        """Return those that the file may not have yet: the name and what is kept of each."""
        return [
            (one, packed(text)) for one, text in shares.items() if self._shares.get(one) is None
        ]

    def know(self, shares: Shares) -> None:
        """Note which the file has by now."""
        for name, text in shares.items():
            self._shares.keep(name, text, len(text))

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

    def value(self, kept: Kept, db: Connection) -> Any:
        """Return the value that is kept with a tag, perhaps one at hand.

        Args:
            kept: What is kept of it.
            db: Where its shares are looked up; whoever reads has a connection, and one is enough.

        Raises:
            StoreError: It is damaged, or was written by a newer version.
        """
        value = self._values.get(kept)
        if value is None:
            text = unpacked(kept)
            value = self._read(text, db)
            self._keep(kept, value, len(text))
        return value

    def _read(self, text: str, db: Connection) -> Any:
        """Return the value of a text; what it has in common with others is read once for all."""
        for found in read_quickly(text, told=lambda name, kind: self._list(name, kind, db)):
            return found
        try:
            return load(whole(text, lambda name: self._share(name, db)))
        except DefinitionError as error:
            raise _unreadable(error) from error

    def _list(self, name: str, kind: Any, db: Connection) -> Any:
        """Return the value of a share.

        Raises:
            LookupError: The quick reader does not know it.
            StoreError: It is missing or damaged.
        """
        found = self._lists.get((name, kind))
        if found is None:
            text = self._share(name, db)
            (found,) = read_quickly(text, kind) or (None,)
            if found is None:
                raise LookupError(name)
            self._lists.keep((name, kind), found, len(text))
        return found

    def _share(self, name: str, db: Connection) -> str:
        """Return the text of a share, which is looked up unless it is at hand."""
        text = self._shares.get(name)
        if text is None:
            text = read_share(name, shared(db, name))
            self.know({name: text})
        return text

    def _keep(self, kept: Kept, value: object, size: int) -> None:
        """Keep a value at hand."""
        self._values.keep(kept, value, size)


def _unreadable(error: DefinitionError) -> StoreError:
    return StoreError(f"what is stored cannot be read; restore the last backup: {error}")
