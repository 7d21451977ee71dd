"""Insight: pure reads that make values and never change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use
from .explanation import Explanation
from .history import History
from .listings import Listing
from .mistakes import lint

if TYPE_CHECKING:
    from .board import Board, BoardStage, Card
    from .findings import CODES, Finding, Findings, Severity
    from .metrics import Metrics, StageMetrics
    from .needs import Needs, needs_of
    from .stays import Stay
    from .timeline import Timeline

__all__ = [
    "CODES",
    "Board",
    "BoardStage",
    "Card",
    "Explanation",
    "Finding",
    "Findings",
    "History",
    "Listing",
    "Metrics",
    "Needs",
    "Severity",
    "StageMetrics",
    "Stay",
    "Timeline",
    "lint",
    "needs_of",
]

# What the room has of files that few programs need.
FILES = {
    "board": "Board BoardStage Card",
    "findings": "CODES Finding Findings Severity",
    "metrics": "Metrics StageMetrics",
    "needs": "Needs needs_of",
    "stays": "Stay",
    "timeline": "Timeline",
}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
