"""Letters: the bill that an acceptance brings comes on one job, once in all (domain.md 2.3).

What a letter brings, and has brought, is so of the letter, whichever job has it. The bill comes on
the first job of the account that has it and is not over, the one that sent it before others; where
there is none, on the one that links it next.

While a port has yet to say whether the bill of before is void, a letter that is accepted anew owes
the next one, which comes as soon as that one is void, and not at all where it stands. So it does
where that never left and was paid all the same: the next one comes if the money goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from ... import rules
from ...model.items import Item, ItemKind, ItemState, Mark, Ref, SigningState
from ...model.jobs import OVER, Job
from ...model.record import replaced
from ...model.templates import InvoiceTemplate
from ...ports.rows import Acceptance, ThingRow
from ..records import item_ids_of, ref_key
from ..references import (
    has_left,
    hold_still,
    is_doubtful,
    is_held,
    is_paid,
    is_taken_back,
    is_void,
    items_of,
    mark,
    outlive,
    there,
    thing,
    void,
)
from ..unit import Unit

__all__ = ["LetterBill", "catching_up", "decide", "expecting", "letter_of", "to_come", "turned"]


def expecting(
    unit: Unit, letters: Iterable[Item], *, done: bool = False, anew: bool = False
) -> LetterBill | None:
    """Let rules bring a letter's bill where it is accepted now; None: it brings none.

    Args:
        unit: What is changed.
        letters: The letter, as jobs have it; what else there is brings none.
        done: Whether it was accepted before, so that a bill comes only if it is owed.
        anew: Whether its host names it now, so that what others heard of it counts from here on.
    """
    for letter in letters:
        if (bill := LetterBill.of(unit, letter)) is not None:
            bill.expect(done=done, anew=anew)
            return bill
    return None


@contextmanager
def catching_up(unit: Unit, job: str) -> Iterator[None]:
    """Let rules bring the bills of a job's letters that were accepted in a pause, and keep what
    came of it (R-27).
    """
    held = (one for one in unit.job(job).items if Mark.HELD in one.marks)
    bills = [expecting(unit, (one,), done=True) for one in held]
    yield
    for bill in filter(None, bills):
        bill.keep()


def to_come(unit: Unit, job: Job) -> Mapping[str, InvoiceTemplate]:
    """Return which of a job's letters bring a bill where they are accepted now, and which bill."""
    for item in () if job.status in OVER else job.items:  # nothing follows there
        expecting(unit, (item,))
    return unit.bills or {}


def letter_of(unit: Unit, bill: Item) -> Item | None:
    """Return the letter that brought a bill, as the job has it; None: none did."""
    job, number = item_ids_of(bill.origin)
    return unit.item(job, bill.origin) if number and job == bill.job else None


def decide(unit: Unit, job: str, id: str) -> None:
    """Let a letter know that its bill is void by now, or stands for good."""
    letter = letter_of(unit, unit.item(job, id))
    if letter is not None and (bill := LetterBill.of(unit, letter)) is not None:
        bill.keep()


def turned(unit: Unit, job: str) -> None:
    """Let the letters of a job know that it is over, or goes on: the bill that one owes comes then
    on another job, or here.
    """
    for item in unit.job(job).items:
        if (bill := LetterBill.of(unit, item)) is not None:
            bill.keep()


NO_MORE = frozenset({Mark.UNLINKED, Mark.LATE})  # let go of, or cancelled since it was accepted


class LetterBill:
    """The bill of a letter, while a command lets something happen to the letter."""

    __slots__ = ("_bearer", "_done", "_letter", "_no_more", "_told", "_unit")

    def __init__(self, unit: Unit, letter: Ref | Item, told: Acceptance) -> None:
        """Note how far the letter is before that happens; one without a reference is an item."""
        self._unit = unit
        self._letter = letter
        self._told = told  # what is known of its acceptance so far
        self._bearer = ""  # the item on which the bill comes
        self._no_more = NO_MORE
        self._done = {one.id for one in self._items() if rules.is_done(one)}

    @classmethod
    def of(cls, unit: Unit, letter: Item) -> LetterBill | None:
        """Return the bill of a letter; None: it brings none, which most say by themselves."""
        sheet = letter.progress
        if letter.kind is not ItemKind.PROPOSAL or not isinstance(sheet, SigningState):
            return None
        alone = Mark.SHARED not in letter.marks and letter.request is not None
        if sheet.invoice is None and alone:
            return None
        if letter.ref is not None:
            return cls.at(unit, letter.ref, letter)
        told = _as_sent(unit, [letter])
        return None if told is None else cls(unit, letter, told)

    @classmethod
    def at(cls, unit: Unit, ref: Ref, *letters: Item) -> LetterBill | None:
        """Return the bill of the letter of a reference; None: it brings none, or is no letter.

        Its reference may name none of *letters* that jobs have let go of.
        """
        items = [one for one in items_of(unit, ref) if one.kind is ItemKind.PROPOSAL]
        told = thing(unit, ref).acceptance or _as_sent(unit, (*items, *letters))
        return None if told is None else cls(unit, ref, told)

    def is_of(self, account: str) -> bool:
        """Tell whether an account is billed for it."""
        return self._told.account == account

    def expect(self, new: str = "", *, done: bool = False, anew: bool = False) -> None:
        """Let rules bring the bill where the letter is accepted now, but where one of it stands.

        Args:
            new: The id of the item by which a job of the account links the letter, if it does.
            done: Whether it was accepted before, so that a bill comes only if it is owed.
            anew: Whether its host names it now, so that what others heard of it counts from here.
        """
        if anew and self._told.brought and self._told.sender in self._done:
            self._done |= {one.id for one in self._items()}  # they hear of that very acceptance
        elif anew and not self._told.brought:
            self._done = set()
            self._no_more = NO_MORE - {Mark.LATE}  # what was accepted then stands, as a bill would
        unit, bearer = self._unit, self._find_bearer()
        if bearer is None and not new:
            bearer = self._find_bearer(over=True)  # it is told that nothing follows
        self._bearer = new if bearer is None else bearer.id
        if new and done:
            self._done.add(new)
        due = self._bearer and (self._told.owed or not done) and not self._stands()
        bills = {self._bearer: self._told.invoice} if due else {}
        unit.bills = {**(unit.bills or {}), **bills}

    def keep(self, *, always: bool = False) -> None:
        """Keep what came of it, and let the bill come that the letter owes where somebody can bear
        it.

        Args:
            always: Also where nothing came of it, since who sent it may be known no more.
        """
        before, items = self._told, self._items()
        done = {one.id for one in items if rules.is_done(one)}
        if not self._take_in() and done - self._done:
            self._told = replaced(self._told, owed=self._may_follow(items))
        elif any(one.id in self._done - done or _is_ended(one) for one in items):
            self._told = replaced(self._told, owed=False)
        self._settle()
        if self._told.owed and not before.owed and self._stands():
            self._put_off()
        if always or self._told != before:
            self._put(self._told)

    def in_hand(self, job: str) -> Iterator[Item]:
        """Yield the bills of a job that a port is taking back just now, while other jobs have the
        letter.
        """
        if any(one.job != job for one in self._items()):
            bills = (one for one in _there(self._unit, self._told.brought) if one.job == job)
            yield from (one for one in bills if is_taken_back(self._unit, one))

    def leave(self, job: str) -> None:
        """Know the bills of a job that is deleted by what their hosts call them.

        One that has not left yet goes with its job: the letter owes it again, and it comes on
        another job. One that a host has in hand just now may come to be, and stands for good, of
        which another job that has the letter is told; so does one that is paid. Where a worker
        takes one up meanwhile, all is decided anew.
        """
        unit, told = self._unit, self._told
        mine = [one for one in _there(unit, told.brought) if one.job == job]
        no_more = {one.id for one in mine if is_void(unit, one)}
        unsent = [one for one in mine if one.ref is None and not has_left(unit, one)]
        lost = {one.id for one in unsent if not is_paid(unit, one)} - no_more
        in_doubt = {one.id for one in mine if one.ref is None and is_held(unit, one)}
        for one in mine:
            hold_still(unit, one)
        left = {one.ref: one for one in mine if one.ref is not None}
        gone = {*no_more, *lost, *(one.id for one in left.values())}
        brought = tuple(id for id in told.brought if id not in gone)
        for ref, one in left.items():
            is_over = one.id in no_more
            outlive(unit, ref, void=is_over, paid=not is_over and rules.is_done(one))
        owed = told.owed or bool(lost)
        self._told = replaced(told, brought=brought, left=(*told.left, *left), owed=owed)
        self._settle()
        self._put(self._told)
        bearer = self._find_bearer() if in_doubt - no_more else None
        if bearer is not None:
            self._reach(rules.may_be_there(unit.state(bearer.job), bearer.id, unit.now, unit.actor))

    def _items(self) -> list[Item]:
        """Return the letter as jobs have it, or had it last."""
        unit, letter = self._unit, self._letter
        if isinstance(letter, Item):
            return [unit.item(letter.job, letter.id)]
        return [one for one in items_of(unit, letter) if one.kind is ItemKind.PROPOSAL]

    def _find_bearer(self, *, over: bool = False) -> Item | None:
        """Return the letter as the job has it on which the bill comes, or would if it were on."""
        having = [one for one in self._items() if self._bears(one, over=over)]
        sender = self._told.sender
        job = item_ids_of(sender)[0]
        return min(having, key=lambda one: (one.id != sender, one.job != job), default=None)

    def _may_follow(self, items: list[Item]) -> bool:
        """Tell whether a bill may follow from an acceptance: not where all who have the letter are
        over, unless the one that sent it goes on, or could have it again (A-22).
        """
        linked = (one.id for one in items if Mark.UNLINKED not in one.marks)
        having = [id for id in linked if self._is_on(id, over=True)]
        return not having or any(map(self._is_on, (*having, self._told.sender)))

    def _bears(self, letter: Item, *, over: bool) -> bool:
        has = letter.state is not ItemState.RESOLVED and letter.marks.isdisjoint(self._no_more)
        return has and self._is_on(letter.id, over=over)

    def _is_on(self, id: str, *, over: bool = False) -> bool:
        """Tell whether the job of an item is one of the account's, and not over unless said."""
        jobs = (self._unit.job(job) for job, _ in there(self._unit, (id,)))
        mine = (job for job in jobs if job.account == self._told.account)
        return any(over or job.status not in OVER for job in mine)

    def _settle(self) -> None:
        """Let the bill come that is owed, unless one stands; where that is for good, none is."""
        if self._told.owed and self._stands(for_good=True):
            self._told = replaced(self._told, owed=False)
        elif self._told.owed and not self._stands():
            self._bring()

    def _stands(self, *, for_good: bool = False) -> bool:
        """Tell whether a bill of the letter stands, so that no second one comes.

        Args:
            for_good: Leave out those of which a port has yet to say whether they do.
        """
        unit, told = self._unit, self._told
        known = _there(unit, told.brought)
        if len(known) < len(told.brought):  # a host had one in hand when its job was deleted
            return True
        bills = [one for one in known if not is_void(unit, one)]
        if any(not (for_good and is_doubtful(unit, one)) for one in bills):
            return True
        return any(not void(unit, ref) for ref in told.left)

    def _bring(self) -> None:
        """Let the bill come on the job that bears it, once it has the letter as accepted."""
        unit, bearer = self._unit, self._find_bearer()
        ready = bearer is not None and bearer.state is ItemState.COMPLETED
        if bearer is not None and ready and Mark.HELD not in bearer.marks:
            self._bearer = bearer.id
            state, bill = unit.state(bearer.job), self._told.invoice
            self._reach(rules.bring(state, bearer.id, bill, unit.now, unit.actor))
            self._take_in()

    def _put_off(self) -> None:
        """Tell the job on which the bill would come why it does not yet."""
        unit, bearer = self._unit, self._find_bearer()
        if bearer is not None:
            bills = (one for one in _there(unit, self._told.brought) if not is_void(unit, one))
            paid = any(is_paid(unit, one) for one in bills)
            state = unit.state(bearer.job)
            self._reach(rules.put_off(state, bearer.id, unit.now, unit.actor, paid=paid))

    def _reach(self, decision: rules.Decision) -> None:
        """Write what was decided about a job that may be another one than the command is about."""
        unit, about = self._unit, self._unit.jobs
        unit.apply(decision)
        unit.jobs, unit.beside = about, (*unit.beside, decision.job.id)

    def _take_in(self) -> bool:
        """Keep the bill that came, if one did."""
        told = self._told
        jobs = (self._unit.job(job) for job, _ in there(self._unit, filter(None, (self._bearer,))))
        made = tuple(
            bill.id
            for job in jobs
            for bill in job.items
            if bill.origin == self._bearer and bill.id not in told.brought
        )
        if made:
            self._told = replaced(told, brought=(*told.brought, *made), owed=False)
        return bool(made)

    def _put(self, told: Acceptance) -> None:
        unit, letter = self._unit, self._letter
        if isinstance(letter, Item):
            mark(unit, letter.id, Mark.OWING, on=told.owed)
            return
        row: ThingRow = replaced(thing(unit, letter), acceptance=told)
        unit.put(ref_key(letter.port, letter.id), row)


def _as_sent(unit: Unit, letters: Iterable[Item]) -> Acceptance | None:
    """Return what a letter brings as the item of it says that sent it, and the bills it has."""
    for one in letters:
        sheet = one.progress
        if isinstance(sheet, SigningState) and sheet.invoice is not None:
            job = unit.job(one.job)
            bills = tuple(bill.id for bill in job.items if bill.origin == one.id)
            owed = not one.marks.isdisjoint({Mark.HELD, Mark.OWING})
            return Acceptance(job.account, one.id, sheet.invoice, bills, owed=owed)
    return None


def _is_ended(letter: Item) -> bool:
    """Tell whether a letter was cancelled since it was accepted: nothing follows from it."""
    return letter.state is ItemState.COMPLETED and Mark.LATE in letter.marks


def _there(unit: Unit, ids: Iterable[str]) -> list[Item]:
    """Return those of items whose jobs are there."""
    return [unit.item(*pair) for pair in there(unit, ids)]
