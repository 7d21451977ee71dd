"""Through a whole firm: on whose list an open thing is, and how long it was (R-13, R-23, R-29)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    Declined,
    Member,
    OrganizerTemplate,
    Pipeline,
    ProposalSigned,
    Question,
    Reminders,
    Stage,
    Work,
)
from pipeflow.model.facts import DocumentApproved, DocumentDisapproved, Reopened
from pipeflow.ports import Receipt, Rejected
from pipeflow.testing import World
from tests.scenarios.test_promises_in_pairs import FEE, Office, office, usd

DAILY = Reminders(every=1, times=2)


def lists(firm: Office) -> list[tuple[str, str, list[str]]]:
    """Tell what is open: what it is called, whose turn it is, and which members are to act."""

    def told(one: Work) -> tuple[str, str, list[str]]:
        return one.name, one.side.value, sorted(one.assignees)

    return sorted(map(told, firm.engine.work()))


def test_a_document_that_is_a_bill_of_its_own_is_the_clients() -> None:
    """One that invoices lock is nobody's: they are the client's (R-29)."""
    firm = office()
    firm.engine.link(firm.other, "own", "locked_document", "Own", total=usd("9.00"))
    firm.engine.link(firm.other, "bill", "invoice", "Bill", total=usd("9.00"))
    firm.engine.link(firm.other, "doc", "locked_document", "Doc", locked_by=["Bill"])

    assert lists(firm) == [("Bill", "client", []), ("Own", "client", [])]
    assert [one.name for one in firm.engine.work(kind="locked_document")] == ["Own"]
    turns = {one.item.name: one.names for one in firm.engine.explain(firm.other).awaited}
    assert turns == {"Own": ("Ada",), "Bill": ("Ada",), "Doc": ()}


def test_a_clients_item_that_was_reassigned_is_on_the_list_of_the_member() -> None:
    """Until nobody is assigned to it any more; its reminders go to the client all the same."""
    firm = office(CreateInvoice(FEE, reminders=DAILY))
    engine = firm.engine
    engine.save(Member("Mia"))
    bill = firm.job.items[0]

    engine.reassign(bill, ["mia"])

    assert lists(firm) == [("Fee", "team", ["mia"])]
    assert [one.name for one in engine.work(member="mia")] == ["Fee"]
    (awaited,) = engine.explain(firm.job).awaited
    assert (awaited.names, awaited.times) == (("Mia",), 2)
    firm.world.advance(days=1)
    assert len(firm.world.email.sent) == 1

    engine.reassign(bill, [])
    assert lists(firm) == [("Fee", "client", [])]


def test_the_time_for_which_a_member_had_a_clients_item_was_the_teams() -> None:
    """Metrics tell for whom jobs waited by the same rule."""
    firm = office(CreateInvoice(FEE))
    engine = firm.engine
    engine.save(Member("Mia"), Member("Tom"))
    bill = firm.job.items[0]
    for to in (["mia"], ["mia", "tom"], ["tom"], []):
        firm.world.advance(days=1)
        engine.reassign(bill, to)
    firm.world.advance(days=2)
    engine.complete(bill)
    engine.reassign(engine.link(firm.other, "l", "proposal").items[0], ["mia"])
    firm.world.advance(days=1)

    bills, letters = engine.metrics("p"), engine.metrics("q")

    assert (bills.client, bills.team) == (timedelta(days=3), timedelta(days=3))
    assert (letters.client, letters.team) == (timedelta(), timedelta(days=1))


def test_a_letter_that_two_declined_is_the_teams_until_both_have_signed() -> None:
    """On the list, and in what metrics tell (R-13)."""
    firm = office()
    engine = firm.engine
    engine.link(firm.other, "l", "proposal", "Letter")
    facts = (Declined("Ann"), Declined("Bob"), ProposalSigned("Ann"))
    for fact in facts:
        firm.world.advance(days=1)
        engine.record(engine.job(firm.other.id).item("Letter"), fact)

    firm.world.advance(days=5)
    assert lists(firm) == [("Letter", "team", [])]
    told = engine.metrics("q")
    assert (told.client, told.team) == (timedelta(days=1), timedelta(days=7))


def test_an_organizer_that_a_member_fills_in_gets_newer_questions_too() -> None:
    """On whosever list it is."""
    asked = OrganizerTemplate("Ask", questions=[Question("One?")])
    firm = office(CreateOrganizer(asked), more=(asked,))
    engine = firm.engine
    engine.save(Member("Mia"))
    engine.reassign(firm.job.items[0], ["mia"])
    newer = OrganizerTemplate("Ask", questions=[Question("One?"), Question("Two?")])
    engine.save(newer, replace=True)

    engine.update_organizers(asked)

    sheet = engine.job(firm.job.id).items[0].progress
    assert [one.text for one in getattr(sheet, "questions", ())] == ["One?", "Two?"]


def test_what_was_declined_before_a_job_linked_it_is_the_teams_there_and_says_by_whom() -> None:
    """Nobody is reminded of it (R-13)."""
    firm = office()
    engine = firm.engine
    for id, kind in (("letter", "proposal"), ("return", "approval")):
        engine.link(firm.job, id, kind, id)
        engine.record(engine.job(firm.job.id).item(id), Declined("Ann", "too dear"))
        engine.link(firm.other, id, kind, id)
        engine.set_reminders(engine.job(firm.other.id).item(id), DAILY)

    told = str(engine.explain(firm.other))

    assert "'letter' (job-2/1); 0 of 2 signed; not yet: Ann, Bob; declined by Ann" in told
    assert "'return' (job-2/2); declined by Ann: too dear" in told
    assert {side for _, side, _ in lists(firm)} == {"team"}
    firm.world.advance(days=3)
    assert not firm.world.email.sent
    engine.record(engine.job(firm.other.id).item("return"), DocumentDisapproved())
    engine.record(engine.job(firm.other.id).item("return"), DocumentApproved())
    assert [one.name for one in engine.work()] == ["letter", "letter"]


@pytest.mark.parametrize("undone", [True, False], ids=["undone", "reopened"])
def test_what_was_declined_is_the_teams_still_where_a_move_is_undone(*, undone: bool) -> None:
    """Metrics tell it as the lists do; reopened by hand it is the client's again (R-13, R-26)."""
    firm = office()
    world, engine = firm.world, firm.engine
    engine.link(firm.other, "letter-9", "proposal", "Letter")
    engine.record(engine.job(firm.other).item("Letter"), Declined("Ann"))
    if undone:
        engine.move(firm.other, "Y", open="cancel")
        engine.undo(firm.other)
    else:
        engine.record(engine.job(firm.other).item("Letter"), Reopened("better terms"))
    world.advance(days=2)

    assert lists(firm) == [("Letter", "team" if undone else "client", [])]
    told, waited = engine.metrics("q"), timedelta(days=2)
    assert (told.team, told.client) == ((waited, timedelta()) if undone else (timedelta(), waited))


def test_what_was_given_up_and_never_left_is_the_teams_until_it_is_tried_again() -> None:
    """No client can act on what it never got; lists, boards and metrics say so (R-29)."""
    firm = office()
    world, engine = firm.world, firm.engine
    world.invoices.fail_next(Rejected("there is no such client"), times=2)
    line, _ = engine.save(Pipeline("Bills", [Stage("Bill", automations=[CreateInvoice(FEE)])]), FEE)
    job = engine.start(line, firm.job.account)

    assert lists(firm) == [("Fee", "team", [])]
    assert not engine.work(side="client")
    assert engine.board(line).stages[0].cards[0].waiting == "team: invoice 'Fee'"
    (awaited,) = engine.explain(job).awaited
    assert (awaited.side, awaited.names) == ("team", ())

    world.advance(days=2)
    (failure,) = engine.failures()
    engine.retry(failure.key)
    assert lists(firm) == [("Fee", "team", [])]
    engine.retry(failure.key)
    assert lists(firm) == [("Fee", "client", [])]
    world.advance(days=3)
    told = engine.metrics(line)
    assert (told.client, told.team) == (timedelta(days=3), timedelta(days=2))


@pytest.mark.parametrize("receipt", [Receipt("bill-1"), Receipt()], ids=["named", "unnamed"])
def test_what_was_given_up_is_the_clients_where_its_host_has_made_it_after_all(
    receipt: Receipt,
) -> None:
    """A host that delivers by itself may find out that it had made the bill after all."""
    world = World(deliver=False)
    engine = world.engine
    line, _ = engine.save(Pipeline("Bills", [Stage("Bill", automations=[CreateInvoice(FEE)])]), FEE)
    job = engine.start(line, world.account())
    (asked,) = engine.pending()
    engine.failed(asked.key, Rejected("there is no such client"))
    assert [str(one.side) for one in engine.work()] == ["team"]
    world.clock.advance(days=1)

    engine.delivered(asked.key, receipt)

    assert [str(one.side) for one in engine.work()] == ["client"]
    world.clock.advance(days=1)
    told = engine.metrics(line)
    assert (told.client, told.team) == (timedelta(days=1), timedelta(days=1))
    assert "it was never sent" not in str(engine.explain(job))


def test_a_receipt_that_names_nothing_is_a_delivery_all_the_same() -> None:
    """Of what never failed; it is the client's from the start."""
    world = World(deliver=False)
    engine = world.engine
    line, _ = engine.save(Pipeline("Bills", [Stage("Bill", automations=[CreateInvoice(FEE)])]), FEE)
    job = engine.start(line, world.account())
    (asked,) = engine.pending()
    engine.delivered(asked.key)
    world.clock.advance(days=1)
    engine.complete(engine.job(job).item("Fee"))
    engine.record(engine.job(job).item("Fee"), Reopened("bounced"))
    world.clock.advance(days=1)

    assert [str(one.side) for one in engine.work()] == ["client"]
    told = engine.metrics(line)
    assert (told.client, told.team) == (timedelta(days=2), timedelta())
