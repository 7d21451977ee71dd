"""Kept: what is saved of a kind, or about to be, as checks look it up: one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from ..model.values import Definition
from .records import row_key
from .unit import Unit

__all__ = ["Kept", "KeptIds"]

D = TypeVar("D", bound=Definition)


class KeptIds(AbstractSet[str]):
    """The ids of a kind that are saved, or are about to be: looked up one by one."""

    def __init__(self, unit: Unit, kind: str, more: Iterable[str] = ()) -> None:
        """Take where they are looked up, and those that come with them."""
        self._unit, self._kind, self._more = unit, kind, frozenset(more)

    def __contains__(self, id: object) -> bool:
        """Tell whether there is such an id."""
        if id in self._more:
            return True
        return isinstance(id, str) and bool(self._unit.many([row_key(self._kind, id)]))

    def __iter__(self) -> Iterator[str]:
        """Go through ids, for a sentence that names some."""
        known = self._unit.records.store.ids(self._unit.tenant, self._kind)
        return iter(sorted({*known, *self._more}))

    def __len__(self) -> int:
        """Count what iterating would yield."""
        return sum(1 for _ in self)


class Kept(Mapping[str, D]):
    """The templates, or pipelines, that are saved, or are about to be: read one by one."""

    def __init__(self, unit: Unit, kind: str, more: Iterable[D]) -> None:
        self._unit, self._kind = unit, kind
        self._more = {one.id: one for one in more}
        self._ids = KeptIds(unit, kind, self._more)

    def __getitem__(self, id: str) -> D:
        if id not in self._more:
            key = row_key(self._kind, id)
            self._more[id] = self._unit.many([key])[key].value
        return self._more[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
