"""Settings: what a firm may set about how its jobs run; the defaults need none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, time, timedelta, tzinfo
from enum import StrEnum

import attrs

from ..errors import Problem, nearest, shown
from .checks import (
    choice_problems,
    each_is,
    language_problems,
    of_kind,
    period_problems,
    repeated,
)
from .language import (
    REMINDER_BODY,
    REMINDER_SUBJECT,
    Language,
    english,
    texts_by_kind,
    texts_by_kind_problems,
    wider,
)
from .record import Plain, frozen
from .reminders import ReminderText
from .templates import FolderTemplate
from .templates.template import template_id, template_problems
from .text import text_problems
from .values import FrozenMap, Value, as_choice, as_table, items
from .windows import SendingWindow

__all__ = ["BankPayments", "Firm", "OnEmpty", "Settings"]


class BankPayments(StrEnum):
    """When a bank debit counts as paid: when it clears, or as soon as it is submitted."""

    CLEARED = "cleared"
    SUBMITTED = "submitted"


class OnEmpty(StrEnum):
    """What an automove stage does in which nobody has anything to do (A-4, A-5)."""

    STAY = "stay"
    ADVANCE = "advance"


def _bank_payments(given: BankPayments | str) -> BankPayments:
    return as_choice(BankPayments, given)


def _on_empty(given: OnEmpty | str) -> OnEmpty:
    return as_choice(OnEmpty, given)


def _folder(given: str | FolderTemplate | None) -> str | None:
    return None if given is None else template_id(given, FolderTemplate)


def _languages(given: Iterable[Language] | Language) -> tuple[Language, ...]:
    return items((given,) if isinstance(given, Language) else given)


@frozen(kw_only=True)
class Settings(Value):
    """How this firm works; saved like any other definition.

    A span of time is at most 36,525 days long, which are a hundred years.

    Args:
        time_zone: The zone of dates, merge fields and reminder days: an IANA name.
        bank_payments: When a bank debit counts.
        on_empty: Whether an automove stage, or status, without anything to do is passed.
        attempts: How often a request is tried before it is given up.
        backoff: The wait before the second attempt; it doubles each time.
        longest_backoff: Where the doubling stops.
        lease: How long a request is held by the one who delivers it; ports must be quicker.
        deepest: How deep commands may be nested that ports and handlers call.
        most_steps: How many stages a job may enter by itself in one command, and how many jobs its
            automations may start.
        most_requests: How many things a job may ask of the ports in one decision.
        forget_after: How long command ids, and the keys of what was delivered, are remembered.
        reminder_subject: What reminders say that have no text of their own, with merge fields and
            `[ITEM_NAME]`.
        reminder_body: The same, for the text.
        language: The code of the firm's own language, for accounts that have none.
        languages: Those in which clients are written to; English is there without.
        reminder_texts: What reminders say by kind of item, unless the item's template has texts:
            `{"invoice": ReminderText("Your invoice", "Dear [ACCOUNT_NAME], ...")}`.
        day_starts: When the firm's day starts, at which `AroundDate` fires (R-35).
        window: When mail and reminders leave: `SendingWindow(days="mon-fri")`; at any time unless
            said (R-37).
        default_folder: The template of the folders that each new account gets when it is saved for
            the first time; none unless said. Accounts that are there already get none.
    """

    time_zone: str = "UTC"
    bank_payments: BankPayments = attrs.field(
        default=BankPayments.CLEARED, converter=_bank_payments
    )
    on_empty: OnEmpty = attrs.field(default=OnEmpty.STAY, converter=_on_empty)
    attempts: int = 12
    backoff: timedelta = timedelta(seconds=2)
    longest_backoff: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(seconds=60)
    deepest: int = 10
    most_steps: int = 600
    most_requests: int = 10_000
    forget_after: timedelta = timedelta(days=90)
    reminder_subject: str = REMINDER_SUBJECT
    reminder_body: str = REMINDER_BODY
    revision: int | None = attrs.field(default=None, eq=False, repr=False)
    language: str = "en"
    languages: tuple[Language, ...] = attrs.field(default=(), converter=_languages)
    reminder_texts: FrozenMap[str, tuple[ReminderText, ...]] = attrs.field(
        default=FrozenMap[str, tuple[ReminderText, ...]](), converter=texts_by_kind
    )
    day_starts: time = time(9)
    window: SendingWindow | None = None
    default_folder: str | None = attrs.field(default=None, converter=_folder)

    _repr_html_ = as_table

    def _problems(self) -> Iterator[Problem]:
        for name in ("attempts", "deepest", "most_steps", "most_requests"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 1_000_000:
                yield Problem("must be a whole number from 1 to 1000000", f"$.{name}", shown(value))
        for name in ("backoff", "longest_backoff", "lease", "forget_after"):
            yield from period_problems(getattr(self, name), f"$.{name}")
        yield from choice_problems(BankPayments, self.bank_payments, "$.bank_payments")
        yield from choice_problems(OnEmpty, self.on_empty, "$.on_empty")
        yield from zone_problems(self.time_zone)
        yield from text_problems(self.reminder_subject, "$.reminder_subject", empty=False)
        yield from text_problems(self.reminder_body, "$.reminder_body")
        yield from language_problems(self.language, "$.language", empty=False)
        yield from each_is(Language, self.languages, "$.languages")
        for twice in repeated(one.tag.lower() for one in of_kind(Language, self.languages)):
            yield Problem(f"there are two languages {twice!r}", "$.languages")
        yield from texts_by_kind_problems(self.reminder_texts, "$.reminder_texts")
        yield from clock_problems(self.day_starts, "$.day_starts")
        if self.default_folder is not None:
            yield from template_problems(self.default_folder, FolderTemplate, "$.default_folder")
        if self.window is not None and not isinstance(self.window, SendingWindow):
            allowed = ("SendingWindow(days='mon-fri')", "None")
            yield Problem("must be a SendingWindow", "$.window", shown(self.window), allowed)

    def writes_in(self, tag: str) -> bool:
        """Tell whether clients who wish for a language get it, or a wider one of it."""
        known = {"en", *(one.tag.lower() for one in self.languages)}
        return not known.isdisjoint(wider(tag))

    def language_for(self, tag: str) -> Language:
        """Return the language in which clients are written to who wish for *tag* (R-20).

        A wider one does where there is no better: `"de-AT"` is served by `"de"`. Where there is
        none at all it is the firm's own, and English in the end.
        """
        if self.languages:
            known = {one.tag.lower(): one for one in (english(), *self.languages)}
            for wanted in (*wider(tag), *wider(self.language)):
                if wanted in known:
                    return known[wanted]
        return english()

    @property
    def zone(self) -> tzinfo:
        """The time zone itself; UTC needs no database."""
        return zone(self.time_zone)


def clock_problems(given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a time of the firm's day: whole seconds, and no zone of its own."""
    if not isinstance(given, time) or given.tzinfo is not None or given.microsecond:
        yield Problem(
            "must be a time of day in whole seconds, without a zone",
            where,
            shown(given),
            ("time(9)", "time(8, 30)"),
        )


def zone(name: str) -> tzinfo:
    """Return the time zone of an IANA name; UTC needs no database."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def zone_problems(name: object) -> Iterator[Problem]:
    """Yield what is wrong with the name of a time zone."""
    try:
        zone(name if isinstance(name, str) else "")
    except (ValueError, LookupError, OSError):
        from zoneinfo import available_timezones

        yield Problem(
            "is no time zone that this machine knows; install the package tzdata if it has none",
            "$.time_zone",
            shown(name),
            ("UTC", "Europe/Stockholm", "America/New_York"),
            nearest(name, sorted(available_timezones())),
        )


@frozen
class Firm(Plain):
    """What every command reads of the firm; its row's version changes with each saved definition.

    `default_access` are the ids of the members who have access to an account after a reset;
    `inactive` those of the members who are not active, and `gone` those of the members who were
    deleted, whom archived jobs and finished items may name for ever (R-28).
    """

    settings: Settings = attrs.field(factory=Settings)
    default_access: frozenset[str] = frozenset()
    inactive: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    @property
    def out(self) -> frozenset[str]:
        """The ids of the members who are given nothing new."""
        return self.inactive | self.gone if self.gone else self.inactive
