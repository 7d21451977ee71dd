"""The past of a job: its chapters, the newest first, read as far back as somebody looks."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.events import Chapter
from ..ports.rows import RowKey
from ..ports.store import Store

__all__ = ["Past"]

FEW = 25  # chapters that are read at first; then as many again as were read before


class Past:
    """May be gone through several times; what was read once is not read again."""

    def __init__(self, store: Store, tenant: str, key: RowKey) -> None:
        """Take whose past it is; nothing is read yet."""
        self._store = store
        self._tenant = tenant
        self._key = key
        self._read: list[Chapter] = []
        self._after: str | None = None
        self._is_whole = False

    def __iter__(self) -> Iterator[Chapter]:
        """Yield the chapters, the newest first."""
        told = 0
        while told < len(self._read) or self._read_on():
            yield self._read[told]
            told += 1

    def _read_on(self) -> bool:
        """Read further back; False: there is no more."""
        if self._is_whole:
            return False
        many = max(FEW, len(self._read))
        page = self._store.history(
            self._tenant, self._key, after=self._after, newest=True, limit=many
        )
        self._read += page.rows
        self._after, self._is_whole = page.next, page.next is None
        return bool(page.rows)
