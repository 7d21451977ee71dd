"""The latest: what was written or read last is at hand, as much of it as there is room for."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from .forms import Writer

__all__ = ["Latest", "LatestTexts"]

K = TypeVar("K")
V = TypeVar("V")

ROOM = 4_000_000  # characters of each half of what is kept at hand


class Latest(Generic[K, V]):
    """Things by their keys; those that were not asked for lately go when there is no room left."""

    __slots__ = ("_new", "_old", "_taken")

    def __init__(self) -> None:
        """Begin with none."""
        self._new: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._taken = 0

    def get(self, key: K) -> V | None:
        """Return the thing of a key, or None."""
        found = self._new.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self.keep(key, *found)
        return found[0]

    def keep(self, key: K, thing: V, size: int) -> None:
        """Keep a thing at hand; the older half goes when the newer one is full."""
        if self._taken > ROOM:
            self._old, self._new, self._taken = self._new, {}, 0
        self._new[key] = (thing, size)
        self._taken += size


class LatestTexts:
    """The texts of the latest values, each written once as long as it is at hand."""

    __slots__ = ("_texts", "_write")

    def __init__(self, write: Writer) -> None:
        """Begin with none; values do not change, so each is told by what it is."""
        self._write = write
        self._texts = Latest[int, tuple[Any, str]]()

    def text(self, value: Any) -> str:
        """Return the text of a value."""
        place = id(value)
        found = self._texts.get(place)
        if found is None or found[0] is not value:
            found = (value, self._write(value))
            self._texts.keep(place, found, len(found[1]))
        return found[1]
