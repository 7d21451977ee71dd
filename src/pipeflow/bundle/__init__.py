"""Portable pipelines: a package that one firm writes and any other installs."""

from __future__ import annotations

from .bundle import Bundle
from .freeing import free_ids

__all__ = ["Bundle", "free_ids"]
