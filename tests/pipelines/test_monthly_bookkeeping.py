"""The package of a month of books: plans, questions, and a client who is silent."""

from tests.pipelines.seasons import Season

PACKAGE = "monthly-bookkeeping"
CHECKLIST = "Month-end checklist"
LOAN = "Did you take out a loan or buy something over $2,500 this month?"


def test_a_plain_month_is_closed_and_billed() -> None:
    """No payroll, no inventory, no questions."""
    season = Season(PACKAGE)

    assert season.job.name == "Books December 2025, Ada Lovelace"
    season.checks(CHECKLIST)
    season.does("Categorize transactions", "Reconcile accounts", "Review the month")
    assert season.messages == [CHECKLIST, "Your monthly reports"]
    season.pays("Monthly bookkeeping fee")

    season.ends("Month closed")
    assert "Questions to the client" not in season.path
    assert season.bills == {"Monthly bookkeeping fee": "350.00 USD"}
    assert season.job.assignees == {"bookkeeper"}


def test_a_client_with_everything_gets_more_work_and_another_invoice() -> None:
    """Questions come between recording and reconciling, and are not asked again next month."""
    season = Season(PACKAGE, tags={"has-payroll", "inventory", "advisory"})

    season.checks(CHECKLIST)
    assert season.waits_for == {
        "Categorize transactions",
        "Post payroll journal",
        "Update inventory and cost of goods",
    }
    season.does("Post payroll journal", "Update inventory and cost of goods")
    season.tags("open-questions")
    season.does("Categorize transactions")
    assert season.waits_for == {"Transaction questions"}
    season.answers("Transaction questions", {LOAN: "Yes"})
    assert season.account_tags == {"has-payroll", "inventory", "advisory", "asset-purchase"}
    season.does("Reconcile accounts", "Review the month", "Prepare advisory call")
    season.pays("Advisory plan fee")

    season.ends("Month closed")
    assert season.bills == {"Advisory plan fee": "575.00 USD"}
    assert season.account_tags == {"has-payroll", "inventory", "advisory"}


def test_a_client_who_does_not_answer_questions_is_told_what_follows() -> None:
    """And the month stays open; the team moves it on by hand, and it goes to the end."""
    season = Season(PACKAGE, tags={"open-questions"})

    season.waits(days=4)
    season.checks(CHECKLIST)
    season.does("Categorize transactions")
    season.waits(days=20)
    assert season.stage == "Questions to the client"
    assert season.reminders == [
        "Month-end checklist for Ada Lovelace",
        "A few questions about December",
        "Still open: questions about your transactions",
        "We will book the open items as uncategorized",
    ]
    season.engine.move(season.job, "Reconcile", open="cancel")
    season.does("Reconcile accounts", "Review the month")
    season.pays("Monthly bookkeeping fee")

    season.ends("Month closed")


def test_a_month_that_is_not_paid_is_reminded_of_three_times() -> None:
    """The reports went out all the same."""
    season = Season(PACKAGE)

    season.checks(CHECKLIST)
    season.does("Categorize transactions", "Reconcile accounts", "Review the month")
    season.waits(days=60)

    assert season.stage == "Report and bill"
    assert season.reminders == [
        "Your monthly bookkeeping invoice",
        "Second reminder: bookkeeping invoice",
        "Past due: bookkeeping invoice",
    ]
