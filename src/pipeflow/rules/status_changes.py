"""Changes of a job's status: what follows from one for its reminders, whoever makes it (R-9)."""

from __future__ import annotations

from ..model.events import StatusChanged
from ..model.jobs import OVER, JobStatus
from ..model.record import replaced
from ..model.text import spelt
from .draft import Draft
from .rhythms import go_on, quiet, silence, stay_off

__all__ = ["change_status", "change_status_next", "said_silence"]


def change_status(draft: Draft, target: str, *, reminders: bool = True) -> None:
    """Give the job another status; automove is not evaluated here.

    Args:
        draft: The job.
        target: The status, as the pipeline calls it.
        reminders: Whether reminders go on, where the job begins to remind again.
    """
    before, pipeline = draft.job, draft.book.pipeline
    draft.job = replaced(before, status=target)
    draft.tell(StatusChanged, before.status, target)
    if silence(draft.job, pipeline):
        quiet(draft, said_silence(target))
    elif reminders:
        go_on(draft)
    elif silence(before, pipeline):
        stay_off(draft)


def change_status_next(draft: Draft, status: str, cause: str) -> None:
    """Note that the job gets a status when all automations of this entry have had their turn."""
    own = (one.name for one in draft.book.pipeline.statuses)
    wanted = spelt(status)
    found = [one for one in (*(one.value for one in JobStatus), *own) if spelt(one) == wanted]
    if found:
        draft.next_status = found[0]
    else:
        draft.warn(f"{cause}: the pipeline no longer has the status {status!r}")


def said_silence(status: str) -> str:
    """Say why a job reminds nobody."""
    if status in OVER:
        return f"the job was {status.lower()}"
    return f"the job is {status!r}"
