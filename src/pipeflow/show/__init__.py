"""A tiny document and its writers: how every value of the rooms above shows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .shown import Shown

if TYPE_CHECKING:
    from .document import (
        Arrow,
        Bar,
        Block,
        Bullets,
        Cell,
        Chart,
        Diagram,
        Document,
        Heading,
        Lane,
        Lanes,
        Paragraph,
        Picture,
        Strip,
        Table,
    )

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
    "Shown",
    "Strip",
    "Table",
]

if not TYPE_CHECKING:  # what is shown is made when somebody looks; that it can be is known at once

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import document

        return getattr(document, name)
