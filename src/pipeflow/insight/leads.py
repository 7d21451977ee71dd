"""Leads: where jobs are led by automations that fire for everybody, and never come to rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..model.automations import Automation, Repeat
from ..model.job_automations import SetStatus, StartJob, TransferJob
from ..model.jobs import OVER
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.text import spelt
from .findings import Finding

__all__ = ["endless_findings"]

Place = tuple[str, str]  # a pipeline and a stage
OVER_NAMES = frozenset(map(spelt, OVER))


class _Lead(NamedTuple):
    """What leads every job that enters a stage, or a new one, to another place."""

    number: int
    automation: Automation
    to: Place


def endless_findings(pipeline: Pipeline, pipelines: Mapping[str, Pipeline]) -> Iterator[Finding]:
    """Yield what starts or transfers jobs without end, so that a command is refused (R-34).

    Args:
        pipeline: Which one is looked at.
        pipelines: It and the others, by their ids.
    """
    known = {**pipelines, pipeline.id: pipeline}
    leads = {
        (one.id, stage.id): tuple(_leads(stage, one, known))
        for one in known.values()
        for stage in one.stages
    }
    resting = _resting(leads)
    for number, stage in enumerate(pipeline.stages):
        here = (pipeline.id, stage.id)
        for lead in leads[here]:
            if lead.to not in resting and _comes_back(lead.to, here, leads):
                place = f"stage {stage.name!r}, {lead.automation.label}"
                path = f"$.stages[{number}].automations[{lead.number}]"
                told = (
                    "Whoever comes here is led on, and back here again, without end: the command "
                    "is refused, and no job can enter the stage."
                )
                suggestion = "Give it a condition that ends it, or take it out."
                yield Finding("endless", place, path, told, suggestion)


def _leads(stage: Stage, pipeline: Pipeline, known: Mapping[str, Pipeline]) -> Iterator[_Lead]:
    """Yield what fires for every job that enters a stage, and leads to a place that is there."""
    several = stage.automations
    stays = _may_stay(several, pipeline)
    last = max((n for n, one in enumerate(several) if isinstance(one, TransferJob)), default=-1)
    for number, one in enumerate(several):
        if not isinstance(one, StartJob | TransferJob) or one.when is not None:
            continue
        if isinstance(one, TransferJob) and (
            stays or number != last or one.repeat is not Repeat.ALWAYS
        ):
            continue
        target = known.get(one.pipeline)
        if target is None or (one.stage is not None and target.find(one.stage) is None):
            continue
        to = (target.id, one.stage or target.stages[0].id)
        if isinstance(one, StartJob) or to != (pipeline.id, stage.id):
            yield _Lead(number, one, to)


def _may_stay(several: Sequence[Automation], pipeline: Pipeline) -> bool:
    """Tell whether statuses may keep a job from going where the list transfers it.

    What is over is not transferred (A-22), and a status may transfer the job to another place.
    """
    own = {spelt(one.name): one for one in pipeline.statuses}
    seen: set[str] = set()
    open_ = [*_last_statuses(several)]
    while open_:
        name = open_.pop()
        if name in OVER_NAMES:
            return True
        status = own.get(name)
        if status is None or name in seen:
            continue
        seen.add(name)
        if any(isinstance(one, TransferJob) for one in status.automations):
            return True
        open_ += _last_statuses(status.automations)
    return False


def _last_statuses(several: Sequence[Automation]) -> Iterator[str]:
    """Yield the statuses that a list may leave a job with; the last one that fires counts."""
    for one in reversed(several):
        if isinstance(one, SetStatus):
            yield spelt(one.status)
            if one.when is None and one.repeat is Repeat.ALWAYS:
                return


def _resting(leads: Mapping[Place, tuple[_Lead, ...]]) -> set[Place]:
    """Return the places from which every way comes to an end."""
    behind: dict[Place, set[Place]] = {}
    left = {place: {lead.to for lead in several} for place, several in leads.items()}
    for place, targets in left.items():
        for to in targets:
            behind.setdefault(to, set()).add(place)
    ends = [place for place, targets in left.items() if not targets]
    found = set(ends)
    while ends:
        there = ends.pop()
        for place in behind.get(there, ()):
            left[place].discard(there)
            if not left[place] and place not in found:
                found.add(place)
                ends.append(place)
    return found


def _comes_back(start: Place, to: Place, leads: Mapping[Place, tuple[_Lead, ...]]) -> bool:
    """Tell whether a way leads from one place to another."""
    seen, open_ = {start}, [start]
    while open_:
        place = open_.pop()
        if place == to:
            return True
        for lead in leads[place]:
            if lead.to not in seen:
                seen.add(lead.to)
                open_.append(lead.to)
    return False
