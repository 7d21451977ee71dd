"""The commands of facts: one reaches its thing on every job that it is linked to (A-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from ... import rules
from ...errors import NotFoundError, PipeflowError, Problem
from ...model.facts import EmailBounced, Fact
from ...model.items import Item, Mark, Ref
from ...model.jobs import Job
from ...model.record import record
from ...ports.rows import RowKey
from ..records import item_ids_of, ref_key, tomb_key
from ..unit import Unit
from .command import Command, ItemCommand
from .peers import tell_peers

__all__ = ["Complete", "Receive", "Record"]


@record
class _Telling(ItemCommand):
    def _share(self, unit: Unit, job: Job, item: Item, facts: Iterable[Fact]) -> None:
        """Record facts about the item that was named, and about the same thing on other jobs."""
        unit.apply(rules.record_all(unit.state(job), item.id, facts, unit.now, unit.actor))
        if Mark.SHARED in item.marks:
            tell_peers(unit, item, facts)


@record
class Record(_Telling):
    """Record what happened outside to an item."""

    action: ClassVar[str] = "record"

    fact: Fact

    def act(self, unit: Unit) -> None:
        """Let the fact reach the thing wherever it is linked."""
        job = unit.job(self.job)
        self._share(unit, job, rules.item_of(job, self.item), (self.fact,))


@record
class Complete(_Telling):
    """Record whatever completes an item of its kind."""

    action: ClassVar[str] = "complete"

    def act(self, unit: Unit) -> None:
        """Find out which facts those are, and let them reach the thing wherever it is linked."""
        job = unit.job(self.job)
        item = rules.item_of(job, self.item)
        self._share(unit, job, item, rules.completing_facts(item))


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

        That of a job that was deleted reaches none, until it is forgotten (R-15).

        Raises:
            NotFoundError: The reference names nothing, or nothing yet.
        """
        fact, named = self.fact, self._named(unit)
        if not named:
            return
        if isinstance(fact, EmailBounced):
            for job in dict.fromkeys(job for job, _ in named):
                unit.apply(rules.bounce(unit.state(job), fact, unit.now, unit.actor))
            return
        pairs = [pair for pair in named if pair[1]]
        if not pairs:
            raise _unnamed(self.ref)
        if len(pairs) > 1:
            kinds = {pair: unit.item(*pair).kind for pair in pairs}
            pairs = [pair for pair in pairs if kinds[pair] in fact.about] or pairs
        misfits: list[tuple[str, str, PipeflowError]] = []
        for job, item in pairs:
            try:
                decision = rules.record(unit.state(job), item, fact, unit.now, unit.actor)
            except PipeflowError as error:
                misfits.append((job, item, error))
            else:
                unit.apply(decision)
        if len(misfits) == len(pairs):
            raise misfits[0][2]
        for job, item, why in misfits:
            unit.apply(rules.misfit(unit.state(job), item, fact, why, unit.now, unit.actor))

    def _named(self, unit: Unit) -> list[tuple[str, str]]:
        """Return the jobs and ids that the reference names; none where they were deleted."""
        port, id = self.ref.port, self.ref.id
        stored = unit.get(ref_key(port, id))
        if stored is not None and stored[1].items:
            return [item_ids_of(item) for item in stored[1].items]
        if unit.records.store.due(unit.tenant, tomb_key(port, id)) is not None:
            return []
        raise _unnamed(self.ref)


def _unnamed(ref: Ref) -> NotFoundError:
    return NotFoundError(Problem("no item has this reference, or none yet", "", str(ref)))
