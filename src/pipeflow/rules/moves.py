"""Moves by hand: to another stage, to another pipeline, and on, for a toggle switched on later."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..errors import NotAllowedError, NotFoundError, unknown
from ..model.events import JobTransferred, MoveCause, StatusChanged
from ..model.jobs import JobStatus
from ..model.record import replaced
from ..model.stages import Stage
from .automove import advance, enter
from .decision import Decision, State
from .draft import Draft
from .rhythms import go_on

__all__ = ["move", "reevaluate", "transfer"]


def move(state: State, stage: Stage, skip: AbstractSet[str], now: datetime, actor: str) -> Decision:
    """Move a job by hand: any stage, either way; to the stage where it is it does nothing (A-21).

    Raises:
        NotAllowedError: The job is archived.
        NotFoundError: *skip* names an automation that the stage does not have.
    """
    draft = Draft(state, now, actor)
    known = [str(one.id) for one in stage.automations]
    if strangers := [name for name in sorted(skip) if name not in known]:
        where = f"stage {stage.name!r}"
        raise NotFoundError(*(unknown("automation", s, known, where=where) for s in strangers))
    if stage.id == state.job.stage:
        return draft.decide()
    _refuse_archived(state, "moved")
    enter(draft, stage, MoveCause.BY_HAND, skip)
    advance(draft, entered=True)
    return draft.decide()


def transfer(state: State, stage: Stage, now: datetime, actor: str) -> Decision:
    """Take a job over to the pipeline of `state.book`, firing the stage's automations (A-16).

    Links are kept; items of earlier visits do not block; the status becomes Active.

    Raises:
        NotAllowedError: The job is archived.
    """
    _refuse_archived(state, "transferred")
    draft = Draft(state, now, actor)
    target = state.book.pipeline
    if target.id == state.job.pipeline:
        return move(state, stage, frozenset(), now, actor)
    draft.job = replaced(state.job, pipeline=target.id, status=JobStatus.ACTIVE)
    draft.tell(JobTransferred, state.job.pipeline, target.id, stage.id)
    if state.job.status != JobStatus.ACTIVE:
        draft.tell(StatusChanged, state.job.status, JobStatus.ACTIVE)
        go_on(draft)
    enter(draft, stage, MoveCause.TRANSFER)
    advance(draft, entered=True)
    return draft.decide()


def _refuse_archived(state: State, done: str) -> None:
    if state.job.status == JobStatus.ARCHIVED:
        raise NotAllowedError(
            f"job {state.job.name!r} is archived and can not be {done}; restore it first"
        )


def reevaluate(state: State, now: datetime, actor: str) -> Decision:
    """Evaluate automove as after a completion, for a stage whose toggle came on later (A-6)."""
    draft = Draft(state, now, actor)
    advance(draft)
    return draft.decide()
