"""Writes a document as Markdown, as GitHub and documentation tools read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from .characters import printable
from .document import Bar, Block, Bullets, Cell, Diagram, Document, Heading, Lanes, Paragraph, Table
from .mermaid import write as drawn
from .terminal import told

__all__ = ["write"]

# The signs that mean something to Markdown wherever they stand; `:` and `@` to GitHub.
ESCAPED = {ord(sign): f"&#{ord(sign)};" for sign in "!#$&*:<>@[\\]^_`{|}~"}
# What begins a list or a line across, or makes a link of a name, where it begins a text or a word.
# The number of a list has up to nine digits: a year is one.
NUMBERED = "|".join(rf"(?<=^\d{{{digits}}})[.)]" for digits in range(1, 10))
BEGINS = re.compile(rf"^[-+=]|{NUMBERED}|(?<=\bwww)\.", re.IGNORECASE)

BREAK = "<br>"  # the one element of HTML that is Markdown's too; nothing else breaks a cell


def write(document: Document) -> str:
    """Write *document*, a blank line between blocks."""
    blocks = [part for block in document.blocks if (part := "\n".join(_lines(block)))]
    if isinstance(document.picture, Diagram):
        blocks.insert(min(1, len(blocks)), f"```mermaid\n{drawn(document.picture)}\n```")
    return "\n\n".join(blocks)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * min(level + 1, 6)} {_text(text)}"
        case Paragraph(text):
            yield _text(text)
        case Bullets():
            yield from (f"{'  ' * level}- {_text(one)}" for level, one in block.lines())
        case Table(columns, rows):
            if columns:
                used = block.used
                if block.caption:
                    yield from (f"**{_text(block.caption)}**", "")
                yield _row(columns, used)
                yield f"|{' --- |' * len(used)}"
                yield from (_row(row, used) for row in rows)
        case Lanes():
            yield from _lanes(block)
        case _:
            assert_never(block)


def _lanes(board: Lanes) -> Iterator[str]:
    """Yield a board as a table with one row, for only breaks keep cards of unlike height apart."""
    if board.caption:
        yield from (f"**{_text(board.caption)}**", "")
    heads = [BREAK.join(_texts(one.name, one.text)) for one in board.lanes]
    cells = [(BREAK * 2).join((*map(_card, one.cards), *_texts(one.more))) for one in board.lanes]
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield f"| {' | '.join(cells)} |"


def _card(card: tuple[str, ...]) -> str:
    """Write the lines of a card, its name in bold."""
    name, *lines = card
    return BREAK.join((f"**{_text(name)}**", *_texts(*lines)))


def _texts(*texts: str) -> list[str]:
    return [_text(one) for one in texts if one]


def _row(row: tuple[Cell, ...], used: list[int]) -> str:
    return f"| {' | '.join(map(_cell, (row[n] for n in used)))} |"


def _cell(cell: Cell) -> str:
    return _text(told(cell) if isinstance(cell, Bar) else cell)


def _text(text: str) -> str:
    """Write a text so that no character of it is markup; what indents a line still does."""
    plain = printable(text)
    inner = plain.lstrip(" ")
    safe = BEGINS.sub(_by_number, inner.translate(ESCAPED))
    return "&nbsp;" * (len(plain) - len(inner)) + safe.rstrip()


def _by_number(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
