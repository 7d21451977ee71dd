"""Writes a picture as a flow chart of Mermaid, with every sign of a name as a number.

Quotes alone do not keep a name from being markup there; entities do.
"""

from __future__ import annotations

from collections.abc import Iterator

from .characters import printable
from .document import Diagram

__all__ = ["write"]

BREAK = "<br/>"


def write(diagram: Diagram) -> str:
    """Write a flow chart from left to right."""
    return "\n".join(_lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    yield "flowchart LR"
    for number, lines in enumerate(diagram.boxes):
        yield f'    s{number}["{BREAK.join(map(_text, lines))}"]'
    for arrow in diagram.arrows:
        line = "-.->" if arrow.rare else "-->"
        said = f'|"{_text(arrow.text)}"|' if arrow.text else ""
        yield f"    s{arrow.start} {line}{said} s{arrow.end}"


def _text(text: str) -> str:
    """Write letters, digits and spaces as they are, and every other sign by its number."""
    return "".join(
        one if one == " " or (one.isascii() and one.isalnum()) else f"#{ord(one)};"
        for one in printable(text)
    )
