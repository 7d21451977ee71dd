"""Needs: what pipelines and templates ask of a firm that is to use them (R-31)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.accounts import Person, Role, TagChange
from ..model.automations import (
    NotifyTeam,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from ..model.parts import questions_in
from ..model.pipelines import Pipeline
from ..model.record import Plain, frozen
from ..model.templates import (
    ClientRequestTemplate,
    EmailTemplate,
    FolderTemplate,
    JobTemplate,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from ..model.triggers import AroundDate
from ..rules.gaps import named_members, ports_needed
from ..rules.merge_fields import custom_fields
from ..rules.texts import automation_texts, merged_texts, reminding_texts

__all__ = ["Needs", "needs_of", "tag_changes"]


@frozen
class Needs(Plain):
    """What is asked of a firm.

    Custom fields that texts, conditions and questions name, tags that are looked at or change, the
    roles that people play or conditions ask for, members who are named themselves, the ports that
    the automations use, and the references by which templates ask the host for files.
    """

    fields: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()


def needs_of(pipelines: Iterable[Pipeline], templates: Iterable[Template]) -> Needs:
    """Return what pipelines and templates ask of a firm."""
    lines, several = tuple(pipelines), tuple(templates)
    conditions = [one for pipeline in lines for one, _ in questions_in(pipeline)]
    people = [*_people_of_pipelines(lines), *_people_of_templates(several)]
    people += [who for one in conditions for who in one.people]
    return Needs(
        fields=frozenset(
            (
                *_fields(lines, several),
                *(f for one in conditions for f in one.fields),
                *_dates(lines),
            )
        ),
        tags=frozenset((*_tags(lines, several), *(t for one in conditions for t in one.tags))),
        roles=frozenset(one.name for one in people if isinstance(one, Role)),
        members=frozenset(one for one in people if isinstance(one, str)),
        ports=frozenset(_ports(lines, {one.id: one for one in several})),
        files=frozenset(_files(several)),
    )


def _dates(pipelines: Iterable[Pipeline]) -> Iterator[str]:
    """Yield the custom fields by whose dates triggers go."""
    for pipeline in pipelines:
        here = (one for stage in pipeline.stages for one in stage.triggers)
        for one in (*here, *pipeline.triggers):
            if isinstance(one, AroundDate) and one.field is not None:
                yield one.field


def _fields(pipelines: Iterable[Pipeline], templates: Iterable[Template]) -> Iterator[str]:
    for pipeline in pipelines:
        for _, one in pipeline.automations():
            for text, _ in automation_texts(one):
                yield from custom_fields(text)
    for template in templates:
        for text, _ in (*merged_texts(template), *reminding_texts(template)):
            yield from custom_fields(text)
        if isinstance(template, OrganizerTemplate | ClientRequestTemplate):
            yield from (one.field for one in template.all_questions if one.field is not None)


def _tags(pipelines: Iterable[Pipeline], templates: Iterable[Template]) -> Iterator[str]:
    for pipeline in pipelines:
        for _, one in pipeline.automations():
            if isinstance(one, UpdateAccountTags):
                yield from one.add | one.remove
    for change in tag_changes(templates):
        yield from change.add | change.remove


def tag_changes(templates: Iterable[Template]) -> Iterator[TagChange]:
    """Yield what the answers of clients, and the packages that they choose, do to tags."""
    for template in templates:
        if isinstance(template, OrganizerTemplate | ClientRequestTemplate):
            for question in template.all_questions:
                yield from (one for one in question.choices.values() if one is not None)
        elif isinstance(template, ProposalTemplate):
            yield from (one.tags for one in template.packages if one.tags is not None)


def _people_of_pipelines(pipelines: Iterable[Pipeline]) -> Iterator[Person]:
    for pipeline in pipelines:
        for _, one in pipeline.automations():
            if isinstance(one, UpdateAccountAccess | UpdateJobAssignees):
                yield from one.add | one.remove
            elif isinstance(one, NotifyTeam):
                yield from one.to


def _people_of_templates(templates: Iterable[Template]) -> Iterator[Person]:
    for template in templates:
        if isinstance(template, TaskTemplate | JobTemplate):
            yield from template.assignees
        yield from (named for named, _ in named_members(template) if named is not None)


def _files(templates: Iterable[Template]) -> Iterator[str]:
    """Yield the host's references to what is attached, and laid into folders."""
    for template in templates:
        if isinstance(template, EmailTemplate | MessageTemplate):
            yield from template.attachments
        elif isinstance(template, FolderTemplate):
            for folder in template.folders:
                yield from folder.files


def _ports(pipelines: Iterable[Pipeline], templates: dict[str, Template]) -> Iterator[str]:
    for pipeline in pipelines:
        for _, one in pipeline.automations():
            yield from ports_needed(one, templates.get(one.uses or ""))
