"""The engine: loads, lets the rules decide, commits, delivers, and takes up what is due."""

from __future__ import annotations

from .bulk import Done
from .defining import Installed
from .engine import Branch, Engine
from .leaving import Deleted, Handover
from .operating import Failure
from .planning import Applied
from .rounds import Tick
from .undoing import Undone

__all__ = [
    "Applied",
    "Branch",
    "Deleted",
    "Done",
    "Engine",
    "Failure",
    "Handover",
    "Installed",
    "Tick",
    "Undone",
]
