"""E-mail and message templates: what the firm writes to its clients."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import Problem
from ..accounts import member_id
from ..checks import choice_problems, name_problems, of_kind, repeated
from ..record import frozen
from ..reminders import Reminders, ReminderText, reminder_texts, reminder_texts_problems
from ..text import text_problems
from ..values import as_choice, texts
from .template import Template, reminders_problems

__all__ = ["EmailFormat", "EmailMode", "EmailTemplate", "MessageTemplate"]


class EmailMode(StrEnum):
    """Whom an e-mail addresses (domain.md part 6).

    `ACCOUNT`: one e-mail with all contacts on it, with account and date merge fields.
    `CONTACT`: one e-mail for each contact, with contact merge fields too.
    """

    ACCOUNT = "account"
    CONTACT = "contact"


class EmailFormat(StrEnum):
    """What the body of an e-mail is: plain text, or HTML, which the firm wrote itself (R-17)."""

    TEXT = "text"
    HTML = "html"


def _mode(given: EmailMode | str) -> EmailMode:
    return as_choice(EmailMode, given)


def _format(given: EmailFormat | str) -> EmailFormat:
    return as_choice(EmailFormat, given)


def _sender_problems(given: object) -> Iterator[Problem]:
    if given is not None:
        yield from text_problems(given, "$.sender", empty=False)


@frozen
class EmailTemplate(Template):
    """An e-mail to the contacts of the account: `EmailTemplate("Welcome", subject=..., body=...)`.

    Args:
        name: The template's name, for the firm.
        subject: With merge fields such as `[ACCOUNT_NAME]`; rendered to one line.
        body: With merge fields.
        mode: One e-mail for the account, or one for each contact.
        attachments: The host's own references to files.
        sender: The member (or its id) in whose name it goes out.
        format: What the body is: plain text, or HTML; then what merge fields fill in is escaped,
            so that what a client is called brings no markup into it.
    """

    kind: ClassVar[str] = "email"
    _to_the_letter: ClassVar[tuple[str, ...]] = ("attachments",)

    subject: str
    body: str = ""
    mode: EmailMode = attrs.field(default=EmailMode.ACCOUNT, converter=_mode, kw_only=True)
    attachments: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)
    sender: str | None = attrs.field(default=None, converter=member_id, kw_only=True)
    format: EmailFormat = attrs.field(default=EmailFormat.TEXT, converter=_format, kw_only=True)

    def _texts(self) -> tuple[str, ...]:
        return ("subject", "body")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from choice_problems(EmailMode, self.mode, "$.mode")
        yield from choice_problems(EmailFormat, self.format, "$.format")
        yield from name_problems(self.attachments, "$.attachments")
        yield from _sender_problems(self.sender)


@frozen
class MessageTemplate(Template):
    """A chat message to the client, with tasks that the client ticks off, if any.

    Without client tasks it asks nothing and no stage waits for it (domain.md 2.3).

    Args:
        name: The template's name.
        subject: The thread's subject, with merge fields.
        body: With merge fields.
        client_tasks: What the client is asked to do, each one a line of a checklist.
        sender: The member shown as "From", whoever moved the job.
        reminders: What items made of it inherit, where the automation says nothing.
        attachments: The host's own references to files.
        reminder_texts: What reminders of it say; the firm's texts where it says nothing (R-20).
        fallback_title: What the client knows it by where subject and body come to nothing, instead
            of the name.
    """

    kind: ClassVar[str] = "message"
    _to_the_letter: ClassVar[tuple[str, ...]] = ("attachments",)

    subject: str
    body: str = ""
    client_tasks: tuple[str, ...] = attrs.field(default=(), converter=texts)
    sender: str | None = attrs.field(default=None, converter=member_id, kw_only=True)
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)
    attachments: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)
    reminder_texts: tuple[ReminderText, ...] = attrs.field(
        default=(), converter=reminder_texts, kw_only=True
    )
    fallback_title: str = attrs.field(default="", kw_only=True)

    def _texts(self) -> tuple[str, ...]:
        return ("subject", "body", "fallback_title")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from name_problems(self.client_tasks, "$.client_tasks")
        yield from name_problems(self.attachments, "$.attachments")
        yield from _sender_problems(self.sender)
        yield from reminders_problems(self.reminders)
        yield from reminder_texts_problems(self.reminder_texts, "$.reminder_texts")
        for twice in repeated(of_kind(str, self.client_tasks)):
            yield Problem(
                f"asks for {twice!r} twice; give each a name of its own", "$.client_tasks"
            )
