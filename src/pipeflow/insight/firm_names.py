"""The firm's names: what it calls its stages, automations, members and jobs, in place of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Any

from ..model.accounts import Member
from ..model.automations import Automation, NotifyTeam, SendProposal
from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    AutomationRan,
    FactRecorded,
    FieldChange,
    FollowUpStarted,
    HandedOver,
    ItemReassigned,
    JobEdited,
    JobMoved,
    JobScheduled,
    JobStarted,
    JobTransferred,
    MoveUndone,
    RequestDelivered,
    Warned,
)
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.schedules import Schedule
from ..model.templates import Template
from ..model.values import FrozenMap
from ..ports.ports import OUTLETS
from ..ports.requests import Invoice, Notice
from .stays import Placed, asked_by

__all__ = ["FirmNames", "called"]

PEOPLE = (AccessChanged, AssigneesChanged, ItemReassigned)  # events that name members
STAGES = (JobMoved, MoveUndone)  # events whose `source` is a stage
# The ports that automations ask, by their kind; a letter that is accepted brings a bill.
ASKED = {one.automation.kind: {one.name} for one in OUTLETS}
ASKED[SendProposal.kind].add(Invoice.port)


def called(
    automation: Automation,
    templates: Mapping[str, str],
    pipelines: Mapping[str, str] = FrozenMap(),
) -> str:
    """Call an automation what it does, with its template's name: `send email 'Welcome'`.

    Args:
        automation: Which.
        templates: The names of templates, by their ids.
        pipelines: The names of pipelines to which it may lead, by their ids.
    """
    name = templates.get(automation.uses or "") or pipelines.get(automation.leads_to or "")
    words = automation.kind.replace("_", " ")
    return f"{words} {name!r}" if name is not None else automation.label


def _is_of_notice(event: RequestDelivered | FactRecorded, found: Automation | None) -> bool:
    """Tell whether a notice was taken, or bounced: it is for members, and no addresses."""
    if isinstance(event, RequestDelivered):
        return event.port == Notice.port
    return isinstance(found, NotifyTeam)


class FirmNames:
    """Calls things by their names, as far as they are there still; what is gone by its id."""

    __slots__ = ("_lines", "_members", "_pipelines", "_schedules", "_templates", "_things")

    def __init__(
        self,
        pipelines: Iterable[Pipeline] = (),
        templates: Iterable[Template] = (),
        members: Iterable[Member] = (),
        things: Mapping[str, str] = FrozenMap(),
        schedules: Iterable[Schedule] = (),
    ) -> None:
        """Take what is saved, and the names of jobs and items by their ids."""
        self._pipelines = {one.id: one for one in pipelines}
        self._lines = {id: one.name for id, one in self._pipelines.items()}
        self._templates = {one.id: one.name for one in templates}
        self._members = {one.id: one.name for one in members}
        self._things = things
        self._schedules = {one.id: one.name for one in schedules}

    def pipeline(self, id: str) -> str:
        """Return what a pipeline is called."""
        found = self._pipelines.get(id)
        return id if found is None else found.name

    def stage(self, pipeline: str, id: str) -> str:
        """Return what a stage of a pipeline is called."""
        line = self._pipelines.get(pipeline)
        place = None if line is None else line.find(id)
        return id if line is None or place is None else line.stages[place].name

    def member(self, id: str) -> str:
        """Return what a member is called, who may be the one that acts."""
        return self._members.get(id, id)

    def thing(self, id: str) -> str:
        """Return what a job or an item is called."""
        return self._things.get(id, id)

    def _quoted(self, id: str) -> str:
        """Return what a job or an item is called, in quotes; its id where that is not known."""
        return repr(self._things[id]) if id in self._things else id

    def automation(self, pipeline: str, stage: str, id: str, kind: str = "") -> str | None:
        """Return what an automation does, with its template's name; None where it is gone.

        Args:
            pipeline: Which pipeline has it.
            stage: In which stage.
            id: The automation's.
            kind: What it was, as far as that is told: one of another kind is another one.
        """
        found = self._automation(pipeline, stage, id, kind)
        return None if found is None else self.called(found)

    def called(self, one: Automation) -> str:
        """Call an automation what it does, with the name of what it uses or leads to."""
        return called(one, self._templates, self._lines)

    def _automation(self, pipeline: str, stage: str, id: str, kind: str) -> Automation | None:
        line = self._pipelines.get(pipeline)
        found = None if line is None else line.automation(stage, id)
        return found if found is not None and kind in {"", found.kind} else None

    def _ran(self, one: Placed) -> Automation | None:
        """Return the automation of which something tells; None where it is gone."""
        ran = one.ran
        return None if ran is None else self._automation(ran.pipeline, ran.stage, ran.id, ran.kind)

    def _asked(self, one: Placed) -> str | None:
        """Return what an automation asked a port for; None where it is gone."""
        found = self._ran(one)
        port = getattr(one.event, "port", "")
        if found is None or port not in {"", *ASKED.get(found.kind, ())}:
            return None
        name = self._templates.get(found.uses or "")
        return self.called(found) if name is None else repr(name)

    def told(self, one: Placed, zone: tzinfo = UTC) -> str:
        """Say what happened, by the firm's names.

        Args:
            one: What happened, and where.
            zone: Whose clock is read.
        """
        named = replaced(one.event, **self._named(one))
        said = named.sentence_in(zone)
        id, found = getattr(one.event, "automation", ""), self._ran(one)
        if id:
            name = None if found is None else self.called(found)
        else:
            (id, _), name = asked_by(one.event), self._asked(one)
        return said if not id or name is None else said.replace(repr(id), name, 1)

    def _named(self, one: Placed) -> dict[str, Any]:
        """Return those fields of an event that hold ids, with names in their place."""
        event, found = one.event, self._ran(one)
        home, stage = (getattr(event, field, None) for field in ("pipeline", "stage"))
        changes: dict[str, Any] = {}
        if home is not None:
            changes["pipeline"] = self.pipeline(home)
        if stage is not None:
            changes["stage"] = self.stage(home or one.pipeline, stage)
        if isinstance(event, STAGES):
            changes["source"] = self.stage(one.before, event.source)
        if isinstance(event, JobTransferred):
            changes["source"] = self.pipeline(event.source)
        if isinstance(event, AutomationRan) and event.item:
            changes["item"] = self._quoted(event.item)
        if isinstance(event, JobScheduled):
            changes["schedule"] = self._schedules.get(event.schedule, event.schedule)
        if isinstance(event, JobStarted):
            changes["starter"] = self._quoted(event.starter)
        if isinstance(event, FollowUpStarted):
            changes["follow_up"] = self._quoted(event.follow_up)
        if type(getattr(event, "cause", None)) is str and found is not None:
            changes["cause"] = self.called(found)
        if isinstance(event, Warned):
            changes["text"] = self._warned(event.text, found)
        if isinstance(event, PEOPLE):
            changes["added"] = frozenset(map(self.member, event.added))
            changes["removed"] = frozenset(map(self.member, event.removed))
        if isinstance(event, RequestDelivered | FactRecorded) and _is_of_notice(event, found):
            changes["to"] = tuple(map(self.member, event.to))
        if isinstance(event, HandedOver):
            changes |= {"member": self.member(event.member), "to": self.member(event.to)}
        if isinstance(event, JobEdited):
            changes["changes"] = tuple(map(self._edited, event.changes))
        return changes

    def _warned(self, text: str, found: Automation | None) -> str:
        """Return a warning that begins with an id and a colon, with a name in the place of the id:
        of the automation that was *found*, or of a thing.
        """
        id, _, rest = text.partition(": ")
        if found is not None:
            return f"{self.called(found)}: {rest}"
        return f"{self._things[id]!r}: {rest}" if id in self._things else text

    def _edited(self, one: FieldChange) -> FieldChange:
        """Return what an edit changed, with the names of assignees, of whom it tells the ids."""
        if one.field != "assignees":
            return one
        return replaced(one, before=self._people(one.before), after=self._people(one.after))

    def _people(self, ids: str) -> str:
        return ", ".join(sorted(map(self.member, ids.split(", "))))
