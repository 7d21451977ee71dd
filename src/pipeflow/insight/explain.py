"""Explaining a job: why it is where it is, and all that it waits for."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..model.automations import Automation
from ..model.events import (
    AutomationFailed,
    AutomationSkipped,
    Chapter,
    Event,
    FactRecorded,
    FollowUpStarted,
    StageSkipped,
    WaitReason,
    Warned,
    events_of,
)
from ..model.facts import EmailBounced
from ..model.instants import on_clock, span
from ..model.items import Item, ItemState
from ..model.jobs import OVER, BlockedAutomation, JobStatus
from ..model.phrases import phrase
from ..model.record import replaced
from ..model.values import FrozenMap
from ..model.work import is_under_way
from ..ports.due import EARLY, Parked
from ..ports.requests import Email, EmailKind, Request
from ..rules import State, ahead, is_put_off, retries, silence, today, wait_of
from .coming_triggers import ComingTriggers
from .explanation import Explanation
from .firm_names import FirmNames
from .followers import followers
from .held import held_by_status
from .open_items import (
    Describing,
    cancelled,
    invoice_to_come,
    is_moving,
    open_now,
    to_come,
    waits_for_window,
)
from .stays import Placed, placed
from .survey import SENT, Survey
from .way_in import paused_in, way_in

__all__ = ["explain"]

TOLD = (StageSkipped, AutomationSkipped, AutomationFailed, FollowUpStarted, Warned)
COMPLETED = ItemState.COMPLETED


def explain(
    state: State,
    past: Iterable[Chapter],
    failures: Iterable[Parked],
    asked: Mapping[str, Parked] = FrozenMap(),
    now: datetime | None = None,
    sent: Sequence[Parked] = (),
    members: Mapping[str, str] = FrozenMap(),
    leaving: Mapping[str, datetime] = FrozenMap(),
    owing: Container[str] = (),
) -> Explanation:
    """Explain where a job stands.

    Args:
        state: The job, its account and the firm's book, as they are now.
        past: The chapters of the job's history, the newest first; it is gone through several
            times, and each time no further back than to what is looked for.
        failures: The requests that were tried and not delivered.
        asked: The requests of open items, and their reminders, that were not delivered, by key.
        now: The instant, by which a job is overdue; without one nothing is said of that, and the
            job is as old as it was when something last happened to it.
        sent: What the job sent that is no item, such as e-mails, and that has not been delivered.
        members: The names of members, by their ids, as far as they are to be told.
        leaving: When reminders leave that are due while the window is shut, by the ids of items.
        owing: The letters whose bill waits for a port, as they are quoted.
    """
    failed, way = tuple(failures), way_in(past, state, owing)
    describing = Describing(state, past, asked, now, leaving, failed)
    return _Explaining(state, past, failed, describing, now, sent).whole(members, way)


class _Explaining:
    """Puts an explanation together."""

    def __init__(
        self,
        state: State,
        past: Iterable[Chapter],
        failures: tuple[Parked, ...],
        describing: Describing,
        now: datetime | None,
        sent: Sequence[Parked],
    ) -> None:
        self._state = state
        self._now = now
        self._sent = [one for one in sent if now is not None and waits_for_window(one, now)]
        self._past = past
        mine = (one for one in failures if one.due.job == state.job.id)
        self._failures = tuple(one for one in mine if one.attempt or one.error != EARLY)
        self._describing = describing
        self._names = {stage.id: stage.name for stage in state.book.pipeline.stages}
        things = FrozenMap({one.id: one.name for one in state.job.items})
        templates, others = state.book.templates.values(), state.book.others.values()
        lines = (state.book.pipeline, *(one.pipeline for one in others))
        self._called = FirmNames(lines, templates, things=things)
        wait = wait_of(state.job, state.book.pipeline, state.book.settings)
        self._reason = wait[0] if wait is not None else WaitReason.NEXT_FACT
        self._coming = ComingTriggers(state, now, self._follower, self._failures)
        self._open = open_now(state.job, state.book.pipeline)
        held = {one.id for one in self._open}
        still = (one for one in state.job.items_here if _is_open(one))
        self._aside = tuple(one for one in still if one.id not in held)
        self._next: str | None = None
        self._passes: tuple[tuple[str, str], ...] = ()
        self._instant = now or next((last.at for last in past), state.job.entered)
        gone = self._reason is WaitReason.STAGE_GONE
        # What follows from what was done in a pause, such as tags, decides first where it goes.
        put_off = any(is_put_off(state, item) for item in state.job.items)
        if not (gone or put_off or self._is_last()):
            stage, passed = ahead(state, self._instant)
            self._next = stage.id
            self._passes = tuple((one.id, why) for one, why in passed)

    def _is_last(self) -> bool:
        return self._state.job.stage == self._state.book.pipeline.stages[-1].id

    def whole(self, members: Mapping[str, str], way: list[Event]) -> Explanation:
        """Return the explanation, with the names of members, and what happened on the way in."""
        state, job, now = self._state, self._state.job, self._now
        self._members = members
        self._older = tuple(
            i for i in job.items if _is_open(i) and i.visit != job.visit and i not in self._open
        )
        self._blocked = tuple(one for one in job.blocked if one.required and self._is_here(one))
        gone = FrozenMap(cancelled(job, self._past))
        told = [one for one in self._placed(way) if _is_told(one.event)]
        came = tuple(self._told(one) for one in told if one.event.at <= job.entered)
        since = tuple(self._told_since(one) for one in told if one.event.at > job.entered)
        on_the_way = (
            *(f"when it came here: {line}" for line in came),
            *(f"since then, {line}" for line in since),
        )
        to_be = (name for item in self._open for name in to_come(state, item))
        stage = self._names.get(job.stage, job.stage)
        overdue = tuple(self._overdue(now)) if now is not None else ()
        silent = silence(job, state.book.pipeline)
        survey = Survey(state, self._describing, members, self._called, self._instant)
        self._survey = survey
        return Explanation(
            job=job.name,
            stage=job.stage,
            status=job.status,
            visit=job.visit,
            reason=self._reason,
            waits_for=self._open,
            blocked=job.blocked,
            failures=self._failures,
            next=self._next,
            passes=self._passes,
            came=came,
            older=self._older,
            sentence=self._sentence() + self._pause(),
            cancelled=gone,
            silent=silent,
            to_come=(*to_be, *self._coming.things()),
            overdue=overdue,
            lines=(*overdue, *self._lines(gone, on_the_way)),
            heading=f"{job.name}: stage {stage!r}, {job.status}, visit {job.visit}",
            where=survey.where(overdue, silent, self._names.get(self._next or "", "")),
            awaited=(
                *survey.awaited(self._open, waited=self._waits),
                *survey.awaited((*self._aside, *self._older), waited=False),
            ),
            undelivered=tuple(survey.undelivered(self._failures, job.blocked)),
            verdicts=tuple(survey.verdicts(way, self._next)),
            notes=(*self._notes(gone), *on_the_way),
            since=since,
            zone=state.book.zone,
        )

    def _is_here(self, one: BlockedAutomation) -> bool:
        job = self._state.job
        if is_moving(job, self._state.book.pipeline):
            return one.scope == job.scope
        return one.visit == job.visit and not one.scope

    # -- the sentence ----------------------------------------------------------------------------

    def _sentence(self) -> str:
        names, opens = ", ".join(map(self._named, self._open)), self._opens()
        target = repr(self._names.get(self._next or "", self._next))
        match self._reason:
            case WaitReason.NEXT_FACT if self._state.job.status != JobStatus.ACTIVE:
                return (
                    f"Nothing holds it in its status {self._state.job.status!r}: it is Active "
                    "again at the next completion; `reevaluate` does it now."
                )
            case WaitReason.NEXT_FACT:
                return self._moves_on(target)
            case WaitReason.OPEN_ITEMS:
                also = f", and for {self._unable()}, which could not run" * bool(self._blocked)
                also += f", and for {self._to_fire()}, which then fires" * bool(self._coming.brings)
                target += self._coming.unless_away(self._open)
                return f"It waits for {names}{also}, and then moves on by itself to {target}."
            case WaitReason.NOTHING_COMPLETED:
                if not any(item.state is COMPLETED for item in self._state.job.items_here):
                    return "Nothing was completed in this visit; an automove needs one thing done."
                return (
                    "Only what does not hold this stage was completed in this visit; an automove "
                    "needs one thing done that does."
                )
            case WaitReason.BLOCKED:
                return f"It waits for {self._unable()}, which could not run{self._way_out(target)}"
            case WaitReason.AUTOMOVE_OFF:
                return f"This stage is left by hand; automove is off.{opens}"
            case WaitReason.LAST_STAGE:
                if not opens and not self._left:
                    return "It is in the last stage. Nothing is open: it can be archived."
                opens = opens or " Nothing is open here, but an earlier stage left something open."
                return f"It is in the last stage.{opens}"
            case WaitReason.STAGE_GONE:
                first = "restore the job, and " * (self._state.job.status in OVER)
                return f"The pipeline no longer has this stage; {first}move the job by hand.{opens}"
            case WaitReason.PAUSED:
                return opens.strip() or f"Nothing {'here ' * self._left}is open."
            case WaitReason.STATUS:
                status = self._state.job.status
                if status in OVER:
                    return f"It is {status.lower()}: nothing moves or fires.{opens}"
                if is_moving(self._state.job, self._state.book.pipeline):
                    return held_by_status(self._state, names, self._unable())
                return f"Its status {status!r} holds it until it is Active again.{opens}"

    @property
    def _left(self) -> bool:
        """Whether an earlier visit left something open on which somebody has to act."""
        return any(one.state is ItemState.PENDING for one in self._older)

    def _opens(self) -> str:
        """Say what is open, whether it is waited for, and what could not run; "" of nothing."""
        job = self._state.job
        could_not = (self._survey.unrun(one) for one in job.blocked)
        told = (
            ("Open", map(self._named, self._open)),
            ("Open, but not waited for", map(self._named, self._aside)),
            ("Could not run", could_not),
        )
        listed = ((what, ", ".join(names)) for what, names in told)
        return "".join(f" {what}: {names}." for what, names in listed if names)

    def _named(self, item: Item) -> str:
        """Name an open item, and what comes of it and has to be done as well."""
        invoice = invoice_to_come(self._state, item)
        brings = f" and the invoice {invoice!r} that it brings" if invoice is not None else ""
        if then := ", ".join(map(self._follower, followers(self._state, item))):
            brings += f" (then {then})"
        return f"{item.kind.words} {item.name!r}{brings}"

    def _follower(self, one: Automation) -> str:
        """Say what a trigger fires when an item is done, and for whom alone."""
        when = "" if one.when is None else f" if {phrase(one.when, self._members)}"
        return f"{self._called.called(one)}{when}"

    def _moves_on(self, target: str) -> str:
        """Say that nothing holds it, or what its stage fires first, since that is done already."""
        now = "at the next completion; `reevaluate`"
        if self._coming.brings:
            return f"Nothing is open, but {self._to_fire()} has yet to fire: {now} does it now."
        return f"Nothing holds it: it moves on to {target} {now} has it move on now."

    def _to_fire(self) -> str:
        """Name what fires with the next completion, since what it waits for is done."""
        return ", ".join(map(self._follower, self._coming.brings))

    def _unable(self) -> str:
        """Name the automations without which the stage is not done."""
        return ", ".join(self._survey.unrun(one) for one in self._blocked)

    def _way_out(self, target: str) -> str:
        """Say what lets a job go on that waits for an automation alone."""
        without, book = replaced(self._state.job, blocked=()), self._state.book
        if wait_of(without, book.pipeline, book.settings) is None:
            return f". Retry or abandon it, and the job moves on by itself to {target}."
        return (
            ". Retry it; when what it makes is done, the job moves on by itself to "
            f"{target}. Abandoning it moves nothing, for nothing else that holds this stage was "
            "completed in this visit."
        )

    def _pause(self) -> str:
        """Say that a job is paused, why, since when and by whom; nothing of one that is not."""
        job, zone = self._state.job, self._state.book.zone
        if job.paused is None:
            return ""
        since = ""
        if (last := paused_in(self._past)) is not None:
            by = self._members.get(last.actor, last.actor)
            since = f" since {on_clock(last.at, zone)}, by {by}"
        why = f": {job.paused}" if job.paused else ""
        return f" It is paused{since}{why}. Nothing moves, fires or reminds until it is resumed."

    def _overdue(self, now: datetime) -> Iterator[str]:
        """Say that it is past its date, or longer in its stage than that allows."""
        job, zone = self._state.job, self._state.book.zone
        if not is_under_way(job):
            return
        if job.due is not None and job.due < today(now, zone):
            yield f"overdue: it was due {job.due}"
        place = self._state.book.pipeline.find(job.stage)
        limit = None if place is None else self._state.book.pipeline.stages[place].time_limit
        if limit is not None and now - job.entered > limit:
            since = on_clock(job.entered, zone)
            yield f"overdue: it has been here since {since}, and the stage allows {span(limit)}"

    # -- the lines below it ----------------------------------------------------------------------

    @property
    def _waits(self) -> bool:
        """Whether it is open items that it waits for."""
        job = self._state.job
        moving = job.paused is None and is_moving(job, self._state.book.pipeline)
        return self._reason is WaitReason.OPEN_ITEMS or moving

    def _notes(self, gone: Mapping[str, str]) -> Iterator[str]:
        """Yield what stands in no table, but for what happened on the way."""
        yield from gone.values()
        yield from map(self._leaving, self._sent)
        yield from self._coming.lines()

    def _lines(self, gone: Mapping[str, str], on_the_way: Iterable[str]) -> Iterator[str]:
        verb = "waits for" if self._waits else "open:"
        yield from (f"{verb} {self._describing.line(item)}" for item in self._open)
        yield from (f"open, not waited for: {self._describing.line(i)}" for i in self._aside)
        yield from self._notes(gone)
        yield from (self._unrun(one) for one in self._state.job.blocked)
        yield from map(self._survey.failed, self._failures)
        if self._next is not None:
            yield f"would go on to {self._names[self._next]!r}"
        yield from (f"would skip {self._names[id]!r}: {why}" for id, why in self._passes)
        yield from on_the_way
        yield from (
            f"left open from visit {i.visit}, not waited for: {self._describing.line(i)}"
            for i in self._older
        )

    def _leaving(self, row: Parked) -> str:
        """Say when something leaves that is no item, and waits for the sending window (R-37)."""
        request, at = row.due.action, on_clock(row.at, self._state.book.zone)
        assert isinstance(request, Request)  # noqa: S101  (no timer waits for a window)
        template = self._state.book.templates.get(request.template or "")
        name = template.name if template is not None else getattr(request, "subject", "")
        what = SENT.get(request.port, request.port)
        if isinstance(request, Email) and request.kind is EmailKind.REMINDER:
            what, name = "reminder", request.subject
        return f"{what} {name!r} leaves when the window opens, {at}"

    def _unrun(self, one: BlockedAutomation) -> str:
        """Say of an automation that it could not run, and what can be done about it."""
        told = f"could not run {self._survey.unrun(one)}: {one.reason}"
        if one.pipeline != self._state.job.pipeline:
            return f"{told}; it is of another pipeline: abandon {one.key!r}"
        if retries(self._state.job, self._state.book.pipeline, one) is None:
            return f"{told}; the pipeline no longer has it: abandon {one.key!r}"
        return f"{told}; retry or abandon {one.key!r}"

    def _placed(self, way: Sequence[Event]) -> Iterable[Placed]:
        """Place what happened; of an e-mail that bounced an earlier stage may have sent it."""
        if not any(isinstance(one, FactRecorded) and one.key for one in way):
            return placed(way, self._state.job.pipeline, self._state.job.stage)
        whole = placed(events_of(reversed([*self._past])))
        return (one for one in whole if _is_told(one.event) and one.event in way)

    def _told(self, one: Placed) -> str:
        """Say what happened, by the names that the firm gave."""
        return self._called.told(one, self._state.book.zone)

    def _told_since(self, one: Placed) -> str:
        """Say what happened since it came here, and when."""
        return f"{on_clock(one.event.at, self._state.book.zone)}: {self._told(one)}"


def _is_told(event: Event) -> bool:
    """Tell whether somebody should know of it who asks why nothing happens."""
    if isinstance(event, FactRecorded):
        return isinstance(event.fact, EmailBounced)
    return isinstance(event, TOLD)


def _is_open(item: Item) -> bool:
    """Tell whether somebody is waited for, also where that is but the reply to a message."""
    return item.state is ItemState.PENDING or item.is_unanswered
