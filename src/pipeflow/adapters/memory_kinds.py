"""What the memory store keeps of each row, by kind and id."""

from __future__ import annotations

from typing import Generic, TypeVar

from ..ports.rows import RowKey

__all__ = ["ByKind"]

T = TypeVar("T")


class ByKind(dict[str, dict[str, T]], Generic[T]):
    """Something of each row, by kind and id; a kind of which nothing is kept looks empty."""

    __slots__ = ()

    def __missing__(self, kind: str) -> dict[str, T]:
        """Return nothing, which is not kept."""
        return {}

    def of(self, kind: str) -> dict[str, T]:
        """Return what is kept of a kind, to write there."""
        return self.setdefault(kind, {})

    def flat(self) -> dict[RowKey, T]:
        """Return everything by its key, in order."""
        return {
            RowKey(kind, id): self[kind][id] for kind in sorted(self) for id in sorted(self[kind])
        }
