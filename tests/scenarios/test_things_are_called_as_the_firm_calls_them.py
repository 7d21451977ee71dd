"""Explanations, timelines and trails call things as the firm calls them, and nothing as another."""

from datetime import time

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    AutomationSkipped,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    Money,
    Pipeline,
    ProposalTemplate,
    Role,
    SendEmail,
    SendingWindow,
    SendProposal,
    Settings,
    Stage,
    TaskTemplate,
    WhenDone,
    tagged,
)
from pipeflow.testing import World

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
REVIEW = TaskTemplate("Review the return", assignees=[Role("reviewer")], id="review")
WELCOME = EmailTemplate("Welcome to us", subject="Hello", id="welcome")


def test_a_warning_names_what_it_is_about() -> None:
    """By what the automation does, or by what the thing is called."""
    world = World()
    tax = Pipeline("Tax", stages=[Stage("Review", [CreateTask(REVIEW), CreateInvoice(FEE)])])
    world.engine.save(tax, REVIEW, FEE)
    job = world.engine.start(tax, world.engine.save(Account("Lovelace")))
    role = "warning: create task 'Review the return': nobody fills the role 'reviewer'"
    mail = "warning: create invoice 'Fee': no recipients"

    for told in (
        str(world.engine.explain(job)),
        str(world.engine.timeline(job)),
        str(world.engine.trace(job)),
    ):
        assert role in told
        assert mail in told


def test_a_warning_about_a_thing_names_the_thing() -> None:
    """As where nobody hears of the bill that a letter brings."""
    world = World()
    letter = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
    tax = Pipeline("Tax", stages=[Stage("Engage", [SendProposal(letter)])])
    world.engine.save(tax, letter, FEE)
    job = world.engine.start(tax, world.account())
    world.engine.save(evolve(world.engine.account(job.account), contacts=[]))
    world.advance(days=1)
    world.client.signs(job, "Letter")

    told = str(world.engine.explain(job))

    assert "warning: 'Letter': no recipients, no contact of 'Ada Lovelace' takes mail" in told


def test_what_a_job_brought_along_is_called_as_where_it_came_from() -> None:
    """A mail that waits for the window leaves when the job is in another pipeline."""
    world = World()
    world.engine.save(Settings(window=SendingWindow(opens=time(12), closes=time(18))))
    tax = Pipeline("Tax", stages=[Stage("Intake", [SendEmail(WELCOME)])])
    books = Pipeline("Books", stages=[Stage("Month")])
    world.engine.save(tax, books, WELCOME)
    job = world.engine.start(tax, world.account())
    world.engine.transfer(job, books)

    world.advance(hours=4)

    took = "email took 'Welcome to us' as email-1"
    assert took in str(world.engine.trace(job, 1))
    assert took in str(world.engine.timeline(job))


def saved(world: World, automation: SendEmail | CreateInvoice) -> Pipeline:
    """Save a pipeline with one automation, whose id is "first", in its only stage."""
    stage = Stage("Intake", [automation], id="intake")
    return world.engine.save(Pipeline("Tax", stages=[stage]), replace=True)


def test_an_id_stays_with_its_kind() -> None:
    """By it history tells what was done, and a job knows what fires but once."""
    world = World()
    world.engine.save(WELCOME, FEE)
    saved(world, SendEmail(WELCOME, id="first", repeat="once"))

    with pytest.raises(DefinitionError) as refused:
        saved(world, CreateInvoice(FEE, id="first", repeat="once"))

    assert str(refused.value) == (
        "$.stages[0].automations[0].id: 'first' has been the id of a send email automation; give "
        "that of a create invoice automation another with id="
    )


def test_an_id_stays_with_its_kind_whatever_fires_it() -> None:
    """Triggers too."""
    world = World()

    def line(fired: SendEmail | CreateInvoice) -> Pipeline:
        done = WhenDone("review", [fired])
        stage = Stage("Intake", [CreateTask(REVIEW, id="review")], triggers=[done])
        return Pipeline("Tax", stages=[stage])

    world.engine.save(line(SendEmail(WELCOME, id="x")), WELCOME, REVIEW, FEE)
    with pytest.raises(DefinitionError, match=r"triggers\[0\]\.automations\[0\]\.id: 'x' has"):
        world.engine.save(line(CreateInvoice(FEE, id="x")), replace=True)


def test_what_takes_the_place_of_another_kind_gets_an_id_of_its_own() -> None:
    """So that a pipeline that was edited so can be saved."""
    world = World()
    tax = Pipeline("Tax", stages=[Stage("Intake", [SendEmail(WELCOME)])])
    tax, *_ = world.engine.save(tax, WELCOME, FEE)

    edited = world.engine.save(tax.replace("Intake", "send-email-welcome", CreateInvoice(FEE)))

    assert [one.id for one in edited.stages[0].automations] == ["create-invoice-fee"]


def test_what_is_gone_is_called_by_its_id_though_another_kind_has_it_by_now() -> None:
    """Where it was taken away first, and given to another in an edit after that."""
    world = World()
    world.engine.save(WELCOME, FEE)
    saved(world, SendEmail(WELCOME, id="first"))
    job = world.engine.start("tax", world.account())
    world.engine.save(Pipeline("Tax", stages=[Stage("Intake", id="intake")]), replace=True)
    saved(world, CreateInvoice(FEE, id="first"))

    told = str(world.engine.trace(job))

    assert "- ran 'first'\n  - email took 'first' as email-1" in told


def test_what_is_explained_of_the_way_in_goes_by_names() -> None:
    """Skipped stages and automations, as ever."""
    world = World()
    late = SendEmail(WELCOME, when=tagged("late"))
    world.engine.save(Pipeline("Tax", stages=[Stage("Intake", [late])]), WELCOME)
    job = world.engine.start("tax", world.account())

    (came,) = world.engine.explain(job).came

    assert came == "skipped send email 'Welcome to us': account lacks the tag 'late'"
    assert world.engine.history(job).of(AutomationSkipped)[0].automation == "send-email-welcome"
