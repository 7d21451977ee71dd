"""Questionnaires: the organizers and client requests that templates become."""

from __future__ import annotations

from ..model.dates import resolved
from ..model.items import Item, ItemKind, Questionnaire
from ..model.reminders import Reminders
from ..model.templates import ClientRequestTemplate, OrganizerTemplate
from ..ports.requests import ClientRequest, Organizer
from .creations import add_item, title_of
from .draft import Draft

__all__ = ["asked_by", "make_client_request", "make_organizer"]


def asked_by(template: OrganizerTemplate) -> Questionnaire:
    """Return what an organizer of a template asks, and what else its host is told."""
    return Questionnaire(
        template.all_questions,
        sections=tuple((one.name, len(one.questions)) for one in template.sections),
        folder=template.folder,
        notify_on_upload=template.notify_on_upload,
    )


def make_organizer(
    draft: Draft,
    template: OrganizerTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
) -> Item:
    """Make an organizer; it keeps its questions as they are now."""
    item = add_item(
        draft,
        ItemKind.ORGANIZER,
        template,
        origin,
        key,
        asked_by(template),
        reminders or template.reminders,
        title=title_of(draft, template),
        texts=template.reminder_texts,
    )
    draft.requests.append(
        Organizer(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            item.name,
            item.title,
            template.questions,
            template.sections,
            template.folder,
            template.notify_on_upload,
            draft.recipients(origin),
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
    return item


def make_client_request(
    draft: Draft,
    template: ClientRequestTemplate,
    origin: str,
    key: str,
    reminders: Reminders | None,
) -> Item:
    """Make a client request; it keeps what it asks for as it is now."""
    due = resolved(template.due, draft.today) if template.due else None
    item = add_item(
        draft,
        ItemKind.CLIENT_REQUEST,
        template,
        origin,
        key,
        Questionnaire(template.all_questions, accept=template.accept),
        reminders or template.reminders,
        title=title_of(draft, template),
        texts=template.reminder_texts,
        due=due,
    )
    draft.requests.append(
        ClientRequest(
            key,
            draft.account.id,
            draft.job.id,
            item.id,
            template.id,
            item.name,
            item.title,
            draft.text(template.description),
            template.uploads,
            template.questions,
            template.folder,
            due,
            template.accept,
            draft.recipients(origin),
        )
    )
    if draft.empty:
        draft.tell_empty(origin)
    return item
