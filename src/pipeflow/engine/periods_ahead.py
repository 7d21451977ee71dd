"""Agendas worked out: how a schedule goes on from here, by the rules that its timer goes by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from .. import rules
from ..insight.agendas import Agenda, ComingPeriod
from ..model.events import PeriodsSkipped, events_of
from ..model.record import replaced
from ..model.schedules import Schedule, ScheduleState, Unmade
from .edited_schedules import going_on
from .recurring import is_over, reached, state_of, still_wanted, unmade
from .unit import Unit

__all__ = ["agenda_of"]

MOST = 1000  # periods to come; a schedule without an end has millions


def agenda_of(
    unit: Unit, schedule: Schedule, pipeline: str, zone: tzinfo, limit: int | None
) -> Agenda:
    """Return what a schedule makes at once, and so many periods that follow.

    Raises:
        PipeflowError: The calendar cannot tell days off just now.
    """
    is_off, begun = unit.host.days_off(), state_of(unit, schedule.id)
    state = going_on(unit, schedule, zone, is_off)
    passed = (one for chapters in unit.log.values() for one in events_of(chapters))
    skipped = sum(one.number for one in passed if isinstance(one, PeriodsSkipped))
    line = replaced(schedule, active=True)
    late = rules.chosen(line, state.upto, unit.now, zone, is_off, state.since, state.gaps).skipped
    if late is not None:
        state, skipped = reached(state, late.last), skipped + late.number
    many = min(MOST if limit is None else limit, MOST)
    coming = (*_begun(unit, line, begun, state), *_next(unit, line, state, zone, is_off, many))
    return Agenda(
        schedule.id,
        schedule.name,
        pipeline,
        schedule.active,
        begun.paused,
        coming,
        skipped,
        zone=zone,
    )


def _begun(
    unit: Unit, line: Schedule, begun: ScheduleState, state: ScheduleState
) -> Iterator[ComingPeriod]:
    """Yield the periods of which some clients have their job already."""
    several = [*still_wanted(line, state)]
    if state.period is not None and state.due is not None:
        several.append(Unmade(state.period, state.due))
    waits = unmade(unit, line, begun)
    if waits is not None and waits not in several and not is_over(line, waits.period):
        several.append(waits)
    for one in several:
        yield ComingPeriod(one.period, one.due, None, rest=True)


def _next(
    unit: Unit,
    line: Schedule,
    state: ScheduleState,
    zone: tzinfo,
    is_off: rules.IsOff,
    limit: int,
) -> Iterator[ComingPeriod]:
    """Yield the periods whose time has come, and so many of those that follow."""
    for one in rules.upcoming(line, state.upto, zone, is_off, state.gaps):
        if one.at > unit.now:
            limit -= 1
            if limit < 0:
                return
        yield ComingPeriod(one.day, one.due, one.at if one.at > unit.now else None)
