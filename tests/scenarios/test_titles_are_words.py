"""Clients read words: a title is filled in and checked, also where a name stands for it (A-39)."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Account,
    ClientRequestTemplate,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    DefinitionError,
    InvoiceTemplate,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    Question,
    Reminders,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Stage,
    Warned,
)
from pipeflow.bundle import Bundle
from pipeflow.model.templates import LaterInvoice, Template
from pipeflow.testing import World
from tests.firms import DONE

LINES = [LineItem("1040", Money("450", "USD"))]
WEEKLY = Reminders(every=7, times=1)
MOTTO = "[ACCOUNT_CUSTOM_FIELD:motto]"
CLIENT = Account("Lovelace", contacts=[Contact("Ada Lovelace", email="ada@example.com")])
KINDS = ["invoice", "organizer", "client request", "proposal", "message"]


def made(kind: str, name: str, title: str = "") -> tuple[Template, Any]:
    """Return a template of a kind, and the automation that makes the thing."""
    match kind:
        case "invoice":
            bill = InvoiceTemplate(name, LINES, title=title, id="it")
            return bill, CreateInvoice(bill, reminders=WEEKLY)
        case "organizer":
            sheet = OrganizerTemplate(name, [Question("Moved?")], title=title, id="it")
            return sheet, CreateOrganizer(sheet, reminders=WEEKLY)
        case "client request":
            papers = ClientRequestTemplate(name, uploads=["W-2"], title=title, id="it")
            return papers, SendClientRequest(papers, reminders=WEEKLY)
        case "proposal":
            letter = ProposalTemplate(name, title=title, id="it")
            return letter, SendProposal(letter, reminders=WEEKLY)
        case _:
            tasks = MessageTemplate(name, title, client_tasks=["Scan"], id="it")
            return tasks, SendMessage(tasks, reminders=WEEKLY)


def read(template: Template, automation: Any) -> tuple[World, list[str]]:
    """Make a thing, and return what the client reads that it is called."""
    world = World()
    world.engine.save(template, Pipeline("Tax", [Stage("Go", [automation]), DONE]))
    job = world.engine.start("tax", world.engine.save(CLIENT))
    (item,) = world.engine.job(job).items
    sent = (world.organizers, world.requests, world.proposals, world.invoices)
    titles = [one.title for port in sent for one in port.taken]
    world.advance(days=8)
    return world, [item.title, *titles, *(one.subject for one in world.email.sent)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_stands_for_a_title_is_filled_in(kind: str) -> None:
    """In the item, at the port and in the reminder."""
    _, titles = read(*made(kind, "For [ACCOUNT_NAME]"))

    assert {one.removeprefix("Reminder: ") for one in titles} == {"For Lovelace"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_stands_for_a_title_is_checked(kind: str) -> None:
    """Where a title is given, the name is the firm's own, and holds what it likes."""
    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[ACCOUNT_NANE"):
        World().engine.save(made(kind, "For [ACCOUNT_NANE]")[0])
    World().engine.save(made(kind, "For [ACCOUNT_NANE]", "Yours")[0])


@pytest.mark.parametrize("title", [MOTTO, f"{MOTTO} [ACCOUNT_CUSTOM_FIELD:of| ]"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_checked_that_stands_for_a_title_which_may_come_to_nothing(
    kind: str, title: str
) -> None:
    """The client of whom nothing is known read its raw code."""
    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[NOPE"):
        World().engine.save(made(kind, "Fee [NOPE]", title)[0])


@pytest.mark.parametrize(
    "title", [f"{MOTTO}!", "[ACCOUNT_CUSTOM_FIELD:motto|Yours]", "[ACCOUNT_NAME]", "[LAST_YEAR]"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_the_firms_own_where_a_title_says_something(kind: str, title: str) -> None:
    """Text, a fallback, and what everybody has always come to something."""
    _, titles = read(*made(kind, "Fee [NOPE]", title))

    assert all("NOPE" not in one for one in titles)


def test_a_message_has_a_name_for_its_client_only_without_subject_and_body() -> None:
    """The first line of the body comes before the name."""
    World().engine.save(MessageTemplate("Fee [NOPE]", MOTTO, "Please scan."))

    with pytest.raises(DefinitionError, match=r"\$\.name: there is no merge field '\[NOPE"):
        World().engine.save(MessageTemplate("Fee [NOPE]", MOTTO, MOTTO))


@pytest.mark.parametrize("title", ["", "  ", MOTTO])
@pytest.mark.parametrize("kind", KINDS)
def test_a_title_and_a_name_that_come_to_nothing_are_the_word_for_the_kind(
    kind: str, title: str
) -> None:
    """No code is read by a client; the history warns."""
    world, titles = read(*made(kind, MOTTO, title))

    assert {one.removeprefix("Reminder: ") for one in titles} == {kind.capitalize()}
    (job,) = world.engine.jobs()
    assert any(
        "nothing to fill in for [ACCOUNT_CUSTOM_FIELD:motto]" in one.text
        for one in world.engine.history(job).of(Warned)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_that_comes_to_nothing_is_as_one_that_was_left_out(kind: str) -> None:
    """The name stands for it, filled in."""
    _, titles = read(*made(kind, "For [ACCOUNT_NAME]", MOTTO))

    assert {one.removeprefix("Reminder: ") for one in titles} == {"For Lovelace"}


def test_a_service_that_comes_to_nothing_is_a_word() -> None:
    """It stands on a bill, and in a letter and the bills that come of it."""
    lines = [LineItem(MOTTO, Money("450", "USD"))]
    bill = InvoiceTemplate("Bill", lines, id="it")
    letter = ProposalTemplate("Letter", services=lines, later=[LaterInvoice(MOTTO, lines)])

    one, _ = read(bill, CreateInvoice(bill))
    other, _ = read(letter, SendProposal(letter))

    assert [line.service for line in one.invoices.created[0].lines] == ["Service"]
    (sent,) = other.proposals.sent
    assert [line.service for line in sent.services] == ["Service"]
    assert [(later.name, later.lines[0].service) for later in sent.later] == [
        ("Invoice", "Service")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_package_is_called_what_the_first_is_called(kind: str) -> None:
    """The name that stood for the title is filled in yet."""
    template, automation = made(kind, "For [ACCOUNT_NAME]")
    package = Bundle.of(Pipeline("Tax", [Stage("Go", [automation])]), template)
    world = World()
    client = world.engine.save(CLIENT)

    jobs = [world.engine.start(world.engine.install(package).pipeline, client) for _ in range(2)]

    assert [job.items[0].title for job in jobs] == ["For Lovelace", "For Lovelace"]
