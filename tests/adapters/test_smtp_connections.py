"""Connections to mail servers: encrypted, checked, and never longer than they may be."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from pipeflow import DefinitionError
from pipeflow.adapters import smtp
from pipeflow.adapters.smtp import Security, SmtpEmail
from pipeflow.adapters.smtp_session import CHUNK, Session
from tests.adapters.mail_servers import (
    FIRM,
    HOST,
    MailServer,
    Room,
    free_port,
    mail,
    only,
    plain,
    server_context,
    speaking,
)

if TYPE_CHECKING:
    import trustme
else:
    trustme = pytest.importorskip("trustme", reason="it has no wheel for WebAssembly")


@pytest.fixture(name="server")
def _server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def _talk(at: int, seconds: float = 20) -> Session:
    """Begin to talk to whoever listens at a port, in the clear."""
    return Session(HOST, at, seconds=seconds, tls=None, name="firm.example")


@pytest.fixture(name="authority", scope="module")
def _authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="trusting")
def _trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_travels_encrypted(
    authority: trustme.CA, trusting: ssl.SSLContext, security: str
) -> None:
    """By a certificate that is checked."""
    context = server_context(authority.issue_cert(HOST))
    way: dict[str, Any] = {"tls_context": context, "require_starttls": True}
    if security == "tls":
        way = {"ssl_context": context, "auth_require_tls": False}
    login: dict[str, Any] = {"username": "mia", "password": "secret"}
    checked = only("mia", "secret")

    with MailServer(authenticator=checked, auth_required=security != "tls", **way) as server:
        port = SmtpEmail(
            HOST, server.port, sender=FIRM, security=security, context=trusting, **login
        )
        port.send(mail())

    assert [taken.to for taken in server.room.taken] == [("ada@example.com",)]
    assert server.room.taken[0].encrypted or security == "tls"


def test_a_wrong_password_is_tried_again(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    """The firm can mend it, and no mail is lost by it."""
    context = server_context(authority.issue_cert(HOST))
    with MailServer(tls_context=context, authenticator=only("mia", "secret")) as server:
        login: dict[str, Any] = {"username": "mia", "password": "wrong"}
        port = SmtpEmail(HOST, server.port, sender=FIRM, context=trusting, **login)
        with pytest.raises(OSError, match="535") as told:
            port.send(mail())

    assert "wrong" not in str(told.value)
    assert server.room.taken == []


@pytest.mark.parametrize("asked", [b"334 a", b"334 \xff", b"334", b"334 ====", b"hello"])
def test_a_login_that_is_asked_for_in_riddles_is_tried_again(asked: bytes) -> None:
    """A server that is confused now may know better later, and `send` names what it raises."""
    answers = {b"EHLO": b"250-x\r\n250 AUTH CRAM-MD5\r\n", b"AUTH": asked + b"\r\n"}

    def riddle(caller: socket.socket) -> None:
        caller.sendall(b"220 hello\r\n")
        for line in caller.makefile("rb"):
            caller.sendall(answers.get(line.split()[0].upper(), b"535 No\r\n"))

    with speaking(riddle) as at, closing(_talk(at)) as talk, pytest.raises(OSError):  # noqa: PT011
        talk.login("mia", "secret")


def test_a_certificate_of_nobody_is_refused(authority: trustme.CA) -> None:
    """Nothing of the mail leaves; the system does not know the test's own authority."""
    with MailServer(tls_context=server_context(authority.issue_cert(HOST))) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            SmtpEmail(HOST, server.port, sender=FIRM).send(mail())
        other = trustme.CA()
        context = ssl.create_default_context()
        other.configure_trust(context)
        with pytest.raises(ssl.SSLCertVerificationError):
            SmtpEmail(HOST, server.port, sender=FIRM, context=context).send(mail())

    assert server.room.asked == []


def test_a_server_without_starttls_gets_nothing_in_the_clear(server: MailServer) -> None:
    """Somebody between could have taken the offer away."""
    with pytest.raises(OSError, match="STARTTLS"):
        SmtpEmail(HOST, server.port, sender=FIRM).send(mail())

    assert server.room.asked == []


# -- in time -------------------------------------------------------------------------------------


def test_a_server_that_is_down_is_tried_again() -> None:
    """Nobody listens; that is no answer about the mail."""
    with pytest.raises(ConnectionError):
        plain(free_port()).send(mail())


def test_a_server_that_says_nothing_is_left() -> None:
    """A port must answer while the engine holds the request."""
    over = Event()
    with speaking(lambda caller: over.wait(30)) as at:
        with pytest.raises(OSError, match="took too long"):
            plain(at, timeout=0.2).send(mail())
        over.set()


def test_a_server_that_speaks_slowly_is_left_in_time_too() -> None:
    """Each step is quick enough, and all of them together are not."""
    over = Event()

    def drip(caller: socket.socket) -> None:
        while not over.wait(0.01):
            caller.sendall(b"220-wait\r\n")

    with speaking(drip) as at:
        with pytest.raises(OSError, match="took too long"):
            plain(at, timeout=0.2).send(mail())
        over.set()


def test_a_server_that_speaks_without_end_is_left() -> None:
    """It would fill the memory."""

    def flood(caller: socket.socket) -> None:
        while True:
            caller.sendall(b"220-" + b"x" * 70 + b"\r\n")

    with speaking(flood) as at, pytest.raises(OSError, match="more than 1000000 bytes"):
        plain(at, timeout=60).send(mail())


def test_the_search_for_files_and_authors_counts_too(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive may be slower than the lease, under which another worker sends the same mail."""
    now = [0.0]
    monkeypatch.setattr(smtp, "monotonic", lambda: now[0])

    def slow(_: str) -> tuple[str, bytes]:
        now[0] += 20
        return "terms.pdf", b"%PDF"

    port = plain(server, attach=slow)

    with pytest.raises(TimeoutError, match="took longer to find than the mail may take in all"):
        port.send(mail(attachments=("terms",)))

    assert server.room.asked == []


def test_a_server_that_listens_slowly_is_left() -> None:
    """It takes a few bytes of a large mail and no more."""
    over = Event()

    def deaf(caller: socket.socket) -> None:
        caller.sendall(b"220 hello\r\n")
        over.wait(30)

    with speaking(deaf) as at:
        talk = _talk(at, 0.5)
        with pytest.raises(OSError, match="took too long"):
            talk.send(b"x" * (CHUNK * 2000))
        over.set()
        with pytest.raises(OSError, match="not connected"):
            talk.send("quit")
    talk.close()


# -- how it is made ------------------------------------------------------------------------------


def test_a_server_may_be_named_by_its_address() -> None:
    """Without the brackets of a URL; those of version 6 have colons of their own."""
    assert "::1:25" in repr(SmtpEmail("::1", sender=FIRM, security="none"))


def test_each_security_has_its_port() -> None:
    """And what prints says all but the password."""
    login: dict[str, Any] = {"username": "mia", "password": "hush"}
    given = {Security.STARTTLS: login, Security.TLS: login, Security.NONE: {}}

    shown = [
        repr(SmtpEmail("mail.example", sender=FIRM, security=security, **more))
        for security, more in given.items()
    ]

    assert shown == [
        "<SmtpEmail mail.example:587 (starttls, as mia), from office@firm.example>",
        "<SmtpEmail mail.example:465 (tls, as mia), from office@firm.example>",
        "<SmtpEmail mail.example:25 (none), from office@firm.example>",
    ]


async def _later(_: str) -> tuple[str, bytes]:
    return "f", b""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"host": ""}, r"\$\.host: must be the name"),
        ({"host": "mail server"}, r"\$\.host"),
        ({"host": None}, r"\$\.host"),
        ({"host": "mail.example:587"}, r"\$\.host: .* without a port"),
        ({"host": "mail..example"}, r"\$\.host"),
        ({"host": "[::1]"}, r"\$\.host: .* without a port or brackets"),
        ({"host": "[::1]:587"}, r"\$\.host"),
        ({"host": "a:b:c"}, r"\$\.host"),
        ({"port": 0}, r"\$\.port: must be the number of a port, 1 to 65535 \(given: 0\)"),
        ({"port": "587"}, r"\$\.port"),
        ({"port": True}, r"\$\.port"),
        ({"sender": "office"}, r"\$\.sender: must be one address, such as"),
        ({"sender": "a@x.example, b@x.example"}, r"\$\.sender"),
        ({"sender": "Firm\r\nBcc: eve@x.example <a@x.example>"}, r"\$\.sender"),
        ({"sender": "=?utf-8?q?a=0ab?= <a@x.example>"}, r"\$\.sender: .* without '=\?'"),
        ({"sender": "=?utf-8?q?a=0ab?=@x.example"}, r"\$\.sender"),
        ({"sender": "Fi\u202erm <a@x.example>"}, r"\$\.sender: .* signs that cannot be read"),
        ({"sender": "office@" + "x" * 70 + ".example"}, r"\$\.sender"),
        ({"sender": None}, r"\$\.sender"),
        ({"security": "ssl"}, r"there is no security 'ssl'\..* Allowed: starttls, tls"),
        ({"security": 1}, r"\$\.security"),
        ({"username": "mia"}, r"\$\.password: must be given too"),
        ({"password": "hush"}, r"\$\.username: must be given too"),
        ({"username": "mia", "password": "hüsh"}, r"\$\.password: must be letters"),
        ({"username": "mia", "password": "hu\r\nsh"}, r"\$\.password: must be letters"),
        ({"username": "mia", "password": b"hush"}, r"\$\.password: must be text"),
        ({"username": "mia", "password": "hush", "security": "none"}, r"security: a login needs"),
        ({"timeout": 0}, r"\$\.timeout: must be seconds"),
        ({"timeout": float("nan")}, r"\$\.timeout"),
        ({"timeout": "20"}, r"\$\.timeout"),
        ({"timeout": True}, r"\$\.timeout"),
        ({"context": "tls"}, r"\$\.context: must be an ssl.SSLContext"),
        ({"context": ssl.create_default_context(), "security": "none"}, r"context: says"),
        ({"attach": {}}, r"\$\.attach: must be a function"),
        ({"attach": _later}, r"\$\.attach: is async"),
        ({"senders": "mia"}, r"\$\.senders: must be a function"),
        ({"clock": datetime}, r"\$\.clock: must be a Clock"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_when_it_is_made(more: dict[str, Any], told: str) -> None:
    """Not when the first mail is to leave; and the password is never repeated."""
    given = {"host": "mail.example", "sender": FIRM, **more}

    with pytest.raises(DefinitionError, match=told) as error:
        SmtpEmail(**given)

    assert len(error.value.problems) == 1
    assert not any(secret in str(error.value) for secret in ("hush", "hüsh", "hu\\r"))


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Whoever mends it need not try again and again."""
    with pytest.raises(DefinitionError) as error:
        SmtpEmail("", 0, sender="", security="ssl", timeout=-1)

    wrong = {problem.where for problem in error.value.problems}
    assert wrong == {"$.host", "$.port", "$.sender", "$.security", "$.timeout"}


def test_a_room_that_nobody_enters_is_empty() -> None:
    """To make a port connects to nothing."""
    room = Room()
    with MailServer(room) as server:
        plain(server)

    assert room.asked == []
