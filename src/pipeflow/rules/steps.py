"""Steps: the automations of a stage, made ready to fire once for all jobs of a saved pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import a
from ..model.accounts import TagChange
from ..model.automations import Automation, Repeat, UpdateAccountTags
from ..model.events import AutomationRan, Line
from ..model.items import Item
from ..model.stages import Stage
from ..model.templates import InvoiceTemplate, ProposalTemplate, Template
from ..ports.keys import part_of
from ..ports.ports import OUTLETS
from .decision import Book

__all__ = ["Step", "TagStep", "makes", "plan_of", "steps_of"]

KEPT = 256  # changes of tags that a step remembers
MAKES = {one.automation.kind: one.makes for one in OUTLETS}  # the kinds of items

Tags = frozenset[str]


class Step:
    """An automation with its template, as a book has it: nothing is looked up when it fires.

    `part` is its part of the keys of what it asks for; it fires `freely` where nothing but its
    condition can be in the way, and perhaps but `once` a job; `accepted` is the template of the
    invoice that a proposal's acceptance brings; `missing` says why it cannot fire, where a template
    is gone or of another kind; `ran` is the line of a history that says that it ran and made
    nothing; `ready` is what its kind of action keeps for the next time. `home` is the stage that
    has it, "" where the pipeline has it for all stages; what it makes is `aside` where it holds
    nothing.
    """

    __slots__ = (
        "accepted",
        "aside",
        "automation",
        "freely",
        "home",
        "id",
        "kind",
        "missing",
        "once",
        "part",
        "ran",
        "ready",
        "template",
        "when",
    )

    def __init__(
        self, stage: str, automation: Automation, templates: Mapping[str, Template], home: str
    ) -> None:
        """Look up what the automation uses."""
        self.automation = automation
        self.home = home
        self.aside = not automation.holds
        self.id = automation.id or automation.derived_id()
        self.part = part_of(self.id)
        self.kind = automation.kind
        self.when = automation.when
        self.once = automation.repeat is Repeat.ONCE
        self.template: Any = templates.get(automation.uses or "")
        self.accepted: Any = None
        self.missing = _missing(automation.uses, automation.template_type, self.template)
        if isinstance(self.template, ProposalTemplate) and not self.missing:
            invoice = self.template.invoice_on_acceptance
            if invoice is not None:
                self.accepted = templates.get(invoice)
                self.missing = _missing(invoice, InvoiceTemplate, self.accepted)
        self.freely = automation.repeat is Repeat.ALWAYS and not self.missing
        self.ran: Line = (AutomationRan, stage, self.id, self.kind)
        self.ready: Any = None

    def aim(self, books: Mapping[str, Book]) -> None:
        """Look up the pipeline and the stage to which it leads; `ready` is then both of them."""
        pipeline, wanted = self.automation.leads_to or "", getattr(self.automation, "stage", None)
        book = books.get(pipeline)
        if book is None:
            self.missing = f"its pipeline {pipeline!r} is not there"
        else:
            place = 0 if wanted is None else book.pipeline.find(wanted)
            if place is None:
                self.missing = f"its pipeline {pipeline!r} has no stage {wanted!r}"
            else:
                self.ready = book, book.pipeline.stages[place]
        self.freely = self.freely and not self.missing


class TagStep:
    """How a tag automation changes tags: a firm has few sets of them, each worked out once."""

    __slots__ = ("_automation", "_known")

    def __init__(self, automation: UpdateAccountTags) -> None:
        """Begin with nothing worked out."""
        self._automation = automation
        self._known: dict[Tags, tuple[Tags, Tags, Tags]] = {}

    def change(self, before: Tags) -> tuple[Tags, Tags, Tags]:
        """Return the tags as they are afterwards, those that came and those that went (A-13)."""
        known = self._known.get(before)
        if known is None:
            one = self._automation
            kept = Tags() if one.clear else before
            after = TagChange(one.add, one.remove).apply(kept)
            known = after, after - before, before - after
            if len(self._known) < KEPT:
                self._known[before] = known
        return known


def plan_of(book: Book, stage: Stage) -> tuple[Step, ...]:
    """Return the steps of a stage, made ready when it is first entered."""
    plan = book.plans.get(stage.id)
    if plan is None:
        plan = steps_of(book, stage.id, stage.automations, stage.id)
        book.plans[stage.id] = plan
    return plan


def steps_of(
    book: Book, stage: str, automations: Iterable[Automation], home: str
) -> tuple[Step, ...]:
    """Make automations ready that fire in a stage.

    Args:
        book: What they are looked up in.
        stage: Where they fire.
        automations: Which.
        home: The stage that has them; "" where the pipeline has them for all stages.
    """
    steps = tuple(Step(stage, one, book.templates, home) for one in automations)
    for step in steps:
        if step.automation.leads_to is not None:
            step.aim(book.others)
    return steps


def _missing(id: str | None, kind: type[Template] | None, template: Template | None) -> str:
    """Say why an automation cannot run (A-24): a template is not there, or is another one."""
    if kind is None or isinstance(template, kind):
        return ""
    if template is None:
        return f"its template {id!r} is not there"
    return f"its template {id!r} is {a(template.kind)} template"


def makes(automation: Automation, item: Item) -> bool:
    """Tell whether an item is of the kind that an automation makes, which has the id of what made
    it: where that was of another kind, it was another automation.
    """
    return MAKES.get(automation.kind) is item.kind
