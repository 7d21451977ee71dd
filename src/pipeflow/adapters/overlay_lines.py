"""A branch as lines of canonical JSON: what its parent tells, with what the branch made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .memory_feed import Entries
from .memory_lines import lines_of as lines_of_tenant
from .memory_lines import tenant_of
from .memory_tenant import Tenant
from .overlay_layer import Layer

__all__ = ["lines_of"]


def lines_of(theirs: Iterable[str], layer: Layer, held: Tenant, entries: Entries) -> Iterator[str]:
    """Yield everything of a tenant, a line each.

    Args:
        theirs: What the parent tells.
        layer: What the branch took over of it.
        held: What the branch has.
        entries: The chapters that it wrote.
    """
    name, whole, before = tenant_of(theirs)
    for key in held.gone:
        whole.delete(key)
    whole.gone |= held.gone
    for key, stored in held.rows.flat().items():
        whole.take_in(key, stored)
    _lay_queue(whole, layer, held)
    for id, known in held.commands.items():
        whole.remember(id, known)
    kept = [entry for entry in before if entry[0] not in layer.erased]
    yield from lines_of_tenant(name, whole, [*kept, *entries])


def _lay_queue(whole: Tenant, layer: Layer, held: Tenant) -> None:
    """Put the branch's due rows in the place of those that it took over."""
    queue, own = whole.queue, held.queue
    for key in layer.taken & queue.rows.keys():
        queue.tried.discard(queue.rows.pop(key))
    for key, row in own.rows.items():
        queue.rows[key] = row
        if row in own.tried:
            queue.tried.add(row)
    over = own.over
    for at, key in own.ages:
        if key in over:
            queue.take_in_over(over[key], at)
