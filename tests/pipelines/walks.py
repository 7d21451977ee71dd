"""Walks: what happens to a job of a published pipeline, and what must then be true.

`<id>.walks.json` beside each package lists them in plain words, such as
`client:sign_proposal:Engagement letter` and `job_in:Collect documents`; a `Journey` performs the
events through a `World` and answers what holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs

from pipeflow import (
    Account,
    Automation,
    AutomationRan,
    Bundle,
    Contact,
    EmailKind,
    Installed,
    Job,
    JobMoved,
    JobStarted,
    JobTemplate,
    Member,
    ReminderSent,
    Role,
    StageSkipped,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
    Warned,
    slug,
)
from pipeflow.model.items import Checklist
from pipeflow.ports import Request
from pipeflow.testing import World

HERE = Path(__file__).parent
PACKAGES = tuple(
    path.stem for path in sorted(HERE.glob("*.json")) if not path.stem.endswith(".walks")
)
# A merge field that nobody filled in.
CODE = re.compile(r"\[[A-Z][A-Z0-9_ /]+(?::[^\]]*)?\]")


@attrs.frozen
class Walk:
    """One walk of a package: an account with tags, what happens, and what must then hold."""

    package: str
    number: int
    tags: frozenset[str]
    events: tuple[str, ...]
    expect: tuple[str, ...]

    def __str__(self) -> str:
        """Name itself by its package, number and main expectation."""
        return f"{self.package}-{self.number}-{slug(self.expect[0])}"


def walks(package: str) -> tuple[Walk, ...]:
    """Read the walks of a package."""
    written = json.loads((HERE / f"{package}.walks.json").read_text(encoding="utf-8"))
    return tuple(
        Walk(
            package,
            number,
            frozenset(one["account_tags"]),
            tuple(one["events"]),
            tuple(one["expect"]),
        )
        for number, one in enumerate(written, start=1)
    )


@cache
def bundle(package: str) -> Bundle:
    """Read a package."""
    return Bundle.load(HERE / f"{package}.json")


def roles(package: Bundle) -> dict[str, Member]:
    """Make a member for every role that a package names; two spellings of one share it."""
    named = sorted(set(_roles(package)), key=lambda role: role.name)
    return {role.name: Member(slug(role.name)) for role in named}


def _roles(package: Bundle) -> Iterator[Role]:
    for pipeline in package.pipelines:
        for stage in pipeline.stages:
            for one in stage.automations:
                if isinstance(one, UpdateJobAssignees | UpdateAccountAccess):
                    yield from (who for who in one.add | one.remove if isinstance(who, Role))
    for template in package.templates:
        if isinstance(template, TaskTemplate | JobTemplate):
            yield from (who for who in template.assignees if isinstance(who, Role))


def requests(world: World) -> tuple[Request, ...]:
    """Return everything that the ports of a world were asked for."""
    return (
        *world.email.sent,
        *world.messages.sent,
        *world.invoices.created,
        *world.organizers.created,
        *world.proposals.sent,
        *world.tasks.created,
        *world.folders.applied,
    )


class Journey:
    """A job of an installed package on its walk.

    Args:
        package: What is installed; members fill the roles that it names.
        tags: The tags with which the account begins.
        copies: How often it is installed; the job walks through the last copy.
    """

    def __init__(
        self, package: Bundle, *, tags: frozenset[str] = frozenset(), copies: int = 1
    ) -> None:
        """Install the package and start a job."""
        self.world = World()
        self.members = roles(package)
        for member in self.members.values():
            self.world.engine.save(member)
        self.installed: Installed = self.world.engine.install(package)
        for _ in range(copies - 1):
            self.installed = self.world.engine.install(package)
        self.pipeline = self.installed.pipeline
        contact = Contact("Ada Lovelace", email="ada@example.com")
        self.account = self.world.engine.save(
            Account("Ada Lovelace", contacts=[contact], tags=tags, roles=self.members)
        )
        self._id = self.world.engine.start(self.pipeline, self.account).id

    @property
    def job(self) -> Job:
        """The job as it now stands."""
        return self.world.engine.job(self._id)

    def perform(self, event: str) -> None:
        """Let an event of a walk happen.

        Raises:
            ValueError: No walk knows such an event.
        """
        kind, _, name = event.partition(":")
        what, _, name = name.partition(":")
        client, team = self.world.client, self.world.team
        match kind, what:
            case "client", "sign_proposal":
                client.signs(self.job, self._template(name))
            case "client", "pay_invoice":
                client.pays(self.job, self._template(name))
            case "client", "submit_organizer":
                # the sources tell of no answers
                client.submits(self.job, self._template(name), incomplete=True)
            case "client", "complete_client_tasks":
                client.checks(self.job, self._template(name))
            case "client", "complete_one_client_task":
                message, _, number = name.rpartition(":")
                self._check_one(self._template(message), int(number))
            case "staff", "complete_task":
                team.completes(self.job, self._template(name))
            case "staff", "move_job":
                self.world.engine.move(self.job, name)
            case "account", "add_tag":
                self.world.engine.tag(self.account, add={name})
            case "time", "advance_days":
                self.world.advance(days=int(name))
            case _:
                raise ValueError(event)

    def holds(self, expectation: str) -> bool:
        """Tell whether an expectation of a walk holds.

        Raises:
            ValueError: No walk knows such an expectation.
        """
        what, _, name = expectation.partition(":")
        match what:
            case "job_in":
                return self.job.stage == self._stage(name)
            case "passed":
                return self._entered(name) and self.job.stage != self._stage(name)
            case "skipped":
                return self._skipped(name) and not self._entered(name)
            case "fired":
                return self._fired(name)
            case "not_fired":
                return not self._fired(name)
            case "pending":
                return len(self.job.open_items) == int(name)
            case "reminders_sent":
                template, _, number = name.rpartition(":")
                return self._reminders(self._template(template)) == int(number)
            case "tag_present":
                return name in self.world.engine.account(self.account).tags
            case "tag_absent":
                return name not in self.world.engine.account(self.account).tags
            case _:
                raise ValueError(expectation)

    def _template(self, name: str) -> str:
        """Return the id that the template of that name has in this firm."""
        return self.installed.ids[slug(name)]

    def _stage(self, name: str) -> str:
        """Return the id of the stage of that name."""
        (found,) = (stage.id for stage in self.pipeline.stages if stage.name == name)
        return found

    def _check_one(self, message: str, number: int) -> None:
        sheet = self.job.item(message).progress
        assert isinstance(sheet, Checklist)
        task = sheet.client_tasks[number - 1]
        after = self.world.client.checks(self.job, message, task).item(message).progress
        assert isinstance(after, Checklist)
        assert after.checked == (*sheet.checked, task)

    def _entered(self, name: str) -> bool:
        stage = self._stage(name)
        return any(
            isinstance(event, JobStarted | JobMoved) and event.stage == stage
            for event in self.world.engine.history(self.job)
        )

    def _skipped(self, name: str) -> bool:
        stage = self._stage(name)
        return any(
            isinstance(event, StageSkipped) and event.stage == stage
            for event in self.world.engine.history(self.job)
        )

    def _fired(self, name: str) -> bool:
        """Tell whether history says so; history and the ports must agree."""
        kind, _, label = name.partition(":")
        meant = self._automation(kind, label)
        ran = any(
            isinstance(event, AutomationRan) and event.automation == meant.id
            for event in self.world.engine.history(self.job)
        )
        asked = any(request.template == meant.uses for request in requests(self.world))
        assert meant.uses is None or asked == ran, f"history and ports disagree about {name!r}"
        return ran

    def _automation(self, kind: str, label: str) -> Automation:
        """Find the automation by its template's name, or by its own where it uses none."""
        (found,) = (
            one
            for stage in self.pipeline.stages
            for one in stage.automations
            if one.kind == kind
            and (one.id == slug(label) if one.uses is None else one.uses == self._template(label))
        )
        return found

    def _reminders(self, template: str) -> int:
        """Count the reminders; history and the mailbox must agree."""
        items = {item.id for item in self.job.items if item.template == template}
        told = sum(
            isinstance(event, ReminderSent) and event.item in items
            for event in self.world.engine.history(self.job)
        )
        sent = sum(
            email.kind is EmailKind.REMINDER and email.item in items
            for email in self.world.email.sent
        )
        assert told == sent
        return told


def follow(journey: Journey, walk: Walk) -> None:
    """Perform a walk, and see that every expectation holds and nothing went wrong on the way."""
    for event in walk.events:
        journey.perform(event)

    failed = [expectation for expectation in walk.expect if not journey.holds(expectation)]
    history = journey.world.engine.history(journey.job)
    assert failed == [], f"{journey.world.engine.explain(journey.job)}\n{history}"
    assert [str(event) for event in history if isinstance(event, Warned)] == []
    assert list(journey.world.engine.failures()) == []


def visit_all(journey: Journey) -> tuple[Request, ...]:
    """Move a job by hand through every stage; return what the ports were asked for on the way."""
    for stage in journey.pipeline.stages[1:]:
        journey.world.engine.move(journey.job, stage)
    return requests(journey.world)


def unfilled(asked: tuple[Request, ...]) -> list[str]:
    """Return the merge fields that stand unrendered in what left for ports."""
    return [code for request in asked for code in CODE.findall(repr(request))]
