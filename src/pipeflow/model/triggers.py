"""Triggers: what fires automations besides the entry of a stage (R-34, R-35)."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from operator import is_
from typing import TypeVar, cast

import attrs

from ..errors import Problem, many, shown, unknown
from .automations import Automation
from .checks import each_is, flags_problems
from .dates import After, as_after
from .record import frozen, replaced
from .reminders import Reminders
from .text import ended, fitted, id_problems, key_slug, text_problems
from .values import Value, items

__all__ = [
    "AroundDate",
    "TimeInStage",
    "Timed",
    "Trigger",
    "WhenDone",
    "automations_given",
    "done_problems",
    "fired_problems",
    "named_below",
    "nested",
    "numbered",
    "then_named",
    "with_ids",
]

T = TypeVar("T", Automation, "Trigger")
OWN_DATES = ("due", "start")  # of the job; every other name is that of the account's field


def automations_given(given: Iterable[Automation]) -> tuple[Automation, ...]:
    """Convert a list of automations to a tuple."""
    return items(given)


@frozen(kw_only=True)
class Trigger(Value, metaclass=ABCMeta):
    """Base of the triggers: `automations` fire in order, each with its condition at its turn.

    Args:
        id: Made by the stage or the pipeline that takes it; edits keep it.
    """

    id: str | None = None

    def _problems(self) -> Iterator[Problem]:
        if self.id is not None:
            yield from id_problems(self.id, "$.id")
        yield from fired_problems(self.fires, "$.automations")
        if self.fires == ():
            yield Problem("must hold at least one automation", "$.automations")

    @property
    def fires(self) -> tuple[Automation, ...]:
        """What it fires; each kind has them as its `automations`."""
        found: tuple[Automation, ...] = getattr(self, "automations")  # noqa: B009
        return found

    @abstractmethod
    def derived_id(self) -> str:
        """Make the id of what it waits for."""

    @property
    @abstractmethod
    def says(self) -> str:
        """When it fires, in words."""


def _made(given: Automation | str) -> str:
    """Convert an automation to its id; one without stays as it is, to be refused."""
    if isinstance(given, Automation) and given.id is not None:
        return given.id
    return cast("str", given)


@frozen
class WhenDone(Trigger):
    """Fires when an item of this visit is completed: prepare, then review, inside one stage.

    It fires once a visit, before automove is evaluated, and on completion only: what was cancelled
    is not done.

    Args:
        of: The automation of the same stage that makes the item, by its id; or itself, if it
            has one.
        automations: What fires then.
    """

    of: str = attrs.field(converter=_made)
    automations: tuple[Automation, ...] = attrs.field(converter=automations_given)

    def _problems(self) -> Iterator[Problem]:
        of: object = self.of
        if isinstance(of, Automation):
            one = f"{type(of).__name__}(..., id={of.derived_id()!r})"
            yield Problem(f"names an automation without an id; give it one, such as {one}", "$.of")
        else:
            yield from text_problems(of, "$.of", empty=False)
        yield from super()._problems()

    def derived_id(self) -> str:
        """Make the id of what it waits for."""
        return f"when-done-{key_slug(self.of)}"

    @property
    def says(self) -> str:
        """When it fires, in words."""
        return f"when {self.of!r} is done"


@frozen(kw_only=True)
class Timed(Trigger):
    """Base of the triggers that an instant sets off.

    Args:
        skip_if_late: Whether it does not fire at all where it could not in time, because nobody
            ticked for an hour, or the job was not Active when its time came; unless said it fires
            once, late, and says so.
    """

    skip_if_late: bool = False

    def _problems(self) -> Iterator[Problem]:
        yield from super()._problems()
        yield from flags_problems(self, ("skip_if_late",))


@frozen
class TimeInStage(Timed):
    """Fires when a job has been in the stage so long, at the time of day at which it came.

    Args:
        after: How long: `After(days=14)`, or whole days.
        automations: What fires then.
    """

    after: After = attrs.field(converter=as_after)
    automations: tuple[Automation, ...] = attrs.field(converter=automations_given)

    def _problems(self) -> Iterator[Problem]:
        if not isinstance(self.after, After):
            allowed = ("14", "After(days=14)")
            what = "must be whole days or After(...)"
            yield Problem(what, "$.after", shown(self.after), allowed)
        elif min(attrs.astuple(self.after)) < 0 or self.after == After():
            what = "must be some time after the entry"
            yield Problem(what, "$.after", shown(self.after), ("After(days=14)",))
        yield from super()._problems()

    def derived_id(self) -> str:
        """Make the id of what it waits for."""
        return "time-in-stage"

    @property
    def says(self) -> str:
        """When it fires, in words."""
        return f"after {_span(self.after)} here{', unless late' * self.skip_if_late}"


@frozen
class AroundDate(Timed):
    """Fires when a date of the job or of its account is near, reached or past.

    It fires when the firm's day starts (`Settings.day_starts`), once for each date: where the date
    moves it is set anew, and where it has fired for that date it is not.

    Args:
        date: `"due"` or `"start"` of the job, else the name of a custom field of the account.
        after: How long after that date; before it where negative: `After(days=-30)`, or
            whole days.
        automations: What fires then.
    """

    date: str
    after: After = attrs.field(converter=as_after)
    automations: tuple[Automation, ...] = attrs.field(converter=automations_given)

    def _problems(self) -> Iterator[Problem]:
        yield from text_problems(self.date, "$.date", empty=False)
        if not isinstance(self.after, After):
            allowed = ("-30", "After(months=-2)", "After()")
            what = "must be whole days or After(...)"
            yield Problem(what, "$.after", shown(self.after), allowed)
        yield from super()._problems()

    @property
    def field(self) -> str | None:
        """The custom field of the account by which it goes; None where it is a date of the job."""
        return None if self.date in OWN_DATES else self.date

    def derived_id(self) -> str:
        """Make the id of what it waits for."""
        return f"around-{key_slug(self.date)}"

    @property
    def says(self) -> str:
        """When it fires, in words."""
        what = f"the date {self.field!r}" if self.field is not None else f"the {self.date} date"
        late = ", unless late" * self.skip_if_late
        if self.after == After():
            return f"on {what}{late}"
        before = max(attrs.astuple(self.after)) <= 0
        return f"{_span(self.after)} {'before' if before else 'after'} {what}{late}"


def _span(after: After) -> str:
    """Say a span in words: `2 months and 3 days`."""
    units = (("year", after.years), ("month", after.months), ("day", after.days))
    return " and ".join(many(abs(number), unit) for unit, number in units if number)


def fired_problems(given: object, where: str) -> Iterator[Problem]:
    """Return what is wrong with a list of automations that something fires."""
    return each_is(Automation, given, where)


def numbered(given: Iterable[T], taken: Iterable[str] = (), prefix: str = "") -> tuple[T, ...]:
    """Give ids to those that have none, numbering repeats; what is none of them stays as it is.

    Args:
        given: Automations, or triggers.
        taken: Ids that others have already.
        prefix: What stands before the ids that are made here.
    """
    several: tuple[T, ...] = items(given)
    if not isinstance(several, tuple):
        return several
    known: set[str | None] = {*taken, *(getattr(one, "id", None) for one in several)}
    tried: dict[str, int] = {}  # the last number of each id; ids only come, so none is tried twice
    found: list[T] = []
    for one in several:
        if not isinstance(one, (Automation, Trigger)) or one.id is not None:
            found.append(one)
            continue
        base = fitted(f"{prefix}{one.derived_id()}")
        number = tried.get(base, 1)
        free = base if number == 1 else ended(base, f"-{number}")
        while free in known:
            number += 1
            free = ended(base, f"-{number}")
        tried[base] = number
        known.add(free)
        found.append(replaced(one, id=free))
    return tuple(found) if tried else several


def with_ids(triggers: tuple[Trigger, ...], taken: Iterable[str], home: str) -> tuple[Trigger, ...]:
    """Give ids to triggers and to what they fire, which begin with those of their trigger (R-34).

    Args:
        triggers: Those of a stage or a pipeline.
        taken: Ids that others have there already.
        home: The stage's id and a dot; "" for the pipeline.
    """
    found = tuple(_named(one, home) for one in numbered(triggers, taken))
    return triggers if all(map(is_, found, triggers)) else found


def _named(trigger: Trigger, home: str) -> Trigger:
    fires = named_below(trigger.fires, f"{home}{trigger.id}.")
    return trigger if fires is trigger.fires else replaced(trigger, automations=fires)


def named_below(given: tuple[Automation, ...], home: str) -> tuple[Automation, ...]:
    """Give ids to automations that something else than the entry of a stage fires."""
    return then_named(numbered(given, prefix=home), "")


def then_named(given: tuple[Automation, ...], home: str) -> tuple[Automation, ...]:
    """Give ids to what fires when the reminders of these are used up; the very same if all have."""
    found = tuple(_then_named(one, home) for one in given)
    return given if all(map(is_, found, given)) else found


def _then_named(one: Automation, home: str) -> Automation:
    rhythm: Reminders | None = getattr(one, "reminders", None)
    if rhythm is None or all(fired.id is not None for fired in rhythm.then):
        return one
    then = numbered(rhythm.then, prefix=f"{home}{one.id}.then.")
    return replaced(one, reminders=replaced(rhythm, then=then))


def nested(automations: Iterable[Automation], where: str) -> Iterator[tuple[str, Automation]]:
    """Yield automations, and what fires when their reminders are used up, each with its path."""
    for number, one in enumerate(automations):
        place = f"{where}[{number}]"
        yield place, one
        rhythm: Reminders | None = getattr(one, "reminders", None)
        if rhythm is not None and rhythm.then:
            for count, fired in enumerate(rhythm.then):
                yield f"{place}.reminders.then[{count}]", fired


def done_problems(
    automations: Iterable[Automation], triggers: Iterable[Trigger], home: Callable[[str], str]
) -> Iterator[Problem]:
    """Yield what a stage's triggers wait for that is not there, or makes nothing to wait for.

    Args:
        automations: Those that fire when a job enters the stage.
        triggers: Those of the stage.
        home: Says where else in the pipeline an automation stands; "" where it stands nowhere.
    """
    several = [*triggers]
    there = [one for _, one in nested(automations, "")]
    there += [one for trigger in several for _, one in nested(trigger.fires, "")]
    made = {str(one.id): one.makes_item for one in there}
    for number, trigger in enumerate(several):
        if not isinstance(trigger, WhenDone) or made.get(trigger.of):
            continue
        where = f"$.triggers[{number}].of"
        if trigger.of in made:
            yield Problem(f"{trigger.of!r} makes no item that could be done", where)
        else:
            own = {str(one.id) for _, one in nested(trigger.fires, "")}
            known = [id for id, makes_item in made.items() if makes_item and id not in own]
            there_is = home(trigger.of)
            hint = f"It is one of {there_is}, and a trigger waits for what its own stage makes."
            told = hint if there_is else ""
            yield unknown("automation", trigger.of, known, where=where, hint=told)
