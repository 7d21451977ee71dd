"""Doubts: what may be mistyped in conditions that are being saved, told in the firm's feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import rules
from ..model.events import Chapter, Line, Warned
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule
from ..ports.rows import Query
from .records import FIRM
from .unit import Unit

__all__ = ["tell_doubts"]


def tell_doubts(unit: Unit, changed: Sequence[Any], together: Sequence[Any]) -> None:
    """Warn of tags, questions and packages that nobody uses, where much the same one is in use.

    Nothing is refused: a firm may name a tag before it gives it to anybody. Nothing is looked up
    for pipelines whose conditions name none.
    """
    asking = [
        (kind, one)
        for one in changed
        for kind, cls in (("pipeline", Pipeline), ("schedule", Schedule))
        if isinstance(one, cls) and rules.asks_by_name(one)
    ]
    if not asking:
        return
    records, accounts = unit.records, Query("account")
    tags = records.store.count(unit.tenant, accounts, "tag")
    defined = (*records.every("template"), *records.every("pipeline"))
    used = rules.in_use((*defined, *together), tags)
    lines: list[Line] = [
        (Warned, f"{kind} {one.name!r} {doubt}")
        for kind, one in asking
        for doubt in rules.doubts(one, used)
    ]
    if lines:
        unit.tell(FIRM, (Chapter(unit.now, "", unit.actor, tuple(lines)),))
