"""What is told of a thing before its host has answered counts as if that had come first (A-8)."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Automation,
    Cancelled,
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    CreditIssued,
    Fact,
    FactRecorded,
    InvoicePaid,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    LineItem,
    MessageReplied,
    OrganizerReturned,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    PaymentReceived,
    ProposalSigned,
    ProposalTemplate,
    Reopened,
    SendClientRequest,
    SendMessage,
    SendProposal,
    SignerAdded,
    SignerRemoved,
    TaskCompleted,
    TaskReopened,
    ThreadArchived,
    ThreadReopened,
)
from pipeflow.testing import World
from tests.firms import CHECKED, CHECKLIST, FEE, NEWS, ORGANIZER, PREPARE, events, usd
from tests.scenarios.test_linked_before_its_receipt import ANN, BOB, PEOPLE, Office, world

__all__ = ["world"]  # the fixture

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
DEPOSIT = InvoiceTemplate("Deposit", lines=[LineItem("Deposit", rate=usd("50.00"))])
BILLING = ProposalTemplate("Billing", invoice_on_acceptance=DEPOSIT)
SIGNED = (ProposalSigned(ANN), ProposalSigned(BOB))
PAID = PaymentReceived(usd("100.00"), reference="p")
TICKED = (ClientTaskAdded("Call us"), ClientTaskChecked("Call us"))


def office_of(world: World, automation: Automation, **linked: Any) -> Office:
    """Return a firm with a letter that brings a bill, and a thing that a host is creating."""
    world.engine.save(DEPOSIT, BILLING)
    return Office(world, automation, **linked)


def asked(office: Office) -> list[str]:
    """Return which ports are asked for something just now."""
    return [one.port for one in office.engine.pending()]


@pytest.mark.parametrize(
    ("automation", "facts"),
    [
        (SendProposal(BILLING), SIGNED),
        (CreateInvoice(FEE), (PaymentReceived(usd("100.00"), reference="p"),)),
        (CreateInvoice(FEE), (InvoicePaid(),)),
        (CreateTask(PREPARE), (TaskCompleted(),)),
    ],
    ids=["letter", "bill", "settled bill", "task"],
)
def test_what_was_cancelled_is_done_on_no_job_by_what_is_told_after_that(
    world: World, automation: Automation, facts: tuple[Fact, ...]
) -> None:
    """Nobody is billed for a letter that was not wanted any more when it was signed."""
    office = office_of(world, automation)
    office.hear(Cancelled("not wanted"), *facts)
    office.answer()

    assert office.states == [RESOLVED, RESOLVED]
    assert asked(office) == []


@pytest.mark.parametrize("order", ["tell, let go", "let go, tell"])
@pytest.mark.parametrize(
    ("automation", "facts"),
    [
        (SendProposal(BILLING), SIGNED),
        (CreateInvoice(FEE), (InvoicePaid(),)),
        (CreateTask(PREPARE), (TaskCompleted(),)),
    ],
    ids=["letter", "bill", "task"],
)
def test_what_a_job_heard_that_let_go_of_a_thing_reaches_the_one_that_had_it_made(
    world: World, automation: Automation, facts: tuple[Fact, ...], order: str
) -> None:
    """The host tells it once, and nobody else had the thing."""
    office = office_of(world, automation)
    for step in order.split(", "):
        if step == "tell":
            office.hear(*facts)
        else:
            office.engine.unlink(office.other, office.items[1])
    office.answer()

    assert office.states[0] is COMPLETED
    assert asked(office) == (["invoices"] if facts is SIGNED else [])


@pytest.mark.parametrize("first", ["maker", "other"])
@pytest.mark.parametrize(
    ("automation", "facts"),
    [(SendProposal(BILLING), SIGNED), (CreateTask(PREPARE), (TaskCompleted(),))],
    ids=["letter", "task"],
)
def test_what_all_have_let_go_of_is_done_for_whoever_links_it_after_the_receipt(
    world: World, automation: Automation, facts: tuple[Fact, ...], first: str
) -> None:
    """It was told before that, and the letter brings its bill there."""
    office = office_of(world, automation)
    made, linked = office.items
    office.hear(*facts)
    pairs = [(office.maker, made), (office.other, linked)]
    for job, item in pairs if first == "maker" else reversed(pairs):
        office.engine.unlink(job, item)
    office.answer()
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)

    assert office.engine.job(third).items[0].state is COMPLETED
    assert asked(office) == (["invoices"] if facts is SIGNED else [])


@pytest.mark.parametrize(
    ("automation", "facts"),
    [
        (SendProposal(BILLING), SIGNED),
        (CreateInvoice(FEE), (InvoicePaid(),)),
        (CreateTask(PREPARE), (TaskCompleted(),)),
    ],
    ids=["letter", "bill", "task"],
)
def test_what_was_done_and_reopened_since_a_job_let_go_of_it_waits(
    world: World, automation: Automation, facts: tuple[Fact, ...]
) -> None:
    """Also where it is made."""
    office = office_of(world, automation)
    office.hear(*facts)
    office.engine.unlink(office.other, office.items[1])
    office.hear(Reopened("not so"))
    office.answer()

    assert office.states[0] is PENDING


def test_who_was_added_after_a_job_let_go_of_a_signed_letter_signs_as_well(world: World) -> None:
    """Whoever had sent it counted it as signed, and did not know who that is."""
    office = office_of(world, SendProposal(BILLING))
    office.hear(*SIGNED)
    office.engine.unlink(office.other, office.items[1])
    office.hear(SignerAdded("Zed"))
    office.answer()
    assert office.states[0] is PENDING

    office.hear(ProposalSigned("Zed"))
    assert office.states[0] is COMPLETED


@pytest.mark.parametrize(
    ("automation", "done", "back"),
    [
        (SendProposal(BILLING), SIGNED, SignerAdded("Zed")),
        (CreateTask(PREPARE), (TaskCompleted(),), TaskReopened()),
        (CreateOrganizer(ORGANIZER), (OrganizerSubmitted(incomplete=True),), OrganizerReturned()),
        (SendClientRequest(CHECKED), (ClientRequestAccepted(),), ClientRequestReturned("blank")),
    ],
    ids=["letter", "task", "organizer", "client request"],
)
def test_what_was_cancelled_and_taken_back_is_not_done_where_it_was_made(
    world: World, automation: Automation, done: tuple[Fact, ...], back: Fact
) -> None:
    """As on the job that heard of it; and history says what took it back."""
    office = office_of(world, automation)
    office.hear(*done, Cancelled("not wanted"), back)
    office.answer()

    assert office.states == [RESOLVED, RESOLVED]
    for job in (office.maker, office.other):
        assert back in [event.fact for event in events(world, job, FactRecorded)]


@pytest.mark.parametrize(
    "order", ["paid, reopened, let go", "paid, let go, reopened", "credited, reopened"]
)
def test_a_bill_that_was_reopened_waits_though_nothing_is_left_to_pay(
    world: World, order: str
) -> None:
    """Money and credit notes count until then, where its link says what it comes to (R-3)."""
    facts = {
        "paid": PAID,
        "reopened": Reopened("another client's money"),
        "credited": CreditIssued(usd("100.00"), "note-1"),
    }
    office = Office(world, CreateInvoice(FEE), total=usd("100.00"))
    for step in order.split(", "):
        if step == "let go":
            office.engine.unlink(office.other, office.items[1])
        else:
            office.hear(facts[step])
    office.answer()

    assert office.states == [PENDING, RESOLVED if "let go" in order else PENDING]


def test_a_credit_note_does_not_make_a_bill_void_of_which_nobody_knows_what_it_comes_to(
    world: World,
) -> None:
    """It takes off but a part of it."""
    office = office_of(world, CreateInvoice(FEE))
    office.hear(CreditIssued(usd("10.00"), "note-1"))
    office.answer()

    assert office.states == [PENDING, PENDING]


@pytest.mark.parametrize("again", [False, True])
def test_a_letter_that_was_cancelled_is_billed_to_nobody_though_its_sender_let_go_of_it(
    world: World, *, again: bool
) -> None:
    """It was signed all the same, and a third job has linked it; it is billed if it is reopened."""
    office = office_of(world, SendProposal(BILLING))
    made, _ = office.items
    office.engine.unlink(office.maker, made)
    office.hear(Cancelled("not wanted"), *SIGNED)
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    if again:
        office.hear(Reopened("after all"), *SIGNED)
    office.answer()

    assert office.engine.job(third).items[0].state is (COMPLETED if again else PENDING)
    assert asked(office) == (["invoices"] if again else [])


@pytest.mark.parametrize("signers", ["all", "none"])
@pytest.mark.parametrize("how", ["signs", "by hand", "linked"])
def test_a_cancelled_letter_that_a_third_job_links_and_has_signed_is_signed_and_billed_there(
    world: World, how: str, signers: str
) -> None:
    """That it was cancelled before says nothing of what was signed since a job wants it again; it
    waited for good, and nobody was billed.
    """
    office = office_of(world, SendProposal(BILLING), people=() if signers == "none" else PEOPLE)
    engine, (made, _) = office.engine, office.items
    engine.unlink(office.maker, made)
    office.hear(Cancelled("not wanted"))
    third = engine.start("other", office.maker.account)
    engine.link(third, office.ref, made.kind, made.name, completed=how == "linked")
    if how == "by hand":
        engine.complete(engine.job(third).items[0])
    elif how == "signs":
        office.hear(*(SIGNED if signers == "all" else (ProposalSigned(),)))
    office.answer()

    assert engine.job(third).items[0].state is COMPLETED
    assert asked(office) == ["invoices"]


@pytest.mark.parametrize("signed", ["in part", "as required"])
def test_a_letter_that_was_signed_and_then_cancelled_is_billed_though_its_sender_let_go_of_it(
    world: World, signed: str
) -> None:
    """It was accepted when it was cancelled, and what is done stays so (A-10); it was billed only
    when one more job linked it.
    """
    office = office_of(world, SendProposal(BILLING))
    office.engine.unlink(office.maker, office.items[0])
    office.hear(*(SIGNED if signed == "as required" else SIGNED[:1]), Cancelled("too late"))
    office.answer()

    whole = signed == "as required"
    assert office.states[1] is (COMPLETED if whole else RESOLVED)
    assert asked(office) == (["invoices"] if whole else [])
    assert [one.name for one in office.engine.job(office.other).items][1:] == ["Deposit"] * whole


@pytest.mark.parametrize("order", ["tell, let go", "let go, tell"])
def test_what_was_signed_stays_so_though_the_job_that_sent_the_letter_let_go_of_it(
    world: World, order: str
) -> None:
    """The other job waited for good for a signature that the host tells once."""
    office = office_of(world, SendProposal(BILLING))
    for step in order.split(", "):
        if step == "tell":
            office.hear(ProposalSigned(ANN))
        else:
            office.engine.unlink(office.maker, office.items[0])
    office.answer()
    office.hear(ProposalSigned(BOB))

    assert office.states[1] is COMPLETED
    assert asked(office) == ["invoices"]


@pytest.mark.parametrize("cancelled", [False, True])
def test_that_a_job_lets_go_of_a_thing_says_nothing_of_it(world: World, *, cancelled: bool) -> None:
    """The job that had it made waits for it, unless the host says that it is wanted no more."""
    office = office_of(world, CreateInvoice(FEE))
    office.engine.unlink(office.other, office.items[1])
    if cancelled:
        office.hear(Cancelled("void"))
    office.answer()

    assert office.states[0] is (RESOLVED if cancelled else PENDING)


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ("cancel, let go", RESOLVED),
        ("let go, cancel", RESOLVED),
        ("cancel, reopen, let go", PENDING),
        ("cancel, let go, reopen", PENDING),
        ("let go, cancel, reopen", PENDING),
        ("leave", PENDING),
        ("leave, let go", PENDING),
    ],
)
@pytest.mark.parametrize(
    "automation",
    [SendProposal(BILLING), CreateInvoice(FEE), CreateTask(PREPARE)],
    ids=["letter", "bill", "task"],
)
def test_a_thing_is_wanted_no_more_where_its_host_says_so_and_not_where_a_job_leaves_it(
    world: World, automation: Automation, order: str, state: ItemState
) -> None:
    """Whatever the other job does with it before or after that, the one that had it made knows."""
    office = office_of(world, automation)
    facts = {"cancel": Cancelled("void"), "reopen": Reopened("after all")}
    for step in order.split(", "):
        if step in facts:
            office.hear(facts[step])
        elif step == "leave":
            office.engine.move(office.other, "Done", open="cancel")
        else:
            office.engine.unlink(office.other, office.items[1])
    office.answer()

    assert office.states[0] is state


def test_a_bill_is_void_also_where_its_host_says_so_after_the_other_job_left_it(
    world: World,
) -> None:
    """Nobody waited for it there any more."""
    office = office_of(world, CreateInvoice(FEE))
    office.engine.move(office.other, "Done", open="cancel")
    office.hear(Cancelled("void"))
    office.answer()

    assert office.states == [RESOLVED, RESOLVED]


@pytest.mark.parametrize(
    ("automation", "said", "rest"),
    [
        (SendProposal(BILLING), SignerAdded("Zed"), (*SIGNED, ProposalSigned("Zed"))),
        (SendProposal(BILLING), SignerRemoved(BOB), SIGNED[:1]),
        (SendMessage(NEWS), ClientTaskAdded("Call us"), TICKED[1:]),
        (CreateInvoice(FEE), PaymentReceived(usd("60.00")), (PaymentReceived(usd("40.00")),)),
    ],
    ids=["more sign", "fewer sign", "client task", "money"],
)
def test_what_was_said_of_a_thing_while_it_was_cancelled_counts_once_it_is_reopened(
    world: World, automation: Automation, said: Fact, rest: tuple[Fact, ...]
) -> None:
    """Who signs, what the client has to do, and money of which nobody can tell twice."""
    office = office_of(world, automation)
    office.hear(Cancelled("void"), said, Reopened("after all"), *rest[:-1])
    office.answer()
    assert office.states[0] is PENDING

    office.hear(rest[-1])
    assert office.states[0] is COMPLETED


def test_a_client_task_that_came_while_a_thread_was_archived_is_asked_for(world: World) -> None:
    """The thread was opened again before the receipt."""
    office = Office(world, SendMessage(NEWS))
    office.hear(ThreadArchived("later"), TICKED[0], ThreadReopened())
    office.answer()
    assert office.states == [PENDING, PENDING]

    office.hear(TICKED[1])
    assert office.states == [COMPLETED, COMPLETED]


@pytest.mark.parametrize(
    "automation",
    [SendProposal(BILLING), CreateTask(PREPARE), CreateOrganizer(ORGANIZER)],
    ids=["letter", "task", "organizer"],
)
@pytest.mark.parametrize("then", ["", "reopened", "linked by a third"])
def test_what_its_host_cancels_after_the_other_job_left_it_is_waited_for_no_more(
    world: World, automation: Automation, then: str
) -> None:
    """It counts also where whoever links it next has not heard of it."""
    office = office_of(world, automation)
    made, linked = office.items
    office.engine.move(office.other, "Done", open="cancel")
    office.hear(Cancelled("not wanted"))
    if then == "reopened":
        office.hear(Reopened("after all"))
    elif then:
        office.engine.unlink(office.other, linked)
        third = office.engine.start("other", office.maker.account)
        office.engine.link(third, office.ref, made.kind, made.name)
    office.answer()

    assert office.states[0] is (PENDING if then == "reopened" else RESOLVED)


@pytest.mark.parametrize("why", ["undone", "unlinked", "its job left the stage"])
@pytest.mark.parametrize(
    ("automation", "fact"),
    [
        (CreateTask(PREPARE), Cancelled),
        (SendMessage(CHECKLIST), ThreadArchived),
        (CreateOrganizer(ORGANIZER), OrganizerSealed),
    ],
    ids=["task", "thread", "organizer"],
)
def test_a_host_may_say_in_any_words_that_a_thing_is_wanted_no_more(
    world: World, automation: Automation, fact: type[Fact], why: str
) -> None:
    """Also in those in which history says that a job waits for it no more."""
    office = Office(world, automation)
    office.hear(fact(why))  # type: ignore[call-arg]
    office.answer()

    assert office.states == [RESOLVED, RESOLVED]
    assert f": {why}" in str(world.engine.history(office.other))


def test_a_thread_that_is_reopened_waits_though_it_was_archived_and_let_go_of(world: World) -> None:
    """It is put away no more, on no job."""
    office = Office(world, SendMessage(CHECKLIST))
    office.engine.unlink(office.other, office.items[1])
    office.hear(ThreadArchived("later"), Reopened("not so"))
    office.answer()

    assert office.states[0] is PENDING


@pytest.mark.parametrize("let_go", [False, True])
@pytest.mark.parametrize(
    "facts",
    [
        (*SIGNED, Reopened("other terms"), *SIGNED),
        (ProposalSigned(), Reopened("one"), ProposalSigned(), Reopened("two"), ProposalSigned()),
        (*SIGNED, SignerAdded("Zed"), ProposalSigned("Zed")),
        (*SIGNED, Cancelled("void"), Reopened("after all"), *SIGNED),
    ],
    ids=["anew", "twice anew", "more sign", "cancelled in between"],
)
def test_a_letter_that_was_accepted_anew_before_its_receipt_brings_one_bill(
    world: World, facts: tuple[Fact, ...], *, let_go: bool
) -> None:
    """However often it was accepted."""
    office = office_of(world, SendProposal(BILLING))
    office.hear(*facts)
    if let_go:
        office.engine.unlink(office.other, office.items[1])
    office.answer()

    assert office.states[0] is COMPLETED
    assert asked(office) == ["invoices"]


@pytest.mark.parametrize("told", ["before", "after"])
def test_the_bill_of_a_letter_that_its_own_job_linked_holds_the_stage_that_sent_it(
    world: World, told: str
) -> None:
    """Somebody linked it by hand, since its receipt was late; the job went on without the money."""
    office = office_of(world, SendProposal(BILLING))
    office.engine.link(office.maker, office.ref, ItemKind.PROPOSAL, "Signed on paper")
    if told == "before":
        office.hear(*SIGNED)
    office.answer()
    if told == "after":
        office.hear(*SIGNED)

    job = office.engine.job(office.maker)
    assert (job.stage, [one.name for one in job.open_items]) == ("work", ["Deposit"])
    assert job.open_items[0].origin == office.items[0].id


@pytest.mark.parametrize("let_go", [False, True])
def test_what_was_sent_waits_for_the_firm_also_where_a_third_job_links_it(
    world: World, *, let_go: bool
) -> None:
    """It was done on the job from which that knows it."""
    office = Office(world, SendClientRequest(CHECKED))
    made, linked = office.items
    office.hear(ClientRequestSubmitted())
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    if let_go:
        office.engine.unlink(office.other, linked)
    office.answer()
    waits = [office.states[0], office.engine.job(third).items[0].state]
    office.hear(ClientRequestAccepted())

    assert waits == [PENDING, PENDING]
    assert office.engine.job(third).items[0].state is COMPLETED


PUT_AWAY = {
    "organizer": (CreateOrganizer(ORGANIZER), OrganizerSealed("later"), OrganizerUnsealed()),
    "thread": (SendMessage(CHECKLIST), ThreadArchived("later"), ThreadReopened()),
}


@pytest.mark.parametrize("kind", [*PUT_AWAY])
@pytest.mark.parametrize("last", ["away", "back"])
def test_what_was_put_away_or_taken_out_last_counts_though_it_was_let_go_of(
    world: World, kind: str, last: str
) -> None:
    """However often its host said so, and whoever links it next."""
    automation, away, back = PUT_AWAY[kind]
    office = Office(world, automation)
    made, linked = office.items
    office.engine.unlink(office.other, linked)
    office.hear(*((away, back, away) if last == "away" else (back, away, back)))
    office.engine.link(office.other, office.ref, made.kind, made.name)
    office.answer()

    again = office.engine.job(office.other).items[1]
    assert office.states[0] is again.state is (RESOLVED if last == "away" else PENDING)


@pytest.mark.parametrize("kind", [*PUT_AWAY])
def test_what_was_cancelled_while_it_was_put_away_waits_once_it_is_taken_out(
    world: World, kind: str
) -> None:
    """On both jobs, as where the receipt came first."""
    automation, away, back = PUT_AWAY[kind]
    office = Office(world, automation)
    office.hear(away, Cancelled("not wanted"), back)
    office.answer()

    assert office.states == [PENDING, PENDING]


@pytest.mark.parametrize("let_go", [False, True])
def test_what_the_firm_has_accepted_before_the_receipt_is_done(
    world: World, *, let_go: bool
) -> None:
    """It is told but once."""
    office = Office(world, SendClientRequest(CHECKED))
    if let_go:
        office.engine.unlink(office.other, office.items[1])
    office.hear(ClientRequestSubmitted(), ClientRequestAccepted())
    office.answer()

    assert office.states[0] is COMPLETED


@pytest.mark.parametrize("who", ["maker", "other"])
def test_what_was_sent_waits_for_the_firm_whichever_job_let_go_of_it(
    world: World, who: str
) -> None:
    """It was done at once on the job that has it."""
    office = Office(world, SendClientRequest(CHECKED))
    made, linked = office.items
    office.engine.unlink(*((office.maker, made) if who == "maker" else (office.other, linked)))
    office.hear(ClientRequestSubmitted(), ClientRequestSubmitted())
    office.answer()
    left = 1 if who == "maker" else 0
    assert office.states[left] is PENDING

    office.hear(ClientRequestAccepted())
    assert office.states[left] is COMPLETED


def test_what_was_cancelled_and_signed_is_done_for_nobody_who_links_it_after_that(
    world: World,
) -> None:
    """The receipt billed the client."""
    office = office_of(world, SendProposal(BILLING))
    made, _ = office.items
    office.hear(Cancelled("not wanted"), *SIGNED)
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    office.answer()

    assert office.engine.job(third).items[0].state is PENDING
    assert asked(office) == []


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ("seal, let go", RESOLVED),
        ("let go, seal", RESOLVED),
        ("seal, let go, unseal", PENDING),
        ("let go, seal, unseal", PENDING),
        ("seal, submit", RESOLVED),
        ("seal, submit, unseal", PENDING),
        ("submit, seal", COMPLETED),
    ],
)
def test_an_organizer_is_put_away_as_its_host_said_last(
    world: World, order: str, state: ItemState
) -> None:
    """Also where the job that heard of it has let go of it."""
    office = Office(world, CreateOrganizer(ORGANIZER))
    facts = {
        "seal": OrganizerSealed("enough"),
        "unseal": OrganizerUnsealed(),
        "submit": OrganizerSubmitted(incomplete=True),
    }
    for step in order.split(", "):
        if step in facts:
            office.hear(facts[step])
        else:
            office.engine.unlink(office.other, office.items[1])
    office.answer()

    assert office.states[0] is state


def test_what_was_sent_and_then_cancelled_is_waited_for_no_more(world: World) -> None:
    """It was done on the job that linked it, and was still to be accepted where it was made."""
    office = Office(world, SendClientRequest(CHECKED))
    office.hear(ClientRequestSubmitted(), Cancelled("not wanted"))
    office.answer()

    assert office.states == [RESOLVED, COMPLETED]


@pytest.mark.parametrize("before", [False, True])
def test_a_bill_that_was_paid_before_it_was_cancelled_is_done(
    world: World, *, before: bool
) -> None:
    """The job that linked it did not know what it comes to, and so not that it was paid."""
    office = office_of(world, CreateInvoice(FEE))
    facts = PaymentReceived(usd("100.00"), reference="p"), Cancelled("void")
    office.hear(*(facts if before else reversed(facts)))
    office.answer()

    assert office.states[0] is (COMPLETED if before else RESOLVED)


def test_money_without_a_reference_counts_once_where_both_jobs_were_told(world: World) -> None:
    """It may be the same money."""
    office = office_of(world, CreateInvoice(FEE), total=usd("100.00"))
    money = PaymentReceived(usd("60.00"))
    office.hear(money)
    office.engine.record(office.items[0], money)
    office.answer()

    assert office.states == [PENDING, PENDING]


@pytest.mark.parametrize(
    ("automation", "facts"),
    [
        (CreateInvoice(FEE), (InvoicePaid(), Reopened("wrong"))),
        (CreateInvoice(FEE), (PAID, Reopened("wrong"))),
        (SendMessage(NEWS), (*TICKED, Reopened("not so"))),
        (SendMessage(NEWS), (ClientTaskAdded("Call us"), MessageReplied())),
    ],
    ids=["reopened", "paid, reopened", "ticked, reopened", "replied"],
)
def test_what_was_handed_on_reaches_the_job_that_had_it_made(
    world: World, automation: Automation, facts: tuple[Fact, ...]
) -> None:
    """The job that has the thing when the host answers heard it from one that had it before."""
    total = {"total": usd("100.00")} if isinstance(automation, CreateInvoice) else {}
    office = office_of(world, automation, **total)
    made, linked = office.items
    office.hear(*facts)
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    office.engine.unlink(office.other, linked)
    office.answer()

    assert office.states[0] is PENDING


@pytest.mark.parametrize(
    ("automation", "facts"),
    [
        (SendProposal(BILLING), (ProposalSigned(),)),
        (CreateInvoice(FEE), (InvoicePaid(),)),
        (CreateOrganizer(ORGANIZER), (OrganizerSubmitted(incomplete=True),)),
        (SendMessage(NEWS), TICKED),
        (SendClientRequest(CHECKED), (ClientRequestAccepted(),)),
    ],
    ids=["letter", "bill", "organizer", "message", "client request"],
)
def test_what_was_done_and_handed_on_stays_done_though_it_is_cancelled(
    world: World, automation: Automation, facts: tuple[Fact, ...]
) -> None:
    """The job that had it made never heard that it was done, and stood still (A-10)."""
    office = office_of(world, automation)
    made, linked = office.items
    office.hear(*facts)
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    office.engine.unlink(office.other, linked)
    office.hear(Cancelled("not wanted"))
    office.answer()

    assert office.states[0] is office.engine.job(third).items[0].state is COMPLETED
    assert asked(office) == (["invoices"] if made.kind is ItemKind.PROPOSAL else [])


def test_what_was_sent_and_handed_on_is_not_accepted_by_a_cancellation(world: World) -> None:
    """Nobody waits for the firm to accept it any more."""
    office = Office(world, SendClientRequest(CHECKED))
    made, linked = office.items
    office.hear(ClientRequestSubmitted())
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    office.engine.unlink(office.other, linked)
    office.hear(Cancelled("not wanted"))
    office.answer()

    assert office.states[0] is RESOLVED


def test_a_task_that_was_handed_on_and_that_all_have_let_go_of_is_done(world: World) -> None:
    """Whoever links it after the receipt finds it so."""
    office = Office(world, CreateTask(PREPARE))
    made, linked = office.items
    office.hear(TaskCompleted())
    office.engine.unlink(office.other, linked)
    third = office.engine.start("other", office.maker.account)
    office.engine.link(third, office.ref, made.kind, made.name)
    office.engine.unlink(third, office.engine.job(third).items[0])
    office.engine.unlink(office.maker, made)
    office.answer()
    office.engine.link(office.maker, office.ref, made.kind, made.name)

    assert office.engine.job(office.maker).items[-1].state is COMPLETED


@pytest.mark.parametrize("way", ["another job", "the same job again"])
@pytest.mark.parametrize(
    ("automation", "more", "rest", "last"),
    [
        (SendProposal(BILLING), SignerAdded("Zed"), SIGNED, ProposalSigned("Zed")),
        (SendMessage(NEWS), ClientTaskAdded("Call us"), (), ClientTaskChecked("Call us")),
    ],
    ids=["letter", "message"],
)
def test_what_was_asked_for_stays_so_whoever_links_the_thing_next(
    world: World, automation: Automation, more: Fact, rest: tuple[Fact, ...], last: Fact, way: str
) -> None:
    """The job that heard of it has let go of the thing when the host answers."""
    office = office_of(world, automation)
    made, linked = office.items
    office.hear(more)
    if way == "another job":
        third = office.engine.start("other", office.maker.account)
        office.engine.link(third, office.ref, made.kind, made.name)
        office.engine.unlink(office.other, linked)
    else:
        third = office.other
        office.engine.unlink(third, linked)
        office.engine.link(third, office.ref, made.kind, made.name)
    office.answer()
    office.hear(*rest)

    def states() -> list[ItemState]:
        return [office.items[0].state, office.engine.job(third).items[-1].state]

    assert states() == [PENDING, PENDING]
    office.hear(last)
    assert states() == [COMPLETED, COMPLETED]


def test_a_client_task_that_was_taken_out_is_asked_for_on_no_job(world: World) -> None:
    """Who linked the message did not know of it; history tells it once."""
    office = Office(world, SendMessage(CHECKLIST))
    office.hear(ClientTaskRemoved("Scan"), ClientTaskRemoved("Scan"))
    office.answer()
    office.hear(ClientTaskChecked("Upload"))

    assert office.states == [COMPLETED, COMPLETED]
    told = events(world, office.other, FactRecorded)
    assert [one.fact for one in told].count(ClientTaskRemoved("Scan")) == 1


def test_what_the_client_sent_is_to_be_accepted_on_both_jobs(world: World) -> None:
    """The other job took it for done, for it knew nothing of that."""
    office = Office(world, SendClientRequest(CHECKED))
    office.hear(ClientRequestSubmitted(), ClientRequestSubmitted())
    assert office.states == [PENDING, COMPLETED]

    office.answer()
    assert office.states == [PENDING, PENDING]
    assert "the firm has yet to accept it" in str(world.engine.explain(office.other))

    office.hear(ClientRequestAccepted())
    assert office.states == [COMPLETED, COMPLETED]


def test_a_message_that_was_reopened_stays_so_though_it_was_ticked(world: World) -> None:
    """It asked nothing when it was sent."""
    office = Office(world, SendMessage(NEWS))
    office.hear(ClientTaskAdded("Call us"), ClientTaskChecked("Call us"), Reopened("not so"))
    office.answer()

    assert office.states == [PENDING, PENDING]


def test_explain_says_that_a_bill_comes_late_as_long_as_it_is_open(world: World) -> None:
    """And once that the letter waits for the end of a pause, however often it was signed."""
    engine = world.engine
    office = office_of(world, SendProposal(BILLING))
    office.answer()
    engine.pause(office.maker, "holiday")
    office.hear(*SIGNED, Reopened("other terms"), *SIGNED)
    assert str(engine.explain(office.maker)).count("waits until it is resumed") == 1

    engine.unlink(office.maker, office.items[0])
    assert "its invoice comes now" in str(engine.explain(office.other))
    engine.record(engine.job(office.other).item("Deposit"), InvoicePaid())
    assert "its invoice comes now" not in str(engine.explain(office.other))
