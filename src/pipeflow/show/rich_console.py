"""Writes a document for a terminal that rich writes to: its tables, and plain text else.

Only rich calls this, so that it is there. What people wrote is text to it, never a style.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, Union

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from .characters import printable
from .document import Bar, Block, Document, Heading, Lane, Lanes, Table
from .terminal import lines_of, parted, told

__all__ = ["write"]

Part: TypeAlias = Union[RichTable, Text]


def write(document: Document) -> list[Part]:
    """Write *document* as what rich can lay out."""
    return [
        part for apart, block in parted(document) for part in (*[Text()] * apart, *_parts(block))
    ]


def _parts(block: Block) -> Iterator[Part]:
    match block:
        case Heading(text):
            yield Text(printable(text), style="bold")
        case Table():
            if block.columns:
                yield _table(block)
        case Lanes():
            yield _lanes(block)
        case _:
            yield from map(Text, lines_of(block))


def _table(table: Table) -> RichTable:
    made = _made(table.caption)
    for n in table.used:
        bars = any(isinstance(row[n], Bar) for row in table.rows)
        made.add_column(Text(printable(table.columns[n])), no_wrap=bars, overflow="fold")
    for row in table.rows:
        made.add_row(*(Text(told(row[n])) for n in table.used))
    return made


def _lanes(board: Lanes) -> RichTable:
    made = _made(board.caption)
    for lane in board.lanes:
        head = Text(f"{printable(lane.name)}\n{printable(lane.text)}")
        made.add_column(head, overflow="fold", ratio=1)
    made.add_row(*map(_cards, board.lanes))
    return made


def _cards(lane: Lane) -> Text:
    """Return the cards of a lane as one text, their names in bold."""
    text = Text()
    for number, card in enumerate(lane.cards):
        text.append("\n\n" if number else "")
        text.append(printable(card[0]), style="bold")
        text.append("".join(f"\n{printable(line)}" for line in card[1:]))
    if lane.more:
        text.append(f"\n\n{printable(lane.more)}")
    return text


def _made(caption: str) -> RichTable:
    title = Text(printable(caption)) if caption else None
    return RichTable(
        title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
