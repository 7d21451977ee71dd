"""Invoice templates: lines, discount, tax, and how the invoice may be paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import attrs

from ...errors import DefinitionError, Problem, shown
from ..accounts import member_id
from ..checks import (
    LARGEST,
    choice_problems,
    each_is,
    flags_problems,
    of_kind,
    range_problems,
    texts_problems,
)
from ..money import EXACT, Money, decimal_of, decimal_problems, reckoned
from ..record import Plain, frozen
from ..reminders import Reminders, ReminderText, reminder_texts, reminder_texts_problems
from ..text import text_problems
from ..values import Value, as_choice, items
from .template import Template, reminders_problems

__all__ = [
    "Discount",
    "InvoiceTemplate",
    "InvoiceTotals",
    "LineItem",
    "PaymentMethod",
    "TaxShare",
    "tax_shares",
]

HUNDRED = Decimal(100)


class PaymentMethod(StrEnum):
    """How the client may pay."""

    CARD = "card"
    BANK = "bank"
    BOTH = "both"


def _percent_problems(value: Decimal, where: str) -> Iterator[Problem]:
    problems = tuple(decimal_problems(value, where))
    yield from problems
    if not problems and not 0 <= value <= HUNDRED:
        yield Problem("must be a percentage from 0 to 100", where, shown(value))


def _money_problems(value: object, where: str) -> Iterator[Problem]:
    if not isinstance(value, Money):
        yield Problem("must be Money", where, shown(value), ("Money('450.00', 'USD')",))


def _payment(given: PaymentMethod | str) -> PaymentMethod:
    return as_choice(PaymentMethod, given)


@frozen
class LineItem(Value):
    """A line of an invoice: `LineItem("Form 1040", rate=Money("450.00", "USD"))`.

    Args:
        service: What is billed.
        rate: The price of one.
        quantity: How many; hours may be fractions.
        tax: A percentage on top, such as `"7.5"`; lines of one rate are taxed as one sum.
        description: More words, with merge fields.
        member: Whose rate it is.
        code: The accounting class or location.
    """

    service: str
    rate: Money
    quantity: Decimal = attrs.field(default=Decimal(1), converter=decimal_of, kw_only=True)
    tax: Decimal = attrs.field(default=Decimal(0), converter=decimal_of, kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    member: str | None = attrs.field(default=None, converter=member_id, kw_only=True)
    code: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.service, "$.service", empty=False)
        yield from texts_problems(self, ("description", "code"))
        if self.member is not None:
            yield from text_problems(self.member, "$.member", empty=False)
        problems = (
            *_money_problems(self.rate, "$.rate"),
            *decimal_problems(self.quantity, "$.quantity"),
        )
        yield from problems
        if not problems:
            whole = EXACT.multiply(self.rate.amount, self.quantity)
            yield from range_problems(whole, "$.quantity")
        yield from _percent_problems(self.tax, "$.tax")

    @property
    def amount(self) -> Money:
        """Rate times quantity, rounded to the smallest unit, before discount and tax."""
        return self.rate * self.quantity


@frozen
class Discount(Value):
    """Taken off before tax: `Discount(percent=10)` or `Discount(amount=Money("50", "USD"))`.

    It is taken off what is taxed at each rate in proportion.
    """

    percent: Decimal = attrs.field(default=Decimal(0), converter=decimal_of, kw_only=True)
    amount: Money | None = attrs.field(default=None, kw_only=True)
    description: str = attrs.field(default="Discount", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from _percent_problems(self.percent, "$.percent")
        yield from text_problems(self.description, "$.description")
        if self.amount is not None:
            yield from _money_problems(self.amount, "$.amount")
            if self.percent:
                yield Problem("a discount is a percentage or an amount, not both", "$.percent")
            if isinstance(self.amount, Money) and self.amount.amount < 0:
                yield Problem("must not be negative", "$.amount", shown(self.amount))

    def off(self, subtotal: Money) -> Money:
        """Return what it takes off; never more than there is."""
        off = self.amount if self.amount is not None else self._part(subtotal)
        return min(off, max(subtotal, Money(0, subtotal.currency)))

    def _part(self, subtotal: Money) -> Money:
        share = EXACT.divide(self.percent, HUNDRED)
        return reckoned(EXACT.multiply(subtotal.amount, share), subtotal.currency)


@frozen
class TaxShare(Plain):
    """What is taxed at one rate, a percentage, after the discount, and the tax on it."""

    rate: Decimal
    taxed: Money
    tax: Money


@frozen
class InvoiceTotals(Plain):
    """What an invoice comes to: `total = subtotal - discount + tax`.

    Tax is reckoned and rounded once for each rate, and not for each line, as EN 16931 asks (R-11).
    """

    subtotal: Money
    discount: Money
    tax: Money
    total: Money


def _lines(given: Iterable[LineItem]) -> tuple[LineItem, ...]:
    return items(given)


@frozen
class InvoiceTemplate(Template):
    """An invoice: `InvoiceTemplate("Preparation fee", lines=[LineItem(...)])`.

    Args:
        name: The template's name.
        lines: What is billed; all in one currency.
        title: What the client sees as its name, with merge fields; the template's name if empty.
        fallback_title: What stands for a title that comes to nothing, instead of the name.
        description: On the invoice, with merge fields.
        discount: Taken off before tax.
        payment: How the client may pay.
        on_account: Pay it from the client's credit as far as that reaches; it may so be paid
            at birth (domain.md 1.3).
        email_text: What the host's mail about it says, with merge fields.
        note: To the client.
        reminders: What invoices made of it inherit, where the automation says nothing.
        reminder_texts: What reminders of it say; the firm's texts where it says nothing (R-20).
    """

    kind: ClassVar[str] = "invoice"

    lines: tuple[LineItem, ...] = attrs.field(converter=_lines)
    description: str = attrs.field(default="", kw_only=True)
    discount: Discount | None = attrs.field(default=None, kw_only=True)
    payment: PaymentMethod = attrs.field(
        default=PaymentMethod.BOTH, converter=_payment, kw_only=True
    )
    on_account: bool = attrs.field(default=False, kw_only=True)
    email_text: str = attrs.field(default="", kw_only=True)
    note: str = attrs.field(default="", kw_only=True)
    reminders: Reminders | None = attrs.field(default=None, kw_only=True)
    reminder_texts: tuple[ReminderText, ...] = attrs.field(
        default=(), converter=reminder_texts, kw_only=True
    )
    title: str = attrs.field(default="", kw_only=True)
    fallback_title: str = attrs.field(default="", kw_only=True)
    totals: InvoiceTotals = attrs.field(init=False, eq=False, repr=False)

    def _derive(self) -> None:
        """Add the lines up once."""
        object.__setattr__(self, "totals", self._add_up())

    def _texts(self) -> tuple[str, ...]:
        return ("title", "fallback_title", "description", "email_text", "note")

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        others = tuple(each_is(LineItem, self.lines, "$.lines"))
        yield from others
        yield from choice_problems(PaymentMethod, self.payment, "$.payment")
        yield from flags_problems(self, ("on_account",))
        yield from reminders_problems(self.reminders)
        yield from reminder_texts_problems(self.reminder_texts, "$.reminder_texts")
        if self.lines == ():
            yield Problem("must have at least one line", "$.lines")
        used = {line.rate.currency for line in of_kind(LineItem, self.lines)}
        if self.discount is not None and not isinstance(self.discount, Discount):
            yield Problem("must be a Discount", "$.discount", shown(self.discount))
            return
        if self.discount is not None and self.discount.amount is not None:
            used.add(self.discount.amount.currency)
        if len(used) > 1:
            yield Problem("must be in one currency", "$.lines", ", ".join(sorted(used)))
        elif self.lines and not others:
            yield from self._total_problems()

    def _total_problems(self) -> Iterator[Problem]:
        try:
            totals = self._add_up()
        except DefinitionError:
            yield Problem(f"must not come to more than {LARGEST}", "$.lines")
            return
        if totals.subtotal.amount < 0 or totals.total.amount < 0:
            what = "must not come to less than nothing"
            yield Problem(what, "$.lines", str(min(totals.subtotal, totals.total)))

    def _add_up(self) -> InvoiceTotals:
        zero = Money(0, self.lines[0].rate.currency)
        subtotal = sum((line.amount for line in self.lines), zero)
        off = self.discount.off(subtotal).rounded() if self.discount else zero
        tax = sum((share.tax for share in tax_shares(self.lines, off)), zero)
        return InvoiceTotals(subtotal, off, tax, subtotal - off + tax)


def tax_shares(lines: Iterable[LineItem], off: Money) -> tuple[TaxShare, ...]:
    """Reckon the tax of lines, once for each rate, of the sum that is taxed at it (R-11).

    The discount lowers what is taxed at each rate in proportion. What each rate bears is rounded
    so that all of them together bear the whole discount.

    Args:
        lines: What is billed, all in one currency.
        off: The discount on all of them.
    """
    sums: dict[Decimal, Money] = {}
    for line in lines:
        sums[line.tax] = sums[line.tax] + line.amount if line.tax in sums else line.amount
    whole = sum(sums.values(), Money(0, off.currency))
    so_far = borne = Money(0, off.currency)
    shares = []
    for rate in sorted(sums):
        so_far += sums[rate]
        bears = _part_of(off, so_far, whole) - borne
        borne += bears
        taxed = sums[rate] - bears
        tax = EXACT.divide(EXACT.multiply(taxed.amount, rate), HUNDRED)
        shares.append(TaxShare(rate, taxed, reckoned(tax, off.currency)))
    return tuple(shares)


def _part_of(off: Money, some: Money, whole: Money) -> Money:
    """Return the part of a discount that falls on some of the whole."""
    if not off or some == whole:
        return off
    part = EXACT.divide(EXACT.multiply(off.amount, some.amount), whole.amount)
    return reckoned(part, off.currency)
