"""The firm's names: what it calls its stages, automations, members and jobs, in place of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import Any

from ..model.accounts import Member
from ..model.automations import Automation, SendProposal
from ..model.events import (
    AccessChanged,
    AssigneesChanged,
    AutomationRan,
    Event,
    FieldChange,
    FollowUpStarted,
    HandedOver,
    ItemReassigned,
    JobEdited,
    JobMoved,
    JobStarted,
    JobTransferred,
    MoveUndone,
    Warned,
)
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.templates import Template
from ..model.values import FrozenMap
from ..ports.ports import OUTLETS
from ..ports.requests import Invoice

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


def _warned(text: str, naming: Callable[[str], str | None]) -> str:
    """Return a warning that begins with an id and a colon, with a name in the place of the id."""
    id, colon, rest = text.partition(": ")
    name = naming(id) if colon else None
    return text if name is None else f"{name}: {rest}"


class FirmNames:
    """Calls things by their names, as far as they are there still; what is gone by its id."""

    __slots__ = ("_members", "_pipelines", "_templates", "_things")

    def __init__(
        self,
        pipelines: Iterable[Pipeline] = (),
        templates: Iterable[Template] = (),
        members: Iterable[Member] = (),
        things: Mapping[str, str] = FrozenMap(),
    ) -> None:
        """Take what is saved, and the names of jobs and items by their ids."""
        self._pipelines = {one.id: one for one in pipelines}
        self._templates = {one.id: one.name for one in templates}
        self._members = {one.id: one.name for one in members}
        self._things = things

    def pipeline(self, id: str) -> str:
        """Return what a pipeline is called."""
        found = self._pipelines.get(id)
        return id if found is None else found.name

    def stage(self, pipeline: str, id: str) -> str:
        """Return what a stage of a pipeline is called, or of another one where it has none such."""
        here = self._pipelines.get(pipeline)
        for line in (here, *self._pipelines.values()):
            place = None if line is None else line.find(id)
            if line is not None and place is not None:
                return line.stages[place].name
        return id

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
            pipeline: Where the job was; it may have brought along what another one fires.
            stage: In which stage.
            id: The automation's.
            kind: What it was, as far as that is told: one of another kind is another one.
        """
        found = self._automation(pipeline, stage, id, lambda one: kind in {"", one.kind})
        return None if found is None else self.called(found)

    def called(self, one: Automation) -> str:
        """Call an automation what it does, with the name of what it uses or leads to."""
        lines = {line.id: line.name for line in self._pipelines.values()}
        return called(one, self._templates, lines)

    def _automation(
        self, pipeline: str, stage: str, id: str, fits: Callable[[Automation], bool]
    ) -> Automation | None:
        here = self._pipelines.get(pipeline)
        for line in (here, *self._pipelines.values()):
            stages = () if line is None else (stage, *(one.id for one in line.stages))
            found = (line.automation(one, id) for one in stages if line is not None)
            known = next((one for one in found if one is not None and fits(one)), None)
            if known is not None:
                return known
        return None

    def _asked(self, pipeline: str, stage: str, id: str, port: str) -> str | None:
        """Return what an automation asked a port for; None where it is gone."""

        def asks(one: Automation) -> bool:
            return port in {"", *ASKED.get(one.kind, ())}

        found = self._automation(pipeline, stage, id, asks)
        if found is None:
            return None
        name = self._templates.get(found.uses or "")
        return self.called(found) if name is None else repr(name)

    def _thing_or_automation(self, pipeline: str, stage: str, id: str) -> str | None:
        thing = self._things.get(id)
        return self.automation(pipeline, stage, id) if thing is None else repr(thing)

    def told(self, event: Event, pipeline: str, stage: str = "", zone: tzinfo = UTC) -> str:
        """Say what happened, by the firm's names.

        Args:
            event: What happened.
            pipeline: Where the job was then.
            stage: In which stage.
            zone: Whose clock is read.
        """
        named = replaced(event, **self._named(event, pipeline, stage))
        said = named.sentence_in(zone)
        stage = getattr(event, "stage", stage)
        for id, naming, what in (
            (getattr(event, "automation", ""), self.automation, "kind"),
            (_automation_of(event), self._asked, "port"),
        ):
            name = naming(pipeline, stage, id, getattr(event, what, "")) if id else None
            if name is not None:
                return said.replace(repr(id), name, 1)
        return said

    def _named(self, event: Event, pipeline: str, here: str) -> dict[str, Any]:
        """Return those fields of an event that hold ids, with names in their place."""
        home, stage = (getattr(event, field, None) for field in ("pipeline", "stage"))
        changes: dict[str, Any] = {}
        if home is not None:
            changes["pipeline"] = self.pipeline(home)
        if stage is not None:
            changes["stage"] = self.stage(home or pipeline, stage)
        if isinstance(event, STAGES):
            changes["source"] = self.stage(pipeline, event.source)
        if isinstance(event, JobTransferred):
            changes["source"] = self.pipeline(event.source)
        if isinstance(event, AutomationRan) and event.item:
            changes["item"] = self._quoted(event.item)
        if isinstance(event, JobStarted):
            changes["starter"] = self._quoted(event.starter)
        if isinstance(event, FollowUpStarted):
            changes["follow_up"] = self._quoted(event.follow_up)
        cause = getattr(event, "cause", None)
        if type(cause) is str:  # the id of an automation, or words
            name = self.automation(pipeline, stage or "", cause)
            changes |= {} if name is None else {"cause": name}
        if isinstance(event, Warned):
            known = partial(self._thing_or_automation, pipeline, here)
            changes["text"] = _warned(event.text, known)
        if isinstance(event, PEOPLE):
            changes["added"] = frozenset(map(self.member, event.added))
            changes["removed"] = frozenset(map(self.member, event.removed))
        if isinstance(event, HandedOver):
            changes |= {"member": self.member(event.member), "to": self.member(event.to)}
        if isinstance(event, JobEdited):
            changes["changes"] = tuple(map(self._edited, event.changes))
        return changes

    def _edited(self, one: FieldChange) -> FieldChange:
        """Return what an edit changed, with the names of assignees, of whom it tells the ids."""
        if one.field != "assignees":
            return one
        return replaced(one, before=self._people(one.before), after=self._people(one.after))

    def _people(self, ids: str) -> str:
        return ", ".join(sorted(map(self.member, ids.split(", "))))


def _automation_of(event: Event) -> str:
    """Return the automation of whose request an event tells, by the request's key; "" if none."""
    key: str = getattr(event, "key", "")
    _, _, rest = key.partition(f"/{event.job}/")
    return rest.split("/")[1] if rest.count("/") else ""
