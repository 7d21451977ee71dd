"""The command line: each file holds a group of commands, or what they all have in common."""

from __future__ import annotations

from .command_line import main

__all__ = ["main"]
