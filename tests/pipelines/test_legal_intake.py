"""The package of a law firm's intake: three kinds of matters, and inquiries that are declined."""

import pytest

from tests.pipelines.seasons import Season

PACKAGE = "legal-intake"
FORM, MATTER = "Legal intake form", "What kind of matter is it?"
URGENT = "Is there a court date, hearing or deadline in the next 14 days?"
FAMILY, INJURY = "Divorce, custody or support", "An accident or injury"
BUSINESS = "A business or a contract"


def test_a_family_matter_is_opened_when_the_deposit_is_in_trust() -> None:
    """Consultation fee, agreement, deposit; then those who work for the client have access."""
    season = Season(PACKAGE)

    season.answers(FORM, {MATTER: FAMILY})
    season.does("Run conflict check")
    assert season.waits_for == {"Consultation fee", "Hold consultation"}
    season.pays("Consultation fee")
    season.does("Hold consultation")
    season.signs("Hourly fee agreement")
    assert season.waits_for == {"Advance fee deposit"}
    season.pays("Advance fee deposit")
    season.does("Open the matter")

    season.ends("Matter opened")
    assert season.bills == {"Consultation fee": "250.00 USD", "Advance fee deposit": "3500.00 USD"}
    assert season.engine.account(season.account).access == {"attorney", "paralegal"}
    assert season.job.assignees == {"attorney", "paralegal"}
    assert season.account_tags == {"family-law", "client"}


def test_an_injured_client_pays_nothing_ahead() -> None:
    """A contingent agreement, deadlines and evidence first."""
    season = Season(PACKAGE)

    season.answers(FORM, {MATTER: INJURY, URGENT: "Yes"})
    assert season.waits_for == {"Run conflict check", "Calendar deadlines"}
    season.does("Run conflict check", "Calendar deadlines", "Hold consultation")
    season.signs("Contingent fee agreement")
    season.does("Open the matter", "Send preservation letters")

    season.ends("Matter opened")
    assert season.bills == {}
    assert season.account_tags == {"personal-injury", "client"}


def test_a_business_matter_has_a_flat_fee() -> None:
    """One half of it is due on signing."""
    season = Season(PACKAGE, tags={"free-consultation"})

    season.answers(FORM, {MATTER: BUSINESS})
    season.does("Run conflict check", "Hold consultation")
    season.signs("Flat fee agreement")
    season.pays("Flat fee, first half")
    season.does("Open the matter")

    season.ends("Matter opened")
    assert season.bills == {"Flat fee, first half": "900.00 USD"}
    assert season.account_tags == {"business-law", "client"}


@pytest.mark.parametrize("tag", ["conflict-found", "not-accepted"])
def test_an_inquiry_that_is_declined_ends_with_a_letter(tag: str) -> None:
    """The job stays where it is, and is archived by hand; nothing is billed."""
    season = Season(PACKAGE)

    season.answers(FORM, {MATTER: FAMILY})
    season.tags(tag)
    season.does("Run conflict check")
    assert season.emails == ["Thank you for your inquiry", "Non-engagement letter"]
    season.does("File the declined inquiry")

    season.ends("Declined")
    assert season.path == ["Inquiry", "Conflict check", "Declined"]
    assert (season.bills, season.messages) == ({}, [])


def test_a_client_who_declines_the_agreement_is_not_represented() -> None:
    """No deposit is asked for, and no matter opened."""
    season = Season(PACKAGE)

    season.answers(FORM, {MATTER: FAMILY})
    season.does("Run conflict check", "Hold consultation")
    season.pays("Consultation fee")
    season.waits(days=4)
    season.declines("Hourly fee agreement", "we made up")
    season.waits(days=30)

    assert season.stage == "Fee agreement"
    assert season.reminders == ["Your fee agreement is ready to sign"]
    assert season.bills == {"Consultation fee": "250.00 USD"}
    assert "Open the matter" not in season.tasks


def test_an_inquiry_that_is_not_followed_up_is_closed_with_a_warning() -> None:
    """Legal deadlines run whether people answer or not."""
    season = Season(PACKAGE)

    season.waits(days=20)

    assert season.reminders == [
        "Your intake form",
        "Are you still looking for help?",
        "We will close your inquiry",
    ]
    assert season.path == ["Inquiry"]
