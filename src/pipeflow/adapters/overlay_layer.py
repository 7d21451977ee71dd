"""What a branch knows of its parent: what it has looked at, and what it took over."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime

from ..errors import MovedOnError
from ..model.events import Chapter
from ..ports.due import DueState, Standing
from ..ports.rows import RowKey, Stored
from ..ports.services import Clock
from ..ports.store import Branchable, Place
from .memory_queue import DueQueue
from .memory_schedule import Row

__all__ = ["Layer"]


class Layer:
    """Where the branch of a tenant stands towards its parent. Whoever calls it holds the lock."""

    __slots__ = (
        "_edition", "ended", "erased", "held", "known", "over", "place", "seen", "silenced",
        "taken", "took_unsettled",
    )  # fmt: skip

    def __init__(self) -> None:
        """Begin with nothing looked at."""
        self.seen: dict[RowKey, int] = {}  # the versions of rows that were looked at; 0: absent
        self.known: dict[RowKey, Stored | None] = {}  # rows that are so while the parent stands so
        self._edition: Hashable = None  # in which they were looked at
        self.taken: set[str] = set()  # keys of due rows that are the branch's own from then on
        self.held: dict[str, datetime] = {}  # of these, until when somebody has them in hand
        self.over: set[str] = set()  # keys of due rows that were looked at and are over there
        self.took_unsettled = False
        self.place: Place | None = None  # as far as waiting rows were taken over
        self.ended = False  # whether all of them were
        self.erased: set[RowKey] = set()  # whose chapters of the parent are told no more
        self.silenced: set[Chapter] = set()  # and these chapters themselves

    def look(self, parent: Branchable, tenant: str, keys: Iterable[RowKey]) -> dict[RowKey, Stored]:
        """Look rows up in the parent, unless it stands as it did, and note what there was.

        Raises:
            MovedOnError: The parent has written a row since the branch looked at it first.
        """
        edition, known, keys = parent.edition(tenant), self.known, tuple(keys)
        if edition is None or edition != self._edition:  # None: who knows
            self._edition = edition
            known.clear()
        if strangers := [key for key in keys if key not in known]:
            self.note(strangers, parent.read(tenant, strangers).rows)
        return {key: stored for key in keys if (stored := known[key]) is not None}

    def look_again(self, parent: Branchable, tenant: str, keys: Iterable[RowKey]) -> None:
        """Make sure that rows which were looked at are as they were, also those written since.

        Raises:
            MovedOnError: The parent has written one of them.
        """
        if met := {*keys} & self.seen.keys():
            self.look(parent, tenant, met)

    def note(self, keys: Iterable[RowKey], found: Mapping[RowKey, Stored]) -> None:
        """Note what was looked at in the parent.

        Raises:
            MovedOnError: The parent has written a row since the branch looked at it first.
        """
        seen = self.seen
        for key in keys:
            stored = found.get(key)
            version = 0 if stored is None else stored.version
            known = seen.setdefault(key, version)
            if known != version:
                was = f"at version {known}" if known else "not there"
                now = f"at version {version}" if version else "not there"
                kind = key.kind.removesuffix("_state")  # of a schedule
                what = f"{kind} {key.id!r}" if key.id else f"what the {kind} has saved"
                raise MovedOnError(
                    f"the firm moved on under its branch: {what} was {was} when the "
                    f"branch looked first, and is {now}; make a new branch with engine.what_if()"
                )
            self.known[key] = stored

    def reaches(self, row: Standing) -> bool:
        """Tell whether all rows that wait were taken over up to one, which does too."""
        return self.place is not None and (row.at, row.due.no, row.due.key) <= self.place

    def take(self, queue: DueQueue, rows: Iterable[Standing], clock: Clock) -> None:
        """Let due rows of the parent be the branch's own, unless they are already."""
        for standing in rows:
            key = standing.due.key
            if key not in self.taken:
                row = _row_of(standing, clock)
                queue.take_in(row, tried=standing.tried)
                self.taken.add(key)
                if row.until is not None and row.state is DueState.LEASED:
                    self.held[key] = row.until


def _row_of(standing: Standing, clock: Clock) -> Row:
    """Return a row as the parent has it; a lease lasts as long as it would have there."""
    row = Row(standing.due, standing.at)
    row.at, row.state, row.token = standing.at, standing.state, standing.token
    row.until = None if standing.left is None else clock.now() + standing.left
    row.called, row.attempt, row.error = standing.called, standing.attempt, standing.error
    row.withdrawn = standing.withdrawn
    return row
