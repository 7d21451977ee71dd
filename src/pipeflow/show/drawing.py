"""A drawing: the text of a flow chart, which notebooks show as the chart."""

from __future__ import annotations

from importlib import import_module

__all__ = ["Drawing"]


class Drawing(str):
    """The text of a flow chart of Mermaid: a text like any other, and a chart in a notebook."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        """Show it in a cell: notebooks draw what stands in such a fence, trusted or not."""
        return f"```mermaid\n{self}\n```"

    def _display_(self) -> object:
        """Show it in a cell of marimo, which draws no fence but has a function that draws."""
        try:
            drawn: object = import_module("marimo").mermaid(str(self))  # whoever calls this has it
        except (ImportError, AttributeError):
            return str(self)
        return drawn
