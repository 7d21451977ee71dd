"""The package of a month of sales tax: sales, none, several states, and a new one."""

from tests.pipelines.seasons import Season

PACKAGE = "sales-tax"
DATA, APPROVE = "Sales data", "Approve sales tax"
SALES = "Did you have any sales in the month?"
NEW = "Did you start to sell in, ship from, or hire in a new state?"
SEVERAL = "Did you sell in more than one state?"
WARE = {SALES: "Yes"}


def test_a_month_of_sales_at_home() -> None:
    """Prepared, approved, filed, billed."""
    season = Season(PACKAGE)

    season.answers(DATA, WARE)
    season.does("Prepare sales tax return")
    season.checks(APPROVE)
    season.does("File and pay sales tax")
    season.pays("Sales tax filing fee")

    season.ends("Sales tax filed")
    assert season.bills == {"Sales tax filing fee": "75.00 USD"}
    assert season.account_tags == {"sales-tax"}


def test_a_month_without_sales_takes_the_short_way() -> None:
    """Nothing to prepare and nothing to approve, and a smaller fee."""
    season = Season(PACKAGE, tags={"several-states"})

    season.answers(DATA, {SALES: "No", SEVERAL: "Yes"})
    assert season.waits_for == {"File zero return"}
    season.does("File zero return")
    season.pays("Zero return fee")

    season.ends("Sales tax filed")
    assert season.path == ["Collect sales data", "File", "Bill the filing", "Sales tax filed"]
    assert season.bills == {"Zero return fee": "25.00 USD"}
    assert season.account_tags == {"sales-tax", "several-states"}


def test_a_new_state_is_registered_before_returns_are_prepared() -> None:
    """Registration and other states are billed besides."""
    season = Season(PACKAGE)

    season.answers(DATA, WARE | {NEW: "Yes", SEVERAL: "Yes"})
    assert season.waits_for == {"State registration agreement", "Check nexus and register"}
    season.signs("State registration agreement")
    season.does("Check nexus and register")
    season.does("Prepare sales tax return", "Prepare returns of other states")
    season.checks(APPROVE)
    season.does("File and pay sales tax")
    assert season.bills == {
        "Sales tax filing fee": "75.00 USD",
        "Other states filing fee": "135.00 USD",
        "State registration fee": "225.00 USD",
    }
    season.pays(*season.bills)

    season.ends("Sales tax filed")
    assert season.account_tags == {"sales-tax", "several-states"}


def test_a_client_who_declines_the_registration_goes_on_with_the_states_of_before() -> None:
    """The team takes the tag away and moves the job on; nothing of the new state is billed."""
    season = Season(PACKAGE)

    season.answers(DATA, WARE | {NEW: "Yes"})
    season.declines("State registration agreement", "we stopped shipping there")
    season.waits(days=10)
    assert season.reminders == []
    season.engine.tag(season.account, remove={"new-state"})
    season.engine.move(season.job, "Prepare returns", open="cancel")
    season.does("Prepare sales tax return")
    season.checks(APPROVE)
    season.does("File and pay sales tax")
    season.pays("Sales tax filing fee")

    season.ends("Sales tax filed")
    assert season.bills == {"Sales tax filing fee": "75.00 USD"}


def test_a_client_who_sends_no_data_hears_of_the_filing_date() -> None:
    """Three times, and nothing is filed."""
    season = Season(PACKAGE)

    season.waits(days=30)

    assert season.path == ["Collect sales data"]
    assert season.reminders == [
        "Sales data for your sales tax return",
        "Your sales reports are still missing",
        "Last reminder before the filing date",
    ]
