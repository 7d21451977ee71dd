"""Merge fields: `[ACCOUNT_NAME]` and its like in texts (domain.md part 6, A-39 to A-42)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..errors import Problem, unknown
from ..model.accounts import Account, Contact
from ..model.dates import add_months
from ..model.language import Language, english
from ..model.text import composed, single_line
from .contact_names import first_name, last_name

__all__ = [
    "Context",
    "code_problems",
    "custom_fields",
    "may_be_empty",
    "meant_codes",
    "render",
    "render_line",
    "single_line",
]

LONGEST = 1_000_000  # characters of a rendered text
FEW = 100  # parts of a text that are filled in without asking whether there is room for them
REMEMBERED = 10_000  # characters of the longest text that is kept in parts

# A pattern; `re` compiles and keeps it on first use, which import need not wait for.
# A literal `[[`, or an UPPER_CASE code in brackets; anything else in brackets is text.
# Behind a code may stand the name of a field, and what stands for an empty value.
_CODE = (
    r"\[\[|\[([A-Z][A-Z0-9_]+(?: / [A-Z][A-Z ]*[A-Z]| [A-Z]+)*)"
    r"(?::([^\[\]\n|]*))?(?:\|([^\[\]\n]*))?\]"
)
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_ESCAPED = str.maketrans(_MARKUP)


class Code(NamedTuple):
    """A merge field as it stands in a text; `fallback` is None where nothing is said."""

    name: str
    field: str
    fallback: str | None
    written: str

    def __str__(self) -> str:
        """Print without its fallback."""
        return f"[{self.name}:{self.field}]" if self.field else f"[{self.name}]"


class Context(NamedTuple):
    """What merge fields draw from: the account, the day, and where there are such, the others.

    `period` is the unshifted date of the period for which a recurring job is made (R-38).
    """

    account: Account
    today: date
    contact: Contact | None = None
    due: date | None = None
    item: str = ""
    language: Language | None = None
    period: date | None = None

    @property
    def tongue(self) -> Language:
        """The language in which it is written; the built-in one unless said (R-20)."""
        return self.language or english()


# Each date code: how far its unit lies from the present one, and how it is written.
_UNITS: dict[str, tuple[Callable[[date, int], date], Callable[[date, Language], str]]] = {
    "DAY_FULL_DATE": (lambda day, n: day + timedelta(days=n), lambda day, to: to.written(day)),
    "DAY_NUMBER": (lambda day, n: day + timedelta(days=n), lambda day, _: str(day.day)),
    "DAY_NAME": (lambda day, n: day + timedelta(days=n), lambda day, to: to.days[day.weekday()]),
    "WEEK": (
        lambda day, n: day + timedelta(days=7 * n),
        lambda day, to: to.week_of(day),
    ),
    "MONTH_NUMBER": (add_months, lambda day, _: str(day.month)),
    "MONTH_NAME": (add_months, lambda day, to: to.months[day.month - 1]),
    "QUARTER": (lambda day, n: add_months(day, 3 * n), lambda day, to: to.quarter_of(day)),
    "YEAR": (lambda day, n: add_months(day, 12 * n), lambda day, _: str(day.year)),
}
_AWAY = {"CURRENT": 0, "LAST": -1, "NEXT": 1}
# The year of a period, for it may not be the year of today; of a week the ISO year.
_YEARS: dict[str, Callable[[date], int]] = {
    "LAST_MONTH_YEAR": lambda day: add_months(day, -1).year,
    "NEXT_MONTH_YEAR": lambda day: add_months(day, 1).year,
    "LAST_QUARTER_YEAR": lambda day: add_months(day, -3).year,
    "NEXT_QUARTER_YEAR": lambda day: add_months(day, 3).year,
    "LAST_WEEK_YEAR": lambda day: (day - timedelta(days=7)).isocalendar().year,
    "CURRENT_WEEK_YEAR": lambda day: day.isocalendar().year,
    "NEXT_WEEK_YEAR": lambda day: (day + timedelta(days=7)).isocalendar().year,
}

_CONTACT: dict[str, Callable[[Contact], str]] = {
    "CONTACT_NAME": lambda contact: contact.name,
    "FIRST_NAME": first_name,
    "MIDDLE_NAME": lambda contact: contact.middle_name,
    "LAST_NAME": last_name,
    "EMAIL": lambda contact: contact.email or "",
    "PHONE_NUMBER": lambda contact: contact.phone,
    "COUNTRY": lambda contact: contact.country,
    "COMPANY_NAME": lambda contact: contact.company,
    "STREET_ADDRESS": lambda contact: contact.street,
    "CITY": lambda contact: contact.city,
    "STATE / PROVINCE": lambda contact: contact.state,
    "STATE": lambda contact: contact.state,
    "ZIP / POSTAL CODE": lambda contact: contact.zip_code,
    "ZIP_CODE": lambda contact: contact.zip_code,
}

DATE_CODES = (*(f"{away}_{unit}" for away in _AWAY for unit in _UNITS), *_YEARS)
ACCOUNT_CODES = ("ACCOUNT_NAME",)
CONTACT_CODES = tuple(_CONTACT)
ACCOUNT_FIELD, CONTACT_FIELD = "ACCOUNT_CUSTOM_FIELD", "CONTACT_CUSTOM_FIELD"
JOB_CODES = ("JOB_DUE_DATE",)
ITEM_CODES = ("ITEM_NAME",)
PERIOD = "PERIOD"  # stands where CURRENT does, and means the day of the period
PERIOD_YEAR = f"{PERIOD}_WEEK_YEAR"
PERIOD_CODES = (*(f"{PERIOD}_{unit}" for unit in _UNITS), PERIOD_YEAR)


def _parsed(text: str) -> tuple[str | Code, ...]:
    """Split a text into literal pieces and codes; a pure function, remembered for speed."""
    return _remembered(text) if len(text) <= REMEMBERED else _parts(text)


def _parts(text: str) -> tuple[str | Code, ...]:
    parts: list[str | Code] = []
    end = 0
    for found in re.finditer(_CODE, text):
        parts.append(text[end : found.start()])
        name, field, fallback = found.groups()
        parts.append(Code(name, composed(field or ""), fallback, found[0]) if name else "[")
        end = found.end()
    parts.append(text[end:])
    return tuple(part for part in parts if part)


_remembered = lru_cache(maxsize=1024)(_parts)


def render(
    text: str, context: Context, *, html: bool = False, empty: dict[str, None] | None = None
) -> str:
    """Fill in the merge fields of *text*; what is filled in is not read again.

    An empty value is what stands behind `|` in its merge field, else nothing (R-18). A code that
    means nothing here stays as it is written.

    Args:
        text: A text of a template.
        context: What merge fields draw from.
        html: Whether the text has markup, into which no value brings its own (R-17).
        empty: Takes up the merge fields that have no value and nothing that stands for it.
    """
    if "[" not in text:
        return text
    parts = _parsed(text)
    if len(parts) > FEW:
        return _cut(parts, context, empty, html=html)
    return "".join(
        [
            part if isinstance(part, str) else _filled(part, context, empty, html=html)
            for part in parts
        ]
    )[:LONGEST]


def _cut(
    parts: Iterable[str | Code], context: Context, empty: dict[str, None] | None, *, html: bool
) -> str:
    """Fill in no more merge fields than fit into the longest text that there may be."""
    written: list[str] = []
    room = LONGEST
    for part in parts:
        piece = part if isinstance(part, str) else _filled(part, context, empty, html=html)
        written.append(piece)
        room -= len(piece)
        if room < 0:
            break
    return "".join(written)[:LONGEST]


def _filled(code: Code, context: Context, empty: dict[str, None] | None, *, html: bool) -> str:
    value = _value(code.name, code.field, context)
    if value is None:
        return code.written
    if value and not value.isspace():
        return value.translate(_ESCAPED) if html else value
    if code.fallback is None and empty is not None:
        empty[str(code)] = None
    return code.fallback or ""


def render_line(text: str, context: Context, *, empty: dict[str, None] | None = None) -> str:
    """Fill in the merge fields of a subject or a name, as one line that is safe in a header."""
    return single_line(render(text, context, empty=empty))


def _value(code: str, field: str, context: Context) -> str | None:
    """Return what a code stands for, or None where it means nothing."""
    if code == "ACCOUNT_NAME":
        return context.account.name
    if code == ACCOUNT_FIELD:
        return _written(context.account.fields.get(field), context.tongue)
    if code == CONTACT_FIELD or code in _CONTACT:
        person = context.contact
        if person is None:
            return ""
        if code == CONTACT_FIELD:
            return _written(person.fields.get(field), context.tongue)
        return _CONTACT[code](person)
    if code == "JOB_DUE_DATE":
        return context.tongue.written(context.due) if context.due else ""
    if code == "ITEM_NAME":
        return context.item
    if code in _YEARS:
        return str(_YEARS[code](context.today))
    away, _, unit = code.partition("_")
    if away in _AWAY and unit in _UNITS:
        moved, written = _UNITS[unit]
        return written(moved(context.today, _AWAY[away]), context.tongue)
    if away == PERIOD and context.period is not None:
        return _of_period(code, unit, context.period, context.tongue)
    return None


def _of_period(code: str, unit: str, day: date, to: Language) -> str | None:
    """Return what a code of the period stands for."""
    if code == PERIOD_YEAR:
        return str(day.isocalendar().year)
    return _UNITS[unit][1](day, to) if unit in _UNITS else None


def _written(value: object, to: Language) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return to.yes if value else to.no
    if isinstance(value, tuple):
        return to.listed(map(str, value))
    if isinstance(value, Decimal):
        return to.number(value)
    return to.written(value) if isinstance(value, date) else str(value)


def code_problems(
    text: str,
    where: str,
    *,
    mail: bool = False,
    contact: bool = False,
    job: bool = False,
    item: bool = False,
    period: bool = False,
) -> Iterator[Problem]:
    """Yield the merge fields of *text* that mean nothing there, each once (A-39, A-40, A-41).

    Args:
        text: A text of a template.
        where: The path to it.
        mail: Whether it is of an e-mail, which may be in contact mode.
        contact: Whether contact codes are known there: e-mails in contact mode only.
        job: Whether codes of the job are known there.
        item: Whether codes of the item are known there.
        period: Whether codes of the period are known there: in the names of schedules only.
    """
    known = known_codes(contact=contact, job=job, item=item, period=period)
    parts = _parsed(text) if "[" in text else ()
    for code, field in dict.fromkeys((p.name, p.field) for p in parts if not isinstance(p, str)):
        if code in {ACCOUNT_FIELD, CONTACT_FIELD} and not field:
            yield Problem(f"[{code}] needs the field's name: [{code}:state]", where)
        elif (code in _CONTACT or code == CONTACT_FIELD) and not contact:
            what = f"[{code}] is a contact's merge field, and none is known here: use account and "
            other = "date merge fields, or an e-mail in contact mode (EmailMode.CONTACT)"
            yield Problem(what + (other if mail else "date merge fields"), where)
        elif code not in known:
            yield unknown(
                "merge field",
                f"[{code}]",
                [f"[{one}]" for one in known],
                where=where,
                hint="Write [[ for a literal bracket.",
            )
        elif field and code not in {ACCOUNT_FIELD, CONTACT_FIELD}:
            what = f"[{code}] takes no name behind a colon; custom fields do"
            yield Problem(what, where, f"[{code}:{field}]", (f"[{code}]",))


def may_be_empty(text: str) -> bool:
    """Tell whether all that a text holds may come to nothing: custom fields, without a word beside
    them or behind a `|` (R-18).
    """
    for part in _parsed(text):
        if isinstance(part, str):
            said = part
        else:
            is_field = part.name in {ACCOUNT_FIELD, CONTACT_FIELD}
            said = part.fallback or "" if is_field else part.written
        if single_line(said):
            return False
    return True


def custom_fields(text: str) -> Iterator[str]:
    """Yield the names of the custom fields, of accounts and contacts, that a text has filled in."""
    for part in _parsed(text) if "[" in text else ():
        if not isinstance(part, str) and part[0] in {ACCOUNT_FIELD, CONTACT_FIELD} and part[1]:
            yield part[1]


def meant_codes(text: str) -> tuple[str, ...]:
    """Return the merge fields in a text that would be filled in somewhere."""
    known = known_codes(contact=True, job=True, item=True, period=True)
    parts = _parsed(text) if "[" in text else ()
    return tuple(str(one) for one in parts if not isinstance(one, str) and one.name in known)


@lru_cache(maxsize=16)
def known_codes(
    *, contact: bool = False, job: bool = False, item: bool = False, period: bool = False
) -> tuple[str, ...]:
    """List the codes that may be used in a place."""
    return (
        *ACCOUNT_CODES,
        ACCOUNT_FIELD,
        *((*CONTACT_CODES, CONTACT_FIELD) if contact else ()),
        *(JOB_CODES if job else ()),
        *(ITEM_CODES if item else ()),
        *(PERIOD_CODES if period else ()),
        *DATE_CODES,
    )
