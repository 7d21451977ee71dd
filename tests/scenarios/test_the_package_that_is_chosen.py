"""The package that a client chooses by signing: its tags, and what is said of it twice."""

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    Engine,
    Item,
    Job,
    NotAllowedError,
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


def test_whoever_has_signed_may_say_later_which_package(engine: Engine, job: Job) -> None:
    """While the others have yet to sign; it was taken in and lost."""
    engine.record(offer(job), ProposalSigned("ann@example.com"))

    job = engine.record(offer(job), ProposalSigned("ann@example.com", package="Gold"))

    assert chosen(job) == "Gold"
    assert "package 'Gold'" in str(engine.history(job)[-1])
    told = len(engine.history(job))
    job = engine.record(offer(job), ProposalSigned("ann@example.com", package="Gold"))
    assert len(engine.history(job)) == told
    engine.record(offer(job), ProposalSigned("bob@example.com"))
    assert engine.account(job.account).tags == {"gold"}


@pytest.mark.parametrize("who", ["ann@example.com", "bob@example.com", None])
def test_a_package_that_is_named_too_late_is_told(engine: Engine, who: str | None) -> None:
    """One signature was enough, and named none; the firm learns what the client wanted, once."""
    offer = ProposalTemplate("Quick offer", signatures="one", packages=TIERS)
    quick = Pipeline("Quick", [Stage("Offer", [SendProposal(offer)]), Stage("Done")])
    engine.save(offer, quick)
    people = [Contact("Ann", email="ann@example.com"), Contact("Bob", email="bob@example.com")]
    job = engine.start(quick, engine.save(Account("Ann and Bob", people)))
    job = engine.record(job.item("Quick offer"), ProposalSigned("ann@example.com"))
    before = len(engine.history(job))

    job = engine.record(job.item("Quick offer"), ProposalSigned(who, package="Gold"))

    told = engine.history(job)
    assert str(told[-1]).endswith(
        "'Quick offer': it was signed without a package, and 'Gold' is not taken any more; "
        "reopen it to have it signed for one"
    )
    assert engine.account(job.account).tags == frozenset()
    assert len(told) > before
    job = engine.record(job.item("Quick offer"), ProposalSigned(who, package="Gold"))
    assert len(engine.history(job)) == len(told)
    engine.reopen(job.item("Quick offer"))
    engine.record(job.item("Quick offer"), ProposalSigned(who, package="Gold"))
    assert engine.account(job.account).tags == {"gold"}


@pytest.mark.parametrize("who", ["ann@example.com", None])
def test_another_package_than_the_one_that_is_signed_is_refused(
    engine: Engine, job: Job, who: str | None
) -> None:
    """As it is while the letter waits for others (domain.md 2.3)."""
    engine.record(offer(job), ProposalSigned(package="Gold"))

    with pytest.raises(NotAllowedError, match="was signed for the package 'Gold'"):
        engine.record(offer(job), ProposalSigned(who, package="Silver"))


def test_a_letter_that_was_let_go_of_keeps_the_package_for_whoever_links_it_again(
    engine: Engine, job: Job
) -> None:
    """What is told of it meanwhile is kept (R-15)."""
    engine.unlink(job, offer(job))

    job = engine.record(offer(job), ProposalSigned(package="Gold"))

    assert chosen(job) == "Gold"
    told = len(engine.history(job))
    job = engine.record(offer(job), ProposalSigned(package="Gold"))
    assert len(engine.history(job)) == told
