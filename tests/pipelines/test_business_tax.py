"""The package of a business return: seasons of three clients."""

from tests.pipelines.seasons import Season

PACKAGE = "business-tax"
LETTER, ORGANIZER = "Business return engagement letter", "Business tax organizer"
CHECKLIST, DRAFT = "Business records checklist", "Your draft business return"
TAXED = "How is the business taxed?"
CLOSED = "Are your books closed and reconciled through December 31?"
ELSEWHERE = "Did the business have income or customers in another state?"


def test_an_s_corporation_with_closed_books_goes_straight_through() -> None:
    """One invoice, Schedules K-1, and no cleanup."""
    season = Season(PACKAGE)

    season.signs(LETTER)
    season.answers(ORGANIZER, {TAXED: "S corporation (Form 1120-S)", CLOSED: "Yes"})
    season.checks(CHECKLIST)
    assert season.waits_for == {
        "Prepare business return",
        "Update shareholder basis and reasonable pay",
    }
    season.does("Prepare business return", "Update shareholder basis and reasonable pay")
    assert season.job.assignees == {"client-coordinator", "reviewer"}
    season.does("Review business return")
    season.checks(DRAFT)
    assert season.bills == {"Business return fee": "1295.00 USD"}
    season.pays("Business return fee")
    season.does("E-file business return")

    season.ends("Return filed")
    assert "Books cleanup" not in season.path
    assert season.messages[-2:] == [
        "Schedules K-1 for the owners",
        "Your business return has been filed",
    ]
    assert season.account_tags == {"s-corporation", "business-return-filed"}


def test_a_corporation_in_several_states_whose_books_need_work_gets_three_invoices() -> None:
    """It stays in billing until the last of them is paid, and owners get no Schedule K-1."""
    season = Season(PACKAGE)

    season.signs(LETTER)
    season.checks(CHECKLIST)
    corporation = "C corporation (Form 1120)"
    season.answers(ORGANIZER, {TAXED: corporation, CLOSED: "No, I need help", ELSEWHERE: "Yes"})
    assert season.waits_for == {"Clean up the books"}
    season.does("Clean up the books")
    season.does("Prepare business return", "Apportion income to other states")
    season.does("Review business return")
    season.checks(DRAFT)
    assert season.bills == {
        "Business return fee": "1295.00 USD",
        "Bookkeeping cleanup fee": "660.00 USD",
        "Additional state returns fee": "425.00 USD",
    }
    season.pays("Business return fee", "Bookkeeping cleanup fee")
    season.waits(days=30)
    assert season.stage == "Bill the return"
    assert season.reminders == [
        "Invoice for your additional state returns",
        "Second reminder: Additional state returns fee",
        "Past due: Additional state returns fee",
    ]
    season.pays("Additional state returns fee")
    season.does("E-file business return")

    season.ends("Return filed")
    assert "Schedules K-1 for the owners" not in season.messages
    assert season.account_tags == {
        "c-corporation",
        "multi-state-business",
        "business-return-filed",
    }


def test_a_client_who_declines_the_letter_is_left_alone() -> None:
    """Nothing is prepared, nothing billed, and no reminder goes out."""
    season = Season(PACKAGE)

    season.waits(days=5)
    season.declines(LETTER, "we chose another firm")
    season.waits(days=60)

    assert season.path == ["Business engagement"]
    assert season.reminders == ["Please sign: your 2025 business engagement letter"]
    assert season.emails == ["Business tax season begins"]
    assert (season.tasks, season.bills) == ([], {})
    assert "another firm" in str(season.engine.explain(season.job))


def test_a_client_who_sends_no_organizer_is_told_of_an_extension_in_the_end() -> None:
    """Each reminder has words of its own, and the last one says what happens otherwise."""
    season = Season(PACKAGE)

    season.signs(LETTER)
    season.checks(CHECKLIST)
    season.waits(days=60)

    assert season.stage == "Collect records"
    assert season.reminders == [
        "Your business tax organizer is waiting",
        "Second reminder: Your 2025 business tax organizer",
        "Your business tax organizer is waiting",
        "We may need to extend your business return",
    ]
