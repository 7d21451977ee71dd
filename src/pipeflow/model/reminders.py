"""Reminders: how often a client is reminded of what waits, and what they say (domain.md part 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import attrs

from ..errors import Problem, shown
from .checks import each_is, flags_problems, language_problems
from .record import frozen
from .text import text_problems
from .values import Value, items

if TYPE_CHECKING:
    from .automations import Automation

__all__ = ["ReminderText", "Reminders", "reminder_texts", "reminder_texts_problems"]

LONGEST = timedelta(days=3660)
MOST = 1000


def _as_timedelta(given: timedelta | int) -> timedelta:
    if isinstance(given, int) and not isinstance(given, bool):
        return timedelta(days=max(-1, min(given, LONGEST.days + 1)))
    return cast("timedelta", given)


def _fired(given: Iterable[Automation]) -> tuple[Automation, ...]:
    return items(given)


@frozen
class Reminders(Value):
    """The first one *every* after the delivery, then *every* again, *times* times in all (A-35).

    Args:
        every: A timedelta, or a number of days. Days are calendar days in the firm's zone.
        times: How many are sent; those sent by hand do not count (A-38).
        then: Automations that fire one interval after the last has left, where the item is still
            open and of the visit that the job is in (R-34); not in templates.
    """

    every: timedelta = attrs.field(default=timedelta(days=3), converter=_as_timedelta)
    times: int = 1
    then: tuple[Automation, ...] = attrs.field(default=(), converter=_fired, kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.every, timedelta):
            allowed = ("3", "timedelta(days=3)")
            yield Problem(
                "must be whole days or a timedelta", "$.every", shown(self.every), allowed
            )
        elif not timedelta() < self.every <= LONGEST:
            yield Problem(
                f"must be more than nothing and at most {LONGEST.days} days",
                "$.every",
                shown(self.every),
            )
        if not _is_count(self.times):
            yield Problem(f"must be a whole number from 1 to {MOST}", "$.times", shown(self.times))
        if self.then != ():
            from .triggers import fired_problems  # it is built upon this

            yield from fired_problems(self.then, "$.then")
            yield from self._second_problems()

    def _second_problems(self) -> Iterator[Problem]:
        """Yield the reminders of what these fire that would fire something in their turn."""
        several = self.then if isinstance(self.then, tuple) else ()
        for number, one in enumerate(several):
            theirs = getattr(one, "reminders", None)
            if isinstance(theirs, Reminders) and theirs.then:
                what = "cannot fire anything in their turn; leave their `then` out"
                yield Problem(what, f"$.then[{number}].reminders.then")

    def __str__(self) -> str:
        """Print as `every 3 days, 2 times`."""
        days, rest = divmod(self.every, timedelta(days=1))
        every = f"{self.every}" if rest else f"{days} day{'s' * (days != 1)}"
        return f"every {every}, {self.times} time{'s' * (self.times != 1)}"


@frozen
class ReminderText(Value):
    """What reminders say: `ReminderText("Still waiting: [ITEM_NAME]", "Dear [ACCOUNT_NAME], ...")`.

    A part that is empty is taken from the next text that fits: that of the last reminder before
    that of its number, before that of all; those of the template before those of the firm (R-20).

    Args:
        subject: With merge fields and `[ITEM_NAME]`, which is what the client knows the thing as.
        body: The same, for the text.
        number: Only of the reminder of this number, counting from 1.
        last: Only of the last one.
        language: Only for clients who are written to in this language, by its code.
    """

    subject: str = ""
    body: str = ""
    number: int | None = attrs.field(default=None, kw_only=True)
    last: bool = attrs.field(default=False, kw_only=True)
    language: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.subject, "$.subject")
        yield from text_problems(self.body, "$.body")
        if self.subject == self.body == "":
            yield Problem("must have a subject or a body", "$.subject")
        if self.number is not None and not _is_count(self.number):
            what = f"must be a whole number from 1 to {MOST}, or None"
            yield Problem(what, "$.number", shown(self.number))
        yield from flags_problems(self, ("last",))
        if self.last and self.number is not None:
            yield Problem("is of one number, or of the last one, not both", "$.number")
        yield from language_problems(self.language, "$.language")


def reminder_texts(given: Iterable[ReminderText] | ReminderText) -> tuple[ReminderText, ...]:
    """Convert a list of texts to a tuple; one alone needs no brackets."""
    return (given,) if isinstance(given, ReminderText) else items(given)


def reminder_texts_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the texts of reminders: no texts, or two of the same reminder."""
    problems = tuple(each_is(ReminderText, given, where))
    yield from problems
    if problems or not isinstance(given, tuple):
        return
    known = set()
    for number, one in enumerate(given):
        meant = (one.number, one.last, one.language.lower())
        if meant in known:
            what = "is a second text of the same reminder in the same language; join them"
            yield Problem(what, f"{where}[{number}]", shown(one.subject or one.body))
        known.add(meant)


def _is_count(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MOST
