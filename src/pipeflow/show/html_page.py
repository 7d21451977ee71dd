"""Writes a document as HTML that any notebook shows: real tables, inline style, nothing active.

Untrusted notebooks take style sheets, scripts, pictures, ids and roles away, so there are none. No
colour of text or page is fixed, so that it is readable in dark, light and high contrast; and with
all style taken away it is still in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import assert_never

from .document import Bar, Block, Bullets, Cell, Document, Heading, Paragraph, Table
from .terminal import printable

__all__ = ["write"]

LINE = "border:1px solid rgba(127,127,127,.45);padding:.25em .6em;text-align:left"
CELL = f"{LINE};vertical-align:top;white-space:pre-wrap"
HEAD = f"{LINE};background:rgba(127,127,127,.12)"
CAPTION = "caption-side:top;text-align:left;font-weight:bold;padding:.25em 0"
TABLE = "border-collapse:collapse;margin:.5em 0"
SCALE = "min-width:10em"
BAR = "height:.8em;background:rgba(86,133,196,.75);border:1px solid currentColor"
MOST_ROWS = 1000  # of a table; a notebook that shows more is no help


def write(document: Document) -> str:
    """Write *document* as one element."""
    return f"<div>{''.join(_parts(document.blocks))}</div>"


def _parts(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the blocks; a heading just before a table is the table's caption."""
    waiting: Heading | None = None
    named = ""
    for block in blocks:
        if isinstance(block, Table):
            yield _table(block, named if waiting is None else waiting.text)
            waiting = None
            continue
        if waiting is not None:
            yield _plain(waiting)
            waiting = None
        if isinstance(block, Heading):
            waiting, named = block, block.text
        else:
            yield _plain(block)
    if waiting is not None:
        yield _plain(waiting)


def _plain(block: Heading | Paragraph | Bullets) -> str:
    match block:
        case Heading(text, level):
            size = "1.15em" if level == 1 else "1em"
            return f'<p style="font-weight:bold;font-size:{size};margin:.5em 0">{_text(text)}</p>'
        case Paragraph(text):
            return f'<p style="margin:.5em 0;white-space:pre-wrap">{_text(text)}</p>'
        case Bullets(entries):
            return f"<ul>{''.join(_entries(entries))}</ul>" if entries else ""
        case _:
            assert_never(block)


def _entries(entries: tuple[str | Bullets, ...]) -> Iterator[str]:
    """Yield the entries of a list; a list among them belongs to the one before it."""
    for number, entry in enumerate(entries):
        if isinstance(entry, Bullets):
            if not number or isinstance(entries[number - 1], Bullets):
                yield f"<li>{_plain(entry)}</li>"
            continue
        inner = entries[number + 1] if number + 1 < len(entries) else ""
        below = _plain(inner) if isinstance(inner, Bullets) else ""
        yield f"<li>{_text(entry)}{below}</li>"


def _table(table: Table, caption: str) -> str:
    used = table.used
    told = table.caption or caption or "Table"
    head = "".join(f'<th scope="col" style="{HEAD}">{_text(table.columns[n])}</th>' for n in used)
    rows = "".join(_row(row, used) for row in table.rows[:MOST_ROWS])
    more = len(table.rows) - MOST_ROWS
    if more > 0:
        rows += f'<tr><td colspan="{len(used)}" style="{CELL}">… {more} more</td></tr>'
    return (
        f'<table style="{TABLE}"><caption style="{CAPTION}">{_text(told)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(row: tuple[Cell, ...], used: Iterable[int]) -> str:
    return f"<tr>{''.join(f'<td style={CELL!r}>{_cell(row[n])}</td>' for n in used)}</tr>"


def _cell(cell: Cell) -> str:
    if not isinstance(cell, Bar):
        return _text(cell)
    place = f"margin-left:{cell.start:.2%};width:{cell.end - cell.start:.2%}"
    drawn = f'<div style="{SCALE}"><div style="{BAR};{place}"></div></div>'
    return f"{drawn}{_text(cell.text)}" if cell.end > cell.start else _text(cell.text)


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
