"""Firing lists: every list of automations in a pipeline, and what fires it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..model.automations import Automation, UpdateAccountTags
from ..model.pipelines import Pipeline
from ..model.templates import (
    ClientRequestTemplate,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    Template,
)
from ..model.triggers import Trigger
from .needs import tag_changes

__all__ = ["FiringList", "adds", "asks_nothing", "lists_of", "tags_of_answers", "takes"]

# The templates of what clients answer in a way that may change their tags.
ANSWERED = (OrganizerTemplate, ClientRequestTemplate, ProposalTemplate)


class FiringList(NamedTuple):
    """Automations that fire one after another, with no time between them.

    Args:
        automations: In their order.
        path: Where the list stands: `"$.stages[0].automations"`.
        place: The same for people: `"stage 'Intake'"`.
        stage: The number of the stage; None where it is the pipeline's, for all stages.
        trigger: What fires it; None for the entry of a stage, and for a status.
        entry: Whether the entry of a stage fires it.
    """

    automations: tuple[Automation, ...]
    path: str
    place: str
    stage: int | None
    trigger: Trigger | None = None
    entry: bool = False

    def where(self, number: int) -> tuple[str, str]:
        """Return the place and the path of one of the automations."""
        return f"{self.place}, {self.automations[number].label}", f"{self.path}[{number}]"


def lists_of(pipeline: Pipeline) -> Iterator[FiringList]:
    """Yield every list of a pipeline, those of its stages first."""
    for number, stage in enumerate(pipeline.stages):
        path, place = f"$.stages[{number}]", f"stage {stage.name!r}"
        entry = FiringList(stage.automations, f"{path}.automations", place, number, entry=True)
        yield from _with_reminders(entry)
        yield from _of_triggers(stage.triggers, path, place, number)
    yield from _of_triggers(pipeline.triggers, "$", "every stage", None)
    for number, status in enumerate(pipeline.statuses):
        path, place = f"$.statuses[{number}].automations", f"status {status.name!r}"
        yield from _with_reminders(FiringList(status.automations, path, place, None))


def _of_triggers(
    triggers: Iterable[Trigger], path: str, place: str, stage: int | None
) -> Iterator[FiringList]:
    for number, one in enumerate(triggers):
        here = f"{path}.triggers[{number}].automations"
        yield from _with_reminders(
            FiringList(one.fires, here, f"{place}, trigger {one.id!r}", stage, one)
        )


def _with_reminders(given: FiringList) -> Iterator[FiringList]:
    """Yield a list, and those that fire when reminders of its automations are used up."""
    yield given
    for number, one in enumerate(given.automations):
        rhythm = getattr(one, "reminders", None)
        if rhythm is not None and rhythm.then:
            place, path = given.where(number)
            yield FiringList(
                rhythm.then, f"{path}.reminders.then", f"{place}, after its reminders", given.stage
            )


def tags_of_answers(pipeline: Pipeline, templates: Mapping[str, Template]) -> frozenset[str] | None:
    """Return the tags that clients give by what a pipeline asks; None: nobody can tell."""
    found: frozenset[str] = frozenset()
    for _, one in pipeline.automations():
        if one.template_type not in ANSWERED:
            continue
        template = templates.get(one.uses or "")
        if not isinstance(template, ANSWERED):
            return None
        found = found.union(*(change.add for change in tag_changes((template,))))
    return found


def asks_nothing(one: Automation, templates: Mapping[str, Template]) -> bool:
    """Tell whether an automation sends a message that has no client tasks (domain.md 2.3)."""
    template = templates.get(one.uses or "")
    return isinstance(template, MessageTemplate) and not template.client_tasks


def adds(one: Automation) -> frozenset[str]:
    """Return the tags that an automation gives."""
    return one.add if isinstance(one, UpdateAccountTags) else frozenset()


def takes(one: Automation, tag: str) -> bool:
    """Tell whether an automation takes a tag away, and does not give it again."""
    if not isinstance(one, UpdateAccountTags) or tag in one.add:
        return False
    return one.clear or tag in one.remove
