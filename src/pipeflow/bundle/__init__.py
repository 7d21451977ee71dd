"""Portable pipelines: a package that one firm writes and any other installs."""

from __future__ import annotations

from .bundle import Bundle
from .new_ids import free_ids

__all__ = ["Bundle", "free_ids"]
