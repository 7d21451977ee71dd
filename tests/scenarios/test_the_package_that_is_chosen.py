"""The package that a client chooses by signing: its tags, and what is said of it twice."""

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    Engine,
    Item,
    Job,
    OrganizerReturned,
    OrganizerSubmitted,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    SendProposal,
    SigningState,
    Stage,
    TagChange,
    TagsChanged,
)
from pipeflow.testing import World

TIERS = [
    Package("Basic"),
    Package("Gold", tags=TagChange(add={"gold"})),
    Package("Silver", tags=TagChange(add={"silver"})),
]
OFFER = ProposalTemplate("Offer", packages=TIERS)
SIGN_OFF = Pipeline("Sign off", [Stage("Offer", [SendProposal(OFFER)]), Stage("Done")])
INTEREST = OrganizerTemplate(
    "Interest",
    questions=[Question("Much?", choices={"Yes": TagChange(add={"gold"}), "No": None})],
)
ASKED = Pipeline("Asked", [Stage("Ask", [CreateOrganizer(INTEREST)]), Stage("Done")])


@pytest.fixture
def engine() -> Engine:
    """A firm that offers packages."""
    engine = World().engine
    engine.save(OFFER, SIGN_OFF, INTEREST, ASKED)
    return engine


@pytest.fixture
def job(engine: Engine) -> Job:
    """A couple that is offered some."""
    ann, bob = (Contact(name, email=f"{name}@example.com".lower()) for name in ("Ann", "Bob"))
    return engine.start(SIGN_OFF, engine.save(Account("Ann and Bob", [ann, bob])))


def offer(job: Job) -> Item:
    """Return what they sign."""
    return job.item("Offer")


def chosen(job: Job) -> str | None:
    """Return the package that counts."""
    progress = offer(job).progress
    assert isinstance(progress, SigningState)
    return progress.package


def test_a_proposal_that_is_signed_for_another_package_takes_the_tags_of_the_first_back(
    engine: Engine, job: Job
) -> None:
    """The client got what both packages bring."""
    engine.record(offer(job), ProposalSigned(package="Gold"))
    engine.reopen(offer(job), "the wrong package")

    engine.record(offer(job), ProposalSigned(package="Silver"))

    assert engine.account(job.account).tags == {"silver"}
    changes = [str(one) for one in engine.history(job) if isinstance(one, TagsChanged)]
    assert changes[-1].endswith("-gold (package 'Silver', in place of an earlier one)")


def test_a_package_without_tags_takes_them_back_too(engine: Engine, job: Job) -> None:
    """It brings nothing, and leaves nothing of the other one."""
    engine.record(offer(job), ProposalSigned(package="Gold"))
    engine.reopen(offer(job))

    engine.record(offer(job), ProposalSigned(package="Basic"))

    assert engine.account(job.account).tags == frozenset()


def test_tags_that_somebody_else_gave_stay(engine: Engine, job: Job) -> None:
    """By hand before or since, or by an answer."""
    engine.tag(job.account, add={"silver"})
    engine.record(offer(job), ProposalSigned(package="Silver"))
    engine.reopen(offer(job))
    engine.record(offer(job), ProposalSigned(package="Gold"))
    engine.tag(job.account, add={"gold"})
    engine.reopen(offer(job))

    engine.record(offer(job), ProposalSigned(package="Basic"))

    assert engine.account(job.account).tags == {"gold", "silver"}


def test_a_tag_that_an_answer_gave_too_stays_until_neither_does(engine: Engine, job: Job) -> None:
    """Each takes back what nothing else gives."""
    asked = engine.start(ASKED, job.account)
    engine.record(asked.item("Interest"), OrganizerSubmitted({"Much?": "Yes"}))
    engine.record(offer(job), ProposalSigned(package="Gold"))

    engine.record(asked.item("Interest"), OrganizerReturned())
    engine.record(asked.item("Interest"), OrganizerSubmitted({"Much?": "No"}))
    assert engine.account(job.account).tags == {"gold"}

    engine.reopen(offer(job))
    engine.record(offer(job), ProposalSigned(package="Basic"))
    assert engine.account(job.account).tags == frozenset()
