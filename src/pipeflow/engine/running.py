"""Running jobs: starting, moving, and taking in what happens to their items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from .. import rules
from ..errors import DefinitionError, NotFoundError, Problem, shown
from ..model.automations import Automation
from ..model.facts import EmailBounced, Fact
from ..model.items import Item, Ref
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..ports.store import RowKey
from ..rules import Decision
from .delivery import ref_key
from .handles import handle, item_ids, job_id, listed
from .linking import Linking
from .saving import Who
from .write import Target

__all__ = ["Running"]


class Running(Linking):
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
        several = [skip] if isinstance(skip, str | Automation) else listed(skip, "$.skip")
        left_out = frozenset(
            (one.id or one.derived_id()) if isinstance(one, Automation) else one for one in several
        )

        said = handle(stage, Stage, "stage")
        if command_id is not None:  # the same stage by its id or its name is the same command
            said = self._state(job_id(job)).book.pipeline.stage(said).id
            said += "".join(f" without {one}" for one in sorted(left_out))

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.move(state, state.book.pipeline.stage(stage), left_out, now, who)

        return self._execute([(job_id(job), decide, "")], "move", actor, command_id, said=said)[0]

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

        said = target if stage is None else f"{target}/{handle(stage, Stage, 'stage')}"
        found = (job_id(job), decide, "")
        return self._execute([found], "transfer", actor, command_id, said=said)[0]

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
            return rules.record(state, one, fact, now, who, peer=one != id)

        return self._execute([(job, decide, id)], "record", actor, command_id, said=repr(fact))[0]

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
        about = self._named(ref, fact, {})[0][0]

        def find(expect: dict[RowKey, int]) -> Sequence[Target]:
            pairs = self._named(ref, fact, expect)
            return [(job, decide, one) for job, one in pairs]

        def decide(state: rules.State, one: str, now: datetime, who: str) -> Decision:
            if isinstance(fact, EmailBounced):
                return rules.bounce(state, fact, now, who)
            return rules.record(state, one, fact, now, who)

        said = f"{ref} {fact!r}"
        target = (about, decide, "")
        jobs = self._execute([target], "receive", actor, command_id, find=find, said=said)
        return list({job.id: job for job in jobs}.values())

    def _named(self, ref: Ref, fact: Fact, expect: dict[RowKey, int]) -> Sequence[tuple[str, str]]:
        """Return the jobs and items that a reference names; of several, those that the fact fits.

        Raises:
            NotFoundError: It names none, or none yet.
        """
        row = self._store.load(self._tenant, ref_key(ref))
        pairs: tuple[tuple[str, str], ...] = ()
        if row is not None:
            expect[ref_key(ref)] = row.version
            pairs = row.value.items
        if not isinstance(fact, EmailBounced):
            pairs = tuple(pair for pair in pairs if pair[1])
        if not pairs:
            raise NotFoundError(Problem("no item has this reference, or none yet", "", str(ref)))
        if len(pairs) == 1 or isinstance(fact, EmailBounced):
            return pairs
        kinds = {pair: self._row("job", pair[0]).value.item(pair[1]).kind for pair in pairs}
        return [pair for pair in pairs if kinds[pair] in fact.about] or pairs

    def complete(
        self, item: Item | str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Record whatever completes an item of its kind, on every job that it is linked to.

        Raises:
            NotFoundError: No such item.
            NotAllowedError: It asks nothing of anybody.
        """
        job, id = item_ids(item)

        def decide(state: rules.State, one: str, now: datetime, who: str) -> Decision:
            return rules.complete(state, one, now, who, peer=one != id)

        return self._execute([(job, decide, id)], "complete", actor, command_id)[0]

    # -- statuses and reminders ------------------------------------------------------------------

    def set_status(
        self, job: Job | str, status: str, *, actor: Who = None, command_id: str | None = None
    ) -> Job:
        """Set a job's status: Active, Completed, Archived or one of its pipeline's own.

        Raises:
            NotFoundError: With the statuses that there are.
        """
        if not isinstance(status, str):
            allowed = tuple(one.value for one in JobStatus)
            raise DefinitionError(Problem("must be a status", "$.status", shown(status), allowed))

        def decide(state: rules.State, _: str, now: datetime, who: str) -> Decision:
            return rules.set_status(state, status, now, who)

        return self._execute(
            [(job_id(job), decide, "")], "set_status", actor, command_id, said=status
        )[0]

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
