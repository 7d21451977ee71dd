"""What holds after every step, whatever was done: of histories, of explanations, of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from pipeflow import (
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    Engine,
    Event,
    ItemCarried,
    ItemCompleted,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemState,
    Job,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveCause,
    MoveUndone,
    Pipeline,
    ReminderSent,
    RemindersStopped,
    StatusChanged,
    TagsChanged,
    TriggerFired,
    WaitReason,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.model.items import Mark
from pipeflow.ports import DueState, ReminderTimer, Store

__all__ = ["check_explained", "check_history", "check_order", "check_store", "check_tags"]

PENDING = ItemState.PENDING
SAYS_WHY = (AutomationSkipped, AutomationFailed)


class Replay(NamedTuple):
    """What a history says of a job."""

    pipeline: str
    stage: str
    visit: int
    status: str
    paused: bool
    states: dict[str, tuple[ItemState, int]]


def replayed(  # noqa: C901, PLR0912  (a case an event)
    history: Iterable[Event], plain: set[str]
) -> Replay:
    """Tell from its events alone where a job is, and how far its items are.

    Args:
        history: All of them, the oldest first.
        plain: The items that ask nothing of anybody, which are resolved from birth.
    """
    pipeline = stage = ""
    visit, status, paused = 0, "Active", False
    before = over = None  # where the job was before a transfer; whether its command is over
    states: dict[str, tuple[ItemState, int]] = {}
    unnamed = (ItemState.PENDING, 0)  # a bill that an acceptance brings is told with the signature
    for event in history:
        match event:
            case JobStarted():
                pipeline, stage, visit = event.pipeline, event.stage, 1
            case JobTransferred():
                before, over = (pipeline, status), False
                pipeline = event.pipeline
            case JobMoved():
                assert event.source == stage, event
                stage, visit = event.stage, event.visit
                if event.cause is MoveCause.BY_HAND or over:
                    before = None
                over = False
            case JobWaits():
                over = True
            case MoveUndone():
                stage, visit = event.stage, event.visit
                pipeline, _ = before or (pipeline, status)  # a change of the status is told
            case StatusChanged():
                assert event.source == status, event
                status = event.status
            case JobPaused():
                paused = True
            case JobResumed():
                paused = False
            case AutomationRan(item=str(made)) | ItemLinked(item=made):
                states[made] = _born(made, plain), visit
            case ItemCarried():
                states[event.item] = states.get(event.item, unnamed)[0], visit
            case ItemCompleted():
                states[event.item] = ItemState.COMPLETED, states.get(event.item, unnamed)[1]
            case ItemReopened():
                born = _born(event.item, plain)
                states[event.item] = born, states.get(event.item, unnamed)[1]
            case ItemResolved():
                states[event.item] = ItemState.RESOLVED, states.get(event.item, unnamed)[1]
            case _:
                pass
    return Replay(pipeline, stage, visit, status, paused, states)


def _born(item: str, plain: set[str]) -> ItemState:
    return ItemState.RESOLVED if item in plain else ItemState.PENDING


def check_history(job: Job, history: list[Event]) -> None:
    """Its events tell how the job came to be what it is, each once, in order, with a reason."""
    told = replayed(history, {item.id for item in job.items if not item.asks})
    is_so = (job.pipeline, job.stage, job.visit, job.status, job.paused is not None)
    assert told[:5] == is_so, f"the history leads to {told[:5]}, and not to {is_so}"
    ids = [item.id for item in job.items]
    assert ids == [f"{job.id}/{number}" for number in range(1, len(ids) + 1)], "ids have gaps"
    for item in job.items:
        if item.id in told.states:
            assert told.states[item.id][0] is item.state, f"{item} is {told.states[item.id]}"
    _check_turns(history)
    _check_reminders(history)
    assert [event.at for event in history] == sorted(event.at for event in history)
    for event in history[-12:]:
        assert event.sentence().strip(), event
        assert not isinstance(event, SAYS_WHY) or event.reason.strip(), event


def _check_turns(history: list[Event]) -> None:
    """No automation fires twice for one entry, or for one firing of a trigger; no trigger twice.

    A trigger of a stage fires once a visit, one of a date once a date, and each setting of a
    status, and each time that reminders are used up, is one of its own.
    """
    firing, ran = 0, Counter[tuple[int, str]]()
    for event in history:
        if isinstance(event, JobStarted | JobMoved | TriggerFired):
            firing += 1
        elif isinstance(event, AutomationRan):
            ran[firing, event.automation] += 1
    assert all(times == 1 for times in ran.values()), ran
    runs = [event.run for event in history if isinstance(event, TriggerFired)]
    assert len(runs) == len({*runs}), "two firings have one number"


def check_order(history: list[Event], pipelines: dict[str, Pipeline]) -> None:
    """Automations have their turns in the order of their stage, as far as it was not edited."""
    pipeline = next(e.pipeline for e in history if isinstance(e, JobStarted))
    turns: list[str] = []
    stage = next(e.stage for e in history if isinstance(e, JobStarted))
    for event in [*history, None]:
        if isinstance(event, AutomationRan | AutomationSkipped):
            turns.append(event.automation)
        if event is None or isinstance(event, JobMoved | JobTransferred):
            found = next((s for s in pipelines[pipeline].stages if s.id == stage), None)
            order = [one.id for one in found.automations] if found is not None else []
            assert turns == [one for one in order if one in turns] or {*turns} - {*order}, turns
            turns = []
        if isinstance(event, JobTransferred):
            pipeline = event.pipeline
        elif isinstance(event, JobMoved):
            stage = event.stage


def _check_reminders(history: list[Event]) -> None:
    """None goes out after what stops them, unless they go on."""
    over: set[str] = set()
    resting = False
    for event in history:
        match event:
            case ItemCompleted():
                over.add(event.item)
            case ItemResolved() | RemindersStopped():
                over.add(event.item)
            case ItemReopened():
                over.discard(event.item)
            case JobPaused():
                resting = True
            case JobResumed():
                resting = False
            case StatusChanged():
                resting = event.status in {"Completed", "Archived"}
                over -= set() if resting else {*over}
            case MoveUndone():
                over.clear()
            case ReminderSent(number=number) if number:
                assert not resting, f"a reminder of a job at rest: {event}"
            case _:
                pass


def check_tags(engine: Engine, account: str, before: set[str]) -> None:
    """What was told of an account's tags comes to the tags that it has."""
    tags = set(before)
    for event in engine.history(engine.account(account)):
        if isinstance(event, TagsChanged):
            assert not event.added & tags, event
            assert event.removed <= tags, event
            tags = (tags - event.removed) | event.added
    assert tags == engine.account(account).tags


def check_explained(engine: Engine, job: Job) -> None:
    """What is explained contradicts nothing that is so."""
    told = engine.explain(job)
    assert str(told)
    asks = [item for item in job.items if Mark.ASIDE not in item.marks]
    here = {item.id for item in job.items_here if item in asks and not item.scope}
    theirs = {item.id for item in asks if item.scope == job.scope}
    waited = {item.id for item in told.waits_for}
    own = engine.pipeline(job.pipeline).status(job.status)
    ends = own is not None and own.automove and job.paused is None
    held = theirs if ends else here
    open_here = {item.id for item in asks if item.id in held and item.state is PENDING}
    stage = next((s for s in engine.pipeline(job.pipeline).stages if s.id == job.stage), None)
    assert waited == open_here, told
    if told.reason is WaitReason.OPEN_ITEMS:
        assert open_here, told
    if told.reason is WaitReason.NOTHING_COMPLETED:
        done = {item.id for item in job.items if item.state is ItemState.COMPLETED}
        assert not done & held, told
    if told.reason is WaitReason.PAUSED:
        assert job.paused is not None, told
    if told.reason is WaitReason.STATUS:
        assert job.status != "Active", told
    if told.reason is WaitReason.AUTOMOVE_OFF:
        assert stage is not None, told
        assert not stage.automove, told
    if told.moves_itself:
        assert job.paused is None, told
        assert job.status == "Active" or (own is not None and own.automove), told


def check_store(store: Store, jobs: Iterable[Job]) -> None:
    """Its own books agree: every reminder to come waits once, and nothing else does."""
    if isinstance(store, SqliteStore):
        assert store.check() == ()
        return
    assert isinstance(store, MemoryStore)
    timers = {item.timer for job in jobs for item in job.items if item.timer is not None}
    dues: dict[str, Any] = store.dump().get("default", {}).get("dues", {})
    waiting = {DueState.WAIT, DueState.LEASED}
    set_ = {key for key, row in dues.items() if isinstance(row.due.action, ReminderTimer)}
    assert set_ == timers
    assert all(dues[key].state in waiting for key in timers)
