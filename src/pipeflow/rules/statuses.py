"""Statuses: Active, Completed, Archived and a pipeline's own, and what each does to a job."""

from __future__ import annotations

from datetime import datetime

from ..model.events import StatusChanged
from ..model.job_statuses import Status
from ..model.jobs import JobStatus
from ..model.record import replaced
from .alarms import drop
from .automove import advance
from .decision import SYSTEM, Decision, State
from .draft import Draft
from .pauses import follow_put_off
from .rhythms import go_on, quiet, silence
from .status_changes import change_status, owed_setting, said_silence
from .status_names import status_of

__all__ = ["rename_status", "set_status", "status_told"]


def set_status(
    state: State, status: str, now: datetime, actor: str, *, reminders: bool = True
) -> Decision:
    """Set a job's status: Active, Completed, Archived or one of the pipeline's own.

    A job that is Completed, Archived, or in a status that says so, reminds nobody (R-9). A job that
    becomes Active again is evaluated (A-23).

    Args:
        state: The job.
        status: The status, however it is spelt.
        now: The instant.
        actor: Who sets it.
        reminders: Whether reminders go on, where the job begins to remind again.

    Raises:
        NotFoundError: With the statuses that there are.
    """
    draft = Draft(state, now, actor)
    where = f"job {state.job.name!r}"
    own = (one.name for one in state.book.pipeline.statuses)
    target = status_of(status, own, where=where)
    before = state.job.status
    if target == before:
        return draft.decide()
    change_status(draft, target, reminders=reminders)
    follow_put_off(draft)  # it may have been resumed while it was over
    custom = state.book.pipeline.status(target)
    evaluates = target == JobStatus.ACTIVE or (custom is not None and custom.automove)
    if evaluates or draft.next_status is not None or draft.next_place is not None:
        advance(draft)
    return draft.decide()


def rename_status(state: State, status: str, now: datetime, actor: str) -> Decision:
    """Give a job whose status is taken away another one of the edited pipeline (R-32).

    No automation fires, and nothing moves on. What was made in the old status belongs to the new
    one, so that a status that only got another name goes on as it was.

    Args:
        state: The job, with the book of the edited pipeline.
        status: The status that it gets.
        now: The instant.
        actor: Who edited the pipeline.
    """
    draft = Draft(state, now, actor)
    draft.unhurried, before = True, state.job
    draft.job = replaced(before, status=status)
    draft.tell(StatusChanged, before.status, status, before.scope)
    owed = owed_setting(Status(before.status), before.scope, before.alarms)
    if owed is not None:
        drop(draft, owed)
        draft.warn(f"what status {before.status!r} was to fire does not: it was taken away")
    if silence(draft.job, state.book.pipeline):
        quiet(draft, said_silence(status))
    else:
        go_on(draft)
    return draft.decide()


def status_told(state: State, now: datetime) -> Decision:
    """Let a job be quiet, or remind again, since its pipeline says something else of its status."""
    draft = Draft(state, now, SYSTEM)
    if silence(state.job, state.book.pipeline):
        quiet(draft, said_silence(state.job.status))
    else:
        go_on(draft)
    return draft.decide()
