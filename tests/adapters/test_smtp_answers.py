"""What becomes of each answer of a mail server: it has left, not now, or never."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from smtplib import SMTPServerDisconnected
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from pipeflow import PipeflowError
from pipeflow.adapters import smtp_posted
from pipeflow.adapters.smtp_session import CHUNK
from pipeflow.ports import Rejected
from pipeflow.testing import ManualClock
from tests.adapters.mail_servers import (
    ADA,
    BOB,
    EVE,
    MailServer,
    Room,
    mail,
    plain,
    speaking,
    taking,
)


@pytest.fixture(name="server")
def _server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("MAIL", "refuses this mail from office@firm.example: 550 5.7.1 No thanks"),
        (ADA, "refuses ada@example.com: 550 5.7.1 No thanks"),
        ("DATA", "refuses this mail: 550 5.7.1 No thanks"),
    ],
)
def test_what_a_server_refuses_for_good_is_rejected(
    server: MailServer, asked: str, told: str
) -> None:
    """A person has to look at it."""
    server.room.answers[asked] = "550 5.7.1 No thanks"

    with pytest.raises(Rejected) as error:
        plain(server).send(mail())

    assert str(error.value) == f"the mail server {told}"


@pytest.mark.parametrize("asked", ["MAIL", ADA, "DATA"])
@pytest.mark.parametrize("answer", ["450 4.7.1 Later", "421 Closing", "530 5.7.0 Log in first"])
def test_what_a_server_does_not_take_yet_is_tried_again(
    server: MailServer, asked: str, answer: str
) -> None:
    """It may be greylisting, a full disk, or a login that the firm has to mend."""
    port = plain(server)
    server.room.answers[asked] = answer
    with pytest.raises(Exception, match=answer[:3]) as error:
        port.send(mail())
    assert not isinstance(error.value, Rejected)

    server.room.answers.clear()
    port.send(mail())

    assert len(server.room.taken) == 1


def test_who_has_a_mail_gets_it_no_second_time(server: MailServer) -> None:
    """The server takes it for some; a repeat goes to the others alone."""
    clock = ManualClock()
    port = plain(server, clock=clock)
    server.room.answers = {BOB: "450 4.2.1 Later", EVE: "550 5.1.1 No such user"}
    with pytest.raises(PipeflowError, match="the others wait"):
        port.send(mail(ADA, BOB, EVE))
    clock.advance(minutes=15)
    with pytest.raises(PipeflowError) as not_yet:
        port.send(mail(ADA, BOB, EVE))
    server.room.answers = {EVE: "550 5.1.1 No such user"}
    with pytest.raises(Rejected) as never:
        port.send(mail(ADA, BOB, EVE))
    with pytest.raises(Rejected) as again:
        port.send(mail(ADA, BOB, EVE))
    server.room.answers = {}
    receipt = port.send(mail(ADA, BOB, EVE))

    assert not isinstance(not_yet.value, Rejected)
    assert str(not_yet.value) == (
        "2 problems:\n"
        "  - the mail server does not take yet bob@example.com: 450 4.2.1 Later; others have it\n"
        "  - the mail server does not take yet eve@example.com: "
        "550 5.1.1 No such user; others have it"
    )
    assert str(never.value) == (
        "the mail server refuses eve@example.com: 550 5.1.1 No such user; others have it"
    )
    assert str(again.value) == str(never.value)
    assert [taken.to for taken in server.room.taken] == [(ADA,), (BOB,), (EVE,)]
    assert {taken.message["To"] for taken in server.room.taken} == {f"{ADA}, {BOB}, {EVE}"}
    assert {taken.message["Message-ID"] for taken in server.room.taken} == {receipt.ref}
    assert port.send(mail(ADA, BOB, EVE)) == receipt
    assert len(server.room.taken) == 3


def test_a_mail_waits_a_while_for_those_whom_a_server_puts_off(server: MailServer) -> None:
    """So the workers of a firm, who know nothing of each other, send it once, and to all."""
    clock = ManualClock()
    workers = [plain(server, clock=clock) for _ in range(2)]
    server.room.answers = {BOB: "451 4.7.1 Greylisted"}
    told = []
    for worker in (*workers, *workers):
        with pytest.raises(PipeflowError) as not_yet:
            worker.send(mail(ADA, BOB))
        told.append(str(not_yet.value))
        clock.advance(minutes=2)

    server.room.answers = {}
    workers[1].send(mail(ADA, BOB))

    assert [taken.to for taken in server.room.taken] == [(ADA, BOB)]
    assert set(told) == {
        "the mail server does not take yet bob@example.com: 451 4.7.1 Greylisted; the others wait"
    }


def test_nobody_waits_for_those_whom_a_server_refuses_for_good(server: MailServer) -> None:
    """Somebody has to act for them; nobody else can wait that long."""
    port = plain(server, clock=ManualClock())
    server.room.answers = {BOB: "550 5.1.1 No such user"}

    with pytest.raises(Rejected, match=r"bob@example\.com: 550 .*; others have it"):
        port.send(mail(ADA, BOB))

    assert [taken.to for taken in server.room.taken] == [(ADA,)]


@pytest.mark.parametrize("answer", ["200 OK", "252 2.1.5 Will try", "299 Yes"])
def test_whatever_begins_as_a_yes_is_one(server: MailServer, answer: str) -> None:
    """To an address, and to the text: nobody gets a mail again because of the words (RFC 5321)."""
    asked: list[str] = []

    class Yes(Room):
        async def handle_RCPT(  # noqa: N802
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            await super().handle_RCPT(server, session, envelope, address, options)
            return answer

        async def handle_DATA(  # noqa: N802
            self, server: Any, session: Any, envelope: Any
        ) -> str:
            asked.append("DATA")
            return answer

    with MailServer(Yes()) as other:
        port = plain(other)
        port.send(mail(ADA, BOB))
        port.send(mail(ADA, BOB))

    assert asked == ["DATA"]


def test_a_text_that_is_not_wanted_is_no_yes(server: MailServer) -> None:
    """A server that says 250 where it should ask for the text gets none."""

    def confused(caller: socket.socket) -> None:
        caller.sendall(b"220 hello\r\n")
        for _ in caller.makefile("rb"):
            caller.sendall(b"250 OK\r\n")

    with speaking(confused) as at, pytest.raises(PipeflowError, match="mail yet: 250 OK") as told:
        plain(at).send(mail())

    assert not isinstance(told.value, Rejected)


@pytest.mark.parametrize("end", [b"", b"Thanks!", b"250-half", b"354 Go on", b"250" + b"x" * 9000])
def test_a_mail_of_which_nobody_knows_whether_it_was_taken_waits_for_a_person(end: bytes) -> None:
    """The server got all of it: tried again by itself, the client might get it twelve times."""
    with (
        speaking(lambda caller: taking(caller, end)) as at,
        pytest.raises(Rejected, match="unknown whether") as told,
    ):
        plain(at).send(mail())

    assert len(f"Rejected: {told.value}") < 200  # what `failures()` shows of it


def test_a_mail_that_breaks_off_halfway_is_tried_again() -> None:
    """No server takes half of one."""

    def leaving(caller: socket.socket) -> None:
        caller.sendall(b"220 hello\r\n")
        lines = caller.makefile("rb")
        for line in lines:
            if line == b"data\r\n":
                caller.sendall(b"354 Go on\r\n")
                lines.readline()
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            caller.sendall(b"250 OK\r\n")

    with speaking(leaving) as at, pytest.raises(SMTPServerDisconnected):
        plain(at).send(mail(body="line\n" * CHUNK * 100))


def test_nobody_counts_as_having_a_mail_that_a_server_breaks_off(server: MailServer) -> None:
    """421 closes the connection after it took an address, before it took the mail."""
    port = plain(server)
    server.room.answers = {BOB: "421 4.3.2 Shutting down"}
    with pytest.raises(PipeflowError, match=r"bob@example\.com: 421"):
        port.send(mail(ADA, BOB, EVE))
    server.room.answers = {"DATA": "554 5.6.0 Spam", BOB: "550 Unknown"}
    with pytest.raises(Rejected, match="554"):
        port.send(mail(ADA, BOB, EVE))
    server.room.answers = {}

    port.send(mail(ADA, BOB, EVE))

    assert [taken.to for taken in server.room.taken] == [(ADA, BOB, EVE)]


def test_a_server_that_takes_few_addresses_at_once_gets_the_rest_later(server: MailServer) -> None:
    """It says 552, which is for good only where it says so to all."""
    port = plain(server)
    server.room.answers = {BOB: "552 Too many recipients"}
    with pytest.raises(PipeflowError, match="does not take yet") as told:
        port.send(mail(ADA, BOB))
    with pytest.raises(Rejected, match=r"refuses bob@example\.com: 552"):
        port.send(mail(ADA, BOB))

    assert not isinstance(told.value, Rejected)


def test_many_refusals_are_told_in_few_lines(server: MailServer) -> None:
    """A list of a thousand helps nobody."""
    people = [f"person{number}@example.com" for number in range(40)]
    server.room.answers = dict.fromkeys(people, "550 No")

    with pytest.raises(Rejected) as told:
        plain(server).send(mail(*people))

    assert len(told.value.problems) == 13
    assert str(told.value.problems[-1]) == "and 28 more"


def test_an_address_that_comes_twice_is_asked_for_once(server: MailServer) -> None:
    """Two contacts may share one."""
    plain(server).send(mail(ADA, ADA))

    assert server.room.taken[0].to == (ADA,)


def test_a_hostile_answer_stays_one_short_line(server: MailServer) -> None:
    """What a server says ends up before people's eyes."""
    bad = "550-\x1b[31mred\u202egreen\r\n550 " + "x" * 400
    server.room.answers = {ADA: bad}

    with pytest.raises(Rejected) as told:
        plain(server).send(mail())

    text = str(told.value)
    assert text.isprintable()
    assert len(text) < 200
    assert "red green" in text


def test_a_quit_that_fails_changes_nothing(server: MailServer) -> None:
    """The mail has left."""
    server.room.answers = {"QUIT": "hang up"}
    port = plain(server)

    first, again = port.send(mail()), port.send(mail())

    assert first == again
    assert len(server.room.taken) == 1


def test_a_large_mail_arrives_whole(server: MailServer) -> None:
    """It leaves in pieces, and lines that begin with a dot keep it."""
    body = ".line\n" * CHUNK

    plain(server).send(mail(body=body))

    assert server.room.taken[0].message.get_content().replace("\r\n", "\n") == body


def test_threads_may_share_a_port(server: MailServer) -> None:
    """Each mail has a connection of its own."""
    port, start, failed = plain(server), Barrier(8), []

    def send(number: int) -> None:
        start.wait(30)
        try:
            for turn in range(3):
                port.send(mail(key=f"{number}/{turn}"))
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len({taken.message["Message-ID"] for taken in server.room.taken}) == 24


def test_two_threads_never_send_one_mail_at_once(server: MailServer) -> None:
    """A lease may run out while the first is at it; the second comes again later."""
    inside, go_on = Event(), Event()

    class Slow(Room):
        async def handle_EHLO(  # noqa: N802
            self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]
        ) -> list[str]:
            session.host_name = name
            inside.set()
            go_on.wait(30)
            return answers

    with MailServer(Slow()) as slow:
        port = plain(slow)
        first = Thread(target=port.send, args=(mail(),))
        first.start()
        inside.wait(30)
        with pytest.raises(PipeflowError, match="another thread is sending"):
            port.send(mail())
        go_on.set()
        first.join()
        port.send(mail())

    assert len(slow.room.taken) == 1


def test_what_is_long_past_is_forgotten(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that runs for years remembers no more than it needs."""
    monkeypatch.setattr(smtp_posted, "REMEMBERED", 2)
    port = plain(server)
    for key in ("a", "b", "c", "c", "b"):
        port.send(mail(key=key))
    assert len(server.room.taken) == 3

    port.send(mail(key="a"))

    assert len(server.room.taken) == 4
