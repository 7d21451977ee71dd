"""What an invoice comes to: lines, discount, tax, rounding."""

import decimal
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.model.money import Money
from pipeflow.model.templates import (
    Discount,
    InvoiceTemplate,
    InvoiceTotals,
    LineItem,
    TaxShare,
    tax_shares,
)
from tests.model.refusals import refused


def usd(amount: str | int | Decimal) -> Money:
    """Make dollars."""
    return Money(amount, "USD")


def totals(*lines: LineItem, discount: Discount | None = None) -> InvoiceTotals:
    """Return what an invoice of these lines comes to."""
    return InvoiceTemplate("Fee", lines, discount=discount).totals


@pytest.mark.parametrize(
    ("lines", "discount", "expected"),
    [
        ([LineItem("a", usd("450"))], None, ("450", "0", "0", "450")),
        ([LineItem("a", usd("100"), quantity="1.5")], None, ("150", "0", "0", "150")),
        ([LineItem("a", usd("100"), tax="7.5")], None, ("100", "0", "7.50", "107.50")),
        ([LineItem("a", usd("100"))], Discount(percent=10), ("100", "10", "0", "90")),
        ([LineItem("a", usd("100"))], Discount(amount=usd(30)), ("100", "30", "0", "70")),
        ([LineItem("a", usd("100"))], Discount(amount=usd(130)), ("100", "100", "0", "0")),
        ([LineItem("a", usd("100"), tax=10)], Discount(percent=100), ("100", "100", "0", "0")),
        ([LineItem("a", usd("0"))], Discount(amount=usd(5)), ("0", "0", "0", "0")),
        ([LineItem("a", usd("0"), tax=10)], None, ("0", "0", "0", "0")),
        ([LineItem("a", usd("100"), tax=10)], Discount(percent=10), ("100", "10", "9", "99")),
        (
            [LineItem("a", usd("100"), tax=10), LineItem("b", usd("300"))],
            Discount(amount=usd(40)),
            ("400", "40", "9", "369"),
        ),
        (
            [LineItem("a", usd("100"), tax=10), LineItem("credit", usd("-20"))],
            None,
            ("80", "0", "10", "90"),
        ),
        (
            [LineItem("a", usd("55.55"), tax=23), LineItem("b", usd("11.11"), tax=23)],
            None,
            ("66.66", "0", "15.33", "81.99"),
        ),
        (
            [LineItem(f"advice {n}", usd(n), tax=19) for n in ("2833.33", "2833.33", "2833.34")],
            Discount(amount=usd(7500)),
            ("8500", "7500", "190", "1190"),
        ),
        (
            [LineItem("book", usd("0.05"), tax=7), LineItem("advice", usd("0.05"), tax=19)],
            Discount(amount=usd("0.05")),
            ("0.10", "0.05", "0.01", "0.06"),
        ),
        ([LineItem("a", usd("10"))], Discount(amount=usd("0.005")), ("10", "0.01", "0", "9.99")),
        ([LineItem("a", usd("0.335"), quantity=3)], None, ("1.01", "0", "0", "1.01")),
    ],
)
def test_an_invoice_adds_up(
    lines: list[LineItem], discount: Discount | None, expected: tuple[str, str, str, str]
) -> None:
    """Each line is rounded; the discount comes before tax, which is rounded once a rate (R-11)."""
    assert totals(*lines, discount=discount) == InvoiceTotals(*map(usd, expected))


def test_a_discount_that_leaves_a_third_taxes_to_the_cent() -> None:
    """Half a cent is rounded up, also where the share left is no finite decimal."""
    found = totals(LineItem("a", usd("0.30"), tax="5"), discount=Discount(amount=usd("0.20")))

    assert found.tax == usd("0.01")


LINES = st.lists(
    st.builds(
        LineItem,
        st.just("a"),
        st.decimals(0, 10_000, places=3).map(usd),
        quantity=st.decimals(0, 100, places=2),
        tax=st.decimals(0, 100, places=1),
    ),
    min_size=1,
    max_size=6,
)
DISCOUNTS = st.one_of(
    st.none(),
    st.builds(Discount, percent=st.decimals(0, 100, places=2)),
    st.builds(Discount, amount=st.decimals(0, 10_000, places=3).map(usd)),
)


@given(LINES, DISCOUNTS)
def test_what_the_client_reads_adds_up(lines: list[LineItem], discount: Discount | None) -> None:
    """Total is subtotal less discount plus tax, each of them in whole cents, none negative."""
    found = totals(*lines, discount=discount)

    assert found.total == found.subtotal - found.discount + found.tax
    assert found.discount <= found.subtotal
    for part in (found.subtotal, found.discount, found.tax, found.total):
        assert part == part.rounded()
        assert part >= usd(0)


@given(LINES, DISCOUNTS)
def test_tax_is_rounded_once_for_each_rate(
    lines: list[LineItem], discount: Discount | None
) -> None:
    """R-11: it is the tax of what is taxed at the rate, to half a cent, and all shares add up."""
    found = totals(*lines, discount=discount)
    shares = tax_shares(lines, found.discount)

    assert [share.rate for share in shares] == sorted({line.tax for line in lines})
    assert sum((share.taxed for share in shares), usd(0)) == found.subtotal - found.discount
    assert sum((share.tax for share in shares), usd(0)) == found.tax
    for share in shares:
        exact = share.taxed.amount * share.rate / 100
        assert share.taxed == share.taxed.rounded()
        assert share.taxed >= usd(0)
        assert abs(share.tax.amount - exact) <= Decimal("0.005")


@given(LINES, DISCOUNTS)
def test_a_discount_lowers_what_each_rate_taxes_in_proportion(
    lines: list[LineItem], discount: Discount | None
) -> None:
    """R-11: to less than a cent, whatever the order of the lines is."""
    found = totals(*lines, discount=discount)
    shares = tax_shares(lines, found.discount)

    assert shares == tax_shares(reversed(lines), found.discount)
    for share in shares:
        whole = sum((line.amount for line in lines if line.tax == share.rate), usd(0))
        borne = found.discount.amount * whole.amount / (found.subtotal.amount or 1)
        assert abs((whole - share.taxed).amount - borne) < Decimal("0.01")


def test_a_credit_bears_its_part_of_a_discount() -> None:
    """What is taxed at a rate may be less than nothing, and then a discount makes it more."""
    lines = [LineItem("a", usd(100), tax=10), LineItem("credit", usd(-20))]

    assert tax_shares(lines, usd(40)) == (
        TaxShare(Decimal(0), usd("-10.00"), usd("0.00")),
        TaxShare(Decimal(10), usd("50.00"), usd("5.00")),
    )


@given(LINES, DISCOUNTS)
def test_totals_do_not_depend_on_the_host(lines: list[LineItem], discount: Discount | None) -> None:
    """Whatever decimal context the host's thread has."""
    with decimal.localcontext() as context:
        context.prec = 2
        context.rounding = decimal.ROUND_UP
        there = totals(*lines, discount=discount)

    assert there == totals(*lines, discount=discount)


def test_an_invoice_without_a_price_is_paid_at_birth_and_legal() -> None:
    """A-50: nothing to pay is a total of nothing, not an error."""
    assert not totals(LineItem("Free consultation", usd(0))).total


@pytest.mark.parametrize(
    ("lines", "discount", "problem"),
    [
        (
            [LineItem("a", usd(1)), LineItem("b", Money(1, "EUR"))],
            None,
            "must be in one currency (given: EUR, USD)",
        ),
        (
            [LineItem("a", usd(1))],
            Discount(amount=Money(1, "EUR")),
            "must be in one currency (given: EUR, USD)",
        ),
        (
            [LineItem("a", usd(-5))],
            None,
            "must not come to less than nothing (given: -5.00 USD)",
        ),
        (
            [LineItem("a", usd(100)), LineItem("b", usd(-90), tax=100)],
            None,
            "must not come to less than nothing (given: -80.00 USD)",
        ),
        (
            [LineItem("a", usd(10**15))] * 2,
            None,
            "must not come to more than 1000000000000000",
        ),
    ],
)
def test_an_invoice_that_does_not_add_up_is_refused(
    lines: list[LineItem], discount: Discount | None, problem: str
) -> None:
    """One currency, nothing negative, nothing beyond belief."""
    assert refused(lambda: totals(*lines, discount=discount)) == [f"$.lines: {problem}"]


def test_a_line_that_comes_to_too_much_is_refused() -> None:
    """Each factor may be fine, and their product not."""
    (problem,) = refused(lambda: LineItem("a", usd(10**10), quantity=10**10))

    assert problem.startswith("$.quantity: must be between ")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"percent": 101}, "$.percent: must be a percentage from 0 to 100 (given: Decimal('101'))"),
        ({"percent": 0.1}, "$.percent: must be an exact number, and a float rounds (given: 0.1)"),
        ({"amount": 5}, "$.amount: must be Money (given: 5)"),
        ({"amount": usd(-5)}, "$.amount: must not be negative (given: Money('-5', 'USD'))"),
        (
            {"amount": usd(5), "percent": 5},
            "$.percent: a discount is a percentage or an amount, not both",
        ),
        ({"description": 5}, "$.description: must be text (given: 5)"),
    ],
)
def test_a_discount_is_a_percentage_or_an_amount(fields: Any, problem: str) -> None:
    """Never both, never negative."""
    (found,) = refused(lambda: Discount(**fields))

    assert found.startswith(problem)
