"""Draws a diagram: boxes in a row, and arrows between them; those far away lead round in a bow."""

from __future__ import annotations

from collections.abc import Iterator

from .characters import cut, printable
from .document import Arrow, Diagram
from .svg_pen import LINE, PAPER, PENCIL, Sketch, box, letter, letters, lines_of, safe, stacked

__all__ = ["sketch"]

BOX, PAD = 184, 12  # how wide a box is, and the room inside its border, in pixels
NAME_LINES, OTHER_LINES = 3, 2  # lines that the name of a box takes at most, and any other text
GAP, WIDEST_GAP = 56, 140  # between boxes, as what arrows say needs it
BOW = 40  # how high an arrow leads over one box; over each box more a little higher
TIP = 7  # how long the tip of an arrow is


def sketch(diagram: Diagram) -> Sketch:
    """Draw boxes in a row, as high as the highest of them."""
    texts = [_lines(lines) for lines in diagram.boxes]
    ways = [one for one in diagram.arrows if one.start != one.end]
    high = max((len(lines) for lines in texts), default=0) * LINE + 2 * PAD
    gap = min(max((letters(one.text) + 24 for one in ways if _near(one)), default=GAP), WIDEST_GAP)
    step = BOX + max(gap, GAP)
    above = max((_bow(one) for one in ways if one.end > one.start and not _near(one)), default=0.0)
    below = max((_bow(one) for one in ways if one.end < one.start), default=0.0)
    parts: list[str] = []
    for number, lines in enumerate(texts):
        x = number * step
        parts.append(box(x, above, BOX, high))
        parts += stacked(lines, x + PAD, above + PAD + 13, BOX - 2 * PAD)
    for one in ways:
        parts += (
            _straight(one, step, above + high / 2) if _near(one) else _bent(one, step, above, high)
        )
    width = max(len(texts) * step - (step - BOX), 1)
    return Sketch(width, above + high + below, parts, _told(diagram))


def _lines(texts: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Return the lines of a box, and whether each is bold: those of its name are."""
    found: list[tuple[str, bool]] = []
    for place, text in enumerate(texts):
        bold = place == 0
        most = NAME_LINES if bold else OTHER_LINES
        found += ((line, bold) for line in lines_of(text, BOX - 2 * PAD, most, bold=bold))
    return found


def _near(arrow: Arrow) -> bool:
    """Tell whether an arrow leads to the next box."""
    return arrow.end == arrow.start + 1


def _bow(arrow: Arrow) -> float:
    return BOW + 12 * (min(abs(arrow.end - arrow.start), 6) - 2) + LINE


def _straight(arrow: Arrow, step: float, y: float) -> list[str]:
    start, end = arrow.start * step + BOX + 4, arrow.end * step - 3
    path = f"M{start:g} {y:g}H{end - TIP:g}"
    tip = f"M{end:g} {y:g}l{-TIP} {-TIP / 2:g}v{TIP}z"
    return [*_arrow(path, tip, arrow), *_said(arrow, (start + end) / 2, y - 8, step - BOX - 8)]


def _bent(arrow: Arrow, step: float, above: float, high: float) -> list[str]:
    """Draw an arrow that leads over other boxes, or back below them."""
    forth = arrow.end > arrow.start
    turn = 1 if forth else -1
    start = arrow.start * step + BOX / 2 + 24 * turn
    end = arrow.end * step + BOX / 2 - 24 * turn
    edge = above - 3 if forth else above + high + 3
    peak = edge - turn * (_bow(arrow) - LINE) * 4 / 3
    last = edge - turn * TIP
    path = f"M{start:g} {edge:g}C{start:g} {peak:g} {end:g} {peak:g} {end:g} {last:g}"
    tip = f"M{end:g} {edge:g}l{-TIP / 2:g} {-turn * TIP}h{TIP}z"
    y = edge - turn * (_bow(arrow) - LINE) + (-6 if forth else 14)
    return [*_arrow(path, tip, arrow), *_said(arrow, (start + end) / 2, y, BOX)]


def _arrow(path: str, tip: str, arrow: Arrow) -> list[str]:
    broken = ' stroke-dasharray="5 4"' if arrow.rare else ""
    return [
        f'<path d="{path}" fill="none" stroke="{PENCIL}" stroke-width="1.5"{broken}/>',
        f'<path d="{tip}" fill="{PENCIL}"/>',
    ]


def _said(arrow: Arrow, x: float, y: float, room: float) -> Iterator[str]:
    """Yield what is said of an arrow: in its middle, on paper, so that no line crosses it."""
    if arrow.text:
        told = cut(printable(arrow.text), room, letter)
        place = f'x="{x:g}" y="{y:g}" text-anchor="middle"'
        paper = f'stroke="{PAPER}" stroke-width="4" paint-order="stroke"'
        yield f'<text {place} fill="{PENCIL}" {paper}>{safe(told)}</text>'


def _told(diagram: Diagram) -> str:
    boxes = "; ".join(", ".join(lines) for lines in diagram.boxes)
    names = [lines[0] if lines else "" for lines in diagram.boxes]
    ways = "; ".join(
        f"from {names[one.start]} to {names[one.end]}" + (f": {one.text}" if one.text else "")
        for one in diagram.arrows
    )
    return f"{boxes}. {ways}." if ways else boxes
