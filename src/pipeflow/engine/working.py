"""The calls that jobs go on by: moves, facts, webhooks, statuses, links, tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import rules
from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, TagChange
from ..model.automations import Automation
from ..model.closed import class_problem
from ..model.facts import Fact
from ..model.items import Item, ItemKind, Ref
from ..model.job_statuses import Status
from ..model.jobs import Job, JobStatus
from ..model.money import Money
from ..model.pipelines import Pipeline
from ..model.remains import Open
from ..model.stages import Stage
from ..model.templates import Signatures
from ..model.text import plain
from ..model.values import choice, composed_parts, names, texts
from ..ports.ports import port_of
from . import commands
from .desk import Desk
from .handles import flag, handle, item_handle, job_id, left_out, listed, reference
from .who import Who

__all__ = ["Working"]


class Working:
    """The calls that make jobs go on."""

    _desk: Desk

    # -- moving ----------------------------------------------------------------------------------

    def move(
        self,
        job: Job | str,
        stage: Stage | str,
        *,
        skip: Iterable[str | Automation] = (),
        open: Open | str = Open.STAY,  # noqa: A002  (the word that firms use)
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Move a job by hand to any stage, either way; its condition is not asked (domain.md 2.4).

        Args:
            job: The job or its id.
            stage: The stage, its id or its name.
            skip: Automations (or their ids) of that stage that shall not fire.
            open: What becomes of what is open in the stage that it leaves: it stays and is
                reminded of, stays quiet, is cancelled, or is carried over (R-24).
            actor: Who moves it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such job, stage or automation.
            NotAllowedError: The job is completed, archived or paused (A-22).
        """
        what = choice(Open, open, "$.open")
        command = commands.Move(job_id(job), handle(stage, Stage, "stage"), left_out(skip), what)
        return self._desk.job(command, actor, command_id)

    def transfer(
        self,
        job: Job | str,
        pipeline: Pipeline | str,
        stage: Stage | str | None = None,
        *,
        skip: Iterable[str | Automation] = (),
        fire: bool = True,
        open: Open | str = Open.STAY,  # noqa: A002  (the word that firms use)
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Take a job over to another pipeline, to its first stage unless said (A-16).

        Args:
            job: The job or its id.
            pipeline: The pipeline or its id.
            stage: The stage that it enters.
            skip: Automations (or their ids) of that stage that shall not fire (R-25).
            fire: False: none fires, and automove waits for the next thing that happens (R-25).
            open: What becomes of what is open in the stage that it leaves, as with `move` (R-24).
            actor: Who takes it there.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such job, pipeline, stage or automation.
            NotAllowedError: The job is completed, archived or paused (A-22).
        """
        command = commands.Transfer(
            job_id(job),
            handle(pipeline, Pipeline, "pipeline"),
            None if stage is None else handle(stage, Stage, "stage"),
            left_out(skip),
            flag(fire, "$.fire"),
            choice(Open, open, "$.open"),
            given=pipeline if isinstance(pipeline, Pipeline) else None,
        )
        return self._desk.job(command, actor, command_id)

    def reevaluate(
        self, job: Job | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Evaluate automove now, as after a completion: for a toggle switched on later (A-6)."""
        return self._desk.job(commands.Reevaluate(job_id(job)), actor, command_id)

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
        job, id = item_handle(item)
        return self._desk.job(commands.Record(id, fact, job=job), actor, command_id)

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
        return self._desk.jobs(commands.Receive(reference(ref), fact), actor, command_id)

    def complete(
        self, item: Item | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Record whatever completes an item of its kind, on every job that it is linked to.

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of anybody.
        """
        job, id = item_handle(item)
        return self._desk.job(commands.Complete(id, job=job), actor, command_id)

    # -- statuses --------------------------------------------------------------------------------

    def set_status(
        self,
        job: Job | str,
        status: str | Status,
        *,
        reminders: bool = True,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Set a job's status: Active, Completed, Archived or one of its pipeline's own.

        A job that is Completed, Archived or in a `Status(quiet=True)` reminds nobody (R-9).

        Args:
            job: The job or its id.
            status: The status, in any letter case.
            reminders: Whether reminders go on, where the job begins to remind again: the next
                goes at its hour, an interval from now.
            actor: Who sets it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: With the statuses that there are.
        """
        status = status.name if isinstance(status, Status) else status
        if not isinstance(status, str):
            allowed = tuple(one.value for one in JobStatus)
            raise DefinitionError(Problem("must be a status", "$.status", shown(status), allowed))
        said = None if flag(reminders, "$.reminders") else False
        return self._desk.job(commands.SetStatus(job_id(job), status, said), actor, command_id)

    def archive(self, job: Job | str, *, actor: Who = None, command_id: str | None = None) -> Job:
        """Archive a job: it leaves the board, its reminders stop, its data stay."""
        return self.set_status(job, JobStatus.ARCHIVED, actor=actor, command_id=command_id)

    def restore(
        self,
        job: Job | str,
        *,
        reminders: bool = False,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Make a job Active again; its reminders go on only if that is said (A-37).

        Args:
            job: The job or its id.
            reminders: Whether they go on; if not, `set_reminders` sets those of an item again.
            actor: Who restores it.
            command_id: Makes it act once, however often it is sent.
        """
        said = True if flag(reminders, "$.reminders") else None
        command = commands.SetStatus(job_id(job), JobStatus.ACTIVE, said, usual=False)
        return self._desk.job(command, actor, command_id)

    # -- links and tags --------------------------------------------------------------------------

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
        in_order: bool = False,
        locked_by: Iterable[Item | str] | Item | str = (),
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Link a thing made elsewhere; it counts for automove like the others (domain.md 2.1).

        What is known of a thing that was linked before counts, and history warns of what was said
        otherwise. Once all jobs have let go of it, what a bill comes to and how a letter is signed
        is as it is said (A-8). The same call twice is harmless.

        Args:
            job: The job or its id.
            ref: The host's reference; a text alone is an id under the port of the kind.
            kind: What it is.
            name: What it is called; the reference unless said.
            completed: It is done already, which counts in this visit (A-9); of what the job has
                linked and is open, say so with `complete` or a fact.
            total: What an invoice comes to; without it only `InvoicePaid` completes it.
            client_tasks: Of a message, each under a name of its own.
            signatures: Whether one signer or all must sign a proposal or document; all, unless said
                or known otherwise.
            signers: Contacts' ids, addresses or names, or the names of others; the account's
                signatories unless said.
            in_order: The signers sign one after another.
            locked_by: Invoices of this job, their ids or names, that keep a document locked until
                all of them are paid; link one of another job to this one first.
            actor: Who links it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            DefinitionError: What is said of it belongs to things of another kind, or it cannot be:
                a total less than nothing, a client task twice.
            NotAllowedError: A task that is linked to another job already, or was made for another
                account, a signer who may be one of several contacts, a document that is locked
                by what is no invoice, or what this job has linked as something else.
            NotFoundError: No such job, or no such invoice in it.
        """
        what = choice(ItemKind, kind, "$.kind")
        found = ref if isinstance(ref, Ref) else Ref(port_of(what), ref)
        if isinstance(found.port, str) and isinstance(found.id, str):
            found = Ref(plain(found.port), plain(found.id))
        if not found.id:
            raise DefinitionError(Problem("needs the host's id of the thing", "$.ref", shown(ref)))
        spec = rules.LinkSpec(
            found,
            what,
            name or found.id,
            flag(completed, "$.completed"),
            total,
            composed_parts(texts(client_tasks)),
            choice(Signatures, signatures, "$.signatures"),
            composed_parts(texts(signers)),
            flag(in_order, "$.in_order"),
            tuple(handle(one, Item, "item") for one in _several(locked_by)),
        )
        if problems := tuple(rules.link_problems(spec)):
            raise DefinitionError(*problems)
        return self._desk.job(commands.Link(job_id(job), spec), actor, command_id)

    def unlink(
        self, job: Job | str, item: Item | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Let go of an item; nothing is deleted, and it is no longer waited for (A-10).

        Raises:
            NotFoundError: The job has no such item.
        """
        return self._desk.job(
            commands.Unlink(job_id(job), handle(item, Item, "item")), actor, command_id
        )

    def tag(
        self,
        account: Account | str,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        clear: bool = False,
        *,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Account:
        """Change an account's tags by hand; nothing fires (domain.md 3.4).

        Args:
            account: The account or its id.
            add: Tags that come.
            remove: Tags that go.
            clear: Whether all go first.
            actor: Who does it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            DefinitionError: A tag is both added and removed.
            NotFoundError: There is no such account.
            ConflictError: The command id was given to another command before.
        """
        change = TagChange(names(add), names(remove))
        clear = flag(clear, "$.clear")
        id = handle(account, Account, "account")
        command = commands.Tag(id, change.add, change.remove, clear)
        return self._desk.account(self._desk.carry_out(command, actor, command_id), id)


def _several(given: Iterable[Item | str] | Item | str) -> Iterable[Item | str]:
    return (given,) if isinstance(given, Item | str) else listed(given, "$.locked_by")


def _refuse_no_fact(fact: object) -> None:
    if not isinstance(fact, Fact):
        raise DefinitionError(
            Problem("is no fact", "$.fact", shown(fact), ("TaskCompleted()", "..."))
        )
    if (problem := class_problem(type(fact))) is not None:
        raise DefinitionError(problem.at("$.fact"))
