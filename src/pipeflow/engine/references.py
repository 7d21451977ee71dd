"""References: which items the hosts' references name, as a unit leaves it (A-8, R-15)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from .. import rules
from ..model.items import Item, ItemState, Mark, Ref
from ..model.record import replaced
from ..ports.due import DueState
from ..ports.rows import RefRow, RowKey, ThingRow
from .records import item_ids_of, ref_key, row_key
from .unit import Unit

__all__ = [
    "is_held",
    "is_void",
    "items_of",
    "keep_void",
    "left_by",
    "let_go",
    "let_name",
    "peers",
    "there",
    "thing",
    "void",
]

NOTHING_YET = RefRow(())


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


def let_name(unit: Unit, key: RowKey, item: str) -> bool:
    """Let a host's reference name one more item, or e-mail of a job, unless it does already.

    Items that it names together were marked when the second of them came, so that one more touches
    no job but its own. What a job has let go of is named only where no other has it.

    Returns:
        Whether other items have it too.
    """
    row = _row(unit, key)
    if row is NOTHING_YET:
        unit.put(key, RefRow((item,)))
        return False
    before = row.items
    if not before or (len(before) == 1 and item not in before and _is_gone(unit, before[0])):
        unit.put(key, _handed_on(unit, row, item))
        return False
    if item in before:
        return False
    if _is_gone(unit, item):
        unit.put(key, replaced(_more(row), made=item))
        return True
    unit.put(key, replaced(row, items=(*before, item)))
    others = [one for one in before if item_ids_of(one)[1]]
    if others and item_ids_of(item)[1]:
        _mark_shared(unit, item)
        if len(others) == 1:
            _mark_shared(unit, others[0])
    return bool(others)


def _handed_on(unit: Unit, row: RefRow, item: str) -> RefRow:
    """Let a reference name an item in the place of the one that was let go of, if there is one."""
    for job, id in there(unit, row.items):
        if unit.item(job, id).request is not None:
            return replaced(_more(row), items=(item,), made=id)
    return replaced(row, items=(item,))


def let_go(unit: Unit, ref: Ref, item: Item) -> None:
    """Let a host's reference name an item no longer, unless it is the last one (R-15).

    It is named again where all others are deleted, if its job had the thing made.
    """
    key = ref_key(ref.port, ref.id)
    row = _row(unit, key)
    if left := tuple(one for one in row.items if one != item.id):
        after = row if item.request is None else replaced(_more(row), made=item.id)
        unit.put(key, replaced(after, items=left))


def left_by(
    unit: Unit, row: RefRow, staying: tuple[str, ...], gone: Container[str], account: str
) -> RefRow | None:
    """Return what stays of a row whose other jobs are deleted; None: nothing does.

    Where nobody else has the thing, it is the item's again whose job had it made and let go of it.

    Args:
        unit: What is changed.
        row: What the reference named.
        staying: The items of jobs that stay.
        gone: The jobs that are deleted.
        account: The account that is deleted with all its jobs, of which nothing stays; "": none.
    """
    if not isinstance(row, ThingRow):
        return replaced(row, items=staying) if staying else None
    made = row.made if item_ids_of(row.made)[0] not in gone else ""
    if not staying and made and [*there(unit, (made,))]:
        staying = (made,)
    told = row.acceptance
    if told is not None and told.account == account:
        told = None
    return replaced(row, items=staying, made=made, acceptance=told) if staying else None


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
    """Tell whether the bill of a reference is void, whoever was told (R-3, R-15)."""
    return thing(unit, ref).void


def is_void(unit: Unit, bill: Item) -> bool:
    """Tell whether a bill is void, whoever was told (R-3, R-15).

    One that has no reference is void where nobody waits for it: its request was withdrawn or given
    up. One that its job let go of while a host has it in hand may be made, and stands.
    """
    if bill.ref is not None:
        return void(unit, bill.ref)
    resolved = bill.state is ItemState.RESOLVED
    return resolved and not (Mark.UNLINKED in bill.marks and is_held(unit, bill))


def is_held(unit: Unit, bill: Item) -> bool:
    """Tell whether a host has the request of a bill in hand."""
    due = None if bill.request is None else unit.due(bill.request)
    return due is not None and due.state is DueState.LEASED


def keep_void(unit: Unit) -> None:
    """Keep at their references which bills are void from here on, and which stand again."""
    for job, id, so in unit.voided:
        ref = unit.item(job, id).ref
        if ref is None:
            continue
        key = ref_key(ref.port, ref.id)
        if void(unit, ref) is not so:
            unit.put(key, replaced(thing(unit, ref), void=so))


def _mark_shared(unit: Unit, named: str) -> None:
    """Let an item say that its reference names others too, unless it does."""
    job, id = item_ids_of(named)
    if not [*there(unit, (named,))]:
        return
    found = unit.job(job)
    place = rules.place_of(found.items, id, found.name)
    one = found.items[place]
    if Mark.SHARED not in one.marks:
        shared = replaced(one, marks=one.marks | {Mark.SHARED})
        items = (*found.items[:place], shared, *found.items[place + 1 :])
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
