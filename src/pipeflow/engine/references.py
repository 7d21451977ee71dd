"""References: which items the hosts' references name, as a unit leaves it (A-8, R-15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .. import rules
from ..model.items import Item, Mark, Ref
from ..model.record import replaced
from ..ports.rows import RefRow, RowKey
from .records import item_ids_of, ref_key, row_key
from .unit import Unit

__all__ = ["items_of", "let_go", "let_name", "peers", "there"]

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
    no job but its own. What a job has let go of is named only where no other has it, or where it
    is a letter whose bill nobody has taken over.

    Returns:
        Whether other items have it too.
    """
    row = _row(unit, key)
    before = row.items
    if not before or (len(before) == 1 and item not in before and _is_gone(unit, before[0])):
        unit.put(key, RefRow((item,)))
        return False
    if item in before or _is_gone(unit, item):
        return False
    unit.put(key, RefRow((*before, item), row.bounced))
    others = [one for one in before if item_ids_of(one)[1]]
    if others and item_ids_of(item)[1]:
        _mark_shared(unit, item)
        if len(others) == 1:
            _mark_shared(unit, others[0])
    return bool(others)


def let_go(unit: Unit, ref: Ref, item: str) -> None:
    """Let a host's reference name an item no longer, unless it is the last one (R-15)."""
    key = ref_key(ref.port, ref.id)
    row = _row(unit, key)
    if left := tuple(one for one in row.items if one != item):
        unit.put(key, RefRow(left, row.bounced))


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
    item = unit.item(job, id)
    return Mark.UNLINKED in item.marks and rules.bill_to_come(unit.job(job), item) is None


def _row(unit: Unit, key: RowKey) -> RefRow:
    """Return what a reference names, as the unit leaves it."""
    if key in unit.puts:
        row: RefRow = unit.puts[key]
        return row
    stored = unit.get(key)
    return NOTHING_YET if stored is None else stored[1]
