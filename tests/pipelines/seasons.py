"""Seasons: a client goes through a package of `examples/packages`, told by what people do.

A `Season` installs the package in a fresh firm and starts a job; its calls are what the client and
the team do, and its properties what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from pipeflow import (
    Account,
    AccountType,
    Bundle,
    Contact,
    Declined,
    EmailKind,
    Job,
    JobMoved,
    JobStarted,
    OrganizerTemplate,
    Question,
    QuestionKind,
    Template,
    Warned,
)
from pipeflow.model.values import FieldValue
from pipeflow.testing import World
from tests.pipelines.walks import HERE, roles

LIBRARY = HERE.parents[1] / "examples" / "packages"
NAMES = tuple(path.stem for path in sorted(LIBRARY.glob("*.json")))
KINDS = {kind: AccountType(kind) for kind in ("individual", "company")}


@cache
def package(name: str) -> Bundle:
    """Read a package of the library."""
    return Bundle.load(LIBRARY / f"{name}.json")


class Season:
    """A job of a package, in a firm that has nothing else.

    Args:
        name: Of the package.
        tags: With which the account begins.
        kind: Whether the account is an individual or a company.
    """

    def __init__(self, name: str, *, tags: Iterable[str] = (), kind: str = "individual") -> None:
        """Install the package and start a job."""
        self.world = World()
        self.engine = self.world.engine
        members = roles(package(name))
        for member in members.values():
            self.engine.save(member)
        self.installed = self.engine.install(package(name))
        self.account = self.engine.save(
            Account(
                "Ada Lovelace",
                contacts=[Contact("Ada Lovelace", email="ada@example.com")],
                tags=frozenset(tags),
                type=KINDS[kind],
                roles=members,
            )
        )
        self._id = self.engine.start(self.installed.pipeline, self.account).id

    # -- what people do ---------------------------------------------------------------------------

    def answers(self, organizer: str, answers: Mapping[str, FieldValue] | None = None) -> None:
        """Let the client submit an organizer; what is required besides is answered somehow."""
        (template,) = (one for one in self.installed.templates if one.name == organizer)
        assert isinstance(template, OrganizerTemplate)
        asked = (one for one in template.all_questions if one.required)
        given = {one.text: _some_answer(one) for one in asked} | dict(answers or {})
        self.world.client.submits(self.job, organizer, given)

    def signs(self, proposal: str, *, package: str | None = None) -> None:
        """Let the client sign."""
        self.world.client.signs(self.job, proposal, package=package)

    def declines(self, proposal: str, reason: str) -> None:
        """Let the client refuse to sign."""
        self.engine.record(self.job.item(proposal), Declined("ada@example.com", reason))

    def checks(self, *messages: str) -> None:
        """Let the client check everything off that messages ask for."""
        for message in messages:
            self.world.client.checks(self.job, message)

    def pays(self, *invoices: str) -> None:
        """Let the client pay."""
        for invoice in invoices:
            self.world.client.pays(self.job, invoice)

    def does(self, *tasks: str) -> None:
        """Let the team do tasks."""
        for task in tasks:
            self.world.team.completes(self.job, task)

    def tags(self, *add: str) -> None:
        """Let the team put tags on the account."""
        self.engine.tag(self.account, add=add)

    def waits(self, days: int) -> None:
        """Let time pass."""
        self.world.advance(days=days)

    # -- what came of it --------------------------------------------------------------------------

    @property
    def job(self) -> Job:
        """The job as it now stands."""
        return self.engine.job(self._id)

    @property
    def stage(self) -> str:
        """The name of the stage in which the job is."""
        return self._stage(self.job.stage)

    @property
    def path(self) -> list[str]:
        """The names of the stages through which it came, with the present one."""
        return [
            self._stage(event.stage)
            for event in self.engine.history(self.job)
            if isinstance(event, JobStarted | JobMoved)
        ]

    @property
    def waits_for(self) -> set[str]:
        """What is open in the present stage."""
        return {item.name for item in self.job.open_items}

    @property
    def emails(self) -> list[str]:
        """The names of the templates that were sent by e-mail."""
        sent = (one for one in self.world.email.sent if one.kind is EmailKind.AUTOMATION)
        return [self._template(one.template).name for one in sent]

    @property
    def messages(self) -> list[str]:
        """The names of the templates that were sent as messages."""
        return [self._template(one.template).name for one in self.world.messages.sent]

    @property
    def tasks(self) -> list[str]:
        """The names of the tasks that were made."""
        return [self._template(one.template).name for one in self.world.tasks.created]

    @property
    def bills(self) -> dict[str, str]:
        """What was billed, by the name of the invoice's template."""
        return {
            self._template(one.template).name: str(one.totals.total)
            for one in self.world.invoices.created
        }

    @property
    def reminders(self) -> list[str]:
        """The subjects of the reminders that went out."""
        return [one.subject for one in self.world.email.sent if one.kind is EmailKind.REMINDER]

    @property
    def account_tags(self) -> frozenset[str]:
        """The tags of the account as it now stands."""
        return self.engine.account(self.account).tags

    def ends(self, stage: str) -> None:
        """See that it is over: in this stage, nothing open anywhere, nothing gone wrong."""
        history = self.engine.history(self.job)
        assert self.stage == stage, str(self.engine.explain(self.job))
        assert [item.name for item in self.job.items if item.state == "pending"] == []
        assert [str(event) for event in history if isinstance(event, Warned)] == []
        assert list(self.engine.failures()) == []
        sent = len(self.reminders)
        self.waits(days=120)
        assert len(self.reminders) == sent

    def _stage(self, id: str) -> str:
        return self.installed.pipeline.stage(id).name

    def _template(self, id: str | None) -> Template:
        return next(one for one in self.installed.templates if one.id == id)


def _some_answer(question: Question) -> FieldValue:
    """Answer a question with a choice that sets no tag, or with a few words."""
    plain = [said for said, change in question.choices.items() if not (change and change.add)]
    match question.kind:
        case QuestionKind.YES_NO:
            return "No"
        case QuestionKind.CHOICE:
            return plain[-1]
        case QuestionKind.CHOICES:
            return (plain[-1],)
        case QuestionKind.DATE:
            return date(2026, 1, 2)
        case QuestionKind.NUMBER:
            return 1
        case _:
            return "As we discussed"


def every_text(value: object) -> Iterator[str]:
    """Yield every text that stands in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.items():
            yield from every_text(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from every_text(one)
