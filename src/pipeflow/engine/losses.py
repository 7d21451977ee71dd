"""Losses: what a pipeline cannot lose: where jobs are, what leads there, whose an id is (A-18)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from .. import rules
from ..errors import Problem, a, many
from ..model.automations import Automation
from ..model.jobs import JobStatus
from ..model.pipelines import Pipeline
from ..ports.rows import Query
from ..ports.terms import stage_of, standing
from .unit import Unit
from .usage import bringing

__all__ = ["loss_problems"]

# What a pipeline cannot lose while jobs are there, by the field of a job, and what to do first.
LOSSES = {
    "stage": (
        "stages in which jobs stand",
        (
            "move these jobs first, or say where they go, and nothing fires: "
            "apply(plan(...), stages={old: new}); where a stage only got another name, keep its id "
            "with id="
        ),
    ),
    "status": ("statuses that jobs have", "give these jobs another one first"),
}


def loss_problems(
    unit: Unit, before: Pipeline, after: Pipeline, edited: AbstractSet[str]
) -> Iterator[Problem]:
    """Yield what a pipeline shall lose and cannot; pipelines that are *edited* with it may lead
    elsewhere by then, and are checked themselves.
    """
    yield from _standing(unit, before, after)
    yield from _other_kinds(before, after)
    yield from rules.lost_leads(before, after, _leading(unit, edited))


def _leading(unit: Unit, edited: AbstractSet[str]) -> Iterator[tuple[str, Any]]:
    """Yield what may lead to a stage, each with its kind: other pipelines, and open items of jobs
    as this unit leaves them, for their pipelines may speak of it no longer.
    """
    for one in unit.records.every("pipeline"):
        if one.id not in edited:
            yield "pipeline", one
    for key, job in bringing(unit.records):
        now = unit.puts.get(key, job)
        if now.status != JobStatus.ARCHIVED:
            yield "job", now


def _other_kinds(before: Pipeline, after: Pipeline) -> Iterator[Problem]:
    """Yield the automations that have the ids of those of another kind.

    By its id history tells what an automation did, a job knows what is open of it, and a retry
    finds it again.
    """
    for where, home, one in _at_home(after):
        was = before.automation(home, str(one.id))
        if was is not None and was.kind != one.kind:
            yield _other_kind(where, one, was.kind)


def _at_home(pipeline: Pipeline) -> Iterator[tuple[str, str, Automation]]:
    """Yield each automation with its path, and the stage that has it; "": all of them."""
    homes = {f"$.stages[{number}": stage.id for number, stage in enumerate(pipeline.stages)}
    for where, one in pipeline.automations():
        yield where, homes.get(where.partition("]")[0], ""), one


def _other_kind(where: str, one: Automation, kind: str) -> Problem:
    old, new = (a(each.replace("_", " ")) for each in (kind, one.kind))
    what = f"{one.id!r} has been the id of {old} automation; give that of {new} automation"
    return Problem(f"{what} another with id=", f"{where}.id")


def _standing(unit: Unit, before: Pipeline, after: Pipeline) -> Iterator[Problem]:
    """Yield the stages that are taken away while jobs stand in them, archived ones aside (A-18),
    and the statuses that jobs have (R-32).
    """
    kept = {stage.id for stage in after.stages}
    stages = tuple(stage.id for stage in before.stages if stage.id not in kept)
    there = {status.name for status in after.statuses}
    statuses = tuple(one.name for one in before.statuses if one.name not in there)
    if stages:
        yield from _lost(unit, after, "stage", standing(after.id, stages))
    if statuses:
        have = (("pipeline", after.id), ("status", statuses))
        yield from _lost(unit, after, "status", Query("job", have))


def _lost(unit: Unit, after: Pipeline, field: str, query: Query) -> Iterator[Problem]:
    """Yield that jobs are in what a pipeline shall lose.

    The commit asks once more: a job that came in meanwhile keeps it, in one commit or none. Whoever
    let the jobs go has looked for them, and has the commit ask.
    """
    if query in unit.none:
        return
    unit.none += (query,)
    by, _ = query.where[-1]
    counted = unit.records.store.count(unit.tenant, query, by)
    found = {stage_of(term) if by == "column" else term: n for term, n in counted.items()}
    if found:
        lost, first = LOSSES[field]
        told = ", ".join(f"{one!r} ({many(n, 'job')})" for one, n in sorted(found.items()))
        yield Problem(f"pipeline {after.name!r} cannot lose {lost}: {told}; {first}")
