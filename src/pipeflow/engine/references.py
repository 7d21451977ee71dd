"""References: which items the hosts' references name, as a unit leaves it (A-8, R-15)."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from functools import partial
from itertools import takewhile

from .. import rules
from ..model.events import Event, events_of
from ..model.facts import Cancelled, Fact, PaymentFailed, PaymentRefunded, Reopened
from ..model.items import Item, ItemState, Mark, Ref
from ..model.record import replaced
from ..ports.due import NOT_TAKEN_UP, DueState, Parked
from ..ports.keys import cancel_keys
from ..ports.rows import RefRow, RowKey, ThingRow, Withdrawal
from .records import item_ids_of, ref_key, row_key
from .unit import Unit

__all__ = [
    "has_left",
    "hear",
    "hold_still",
    "how_far",
    "is_doubtful",
    "is_held",
    "is_paid",
    "is_taken_back",
    "is_void",
    "items_of",
    "keep_void",
    "left_by",
    "let_go",
    "let_name",
    "mark",
    "outlive",
    "peers",
    "there",
    "thing",
    "void",
]

NOTHING_YET = RefRow(())
OVER = frozenset({DueState.DONE, DueState.CANCELLED})


def peers(unit: Unit, item: Item) -> list[tuple[str, str]]:
    """Return the same thing as other jobs have it linked: pairs of job and item id (A-8).

    That an item is shared stands at the item itself, so that its job's version says whether another
    was linked meanwhile, and nothing is looked up for the many that are not.
    """
    if Mark.SHARED not in item.marks or item.ref is None:
        return []
    named = _row(unit, ref_key(item.ref.port, item.ref.id)).items
    return [(job, id) for job, id in there(unit, named) if id and id != item.id]


def items_of(unit: Unit, ref: Ref) -> list[Item]:
    """Return the items that a host's reference names."""
    named = _row(unit, ref_key(ref.port, ref.id)).items
    return [unit.item(job, id) for job, id in there(unit, named) if id]


def there(unit: Unit, named: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the jobs and ids of what a reference names.

    Jobs that were deleted since the reference was looked up are left out: the commit finds that it
    has changed.
    """
    for job, id in map(item_ids_of, named):
        if unit.get(row_key("job", job)) is not None:
            yield job, id


def let_name(unit: Unit, key: RowKey, item: str) -> tuple[str, ...]:
    """Let a host's reference name one more item, or e-mail of a job, unless it does already.

    Items that it names together were marked when the second of them came, so that one more touches
    no job but its own. What a job has let go of is named only where no other has it as the same
    kind of thing, and before what others have.

    Returns:
        What else it named so far: other items, what was let go of before what has it.
    """
    row = _row(unit, key)
    if row is NOTHING_YET:
        unit.put(key, RefRow((item,)))
        return ()
    if item in row.items:
        return ()
    gone = [*takewhile(partial(_is_gone, unit), row.items)]
    others = [one for one in row.items[len(gone) :] if item_ids_of(one)[1]]
    is_gone = _is_gone(unit, item)
    if is_gone and _is_had(unit, item, others):
        unit.put(key, replaced(_more(row), made=item))
        return (*others,)
    for one in gone:
        if _is_had(unit, one, (item,)):
            row = _without(row, unit.item(*item_ids_of(one)))
    unit.put(key, replaced(row, items=(item, *row.items) if is_gone else (*row.items, item)))
    if is_gone or not item_ids_of(item)[1]:
        return (*gone, *others)
    if others:
        mark(unit, item, Mark.SHARED)
    if len(others) == 1:
        mark(unit, others[0], Mark.SHARED)
    return (*gone, *others)


def _without(row: RefRow, gone: Item) -> RefRow:
    """Let a reference name no longer what was let go of.

    It is named again where all others are deleted, if its job had the thing made.
    """
    left = tuple(one for one in row.items if one != gone.id)
    after = row if gone.request is None else replaced(_more(row), made=gone.id)
    return replaced(after, items=left)


def _is_had(unit: Unit, named: str, others: Iterable[str]) -> bool:
    """Tell whether others have a thing as the same kind of thing as an item is."""
    kinds = (unit.item(job, id).kind for job, id in there(unit, others) if id)
    return unit.item(*item_ids_of(named)).kind in kinds


def let_go(unit: Unit, ref: Ref, item: Item) -> None:
    """Let a host's reference name an item no longer, unless it is the last of its kind (R-15)."""
    key = ref_key(ref.port, ref.id)
    row = _row(unit, key)
    left = tuple(one for one in row.items if one != item.id)
    had = _is_had(unit, item.id, left)
    unit.put(key, _without(row, item) if had else replaced(row, items=(item.id, *left)))


def left_by(
    unit: Unit, row: RefRow, staying: tuple[str, ...], gone: Container[str], account: str
) -> RefRow | None:
    """Return what stays of a row whose other jobs are deleted; None: nothing does.

    Where nobody else has the thing as such, it is the item's again whose job had it made and let go
    of it.
    Of a bill whether it is void stays, where its letter does.

    Args:
        unit: What is changed.
        row: What the reference named.
        staying: The items of jobs that stay.
        gone: The jobs that are deleted.
        account: The account that is deleted with all its jobs, of which nothing stays; "": none.
    """
    if not isinstance(row, ThingRow):
        return replaced(row, items=staying) if staying else None
    kept = row.kept and not account
    made = row.made if item_ids_of(row.made)[0] not in gone else ""
    if made and [*there(unit, (made,))] and not _is_had(unit, made, staying):
        staying = (made, *staying)
    told = row.acceptance
    if told is not None and told.account == account:
        told = None
    return replaced(row, items=staying, made=made, acceptance=told) if staying or kept else None


def thing(unit: Unit, ref: Ref) -> ThingRow:
    """Return what is so of a thing itself, whoever has it linked.

    It is looked for also where a receipt is kept, which takes other references for new ones.
    """
    key = ref_key(ref.port, ref.id)
    if key not in unit.expect:
        unit.many((key,))
    return _more(_row(unit, key))


def _more(row: RefRow) -> ThingRow:
    """Return a row with what is so of the thing itself: nothing, where that was never kept."""
    return row if isinstance(row, ThingRow) else ThingRow(row.items, row.bounced)


def void(unit: Unit, ref: Ref) -> bool:
    """Tell whether a bill is void by what is kept of it alone, as where its job was deleted (R-3,
    R-15).
    """
    row = thing(unit, ref)
    return row.void and not row.paid


def hear(unit: Unit, ref: Ref, fact: Fact, *, linked: bool) -> None:
    """Keep what a host says of a bill whose job was deleted, where a letter goes by it (R-15).

    Nothing is known of its money any more, so that no credit note makes it void, and of one that
    was paid any money that went back lets it be unpaid. Where it is *linked* since, who has it says
    whether it is void.
    """
    row = thing(unit, ref)
    if row.paid and isinstance(fact, PaymentRefunded | PaymentFailed):
        row = replaced(row, paid=False)
        unit.put(ref_key(ref.port, ref.id), row)
    if row.kept and not linked and isinstance(fact, Cancelled | Reopened):
        be_void(unit, ref, so=isinstance(fact, Cancelled))


def is_void(unit: Unit, bill: Item) -> bool:
    """Tell whether a bill is void, whoever was told (R-3, R-15).

    One that has no reference is void where that was said of it, or where it never came to be: its
    request was withdrawn or given up. What a host has in hand may be made, and stands until then;
    what was paid all the same stands for good.
    """
    if bill.ref is not None:
        row = thing(unit, bill.ref)
        return row.void and (row.sure or not _is_asked_back(unit, bill))
    if Mark.VOID in bill.marks or bill.request is None:
        return Mark.VOID in bill.marks
    never = bill.state is ItemState.RESOLVED and not has_left(unit, bill)
    return never and not is_paid(unit, bill)


def is_paid(unit: Unit, bill: Item) -> bool:
    """Tell whether a bill is paid, so that its client is not billed once more."""
    return rules.was_paid(bill, unit.firm.value.settings)


def is_doubtful(unit: Unit, bill: Item) -> bool:
    """Tell whether a bill that stands may soon be void: its port has yet to answer, for it has the
    bill in hand, which nobody waits for, or is asked to take it back; or it never left, and stands
    but for money that may go back.
    """
    if bill.ref is None and bill.state is ItemState.RESOLVED:
        return is_held(unit, bill) or not has_left(unit, bill) or _is_asked_back(unit, bill)
    return _is_asked_back(unit, bill)


def _is_asked_back(unit: Unit, bill: Item) -> bool:
    """Tell whether its port has yet to answer whether it takes a bill back."""
    return any(state is not None for state in _asking_back(unit, bill))


def is_taken_back(unit: Unit, bill: Item) -> bool:
    """Tell whether a port has it in hand just now to take a bill back."""
    return DueState.LEASED in _asking_back(unit, bill)


def _asking_back(unit: Unit, bill: Item) -> list[DueState | None]:
    """Return how far the requests to take a bill back have come."""
    return [_under_way(unit, key) for key in _cancel_keys(unit, bill)]


def _cancel_keys(unit: Unit, bill: Item) -> tuple[str, ...]:
    job = unit.job(bill.job)
    return cancel_keys(unit.tenant, bill.id, max(job.visit, job.highest))


def hold_still(unit: Unit, bill: Item) -> None:
    """Let what is asked of a bill go with its job as it was found: no worker has it, so that the
    commit finds out if one took it up meanwhile. What may be there stands, whoever takes it up.
    """
    made = None if has_left(unit, bill) else bill.request
    for key in (made, *_cancel_keys(unit, bill)):
        if key is not None and _under_way(unit, key) in NOT_TAKEN_UP:
            unit.withdraws += (Withdrawal(key, held=False),)


def has_left(unit: Unit, bill: Item) -> bool:
    """Tell whether a bill without a name may be there: a host has it in hand, or gave it none."""
    done = any(one.key == bill.request and one.state is DueState.DONE for one in unit.settles)
    if done or bill.is_there or is_held(unit, bill):
        return True
    past = events_of(unit.history(row_key("job", bill.job)))
    return rules.ended(past).get(bill.request or "") is DueState.DONE


def is_held(unit: Unit, bill: Item) -> bool:
    """Tell whether a host has a bill in hand, or never said what became of it.

    So it is before and after a lease ends: a worker that died may have let the host make the bill.
    """
    row = None if _is_over(unit, bill.request or "") else unit.due(bill.request or "")
    if row is None or Mark.UNSURE in bill.marks:
        return Mark.UNSURE in bill.marks
    return rules.may_have_left(events_of(unit.history(row_key("job", bill.job))), row)


def how_far(unit: Unit, past: Collection[Event]) -> rules.How:
    """Return what tells how far a request of a job has come: one that is over, by its history,
    which tells that for good. One whose worker died is as good as held.
    """
    over = rules.ended(past)

    def how(key: str) -> DueState | None:
        if key in over:
            return over[key]
        found = unit.records.store.due(unit.tenant, key)
        if isinstance(found, Parked) and rules.may_have_left(past, found):
            return DueState.LEASED
        return None if found is None else found.state

    return how


def _under_way(unit: Unit, key: str) -> DueState | None:
    """Return how far a request has come, as the unit leaves it; None: it is over, or never was."""
    if any(one.key == key for one in unit.dues):  # it is asked for just now
        return DueState.WAIT
    row = None if _is_over(unit, key) else unit.due(key)
    return None if row is None else row.state


def _is_over(unit: Unit, key: str) -> bool:
    """Tell whether a request is over with this unit."""
    over = {one.key for one in unit.settles if one.state in OVER}
    return key in over or any(one.key == key and not one.held for one in unit.withdraws)


def keep_void(unit: Unit) -> None:
    """Keep which bills are void from here on, and which stand again: at their references, or at
    their items where they have none yet.

    One that its port is asked no more to take back stands, unless it is void for sure.
    """
    for job, id, so in unit.voided:
        ref = unit.item(job, id).ref
        if ref is not None:
            be_void(unit, ref, so=so)
        elif so is not None:
            mark(unit, id, Mark.VOID, on=so)


def be_void(unit: Unit, ref: Ref, *, so: bool | None) -> None:
    """Keep whether the bill of a reference is void; None: it is where that is sure."""
    row = thing(unit, ref)
    now = row.sure if so is None else so
    after = replaced(row, void=now, sure=now, paid=row.paid and so is not False)
    if after != row:
        unit.put(ref_key(ref.port, ref.id), after)


def outlive(unit: Unit, ref: Ref, *, void: bool, paid: bool) -> None:
    """Keep whether a bill is void, or paid, whose job is deleted."""
    row: ThingRow = replaced(thing(unit, ref), void=void, sure=void, kept=True, paid=paid)
    unit.put(ref_key(ref.port, ref.id), row)


def mark(unit: Unit, named: str, what: Mark, *, on: bool = True) -> None:
    """Let an item bear a mark, or bear it no longer."""
    job, id = item_ids_of(named)
    if not [*there(unit, (named,))]:
        return
    found = unit.job(job)
    place = rules.place_of(found.items, id, found.name)
    one = found.items[place]
    if (what in one.marks) is not on:
        marked = replaced(one, marks=one.marks ^ {what})
        items = (*found.items[:place], marked, *found.items[place + 1 :])
        unit.put(row_key("job", job), replaced(found, items=items))


def _is_gone(unit: Unit, named: str) -> bool:
    """Tell whether the job has let go of what a reference names; an e-mail is no item."""
    job, id = item_ids_of(named)
    if not id or not [*there(unit, (named,))]:
        return False
    return Mark.UNLINKED in unit.item(job, id).marks


def _row(unit: Unit, key: RowKey) -> RefRow:
    """Return what a reference names, as the unit leaves it."""
    if key in unit.puts:
        row: RefRow = unit.puts[key]
        return row
    stored = unit.get(key)
    return NOTHING_YET if stored is None else stored[1]
