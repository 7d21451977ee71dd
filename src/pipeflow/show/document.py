"""The document: headings, paragraphs, lists and tables, and its plain text."""

from __future__ import annotations

from typing import TypeAlias, Union

import attrs

__all__ = ["Block", "Bullets", "Document", "Heading", "Paragraph", "Table"]


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


@attrs.frozen
class Table:
    """Rows of text under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Union[Heading, Paragraph, Bullets, Table]


@attrs.frozen
class Document:
    """Blocks, one after another."""

    blocks: tuple[Block, ...]

    def text(self) -> str:
        """Write it for a terminal: fixed width, nothing but printable characters."""
        from .terminal import write

        return write(self)
