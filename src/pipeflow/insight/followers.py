"""What fires when the items of a job are done, and then decides where it goes (R-34)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.automations import Automation
from ..model.items import Item
from ..model.job_automations import SetStatus, TransferJob
from ..model.jobs import Job
from ..model.triggers import WhenDone
from ..rules import State, fired_mark, has_fired, is_spent, is_waited_for

__all__ = ["brought_by", "followers", "lead_away", "made_by"]


def made_by(state: State, one: Automation) -> str:
    """Say what the thing is called that an automation makes."""
    template = state.book.templates.get(one.uses or "")
    return template.name if template is not None else one.label


def followers(state: State, item: Item) -> Iterator[Automation]:
    """Yield what a trigger fires when an open item is done, and that then holds the stage or takes
    the job elsewhere (R-34); each has a condition at its turn, which may keep it from firing.
    """
    job, pipeline = state.job, state.book.pipeline
    place = pipeline.find(job.stage)
    if place is None or item.visit != job.visit or item.pipeline != pipeline.id:
        return
    for trigger in _to_fire(state):
        if is_waited_for(item, pipeline.stages[place], trigger):
            yield from brought_by(trigger.automations, job, job.stage)


def brought_by(fires: Iterable[Automation], job: Job, home: str) -> Iterator[Automation]:
    """Yield what is to fire that holds a job where it is, or takes it elsewhere.

    Args:
        fires: What a trigger fires, or a status.
        job: The job.
        home: The stage that has it; "" where the pipeline has it for all.
    """
    for one in fires:
        decides = one.holds and (one.makes_item or isinstance(one, SetStatus | TransferJob))
        if decides and not is_spent(job.fired, job.pipeline, home, one):
            yield one


def lead_away(state: State, first: Iterable[Automation]) -> bool:
    """Tell whether what fires first takes the job elsewhere, or lets something wait for it that
    does so when it is done, and so on.
    """
    ways, left = [*first], [*_to_fire(state)]
    while ways:
        one = ways.pop()
        if not one.makes_item:
            return True
        after = [trigger for trigger in left if trigger.of == one.id]
        left = [trigger for trigger in left if trigger not in after]  # each fires once a visit
        fires = (then for trigger in after for then in trigger.automations)
        ways += brought_by(fires, state.job, state.job.stage)
    return False


def _to_fire(state: State) -> Iterator[WhenDone]:
    """Yield the triggers of a job's stage that wait for items, and have not fired in this visit."""
    job, pipeline = state.job, state.book.pipeline
    place = pipeline.find(job.stage)
    for trigger in () if place is None else pipeline.stages[place].triggers:
        if isinstance(trigger, WhenDone):
            mark = fired_mark(pipeline.id, job.stage, trigger, str(job.visit))
            if not has_fired(job.fired, mark):
                yield trigger
