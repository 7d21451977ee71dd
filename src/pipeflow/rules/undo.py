"""Undo: the last move of a job is taken back, with an honest list of what cannot be (R-26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple, TypeAlias

from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    ItemReopened,
    ItemResolved,
    MoveUndone,
    TagsChanged,
)
from ..model.facts import Reopened
from ..model.items import Item, ItemKind, ItemState, Mark
from ..model.record import replaced
from ..model.remains import Trace
from ..ports.due import DueState
from ..ports.keys import key_of
from ..ports.ports import OUTLETS, port_of
from .decision import Book, Decision, State
from .draft import Draft
from .last_move import Change, LastMove, place_of_number
from .left import can_be_cancelled, cancel_at_port, cancel_key
from .rhythms import quiet, silence
from .turns import mark_of

__all__ = ["ChangedSince", "How", "undo"]


class ChangedSince(NamedTuple):
    """Tags of the account, and members with access to it, that came or went since a move."""

    tags: frozenset[str] = frozenset()
    access: frozenset[str] = frozenset()


# How far a request has come, by its key; None: nothing is known of it, or not any more.
How: TypeAlias = Callable[[str], DueState | None]

UNDONE = "undone"
WAITING = frozenset({DueState.WAIT, DueState.DEAD})
OUTLET_OF = {one.automation.kind: one for one in OUTLETS}


def undo(
    state: State,
    move: LastMove,
    book: Book,
    how: How,
    cancels: AbstractSet[ItemKind],
    touched: ChangedSince,
    now: datetime,
    actor: str,
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
    """
    draft = Draft(state, now, actor)
    job = draft.job
    draft.blocked = tuple(one for one in draft.blocked if one.visit not in move.visits)
    draft.stage, draft.visit, draft.entered = move.stage, move.visit, move.entered
    draft.present, draft.carried = 0, ()  # which of its items are of this visit, each says itself
    highest = max(job.highest, *move.visits)
    draft.job = replaced(job, pipeline=move.pipeline, status=move.status, highest=highest)
    back = _TakenBack(draft, how, cancels)
    back.made(move)
    back.sent(move)
    back.cancelled_before(move)
    ran = {mark_of(job.pipeline, stage, automation) for _, stage, automation, *_ in move.fired()}
    draft.fired -= ran - back.out  # what is out already, and fires but once, is not sent again
    draft.tell(MoveUndone, job.stage, move.stage, move.visit, move.entered, *back.lists)
    back.tell()
    draft.book = book  # by whose statuses it reminds from here on
    for id, visit in move.carried.items():
        place = place_of_number(id)
        draft.items[place] = replaced(draft.items[place], visit=visit)
    for id, due in move.silenced.items():
        place = place_of_number(id)
        item = draft.items[place]
        item = replaced(item, marks=item.marks - {Mark.QUIET})
        draft.items[place] = draft.arm(item, item.reminders, at=due)
    if silence(draft.job, book.pipeline):
        quiet(draft, UNDONE)
    _restore_sets(draft, move, touched)
    return draft.decide()


class _TakenBack:
    """What becomes of each thing that the move had asked ports for."""

    def __init__(self, draft: Draft, how: How, cancels: AbstractSet[ItemKind]) -> None:
        self._draft = draft
        self._how = how
        self._cancels = cancels
        self._withdrawn: list[Trace] = []
        self._cancelled: list[Trace] = []
        self._gone: list[Trace] = []
        self.out: set[str] = set()  # the marks of automations whose things cannot be taken back
        self._resolved: list[int] = []
        self._reopened: list[tuple[int, datetime | None]] = []

    @property
    def lists(self) -> tuple[tuple[Trace, ...], ...]:
        """What is withdrawn, what is cancelled, and what is gone."""
        return tuple(self._withdrawn), tuple(self._cancelled), tuple(self._gone)

    def made(self, move: LastMove) -> None:
        """Let go of the items that the move made."""
        draft = self._draft
        for place in range(len(draft.items) if move.made is None else move.made, len(draft.items)):
            item = draft.items[place]
            self._resolved.append(place)
            if item.request is None or not self._withdraw(item.request, _trace(item)):
                continue
            if can_be_cancelled(item, self._cancels):
                self._cancelled.append(_trace(item))
                cancel_at_port(draft, item, self._cancels, UNDONE)
            else:
                self._gone.append(_trace(item))
                self.out.add(mark_of(item.pipeline, item.stage, item.origin))

    def sent(self, move: LastMove) -> None:
        """Take back e-mails and folders, which are no items; what has left is gone."""
        state, pipeline = self._draft.state, self._draft.state.job.pipeline
        for visit, stage, automation, kind, is_item in move.fired():
            outlet = OUTLET_OF.get(kind)
            if outlet is not None and not is_item:
                trace = Trace(outlet.name, self._name(stage, automation))
                key = key_of(state.tenant, state.job.id, str(visit), automation)
                for one in self._known(key):
                    if self._withdraw(one, trace):
                        self._gone.append(trace)
                        self.out.add(mark_of(pipeline, stage, automation))

    def _name(self, stage: str, automation: str) -> str:
        """Return what the template is called that an automation used; its id if that is gone."""
        book = self._draft.book
        found = book.automation(stage, automation)
        template = book.templates.get(found.uses or "") if found is not None else None
        return template.name if template is not None else automation

    def _known(self, key: str) -> Iterator[str]:
        """Yield the keys of what one automation asked for: one, or one for each contact."""
        if self._how(key) is not None:
            yield key
        number = 1
        while self._how(f"{key}/{number}") is not None:
            yield f"{key}/{number}"
            number += 1

    def _withdraw(self, key: str, trace: Trace) -> bool:
        """Take back a request that has not left, and list it; True: it has left."""
        found = self._how(key)
        if found in WAITING:
            self._withdrawn.append(trace)
        elif found is DueState.LEASED:
            self._gone.append(replaced(trace, note="which is on its way just now"))
        if found in WAITING or found is DueState.LEASED:
            self._draft.withdraws += (key,)
        return found in {None, DueState.DONE}

    def cancelled_before(self, move: LastMove) -> None:
        """Let items of earlier visits wait again that the move cancelled, if they still can be."""
        draft = self._draft
        for id, due in move.cancelled.items():
            place = place_of_number(id)
            item = draft.items[place]
            key = cancel_key(draft, item, min(move.visits))
            asked = self._how(key)
            never = item.request is not None and self._how(item.request) is DueState.CANCELLED
            if never or asked in {DueState.DONE, DueState.LEASED}:
                note = "which never left" if never else "which was cancelled at its port"
                self._gone.append(replaced(_trace(item), note=note))
            else:
                self._reopened.append((place, due))
                draft.withdraws += (key,) if asked is not None else ()

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
            opened = replaced(item, state=ItemState.PENDING)
            draft.tell(ItemReopened, item.id, item.name, Reopened(UNDONE))
            draft.items[place] = draft.arm(opened, opened.reminders, at=due)


def _trace(item: Item) -> Trace:
    return Trace(port_of(item.kind), item.name, item.id, item.ref)


def _restore_sets(draft: Draft, move: LastMove, touched: ChangedSince) -> None:
    """Let tags, access and assignees that the move set go back, unless they were changed since.

    Of the job's own assignees nobody has changed any: an edit refuses the undo.
    """
    draft.set_tags(_back(draft.account.tags, move.net(TagsChanged), touched.tags), UNDONE)
    account = draft.account
    access = _back(account.access, move.net(AccessChanged), touched.access)
    if access != account.access:
        came, went = access - account.access, account.access - access
        draft.account = replaced(account, access=access)
        draft.tell(AccessChanged, account.id, came, went, UNDONE)
    before = draft.assignees
    after = draft.assignees = _back(before, move.net(AssigneesChanged))
    if after != before:
        draft.tell(AssigneesChanged, after - before, before - after, UNDONE)


def _back(
    now: frozenset[str], change: Change, since: frozenset[str] = frozenset()
) -> frozenset[str]:
    added, removed = change
    return (now - (added - since)) | (removed - since)
