"""A firm whose mail leaves by SMTP: mail, reminders, outages, and a mailbox that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    LineItem,
    Money,
    Pipeline,
    Ports,
    Reminders,
    SendEmail,
    Stage,
)
from pipeflow.adapters.smtp import SmtpEmail
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import FakeInvoices, ManualClock
from tests.adapters.mail_servers import ADA, BOB, MailServer, plain, speaking, taking

WELCOME = EmailTemplate("Welcome", subject="Welcome", body="Hello")
FEE = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=Money("450.00", "USD"))])
TAX = Pipeline(
    "Tax",
    stages=[
        Stage("Bill", [SendEmail(WELCOME), CreateInvoice(FEE, reminders=Reminders(3))]),
        Stage("Done"),
    ],
)


@pytest.fixture(name="server")
def _server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def _firm(port: SmtpEmail, clock: ManualClock) -> Engine:
    engine = Engine(ports=Ports(email=port, invoices=FakeInvoices()), clock=clock)
    engine.save(TAX, WELCOME, FEE)
    return engine


def test_mail_and_reminders_of_a_firm_leave(server: MailServer) -> None:
    """By the same port; a reminder says which one it is about by its own key."""
    clock = ManualClock()
    engine = _firm(plain(server, clock=clock), clock)
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email=ADA)]))

    engine.start(TAX, ada)
    clock.advance(days=4)
    engine.tick()

    welcome, reminder = server.room.taken
    assert engine.failures() == ()
    assert welcome.message["Subject"] == "Welcome"
    assert "Fee" in reminder.message["Subject"] + reminder.message.get_content()
    assert reminder.message["Date"].datetime == clock.now()
    assert reminder.message["Message-ID"] != welcome.message["Message-ID"]


def test_mail_waits_for_a_server_that_is_down() -> None:
    """And leaves once it is up again, by itself."""
    clock, server = ManualClock(), MailServer()
    engine = _firm(plain(server), clock)
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email=ADA)]))
    engine.start(TAX, ada)
    (failure,) = engine.failures()
    assert failure.error.startswith("ConnectionRefusedError")
    assert not failure.given_up

    with server:
        clock.advance(hours=1)
        engine.tick()

    assert engine.failures() == ()
    assert [taken.to for taken in server.room.taken] == [(ADA,)]


def test_a_refused_recipient_waits_for_a_person(server: MailServer) -> None:
    """Who mends the mailbox and tries again; who has the mail gets it no second time."""
    clock = ManualClock()
    engine = _firm(plain(server), clock)
    contacts = [Contact("Ada", email=ADA), Contact("Bob", email=BOB)]
    server.room.answers = {BOB: "550 5.1.1 No such user"}
    engine.start(TAX, engine.save(Account("Ada", contacts=contacts)))
    (failure,) = engine.failures()
    assert failure.given_up
    assert failure.error == (
        "Rejected: the mail server refuses bob@example.com: 550 5.1.1 No such user; others have it"
    )

    server.room.answers.clear()
    engine.retry(failure.key)

    assert engine.failures() == ()
    assert [taken.to for taken in server.room.taken] == [(ADA,), (BOB,)]


@pytest.mark.parametrize("way", ["undo", "start"])
def test_a_mistyped_address_is_mended_and_the_mail_made_anew(server: MailServer, way: str) -> None:
    """What is tried again goes where it was to go; by either way a new one goes to the new."""
    engine = Engine(ports=Ports(email=plain(server)), clock=ManualClock())
    stages = [Stage("A"), Stage("B", [SendEmail(WELCOME)])]
    engine.save(Pipeline("Tax", stages), Pipeline("Mail", [stages[1]]), WELCOME)
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email=BOB)]))
    server.room.answers = {BOB: "550 5.1.1 No such user"}
    job = engine.move(engine.start("tax", ada), "B")
    engine.save(evolve(ada, contacts=[Contact("Ada", email=ADA)]))
    (failure,) = engine.failures()

    if way == "undo":
        engine.undo(job)
        engine.move(job, "B")
    else:
        engine.retry(failure.key)
        assert BOB in engine.failures()[0].error
        engine.abandon(failure.key)
        engine.start("mail", ada)

    assert engine.failures() == ()
    assert [taken.to for taken in server.room.taken] == [(ADA,)]


def test_a_mail_that_was_perhaps_taken_is_sent_once(server: MailServer) -> None:
    """It stands among the failures until a person looked at the server, and tried again."""
    clock, words = ManualClock(), [b"hm", b"250 OK"]
    with speaking(lambda caller: taking(caller, words.pop(0))) as at:
        engine = _firm(plain(at), clock)
        ada = engine.save(Account("Ada", contacts=[Contact("Ada", email=ADA)]))
        engine.start(TAX, ada)
        for _ in range(20):
            clock.advance(hours=1)
            engine.tick()
        (failure,) = engine.failures()
        left = len(words)

        engine.retry(failure.key)

    assert failure.given_up
    assert failure.attempts == 1
    assert failure.error.endswith("a slow one wants a longer timeout and lease")
    assert left == 1
    assert engine.failures() == ()


def test_a_client_of_several_contacts_gets_a_mail_once_from_workers_beside_each_other(
    server: MailServer, tmp_path: Path
) -> None:
    """A server that puts one of them off for a while is asked by either worker."""
    clock = ManualClock()
    stores = [SqliteStore(tmp_path / "firm.db") for _ in range(2)]
    workers = [
        Engine(store=store, ports=Ports(email=plain(server, clock=clock)), clock=clock)
        for store in stores
    ]
    workers[0].save(Pipeline("Mail", [Stage("A", [SendEmail(WELCOME)]), Stage("B")]), WELCOME)
    contacts = [Contact("Ada", email=ADA), Contact("Bob", email=BOB)]
    server.room.answers = {BOB: "451 4.7.1 Greylisted"}
    workers[0].start("mail", workers[0].save(Account("Ada", contacts=contacts)))
    for turn in range(8):
        clock.advance(minutes=1)
        workers[turn % 2].tick()

    server.room.answers = {}
    clock.advance(minutes=10)
    workers[1].tick()

    assert workers[0].failures() == ()
    assert [taken.to for taken in server.room.taken] == [(ADA, BOB)]
    for store in stores:
        store.close()
