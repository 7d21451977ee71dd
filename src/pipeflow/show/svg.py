"""Writes a picture as SVG, for files and pages; never for a cell of a notebook.

An untrusted notebook takes pictures away. So this is an export of its own, with an opaque
background, a title and a description, that is readable wherever it is put.
"""

from __future__ import annotations

from typing import assert_never

from .document import Chart, Diagram, Lanes, Picture
from .svg_pen import INK, PAPER, Sketch, safe, written

__all__ = ["write"]

TOP, SIDE = 44, 16  # room above a picture, for its title, and beside it, in pixels
TITLE = 15  # the size of its letters


def write(picture: Picture, title: str) -> str:
    """Write a picture as a whole SVG file, under a title."""
    sketch = _sketch(picture)
    width, height = sketch.width + 2 * SIDE, sketch.height + TOP + SIDE
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" ',
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" ',
            'font-family="Helvetica, Arial, sans-serif" font-size="13">',
            f"<title>{safe(title)}</title><desc>{safe(sketch.told)}</desc>",
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            written(title, SIDE, 28, sketch.width, size=TITLE, bold=True, ink=INK),
            f'<g transform="translate({SIDE} {TOP})">',
            *sketch.parts,
            "</g></svg>",
        ]
    )


def _sketch(picture: Picture) -> Sketch:
    match picture:
        case Diagram():
            from . import svg_flow

            return svg_flow.sketch(picture)
        case Chart():
            from . import svg_chart

            return svg_chart.sketch(picture)
        case Lanes():
            from . import svg_board

            return svg_board.sketch(picture)
        case _:
            assert_never(picture)
