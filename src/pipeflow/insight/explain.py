"""Explaining a job: why it is where it is, and all that it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..errors import many
from ..model.events import (
    AutomationFailed,
    AutomationSkipped,
    Chapter,
    Event,
    FactRecorded,
    ItemReopened,
    ItemResolved,
    JobMoved,
    JobPaused,
    JobStarted,
    StageSkipped,
    WaitReason,
    Warned,
)
from ..model.facts import Declined
from ..model.instants import on_clock
from ..model.items import Checklist, InvoiceState, Item, ItemState, Mark, SigningState
from ..model.jobs import OVER, BlockedAutomation, Job
from ..model.record import Plain, frozen
from ..model.values import FrozenMap
from ..ports.due import DueState, Parked
from ..rules import SYSTEM, State, begun, mail_of, next_stage, silence, wait_of

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Explanation", "explain"]

REFUSED = frozenset({Mark.DECLINED, Mark.DISAPPROVED})
TOLD = (StageSkipped, AutomationSkipped, AutomationFailed, Warned)


@frozen
class Explanation(Plain):
    """The answer to "why does this job not move?"; it prints.

    `reason` is None where nothing holds the job. `waits_for` are the open items of this visit,
    `failures` the requests that have not been delivered, `blocked` the automations that could not
    run, `next` the stage that it would enter now and `passes` those it would skip, with reasons.
    `declined` says of open items who declined them and why, `cancelled` what was cancelled in this
    visit and why, both by the item's id. `silent` is the state in which the job reminds nobody, if
    it is in one. Times are printed in `zone`, which is the firm's.
    """

    job: str
    stage: str
    status: str
    visit: int
    reason: WaitReason | None
    waits_for: tuple[Item, ...]
    blocked: tuple[BlockedAutomation, ...]
    failures: tuple[Parked, ...]
    next: str | None
    passes: tuple[tuple[str, str], ...]
    came: tuple[str, ...]
    older: tuple[Item, ...]
    sentence: str
    declined: Mapping[str, str] = FrozenMap()
    cancelled: Mapping[str, str] = FrozenMap()
    silent: str = ""
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    def document(self) -> Document:
        """Build what is shown."""
        from ..show import Block, Bullets, Document, Heading, Paragraph

        blocks: list[Block] = [
            Heading(f"{self.job}: stage {self.stage!r}, {self.status}, visit {self.visit}"),
            Paragraph(self.sentence),
        ]
        lines = tuple(self._lines())
        return Document((*blocks, Bullets(lines)) if lines else (*blocks,))

    def _lines(self) -> Iterator[str]:
        yield from (f"waits for {self._waiting(item)}" for item in self.waits_for)
        yield from self.cancelled.values()
        for one in self.blocked:
            yield f"could not run {one.automation!r}: {one.reason}; retry or abandon {one.key!r}"
        yield from (_failed(one, self.zone) for one in self.failures)
        if self.next is not None:
            yield f"would go on to {self.next!r}"
        yield from (f"would skip {name!r}: {why}" for name, why in self.passes)
        yield from (f"when it came here: {line}" for line in self.came)
        yield from (
            f"left open from visit {i.visit}, not waited for: {self._waiting(i)}"
            for i in self.older
        )

    def _waiting(self, item: Item) -> str:
        said = self.declined.get(item.id)
        return _waiting(item, self.silent, self.zone) + (f"; {said}" if said else "")

    def __str__(self) -> str:
        """Print as text."""
        return self.document().text()


def explain(state: State, history: Sequence[Chapter], failures: Iterable[Parked]) -> Explanation:
    """Explain where a job stands.

    Args:
        state: The job, its account and the firm's book, as they are now.
        history: The chapters of the job's history, oldest first.
        failures: The requests that were tried and not delivered.
    """
    job, pipeline = state.job, state.book.pipeline
    wait = wait_of(job, pipeline, state.book.settings)
    reason = wait[0] if wait is not None else None
    next_name, passes = None, []
    if reason is not WaitReason.STAGE_GONE and job.stage != pipeline.stages[-1].id:
        stage, passed = next_stage(pipeline, job.stage, state.account)
        next_name = stage.id
        passes = [(one.id, why) for one, why in passed]
    open_now = job.open_items
    since = _since_entry(history)
    return Explanation(
        job=job.name,
        stage=job.stage,
        status=job.status,
        visit=job.visit,
        reason=reason,
        waits_for=open_now,
        blocked=job.blocked,
        failures=tuple(one for one in failures if one.due.job == job.id),
        next=next_name,
        passes=tuple(passes),
        came=tuple(event.sentence() for event in since if isinstance(event, TOLD)),
        older=tuple(i for i in job.items if i.state is ItemState.PENDING and i.visit != job.visit),
        sentence=_sentence(state, reason, open_now, next_name) + _pause(state, history),
        declined=FrozenMap(_declined(job, history)),
        cancelled=FrozenMap(_cancelled(job, since)),
        silent=silence(job, pipeline),
        zone=state.book.zone,
    )


def _pause(state: State, history: Sequence[Chapter]) -> str:
    """Say that a job is paused, why, since when and by whom; nothing of one that is not (R-27)."""
    job, zone = state.job, state.book.zone
    if job.paused is None:
        return ""
    told = (
        chapter
        for chapter in reversed(history)
        if any(one[0] is JobPaused for one in chapter.lines)
    )
    last = next(told, None)
    since = "" if last is None else f" since {on_clock(last.at, zone)}, by {last.actor}"
    why = f": {job.paused}" if job.paused else ""
    return f" It is paused{since}{why}. Nothing moves, fires or reminds until it is resumed."


def _declined(job: Job, history: Sequence[Chapter]) -> Iterator[tuple[str, str]]:
    """Say of each open item that was declined who did so, and why (R-13)."""
    for item in job.items:
        if item.state is ItemState.PENDING and not item.marks.isdisjoint(REFUSED):
            yield item.id, _refusal(item, history)


def _refusal(item: Item, history: Sequence[Chapter]) -> str:
    """Say who declined an item, by the last that was told of it."""
    if Mark.DECLINED not in item.marks:
        return "disapproved, nobody is reminded of it"
    told: dict[str | None, str] = {}
    for chapter in reversed(history):
        for event in reversed(list(chapter.events())):
            if getattr(event, "item", "") != item.id:
                continue
            if isinstance(event, ItemReopened):
                break
            if isinstance(event, FactRecorded) and isinstance(event.fact, Declined):
                told.setdefault(event.fact.by, event.fact.reason)
        else:
            continue
        break
    people = item.progress.signatories if isinstance(item.progress, SigningState) else ()
    names = {id: one.name for one in people for id in (one.email, one.id)}
    said = [
        ": ".join(filter(None, (f"by {names.get(by, by)}" if by else "", why)))
        for by, why in reversed(told.items())
    ]
    whole = " and ".join(filter(None, said))
    colon = ":" if whole and not whole.startswith("by ") else ""
    return f"declined{colon} {whole}".rstrip() + "; nobody is reminded of it"


def _cancelled(job: Job, since: Sequence[Event]) -> Iterator[tuple[str, str]]:
    """Say what was cancelled in this visit, why, and by whom."""
    reasons = {one.item: one for one in since if isinstance(one, ItemResolved)}
    for item in job.items_here:
        told = reasons.get(item.id)
        if told is not None and item.state is ItemState.RESOLVED:
            by = "" if told.actor == SYSTEM else f" [{told.actor}]"
            what = f"{item.kind} {item.name!r} ({item.id})"
            yield item.id, f"no longer waits for {what}: {told.reason}{by}"


def _since_entry(history: Sequence[Chapter]) -> list[Event]:
    """Return what happened on the way into the present stage, and since.

    The history is read from its end back to the last entry, however long it is.
    """
    since: list[Event] = []
    for chapter in reversed(history):
        events = list(chapter.events())
        entries = [n for n, one in enumerate(events) if isinstance(one, JobMoved | JobStarted)]
        start = entries[-1] if entries else 0
        while start and isinstance(events[start - 1], StageSkipped):
            start -= 1
        since = [*events[start:], *since]
        if entries:
            break
    return since


def _sentence(
    state: State, reason: WaitReason | None, waits_for: tuple[Item, ...], target: str | None
) -> str:
    job = state.job
    names = ", ".join(f"{item.kind} {item.name!r}" for item in waits_for)
    match reason:
        case None | WaitReason.NEXT_FACT:
            return f"Nothing holds it: it moves on to {target!r} at the next completion."
        case WaitReason.OPEN_ITEMS:
            return f"It waits for {names}, and then moves on by itself to {target!r}."
        case WaitReason.NOTHING_COMPLETED:
            return "Nothing was completed in this visit; an automove needs one thing done."
        case WaitReason.BLOCKED:
            return "An automation that the stage needs could not run."
        case WaitReason.AUTOMOVE_OFF:
            waits = f" Open: {names}." if names else ""
            return f"This stage is left by hand; automove is off.{waits}"
        case WaitReason.LAST_STAGE:
            waits = f" Open: {names}." if names else " Nothing is open: it can be archived."
            return f"It is in the last stage.{waits}"
        case WaitReason.STAGE_GONE:
            return "The pipeline no longer has this stage; move the job by hand."
        case WaitReason.PAUSED:
            return f"Open: {names}." if names else "Nothing is open."
        case WaitReason.STATUS:
            if job.status in OVER:
                return f"It is {job.status.lower()}: nothing moves or fires."
            return f"Its status {job.status!r} holds it until it is Active again."


def _waiting(item: Item, silent: str, zone: tzinfo) -> str:
    """Describe an open item: whom it waits for, how far it is, when the next reminder goes."""
    parts = [f"{item.kind} {item.name!r} ({item.id})"]
    match item.progress:
        case InvoiceState(total, payments) as bill if total is not None:
            paid = bill.paid()
            under_way = sum(1 for p in payments if not p.cleared and not bill.is_failed(p))
            parts.append(
                f"{paid} of {total} paid" + (f", {under_way} not cleared" * bool(under_way))
            )
            if bill.is_covered:
                parts.append("what is under way covers the rest, so that nobody is reminded of it")
        case SigningState() as letter:
            parts.append(_signatures(letter))
        case Checklist() as sheet if sheet.client_tasks:
            parts.append(f"open: {', '.join(sheet.open_tasks)}")
        case _:
            pass
    if item.assignees:
        parts.append(f"for {', '.join(sorted(item.assignees))}")
    if item.due is not None:
        parts.append(f"due {item.due}")
    return "; ".join((*parts, *_reminding(item, silent, zone)))


def _reminding(item: Item, silent: str, zone: tzinfo) -> Iterator[str]:
    """Say when the next reminder of an item goes, or why none does (R-5, R-7, R-9)."""
    if mail_of(item):
        yield "a reminder has not left yet"
    if item.remind_at is not None:
        yield f"next reminder {on_clock(item.remind_at, zone)}"
    elif Mark.QUIET in item.marks:
        yield "its reminders are off; `set_reminders` has them go out"
    elif item.reminders is None:
        return
    elif item.reminded >= item.reminders.times:
        yield f"all {many(item.reminded, 'reminder')} sent"
    elif silent:
        yield f"no reminders while the job is {silent}"
    elif Mark.UNHEARD in item.marks:
        yield "its reminders wait: nobody takes mail"
    elif begun(item) is None:
        yield "its reminders begin when it has been sent"


def _signatures(letter: SigningState) -> str:
    """Say who signed and who has not (R-14)."""
    people = letter.signatories
    if not people:
        return "nobody can sign it, for no contact was a signatory when it was made"
    parts = [f"{len(letter.signed)} of {len(people)} signed"]
    missing = ", ".join(one.name for one in letter.missing)
    if len(letter.missing) < len(people):
        parts.append(", ".join(one.name for one in people if one not in letter.missing))
    if letter.is_signed:  # it was reopened
        return ": ".join(parts) + "; to be signed anew"
    return ": ".join(parts) + f"; not yet: {missing}"


def _failed(one: Parked, zone: tzinfo) -> str:
    key, error = one.due.key, one.error
    if one.state is DueState.DEAD:
        return f"gave up {key!r} after {many(one.attempt, 'attempt')}: {error}; retry or abandon it"
    tried = f"{key!r} failed ({many(one.attempt, 'attempt')}): {error}"
    return f"{tried}; next try {on_clock(one.at, zone, seconds=True)}"
