"""Mail by SMTP: what the engine asks for leaves by the firm's own mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from ipaddress import ip_address
from smtplib import SMTPDataError
from ssl import SSLContext, create_default_context
from time import monotonic
from typing import Any, NoReturn

from ..errors import LISTED, DefinitionError, PipeflowError, Problem, one_line, shown
from ..model.checks import choice_problems
from ..model.values import as_choice
from ..ports import Clock, Email, EmailPort, Receipt, Rejected
from .handed_files import Files, callable_problems, handed
from .smtp_letter import Letter, Mailbox, host_name, letter, mailbox, mailbox_problems, message_id
from .smtp_posted import Posted
from .smtp_session import Session, UnansweredError, session
from .system import SystemClock, clock_problems

__all__ = ["Security", "SmtpEmail"]

LONGEST_SAID = 120  # characters of what a server says that are repeated
LONGEST_TIMEOUT = 3600.0  # seconds
# Answers that speak of the firm's login, whatever command they come to.
ABOUT_LOGIN = frozenset({530, 534, 535, 538})
TOO_MANY = 552
CLOSING = 421
LATE_FILES = "its sender and its files took longer to find than the mail may take in all"
UNANSWERED = (
    "it is unknown whether the mail server took this mail: it got all and gave no readable answer."
    " Look there, and retry if it did not; a slow one wants a longer timeout and lease"
)

Refusals = Mapping[str, tuple[int, bytes]]


class Security(StrEnum):
    """How a connection to a mail server is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class SmtpEmail(EmailPort):
    """Sends e-mail through a mail server, each by a connection of its own; threads may share it.

    The same key has the same Message-ID. One port gives nobody a mail twice, as far as its last
    10,000 mails go; another port, such as that of a second worker or of the process after a
    restart, does not know who has one of which the server refused others. While a server says "not
    now" to some, the others wait for a quarter of an hour, so that mostly all get it at once.

    Args:
        host: The mail server.
        port: Its port; the usual one of the security unless said: 587, 465 or 25.
        sender: Whom mail is from: `"The firm <office@firm.example>"`. The server is told this
            address, whoever stands in the mail.
        security: "starttls" or "tls"; "none" for a server on the same machine.
        username: As whom to log in; nobody unless said.
        password: The password for that.
        timeout: Seconds that a mail may take in all, with what `senders` and `attach` take; less
            than half of `Settings.lease`.
        context: Which certificates are good; those that the system trusts unless said.
        senders: The address of a member, by its id, or None: mail that an automation sends in a
            member's name is from there.
        attach: The name and the bytes of an attachment, by its reference.
        clock: What dates mail; the system's clock unless said.

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        sender: str,
        security: Security | str = Security.STARTTLS,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 20.0,
        context: SSLContext | None = None,
        senders: Callable[[str], str | None] | None = None,
        attach: Files | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take what it needs; nothing is connected yet."""
        chosen = as_choice(Security, security)
        problems = (
            *_server_problems(host, port, timeout),
            *mailbox_problems(sender, "$.sender"),
            *choice_problems(Security, chosen, "$.security"),
            *_login_problems(username, password, chosen),
            *_context_problems(context, chosen),
            *callable_problems(senders, "$.senders"),
            *callable_problems(attach, "$.attach"),
            *clock_problems(clock),
        )
        if problems:
            raise DefinitionError(*problems)
        self._host = host
        self._security = Security(chosen)
        self._port = PORTS[self._security] if port is None else port
        self._sender = mailbox(sender)
        self._login = None if username is None or password is None else (username, password)
        self._timeout = timeout
        self._context = context
        if context is None and self._security is not Security.NONE:
            self._context = create_default_context()
        self._senders = senders
        self._attach = attach
        self._clock = clock if clock is not None else SystemClock()
        self._posted = Posted()

    def __repr__(self) -> str:
        """Say which server it is and whom mail is from; never the password."""
        user = f", as {self._login[0]}" if self._login else ""
        place = f"{self._host}:{self._port} ({self._security}{user})"
        return one_line(f"<SmtpEmail {place}, from {self._sender.address}>")

    def send(self, email: Email, /) -> Receipt:
        """Send *email* to those who do not have it yet; the receipt's `ref` is its Message-ID.

        Raises:
            Rejected: The server refuses the mail or an address for good, got all of it and gave
                no answer, or there can be no such mail.
            PipeflowError: The server does not take it for everybody yet, or another thread is
                sending it.
            OSError: The server cannot be reached, breaks off, or refuses the login.
        """
        with self._posted.leaving(email) as missing:
            if missing:
                self._deliver(email, missing)
        return Receipt(ref=message_id(email.key, self._sender))

    def _deliver(self, email: Email, missing: tuple[str, ...]) -> None:
        begun, now = monotonic(), self._clock.now()
        written = letter(
            email,
            firm=self._sender,
            author=self._author(email),
            date=now,
            files=self._files(email),
        )
        left = self._timeout - (monotonic() - begun)
        if left <= 0:
            raise TimeoutError(LATE_FILES)
        at_once = self._context if self._security is Security.TLS else None
        with session(
            self._host, self._port, seconds=left, tls=at_once, name=host_name(self._sender)
        ) as opened:
            self._enter(opened)
            wait = self._posted.held(email.key, now)
            taken, refused = _hand_over(opened, self._sender.address, missing, written, wait=wait)
            has = self._posted.note(email.key, taken, now)
        if refused:
            _raise_refusals(refused, asked=len(missing), partly=bool(taken), others=bool(has))

    def _author(self, email: Email) -> Mailbox:
        if email.sender is None or self._senders is None:
            return self._sender
        found = self._senders(email.sender)
        if found is None:
            return self._sender
        problems = [*mailbox_problems(found, "$.senders")]
        if problems:
            raise DefinitionError(*problems)
        return mailbox(found)

    def _files(self, email: Email) -> list[tuple[str, bytes]]:
        if not email.attachments:
            return []
        if self._attach is None:
            what = "it has attachments, and SmtpEmail(attach=...) was not given to find them"
            raise Rejected(Problem(what, given=shown(email.attachments)))
        return [handed(self._attach, ref) for ref in email.attachments]

    def _enter(self, opened: Session) -> None:
        if self._security is Security.STARTTLS:
            opened.starttls(context=self._context)
        if self._login:
            opened.login(*self._login)
        opened.ehlo_or_helo_if_needed()


def _hand_over(
    opened: Session, envelope: str, missing: tuple[str, ...], written: Letter, *, wait: bool
) -> tuple[frozenset[str], Refusals]:
    """Hand a mail over, and return who gets it, and who does not.

    With *wait*, nobody gets it as long as the server says "not now" to some.
    """
    answer = opened.mail(envelope, _options(opened, written))
    if not _is_yes(answer[0]):
        _raise_refusal(*answer, f" from {envelope}")
    refused: dict[str, tuple[int, bytes]] = {}
    for address in missing:
        answer = opened.rcpt(address)
        if not _is_yes(answer[0]):
            refused[address] = answer
        if answer[0] == CLOSING:
            return frozenset(), refused
    taken = frozenset(missing) - refused.keys()
    if not taken or (wait and not all(_is_for_good(code) for code, _ in refused.values())):
        return frozenset(), refused
    try:
        answer = opened.data(written.content)
    except SMTPDataError as error:  # it does not want the text
        _raise_refusal(error.smtp_code, error.smtp_error)
    except UnansweredError as error:
        raise Rejected(UNANSWERED) from error
    if not _is_yes(answer[0]):
        _raise_refusal(*answer)
    return taken, refused


def _options(opened: Session, written: Letter) -> tuple[str, ...]:
    size = (f"SIZE={len(written.content)}",) if opened.has_extn("size") else ()
    if not written.international:
        return size
    if not opened.has_extn("smtputf8"):
        what = "an address has letters beyond ASCII, and the mail server takes none (SMTPUTF8)"
        raise Rejected(what)
    return (*size, "SMTPUTF8", "BODY=8BITMIME")


def _raise_refusal(code: int, said: bytes | str, whom: str = "") -> NoReturn:
    """Tell that a server did not take a mail at all: for good, or to be tried again."""
    if _is_for_good(code):
        raise Rejected(f"the mail server refuses this mail{whom}: {_said(code, said)}")
    raise PipeflowError(f"the mail server does not take this mail{whom} yet: {_said(code, said)}")


def _raise_refusals(refused: Refusals, *, asked: int, partly: bool, others: bool) -> NoReturn:
    """Tell of addresses that a server did not take: for good, or to be tried again."""
    # A server that takes so many addresses at once and no more says 552 where it means 452.
    for_good = all(
        _is_for_good(code) and not (partly and code == TOO_MANY) for code, _ in refused.values()
    )
    verb = "refuses" if for_good else "does not take yet"
    end = ""
    if others:
        end = "; others have it"
    elif len(refused) < asked:
        end = "; the others wait"
    sentences = [
        f"the mail server {verb} {address}: {_said(*answer)}{end}"
        for address, answer in refused.items()
    ]
    left = len(sentences) - LISTED
    more = [f"and {left} more"] if left > 0 else []
    raise (Rejected if for_good else PipeflowError)(*sentences[:LISTED], *more)


def _is_yes(code: int) -> bool:
    return 200 <= code < 300  # any of them, says RFC 5321: 252 is one that servers give


def _is_for_good(code: int) -> bool:
    return 500 <= code < 600 and code not in ABOUT_LOGIN


def _said(code: int, said: bytes | str) -> str:
    """Tell in one short line what a server said."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    plain = " ".join(one_line(text[: LONGEST_SAID * 4]).split())
    cut = plain if len(plain) <= LONGEST_SAID else f"{plain[:LONGEST_SAID]}..."
    return f"{code} {cut}".strip()


def _server_problems(host: object, port: object, timeout: Any) -> Iterator[Problem]:
    if not _is_host(host):
        yield Problem(
            "must be the name or the address of a mail server, without a port or brackets",
            "$.host",
            shown(host),
        )
    if port is not None and (type(port) is not int or not 0 < port < 65_536):
        yield Problem("must be the number of a port, 1 to 65535", "$.port", shown(port))
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or not 0 < timeout <= LONGEST_TIMEOUT:
        what = f"must be seconds, more than 0 and at most {LONGEST_TIMEOUT:.0f}"
        yield Problem(what, "$.timeout", shown(timeout))


def _is_host(host: object) -> bool:
    """Tell whether it may be the name or the address of a machine, without a port behind it."""
    if not isinstance(host, str) or not host.isprintable() or " " in host:
        return False
    try:
        return bool(ip_address(host) if ":" in host else host.encode("idna"))
    except ValueError:  # no address, or no name that the old protocols know
        return False


def _login_problems(username: object, password: object, security: object) -> Iterator[Problem]:
    for given, where in ((username, "$.username"), (password, "$.password")):
        secret = where == "$.password"
        if given is not None and not isinstance(given, str):
            yield Problem("must be text", where, "" if secret else shown(given))
        elif given is not None and not (given and given.isascii() and given.isprintable()):
            what = "must be letters, digits and signs of ASCII, for Python's smtplib knows no more"
            yield Problem(what, where, "" if secret else shown(given))
    if (username is None) is not (password is None):
        lacks = "$.password" if password is None else "$.username"
        yield Problem("must be given too: a login has a username and a password", lacks)
    if security is Security.NONE and (username is not None or password is not None):
        what = "a login needs 'starttls' or 'tls': without, a password would travel in the clear"
        yield Problem(what, "$.security", shown(str(security)))


def _context_problems(context: object, security: object) -> Iterator[Problem]:
    if context is not None and not isinstance(context, SSLContext):
        yield Problem("must be an ssl.SSLContext", "$.context", shown(context))
    elif context is not None and security is Security.NONE:
        yield Problem("says nothing where security is 'none'; leave it out", "$.context")
