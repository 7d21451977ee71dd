"""Merge fields: `[ACCOUNT_NAME]` and its like in texts (domain.md part 6, A-39 to A-42)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from ..errors import Problem, unknown
from ..model.accounts import Account, Contact
from ..model.dates import add_months
from ..model.languages import Language, english

__all__ = ["Context", "code_problems", "render", "render_line", "single_line"]

LONGEST = 1_000_000  # characters of a rendered text

# Patterns; `re` compiles and keeps them on first use, which import need not wait for.
# A literal `[[`, or an UPPER_CASE code in brackets; anything else in brackets is text.
_CODE = r"\[\[|\[([A-Z][A-Z0-9_]+(?: / [A-Z][A-Z ]*[A-Z]| [A-Z]+)*)(?::([^\[\]\n]+))?\]"
# What could break out of a mail header: controls, line separators, bidirectional overrides.
_CONTROLS = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"


class Context(NamedTuple):
    """What merge fields draw from: the account, the day, and where there are such, the others."""

    account: Account
    today: date
    contact: Contact | None = None
    due: date | None = None
    item: str = ""
    language: Language | None = None

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
        lambda day, _: str(day.isocalendar().week),
    ),
    "MONTH_NUMBER": (add_months, lambda day, _: str(day.month)),
    "MONTH_NAME": (add_months, lambda day, to: to.months[day.month - 1]),
    "QUARTER": (lambda day, n: add_months(day, 3 * n), lambda day, to: to.quarter_of(day)),
    "YEAR": (lambda day, n: add_months(day, 12 * n), lambda day, _: str(day.year)),
}
_AWAY = {"CURRENT": 0, "LAST": -1, "NEXT": 1}

_CONTACT: dict[str, Callable[[Contact], str]] = {
    "CONTACT_NAME": lambda contact: contact.name,
    "FIRST_NAME": lambda contact: contact.first_name or contact.name.partition(" ")[0],
    "MIDDLE_NAME": lambda contact: contact.middle_name,
    "LAST_NAME": lambda contact: contact.last_name or contact.name.rpartition(" ")[2],
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

DATE_CODES = tuple(f"{away}_{unit}" for away in _AWAY for unit in _UNITS)
ACCOUNT_CODES = ("ACCOUNT_NAME",)
CONTACT_CODES = tuple(_CONTACT)
ACCOUNT_FIELD, CONTACT_FIELD = "ACCOUNT_CUSTOM_FIELD", "CONTACT_CUSTOM_FIELD"
JOB_CODES = ("JOB_DUE_DATE",)
ITEM_CODES = ("ITEM_NAME",)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[str | tuple[str, str], ...]:
    """Split a text into literal pieces and codes; a pure function, remembered for speed."""
    parts: list[str | tuple[str, str]] = []
    end = 0
    for found in re.finditer(_CODE, text):
        parts.append(text[end : found.start()])
        parts.append((found[1], found[2] or "") if found[1] else "[")
        end = found.end()
    parts.append(text[end:])
    return tuple(part for part in parts if part)


def render(text: str, context: Context) -> str:
    """Fill in the merge fields of *text*; an empty value is nothing, and none is read again."""
    if "[" not in text:
        return text
    return "".join(
        part if isinstance(part, str) else _value(part[0], part[1], context)
        for part in _parsed(text)
    )[:LONGEST]


def render_line(text: str, context: Context) -> str:
    """Fill in the merge fields of a subject or a name, as one line that is safe in a header."""
    return single_line(render(text, context))


def single_line(text: str) -> str:
    """Make one line of it that no mail program reads as a header or an encoded word."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text.strip()
    return re.sub(_CONTROLS, " ", text).replace("=?", "= ?").strip()


def _value(code: str, field: str, context: Context) -> str:
    if code == "ACCOUNT_NAME":
        return context.account.name
    if code == ACCOUNT_FIELD:
        return _written(context.account.fields.get(field), context.tongue)
    if context.contact is not None:
        if code == CONTACT_FIELD:
            return _written(context.contact.fields.get(field), context.tongue)
        if code in _CONTACT:
            return _CONTACT[code](context.contact)
    if code == "JOB_DUE_DATE":
        return context.tongue.written(context.due) if context.due else ""
    if code == "ITEM_NAME":
        return context.item
    away, _, unit = code.partition("_")
    if away in _AWAY and unit in _UNITS:
        moved, written = _UNITS[unit]
        return written(moved(context.today, _AWAY[away]), context.tongue)
    return ""


def _written(value: object, to: Language) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return to.yes if value else to.no
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return to.written(value) if isinstance(value, date) else str(value)


def code_problems(
    text: str, where: str, *, contact: bool = False, job: bool = False, item: bool = False
) -> Iterator[Problem]:
    """Yield the merge fields of *text* that mean nothing there (A-39, A-40, A-41).

    Args:
        text: A text of a template.
        where: The path to it.
        contact: Whether contact codes are known there: e-mails in contact mode only.
        job: Whether codes of the job are known there.
        item: Whether codes of the item are known there.
    """
    for part in _parsed(text) if "[" in text else ():
        if isinstance(part, str):
            continue
        code, field = part
        if code in {ACCOUNT_FIELD, CONTACT_FIELD} and not field:
            yield Problem(f"[{code}] needs the field's name: [{code}:state]", where)
        elif (code in _CONTACT or code == CONTACT_FIELD) and not contact:
            yield Problem(
                f"[{code}] is a contact's merge field, and none is known here: use account and "
                "date merge fields, or an e-mail in contact mode (EmailMode.CONTACT)",
                where,
            )
        elif code not in known_codes(contact=contact, job=job, item=item):
            yield unknown(
                "merge field",
                f"[{code}]",
                [f"[{known}]" for known in known_codes(contact=contact, job=job, item=item)],
                where=where,
                hint="Write [[ for a literal bracket.",
            )


@lru_cache(maxsize=8)
def known_codes(*, contact: bool = False, job: bool = False, item: bool = False) -> tuple[str, ...]:
    """List the codes that may be used in a place."""
    return (
        *ACCOUNT_CODES,
        ACCOUNT_FIELD,
        *((*CONTACT_CODES, CONTACT_FIELD) if contact else ()),
        *(JOB_CODES if job else ()),
        *(ITEM_CODES if item else ()),
        *DATE_CODES,
    )
