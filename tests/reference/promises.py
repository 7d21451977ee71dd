"""What holds after every step, whatever was done: of histories, of explanations, of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pipeflow import (
    AssigneesChanged,
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    ClientViewChanged,
    Engine,
    Event,
    FollowUpStarted,
    ItemCarried,
    ItemCompleted,
    ItemLinked,
    ItemReopened,
    ItemResolved,
    ItemState,
    Job,
    JobEdited,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveUndone,
    Pipeline,
    ReminderSent,
    RemindersStopped,
    RequestDelivered,
    RequestInHand,
    RequestWithdrawn,
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
FIELDS = ("start", "due", "priority", "name", "description", "comments")
SAYS_WHY = (AutomationSkipped, AutomationFailed)


class Replay:
    """What a history says of a job: its events are read one after another, and nothing else."""

    def __init__(self, plain: set[str]) -> None:
        """Know nothing yet, but which items ask nothing of anybody (`plain`)."""
        self.pipeline = self.stage = ""
        self.visit, self.status, self.paused = 0, "Active", False
        self.assignees: frozenset[str] = frozenset()
        self.view: Any = None
        self.fields: dict[str, str] = {}
        self.states: dict[str, ItemState] = {}
        self.visits: dict[str, int] = {}
        self.follow_ups: list[str] = []
        self._plain = plain
        self._before, self._over = "", True  # the pipeline before the last move; whether that ended
        self._carried: dict[str, int] = {}  # by the last move, with the visit of before

    def read(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case JobStarted():
                self.pipeline = self._before = event.pipeline
                self.stage, self.visit, self._over = event.stage, 1, False
            case JobTransferred():
                self._begin_move()
                self.pipeline = event.pipeline
            case JobMoved():
                assert event.source == self.stage, event
                self._begin_move()
                self.stage, self.visit = event.stage, event.visit
            case JobWaits():
                self._over = True
            case MoveUndone():
                self.stage, self.visit = event.stage, event.visit
                self.pipeline = self._before  # a change of the status is told
                self.visits |= self._carried
                self._carried = {}
            case StatusChanged():
                assert event.source == self.status, event
                self.status = event.status
            case JobPaused() | JobResumed():
                self.paused = isinstance(event, JobPaused)
            case AssigneesChanged():
                assert event.added.isdisjoint(self.assignees), event
                assert event.removed <= self.assignees, event
                self.assignees = self.assignees - event.removed | event.added
            case JobEdited():
                for change in event.changes:
                    if change.field == "assignees":
                        assert change.before == ", ".join(sorted(self.assignees)), event
                        self.assignees = frozenset(filter(None, change.after.split(", ")))
                    known = self.fields.get(change.field, change.before)
                    assert change.field == "assignees" or known == change.before, event
                    self.fields[change.field] = change.after
            case ClientViewChanged():
                assert event.before == self.view, event
                self.view = event.after
            case FollowUpStarted():
                self.follow_ups.append(event.follow_up)
            case _:
                self._read_item(event)

    def _begin_move(self) -> None:
        """Remember what an undo goes back to, which takes all moves of one command together."""
        if self._over:
            self._before, self._carried, self._over = self.pipeline, {}, False

    def _read_item(self, event: Event) -> None:
        match event:
            case AutomationRan(item=str(made)) | ItemLinked(item=made):
                self.states[made], self.visits[made] = self._born(made), self.visit
            case ItemCarried():
                self._carried.setdefault(event.item, event.visit)
                self.visits[event.item] = self.visit
            case ItemCompleted():
                self.states[event.item] = ItemState.COMPLETED
            case ItemReopened():
                self.states[event.item] = self._born(event.item)
            case ItemResolved():
                self.states[event.item] = ItemState.RESOLVED
            case _:
                pass

    def _born(self, item: str) -> ItemState:
        return ItemState.RESOLVED if item in self._plain else ItemState.PENDING


def check_history(job: Job, history: list[Event]) -> None:
    """Its events tell how the job came to be what it is, each once, in order, with a reason."""
    told = Replay({item.id for item in job.items if not item.asks})
    for event in history:
        told.read(event)
    for name in ("pipeline", "stage", "visit", "status", "assignees"):
        is_so = getattr(job, name)
        assert getattr(told, name) == is_so, f"{name}: {getattr(told, name)}, and not {is_so}"
    assert told.paused is (job.paused is not None)
    assert (told.view, tuple(told.follow_ups)) == (job.client_view, job.follow_ups)
    for name, text in told.fields.items():
        if name in FIELDS:
            assert text == str(getattr(job, name) or ""), f"{name} is told to be {text!r}"
    ids = [item.id for item in job.items]
    assert ids == [f"{job.id}/{number}" for number in range(1, len(ids) + 1)], "ids have gaps"
    for item in job.items:
        if item.id in told.states:
            assert told.states[item.id] is item.state, f"{item} is {told.states[item.id]}"
        if item.id in told.visits:
            assert told.visits[item.id] == item.visit, f"{item}: visit {told.visits[item.id]}"
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
    before, over = pipeline, True  # the pipeline before the last move; whether that ended
    for event in [*history, None]:
        if isinstance(event, AutomationRan | AutomationSkipped):
            turns.append(event.automation)
        if event is None or isinstance(event, JobMoved | JobTransferred | MoveUndone):
            found = next((s for s in pipelines[pipeline].stages if s.id == stage), None)
            order = [one.id for one in found.automations] if found is not None else []
            assert turns == [one for one in order if one in turns] or {*turns} - {*order}, turns
            turns = []
        if over and isinstance(event, JobMoved | JobTransferred):
            before, over = pipeline, False
        if isinstance(event, JobTransferred):
            pipeline = event.pipeline
        elif isinstance(event, JobMoved):
            stage = event.stage
        elif isinstance(event, MoveUndone):
            pipeline, stage = before, event.stage
        elif isinstance(event, JobWaits):
            over = True


def _check_reminders(history: list[Event]) -> None:
    """None goes out after what stops them, unless they go on, or somebody had it in hand."""
    over: set[str] = set()
    withdrawn: set[str] = set()
    resting = in_hand = late = False
    for event in history:
        match event:
            case ItemCompleted():
                over.add(event.item)
            case ItemResolved() | RemindersStopped():
                over.add(event.item)
            case ItemReopened():
                over.discard(event.item)
            case RequestInHand():
                in_hand = True
            case RequestWithdrawn():
                withdrawn.add(event.key)
            case RequestDelivered():
                late = event.key in withdrawn  # its worker had died, and says so after all
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
                assert in_hand or late or not resting, f"a reminder of a job at rest: {event}"
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
    held = theirs if own is not None and own.automove else here
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
