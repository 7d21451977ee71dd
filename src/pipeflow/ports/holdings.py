"""Holdings: what is kept under the key of a row, by its kind, wherever a firm lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.accounts import Account, Member
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule, ScheduleState, SpentId
from ..model.settings import Firm, Settings
from ..model.templates import Template
from .rows import RefRow, RowKey

__all__ = ["HELD", "fault_of"]

# What rows of a kind hold; of another kind nobody knows that here.
HELD: Mapping[str, type[Any]] = {
    "account": Account,
    "firm": Firm,
    "job": Job,
    "member": Member,
    "pipeline": Pipeline,
    "ref": RefRow,
    "schedule": Schedule,
    "schedule_state": ScheduleState,
    "settings": Settings,
    "spent_id": SpentId,
    "template": Template,
}
# Kinds whose values bear the id of their key; the contract of stores keeps members under any.
BEARING = frozenset({"account", "job", "pipeline", "schedule", "template"})


def fault_of(key: RowKey, value: object) -> str | None:
    """Say what a row holds that its key does not stand for; None: it holds what it should."""
    held = HELD.get(key.kind)
    if held is None:
        return None
    if not isinstance(value, held):
        return f"holds something else: {type(value).__name__}, and not {held.__name__}"
    id = getattr(value, "id", None)
    if key.kind in BEARING and id != key.id:
        return f"holds something else: the {key.kind} {id!r}"
    return None
