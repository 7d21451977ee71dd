"""The firm that these tests work in: a template of each kind, and pipelines made on the spot."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    ClientRequestTemplate,
    Contact,
    EmailTemplate,
    Event,
    FolderTemplate,
    InvoiceTemplate,
    Item,
    ItemState,
    Job,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    Question,
    QuestionKind,
    Reminders,
    Settings,
    Signatures,
    Stage,
    TagChange,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.ports import RowKey, Stored
from pipeflow.testing import ManualCalendar, World

WELCOME = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]", body="It begins.")
NEWS = MessageTemplate("News", subject="News", body="Nothing to do.")
CHECKLIST = MessageTemplate("Checklist", subject="Please", client_tasks=["Scan", "Upload"])
BUSINESS = "Did you own a business?"
ORGANIZER = OrganizerTemplate(
    "Organizer",
    questions=[
        Question(
            BUSINESS,
            choices={"Yes": TagChange(add={"business"}), "No": TagChange(remove={"business"})},
        ),
        Question(
            "Which incomes?",
            kind=QuestionKind.CHOICES,
            choices={
                "Wages": None,
                "Rent": TagChange(add={"rent"}),
                "Farm": TagChange(add={"farm"}),
            },
        ),
        Question("How many children?", kind=QuestionKind.NUMBER, field="children"),
        Question("Born?", kind=QuestionKind.DATE, field="born"),
        Question("Married?", kind=QuestionKind.YES_NO, field="married"),
        Question("Anything else?"),
    ],
)
FEE = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=Money("100.00", "USD"))])
PREPARE = TaskTemplate("Prepare", subtasks=["Enter", "Check"])
REVIEW = TaskTemplate("Review")
LETTER = ProposalTemplate("Letter")
ANYBODYS = ProposalTemplate("Anybody's letter", signatures=Signatures.ONE)
PAID_LETTER = ProposalTemplate("Paid letter", invoice_on_acceptance=FEE)
FOLDERS = FolderTemplate("Folders", folders=["Tax/2026"])
PAPERS = ClientRequestTemplate("Papers", uploads=["Form W-2"], questions=[Question("Moved?")])
CHECKED = ClientRequestTemplate("Checked papers", uploads=["Form W-2"], accept=True)
TEMPLATES = (
    WELCOME, NEWS, CHECKLIST, ORGANIZER, FEE, PREPARE, REVIEW, LETTER, ANYBODYS, PAID_LETTER,
    FOLDERS, PAPERS, CHECKED,
)  # fmt: skip

DAILY = Reminders(every=1, times=3)
DONE = Stage("Done")
ADA = Contact("Ada Lovelace", email="ada@example.com")
BOB = Contact("Bob Lovelace", email="bob@example.com")


def usd(amount: str) -> Money:
    """Make dollars."""
    return Money(amount, "USD")


def opened(
    *stages: Stage, more: Iterable[Any] = (), settings: Settings | None = None, **keywords: Any
) -> World:
    """Open a firm that has all templates and the pipeline "Tax" of these stages."""
    world = World(**keywords)
    extra = (*more, settings) if settings is not None else tuple(more)
    world.engine.save(*TEMPLATES, Pipeline("Tax", stages, statuses=["On hold"]), *extra)
    return world


def begun(
    *stages: Stage,
    tags: Iterable[str] = (),
    contacts: Iterable[Contact] = (ADA,),
    account: Account | None = None,
    more: Iterable[Any] = (),
    settings: Settings | None = None,
    **keywords: Any,
) -> tuple[World, Job]:
    """Open a firm and start a job for a client in the first stage."""
    world = opened(*stages, more=more, settings=settings)
    client = account or Account("Lovelace", contacts=contacts, tags=frozenset(tags))
    return world, world.engine.start("tax", world.engine.save(client), **keywords)


def now(world: World, job: Job | str) -> Job:
    """Return a job as it now stands."""
    return world.engine.job(job)


def stays(job: Job | None) -> Job:
    """Return the job of an answer; it was not deleted meanwhile."""
    assert job is not None
    return job


def stored(world: World, kind: str, id: str) -> Stored:
    """Return a row of the firm, with its version."""
    key = RowKey(kind, id)
    return world.store.read("default", [key]).rows[key]


def dump(world: World) -> dict[str, Any]:
    """Return everything that the world's store holds, to be compared."""
    assert isinstance(world.store, MemoryStore)
    return world.store.dump()


def tags(world: World, job: Job) -> set[str]:
    """Return the tags of a job's account."""
    return set(world.engine.account(job.account).tags)


def events(world: World, job: Job, kind: type[Any]) -> list[Any]:
    """Return the events of one kind in a job's history."""
    return [event for event in world.engine.history(job) if isinstance(event, kind)]


def names_of(found: Iterable[Event]) -> list[str]:
    """Return the classes of events, by name."""
    return [type(event).__name__ for event in found]


def pending(items: Iterable[Item]) -> list[str]:
    """Return the names of items on which somebody still has to act."""
    return [item.name for item in items if item.state is ItemState.PENDING]


def in_memory_and_in_a_file(begun: Callable[[World], World], *, deliver: bool = True) -> Any:
    """Return the fixture of a world that has begun, on each store that comes with pipeflow."""

    @pytest.fixture(params=["memory", "file"])
    def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
        """Make a firm with a pipeline."""
        if request.param == "memory":
            yield begun(World(deliver=deliver))
        else:
            with closing(SqliteStore(tmp_path / "firm.db")) as store:
                yield begun(World(store=store, deliver=deliver))

    return world


class Forgetful(ManualCalendar):
    """A calendar that may be down."""

    forgets = False

    def days_off(self, first: date, last: date, /) -> list[date]:
        """Say so, or what it knows."""
        if self.forgets:
            raise OSError("down")
        return super().days_off(first, last)
