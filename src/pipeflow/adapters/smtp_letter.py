"""A mail as mail servers take it: its headers, its body and what is attached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from mimetypes import guess_type
from typing import NamedTuple

from ..errors import Problem, shown
from ..model.accounts import email_problems
from ..model.templates import EmailFormat
from ..model.text import single_line, text_problems
from ..ports import Email, Rejected
from ..show.characters import legible
from . import smtp_headers as headers

__all__ = ["Letter", "Mailbox", "host_name", "letter", "mailbox", "mailbox_problems", "message_id"]

# Nothing but ASCII leaves in headers and bodies, unless an address itself needs more.
PLAIN = SMTP.clone(cte_type="7bit")
BINARY = "application/octet-stream"
NAMED = re.compile(r'\s*(?:"([^"\\]*)"|([^"<>]*?))\s*<([^<>]*)>\s*')
LONGEST_NAME = 200  # characters
BROKEN = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Mailbox(NamedTuple):
    """Whom a mail is from: an address, and the name before it."""

    name: str
    address: str

    def header(self) -> Address:
        """Return it as it stands in a header."""
        local, _, domain = self.address.rpartition("@")
        return Address(self.name, local, domain)


class Letter(NamedTuple):
    """A mail, ready to leave; `international` where only SMTPUTF8 can carry its addresses."""

    content: bytes
    international: bool


def mailbox(text: str) -> Mailbox:
    """Read `office@firm.example`, or `The firm <office@firm.example>`."""
    found = NAMED.fullmatch(text)
    if found is None:
        return Mailbox("", text.strip())
    return Mailbox(found[1] or found[2] or "", found[3].strip())


def mailbox_problems(text: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with whom a mail is from: one address, perhaps behind a name."""
    problems = [*text_problems(text, where, empty=False)]
    if not problems and isinstance(text, str):
        found = mailbox(text)
        strange = not all(map(legible, found.name)) or "=?" in found.name
        if strange or len(found.name) > LONGEST_NAME:
            what = (
                f"must have a name of one line, {LONGEST_NAME} characters at most, without '=?'"
                " and signs that cannot be read"
            )
            problems.append(Problem(what, where, shown(text)))
        elif not _is_address(found.address) or not _domain(found.address):
            what = "must be one address, such as 'The firm <office@firm.example>'"
            problems.append(Problem(what, where, shown(text)))
    yield from problems


def _is_address(address: object) -> bool:
    return isinstance(address, str) and not any(email_problems(address, "$"))


def _domain(address: str) -> str:
    """Return the domain of an address as the old protocols know it, "" where it has none."""
    try:
        return address.rpartition("@")[2].encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def message_id(key: str, firm: Mailbox) -> str:
    """Return the Message-ID of a mail: the same for the same key, so that a double is known."""
    digest = sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{digest}@{_domain(firm.address)}>"


def host_name(firm: Mailbox) -> str:
    """Return the name under which the firm introduces itself to a server."""
    return _domain(firm.address)


def letter(
    email: Email,
    *,
    firm: Mailbox,
    author: Mailbox,
    date: datetime,
    files: Iterable[tuple[str, bytes]],
) -> Letter:
    """Write a mail from *author*, sent by the *firm*, with *files* as names and bytes.

    Raises:
        Rejected: It cannot be written as a mail.
    """
    addresses = (firm.address, author.address, *email.to)
    for address in email.to:
        if not _is_address(address):
            raise Rejected(f"this is no address to which a mail could go: {shown(address)}")
    international = not all(address.isascii() for address in addresses)
    try:
        message = _message(email, firm, author, date, files)
        content = message.as_bytes(policy=PLAIN.clone(utf8=international))
    except (ValueError, MessageError) as error:
        raise Rejected(f"this cannot be written as a mail: {shown(str(error))}") from error
    if BROKEN.search(content):
        raise Rejected("this cannot be written as a mail: a line of it would break in two")
    return Letter(content, international)


def _message(
    email: Email,
    firm: Mailbox,
    author: Mailbox,
    date: datetime,
    files: Iterable[tuple[str, bytes]],
) -> EmailMessage:
    message = EmailMessage(PLAIN)
    for line in _lines(email, firm, author):
        message[line.name] = line
    message["Date"] = date
    message["Auto-Submitted"] = "auto-generated"
    subtype = "html" if email.format is EmailFormat.HTML else "plain"
    message.set_content(email.body, subtype=subtype)
    for name, content in files:
        main, _, sub = _media_type(name).partition("/")
        called = _line(name)
        if not called:
            raise Rejected(f"this can be no name of a file: {shown(name)}")
        head = [headers.attached(called)]
        message.add_attachment(content, maintype=main, subtype=sub, headers=head)
    return message


def _lines(email: Email, firm: Mailbox, author: Mailbox) -> Iterator[headers.Line]:
    """Yield the headers in which stands what somebody wrote."""
    yield headers.mailboxes("From", [author.header()])
    if author.address != firm.address:
        yield headers.mailboxes("Sender", [firm.header()])
    yield headers.mailboxes("To", [Mailbox("", address).header() for address in email.to])
    yield headers.text("Subject", _line(email.subject))
    yield headers.Line("Message-ID", message_id(email.key, firm))


def _line(text: str) -> str:
    """Make one line of a text, which no mail program reads as anything else."""
    return "".join(one if legible(one) else " " for one in single_line(text)).strip()


def _media_type(name: str) -> str:
    """Guess what a file is by its name; a mail in a file, or what is packed, is bytes to others."""
    kind, packed = guess_type(name)
    if kind is None or packed or kind.startswith(("message/", "multipart/")):
        return BINARY
    return kind
