"""The document: headings, paragraphs, lists, tables and pictures, and how each writer is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, Union

import attrs

__all__ = ["Arrow", "Block", "Bullets", "Diagram", "Document", "Heading", "Paragraph", "Table"]


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
class Table:
    """Rows of text under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

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


Block: TypeAlias = Union[Heading, Paragraph, Bullets, Table]


@attrs.frozen
class Document:
    """Blocks, one after another; a `picture` is shown by those writers that can draw."""

    blocks: tuple[Block, ...]
    picture: Diagram | None = None

    def text(self) -> str:
        """Write it for a terminal: fixed width, nothing but printable characters."""
        from .terminal import write

        return write(self)

    def html(self) -> str:
        """Write it as a piece of a page that needs no style sheet, script or picture."""
        from .html_page import write

        return write(self)

    def markdown(self) -> str:
        """Write it as Markdown, with the picture in a fence of Mermaid."""
        from .markdown import write

        return write(self)

    def mermaid(self) -> str:
        """Write its picture as a flow chart of Mermaid; "" where it has none."""
        from .mermaid import write

        return "" if self.picture is None else write(self.picture)
