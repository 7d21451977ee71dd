"""Instants as databases keep them: microseconds since 1970, which sort and can be reckoned with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..errors import DefinitionError, Problem, shown

__all__ = ["MICROSECOND", "instant_of", "number_of"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def number_of(at: datetime) -> int:
    """Return an instant as microseconds since 1970.

    Raises:
        DefinitionError: It has no time zone.
    """
    if at.tzinfo is None:
        raise DefinitionError(
            Problem("has no time zone, so it is not an instant", "$.at", shown(at))
        )
    return (at - EPOCH) // MICROSECOND


def instant_of(number: int) -> datetime:
    """Return the instant that a number stands for."""
    return EPOCH + number * MICROSECOND
