"""An automation's turn: it fires, is skipped with a reason, or fails and is kept (A-1 to A-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ..errors import NotFoundError, unknown
from ..model.automations import Automation, Repeat
from ..model.events import AutomationFailed, AutomationSkipped, SkipCause
from ..model.items import Item, ItemState
from ..model.jobs import BlockedAutomation
from ..model.stages import Stage
from .actions import ACTIONS
from .draft import Draft
from .left import carry
from .steps import Step, plan_of, step_of

__all__ = ["fire", "fire_again", "mark_of", "refuse_strangers"]

PENDING = ItemState.PENDING
NOBODY: frozenset[str] = frozenset()


def fire(draft: Draft, stage: Stage, skip: AbstractSet[str] | None = NOBODY) -> None:
    """Fire the automations of a stage one after another, in list order (A-1).

    Without any *skip* at all, that is None, none of them fires (R-25).
    """
    plan = plan_of(draft.book, stage)
    if skip is None:
        for step in plan:
            _skipped(draft, stage.id, step, SkipCause.BY_HAND, "nothing was to fire")
    else:
        _fire(draft, stage, plan, skip)


def refuse_strangers(stage: Stage, skip: AbstractSet[str]) -> None:
    """Refuse to leave out automations that a stage does not have.

    Raises:
        NotFoundError: With all of them, and those that there are.
    """
    if skip:
        known = [str(one.id) for one in stage.automations]
        if strangers := [name for name in sorted(skip) if name not in known]:
            where = f"stage {stage.name!r}"
            raise NotFoundError(*(unknown("automation", s, known, where=where) for s in strangers))


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
                draft.fired |= {mark_of(draft.job.pipeline, stage.id, step.id)}


def _can_fire(draft: Draft, stage: Stage, step: Step) -> bool:
    """Tell whether a step fires that an earlier visit or a lost template may keep from it."""
    held = _held_back(draft, stage, step)
    if held is not None:
        for place in held.open:
            carry(draft, place)
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
        done = mark_of(draft.job.pipeline, stage.id, step.id) in draft.fired
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


def mark_of(pipeline: str, stage: str, automation: str) -> str:
    """Name an automation that fires once a job; the same stage of another pipeline is another."""
    return f"{pipeline}/{stage}/{automation}"


def _failed(draft: Draft, stage: str, step: Step) -> None:
    """Keep an automation that could not run, until it is retried or abandoned (A-24)."""
    key = draft.key(step.part)
    required = step.automation.makes_item
    pipeline, visit, reason = draft.job.pipeline, draft.visit, step.missing
    failed = BlockedAutomation(key, pipeline, stage, step.id, visit, reason, required)
    draft.blocked += (failed,)
    draft.tell(AutomationFailed, stage, step.id, step.missing, key)
