"""The engine: loads, lets the rules decide, commits, delivers, and takes up what is due."""

from __future__ import annotations

from .defining import Installed
from .engine import Engine
from .leaving import Deleted, Handover
from .operating import Failure
from .rounds import Tick

__all__ = ["Deleted", "Engine", "Failure", "Handover", "Installed", "Tick"]
