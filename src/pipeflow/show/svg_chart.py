"""Draws a chart: a strip a line, with its name, its bars to one scale, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from .document import Bar, Chart, Strip
from .svg_pen import FAINT, FILL, INK, Sketch, letters, safe, written

__all__ = ["sketch"]

ROW, HEAD, BAR = 28, 26, 16  # how high a strip, the ends of the scale and a bar are, in pixels
SCALE, GAP = 480, 16
WIDEST = 260  # room for names, and for what is said, at most


def sketch(chart: Chart) -> Sketch:
    """Draw the strips from top to bottom."""
    names = min(max((letters(one.name) + 1 for one in chart.strips), default=0), WIDEST)
    told = min(max((letters(one.text) + 1 for one in chart.strips), default=0), WIDEST)
    left = names + GAP
    top = HEAD if chart.begins or chart.ends else 4
    high = top + ROW * len(chart.strips)
    parts = [
        *_ends(chart, left),
        *(f'<path d="M{x:g} {top - 4}V{high}" stroke="{FAINT}"/>' for x in (left, left + SCALE)),
    ]
    for number, one in enumerate(chart.strips):
        parts += _strip(one, top + ROW * number, names, told)
    return Sketch(left + SCALE + GAP + told, high, parts, _told(chart))


def _ends(chart: Chart, left: float) -> Iterator[str]:
    """Yield what stands at the two ends of the scale."""
    half = SCALE / 2 - GAP
    if chart.begins:
        yield written(chart.begins, left, 14, half)
    if chart.ends:
        yield written(chart.ends, left + SCALE, 14, half, anchor="end")


def _strip(strip: Strip, top: float, names: float, told: float) -> Iterator[str]:
    left, base = names + GAP, top + ROW / 2 + 4.5
    yield written(strip.name, 0, base, names, ink=INK)
    yield from (_bar(one, left, top + (ROW - BAR) / 2) for one in strip.bars)
    if strip.text:
        yield written(strip.text, left + SCALE + GAP, base, told)


def _bar(bar: Bar, left: float, top: float) -> str:
    width = max(SCALE * (bar.end - bar.start), 1.5)  # one that has hardly any length is seen too
    x = min(left + SCALE * bar.start, left + SCALE - width)
    shape = f'<rect x="{x:.1f}" y="{top:g}" width="{width:.1f}" height="{BAR}" rx="2" fill="{FILL}"'
    return f"{shape}><title>{safe(bar.text)}</title></rect>" if bar.text else f"{shape}/>"


def _told(chart: Chart) -> str:
    strips = "; ".join(f"{one.name}: {one.text}" if one.text else one.name for one in chart.strips)
    ends = " to ".join(filter(None, (chart.begins, chart.ends)))
    return f"{ends}. {strips}" if ends else strips
