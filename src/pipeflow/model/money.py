"""Money: an exact amount and its currency."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import total_ordering

import attrs

from ..errors import DefinitionError, Problem, shown
from .values import Value

__all__ = ["Money", "decimal_of"]

MINOR_UNITS = {
    "BHD": 3, "CLP": 0, "IDR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3,
    "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip  # ISO 4217: decimals of the currencies that do not have two
LARGEST = Decimal(10) ** 15


def decimal_of(given: Decimal | int | str) -> Decimal:
    """Convert an amount, a quantity or a rate; a float is refused, for it rounds."""
    if isinstance(given, bool | float) or not isinstance(given, Decimal | int | str):
        raise DefinitionError(
            Problem(
                "must be an exact number: a text like '450.00', a Decimal or an int",
                "$",
                shown(given),
            )
        )
    try:
        number = Decimal(given)
    except InvalidOperation:
        raise DefinitionError(Problem("is no number", "$", shown(given))) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise DefinitionError(Problem(f"must be between ±{LARGEST}", "$", shown(given)))
    return number


@total_ordering
@attrs.frozen(repr=False)
class Money(Value):
    """An amount in a currency (ISO 4217): `Money("450.00", "USD")`.

    Raises:
        DefinitionError: For a float, for no number, or for no currency.
    """

    amount: Decimal = attrs.field(converter=decimal_of)
    currency: str

    def _problems(self) -> Iterator[Problem]:
        code = self.currency
        if not (isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper()):
            what = "must be a currency code of three capitals, such as 'USD'"
            yield Problem(what, "$.currency", shown(code))

    def __add__(self, other: Money) -> Money:
        """Add money of the same currency."""
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract money of the same currency."""
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        """Multiply, rounding half up to the currency's smallest unit."""
        return Money(self.amount * decimal_of(factor), self.currency).rounded()

    def __lt__(self, other: Money) -> bool:
        """Compare money of the same currency."""
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
        return Money(self.amount.quantize(exponent, ROUND_HALF_UP), self.currency)

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
