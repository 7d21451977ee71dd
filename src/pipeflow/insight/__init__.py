"""Insight: pure reads that make values and never change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use
from .explanation import Explanation
from .history import History
from .listings import Listing

if TYPE_CHECKING:
    from .needs import Needs, needs_of

__all__ = ["Explanation", "History", "Listing", "Needs", "needs_of"]

# What the room has of files that few programs need.
FILES = {"needs": "Needs needs_of"}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
