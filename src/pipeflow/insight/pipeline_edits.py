"""Edits of a pipeline: what differs between the one that is saved and the one that may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from ..errors import many
from ..model.automations import Automation
from ..model.job_statuses import Status
from ..model.phrases import phrase
from ..model.pipelines import Pipeline
from ..model.plans import Edit, EditKind, JobEffect
from ..model.stages import Stage
from ..model.values import FrozenMap

__all__ = ["Naming", "named", "pipeline_edits", "stage_edits", "status_edits", "suggested"]

Naming: TypeAlias = Callable[[Automation], str]  # says what an automation does, by the firm's names

# What is told in words of its own; whatever else a class has is told by its name.
OF_PIPELINES = {"name", "stages", "statuses", "id", "revision"}
OF_STAGES = {"name", "automations", "when", "automove", "id"}


def pipeline_edits(before: Pipeline, after: Pipeline) -> Iterator[Edit]:
    """Yield what changes of a pipeline as a whole."""
    if before.name != after.name:
        yield Edit(EditKind.RENAMED, f"the pipeline is called {after.name!r}, not {before.name!r}")
    for field in _others(before, after, OF_PIPELINES):
        verb = "change" if field.endswith("s") else "changes"
        yield Edit(EditKind.OTHER, f"its {field.replace('_', ' ')} {verb}")


def stage_edits(
    before: Pipeline, after: Pipeline, naming: Naming, members: Mapping[str, str]
) -> dict[str, tuple[Edit, ...]]:
    """Return what changes of each stage, by id: in the new order, removed ones at the end.

    Args:
        before: As it is saved.
        after: The edited one.
        naming: What automations are called.
        members: What members are called of whom conditions ask, by their ids.
    """
    old = {stage.id: stage for stage in before.stages}
    new = {stage.id: stage for stage in after.stages}
    places = _moved([one for one in old if one in new], [one for one in new if one in old])
    found: dict[str, tuple[Edit, ...]] = {}
    for id, stage in new.items():
        if id in old:
            edits = tuple(_changes(old[id], stage, naming, members, moved=id in places))
        else:
            edits = (Edit(EditKind.ADDED, f"is new, {_automations(stage)}"),)
        if edits:
            found[id] = edits
    for id, stage in old.items():
        if id not in new:
            found[id] = (Edit(EditKind.REMOVED, f"is removed, {_automations(stage)}"),)
    return found


def _automations(stage: Stage) -> str:
    return f"with {many(len(stage.automations), 'automation')}"


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Return the ids that stand behind or before others than they did."""
    moved: set[str] = set()
    rest = [*before]
    for id in after:
        if rest[0] == id:
            rest.pop(0)
        else:
            rest.remove(id)
            moved.add(id)
    return moved


def _changes(
    before: Stage, after: Stage, naming: Naming, members: Mapping[str, str], *, moved: bool
) -> Iterator[Edit]:
    if before.name != after.name:
        yield Edit(EditKind.RENAMED, f"is called {after.name!r}")
    if moved:
        yield Edit(EditKind.PLACE, "has another place")
    if before.when != after.when:
        now = "for all jobs" if after.when is None else f"only if {phrase(after.when, members)}"
        yield Edit(EditKind.CONDITION, f"is entered {now}")
    if before.automove != after.automove:
        what = "moves jobs on by itself" if after.automove else "does not move jobs on by itself"
        yield Edit(EditKind.AUTOMOVE, what)
    told = [*_differences(before.automations, after.automations, naming)]
    if told:
        yield Edit(EditKind.AUTOMATIONS, f"automations {' '.join(told)}")
    elif before.automations != after.automations:
        yield Edit(EditKind.AUTOMATIONS, "automations in another order")
    for field in _others(before, after, OF_STAGES):
        other = "other" if field.endswith("s") else "another"
        yield Edit(EditKind.OTHER, f"has {other} {field.replace('_', ' ')}")


def _differences(
    before: tuple[Automation, ...], after: tuple[Automation, ...], naming: Naming
) -> Iterator[str]:
    old = {str(one.id): one for one in before}
    new = {str(one.id): one for one in after}
    yield from (f"+ {naming(new[id])}" for id in new if id not in old)
    yield from (f"- {naming(old[id])}" for id in old if id not in new)
    yield from (f"~ {naming(new[id])}" for id in new if id in old and old[id] != new[id])


def named(
    effects: Iterable[JobEffect], before: Pipeline | None, after: Pipeline, naming: Naming
) -> FrozenMap[str, str]:
    """Return what stages and automations are called of which effects tell, by the ids there."""
    lines = [after] if before is None else [before, after]
    stages = {one.id: one.name for line in reversed(lines) for one in line.stages}
    found: dict[str, str] = {}
    for effect in effects:
        found[effect.stage] = stages.get(effect.stage, effect.stage)
        for one in (*effect.gains, *effect.loses):
            ends = (place for place, letter in enumerate(one) if letter == "/")  # ids may hold it
            parts = ((line, one[:end], one[end + 1 :]) for end in ends for line in lines)
            fired = ((stage, line.automation(stage, id)) for line, stage, id in parts)
            stage, fires = next((it for it in fired if it[1] is not None), ("", None))
            if fires is not None:
                found[one] = f"{naming(fires)} in {stages.get(stage, stage)!r}"
    return FrozenMap(found)


def status_edits(before: Pipeline, after: Pipeline) -> dict[str, tuple[Edit, ...]]:
    """Return what changes of each status, by name."""
    old = {one.name: one for one in before.statuses}
    new = {one.name: one for one in after.statuses}
    found: dict[str, tuple[Edit, ...]] = {}
    for name, status in new.items():
        if name not in old:
            found[name] = (Edit(EditKind.ADDED, "is new"),)
        elif old[name] != status:
            found[name] = tuple(_status_changes(old[name], status))
    gone = (name for name in old if name not in new)
    found.update((name, (Edit(EditKind.REMOVED, "is removed"),)) for name in gone)
    return found


def _status_changes(before: Status, after: Status) -> Iterator[Edit]:
    if before.quiet != after.quiet:
        what = "reminds nobody" if after.quiet else "reminds again"
        yield Edit(EditKind.QUIET, what)
    if before.automove != after.automove:
        what = "makes" if after.automove else "no longer makes"
        yield Edit(EditKind.AUTOMOVE, f"{what} jobs Active again by itself")
    for field in _others(before, after, {"name", "quiet", "automove"}):
        yield Edit(EditKind.OTHER, f"has other {field}")


def _others(before: Any, after: Any, told: set[str]) -> Iterator[str]:
    """Yield the fields that differ, beside those that are told otherwise."""
    for field in attrs.fields(type(before)):
        name = field.name
        if field.eq and name not in told and getattr(before, name) != getattr(after, name):
            yield name


def suggested(before: Pipeline, after: Pipeline, stage: str) -> str:
    """Return where the jobs of a removed stage best go.

    A new stage with the same automations is the same one under another name; so is a new one in
    its place. Else it is the next that stays, or the last one.
    """
    kept = {one.id for one in before.stages}
    fresh: Mapping[str, Stage] = {one.id: one for one in after.stages if one.id not in kept}
    place = before.place(stage)
    gone = before.stages[place]
    for id, one in fresh.items():
        if gone.automations and one.automations == gone.automations:
            return id
    if place < len(after.stages) and after.stages[place].id in fresh:
        return after.stages[place].id
    there = {one.id for one in after.stages}
    behind = (one.id for one in before.stages[place:] if one.id in there)
    return next(behind, after.stages[-1].id)
