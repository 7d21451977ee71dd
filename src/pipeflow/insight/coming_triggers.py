"""Coming triggers: when those of a job fire, and what comes of those that have yet to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from ..model.automations import Automation
from ..model.instants import on_clock
from ..model.items import Item
from ..model.jobs import Alarm, JobStatus
from ..ports.due import DueState, Parked
from ..rules import (
    SYSTEM,
    Draft,
    State,
    comes_late,
    has_come,
    is_awake,
    is_spent,
    owed_setting,
    said_done,
    said_set,
    timed_trigger,
    unfired,
)
from .followers import brought_by, followers, lead_away, made_by

__all__ = ["ComingTriggers"]


class ComingTriggers:
    """The triggers of one job that are to fire by time, or since what they wait for is done."""

    def __init__(
        self,
        state: State,
        now: datetime | None,
        naming: Callable[[Automation], str],
        failures: Iterable[Parked] = (),
    ) -> None:
        """Take the job, the instant by which something is late, what says what fires, and the rows
        of the job that failed.
        """
        self._state, self._now, self._naming = state, now, naming
        self._failed = {one.due.key: one for one in failures}
        job, pipeline = state.job, state.book.pipeline
        place = pipeline.find(job.stage)
        stage = None if place is None else pipeline.stages[place]
        self._draft = Draft(state, now or job.entered, SYSTEM)
        left = {item.id for item in job.items if item.visit != job.visit}
        self._alarms = [one for one in job.alarms if one.of not in left]
        status = pipeline.status(job.status)  # that of a paused job may have yet to fire
        self._status = status
        self._set = None if status is None else owed_setting(status, job.scope, job.alarms)
        waiting = () if stage is None else tuple(unfired(job, pipeline.id, stage))
        self._unfired = [
            (said_done(job, pipeline.id, stage, one), one) for one in waiting if stage is not None
        ]
        fires = [one for trigger in waiting for one in trigger.automations]
        self.brings = tuple(brought_by(fires, job, job.stage))

    def unless_away(self, items: Iterable[Item]) -> str:
        """Say of a job whose items are open that what then fires takes it elsewhere, if it does."""
        fires = chain(self.brings, *(followers(self._state, one) for one in items))
        return ", unless that takes it elsewhere" if lead_away(self._state, fires) else ""

    def things(self) -> Iterator[str]:
        """Yield what things are called that fire with the next completion, and hold the stage."""
        return (made_by(self._state, one) for one in self.brings if one.makes_item)

    def lines(self) -> Iterator[str]:
        """Say when triggers fire; those of an item that an earlier visit left have no turn."""
        yield from map(self._alarm, self._alarms)
        for when, trigger in self._unfired:
            called = self._called(when, trigger.fires, self._state.job.stage)
            yield f"{called} fires {self._next()}"

    def _next(self) -> str:
        """Say when a job does what waits for nothing."""
        job = self._state.job
        if job.status != JobStatus.ACTIVE:
            return "when the job is Active again"
        return "at the next completion" if job.paused is None else "when the job is resumed"

    def _alarm(self, alarm: Alarm) -> str:
        """Say when a trigger fires, and that none does while the job is not Active (R-35)."""
        awake, now = is_awake(self._state.job), self._now or alarm.at
        come = self._now is not None and has_come(alarm, self._now)
        if alarm.due is None or (come and not awake):
            return self._owed(alarm, now)
        if (row := self._failed.get(alarm.due)) is not None:
            return f"{self._trigger(alarm)} was due {self._clock(alarm.at)}, and {self._tried(row)}"
        late = comes_late(alarm, max(now, alarm.rings or alarm.at))
        if late and self._skips(alarm):
            return f"{self._trigger(alarm)} was due {self._clock(alarm.at)}, and is passed over"
        told = f"{self._trigger(alarm)} {self._fires(alarm, now, late=late)}"
        if awake:
            return told
        if self._skips(alarm):
            return f"{told} if the job is Active again by then, and is passed over if it is not"
        return f"{told} at the earliest: it waits until the job is Active again"

    def _tried(self, row: Parked) -> str:
        """Say what becomes of what a tick could not work out."""
        if row.state is DueState.DEAD:
            return "was given up"
        return f"is tried again {on_clock(row.at, self._state.book.zone, seconds=True)}"

    def _fires(self, alarm: Alarm, now: datetime, *, late: bool) -> str:
        """Say when a trigger fires, if the job is Active then; what is past may leave a night."""
        at = self._clock(alarm.at)
        if alarm.rings is not None and alarm.rings > now:
            return f"was due {at}, and fires {'late, ' if late else ''}{self._clock(alarm.rings)}"
        if alarm.at >= now:
            return f"fires {at}"
        return f"was due {at}, and fires {'late' if late else 'at the next tick'}"

    def _clock(self, at: datetime) -> str:
        return on_clock(at, self._state.book.zone)

    def _owed(self, alarm: Alarm, now: datetime) -> str:
        """Say what becomes of a trigger whose time came, and which the job kept from firing."""
        told, at = self._trigger(alarm), self._clock(alarm.at)
        if self._skips(alarm) and (alarm.due is not None or comes_late(alarm, now)):
            return f"{told} was due {at}, and is passed over"
        return f"{told} fires when {self._goes_on(alarm)}; it was due {at}"

    def _goes_on(self, alarm: Alarm) -> str:
        """Say what an alarm waits for that could not fire in its time."""
        held = self._state.job.status != JobStatus.ACTIVE and alarm is not self._set
        return "the job is Active again" if held else "the job is resumed"

    def _skips(self, alarm: Alarm) -> bool:
        """Tell whether what an alarm is about is passed over where it would be late."""
        found = timed_trigger(self._draft, alarm)
        return found is not None and found[0].skip_if_late

    def _trigger(self, alarm: Alarm) -> str:
        """Call the trigger of an alarm by when it fires, and what; by its id where it is gone."""
        found = timed_trigger(self._draft, alarm)
        if found is not None:
            return self._called(found[0].says, found[0].fires, found[1])
        if alarm is self._set and self._status is not None:
            return self._called(said_set(self._status), self._status.automations, "")
        for item in self._state.job.items:
            if item.id == alarm.of and item.reminders is not None:
                when = f"when the reminders of {item.label} are used up"
                return self._called(when, item.reminders.then, "")
        return f"trigger {alarm.trigger!r}"

    def _called(self, when: str, fires: Sequence[Automation], home: str) -> str:
        """Call a trigger by when it fires, and what: nothing that fires but once, and has; nor
        anything of a status whose automations are gone since it was set.
        """
        spent = "nothing: what it fires but once has fired" if fires else "nothing any more"
        what = ", ".join(map(self._naming, self._anew(fires, home)))
        return f"trigger {when} ({what or spent})"

    def _anew(self, fires: Iterable[Automation], home: str) -> Iterator[Automation]:
        """Yield what has not fired that fires but once a job (A-46), and all else."""
        job = self._state.job
        return (one for one in fires if not is_spent(job.fired, job.pipeline, home, one))
