"""Whenever a job links a thing, it has it as it would had it linked it before (A-8, A-9, R-15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    ClientRequestTemplate,
    ClientTaskChecked,
    CreditIssued,
    Engine,
    InvoicePaid,
    Job,
    PaymentReceived,
    PipeflowError,
    ProposalSigned,
    Reopened,
    SendClientRequest,
    SignerAdded,
    TaskCompleted,
)
from pipeflow.model.facts import (
    ClientRequestAccepted,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientTaskAdded,
    ClientTaskRemoved,
    ClientTaskUnchecked,
    Declined,
    DocumentApproved,
    DocumentDisapproved,
    Fact,
    MessageReplied,
    OrganizerReturned,
    OrganizerSealed,
    OrganizerSubmitted,
    OrganizerUnsealed,
    PaymentCleared,
    PaymentFailed,
    PaymentRefunded,
    SignerRemoved,
    TaskReopened,
    ThreadArchived,
    ThreadReopened,
)
from tests.scenarios.test_promises_in_pairs import COMPLETED, PENDING, office, usd

ANN, BOB = "ann@x.example", "bob@x.example"
OPEN = Reopened("a mistake")
REQUEST = ClientRequestTemplate("Files", uploads=["W-2"], accept=True)


def paid(amount: str, reference: str, *, cleared: bool = True) -> PaymentReceived:
    """Return a payment."""
    return PaymentReceived(usd(amount), cleared=cleared, reference=reference)


# What may happen to a thing of each kind, and how it is described when it is linked.
KINDS: Mapping[str, tuple[Mapping[str, Any], Sequence[Fact]]] = {
    "task": ({}, [TaskCompleted(), TaskReopened(), OPEN]),
    "approval": ({}, [DocumentApproved(), DocumentDisapproved(), OPEN, Declined(ANN)]),
    "organizer": (
        {},
        [
            OrganizerSubmitted(incomplete=True),
            OrganizerReturned(),
            OrganizerSealed(),
            OrganizerUnsealed(),
            OPEN,
        ],
    ),
    "client_request": (
        {},
        [ClientRequestSubmitted(), ClientRequestReturned(), ClientRequestAccepted(), OPEN],
    ),
    "proposal": (
        {},
        [
            *map(ProposalSigned, (ANN, BOB, "Zed", None)),
            SignerAdded("Zed"),
            SignerRemoved(BOB),
            Declined(ANN),
            OPEN,
        ],
    ),
    "message": (
        {"client_tasks": ["sign", "pay"]},
        [
            *map(ClientTaskChecked, ("sign", "pay")),
            ClientTaskUnchecked("sign"),
            ClientTaskAdded("call"),
            ClientTaskRemoved("pay"),
            MessageReplied(),
            ThreadArchived(),
            ThreadReopened(),
            OPEN,
        ],
    ),
    "invoice": (
        {"total": usd("100.00")},
        [
            paid("100.00", "all"),
            paid("60.00", "most"),
            paid("60.00", "most", cleared=False),
            paid("40.00", "rest"),
            PaymentCleared("most"),
            PaymentFailed("most"),
            PaymentRefunded("all"),
            CreditIssued(usd("40.00"), "note"),
            InvoicePaid(),
            OPEN,
        ],
    ),
}
# What puts a thread or an organizer away; nobody is told of it of what was let go of.
AWAY = (OrganizerSealed, OrganizerUnsealed, ThreadArchived, ThreadReopened)


@st.composite
def stories(draw: st.DrawFn, *, away: bool) -> tuple[str, list[Fact], int]:
    """Draw a kind of thing, what happens to it, and how much of that before something else."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    known = [fact for fact in KINDS[kind][1] if away or not isinstance(fact, AWAY)]
    facts = draw(st.lists(st.sampled_from(known), max_size=6))
    return kind, facts, draw(st.integers(0, len(facts)))


def hear(engine: Engine, job: Job, facts: Sequence[Fact]) -> None:
    """Let the host tell of a job's first thing; some facts do not fit just then."""
    ref = job.items[0].ref
    assert ref is not None
    for fact in facts:
        try:
            engine.receive(ref, fact)
        except PipeflowError:
            continue


@settings(deadline=None, max_examples=150)
@given(story=stories(away=False))
def test_what_happened_while_it_was_let_go_of_counts_when_it_is_linked_again(
    story: tuple[str, list[Fact], int],
) -> None:
    """As much as if it had been linked all the time."""
    kind, facts, before = story
    firm = office(automove=False)
    engine, (more, _) = firm.engine, KINDS[kind]
    kept = engine.link(firm.job, "kept", kind, "It", **more)
    other = engine.link(firm.other, "let go", kind, "It", **more)
    hear(engine, kept, facts)
    hear(engine, other, facts[:before])
    other = engine.unlink(other.id, other.items[0].id)
    hear(engine, other, facts[before:])

    other = engine.link(other.id, "let go", kind, "It")

    assert other.items[1].state is engine.job(kept.id).items[0].state


@settings(deadline=None, max_examples=150)
@given(story=stories(away=True).filter(lambda story: story[0] != "task"))
def test_what_is_linked_late_is_as_the_other_job_has_it(story: tuple[str, list[Fact], int]) -> None:
    """Also what happens to it from then on."""
    kind, facts, before = story
    firm = office(automove=False)
    engine, (more, _) = firm.engine, KINDS[kind]
    first = engine.link(firm.job, "it", kind, "It", **more)
    hear(engine, first, facts[:before])

    second = engine.link(firm.other, "it", kind, "It")
    hear(engine, first, facts[before:])

    assert engine.job(second.id).items[0].state is engine.job(first.id).items[0].state


def test_what_was_sent_to_nobody_has_to_be_accepted_yet_by_whoever_links_it() -> None:
    """That it was sent does not make it done, where the firm accepts what is sent (R-15)."""
    firm = office(SendClientRequest(REQUEST), automove=False, more=(REQUEST,))
    engine = firm.engine
    made = engine.job(firm.job.id).items[0]
    assert made.ref is not None
    engine.unlink(firm.job, made)
    engine.receive(made.ref, ClientRequestSubmitted())
    engine.receive(made.ref, ClientRequestReturned("one is missing"))
    engine.receive(made.ref, ClientRequestSubmitted())

    other = engine.link(firm.other, made.ref, "client_request")
    assert other.items[0].state is PENDING

    engine.receive(made.ref, ClientRequestAccepted())
    assert engine.job(other.id).items[0].state is COMPLETED


def test_who_declined_or_refused_is_known_wherever_a_thing_is_linked() -> None:
    """So that it can be told there, and reopened."""
    firm = office(automove=False)
    engine = firm.engine
    for id, kind, fact in (
        ("letter", "proposal", Declined(ANN, "too dear")),
        ("return", "approval", DocumentDisapproved()),
    ):
        ref = engine.link(firm.job, id, kind).items[-1].ref
        assert ref is not None
        engine.receive(ref, fact)
        engine.link(firm.other, id, kind)

    told = str(engine.explain(firm.other))

    assert "declined" in told
    assert "disapproved" in told
