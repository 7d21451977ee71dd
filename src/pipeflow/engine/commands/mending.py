"""The commands that mend what failed: `Retry` tries it again, `Abandon` does without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ... import rules
from ...errors import NotAllowedError, NotFoundError, Problem
from ...model.record import record
from ...ports.cancellations import InvoiceCancellation
from ...ports.due import (
    Action,
    DueState,
    EditTimer,
    Over,
    Parked,
    PeriodTimer,
    ReminderTimer,
    ScheduleTimer,
    TriggerTimer,
)
from ...ports.keys import job_of
from ...ports.requests import Request
from ...ports.rows import Query, Requeue, RowKey, Withdrawal
from .. import default_folders
from ..records import row_key
from ..recurring import recur
from ..sending import leaves_at
from ..unit import Unit
from .command import Command

__all__ = ["Abandon", "Retry", "blocked_job"]

BLOCKED = Query("job", (("blocked", "yes"),))


@record
class _Mending(Command):
    key: str

    @property
    def about(self) -> str:
        """The job of the key; the key itself, where it does not say which."""
        return job_of(self.key) or self.key

    def is_about(self, row: RowKey) -> bool:
        """Tell whether a row is that of the job of the key."""
        return row.kind == "job" and row.id == job_of(self.key)


@record
class Retry(_Mending):
    """Try a failed request, or a failed automation, again now, under the same key."""

    action: ClassVar[str] = "retry"

    def act(self, unit: Unit) -> None:
        """Let it be due again, its attempts forgotten."""
        if (job := blocked_job(unit, self.key)) is not None:
            unit.apply(rules.retry_blocked(unit.state(job), self.key, unit.now, unit.actor))
            return
        row = _waiting(unit, self.key)
        action = row.due.action
        if isinstance(action, PeriodTimer):
            self._make(unit, action, row.due.job)
            return
        unit.answer = _asked(action)
        at = leaves_at(unit.firm.value.settings, unit.answer, unit.now, unit.host.days_off())
        unit.requeues = (Requeue(self.key, at, unit.depth),)
        if isinstance(action, Request) and not row.due.job:
            default_folders.retry(unit, action)
            return
        unit.apply(rules.retried(unit.state(row.due.job), row, unit.now, unit.actor))

    def _make(self, unit: Unit, timer: PeriodTimer, job: str) -> None:
        """Make the job of a schedule that could not be made; what is wrong is told who asked.

        Raises:
            NotAllowedError: Nobody wants it any more.
        """
        unit.withdraws = (Withdrawal(self.key, held=False),)
        recur(unit, timer, job)
        if not unit.jobs:
            raise NotAllowedError(
                f"{self.key!r} is not wanted any more: schedule {timer.schedule!r} pauses, ended, "
                f"was deleted or is not for account {timer.account!r} by now, which may be deleted "
                "too, or the job is there, or was"
            )


@record
class Abandon(_Mending):
    """Give a failed request, or a failed automation, up for good."""

    action: ClassVar[str] = "abandon"

    def act(self, unit: Unit) -> None:
        """Let it be over; its item is no longer waited for."""
        if (job := blocked_job(unit, self.key)) is not None:
            unit.apply(rules.abandon_blocked(unit.state(job), self.key, unit.now, unit.actor))
            return
        row = _waiting(unit, self.key)
        action = _asked(row.due.action)
        unit.withdraws = (Withdrawal(self.key, held=False),)
        if isinstance(action, Request) and not row.due.job:
            default_folders.abandon(unit, action)
            return
        state = unit.state(row.due.job)
        if isinstance(action, ReminderTimer):
            decision = rules.abandon_timer(state, action, self.key, unit.now, unit.actor)
        elif isinstance(action, TriggerTimer):
            decision = rules.abandon_alarm(state, self.key, unit.now, unit.actor)
        else:
            decision = rules.abandon(state, action, unit.now, unit.actor)
        unit.apply(decision)
        if isinstance(action, InvoiceCancellation):  # nobody takes the bill back
            unit.voided += ((state.job.id, action.item or "", None),)


def _asked(action: Action) -> Request | ReminderTimer | TriggerTimer:
    """Return what a job asked for; what a schedule did is tried again, and ends with the schedule.

    Raises:
        NotAllowedError: A schedule did, or the edit of a pipeline.
    """
    if isinstance(action, EditTimer):
        raise NotAllowedError(
            f"this tells jobs of pipeline {action.pipeline!r} of an edit, which `tick` tries again "
            "by itself"
        )
    if isinstance(action, ScheduleTimer | PeriodTimer):
        raise NotAllowedError(
            f"this is a timer of schedule {action.schedule!r}, which `tick` tries again by itself; "
            "to do without it for now, pause the schedule (active=False); for good, delete it, or "
            "take the client from it whose job fails"
        )
    return action


def blocked_job(unit: Unit, key: str) -> str | None:
    """Return the job of an automation that could not run, if the key is one's."""
    for job in _candidates(unit, key):
        stored = unit.get(row_key("job", job))
        if stored is not None and any(one.key == key for one in stored.value.blocked):
            return job
    return None


def _candidates(unit: Unit, key: str) -> Iterator[str]:
    """Yield jobs that may have an automation of that key: the key's own, unless it was cut."""
    job = job_of(key)
    if job is not None:
        yield job
    elif key:
        yield from (found.id for found, _ in unit.records.found(BLOCKED))


def _waiting(unit: Unit, key: str) -> Parked:
    """Return the due row of a request that failed or waits.

    Raises:
        NotFoundError: There never was a request of that key.
        NotAllowedError: It is over, or in a port's hands.
    """
    found = unit.records.store.due(unit.tenant, key)
    if isinstance(found, Over):
        over = "was delivered" if found.state is DueState.DONE else "was cancelled or abandoned"
        raise NotAllowedError(f"{key!r} {over}; there is nothing to mend")
    if found is None or (
        not isinstance(found.due.action, Request) and not (found.attempt or found.error)
    ):
        page = unit.records.store.parked(unit.tenant)
        known = tuple(one.due.key for one in page.rows)
        raise NotFoundError(Problem(f"no request has the key {key!r}", allowed=known))
    if found.state is DueState.LEASED:
        raise NotAllowedError(f"{key!r} is being delivered just now")
    return found
