"""Plain values in JSON: each has exactly one form, and nothing is converted in silence.

| value | in JSON |
|---|---|
| text, whole number, yes or no, nothing | itself |
| `Decimal` | text: `"450.00"` |
| `date` | text: `"2027-04-15"` |
| `datetime` | text, always UTC: `"2027-04-15T09:30:00Z"` |
| `time` | text, on the firm's clock: `"09:00:00"` |
| `timedelta` | text, an ISO 8601 duration in days and time: `"P3D"`, `"P1DT12H"`, `"PT90S"` |
| a member of an enumeration | its value |
| a custom field, an answer | itself; `{"decimal": "1.5"}`, `{"date": "2027-04-15"}` |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

from ..errors import DefinitionError, Problem, shown
from ..model.checks import LARGEST_INT, choice_problems
from ..model.text import storing_problems
from .problems import MisreadError, child, refused

__all__ = ["FORMS", "SCALARS", "WRITERS", "read_field", "read_text", "write_field", "write_instant"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Since Python 3.14 the end of a day may be told as 24:00; here it is told as the next one begins.
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_TIME = re.compile(r"(?!24)\d\d:\d\d(:\d\d)?", re.ASCII)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?!\Z)((?P<weeks>\d{1,9})W)?((?P<days>\d{1,9})D)?"
    r"(T(?=\d)((?P<hours>\d{1,9})H)?((?P<minutes>\d{1,9})M)?"
    r"((?P<seconds>\d{1,9})(\.(?P<fraction>\d{1,6}))?S)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,60}(\.\d{1,60})?([eE][+-]?\d{1,3})?", re.ASCII)

# How each plain value is written that stands in JSON as a text, with an example.
FORMS: dict[type, tuple[re.Pattern[str], str]] = {
    Decimal: (_NUMBER, "450.00"),
    date: (_DATE, "2027-04-15"),
    datetime: (_INSTANT, "2027-04-15T09:30:00Z"),
    time: (_TIME, "09:00:00"),
    timedelta: (_DURATION, "P3D"),
}


# -- reading ------------------------------------------------------------------------------------


def read_text(data: Any, _: Any = str) -> str:
    """Read a text, refusing characters that no store keeps.

    How long it may be is left to the value of which it is a part: what the engine put together
    may be longer than what somebody may give.
    """
    if type(data) is not str:
        raise refused("must be text", data)
    problems = tuple(storing_problems(data, "$"))
    if problems:
        raise MisreadError(*problems)
    return data


def _read_bool(data: Any, _: Any = bool) -> bool:
    if type(data) is not bool:
        raise refused("must be true or false", data, ("true", "false"))
    return data


def _read_int(data: Any, _: Any = int) -> int:
    if type(data) is not int:
        raise refused("must be a whole number", data)
    if abs(data) > LARGEST_INT:
        raise refused("is too large a whole number", data)
    return data


def _read_decimal(data: Any, _: Any = Decimal) -> Decimal:
    if type(data) is not str or not _NUMBER.fullmatch(data):
        raise refused('must be a number written as text, such as "450.00"', data)
    return Decimal(data)


def _read_date(data: Any, _: Any = date) -> date:
    if type(data) is str and _DATE.fullmatch(data):
        try:
            return date.fromisoformat(data)
        except ValueError:
            raise refused("is not a day of the calendar", data) from None
    raise refused('must be a date, such as "2027-04-15"', data)


def _read_instant(data: Any, _: Any = datetime) -> datetime:
    if type(data) is str and _INSTANT.fullmatch(data):
        try:
            return datetime.fromisoformat(data).astimezone(UTC)
        except (ValueError, OverflowError):
            raise refused("is not an instant of the calendar", data) from None
    raise refused('must be an instant with its zone, such as "2027-04-15T09:30:00Z"', data)


def _read_time(data: Any, _: Any = time) -> time:
    if type(data) is str and _TIME.fullmatch(data):
        try:
            return time.fromisoformat(data)
        except ValueError:
            raise refused("is not a time of the day", data) from None
    raise refused('must be a time of the day, such as "09:00:00"', data)


def _read_duration(data: Any, _: Any = timedelta) -> timedelta:
    found = _DURATION.fullmatch(data) if type(data) is str else None
    if found is None:
        raise refused(
            "must be a duration in days and time", data, ("P3D", "P2W", "PT12H", "P1DT30M")
        )
    parts = {
        unit: int(found[unit] or 0) for unit in ("weeks", "days", "hours", "minutes", "seconds")
    }
    fraction = int((found["fraction"] or "").ljust(6, "0"))
    try:
        duration = timedelta(**parts, microseconds=fraction)
    except OverflowError:
        raise refused("is too long a duration", data) from None
    return -duration if found["sign"] else duration


def _read_choice(data: Any, enum: type[StrEnum]) -> StrEnum:
    values = tuple(member.value for member in enum)
    if type(data) is not str:
        raise refused("must be text", data, values)
    if data not in values:
        raise MisreadError(*choice_problems(enum, data, "$"))
    return enum(data)


def read_field(data: Any, _: Any = None) -> Any:
    """Read a custom field or an answer."""
    if type(data) is bool:
        return data
    if type(data) is int:
        return _read_int(data)
    if type(data) is list:
        return tuple(_read_each(data))
    if type(data) is dict and len(data) == 1:
        ((key, inner),) = data.items()
        if key in _TAGGED:
            try:
                return _TAGGED[key](inner, None)
            except MisreadError as error:
                raise MisreadError(*(p.at(child(key)) for p in error.problems)) from None
    if type(data) is not str:
        allowed = ("text", "whole number", "true", "false", "list of texts")
        raise refused(
            "is not a custom field", data, (*allowed, '{"decimal": ...}', '{"date": ...}')
        )
    return read_text(data)


_TAGGED: dict[str, Callable[[Any, Any], Any]] = {"decimal": _read_decimal, "date": _read_date}


def _read_each(data: list[Any]) -> list[str]:
    problems: list[Problem] = []
    texts: list[str] = []
    for number, one in enumerate(data):
        try:
            texts.append(read_text(one))
        except MisreadError as error:
            problems += (problem.at(f"$[{number}]") for problem in error.problems)
    if problems:
        raise MisreadError(*problems)
    return texts


SCALARS: dict[type, Callable[[Any, Any], Any]] = {
    str: read_text,
    StrEnum: _read_choice,
    bool: _read_bool,
    int: _read_int,
    Decimal: _read_decimal,
    date: _read_date,
    datetime: _read_instant,
    time: _read_time,
    timedelta: _read_duration,
}


# -- writing ------------------------------------------------------------------------------------


def _write_decimal(value: Decimal) -> str:
    """Write an exact number, digit by digit.

    Raises:
        DefinitionError: For infinity, NaN, and numbers beyond any use.
    """
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise DefinitionError(Problem("is not a number that can be kept", "$", shown(value)))
    return text


def _write_date(value: date) -> str:
    """Write a date."""
    return value.isoformat()


def write_instant(value: datetime) -> str:
    """Write an instant in UTC.

    Raises:
        DefinitionError: For a naive one, which is no instant.
    """
    if value.tzinfo is UTC:
        return value.isoformat()[:-6] + "Z"
    if value.tzinfo is None:
        raise DefinitionError(
            Problem("has no time zone, so it is not an instant", "$", shown(value))
        )
    try:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except OverflowError:
        raise DefinitionError(
            Problem("is not an instant of the calendar", "$", shown(value))
        ) from None


def _write_time(value: time) -> str:
    """Write a time of the day, to the second."""
    return value.isoformat("seconds")


def _write_duration(value: timedelta) -> str:
    """Write a duration in days and time."""
    sign, left = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(left.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{left.microseconds:06}".rstrip("0") if left.microseconds else ""
    parts = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    parts += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{left.days}D" if left.days or not parts else ""
    return f"{sign}P{days}{'T' if parts else ''}{parts}"


def write_field(value: object) -> object:
    """Write a custom field or an answer."""
    match value:
        case Decimal():
            return {"decimal": _write_decimal(value)}
        case date():
            return {"date": _write_date(value)}
        case tuple():
            return list(cast("tuple[str, ...]", value))
        case _:
            return value


WRITERS: dict[type, Callable[[Any], Any]] = {
    StrEnum: lambda member: member.value,
    Decimal: _write_decimal,
    date: _write_date,
    datetime: write_instant,
    time: _write_time,
    timedelta: _write_duration,
}
