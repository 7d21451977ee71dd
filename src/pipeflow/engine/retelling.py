"""Retelling: each command of a season is known by its own event, and given to a branch anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import PipeflowError
from ..insight.deeds import goes_on
from ..insight.firm_names import FirmNames
from ..insight.replays import Lost
from ..insight.stays import Placed, placed
from ..model.events import (
    Chapter,
    Event,
    FactRecorded,
    FollowUpStarted,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    JobMoved,
    JobPaused,
    JobResumed,
    JobStarted,
    JobTransferred,
    JobWaits,
    MoveCause,
    MoveUndone,
    ReminderAsked,
    RemindersSet,
    RemindersStopped,
    StageSkipped,
    StatusChanged,
    events_of,
)
from ..model.facts import Cancelled
from ..model.items import Item, ItemState
from ..ports.rows import RowKey
from . import commands
from .said import (
    FACTS,
    Deed,
    deeds_in,
    is_loud,
    left_out,
    likeness,
    origin,
    own_event,
    put_away,
    remains_of,
)
from .seasons import Past

if TYPE_CHECKING:
    from .engine import Branch

__all__ = ["Retelling"]

NO_JOB, NO_ITEM, UNTOLD = "there is no such job", "there is no such item", "it is not put through"


class Retelling:
    """Tells the chapters of a season to a branch.

    Jobs that the pipeline starts itself are left to it, so that one may stand for another.
    """

    def __init__(
        self,
        branch: Branch,
        past: Past,
        names: FirmNames,
        stages: Mapping[tuple[str, str], str],
    ) -> None:
        """Begin with nobody there.

        Args:
            branch: The firm without any job.
            past: The season.
            names: What the firm calls its things.
            stages: And the stages, by pipeline and id; those of the edited pipeline too.
        """
        self._branch = branch
        self._past = past
        self._names = names
        self._stages = stages
        self._lost: list[tuple[Event, str]] = []
        self._stands: dict[str, str] = {}  # what stands for the jobs of the season, by their ids
        self._taken_back = set(past.taken_back)
        self._told: dict[str, Event] = {}  # what each job told last
        self._how: dict[type[Event], Callable[[Any, Deed], None]] = {
            FactRecorded: self._facts,
            ItemCompleted: self._facts,
            ItemReopened: self._facts,
            ItemResolved: self._resolved,
            JobMoved: self._moved,
            JobPaused: self._pause,
            JobResumed: self._resume,
            JobTransferred: self._transferred,
            JobWaits: self._reevaluate,
            MoveUndone: self._undo,
            ReminderAsked: self._asked,
            RemindersSet: self._rhythm,
            RemindersStopped: self._rhythm,
            StageSkipped: self._reevaluate,
            StatusChanged: self._status,
        }

    def tell(self, chapter: Chapter) -> None:
        """Do what people did, and leave to the pipeline what it did itself."""
        events = [*chapter.events()]
        before = self._told.get(chapter.job)
        self._told[chapter.job] = events[-1]
        if before is None or not goes_on(before, events[0]):
            for deed in deeds_in(events):
                self._do(deed)

    def ended(self, zone: tzinfo) -> tuple[Lost, ...]:
        """Return what found nothing to go to, in order of time, and who was never started.

        It is told by the firm's names, and by the clock of a zone.
        """
        known = {one.job for one, _ in self._lost if isinstance(one, JobStarted)}
        for id in self._past.jobs:
            if id not in known and self.stand_in(id) is None:
                self._lose(self._begun(id), "nothing has started it")
        where: dict[Event, Placed] = {}
        for id in {one.job for one, _ in self._lost}:
            where |= {one.event: one for one in placed(events_of(self._past.chapters[id]))}
        told = (
            Lost(
                event.at,
                event.job,
                self._past.jobs[event.job].name,
                self._names.told(where[event], zone),
                why,
            )
            for event, why in self._lost
        )
        return tuple(sorted(told, key=lambda one: one.at))

    def _lose(self, event: Event, why: str) -> None:
        self._lost.append((event, why))

    def _do(self, deed: Deed) -> None:
        """Give the command of which these events came, if one is to be given."""
        own = own_event(deed)
        if own is None:
            return
        how = self._how.get(type(own))
        try:
            if self._is_taken_back(own):
                self._take_back(own)
            elif isinstance(own, JobStarted):
                self._start(own, deed)
            elif self.stand_in(own.job) is None:
                self._lose(own, NO_JOB)
            elif how is not None:
                how(own, deed)
            else:
                self._lose(own, UNTOLD)
        except PipeflowError as error:
            self._lose(own, "; ".join(map(str, error.problems)))

    # -- who stands for whom ---------------------------------------------------------------------

    def stand_in(self, id: str) -> str | None:
        """Return the id of the job that stands for one of the season; None: there is none."""
        if id not in self._stands:
            found = self._follow_up(self._begun(id))
            if found is None:
                return None
            self._stands[id] = found
        return self._stands[id]

    def _begun(self, id: str) -> JobStarted:
        begun: JobStarted = next(self._of(id, JobStarted))
        return begun

    def _of(self, id: str, kind: type[Event]) -> Iterator[Any]:
        return (one for one in events_of(self._past.chapters[id]) if isinstance(one, kind))

    def _is_there(self, id: str) -> bool:
        return self._branch._desk.looked().get(RowKey("job", id)) is not None  # noqa: SLF001

    def _follow_up(self, begun: JobStarted) -> str | None:
        """Return the job that the branch itself started in the place of one.

        It is known by what started it, and as the which of these, for its number is another
        where the edited pipeline starts fewer.
        """
        starter = begun.starter
        if starter not in self._past.jobs:
            return begun.job if starter and self._is_there(begun.job) else None
        stand = self.stand_in(starter)
        if stand is None:
            return None
        before = [*self._of(starter, FollowUpStarted)]
        own = next(one for one in before if one.follow_up == begun.job)
        alike = [one.follow_up for one in before if origin(one) == origin(own)]
        history = self._branch._desk.looked().chapters(RowKey("job", stand))  # noqa: SLF001
        there = (one for one in events_of(history) if isinstance(one, FollowUpStarted))
        found = [one.follow_up for one in there if origin(one) == origin(own)]
        return next(islice(found, alike.index(begun.job), None), None)

    def _item(self, event: Any) -> Item | None:
        """Return the item that stands for one: the same template's, the same time that it came."""
        known = self._past.jobs[event.job].items
        one = next((one for one in known if one.id == event.item), None)
        if one is None:
            return None
        place = [other.id for other in known if likeness(other) == likeness(one)].index(one.id)
        items = self._branch.job(self._stands[event.job]).items
        found = [other for other in items if likeness(other) == likeness(one)]
        return found[place] if place < len(found) else None

    def _with_item(self, event: Any, do: Callable[[Item], object]) -> None:
        item = self._item(event)
        if item is None:
            self._lose(event, NO_ITEM)
        else:
            do(item)

    # -- beginnings ------------------------------------------------------------------------------

    def _start(self, event: JobStarted, deed: Deed) -> None:
        """Start a job, unless the branch does that itself; nobody is asked, and its id is kept."""
        if event.starter in self._past.jobs or self.stand_in(event.job) is not None:
            return
        line = self._branch.pipeline(event.pipeline)
        stage = line.stages[0] if event.stage == self._past.first else line.stage(event.stage)
        job, desk = self._past.jobs[event.job], self._branch._desk  # noqa: SLF001
        # What people make of its starter the branch does not hear of; the id may yet be given.
        apart = bool(event.starter) and self._is_there(event.starter)
        begun = desk.job(
            commands.Start(
                event.pipeline,
                event.account,
                event.name.replace("[", "[["),
                stage.id,
                assignees=job.assignees - desk.looked().firm().value.out,
                priority=job.priority,
                start=job.start,
                due=job.due,
                skip=left_out(deed, event.stage, stage),
                fire=event.fires and is_loud(deed),
                drawn=[] if apart else [event.job],
            ),
            event.actor,
        )
        self._stands[event.job] = begun.id

    def _is_taken_back(self, event: Event) -> bool:
        """Tell whether this is what the undo of its starter made of a job."""
        told = isinstance(event, ItemReopened | ItemResolved | StatusChanged)
        if not told or (event.job, event.at) not in self._taken_back:
            return False
        self._taken_back.discard((event.job, event.at))
        return True

    def _take_back(self, event: Event) -> None:
        """Take back a job; where its starter is of the season too, the undo of that does so."""
        if self._begun(event.job).starter in self._past.jobs:
            return
        stand = self.stand_in(event.job)
        if stand is None:
            self._lose(event, NO_JOB)
        else:
            desk = self._branch._desk  # noqa: SLF001
            desk.carry_out(commands.UndoStart(stand), event.actor)

    # -- items -----------------------------------------------------------------------------------

    def _facts(self, own: Any, deed: Deed) -> None:
        """Record what happened to one item; what came to others of it follows."""
        told = [one for one in deed if isinstance(one, FACTS)]
        said = [one for one in told if one.fact is not None] or told
        for one in said:
            if one.item == said[0].item:
                self._fact(one)

    def _fact(self, event: Any) -> None:
        def tell(item: Item) -> None:
            branch, actor = self._branch, event.actor
            if event.fact is None:
                branch.complete(item, actor=actor)
                return
            after = branch.record(item, event.fact, actor=actor)
            now = next(one for one in after.items if one.id == item.id)
            unmoved = now.state is ItemState.PENDING and now.progress == item.progress
            if unmoved and isinstance(event, ItemCompleted):  # it was completed as a whole
                branch.complete(item, actor=actor)

        self._with_item(event, tell)

    def _resolved(self, own: ItemResolved, deed: Deed) -> None:
        """Let go of an item that was cancelled, or put away."""
        known = next((i for i in self._past.jobs[own.job].items if i.id == own.item), None)
        history = events_of(self._past.chapters[own.job])
        fact = put_away(own, known, history) or Cancelled(own.reason)
        self._with_item(own, lambda item: self._branch.record(item, fact, actor=own.actor))

    def _asked(self, own: ReminderAsked, deed: Deed) -> None:
        self._with_item(own, lambda item: self._branch.remind(item, actor=own.actor))

    def _rhythm(self, own: RemindersSet | RemindersStopped, deed: Deed) -> None:
        """Set reminders, or switch them off."""
        branch, actor = self._branch, own.actor
        said = own.reminders if isinstance(own, RemindersSet) else None
        self._with_item(own, lambda item: branch.set_reminders(item, said, actor=actor))

    # -- the journey -----------------------------------------------------------------------------

    def _moved(self, own: JobMoved, deed: Deed) -> None:
        if own.cause is MoveCause.BY_HAND:
            self._move(own, deed)
        elif own.cause is MoveCause.EDIT:
            self._lose(own, UNTOLD)
        else:
            self._reevaluate(own, deed)

    def _move(self, event: JobMoved, deed: Deed) -> None:
        branch = self._branch
        job = branch.job(self._stands[event.job])
        pipeline = branch.pipeline(job.pipeline)
        if job.stage == event.stage:
            self._lose(event, "it is there already")
            return
        places = [pipeline.find(one) for one in (event.source, event.stage, job.stage)]
        was, will, now = (-1 if one is None else one for one in places)
        if -1 < was < will < now:
            self._lose(event, "it has gone further already")
            return
        stage, left, actor = pipeline.stage(event.stage), remains_of(deed), event.actor
        if is_loud(deed):
            skip = left_out(deed, event.stage, stage)
            branch.move(job, stage, skip=skip, open=left, actor=actor)
        else:
            branch.transfer(job, pipeline, stage, fire=False, open=left, actor=actor)

    def _transferred(self, own: JobTransferred, deed: Deed) -> None:
        """List a transfer by hand; an automation that did it does so again."""
        if not any(isinstance(e, JobMoved) and e.cause is MoveCause.AUTOMATION for e in deed[:3]):
            self._lose(own, UNTOLD)

    def _reevaluate(self, own: Event, deed: Deed) -> None:
        self._branch.reevaluate(self._stands[own.job], actor=own.actor)

    def _undo(self, own: MoveUndone, deed: Deed) -> None:
        """Undo the last move, if it is the one that was undone."""
        job = self._branch.job(self._stands[own.job])
        if job.stage != own.source:
            stage = self._stages.get((job.pipeline, job.stage), job.stage)
            self._lose(own, f"it is in stage {stage!r}")
        else:
            self._branch.undo(job, actor=own.actor)

    def _status(self, own: StatusChanged, deed: Deed) -> None:
        """Set a status; where it was not told what became of reminders, they went on or did not."""
        again = any(isinstance(one, RemindersSet) for one in deed)
        reminders = again if own.reminders is None else own.reminders
        stand = self._stands[own.job]
        self._branch.set_status(stand, own.status, reminders=reminders, actor=own.actor)

    def _pause(self, own: JobPaused, deed: Deed) -> None:
        self._branch.pause(self._stands[own.job], own.reason, actor=own.actor)

    def _resume(self, own: JobResumed, deed: Deed) -> None:
        stand, reminders = self._stands[own.job], own.reminders
        self._branch.resume(stand, reminders=reminders, actor=own.actor)
