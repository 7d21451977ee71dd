"""Sorts of items: of which kind that is what a command cancels, or what it mends is about."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from .. import rules
from ..model.items import Item, ItemKind, ItemState
from ..model.jobs import Job
from ..ports.ports import OUTLETS
from ..ports.rows import RowKey
from .unit import Unit

__all__ = ["kind_mended", "kinds_ended"]


def kinds_ended(unit: Unit, row: RowKey) -> list[ItemKind]:
    """Return the kinds of a job's items that are cancelled here, or let go of, each once.

    So are those that are deleted while they are open, those that are waited for again, and those
    that are handed to others. To part with a member who was deleted is no handing over (R-28).
    """
    written = row in unit.puts or row in unit.deletes
    before: Job | None = unit.stood(row) if written else None
    if before is None:
        return []
    after = {item.id: item for item in unit.puts[row].items} if row in unit.puts else {}
    gone = unit.firm.value.gone
    pairs = ((one, after.get(one.id)) for one in before.items)
    return [*dict.fromkeys(one.kind for one, then in pairs if _is_ended(one, then, gone))]


def _is_ended(before: Item, after: Item | None, gone: AbstractSet[str]) -> bool:
    if after is None:
        return before.state is ItemState.PENDING
    resolved = ItemState.RESOLVED in {before.state, after.state} and before.state != after.state
    return resolved or not (before.assignees ^ after.assignees) <= gone


def kind_mended(unit: Unit, job: Job, key: str) -> ItemKind | None:
    """Return the kind of item that is asked for, reminded of, or that an automation would make."""
    row = unit.due(key)
    if row is not None:
        named = getattr(row.due.action, "item", None)
        return next((item.kind for item in job.items if item.id == named), None)
    blocked = next((one for one in job.blocked if one.key == key), None)
    if blocked is None:
        return None
    found = rules.retries(job, unit.book(blocked.pipeline).pipeline, blocked)
    fired = None if found is None else found[0]
    return next((one.makes for one in OUTLETS if isinstance(fired, one.automation)), None)
