"""Writes a document as plain text for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from .document import Block, Bullets, Document, Heading, Paragraph, Table

__all__ = ["write"]


def write(document: Document) -> str:
    """Write *document* as lines of plain text."""
    return "\n".join(line.rstrip() for block in document.blocks for line in _lines(block))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield printable(text)
            if level == 1:
                yield "=" * len(printable(text))
        case Paragraph(text):
            yield printable(text)
        case Bullets():
            yield from _bullets(block, 0)
        case Table(columns, rows):
            yield from _table(columns, rows)
        case _:
            assert_never(block)


def _bullets(bullets: Bullets, level: int) -> Iterator[str]:
    for entry in bullets.entries:
        if isinstance(entry, Bullets):
            yield from _bullets(entry, level + 1)
        else:
            yield f"{'  ' * level}- {printable(entry)}"


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    shown = [tuple(map(printable, row)) for row in (columns, *rows)]
    used = [n for n in range(len(columns)) if n == 0 or any(row[n] for row in shown[1:])]
    widths = {n: max(len(row[n]) for row in shown) for n in used}
    for number, row in enumerate(shown):
        yield "  ".join(row[n].ljust(widths[n]) for n in used)
        if number == 0:
            yield "  ".join("-" * widths[n] for n in used)


def printable(text: str) -> str:
    """Replace what would break a line or a terminal by a space."""
    return "".join(char if char.isprintable() else " " for char in text)
