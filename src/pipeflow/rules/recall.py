"""Recall: what becomes of all that a move had asked ports for, where it is undone (R-26)."""

from __future__ import annotations

from collections.abc import Collection, Container
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeAlias

from ..model.events import ItemReopened, ItemResolved
from ..model.facts import Cancelled, Reopened
from ..model.items import Item, ItemKind, ItemState, LockState, Mark
from ..model.record import replaced
from ..model.remains import NEVER_LEFT, Trace
from ..ports.due import NOT_TAKEN_UP, DueState
from ..ports.ports import port_of
from .decision import Book
from .draft import Draft
from .effects import be_born_done, completing_facts
from .firings import OUTLET_OF, How, follow_anew, known_keys
from .item import UNDONE, Touched
from .last_move import Fired, FiredTrigger, LastMove, place_of_number
from .left import can_be_cancelled, cancel_at_port, cancel_key, let_go

__all__ = ["LEFT", "Recall", "armed", "whose"]

LEFT = frozenset({None, DueState.DONE})
MAYBE_OUT = LEFT | {DueState.LEASED}  # what somebody holds may have left by now

# An automation, as what it made says whose it is: its pipeline, the stage, its id.
Whose: TypeAlias = tuple[str, str, str | None]


def whose(fired: Fired) -> Whose:
    """Return whose it is what an automation made."""
    return fired.pipeline, fired.stage, fired.automation


class Recall:
    """What becomes of each thing that the move had asked ports for."""

    def __init__(self, draft: Draft, how: How, cancels: AbstractSet[ItemKind], back: Book) -> None:
        self._back = back  # to which the job goes back
        self._draft = draft
        self._how = how
        self._cancels = cancels
        self._withdrawn: list[Trace] = []
        self._cancelled: list[Trace] = []
        self._gone: list[Trace] = []
        self._lost: list[Trace] = []  # what it had cancelled, and does not wait again
        self.out: set[Whose] = set()  # the automations whose things cannot be taken back
        self._resolved: list[int] = []
        self._reopened: list[tuple[int, datetime | None]] = []

    @property
    def lists(self) -> tuple[tuple[Trace, ...], ...]:
        """What is withdrawn, what is cancelled, and what is gone."""
        return tuple(self._withdrawn), tuple(self._cancelled), (*self._gone, *self._lost)

    def made(self, move: LastMove) -> None:
        """Let go of the items that the move made."""
        draft = self._draft
        self._resolved += move.made(draft.items)
        gone = self._let_go()
        for place in self._resolved:
            item = draft.items[place]
            key = item.request  # None: no port was asked for it
            found = DueState.CANCELLED if key is None else self._withdraw(key, _trace(item))
            if found in LEFT and can_be_cancelled(draft.state, item, self._cancels, gone):
                self._cancelled.append(_trace(item))
                cancel_at_port(draft, item, UNDONE)
                continue
            if found in LEFT:
                self._gone.append(_trace(item))
            if found in MAYBE_OUT:
                self._note_made(item)

    def _let_go(self) -> frozenset[str]:
        """Return what the job has let go of when all is undone: what waits again is not."""
        items = self._draft.items
        made = {items[place].id for place in self._resolved}
        return (let_go(items) - {items[place].id for place, _ in self._reopened}) | made

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
                        self.out.add(whose(fired))

    def started(self, move: LastMove, out: AbstractSet[str]) -> None:
        """Note which automations started a job of which something is out."""
        for fired in move.fired():
            if fired.follow_up in out:
                self.out.add(whose(fired))

    def triggers_out(self, move: LastMove) -> set[FiredTrigger]:
        """Return the triggers of which something is out: these have fired, whatever is undone."""
        fired = (one for one in move.fired() if whose(one) in self.out)
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
        if found in NOT_TAKEN_UP:
            self._withdrawn.append(trace)
        elif found is DueState.LEASED:
            self._gone.append(replaced(trace, note="which may be on its way"))
        if found in NOT_TAKEN_UP or found is DueState.LEASED:
            self._draft.withdraws += (key,)
            self._draft.changed = True  # though its job may be what it was
        return found

    def cancelled_before(self, move: LastMove) -> None:
        """Let items of earlier visits wait again that the move cancelled, if they still can be."""
        draft = self._draft
        for id, due in move.cancelled.items():
            place = place_of_number(id)
            item = draft.items[place]
            # What was in hand is asked back once it is there, in whichever visit that is.
            keys = [cancel_key(draft, item, visit) for visit in sorted(move.visits)]
            asked = {key: found for key in keys if (found := self._how(key)) is not None}
            asked |= draft.state.asked_back.get(id, {})
            if note := self._why_gone(item, asked.values()):
                self._lost.append(replaced(_trace(item), note=note))
            else:
                self._reopened.append((place, due))
                draft.withdraws += (*asked,)

    def _why_gone(self, item: Item, asked: Collection[DueState]) -> str:
        """Say why what the move cancelled does not wait again; "" where it does.

        Args:
            item: The item.
            asked: How far that has come which its port was asked, to take it back.
        """
        request = None if item.is_there else item.request
        if request is not None and self._how(request) is DueState.CANCELLED:
            return "which may be there" if Mark.UNSURE in item.marks else NEVER_LEFT
        if DueState.DONE in asked:
            return "which was cancelled at its port"
        return "which may be cancelled at its port" if DueState.LEASED in asked else ""

    def tell(self, delivered: Container[str | None] = ()) -> None:
        """Change the items, and say so; what was *delivered* since is reminded of from then on."""
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
            if item.request is not None and not item.is_there:
                draft.wanted += (item.request,)
            if isinstance(item.progress, LockState):
                opened = replaced(opened, progress=replaced(item.progress, void=False))
                draft.relocked += (item.id,) if Mark.SHARED in item.marks else ()
            draft.tell(ItemReopened, item.id, item.name, Reopened(UNDONE))
            draft.items[place] = armed(draft, opened, due, delivered)
            if _told_done(item):
                be_born_done(draft, place, by_receipt=True)
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
    opened = replaced(item, marks=item.marks - {Mark.UNWANTED})
    if item.asks:
        opened = replaced(opened, state=ItemState.PENDING)
    if item.asks and not _told_done(item):
        return opened
    return replaced(opened, marks=opened.marks - {Mark.LATE}, late_facts=item.late_facts[:-1])


def _told_done(item: Item) -> bool:
    """Tell whether its port said of what the move cancelled that it is done."""
    return item.asks and item.late_facts[-1:] == completing_facts(item)[-1:]


def armed(draft: Draft, item: Item, due: datetime | None, delivered: Container[str | None]) -> Item:
    """Let reminders go on as they were; where there was nobody to remind, they wait as before.

    Those of what was delivered since begin with all others that do (`begin_late`).
    """
    if Mark.UNHEARD in item.marks or (due is None and item.request in delivered):
        return item
    return draft.arm(item, item.reminders, at=due)


def _trace(item: Item) -> Trace:
    return Trace(port_of(item.kind), item.name, item.id, item.ref)
