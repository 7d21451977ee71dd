"""JSON text within limits: what canonical JSON cannot hold is refused, before it can do harm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..errors import DefinitionError, Problem, shown
from ..model.checks import LARGEST_INT
from ..model.text import storing_problems
from .plain_data import (
    DEEPEST,
    FRACTION,
    LARGEST,
    NO_NUMBER,
    TOO_LARGE,
    decoded,
    misread,
    object_of,
    settled,
    too_deep,
    whole_number,
)
from .problems import Refused, child, told

__all__ = ["DEEPEST", "LARGEST", "is_plain", "parse", "sized", "write"]

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^][{}]++")
# What may be unstorable; a closer look decides. Several quick questions, for every dump asks them.
_LITERALS = ("NaN", "Infinity")
_SURROGATE = re.compile("[\ud800-\udfff]")
# An instant with a fraction of a second is none of them, and stands in every value.
_NUMBER = re.compile(r"[:\[,]-?[0-9]++(?:(?<!\d:\d\d)[.eE]|(?<=[0-9]{16}))", re.ASCII)
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse(text: str | bytes) -> Any:
    """Return the data of a JSON text.

    What JSON allows and pipeflow does not (fractions, NaN, doubled keys, huge numbers) comes as
    `Refused`, so that whoever reads the data can say where it stands.

    Raises:
        DefinitionError: For a text that is too large, nested too deeply, cut off, or no JSON.
    """
    whole = decoded(text, "JSON")
    _check_depth(whole)
    try:
        data = json.loads(
            whole,
            parse_float=lambda number: Refused(FRACTION, number),
            parse_int=whole_number,
            parse_constant=lambda name: Refused(NO_NUMBER, name),
            object_pairs_hook=object_of,
        )
    except json.JSONDecodeError as error:
        cut = error.pos >= len(whole.rstrip()) or error.msg.startswith("Unterminated")
        raise misread("JSON", error.msg, error.lineno, error.colno, cut=cut) from None
    return settled(data)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser, whose recursion it would exhaust, sees the text."""
    depth = 0
    for bracket in _NO_BRACKETS.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise too_deep()


def write(data: Any) -> str:
    """Return the canonical text: keys sorted, no spaces; the same data is the same text.

    Raises:
        DefinitionError: For data that no store could keep.
    """
    text = _CANONICAL.encode(data)
    suspicious = (
        not is_plain(text)
        or any(literal in text for literal in _LITERALS)
        or _NUMBER.search(text)
        or isinstance(data, int | float)
    )
    if suspicious:
        check(data)
    return text


def sized(text: str, *shares: str) -> str:
    """Return a text that is written, unless it is too large to be read again.

    Args:
        text: The text.
        shares: What stands for the marks in it, when it is read.

    Raises:
        DefinitionError: Together they take more bytes than one text may.
    """
    parts = (text, *shares)
    if sum(map(len, parts)) > LARGEST // 4:  # no character takes more than four bytes
        size = sum(len(part.encode()) for part in parts)
        if size > LARGEST:
            what = f"is larger than {LARGEST // 1_000_000} MB, and could not be read again"
            raise DefinitionError(Problem(what, "$", f"{size:,} bytes"))
    return text


def is_plain(text: str) -> bool:
    """Tell whether no text within a text can hold a character that no store keeps."""
    return "\\u0000" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def check(data: Any) -> None:
    """Refuse data that canonical JSON cannot hold, with every place.

    Raises:
        DefinitionError: For fractions, NaN, huge whole numbers, NUL and lone surrogates.
    """
    problems = list(_problems(data))
    if problems:
        raise told(problems)


def _problems(data: Any) -> Iterator[Problem]:
    if isinstance(data, str):
        yield from storing_problems(data, "$")
    elif isinstance(data, float):
        yield Problem(FRACTION, "$", shown(data))
    elif isinstance(data, int) and abs(data) > LARGEST_INT:
        yield Problem(TOO_LARGE, "$", shown(data))
    elif isinstance(data, list):
        for number, part in enumerate(data):
            yield from (problem.at(f"$[{number}]") for problem in _problems(part))
    elif isinstance(data, dict):
        for key, part in data.items():
            yield from (problem.at(child(key)) for problem in (*_problems(key), *_problems(part)))
