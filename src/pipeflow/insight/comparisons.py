"""Comparisons: of a job, or an account, as the firm has it with the same as a branch has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

import attrs

from ..model.accounts import Account, Contact
from ..model.events import FieldChange
from ..model.items import Item, Mark
from ..model.jobs import Job
from ..model.record import Plain, frozen, replaced
from ..model.values import FrozenMap
from .differences import AccountDiff, Fate, ItemDiff, JobDiff, SetChange

__all__ = ["Names", "account_diff", "fate_of", "job_diff"]

JOB_FIELDS = (
    "name", "priority", "start", "due", "description", "comments", "time_budget", "client_view",
    "status",
)  # fmt: skip
ACCOUNT_FIELDS = ("name", "type", "active", "language", "balance")
CONTACT_FIELDS = [f.name for f in attrs.fields(Contact) if f.name not in {"id", "fields"}]
# What is remembered of an item for its reminders alone, or for other jobs that have it.
SILENT = frozenset({Mark.REMINDING, Mark.NUDGING, Mark.QUIET, Mark.UNHEARD, Mark.SHARED})


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

    def fillings(self, roles: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return roles with what those are called who fill them."""
        return {
            role: tuple(self.members.get(one, one) for one in ids) for role, ids in roles.items()
        }


def fate_of(before: object, after: object) -> Fate:
    """Tell what becomes of a thing; None: there is none."""
    if before is None:
        return Fate.NEW
    return Fate.DELETED if after is None else Fate.CHANGED


def job_diff(
    job: Job,
    before: Job | None,
    after: Job | None,
    names: Names,
    requests: Mapping[str, int],
    reminders: Mapping[str, int],
) -> JobDiff:
    """Compare a job of the firm with the same on a branch.

    Args:
        job: Either of them.
        before: As the firm has it, if it does.
        after: As the branch has it, if it does.
        names: What things are called.
        requests: How many requests would leave for it, by port.
        reminders: How many reminders would leave by themselves, by the ids of its items.
    """
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
        () if after is None else tuple(_items(before, after, names, reminders)),
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
    failed, fails = ({b.key: b.automation for b in one.blocked} for one in (before, after))
    for key in {**failed, **fails}:
        if key not in failed or key not in fails:
            yield FieldChange("failed automation", failed.get(key, ""), fails.get(key, ""))


def _items(
    before: Job | None, job: Job, names: Names, reminders: Mapping[str, int]
) -> Iterator[ItemDiff]:
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
        diff = ItemDiff(
            item.id,
            item.name,
            None if was is None else was.state,
            item.state,
            tuple(changes),
            reminders.get(item.id, 0),
            _otherwise(was, item),
        )
        if was is None or [*diff.lines()]:
            yield diff


def _otherwise(was: Item | None, item: Item) -> str:
    """Say what becomes of an item that its states do not tell; "" where they tell all."""
    if Mark.UNLINKED in item.marks and (was is None or Mark.UNLINKED not in was.marks):
        return "unlinked"
    if was is None:
        return "resolved" if item.is_over else ""
    return "changed" if was.state is item.state and _known(was) != _known(item) else ""


def _known(item: Item) -> tuple[object, ...]:
    """Return what is known of an item beside its state, who must act on it, and its reminders."""
    return item.progress, item.late_facts, item.marks - SILENT, item.reopened


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
        changes += _entries("role", *map(names.fillings, (before.roles, after.roles)))
        changes += _contacts(before.contacts, after.contacts)
    return AccountDiff(account.id, account.name, fate_of(before, after), tuple(changes))


def _contacts(
    before: Sequence[Contact], after: Sequence[Contact]
) -> Iterator[FieldChange | SetChange]:
    """Compare the people of an account: who comes and goes, and what is said of those who stay."""
    was, will = ({one.id: one for one in several} for several in (before, after))
    came, went = (
        frozenset(one.name for id, one in some.items() if id not in others)
        for some, others in ((will, was), (was, will))
    )
    if came or went:
        yield SetChange("contacts", came, went)
    for id, one in will.items():
        if id in was:
            changes = [*_fields(was[id], one, CONTACT_FIELDS)]
            changes += _entries("field", was[id].fields, one.fields)
            yield from (replaced(c, field=f"contact {one.name!r}: {c.field}") for c in changes)


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
