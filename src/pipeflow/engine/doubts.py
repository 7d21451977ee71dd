"""Doubts: what may be mistyped in conditions that are being saved, told in the firm's feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import rules
from ..errors import nearest
from ..model.accounts import Account
from ..model.events import Chapter, Line, Warned
from ..model.pipelines import Pipeline
from ..model.schedules import Schedule
from ..model.settings import Settings
from ..ports.rows import Query
from .records import FIRM, row_key
from .unit import Unit

__all__ = ["tell_doubts", "tell_language"]


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


def tell_language(unit: Unit, before: Account | None, after: Account, settings: Settings) -> None:
    """Warn of an account that wishes for a language in which the firm does not write (R-20).

    Nothing is refused: the firm may give the language later. It is told when the wish is new.
    """
    wish = after.language
    if not wish or settings.writes_in(wish) or (before is not None and before.language == wish):
        return
    known = sorted({"en", *(one.tag for one in settings.languages)})
    like = nearest(wish, known)
    told = f"{after.name!r} wishes for language {wish!r}, in which the firm does not write"
    told += f"; did you mean {like!r}?" if like else "."
    used = settings.language_for(wish).tag
    line = (Warned, f"{told} It writes in {', '.join(known)}, and here in {used!r}", after.id)
    unit.tell(row_key("account", after.id), (Chapter(unit.now, "", unit.actor, (line,)),))
