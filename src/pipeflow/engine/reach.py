"""Reach: what fires in a command, and all that this leads to, each once."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import PipeflowError
from ..model.automations import Automation, CreateInvoice, SendProposal
from ..model.events import AutomationRan, JobStarted, JobTransferred, events_of
from ..model.items import ItemKind
from ..model.job_automations import SetStatus, StartJob, TransferJob
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import ProposalTemplate, Template
from ..ports.requests import Email, Invoice, Request
from ..rules import statuses_meant
from .records import row_key
from .unit import Unit

__all__ = ["Reach", "invoice_of"]


class Reach:
    """Collects automations that would fire, and those to which they lead, whatever conditions say.

    `SetStatus` leads to the automations of the status, `StartJob` and `TransferJob` to those of the
    stage that is entered, and a proposal to the invoice that its acceptance makes. Circles end.
    """

    def __init__(self, unit: Unit, things: Iterable[object] = ()) -> None:
        """Look things up through a unit, but for *things* that are only about to be saved."""
        self._unit = unit
        several = tuple(things)
        self._pipelines = {one.id: one for one in several if isinstance(one, Pipeline)}
        self._templates = {one.id: one for one in several if isinstance(one, Template)}
        self._found: dict[tuple[str, Automation], None] = {}

    @property
    def fires(self) -> tuple[Automation, ...]:
        """All of them, in the order in which they were found."""
        return tuple(one for _, one in self._found)

    def pipeline(self, id: str) -> Pipeline | None:
        """Return a pipeline, or None where there is none."""
        if id in self._pipelines:
            return self._pipelines[id]
        try:
            return self._unit.book(id).pipeline
        except PipeflowError:
            return None

    def add(self, pipeline: Pipeline, automations: Iterable[Automation]) -> None:
        """Take in automations of a pipeline, and those to which they lead."""
        waiting = [(pipeline, one) for one in automations]
        for home, one in waiting:  # which grows meanwhile
            if (home.id, one) not in self._found:
                self._found[home.id, one] = None
                waiting += self._led_to(home, one)

    def invoice(self, template: str | None) -> None:
        """Take in an invoice that no automation makes by itself, such as that of a proposal."""
        if template:
            self._found["", CreateInvoice(template)] = None

    def _led_to(self, home: Pipeline, one: Automation) -> list[tuple[Pipeline, Automation]]:
        """Return the automations to which one leads, each with its pipeline."""
        if isinstance(one, SendProposal):
            self.invoice(invoice_of(self._template(one.template)))
        elif isinstance(one, SetStatus):
            status = home.status(_meant(home, one.status))
            return [] if status is None else [(home, other) for other in status.automations]
        elif isinstance(one, StartJob | TransferJob):
            target = self.pipeline(one.pipeline)
            stage = None if target is None else _stage(target, one.stage)
            if target is not None and stage is not None:
                return [(target, other) for other in stage.automations]
        return []

    def _template(self, id: str) -> object:
        """Return a template, or None where there is none."""
        if id in self._templates:
            return self._templates[id]
        stored = self._unit.records.get(row_key("template", id))
        return None if stored is None else stored.value

    def ran(self, unit: Unit, job: str | None = None) -> None:
        """Take in what a decision fired: of one job, or of all that it reached."""
        for key, chapters in unit.log.items():
            if key.kind != "job" or job not in {None, key.id}:
                continue
            stored = unit.get(key)
            home = "" if stored is None else stored.value.pipeline
            for event in events_of(chapters):
                if isinstance(event, JobStarted | JobTransferred):
                    home = event.pipeline
                elif isinstance(event, AutomationRan):
                    book = unit.book(home)
                    fired = book.automation(event.stage, event.automation)
                    self.add(book.pipeline, filter(None, [fired]))
            known = 0 if stored is None else len(stored.value.items)
            for item in unit.job(key.id).items[known:]:
                if item.kind is ItemKind.INVOICE and item.origin.startswith(f"{key.id}/"):
                    self.invoice(item.template)

    def again(self, home: str, asked: Request) -> None:
        """Take in what asked for a request that is tried again; reminders ask for nothing new."""
        if isinstance(asked, Invoice):
            self.invoice(asked.template)
        elif not (isinstance(asked, Email) and asked.item):
            pipeline = self._unit.book(home).pipeline
            several = (one for _, one in pipeline.automations())
            self.add(pipeline, (one for one in several if one.uses and one.uses == asked.template))


def _meant(pipeline: Pipeline, status: str) -> str:
    """Return the status of a pipeline that an automation means, however it is spelt."""
    try:
        return statuses_meant(status, [one.name for one in pipeline.statuses])[0]
    except PipeflowError:
        return ""


def _stage(pipeline: Pipeline, stage: str | None) -> Stage | None:
    """Return the stage to which an automation leads, the first one unless it says which."""
    place = 0 if stage is None else pipeline.find(stage)
    return None if place is None else pipeline.stages[place]


def invoice_of(template: object) -> str | None:
    """Return the invoice that the acceptance of a proposal makes, by its template."""
    return template.invoice_on_acceptance if isinstance(template, ProposalTemplate) else None
