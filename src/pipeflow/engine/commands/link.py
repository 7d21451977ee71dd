"""The commands that link things made elsewhere to a job, and let go of them."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from ... import rules
from ...errors import NotAllowedError
from ...model.items import InvoiceState, Item, ItemKind
from ...model.record import record
from ...rules import LinkSpec
from ..records import item_ids_of, ref_key
from ..unit import Unit
from .command import JobCommand, canonical

__all__ = ["Link", "Unlink"]


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
        pairs = [item_ids_of(item) for item in stored[1].items] if stored is not None else []
        known = [(job, item) for job, id in pairs if id and (item := _found(unit, job, id, spec))]
        newest = known[0][1] if known else None
        decision = rules.link(state, spec, newest, unit.now, unit.actor)
        if not decision.changed:
            unit.jobs.append(self.job)
            return
        others = [job for job, id in pairs if id and job != self.job]
        if spec.kind is ItemKind.TASK and others:
            raise NotAllowedError(
                f"task {spec.name!r} is linked to job {others[0]!r}; a task belongs to one job: "
                "unlink it there first"
            )
        unit.apply(decision)
        unit.name(ref_key(spec.ref.port, spec.ref.id), decision.job.items[len(state.job.items)].id)
        for job, item in known:
            self._tell_total(unit, job, item)

    def _tell_total(self, unit: Unit, job: str, item: Item) -> None:
        """Let other jobs know what the invoice comes to, if they did not: it is one invoice."""
        total, bill = self.spec.total, item.progress
        if total is not None and isinstance(bill, InvoiceState) and bill.total is None:
            unit.apply(rules.adopt_total(unit.state(job), item.id, total, unit.now, unit.actor))


def _found(unit: Unit, job: str, id: str, spec: LinkSpec) -> Item | None:
    """Return the thing as another item has it."""
    item = unit.state(job).job.item(id)
    return item if item.kind is spec.kind else None


@record
class Unlink(JobCommand):
    """Let go of an item."""

    action: ClassVar[str] = "unlink"

    item: str

    def act(self, unit: Unit) -> None:
        """Let go of it, and let its reference name it no longer."""
        state = unit.state(self.job)
        item = state.job.item(self.item)
        decision = rules.unlink(state, item.id, unit.now, unit.actor)
        unit.apply(decision)
        if item.ref is not None and decision.changed:
            unit.unname(item.ref, item.id)
