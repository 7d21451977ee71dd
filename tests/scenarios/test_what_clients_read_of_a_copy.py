"""What clients read of a copy: the number in its name is for the firm, which has two of them."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pipeflow import (
    ClientRequestTemplate,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    MessageTemplate,
    Money,
    OrganizerTemplate,
    Pipeline,
    ProposalTemplate,
    Question,
    Reminders,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Stage,
    TaskTemplate,
)
from pipeflow.bundle import Bundle
from pipeflow.model.templates import Template
from pipeflow.testing import World

LINES = [LineItem("1040", Money("450", "USD"))]
WEEKLY = Reminders(every=7, times=1)
QUESTIONS = OrganizerTemplate("Questions for [CURRENT_YEAR]", [Question("Moved?")], id="questions")
PAPERS = ClientRequestTemplate("Papers", uploads=["W-2"])
LETTER = ProposalTemplate("Letter")
FEE = InvoiceTemplate("Fee [net]", LINES, id="fee")
TICKS = MessageTemplate("Ticks", "", client_tasks=["Scan"])
PREPARE = TaskTemplate("Prepare")
KIT = JobTemplate("Return for [ACCOUNT_NAME]", id="kit")
WRITTEN = [
    OrganizerTemplate("ORG v3", [Question("Moved?")], title="Your questions"),
    ClientRequestTemplate("REQ v3", uploads=["W-2"], title="Your papers"),
    ProposalTemplate("EL v3", title="Our letter"),
    InvoiceTemplate("FEE v3", LINES, title="Return"),
    MessageTemplate("MSG v3", "", "Please tick\nthese", client_tasks=["Scan"]),
]


def package(*templates: Template, kit: JobTemplate | None = None) -> Bundle:
    """Return a package whose only stage makes all of these, and reminds of them."""
    makers: dict[type[Template], Any] = {
        OrganizerTemplate: CreateOrganizer,
        ClientRequestTemplate: SendClientRequest,
        ProposalTemplate: SendProposal,
        InvoiceTemplate: CreateInvoice,
        MessageTemplate: SendMessage,
    }
    makes = [makers[type(one)](one, reminders=WEEKLY) for one in templates]
    line = Pipeline("Tax", [Stage("All", [*makes, CreateTask(PREPARE)])], job_template=kit)
    return Bundle.of(line, *templates, PREPARE, *([kit] if kit else []))


def read(world: World) -> list[str]:
    """Let reminders go out; return what clients read that things are called."""
    made: list[Any] = [
        *world.organizers.taken,
        *world.requests.taken,
        *world.proposals.taken,
        *world.invoices.taken,
    ]
    world.advance(days=8)
    return [*(one.title for one in made), *(one.subject for one in world.email.sent)]


def installed(bundle: Bundle, times: int) -> World:
    """Install a package so often, and start a job of its last copy."""
    world = World()
    copies = [world.engine.install(bundle).pipeline for _ in range(times)]
    world.engine.start(copies[-1], world.account())
    return world


@pytest.mark.parametrize("templates", [[QUESTIONS, PAPERS, LETTER, FEE, TICKS], WRITTEN])
def test_r_10_a_copy_is_called_to_clients_what_the_first_is_called(
    templates: list[Template],
) -> None:
    """R-10: its own name has a number, so that the firm tells both apart."""
    bundle = package(*templates)
    first, copy = installed(bundle, 1), installed(bundle, 3)

    names = {one.name for one in copy.engine.templates()}
    said = read(copy)

    assert all(f"{one.name} (3)" in names for one in bundle.templates)
    assert len(said) == 9
    assert said == read(first)


def test_r_10_titles_of_a_copy_have_their_merge_fields_filled_in() -> None:
    """As the name had that stood for the title; what is no merge field of a name stays."""
    copy = installed(package(QUESTIONS, FEE, TICKS), 2)

    (job,) = copy.engine.jobs()

    assert [item.title for item in job.items] == [
        "Questions for 2026", "Fee [net]", "Ticks", "Prepare (2)",
    ]  # fmt: skip


def test_jobs_of_a_copy_are_called_as_those_of_the_first() -> None:
    """The template's name stood for theirs."""
    copy = installed(package(kit=KIT), 2)

    (job,) = copy.engine.jobs()

    assert job.name == "Return for Ada Lovelace"


def test_the_copy_of_a_copy_keeps_what_clients_read() -> None:
    """Who exports a copy and installs it elsewhere has the same titles there."""
    bundle = package(QUESTIONS, FEE, TICKS)
    world = World()
    world.engine.install(bundle)
    copy = world.engine.install(bundle)

    there = installed(Bundle.of(copy.pipeline, *copy.templates), 2)

    assert read(there) == read(installed(bundle, 1))


FIELD = "[ACCOUNT_CUSTOM_FIELD:motto]"
INVISIBLE = "\u200e"
SILENT = [FIELD, f"{FIELD} [ACCOUNT_CUSTOM_FIELD:town|]", INVISIBLE, " "]


def untitled(title: str) -> list[Template]:
    """Return templates whose titles may come to nothing."""
    return [
        OrganizerTemplate("Questions for [CURRENT_YEAR]", [Question("Moved?")], title=title),
        ClientRequestTemplate("Papers", uploads=["W-2"], title=title),
        ProposalTemplate("Letter", title=title),
        InvoiceTemplate("Fee [net]", LINES, title=title),
        MessageTemplate("Ticks", title, client_tasks=["Scan"]),
    ]


@pytest.mark.parametrize("title", SILENT)
def test_r_10_nobody_reads_the_number_where_a_title_comes_to_nothing(title: str) -> None:
    """R-10: the name stands for such a title, and the copy's has a number."""
    bundle = package(*untitled(title))
    first, copy = installed(bundle, 1), installed(bundle, 2)

    said = read(copy)

    assert said == read(first)
    assert not any("(2)" in one for one in said)


def test_r_10_a_title_of_a_copy_is_read_where_it_says_something() -> None:
    """What stands for it stands for nothing else."""
    world = World()
    copy = [world.engine.install(package(*untitled(FIELD))).pipeline for _ in range(2)][-1]
    account = attrs.evolve(world.account(), fields={"motto": "Your work"})
    world.engine.start(copy, world.engine.save(account, replace=True))

    assert {one for one in read(world) if "Your work" not in one} == set()


@pytest.mark.parametrize(
    ("title", "fallback", "read_as"),
    [
        ("", "Bill", "Bill"),
        (FIELD, "Bill of [CURRENT_YEAR]", "Bill of 2026"),
        (FIELD, FIELD, "Invoice"),
        ("Return", "Bill", "Return"),
    ],
)
def test_a_fallback_title_stands_for_a_title_that_comes_to_nothing(
    title: str, fallback: str, read_as: str
) -> None:
    """Instead of the name, in a copy too; one that comes to nothing is the word for its kind."""
    fee = InvoiceTemplate("FEE v3", LINES, title=title, fallback_title=fallback)

    for times in (1, 2):
        (bill,) = installed(package(fee), times).invoices.taken
        assert bill.title == read_as


def test_a_package_keeps_what_stands_for_a_title() -> None:
    """A copy that is written to a file is the same when it comes back."""
    world = World()
    copy = [world.engine.install(package(*untitled(FIELD))) for _ in range(2)][-1]
    bundle = Bundle.of(copy.pipeline, *copy.templates)

    assert Bundle.from_json(bundle.to_json()) == bundle


@pytest.mark.parametrize("blank", ["", " ", INVISIBLE])
def test_jobs_whose_name_is_blank_are_called_by_the_name_of_their_template(blank: str) -> None:
    """A blank name of jobs is none, for the first as for the copy."""
    kit = JobTemplate("Return for [ACCOUNT_NAME]", job_name=blank, id="kit")

    names = [installed(package(kit=kit), times).engine.jobs()[0].name for times in (1, 2)]

    assert names == ["Return for Ada Lovelace"] * 2
