"""Remains of a visit: what becomes of items that are still open when the job leaves a stage."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from ..model.events import ItemCarried, RemindersStopped
from ..model.facts import Cancelled
from ..model.items import Item, ItemKind, ItemState, LockState, Mark
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Plain, record, replaced
from ..model.remains import Open
from ..ports.cancellations import CANCELLATIONS
from .decision import State
from .draft import Draft
from .item import LEFT, Touched

__all__ = [
    "Leaving",
    "Left",
    "ask_back",
    "can_be_cancelled",
    "cancel_at_port",
    "cancel_key",
    "carry",
    "left_by",
    "let_go",
    "scope_of",
    "whence",
]


@record
class Leaving(Plain):
    """What becomes of what a job leaves open, and the kinds of things that ports can take back."""

    what: Open = Open.STAY
    cancels: frozenset[ItemKind] = frozenset()


class Left:
    """The items that are open in the stage that a job is about to leave."""

    def __init__(self, draft: Draft, leaving: Leaving) -> None:
        """Find them, before the job leaves."""
        self._draft = draft
        self._what = leaving.what
        self._cancels = leaving.cancels
        visit = draft.visit
        places = [
            place
            for place, item in enumerate(draft.items)
            if item.visit == visit and (item.state is ItemState.PENDING or item.is_unanswered)
        ]
        # Documents first, lest they be free since the invoices that lock them are let go of.
        self._places = sorted(
            places, key=lambda p: not isinstance(draft.items[p].progress, LockState)
        )

    def become(self) -> None:
        """Let them be what was said (R-24), now that the job is in its next visit.

        What belongs to a status that the job keeps, and that ends by itself, still does
        (domain.md 2.6): the status would never end by itself else.
        """
        draft = self._draft
        kept = scope_of(draft.job, draft.book.pipeline)
        gone: list[int] = []
        for place in self._places:
            one = Touched(draft, place, Cancelled(LEFT))
            stays = kept and one.item.scope == kept
            if self._what is Open.CARRY:
                carry(draft, place)
                if not stays:
                    draft.items[place] = replaced(draft.items[place], scope=0)
            elif stays:
                continue
            elif self._what is Open.QUIET:
                _silence(one)
            else:
                one.resolve(LEFT)
                if one.item.request in draft.state.undelivered:
                    one.update(marks=one.item.marks | {Mark.UNWANTED})
                gone.append(place)
        for place in gone:  # together: what has one name is asked back if none of it is left
            ask_back(draft, draft.items[place], self._cancels)


def scope_of(job: Job, pipeline: Pipeline) -> int:
    """Return to what a thing belongs that a job gets by hand: to a setting of a status that ends by
    itself, or to the stage, which is 0 (domain.md 2.6).
    """
    status = pipeline.status(job.status)
    return job.scope if status is not None and status.automove else 0


def _silence(one: Touched) -> None:
    """Switch the reminders of an item off, also those that would start anew since they are used up,
    as where a payment fails (R-8).

    It is told also where none is set, since that is what an undo takes back.
    """
    item = one.item
    if item.reminders is None or Mark.QUIET in item.marks:
        one.hush()
        return
    if item.timer is None:
        one.draft.tell(RemindersStopped, item.id, item.name, LEFT)
    one.silence(LEFT)
    one.update(marks=one.item.marks | {Mark.QUIET})


def carry(draft: Draft, place: int) -> None:
    """Let an open item of an earlier visit hold this one; one of a later visit stays there.

    That of an earlier setting of a status holds the one whose automations have their turn; one of a
    later setting stays where it is, too, as where a retry makes up for what an earlier one lacks.
    """
    item = draft.items[place]
    before = item.scope
    if item.scope < draft.scope:
        item = draft.items[place] = replaced(item, scope=draft.scope)
    if item.visit < draft.visit:
        draft.items[place] = replaced(item, visit=draft.visit)
        if place < draft.present:
            draft.carried += (place,)
        draft.tell(ItemCarried, item.id, item.name, item.visit, before)


def whence(draft: Draft, place: int) -> str:
    """Say of when an open item is that is carried here; "" where it stays where it is."""
    item = draft.items[place]
    if item.visit < draft.visit:
        return " of an earlier visit"
    return " of an earlier status" if item.scope < draft.scope else ""


def let_go(items: Iterable[Item]) -> frozenset[str]:
    """Return what a job has let go of, which is not what keeps a thing at its host."""
    return frozenset(item.id for item in items if item.is_over)


def can_be_cancelled(
    state: State, item: Item, cancels: AbstractSet[ItemKind], gone: AbstractSet[str]
) -> bool:
    """Tell whether the port that made a thing can take it back; what others have is not ours.

    Args:
        state: The job, which knows who has the thing too.
        item: The thing.
        cancels: The kinds of things that ports can take back.
        gone: The items that are let go of when the command is over.
    """
    if item.request is None or item.kind not in cancels:
        return False
    return not is_had(state, item, gone)


def is_had(state: State, item: Item, gone: AbstractSet[str]) -> bool:
    """Tell whether anybody else has a thing too, beside what is let go of."""
    return any(one not in gone for one in state.had.get(item.id, ()))


def cancel_key(draft: Draft, item: Item, visit: int) -> str:
    """Return the key of the request that takes a thing back, by the visit in which it is asked."""
    return draft.item_key(item, "cancel", str(visit))


def cancel_at_port(draft: Draft, item: Item, reason: str) -> None:
    """Ask the port that made a thing to take it back, once for all that has one name there."""
    request, ref = item.request, item.ref
    asked = (one for one in draft.requests if isinstance(one, CANCELLATIONS[item.kind]))
    if request is None or (ref is not None and ref.id in {one.ref for one in asked}):
        return
    draft.requests.append(
        CANCELLATIONS[item.kind](
            cancel_key(draft, item, draft.visit),
            draft.account.id,
            draft.job.id,
            item.id,
            item.template,
            item.name,
            ref.id if ref is not None else None,
            request,
            reason,
        )
    )


def ask_back(draft: Draft, item: Item, cancels: AbstractSet[ItemKind]) -> None:
    """Ask the port to take back what its job has left behind, once it is there; warn of a bill that
    it cannot take back, so that no other one comes for it, or that others have, who may leave it
    behind as well.
    """
    state = draft.state
    if item.request in state.undelivered:
        return
    gone = let_go(draft.items)
    if can_be_cancelled(state, item, cancels, gone):
        cancel_at_port(draft, item, LEFT)
    elif item.kind is ItemKind.INVOICE:
        had = is_had(state, item, gone)
        why = "it is linked elsewhere" if had else "nobody waits for it any more"
        draft.warn(f"{item.name!r}: {why}, and the bill stands")


def left_by(draft: Draft, leaving: Leaving | None) -> Left | None:
    """Return what a job leaves open where something is to become of it; None: it stays."""
    return None if leaving is None or leaving.what is Open.STAY else Left(draft, leaving)
