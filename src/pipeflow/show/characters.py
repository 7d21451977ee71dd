"""Characters: which of them print, how much room they take, and how a text is broken and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unicodedata import category, east_asian_width

__all__ = ["JOINERS", "column", "columns", "cut", "legible", "padded", "printable", "wrapped"]

# Many scripts cannot be written without these two, which otherwise only join or part letters.
JOINERS = frozenset("\u200c\u200d")

Size = Callable[[str], float]  # the room that one character takes


def printable(text: str) -> str:
    """Replace what would break a line, command a terminal, or turn the order round, by a space."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in JOINERS else " " for one in text)


def legible(char: str) -> bool:
    """Tell whether a character may stand in a name or a subject that somebody typed.

    It prints, it is one of the joiners, or a space of any width, such as that which French has
    before a colon. Controls, breaks of lines and what turns the order round may not.
    """
    return char.isprintable() or char in JOINERS or category(char) == "Zs"


def column(char: str) -> int:
    """Return how many columns of a terminal a character takes: none, one or two.

    Terminals do not agree about emoji that are put together of several; they are taken one by one.
    """
    if char.isascii():
        return 1
    if char in JOINERS or "\u1160" <= char <= "\u11ff" or category(char) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(column, text))


def padded(text: str, room: int) -> str:
    """Fill a text up with spaces."""
    return text + " " * (room - columns(text))


def cut(text: str, room: float, size: Size = column) -> str:
    """Leave the end of a text out where it does not fit, and show that."""
    if sum(map(size, text)) <= room:
        return text
    return f"{next(_pieces(text, room - size('…'), size)).rstrip()}…"


def wrapped(text: str, room: float, most: int = 0, size: Size = column) -> list[str]:
    """Break a text into lines that fit, between words where that is possible.

    Args:
        text: The text; what indents it indents each line.
        room: How much fits into a line.
        most: How many lines there may be; the last one is cut. As many as it takes unless said.
        size: How much room a character takes.
    """
    words = text.split()
    indent = text[: len(text) - len(text.lstrip(" "))]
    inner = room - sum(map(size, indent))
    lines: list[str] = []
    left = 0.0
    for word in words:
        whole = sum(map(size, word))
        if lines and size(" ") + whole <= left:
            lines[-1] += f" {word}"
            left -= size(" ") + whole
        else:
            lines += _pieces(word, inner, size)
            left = inner - sum(map(size, lines[-1]))
    if most and len(lines) > most:
        lines[most - 1 :] = [cut(" ".join(lines[most - 1 : most + 1]), inner, size)]
    return [f"{indent}{line}" for line in lines]


def _pieces(text: str, room: float, size: Size) -> Iterator[str]:
    """Yield pieces of a text that fit; what takes no room stays with what is before it."""
    piece, taken = "", 0.0
    for char in text:
        more = size(char)
        if piece and more and taken + more > room:
            yield piece
            piece, taken = "", 0.0
        piece += char
        taken += more
    yield piece
