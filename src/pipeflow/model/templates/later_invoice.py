"""Later invoices: what a proposal bills besides, once on a date or again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from ...errors import Problem, shown
from ..checks import each_is, flags_problems, of_kind
from ..dates import After, When
from ..record import frozen
from ..text import text_problems
from ..values import Value, items
from .invoice import InvoiceTemplate, InvoiceTotals, LineItem

__all__ = ["LaterInvoice"]

MOST_TIMES = 200


def _lines(given: Iterable[LineItem]) -> tuple[LineItem, ...]:
    return items(given)


@frozen
class LaterInvoice(Value):
    """What the host bills later for an accepted proposal, once or at intervals; it gates no stage.

    The port of proposals gets it with its texts filled in. Whoever wants a stage to wait for one of
    them makes it on its day, and links it.

    Args:
        name: What the client sees it called, with merge fields.
        lines: What is billed, with merge fields; all in one currency.
        start: The day of the first, or `After(...)` counted from the acceptance; None: that day.
        every: The time from each to the next, where there are several; a month without the day
            takes its last one. What leads back is refused when the proposal is saved.
        times: How many there are in all; at most 200, and none goes on for ever.
        autopay: Whether they are paid by themselves, which needs what the client agreed to.
    """

    name: str
    lines: tuple[LineItem, ...] = attrs.field(converter=_lines)
    start: When = attrs.field(default=None, kw_only=True)
    every: After | None = attrs.field(default=None, kw_only=True)
    times: int = attrs.field(default=1, kw_only=True)
    autopay: bool = attrs.field(default=False, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.name, "$.name", empty=False)
        yield from each_is(LineItem, self.lines, "$.lines")
        used = {line.rate.currency for line in of_kind(LineItem, self.lines)}
        if isinstance(self.lines, tuple) and not self.lines:
            yield Problem("must bill something", "$.lines", allowed=("[LineItem(...)]",))
        if len(used) > 1:
            yield Problem("must be in one currency", "$.lines", ", ".join(sorted(used)))
        yield from flags_problems(self, ("autopay",))
        start, every, times = self.start, self.every, self.times
        if not (start is None or isinstance(start, After) or type(start) is date):
            allowed = ("date(2027, 4, 15)", "After(days=5)", "None")
            yield Problem("must be a date or After(...)", "$.start", shown(start), allowed)
        if every is not None and (not isinstance(every, After) or every == After()):
            yield Problem("must be some time", "$.every", shown(every), ("After(months=1)",))
        if type(times) is not int or not 1 <= times <= MOST_TIMES:
            what = f"must be a whole number from 1 to {MOST_TIMES}"
            yield Problem(what, "$.times", shown(times))
        elif (times > 1) is not (every is not None):
            what = "several invoices need the time between them, and one has none"
            yield Problem(what, "$.every", shown(every), ("every=After(months=1), times=12",))

    @property
    def totals(self) -> InvoiceTotals:
        """What each of them comes to."""
        return InvoiceTemplate(self.name, self.lines).totals

    def dates(self, accepted: date) -> tuple[date, ...]:
        """Return the days on which they are due, for a proposal that was accepted on a day."""
        start = self.start
        first = (
            accepted if start is None else start.of(accepted) if isinstance(start, After) else start
        )
        gap = self.every or After()
        return tuple(
            After(gap.days * n, months=gap.months * n, years=gap.years * n).of(first)
            for n in range(self.times)
        )
