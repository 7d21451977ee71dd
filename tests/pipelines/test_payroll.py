"""The package of a payroll run: nothing new, everything new, and a client who does not approve."""

from tests.pipelines.seasons import Season

PACKAGE = "payroll"
HIRED, LEFT = "Did you hire anyone?", "Did anyone leave?"
CHANGED = "Did a salary, address, bank account or withholding change?"


def test_a_payroll_without_changes_is_run_in_four_steps() -> None:
    """Input, register, approval, submission; and the fee."""
    season = Season(PACKAGE)

    season.answers("Payroll input")
    assert season.waits_for == {"Prepare payroll register"}
    season.does("Prepare payroll register")
    season.checks("Approve payroll")
    season.does("Submit payroll and deposit taxes")
    season.pays("Payroll fee")

    season.ends("Payroll complete")
    assert season.path == [
        "Collect hours",
        "Prepare payroll",
        "Client approves payroll",
        "Submit",
        "Bill payroll",
        "Payroll complete",
    ]
    assert season.bills == {"Payroll fee": "121.00 USD"}
    assert season.account_tags == {"has-payroll"}


def test_hires_leavers_changes_and_a_quarter_end_bring_their_own_work() -> None:
    """All tags of this run are gone at its end."""
    season = Season(PACKAGE, tags={"quarter-end"})

    season.answers("Payroll input", {HIRED: "Yes", LEFT: "Yes", CHANGED: "Yes"})
    assert season.account_tags == {"quarter-end", "new-hire", "termination", "payroll-change"}
    season.does("Set up new employee")
    assert season.stage == "New hires"
    season.checks("New hire paperwork")
    season.does("Prepare final paycheck")
    season.does("Enter payroll changes", "Prepare payroll register")
    season.checks("Approve payroll")
    season.does("Submit payroll and deposit taxes")
    assert season.stage == "Quarter end"
    season.does("File Form 941 and state quarterly returns", "Review quarterly returns")
    season.pays("Quarterly payroll returns fee")
    season.pays("Payroll fee")

    season.ends("Payroll complete")
    assert season.bills == {
        "Quarterly payroll returns fee": "140.00 USD",
        "Payroll fee": "121.00 USD",
    }
    assert season.account_tags == {"has-payroll"}


def test_a_payroll_that_nobody_approves_is_not_submitted() -> None:
    """The client is told every day for three days."""
    season = Season(PACKAGE)

    season.answers("Payroll input")
    season.does("Prepare payroll register")
    season.waits(days=10)

    assert season.stage == "Client approves payroll"
    assert season.reminders == [
        "Payroll is waiting for your approval",
        "Approval needed by noon",
        "We can't pay your team without your approval",
    ]
    assert "Submit payroll and deposit taxes" not in season.tasks
    assert season.bills == {}


def test_hours_that_do_not_come_put_payday_at_risk() -> None:
    """The client hears it in so many words."""
    season = Season(PACKAGE)

    season.waits(days=2)
    season.answers("Payroll input")
    season.waits(days=1)

    assert season.reminders == ["Payroll input is due today", "We need your hours now"]
