"""Changes of a job's status: what follows from one, whoever makes it (R-9)."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.events import StatusChanged
from ..model.job_statuses import Status
from ..model.jobs import OVER, Alarm
from ..model.record import replaced
from .alarms import drop, is_of_status
from .draft import Draft
from .rhythms import go_on, quiet, said_set, silence, stay_off
from .turns import fire_list

__all__ = ["change_status", "fire_owed_status", "owed_setting", "said_silence"]


def change_status(draft: Draft, target: str, *, reminders: bool = True) -> None:
    """Give the job another status, whose automations fire; automove is not evaluated here.

    Args:
        draft: The job.
        target: The status, as the pipeline calls it.
        reminders: Whether reminders go on, where the job begins to remind again.
    """
    before, pipeline = draft.job, draft.book.pipeline
    draft.job = replaced(before, status=target)
    quiets, was_quiet = silence(draft.job, pipeline), silence(before, pipeline)
    goes_on = reminders if was_quiet and not quiets else None
    draft.tell(StatusChanged, before.status, target, before.scope, goes_on)
    if quiets:
        quiet(draft, said_silence(target))
    elif was_quiet:
        (go_on if reminders else stay_off)(draft)
    custom = pipeline.status(target)
    if custom is not None:
        _fire(draft, custom)


def _fire(draft: Draft, status: Status) -> None:
    """Fire the automations of a status; what they make belongs to it (domain.md 2.6)."""
    if status.automations and draft.paused is None:
        fire_list(draft, status.automations, status.trigger, said_set(status), scope=True)
        return
    draft.armed += 1
    draft.job = replaced(draft.job, scope=draft.armed)
    if status.automations:
        draft.alarms += (Alarm(status.trigger, str(draft.armed), draft.now, None, rested=True),)


def owed_setting(status: Status, scope: int, alarms: Iterable[Alarm]) -> Alarm | None:
    """Return the alarm of a status that was set while its job was paused, and is to fire yet."""
    return next((one for one in alarms if is_of_status(one, status, scope)), None)


def fire_owed_status(draft: Draft) -> None:
    """Fire the automations of a status that was set while the job was paused; it goes on now."""
    status = draft.book.pipeline.status(draft.status)
    if status is None:
        return
    alarm = owed_setting(status, draft.job.scope, draft.alarms)
    if alarm is not None:
        drop(draft, alarm)
        fire_list(
            draft, status.automations, status.trigger, said_set(status), late=True, scope=True
        )


def said_silence(status: str) -> str:
    """Say why a job reminds nobody."""
    if status in OVER:
        return f"the job was {status.lower()}"
    return f"the job is {status!r}"
