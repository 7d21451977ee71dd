"""The package of an estate plan: a will, a trust, and a family with everything."""

from tests.pipelines.seasons import Season

PACKAGE = "estate-planning"
AGREEMENT, DEPOSIT = "Estate planning agreement", "Estate plan deposit"
FORM, DRAFTS = "Estate planning questionnaire", "Your drafts are ready"
WORTH = "What is all of it worth together, roughly?"


def test_a_will_plan_is_drafted_reviewed_and_signed() -> None:
    """The deposit is credited, and there is no trust to fund."""
    season = Season(PACKAGE)

    season.signs(AGREEMENT, package="Will plan")
    assert season.waits_for == {DEPOSIT}
    season.pays(DEPOSIT)
    season.answers(FORM)
    season.does("Hold design meeting", "Draft will plan", "Attorney review of documents")
    season.checks(DRAFTS)
    season.pays("Will plan balance")
    season.does("Hold signing ceremony")

    season.ends("Plan complete")
    assert season.bills == {DEPOSIT: "700.00 USD", "Will plan balance": "700.00 USD"}
    assert "Trust funding" not in season.path
    assert "Tax and business planning" not in season.path
    assert season.account_tags == {"will-plan", "estate-plan"}
    assert season.job.assignees == frozenset()


def test_a_family_with_a_business_and_a_taxable_estate_gets_every_document() -> None:
    """And the trust is funded before the plan is called complete."""
    season = Season(PACKAGE)

    season.signs(AGREEMENT, package="Trust plan")
    season.pays(DEPOSIT)
    season.answers(
        FORM,
        {
            "Do you have children under 18?": "Yes",
            "Does anyone you'd like to provide for have a disability?": "Yes",
            "Do you own a business or a share in one?": "Yes",
            WORTH: "More than $15 million",
        },
    )
    season.does("Hold design meeting", "Review estate tax", "Plan business succession")
    assert season.waits_for == {
        "Draft will plan",
        "Draft living trust",
        "Draft guardian nomination",
        "Draft special needs trust",
    }
    season.does(*season.waits_for)
    season.does("Attorney review of documents")
    season.checks(DRAFTS)
    season.pays("Trust plan balance")
    season.does("Hold signing ceremony", "Record the deed")
    season.waits(days=15)
    assert season.reminders == ["Please go on with funding your trust"]
    season.checks("Funding your trust")

    season.ends("Plan complete")
    assert season.bills == {DEPOSIT: "700.00 USD", "Trust plan balance": "2545.00 USD"}
    assert season.account_tags == {
        "trust-plan",
        "estate-plan",
        "minor-children",
        "special-needs",
        "business-owner",
        "taxable-estate",
    }


def test_a_client_who_changes_the_plan_at_the_design_meeting_is_billed_for_the_new_one() -> None:
    """The attorney changes the tags before the task is done."""
    season = Season(PACKAGE)

    season.signs(AGREEMENT, package="Will plan")
    season.pays(DEPOSIT)
    season.answers(FORM)
    season.engine.tag(season.account, add={"trust-plan"}, remove={"will-plan"})
    season.does("Hold design meeting")

    assert season.waits_for == {"Draft will plan", "Draft living trust"}


def test_drafts_that_nobody_reads_hold_the_plan() -> None:
    """Nothing is billed and nothing signed; the client hears that drafts protect nobody."""
    season = Season(PACKAGE)

    season.signs(AGREEMENT, package="Will plan")
    season.pays(DEPOSIT)
    season.answers(FORM)
    season.does("Hold design meeting", "Draft will plan", "Attorney review of documents")
    season.waits(days=60)

    assert season.stage == "Client reads the drafts"
    assert season.reminders == [
        "Your drafts are waiting for you",
        "How do the drafts look?",
        "Your plan isn't in force yet",
    ]
    assert season.bills == {DEPOSIT: "700.00 USD"}


def test_an_agreement_that_is_declined_brings_no_deposit() -> None:
    """And no questionnaire."""
    season = Season(PACKAGE)

    season.declines(AGREEMENT, "we will wait")
    season.waits(days=60)

    assert (season.bills, season.emails, season.reminders) == ({}, [], [])
    assert season.path == ["Estate agreement"]
