"""The pen: texts and boxes of an SVG picture, and how much room letters take.

Nobody knows which letters a reader has. So room is reckoned for wide ones, and what might not fit
is broken or cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from .characters import column, cut, printable, wrapped

__all__ = [
    "FAINT",
    "FILL",
    "INK",
    "LINE",
    "PAPER",
    "PENCIL",
    "SHADE",
    "Sketch",
    "box",
    "letter",
    "letters",
    "lines_of",
    "safe",
    "stacked",
    "written",
]

PAPER, INK, PENCIL = "#ffffff", "#1f2328", "#57606a"  # the two inks can be read on paper and shade
SHADE, FAINT, FILL = "#f3f6fb", "#d0d7de", "#4a7ab8"
SIZE, LINE = 13, 18  # of letters, and from one line to the next, in pixels
BOLD = 1.1  # how much wider bold letters are

NARROW = frozenset("fijltrI.,:;'|!()[]{}/\\ -\"")
BROAD = frozenset("mwMW@%&—…")


class Sketch(NamedTuple):
    """A picture without its frame: its size, its elements, and what it shows in words."""

    width: float
    height: float
    parts: list[str]
    told: str


def letter(char: str) -> float:
    """Return the room that a letter takes, in pixels."""
    if char in NARROW:
        return SIZE * 0.45
    if char in BROAD:
        return SIZE * 1.02
    if char.isascii() and char.islower():
        return SIZE * 0.63
    return SIZE * (0.0, 0.75, 1.05)[column(char)]


def bold_letter(char: str) -> float:
    """Return the room that a bold letter takes, in pixels."""
    return letter(char) * BOLD


def letters(text: str) -> float:
    """Return the room that a text takes, in pixels."""
    return sum(map(letter, printable(text)))


def safe(text: str) -> str:
    """Write a text so that no character of it is markup."""
    return escape(printable(text), quote=True)


def lines_of(text: str, room: float, most: int, *, bold: bool = False) -> list[str]:
    """Break a text into lines that fit."""
    return wrapped(printable(text), room, most, bold_letter if bold else letter)


def written(
    text: str,
    x: float,
    y: float,
    room: float,
    *,
    size: float = SIZE,
    bold: bool = False,
    ink: str = PENCIL,
    anchor: str = "start",
) -> str:
    """Write a text in one line, cut to what fits."""
    shown = cut(printable(text), room * SIZE / size, bold_letter if bold else letter)
    weight = ' font-weight="bold"' if bold else ""
    letters_size = f' font-size="{size:g}"' if size != SIZE else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{ink}"{letters_size}{weight}{place}>{safe(shown)}</text>'
    )


def stacked(lines: Iterable[tuple[str, bool]], x: float, y: float, room: float) -> list[str]:
    """Write lines below one another, each bold or not."""
    return [
        written(line, x, y + LINE * number, room, bold=bold, ink=INK if bold else PENCIL)
        for number, (line, bold) in enumerate(lines)
    ]


def box(x: float, y: float, width: float, height: float, shade: str = SHADE) -> str:
    """Draw a box with round corners."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
        f'fill="{shade}" stroke="{PENCIL}"/>'
    )
