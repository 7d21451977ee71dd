"""Writes rows as CSV for spreadsheets, in which nothing that a person typed becomes a formula.

The form is that of RFC 4180. A text that a spreadsheet would reckon begins with an apostrophe.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TextIO
from unicodedata import category, normalize

__all__ = ["ENCODING", "write"]

ENCODING = "utf-8-sig"  # the mark at the beginning tells Excel that it is UTF-8; others skip it
FORMULA = frozenset("=+-@")  # what makes a formula where it stands first
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*", re.ASCII)


def write(rows: Iterable[Iterable[str | int | float]], file: TextIO) -> None:
    """Write rows to a file, one after another; numbers stay what they are."""
    several = csv.writer(file, lineterminator="\r\n")
    several.writerows([_inert(one) for one in row] for row in rows)


def _inert(cell: str | float) -> str | float:
    """Return a cell that is one line and no formula.

    Where lists are separated by semicolons, as in much of Europe, Excel cuts a cell at each of
    them, so that what follows one is looked at too.
    """
    if not isinstance(cell, str):
        return cell
    line = "".join(_plain(char) for char in cell)
    return line if NUMBER.fullmatch(line) else ";".join(map(_guarded, line.split(";")))


def _guarded(text: str) -> str:
    """Put an apostrophe before what looks like a formula, however it is spaced or spelt wide."""
    for char in text:
        if category(char)[0] in "ZC" or char == '"':
            continue
        return f"'{text}" if normalize("NFKC", char)[:1] in FORMULA else text
    return text


def _plain(char: str) -> str:
    """Return what stands for a character: a break of a line, or half of one, is none."""
    kind = category(char)
    return (
        "\N{REPLACEMENT CHARACTER}" if kind == "Cs" else " " if kind in {"Cc", "Zl", "Zp"} else char
    )
