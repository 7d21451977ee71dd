"""The item that a fact is about: whatever happens to one, completing it included, happens here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.events import FactRecorded, ItemCompleted, ItemReopened, ItemResolved, Warned
from ..model.facts import Cancelled, Fact
from ..model.items import Item, ItemKind, ItemState, LockState, Mark
from ..model.jobs import OVER
from ..model.record import replaced
from ..ports.keys import cancel_keys
from .draft import Draft

__all__ = ["Touched", "is_done", "why_no_more"]

LATE = "it was no longer waited for"
LATER = "the job is paused; what follows waits until it is resumed"
# Why nobody waits for what was done.
NO_MORE = {
    Mark.UNLINKED: "the job had let go of it",
    Mark.UNMADE: "it never came to be: its request was given up",
    Mark.LATE: "it was cancelled while it was done",
}
LINK = "link"  # the origin of what was linked
ALL_CANCELLED = "all its invoices were cancelled"
LEFT, UNDONE, LET_GO_OF = "its job left the stage", "undone", "unlinked"
NOTHING_LEFT, CREDITED = "no client task is left", "credit notes leave nothing to pay"
GIVEN_UP = "its request was abandoned"
# Why one job waits for a thing no more, which does not say that nobody wants it.
OWN = frozenset({LEFT, UNDONE, LET_GO_OF, NOTHING_LEFT, CREDITED, GIVEN_UP})
OURS = OWN | {*NO_MORE.values()}
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
INVOICE = ItemKind.INVOICE
LET_GO = frozenset({Mark.AWAY, Mark.UNLINKED})


def is_done(item: Item) -> bool:
    """Tell whether a thing is done, also where that was told after it had been let go of (R-15)."""
    return item.state is COMPLETED or Mark.DONE in item.marks


def why_no_more(item: Item) -> str | None:
    """Say why nobody waits for a thing any more, though it is done; None where that stands."""
    return next((why for mark, why in NO_MORE.items() if mark in item.marks), None)


def why_over(reason: str, what: str) -> str:
    """Return why nobody wants a thing any more, as its host says it, or *what* it says; told apart
    from what says that but one job waits for it no more.
    """
    return f"{what}: {reason}" if reason in OURS else reason or what


class Touched:
    """An item that a fact touches, at its place in the draft."""

    __slots__ = ("born", "by_receipt", "draft", "fact", "item", "kept", "place")

    def __init__(self, draft: Draft, place: int, fact: Fact, *, born: bool = False) -> None:
        """Take the draft, the item's place in it, and the fact; *born*: it was done at birth."""
        self.born = born
        self.by_receipt = False  # whether a port's answer says so, and nobody who acts
        self.kept = False  # whether anything of the fact is kept so far
        self.draft = draft
        self.place = place
        self.item = draft.items[place]
        self.fact = fact

    def update(self, **changes: object) -> None:
        """Change the item."""
        self.kept = self.draft.changed = True
        self.item = self.draft.items[self.place] = replaced(self.item, **changes)

    def note(self, note: str = "") -> None:
        """Write down that it happened; the item's state stays."""
        self.draft.tell(FactRecorded, self.item.id, self.item.name, self.fact, note)

    def forget(self, *marks: Mark) -> None:
        """Take marks off, where there are any."""
        if not self.item.marks.isdisjoint(marks):
            self.update(marks=self.item.marks.difference(marks))

    def complete(self) -> None:
        """Complete the item, once; one that was resolved before stays so."""
        draft, item = self.draft, self.item
        if item.state is RESOLVED:
            if self.is_open:
                self.update(marks=item.marks | {Mark.DONE})
            self.keep_at_port()
            self.note_late(LATE)
        elif item.state is PENDING:
            done = draft.disarm(item) if item.timer is not None else item
            if item.asked or item.nudged:
                done = draft.hush(done)
            self.item = draft.items[self.place] = replaced(done, state=COMPLETED)
            fact = None if self.born else self.fact
            draft.tell(ItemCompleted, item.id, item.name, fact, *self._receipt)
            if item.kind is INVOICE:
                self._unlock()

    def note_late(self, note: str) -> None:
        """Write down what came too late to matter; what says nothing new, once (R-15)."""
        item, fact = self.item, self.fact
        if fact not in item.late_facts:
            self.update(marks=item.marks | {Mark.LATE}, late_facts=(*item.late_facts, fact))
        elif not self.kept:
            return
        if self.by_receipt:
            self.draft.warn(f"{item.name!r}: its port says that it is done, and {note}")
        else:
            self.note(note)

    def reopen(self) -> None:
        """Let a completed item wait again, but not what was let go of or put away (A-11)."""
        draft, item = self.draft, self.item
        if item.state is PENDING:
            return
        if item.state is RESOLVED or Mark.AWAY in item.marks:
            if item.state is RESOLVED:
                self.forget(Mark.DONE)
            self.note_late(LATE)
            return
        if (why := self.no_more) is not None:
            marks = item.marks - {Mark.SUBMITTED, Mark.HELD} | {Mark.LATE}
            late = (*item.late_facts, self.fact)
            self.update(state=RESOLVED, marks=marks, late_facts=late)
            if not self.by_receipt:
                self.note(LATE)
            draft.tell(ItemResolved, item.id, item.name, why, None, *self._receipt)
            if Mark.LATE in item.marks:
                self.be_void()
            return
        marks = item.marks - {Mark.QUIET, Mark.HELD, Mark.SUBMITTED}
        opened = replaced(item, state=PENDING, reopened=draft.now, marks=marks)
        self.item = draft.items[self.place] = opened
        draft.tell(ItemReopened, item.id, item.name, self.fact, *self._receipt)
        self.remind_again(anew=True)
        if item.kind is INVOICE:
            self.lock()

    def be_void(self, *, so: bool = True) -> None:
        """Let a bill be void, or stand again, for whoever has or had it linked; so it is kept of
        what is linked that its host wants it no more, though its job had left it before.
        """
        if self.item.kind is INVOICE or self.item.origin == LINK:
            self.draft.voided += ((self.item.id, so),)

    def _unlock(self) -> None:
        """Set documents free that this invoice locked, where no other one does."""
        for one, invoices in self._locked():
            one.set_free(invoices)

    def set_free(self, invoices: Sequence[Item]) -> None:
        """Complete a document that no invoice locks any more, since all are paid; none is paid
        where all were cancelled, so that nobody waits for it, and that is no completion (A-10).
        """
        if self.item.state is not PENDING or any(one.state is PENDING for one in invoices):
            return
        if any(invoice.state is COMPLETED for invoice in invoices):
            self.complete()
        else:
            self.resolve(ALL_CANCELLED)
            self.update(progress=replaced(self.item.progress, void=True))
        self.tell_elsewhere()

    def lock(self) -> None:
        """Lock documents again whose invoice is open again; their job stays (A-11)."""
        for one, _ in self._locked():
            was, lock = one.item.state, one.item.progress
            if isinstance(lock, LockState) and lock.void and one.item.marks.isdisjoint(LET_GO):
                marks = one.item.marks - {Mark.LATE}
                one.wait_again(progress=replaced(lock, void=False), marks=marks)
                one.remind_again(anew=True)
            else:
                one.reopen()
            if one.item.state is not was:
                one.tell_elsewhere()

    def wait_again(self, **changes: object) -> None:
        """Let an item wait that was resolved, and say so."""
        draft = self.draft
        self.update(state=PENDING, reopened=draft.now, **changes)
        draft.tell(ItemReopened, self.item.id, self.item.name, self.fact, *self._receipt)
        self.want()

    def tell_elsewhere(self) -> None:
        """Let other jobs hear that a document was locked or set free here, if they have it."""
        if Mark.SHARED in self.item.marks:
            self.draft.relocked += (self.item.id,)

    def _locked(self) -> Iterator[tuple[Touched, list[Item]]]:
        """Yield the documents that this invoice locks, each with all the invoices that do."""
        items = self.draft.items
        for place, other in enumerate(items):
            lock = other.progress
            if isinstance(lock, LockState) and self.item.id in lock.invoices:
                locking = [one for one in items if one.id in lock.invoices]
                touched = Touched(self.draft, place, self.fact)
                touched.by_receipt = self.by_receipt
                yield touched, locking

    def remind_again(self, *, anew: bool = False) -> None:
        """Let the reminders of the item go on, or start anew, if its job reminds anybody.

        What ran on until then, or has not left yet, is taken back where they start anew.
        """
        draft, item = self.draft, self.item
        if anew:
            item = draft.hush(draft.disarm(item))
        if anew and item.reminded:
            item = replaced(item, reminded=0)
        if item.timer is None:
            item = draft.arm(item, item.reminders)
        self.item = draft.items[self.place] = item

    def remind_on(self) -> None:
        """Let reminders go on where the client has to act again; those used up start anew."""
        item, rhythm = self.item, self.item.reminders
        if item.state is PENDING:
            self.remind_again(anew=rhythm is not None and item.reminded >= rhythm.times)

    def hush(self) -> None:
        """Take back the reminder of it that has not left."""
        self.item = self.draft.items[self.place] = self.draft.hush(self.item)

    def disapprove(self) -> None:
        """Let a document wait, as it did or once more, since the client refused it."""
        if Mark.DISAPPROVED in self.item.marks:
            return
        self.update(marks=self.item.marks | {Mark.DISAPPROVED})
        if self.is_done:
            self.reopen()
        else:
            self.note()

    def resolve(self, reason: str) -> None:
        """Stop waiting for the item, without calling it done; what is done stays so (A-10).

        Either way nobody needs a request of it any more that has not left. A plain message is
        resolved from birth; it can be cancelled all the same, once.
        """
        draft, item = self.draft, self.item
        marks, late = item.marks, item.late_facts
        if item.state is COMPLETED:
            if not any(isinstance(fact, Cancelled) for fact in late):
                self.note_late(reason)
                self.withdraw()
            return
        if item.state is RESOLVED:
            if self.is_over:
                if not marks.isdisjoint(LET_GO):
                    self.note_late(reason)
                return
            marks, late = marks | {Mark.LATE}, (*late, self.fact)
        done = replaced(draft.disarm(item), state=RESOLVED, marks=marks, late_facts=late)
        follows = (one.at for one in draft.alarms if one.of == item.id)
        due = item.remind_at or next(follows, None)
        self.item = draft.items[self.place] = draft.hush(done)
        self.withdraw()
        draft.tell(ItemResolved, item.id, item.name, reason, due, *self._receipt)
        if item.kind is INVOICE:
            self._unlock()

    def put_away(self, reason: str) -> None:
        """Archive a thread, or seal an organizer: nobody waits for it, and what is done stays so.

        What was cancelled before is put away already.
        """
        draft, item = self.draft, self.item
        if Mark.AWAY in item.marks:
            return
        if self.is_over:
            if Mark.UNLINKED in item.marks:  # for whoever links it next
                self.update(marks=item.marks | {Mark.AWAY})
            self.note_late(LATE)
            return
        self.update(marks=item.marks | {Mark.AWAY})
        self.silence("")
        if item.state is PENDING:
            self.update(state=RESOLVED)
            draft.tell(ItemResolved, item.id, item.name, reason)
        else:
            self.note(reason)
        self.withdraw()

    @property
    def _receipt(self) -> tuple[bool, ...]:
        """What its events end with, which most do without."""
        return (True,) if self.by_receipt else ()

    @property
    def is_done(self) -> bool:
        """Whether the thing is done, for this job or since it was let go of."""
        return is_done(self.item)

    @property
    def is_open(self) -> bool:
        """Whether the thing is not done yet: it waits, or would if it had not been let go of."""
        item = self.item
        return item.state is PENDING or (Mark.UNLINKED in item.marks and not self.is_done)

    @property
    def no_more(self) -> str | None:
        """Why nobody waits for it any more, though it is done; None where that stands."""
        return why_no_more(self.item)

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more, and it was not done: plain from birth is not."""
        return self.item.is_over

    def take_out(self) -> None:
        """Let what was put away be as it was; its reminders start as if new."""
        item = self.item
        if Mark.AWAY not in item.marks:
            if self.is_over or Mark.UNLINKED in item.marks:
                self.note_late(LATE)
            return
        late = (*item.late_facts, self.fact) if Mark.UNLINKED in item.marks else ()
        self.update(marks=item.marks - {Mark.AWAY, Mark.LATE, Mark.QUIET}, late_facts=late)
        self.be_void(so=False)
        if Mark.UNLINKED in item.marks:
            self.note()
            return
        if item.state is RESOLVED and item.asks:
            self.wait_again()
        else:
            self.note()
            self.want()
        self.remind_again(anew=True)

    def withdraw(self) -> None:
        """Take back the request that creates the item, if it has not left yet."""
        if self.item.request is not None and self.item.ref is None:
            self.draft.withdraws += (self.item.request,)

    def keep_at_port(self) -> None:
        """Let no port take the thing back any more, if it was not asked yet."""
        self.forget(Mark.UNWANTED)
        draft, item = self.draft, self.item
        last = max(draft.visit, draft.job.highest)
        alike = [one for one in draft.items if one.ref == item.ref] if item.ref else [item]
        made = [one.id for one in alike if one.request is not None]
        for id in made:  # asked back once, under any of them
            draft.withdraws += cancel_keys(draft.state.tenant, id, last)

    def want(self) -> None:
        """Let the request that creates the item leave after all, where it was withdrawn while
        somebody held it, and has not been dropped yet.
        """
        if self.item.request is not None and not self.item.is_there:
            self.draft.wanted += (self.item.request,)

    def silence(self, reason: str) -> None:
        """Remind nobody of the item any more, and take back what has not left."""
        item = self.draft.hush(self.draft.disarm(self.item, reason))
        self.item = self.draft.items[self.place] = item

    def warn_unheeded(self, *, before: ItemState) -> None:
        """Warn that nothing follows from a fact that is kept all the same (R-15).

        Args:
            before: The item's state before the fact.
        """
        draft, item = self.draft, self.item
        if Mark.UNLINKED in item.marks:
            why = "it was unlinked from this job"
        elif (
            before is RESOLVED
            and item.state is RESOLVED
            and (item.asks or not item.marks.isdisjoint({Mark.LATE, Mark.UNMADE}))
            and not any(line[0] is ItemResolved for line in draft.lines)  # it is just now
        ):
            why = "it was cancelled before"
        elif draft.job.status in OVER and not any(line[0] is Warned for line in draft.lines):
            why = f"the job is {draft.job.status.lower()}"
        else:
            return
        draft.warn(f"{item.name!r}: {why}, so that nothing follows from this here")

    def follows(self, otherwise: str) -> bool:
        """Tell whether anything may follow from the fact, or warn of what did not (A-22).

        While the job is paused it is only put off, until the job is resumed (R-27).
        """
        job = self.draft.job
        status = job.status
        if status in OVER:
            self.draft.warn(f"{self.item.name!r}: the job is {status.lower()}, {otherwise}")
            return False
        if job.paused is not None:
            self.update(marks=self.item.marks | {Mark.HELD})
            self.draft.warn(f"{self.item.name!r}: {LATER}")
            return False
        return True
