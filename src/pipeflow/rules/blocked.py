"""Blocked: automations that could not run, retried or given up, and requests given up for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..errors import NotAllowedError, NotFoundError, unknown
from ..model.automations import Automation
from ..model.events import RequestAbandoned, RequestFailed, RequestRetried
from ..model.facts import Cancelled
from ..model.items import Item, Mark
from ..model.jobs import BlockedAutomation, Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..ports.due import UNANSWERED, Parked, ReminderTimer
from ..ports.requests import Request
from .alarms import pass_over
from .automove import advance
from .decision import Decision, State
from .draft import Draft
from .effects import place_of
from .item import GIVEN_UP, Touched
from .rest import refuse_at_rest
from .rhythms import UNDER_WAY, mail_key
from .turns import fire_again, home_of

__all__ = [
    "abandon",
    "abandon_alarm",
    "abandon_blocked",
    "abandon_timer",
    "retried",
    "retries",
    "retry_blocked",
]


def retried(state: State, row: Parked, now: datetime, actor: str) -> Decision:
    """Write down that somebody had a request tried again, and that its last call was never
    answered, where it was not, since its calls are counted anew from here on.
    """
    draft, key, asked = Draft(state, now, actor), row.due.key, row.due.action
    if row.attempt and row.error == UNANSWERED and isinstance(asked, Request):
        draft.tell(RequestFailed, key, asked.port, UNANSWERED, row.attempt, now)
    draft.tell(RequestRetried, key)
    for place, item in enumerate(draft.items):
        if item.request == key and Mark.STUCK in item.marks:
            draft.items[place] = replaced(item, marks=item.marks - {Mark.STUCK})
    return draft.decide()


def abandon(state: State, request: Request, now: datetime, actor: str) -> Decision:
    """Give a request up for good: its item will never exist outside, so it is not waited for.

    A reminder that is given up was not sent; the rhythm goes on.
    """
    draft = Draft(state, now, actor)
    draft.tell(RequestAbandoned, request.key)
    for place, item in enumerate(draft.items):
        if mail_key(state.tenant, item) == request.key:
            draft.items[place] = replaced(item, marks=item.marks - UNDER_WAY)
        if _is_made_by(item, request):
            one = Touched(draft, place, Cancelled(GIVEN_UP))
            one.update(marks=item.marks | {Mark.UNMADE})
            one.resolve(GIVEN_UP)
            advance(draft)
    return draft.decide()


def abandon_timer(
    state: State, timer: ReminderTimer, key: str, now: datetime, actor: str
) -> Decision:
    """Do without a reminder that could not be worked out, and those after it."""
    draft = Draft(state, now, actor)
    draft.tell(RequestAbandoned, key)
    place = place_of(draft.items, timer.item, state.job.name)
    if draft.items[place].timer == key:
        one = Touched(draft, place, Cancelled(GIVEN_UP))
        one.silence("its reminder was abandoned")
        one.update(marks=one.item.marks | {Mark.QUIET})
    return draft.decide()


def abandon_alarm(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Do without a trigger whose time could not be worked out."""
    draft = Draft(state, now, actor)
    draft.tell(RequestAbandoned, key)
    for alarm in draft.alarms:
        if alarm.due == key:
            pass_over(draft, alarm, GIVEN_UP)
    return draft.decide()


def _is_made_by(item: Item, request: Request) -> bool:
    return item.id == request.item and item.request == request.key


def _blocked(state: State, key: str) -> BlockedAutomation:
    for one in state.job.blocked:
        if one.key == key:
            return one
    raise NotFoundError(f"job {state.job.name!r} has no failed automation {key!r}")


def retry_blocked(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Fire an automation again that could not run, in the visit in which it failed (A-24).

    Raises:
        NotFoundError: No automation of that key failed, or the pipeline no longer has it.
        NotAllowedError: The job is completed, archived or paused, or was transferred to another
            pipeline since.
    """
    failed = _blocked(state, key)
    refuse_at_rest(state.job, "worked on by its automations")
    if failed.pipeline != state.job.pipeline:
        raise NotAllowedError(
            f"job {state.job.name!r} was transferred since: {key!r} is an automation of pipeline "
            f"{failed.pipeline!r}; abandon it, and link what was made by hand"
        )
    state.book.pipeline.stage(failed.stage)
    found = retries(state.job, state.book.pipeline, failed)
    if found is None:
        ids = (str(one.id) for _, one in state.book.pipeline.automations())
        known = [id for id in ids if id != failed.automation]  # which is another one's by now
        raise NotFoundError(unknown("automation", failed.automation, known))
    draft = Draft(state, now, actor)
    draft.blocked = tuple(one for one in draft.blocked if one is not failed)
    draft.tell(RequestRetried, key)
    present, draft.visit, draft.stage = (draft.visit, draft.stage), failed.visit, failed.stage
    fire_again(draft, *found, failed)
    draft.visit, draft.stage = present
    advance(draft)
    return draft.decide()


def retries(
    job: Job, pipeline: Pipeline, failed: BlockedAutomation
) -> tuple[Automation, str] | None:
    """Return what a retry fires, and the stage that has it ("": all of them); None: it is gone.

    What used up reminders fired is as it was when they were set, whatever the pipeline says by now.
    """
    if failed.pipeline != pipeline.id or pipeline.find(failed.stage) is None:
        return None
    found = next(_brought(job, failed), None)
    if found is not None:
        return found, ""
    automation = failed.found_in(pipeline)
    return None if automation is None else (automation, home_of(pipeline, automation))


def _brought(job: Job, failed: BlockedAutomation) -> Iterator[Automation]:
    """Yield what items' used up reminders fired that could not run; no entry of a stage did."""
    for item in reversed(job.items) if failed.run else ():
        for one in item.reminders.then if item.reminders is not None else ():
            if one.id == failed.automation and failed.kind in {"", one.kind}:
                yield one


def abandon_blocked(state: State, key: str, now: datetime, actor: str) -> Decision:
    """Do without an automation that could not run; the stage no longer waits for it."""
    failed = _blocked(state, key)
    draft = Draft(state, now, actor)
    draft.blocked = tuple(one for one in draft.blocked if one is not failed)
    draft.tell(RequestAbandoned, key)
    advance(draft)
    return draft.decide()
