"""Insight: pure reads that make values and never change anything."""

from __future__ import annotations

from .explain import Explanation, explain
from .history import History
from .listings import Listing
from .needs import Needs, needs_of

__all__ = ["Explanation", "History", "Listing", "Needs", "explain", "needs_of"]
