"""Writes a document as plain text for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, zip_longest
from typing import assert_never

from .characters import columns, padded, printable, wrapped
from .document import Bar, Block, Bullets, Cell, Document, Heading, Lane, Lanes, Paragraph, Table

__all__ = ["lines_of", "parted", "told", "write"]

SCALE = 24  # characters that a whole bar takes
MOST_CELL = 100  # columns that a cell of a table takes at most; what is longer goes on below
WIDTH = 110  # columns that a board takes at most
NARROW, WIDE = 24, 36  # columns that a lane of it takes
MOST_LINES = 4  # that one text takes there; what is longer is cut
GAP = "  "


def write(document: Document) -> str:
    """Write *document* as lines of plain text."""
    return "\n".join(
        line.rstrip()
        for apart, block in parted(document)
        for line in (*[""] * apart, *lines_of(block))
    )


def parted(document: Document) -> Iterator[tuple[bool, Block]]:
    """Yield the blocks, and whether an empty line keeps each from what stands above it."""
    for above, block in pairwise((None, *document.blocks)):
        if block is not None:
            yield above is not None and (_begins(block) or isinstance(above, Table | Lanes)), block


def _begins(block: Block) -> bool:
    """Tell whether something new begins: a heading, or what has a caption of its own."""
    return isinstance(block, Heading) or (isinstance(block, Table | Lanes) and bool(block.caption))


def lines_of(block: Block) -> Iterator[str]:
    """Yield the lines of a block."""
    match block:
        case Heading(text, level):
            yield printable(text)
            if level == 1:
                yield "=" * columns(printable(text))
        case Paragraph(text):
            yield printable(text)
        case Bullets():
            yield from (f"{'  ' * level}- {printable(one)}" for level, one in block.lines())
        case Table():
            yield from _table(block)
        case Lanes():
            yield from _lanes(block)
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield printable(table.caption)
    used = table.used
    shown = [[_cell(row[n]) for n in used] for row in (table.columns, *table.rows)]
    widths = [max(columns(line) for row in shown for line in row[n]) for n in range(len(used))]
    for number, row in enumerate(shown):
        yield from _beside(row, widths)
        if number == 0:
            yield GAP.join("-" * width for width in widths)


def _beside(cells: Iterable[list[str]], widths: list[int]) -> Iterator[str]:
    """Yield the lines of what stands side by side."""
    for line in zip_longest(*cells, fillvalue=""):
        yield GAP.join(map(padded, line, widths))


def _cell(cell: Cell) -> list[str]:
    line = told(cell)
    fits = isinstance(cell, Bar) or columns(line) <= MOST_CELL
    return [line] if fits else wrapped(line, MOST_CELL)


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


# -- boards ---------------------------------------------------------------------------------------


def _lanes(board: Lanes) -> Iterator[str]:
    """Yield the lanes side by side, in as many rows as they take."""
    if board.caption:
        yield printable(board.caption)
    number = len(board.lanes)
    most = (WIDTH + len(GAP)) // (NARROW + len(GAP))
    rows = -(-number // most) or 1
    each = -(-number // rows) or 1
    width = min((WIDTH + len(GAP)) // each - len(GAP), WIDE)
    for first in range(0, number, each):
        lanes = board.lanes[first : first + each]
        if first:
            yield ""
        heads = [_wrapped(part, width) for lane in lanes for part in (lane.name, lane.text)]
        widths = [width] * len(lanes)
        yield from _beside(heads[::2], widths)
        yield from _beside(heads[1::2], widths)
        yield GAP.join("-" * width for _ in lanes)
        yield from _beside([[*_cards(lane, width)] for lane in lanes], widths)


def _cards(lane: Lane, width: int) -> Iterator[str]:
    """Yield the lines of the cards of a lane, an empty one between them."""
    for number, card in enumerate(lane.cards):
        if number:
            yield ""
        for place, line in enumerate(card):
            indent = GAP if place else ""
            yield from (indent + one for one in _wrapped(line, width - len(indent)))
    if lane.more:
        yield from ("", *_wrapped(lane.more, width))


def _wrapped(text: str, width: int) -> list[str]:
    return wrapped(printable(text), width, MOST_LINES)
