"""Money: exact, of one currency, and rounded as on an invoice."""

import decimal
import operator
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.errors import DefinitionError
from pipeflow.model.currencies import DECIMALS
from pipeflow.model.money import Money
from tests.model.refusals import refused

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_money_is_reckoned_exactly(a: Decimal, b: Decimal, c: Decimal) -> None:
    """The order of a sum does not matter, and what was added can be taken away."""
    one, two, three = Money(a, "USD"), Money(b, "USD"), Money(c, "USD")

    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert (one + two) - two == one
    assert (one < two) == (a < b)
    assert max(one, two).amount == max(a, b)


@given(AMOUNTS, AMOUNTS)
def test_the_hosts_decimal_context_changes_no_amount(a: Decimal, b: Decimal) -> None:
    """The same input gives the same amount in every thread of every host."""
    with decimal.localcontext() as context:
        context.prec = 3
        context.rounding = decimal.ROUND_DOWN
        there = (Money(a, "USD") + Money(b, "USD") - Money("0.01", "USD")) * Decimal("1.075")

    assert there == (Money(a, "USD") + Money(b, "USD") - Money("0.01", "USD")) * Decimal("1.075")


@pytest.mark.parametrize(
    ("money", "factor", "product"),
    [
        (Money("10.00", "USD"), Decimal("0.0005"), Money("0.01", "USD")),
        (Money("10.00", "USD"), Decimal("0.00049"), Money("0.00", "USD")),
        (Money("-10.00", "USD"), Decimal("0.0005"), Money("-0.01", "USD")),
        (Money("99.99", "EUR"), 3, Money("299.97", "EUR")),
        (Money(101, "JPY"), Decimal("0.5"), Money(51, "JPY")),
        (Money("1", "KWD"), Decimal("0.0125"), Money("0.013", "KWD")),
    ],
)
def test_a_product_is_rounded_half_up_to_the_smallest_unit(
    money: Money, factor: Decimal | int, product: Money
) -> None:
    """Cents for most currencies, whole yen, thousandths of a dinar."""
    assert money * factor == product


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money("450", "USD"), "450.00 USD"),
        (Money("1E+3", "USD"), "1000.00 USD"),
        (Money(500, "JPY"), "500 JPY"),
        (Money("-0.5", "EUR"), "-0.50 EUR"),
    ],
)
def test_money_prints_as_on_an_invoice(money: Money, text: str) -> None:
    """With the decimals of its currency, and its code."""
    assert str(money) == text


def test_money_shows_itself_as_it_is_written() -> None:
    """The repr can be pasted."""
    assert repr(Money("450.00", "USD")) == "Money('450.00', 'USD')"


def test_money_is_equal_by_amount_and_currency() -> None:
    """`450` and `450.00` are the same money, another currency is not; nothing is no money."""
    assert Money(450, "USD") == Money("450.00", "USD")
    assert hash(Money(450, "USD")) == hash(Money("450.00", "USD"))
    assert Money(450, "USD") != Money(450, "EUR")
    assert Money("0.01", "USD")
    assert not Money(0, "USD")


@pytest.mark.parametrize("reckon", [operator.add, operator.sub, operator.lt, operator.ge, max])
def test_two_currencies_are_never_reckoned_together(reckon: Callable[[Any, Any], Any]) -> None:
    """The error names both and says what to do."""
    (problem,) = refused(lambda: reckon(Money(1, "USD"), Money(1, "EUR")))

    assert "USD" in problem
    assert "EUR" in problem
    assert "cannot be reckoned together; convert one of them first (given: Money('1'" in problem


@pytest.mark.parametrize("reckon", [operator.add, operator.sub, operator.lt])
def test_money_and_a_bare_number_do_not_mix(reckon: Callable[[Any, Any], Any]) -> None:
    """A number has no currency."""
    with pytest.raises(TypeError):
        reckon(Money(1, "USD"), 1)


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        (
            450.0,
            (
                "must be an exact number, and a float rounds (given: 450.0) "
                "Allowed: a text like '450.00', a Decimal, an int."
            ),
        ),
        (
            True,
            (
                "must be an exact number (given: True) "
                "Allowed: a text like '450.00', a Decimal, an int."
            ),
        ),
        ("450,00", "is not a number (given: '450,00') Allowed: a text like '450.00'."),
        (
            "NaN",
            "must be between -1000000000000000 and 1000000000000000 (given: Decimal('NaN'))",
        ),
        (
            10**16,
            (
                "must be between -1000000000000000 and 1000000000000000 "
                "(given: Decimal('10000000000000000'))"
            ),
        ),
        ("1E-61", "must have at most 60 digits; round it first (given: Decimal('1E-61'))"),
        (
            f"0.{'1' * 61}",
            f"must have at most 60 digits; round it first (given: Decimal('0.{'1' * 61}'))",
        ),
    ],
)
def test_an_amount_is_an_exact_number(amount: Any, problem: str) -> None:
    """A float is refused, for it rounds; so is what is no amount of money."""
    assert refused(lambda: Money(amount, "USD")) == [f"$.amount: {problem}"]


@pytest.mark.parametrize(
    ("currency", "meant"),
    [
        ("usd", "USD"),
        ("EURO", "EUR"),
        ("GPB", "GBP"),
        ("EUT", "EUR"),
        ("ÜSD", "USD"),
        ("DOLLAR", ""),
        ("", ""),
        ("XXX", ""),
    ],
)
def test_an_unknown_currency_is_refused_with_the_nearest_one(currency: str, meant: str) -> None:
    """Else its smallest unit would be a guess."""
    hint = f" Did you mean {meant!r}?" if meant else ""

    assert refused(lambda: Money(1, currency)) == [
        f"$.currency: there is no currency {currency!r}.{hint} Allowed: a code of ISO 4217."
    ]


@pytest.mark.parametrize("currency", [None, 840])
def test_a_currency_is_text(currency: Any) -> None:
    """ISO 4217 has numbers too, which nobody can read."""
    assert refused(lambda: Money(1, currency)) == [
        f"$.currency: must be text (given: {currency!r}) Allowed: a code of ISO 4217."
    ]


@pytest.mark.parametrize(
    ("currency", "rounded"),
    [
        ("USD", "1.23"),
        ("HUF", "1.23"),
        ("JPY", "1"),
        ("UYI", "1"),
        ("KWD", "1.235"),
        ("IQD", "1.235"),
        ("CLF", "1.2346"),
        ("UYW", "1.2346"),
        ("XAU", "1.23456"),
        ("XDR", "1.23456"),
        ("XTS", "1.23456"),
    ],
)
def test_every_currency_is_rounded_to_its_own_smallest_unit(currency: str, rounded: str) -> None:
    """As ISO 4217 says (R-12); what has no smallest unit is not rounded."""
    money = Money("1.23456", currency)

    assert str(money.rounded().amount) == rounded
    assert str(money) == f"{rounded} {currency}"
    assert str((money * 1).amount) == rounded


def test_the_table_of_currencies_is_whole() -> None:
    """As many codes as ISO 4217's list has, without XXX, by the decimals that it gives (R-12)."""
    assert Counter(DECIMALS.values()) == {0: 17, 2: 139, 3: 7, 4: 2, None: 12}
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in DECIMALS)


def test_money_names_all_that_is_wrong_with_it() -> None:
    """Amount and currency at once."""
    with pytest.raises(DefinitionError) as caught:
        Money(1.5, "dollars")  # type: ignore[arg-type]

    assert [problem.where for problem in caught.value.problems] == ["$.amount", "$.currency"]


def test_money_is_not_multiplied_by_a_float() -> None:
    """A float would round; the error says what to write."""
    assert refused(lambda: Money(1, "USD") * 0.1)[0].startswith(  # type: ignore[operator]
        "$.factor: must be an exact number, and a float rounds"
    )


@pytest.mark.parametrize("currency", ["USD", "XAU"])
def test_what_is_reckoned_can_be_kept(currency: str) -> None:
    """Rounding comes first, also where the finest amount is multiplied by the finest factor."""
    finest = Money(Decimal("1E-60"), currency)

    assert finest * Decimal("1E-60") == Money(0, currency)


def test_what_is_reckoned_without_a_smallest_unit_keeps_its_digits() -> None:
    """Gold is never rounded, as long as what comes out can be written down."""
    assert Money("0.123456789", "XAU") * Decimal("0.1") == Money("0.0123456789", "XAU")
    assert refused(lambda: Money("1E+15", "XAU") * 10**15)
