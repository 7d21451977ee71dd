"""A job that links a thing before its host has answered learns what it asks for (A-8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    Automation,
    Cancelled,
    ClientRequestAccepted,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskChecked,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Fact,
    Item,
    ItemState,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    Package,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Receipt,
    Ref,
    SendClientRequest,
    SendMessage,
    SendProposal,
    SignerAdded,
    Stage,
    SubtaskChecked,
    TagChange,
    TaskCompleted,
    ThreadArchived,
    ThreadReopened,
    Warned,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.firms import (
    BUSINESS,
    CHECKED,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    events,
    usd,
)

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
GOLD = Package("Gold", tags=TagChange(add={"gold"}))
OFFER = ProposalTemplate("Offer", packages=[GOLD, Package("Silver")])
ANN, BOB = "ann@x.example", "bob@x.example"
PEOPLE = (Contact("Ann", email=ANN), Contact("Bob", email=BOB))


class Office:
    """A job whose thing a host is creating, and another one that has linked it by then."""

    def __init__(
        self,
        world: World,
        automation: Automation,
        *,
        people: Sequence[Contact] = PEOPLE,
        **linked: Any,
    ) -> None:
        """Begin with the request in the host's hands."""
        self.world, self.engine = world, world.engine
        self.engine.save(
            *TEMPLATES,
            OFFER,
            Pipeline("Tax", [Stage("Work", [automation], automove=True), DONE]),
            Pipeline("Other", [Stage("Wait", automove=True), DONE]),
        )
        account = self.engine.save(Account("Sisters", contacts=people))
        self.maker = self.engine.start("tax", account)
        self.other = self.engine.start("other", account)
        (self.request,) = self.engine.pending()
        self.ref = Ref(self.request.port, "x-1")
        (thing,) = self.maker.items
        self.engine.link(self.other, self.ref, thing.kind, thing.name, **linked)

    def answer(self) -> None:
        """Let the host say that it is created."""
        self.engine.delivered(self.request.key, Receipt("x-1"))

    def hear(self, *facts: Fact) -> None:
        """Let the host tell what happened to the thing."""
        for fact in facts:
            self.engine.receive(self.ref, fact)

    @property
    def items(self) -> tuple[Item, Item]:
        """The thing, as the job has it that had it made, and as the other one has it."""
        made, linked = (self.engine.job(job).items[0] for job in (self.maker, self.other))
        return made, linked

    @property
    def states(self) -> list[ItemState]:
        """How far it is on both jobs."""
        return [one.state for one in self.items]


@pytest.fixture(params=["memory", "file"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Open a firm whose host answers late."""
    if request.param == "memory":
        yield World(deliver=False)
    else:
        with closing(SqliteStore(tmp_path / "firm.db")) as store:
            yield World(deliver=False, store=store)


@pytest.mark.parametrize("unlinked", [False, True])
def test_a_letter_is_signed_for_one_of_its_packages(world: World, *, unlinked: bool) -> None:
    """Also where the job that sent it has let go of it by then."""
    office = Office(world, SendProposal(OFFER))
    if unlinked:
        office.engine.unlink(office.maker, office.items[0])
    office.answer()

    office.hear(ProposalSigned(ANN, package="Gold"), ProposalSigned(BOB))

    assert office.items[1].state is COMPLETED
    assert office.engine.account(office.maker.account).tags == {"gold"}
    assert events(world, office.other, Warned) == []


def test_an_organizer_takes_the_answers_to_its_questions(world: World) -> None:
    """The other job waited for good, since it knew of no such question."""
    office = Office(world, CreateOrganizer(ORGANIZER))
    office.answer()

    office.hear(OrganizerSubmitted({BUSINESS: "Yes"}))

    assert office.states == [COMPLETED, COMPLETED]
    assert events(world, office.other, Warned) == []


def test_the_firm_accepts_what_the_client_sends_on_both_jobs(world: World) -> None:
    """The other job would have gone on before anybody looked."""
    office = Office(world, SendClientRequest(CHECKED))
    office.answer()

    office.hear(ClientRequestSubmitted())
    assert office.states == [PENDING, PENDING]

    office.hear(ClientRequestAccepted())
    assert office.states == [COMPLETED, COMPLETED]


def test_the_client_tasks_of_a_message_hold_both_jobs(world: World) -> None:
    """Linked without any it asked nothing, until the host named it."""
    office = Office(world, SendMessage(CHECKLIST))
    assert office.states == [PENDING, RESOLVED]
    office.answer()

    office.hear(ClientTaskChecked("Scan"))
    assert office.states == [PENDING, PENDING]

    office.hear(ClientTaskChecked("Upload"))
    assert office.states == [COMPLETED, COMPLETED]


def test_a_message_that_was_ticked_here_waits_for_what_else_it_asks(world: World) -> None:
    """And so does the job that had it made, of which half was known here."""
    office = Office(world, SendMessage(CHECKLIST), client_tasks=["Scan"])
    office.hear(ClientTaskChecked("Scan"))
    assert office.states == [PENDING, COMPLETED]

    office.answer()
    assert office.states == [PENDING, PENDING]

    office.hear(ClientTaskChecked("Upload"))
    assert office.states == [COMPLETED, COMPLETED]


def test_a_client_task_that_was_added_before_the_receipt_is_asked_on_both_jobs(
    world: World,
) -> None:
    """The message asked nothing when it was sent."""
    office = Office(world, SendMessage(NEWS))
    office.hear(ClientTaskAdded("Call us"))
    office.answer()
    assert office.states == [PENDING, PENDING]

    office.hear(ClientTaskChecked("Call us"))

    assert office.states == [COMPLETED, COMPLETED]


def test_the_subtasks_of_a_task_are_known(world: World) -> None:
    """What is ticked of them is no surprise."""
    office = Office(world, CreateTask(PREPARE))
    office.answer()

    office.hear(SubtaskChecked("Enter"))

    assert events(world, office.other, Warned) == []
    office.hear(TaskCompleted())
    assert office.states == [COMPLETED, COMPLETED]


def test_who_signs_a_letter_is_who_it_was_sent_to(world: World) -> None:
    """What was said otherwise when it was linked is warned of, as it is where that comes later."""
    office = Office(world, SendProposal(LETTER), signers=["Zed"])
    office.hear(ProposalSigned("Zed"))
    assert office.states == [PENDING, COMPLETED]

    office.answer()

    assert office.states == [PENDING, PENDING]
    *_, warning = events(world, office.other, Warned)
    assert warning.text == (
        "'Letter': it was sent to be signed by 'Ann' and 'Bob', and that counts"
    )
    office.hear(ProposalSigned(ANN), ProposalSigned(BOB))
    assert office.states == [COMPLETED, COMPLETED]


def test_who_was_added_before_the_receipt_signs_on_both_jobs(world: World) -> None:
    """Who had it made hears of it, though it was told by the reference alone."""
    office = Office(world, SendProposal(LETTER))
    office.hear(SignerAdded("Zed"))
    office.answer()

    office.hear(ProposalSigned(ANN), ProposalSigned(BOB))
    assert office.states == [PENDING, PENDING]

    office.hear(ProposalSigned("Zed"))
    assert office.states == [COMPLETED, COMPLETED]


@pytest.mark.parametrize("by_reference", [False, True])
def test_what_is_put_away_before_the_receipt_is_so_on_both_jobs(
    world: World, *, by_reference: bool
) -> None:
    """And is open again on both where it is taken out."""
    office = Office(world, CreateOrganizer(ORGANIZER))
    made, linked = office.items
    office.engine.record(linked if by_reference else made, OrganizerSealed("too late"))

    office.answer()
    assert office.states == [RESOLVED, RESOLVED]

    office.hear(OrganizerUnsealed())
    assert office.states == [PENDING, PENDING]


def test_all_who_linked_a_thing_before_its_host_answered_learn_what_it_asks_for(
    world: World,
) -> None:
    """Whoever linked it first is no nearer to it than whoever came next."""
    office = Office(world, SendMessage(CHECKLIST))
    third = world.engine.start("other", office.other.account)
    world.engine.link(third, office.ref, "message", "Checklist")

    office.answer()

    made, linked = office.items
    assert linked.progress == world.engine.job(third).items[0].progress == made.progress


def test_nothing_follows_on_a_job_that_let_go_of_a_thing_before_its_receipt(world: World) -> None:
    """The other job has it, and it is that one's affair."""
    office = Office(world, CreateTask(PREPARE))
    office.engine.unlink(office.maker, "Prepare")
    office.hear(TaskCompleted())
    before = office.engine.job(office.maker).items

    office.answer()

    (made,) = office.engine.job(office.maker).items
    assert made.state == before[0].state
    assert office.states == [RESOLVED, COMPLETED]
    assert office.engine.history(office.maker).of(Warned) == ()


def test_a_thread_that_was_archived_before_the_receipt_is_so_on_both_jobs(world: World) -> None:
    """As an organizer is that was sealed."""
    office = Office(world, SendMessage(CHECKLIST), client_tasks=["Scan", "Upload"])
    office.hear(ThreadArchived("done by phone"))

    office.answer()
    assert office.states == [RESOLVED, RESOLVED]

    office.hear(ThreadReopened())
    assert office.states == [PENDING, PENDING]


def test_nobody_waits_for_a_bill_that_was_void_before_the_receipt(world: World) -> None:
    """Its client pays nothing any more, and the other job waited for it for good."""
    office = Office(world, CreateInvoice(FEE))
    office.engine.record(office.items[0], Cancelled("agreed otherwise"))

    office.answer()

    assert office.states == [RESOLVED, RESOLVED]


def test_a_bill_that_its_job_let_go_of_before_the_receipt_is_paid_where_it_is_linked(
    world: World,
) -> None:
    """It comes to what the firm asked for."""
    office = Office(world, CreateInvoice(FEE))
    office.engine.unlink(office.maker, office.items[0])
    office.answer()

    office.hear(PaymentReceived(usd("100.00"), reference="p-1"))

    assert office.items[1].state is COMPLETED


def test_what_is_cancelled_before_the_receipt_still_says_what_it_asks(world: World) -> None:
    """The job that linked it by itself may want it all the same."""
    office = Office(world, CreateOrganizer(ORGANIZER))
    office.engine.record(office.items[0], Cancelled("not by us"))
    office.answer()
    assert office.states == [RESOLVED, PENDING]

    office.hear(OrganizerSubmitted({BUSINESS: "Yes"}))

    assert office.items[1].state is COMPLETED
