"""Forecasts: what leaves by itself in the next days, if nobody acts; values that print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

import attrs

from ..errors import many
from ..model.instants import on_clock
from ..model.record import Plain, frozen
from ..model.values import FrozenMap
from ..ports.requests import Email, EmailKind, Request
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Block, Chart, Document

__all__ = ["Departure", "Forecast", "kind_of"]

MOST_ROWS = 50  # of the table of single requests, which says how many there are beside
MOST_NAMED = 20  # clients that are counted by name
MOST_DAYS = 62  # that are told one by one


class Departure(NamedTuple):
    """A request that would leave.

    Args:
        at: When.
        day: On which day of the firm's zone.
        account: For which client, by the account's id.
        client: What the account is called.
        kind: What it is: `"reminder"`, `"email"`, `"invoice"`, `"task"` and so on.
        port: Which port it asks.
        job: For which job, by its id; "" for what belongs to none.
        name: What the job is called.
        key: Its key, by which the firm would know it too unless ids differ.
        about: What it is about, as the client knows it: the title of its item, or its subject; ""
            where it has neither.
    """

    at: datetime
    day: date
    account: str
    client: str
    kind: str
    port: str
    job: str
    name: str
    key: str
    about: str = ""


@frozen
class Forecast(Shown, Plain):
    """All that leaves by itself in so many days if nobody acts, in order; it prints.

    Args:
        begins: From when on.
        days: For how many days.
        departures: What leaves, in order of time.
        fired: How many triggers fire.
        created: The ids of the jobs that schedules start.
        failures: How many requests and automations wait for a person at the end.
    """

    begins: datetime
    days: int
    departures: tuple[Departure, ...] = ()
    fired: int = 0
    created: tuple[str, ...] = ()
    failures: int = 0
    zone: tzinfo = attrs.field(kw_only=True, eq=False, repr=False)

    def __len__(self) -> int:
        """Count the requests."""
        return len(self.departures)

    def __bool__(self) -> bool:
        """Tell whether anything happens."""
        return bool(self.departures or self.fired or self.created)

    def __iter__(self) -> Iterator[Departure]:
        """Go through the requests in order."""
        return iter(self.departures)

    @property
    def by_day(self) -> Mapping[date, int]:
        """How many requests leave on each day, also on those without any."""
        first, last = self._day(0), self._day(self.days)
        counts = Counter(one.day for one in self.departures)
        several = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return FrozenMap({day: counts[day] for day in several})

    @property
    def by_account(self) -> Mapping[str, int]:
        """How many requests leave for each client, by the account's id, most first."""
        return _counted(one.account for one in self.departures)

    @property
    def by_kind(self) -> Mapping[str, int]:
        """How many requests of each kind leave, most first."""
        return _counted(one.kind for one in self.departures)

    def on(self, day: date) -> tuple[Departure, ...]:
        """Return what leaves on a day of the firm's zone."""
        return tuple(one for one in self.departures if one.day == day)

    def of(self, account: str) -> tuple[Departure, ...]:
        """Return what leaves for a client, by the account's id."""
        return tuple(one for one in self.departures if one.account == account)

    def __repr__(self) -> str:
        """Print in one line: of how many days, and what they bring."""
        told = f"{many(self.days, 'day')}, {many(len(self.departures), 'request')}"
        return f"<Forecast of {told}>"

    def document(self) -> Document:
        """Build what is shown: how much, by day, kind and client, and the first in order."""
        from ..show import Document, Heading, Paragraph  # showing is rare

        heading = Heading(f"The next {many(self.days, 'day')}, if nobody acts")
        if not self and not self.failures:
            return Document((heading, Paragraph("Nothing happens.")))
        return Document((heading, Paragraph(self._counted()), *self._tables()), self._chart())

    def _counted(self) -> str:
        told = [many(len(self.departures), "request")]
        told += [many(len(self.created), "job") + " started"] * bool(self.created)
        verb = "fires" if self.fired == 1 else "fire"
        told += [f"{many(self.fired, 'trigger')} {verb}"] * bool(self.fired)
        told += [f"{self.failures} left to a person"] * bool(self.failures)
        return ", ".join(told)

    def _tables(self) -> Iterator[Block]:
        from ..show import Bar, Table  # showing is rare

        if not self.departures:
            return
        days = Counter(one.day for one in self.departures)
        most, first = max(days.values()), [*days][:MOST_DAYS]
        rows = [(f"{day}", str(days[day]), Bar(0, days[day] / most)) for day in first]
        if more := len(days) - len(first):
            left = len(self.departures) - sum(days[day] for day in first)
            rows.append((f"{more} later days", str(left), Bar(0, 0)))
        yield Table(("Day", "Requests", "Bar"), tuple(rows), "By day")
        yield Table(("What", "Requests"), _rows(self.by_kind), "By kind")
        names = {one.account: one.client for one in self.departures}
        yield Table(("Client", "Requests"), _rows(self.by_account, names), "By client")
        several = tuple(
            (on_clock(one.at, self.zone), one.client, one.kind, one.about, one.name)
            for one in self.departures[:MOST_ROWS]
        )
        more = len(self.departures) - MOST_ROWS
        beside = (("…", f"{more} more", "", "", ""),) if more > 0 else ()
        heads = ("When", "Client", "What", "About", "Job")
        yield Table(heads, (*several, *beside), "In order", folded=True)

    def _chart(self) -> Chart | None:
        """Draw a line a day, quiet ones too."""
        from ..show import Bar, Chart, Strip  # showing is rare

        days = Counter(one.day for one in self.departures)
        if not days:
            return None
        most, first = max(days.values()), self._day(0)
        number = min((self._day(self.days) - first).days + 1, MOST_DAYS)
        strips = tuple(
            Strip(f"{day}", (Bar(0, days[day] / most),) * (day in days), str(days[day] or ""))
            for day in (first + timedelta(days=n) for n in range(number))
        )
        return Chart(strips, "0", many(most, "request"))

    def _day(self, number: int) -> date:
        return (self.begins + timedelta(days=number)).astimezone(self.zone).date()


def kind_of(request: Request) -> str:
    """Say what a request is: `"reminder"`, or what its class is called, `"task change"`."""
    if isinstance(request, Email):
        return "reminder" if request.kind is EmailKind.REMINDER else "email"
    name = type(request).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


def _counted(several: Iterator[str]) -> Mapping[str, int]:
    counts = Counter(several)
    return FrozenMap(dict(sorted(counts.items(), key=lambda one: (-one[1], one[0]))))


def _rows(
    counts: Mapping[str, int], names: Mapping[str, str] = FrozenMap()
) -> tuple[tuple[str, str], ...]:
    """Return a row for each that is counted, as many as people read, and one for all others."""
    rows = [(names.get(one, one), str(count)) for one, count in counts.items()]
    rest = [*counts.values()][MOST_NAMED:]
    return (*rows[:MOST_NAMED], *([(f"{len(rest)} others", str(sum(rest)))] if rest else ()))
