"""Shown: what shows itself as text, in a notebook, as HTML, Markdown or a flow chart."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .document import Document

__all__ = ["Shown"]

WAYS = "text, html, md, mermaid"


class Shown:
    """Base of what shows itself: by `print`, in a cell, and as `f"{it:html}"`.

    The ways are `text`, `html`, `md` and, where there is something to draw, `mermaid`. Whatever
    names people gave, they are text in each of them and never markup.
    """

    __slots__ = ()

    @abstractmethod
    def document(self) -> Document:
        """Build what is shown."""

    def __str__(self) -> str:
        """Print as text."""
        return self.document().text()

    def __format__(self, way: str) -> str:
        """Show it in a way: `f"{it:md}"`.

        Raises:
            ValueError: For a way that is none, or a flow chart of what has no picture.
        """
        if not way:
            return str(self)
        document = self.document()
        if way == "text":
            return document.text()
        if way == "html":
            return document.html()
        if way == "md":
            return document.markdown()
        if way == "mermaid" and (drawn := document.mermaid()):
            return drawn
        raise ValueError(f"{type(self).__name__} is not shown as {way!r}; ways are {WAYS}")

    def to_svg(self) -> str:
        """Draw it, as the text of an SVG file; "" where there is nothing to draw."""
        return self.document().svg()

    def _repr_html_(self) -> str:
        """Show it in a cell of a notebook."""
        return self.document().html()

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Show it in a terminal that rich writes to; brackets in names mean nothing there."""
        from rich.text import Text  # whoever calls this has it

        yield Text(str(self))
