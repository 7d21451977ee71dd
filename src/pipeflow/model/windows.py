"""Sending windows: on which days and at which hours mail leaves a firm (R-37)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import attrs

from ..errors import Problem, shown, unknown
from .periods import Weekday, weekdays, weekdays_problems
from .record import frozen
from .values import Value, names

__all__ = ["WINDOWED", "SendingWindow"]

# What a firm may let wait for its window, by the words for what is asked of ports.
WINDOWED = (
    "email", "reminder", "message", "invoice", "organizer", "proposal", "task", "folder",
    "client_request", "notice",
)  # fmt: skip
HOURS = ("time(8)", "time(17, 30)")


@frozen
class SendingWindow(Value):
    """When mail and reminders leave: `SendingWindow(days="mon-fri", opens=time(8))` (R-37).

    What falls outside waits for the next opening. Days off of the `Calendar` are outside too.

    Args:
        days: Days of the week: `"mon-fri"`, `"tue, thu"`, or several.
        opens: From which hour on, in the firm's zone.
        closes: Until which hour; at that hour nothing leaves any more.
        kinds: What waits: e-mails and reminders, and nothing else unless others are named, such as
            `"invoice"` or `"client_request"`.
    """

    days: tuple[Weekday, ...] = attrs.field(default=tuple(Weekday)[:5], converter=weekdays)
    opens: time = time(8)
    closes: time = time(18)
    kinds: frozenset[str] = attrs.field(default=frozenset({"email", "reminder"}), converter=names)

    def _problems(self) -> Iterator[Problem]:
        yield from weekdays_problems(self.days, "$.days")
        if self.days == ():
            yield Problem("must name a day at least, for nothing would ever leave", "$.days")
        yield from _hours_problems(self.opens, self.closes)
        if not isinstance(self.kinds, frozenset) or not self.kinds:
            yield Problem("must name what waits", "$.kinds", shown(self.kinds), WINDOWED)
            return
        for one in sorted(self.kinds, key=str):
            if one not in WINDOWED:
                yield unknown("kind of what is sent", one, WINDOWED, where="$.kinds")


def _hours_problems(opens: object, closes: object) -> Iterator[Problem]:
    hours = []
    for given, where in ((opens, "$.opens"), (closes, "$.closes")):
        if not isinstance(given, time) or given.tzinfo is not None:
            yield Problem("must be a time of day, without a zone", where, shown(given), HOURS)
        elif given.second or given.microsecond:
            yield Problem("must be in whole minutes", where, shown(given), HOURS)
        else:
            hours.append(given)
    if len(hours) == 2 and hours[0] >= hours[1]:
        what = (
            f"is not after {hours[0]:%H:%M}, when it opens; a window lies within one day, the last "
            "minute of which is time(23, 59)"
        )
        yield Problem(what, "$.closes", f"{hours[1]:%H:%M}")
