"""Turns of triggers: which fire just now, of what is done and of what had to wait (R-34, R-35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..model.events import TriggerPassed
from ..model.items import Item, ItemState
from ..model.jobs import Alarm, Job
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.triggers import WhenDone, nested
from .alarms import (
    LEFT,
    comes_late,
    drop,
    mark_fired,
    owed,
    pass_over,
    put_off_at_rest,
    set_alarms,
    timed_trigger,
    used_up,
)
from .draft import Draft
from .marks import fired_mark, has_fired
from .rhythms import said_used_up
from .steps import makes
from .turns import fire_list

__all__ = [
    "fire_alarm",
    "fire_done",
    "fire_owed",
    "is_waited_for",
    "said_done",
    "tell_unfired",
    "unfired",
]

COMPLETED = ItemState.COMPLETED


def fire_done(draft: Draft, stage: Stage) -> bool:
    """Fire the first trigger that waits for an item of this visit which is completed (R-34).

    It may complete what another waits for. Each fires once a visit, so that it ends.

    Returns:
        Whether there was one.
    """
    trigger = next(unfired(draft, draft.job.pipeline, stage), None)
    if trigger is None:
        return False
    mark = _visit_mark(draft, draft.job.pipeline, stage, trigger)
    draft.fired |= {mark}
    when = said_done(draft, draft.job.pipeline, stage, trigger)
    fire_list(draft, trigger.automations, str(trigger.id), when, stage.id, mark=mark)
    return True


def unfired(now: Job | Draft, pipeline: str, stage: Stage) -> Iterator[WhenDone]:
    """Yield the triggers of a job's stage that wait for what is completed, and have not fired.

    The like of another pipeline came along, and is not what a trigger waits for.
    """
    for trigger in stage.triggers:
        if not isinstance(trigger, WhenDone) or not any(_done(now, pipeline, stage, trigger)):
            continue
        if not has_fired(now.fired, _visit_mark(now, pipeline, stage, trigger)):
            yield trigger


def tell_unfired(draft: Draft, pipeline: Pipeline) -> None:
    """Say what does not fire any more for what is done, since the job leaves a stage of a pipeline
    before it goes on.
    """
    place = pipeline.find(draft.stage)
    if place is None:
        return
    stage = pipeline.stages[place]
    for trigger in unfired(draft, pipeline.id, stage):
        when = said_done(draft, pipeline.id, stage, trigger)
        draft.tell(TriggerPassed, stage.id, str(trigger.id), LEFT, when)


def said_done(now: Job | Draft, pipeline: str, stage: Stage, trigger: WhenDone) -> str:
    """Say what a trigger waited for that is to fire, by the name of what is done."""
    done = next(_done(now, pipeline, stage, trigger))
    return f"when {done.name!r} is done"


def _done(now: Job | Draft, pipeline: str, stage: Stage, trigger: WhenDone) -> Iterator[Item]:
    """Return the items of this visit that are completed, for which a trigger waits."""
    return (
        item
        for item in now.items
        if item.visit == now.visit and item.pipeline == pipeline
        if item.state is COMPLETED and is_waited_for(item, stage, trigger)
    )


def is_waited_for(item: Item, stage: Stage, trigger: WhenDone) -> bool:
    """Tell whether an item is what a trigger of a stage waits for, wherever its job is by now."""
    if item.origin != trigger.of or item.stage != stage.id:
        return False
    lists = (stage.automations, *(one.fires for one in stage.triggers))
    several = (one for some in lists for _, one in nested(some, "") if one.id == trigger.of)
    return any(makes(one, item) for one in several)


def _visit_mark(now: Job | Draft, pipeline: str, stage: Stage, trigger: WhenDone) -> str:
    return fired_mark(pipeline, stage.id, trigger, str(now.visit))


def fire_alarm(draft: Draft, alarm: Alarm) -> bool:
    """Fire what an alarm is about that is asked for, or say why it does not; it is over then.

    Returns:
        Whether it fired: what did not is no event in the life of the job, and moves nothing.
    """
    late, found = comes_late(alarm, draft.now), timed_trigger(draft, alarm)
    if found is None:
        item = used_up(draft, alarm)
        assert item is not None  # noqa: S101  (it is asked for)
        assert item.reminders is not None  # noqa: S101  (they are used up)
        drop(draft, alarm)
        then, when, due = item.reminders.then, said_used_up(item), alarm.at
        fire_list(draft, then, alarm.trigger, when, mark=item.id, due=due, late=late)
        return True
    trigger, home = found
    if late and trigger.skip_if_late:
        pass_over(draft, alarm, "it was late")
        return False
    drop(draft, alarm)
    mark = mark_fired(draft, alarm, trigger, home)
    fires, when, due = trigger.fires, trigger.says, alarm.at
    fire_list(draft, fires, alarm.trigger, when, home, mark=mark, due=due, late=late)
    return True


def fire_owed(draft: Draft) -> bool:
    """Fire what fell due first while the job was not Active, or elsewhere.

    What was left behind is owed until it is done: the job may go back to it, or take it along.

    Returns:
        Whether anything was owed.
    """
    put_off_at_rest(draft)
    set_alarms(draft)
    owing = owed(draft)
    if owing:
        fire_alarm(draft, min(owing, key=_instant))
    return bool(owing)


def _instant(alarm: Alarm) -> datetime:
    return alarm.at
