"""Draws a board: lanes side by side, and cards in them from top to bottom."""

from __future__ import annotations

from .document import Lane, Lanes
from .svg_pen import INK, LINE, PAPER, PENCIL, SHADE, Sketch, box, lines_of, stacked, written

__all__ = ["sketch"]

LANE, GAP, PAD = 208, 12, 10  # how wide a lane is, the room between two, and inside, in pixels
NAME_LINES, OTHER_LINES = 3, 2  # lines that a name takes at most, and any other text


def sketch(board: Lanes) -> Sketch:
    """Draw the lanes, each as high as the highest."""
    heads = [lines_of(one.name, LANE - 2 * PAD, NAME_LINES, bold=True) for one in board.lanes]
    head = max((len(lines) for lines in heads), default=0) * LINE + LINE + 2 * PAD
    drawn = [_cards(one, n * (LANE + GAP), head) for n, one in enumerate(board.lanes)]
    high = max((bottom for _, bottom in drawn), default=head)
    parts: list[str] = []
    for number, (one, lines, (cards, _)) in enumerate(zip(board.lanes, heads, drawn, strict=True)):
        x = number * (LANE + GAP)
        parts.append(
            f'<rect x="{x}" y="0" width="{LANE}" height="{high:g}" rx="6" fill="{SHADE}"/>'
        )
        parts += stacked(((line, True) for line in lines), x + PAD, PAD + 13, LANE - 2 * PAD)
        below = PAD + 13 + LINE * len(lines)
        parts.append(written(one.text, x + PAD, below, LANE - 2 * PAD, ink=PENCIL))
        parts += cards
    width = max(len(board.lanes) * (LANE + GAP) - GAP, 1)
    return Sketch(width, high, parts, "; ".join(map(_told, board.lanes)))


def _cards(lane: Lane, left: float, top: float) -> tuple[list[str], float]:
    """Draw the cards of a lane; return them, and where they end."""
    room = LANE - 4 * PAD
    parts: list[str] = []
    for card in lane.cards:
        lines = [
            (line, place == 0)
            for place, text in enumerate(card)
            for line in lines_of(text, room, OTHER_LINES if place else NAME_LINES, bold=place == 0)
        ]
        high = LINE * len(lines) + PAD
        parts.append(box(left + PAD, top, LANE - 2 * PAD, high, PAPER))
        parts += stacked(lines, left + 2 * PAD, top + PAD / 2 + 13, room)
        top += high + PAD
    if lane.more:
        parts.append(written(lane.more, left + PAD, top + 13, LANE - 2 * PAD, ink=INK))
        top += LINE + PAD
    return parts, top


def _told(lane: Lane) -> str:
    names = ", ".join(card[0] for card in lane.cards if card)
    head = f"{lane.name}, {lane.text}" if lane.text else lane.name
    return ": ".join(filter(None, (head, ", ".join(filter(None, (names, lane.more))))))
