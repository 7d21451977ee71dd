"""An automation's turn: it fires, is skipped with a reason, or fails and is kept (A-1 to A-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

from ..errors import NotFoundError, unknown
from ..model.automations import Automation, Repeat
from ..model.events import AutomationFailed, AutomationSkipped, SkipCause, TriggerFired
from ..model.items import Item, ItemState
from ..model.jobs import BlockedAutomation
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.stages import Stage
from .actions import ACTIONS
from .draft import Draft
from .left import carry, whence
from .marks import is_spent, once_mark
from .steps import Step, makes, plan_of, steps_of

__all__ = [
    "SILENTLY",
    "fire",
    "fire_again",
    "fire_list",
    "home_of",
    "refuse_strangers",
]

PENDING = ItemState.PENDING
NOBODY: frozenset[str] = frozenset()
SILENTLY = "nothing was to fire"  # what history says of each automation then


def fire(draft: Draft, stage: Stage, skip: AbstractSet[str] | None = NOBODY) -> None:
    """Fire the automations of a stage one after another, in list order (A-1).

    Without any *skip* at all, that is None, none of them fires (R-25).
    """
    plan = plan_of(draft.book, stage)
    if skip is None:
        draft.unhurried = True
        for step in plan:
            _skipped(draft, stage.id, step, SkipCause.BY_HAND, SILENTLY)
    else:
        _fire(draft, stage.id, plan, skip)


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


def fire_list(
    draft: Draft,
    automations: Iterable[Automation],
    trigger: str,
    when: str,
    home: str = "",
    *,
    mark: str = "",
    due: datetime | None = None,
    late: bool = False,
    scope: bool = False,
) -> None:
    """Fire a list of automations as the entry of a stage does, and name what fired it (R-34).

    Args:
        draft: The job.
        automations: What fires.
        trigger: The id of the trigger.
        when: What it waited for, in words.
        home: The stage that has it; "" where the pipeline has it for all stages.
        mark: That by which the job knows that it has fired; "" where it fires each time.
        due: When its time came, if it goes by one.
        late: Whether its time had come before.
        scope: Whether what is made belongs to the status that was set just now; where it was set
            while the job was paused, it has a number already, and what was linked meanwhile.
    """
    if scope and late:
        draft.run = draft.job.scope
    else:
        draft.armed += 1
        draft.run = draft.armed
    draft.tell(TriggerFired, draft.stage, trigger, draft.run, late, when, mark, due)
    if scope:
        draft.scope = draft.run
        draft.job = replaced(draft.job, scope=draft.run)
    _fire(draft, draft.stage, steps_of(draft.book, draft.stage, automations, home), NOBODY)
    draft.run = draft.scope = 0


def fire_again(draft: Draft, automation: Automation, home: str, failed: BlockedAutomation) -> None:
    """Fire one automation that could not run when it was its turn, as it would have then (A-24)."""
    draft.run, draft.scope = failed.run, failed.scope
    _fire(draft, failed.stage, steps_of(draft.book, failed.stage, [automation], home), NOBODY)
    draft.run = draft.scope = 0


def _fire(draft: Draft, here: str, steps: Iterable[Step], skip: AbstractSet[str]) -> None:
    """Let each have its turn.

    Each condition is asked at its automation's turn, of the account and the job as those before
    left them (A-2).
    The event of an automation that ran stands before those of what it brought about.
    """
    lines = draft.lines
    for step in steps:
        when = step.when
        if skip and step.id in skip:
            _skipped(draft, here, step, SkipCause.BY_HAND, "left out by hand")
        elif when is not None and not when.holds(draft.account, draft):
            _skipped(draft, here, step, SkipCause.CONDITION, when.missing(draft.account, draft))
        elif step.freely or _can_fire(draft, here, step):
            before = len(lines)
            draft.aside = step.aside
            made = ACTIONS[step.automation.__class__](draft, step)
            lines.insert(before, step.ran if made is None else (*step.ran, made))
            if step.once:
                draft.fired |= {_mark(draft, step)}
    draft.aside = False


def _can_fire(draft: Draft, here: str, step: Step) -> bool:
    """Tell whether a step fires that an earlier visit or a lost template may keep from it."""
    held = _held_back(draft, step)
    if held is not None:
        for place in held.open:
            carry(draft, place)
        _skipped(draft, here, step, SkipCause.REPEAT, held.reason)
    elif step.missing:
        _failed(draft, here, step)
    return held is None and not step.missing


def _skipped(draft: Draft, stage: str, step: Step, cause: SkipCause, reason: str) -> None:
    draft.tell(AutomationSkipped, stage, step.id, cause, reason)


class _Held(NamedTuple):
    """Why an earlier visit keeps an automation from firing again, and what is open of it."""

    reason: str
    open: tuple[int, ...] = ()  # places of items


def _held_back(draft: Draft, step: Step) -> _Held | None:
    """Tell whether an earlier visit keeps an automation from firing again (A-46)."""
    if step.automation.repeat is Repeat.ALWAYS:
        return None
    if step.once:
        done = is_spent(draft.fired, draft.job.pipeline, step.home, step.automation)
        return _Held("fired before for this job, and fires once") if done else None
    open_now = tuple(_open_places(draft, step))
    if not open_now:
        return None
    told = ", ".join(f"{draft.items[n].name!r} ({draft.items[n].id})" for n in open_now)
    verb, goes = ("is", "goes") if len(open_now) == 1 else ("are", "go")
    before = next(filter(None, (whence(draft, n) for n in open_now)), "")
    here = f", and {goes} on here" if before else ""
    return _Held(f"{told}{before} {verb} still open{here}", open_now)


def _mark(draft: Draft, step: Step) -> str:
    """Return the mark of an automation that fires once a job."""
    return once_mark(draft.job.pipeline, step.home, step.id, step.automation.kind)


def _open_places(draft: Draft, step: Step) -> Iterator[int]:
    """Yield where open items stand that an automation made, or a proposal of its (A-46)."""
    made: set[str] = set()
    for place, item in enumerate(draft.items):
        if item.origin in made or _made_by(item, draft, step):
            made.add(item.id)
            if item.state is PENDING:
                yield place


def _made_by(item: Item, draft: Draft, step: Step) -> bool:
    """Tell whether an item was made by this automation; its like in another pipeline is another."""
    here = not step.home or item.stage == step.home
    mine = here and item.origin == step.id and item.pipeline == draft.job.pipeline
    return mine and makes(step.automation, item)


def home_of(pipeline: Pipeline, automation: Automation) -> str:
    """Return the id of the stage that has an automation; "" where the pipeline has it for all, as
    what used up reminders fire, whose id nothing else in the pipeline has (R-34).
    """
    for stage in pipeline.stages:
        lists = (stage.automations, *(one.fires for one in stage.triggers))
        if any(automation is one for some in lists for one in some):
            return stage.id
    return ""


def _failed(draft: Draft, stage: str, step: Step) -> None:
    """Keep an automation that could not run, until it is retried or abandoned (A-24)."""
    key = draft.key(step.part)
    required = step.automation.makes_item and not step.aside
    failed = BlockedAutomation(
        key,
        draft.job.pipeline,
        stage,
        step.id,
        draft.visit,
        step.missing,
        required,
        draft.run,
        draft.scope,
        step.automation.kind,
    )
    draft.blocked += (failed,)
    draft.tell(AutomationFailed, stage, step.id, step.missing, key)
