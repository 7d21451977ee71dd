"""Linking things made elsewhere to jobs, and letting go of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from .. import rules
from ..errors import DefinitionError, NotAllowedError, Problem, shown
from ..model.items import Item, ItemKind, Ref
from ..model.jobs import Job
from ..model.money import Money
from ..model.swift import replaced
from ..model.templates import Signatures
from ..model.values import choice, texts
from ..ports.store import RefRow, RowKey, Stored
from ..rules import Decision, LinkSpec
from .delivery import port_of, ref_key
from .handles import handle, job_id
from .saving import Who
from .starting import Starting

__all__ = ["Linking"]

Rowed: TypeAlias = tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]


class Linking(Starting):
    """`link` and `unlink`."""

    def link(
        self,
        job: Job | str,
        ref: Ref | str,
        kind: ItemKind | str = ItemKind.TASK,
        name: str | None = None,
        *,
        completed: bool = False,
        total: Money | None = None,
        client_tasks: Sequence[str] = (),
        signatures: Signatures | str = Signatures.ALL,
        signers: Sequence[str] = (),
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Link a thing made elsewhere; it counts for automove like the others (domain.md 2.1).

        Args:
            job: The job or its id.
            ref: The host's reference; a text alone is an id under the port of the kind.
            kind: What it is.
            name: What it is called; the reference unless said.
            completed: It is done already, which counts in this visit (A-9).
            total: What an invoice comes to; without it only `InvoicePaid` completes it.
            client_tasks: Of a message.
            signatures: Whether one signer or all must sign a proposal or document.
            signers: Contacts' ids or names; the account's signatories unless said.
            actor: Who links it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotAllowedError: A task that is linked to another job already.
            NotFoundError: No such job.
        """
        what = choice(ItemKind, kind, "$.kind")
        found = ref if isinstance(ref, Ref) else Ref(port_of(what), ref)
        if not found.id:
            raise DefinitionError(Problem("needs the host's id of the thing", "$.ref", shown(ref)))
        spec = LinkSpec(
            found,
            what,
            name or found.id,
            completed,
            total,
            texts(client_tasks),
            choice(Signatures, signatures, "$.signatures"),
            texts(signers),
        )
        if problems := tuple(rules.link_problems(spec)):
            raise DefinitionError(*problems)

        seen: dict[RowKey, int] = {}

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.link(state, replaced(spec, known=self._known(spec, seen)), now, who)

        def rows(decisions: Sequence[Decision]) -> Rowed:
            expect, puts = self._link_row(decisions[0], spec)
            return {**seen, **expect}, puts

        return self._execute(
            [(job_id(job), decide, "")], "link", actor, command_id, rows=rows, said=str(found)
        )[0]

    def _known(self, spec: LinkSpec, seen: dict[RowKey, int]) -> Item | None:
        """Return the thing as another item has it, and note the version of that item's job."""
        seen.clear()
        row = self._store.load(self._tenant, ref_key(spec.ref))
        for job, id in row.value.items if row is not None else ():
            key = RowKey("job", job)
            version, linked = self._store.load(self._tenant, key) or (0, None)
            if isinstance(linked, Job):
                for item in linked.items:
                    if item.id == id and item.kind is spec.kind:
                        seen[key] = version
                        return item
        return None

    def _link_row(self, decision: Decision, spec: LinkSpec) -> Rowed:
        """Let the reference name the new item too; a task belongs to one job only (domain.md 7)."""
        if not decision.events:
            return {}, {}
        key = ref_key(spec.ref)
        stored = self._store.load(self._tenant, key) or Stored(0, RefRow(()))
        item = next(i for i in reversed(decision.job.items) if i.ref == spec.ref)
        elsewhere = [job for job, one in stored.value.items if job != item.job and one]
        if spec.kind is ItemKind.TASK and elsewhere:
            raise NotAllowedError(
                f"task {spec.name!r} is linked to job {elsewhere[0]!r}; a task belongs to one job: "
                "unlink it there first"
            )
        row = RefRow((*stored.value.items, (item.job, item.id)))
        return {key: stored.version}, {key: row}

    def unlink(
        self, job: Job | str, item: Item | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Let go of an item; nothing is deleted, and it is no longer waited for (A-10).

        Raises:
            NotFoundError: The job has no such item.
        """
        named = handle(item, Item, "item")
        gone: list[Item] = []

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            gone[:] = [state.job.item(named)]
            return rules.unlink(state, gone[0].id, now, who)

        def rows(decisions: Sequence[Decision]) -> Rowed:
            if gone[0].ref is None or not decisions[0].events:
                return {}, {}
            key = ref_key(gone[0].ref)
            stored = self._store.load(self._tenant, key) or Stored(0, RefRow(()))
            row = RefRow(tuple(pair for pair in stored.value.items if pair[1] != gone[0].id))
            return {key: stored.version}, {key: row}

        return self._execute(
            [(job_id(job), decide, "")], "unlink", actor, command_id, rows=rows, said=named
        )[0]
