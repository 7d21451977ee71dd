"""An explanation names the next reminder just where one leaves then (R-7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    Job,
    OrganizerTemplate,
    Question,
    Reminders,
    Stage,
)
from pipeflow.testing import World
from tests.firms import ADA, DONE, FEE, begun, usd

ORGANIZER = OrganizerTemplate("Org", questions=[Question("Q")])
REMINDED = CreateOrganizer(ORGANIZER, reminders=Reminders(every=2, times=3))
WAITS = "its reminders wait: nobody takes mail"
LEFT = "its reminders wait: the account is not active"

ACCOUNTS = {
    "somebody": Account("Ada", contacts=(ADA,)),
    "no contact": Account("Ada"),
    "no address": Account("Ada", contacts=(Contact("Ada"),)),
    "nobody takes mail": Account("Ada", contacts=(evolve(ADA, notify=False),)),
    "left": Account("Ada", contacts=(ADA,), active=False),
}


def told(world: World, job: Job) -> str:
    """Return all that is said of a job."""
    return str(world.engine.explain(job))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_next_reminder_is_named_just_where_one_leaves(name: str) -> None:
    """As a forecast says, and as it comes; else the reason is told, before and after."""
    client = ACCOUNTS[name]
    active = evolve(client, active=True)
    world, job = begun(Stage("A", [REMINDED]), DONE, account=active, more=[ORGANIZER])
    if not client.active:
        world.engine.save(evolve(world.engine.account(job.account), active=False))
    (awaited,) = world.engine.explain(job).awaited
    shown, before = world.engine.forecast(days=3).departures, told(world, job)
    mails = len(world.email.sent)

    world.advance(days=2)

    due = job.created + timedelta(days=2)
    reminded = len(world.email.sent) > mails
    assert reminded == (name == "somebody")
    assert awaited.next == (due if reminded else None)
    assert [one.at for one in shown] == ([due] if reminded else [])
    why = WAITS if client.active else LEFT
    for text in (before, told(world, job)):
        assert (why in text) != reminded
        assert ("next reminder" in text) == reminded
    assert (why in awaited.notes) != reminded


def test_where_somebody_takes_mail_in_time_the_reminder_keeps_its_hour() -> None:
    """It waited, and was not put off."""
    world, job = begun(Stage("A", [REMINDED]), DONE, account=Account("Ada"), more=[ORGANIZER])
    world.advance(days=1)
    world.engine.save(evolve(world.engine.account(job.account), contacts=(ADA,)))

    (awaited,) = world.engine.explain(job).awaited

    assert awaited.next == job.created + timedelta(days=2)
    assert WAITS not in told(world, job)


def test_of_a_covered_bill_it_is_not_said_that_nobody_takes_mail() -> None:
    """Nobody would be reminded of it anyway."""
    bill = CreateInvoice(FEE, reminders=Reminders(every=2))
    world, job = begun(Stage("A", [bill]), DONE, account=Account("Ada"))
    world.client.pays(job, "Fee", usd("100"), cleared=False, reference="d-1")

    assert "covers the rest, so that nobody is reminded of it" in told(world, job)
    assert WAITS not in told(world, job)
