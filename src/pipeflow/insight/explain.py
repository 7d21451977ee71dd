"""Explaining a job: why it is where it is, and all that it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import many
from ..model.events import (
    AutomationFailed,
    AutomationSkipped,
    Chapter,
    Event,
    JobMoved,
    JobStarted,
    StageSkipped,
    WaitReason,
    Warned,
)
from ..model.items import Checklist, InvoiceState, Item, ItemState, Mark, SigningState
from ..model.jobs import BlockedAutomation, JobStatus
from ..model.record import Plain, frozen
from ..ports.due import DueState, Parked
from ..rules import State, begun, mail_of, next_stage, silence, wait_of

if TYPE_CHECKING:
    from ..show import Document

__all__ = ["Explanation", "explain"]


@frozen
class Explanation(Plain):
    """The answer to "why does this job not move?"; it prints.

    `reason` is None where nothing holds the job. `waits_for` are the open items of this visit,
    `failures` the requests that have not been delivered, `blocked` the automations that could not
    run, `next` the stage that it would enter now and `passes` those it would skip, with reasons.
    `silent` is the state in which the job reminds nobody, if it is in one.
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
    silent: str = ""

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
        yield from (f"waits for {_waiting(item, self.silent)}" for item in self.waits_for)
        for one in self.blocked:
            yield f"could not run {one.automation!r}: {one.reason}; retry or abandon {one.key!r}"
        yield from (_failed(one) for one in self.failures)
        if self.next is not None:
            yield f"would go on to {self.next!r}"
        yield from (f"would skip {name!r}: {why}" for name, why in self.passes)
        yield from (f"when it came here: {line}" for line in self.came)
        yield from (
            f"left open from visit {i.visit}, not waited for: {_waiting(i, self.silent)}"
            for i in self.older
        )

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
        came=tuple(_since_entry(history)),
        older=tuple(i for i in job.items if i.state is ItemState.PENDING and i.visit != job.visit),
        sentence=_sentence(state, reason, open_now, next_name),
        silent=silence(job, pipeline),
    )


def _since_entry(history: Sequence[Chapter]) -> Iterator[str]:
    """Say what was skipped, failed or warned of on the way into the present stage.

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
    told = (StageSkipped, AutomationSkipped, AutomationFailed, Warned)
    yield from (event.sentence() for event in since if isinstance(event, told))


def _sentence(
    state: State, reason: WaitReason | None, waits_for: tuple[Item, ...], target: str | None
) -> str:
    job = state.job
    names = ", ".join(f"{item.kind} {item.name!r}" for item in waits_for)
    match reason:
        case None:
            return f"Nothing holds it: it moves on to {target!r} at the next completion."
        case WaitReason.OPEN_ITEMS:
            return f"It waits for {names}, and then moves on by itself to {target!r}."
        case WaitReason.NOTHING_COMPLETED:
            return "Nothing was completed in this visit; an automove needs one thing done (A-4)."
        case WaitReason.BLOCKED:
            return "An automation that the stage needs could not run (A-24)."
        case WaitReason.AUTOMOVE_OFF:
            waits = f" Open: {names}." if names else ""
            return f"This stage is left by hand; automove is off.{waits}"
        case WaitReason.LAST_STAGE:
            waits = f" Open: {names}." if names else " Nothing is open: it can be archived."
            return f"It is in the last stage.{waits}"
        case WaitReason.STAGE_GONE:
            return "The pipeline no longer has this stage; move the job by hand."
        case WaitReason.STATUS:
            if job.status in {JobStatus.COMPLETED, JobStatus.ARCHIVED}:
                return f"It is {job.status.lower()}: nothing moves or fires (A-22)."
            return f"Its status {job.status!r} holds it until it is Active again (A-23)."


def _waiting(item: Item, silent: str) -> str:
    """Describe an open item: whom it waits for, how far it is, when the next reminder goes."""
    parts = [f"{item.kind} {item.name!r} ({item.id})"]
    match item.progress:
        case InvoiceState(total, payments) as bill if total is not None:
            paid = bill.paid()
            under_way = sum(1 for p in payments if not p.cleared)
            parts.append(
                f"{paid} of {total} paid" + (f", {under_way} not cleared" * bool(under_way))
            )
        case SigningState() as letter if letter.signatories:
            parts.append(f"{len(letter.signed)} of {len(letter.signatories)} signed")
        case Checklist() as sheet if sheet.client_tasks:
            parts.append(f"open: {', '.join(sheet.open_tasks)}")
        case _:
            pass
    return "; ".join((*parts, *_reminding(item, silent)))


def _reminding(item: Item, silent: str) -> Iterator[str]:
    """Say when the next reminder of an item goes, or why none does (R-5, R-7, R-9)."""
    if mail_of(item):
        yield "a reminder has not left yet"
    if item.remind_at is not None:
        yield f"next reminder {item.remind_at:%Y-%m-%d %H:%M}"
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


def _failed(one: Parked) -> str:
    key, error = one.due.key, one.error
    if one.state is DueState.DEAD:
        return f"gave up {key!r} after {many(one.attempt, 'attempt')}: {error}; retry or abandon it"
    tried = f"{key!r} failed ({many(one.attempt, 'attempt')}): {error}"
    return f"{tried}; next try {one.at:%Y-%m-%d %H:%M:%S}"
