"""What the memory store has of a tenant, and how a commit is published in it, once and for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ..model.events import Chapter
from ..ports.rows import Changes, RowKey, Stored
from .memory_ages import Ages
from .memory_feed import Feed, Places
from .memory_index import Index
from .memory_queue import DueQueue

_new = tuple.__new__  # makes a pair of version and value the quickest way

__all__ = ["Known", "Publication", "Restoration", "Tenant"]

# What a command answered, and when it was carried out.
Known = tuple[Stored, datetime]


class Tenant:
    """Everything of one tenant. Whoever calls it holds the store's lock."""

    __slots__ = (
        "_ages",
        "commands",
        "gone",
        "indexes",
        "logs",
        "places",
        "queue",
        "rows",
        "steady",
    )

    def __init__(self) -> None:
        """Begin empty; the kinds that have terms are indexed from the start."""
        self.rows: dict[str, dict[str, Stored]] = {"job": {}, "account": {}}
        self.indexes = {kind: Index(_value_of(rows)) for kind, rows in self.rows.items()}
        self.steady: dict[str, list[str]] = {}  # sorted ids of a kind, until one comes or goes
        self.gone: dict[RowKey, int] = {}  # the last version of what was deleted
        self.logs: dict[RowKey, list[Chapter]] = {}
        self.places = Places()  # of its chapters in the feed
        self.commands: dict[str, Known] = {}
        self._ages = Ages()  # of commands
        self.queue = DueQueue()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        queue = self.queue
        rows = any(self.rows.values())
        return not (rows or self.gone or self.logs or self.commands or queue.rows or [*queue.ages])

    def row(self, key: RowKey) -> Stored | None:
        """Return a row, or None."""
        rows = self.rows.get(key[0])
        return rows.get(key[1]) if rows is not None else None

    def sorted_ids(self, kind: str) -> list[str]:
        """Return the ids of a kind, in order; they are sorted again only where one came or went."""
        found = self.steady.get(kind)
        if found is None:
            found = self.steady[kind] = sorted(self.rows.get(kind, ()))
        return found

    def remember(self, id: str, known: Known) -> None:
        """Remember what a command answered."""
        if id not in self.commands:
            self._ages.add(known[1], id)
            self.commands[id] = known

    def prune(self, before: datetime) -> int:
        """Forget what was over, and carried out, before an instant; return how much."""
        old, count = self._ages.before(before), self.queue.prune(before)
        for id in old:
            count += self.commands.pop(id, None) is not None
        if old:
            self._ages.drop(len(old))
        return count

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures."""
        rows = {RowKey(kind, id): row for kind, ids in self.rows.items() for id, row in ids.items()}
        return {
            "rows": dict(sorted(rows.items())),
            "gone": dict(sorted(self.gone.items())),
            "logs": {key: tuple(log) for key, log in self.logs.items()},
            "commands": {id: known for id, (known, _) in self.commands.items()},
            "dues": {key: row.parked() for key, row in self.queue.rows.items()},
            "over": {key: (over.state, over.job) for key, over in self.queue.over.items()},
        }


def _value_of(rows: dict[str, Stored]) -> Callable[[str], Any]:
    def value(id: str) -> Any:
        stored = rows.get(id)
        return None if stored is None else stored.value

    return value


class Publication:
    """A commit that was checked, ready to be published; publishing it twice is like once.

    So an interrupt tears nothing: whoever comes next ends what was begun.
    """

    __slots__ = ("_changes", "_ends", "_feed", "_held", "_now", "_place", "_places")

    def __init__(self, held: Tenant, changes: Changes, feed: Feed, now: datetime) -> None:
        """Note where everything goes; leases count from *now*, by the store's clock."""
        self._held, self._changes, self._feed, self._now = held, changes, feed, now
        self._place, self._places = len(feed), len(held.places.places)
        logs = held.logs
        self._ends = [len(logs[key]) if key in logs else 0 for key in changes.log]

    def publish(self) -> None:
        """Write everything, in place."""
        held, changes = self._held, self._changes
        expect, kinds, indexes = changes.expect, held.rows, held.indexes
        for key, value in changes.puts.items():
            kind, id = key
            version = expect[key]
            if not version:
                version = held.gone.get(key, 0)
                held.steady.pop(kind, None)
                if kind not in kinds:
                    kinds[kind] = {}
            kinds[kind][id] = _new(Stored, (version + 1, value))
            if kind in indexes:
                indexes[kind].marked[id] = None
        if changes.log:
            self._log()
        if changes.dues or changes.settles:
            self._go_on()
        if changes.deletes or changes.cancels or changes.withdraws or changes.requeues:
            self._take_back()
        if changes.command_id is not None:
            held.remember(changes.command_id, (Stored(1, changes.result), self._instant))

    @property
    def _instant(self) -> datetime:
        """When the command was carried out, which is what pruning goes by."""
        return self._changes.at or self._now

    def _log(self) -> None:
        held, log, logs = self._held, self._changes.log, self._held.logs
        for end, (key, chapters) in zip(self._ends, log.items(), strict=True):
            if end:
                logs[key][end:] = chapters
            else:
                logs[key] = [*chapters]
        self._feed.write(self._place, self._places, self._changes.tenant, held.places, log.items())

    def _go_on(self) -> None:
        """Add due rows, and note what became of others."""
        queue, now, instant = self._held.queue, self._now, self._instant
        for due in self._changes.dues:
            queue.add(due, None if due.lease is None else now + due.lease)
        for settle in self._changes.settles:
            queue.settle(settle, instant)

    def _take_back(self) -> None:
        """Take away rows, and let due rows be over or be tried again."""
        queue, changes, instant = self._held.queue, self._changes, self._instant
        if changes.deletes:
            self._delete()
        if changes.cancels:
            queue.cancel(changes.cancels, instant)
        for withdrawal in changes.withdraws:
            queue.withdraw(withdrawal.key, instant)
        for again in changes.requeues:
            queue.requeue(again)

    def _delete(self) -> None:
        held = self._held
        for key in self._changes.deletes:
            stored = held.row(key)
            if stored is not None:
                held.gone[key] = stored.version
                held.steady.pop(key[0], None)
                del held.rows[key[0]][key[1]]
            if key[0] in held.indexes:
                held.indexes[key[0]].marked[key[1]] = None


class Restoration:
    """A tenant that was read from an export, ready to be published as a commit is."""

    __slots__ = ("_entries", "_feed", "_held", "_name", "_place", "_tenants")

    def __init__(
        self,
        name: str,
        held: Tenant,
        entries: Iterable[tuple[RowKey, Chapter]],
        feed: Feed,
        tenants: dict[str, Tenant],
    ) -> None:
        """Note where everything goes."""
        self._name, self._held, self._entries = name, held, entries
        self._feed, self._place, self._tenants = feed, len(feed), tenants

    def publish(self) -> None:
        """Put the tenant in its place."""
        log = [(key, (chapter,)) for key, chapter in self._entries]
        self._feed.write(self._place, 0, self._name, self._held.places, log)
        self._tenants[self._name] = self._held
