"""Stage checks: stages, and statuses, that wait for what nobody will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..model.automations import Automation, Repeat
from ..model.job_automations import SetStatus, TransferJob
from ..model.jobs import JobStatus
from ..model.logic import Condition
from ..model.pipelines import Pipeline
from ..model.templates import Template
from ..model.text import spelt
from ..model.triggers import Timed, Trigger, WhenDone
from .findings import Finding
from .firing_lists import asks_nothing
from .leads import is_sure, last_statuses
from .worlds import World, Worlds

__all__ = ["passing_findings", "waiting_findings"]


ACTIVE = spelt(JobStatus.ACTIVE)


class _Wait(NamedTuple):
    """What automoves: a stage, or a status, which has no condition and no triggers."""

    pipeline: Pipeline
    path: str
    place: str
    automations: tuple[Automation, ...]
    when: Condition | None = None
    triggers: tuple[Trigger, ...] = ()
    more: str = ""  # what else may be done about it
    stage: str = ""  # its id
    status: str = ""  # its name, as it is spelt


def _waits(pipeline: Pipeline) -> Iterator[_Wait]:
    for number, stage in enumerate(pipeline.stages):
        if stage.automove:
            more = "put the same condition on the stage, or " * bool(number)  # the first has none
            path, place = f"$.stages[{number}]", f"stage {stage.name!r}"
            triggers = (*stage.triggers, *pipeline.triggers)
            yield _Wait(
                pipeline,
                path,
                place,
                stage.automations,
                stage.when,
                triggers,
                more,
                stage=stage.id,
            )
    for number, status in enumerate(pipeline.statuses):
        if status.automove:
            path, place = f"$.statuses[{number}]", f"status {status.name!r}"
            name = spelt(status.name)
            yield _Wait(pipeline, path, place, status.automations, status=name)


def waiting_findings(pipeline: Pipeline, templates: Mapping[str, Template]) -> Iterator[Finding]:
    """Yield the stages and statuses in which no completion lets a job go on (A-3, A-4)."""
    for wait in _waits(pipeline):
        leading = _leading(wait, templates)
        timed = (fired for one in wait.triggers if isinstance(one, Timed) for fired in one.fires)
        if any(str(one.id) in leading for one in timed):
            continue  # it comes in time, whatever is done or not
        if not any(str(one.id) in leading for one in wait.automations):
            told = (
                "It automoves, and none of its automations makes anything that could be completed: "
                "a job stays until something is linked by hand and done."
            )
            suggestion = "Add what it waits for."
            yield Finding("nothing-to-complete", wait.place, wait.path, told, suggestion)
        elif (who := _left_out(wait, leading)) is not None:
            told = (
                f"It automoves, and asks nothing of {_told(who, wait.automations)}: all that "
                "could be completed is skipped, so that such a job stays."
            )
            suggestion = f"{wait.more}ask something of everybody."
            yield Finding("stuck", wait.place, wait.path, told, suggestion.capitalize())


def passing_findings(pipeline: Pipeline) -> Iterator[Finding]:
    """Yield the stages that jobs pass at once, where a firm lets them pass what asks nothing."""
    for number, stage in enumerate(pipeline.stages):
        if stage.automove and not stage.automations and not stage.triggers:
            told = "Nothing happens in it, and every job passes it at once."
            place, path = f"stage {stage.name!r}", f"$.stages[{number}]"
            suggestion = "Take it out, say what happens in it, or switch automove off."
            yield Finding("no-effect", place, path, told, suggestion)


def _leading(wait: _Wait, templates: Mapping[str, Template]) -> frozenset[str]:
    """Return the ids of all that lets a job go on: by what it makes, or by taking it elsewhere."""
    lists = (wait.automations, *(one.fires for one in wait.triggers))
    found = {
        str(one.id)
        for several in lists
        for number, one in enumerate(several)
        if _makes(one, wait, templates)
        or (_takes_away(one, wait) and not _is_overruled(one, several[number + 1 :]))
    }
    never = {str(one.id) for several in lists for one in several if asks_nothing(one, templates)}
    waiting = [one for one in wait.triggers if isinstance(one, WhenDone) and one.of not in never]
    grown = True
    while grown:
        before = len(found)
        for one in waiting:
            if any(str(two.id) in found for two in one.fires):
                found.add(one.of)
        grown = len(found) > before
    return frozenset(found)


def _makes(one: Automation, wait: _Wait, templates: Mapping[str, Template]) -> bool:
    """Tell whether an automation makes what lets a job go on when it is done, or in time.

    In a status nothing fires in time: that waits until the job is Active again (R-35).
    """
    if not one.makes_item:
        return False
    if one.holds and not asks_nothing(one, templates):
        return True
    rhythm = None if wait.status else getattr(one, "reminders", None)
    then = () if rhythm is None else rhythm.then
    return any(_makes(two, wait, templates) or _takes_away(two, wait) for two in then)


def _takes_away(one: Automation, wait: _Wait) -> bool:
    """Tell whether an automation takes a job elsewhere, so that nothing has to be done here."""
    if isinstance(one, TransferJob):
        target = one.stage or wait.pipeline.stages[0].id
        return (one.pipeline, target) != (wait.pipeline.id, wait.stage)
    if not isinstance(one, SetStatus):
        return False
    name = spelt(one.status)
    return name != wait.status if wait.status else _keeps_away(name, wait)


def _keeps_away(name: str, wait: _Wait) -> bool:
    """Tell whether a status may take a job out of its stage, or leave it to the team.

    Where it ends by itself the job is Active again, and waits in its stage as before.
    """
    own = {spelt(one.name): one for one in wait.pipeline.statuses}
    seen: set[str] = set()
    open_ = [name]
    while open_:
        name = open_.pop()
        if name == ACTIVE or name in seen:
            continue
        seen.add(name)
        status = own.get(name)
        if status is None:  # it is over
            return True
        transfers = (one for one in status.automations if isinstance(one, TransferJob))
        if any(_takes_away(one, wait) for one in transfers):
            return True
        after = [*last_statuses(status.automations)]
        if None in after and not status.automove:
            return True
        open_ += [one for one in after if one is not None]
    return False


def _is_overruled(one: Automation, behind: Iterable[Automation]) -> bool:
    """Tell whether an automation behind does the same otherwise; the last one counts."""
    return any(type(two) is type(one) and is_sure(two) for two in behind)


def _left_out(wait: _Wait, leading: frozenset[str]) -> World | None:
    """Return an account, with as few tags as can be, of which nothing at all is asked.

    It goes through the automations from the last to the first, and notes from which worlds one may
    still fire that lets the job go on: whoever comes in from none of these is left out.
    """
    worlds = Worlds((wait.when, *(one.when for one in wait.automations)), wait.pipeline.id)
    going = 0
    for one in reversed(wait.automations):
        asked = worlds.answer(one.when)
        surely = asked.must if one.repeat is Repeat.ALWAYS else 0
        fires = worlds.all if str(one.id) in leading else worlds.before(one, going)
        going = asked.may & fires | going & ~surely
    left = worlds.answer(wait.when).must & ~going
    return worlds.smallest(left) if left else None


def _told(world: World, automations: Iterable[Automation]) -> str:
    """Describe the accounts of a world by the tags that they have, or lack, and what else holds."""
    makers = [one.when for one in automations if one.makes_item and one.when is not None]
    asked = frozenset[str]().union(*(when.tags for when in makers))
    having = [f"tagged {_listed(world.tags)}"] if world.tags else []
    if asked - world.tags:
        having.append(f"not tagged {_listed(asked - world.tags)}")
    having += [f"for which {one} holds" for one in sorted(world.yes)]
    return f"accounts {' and '.join(having)}" if having else "accounts that fulfil no condition"


def _listed(tags: frozenset[str]) -> str:
    return ", ".join(map(repr, sorted(tags)))
