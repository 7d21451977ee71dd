"""Writes the picture of a document as SVG, for files and pages; never for a cell of a notebook.

An untrusted notebook takes pictures away. So this is an export of its own, with an opaque
background, a title and a description, that is readable wherever it is put.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .document import Bar, Chart, Document, Heading, Strip
from .terminal import printable

__all__ = ["write"]

PAPER, INK, FILL = "#ffffff", "#1f2328", "#5685c4"
ROW, TOP, NAMES, SCALE, TOLD = 28, 40, 200, 480, 160  # in pixels
WIDTH = NAMES + SCALE + TOLD


def write(document: Document) -> str:
    """Write the picture of *document*, which has one, as a whole SVG file."""
    picture = document.picture
    if not isinstance(picture, Chart):
        raise NotImplementedError("a flow chart is not drawn yet")
    heading = next((one.text for one in document.blocks if isinstance(one, Heading)), "Chart")
    height = TOP + ROW * len(picture.strips) + ROW
    told = "; ".join(f"{one.name}: {one.text}" for one in picture.strips)
    return "".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="13">'
            ),
            f"<title>{_text(heading)}</title><desc>{_text(told)}</desc>",
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            f'<text x="12" y="24" fill="{INK}" font-weight="bold">{_text(heading)}</text>',
            *(part for n, one in enumerate(picture.strips) for part in _strip(one, TOP + ROW * n)),
            "</svg>",
        ]
    )


def _strip(strip: Strip, top: int) -> Iterator[str]:
    yield f'<text x="12" y="{top + 18}" fill="{INK}">{_text(strip.name)}</text>'
    yield from (_bar(one, top) for one in strip.bars)
    yield f'<text x="{NAMES + SCALE + 8}" y="{top + 18}" fill="{INK}">{_text(strip.text)}</text>'


def _bar(bar: Bar, top: int) -> str:
    left, width = NAMES + SCALE * bar.start, max(SCALE * (bar.end - bar.start), 1)
    return f'<rect x="{left:.1f}" y="{top + 5}" width="{width:.1f}" height="18" fill="{FILL}"/>'


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
