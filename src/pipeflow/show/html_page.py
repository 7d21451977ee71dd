"""Writes a document as HTML that any notebook shows: real tables, inline style, nothing active.

Untrusted notebooks take style sheets, scripts, pictures, ids and roles away, so there are none. No
colour of text or page is fixed, so that it is readable in dark, light and high contrast; and with
all style taken away it is still in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import assert_never

from ..errors import many
from .characters import printable
from .document import Bar, Block, Bullets, Cell, Document, Heading, Lane, Lanes, Paragraph, Table

__all__ = ["write"]

GREY = "rgba(127,127,127,.45)"
# Each row draws the line above it, so that one which goes on with the row before draws none.
LINE = f"border:solid {GREY};border-width:1px 1px 0;padding:.25em .6em;text-align:left"
CELL = f"{LINE};vertical-align:top"
LONG_WORD = 24  # characters, from which on a word is broken anywhere; a shorter one stays whole
HEAD = f"{LINE};background:rgba(127,127,127,.12)"
GOES_ON = f"{CELL};border-top-width:0;padding-top:0"
CAPTION = "caption-side:top;text-align:left;font-weight:bold;padding:.25em 0"
SAID = "caption-side:top;text-align:left;padding:.25em 0;white-space:pre-wrap"
TABLE = f"border-collapse:collapse;border:1px solid {GREY};margin:.5em 0"
FOLD, SUMMARY = "margin:.5em 0", "font-weight:bold;cursor:pointer"
SCALE = "min-width:10em"
BAR = "height:.8em;background:rgba(86,133,196,.75);border:1px solid currentColor;border-radius:2px"
LANE_WIDTH = "vertical-align:top;min-width:10em;max-width:18em;overflow-wrap:anywhere"
LANE, LANE_HEAD = f"{LINE};white-space:pre-wrap;{LANE_WIDTH}", f"{HEAD};{LANE_WIDTH}"
CARDS = "list-style:none;margin:0;padding:0"
CARD = (
    f"list-style:none;margin:0 0 .5em;padding:.3em .5em;border:1px solid {GREY};"
    "border-radius:.3em;background:rgba(127,127,127,.1)"
)
MOST_ROWS = 1000  # of a table; a notebook that shows more is no help


def write(document: Document) -> str:
    """Write *document* as one element."""
    return f"<div>{''.join(_parts(document.blocks))}</div>"


def _parts(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the blocks; a heading or a paragraph just before a table is the table's caption."""
    waiting: Heading | Paragraph | None = None
    named = ""
    for block in blocks:
        if isinstance(block, Table | Lanes):
            caption = _caption(waiting or Heading(named), block.caption)
            if waiting is not None and block.caption:
                yield _plain(waiting)
            if isinstance(block, Lanes):
                yield _lanes(block, caption)
            else:
                yield _folded(block, waiting, named) if block.folded else _table(block, caption)
            waiting = None
            continue
        if waiting is not None:
            yield _plain(waiting)
            waiting = None
        if isinstance(block, Heading):
            named = block.text
        if isinstance(block, Bullets):
            yield _plain(block)
        else:
            waiting = block
    if waiting is not None:
        yield _plain(waiting)


def _caption(before: Heading | Paragraph, own: str) -> str:
    """Write the caption of a table: its own, or what stands before it."""
    style = SAID if isinstance(before, Paragraph) and not own else CAPTION
    return f'<caption style="{style}">{_text(own or before.text or "Table")}</caption>'


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
    head = "".join(f'<th scope="col" style="{HEAD}">{_text(table.columns[n])}</th>' for n in used)
    rows = "".join(_row(row, used) for row in table.rows[:MOST_ROWS])
    more = len(table.rows) - MOST_ROWS
    if more > 0:
        rows += f'<tr><td colspan="{len(used)}" style="{CELL}">… {more} more</td></tr>'
    return (
        f'<table style="{TABLE}">{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _folded(table: Table, before: Heading | Paragraph | None, named: str) -> str:
    """Write a table behind its caption; what then stands above it says how long it is."""
    said = table.caption or (named if before is None else before.text) or "Table"
    rows = _table(table, _caption(Paragraph(many(len(table.rows), "row")), ""))
    above = f'<summary style="{SUMMARY}">{_text(said)}</summary>'
    return f'<details style="{FOLD}">{above}{rows}</details>'


def _row(row: tuple[Cell, ...], used: list[int]) -> str:
    """Write a row; one without a first cell goes on with what the row before is about."""
    style = CELL if any(row[n] for n in used[:1]) else GOES_ON
    cells = "".join(f'<td style="{style};{_breaks(row[n])}">{_cell(row[n])}</td>' for n in used)
    return f"<tr>{cells}</tr>"


def _breaks(cell: Cell) -> str:
    """Return how a cell is broken: a word, a date or a number not at all, unless it is long."""
    text = cell.text if isinstance(cell, Bar) else cell
    words = text.split()
    if any(len(word) > LONG_WORD for word in words):
        return "white-space:pre-wrap;overflow-wrap:anywhere"
    whole = len(words) == 1 or (text[:1].isdigit() and len(text) <= LONG_WORD)
    return "white-space:nowrap" if whole else "white-space:pre-wrap"


def _cell(cell: Cell) -> str:
    if not isinstance(cell, Bar):
        return _text(cell)
    place = f"margin-left:{cell.start:.2%};width:{cell.end - cell.start:.2%}"
    drawn = f'<div style="{SCALE}"><div style="{BAR};{place}"></div></div>'
    return f"{drawn}{_text(cell.text)}" if cell.end > cell.start else _text(cell.text)


def _lanes(board: Lanes, caption: str) -> str:
    """Write a board as a table with one row: its columns are the lanes."""
    heads = "".join(
        f'<th scope="col" style="{LANE_HEAD}">{_text(one.name)}'
        f'<div style="font-weight:normal">{_text(one.text)}</div></th>'
        for one in board.lanes
    )
    cells = "".join(f'<td style="{LANE}">{_cards(one)}</td>' for one in board.lanes)
    return (
        f'<table style="{TABLE}">{caption}'
        f"<thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"
    )


def _cards(lane: Lane) -> str:
    cards = "".join(f'<li style="{CARD}">{_card(*one)}</li>' for one in lane.cards)
    shown = f'<ul style="{CARDS}">{cards}</ul>' if cards else ""
    return f"{shown}<div>{_text(lane.more)}</div>" if lane.more else shown


def _card(name: str, *lines: str) -> str:
    return f"<b>{_text(name)}</b>{''.join(f'<div>{_text(line)}</div>' for line in lines)}"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
