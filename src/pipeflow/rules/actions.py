"""Actions: what each automation does when it fires (domain.md part 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from ..errors import NotFoundError
from ..model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    NotifyTeam,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from ..model.events import AccessChanged, AssigneesChanged, FollowUpStarted, TagsChanged
from ..model.job_automations import (
    SetStatus,
    StartJob,
    TransferJob,
    UpdateClientStatus,
    UpdateJob,
)
from ..model.jobs import Job
from ..model.record import replaced
from ..model.text import LONGEST_ID, ended, single_line
from ..ports.requests import Notice
from .creations import (
    make_folders,
    make_invoice,
    make_message,
    make_proposal,
    make_task,
)
from .decision import Destination, JobStart
from .draft import Draft
from .emails import send_email
from .job_changes import update_client_status, update_job
from .questionnaires import make_client_request, make_organizer
from .status_names import status_of
from .steps import Step, TagStep
from .tags import claimed

__all__ = ["ACTIONS", "Action"]

# Fires a step, and returns the id of the item that it made, if it made one.
Action: TypeAlias = Callable[[Draft, Step], str | None]


def _apply_folders(draft: Draft, step: Step) -> None:
    make_folders(draft, step.template, draft.key(step.part))


def _update_tags(draft: Draft, step: Step) -> None:
    """Remove or clear first, then add (A-13)."""
    if step.ready is None:
        step.ready = TagStep(cast("UpdateAccountTags", step.automation))
    account = draft.account
    if account.answered:
        one = cast("UpdateAccountTags", step.automation)
        touched = account.tags if one.clear else one.add | one.remove
        account = draft.account = claimed(account, touched)
    tags, added, removed = step.ready.change(account.tags)
    if added or removed:
        draft.account = replaced(account, tags=tags)
        draft.tell(TagsChanged, account.id, added, removed, step.id)


def _create_invoice(draft: Draft, step: Step) -> str:
    reminders = cast("CreateInvoice", step.automation).reminders
    return make_invoice(draft, step.template, step.id, draft.key(step.part), reminders).id


def _create_organizer(draft: Draft, step: Step) -> str:
    reminders = cast("CreateOrganizer", step.automation).reminders
    return make_organizer(draft, step.template, step.id, draft.key(step.part), reminders).id


def _create_task(draft: Draft, step: Step) -> str:
    return make_task(draft, step.template, step.id, draft.key(step.part)).id


def _send_proposal(draft: Draft, step: Step) -> str:
    reminders = cast("SendProposal", step.automation).reminders
    key, accepted = draft.key(step.part), step.accepted
    return make_proposal(draft, step.template, step.id, key, reminders, accepted).id


def _send_client_request(draft: Draft, step: Step) -> str:
    reminders = cast("SendClientRequest", step.automation).reminders
    return make_client_request(draft, step.template, step.id, draft.key(step.part), reminders).id


def _send_email(draft: Draft, step: Step) -> None:
    send_email(draft, step.template, step.id, draft.key(step.part))


def _send_message(draft: Draft, step: Step) -> str:
    automation = cast("SendMessage", step.automation)
    return make_message(draft, step.template, automation, step.id, draft.key(step.part)).id


def _update_access(draft: Draft, step: Step) -> None:
    """Change who has access, by the table of domain.md 1.3."""
    one = cast("UpdateAccountAccess", step.automation)
    before = draft.account.access
    add = draft.members(one.add, step.id)
    remove = draft.named(one.remove, step.id)
    if one.reset:
        access = add if one.add else draft.book.firm.default_access
    else:
        access = (before - remove) | add
    if access != before:
        draft.account = replaced(draft.account, access=access)
        draft.tell(AccessChanged, draft.account.id, access - before, before - access, step.id)


def _update_assignees(draft: Draft, step: Step) -> None:
    """Unassign (or clear) first, then assign."""
    one = cast("UpdateJobAssignees", step.automation)
    before = draft.assignees
    add = draft.members(one.add, step.id)
    remove = before if one.clear else draft.named(one.remove, step.id)
    after = draft.assignees = (before - remove) | add
    if after != before:
        draft.tell(AssigneesChanged, after - before, before - after, step.id)


def _update_job(draft: Draft, step: Step) -> None:
    update_job(draft, cast("UpdateJob", step.automation), step.id)


def _update_client_status(draft: Draft, step: Step) -> None:
    update_client_status(draft, cast("UpdateClientStatus", step.automation), step.id)


def _notify(draft: Draft, step: Step) -> None:
    """Tell those who are named, or else those who are assigned just now (A-28)."""
    one = cast("NotifyTeam", step.automation)
    to = draft.members(one.to or draft.assignees, step.id)
    if not to:
        draft.warn(f"{step.id}: nobody to notify")
        return
    subject, body = single_line(draft.text(one.subject, team=True)), draft.text(one.body, team=True)
    account, job = draft.account.id, draft.job.id
    told = Notice(draft.key(step.part), account, job, None, None, tuple(sorted(to)), subject, body)
    draft.requests.append(told)
    if draft.empty:
        draft.tell_empty(step.id)


def _set_status(draft: Draft, step: Step) -> None:
    """Note the status that the job gets when all automations of this entry have had their turn."""
    status = cast("SetStatus", step.automation).status
    own = (one.name for one in draft.book.pipeline.statuses)
    try:
        draft.next_status = status_of(status, own)
    except NotFoundError:
        draft.warn(f"{step.id}: the pipeline no longer has the status {status!r}")


def _follow_up_id(job: Job) -> str:
    """Return the id of the next follow-up of a job: its own with a number behind.

    Where jobs start one another for years, what would be longer than an id may be is cut, and told
    apart by a checksum.
    """
    id = f"{job.id}.{len(job.follow_ups) + 1}"
    if len(whole := id.encode()) <= LONGEST_ID:
        return id
    from hashlib import blake2b  # loads on first use

    return ended(id, f"-{blake2b(whole, digest_size=8).hexdigest()}")


def _start_job(draft: Draft, step: Step) -> None:
    """Note a job that is to be started when all else is done."""
    book, stage = step.ready
    job = draft.job
    id = _follow_up_id(job)
    name = cast("StartJob", step.automation).name
    draft.job = replaced(job, follow_ups=(*job.follow_ups, id))
    draft.starts += (JobStart(id, book, stage, name, job.id, draft.actor),)
    draft.tell(FollowUpStarted, id, book.pipeline.id, stage.id, step.id)


def _transfer_job(draft: Draft, step: Step) -> None:
    """Note where the job goes when all automations of this entry have had their turn."""
    book, stage = step.ready
    draft.next_place = Destination(book, stage, draft.visit, step.id)


# Each kind and what it does; a test holds it against the kinds that there are.
ACTIONS: dict[type[Automation], Callable[[Draft, Any], str | None]] = {
    ApplyFolderTemplate: _apply_folders,
    UpdateAccountTags: _update_tags,
    CreateInvoice: _create_invoice,
    CreateOrganizer: _create_organizer,
    CreateTask: _create_task,
    SendProposal: _send_proposal,
    SendClientRequest: _send_client_request,
    SendEmail: _send_email,
    SendMessage: _send_message,
    UpdateAccountAccess: _update_access,
    UpdateJobAssignees: _update_assignees,
    UpdateJob: _update_job,
    UpdateClientStatus: _update_client_status,
    NotifyTeam: _notify,
    SetStatus: _set_status,
    StartJob: _start_job,
    TransferJob: _transfer_job,
}
