"""Starting jobs: everything is checked first, then a job enters its stage in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from .. import rules
from ..errors import DefinitionError, DuplicateCommandError, NotFoundError, Problem, a, shown
from ..model.accounts import Account, Member, Person, Role, people
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.swift import replaced
from ..model.templates import JobTemplate, Priority
from ..model.text import text_problems
from ..model.values import choice
from ..ports.store import Changes
from ..rules import JobSpec
from .handles import check_command_id, fingerprint, handle, listed
from .installing import Installing
from .saving import Who
from .turn import Turn
from .write import Write, row_key

__all__ = ["Starting"]

LONGEST_OF_MANY = 240  # leaves room for the number of each


class Starting(Installing):
    """`start` and `start_many`."""

    def start(
        self,
        pipeline: Pipeline | str,
        account: Account | str,
        *,
        name: str | None = None,
        stage: Stage | str | None = None,
        template: JobTemplate | str | None = None,
        assignees: Iterable[str | Member | Role] | None = None,
        priority: Priority | str | None = None,
        start: date | None = None,
        due: date | None = None,
        actor: Who = None,
        command_id: str | None = None,
    ) -> Job:
        """Start a job: it enters a stage, the first unless said, whose automations fire.

        Args:
            pipeline: The pipeline or its id; an edited one is to be saved first.
            account: The account or its id.
            name: With merge fields; the job template's unless said, else the pipeline's name.
            stage: Any stage, by id or name; its condition is not asked (A-17).
            template: A job template; the pipeline's own unless said.
            assignees: Members, their ids, or roles.
            priority: Low, medium, high or urgent.
            start: The day the work begins.
            due: The day it is due.
            actor: Who starts it; the system unless said.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such pipeline, stage, account, template or member.
            DefinitionError: The pipeline was edited and not saved, or a value does not fit.
            ConflictError: The command id was given to another command before.
        """
        everybody = _everybody(assignees)
        more = (name, stage, template, everybody, priority, start, due)
        said = () if command_id is None else _said("start", pipeline, account, more)
        if known := self._started_before(command_id, said):
            return known
        return self._start(self._plan(pipeline, account, *more), actor, command_id, said)

    def start_many(
        self,
        pipeline: Pipeline | str,
        accounts: Iterable[Account | str],
        *,
        name: str | None = None,
        stage: Stage | str | None = None,
        template: JobTemplate | str | None = None,
        assignees: Iterable[str | Member | Role] | None = None,
        priority: Priority | str | None = None,
        start: date | None = None,
        due: date | None = None,
        actor: Who = None,
        command_id: str | None = None,
    ) -> list[Job]:
        """Start a job for each account; everything is checked before the first one starts (A-44).

        The arguments are those of `start`. Each job is a commit of its own; with a `command_id`
        a repeat starts those that are missing.

        Raises:
            NotFoundError: No such pipeline, stage, account, template or member.
            DefinitionError: The pipeline was edited and not saved, or a value does not fit.
            ConflictError: The command id was given to another command before.
        """
        several = listed(accounts, "$.accounts")
        everybody = _everybody(assignees)
        more = (name, stage, template, everybody, priority, start, due)
        saids = [_said("start_many", pipeline, account, more) for account in several]
        ids = [command_id and f"{command_id}#{n}" for n in range(len(several))]
        whole: tuple[str, ...] = ()
        reserved = True
        if command_id is not None:
            check_command_id(command_id, LONGEST_OF_MANY)
            whole = ("start_many", handle(pipeline, Pipeline, "pipeline"), fingerprint(saids))
            reserved = self._done_before(command_id, whole) is not None
        begun = [self._started_before(id, said) for id, said in zip(ids, saids, strict=True)]
        plans = [
            None if before is not None else self._plan(pipeline, one, *more)
            for before, one in zip(begun, several, strict=True)
        ]
        for plan in plans:
            if plan is not None:
                self._allowed("start", actor, plan[1])
        if command_id is not None and not reserved:
            self._reserve(command_id, whole)
        jobs: list[Job] = []
        for before, plan, id, said in zip(begun, plans, ids, saids, strict=True):
            if plan is not None:
                jobs.append(self._start(plan, actor, id, said))
            elif before is not None:
                jobs.append(before)
        return jobs

    def _reserve(self, command_id: str, said: tuple[str, ...]) -> None:
        """Let a command id belong to a start of many, each of which has an id of its own."""
        changes = Changes(
            self._tenant, {}, command_id=command_id, result=(said, ()), at=self._now()
        )
        try:
            self._store.commit(changes)
        except DuplicateCommandError:
            self._done_before(command_id, said)  # refuses what is not the same

    def _started_before(self, command_id: str | None, said: tuple[str, ...]) -> Job | None:
        """Return the job that the same command started before, though its arguments be stale."""
        if command_id is None:
            return None
        check_command_id(command_id)
        done = self._done_before(command_id, said)
        return done[0] if done else None

    def _plan(
        self,
        pipeline: Pipeline | str,
        account: Account | str,
        name: str | None,
        stage: Stage | str | None,
        template: JobTemplate | str | None,
        assignees: list[str | Member | Role] | None,
        priority: Priority | str | None,
        start: date | None,
        due: date | None,
    ) -> tuple[str, str, JobSpec]:
        """Check the arguments of a start; return pipeline, account and the job to be."""
        if problems := tuple(_start_problems(name, start, due)):
            raise DefinitionError(*problems)
        saved = self._saved_pipeline(pipeline)
        account_id = handle(account, Account, "account")
        if not account_id:
            raise NotFoundError(
                f"account {getattr(account, 'name', '')!r} was not saved yet; save it first"
            )
        self._row("account", account_id)
        given = None if template is None else handle(template, JobTemplate, "template")
        wanted = given or saved.job_template
        found = self._row("template", wanted).value if wanted is not None else None
        if found is not None and not isinstance(found, JobTemplate):
            raise DefinitionError(
                f"{wanted!r} is {a(found.kind)} template, and a job template is needed"
            )
        spec = JobSpec(
            "",
            saved.stages[0] if stage is None else saved.stage(stage),
            found,
            name,
            self._known_people(assignees),
            None if priority is None else choice(Priority, priority, "$.priority"),
            start,
            due,
        )
        return saved.id, account_id, spec

    def _known_people(self, given: list[str | Member | Role] | None) -> frozenset[Person] | None:
        if given is None:
            return None
        found = people(given)
        for one in found:
            if not isinstance(one, Role):
                self._row("member", one)
        return found

    def _saved_pipeline(self, pipeline: Pipeline | str) -> Pipeline:
        """Return the stored pipeline, refusing one that was edited and not saved."""
        wanted = handle(pipeline, Pipeline, "pipeline")
        saved: Pipeline = self._row("pipeline", wanted).value
        if isinstance(pipeline, Pipeline) and pipeline != saved:
            raise DefinitionError(
                f"pipeline {pipeline.name!r} differs from the one that is saved; save it first, or "
                f"start engine.pipeline({wanted!r})"
            )
        return saved

    def _start(
        self,
        plan: tuple[str, str, JobSpec],
        actor: Who,
        command_id: str | None,
        said: tuple[str, ...],
    ) -> Job:
        """Decide and commit the start of a job, then deliver what it asks for."""
        pipeline, account_id, spec = plan
        turn = self._turns.mine
        who = self._enter(turn, "start", actor, account_id, command_id)

        def begin(turn: Turn, who: str, write: Write) -> list[Job]:
            return self._begin(turn, who, write, pipeline, account_id, named)

        try:
            named = replaced(spec, id=self._ids.new("job"))
            write = Write(command_id=command_id)
            write.said = said
            jobs = self._until_committed(begin, turn, who, write)
        finally:
            turn.deciding = False
        if turn.active or not (turn.claims or turn.events):
            return jobs[0]
        return self._afterwards(turn, jobs)[0]

    def _begin(
        self, turn: Turn, who: str, write: Write, pipeline: str, account_id: str, spec: JobSpec
    ) -> list[Job]:
        """Decide the start of a job and commit it."""
        account_key, job_key = row_key("account", account_id), row_key("job", spec.id)
        firm, account, now = self._firm(), self._row("account", account_id), self._now()
        book = self._book(pipeline, firm)
        stage = book.pipeline.stage(spec.stage)
        if stage is not spec.stage:  # the pipeline was saved since the start was asked for
            spec = replaced(spec, stage=stage)
        decision = rules.start(self._tenant, account.value, book, spec, now, who)
        write.begin(firm.version)
        write.expect |= {account_key: account.version, job_key: 0}
        write.puts[job_key] = decision.job
        write.log[job_key] = decision.events
        write.decisions.append(decision)
        if decision.account is not None:
            write.puts[account_key] = decision.account
        if decision.job.blocked:
            self._note_blocked((), decision.job, write)
        self._commit(turn, now, write, firm)
        return [decision.job]


def _said(
    action: str, pipeline: Pipeline | str, account: Account | str, more: tuple[object, ...]
) -> tuple[str, ...]:
    """Say what is started, to know a repeated command by."""
    pair = handle(account, Account, "account"), handle(pipeline, Pipeline, "pipeline")
    given = [_told(one) for one in more]
    return (action, *pair, fingerprint(given)) if any(given) else (action, *pair)


def _everybody(
    given: Iterable[str | Member | Role] | None,
) -> list[str | Member | Role] | None:
    """Return assignees as a list, one alone too, so that it can be gone through twice."""
    if given is None:
        return None
    if isinstance(given, str | Member | Role):
        return [given]
    return listed(given, "$.assignees")


def _told(given: object) -> str:
    """Tell an argument of a start: a thing by its id, several in order."""
    if given is None:
        return ""
    if isinstance(given, list):
        return ", ".join(sorted(map(_told, given)))
    return str(getattr(given, "id", given))


def _start_problems(name: object, start: object, due: object) -> Iterator[Problem]:
    """Yield what is wrong with a job's name and days; a datetime is no day."""
    if name is not None:
        yield from text_problems(name, "$.name")
    for given, where in ((start, "$.start"), (due, "$.due")):
        if given is not None and type(given) is not date:
            yield Problem("must be a date", where, shown(given), ("date(2027, 4, 15)",))
    if type(start) is date and type(due) is date and due < start:
        yield Problem(f"is before the start {start}", "$.due", str(due))
