"""Undo: the last move of a job is taken back, with an honest list of what cannot be (R-26)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple, TypeAlias

from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    ItemReopened,
    ItemResolved,
    MoveUndone,
    StatusChanged,
    TagsChanged,
)
from ..model.facts import Cancelled, Reopened
from ..model.items import Item, ItemKind, ItemState, LockState, Mark, Ref
from ..model.jobs import Job, JobStatus
from ..model.record import replaced
from ..model.remains import NEVER_LEFT, Trace
from ..ports.due import DueState
from ..ports.ports import port_of
from .alarms import leave_pipeline
from .decision import Book, Decision, State
from .draft import Draft
from .firings import OUTLET_OF, How, fires_anew, follow_anew, known_keys, once_marks
from .item import UNDONE, Touched
from .job_changes import change_job, changes_back, show_client
from .last_move import Beginning, Change, Fired, FiredTrigger, LastMove, place_of_number
from .left import can_be_cancelled, cancel_at_port, cancel_key
from .marks import without
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
WAITING = frozenset({DueState.WAIT, DueState.DEAD})
LEFT = frozenset({None, DueState.DONE})
MAYBE_OUT = LEFT | {DueState.LEASED}  # what somebody holds may have left by now

# What is withdrawn, what is cancelled, and what is gone.
Lists: TypeAlias = tuple[tuple[Trace, ...], ...]


# An automation, as what it made says whose it is: its pipeline, the stage, its id.
_Whose: TypeAlias = tuple[str, str, str | None]


class Offspring(NamedTuple):
    """What became of the jobs that a move started, and those of which something is `out`: they
    went on since, are gone, or have made what cannot be taken back.
    """

    lists: Lists = ((), (), ())
    out: frozenset[str] = frozenset()


NONE = Offspring()


def _whose(fired: Fired) -> _Whose:
    return fired.pipeline, fired.stage, fired.automation


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
    back = _TakenBack(draft, how, cancels, book)
    back.made(move)
    back.sent(move)
    back.started(move, also.out)
    back.cancelled_before(move)
    # What is out already, and fires but once, is not sent again.
    anew = (one for one in move.fired() if _whose(one) not in back.out)
    draft.fired = without(draft.fired, frozenset().union(*map(once_marks, anew)))
    for trigger in move.triggers - back.triggers_out(move):
        fires_anew(draft, trigger, move.visits)
    lists = (mine + theirs for mine, theirs in zip(back.lists, also.lists, strict=True))
    draft.tell(MoveUndone, job.stage, move.stage, move.visit, move.entered, *lists)
    if job.status != status:
        draft.tell(StatusChanged, job.status, status, job.scope)
    back.tell()
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
        draft.items[place] = item if goes_on else _armed(draft, item, due)
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
    back = _TakenBack(draft, how, cancels, draft.book)
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


class _TakenBack:
    """What becomes of each thing that the move had asked ports for."""

    def __init__(self, draft: Draft, how: How, cancels: AbstractSet[ItemKind], back: Book) -> None:
        self._back = back  # to which the job goes back
        self._draft = draft
        self._how = how
        self._cancels = cancels
        self._withdrawn: list[Trace] = []
        self._cancelled: list[Trace] = []
        self._gone: list[Trace] = []
        self.out: set[_Whose] = set()  # the automations whose things cannot be taken back
        self._resolved: list[int] = []
        self._reopened: list[tuple[int, datetime | None]] = []

    @property
    def lists(self) -> tuple[tuple[Trace, ...], ...]:
        """What is withdrawn, what is cancelled, and what is gone."""
        return tuple(self._withdrawn), tuple(self._cancelled), tuple(self._gone)

    def made(self, move: LastMove) -> None:
        """Let go of the items that the move made."""
        draft = self._draft
        for place in move.made(draft.items):
            item = draft.items[place]
            self._resolved.append(place)
            key = item.request  # None: no port was asked for it
            found = DueState.CANCELLED if key is None else self._withdraw(key, _trace(item))
            if found in LEFT and can_be_cancelled(draft.state, item, self._cancels):
                self._cancelled.append(_trace(item))
                cancel_at_port(draft, item, self._cancels, UNDONE)
                continue
            if found in LEFT:
                self._gone.append(_trace(item))
            if found in MAYBE_OUT:
                self._note_made(item)

    def sent(self, move: LastMove) -> None:
        """Take back e-mails and folders, which are no items; what has left is gone."""
        state = self._draft.state
        for fired in move.fired():
            outlet = OUTLET_OF.get(fired.kind)
            if outlet is not None and fired.item is None:
                trace = Trace(outlet.name, self._name(fired))
                for one in known_keys(state, fired, self._how):
                    found = self._withdraw(one, trace)
                    if found in LEFT:
                        self._gone.append(trace)
                    if found in MAYBE_OUT:
                        self.out.add(_whose(fired))

    def started(self, move: LastMove, out: AbstractSet[str]) -> None:
        """Note which automations started a job of which something is out."""
        for fired in move.fired():
            if fired.follow_up in out:
                self.out.add(_whose(fired))

    def triggers_out(self, move: LastMove) -> set[FiredTrigger]:
        """Return the triggers of which something is out: these have fired, whatever is undone."""
        fired = (one for one in move.fired() if _whose(one) in self.out)
        return {one.by for one in fired}

    def _note_made(self, item: Item) -> None:
        """Note that a thing may be out; that which a thing brought about is of who made that."""
        items = {one.id: one for one in self._draft.items}
        while item.origin in items:
            item = items[item.origin]
        self.out.add((item.pipeline, item.stage, item.origin))

    def _name(self, fired: Fired) -> str:
        """Return what the template is called that an automation used; its id if that is gone."""
        here = self._draft.book
        books = {**self._back.others, self._back.pipeline.id: self._back, **here.others}
        book = {**books, here.pipeline.id: here}.get(fired.pipeline, here)
        found = book.automation(fired.stage, fired.automation)
        template = book.templates.get(found.uses or "") if found is not None else None
        return template.name if template is not None else fired.automation

    def _withdraw(self, key: str, trace: Trace) -> DueState | None:
        """Take back a request that has not left, and list it; return how far it has come."""
        found = self._how(key)
        if found in WAITING:
            self._withdrawn.append(trace)
        elif found is DueState.LEASED:
            self._gone.append(replaced(trace, note="which may be on its way"))
        if found in WAITING or found is DueState.LEASED:
            self._draft.withdraws += (key,)
        return found

    def cancelled_before(self, move: LastMove) -> None:
        """Let items of earlier visits wait again that the move cancelled, if they still can be."""
        draft = self._draft
        for id, due in move.cancelled.items():
            place = place_of_number(id)
            item = draft.items[place]
            # What was in hand is asked back once it is there, in whichever visit that is.
            keys = [cancel_key(draft, item, visit) for visit in sorted(move.visits)]
            asked = [key for key in keys if self._how(key) is not None]
            request = item.request if item.ref is None else None
            never = request is not None and self._how(request) is DueState.CANCELLED
            if never or any(self._how(key) in {DueState.DONE, DueState.LEASED} for key in asked):
                unsure = "which may be there" if Mark.UNSURE in item.marks else NEVER_LEFT
                note = unsure if never else "which was cancelled at its port"
                self._gone.append(replaced(_trace(item), note=note))
            else:
                self._reopened.append((place, due))
                draft.withdraws += (*asked,)

    def tell(self) -> None:
        """Change the items, and say so."""
        draft = self._draft
        for place in self._resolved:
            item = draft.items[place]
            quieted = draft.hush(draft.disarm(item))
            marks = quieted.marks if item.asks else quieted.marks | {Mark.LATE}
            draft.items[place] = replaced(quieted, state=ItemState.RESOLVED, marks=marks)
            draft.tell(ItemResolved, item.id, item.name, UNDONE)
        for place, due in self._reopened:
            item = draft.items[place]
            opened = _opened(item)
            if item.request is not None and item.ref is None:
                draft.wanted += (item.request,)
            if isinstance(item.progress, LockState):
                opened = replaced(opened, progress=replaced(item.progress, void=False))
                draft.relocked += (item.id,) if Mark.SHARED in item.marks else ()
            draft.tell(ItemReopened, item.id, item.name, Reopened(UNDONE))
            draft.items[place] = _armed(draft, opened, due)
            if due is not None:
                follow_anew(draft, item.id, due)
        for place, _ in self._reopened:
            _set_free(draft, place)


def _set_free(draft: Draft, place: int) -> None:
    """Let nobody wait for a document all of whose invoices stay cancelled, or paid."""
    lock = draft.items[place].progress
    if isinstance(lock, LockState):
        invoices = [one for one in draft.items if one.id in lock.invoices]
        Touched(draft, place, Cancelled(UNDONE)).set_free(invoices)


def _opened(item: Item) -> Item:
    """Return an item as it was before it was cancelled; what asks nothing was plain."""
    marks = item.marks - {Mark.UNWANTED}
    if item.asks:
        return replaced(item, state=ItemState.PENDING, marks=marks)
    return replaced(item, marks=marks - {Mark.LATE}, late_facts=item.late_facts[:-1])


def _armed(draft: Draft, item: Item, due: datetime | None) -> Item:
    """Let reminders go on as they were; where there was nobody to remind, they wait as before."""
    return item if Mark.UNHEARD in item.marks else draft.arm(item, item.reminders, at=due)


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
            if key in move.withdrawn and (found := how(key)) not in LEFT:
                remind_after_all(draft, place, mark, in_hand=found is DueState.LEASED)


def _trace(item: Item) -> Trace:
    return Trace(port_of(item.kind), item.name, item.id, item.ref)


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
