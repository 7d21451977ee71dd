"""Shown: what shows itself as text, in a notebook, as HTML, Markdown, a flow chart or a picture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import DefinitionError, Problem, nearest, shown

if TYPE_CHECKING:
    from .document import Document
    from .drawing import Drawing

__all__ = ["Shown"]


class Shown:
    """Base of what shows itself: by `print`, in a cell, and as `f"{it:html}"`.

    The ways are `text`, `html`, `md` and, where there is something to draw, `svg` and, of pipelines
    and the like, `mermaid`. Whatever names people gave, they are text in each of them and never
    markup.
    """

    __slots__ = ()

    @abstractmethod
    def document(self) -> Document:
        """Build what is shown."""

    def __str__(self) -> str:
        """Print as text; in one line what, for whatever reason, cannot be shown."""
        try:
            return self.document().text()
        except Exception:  # noqa: BLE001  (a log or a debugger must never fail by it)
            return _brief(self)

    def __format__(self, way: str) -> str:
        """Show it in a way: `f"{it:md}"`.

        Raises:
            DefinitionError: It is not shown in this way; with the ways in which it is. It is a
                `ValueError` too.
        """
        return self._shown(way) if way else str(self)

    def to_mermaid(self) -> Drawing:
        """Draw it as the text of a flow chart, which a notebook shows as the chart.

        Raises:
            DefinitionError: It has none; with the ways in which it is shown.
        """
        from .drawing import Drawing

        return Drawing(self._shown("mermaid"))

    def to_svg(self) -> str:
        """Draw it as the text of an SVG file: a picture on a background of its own.

        Raises:
            DefinitionError: There is nothing to draw; with the ways in which it is shown.
        """
        return self._shown("svg")

    def _shown(self, way: str) -> str:
        document = self.document()
        if way in document.ways:
            return document.shown(way)
        what = f"{type(self).__name__} is not shown as {shown(way)}"
        raise DefinitionError(
            Problem(what, allowed=document.ways, nearest=nearest(way, document.ways))
        )

    def _repr_html_(self) -> str:
        """Show it in a cell of a notebook; in one line what, for whatever reason, cannot be."""
        try:
            return self.document().html()
        except Exception:  # noqa: BLE001  (whoever looks at a cell must see more than a traceback)
            from html import escape

            return f"<pre>{escape(_brief(self))}</pre>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show it in IPython as `print` would, unless its class says how it is told in one line."""
        printer.text(str(self))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Show it in a terminal that rich writes to; brackets in names mean nothing there."""
        try:
            from .rich_console import write  # whoever calls this has rich

            parts: list[Any] = [*write(self.document())]
        except Exception:  # noqa: BLE001
            from rich.text import Text

            parts = [Text(_brief(self))]
        yield from parts


def _brief(thing: object) -> str:
    """Return the `repr` of a thing, or what a plain object would say if that fails too."""
    try:
        return repr(thing)
    except Exception:  # noqa: BLE001
        return object.__repr__(thing)
