"""Comparisons: of a job, or an account, as the firm has it with the same as a branch has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from ..model.accounts import Account
from ..model.events import FieldChange
from ..model.jobs import Job
from ..model.record import Plain, frozen
from ..model.values import FrozenMap
from .differences import AccountDiff, Fate, ItemDiff, JobDiff, SetChange

__all__ = ["Names", "account_diff", "fate_of", "job_diff"]

JOB_FIELDS = (
    "name", "priority", "start", "due", "description", "comments", "time_budget", "client_view",
    "status",
)  # fmt: skip
ACCOUNT_FIELDS = ("name", "type", "active", "language", "balance")


@frozen
class Names(Plain):
    """What the firm calls things: stages by pipeline and id, members and accounts by their ids."""

    stages: Mapping[tuple[str, str], str] = FrozenMap()
    pipelines: Mapping[str, str] = FrozenMap()
    members: Mapping[str, str] = FrozenMap()
    accounts: Mapping[str, str] = FrozenMap()

    def stage(self, job: Job | None) -> str:
        """Return what the stage is called in which a job is; "" where there is no job."""
        return "" if job is None else self.stages.get((job.pipeline, job.stage), job.stage)

    def people(self, ids: frozenset[str]) -> frozenset[str]:
        """Return what members are called."""
        return frozenset(self.members.get(one, one) for one in ids)


def fate_of(before: object, after: object) -> Fate:
    """Tell what becomes of a thing; None: there is none."""
    if before is None:
        return Fate.NEW
    return Fate.DELETED if after is None else Fate.CHANGED


def job_diff(
    job: Job, before: Job | None, after: Job | None, names: Names, requests: Mapping[str, int]
) -> JobDiff:
    """Compare a job of the firm with the same on a branch."""
    came = before is not None and after is not None and before.visit != after.visit
    return JobDiff(
        job.id,
        job.name,
        job.account,
        names.accounts.get(job.account, job.account),
        fate_of(before, after),
        names.stage(before),
        names.stage(after),
        came,
        () if before is None or after is None else tuple(_job_changes(before, after, names)),
        () if after is None else tuple(_items(before, after, names)),
        FrozenMap(dict(sorted(requests.items()))),
    )


def _job_changes(before: Job, after: Job, names: Names) -> Iterator[FieldChange | SetChange]:
    if before.pipeline != after.pipeline:
        was, will = (names.pipelines.get(one.pipeline, one.pipeline) for one in (before, after))
        yield FieldChange("pipeline", was, will)
    yield from _fields(before, after, JOB_FIELDS)
    if before.paused != after.paused:
        told = ("" if one.paused is None else one.paused or "yes" for one in (before, after))
        yield FieldChange("paused", *told)
    yield from _sets("assignees", before.assignees, after.assignees, names)
    failed = {one.key: one.automation for one in after.blocked}
    for key in failed.keys() - {one.key for one in before.blocked}:
        yield FieldChange("failed automation", "", failed[key])


def _items(before: Job | None, job: Job, names: Names) -> Iterator[ItemDiff]:
    """Compare the items of a job; it keeps all that it ever had, also those that were unlinked."""
    known = {} if before is None else {one.id: one for one in before.items}
    for item in job.items:
        was = known.get(item.id)
        if was == item:
            continue
        changes: list[FieldChange | SetChange] = []
        if was is not None:
            changes += _fields(was, item, ("due",))
            changes += _sets("assignees", was.assignees, item.assignees, names)
        state, reminded = (None, 0) if was is None else (was.state, was.reminded)
        diff = ItemDiff(
            item.id, item.name, state, item.state, tuple(changes), max(item.reminded - reminded, 0)
        )
        if was is None or [*diff.lines()]:
            yield diff


def account_diff(
    account: Account, before: Account | None, after: Account | None, names: Names
) -> AccountDiff:
    """Compare an account of the firm with the same on a branch."""
    changes: list[FieldChange | SetChange] = []
    if before is not None and after is not None:
        changes += _fields(before, after, ACCOUNT_FIELDS)
        changes += _sets("tags", before.tags, after.tags)
        changes += _sets("access", before.access, after.access, names)
        changes += _entries("field", before.fields, after.fields)
        changes += _entries("role", before.roles, after.roles)
        if before.contacts != after.contacts:
            was, will = (", ".join(one.name for one in a.contacts) for a in (before, after))
            changes.append(FieldChange("contacts", was, will))
    return AccountDiff(account.id, account.name, fate_of(before, after), tuple(changes))


def _fields(before: object, after: object, names: Sequence[str]) -> Iterator[FieldChange]:
    for name in names:
        was, will = getattr(before, name), getattr(after, name)
        if was != will:
            yield FieldChange(name, _told(was), _told(will))


def _entries(
    what: str, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[FieldChange]:
    for name in sorted({*before, *after}):
        was, will = before.get(name), after.get(name)
        if was != will:
            yield FieldChange(f"{what} {name!r}", _told(was), _told(will))


def _sets(
    what: str, before: frozenset[str], after: frozenset[str], names: Names | None = None
) -> Iterator[SetChange]:
    if before != after:
        added, removed = after - before, before - after
        if names is not None:
            added, removed = names.people(added), names.people(removed)
        yield SetChange(what, added, removed)


def _told(value: object) -> str:
    """Say a value as people read it; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
