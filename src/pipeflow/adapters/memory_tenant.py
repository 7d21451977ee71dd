"""What the memory store has of a tenant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..ports.rows import Query, RowKey, Stored
from ..ports.terms import FIELDS
from .memory_ages import Ages
from .memory_feed import Feed, Places
from .memory_index import Index
from .memory_kinds import ByKind
from .memory_queue import DueQueue

__all__ = ["Known", "Tenant"]

# What a command answered, and when it was carried out.
Known = tuple[Stored, datetime]


class Tenant:
    """Everything of one tenant. Whoever calls it holds the store's lock."""

    __slots__ = (
        "_ages",
        "commands",
        "edition",
        "gone",
        "indexes",
        "places",
        "queue",
        "rows",
        "steady",
    )

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: ByKind[Stored] = ByKind()
        self.indexes: dict[str, Index] = {}  # of the kinds that somebody asked for by terms
        self.steady: dict[str, list[str]] = {}  # sorted ids of a kind, until one comes or goes
        self.gone: dict[RowKey, int] = {}  # the last version of what was deleted
        self.places = Places()  # of its chapters in the feed
        self.commands: dict[str, Known] = {}
        self._ages = Ages()  # of commands
        self.queue = DueQueue()
        self.edition = 0  # another one whenever something was written

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        queue = self.queue
        rows, chapters = any(self.rows.values()), any(self.places.of_rows.values())
        return not (rows or self.gone or chapters or self.commands or queue.rows or [*queue.ages])

    def sorted_ids(self, kind: str) -> list[str]:
        """Return the ids of a kind, in order; they are sorted again only where one came or went."""
        found = self.steady.get(kind)
        if found is None:
            found = self.steady[kind] = sorted(self.rows[kind])
        return found

    def fitting(self, query: Query) -> Iterable[str]:
        """Return the ids of the rows that a query means, in no order."""
        if not query.where:
            return self.rows[query.kind]
        index = self.index(query.kind)
        return index.ids(query) if index is not None else ()

    def index(self, kind: str) -> Index | None:
        """Return the index of a kind, made when somebody asks first; None: it has no terms."""
        if kind not in self.indexes and kind in FIELDS:
            self.indexes[kind] = Index(self.rows.of(kind))
        return self.indexes.get(kind)

    def welcome(self, kind: str, id: str) -> int:
        """Make room for a row that was not there; return the last version that it ever had."""
        self.steady.pop(kind, None)
        self.rows.of(kind)
        return self.gone.get(RowKey(kind, id), 0) if self.gone else 0

    def take_in(self, key: RowKey, stored: Stored) -> None:
        """Have a row as another store has it."""
        kind, id = key
        self.steady.pop(kind, None)
        self.rows.of(kind)[id] = stored
        if kind in self.indexes:
            self.indexes[kind].mark(id)

    def delete(self, key: RowKey) -> None:
        """Take a row away, and remember its version."""
        kind, id = key
        stored = self.rows[kind].get(id)
        if stored is not None:
            self.gone[key] = stored.version
            self.steady.pop(kind, None)
            del self.rows[kind][id]
        if kind in self.indexes:
            self.indexes[kind].mark(id)

    def answer(self, id: str) -> Stored | None:
        """Return what a command answered, or None."""
        known = self.commands.get(id)
        return None if known is None else known[0]

    def remember(self, id: str, known: Known) -> None:
        """Remember what a command answered."""
        if id not in self.commands:
            self._ages.add(known[1], (id,))
            self.commands[id] = known

    def prune(self, before: datetime) -> int:
        """Forget what was over, and carried out, before an instant; return how much."""
        old, count = self._ages.before(before), self.queue.prune(before)
        for id in old:
            count += self.commands.pop(id, None) is not None
        if old:
            self._ages.drop(len(old))
        return count

    def dump(self, feed: Feed) -> dict[str, Any]:
        """Return everything as plain structures."""
        chapters = feed.chapters
        return {
            "rows": self.rows.flat(),
            "gone": dict(sorted(self.gone.items())),
            "logs": {
                key: tuple(chapters[place] for place in places)
                for key, places in self.places.of_rows.flat().items()
            },
            "commands": {id: known for id, (known, _) in self.commands.items()},
            "dues": {key: row.parked() for key, row in self.queue.rows.items()},
            "over": {key: (over.state, over.job) for key, over in self.queue.over.items()},
        }
