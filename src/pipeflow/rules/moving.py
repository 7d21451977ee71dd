"""Moving: entering a stage, and automove with its reasons (domain.md part 12)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ..errors import LimitError, NotFoundError
from ..model.accounts import Account
from ..model.events import JobMoved, JobWaits, MoveCause, StageSkipped, WaitReason
from ..model.items import ItemState
from ..model.jobs import JobStatus
from ..model.pipelines import Pipeline
from ..model.settings import OnEmpty
from ..model.stages import Stage
from ..model.swift import swift
from .draft import SYSTEM, Draft
from .firing import fire

__all__ = ["advance", "enter", "next_stage", "wait_of"]

_moved = swift(JobMoved)
PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
ACTIVE, AUTOMOVE = JobStatus.ACTIVE, MoveCause.AUTOMOVE
OPEN_ITEMS = WaitReason.OPEN_ITEMS
ANNOUNCED = frozenset({WaitReason.AUTOMOVE_OFF, WaitReason.LAST_STAGE, WaitReason.STATUS})


def enter(
    draft: Draft, stage: Stage, cause: MoveCause, skip: AbstractSet[str] = frozenset()
) -> None:
    """Enter a stage and fire its automations; no condition is asked here (A-15, A-17)."""
    source, draft.stage = draft.stage, stage.id
    draft.visit += 1
    draft.entered = draft.now
    draft.events.append(
        _moved(draft.now, draft.job.id, draft.actor, source, stage.id, draft.visit, cause)
    )
    fire(draft, stage, stage.automations, skip)


def advance(draft: Draft, *, entered: bool = False) -> None:
    """Move the job on as long as everything that its stage waits for is done.

    Evaluated when all automations of a stage have run, and after each completion (A-3). It only
    moves forward, so it ends; a cap stands behind that (A-29).

    Args:
        draft: The job.
        entered: Whether a stage was entered in this command, so that every wait is worth a line.
    """
    steps = 0
    while (wait := wait_of(draft)) is None:
        steps += 1
        if steps > draft.book.settings.most_steps:
            raise LimitError(
                f"job {draft.job.name!r} would enter more than {steps - 1} stages in one command; "
                "nothing was stored (Settings.most_steps)"
            )
        stage, passed = next_stage(draft.book.pipeline, draft.stage, draft.account)
        draft.actor = SYSTEM
        for one, why in passed:
            draft.events.append(StageSkipped(draft.now, draft.job.id, SYSTEM, one.id, why))
        enter(draft, stage, AUTOMOVE)
        entered = True
    reason, names = wait
    if entered or reason not in ANNOUNCED:
        draft.events.append(
            JobWaits(draft.now, draft.job.id, draft.actor, draft.stage, reason, names)
        )


def wait_of(draft: Draft) -> tuple[WaitReason, tuple[str, ...]] | None:
    """Say why the job stays, with the names of the items it waits for; None: it moves on."""
    pipeline = draft.book.pipeline
    place = pipeline.find(draft.stage)
    if place is None:
        return WaitReason.STAGE_GONE, ()
    if draft.job.status != ACTIVE:
        return WaitReason.STATUS, ()
    if place == len(pipeline.stages) - 1:
        return WaitReason.LAST_STAGE, ()
    if not pipeline.stages[place].automove:
        return WaitReason.AUTOMOVE_OFF, ()
    return _unfinished(draft)


def _unfinished(draft: Draft) -> tuple[WaitReason, tuple[str, ...]] | None:
    """Look at the items of this visit only; older ones never block (A-7)."""
    visit = draft.visit
    pending: list[str] = []
    completed = asked = False
    for item in draft.items:
        if item.visit == visit:
            state = item.state
            if state is PENDING:
                pending.append(item.name)
            elif state is COMPLETED:
                completed = True
            elif item.asks:
                asked = True
    if pending:
        return OPEN_ITEMS, tuple(pending)
    if draft.blocked and any(one.required and one.visit == visit for one in draft.blocked):
        return WaitReason.BLOCKED, ()
    if completed or (draft.book.settings.on_empty is OnEmpty.ADVANCE and not asked):
        return None
    return WaitReason.NOTHING_COMPLETED, ()


def next_stage(
    pipeline: Pipeline, stage: str, account: Account
) -> tuple[Stage, list[tuple[Stage, str]]]:
    """Find the next stage whose condition holds, and those passed over with the reason (A-30).

    The last stage has no condition, so the search always ends (A-31).
    """
    passed: list[tuple[Stage, str]] = []
    for one in pipeline.stages[pipeline.place(stage) + 1 :]:
        if one.when is None or one.when.holds(account):
            return one, passed
        passed.append((one, one.when.missing(account)))
    raise NotFoundError(f"pipeline {pipeline.name!r} has no stage behind {stage!r}")
