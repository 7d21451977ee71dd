"""The commands of facts: one reaches its thing on every job that it is linked to (A-8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ... import rules
from ...errors import NotAllowedError, PipeflowError, Problem
from ...model.events import RequestDelivered, events_of
from ...model.facts import EmailBounced, Fact, Reopened
from ...model.items import Item, Mark, Ref
from ...model.jobs import Job
from ...model.record import record, replaced
from ...ports.due import DueState
from ...ports.rows import RefRow, RowKey
from ..records import no_item_of, ref_key, row_key, tomb_key
from ..references import hear, there
from ..unit import Unit
from .command import Command, ItemCommand
from .letters import expecting
from .peers import heeding, tell_peers

__all__ = ["Complete", "Receive", "Record", "Reopen"]


@record
class _Telling(ItemCommand):
    def _share(
        self, unit: Unit, job: Job, item: Item, facts: Sequence[Fact], *, whole: bool = False
    ) -> None:
        """Record facts about the item that was named, and about the same thing on other jobs."""
        bill = expecting(unit, (item,))
        state = unit.state(job.id)
        unit.apply(rules.record_all(state, item.id, facts, unit.now, unit.actor, whole=whole))
        if Mark.SHARED in item.marks:
            tell_peers(unit, item, facts, whole=whole)
        if bill is not None:
            bill.keep()


@record
class Record(_Telling):
    """Record what happened outside to an item."""

    action: ClassVar[str] = "record"

    fact: Fact

    def act(self, unit: Unit) -> None:
        """Let the fact reach the thing wherever it is linked."""
        job = unit.job(self.job)
        item = rules.item_of(job, self.item)
        if isinstance(self.fact, rules.BACK):
            _check_made(unit, item)
        self._share(unit, job, item, (self.fact,))


@record
class Reopen(_Telling):
    """Let an item wait again that was done, cancelled or declined."""

    action: ClassVar[str] = "reopen"

    reason: str = ""

    def act(self, unit: Unit) -> None:
        """Let that reach the thing wherever it is linked, if there is a thing."""
        job = unit.job(self.job)
        item = rules.item_of(job, self.item)
        _check_made(unit, item)
        self._share(unit, job, item, (Reopened(self.reason),))


def _check_made(unit: Unit, item: Item) -> None:
    """Refuse to wait for what never came to be, since its request was withdrawn.

    Raises:
        NotAllowedError: It was.
    """
    if not item.is_there and item.request is not None:
        over = rules.ended(events_of(unit.history(row_key("job", item.job))))
        if over.get(item.request) is DueState.CANCELLED:
            raise NotAllowedError(
                f"{item.name!r} never came to be, for its request was withdrawn, so that nobody "
                "can act on it; link what was made by hand"
            )


@record
class Complete(_Telling):
    """Record whatever completes an item of its kind."""

    action: ClassVar[str] = "complete"

    def act(self, unit: Unit) -> None:
        """Find out which facts those are, and let them reach the thing wherever it is linked."""
        job = unit.job(self.job)
        item = rules.item_of(job, self.item)
        self._share(unit, job, item, rules.completing_facts(item), whole=True)


@record
class Receive(Command):
    """Record what happened to the thing of a host's reference, as a webhook tells it."""

    action: ClassVar[str] = "receive"

    ref: Ref
    fact: Fact

    @property
    def about(self) -> str:
        """The reference."""
        return str(self.ref)

    def keys(self) -> tuple[RowKey, ...]:
        """Return the row that says what the reference names."""
        return (ref_key(self.ref.port, self.ref.id),)

    def act(self, unit: Unit) -> None:
        """Record the fact on every job that it fits; where it fits none, refuse it.

        A thing that was unlinked everywhere is still heard of by the job that had it last, and that
        of a job that was deleted reaches none, until it is forgotten (R-15), but that a bill is
        void, which its letter goes by.

        Raises:
            NotFoundError: The reference was never known, or is not known yet.
            NotAllowedError: It is that of an e-mail, to which nothing else happens than a bounce.
        """
        fact, named = self.fact, self._named(unit)
        hear(unit, self.ref, fact, linked=bool(named))
        if not named:
            return
        if isinstance(fact, EmailBounced):
            self._bounce(unit, fact)
            return
        if not any(id for _, id in named):
            raise NotAllowedError(
                Problem("is the reference of an e-mail", "", str(self.ref), ("EmailBounced()",))
            )
        pairs = [pair for pair in named if pair[1]]
        if len(pairs) > 1:
            pairs = heeding(unit, pairs, fact) or pairs
        bill = expecting(unit, (unit.item(*pair) for pair in pairs))
        misfits: list[tuple[str, str, PipeflowError]] = []
        for job, item in pairs:
            try:
                decision = rules.record(unit.state(job), item, fact, unit.now, unit.actor)
            except PipeflowError as error:
                misfits.append((job, item, error))
            else:
                unit.apply(decision)
        if misfits and len(misfits) == len(pairs):
            raise misfits[0][2]
        for job, item, why in misfits:
            unit.apply(rules.misfit(unit.state(job), item, fact, why, unit.now, unit.actor))
        if bill is not None:
            bill.keep()

    def _named(self, unit: Unit) -> list[tuple[str, str]]:
        """Return the jobs and ids that the reference names; none where they were deleted."""
        port, id = self.ref.port, self.ref.id
        stored = unit.get(ref_key(port, id))
        if stored is not None:
            return [*there(unit, stored[1].items)]
        if unit.records.store.due(unit.tenant, tomb_key(port, id)) is not None:
            return []
        raise no_item_of(self.ref)

    def _bounce(self, unit: Unit, fact: EmailBounced) -> None:
        """Write down that an e-mail came back, once for each reason."""
        jobs = dict.fromkeys(job for job, _ in self._named(unit))
        key = ref_key(self.ref.port, self.ref.id)
        row: RefRow = unit.at(key)
        if fact.reason in row.bounced:
            unit.jobs += (*jobs,)
            return
        unit.put(key, replaced(row, bounced=(*row.bounced, fact.reason)))
        for job in jobs:
            sent = self._left(unit, job)
            unit.apply(rules.bounce(unit.state(job), fact, sent, unit.now, unit.actor))

    def _left(self, unit: Unit, job: str) -> RequestDelivered | None:
        """Return how an e-mail left, as the history of its job tells it."""
        named = (self.ref.port, self.ref.id)
        past = events_of(unit.history(row_key("job", job)))
        sent = (one for one in past if isinstance(one, RequestDelivered))
        return next((one for one in sent if (one.port, one.ref) == named), None)
