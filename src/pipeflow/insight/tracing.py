"""Tracing: reading from histories which command a thing followed from, and what followed from it.

A history does not say what caused what. It is read from what it does say: what one commit wrote
stands together, requests are known by their keys, jobs by who started them, and a thing that
several jobs share is told to all of them in one commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from ..errors import DefinitionError, NotFoundError, Problem, shown
from ..model.events import (
    AutomationFailed,
    AutomationRan,
    AutomationSkipped,
    Event,
    FollowUpStarted,
    HandedOver,
    ItemCompleted,
    ItemReassigned,
    ItemRescheduled,
    ItemResolved,
    JobMoved,
    JobResumed,
    JobStarted,
    MoveUndone,
    OrganizerUpdated,
    ReminderAsked,
    TriggerFired,
    Warned,
)
from ..model.instants import on_clock
from ..model.items import Item, Mark, Ref
from ..model.jobs import Job
from ..model.values import FrozenMap
from ..ports.due import Parked
from ..ports.keys import key_of
from ..rules import SYSTEM
from .deeds import Deed, Known, after, commands_of, is_command
from .firm_names import FirmNames
from .open_items import waits_for_window
from .stays import Placed
from .trail import Consequence

__all__ = ["Tracing", "chosen", "led_to", "shared_by"]

# What is asked about an item that is there, by the event which tells that it was wanted.
ABOUT: Mapping[type[Event], str] = {
    ItemReassigned: "change",
    ItemRescheduled: "change",
    ItemResolved: "cancel",
    OrganizerUpdated: "change",
    ReminderAsked: "by-hand",
}
ENTRIES = (JobStarted, JobMoved, MoveUndone)
AUTOMATIONS = (AutomationRan, AutomationSkipped, AutomationFailed)


def chosen(tenant: str, known: Known, command: int | Event | None) -> Deed:
    """Return the command that is meant.

    Raises:
        DefinitionError: It is neither a number nor an event.
        NotFoundError: The job has none such.
    """
    commands, job = commands_of(known), known.job
    if isinstance(command, Event):
        found = Tracing(tenant, {job.id: known}, FirmNames(), command.at).origin(job.id, command)
        if found is not None:
            return found
        what = f"is no event of job {job.name!r}"
    elif isinstance(command, int | None) and not isinstance(command, bool):
        number = len(commands) if command is None else command
        place = number - 1 if number > 0 else len(commands) + number
        if number and 0 <= place < len(commands):
            return commands[place]
        what = f"must be 1 to {len(commands)}, or -1 for the last one"
    else:
        what, allowed = "must be a number or an event", ("1", "-1", "engine.history(job)[-1]")
        raise DefinitionError(Problem(what, "$.command", shown(command), allowed))
    raise NotFoundError(Problem(what, "$.command", shown(command)))


class _Branch:
    """Something that happened, while what followed from it is still being found."""

    def __init__(self, one: Placed, job: str) -> None:
        self.one = one
        self.job = job
        self.then: list[_Branch | Consequence] = []

    def __iter__(self) -> Iterator[_Branch]:
        yield self
        for one in self.then:
            if isinstance(one, _Branch):
                yield from one


class Tracing:
    """Finds what followed from a deed, in its job and in those that it led to.

    `wanted` are the keys of all requests that it came by, of which history may not tell yet.
    """

    def __init__(
        self,
        tenant: str,
        jobs: Mapping[str, Known],
        names: FirmNames,
        now: datetime,
        zone: tzinfo = UTC,
        waiting: Mapping[str, Parked] = FrozenMap(),
    ) -> None:
        """Take what is known.

        Args:
            tenant: Whose firm it is.
            jobs: The jobs that are known, by their ids.
            names: What the firm calls its things.
            now: The instant.
            zone: Whose clock is read.
            waiting: The requests that have not been delivered, by their keys.
        """
        self._tenant = tenant
        self._jobs = jobs
        self._names = names
        self._now = now
        self._zone = zone
        self._waiting = waiting
        self.wanted: dict[str, None] = {}

    def follow(self, job: str, deed: Deed) -> Consequence:
        """Return a deed of a job with all that followed from it, in other jobs too."""
        root = self._tree(job, deed)
        own = {id(one) for one in deed}
        for branch in [*root]:
            if id(branch.one) in own:
                branch.then += self._shared(branch)
        return self._whole(root)

    def origin(self, job: str, event: Event) -> Deed | None:
        """Return the command of a job from which an event followed; None where it has no such."""
        deeds = self._jobs[job].deeds
        home = next((one for one in deeds if any(p.event == event for p in one)), None)
        if home is None or is_command(home):
            return home
        for deed in reversed(deeds[: deeds.index(home)]):
            if is_command(deed) and any(b.one.event == event for b in self._tree(job, deed)):
                return deed
        return home

    # -- inside one deed -------------------------------------------------------------------------

    def _tree(self, job: str, deed: Deed) -> _Branch:
        """Put what stands together in order: automations below what fired them."""
        root = _Branch(deed[0], job)
        entry = fired = last = root
        self._reach(root, deed, 0)
        for one in deed[1:]:
            branch, event = _Branch(one, job), one.event
            if isinstance(event, TriggerFired):
                entry.then.append(branch)
                fired = branch
            elif isinstance(event, AUTOMATIONS):
                fired.then.append(branch)
                last = branch
            elif _is_effect(event, last.one.event):
                last.then.append(branch)
            else:
                root.then.append(branch)
                entry = branch if isinstance(event, ENTRIES) else entry
                fired = entry
            run = fired.one.event.run if isinstance(fired.one.event, TriggerFired) else 0
            self._reach(branch, deed, run)
        return root

    def _reach(self, branch: _Branch, deed: Deed, run: int) -> None:
        """Add to something what followed from it outside of its deed."""
        event = branch.one.event
        match event:
            case AutomationRan():
                branch.then += self._outcomes(branch, deed, self._keys(branch, event, run))
            case ItemCompleted() | JobResumed():
                branch.then += self._outcomes(branch, deed, self._brought(branch, event))
            case FollowUpStarted() if event.follow_up in self._jobs:
                other = self._jobs[event.follow_up]
                branch.then.append(self._tree(event.follow_up, other.deeds[0]))
            case _:
                for item, what in _asked_about(event):
                    branch.then += self._about(branch, deed, item, what)

    # -- requests --------------------------------------------------------------------------------

    def _keys(self, branch: _Branch, event: AutomationRan, run: int) -> tuple[str, ...]:
        """Return the keys under which an automation may have asked a port for something.

        What was retried belongs to the visit and not to the trigger that fired it.
        """
        job, visit = self._jobs[branch.job].job, str(branch.one.visit)
        item = _item(job, event)
        if item is not None:
            return () if item.request is None else (item.request,)
        several = dict.fromkeys((f"{visit}.{run}" if run else visit, visit))
        return tuple(key_of(self._tenant, job.id, when, event.automation) for when in several)

    def _brought(self, branch: _Branch, event: ItemCompleted | JobResumed) -> tuple[str, ...]:
        """Return the keys of the invoices that the acceptance of proposals brought.

        That of a proposal which was signed while the job was paused is made when it is resumed.
        """
        items = self._jobs[branch.job].job.items
        about = {event.item} if isinstance(event, ItemCompleted) else {one.id for one in items}
        made = (one for one in items if one.origin in about and one.created == event.at)
        return tuple(one.request for one in made if one.request is not None)

    def _outcomes(
        self, branch: _Branch, deed: Deed, keys: tuple[str, ...]
    ) -> Iterator[_Branch | Consequence]:
        """Yield what became of requests, or that they have not left."""
        self.wanted |= dict.fromkeys(keys)
        known = self._jobs[branch.job]
        for later in after(known.deeds, deed):
            key = getattr(later[0].event, "key", None)
            if key is not None and not is_command(later) and _is_one_of(key, keys):
                yield self._tree(branch.job, later)
        for key, row in self._waiting.items():
            if _is_one_of(key, keys) and not row.attempt:
                what = "has not left yet"
                if waits_for_window(row, self._now):
                    what += f": it waits for the window, which opens {on_clock(row.at, self._zone)}"
                name = known.job.name
                yield Consequence(what, self._now, branch.job, name, SYSTEM, SYSTEM)

    def _about(self, branch: _Branch, deed: Deed, id: str, what: str) -> Iterator[_Branch]:
        """Yield what became of a request about an item: until the next that asks the same of it."""
        key = key_of(self._tenant, branch.job, id.rpartition("/")[2], what)
        for later in after(self._jobs[branch.job].deeds, deed):
            if getattr(later[0].event, "key", "").startswith(f"{key}/") and not is_command(later):
                yield self._tree(branch.job, later)
            elif any((id, what) in _asked_about(one.event) for one in later):
                return

    # -- other jobs ------------------------------------------------------------------------------

    def _shared(self, branch: _Branch) -> Iterator[_Branch]:
        """Yield what the same thing brought about in the other jobs that share it."""
        one = branch.one.event
        item = None if isinstance(one, AUTOMATIONS) else _item(self._jobs[branch.job].job, one)
        if item is None or item.ref is None:
            return
        wanted = one.at, one.actor, type(one)
        for id, other in self._jobs.items():
            theirs = {i.id for i in other.job.items if i.ref == item.ref and id != branch.job}
            for deed in other.deeds:
                event = deed[0].event
                told = getattr(event, "item", None) in theirs
                if told and (event.at, event.actor, type(event)) == wanted:
                    yield self._tree(id, deed)
                    break

    # -- in the end ------------------------------------------------------------------------------

    def _whole(self, branch: _Branch) -> Consequence:
        """Say what happened, by the firm's names."""
        one, job = branch.one, self._jobs[branch.job].job
        then = tuple(b if isinstance(b, Consequence) else self._whole(b) for b in branch.then)
        event = one.event
        what = self._names.told(one, self._zone)
        by = self._names.member(event.actor)
        return Consequence(what, event.at, branch.job, job.name, event.actor, by, event, then)


def led_to(known: Known, deed: Deed) -> Iterator[str]:
    """Yield the ids of the jobs that a deed started, or what ports answered to it."""
    for one in (deed, *(d for d in after(known.deeds, deed) if not is_command(d))):
        for placed_ in one:
            if isinstance(placed_.event, FollowUpStarted):
                yield placed_.event.follow_up


def shared_by(known: Known, deed: Deed) -> Iterator[Ref]:
    """Yield the references of the things of a deed that other jobs have too."""
    for one in deed:
        item = _item(known.job, one.event)
        if item is not None and item.ref is not None and Mark.SHARED in item.marks:
            yield item.ref


def _item(job: Job, event: Event) -> Item | None:
    """Return the item that an event is about."""
    id = getattr(event, "item", None)
    return next((one for one in job.items if one.id == id), None)


def _asked_about(event: Event) -> tuple[tuple[str, str], ...]:
    """Return the items about which an event asks their ports for something, each with what."""
    if isinstance(event, HandedOver):
        return tuple((item, "change") for item in event.items)
    what = ABOUT.get(type(event))
    return () if what is None else ((getattr(event, "item", ""), what),)


def _is_effect(event: Event, automation: Event) -> bool:
    """Tell whether an event says what an automation changed."""
    if not isinstance(automation, AutomationRan):
        return False
    return isinstance(event, Warned) or getattr(event, "cause", None) == automation.automation


def _is_one_of(key: str, keys: Iterable[str]) -> bool:
    """Tell whether a key is one of these; one for each contact has a number behind it."""
    return any(key == one or key.removeprefix(f"{one}/").isdigit() for one in keys)
