"""Rest: what is refused of a job that is completed, archived or paused (A-22)."""

from __future__ import annotations

from ..errors import NotAllowedError
from ..model.jobs import OVER, Job, JobStatus

__all__ = ["refuse_archived", "refuse_at_rest"]


def refuse_at_rest(job: Job, done: str) -> None:
    """Refuse what would move, or fire for, a job that is completed, archived or paused (A-22).

    Args:
        job: The job.
        done: What it cannot be: "moved".

    Raises:
        NotAllowedError: It is at rest; the error names the call by which it goes on.
    """
    if job.status in OVER:
        first = "restore it" if job.status == JobStatus.ARCHIVED else "make it Active"
        raise NotAllowedError(
            f"job {job.name!r} is {job.status.lower()} and cannot be {done}; {first} first: "
            f"set_status(job, {JobStatus.ACTIVE.value!r})"
        )
    if job.paused is not None:
        why = f" ({job.paused})" if job.paused else ""
        raise NotAllowedError(
            f"job {job.name!r} is paused{why} and cannot be {done}; resume it first: resume(job)"
        )


def refuse_archived(job: Job, done: str) -> None:
    """Refuse what cannot be done to a job that is archived.

    Raises:
        NotAllowedError: It is.
    """
    if job.status == JobStatus.ARCHIVED:
        refuse_at_rest(job, done)
