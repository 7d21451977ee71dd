"""Chance that comes again: draws from a seed, the same ones in every run."""

from __future__ import annotations

from random import Random  # noqa: TID251  (a test draws from a seed of its own)

__all__ = ["Random", "seeded"]


def seeded(seed: int) -> Random:
    """Return draws that depend on the seed alone."""
    return Random(seed)  # noqa: S311  (nothing secret is drawn)
