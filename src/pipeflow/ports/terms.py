"""Terms: by what a row is found, the same in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..model.accounts import Account
from ..model.items import ItemState
from ..model.jobs import Job

__all__ = ["FIELDS", "terms_of"]

PENDING = ItemState.PENDING


def _job_terms(job: Job) -> Iterator[tuple[str, str]]:
    yield "account", job.account
    yield "pipeline", job.pipeline
    yield "stage", job.stage
    yield "status", job.status
    yield "priority", job.priority
    for member in job.assignees:
        yield "assignee", member
    if job.due is not None:
        yield "due", job.due.isoformat()
    if job.start is not None:
        yield "start", job.start.isoformat()
    for item in job.items:
        if item.assignees and item.state is PENDING:
            for member in item.assignees - job.assignees:
                yield "worker", member
    if job.blocked:
        yield "blocked", "yes"


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

# The fields by which rows of each kind can be asked for.
FIELDS = {
    "job": (
        "account", "pipeline", "stage", "status", "priority", "assignee", "due", "start", "blocked",
        "worker",
    ),
    "account": ("name", "tag", "member"),
}  # fmt: skip


def terms_of(value: Any) -> frozenset[tuple[str, str]]:
    """Return the terms of a row's value: pairs of a field and what it holds there."""
    found = _TERMS.get(type(value))
    return frozenset(found(value)) if found is not None else frozenset()
