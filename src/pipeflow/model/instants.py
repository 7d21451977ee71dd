"""Instants and spans as people read them: on the clock of a zone, with that clock's name (R-21)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from ..errors import many

__all__ = ["on_clock", "span"]

UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}


def on_clock(at: datetime, zone: tzinfo = UTC, *, seconds: bool = False) -> str:
    """Write an instant for people: `2027-01-01 09:00 CET`; machines get it in UTC.

    The name is that of the zone's clock on that day, so that an hour which comes twice in autumn
    is told apart: first 02:30 CEST, then 02:30 CET.

    Args:
        at: The instant.
        zone: Whose clock is read; the firm's, where it is known.
        seconds: Whether seconds matter.
    """
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%Y-%m-%d %H:%M %Z}"


def span(limit: timedelta) -> str:
    """Say how long a time is: `3 days`."""
    for noun, unit in UNITS.items():
        number, rest = divmod(limit, unit)
        if not rest:
            return many(number, noun)
    return str(limit)
