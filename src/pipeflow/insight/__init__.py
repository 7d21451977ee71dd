"""Insight: pure reads that make values and never change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use
from .explanation import Explanation
from .history import History
from .listings import Listing
from .mistakes import lint

if TYPE_CHECKING:
    from .agendas import Agenda, ComingPeriod
    from .board import Board, BoardStage, Card
    from .event_log import Case, EventLog
    from .findings import CODES, Finding, Findings, Severity
    from .log_entries import Lifecycle, LogEntry
    from .metrics import Metrics, StageMetrics
    from .needs import Needs, needs_of
    from .reminder_effect import ReminderEffect
    from .stays import Stay
    from .throughput import Throughput
    from .timeline import Timeline
    from .trail import Consequence, Trail

__all__ = [
    "CODES",
    "Agenda",
    "Board",
    "BoardStage",
    "Card",
    "Case",
    "ComingPeriod",
    "Consequence",
    "EventLog",
    "Explanation",
    "Finding",
    "Findings",
    "History",
    "Lifecycle",
    "Listing",
    "LogEntry",
    "Metrics",
    "Needs",
    "ReminderEffect",
    "Severity",
    "StageMetrics",
    "Stay",
    "Throughput",
    "Timeline",
    "Trail",
    "lint",
    "needs_of",
]

# What the room has of files that few programs need.
FILES = {
    "agendas": "Agenda ComingPeriod",
    "board": "Board BoardStage Card",
    "event_log": "Case EventLog",
    "findings": "CODES Finding Findings Severity",
    "log_entries": "Lifecycle LogEntry",
    "metrics": "Metrics StageMetrics",
    "needs": "Needs needs_of",
    "reminder_effect": "ReminderEffect",
    "stays": "Stay",
    "throughput": "Throughput",
    "timeline": "Timeline",
    "trail": "Consequence Trail",
}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
