"""Intents: what a command would do, with all that a policy may go by, before it is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ..errors import PipeflowError
from ..model.accounts import Account, Person
from ..model.automations import Automation, UpdateAccountAccess, UpdateJobAssignees
from ..model.conditions import Condition
from ..model.items import ItemKind
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.schedules import Schedule
from ..model.stages import Stage
from ..model.templates import Template
from ..ports.requests import Request
from ..ports.rows import RowKey
from ..ports.services import Intent
from ..rules import status_of
from .commands import (
    Abandon,
    Apply,
    Command,
    Complete,
    Delete,
    HandOver,
    Install,
    Link,
    Move,
    Receive,
    Record,
    Reevaluate,
    Reopen,
    Resume,
    Retry,
    Save,
    SetReminders,
    SetStatus,
    Start,
    Tag,
    Transfer,
    Undo,
    Unlink,
    UpdateOrganizers,
)
from .commands.command import ItemCommand
from .definitions import row_of
from .item_sorts import kind_mended, kinds_ended
from .reach import Reach, invoice_of
from .records import row_key
from .unit import Unit
from .usage import kind_of_id

__all__ = ["as_tried", "intent_about", "intent_of", "intents_beside"]

STAGE = re.compile(r"\$\.stages\[(\d+)\]")
# In whose decisions automations may fire, or the bill that a letter owes come.
FIRING = (
    Abandon, Complete, Delete, Link, Move, Receive, Record, Reevaluate, Reopen, Resume, Retry,
    SetStatus, Start, Transfer, Undo, Unlink,
)  # fmt: skip
# Where an automation stands, under which condition of its stage, and the automation.
Placed: TypeAlias = tuple[str, Condition | None, Automation]


def as_tried(command: Command) -> Command | None:
    """Return what may be decided for a try, to see what would fire; None where nothing would."""
    return command.as_tried() if isinstance(command, FIRING) else None


def intent_of(command: Command, unit: Unit, who: str, tried: Unit | None) -> Intent:
    """Return what a command of somebody would do; what is not there is left to the command.

    Args:
        command: The command.
        unit: What is read through.
        who: Who gives it.
        tried: What it came to when it was tried; None where it was not, or would be refused.
    """
    job = getattr(command, "job", "")
    if isinstance(command, Retry | Abandon):  # which know a key alone
        job = command.about if tried is None else "".join(tried.jobs[:1])
    intent = replaced(intent_about(unit, who, command.action, job), about=command.about)
    if tried is not None and not tried.jobs:  # of a request that is an account's
        named = "".join(key.id for key in tried.log if key.kind == "account")
        intent = replaced(intent, account=_value(unit, "account", named))
    try:
        intent, reach = _meant(_naming(intent, command, unit), command, unit)
    except PipeflowError:
        return intent  # the command itself says better what is wrong with it
    if tried is not None:
        reach.ran(tried)
        if isinstance(command, Retry) and isinstance(tried.answer, Request) and tried.jobs:
            reach.again(tried.job(job).pipeline, tried.answer)
    return _granting(intent, reach.fires)


def intents_beside(
    command: Command, unit: Unit, intent: Intent, rows: Iterable[RowKey]
) -> Iterator[Intent]:
    """Yield what a command does beside its intent, now that it is decided.

    That is once for each kind of item that it cancels or the like, and what it does to rows that
    it reaches too, each with such kinds again. What a reference names has no kind: it may be of
    several.
    """
    named = not isinstance(command, Receive)
    jobs = (row_key("job", id) for id in dict.fromkeys(unit.jobs))
    if named:
        for row in filter(command.is_about, jobs):
            yield from _of_kinds(intent, kinds_ended(unit, row))
    for row in rows:
        if row.kind == "job":
            beside = _beside(unit, intent, row.id)
            yield beside
            if named:
                yield from _of_kinds(beside, kinds_ended(unit, row))
        elif (thing := _value(unit, *row)) != getattr(intent, row.kind):
            alone = replaced(intent, about=row.id, job=None, account=None, pipeline=None)
            yield replaced(alone, stage=None, **{row.kind: thing})


def _of_kinds(intent: Intent, kinds: Iterable[ItemKind]) -> Iterator[Intent]:
    """Yield an intent once for each kind of item that it says nothing of."""
    return (replaced(intent, item_kind=one) for one in kinds if one is not intent.item_kind)


def _beside(unit: Unit, intent: Intent, job: str) -> Intent:
    """Return what a command does to a job that it reaches beside the one that it is about."""
    reach = Reach(unit)
    reach.ran(unit, job)
    found = intent_about(unit, intent.actor, intent.action, job)
    found = replaced(found, item_kind=intent.item_kind)
    before, after = found.job, unit.puts.get(row_key("job", job))
    if before is not None and after is not None:
        place = after.pipeline, after.stage
        if place != (before.pipeline, before.stage):
            key = row_key("pipeline", after.pipeline)
            line = unit.puts[key] if key in unit.puts else unit.book(after.pipeline).pipeline
            entered = _value(unit, "pipeline", after.pipeline)
            found = replaced(found, pipeline=entered, stage=line.stage(after.stage))
    return _granting(found, reach.fires)


def _naming(intent: Intent, command: Command, unit: Unit) -> Intent:
    """Say what a command is about, where that is no job alone: an item of it, or another thing."""
    match command:
        case Link(spec=spec):
            return replaced(intent, item_kind=spec.kind)
        case UpdateOrganizers():
            return replaced(intent, item_kind=ItemKind.ORGANIZER)
        case ItemCommand(item=named) | Unlink(item=named) if intent.job is not None:
            return replaced(intent, item_kind=intent.job.item(named).kind)
        case Retry(key=key) | Abandon(key=key) if intent.job is not None:
            return replaced(intent, item_kind=kind_mended(unit, intent.job, key))
        case Tag(account=account):
            return replaced(intent, account=_value(unit, "account", account))
        case HandOver(member=id, to=other):
            both = (_value(unit, "member", one) for one in (id, other))
            return replaced(intent, things=tuple(filter(None, both)))
        case Delete(id=id, kind=kind):
            return _deleting(intent, unit, kind or kind_of_id(unit.records, unit.tenant, id))
        case _:
            return intent


def _meant(intent: Intent, command: Command, unit: Unit) -> tuple[Intent, Reach]:
    """Say where a command leads, whatever conditions say when it is carried out."""
    reach = Reach(unit)
    match command:
        case Move(stage=named, skip=skip) if intent.pipeline is not None:
            stage = intent.pipeline.stage(named)
            return _entering(intent, reach, intent.pipeline, stage, skip), reach
        case Transfer(pipeline=id, stage=named, skip=skip, fire=fire):
            return _entering_other(intent, reach, unit, id, named, skip, fire=fire), reach
        case Start(account=account, pipeline=id, stage=named, skip=skip, fire=fire):
            intent = replaced(intent, account=_value(unit, "account", account))
            return _entering_other(intent, reach, unit, id, named, skip, fire=fire), reach
        case SetStatus(status=named) if intent.pipeline is not None:
            own = [one.name for one in intent.pipeline.statuses]
            status = intent.pipeline.status(status_of(named, own))
            reach.add(intent.pipeline, () if status is None else status.automations)
        case SetReminders(item=named, reminders=rhythm) if intent.job is not None:
            known = intent.job.item(named).reminders
            if rhythm is not None and intent.pipeline is not None and rhythm != known:
                reach.add(intent.pipeline, rhythm.then)
        case Save(things=things):
            return _saving(intent, unit, things)
        case Apply(plan=plan):
            return _saving(intent, unit, (plan.pipeline,))
        case Install(bundle=bundle):
            things = (*bundle.pipelines, *bundle.templates)
            reach = Reach(unit, things)
            for pipeline in bundle.pipelines:
                reach.add(pipeline, (one for *_, one in _placed(pipeline)))
            for template in bundle.templates:
                reach.invoice(invoice_of(template))
            intent = replaced(intent, things=things)
        case _:
            pass
    return intent, reach


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
    """Return a thing as it stands; what the command itself makes, as it makes it."""
    key = row_key(kind, id)
    if key in unit.puts:
        before = unit.stood(key)
        return unit.puts[key] if before is None else before
    stored = unit.get(key) if id else None
    return None if stored is None else stored.value


def _entering_other(
    intent: Intent,
    reach: Reach,
    unit: Unit,
    pipeline: str,
    stage: str | None,
    skip: frozenset[str],
    *,
    fire: bool,
) -> Intent:
    found = unit.book(pipeline).pipeline
    entered = found.stages[0] if stage is None else found.stage(stage)
    return _entering(intent, reach, found, entered, skip, fire=fire)


def _entering(
    intent: Intent,
    reach: Reach,
    pipeline: Pipeline,
    stage: Stage,
    skip: frozenset[str],
    *,
    fire: bool = True,
) -> Intent:
    """Say which automations would fire, where a job enters a stage; it does not where it is."""
    same = intent.job is not None and (intent.job.pipeline, intent.job.stage) == (
        pipeline.id,
        stage.id,
    )
    if fire and not same:
        reach.add(pipeline, (one for one in stage.automations if one.id not in skip))
    return replaced(intent, pipeline=pipeline, stage=stage)


def _saving(intent: Intent, unit: Unit, things: Iterable[object]) -> tuple[Intent, Reach]:
    """Say which automations would be saved that are not saved just so, and what would fire later.

    That is what the jobs of a schedule begin with, and the invoices of proposals.
    """
    everything = tuple(things)
    reach = Reach(unit, everything)
    for thing in everything:
        if isinstance(thing, Pipeline):
            before = _value(unit, "pipeline", thing.id)
            known = {*_placed(before)} if isinstance(before, Pipeline) else set[Placed]()
            reach.add(thing, (one[2] for one in _placed(thing) if one not in known))
        elif isinstance(thing, Schedule):
            begun = reach.pipeline(thing.pipeline)
            if begun is not None and thing != _value(unit, "schedule", thing.id):
                reach.add(begun, begun.stages[0].automations)
        elif isinstance(thing, Template):
            invoice = invoice_of(thing)
            if invoice != invoice_of(_value(unit, "template", thing.id)):
                reach.invoice(invoice)
    pipeline, account = _single(unit, everything, Pipeline), _single(unit, everything, Account)
    return replaced(intent, things=everything, pipeline=pipeline, account=account), reach


def _single(unit: Unit, things: Iterable[object], kind: type[Account | Pipeline]) -> Any:
    """Return how the only thing of a kind stands that is saved; None where it is new."""
    several = [one for one in things if isinstance(one, kind)]
    return _value(unit, *row_of(several[0])) if len(several) == 1 else None


def _deleting(intent: Intent, unit: Unit, kind: str) -> Intent:
    """Say what is deleted: a job, an account, or a definition as one of the things."""
    if kind == "job":
        return intent_about(unit, intent.actor, intent.action, intent.about)
    thing = _value(unit, kind, intent.about)
    if kind == "account":
        return replaced(intent, account=thing)
    pipeline = thing if kind == "pipeline" else None
    return replaced(intent, pipeline=pipeline, things=() if thing is None else (thing,))


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
