"""Signatures: one or all, whose they are, and what a proposal's acceptance brings about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Cancelled,
    Contact,
    CreateTask,
    DocumentSigned,
    FactRecorded,
    ItemKind,
    ItemState,
    LineItem,
    NotAllowedError,
    NotFoundError,
    Package,
    ProposalSigned,
    ProposalTemplate,
    Reopened,
    SendProposal,
    SigningState,
    Stage,
    TagChange,
    TagsChanged,
    TaskTemplate,
    Warned,
    rules,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Invoice
from tests.rules.states import (
    ADA,
    ANYBODYS,
    BOB,
    DONE,
    FEE,
    LETTER,
    MIA,
    NOON,
    PAID_LETTER,
    PREPARE,
    TEMPLATES,
    TIERS,
    account_of,
    after,
    asked,
    begun,
    book_of,
    completed,
    events,
    item_of,
    moved,
    recorded,
    state_of,
    told,
    usd,
)


def offered(letter: ProposalTemplate, *contacts: Contact, **fields: Any) -> rules.State:
    """Start a job whose first stage sends a proposal."""
    return begun(
        Stage("Intake", [SendProposal(letter)], automove=True),
        DONE,
        account=account_of(contacts=contacts or [ADA], **fields),
    )


@given(st.permutations(["c-ada", "bob@example.com"]))
def test_all_have_to_sign_in_any_order(order: list[str]) -> None:
    """Each signature but the last is noted."""
    state = offered(LETTER, ADA, BOB)

    first = told(state, "Letter", ProposalSigned(order[0]))
    last = told(after(state, first), "Letter", ProposalSigned(order[1]))

    assert [event.note for event in events(first, FactRecorded)] == ["1 of 2 signed"]
    assert (first.job.stage, last.job.stage) == ("intake", "done")


def test_where_one_is_needed_the_first_signature_completes_the_proposal() -> None:
    """A second one is noted, and the same one again is not (A-49)."""
    state = recorded(offered(ANYBODYS, ADA, BOB), ANYBODYS.name, ProposalSigned("c-bob"))

    second = told(state, ANYBODYS.name, ProposalSigned("c-ada"))

    assert state.job.stage == "done"
    assert [event.note for event in events(second, FactRecorded)] == [
        "it was signed as required before"
    ]
    assert told(state, ANYBODYS.name, ProposalSigned("c-bob")).changed is False


def test_who_signed_is_known_by_id_address_or_name() -> None:
    """In this order, and as long as only one is meant."""
    by_name = recorded(offered(LETTER), "Letter", ProposalSigned("Ada Lovelace"))
    by_contact = recorded(offered(LETTER), "Letter", ProposalSigned(ADA))

    assert by_name.job.stage == by_contact.job.stage == "done"
    with pytest.raises(NotFoundError, match=r"no signatory 'eve'.*Allowed: ada@example\.com"):
        told(offered(LETTER), "Letter", ProposalSigned("eve"))


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("sam@example.com", r"2 signatories have the address 'sam@example\.com'.*c-1, c-2"),
        ("Sam", r"2 signatories are called 'Sam'.*sam@example\.com"),
    ],
)
def test_whoever_shares_a_name_or_an_address_must_be_told_apart(by: str, said: str) -> None:
    """A couple with one mailbox would else never be done, and nobody would know why."""
    twins = [Contact("Sam", email="sam@example.com", id=f"c-{n}") for n in (1, 2)]
    state = offered(LETTER, *twins)

    with pytest.raises(NotAllowedError, match=said):
        told(state, "Letter", ProposalSigned(by))
    assert (
        recorded(state, "Letter", ProposalSigned("c-1"), ProposalSigned("c-2")).job.stage == "done"
    )


def test_who_is_named_to_the_letter_is_meant_before_who_is_spelt_otherwise() -> None:
    """Letter case tells two apart where nothing else is said (R-16)."""
    small, tall = Contact("sam", email="a@b.c", id="c-1"), Contact("Sam", email="d@e.f", id="c-2")

    state = recorded(offered(LETTER, small, tall), "Letter", ProposalSigned("Sam"))

    progress = state.job.item("Letter").progress
    assert isinstance(progress, SigningState)
    assert progress.signed == ("c-2",)


def test_a_signature_that_comes_too_late_is_noted() -> None:
    """What was withdrawn stays so (A-10)."""
    from pipeflow import Cancelled

    state = recorded(offered(LETTER), "Letter", Cancelled("withdrawn"))

    decision = told(state, "Letter", ProposalSigned("c-ada"))

    assert [e.note for e in events(decision, FactRecorded)] == ["it was no longer waited for"]
    assert decision.job.item("Letter").state is ItemState.RESOLVED


def test_the_package_that_was_chosen_changes_tags() -> None:
    """Before the next stage is chosen; one without tags changes none."""
    state = offered(TIERS, tags={"new"})

    gold = told(state, "Tiers", ProposalSigned(package="Gold"))
    silver = told(state, "Tiers", ProposalSigned(package="Silver"))

    assert after(state, gold).account.tags == {"gold"}
    assert [event.cause for event in events(gold, TagsChanged)] == ["package 'Gold'"]
    assert (silver.account, silver.job.stage) == (None, "done")


def test_a_package_is_known_by_its_name_as_it_was_sent() -> None:
    """As one line, whatever spaces its template has (R-17)."""
    tiers = ProposalTemplate("Tiers", packages=[Package("Gold\ttier", tags=TagChange(add={"g"}))])
    stages = (Stage("Intake", [SendProposal(tiers)], automove=True), DONE)
    state = begun(book=book_of(*stages, templates=[tiers]))

    signed = told(state, "Tiers", ProposalSigned(package="Gold tier"))

    assert signed.account is not None
    assert signed.account.tags == {"g"}


def test_all_signatories_choose_the_same_package() -> None:
    """Whoever names none takes the one that was chosen first (domain.md 2.3)."""
    state = recorded(offered(TIERS, ADA, BOB), "Tiers", ProposalSigned("c-ada", package="Gold"))

    with pytest.raises(NotAllowedError, match="was signed for the package 'Gold'"):
        told(state, "Tiers", ProposalSigned("c-bob", package="Silver"))
    with pytest.raises(NotFoundError, match="no package 'Bronze'"):
        told(state, "Tiers", ProposalSigned("c-bob", package="Bronze"))
    assert recorded(state, "Tiers", ProposalSigned("c-bob")).account.tags == {"gold"}


@pytest.mark.parametrize(("here", "package"), [(TIERS, "Gold"), (ANYBODYS, None)])
def test_a_job_that_shares_a_proposal_hears_which_package_was_chosen(
    here: ProposalTemplate, package: str | None
) -> None:
    """With the signatures that came before it was known to be the same, if it offers it (A-8)."""
    there = recorded(offered(TIERS, ADA, BOB), "Tiers", ProposalSigned("c-ada", package="Gold"))

    heard = rules.catch_up(offered(here, ADA, BOB), "job-1/1", there.job.item("Tiers"), NOON)

    progress = heard.job.items[0].progress
    assert isinstance(progress, SigningState)
    assert (progress.signed, progress.package) == (("c-ada",), package)


def test_acceptance_makes_the_invoice_and_the_stage_waits_for_it() -> None:
    """In the same command; signing again makes no second one (domain.md 2.3)."""
    state = offered(PAID_LETTER)

    decision = told(state, "Paid letter", ProposalSigned())

    (invoice,) = asked(decision, Invoice)
    signed = after(state, decision)
    assert invoice.key == "firm/job-1/1/send-proposal-paid-letter/acceptance"
    assert (signed.job.item("Fee").origin, signed.job.stage) == ("job-1/1", "intake")
    assert told(signed, "Paid letter", ProposalSigned()).changed is False
    assert completed(signed, "Fee").job.stage == "done"


def test_a_letter_that_is_accepted_anew_brings_an_invoice_under_another_key() -> None:
    """Where the first one was cancelled (R-3)."""
    state = recorded(offered(PAID_LETTER), "Paid letter", ProposalSigned())
    state = recorded(state, "Fee", Cancelled())
    state = recorded(state, "Paid letter", Reopened())

    (invoice,) = told(state, "Paid letter", ProposalSigned()).requests

    assert invoice.key.endswith("/acceptance/2")


def test_the_invoice_of_an_acceptance_belongs_to_the_visit_of_its_proposal() -> None:
    """Signed when the job has gone on, it holds nobody up (A-7)."""
    state = begun(
        Stage("Intake", [SendProposal(PAID_LETTER)]),
        Stage("Work", [CreateTask(PREPARE)], automove=True),
        DONE,
    )
    there = after(state, moved(state, "work"))

    signed = completed(there, "Paid letter")

    fee = signed.job.item("Fee")
    assert (fee.visit, fee.stage) == (1, "intake")
    assert completed(signed, "Prepare").job.stage == "done"


@pytest.mark.parametrize(
    ("templates", "said"),
    [
        ([one for one in TEMPLATES if one != FEE], "its template 'fee' is not there"),
        ([*TEMPLATES, TaskTemplate("Fee")], "its template 'fee' is a task template"),
    ],
)
def test_a_proposal_whose_invoice_template_is_gone_is_not_sent(
    templates: list[Any], said: str
) -> None:
    """Nobody is asked to accept what could not follow; it is retried when the template is back
    (A-24).
    """
    stage = Stage("Intake", [SendProposal(PAID_LETTER)], automove=True)
    state = begun(book=book_of(stage, DONE, templates=templates))

    (failed,) = state.job.blocked

    assert (failed.reason, failed.pipeline) == (said, "tax")
    assert state.job.items == ()
    assert state.job.stage == "intake"


def test_an_acceptance_brings_the_invoice_that_was_sent_with_the_letter() -> None:
    """Whatever became of the template since (A-18)."""
    state = offered(PAID_LETTER)
    dearer = replaced(FEE, lines=(LineItem("Form 1040", rate=usd("900.00")),))
    later = book_of(Stage("Intake"), DONE, templates=[dearer])

    decision = told(replaced(state, book=later), "Paid letter", ProposalSigned())

    (invoice,) = [one for one in decision.requests if isinstance(one, Invoice)]
    assert invoice.totals.total == usd("100.00")


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_an_acceptance_on_a_job_that_is_over_brings_nothing(status: str) -> None:
    """Also not after restoring; a warning says so (A-22)."""
    state = offered(PAID_LETTER)
    state = after(state, rules.set_status(state, status, NOON, MIA))

    decision = told(state, "Paid letter", ProposalSigned())
    restored = after(state, decision)
    restored = after(restored, rules.set_status(restored, "Active", NOON, MIA))

    assert decision.requests == ()
    assert "nothing followed from it" in events(decision, Warned)[0].text
    assert [item.name for item in restored.job.items] == ["Paid letter"]


def test_a_document_of_which_no_signer_is_known_is_signed_by_whoever_signs() -> None:
    """None says that it is signed as required; a name is that of nobody."""
    bare = state_of(Stage("Intake"), items=[item_of("Form", ItemKind.SIGNATURE, progress=None)])

    assert recorded(bare, "Form", DocumentSigned()).job.item("Form").state is ItemState.COMPLETED
    with pytest.raises(NotFoundError, match="no signatory 'Ada'"):
        told(bare, "Form", DocumentSigned("Ada"))
