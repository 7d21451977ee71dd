"""Automations: what a stage does when a job enters it (domain.md part 1)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar, cast

import attrs

from ..errors import Problem
from . import reminders as rhythm
from .accounts import (
    Person,
    people,
    people_change_problems,
    people_problems,
    tag_change_problems,
)
from .checks import choice_problems, flags_problems
from .conditions import Condition, unconditional, when_problems
from .record import frozen
from .reminders import Reminders
from .templates import (
    ClientRequestTemplate,
    EmailTemplate,
    FolderTemplate,
    InvoiceTemplate,
    MessageTemplate,
    OrganizerTemplate,
    ProposalTemplate,
    TaskTemplate,
    Template,
)
from .templates.template import rhythm_problems, template_id, template_problems
from .text import id_problems, key_slug, text_problems
from .values import Value, as_choice, names

__all__ = [
    "ApplyFolderTemplate",
    "Automation",
    "CreateInvoice",
    "CreateOrganizer",
    "CreateTask",
    "NotifyTeam",
    "Repeat",
    "SendClientRequest",
    "SendEmail",
    "SendMessage",
    "SendProposal",
    "ThreadMode",
    "UpdateAccountAccess",
    "UpdateAccountTags",
    "UpdateJobAssignees",
]


class Repeat(StrEnum):
    """What a later visit of the same job to the stage does (A-46).

    `ALWAYS`: the automation fires again. `ONCE`: never again for this job. `UNLESS_OPEN`: not
    while the item that it made before is still open.
    """

    ALWAYS = "always"
    ONCE = "once"
    UNLESS_OPEN = "unless_open"


class ThreadMode(StrEnum):
    """Where a message goes: a thread of its own, or a reply to the latest one (A-47, A-48)."""

    NEW = "new"
    REPLY_TO_LATEST = "reply_to_latest"


def _repeat(given: Repeat | str) -> Repeat:
    return as_choice(Repeat, given)


@frozen(kw_only=True)
class Automation(Value):
    """Base of all kinds.

    Args:
        id: Made by the stage that takes it, of kind and template; edits keep it.
        when: The condition under which it fires, asked at its turn (domain.md 3.3).
        repeat: What a later visit of the same job does.
        holds: Whether its stage waits for what it makes; an item of one that does not neither
            holds the stage nor counts as the completion that a move needs (R-36).
    """

    kind: ClassVar[str] = ""
    makes_item: ClassVar[bool] = False
    template_type: ClassVar[type[Template] | None] = None

    id: str | None = None
    when: Condition | None = attrs.field(default=None, converter=unconditional)
    repeat: Repeat = attrs.field(default=Repeat.ALWAYS, converter=_repeat)
    holds: bool = True

    @property
    def uses(self) -> str | None:
        """The id of the template that it uses, if it uses one."""
        return cast("str | None", getattr(self, "template", None))

    @property
    def leads_to(self) -> str | None:
        """The id of the pipeline that it leads to, if it leads to one."""
        return cast("str | None", getattr(self, "pipeline", None))

    @property
    def label(self) -> str:
        """What it is called on a board: `send email 'welcome'`."""
        words = self.kind.replace("_", " ")
        named = self.uses or self.leads_to
        return f"{words} {named!r}" if named else words

    def derived_id(self) -> str:
        """Make the id of kind and template."""
        kind = self.kind.replace("_", "-")
        named = self.uses or self.leads_to
        return f"{kind}-{key_slug(named)}" if named else kind

    def _problems(self) -> Iterator[Problem]:
        if self.id is not None:
            yield from id_problems(self.id, "$.id")
        yield from when_problems(self.when)
        yield from choice_problems(Repeat, self.repeat, "$.repeat")
        if self.template_type is not None:
            yield from template_problems(self.uses, self.template_type, "$.template")
        yield from flags_problems(self, ("holds",))
        if self.holds is False and not self.makes_item:
            what = f"{self.kind} makes no item that could hold its stage"
            yield Problem(what, "$.holds", "False", ("True",))
        if self.repeat is Repeat.UNLESS_OPEN and not self.makes_item:
            what = f"{self.kind} makes no item that could be open"
            yield Problem(what, "$.repeat", "'unless_open'", ("always", "once"))


@frozen
class _Reminding(Automation):
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from rhythm_problems(self.reminders)


def _client_request(given: str | ClientRequestTemplate) -> str:
    return template_id(given, ClientRequestTemplate)


def _email(given: str | EmailTemplate) -> str:
    return template_id(given, EmailTemplate)


def _folder(given: str | FolderTemplate) -> str:
    return template_id(given, FolderTemplate)


def _invoice(given: str | InvoiceTemplate) -> str:
    return template_id(given, InvoiceTemplate)


def _message(given: str | MessageTemplate) -> str:
    return template_id(given, MessageTemplate)


def _organizer(given: str | OrganizerTemplate) -> str:
    return template_id(given, OrganizerTemplate)


def _proposal(given: str | ProposalTemplate) -> str:
    return template_id(given, ProposalTemplate)


def _thread(given: ThreadMode | str) -> ThreadMode:
    return as_choice(ThreadMode, given)


def _task(given: str | TaskTemplate) -> str:
    return template_id(given, TaskTemplate)


@frozen
class ApplyFolderTemplate(Automation):
    """Give the account the folders of a template, keeping what is there (A-12)."""

    kind: ClassVar[str] = "apply_folder_template"
    template_type: ClassVar[type[Template] | None] = FolderTemplate

    template: str = attrs.field(converter=_folder)


@frozen
class UpdateAccountTags(Automation):
    """Remove tags from the account (or clear them all), then add tags (A-13)."""

    kind: ClassVar[str] = "update_account_tags"

    add: frozenset[str] = attrs.field(default=frozenset(), converter=names)
    remove: frozenset[str] = attrs.field(default=frozenset(), converter=names)
    clear: bool = False

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from tag_change_problems(self.add, self.remove)
        yield from flags_problems(self, ("clear",))


@frozen
class CreateInvoice(_Reminding):
    """Create an invoice and send it; the stage waits until it is paid in full."""

    kind: ClassVar[str] = "create_invoice"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = InvoiceTemplate

    template: str = attrs.field(converter=_invoice)


@frozen
class CreateOrganizer(_Reminding):
    """Create an organizer and send it; the stage waits until it is submitted."""

    kind: ClassVar[str] = "create_organizer"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = OrganizerTemplate

    template: str = attrs.field(converter=_organizer)


@frozen
class CreateTask(Automation):
    """Create a task for the team; the stage waits until it is completed."""

    kind: ClassVar[str] = "create_task"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = TaskTemplate

    template: str = attrs.field(converter=_task)


@frozen
class SendProposal(_Reminding):
    """Send a proposal; the stage waits until it is signed, and its invoice paid, if it has one."""

    kind: ClassVar[str] = "send_proposal"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = ProposalTemplate

    template: str = attrs.field(converter=_proposal)


@frozen
class NotifyTeam(Automation):
    """Tell members of something: `NotifyTeam([Role("preparer")], subject="[ACCOUNT_NAME] paid")`.

    Args:
        to: Members, their ids, or roles; () for those who are assigned to the job.
        subject: With merge fields; rendered to one line, in the firm's own language.
        body: With merge fields.
    """

    kind: ClassVar[str] = "notify_team"

    to: frozenset[Person] = attrs.field(converter=people)
    subject: str
    body: str = ""

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_problems(self.to, "$.to")
        yield from text_problems(self.subject, "$.subject", empty=False)
        yield from text_problems(self.body, "$.body")


@frozen
class SendClientRequest(_Reminding):
    """Ask the client for things; the stage waits until they are sent, and accepted if need be."""

    kind: ClassVar[str] = "send_client_request"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = ClientRequestTemplate

    template: str = attrs.field(converter=_client_request)


@frozen
class SendEmail(Automation):
    """Send an e-mail to the contacts of the account; no stage ever waits for it."""

    kind: ClassVar[str] = "send_email"
    template_type: ClassVar[type[Template] | None] = EmailTemplate

    template: str = attrs.field(converter=_email)


@frozen
class SendMessage(_Reminding):
    """Send a message; the stage waits for its client tasks, if it has any."""

    kind: ClassVar[str] = "send_message"
    makes_item: ClassVar[bool] = True
    template_type: ClassVar[type[Template] | None] = MessageTemplate

    template: str = attrs.field(converter=_message)
    thread: ThreadMode = attrs.field(default=ThreadMode.NEW, converter=_thread, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from choice_problems(ThreadMode, self.thread, "$.thread")


@frozen
class UpdateAccountAccess(Automation):
    """Change which members have access to the account (domain.md 1.3).

    With `reset` everybody loses it first; then exactly the `add` members get it, or, where
    `add` is empty, those with default access.
    """

    kind: ClassVar[str] = "update_account_access"

    add: frozenset[Person] = attrs.field(default=frozenset(), converter=people)
    remove: frozenset[Person] = attrs.field(default=frozenset(), converter=people)
    reset: bool = False

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_change_problems(self.add, self.remove)
        yield from flags_problems(self, ("reset",))


@frozen
class UpdateJobAssignees(Automation):
    """Assign and unassign members on the job; `clear` unassigns everybody first."""

    kind: ClassVar[str] = "update_job_assignees"

    add: frozenset[Person] = attrs.field(default=frozenset(), converter=people)
    remove: frozenset[Person] = attrs.field(default=frozenset(), converter=people)
    clear: bool = False

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from people_change_problems(self.add, self.remove)
        yield from flags_problems(self, ("clear",))


# Reminders fire automations, which have reminders: whoever reads annotations finds the name there.
rhythm.__dict__["Automation"] = Automation
