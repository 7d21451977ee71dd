"""Commits to the memory store: checked as a whole, then published, once and for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from ..errors import ConflictError, DuplicateCommandError
from ..ports.due import DueState
from ..ports.rows import Changes, Query, RowKey, Stored
from ..ports.services import Clock
from ..ports.terms import fits
from .commit_mistakes import refuse_unexpected
from .memory_feed import Feed
from .memory_queue import Answers
from .memory_tenant import Tenant

__all__ = ["checked", "stands"]

LEASED = DueState.LEASED
ABSENT = Stored(0, None)
_new = tuple.__new__  # makes a pair of version and value the quickest way


def checked(
    held: Tenant, changes: Changes, expect: Mapping[RowKey, int], feed: Feed, clock: Clock
) -> Callable[[], None]:
    """Return what publishes a commit, once it is sure that it goes with what its tenant has."""
    if changes.command_id is not None:
        known = held.answer(changes.command_id)
        if known is not None:
            raise DuplicateCommandError(changes.command_id, known.value)
    kinds = held.rows
    for (kind, id), version in expect.items():
        if kinds[kind].get(id, ABSENT)[0] != version:
            there = kinds[kind].get(id, ABSENT)[0]
            raise ConflictError(f"{kind} {id!r} is at version {there}, not {version}")
    rare = changes.withdraws or changes.cancels or _asks_again(changes) or _takes_away(changes)
    if rare or not changes.puts.keys() <= expect.keys():
        refuse_unexpected(changes)
    answers = held.queue.answers(changes.settles) if changes.settles else None
    now = changes.at
    if now is None or changes.dues or rare:
        now = clock.now()
    if rare or changes.none:
        _check_rare(held, changes, now)
    return partial(_publish, held, changes, expect, feed, len(feed.chapters), now, answers, rare)


def _asks_again(changes: Changes) -> object:
    """Tell whether any due row is to be tried (again)."""
    return changes.requeues or changes.wanted


def _takes_away(changes: Changes) -> object:
    """Tell whether anything is deleted, with all that belongs to it."""
    return changes.deletes or changes.erases or changes.cancels_of or changes.tombs


def _check_rare(held: Tenant, changes: Changes, now: datetime) -> None:
    """Check what few commits ask: that rows are in the hands that they were in, or not there."""
    rows = held.queue.rows
    if changes.withdraws or _asks_again(changes):
        held.queue.expire(now)
    for key, was_held in changes.withdraws:
        if key not in rows or (rows[key].state is LEASED) is not was_held:
            raise ConflictError(f"due row {key!r} changed hands")
    for again in changes.requeues:
        if again.key not in rows or rows[again.key].state is LEASED:
            raise ConflictError(f"due row {again.key!r} cannot be tried again just now")
    for key in changes.wanted:
        if key not in rows:
            raise ConflictError(f"due row {key!r} is over, and cannot be wanted again")
    for query in changes.none:
        written = {*changes.deletes, *changes.puts}
        if stands(changes, query) or any(
            (query.kind, id) not in written for id in held.fitting(query)
        ):
            raise ConflictError(f"there is a {query.kind} of {query.where}, and must be none")


def stands(changes: Changes, query: Query) -> bool:
    """Tell whether a commit itself writes a row that a query means."""
    return any(
        kind == query.kind and fits(value, query) for (kind, _), value in changes.puts.items()
    )


def _publish(
    held: Tenant,
    changes: Changes,
    expect: Mapping[RowKey, int],
    feed: Feed,
    place: int,
    now: datetime,
    answers: Answers | None,
    rare: object,
) -> None:
    """Write everything; to do it twice is like once.

    So an interrupt tears nothing: whoever comes next ends what was begun.

    Args:
        held: What the tenant has.
        changes: What is written.
        expect: At which versions its rows were.
        feed: Of which its chapters become part.
        place: Where they begin there.
        now: By the store's clock; leases count from here.
        answers: What its settles come to.
        rare: Whether it takes anything back.
    """
    kinds, indexes, queue = held.rows, held.indexes, held.queue
    held.edition += 1
    for key, value in changes.puts.items():
        kind, id = key
        version = expect[key] or held.welcome(kind, id)
        kinds[kind][id] = _new(Stored, (version + 1, value))
        if kind in indexes:
            indexes[kind].mark(id)
    if changes.erases:
        feed.erase(held.places, changes.erases)
    if changes.log:
        feed.write(place, changes.tenant, held.places, changes.log.items())
    if changes.dues:
        queue.add(changes.dues, now)
    if answers is not None:
        queue.settle(answers, changes.at or now)
    if rare:
        _take_back(held, changes, changes.at or now)
    if changes.command_id is not None:
        held.remember(changes.command_id, (Stored(1, changes.result), changes.at or now))


def _take_back(held: Tenant, changes: Changes, instant: datetime) -> None:
    """Take away rows, and let due rows be over or be tried again."""
    for key in changes.deletes:
        held.delete(key)
    if changes.cancels:
        held.queue.cancel(changes.cancels, instant)
    if changes.cancels_of:
        held.queue.cancel_of(changes.cancels_of, instant)
    for tomb in changes.tombs:
        held.queue.bury(tomb, instant)
    for withdrawal in changes.withdraws:
        held.queue.withdraw(withdrawal.key, instant)
    for again in changes.requeues:
        held.queue.requeue(again)
    for wanted in changes.wanted:
        held.queue.want(wanted)
