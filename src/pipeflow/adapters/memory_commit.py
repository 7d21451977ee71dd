"""Commits to the memory store: checked as a whole, then published, once and for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..errors import ConflictError, DuplicateCommandError, LeaseLostError, StoreError
from ..model.events import Chapter
from ..ports.due import DueState, Settle
from ..ports.rows import Changes, RowKey, Stored
from .memory_feed import Feed
from .memory_schedule import Row
from .memory_tenant import Tenant

__all__ = ["Publication", "Restoration", "check"]

LEASED = DueState.LEASED
ABSENT = Stored(0, None)
_new = tuple.__new__  # makes a pair of version and value the quickest way


class Publication:
    """A commit that was checked, ready to be published; publishing it twice is like once.

    So an interrupt tears nothing: whoever comes next ends what was begun.
    """

    __slots__ = ("_changes", "_ends", "_feed", "_held", "_now", "_place")

    def __init__(self, held: Tenant, changes: Changes, feed: Feed, now: datetime) -> None:
        """Note where everything goes; leases count from *now*, by the store's clock."""
        self._held, self._changes, self._feed, self._now = held, changes, feed, now
        self._place, logs = len(feed.chapters), held.logs
        self._ends = [len(logs[kind].get(id, ())) for kind, id in changes.log]

    def publish(self) -> None:
        """Write everything, in place."""
        held, changes = self._held, self._changes
        expect, kinds, indexes, queue = changes.expect, held.rows, held.indexes, held.queue
        for key, value in changes.puts.items():
            kind, id = key
            version = expect[key] or held.welcome(kind, id)
            kinds[kind][id] = _new(Stored, (version + 1, value))
            if kind in indexes:
                indexes[kind].marked[id] = None
        if changes.log:
            self._log()
        for due in changes.dues:
            queue.add(due, self._now)
        if changes.settles:
            queue.settle(changes.settles, self._instant)
        if changes.deletes or changes.cancels or changes.withdraws or changes.requeues:
            self._take_back()
        if changes.command_id is not None:
            held.remember(changes.command_id, (Stored(1, changes.result), self._instant))

    @property
    def _instant(self) -> datetime:
        """When the command was carried out, which is what pruning goes by."""
        return self._changes.at or self._now

    def _log(self) -> None:
        held, changes, logs = self._held, self._changes, self._held.logs
        log = changes.log.items()
        for end, ((kind, id), chapters) in zip(self._ends, log, strict=True):
            if end:
                logs[kind][id][end:] = chapters
            else:
                logs.of(kind)[id] = [*chapters]
        self._feed.write(self._place, changes.tenant, held.places, log)

    def _take_back(self) -> None:
        """Take away rows, and let due rows be over or be tried again."""
        held, changes, instant = self._held, self._changes, self._instant
        for key in changes.deletes:
            held.delete(key)
        if changes.cancels:
            held.queue.cancel(changes.cancels, instant)
        for withdrawal in changes.withdraws:
            held.queue.withdraw(withdrawal.key, instant)
        for again in changes.requeues:
            held.queue.requeue(again)


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
        self._feed, self._place, self._tenants = feed, len(feed.chapters), tenants

    def publish(self) -> None:
        """Put the tenant in its place."""
        log = [(key, (chapter,)) for key, chapter in self._entries]
        self._feed.write(self._place, self._name, self._held.places, log)
        self._tenants[self._name] = self._held


def check(held: Tenant, changes: Changes, now: datetime) -> None:
    """Refuse a commit that does not go with what a tenant has."""
    if changes.command_id is not None:
        known = held.commands.get(changes.command_id)
        if known is not None:
            raise DuplicateCommandError(changes.command_id, known[0].value)
    expect, kinds = changes.expect, held.rows
    for (kind, id), version in expect.items():
        there = kinds[kind].get(id, ABSENT)[0]
        if there != version:
            raise ConflictError(f"{kind} {id!r} is at version {there}, not {version}")
    if changes.deletes or not changes.puts.keys() <= expect.keys():
        _refuse_strangers(changes)
    if changes.settles:
        _check_settles(held.queue.rows, changes.settles)
    if changes.withdraws or changes.requeues or changes.none:
        _check_rare(held, changes, now)


def _refuse_strangers(changes: Changes) -> None:
    """Refuse to write rows whose version nobody said."""
    strangers = {*changes.puts, *changes.deletes} - changes.expect.keys()
    if strangers:
        told = ", ".join(f"{kind} {id!r}" for kind, id in sorted(strangers))
        raise StoreError(f"{told}: written, and no version of it is expected")


def _check_settles(rows: Mapping[str, Row], settles: tuple[Settle, ...]) -> None:
    """Refuse what somebody else took over, and what is settled twice."""
    for settle in settles:
        row = rows.get(settle.key)
        if row is None or row.token != settle.token:
            raise LeaseLostError(f"due row {settle.key!r} is no longer held")
    if len(settles) > 1 and len({settle.key for settle in settles}) < len(settles):
        raise StoreError("a due row can be settled once in a commit, not twice")


def _check_rare(held: Tenant, changes: Changes, now: datetime) -> None:
    """Check what few commits ask: that rows are in the hands that they were in, or not there."""
    rows = held.queue.rows
    if changes.withdraws or changes.requeues:
        held.queue.expire(now)
    for key, was_held in changes.withdraws:
        if key not in rows or (rows[key].state is LEASED) is not was_held:
            raise ConflictError(f"due row {key!r} changed hands")
    for again in changes.requeues:
        if again.key not in rows or rows[again.key].state is LEASED:
            raise ConflictError(f"due row {again.key!r} can not be tried again just now")
    for query in changes.none:
        if next(iter(held.fitting(query)), None) is not None:
            raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")
