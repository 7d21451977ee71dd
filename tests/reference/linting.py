"""What lint says of a pipeline that a history could gainsay: that something never happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pipeflow import (
    AccessChanged,
    AssigneesChanged,
    AutomationRan,
    AutomationSkipped,
    Event,
    ItemCarried,
    ItemLinked,
    ItemState,
    Job,
    JobEdited,
    JobMoved,
    JobStarted,
    JobTransferred,
    MoveCause,
    MoveUndone,
    Pipeline,
    SkipCause,
    Status,
    StatusChanged,
    TagsChanged,
    TriggerFired,
)
from pipeflow.insight import Finding

__all__ = ["Claims"]

EFFECTS = (TagsChanged, AssigneesChanged, AccessChanged, JobEdited)
ENTRIES = (JobStarted, JobMoved, TriggerFired)
NEVER = re.compile(r"can never fire|No account and no job fulfils")


class Claims:
    """The findings of one edition of a pipeline, each as what must not happen while it holds."""

    def __init__(self, pipeline: Pipeline, findings: Iterable[Finding], *, edited: bool) -> None:
        """Take them; an *edited* pipeline has jobs whose things are of before."""
        self.pipeline = pipeline
        self._edited = edited
        self.silent: dict[tuple[str, str], Finding] = {}  # automations, by stage and id
        self.triggers: dict[tuple[str, str], Finding] = {}
        self.shut: dict[str, Finding] = {}  # stages
        self.endless: dict[str, Finding] = {}
        self.lasting: dict[str, Finding] = {}  # statuses, by name
        self.idle: dict[tuple[str, str], Finding] = {}
        self._left_out = False  # whether somebody left out by hand what these go by
        for one in findings:
            self._take(one)

    def _take(self, finding: Finding) -> None:
        if ".then[" in finding.path:
            return  # that goes with a thing, whatever its pipeline says by now
        home, found = self._at(finding.path)
        match finding.code:
            case "never-fires" | "taken-away" if ".automations[" in finding.path:
                if NEVER.search(finding.sentence):
                    self.silent[home, str(found.id)] = finding
            case "never-fires" if not self._edited:
                place = int(finding.path.removeprefix("$.stages[").partition("]")[0])
                self.triggers[self.pipeline.stages[place].id, str(found.id)] = finding
            case "never-entered":
                self.shut[found.id] = finding
            case "nothing-to-complete" if self._edited:
                pass
            case "nothing-to-complete" if isinstance(found, Status):
                self.lasting[found.name] = finding
            case "nothing-to-complete":
                self.endless[found.id] = finding
            case "no-effect" if ".automations[" in finding.path:
                self.idle[home, str(found.id)] = finding
            case _:
                pass

    def _at(self, path: str) -> tuple[str, Any]:
        """Return the stage to which a path leads, "" for what is of all, and what stands there."""
        found: Any = self.pipeline
        home = ""
        for name, number in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
            several = found.fires if name == "automations" and hasattr(found, "fires") else None
            found = several if several is not None else getattr(found, name)
            if number:
                found = found[int(number)]
            if name == "stages":
                home = found.id
            elif name == "triggers":
                home = ""  # what it fires has an id of its own in the whole pipeline
        return home, found

    def check(
        self, job: Job, history: Sequence[Event], new: Sequence[Event], *, by_itself: bool
    ) -> None:
        """Go through what is new in the history of a job, as far as it is in this pipeline.

        Where nobody gave it a status, one that ended did so *by itself*.
        """
        pipeline, by_hand, ran = _pipeline_before(job, new), False, ""
        for event in new:
            match event:
                case JobStarted() | JobTransferred():
                    pipeline = event.pipeline
                case AutomationSkipped(cause=SkipCause.BY_HAND):
                    by_hand = True  # so that it could not do what those behind it go by
                case _:
                    pass
            if isinstance(event, ENTRIES):
                by_hand = by_hand and isinstance(event, JobStarted)
            if pipeline == self.pipeline.id:
                self._check(job, event, history, by_hand=by_hand)
                if by_itself and isinstance(event, StatusChanged) and event.status == "Active":
                    found = self.lasting.get(event.source)
                    linked = any(one.scope and one.origin == "link" for one in job.items)
                    assert found is None or linked, f"{event}, and lint says: {found}"
                if isinstance(event, AutomationRan):
                    found = _known(self.idle, event)
                    ran = event.automation if found is not None else ""
                assert not (isinstance(event, EFFECTS) and ran and event.cause == ran), event

    def _check(self, job: Job, event: Event, history: Sequence[Event], *, by_hand: bool) -> None:
        match event:
            case AutomationRan():
                found = _known(self.silent, event)
                assert found is None or by_hand, f"{event}, and lint says: {found}"
                self._left_out = self._left_out or found is not None
            case TriggerFired(stage=stage, trigger=trigger) if not self._left_out:
                found = self.triggers.get((stage, trigger))
                assert found is None, f"{event}, and lint says: {found}"
            case JobMoved(cause=MoveCause.AUTOMOVE, stage=stage, source=source):
                assert stage not in self.shut, f"{event}, and lint says: {self.shut[stage]}"
                finding = self.endless.get(source)
                assert finding is None or _came_along(job, event, history), f"{event}: {finding}"
            case _:
                pass


def _known(several: dict[tuple[str, str], Finding], event: AutomationRan) -> Finding | None:
    own = several.get((event.stage, event.automation))
    return own or several.get(("", event.automation))


def _pipeline_before(job: Job, new: Sequence[Event]) -> str:
    """Return in which pipeline a job was before what is new."""
    if any(isinstance(one, MoveUndone) for one in new):
        return ""  # an undo fires nothing
    first = next((one for one in new if isinstance(one, JobTransferred)), None)
    return first.source if first is not None else job.pipeline


def _came_along(job: Job, move: JobMoved, history: Sequence[Event]) -> bool:
    """Tell whether something was linked by hand in the visit that ended, or came into it."""
    place = next(n for n in range(len(history)) if history[n] is move)
    entries = [
        n for n in range(place) if isinstance(history[n], JobStarted | JobMoved | MoveUndone)
    ]
    here = history[entries[-1] : place]
    if isinstance(here[0], MoveUndone) or any(
        isinstance(e, ItemLinked | ItemCarried) for e in here
    ):
        return True
    visit = here[0].visit if isinstance(here[0], JobMoved) else 1
    return not any(
        item.visit == visit and item.state is ItemState.COMPLETED and item.origin != "link"
        for item in job.items
    )
