"""E-mails: what an automation sends to the contacts of an account (domain.md part 6)."""

from __future__ import annotations

from ..model.templates import EmailFormat, EmailMode, EmailTemplate
from ..ports.requests import Email, EmailKind
from .draft import Draft

__all__ = ["send_email"]

HTML, TO_ALL, BY_ITSELF = EmailFormat.HTML, EmailMode.ACCOUNT, EmailKind.AUTOMATION


def send_email(draft: Draft, template: EmailTemplate, origin: str, key: str) -> None:
    """Send one e-mail to all contacts, or, in contact mode, one to each (domain.md part 6).

    Contacts who share an address get a text that is the same for them once (R-16), so that the
    numbers behind the key follow one another.
    """
    to = draft.recipients(origin)
    if not to:
        return
    html = template.format is HTML
    if template.mode is TO_ALL:
        subject, body = draft.line(template.subject), draft.text(template.body, html=html)
        _add_email(draft, template, f"{key}/1", to, subject, body)
        if draft.empty:
            draft.tell_empty(origin)
        return
    sent: set[tuple[str, str, str]] = set()
    for contact in draft.account.recipients:
        address = contact.email or ""
        subject = draft.line(template.subject, contact)
        body = draft.text(template.body, contact, html=html)
        mail = (address.lower(), subject, body)
        if mail not in sent:
            sent.add(mail)
            _add_email(draft, template, f"{key}/{len(sent)}", (address,), subject, body)
        draft.tell_empty(origin, contact.name)


def _add_email(
    draft: Draft, template: EmailTemplate, key: str, to: tuple[str, ...], subject: str, body: str
) -> None:
    draft.requests.append(
        Email(
            key,
            draft.account.id,
            draft.job.id,
            None,
            template.id,
            to,
            subject,
            body,
            BY_ITSELF,
            template.attachments,
            template.sender,
            template.format,
        )
    )
