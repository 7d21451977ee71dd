"""An automation's turn: it fires, is skipped with a reason, or fails and is kept (A-1 to A-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ..model.automations import Automation, Repeat
from ..model.events import AutomationFailed, AutomationSkipped, SkipCause
from ..model.items import Item, ItemState
from ..model.jobs import BlockedAutomation
from ..model.record import replaced
from ..model.stages import Stage
from .actions import ACTIONS
from .draft import Draft
from .steps import Step, plan_of, step_of

__all__ = ["fire", "fire_again"]

PENDING = ItemState.PENDING
NOBODY: frozenset[str] = frozenset()


def fire(draft: Draft, stage: Stage, skip: AbstractSet[str] = NOBODY) -> None:
    """Fire the automations of a stage one after another, in list order (A-1)."""
    _fire(draft, stage, plan_of(draft.book, stage), skip)


def fire_again(draft: Draft, stage: Stage, automation: Automation) -> None:
    """Fire one automation of a stage that could not run when it was its turn (A-24)."""
    _fire(draft, stage, [step_of(draft.book, stage, automation)], NOBODY)


def _fire(draft: Draft, stage: Stage, steps: Iterable[Step], skip: AbstractSet[str]) -> None:
    """Let each have its turn.

    Each condition is asked at its automation's turn, of the account as those before left it (A-2).
    The event of an automation that ran stands before those of what it brought about.
    """
    lines, here = draft.lines, stage.id
    for step in steps:
        when = step.when
        if skip and step.id in skip:
            _skipped(draft, here, step, SkipCause.BY_HAND, "left out by hand")
        elif when is not None and not when.holds(draft.account):
            _skipped(draft, here, step, SkipCause.CONDITION, when.missing(draft.account))
        elif step.freely or _can_fire(draft, stage, step):
            before = len(lines)
            made = ACTIONS[step.automation.__class__](draft, step)
            lines.insert(before, step.ran if made is None else (*step.ran, made))
            if step.once:
                draft.fired |= {_mark(draft, stage, step)}


def _can_fire(draft: Draft, stage: Stage, step: Step) -> bool:
    """Tell whether a step fires that an earlier visit or a lost template may keep from it."""
    held = _held_back(draft, stage, step)
    if held is not None:
        _carry(draft, held.open)
        _skipped(draft, stage.id, step, SkipCause.REPEAT, held.reason)
    elif step.missing:
        _failed(draft, stage.id, step)
    return held is None and not step.missing


def _skipped(draft: Draft, stage: str, step: Step, cause: SkipCause, reason: str) -> None:
    draft.tell(AutomationSkipped, stage, step.id, cause, reason)


class _Held(NamedTuple):
    """Why an earlier visit keeps an automation from firing again, and what is open of it."""

    reason: str
    open: tuple[int, ...] = ()  # places of items


def _held_back(draft: Draft, stage: Stage, step: Step) -> _Held | None:
    """Tell whether an earlier visit keeps an automation from firing again (A-46)."""
    if step.automation.repeat is Repeat.ALWAYS:
        return None
    if step.once:
        done = _mark(draft, stage, step) in draft.fired
        return _Held("fired before for this job, and fires once") if done else None
    open_now = tuple(_open_places(draft, stage, step))
    if not open_now:
        return None
    told = ", ".join(f"{draft.items[n].name!r} ({draft.items[n].id})" for n in open_now)
    verb = "is" if len(open_now) == 1 else "are"
    return _Held(f"{told} of an earlier visit {verb} still open, and goes on here", open_now)


def _open_places(draft: Draft, stage: Stage, step: Step) -> Iterator[int]:
    """Yield where open items stand that an automation made, or a proposal of its (A-46)."""
    made: set[str] = set()
    for place, item in enumerate(draft.items):
        if item.origin in made or _made_by(item, draft, stage, step):
            made.add(item.id)
            if item.state is PENDING:
                yield place


def _made_by(item: Item, draft: Draft, stage: Stage, step: Step) -> bool:
    """Tell whether an item was made by this automation; its like in another pipeline is another."""
    return item.origin == step.id and item.stage == stage.id and item.pipeline == draft.job.pipeline


def _carry(draft: Draft, places: Iterable[int]) -> None:
    """Let open items of earlier visits hold this one; an item of a later visit stays there."""
    for place in places:
        item = draft.items[place]
        if item.visit < draft.visit:
            draft.items[place] = replaced(item, visit=draft.visit)
            if place < draft.present:
                draft.carried += (place,)


def _mark(draft: Draft, stage: Stage, step: Step) -> str:
    """Name an automation that fires once a job; the same stage of another pipeline is another."""
    return f"{draft.job.pipeline}/{stage.id}/{step.automation.id}"


def _failed(draft: Draft, stage: str, step: Step) -> None:
    """Keep an automation that could not run, until it is retried or abandoned (A-24)."""
    key = draft.key(step.part)
    required = step.automation.makes_item
    pipeline, visit, reason = draft.job.pipeline, draft.visit, step.missing
    failed = BlockedAutomation(key, pipeline, stage, step.id, visit, reason, required)
    draft.blocked += (failed,)
    draft.tell(AutomationFailed, stage, step.id, step.missing, key)
