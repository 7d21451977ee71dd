"""Running jobs: starting, moving, and taking in what happens to their items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from .. import rules
from ..errors import DefinitionError, NotAllowedError, NotFoundError, Problem, shown
from ..model.automations import Automation
from ..model.facts import EmailBounced, Fact
from ..model.items import Item, ItemKind, Ref
from ..model.jobs import Job, JobStatus
from ..model.money import Money
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.swift import replaced
from ..model.templates import Signatures
from ..model.values import choice, texts
from ..ports.store import RefRow, RowKey, Stored
from ..rules import Decision, LinkSpec
from .delivery import ref_key
from .saving import Who
from .starting import Starting

__all__ = ["Running"]


Rowed: TypeAlias = tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]

PORT_OF = {
    ItemKind.TASK: "tasks",
    ItemKind.INVOICE: "invoices",
    ItemKind.ORGANIZER: "organizers",
    ItemKind.PROPOSAL: "proposals",
    ItemKind.MESSAGE: "messages",
    ItemKind.CLIENT_REQUEST: "requests",
}  # what is not listed is a document


def job_id(job: Job | str) -> str:
    """Return the id that a handle stands for."""
    return job.id if isinstance(job, Job) else job


def item_ids(item: Item | str) -> tuple[str, str]:
    """Return the ids of the job and the item that a handle stands for."""
    if isinstance(item, Item):
        return item.job, item.id
    job, slash, number = str(item).rpartition("/")
    if not (slash and job and number):
        raise NotFoundError(Problem("is no item's id, which is '<job id>/<n>'", "", shown(item)))
    return job, item


class Running(Starting):
    """The calls that make jobs go on."""

    # -- moving ----------------------------------------------------------------------------------

    def move(
        self,
        job: Job | str,
        stage: Stage | str,
        *,
        skip: Iterable[str | Automation] = (),
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Move a job by hand to any stage, either way; its condition is not asked (domain.md 2.4).

        Args:
            job: The job or its id.
            stage: The stage, its id or its name.
            skip: Automations (or their ids) of that stage that shall not fire.
            actor: Who moves it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such job, stage or automation.
            NotAllowedError: The job is archived.
        """
        left_out = frozenset(
            (one.id or one.derived_id()) if isinstance(one, Automation) else one
            for one in ((skip,) if isinstance(skip, str | Automation) else skip)
        )

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.move(state, state.book.pipeline.stage(stage), left_out, now, who)

        return self._execute([(job_id(job), decide, "")], "move", actor, command_id)[0]

    def transfer(
        self,
        job: Job | str,
        pipeline: Pipeline | str,
        stage: Stage | str | None = None,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Take a job over to another pipeline, to its first stage unless said (A-16).

        Raises:
            NotFoundError: No such job, pipeline or stage.
            NotAllowedError: The job is archived.
        """
        target = self._saved_pipeline(pipeline).id

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            book = self._book(target, self._firm())
            entered = book.pipeline.stages[0] if stage is None else book.pipeline.stage(stage)
            there = rules.State(state.tenant, state.job, state.account, book)
            return rules.transfer(there, entered, now, who)

        return self._execute([(job_id(job), decide, "")], "transfer", actor, command_id)[0]

    # -- what happened outside -------------------------------------------------------------------

    def record(
        self, item: Item | str, fact: Fact, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Record what happened outside to an item; the job may move on.

        The same fact twice changes nothing. A thing that is linked to several jobs reaches all
        of them (A-8).

        Args:
            item: The item or its id.
            fact: What happened.
            actor: Who did it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such item, or the fact names something that is not there.
            NotAllowedError: The fact is none about this kind of item.
            DefinitionError: Its content does not fit the item.
        """
        _refuse_no_fact(fact)
        job, id = item_ids(item)

        def decide(state: rules.State, one: str, now: datetime, who: str) -> Decision:
            return rules.record(state, one, fact, now, who)

        return self._execute([(job, decide, id)], "record", actor, command_id)[0]

    def receive(
        self, ref: Ref, fact: Fact, *, actor: Who = None, command_id: str | None = None
    ) -> list[Job]:
        """Record what happened to the thing of that host's reference, as a webhook tells it.

        Args:
            ref: `Ref(port's name in Ports, receipt.ref)`.
            fact: What happened.
            actor: Who did it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: The reference is not known, or not yet: the sender should try again.
        """
        _refuse_no_fact(fact)
        if not isinstance(ref, Ref):
            what = "must be a Ref, of the port's name and the host's own id"
            raise DefinitionError(Problem(what, "$.ref", shown(ref), ("Ref('tasks', 't-42')",)))
        row = self._store.load(self._tenant, ref_key(ref))
        pairs: tuple[tuple[str, str], ...] = row.value.items if row is not None else ()
        if not isinstance(fact, EmailBounced):
            pairs = tuple(pair for pair in pairs if pair[1])
        if not pairs:
            raise NotFoundError(Problem("no item has this reference, or none yet", "", str(ref)))

        def decide(state: rules.State, one: str, now: datetime, who: str) -> Decision:
            if isinstance(fact, EmailBounced):
                return rules.bounce(state, fact, now, who)
            return rules.record(state, one, fact, now, who)

        targets = [(job, decide, one) for job, one in pairs]
        jobs = self._execute(targets, "receive", actor, command_id)
        return list({job.id: job for job in jobs}.values())

    def complete(
        self, item: Item | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Record whatever completes an item of its kind, on every job that it is linked to.

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of anybody.
        """
        job, id = item_ids(item)
        return self._execute([(job, rules.complete, id)], "complete", actor, command_id)[0]

    # -- links -----------------------------------------------------------------------------------

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
        found = ref if isinstance(ref, Ref) else Ref(PORT_OF.get(what, "documents"), ref)
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

        def rows(
            decisions: Sequence[Decision],
        ) -> tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]:
            expect, puts = self._link_row(decisions[0], spec)
            return {**seen, **expect}, puts

        return self._execute([(job_id(job), decide, "")], "link", actor, command_id, rows=rows)[0]

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
        id = item.id if isinstance(item, Item) else item
        ref: list[Ref] = []

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            ref[:] = [i.ref for i in state.job.items if i.id == id and i.ref is not None]
            return rules.unlink(state, id, now, who)

        def rows(
            decisions: Sequence[Decision],
        ) -> tuple[Mapping[RowKey, int], Mapping[RowKey, Any]]:
            if not (ref and decisions[0].events):
                return {}, {}
            key = ref_key(ref[0])
            stored = self._store.load(self._tenant, key) or Stored(0, RefRow(()))
            row = RefRow(tuple(pair for pair in stored.value.items if pair[1] != id))
            return {key: stored.version}, {key: row}

        return self._execute([(job_id(job), decide, "")], "unlink", actor, command_id, rows=rows)[0]

    # -- statuses and reminders ------------------------------------------------------------------

    def set_status(
        self, job: Job | str, status: str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Set a job's status: Active, Completed, Archived or one of its pipeline's own.

        Raises:
            NotFoundError: With the statuses that there are.
        """

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.set_status(state, status, now, who)

        return self._execute([(job_id(job), decide, "")], "set_status", actor, command_id)[0]

    def archive(self, job: Job | str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Archive a job: it leaves the board, its reminders stop, its data stay."""
        return self.set_status(job, JobStatus.ARCHIVED, actor=actor, command_id=command_id)

    def restore(self, job: Job | str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Make a job Active again; reminders do not resume by themselves (A-37)."""
        return self.set_status(job, JobStatus.ACTIVE, actor=actor, command_id=command_id)

    def remind(self, item: Item | str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Remind the client of an item now; it does not count toward the number (A-38).

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of a client, or not any more.
        """
        job, id = item_ids(item)

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.remind_by_hand(state, id, now, who)

        return self._execute([(job, decide, "")], "remind", actor, command_id)[0]

    def reevaluate(
        self, job: Job | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Evaluate automove now, as after a completion: for a toggle switched on later (A-6)."""

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.reevaluate(state, now, who)

        return self._execute([(job_id(job), decide, "")], "reevaluate", actor, command_id)[0]


def _refuse_no_fact(fact: object) -> None:
    if not isinstance(fact, Fact):
        raise DefinitionError(
            Problem("is no fact", "$.fact", shown(fact), ("TaskCompleted()", "..."))
        )
