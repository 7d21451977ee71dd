"""Pauses: while a job is paused nothing moves, fires or reminds; resuming lets it go on (R-27)."""

from __future__ import annotations

from datetime import datetime

from ..model.events import JobPaused, JobResumed
from ..model.facts import Cancelled
from ..model.items import Item, Mark, SigningState
from ..model.jobs import OVER
from ..model.record import replaced
from . import answers, signatures
from .automove import advance
from .decision import Decision, State
from .draft import Draft
from .item import Touched, why_no_more
from .merge_fields import single_line
from .rest import refuse_at_rest
from .rhythms import go_on, quiet, stay_off
from .status_changes import fire_owed_status

__all__ = ["follow_put_off", "is_put_off", "pause", "resume"]


def pause(state: State, reason: str, now: datetime, actor: str) -> Decision:
    """Pause a job: nothing moves, fires or reminds; facts are kept, and change their items.

    Pausing it again for the same reason changes nothing, for another one says so.

    Raises:
        NotAllowedError: The job is completed or archived, so that nothing goes on anyway.
    """
    job, reason = state.job, single_line(reason)
    draft = Draft(state, now, actor)
    if job.paused == reason:
        return draft.decide()
    if job.paused is None:
        refuse_at_rest(job, "paused")
    draft.job = replaced(job, paused=reason)
    draft.tell(JobPaused, reason)
    quiet(draft, "")
    return draft.decide()


def resume(state: State, now: datetime, actor: str, *, reminders: bool) -> Decision:
    """Let a paused job go on: what facts brought about meanwhile follows, automove is evaluated.

    The next reminder of each item goes out one interval from now (R-9). A job that is not paused
    stays as it is.

    Args:
        state: The job.
        now: The instant.
        actor: Who resumes it.
        reminders: Whether its reminders go on too.
    """
    draft = Draft(state, now, actor)
    if state.job.paused is None:
        return draft.decide()
    draft.job = replaced(state.job, paused=None)
    draft.tell(JobResumed, reminders)
    if reminders:
        go_on(draft)
    else:
        stay_off(draft)  # of what there is; what is made from here on has reminders of its own
    follow_put_off(draft)
    fire_owed_status(draft)
    advance(draft)
    return draft.decide()


def is_put_off(state: State, item: Item) -> bool:
    """Tell whether something follows from what was done in a pause, once the job is resumed; a
    letter's bill may have come on another job by then.
    """
    if Mark.HELD not in item.marks or why_no_more(item) is not None:
        return False
    letter = item.progress
    if not isinstance(letter, SigningState) or letter.package:
        return True
    return signatures.bill_of(state, item) is not None


def follow_put_off(draft: Draft) -> None:
    """Let follow what a pause put off, of items that are still done, where the job goes on; while
    it is paused still, completed or archived, that waits (R-27).
    """
    job = draft.job
    if job.paused is not None or job.status in OVER:
        return
    fact = Cancelled()
    for place in range(len(draft.items)):
        one = Touched(draft, place, fact)
        if Mark.HELD not in one.item.marks:
            continue
        one.forget(Mark.HELD)
        letter = one.item.progress
        if (why := one.no_more) is not None:
            draft.warn(f"{one.item.name!r}: {why}, so that {signatures.nothing_followed(one)}")
        elif isinstance(letter, SigningState):
            signatures.accept_late(one, letter)
        else:
            answers.accept_late(one)
