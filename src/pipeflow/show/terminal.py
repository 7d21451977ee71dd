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
            yield from (f"{'  ' * level}- {printable(one)}" for level, one in block.lines())
        case Table():
            yield from _table(block)
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    shown = [tuple(map(printable, row)) for row in (table.columns, *table.rows)]
    used = table.used
    widths = {n: max(len(row[n]) for row in shown) for n in used}
    for number, row in enumerate(shown):
        yield "  ".join(row[n].ljust(widths[n]) for n in used)
        if number == 0:
            yield "  ".join("-" * widths[n] for n in used)


def printable(text: str) -> str:
    """Replace what would break a line or a terminal by a space."""
    return "".join(char if char.isprintable() else " " for char in text)
