"""The document: headings, paragraphs, lists, tables and pictures, and how each writer is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, Union

import attrs

if TYPE_CHECKING:
    from .drawing import Drawing

__all__ = [
    "Arrow",
    "Bar",
    "Block",
    "Bullets",
    "Cell",
    "Chart",
    "Diagram",
    "Document",
    "Heading",
    "Lane",
    "Lanes",
    "Paragraph",
    "Picture",
    "Strip",
    "Table",
]


@attrs.frozen
class Heading:
    """A title; level 1 stands highest."""

    text: str
    level: int = 1


@attrs.frozen
class Paragraph:
    """A few sentences."""

    text: str


@attrs.frozen
class Bullets:
    """A list; an entry may hold a list of its own."""

    entries: tuple[str | Bullets, ...]

    def lines(self, level: int = 0) -> Iterator[tuple[int, str]]:
        """Yield its texts, and how deep each stands: 0 for the list's own."""
        for entry in self.entries:
            if isinstance(entry, Bullets):
                yield from entry.lines(level + 1)
            else:
                yield level, entry


@attrs.frozen
class Bar:
    """A piece of a scale that goes from 0 to 1, and what is said of it, if that is anything.

    It takes no place of its own in a text: whoever reads only text reads the other columns.
    """

    start: float
    end: float
    text: str = ""


Cell: TypeAlias = Union[str, Bar]


@attrs.frozen
class Table:
    """Rows under named columns, each cell a text or a bar; without a caption it takes the heading.

    All bars of a column are drawn to one scale. Where a page can be unfolded, one that is `folded`
    shows its caption alone until somebody wants to see it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    folded: bool = False

    @property
    def used(self) -> list[int]:
        """The columns that are worth showing: the first, and those in which anything stands."""
        several = range(len(self.columns))
        return [n for n in several if n == 0 or any(row[n] for row in self.rows)]


@attrs.frozen
class Arrow:
    """A way from one box of a diagram to another, by their numbers, and what is said of it.

    One that is `rare` is drawn with a broken line.
    """

    start: int
    end: int
    text: str = ""
    rare: bool = False


@attrs.frozen
class Diagram:
    """Boxes, each with some lines of text, and arrows between them."""

    boxes: tuple[tuple[str, ...], ...]
    arrows: tuple[Arrow, ...]


@attrs.frozen
class Strip:
    """A line of a chart: what it is about, its bars, and what is said at its end."""

    name: str
    bars: tuple[Bar, ...]
    text: str = ""


@attrs.frozen
class Chart:
    """Lines of bars to one scale, and what stands at its two ends."""

    strips: tuple[Strip, ...]
    begins: str = ""
    ends: str = ""


@attrs.frozen
class Lane:
    """A column of a board: its name, what is said below it, and its cards from top to bottom.

    Each card is some lines of text, of which the first is what it is called; `more` says how many
    are left out, if any are.
    """

    name: str
    text: str
    cards: tuple[tuple[str, ...], ...]
    more: str = ""


@attrs.frozen
class Lanes:
    """Columns of cards side by side, as on a board; without a caption they take the heading."""

    lanes: tuple[Lane, ...]
    caption: str = ""


Block: TypeAlias = Union[Heading, Paragraph, Bullets, Table, Lanes]
Picture: TypeAlias = Union[Diagram, Chart, Lanes]


@attrs.frozen
class Document:
    """Blocks, one after another; a `picture` is shown by those writers that can draw."""

    blocks: tuple[Block, ...]
    picture: Picture | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in which it can be shown: not everything has a picture, or a flow chart."""
        flows = isinstance(self.picture, Diagram)
        return ("text", "html", "md", *["mermaid"] * flows, *["svg"] * (self.picture is not None))

    def shown(self, way: str) -> str:
        """Write it in one of its ways."""
        writers = {
            "text": self.text, "html": self.html, "md": self.markdown,
            "mermaid": self.mermaid, "svg": self.svg,
        }  # fmt: skip
        return writers[way]()

    def text(self) -> str:
        """Write it for a terminal: fixed width, nothing but printable characters."""
        from .terminal import write

        return write(self)

    def html(self) -> str:
        """Write it as a piece of a page that needs no style sheet, script or picture."""
        from .html_page import write

        return write(self)

    def markdown(self) -> str:
        """Write it as Markdown, with the flow chart in a fence of Mermaid."""
        from .markdown import write

        return write(self)

    def mermaid(self) -> Drawing:
        """Write its picture as a flow chart of Mermaid; "" where it has none."""
        from .drawing import Drawing
        from .mermaid import write

        return Drawing(write(self.picture) if isinstance(self.picture, Diagram) else "")

    def svg(self) -> str:
        """Write its picture as SVG, on a background of its own; "" where it has none."""
        from .svg import write

        return "" if self.picture is None else write(self.picture, self.title)

    @property
    def title(self) -> str:
        """What it is called: its first heading."""
        return next((one.text for one in self.blocks if isinstance(one, Heading)), "Picture")
