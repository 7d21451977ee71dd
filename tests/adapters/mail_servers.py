"""Mail servers on this machine: one that takes mail, and one that speaks as a test wants it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from threading import Thread
from typing import Any, NamedTuple, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from pipeflow.adapters.smtp import SmtpEmail
from pipeflow.ports import Email

HOST = "127.0.0.1"
FIRM = "The firm <office@firm.example>"
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


class Taken(NamedTuple):
    """A mail that a server took: from whom, to whom, and how it came."""

    envelope: str
    to: tuple[str, ...]
    content: bytes
    encrypted: bool
    options: tuple[str, ...]
    greeting: str

    @property
    def message(self) -> EmailMessage:
        """Return it as a mail program reads it."""
        read = message_from_bytes(self.content, policy=SMTP)
        assert isinstance(read, EmailMessage)
        return read


class Room:
    """Takes mail, or answers as `answers` says: by command, or by an address."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Hear whom a mail is from."""
        self.asked.append("MAIL")
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Hear of one to whom it goes."""
        self.asked.append(address)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take it."""
        self.asked.append("DATA")
        if "DATA" in self.answers:
            return self.answers["DATA"]
        taken = Taken(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            bytes(envelope.content),
            session.ssl is not None,
            tuple(envelope.mail_options),
            session.host_name,
        )
        self.taken.append(taken)
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Part in peace, or without a word."""
        if self.answers.get("QUIT") == "hang up":
            server.transport.abort()
        return "221 Bye"


class MailServer:
    """A mail server that can be stopped, and started again at the same port."""

    def __init__(self, room: Room | None = None, **options: Any) -> None:
        self.room = room or Room()
        self.port = free_port()
        self._options = options
        self._running: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._running = Controller(self.room, hostname=HOST, port=self.port, **self._options)
        self._running.start()

    def stop(self) -> None:
        """Listen no more; what was taken stays known."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def mail(*to: str, key: str = "one/job-1/1/a", body: str = "Text", **more: Any) -> Email:
    """Make a request."""
    subject = more.pop("subject", "Hello")
    return Email(key, "account-1", "job-1", None, "w", to or (ADA,), subject, body, **more)


def plain(at: MailServer | int, **more: Any) -> SmtpEmail:
    """Make a port that talks in the clear to a server, or to whoever listens at a port."""
    port = at if isinstance(at, int) else at.port
    return SmtpEmail(HOST, port, **{"sender": FIRM, "security": "none", **more})


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def only(username: str, password: str) -> Callable[..., AuthResult]:
    """Return what lets nobody in but one."""

    def checked(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (username.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return checked


def server_context(certificate: Any) -> ssl.SSLContext:
    """Return the context of a server with such a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def taking(caller: socket.socket, end: bytes) -> None:
    """Talk as a server that gets a whole mail, and says something in the end."""
    caller.sendall(b"220 hello\r\n")
    lines = caller.makefile("rb")
    for line in lines:
        if line == b"data\r\n":
            caller.sendall(b"354 Go on\r\n")
            while lines.readline() != b".\r\n":
                pass
            caller.sendall(end + b"\r\n")
            return
        caller.sendall(b"250 OK\r\n")


@contextmanager
def speaking(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """Yield the port of a server that talks to whoever comes as a function does."""
    listening = socket.create_server((HOST, 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listening.accept()
                with caller, suppress(OSError):
                    talk(caller)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(timeout=30)
        assert not thread.is_alive()
