"""Writes a document as plain text for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from .document import Bar, Block, Bullets, Cell, Document, Heading, Paragraph, Table

__all__ = ["printable", "told", "write"]

SCALE = 24  # characters that a whole bar takes


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
    if table.caption:
        yield printable(table.caption)
    shown = [tuple(map(told, row)) for row in (table.columns, *table.rows)]
    used = table.used
    widths = {n: max(len(row[n]) for row in shown) for n in used}
    for number, row in enumerate(shown):
        yield "  ".join(row[n].ljust(widths[n]) for n in used)
        if number == 0:
            yield "  ".join("-" * widths[n] for n in used)


def printable(text: str) -> str:
    """Replace what would break a line or a terminal by a space."""
    return "".join(char if char.isprintable() else " " for char in text)


def told(cell: Cell) -> str:
    """Write a cell as text: a bar is drawn in blocks, one that has any length in one at least."""
    if not isinstance(cell, Bar):
        return printable(cell)
    begin, end = round(SCALE * cell.start), round(SCALE * cell.end)
    if cell.end > cell.start:
        begin = min(begin, SCALE - 1)
        end = max(end, begin + 1)
    drawn = " " * begin + "█" * (end - begin)
    return f"{drawn.ljust(SCALE)} {printable(cell.text)}" if cell.text else drawn
