"""Firings: what an undone move fired but once, and whether that may fire again (R-26, A-46)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeAlias

from ..model.automations import Repeat
from ..model.events import Event, MoveUndone
from ..model.items import Item
from ..model.jobs import Alarm
from ..ports.due import DueState
from ..ports.keys import key_of
from ..ports.ports import OUTLETS
from .alarms import set_alarm, used_up
from .decision import State
from .draft import Draft
from .last_move import Beginning, Fired, FiredTrigger, place_of_number
from .marks import once_mark, trigger_marks, without

__all__ = [
    "OUTLET_OF",
    "How",
    "fires_anew",
    "follow_anew",
    "known_keys",
    "left_after_all",
    "may_fire_anew",
    "never_left",
    "once_marks",
]

# How far a request has come, by its key; None: nobody asked for it.
How: TypeAlias = Callable[[str], DueState | None]

OUTLET_OF = {one.automation.kind: one for one in OUTLETS}


def once_marks(fired: Fired) -> frozenset[str]:
    """Return the marks of an automation that ran, whether its stage has it or the pipeline."""
    pipeline, automation, kind = fired.pipeline, fired.automation, fired.kind
    return frozenset(once_mark(pipeline, home, automation, kind) for home in (fired.stage, ""))


def known_keys(state: State, fired: Fired, how: How) -> Iterator[str]:
    """Yield the keys of what an automation asked for that makes no item: one, or one for each
    contact.
    """
    key = key_of(state.tenant, state.job.id, fired.visit, fired.automation)
    if how(key) is not None:
        yield key
    number = 1
    while how(f"{key}/{number}") is not None:
        yield f"{key}/{number}"
        number += 1


def may_fire_anew(draft: Draft) -> bool:
    """Tell whether something has fired that does so but once: for a job, or for what it is of."""
    then = (one.reminders.then for one in draft.items if one.reminders is not None)
    return bool(draft.fired) or any(then)


def never_left(draft: Draft, history: Sequence[Event], key: str, how: How) -> None:
    """Let an automation fire again of an undone move, where all that it asked for never left.

    It counted as out while somebody held it, for it might have left (R-26).

    Args:
        draft: The job.
        history: All that happened to it.
        key: The key of the request that is over just now.
        how: How far all others have come.
    """
    found = _Undone(draft.state, history, how)
    fired = found.by(key)
    if fired is None or not found.is_back(fired, key):
        return
    draft.fired = without(draft.fired, once_marks(fired))
    if fired.trigger and all(found.is_back(one, key) for one in found.beside(fired)):
        fires_anew(draft, fired.by, {fired.entry})


def fires_anew(draft: Draft, fired: FiredTrigger, visits: AbstractSet[int]) -> None:
    """Let a trigger fire anew for what it fired, in one of these visits: a visit, a date, or the
    used up reminders of an item.
    """
    pipeline, trigger, mark, due = fired
    if mark is None:
        draft.fired -= trigger_marks(draft.fired, pipeline, trigger, visits)
    elif due is not None and any(item.id == mark for item in draft.items):
        follow_anew(draft, mark, due)
    elif mark:
        draft.fired = without(draft.fired, {mark})


def follow_anew(draft: Draft, item: str, due: datetime) -> None:
    """Let what follows the used up reminders of an item do so at its time, or as what is past when
    a move is undone (R-34).
    """
    trigger = f"{draft.items[place_of_number(item)].origin}.then"
    alarm = Alarm(trigger, item, due, None)
    if used_up(draft, alarm) is None or any(one.of == item for one in draft.alarms):
        return
    if due > draft.now:
        alarm = set_alarm(draft, trigger, item, due)
    draft.alarms += (alarm,)
    draft.changed = True


def left_after_all(draft: Draft, history: Sequence[Event], item: Item) -> None:
    """Let an automation of an undone move count as out again, whose thing came to be late."""
    fired = _Undone(draft.state, history, lambda _: None).by(item.request or "")
    if fired is None or fired.pipeline != draft.job.pipeline:
        return
    automation = draft.book.automation(fired.stage, fired.automation)
    if automation is not None and automation.repeat is Repeat.ONCE:
        draft.fired |= once_marks(fired)
        draft.changed = True


class _Undone:
    """What fired in moves that were undone."""

    def __init__(self, state: State, history: Sequence[Event], how: How) -> None:
        self._state = state
        self._how = how
        self._items = {item.id: item for item in state.job.items}
        undone = [(n, e.visit) for n, e in enumerate(history) if isinstance(e, MoveUndone)]
        ran = Beginning(history).fired() if undone else []
        self._all = [
            one
            for one in ran
            if any(place > one.place and back_to < one.entry for place, back_to in undone)
        ]

    def by(self, key: str) -> Fired | None:
        """Return what asked for a request, or None."""
        return next((one for one in self._all if key in self._asked(one)), None)

    def beside(self, fired: Fired) -> list[Fired]:
        """Return all that the same firing of a trigger fired."""
        return [one for one in self._all if one.visit == fired.visit]

    def is_back(self, fired: Fired, key: str) -> bool:
        """Tell whether nothing of it is out, now that a request is over; a job may be."""
        others = (self._how(one) for one in self._asked(fired) if one != key)
        return fired.follow_up is None and all(one is DueState.CANCELLED for one in others)

    def _asked(self, fired: Fired) -> list[str]:
        if fired.item is not None:
            return [str(self._items[fired.item].request)]
        return [*known_keys(self._state, fired, self._how)] if fired.kind in OUTLET_OF else []
