"""Money: an exact amount and its currency."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import total_ordering
from typing import cast

import attrs

from ..errors import DefinitionError, Problem, shown
from .values import Value

__all__ = ["EXACT", "Money", "decimal_of", "decimal_problems"]

MINOR_UNITS = {
    "BHD": 3, "CLP": 0, "IDR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3,
    "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip  # ISO 4217: decimals of the currencies that do not have two
LARGEST = Decimal(10) ** 15
# All reckoning goes through this context, so that the host's own never changes an amount.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def decimal_of(given: Decimal | int | str) -> Decimal:
    """Convert an amount, a quantity or a rate; what is no exact number passes to the checks."""
    if isinstance(given, int | str) and not isinstance(given, bool):
        try:
            return Decimal(given)
        except InvalidOperation:
            pass
    return cast("Decimal", given)


def decimal_problems(number: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a number: a float, for it rounds; one too large; none at all."""
    if isinstance(number, str):
        yield Problem("is no number", where, shown(number), ("a text like '450.00'",))
    elif not isinstance(number, Decimal):
        what = "must be an exact number" + (", and a float rounds" * isinstance(number, float))
        allowed = ("a text like '450.00'", "a Decimal", "an int")
        yield Problem(what, where, shown(number), allowed)
    elif not number.is_finite() or number.copy_abs() > LARGEST:
        yield Problem(f"must be between -{LARGEST} and {LARGEST}", where, shown(number))


@total_ordering
@attrs.frozen(eq=False, repr=False)
class Money(Value):
    """An amount in a currency (ISO 4217): `Money("450.00", "USD")`.

    Raises:
        DefinitionError: For a float, for no number, or for no currency.
    """

    amount: Decimal = attrs.field(converter=decimal_of)
    currency: str

    def _problems(self) -> Iterator[Problem]:
        yield from decimal_problems(self.amount, "$.amount")
        code = self.currency
        if not (isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper()):
            what = "must be a currency code of three capitals, such as 'USD'"
            yield Problem(what, "$.currency", shown(code))

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
        return Money(EXACT.multiply(self.amount, number), self.currency).rounded()

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
        """Round half up to the smallest unit of the currency."""
        exponent = Decimal(1).scaleb(-MINOR_UNITS.get(self.currency, 2))
        return Money(self.amount.quantize(exponent, context=EXACT), self.currency)

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise DefinitionError(
                Problem(
                    f"{self.currency} and {other.currency} can not be reckoned together; "
                    "convert one of them first",
                    given=f"{self!r} and {other!r}",
                )
            )
        return other
