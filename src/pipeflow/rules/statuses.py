"""Statuses: Active, Completed, Archived and a pipeline's own, and what each does to a job."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..errors import NotFoundError, unknown
from ..model.events import StatusChanged
from ..model.items import ItemKind
from ..model.jobs import JobStatus
from ..model.record import replaced
from ..model.text import spelt
from .automove import advance
from .decision import Decision, State
from .draft import Draft

__all__ = ["set_status", "status_of"]


def set_status(state: State, status: str, now: datetime, actor: str) -> Decision:
    """Set a job's status: Active, Completed, Archived or one of the pipeline's own.

    Archiving stops the reminders of everything but messages (domain.md part 4), and restoring
    does not start them again (A-37). A job that becomes Active again is evaluated (A-23).

    Raises:
        NotFoundError: With the statuses that there are.
    """
    draft = Draft(state, now, actor)
    where = f"job {state.job.name!r}"
    target = status_of(status, state.book.pipeline.statuses, where=where)
    before = state.job.status
    if target == before:
        return draft.decide()
    draft.job = replaced(state.job, status=target)
    draft.tell(StatusChanged, before, target)
    if target == JobStatus.ARCHIVED:
        for place, item in enumerate(draft.items):
            if item.kind is not ItemKind.MESSAGE:
                draft.items[place] = draft.disarm(item, "the job was archived")
                draft.hush(item)
    if target == JobStatus.ACTIVE:
        advance(draft)
    return draft.decide()


def status_of(status: object, own: Iterable[str], *, where: str = "") -> str:
    """Return the status that somebody means: capitals, accents and signs do not count (R-32).

    Args:
        status: What was typed.
        own: The statuses that there are beside Active, Completed and Archived.
        where: Where it is looked for, for the error.

    Raises:
        NotFoundError: With the statuses that there are.
    """
    known = [*(s.value for s in JobStatus), *own]
    if isinstance(status, str):
        wanted = spelt(status)
        for one in known:
            if spelt(one) == wanted:
                return one
    raise NotFoundError(unknown("status", status, known, where=where))
