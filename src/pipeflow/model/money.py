"""Money: an exact amount and its currency."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import total_ordering
from typing import ClassVar, cast

import attrs

from ..errors import DefinitionError, Problem, shown
from .checks import exact_problems
from .currencies import DECIMALS, nearest_currency
from .record import frozen
from .values import Value

__all__ = ["EXACT", "Money", "decimal_of", "decimal_problems", "reckoned"]

FINEST = Decimal(1).scaleb(-24)  # to which amounts are reckoned that have no smallest unit
# All reckoning goes through this context, so that the host's own never changes an amount.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_A_CODE = "a code of ISO 4217"


def decimal_of(given: Decimal | int | str) -> Decimal:
    """Convert an amount, a quantity or a rate; what is no exact number passes to the checks."""
    if isinstance(given, int | str) and not isinstance(given, bool):
        try:
            return Decimal(given)
        except InvalidOperation:
            pass
    return cast("Decimal", given)


def decimal_problems(number: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a number: a float, for it rounds; too large or long; none at all."""
    if isinstance(number, str):
        yield Problem("is not a number", where, shown(number), ("a text like '450.00'",))
    elif not isinstance(number, Decimal):
        what = "must be an exact number" + (", and a float rounds" * isinstance(number, float))
        allowed = ("a text like '450.00'", "a Decimal", "an int")
        yield Problem(what, where, shown(number), allowed)
    else:
        yield from exact_problems(number, where)


def _currency_problems(code: object, where: str) -> Iterator[Problem]:
    if not isinstance(code, str):
        yield Problem("must be text", where, shown(code), (_A_CODE,))
    elif code not in DECIMALS:
        what = f"there is no currency {shown(code)}."
        yield Problem(what, where, allowed=(_A_CODE,), nearest=nearest_currency(code))


@total_ordering
@frozen
class Money(Value):
    """An amount in a currency: `Money("450.00", "USD")`.

    The currency is a code of ISO 4217, which says what its smallest unit is: cents for most,
    whole yen, thousandths of a dinar. Gold, special drawing rights and other codes without a
    smallest unit are never rounded; so is `XTS`, which is there for tests. `XXX`, "no currency",
    is refused.

    Raises:
        DefinitionError: For a float, for no number, or for no currency.
    """

    _to_the_letter: ClassVar[tuple[str, ...]] = ("currency",)

    amount: Decimal = attrs.field(converter=decimal_of)
    currency: str

    def _problems(self) -> Iterator[Problem]:
        yield from decimal_problems(self.amount, "$.amount")
        yield from _currency_problems(self.currency, "$.currency")

    def __add__(self, other: Money) -> Money:
        """Add money of the same currency."""
        if not isinstance(other, Money):
            return NotImplemented
        return Money(EXACT.add(self.amount, self._same(other).amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract money of the same currency."""
        if not isinstance(other, Money):
            return NotImplemented
        return Money(EXACT.subtract(self.amount, self._same(other).amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        """Multiply, rounding half up to the currency's smallest unit."""
        number = decimal_of(factor)
        if problems := tuple(decimal_problems(number, "$.factor")):
            raise DefinitionError(*problems)
        return reckoned(EXACT.multiply(self.amount, number), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare money of the same currency."""
        if not isinstance(other, Money):
            return NotImplemented
        return self.amount < self._same(other).amount

    def __bool__(self) -> bool:
        """Tell whether it is any money at all."""
        return bool(self.amount)

    def __str__(self) -> str:
        """Print as on an invoice: `450.00 USD`."""
        return f"{self.rounded().amount:f} {self.currency}"

    def __repr__(self) -> str:
        """Print as it is written in code."""
        return f"Money({str(self.amount)!r}, {self.currency!r})"

    def rounded(self) -> Money:
        """Round half up to the smallest unit of the currency, if it has one."""
        return self if DECIMALS[self.currency] is None else reckoned(self.amount, self.currency)

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise DefinitionError(
                Problem(
                    f"{self.currency} and {other.currency} cannot be reckoned together; "
                    "convert one of them first",
                    given=f"{self!r} and {other!r}",
                )
            )
        return other


def reckoned(amount: Decimal, currency: str) -> Money:
    """Make money of what was reckoned, rounded half up to the smallest unit of the currency.

    Where there is none, what has more digits than can be kept is rounded to the finest part.
    """
    decimals = DECIMALS[currency]
    if decimals is not None:
        amount = amount.quantize(Decimal(1).scaleb(-decimals), context=EXACT)
    elif any(exact_problems(amount, "")):
        amount = amount.quantize(FINEST, context=EXACT)
    return Money(amount, currency)
