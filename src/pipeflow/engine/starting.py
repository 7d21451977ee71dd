"""The calls that start jobs: `start` for one account, `start_many` for several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from ..errors import (
    DefinitionError,
    MovedOnError,
    PipeflowError,
    Problem,
    StoreError,
    shown,
    together,
)
from ..model.accounts import Account, Member, Role, people, people_problems
from ..model.automations import Automation
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.stages import Stage
from ..model.templates import JobTemplate, Priority
from ..model.text import composed, text_problems
from ..model.values import choice
from . import commands
from .desk import Desk
from .handles import at_place, flag, handle, left_out, listed
from .journey import check_command_id
from .turn import Steps, present_turn
from .who import Who

__all__ = ["Starting"]

LONGEST_OF_MANY = 240  # leaves room for the number of each


class Starting:
    """`start` and `start_many`."""

    _desk: Desk

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
        skip: Iterable[str | Automation] = (),
        fire: bool = True,
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
            skip: Automations (or their ids) of that stage that shall not fire (R-25).
            fire: False: none fires, and automove waits for the next thing that happens: for a firm
                that brings running work along (R-25).
            actor: Who starts it; the system unless said.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: No such pipeline, stage, account, template, member or automation.
            DefinitionError: The pipeline was edited and not saved, or a value does not fit.
            ConflictError: The command id was given to another command before.
        """
        spec = _spec(name, stage, template, assignees, priority, start, due)
        spec |= {"skip": left_out(skip), "fire": flag(fire, "$.fire")}
        return self._desk.job(self._start(pipeline, account, spec), actor, command_id)

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
        skip: Iterable[str | Automation] = (),
        fire: bool = True,
        actor: Who = None,
        command_id: str | None = None,
    ) -> list[Job]:
        """Start a job for each account; everything is checked before the first one starts (A-44).

        The arguments are those of `start`. Each job is a commit of its own; with a `command_id`
        a repeat starts those that are missing. Where something comes in between, so that a job
        cannot be started or a repeat finds one deleted, all others are started nevertheless, and
        then the error names each such account.

        Returns:
            A job for each account, in their order, as it stood before the next one was started.

        Raises:
            NotFoundError: No such pipeline, stage, account, template, member or automation; or the
                account or its job was deleted meanwhile.
            DefinitionError: The pipeline was edited and not saved, a value does not fit, or
                several such things at once.
            NotAllowedError: Somebody shall be assigned who is not active.
            LimitError: A job would start or ask for more than one command may.
            ConflictError: The command id was given to another command before.
        """
        several = listed(accounts, "$.accounts")
        spec = _spec(name, stage, template, assignees, priority, start, due)
        spec |= {"skip": left_out(skip), "fire": flag(fire, "$.fire")}
        starts = [self._start(pipeline, account, spec) for account in several]
        whole = commands.StartMany(
            handle(pipeline, Pipeline, "pipeline"), tuple(one.account for one in starts), **spec
        )
        desk, journey = self._desk, self._desk.journey
        if command_id is not None:
            check_command_id(command_id, LONGEST_OF_MANY)
        if command_id is None or journey.repeat(whole, command_id) is None:
            _check(journey.rehearse(starts))
            desk.journey.allow(starts, actor)
            if command_id is not None:
                journey.carry_out(present_turn(), whole, None, command_id)
        return desk.through(self._each(starts, actor, command_id))

    def _each(
        self, starts: list[commands.Start], actor: Who, command_id: str | None
    ) -> Steps[list[Job]]:
        """Start one after another; what a job asks for leaves before the next one starts."""
        jobs, wrong = list[Job](), dict[int, PipeflowError]()
        for number, one in enumerate(starts):
            start = one if command_id is None else replaced(one, of=command_id)
            try:
                done = self._desk.carried(start, actor, command_id and f"{command_id}#{number}")
                yield
                jobs.append(self._desk.standing(*done))
            except (StoreError, MovedOnError):  # no other would fare better
                raise
            except PipeflowError as error:
                wrong[number] = error
        if wrong:
            raise _left_behind(wrong, some=bool(jobs))
        return jobs

    def _start(
        self, pipeline: Pipeline | str, account: Account | str, spec: dict[str, Any]
    ) -> commands.Start:
        """Return the command that starts a job."""
        return commands.Start(
            handle(pipeline, Pipeline, "pipeline"),
            handle(account, Account, "account"),
            **spec,
            given=pipeline if isinstance(pipeline, Pipeline) else None,
            account_name=account.name if isinstance(account, Account) else "",
        )


def _check(rehearsed: Iterable[PipeflowError | None]) -> None:
    """Refuse all, with every account that is wrong; what is wrong for all alike is said once."""
    several = list(rehearsed)
    wrong = {number: error for number, error in enumerate(several) if error is not None}
    if not wrong:
        return
    first, *others = wrong.values()
    if len(wrong) == len(several) and all(one.problems == first.problems for one in others):
        raise first
    raise _placed(wrong)


def _placed(wrong: Mapping[int, PipeflowError]) -> PipeflowError:
    """Return one error of several, which names each account by its number."""
    return together(at_place(one, f"$.accounts[{number}]") for number, one in wrong.items())


def _left_behind(wrong: Mapping[int, PipeflowError], *, some: bool) -> PipeflowError:
    """Return the error of accounts that had no job in the end, though *some* others have one."""
    error = _placed(wrong)
    if not some:
        return error
    told = (one._replace(what=f"the others were started; {one.what}") for one in error.problems)
    return type(error)(*told)


def _spec(
    name: str | None,
    stage: Stage | str | None,
    template: JobTemplate | str | None,
    assignees: Iterable[str | Member | Role] | None,
    priority: Priority | str | None,
    start: date | None,
    due: date | None,
) -> dict[str, Any]:
    """Return what a start says beside pipeline and account, as ids.

    Raises:
        DefinitionError: A value is of the wrong kind.
    """
    if problems := tuple(_start_problems(name, start, due)):
        raise DefinitionError(*problems)
    everybody = _everybody(assignees)
    several = None if everybody is None else people(everybody)
    if problems := tuple(() if several is None else people_problems(several, "$.assignees")):
        raise DefinitionError(*problems)
    return {
        "name": None if name is None else composed(name),
        "stage": None if stage is None else handle(stage, Stage, "stage"),
        "template": None if template is None else handle(template, JobTemplate, "template"),
        "assignees": several,
        "priority": None if priority is None else choice(Priority, priority, "$.priority"),
        "start": start,
        "due": due,
    }


def _everybody(
    given: Iterable[str | Member | Role] | None,
) -> list[str | Member | Role] | None:
    """Return assignees as a list, one alone too, so that it can be gone through twice."""
    if given is None:
        return None
    if isinstance(given, str | Member | Role):
        return [given]
    return listed(given, "$.assignees")


def _start_problems(name: object, start: object, due: object) -> Iterator[Problem]:
    """Yield what is wrong with a job's name and days; a datetime is no day."""
    if name is not None:
        yield from text_problems(name, "$.name")
    for given, where in ((start, "$.start"), (due, "$.due")):
        if given is not None and type(given) is not date:
            yield Problem("must be a date", where, shown(given), ("date(2027, 4, 15)",))
    if type(start) is date and type(due) is date and due < start:
        yield Problem(f"is before the start {start}", "$.due", str(due))
