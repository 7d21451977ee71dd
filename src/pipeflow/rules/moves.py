"""Moves by hand: to another stage, to another pipeline, and on, for a toggle switched on later."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..model.events import MoveCause
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from .automove import advance, enter, take_over
from .decision import Decision, State
from .draft import Draft
from .left import Leaving, left_by
from .payments import reckon
from .rest import refuse_at_rest
from .trigger_turns import tell_unfired
from .turns import refuse_strangers

__all__ = ["move", "reevaluate", "relocate", "transfer"]


NOTHING: frozenset[str] = frozenset()


def move(
    state: State,
    stage: Stage,
    skip: AbstractSet[str],
    now: datetime,
    actor: str,
    *,
    fires: bool = True,
    leaving: Leaving | None = None,
) -> Decision:
    """Move a job by hand: any stage, either way; to the stage where it is it does nothing (A-21).

    Args:
        state: The job.
        stage: The stage.
        skip: Automations of the stage that shall not fire.
        now: The instant.
        actor: Who moves it.
        fires: False: none fires, and no automove follows either (R-25).
        leaving: What becomes of what is open in the stage that it leaves (R-24); None: it stays.

    Raises:
        NotAllowedError: The job is completed, archived or paused (A-22).
        NotFoundError: *skip* names an automation that the stage does not have.
    """
    draft = Draft(state, now, actor)
    refuse_strangers(stage, skip)
    if stage.id == state.job.stage:
        return draft.decide()
    refuse_at_rest(state.job, "moved")
    tell_unfired(draft, state.book.pipeline)
    enter(draft, stage, MoveCause.BY_HAND, skip if fires else None, left_by(draft, leaving))
    advance(draft, entered=True, moves=fires)
    return draft.decide()


def transfer(
    state: State,
    stage: Stage,
    now: datetime,
    actor: str,
    skip: AbstractSet[str] = NOTHING,
    *,
    fires: bool = True,
    leaving: Leaving | None = None,
    source: Pipeline | None = None,
) -> Decision:
    """Take a job over to the pipeline of `state.book`, firing the stage's automations (A-16).

    Links are kept; items of earlier visits do not block, unless they are carried over; the status
    becomes Active.

    Args:
        state: The job, with the book of the pipeline that it goes to.
        stage: Where it goes.
        now: The instant.
        actor: Who takes it there.
        skip: Automations of the stage that shall not fire (R-25).
        fires: False: none fires, and no automove follows either (R-25).
        leaving: What becomes of what is open in the stage that it leaves (R-24); None: it stays.
        source: The pipeline that it leaves, where that is known.

    Raises:
        NotAllowedError: The job is completed, archived or paused (A-22).
        NotFoundError: *skip* names an automation that the stage does not have.
    """
    refuse_at_rest(state.job, "transferred")
    draft = Draft(state, now, actor)
    target = state.book.pipeline
    if target.id == state.job.pipeline:
        return move(state, stage, skip, now, actor, fires=fires, leaving=leaving)
    refuse_strangers(stage, skip)
    take_over(draft, state.book, stage, source)
    enter(draft, stage, MoveCause.TRANSFER, skip if fires else None, left_by(draft, leaving))
    advance(draft, entered=True, moves=fires)
    return draft.decide()


def relocate(
    state: State, stage: Stage, now: datetime, actor: str, leaving: Leaving | None = None
) -> Decision:
    """Take a job out of a stage that is taken away, into another one of the edited pipeline (A-18).

    No automation fires, and nothing moves on. A job that is completed or paused is taken along too:
    it has to stand somewhere.

    Args:
        state: The job, with the book of the edited pipeline.
        stage: Where it goes.
        now: The instant.
        actor: Who edited the pipeline.
        leaving: What becomes of what is open in the stage that it leaves (R-24).
    """
    draft = Draft(state, now, actor)
    enter(draft, stage, MoveCause.EDIT, None, left_by(draft, leaving))
    advance(draft, entered=True, moves=False)
    return draft.decide()


def reevaluate(state: State, now: datetime, actor: str) -> Decision:
    """Evaluate automove as after a completion, for a stage whose toggle came on later (A-6).

    Payments are reckoned anew before, for a firm that counts debits under way since.
    """
    draft = Draft(state, now, actor)
    for place in range(len(draft.items)):
        reckon(draft, place)
    advance(draft)
    return draft.decide()
