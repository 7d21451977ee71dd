"""Terms: by what a row is found, the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from ..model.accounts import Account
from ..model.items import ItemKind, ItemState
from ..model.jobs import Job
from ..model.work import AUTOMATION, Side, heading, is_under_way, side_of
from .rows import Query, Wanted

__all__ = ["FIELDS", "UNDATED", "fits", "has_term", "instant_term", "latest_first", "terms_of"]

PENDING, TEAM, MESSAGE = ItemState.PENDING, Side.TEAM, ItemKind.MESSAGE
BASE = 11 * 10**11  # so that instants of all years have as many digits
BEHIND = 3 * 10**12  # from which instants are taken off where the latest is to come first
UNDATED = "~"  # the term of open work without a date; it comes behind all dates


def instant_term(at: datetime) -> str:
    """Return an instant as a term, to the second; terms of earlier instants come first.

    Whoever writes a job waits for it, and a date in words takes four times as long.
    """
    return str(int(at.timestamp() + BASE))


def latest_first(at: datetime) -> str:
    """Return an instant as a term, to the second; terms of later instants come first."""
    return str(BEHIND - int(at.timestamp() + BASE))


def _job_terms(job: Job) -> Iterator[tuple[str, str]]:
    yield "account", job.account
    yield "pipeline", job.pipeline
    yield "stage", job.stage
    yield "status", job.status
    yield "priority", job.priority
    yield "entered", instant_term(job.entered)
    for member in job.assignees:
        yield "assignee", member
    if job.due is not None:
        yield "due", job.due.isoformat()
    if job.start is not None:
        yield "start", job.start.isoformat()
    thread, fires = None, False
    for item in job.items:
        if item.assignees and item.state is PENDING:
            for member in item.assignees - job.assignees:
                yield "worker", member
        if item.kind is MESSAGE and item.is_open_thread:
            thread = item
        if item.reminders is not None and item.reminders.then:
            fires = fires or item.still_fires is not None
    if thread is not None:
        yield "thread", latest_first(thread.created)
    if fires:
        yield "then", "yes"
    if job.blocked:
        yield "blocked", "yes"
    if is_under_way(job):
        yield "since", instant_term(job.entered)
        if job.due is not None:
            yield "deadline", job.due.isoformat()
        yield from _work_terms(job)


def _work_terms(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the terms of what is open in a job: what it is, which members must act, until when."""
    if job.blocked:
        yield "work", AUTOMATION
        yield "work_due", UNDATED
        for member in job.assignees:
            yield "work_member", member
    for item in job.items:
        if (side := side_of(item)) is not None:
            yield "work", heading(item.kind, side)
            yield "work_due", UNDATED if item.due is None else item.due.isoformat()
            if side is TEAM:
                for member in item.assignees or job.assignees:
                    yield "work_member", member


def _account_terms(account: Account) -> Iterator[tuple[str, str]]:
    yield "name", account.name.casefold()
    for tag in account.tags:
        yield "tag", tag
    for member in account.access:
        yield "member", member
    for filling in account.roles.values():
        for member in filling:
            yield "member", member


_TERMS: dict[type, Callable[[Any], Iterator[tuple[str, str]]]] = {
    Job: _job_terms,
    Account: _account_terms,
}

# The fields by which rows of each kind can be asked for. Jobs have those from `since` on only
# while they are neither completed nor archived, so that what is asked of the work that there is
# costs nothing for the work that there was. `entered` says what `since` does, of every job: all
# that are in a stage have their place by it.
FIELDS = {
    "job": (
        "account", "pipeline", "stage", "status", "priority", "entered", "assignee", "due", "start",
        "blocked", "worker", "thread", "then", "since", "deadline", "work", "work_member",
        "work_due",
    ),
    "account": ("name", "tag", "member"),
}  # fmt: skip


def terms_of(value: Any) -> frozenset[tuple[str, str]]:
    """Return the terms of a row's value: pairs of a field and what it holds there."""
    found = _TERMS.get(type(value))
    return frozenset(found(value)) if found is not None else frozenset()


def fits(value: Any, query: Query) -> bool:
    """Tell whether a row of this value is one of those that a query means, if it is of its kind."""
    terms = terms_of(value)
    return all(has_term(terms, *pair) for pair in query.where)


def has_term(terms: AbstractSet[tuple[str, str]], field: str, wanted: Wanted) -> bool:
    """Tell whether a row of these terms fits what one field must be."""
    if isinstance(wanted, str):
        return (field, wanted) in terms
    if isinstance(wanted, tuple):
        return any((field, one) in terms for one in wanted)
    return any(name == field and wanted.holds(term) for name, term in terms)
