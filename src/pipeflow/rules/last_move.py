"""The last move of a job, as its history tells it: what an undo takes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..errors import NotAllowedError
from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    AutomationRan,
    ClientViewChanged,
    Event,
    FollowUpStarted,
    ItemCarried,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    JobEdited,
    JobMoved,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveCause,
    MoveUndone,
    ReminderSent,
    RemindersSet,
    RemindersStopped,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestWithdrawn,
    StatusChanged,
    TagsChanged,
    TriggerFired,
    TriggerPassed,
    Warned,
)
from ..model.facts import Cancelled
from ..model.items import Item
from ..model.jobs import OVER, Job
from ..model.templates import ClientView
from .rhythms import SWITCHED_OFF

__all__ = [
    "Beginning",
    "Change",
    "Fired",
    "FiredTrigger",
    "LastMove",
    "firings",
    "latest_move",
    "place_of_number",
    "rests_by_move",
]

# What may have happened since: what ports answered, reminders, and triggers that did not fire.
HARMLESS = (
    JobWaits,
    ReminderSent,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestInHand,
    RequestWithdrawn,
    TriggerPassed,
    Warned,
)
MOST_NAMED = 5  # of what happened since


class LastMove:
    """One command's move with all the automoves that it caused.

    `stage`, `visit` and `entered` are where the job was before, `pipeline` and `status` likewise;
    `effects` is what the move brought about, `withdrawn` are the keys of the requests that it took
    back, `delivered` those of what ports took since, and `reminded` are the items of which a
    reminder has left since.
    """

    def __init__(
        self, job: Job, before: Event, effects: Sequence[Event], since: Sequence[Event] = ()
    ) -> None:
        """Read it off its events, off the entry before it, and off what has happened since."""
        self.effects = tuple(effects)
        moves = self._of(JobMoved)
        self.reminded = {e.item for e in since if isinstance(e, ReminderSent) and e.number}
        self.delivered = {e.key for e in since if isinstance(e, RequestDelivered)}
        self.at: datetime = moves[0].at
        self.withdrawn = frozenset(_withdrawn(since, moves[-1].at))
        self.stage: str = moves[0].source
        self.visits = frozenset(move.visit for move in moves)
        transfers = self._of(JobTransferred)
        changes = [one for one in (*effects, *since) if isinstance(one, StatusChanged)]
        self.pipeline: str = transfers[0].source if transfers else job.pipeline
        self.status: str = changes[0].source if changes else job.status
        self.scope: int = changes[0].scope if changes else job.scope
        if isinstance(before, MoveUndone):
            self.visit, self.entered = before.visit, before.entered
        elif isinstance(before, JobMoved):
            self.visit, self.entered = before.visit, before.at
        else:
            self.visit, self.entered = 1, before.at

    def _of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.effects if isinstance(event, kind)]

    def made(self, items: Sequence[Item]) -> Iterator[int]:
        """Yield where what it made stands, and what came of that since.

        What else stands behind them came of an earlier visit, such as the bill of a letter that
        was signed when the move was over.
        """
        known = {event.item for event in self._of(AutomationRan)} - {None}
        for place, item in enumerate(items):
            if item.id in known or item.origin in known:
                known.add(item.id)
                yield place

    @property
    def carried(self) -> dict[str, ItemCarried]:
        """The items that came along, each with what is told of that first."""
        found: dict[str, ItemCarried] = {}
        for event in self._of(ItemCarried):
            found.setdefault(event.item, event)
        return found

    @property
    def cancelled(self) -> dict[str, datetime | None]:
        """The items of earlier visits that it cancelled, with when the next reminder was due.

        Documents are among them that it set free, since it cancelled what had locked them.
        """
        freed = [e for e in self._of(ItemCompleted) if isinstance(e.fact, Cancelled)]
        due = {event.item: event.due for event in self._of(ItemResolved)}
        return {**due, **dict.fromkeys((event.item for event in freed), None)}

    @property
    def silenced(self) -> dict[str, datetime | None]:
        """The items of which nobody was reminded any more, with when the next one was due.

        They may have been stopped and set several times; the first time tells how it was before.
        """
        found: dict[str, datetime | None] = {}
        for event in self._of(RemindersStopped):
            found.setdefault(event.item, event.due)
        return found

    @property
    def triggers(self) -> set[FiredTrigger]:
        """The triggers that fired on the way, each behind the pipeline in which it did."""
        pipeline, found = self.pipeline, set[FiredTrigger]()
        for event in self.effects:
            if isinstance(event, JobTransferred):
                pipeline = event.pipeline
            elif isinstance(event, TriggerFired):
                found.add((pipeline, event.trigger, event.mark, event.due))
        return found

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """The jobs that it started."""
        return tuple(event.follow_up for event in self._of(FollowUpStarted))

    @property
    def shown(self) -> tuple[ClientView | None, ...]:
        """What the client saw of the job before it changed that; empty where it did not."""
        return tuple(event.before for event in self._of(ClientViewChanged)[:1])

    @property
    def edited(self) -> dict[str, str]:
        """The fields of the job that it changed, with what each was told to hold before."""
        found: dict[str, str] = {}
        for event in self._of(JobEdited):
            for change in event.changes:
                found.setdefault(change.field, change.before)
        return found

    def net(self, kind: type[TagsChanged | AccessChanged | AssigneesChanged]) -> Change:
        """Return what came and what went, all changes of a kind together."""
        added: frozenset[str] = frozenset()
        removed: frozenset[str] = frozenset()
        for event in self._of(kind):
            added, removed = (
                (added - event.removed) | (event.added - removed),
                (removed - event.added) | (event.removed - added),
            )
        return added, removed

    def fired(self) -> list[Fired]:
        """Return each automation that ran."""
        return firings(self.effects, self.pipeline, min(self.visits))


class Beginning(LastMove):
    """All that a job has done since it was started."""

    def __init__(self, history: Sequence[Event]) -> None:
        """Read it off the whole history."""
        self.effects = tuple(history)
        self.at = history[0].at
        self.pipeline = self._of(JobStarted)[0].pipeline
        self.visits = frozenset((1, *(move.visit for move in self._of(JobMoved))))

    def made(self, items: Sequence[Item]) -> Iterator[int]:
        """Yield everything."""
        yield from range(len(items))

    @property
    def touched(self) -> bool:
        """Whether anything has happened that did not happen when it was started, but receipts."""
        end = next(n for n, one in enumerate(self.effects) if isinstance(one, JobWaits)) + 1
        return any(True for _ in _since(self.effects[end:]))


def rests_by_move(job: Job, history: Sequence[Event]) -> bool:
    """Tell whether it was the last move itself by which the job is completed or archived."""
    if job.status not in OVER or job.paused is not None:
        return False
    try:
        return latest_move(job, history).status not in OVER
    except NotAllowedError:
        return False


Change = tuple[frozenset[str], frozenset[str]]
# A trigger that fired: in which pipeline, its id, the mark of that (None: not told), its time.
FiredTrigger = tuple[str, str, str | None, datetime | None]


class Fired(NamedTuple):
    """An automation that ran: where, in which visit, its kind, and what it made or started.

    Of one that a `trigger` fired, the visit is as its keys say it: with the number of the firing;
    `mark` is that of the firing, `due` its time.
    `place` is where that is told among the events.
    """

    pipeline: str
    visit: str
    stage: str
    automation: str
    kind: str
    item: str | None
    trigger: str
    place: int
    mark: str | None = None
    due: datetime | None = None
    follow_up: str | None = None

    @property
    def entry(self) -> int:
        """The visit alone."""
        return int(self.visit.partition(".")[0])

    @property
    def by(self) -> FiredTrigger:
        """The trigger that fired it, for one visit or date."""
        return self.pipeline, self.trigger, self.mark, self.due


def firings(events: Iterable[Event], pipeline: str, visit: int) -> list[Fired]:
    """Return each automation that ran, as events tell it that begin in a visit of a pipeline."""
    found: list[Fired] = []
    pipelines = {visit: pipeline}  # by the visit: an undo goes back to one of them
    entry, trigger, run, mark, due = visit, "", "", None, None
    for place, event in enumerate(events):
        match event:
            case JobTransferred():
                pipeline = event.pipeline
            case JobMoved():
                entry, trigger, run = event.visit, "", ""
                pipelines[entry] = pipeline
            case MoveUndone():
                entry, trigger, run = event.visit, "", ""
                pipeline = pipelines.get(entry, pipeline)
            case TriggerFired():
                trigger, run, mark, due = event.trigger, f".{event.run}", event.mark, event.due
            case AutomationRan(stage=stage, automation=automation, kind=kind, item=item):
                ran = stage, automation, kind, item
                found.append(Fired(pipeline, f"{entry}{run}", *ran, trigger, place, mark, due))
            case FollowUpStarted():
                found[-1] = found[-1]._replace(follow_up=event.follow_up)
            case _:
                pass
    return found


def latest_move(job: Job, history: Sequence[Event]) -> LastMove:
    """Find the last move of a job, after which nothing has happened but receipts and reminders.

    Raises:
        NotAllowedError: It has not moved, its last move was undone already, or something has
            happened since, which is named.
    """
    entries = [n for n, one in enumerate(history) if isinstance(one, JobMoved | MoveUndone)]
    if not entries:
        raise NotAllowedError(
            f"job {job.name!r} has not moved yet: there is nothing to undo. Where it was started "
            "by mistake, archive it, and take back what has gone out"
        )
    if isinstance(history[entries[-1]], MoveUndone):
        raise NotAllowedError(f"the last move of job {job.name!r} was undone already")
    start, end = _start(history, entries[-1]), _end(history, entries[-1])
    since = [*_since(history[end:])]
    if since:
        told = tuple(one.sentence() for one in since[:MOST_NAMED])
        more = (f"{len(since) - MOST_NAMED} more",) if len(since) > MOST_NAMED else ()
        raise NotAllowedError(
            f"job {job.name!r} cannot be taken back to where it was, since this has happened "
            f"after its last move: {'; '.join((*told, *more))}. Move it by hand instead"
        )
    before = next(one for one in reversed(history[:start]) if isinstance(one, ENTRIES))
    return LastMove(job, before, history[start:end], history[end:])


BY_ITSELF = frozenset({MoveCause.AUTOMOVE, MoveCause.AUTOMATION})
ENTRIES = (JobStarted, JobMoved, MoveUndone)


def _start(history: Sequence[Event], last: int) -> int:
    """Return where the move begins: a wait is told at the end of every command that moves a job."""
    start = last
    while _cause(history[start]) in BY_ITSELF:
        place = start - 1
        while not isinstance(history[place], JobMoved | JobWaits | JobStarted | MoveUndone):
            if isinstance(history[place], JobTransferred):
                start = place  # where a chain begins with a transfer by an automation
            place -= 1
        if not isinstance(history[place], JobMoved):
            break
        start = place
    if _cause(history[start]) is MoveCause.TRANSFER:
        while not isinstance(history[start], JobTransferred):
            start -= 1
    return start


def _cause(entry: Event) -> MoveCause | None:
    return entry.cause if isinstance(entry, JobMoved) else None


def _end(history: Sequence[Event], last: int) -> int:
    """Return where the move ends, behind the wait that it ended with."""
    return next(n for n in range(last, len(history)) if isinstance(history[n], JobWaits)) + 1


def _withdrawn(since: Sequence[Event], at: datetime) -> Iterator[str]:
    """Yield the keys of what a move took back: that is told right behind it, at its instant."""
    for event in since:
        if not isinstance(event, RequestWithdrawn | RequestInHand) or event.at != at:
            return
        yield event.key


def _since(events: Sequence[Event]) -> Iterator[Event]:
    """Yield what has happened since a move; what follows from a receipt is but a receipt.

    By one that says that a thing was done, a status may end (domain.md 2.6).
    """
    receipt: datetime | None = None
    for event in events:
        if isinstance(event, ItemCompleted | ItemResolved):
            receipt = event.at if _is_receipt(event) else None
        follows = isinstance(event, StatusChanged) and event.at == receipt
        if not follows and not _is_harmless(event):
            yield event


def _is_harmless(event: Event) -> bool:
    """Tell whether an event is but a receipt, a reminder, or a trigger that did not fire.

    That somebody switched reminders off, or set them, is something else: a command about the job.
    """
    if isinstance(event, RemindersStopped):
        return event.reason != SWITCHED_OFF
    if isinstance(event, RemindersSet):
        return event.again
    return isinstance(event, HARMLESS) or _is_receipt(event)


def _is_receipt(event: Event) -> bool:
    """Tell whether a port's answer said that all is done, or what its own bill comes to."""
    match event:
        case ItemCompleted(fact=None):
            return True
        case ItemCompleted() | ItemReopened() | ItemResolved():
            return event.by_receipt
        case _:
            return False


def place_of_number(item: str) -> int:
    """Return where an item stands, by its id."""
    return int(item.rpartition("/")[2]) - 1
