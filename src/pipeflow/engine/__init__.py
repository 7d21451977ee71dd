"""The engine: loads, lets the rules decide, commits, delivers, and takes up what is due."""

from __future__ import annotations

from .engine import Engine
from .installing import Installed
from .mending import Failure, Tick

__all__ = ["Engine", "Failure", "Installed", "Tick"]
