"""The commands that link things made elsewhere to a job, and let go of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar, TypeAlias

import attrs

from ... import rules
from ...errors import NotAllowedError
from ...model.events import Chapter, events_of
from ...model.facts import Fact
from ...model.items import InvoiceState, Item, ItemKind, ItemState, Mark
from ...model.money import Money
from ...model.record import record
from ...rules import LinkSpec
from ..records import item_ids_of, ref_key, row_key
from ..references import items_of, let_go, let_name, there, void
from ..unit import Unit
from .command import JobCommand, canonical
from .letters import LetterBill
from .peers import keep_there, tell_peers

__all__ = ["Link", "Unlink"]

# What history is read for, lest saying it once more be refused.
SAID = {"completed", "total", "client_tasks", "signatures", "signers", "in_order"}
ASKING = frozenset({ItemKind.MESSAGE, ItemKind.PROPOSAL, ItemKind.SIGNATURE})
Pairs: TypeAlias = list[tuple[str, str]]  # of job and item id


@record
class Link(JobCommand):
    """Link a thing made elsewhere."""

    action: ClassVar[str] = "link"

    spec: LinkSpec

    def said(self) -> dict[str, Any]:
        """Return what is said, the thing's own words beside the job."""
        told = super().said()
        del told["spec"]
        for field in attrs.fields(LinkSpec):
            given = getattr(self.spec, field.name)
            if given != field.default:
                told[field.name] = canonical(given)
        return told

    def act(self, unit: Unit) -> None:
        """Link it as far as it has come, and let its reference name the new item too."""
        spec, state = self.spec, unit.state(self.job)
        stored = unit.get(ref_key(spec.ref.port, spec.ref.id))
        named = stored[1].items if stored is not None else ()
        pairs = [pair for pair in map(item_ids_of, named) if pair[1]]
        known = _known(unit, pairs, spec.kind)
        if known is None:  # what was let go of kept what it heard since
            alike = (one for one in items_of(unit, spec.ref) if one.kind is spec.kind)
            known = next(alike, None)
        bill = LetterBill.at(unit, spec.ref) if spec.kind is ItemKind.PROPOSAL else None
        if bill is not None:
            new = f"{self.job}/{len(state.job.items) + 1}" if bill.is_of(state.account.id) else ""
            bill.expect(new, done=known is not None and rules.is_done(known))
            state = unit.state(self.job)
        alike = (item for item in _linked(unit, pairs) if item.kind is spec.kind)
        shared = len([*islice(alike, 2)]) > 1  # many may have it
        told = events_of(self._history(unit, pairs))
        now, actor = unit.now, unit.actor
        asked = _asked(unit, known)
        is_void = spec.kind is ItemKind.INVOICE and bool(pairs) and void(unit, spec.ref)
        decision = rules.link(
            state, spec, known, now, actor, shared=shared, told=told, asked=asked, void=is_void
        )
        if not decision.changed:
            unit.jobs += (self.job,)
            return
        if spec.kind is ItemKind.TASK:
            self._check_account(unit, pairs)
            self._check_free(unit, pairs)
        unit.apply(decision)
        made = decision.job.items[len(state.job.items)]
        let_name(unit, ref_key(spec.ref.port, spec.ref.id), made.id)
        keep_there(unit, made)
        if spec.total is not None and known is not None:
            self._tell_total(unit, known, pairs, spec.total)
        if spec.completed and made.asks:
            facts = rules.completing_facts(made)
            tell_peers(unit, unit.item(self.job, made.id), facts, whole=True)
        if bill is not None:
            bill.keep(always=True)

    def _history(self, unit: Unit, pairs: Pairs) -> tuple[Chapter, ...]:
        """Return what happened here, where a thing that is linked once more may have changed."""
        asked = self.said().keys() & SAID
        here = asked and any(job == self.job for job, _ in pairs)
        return unit.history(row_key("job", self.job)) if here else ()

    def _check_account(self, unit: Unit, pairs: Pairs) -> None:
        """Refuse a task of another account, also where its job has let go of it."""
        mine = unit.state(self.job)
        for job, _ in there(unit, (id for _, id in pairs)):
            account = unit.state(job).account
            if account.id != mine.account.id:
                raise NotAllowedError(
                    f"task {self.spec.name!r} belongs to account {account.name!r} ({account.id}), "
                    f"and job {mine.job.name!r} to {mine.account.name!r} ({mine.account.id}); "
                    "make a task of its own for it"
                )

    def _check_free(self, unit: Unit, pairs: Pairs) -> None:
        """Refuse a task that another job holds."""
        for item in _linked(unit, pairs):
            if item.job != self.job:
                raise NotAllowedError(
                    f"task {self.spec.name!r} is linked to job {item.job!r}; a task belongs to one "
                    "job: unlink it there first"
                )

    def _tell_total(self, unit: Unit, known: Item, pairs: Pairs, total: Money) -> None:
        """Let other jobs know what the invoice comes to, if they did not: it is one invoice.

        What one of them knows all of them know, so that few have to be looked at.
        """
        if not _lacks_total(known):
            return
        for item in [*_linked(unit, pairs)]:
            if item.kind is known.kind and _lacks_total(item):
                state = unit.state(item.job)
                unit.apply(rules.adopt_total(state, item.id, total, unit.now, unit.actor))


def _linked(unit: Unit, pairs: Pairs) -> Iterator[Item]:
    """Yield the items that a reference names; a job that has let go of one has it no more."""
    for job, id in there(unit, (id for _, id in pairs)):
        item = unit.item(job, id)
        if Mark.UNLINKED not in item.marks:
            yield item


def _known(unit: Unit, pairs: Pairs, kind: ItemKind) -> Item | None:
    """Return the same thing as another job has it: one that somebody still waits for, or did."""
    first: Item | None = None
    for item in _linked(unit, pairs):
        if item.kind is kind:
            if item.state is not ItemState.RESOLVED:
                return item
            first = first or item
    return first


def _asked(unit: Unit, known: Item | None) -> Iterator[Fact]:
    """Yield what somebody who linked a thing heard that it asks for, which went by no template."""
    if known is not None and known.origin == rules.LINK and known.kind in ASKING:
        yield from rules.asking_facts(known, events_of(unit.history(row_key("job", known.job))))


def _lacks_total(item: Item) -> bool:
    return isinstance(item.progress, InvoiceState) and item.progress.total is None


@record
class Unlink(JobCommand):
    """Let go of an item."""

    action: ClassVar[str] = "unlink"

    item: str

    def act(self, unit: Unit) -> None:
        """Let go of it; its reference names it until it names another, for late webhooks (R-15).

        The bill that a letter owes comes where somebody else has the letter.
        """
        state = unit.state(self.job)
        item = state.job.item(self.item)
        decision = rules.unlink(state, item.id, unit.now, unit.actor)
        unit.apply(decision)
        if item.ref is None or not decision.changed:
            return
        bill = LetterBill.of(unit, item)
        let_go(unit, item.ref, item)
        if bill is not None:
            bill.keep(always=True)
