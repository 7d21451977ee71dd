"""Automove: entering stages, and skipping some, while nothing is waited for (domain.md part 12)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..errors import LimitError, NotFoundError
from ..model.accounts import Account
from ..model.events import (
    JobMoved,
    JobTransferred,
    JobWaits,
    MoveCause,
    StageSkipped,
    StatusChanged,
    WaitReason,
)
from ..model.items import ItemState, Mark
from ..model.jobs import OVER, Job, JobStatus, here
from ..model.logic import Asked
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.settings import OnEmpty, Settings
from ..model.stages import Stage
from .alarms import leave_pipeline
from .decision import SYSTEM, Book, Destination, State
from .draft import Draft
from .left import Left
from .rhythms import go_on, silence
from .status_changes import change_status
from .trigger_turns import fire_done, fire_owed, tell_unfired
from .turns import fire

__all__ = ["advance", "ahead", "enter", "next_stage", "take_over", "wait_of"]

PENDING, COMPLETED = ItemState.PENDING, ItemState.COMPLETED
ASIDE = Mark.ASIDE
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
    stages = statuses = 0
    settings = draft.book.firm.settings
    if moves:
        fire_waiting(draft)
    while True:
        if draft.next_status is not None:
            statuses = _set_statuses(draft, stages, statuses)
            if moves and draft.next_place is None:  # it may be Active again, where it stays for now
                fire_waiting(draft)
                continue
        there = None
        if draft.next_place is not None:
            there = _next_place(draft)
            if there is None:  # so it may where it stays after all
                fire_waiting(draft)
                continue
        if there is None:
            wait = wait_of(draft, draft.book.pipeline, settings)
            if wait is None and not moves:
                wait = WaitReason.NEXT_FACT, ()
            if wait is not None:
                break
            if draft.job.status != ACTIVE:
                _become_active(draft)
                continue
        stages += 1
        _refuse_endless(draft, stages, statuses)
        draft.act_as(SYSTEM)
        _go(draft, there)
        fire_waiting(draft)
        entered = True
    reason, names = wait
    if entered or reason not in ANNOUNCED:
        draft.tell_alike(JobWaits, draft.stage, reason, names)


def _go(draft: Draft, there: Destination | None) -> None:
    """Enter the stage where an automation lets the job go, or else the next one."""
    if there is not None:
        if there.book.pipeline.id != draft.job.pipeline:
            take_over(draft, there.book, there.stage, draft.book.pipeline)
        else:
            tell_unfired(draft, draft.book.pipeline)
        enter(draft, there.stage, MoveCause.AUTOMATION)
        return
    stage, passed = next_stage(draft.book.pipeline, draft.stage, draft.account, draft)
    for one, why in passed:
        draft.tell(StageSkipped, one.id, why)
    enter(draft, stage, AUTOMOVE)


def _set_statuses(draft: Draft, stages: int, statuses: int) -> int:
    """Give the job the status that an automation left to the end, and count.

    The automations of a status may ask for another one.

    Raises:
        LimitError: That would go on for longer than one command may.
    """
    while (status := draft.next_status) is not None:
        statuses += 1
        _refuse_endless(draft, stages, statuses)
        draft.next_status = None
        if status != draft.status:
            change_status(draft, status)
    return statuses


def _refuse_endless(draft: Draft, stages: int, statuses: int) -> None:
    """Refuse what enters more stages, or changes the status more often, than one command may.

    Raises:
        LimitError: With what there would be too much of.
    """
    most = draft.book.firm.settings.most_steps
    if stages + statuses > most:
        what = f"enter more than {most} stages"
        if statuses:
            what = f"{'enter stages and ' * bool(stages)}change its status more than {most} times"
        raise LimitError(
            f"job {draft.job.name!r} would {what} in one command; nothing was stored "
            "(Settings.most_steps)"
        )


def _next_place(draft: Draft) -> Destination | None:
    """Return where an automation of the entry lets the job go; None: it stays after all.

    A job that is over stays (A-22), and one that has left the visit in which that was asked for.
    """
    there, draft.next_place = draft.next_place, None
    if there is None or (draft.job.pipeline, draft.stage) == (
        there.book.pipeline.id,
        there.stage.id,
    ):
        return None
    why = "has left that stage since" if there.visit != draft.visit else ""
    if draft.status in OVER:
        why = f"is {draft.status.lower()}"
    if why:
        draft.warn(f"{there.cause}: the job {why}, and was not transferred")
    return None if why else there


def take_over(draft: Draft, book: Book, stage: Stage, source: Pipeline | None) -> None:
    """Let the job be one of another pipeline, and Active there (A-16).

    Its reminders go on where its status was silent in the *source*, the pipeline that it leaves
    (R-9), and where nobody knows that.
    """
    before, silent = draft.job, source is None or bool(silence(draft.job, source))
    if source is not None:
        tell_unfired(draft, source)
    leave_pipeline(draft)
    draft.book = book
    draft.job = replaced(before, pipeline=book.pipeline.id, status=ACTIVE)
    draft.tell(JobTransferred, before.pipeline, book.pipeline.id, stage.id)
    if before.status != ACTIVE:
        draft.tell(StatusChanged, before.status, ACTIVE, before.scope)
    if silent:
        go_on(draft)


def fire_waiting(draft: Draft) -> None:
    """Fire the triggers that wait for nothing any more, one after another, while the job is Active.

    What is owed comes first, also where what fired brought it about.
    """
    job = draft.job
    if job.status != ACTIVE or job.paused is not None:
        return
    place = draft.book.pipeline.find(draft.stage)
    stage = None if place is None else draft.book.pipeline.stages[place]
    while True:
        if draft.alarms and fire_owed(draft):
            continue
        if stage is None or not stage.triggers or not fire_done(draft, stage):
            return


def _become_active(draft: Draft) -> None:
    """Let a job be Active again, since all that belongs to its status is done (domain.md 2.6)."""
    draft.act_as(SYSTEM)
    change_status(draft, ACTIVE)
    fire_waiting(draft)


Wait = tuple[WaitReason, tuple[str, ...]]


def wait_of(now: Job | Draft, pipeline: Pipeline, settings: Settings) -> Wait | None:
    """Say why a job stays, with the names of the items it waits for; None: it moves on."""
    place = pipeline.find(now.stage)
    if place is None:
        return WaitReason.STAGE_GONE, ()
    job = now.job if isinstance(now, Draft) else now
    if job.status != ACTIVE:
        return _held_by_status(now, pipeline, settings)
    if job.paused is not None:
        return WaitReason.PAUSED, ()
    if pipeline.stages[place].automove:
        return _unfinished(now, settings)
    last = place == len(pipeline.stages) - 1
    return WaitReason.LAST_STAGE if last else WaitReason.AUTOMOVE_OFF, ()


def _held_by_status(now: Job | Draft, pipeline: Pipeline, settings: Settings) -> Wait | None:
    """Say what a custom status waits for until the job is Active again; None: for nothing more.

    As with a stage, one thing at least must have been completed, or nothing was asked and the firm
    lets such jobs pass (A-4, domain.md 2.6).
    """
    status = pipeline.status(now.status)
    if status is None or not status.automove or now.paused is not None:
        return WaitReason.STATUS, ()
    scope = (now.job if isinstance(now, Draft) else now).scope
    theirs = [item for item in now.items if item.scope == scope and Mark.ASIDE not in item.marks]
    pending = tuple(item.name for item in theirs if item.state is PENDING)
    blocked = any(one.required and one.scope == scope for one in now.blocked)
    if pending or blocked:
        return WaitReason.STATUS, pending
    if any(item.state is COMPLETED for item in theirs):
        return None
    stays = settings.on_empty is OnEmpty.STAY or any(item.asks for item in theirs)
    return (WaitReason.STATUS, ()) if stays else None


def _unfinished(now: Job | Draft, settings: Settings) -> Wait | None:
    """Say what is not done in this visit; items of older ones never block (A-7)."""
    visit = now.visit
    pending: list[str] = []
    completed = asked = False
    for item in here(now.items, now.present, now.carried):
        if item.visit != visit or item.scope or (item.marks and ASIDE in item.marks):
            continue
        if item.state is PENDING:
            pending.append(item.name)
        elif item.state is COMPLETED:
            completed = True
        elif item.asks:
            asked = True
    if pending:
        return OPEN_ITEMS, tuple(pending)
    if now.blocked and any(
        one.required and one.visit == visit and not one.scope for one in now.blocked
    ):
        return WaitReason.BLOCKED, ()
    if completed or (settings.on_empty is OnEmpty.ADVANCE and not asked):
        return None
    return WaitReason.NOTHING_COMPLETED, ()


def next_stage(
    pipeline: Pipeline, stage: str, account: Account, job: Asked | None = None
) -> tuple[Stage, list[tuple[Stage, str]]]:
    """Find the next stage whose condition holds, and those passed over with the reason (A-30).

    The last stage has no condition, so the search always ends (A-31).
    """
    passed: list[tuple[Stage, str]] = []
    for one in pipeline.stages[pipeline.place(stage) + 1 :]:
        if one.when is None or one.when.holds(account, job):
            return one, passed
        passed.append((one, one.when.missing(account, job)))
    raise NotFoundError(f"pipeline {pipeline.name!r} has no stage behind {stage!r}")


def ahead(state: State, now: datetime) -> tuple[Stage, list[tuple[Stage, str]]]:
    """Find where a job would go on to at an instant, and what it would pass over, with reasons."""
    asked = Draft(state, now, SYSTEM)
    return next_stage(state.book.pipeline, asked.stage, asked.account, asked)
