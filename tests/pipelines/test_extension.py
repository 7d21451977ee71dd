"""The package of an extension: individuals, companies, and people who do not answer."""

import pytest

from tests.pipelines.seasons import Season

PACKAGE = "extension"
QUESTIONS, PAYMENT = "Extension questions", "Extension payment"
OWE = "Do you expect to owe tax for the year?"
STATE = "Do you need an extension for a state return too?"


@pytest.mark.parametrize(
    ("kind", "form", "message"),
    [
        ("individual", "File Form 4868", "Your extension was accepted"),
        ("company", "File Form 7004", "Your business extension was accepted"),
    ],
)
def test_the_type_of_the_account_decides_on_the_form(kind: str, form: str, message: str) -> None:
    """A refund is expected, so nothing has to be paid with the extension."""
    season = Season(PACKAGE, kind=kind)

    season.answers(QUESTIONS, {OWE: "No, I expect a refund"})
    season.does("Estimate the balance due")
    assert season.waits_for == {form}
    season.does(form, "Confirm acceptance")
    season.pays("Extension fee")

    season.ends("Extended")
    assert "Payment with the extension" not in season.path
    assert season.messages == [message]
    assert season.bills == {"Extension fee": "85.00 USD"}
    assert season.account_tags == {"extended"}


def test_who_owes_tax_is_asked_to_pay_before_the_form_is_filed() -> None:
    """And a state that was asked for is extended too."""
    season = Season(PACKAGE)

    season.answers(QUESTIONS, {OWE: "Yes, probably", STATE: "Yes"})
    season.does("Estimate the balance due")
    season.waits(days=3)
    assert season.stage == "Payment with the extension"
    assert season.reminders == ["Your extension payment is still open"]
    season.checks(PAYMENT)
    assert season.waits_for == {"File Form 4868", "File state extension"}
    season.does("File Form 4868", "File state extension", "Confirm acceptance")
    season.pays("Extension fee")

    season.ends("Extended")
    assert season.account_tags == {"extended"}


def test_a_balance_that_only_the_preparer_sees_is_asked_for_as_well() -> None:
    """The preparer sets the tag that the client's answer did not."""
    season = Season(PACKAGE)

    season.answers(QUESTIONS, {OWE: "I don't know"})
    season.tags("extension-payment")
    season.does("Estimate the balance due")

    assert season.waits_for == {PAYMENT}


def test_a_fee_that_is_not_paid_keeps_the_job_after_the_acceptance() -> None:
    """Three reminders, and then a person has to see to it."""
    season = Season(PACKAGE)

    season.answers(QUESTIONS, {OWE: "No, I expect a refund"})
    season.does("Estimate the balance due", "File Form 4868", "Confirm acceptance")
    season.waits(days=60)

    assert season.stage == "Wait for acceptance"
    assert season.reminders == [
        "Invoice for your extension",
        "Second reminder: invoice for your extension",
        "Past due: invoice for your extension",
    ]
    assert season.messages == []


def test_a_client_who_is_silent_is_warned_three_times() -> None:
    """No extension is filed without consent."""
    season = Season(PACKAGE)

    season.waits(days=30)

    assert season.path == ["Ask the client"]
    assert season.reminders == [
        "Five short questions about your extension",
        "Please answer today: your extension for 2025",
        "Last reminder before the filing deadline",
    ]
    assert season.tasks == []
