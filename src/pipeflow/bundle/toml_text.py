"""Packages in TOML: read as the data that the same package has in JSON.

The standard library reads TOML and does not write it. Dates and times become the texts that JSON
has for them.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import Any, NoReturn

from ..codec import (
    DEEPEST,
    FRACTION,
    NO_NUMBER,
    TOO_LARGE,
    Refused,
    decoded,
    misread,
    too_deep,
    whole_number,
)
from ..errors import DefinitionError, Problem

__all__ = ["parse", "write"]

# What the parser takes as one piece, and in which dots and brackets mean nothing.
_PIECE = re.compile(
    r'"""(?:[^"\\]++|\\.|"{1,2}+(?!"))*+(?:"{3,5}+|\\?\Z)'
    r"|'''(?:[^']++|'{1,2}+(?!'))*+(?:'{3,5}+|\Z)"
    r'|"(?:[^"\\\n]++|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t]++")
_NO_BRACKETS = re.compile(r"[^][{}]++")
# The parser walks a key anew for each of its parts, and reads digits the slower the more there are.
_DEEP_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]*+\.){{{DEEPEST},}}+")
_ENDLESS = re.compile(r"(?<![A-Za-z0-9_-])-?[0-9][0-9A-Za-z_]{999,}+")
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def parse(text: str | bytes) -> dict[str, Any]:
    """Return the data of a TOML text.

    What TOML allows and pipeflow does not (fractions, inf, nan, huge numbers) comes as `Refused`,
    so that whoever reads the data can say where it stands.

    Raises:
        DefinitionError: For a text that is too large, nested too deeply, cut off, or no TOML.
    """
    whole = decoded(text, "TOML")
    _check(_PIECE.sub(lambda piece: "" if piece[0].startswith("#") else "s", whole))
    try:
        return {key: _plain(part, 2) for key, part in _loaded(whole).items()}
    except RecursionError:
        raise too_deep() from None


def write(_: Any) -> NoReturn:
    """Refuse to write TOML.

    Raises:
        DefinitionError: Always.
    """
    what = "is of a file in TOML, which pipeflow reads and does not write; save JSON or YAML"
    raise DefinitionError(Problem(what, "$.path", allowed=(".json", ".yaml", ".yml")))


def _check(bare: str) -> None:
    """Refuse what would keep the parser busy for hours, or exhaust its recursion."""
    depth = 0
    for bracket in _NO_BRACKETS.sub("", bare):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise too_deep()
    dense = _BLANKS.sub("", bare)
    if _DEEP_KEY.search(dense):
        raise too_deep()
    endless = _ENDLESS.search(dense)
    if endless:
        what = "holds a number of a thousand digits or more; write it as text"
        raise DefinitionError(Problem(what, "$", f"{endless[0][:20]}..."))


def _loaded(whole: str) -> dict[str, Any]:
    try:
        return tomllib.loads(whole, parse_float=_fraction)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.fullmatch(str(error))
        if found and found[2]:
            raise misread("TOML", found[1], int(found[2]), int(found[3])) from None
        why = found[1] if found else str(error)
        line, column = whole.count("\n") + 1, len(whole) - whole.rfind("\n")
        # What may not be there twice is there: nothing that came behind it would mend that.
        cut = not why.startswith("Cannot ")
        raise misread("TOML", why, line, column, cut=cut) from None


def _fraction(text: str) -> Refused:
    return Refused(NO_NUMBER if text.lstrip("+-") in {"inf", "nan"} else FRACTION, text)


def _plain(data: Any, depth: int) -> Any:
    """Return data as JSON would have given it, where *depth* levels are open when it is one."""
    if isinstance(data, dict | list) and depth > DEEPEST:
        raise too_deep()
    if isinstance(data, dict):
        return {key: _plain(part, depth + 1) for key, part in data.items()}
    if isinstance(data, list):
        return [_plain(part, depth + 1) for part in data]
    if isinstance(data, date | time):
        return _iso(data)
    if type(data) is int:
        return whole_number(str(data)) if data.bit_length() < 3000 else _huge(data)
    return data


def _huge(number: int) -> Refused:
    """Refuse a number of which the digits would take too long to write."""
    return Refused(TOO_LARGE, hex(number))


def _iso(moment: date | time) -> str:
    """Return a day, a time of the day or an instant as text."""
    text = moment.isoformat()
    return text.replace("+00:00", "Z") if isinstance(moment, datetime) else text
