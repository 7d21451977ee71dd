"""Insight: pure reads that make values and never change anything."""

from __future__ import annotations

from .explain import Explanation, explain
from .history import History

__all__ = ["Explanation", "History", "explain"]
