"""One connection to a mail server, which takes no longer in all than it may."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, RawIOBase
from smtplib import SMTP, SMTPException, SMTPServerDisconnected
from ssl import SSLContext
from time import monotonic
from typing import Any

__all__ = ["Session", "UnansweredError", "session"]

CHUNK = 16_384  # bytes that leave in one piece; a record of TLS holds no more
MOST = 1_000_000  # bytes that a server may say in one conversation
LATE = "the mail server took too long"


class UnansweredError(Exception):
    """The server has the whole of a text, and nobody can tell whether it took it."""


class Session(SMTP):
    """A conversation that ends in time, however slowly the other side speaks.

    The timeouts of the standard library are those of one step; here there is one for all of them.
    The name of a server is looked up by the system, in its own time.
    """

    def __init__(
        self, host: str, port: int, *, seconds: float, tls: SSLContext | None, name: str
    ) -> None:
        """Connect, and hear the server's greeting.

        Args:
            host: The server.
            port: Its port.
            seconds: How long all may take.
            tls: By which all is encrypted from the start; None where it is not.
            name: As what this side introduces itself.
        """
        self._end = monotonic() + seconds
        self._tls = tls
        self._text_left = False
        super().__init__(host, port, local_hostname=name, timeout=seconds)

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: object = None
    ) -> tuple[int, bytes]:
        """Connect to the first of the host's addresses that answers."""
        self._host = (
            host  # by which `starttls` checks the certificate; some Pythons set it here alone
        )
        self.sock = self._secured(self._dialled(host, port), host)
        self.file = None
        return self.getreply()

    def _dialled(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure = OSError(f"{host} has no address")
        for number, (family, kind, protocol, _, address) in enumerate(found):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self._left() / (len(found) - number))
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise failure

    def _secured(self, sock: socket.socket, host: str) -> socket.socket:
        if self._tls is None:
            return sock
        try:
            sock.settimeout(self._left())
            return self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def _left(self) -> float:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError(LATE)
        return left

    def getreply(self) -> tuple[int, bytes]:
        """Hear what the server answers."""
        if self.file is None and self.sock is not None:
            self.file = BufferedReader(_Ear(self.sock, self._left))
        reply = super().getreply()
        if self.sock is not None:
            # What comes next may be a handshake, which goes by the socket's own timeout. An answer
            # that came in the last moment is an answer: a mail may have been taken by it.
            self.sock.settimeout(max(self._end - monotonic(), 0.001))
        return reply

    def login(
        self, user: str, password: str, *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """Log in; what a server asks for in a way that nobody can read is no answer yet."""
        try:
            return super().login(user, password, initial_response_ok=initial_response_ok)
        except ValueError as error:
            what = "what the mail server asks of a login cannot be read"
            raise SMTPException(what) from error

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand a text over, and hear the server's answer to the whole of it.

        Raises:
            UnansweredError: All of it left, and no answer came that can be read.
            OSError: It did not leave, or not whole.
        """
        try:
            code, said = super().data(msg)
        except OSError as error:
            if not self._text_left:
                raise
            raise UnansweredError(str(error)) from error
        if not 200 <= code < 300 and not 400 <= code < 600:
            raise UnansweredError("what the mail server answered cannot be read")
        return code, said

    def send(self, s: Any) -> None:
        """Say something, piece by piece; a command is text, and what a mail holds is bytes."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        try:
            for start in range(0, len(data), CHUNK):
                if self.sock is None:
                    raise SMTPServerDisconnected("the mail server is not connected")
                self.sock.settimeout(self._left())
                self.sock.sendall(data[start : start + CHUNK])
        except OSError as error:
            self.close()
            late = isinstance(error, TimeoutError)
            raise SMTPServerDisconnected(LATE if late else str(error)) from error
        self._text_left = not isinstance(s, str)


class _Ear(RawIOBase):
    """Hears a socket until it is too late, or too much."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock = sock
        self._left = left
        self._heard = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._sock.settimeout(self._left())
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            raise TimeoutError(LATE) from None
        self._heard += count
        if self._heard > MOST:
            raise OSError(f"the mail server said more than {MOST} bytes")
        return count


@contextmanager
def session(
    host: str, port: int, *, seconds: float, tls: SSLContext | None, name: str
) -> Iterator[Session]:
    """Open a conversation, and take leave in the end, which changes nothing where that fails."""
    opened = Session(host, port, seconds=seconds, tls=tls, name=name)
    try:
        yield opened
    finally:
        with suppress(OSError):
            opened.quit()
        opened.close()
