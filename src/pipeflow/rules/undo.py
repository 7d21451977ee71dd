"""Undo: the last move of a job is taken back, with an honest list of what cannot be (R-26)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple, TypeAlias

from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    MoveUndone,
    StatusChanged,
    TagsChanged,
)
from ..model.items import ItemKind, Mark, Ref
from ..model.jobs import Job, JobStatus
from ..model.record import replaced
from ..model.remains import Trace
from ..ports.due import DueState
from .alarms import leave_pipeline
from .decision import Book, Decision, State
from .draft import Draft
from .firings import How, fires_anew, once_marks
from .item import UNDONE
from .job_changes import change_job, changes_back, show_client
from .last_move import Beginning, Change, LastMove, place_of_number
from .marks import without
from .recall import LEFT, Recall, armed, whose
from .reminder_mail import remind_after_all
from .rhythms import UNDER_WAY, begin_late, mail_key, mail_of, quiet, silence
from .status_changes import change_status
from .status_names import status_of

__all__ = ["ChangedSince", "Lists", "Offspring", "left_alone", "undo_move", "undo_start"]


class ChangedSince(NamedTuple):
    """Tags of the account, and members with access to it, that came or went since a move."""

    tags: frozenset[str] = frozenset()
    access: frozenset[str] = frozenset()


JOBS = "jobs"

# What is withdrawn, what is cancelled, and what is gone.
Lists: TypeAlias = tuple[tuple[Trace, ...], ...]


class Offspring(NamedTuple):
    """What became of the jobs that a move started, and those of which something is `out`: they
    went on since, are gone, or have made what cannot be taken back.
    """

    lists: Lists = ((), (), ())
    out: frozenset[str] = frozenset()


NONE = Offspring()


def undo_move(
    state: State,
    move: LastMove,
    book: Book,
    how: How,
    cancels: AbstractSet[ItemKind],
    touched: ChangedSince,
    now: datetime,
    actor: str,
    also: Offspring = NONE,
) -> Decision:
    """Take the last move back; automove is not evaluated until the next fact.

    Args:
        state: The job.
        move: Its last move.
        book: That of the pipeline that it goes back to.
        how: How far what the move asked of ports has come.
        cancels: The kinds of things that the host's ports can take back.
        touched: What was changed since, by whomever.
        now: The instant.
        actor: Who undoes it.
        also: What became of the jobs that it started, and of theirs.

    Raises:
        NotFoundError: Its pipeline no longer has the status in which the job was.
    """
    own = (one.name for one in book.pipeline.statuses)
    status = status_of(move.status, own, where=f"pipeline {book.pipeline.name!r}")
    draft = Draft(state, now, actor)
    draft.unhurried = True  # what waited for the night before the move does so again
    job = draft.job
    if job.pipeline != move.pipeline:
        leave_pipeline(draft)
    draft.blocked = tuple(one for one in draft.blocked if one.visit not in move.visits)
    draft.stage, draft.visit, draft.entered = move.stage, move.visit, move.entered
    draft.edition = 0  # nobody wrote down what it was
    draft.present, draft.carried = 0, ()  # which of its items are of this visit, each says itself
    highest = max(job.highest, *move.visits)
    draft.job = replaced(
        job, pipeline=move.pipeline, status=status, highest=highest, scope=move.scope
    )
    back = Recall(draft, how, cancels, book)
    back.cancelled_before(move)
    back.made(move)
    back.sent(move)
    back.started(move, also.out)
    # What is out already, and fires but once, is not sent again.
    anew = (one for one in move.fired() if whose(one) not in back.out)
    draft.fired = without(draft.fired, frozenset().union(*map(once_marks, anew)))
    for trigger in move.triggers - back.triggers_out(move):
        fires_anew(draft, trigger, move.visits)
    lists = (mine + theirs for mine, theirs in zip(back.lists, also.lists, strict=True))
    draft.tell(MoveUndone, job.stage, move.stage, move.visit, move.entered, *lists)
    if job.status != status:
        draft.tell(StatusChanged, job.status, status, job.scope)
    back.tell(move.delivered)
    draft.book = book  # by whose statuses it reminds from here on
    for id, came in move.carried.items():
        place = place_of_number(id)
        item = draft.items[place]
        scope = item.scope if came.scope is None else came.scope
        draft.items[place] = replaced(item, visit=came.visit, scope=scope)
    for id, due in move.silenced.items():
        place = place_of_number(id)
        item = draft.items[place]
        item = replaced(item, marks=item.marks - {Mark.QUIET})
        goes_on = item.timer is not None and id in move.reminded
        draft.items[place] = item if goes_on else armed(draft, item, due, move.delivered)
    if silence(draft.job, book.pipeline):
        quiet(draft, UNDONE)
    else:
        _remind_after_all(draft, move, how)
        begin_late(draft, move.delivered)
    _restore_sets(draft, move, touched)
    return draft.decide()


def undo_start(
    state: State,
    begun: Beginning,
    how: How,
    cancels: AbstractSet[ItemKind],
    touched: ChangedSince,
    now: datetime,
    actor: str,
) -> tuple[Decision, Lists]:
    """Take back a job that an undone move had started: it is archived, with all that it asked for.

    Returns:
        That, and what became of it, for the list of the undo.
    """
    draft = Draft(state, now, actor)
    back = Recall(draft, how, cancels, draft.book)
    back.made(begun)
    back.sent(begun)
    back.tell()
    _restore_account(draft, begun, touched)
    if draft.status != JobStatus.ARCHIVED:
        change_status(draft, JobStatus.ARCHIVED.value)
    withdrawn, cancelled, gone = back.lists
    job = draft.job
    archived = Trace(JOBS, job.name, None, Ref(JOBS, job.id), "which is archived")
    return draft.decide(), (withdrawn, (archived, *cancelled), gone)


def left_alone(id: str, job: Job | None) -> Lists:
    """Return what an undo says of a job that its move had started, and that it leaves alone.

    It has gone on since, or is deleted (None), and nobody knows any more what it had sent.
    """
    if job is None:
        gone = Trace(JOBS, id, None, Ref(JOBS, id), "which was deleted")
    else:
        gone = Trace(JOBS, job.name, None, Ref(JOBS, id), "which has gone on since")
    return (), (), (gone,)


def _remind_after_all(draft: Draft, move: LastMove, how: How) -> None:
    """Let the reminders leave after all that the move took back before they had left.

    Where another one is on its way since, or has left, that says the same. One that somebody still
    has in hand is theirs as before.
    """
    for place, item in enumerate(draft.items):
        if mail_of(item) or item.id in move.reminded:
            continue
        for mark in UNDER_WAY:
            before = replaced(item, marks=item.marks | {mark})
            key = mail_key(draft.state.tenant, before)
            if key in move.withdrawn - move.delivered and (found := how(key)) not in LEFT:
                remind_after_all(draft, place, mark, in_hand=found is DueState.LEASED)


def _restore_account(draft: Draft, move: LastMove, touched: ChangedSince) -> None:
    """Let tags and access that the move set go back, unless they were changed since."""
    draft.set_tags(_back(draft.account.tags, move.net(TagsChanged), touched.tags), UNDONE)
    account = draft.account
    back = _back(account.access, move.net(AccessChanged), touched.access)
    access = draft.active(back, UNDONE, account.access)
    if access != account.access:
        came, went = access - account.access, account.access - access
        draft.account = replaced(account, access=access)
        draft.tell(AccessChanged, account.id, came, went, UNDONE)


def _restore_sets(draft: Draft, move: LastMove, touched: ChangedSince) -> None:
    """Let all that the move set go back, unless it was changed since."""
    _restore_account(draft, move, touched)
    if edited := move.edited:
        change_job(draft, changes_back(edited), UNDONE)
    for shown in move.shown:
        show_client(draft, shown, UNDONE)
    before = draft.assignees
    back = _back(before, move.net(AssigneesChanged))
    after = draft.assignees = draft.active(back, UNDONE, before)
    if after != before:
        draft.tell(AssigneesChanged, after - before, before - after, UNDONE)


def _back(
    now: frozenset[str], change: Change, since: frozenset[str] = frozenset()
) -> frozenset[str]:
    added, removed = change
    return (now - (added - since)) | (removed - since)
