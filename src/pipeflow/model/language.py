"""Languages: how dates and numbers are written, and what clients are told without a firm's text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeAlias, Union, cast

import attrs

from ..errors import Problem, shown, unknown
from .checks import language_problems, name_problems, texts_problems
from .item_kinds import ItemKind
from .record import frozen
from .reminders import ReminderText, reminder_texts, reminder_texts_problems
from .text import text_problems
from .values import FrozenMap, Value, texts

__all__ = [
    "REMINDED",
    "REMINDER_BODY",
    "REMINDER_SUBJECT",
    "Language",
    "english",
    "texts_by_kind",
    "texts_by_kind_problems",
    "wider",
]

REMINDER_SUBJECT = "Reminder: [ITEM_NAME]"
REMINDER_BODY = (
    "Dear [ACCOUNT_NAME],\n\nthis is a friendly reminder: [ITEM_NAME] is still waiting for you."
)
REMINDED = tuple(str(one) for one in ItemKind if one not in {ItemKind.TASK, ItemKind.NOTE})
_NAMES = (("months", 12), ("days", 7), ("months_in_dates", 12))
_PATTERNS = {
    "full_date": ("{day}", "{month}", "{year}"),
    "quarter": ("{number}",),
    "week": ("{number}",),
    "list_end": ("{others}", "{last}"),
}

# The texts of reminders as a firm may write them: for each kind of item, one or several.
Texts: TypeAlias = Mapping[str, Union[ReminderText, Iterable[ReminderText]]]


def texts_by_kind(given: Texts) -> FrozenMap[str, tuple[ReminderText, ...]]:
    """Convert texts of reminders by kind of item; one alone needs no brackets."""
    if not isinstance(given, Mapping):
        return cast("FrozenMap[str, tuple[ReminderText, ...]]", given)
    return FrozenMap((_kind(kind), reminder_texts(several)) for kind, several in given.items())


def _kind(given: str) -> str:
    return given.value if isinstance(given, ItemKind) else given


@frozen
class Language(Value):
    """A language in which clients are written to: `Language("de", months=[...], days=[...])`.

    English is built in, and `pipeflow.languages` has German and Swedish. All but English are given
    in `Settings(languages=...)`, and accounts choose theirs by `Account(language=...)`: dates of
    merge fields are then written in it, and so are reminders that no template and no setting has
    a text for (R-20). The locale of the process is never asked.

    Args:
        tag: Its code, such as `"de"` or `"pt-BR"`.
        months: The names of the twelve months.
        days: The names of the seven days, Monday first.
        months_in_dates: The months as they stand in a whole date, where that differs: "31 marca".
        full_date: How a whole date is written, of `{day}`, `{month}` and `{year}`.
        quarter: How a quarter is, of `{number}`.
        week: How an ISO week is, of `{number}`.
        list_end: How the last of several values joins the others, of `{others}` and `{last}`:
            "{others} und {last}". Between the others there are commas.
        decimal_mark: What stands before the decimals of a number.
        yes: What a custom field says that is true.
        no: What one says that is false.
        reminder_texts: What reminders say by kind of item, as in `Settings`.
        reminder_subject: What all others say, with merge fields and `[ITEM_NAME]`; what the
            firm's do, if it is empty.
        reminder_body: The same, for the text.
    """

    tag: str
    months: tuple[str, ...] = attrs.field(converter=texts)
    days: tuple[str, ...] = attrs.field(converter=texts)
    months_in_dates: tuple[str, ...] = attrs.field(default=(), converter=texts, kw_only=True)
    full_date: str = attrs.field(default="{day} {month} {year}", kw_only=True)
    quarter: str = attrs.field(default="Q{number}", kw_only=True)
    week: str = attrs.field(default="{number}", kw_only=True)
    list_end: str = attrs.field(default="{others}, {last}", kw_only=True)
    decimal_mark: str = attrs.field(default=".", kw_only=True)
    yes: str = attrs.field(default="yes", kw_only=True)
    no: str = attrs.field(default="no", kw_only=True)
    reminder_subject: str = attrs.field(default="", kw_only=True)
    reminder_body: str = attrs.field(default="", kw_only=True)
    reminder_texts: FrozenMap[str, tuple[ReminderText, ...]] = attrs.field(
        default=FrozenMap[str, tuple[ReminderText, ...]](), converter=texts_by_kind, kw_only=True
    )

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
        yield from text_problems(self.decimal_mark, "$.decimal_mark", empty=False)
        yield from texts_problems(self, ("yes", "no", "reminder_subject", "reminder_body"))
        yield from texts_by_kind_problems(self.reminder_texts, "$.reminder_texts")

    def written(self, day: date) -> str:
        """Write a whole date."""
        month = (self.months_in_dates or self.months)[day.month - 1]
        text = self.full_date.replace("{day}", str(day.day)).replace("{year}", str(day.year))
        return text.replace("{month}", month)

    def quarter_of(self, day: date) -> str:
        """Write the quarter of a date."""
        return self.quarter.replace("{number}", str((day.month + 2) // 3))

    def week_of(self, day: date) -> str:
        """Write the ISO week of a date."""
        return self.week.replace("{number}", str(day.isocalendar().week))

    def listed(self, several: Iterable[str]) -> str:
        """Write several values as one list."""
        *others, last = tuple(several) or ("",)
        if not others:
            return last
        parts = {"{others}": ", ".join(others), "{last}": last}
        return re.sub(r"\{\w+\}", lambda part: parts[part[0]], self.list_end)

    def number(self, number: Decimal) -> str:
        """Write an exact number."""
        return str(number).replace(".", self.decimal_mark)


def _pattern_problems(given: object, where: str, parts: tuple[str, ...]) -> Iterator[Problem]:
    problems = tuple(text_problems(given, where, empty=False))
    yield from problems
    if not problems and sorted(re.findall(r"\{[^{}]*\}|[{}]", str(given))) != sorted(parts):
        yield Problem("must hold each of its parts once, and no other", where, shown(given), parts)


def texts_by_kind_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the texts of reminders by kind of item."""
    if not isinstance(given, Mapping):
        yield Problem("must be a mapping of kinds of items to texts", where, shown(given))
        return
    for kind, several in given.items():
        if kind not in REMINDED:
            yield unknown("kind of item that clients are reminded of", kind, REMINDED, where=where)
        yield from reminder_texts_problems(several, f"{where}[{shown(kind)}]")


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
