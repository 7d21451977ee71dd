"""Instants as people read them: on the clock of a zone, with the name of that clock (R-21)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

__all__ = ["on_clock"]


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
