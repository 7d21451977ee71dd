"""The package of a new client: three plans, a previous accountant, a proposal declined."""

import pytest

from tests.pipelines.seasons import Season

PACKAGE = "client-onboarding"
PROPOSAL, FEE, FORM = "Service proposal", "Onboarding fee", "Welcome questionnaire"
BEFORE = "Did another accountant work for you?"
SOFTWARE = "Which bookkeeping software do you use?"
LATE = "Are any returns or payments late?"
EMPLOYEES = "Do you have employees?"


def test_a_small_client_is_set_up_in_a_few_steps() -> None:
    """The setup fee is invoiced when the proposal is signed, and holds the job until it is paid."""
    season = Season(PACKAGE)

    season.signs(PROPOSAL, package="Essentials")
    assert season.waits_for == {FEE}
    assert season.emails == []
    season.pays(FEE)
    assert season.emails == ["Welcome to the firm"]
    season.answers(FORM)
    season.does("Check identity and conflicts", "Set up the client", "Hold the welcome call")

    season.ends("Active client")
    assert "Previous accountant" not in season.path
    assert season.bills == {FEE: "350.00 USD"}
    assert season.account_tags == {"plan-essentials", "active-client"}
    assert season.engine.account(season.account).access == {"advisor", "bookkeeper"}


def test_a_client_with_a_past_brings_records_software_payroll_and_a_plan() -> None:
    """The plan and the answers tag the account, and tags that are done with go."""
    season = Season(PACKAGE)

    season.signs(PROPOSAL, package="Advisory")
    season.pays(FEE)
    season.answers(FORM, {BEFORE: "Yes", SOFTWARE: "None yet", LATE: "Yes", EMPLOYEES: "Yes"})
    season.does("Check identity and conflicts")
    assert season.stage == "Previous accountant"
    season.checks("Letter to your previous accountant")
    season.does("Collect records from the previous accountant")
    assert season.waits_for == {
        "Set up the client",
        "Set up bookkeeping software",
        "Take over payroll",
        "Plan the catch-up",
    }
    assert "bookkeeper" in season.job.assignees
    season.does("Set up the client", "Set up bookkeeping software", "Take over payroll")
    season.does("Plan the catch-up", "Hold the welcome call")

    season.ends("Active client")
    assert season.account_tags == {
        "plan-advisory",
        "advisory",
        "has-payroll",
        "catch-up",
        "active-client",
    }


@pytest.mark.parametrize("plan", ["Essentials", "Growth", "Advisory"])
def test_the_plan_that_is_chosen_stands_on_the_account(plan: str) -> None:
    """A plan of before makes place for it."""
    season = Season(PACKAGE, tags={"plan-growth"})

    season.signs(PROPOSAL, package=plan)

    plans = {tag for tag in season.account_tags if tag.startswith("plan-")}
    assert plans == {f"plan-{plan.lower()}"}


def test_a_proposal_that_is_declined_is_followed_by_nothing() -> None:
    """No invoice, no welcome, no reminder."""
    season = Season(PACKAGE)

    season.waits(days=6)
    season.declines(PROPOSAL, "too expensive")
    season.waits(days=60)

    assert season.reminders == ["Our proposal for Ada Lovelace"]
    assert (season.bills, season.emails, season.path) == ({}, [], ["Proposal"])


def test_a_setup_that_is_not_paid_does_not_begin() -> None:
    """The firm asks three times whether to keep the place."""
    season = Season(PACKAGE)

    season.signs(PROPOSAL, package="Growth")
    season.waits(days=60)

    assert season.stage == "Proposal"
    assert season.reminders == [
        "Your setup invoice",
        "Second reminder: setup invoice",
        "Shall we keep your place?",
    ]
