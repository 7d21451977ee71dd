"""Automove: entering stages, and skipping some, while nothing is waited for (domain.md part 12)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ..errors import LimitError, NotFoundError
from ..model.accounts import Account
from ..model.events import JobMoved, JobWaits, MoveCause, StageSkipped, WaitReason
from ..model.items import ItemState
from ..model.jobs import Job, JobStatus, here
from ..model.pipelines import Pipeline
from ..model.settings import OnEmpty, Settings
from ..model.stages import Stage
from .decision import SYSTEM
from .draft import Draft
from .left import Left
from .turns import fire

__all__ = ["advance", "enter", "next_stage", "wait_of"]

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
ACTIVE, AUTOMOVE = JobStatus.ACTIVE, MoveCause.AUTOMOVE
OPEN_ITEMS = WaitReason.OPEN_ITEMS
ANNOUNCED = frozenset(
    {WaitReason.AUTOMOVE_OFF, WaitReason.LAST_STAGE, WaitReason.STATUS, WaitReason.PAUSED}
)


def enter(
    draft: Draft,
    stage: Stage,
    cause: MoveCause,
    skip: AbstractSet[str] | None = frozenset(),
    left: Left | None = None,
) -> None:
    """Enter a stage and fire its automations; no condition is asked here (A-15, A-17).

    Args:
        draft: The job.
        stage: The stage.
        cause: Why it is entered.
        skip: Automations that shall not fire; None: none of them does (R-25).
        left: What is open in the stage that the job leaves, where that is not to stay as it is.
    """
    source, draft.stage = draft.stage, stage.id
    draft.visit = max(draft.visit, draft.job.highest) + 1
    draft.entered = draft.now
    draft.edition = draft.book.pipeline.revision or 0
    draft.present, draft.carried = len(draft.items), ()
    draft.tell_alike(JobMoved, source, stage.id, draft.visit, cause)
    if left is not None:
        left.become()
    fire(draft, stage, skip)


def advance(draft: Draft, *, entered: bool = False, moves: bool = True) -> None:
    """Move the job on as long as everything that its stage waits for is done.

    Evaluated when all automations of a stage have run, and after each completion (A-3). It only
    moves forward, so it ends; a cap stands behind that (A-29).

    Args:
        draft: The job.
        entered: Whether a stage was entered in this command, so that every wait is worth a line.
        moves: False: it only says what the job waits for; nothing is to fire just now (R-25).
    """
    steps = 0
    pipeline, settings = draft.book.pipeline, draft.book.firm.settings
    while (wait := wait_of(draft, pipeline, settings)) is None:
        if not moves:
            wait = WaitReason.NEXT_FACT, ()
            break
        steps += 1
        if steps > settings.most_steps:
            raise LimitError(
                f"job {draft.job.name!r} would enter more than {steps - 1} stages in one command; "
                "nothing was stored (Settings.most_steps)"
            )
        stage, passed = next_stage(pipeline, draft.stage, draft.account)
        draft.act_as(SYSTEM)
        for one, why in passed:
            draft.tell(StageSkipped, one.id, why)
        enter(draft, stage, AUTOMOVE)
        entered = True
    reason, names = wait
    if entered or reason not in ANNOUNCED:
        draft.tell_alike(JobWaits, draft.stage, reason, names)


Wait = tuple[WaitReason, tuple[str, ...]]


def wait_of(now: Job | Draft, pipeline: Pipeline, settings: Settings) -> Wait | None:
    """Say why a job stays, with the names of the items it waits for; None: it moves on."""
    place = pipeline.find(now.stage)
    if place is None:
        return WaitReason.STAGE_GONE, ()
    if now.status != ACTIVE:
        return WaitReason.STATUS, ()
    if now.paused is not None:
        return WaitReason.PAUSED, ()
    if pipeline.stages[place].automove:
        return _unfinished(now, settings)
    last = place == len(pipeline.stages) - 1
    return WaitReason.LAST_STAGE if last else WaitReason.AUTOMOVE_OFF, ()


def _unfinished(now: Job | Draft, settings: Settings) -> Wait | None:
    """Say what is not done in this visit; items of older ones never block (A-7)."""
    visit = now.visit
    pending: list[str] = []
    completed = asked = False
    for item in here(now.items, now.present, now.carried):
        if item.visit != visit:
            continue
        if item.state is PENDING:
            pending.append(item.name)
        elif item.state is COMPLETED:
            completed = True
        elif item.asks:
            asked = True
    if pending:
        return OPEN_ITEMS, tuple(pending)
    if now.blocked and any(one.required and one.visit == visit for one in now.blocked):
        return WaitReason.BLOCKED, ()
    if completed or (settings.on_empty is OnEmpty.ADVANCE and not asked):
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
