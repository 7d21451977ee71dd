"""What a command is about to write: what was asked, and what was read and decided for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from ..model.events import Event
from ..model.settings import Firm
from ..ports.store import RowKey, Settle, Stored
from ..rules import Decision, State

__all__ = ["FIRM", "NO_FIRM", "Decide", "Find", "Rows", "Target", "Write", "row_key"]

FIRM = RowKey("firm", "")
NO_FIRM = Stored(0, Firm())

# What a command decides about one job: state, item ("" where it is about none), instant, actor.
Decide: TypeAlias = Callable[[State, str, datetime, str], Decision]
# A job that a command is about, how it decides, and the item; its peers on other jobs follow.
Target: TypeAlias = tuple[str, Decide, str]
# Finds the jobs and items that a command is about, anew in each attempt; notes what it read.
Find: TypeAlias = Callable[[dict[RowKey, int]], Sequence[Target]]
# Rows that a command writes beside its jobs: what it read of them, and what they become.
Rows: TypeAlias = Callable[[Sequence[Decision]], tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]]


def row_key(kind: str, id: str) -> RowKey:
    """Make the key of a row, as `RowKey` does, but faster."""
    return tuple.__new__(RowKey, (kind, id))


class Write:
    """What one command is about to write: what was asked, and what was read and decided for it."""

    __slots__ = (
        "cancels",
        "command_id",
        "decisions",
        "expect",
        "find",
        "log",
        "puts",
        "rows",
        "said",
        "settles",
        "targets",
    )

    decisions: list[Decision]
    expect: dict[RowKey, int]
    log: dict[RowKey, tuple[Event, ...]]
    puts: dict[RowKey, Any]

    def __init__(
        self,
        targets: Sequence[Target] = (),
        command_id: str | None = None,
        settles: tuple[Settle, ...] = (),
        cancels: tuple[str, ...] = (),
        rows: Rows | None = None,
    ) -> None:
        """Begin with what was asked; each attempt fills in the rest anew."""
        self.targets = targets
        self.command_id = command_id
        self.settles = settles
        self.cancels = cancels
        self.rows = rows
        self.find: Find | None = None
        self.said: tuple[str, ...] = ()  # what was asked, to know a repeat by

    def begin(self, firm: int) -> None:
        """Begin an attempt: what was read of the firm is expected by every command."""
        self.expect = {FIRM: firm}
        self.puts = {}
        self.log = {}
        self.decisions = []
