"""A survey of a job: where it is and what keeps it there, worked out for its explanation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..errors import many, one_line
from ..model.conditions import Condition
from ..model.events import AutomationRan, AutomationSkipped, Event
from ..model.instants import on_clock
from ..model.items import Item, SigningState
from ..model.jobs import BlockedAutomation
from ..model.phrases import phrase
from ..model.work import Side, is_given_back, side_of
from ..ports.due import UNSURE, DueState, Parked
from ..ports.requests import Email, EmailKind, Request
from ..rules import SYSTEM, State, retries
from ..rules.draft import Draft
from .firm_names import FirmNames
from .open_items import Describing
from .whereabouts import Awaited, Undelivered, Verdict, Whereabouts

__all__ = ["SENT", "Survey"]

# What is asked of ports that make no items, or none that anybody waits for, as a person calls it.
SENT = {"email": "e-mail", "messages": "message", "notices": "notice"}


class Survey:
    """Works out the values of an explanation.

    Whoever makes it says how the job stands, the names of members by their ids, and the instant.
    """

    def __init__(
        self,
        state: State,
        describing: Describing,
        members: Mapping[str, str],
        names: FirmNames,
        now: datetime,
    ) -> None:
        """Take how the job stands, what describes its items, and the names of members and of all
        else.
        """
        self._state = state
        self._describing = describing
        self._members = members
        self._names = names
        self._now = now
        self._templates = {id: one.name for id, one in state.book.templates.items()}

    def where(self, overdue: tuple[str, ...], silent: str, to: str) -> Whereabouts:
        """Return where the job is, and to which stage it would go on."""
        job, pipeline = self._state.job, self._state.book.pipeline
        place = pipeline.find(job.stage)
        return Whereabouts(
            account=self._state.account.name,
            pipeline=pipeline.name,
            stage=job.stage if place is None else pipeline.stages[place].name,
            status=str(job.status),
            visit=job.visit,
            since=job.entered,
            now=self._now,
            assignees=self._named(job.assignees),
            due=job.due,
            paused=job.paused,
            overdue=overdue,
            silent=silent,
            goes_to=to,
        )

    def _named(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(self._members.get(id, id) for id in ids))

    # -- what is open ----------------------------------------------------------------------------

    def awaited(self, items: Iterable[Item], *, waited: bool) -> Iterator[Awaited]:
        """Yield what is open, and whether the job waits for it."""
        for item in items:
            rhythm, side = item.reminders, side_of(item)
            asked = rhythm is not None and not is_given_back(item)
            yield Awaited(
                item=item,
                waited=waited,
                side=side,
                names=self._turn(item, side),
                since=item.since,
                due=item.due,
                reminded=item.reminded,
                times=rhythm.times if asked and rhythm is not None else None,
                next=self._describing.next_reminder(item),
                notes=self._describing.notes(item),
            )

    def _turn(self, item: Item, side: Side | None) -> tuple[str, ...]:
        """Name those whose turn it is."""
        match side:
            case None:
                return ()
            case Side.TEAM:
                return self._named(item.assignees or self._state.job.assignees)
            case Side.CLIENT if isinstance(item.progress, SigningState):
                turn = item.progress.turn
                missing = item.progress.missing if turn is None else (turn,)
                signers = (one.name for one in missing)  # a client mostly signs for itself
                return tuple(dict.fromkeys((self._state.account.name, *signers)))
            case Side.CLIENT:
                return (self._state.account.name,)

    # -- what could not be delivered, or run -----------------------------------------------------

    def undelivered(
        self, failures: Iterable[Parked], blocked: Iterable[BlockedAutomation]
    ) -> Iterator[Undelivered]:
        """Yield the requests that were not delivered, and the automations that could not run."""
        for one in failures:
            unsure = not one.attempt and one.error.startswith(UNSURE)
            again = unsure or one.state is not DueState.DEAD
            at = one.at if again else None
            error = one_line(one.error)
            yield Undelivered(one.due.key, self._asked(one), error, one.attempt, at)
        for lost in blocked:
            yield Undelivered(lost.key, self.unrun(lost), one_line(lost.reason))

    def unrun(self, one: BlockedAutomation) -> str:
        """Call an automation what it does, with its template's name; by its id if it is gone."""
        found = retries(self._state.job, self._state.book.pipeline, one)
        if found is not None:
            return self._names.called(found[0])
        name = self._names.automation(one.pipeline, one.stage, one.automation, one.kind)
        return repr(one.automation) if name is None else name

    def failed(self, one: Parked) -> str:
        """Say what became of a request that was not delivered, and what can be done about it."""
        what, error, tries = self._thing(one), one_line(one.error), many(one.attempt, "attempt")
        at = on_clock(one.at, self._state.book.zone, seconds=True)
        if not one.attempt and error.startswith(UNSURE):
            return f"{what} has not left: {error}; looked at again {at}"
        now = f"retry or abandon {one.due.key!r}"
        if one.state is DueState.DEAD:
            return f"gave up {what} after {tries}: {error}; {now}"
        return f"{what} failed ({tries}): {error}; next try {at}; {now}"

    def _thing(self, one: Parked) -> str:
        """Name what a port was asked for, as a person does; by the key what has no name."""
        request = one.due.action
        if not isinstance(request, Request):  # a timer that could not be carried out
            return repr(one.due.key)
        item, name = self._about(request)
        if item is not None and request.key == item.request:
            return f"{item.kind.words} {item.name!r}"
        if item is not None:
            reminds = isinstance(request, Email) and request.kind is EmailKind.REMINDER
            return f"{'a reminder' if reminds else 'a change'} of {item.kind.words} {item.name!r}"
        return f"{SENT.get(request.port, request.port)} {name!r}" if name else repr(request.key)

    def _asked(self, one: Parked) -> str:
        """Say what a port was asked for, by the name of the thing."""
        request = one.due.action
        if not isinstance(request, Request):  # a timer that could not be carried out
            return one.due.key
        item, name = self._about(request)
        if item is not None and request.key != item.request:
            return f"{request.port}: about {item.kind.words} {item.name!r}"
        if item is not None:
            return f"{request.port}: {item.kind.words} {item.name!r}"
        return f"{request.port}: {name!r}" if name else f"{request.port}: {request.key}"

    def _about(self, request: Request) -> tuple[Item | None, str | None]:
        """Return the item that a request is about, and what it is called where it is about none."""
        item = next((i for i in self._state.job.items if i.id == request.item), None)
        name = self._templates.get(request.template or "") or getattr(request, "subject", "")
        return item, name

    # -- conditions ------------------------------------------------------------------------------

    def verdicts(self, way: Sequence[Event], to: str | None) -> Iterator[Verdict]:
        """Yield what the conditions of the present stage's automations say, and of those before it.

        Args:
            way: What happened on the way into the present stage, and since.
            to: The stage to which the job would go on; None where it would go nowhere.
        """
        pipeline, stage = self._state.book.pipeline, self._state.job.stage
        place = pipeline.find(stage)
        if place is None:
            return
        fired: dict[str, bool] = {}
        for event in way:
            if isinstance(event, AutomationRan | AutomationSkipped) and event.stage == stage:
                fired[event.automation] = isinstance(event, AutomationRan)
        for one in pipeline.stages[place].automations:
            if one.when is not None:
                of, id = self._names.called(one), str(one.id)
                yield self._verdict(of, stage, one.when, id, fired.get(id))
        last = place if to is None else pipeline.place(to)
        for later in pipeline.stages[place + 1 : last + 1]:
            if later.when is not None:
                yield self._verdict(f"stage {later.name!r}", later.id, later.when)

    def _verdict(
        self,
        of: str,
        stage: str,
        when: Condition,
        automation: str | None = None,
        fired: bool | None = None,
    ) -> Verdict:
        job, account = Draft(self._state, self._now, SYSTEM), self._state.account
        holds = when.holds(account, job)
        return Verdict(
            of=of,
            stage=stage,
            automation=automation,
            condition=phrase(when, self._members),
            holds=holds,
            why=when.present(account, job) if holds else when.missing(account, job),
            tags=when.tags,
            fields=when.fields,
            fired=fired,
        )
