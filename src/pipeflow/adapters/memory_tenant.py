"""What the memory store has of a tenant, and how a commit is published in it, once and for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..model.events import Chapter
from ..ports.rows import Changes, RowKey, Stored
from .memory_index import Index
from .memory_queue import DueQueue, lease_end

__all__ = ["INDEXED", "Publication", "Tenant"]

INDEXED = frozenset({"job", "account"})  # the kinds that have terms


class Tenant:
    """Everything of one tenant."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Stored]] = {}
        self.gone: dict[RowKey, int] = {}  # the last version of what was deleted
        self.logs: dict[RowKey, list[Chapter]] = {}
        self.commands: dict[str, tuple[Stored, datetime | None]] = {}
        self.queue = DueQueue()
        self.indexes = {kind: Index(self._values_of(kind)) for kind in INDEXED}

    def _values_of(self, kind: str) -> Any:
        rows = self.rows[kind] = {}

        def value(id: str) -> Any:
            stored = rows.get(id)
            return None if stored is None else stored.value

        return value

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept."""
        queue = self.queue
        return not (
            any(self.rows.values()) or self.commands or queue.rows or any(queue.over.values())
        )

    def dump(self) -> dict[str, Any]:
        """Return everything as plain structures."""
        rows = {
            RowKey(kind, id): stored
            for kind, found in self.rows.items()
            for id, stored in found.items()
        }
        return {
            "rows": dict(sorted(rows.items())),
            "logs": {key: tuple(log) for key, log in self.logs.items() if log},
            "commands": {id: known for id, (known, _) in self.commands.items()},
            "dues": {key: row.parked() for key, row in self.queue.rows.items()},
            "over": {state.value: dict(keys) for state, keys in self.queue.over.items()},
        }

    def row(self, key: RowKey) -> Stored | None:
        rows = self.rows.get(key[0])
        return rows.get(key[1]) if rows is not None else None


class Publication:
    """A commit that was checked, ready to be published; publishing it twice is like once.

    So an interrupt tears nothing: whoever comes next ends what was begun.
    """

    __slots__ = ("_changes", "_feed", "_held", "_logs", "_now", "_place", "_versions")

    def __init__(
        self,
        held: Tenant,
        changes: Changes,
        feed: list[tuple[str, Chapter]],
        now: datetime | None,
    ) -> None:
        self._held, self._changes, self._now = held, changes, now
        self._feed, self._place = feed, len(feed)
        gone = held.gone
        self._versions = (
            {key: gone.get(key, 0) for key in changes.puts if not changes.expect[key]}
            if gone
            else {}
        )
        logs = held.logs
        self._logs = [(log := logs.setdefault(key, []), len(log)) for key in changes.log]

    def publish(self) -> None:
        held, changes = self._held, self._changes
        expect, versions = changes.expect, self._versions
        for key, value in changes.puts.items():
            kind, id = key
            rows = held.rows.get(kind)
            if rows is None:
                rows = held.rows[kind] = {}
            version = expect[key] or versions.get(key, 0)
            rows[id] = Stored(version + 1, value)
            if kind in INDEXED:
                held.indexes[kind].mark(id)
        if changes.log:
            chapters = changes.log.values()
            for (log, place), written in zip(self._logs, chapters, strict=True):
                log[place:] = written
            tenant = changes.tenant
            self._feed[self._place :] = [(tenant, one) for written in chapters for one in written]
        if changes.deletes:
            self._delete()
        self._publish_dues()
        if changes.command_id is not None:
            held.commands[changes.command_id] = (Stored(1, changes.result), changes.at)

    def _delete(self) -> None:
        held = self._held
        for key in self._changes.deletes:
            stored = held.row(key)
            if stored is not None:
                held.gone[key] = stored.version
                del held.rows[key[0]][key[1]]
            if key[0] in INDEXED:
                held.indexes[key[0]].mark(key[1])

    def _publish_dues(self) -> None:
        queue, changes, now = self._held.queue, self._changes, self._now
        if changes.dues and now is not None:
            for due in changes.dues:
                queue.add(due, lease_end(now, due.lease))
        if changes.cancels:
            queue.cancel(changes.cancels)
        for key, _ in changes.withdraws:
            queue.withdraw(key)
        for again in changes.requeues:
            queue.requeue(again)
        for settle in changes.settles:
            queue.settle(settle)
