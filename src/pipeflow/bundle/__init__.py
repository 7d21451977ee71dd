"""Portable pipelines: a package that one firm writes and any other installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.first_use import on_first_use
from .bundle import Bundle

if TYPE_CHECKING:
    from .new_ids import free_ids

__all__ = ["Bundle", "free_ids"]

# What the room has of files that few programs need.
FILES = {"new_ids": "free_ids"}

if not TYPE_CHECKING:
    __getattr__ = on_first_use(__name__, FILES)
