"""Languages: names of months and days, and what clients are told without a text of the firm's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import attrs

from ..errors import Problem, shown
from .checks import name_problems, texts_problems
from .record import frozen
from .text import text_problems
from .values import Value, texts

__all__ = ["REMINDER_BODY", "REMINDER_SUBJECT", "Language", "english", "language_problems", "wider"]

REMINDER_SUBJECT = "Reminder: [ITEM_NAME]"
REMINDER_BODY = (
    "Dear [ACCOUNT_NAME],\n\nthis is a friendly reminder: [ITEM_NAME] is still waiting for you."
)
_TAG = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
_NAMES = (("months", 12), ("days", 7), ("months_in_dates", 12))
_PATTERNS = {"full_date": ("{day}", "{month}", "{year}"), "quarter": ("{number}",)}


@frozen
class Language(Value):
    """A language in which clients are written to: `Language("de", months=[...], days=[...])`.

    English is built in. Others are given in `Settings(languages=...)`, and accounts choose theirs
    by `Account(language=...)`: dates of merge fields are then written in it, and so are reminders
    that no template and no setting has a text for (R-20).

    Args:
        tag: Its code, such as `"de"` or `"pt-BR"`.
        months: The names of the twelve months.
        days: The names of the seven days, Monday first.
        months_in_dates: The months as they stand in a whole date, where that differs: "31 marca".
        full_date: How a whole date is written, of `{day}`, `{month}` and `{year}`.
        quarter: How a quarter is, of `{number}`.
        yes: What a custom field says that is true.
        no: What one says that is false.
        reminder_subject: What reminders say, with merge fields and `[ITEM_NAME]`; what the
            firm's do, if it is empty.
        reminder_body: The same, for the text.
    """

    tag: str
    months: tuple[str, ...] = attrs.field(converter=texts)
    days: tuple[str, ...] = attrs.field(converter=texts)
    months_in_dates: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)
    full_date: str = attrs.field(default="{day} {month} {year}", kw_only=True)
    quarter: str = attrs.field(default="Q{number}", kw_only=True)
    yes: str = attrs.field(default="yes", kw_only=True)
    no: str = attrs.field(default="no", kw_only=True)
    reminder_subject: str = attrs.field(default="", kw_only=True)
    reminder_body: str = attrs.field(default="", kw_only=True)

    def _problems(self) -> Iterator[Problem]:
        yield from language_problems(self.tag, "$.tag", empty=False)
        for field, number in _NAMES:
            given = getattr(self, field)
            problems = tuple(name_problems(given, f"$.{field}"))
            yield from problems
            if not problems and len(given) != number and (given or field != "months_in_dates"):
                yield Problem(f"must be {number} names", f"$.{field}", f"{len(given)}")
        for field, parts in _PATTERNS.items():
            yield from _pattern_problems(getattr(self, field), f"$.{field}", parts)
        yield from texts_problems(self, ("yes", "no", "reminder_subject", "reminder_body"))

    def written(self, day: date) -> str:
        """Write a whole date."""
        month = (self.months_in_dates or self.months)[day.month - 1]
        text = self.full_date.replace("{day}", str(day.day)).replace("{year}", str(day.year))
        return text.replace("{month}", month)

    def quarter_of(self, day: date) -> str:
        """Write the quarter of a date."""
        return self.quarter.replace("{number}", str((day.month + 2) // 3))


def language_problems(tag: object, where: str, *, empty: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with the code of a language."""
    if tag == "" and empty:
        return
    if not isinstance(tag, str) or not re.fullmatch(_TAG, tag):
        yield Problem("must be the code of a language", where, shown(tag), ("en", "de", "pt-BR"))


def _pattern_problems(given: object, where: str, parts: tuple[str, ...]) -> Iterator[Problem]:
    problems = tuple(text_problems(given, where, empty=False))
    yield from problems
    if not problems and sorted(re.findall(r"\{[^{}]*\}|[{}]", str(given))) != sorted(parts):
        yield Problem("must hold each of its parts once, and no other", where, shown(given), parts)


def wider(tag: str) -> Iterator[str]:
    """Yield the code of a language, and those of the wider ones: `pt-br`, `pt`; none of ""."""
    tag = tag.lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]


@cache
def english() -> Language:
    """Return the language that is built in; it is made when it is first needed."""
    return Language(
        "en",
        months=[
            "January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December",
        ],
        days=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        full_date="{month} {day}, {year}",
        reminder_subject=REMINDER_SUBJECT,
        reminder_body=REMINDER_BODY,
    )  # fmt: skip
