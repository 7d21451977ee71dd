"""Intents: what a command would do, with all that a policy may go by, before it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ..errors import PipeflowError
from ..model.accounts import Account, Person
from ..model.automations import Automation, UpdateAccountAccess, UpdateJobAssignees
from ..model.conditions import Condition
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.stages import Stage
from ..ports.services import Intent
from ..rules import status_of
from .commands import Command, Install, Move, Save, SetStatus, Start, Tag, Transfer
from .records import row_key
from .unit import Unit

__all__ = ["intent_about", "intent_of"]

STAGE = re.compile(r"\$\.stages\[(\d+)\]")
# Where an automation stands, under which condition of its stage, and the automation.
Placed: TypeAlias = tuple[str, Condition | None, Automation]


def intent_of(command: Command, unit: Unit, who: str) -> Intent:
    """Return what a command of somebody would do; what is not there is left to the command."""
    intent = intent_about(unit, who, command.action, getattr(command, "job", ""))
    intent = replaced(intent, about=command.about)
    try:
        match command:
            case Move(stage=named, skip=skip) if intent.pipeline is not None:
                return _entering(intent, intent.pipeline, intent.pipeline.stage(named), skip)
            case Transfer(pipeline=id, stage=named, skip=skip, fire=fire):
                return _entering_other(intent, unit, id, named, skip, fire=fire)
            case Start(account=account, pipeline=id, stage=named, skip=skip, fire=fire):
                intent = replaced(intent, account=_value(unit, "account", account))
                return _entering_other(intent, unit, id, named, skip, fire=fire)
            case SetStatus(status=named) if intent.pipeline is not None:
                own = [one.name for one in intent.pipeline.statuses]
                status = intent.pipeline.status(status_of(named, own))
                return _granting(intent, () if status is None else status.automations)
            case Tag(account=account):
                return replaced(intent, account=_value(unit, "account", account))
            case Save(things=things):
                return _saving(intent, unit, things)
            case Install(bundle=bundle):
                fires = [one for pipeline in bundle.pipelines for *_, one in _placed(pipeline)]
                things = (*bundle.pipelines, *bundle.templates)
                return _granting(replaced(intent, things=things), fires)
            case _:
                return intent
    except PipeflowError:
        return intent  # the command itself says better what is wrong with it


def intent_about(unit: Unit, who: str, action: str, job: str) -> Intent:
    """Return what somebody would do to a job, as it stands."""
    intent = Intent(actor=who, action=action, about=job)
    found: Job | None = _value(unit, "job", job)
    if found is None:
        return intent
    pipeline: Pipeline | None = _value(unit, "pipeline", found.pipeline)
    place = pipeline.find(found.stage) if pipeline is not None else None
    return replaced(
        intent,
        job=found,
        account=_value(unit, "account", found.account),
        pipeline=pipeline,
        stage=pipeline.stages[place] if pipeline is not None and place is not None else None,
    )


def _value(unit: Unit, kind: str, id: str) -> Any:
    key = row_key(kind, id)
    if key in unit.puts:
        return unit.puts[key]
    stored = unit.get(key) if id else None
    return None if stored is None else stored.value


def _entering_other(
    intent: Intent,
    unit: Unit,
    pipeline: str,
    stage: str | None,
    skip: frozenset[str],
    *,
    fire: bool,
) -> Intent:
    found = unit.book(pipeline).pipeline
    entered = found.stages[0] if stage is None else found.stage(stage)
    return _entering(intent, found, entered, skip, fire=fire)


def _entering(
    intent: Intent, pipeline: Pipeline, stage: Stage, skip: frozenset[str], *, fire: bool = True
) -> Intent:
    """Say which automations would fire, where a job enters a stage; it does not where it is."""
    same = intent.job is not None and (intent.job.pipeline, intent.job.stage) == (
        pipeline.id,
        stage.id,
    )
    fires = [one for one in stage.automations if one.id not in skip] if fire and not same else []
    return _granting(replaced(intent, pipeline=pipeline, stage=stage), fires)


def _saving(intent: Intent, unit: Unit, things: Iterable[object]) -> Intent:
    """Say which automations would be saved that are not saved just so."""
    fires: list[Automation] = []
    everything = tuple(things)
    for thing in everything:
        if isinstance(thing, Pipeline):
            before = _value(unit, "pipeline", thing.id)
            known = {*_placed(before)} if isinstance(before, Pipeline) else set[Placed]()
            fires += [one[2] for one in _placed(thing) if one not in known]
    pipelines = [one for one in everything if isinstance(one, Pipeline)]
    accounts = [one for one in everything if isinstance(one, Account)]
    return _granting(
        replaced(
            intent,
            things=everything,
            pipeline=pipelines[0] if len(pipelines) == 1 else None,
            account=accounts[0] if len(accounts) == 1 else None,
        ),
        fires,
    )


def _placed(pipeline: Pipeline) -> Iterator[Placed]:
    """Yield every automation of a pipeline, whatever fires it, and where it stands.

    The order of stages and automations does not matter.
    """
    for where, one in pipeline.automations():
        number = STAGE.match(where)
        if number is None:
            yield where.partition("[")[0], None, one
        else:
            stage = pipeline.stages[int(number[1])]
            yield stage.id, stage.when, one


def _granting(intent: Intent, fires: Iterable[Automation]) -> Intent:
    several = tuple(fires)
    grants: set[Person] = set()
    for one in several:
        if isinstance(one, UpdateAccountAccess | UpdateJobAssignees):
            grants |= one.add
    return replaced(intent, fires=several, grants=frozenset(grants))
