"""A tiny document and its writers: how every value of the rooms above shows itself."""

from __future__ import annotations

from .document import Block, Bullets, Document, Heading, Paragraph, Table

__all__ = ["Block", "Bullets", "Document", "Heading", "Paragraph", "Table"]
