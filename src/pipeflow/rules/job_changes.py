"""Changes of the job itself: by whom ever they are made, one line names each of them (R-22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..model.dates import resolved
from ..model.events import ClientViewChanged, FieldChange, JobEdited
from ..model.job_automations import UpdateClientStatus, UpdateJob
from ..model.record import replaced
from ..model.templates import ClientView, Priority
from ..model.text import single_line
from .draft import Draft

__all__ = [
    "change_job",
    "changes_back",
    "show_client",
    "update_client_status",
    "update_job",
    "view_texts",
]


def change_job(draft: Draft, wanted: Mapping[str, object], cause: str = "") -> None:
    """Change fields of the job, and say so of those that change."""
    job = draft.job
    changes = tuple(
        FieldChange(field, _told(before), _told(new))
        for field, new in wanted.items()
        if new != (before := getattr(job, field))
    )
    if changes:
        draft.job = replaced(job, **wanted)
        draft.tell(JobEdited, changes, cause)


def _told(value: object) -> str:
    """Tell what a field holds as text; "" where it holds nothing."""
    if value is None:
        return ""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, ClientView):
        parts = {"name": value.name, "status": value.status, "description": value.description}
        return (
            ", ".join(f"{part} {text!r}" for part, text in parts.items() if text) or "a blank page"
        )
    return str(value)


def update_job(draft: Draft, one: UpdateJob, cause: str) -> None:
    """Change the job as an automation says; what it does not say stays."""
    wanted: dict[str, Any] = {}
    if one.priority is not None:
        wanted["priority"] = one.priority
    start = resolved(one.start, draft.today) or draft.job.start
    due = resolved(one.due, draft.today) or draft.job.due
    if start is not None and due is not None and due < start:
        draft.warn(f"{cause}: due {due} would be before the start {start}, so both stay")
        due = draft.job.due
    else:
        wanted |= {"start": start, "due": due}
    if name := single_line(draft.text(one.name, team=True, due=due)):
        wanted["name"] = name
    elif one.name:
        draft.warn(f"{cause}: nothing is left of the name {one.name!r}, so it stays")
    if one.description:
        wanted["description"] = draft.text(one.description, team=True, due=due)
    if one.comments:
        wanted["comments"] = one.comments
    change_job(draft, wanted, cause)
    if draft.empty:
        draft.tell_empty(cause)


def update_client_status(draft: Draft, one: UpdateClientStatus, cause: str) -> None:
    """Change what the client sees of the job; what the automation does not say stays."""
    after = None
    if one.visible:
        texts = view_texts(draft, one.texts)
        after = replaced(draft.job.client_view or ClientView(), **texts)
    show_client(draft, after, cause)
    if draft.empty:
        draft.tell_empty(cause)


def view_texts(draft: Draft, written: Mapping[str, str]) -> dict[str, str]:
    """Fill in what the client sees of the job, field by field; all but descriptions are a line."""
    filled = {field: draft.text(text) for field, text in written.items()}
    return {
        field: text if field == "description" else single_line(text)
        for field, text in filled.items()
    }


def show_client(draft: Draft, view: ClientView | None, cause: str) -> None:
    """Let the client see this of the job, and say so if anything changed."""
    before = draft.job.client_view
    if view != before:
        draft.job = replaced(draft.job, client_view=view)
        draft.tell(ClientViewChanged, before, view, cause)


def changes_back(edited: Mapping[str, str]) -> dict[str, object]:
    """Return what fields held, by what an edit told of them before it."""
    return {field: _read(field, told) for field, told in edited.items()}


def _read(field: str, told: str) -> object:
    if field == "priority":
        return Priority(told)
    if field in {"start", "due"}:
        return date.fromisoformat(told) if told else None
    return told
