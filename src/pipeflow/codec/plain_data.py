"""Plain data: what a text comes to in any notation, within limits, and how it is refused.

The limits and their reasons stand in the design's list of canonical values: no store and no other
language keeps a NUL, half a surrogate pair, NaN, or a whole number beyond 2^53.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..errors import DefinitionError, Problem, shown
from ..model.checks import LARGEST_INT
from .problems import Refused

__all__ = [
    "DEEPEST",
    "FRACTION",
    "LARGEST",
    "NO_NUMBER",
    "TOO_LARGE",
    "decoded",
    "misread",
    "object_of",
    "settled",
    "too_deep",
    "whole_number",
]

LARGEST = 50_000_000  # bytes of one text
DEEPEST = 32  # levels of objects and lists
LONGEST = 200  # characters of what a parser says

FRACTION = 'is a number with a fraction, which rounds; write it as text, such as "450.00"'
TOO_LARGE = "is too large a whole number; write it as text"
NO_NUMBER = "is not a number"


def decoded(text: str | bytes, notation: str) -> str:
    """Return a text that is small enough to be looked at, without a byte order mark.

    Args:
        text: What somebody gave, if bytes in UTF-8.
        notation: What it should be: "JSON".

    Raises:
        DefinitionError: It is no text, too large, or not UTF-8.
    """
    if not isinstance(text, str | bytes):
        raise DefinitionError(Problem(f"must be {notation} text", "$", shown(text)))
    if len(text) > LARGEST:
        raise DefinitionError(
            Problem(f"is larger than {LARGEST // 1_000_000} MB", "$", f"{len(text):,} characters")
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 at byte {error.start}; save the file as UTF-8"
        raise DefinitionError(Problem(what, "$", shown(text[error.start : error.end]))) from None


def misread(
    notation: str, why: str, line: int, column: int, *, cut: bool = False
) -> DefinitionError:
    """Make the error of a text that is not of its notation.

    Args:
        notation: What it should be.
        why: What its parser has against it.
        line: Where, counted from 1.
        column: Where, counted from 1.
        cut: Whether it looks as if its end were missing.
    """
    said = why if len(why) <= LONGEST else f"{why[:LONGEST]}..."
    hint = "; it ends too early, as if it had been cut off" if cut else ""
    what = f"is not {notation}: {said} at line {line}, column {column}{hint}"
    return DefinitionError(Problem(what, "$"))


def too_deep() -> DefinitionError:
    """Make the error of a text that no package and no value is as deep as."""
    return DefinitionError(Problem(f"is nested deeper than {DEEPEST} levels", "$"))


def whole_number(digits: str) -> Any:
    """Return the whole number that decimal digits stand for, or why it is refused."""
    if len(digits) < 16:
        return int(digits)
    number = int(digits) if len(digits) < 20 else LARGEST_INT + 1
    return number if abs(number) <= LARGEST_INT else Refused(TOO_LARGE, digits)


def object_of(pairs: list[tuple[str, Any]]) -> Any:
    """Return the object of these keys and values, or why it is refused."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    counts = Counter(key for key, _ in pairs)
    twice = next(key for key, count in counts.items() if count > 1)
    return Refused(f"has the key {shown(twice)} twice", "{...}")


def settled(data: Any) -> Any:
    """Return the data of a whole text, unless it is refused as a whole.

    Raises:
        DefinitionError: It is.
    """
    if isinstance(data, Refused):
        raise DefinitionError(Problem(data.what, "$", shown(data)))
    return data
