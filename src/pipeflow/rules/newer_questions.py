"""Questionnaires: organizers that ask what their template asks now, while nobody has started."""

from __future__ import annotations

from datetime import datetime

from ..model.events import OrganizerUpdated
from ..model.items import Item, ItemKind, ItemState, Questionnaire
from ..model.record import replaced
from ..model.templates import OrganizerTemplate
from ..ports.requests import OrganizerChange
from .creations import title_of
from .decision import Decision, State
from .draft import Draft
from .effects import place_of
from .questionnaires import asked_by

__all__ = ["ask_alike", "can_be_updated", "update_organizers"]


def can_be_updated(item: Item, template: str) -> bool:
    """Tell whether an item is an organizer of a template that waits and that nobody has started."""
    return item.template == template and _waits(item)


def _waits(item: Item) -> bool:
    """Tell whether an item is an organizer that waits and that nobody has started."""
    if item.kind is not ItemKind.ORGANIZER or item.state is not ItemState.PENDING:
        return False
    return isinstance(item.progress, Questionnaire) and not item.progress.answers


def update_organizers(
    state: State, template: OrganizerTemplate, now: datetime, actor: str, *, updates: bool = False
) -> Decision:
    """Let a job's organizers of a template ask what that asks now, unless the client has started.

    What is done, sealed or begun stays as it was sent (domain.md part 5).

    Args:
        state: The job.
        template: The template, as it is now.
        now: The instant.
        actor: Who wants it.
        updates: Whether the port of organizers is to be told.
    """
    draft = Draft(state, now, actor)
    for place, item in enumerate(draft.items):
        if can_be_updated(item, template.id):
            _update(draft, place, template, updates=updates)
    return draft.decide()


def ask_alike(state: State, item: str, sheet: Questionnaire, now: datetime, actor: str) -> Decision:
    """Let an organizer that was linked ask what the same one asks now on another job (A-8)."""
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state.job.name)
    one = draft.items[place]
    if _waits(one) and one.progress != sheet:
        draft.items[place] = replaced(one, progress=sheet)
        draft.tell(OrganizerUpdated, one.id, one.name)
    return draft.decide()


def _update(draft: Draft, place: int, template: OrganizerTemplate, *, updates: bool) -> None:
    item = draft.items[place]
    title = title_of(draft, template)
    changed = replaced(
        item,
        progress=asked_by(template),
        titled="" if title == item.name else title,
        reminder_texts=template.reminder_texts,
    )
    if changed == item:
        draft.empty = None
        return
    if updates and (changed.progress, changed.title) != (item.progress, item.title):
        changed = _told(draft, changed, template)
    if draft.empty:
        draft.tell_empty(f"title of {item.name!r}")
    draft.items[place] = changed
    draft.tell(OrganizerUpdated, item.id, item.name)


def _told(draft: Draft, item: Item, template: OrganizerTemplate) -> Item:
    """Have the host told; what was to be told before, and has not left, says less than this."""
    if item.told:
        draft.withdraws += (draft.item_key(item, "change", str(item.told)),)
    draft.armed += 1
    draft.requests.append(
        OrganizerChange(
            draft.item_key(item, "change", str(draft.armed)),
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
            draft.account.addresses,
            item.ref.id if item.ref is not None else None,
            item.request,
        )
    )
    return replaced(item, told=draft.armed)
