"""Through a whole firm: what had to wait while a job was paused, and whether it comes (R-27)."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from pipeflow import (
    Automation,
    Cancelled,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoicePaid,
    Item,
    Job,
    OrganizerSubmitted,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    SendEmail,
    SendProposal,
    SetStatus,
    Stage,
    Status,
    TagChange,
    TaskTemplate,
    Warned,
    tagged,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.scenarios.test_promises_in_pairs import FEE, Office, office

LETTER = ProposalTemplate("Terms", invoice_on_acceptance=FEE)


def signed_in_a_pause() -> Office:
    """Return a firm whose paused job has a letter that was signed meanwhile."""
    firm = office(SendProposal(LETTER), more=(LETTER,))
    firm.engine.pause(firm.job, "is it the right one?")
    firm.engine.record(firm.job.items[0], ProposalSigned())
    return firm


def the_letter(firm: Office) -> Item:
    """Return the letter as the job has it now."""
    return firm.engine.job(firm.job.id).items[0]


@pytest.mark.parametrize("how", ["unlinked", "cancelled"])
def test_nothing_is_billed_for_a_letter_that_does_not_stand_when_the_job_goes_on(how: str) -> None:
    """The client signed it, and then it was let go of; history warns of it."""
    firm = signed_in_a_pause()
    letter = firm.job.items[0]
    if how == "unlinked":
        firm.engine.unlink(firm.job, letter)
    else:
        firm.engine.record(letter, Cancelled("the wrong one"))

    firm.engine.resume(firm.job)

    assert not firm.world.invoices.created
    warned = [e.text for e in firm.engine.history(firm.job) if isinstance(e, Warned)]
    assert warned[-1].endswith("so that nothing followed from it")


def test_a_letter_that_stands_is_billed_when_the_job_goes_on() -> None:
    """Once."""
    firm = signed_in_a_pause()

    firm.engine.resume(firm.job)
    firm.engine.pause(firm.job)
    firm.engine.resume(firm.job)

    assert [bill.name for bill in firm.world.invoices.created] == ["Fee"]


def test_history_says_why_a_bill_comes_on_a_job_that_goes_on() -> None:
    """The one that was paused when the letter was signed lets go of it."""
    firm = signed_in_a_pause()
    letter = the_letter(firm)
    assert letter.ref is not None
    firm.engine.link(firm.other, letter.ref, "proposal", "Terms")

    firm.engine.unlink(firm.job, letter)

    assert [bill.job for bill in firm.world.invoices.created] == [firm.other.id]
    assert "'Terms': its invoice comes now, since it was accepted before" in str(
        firm.engine.history(firm.other)
    )


PUT_OFF = "the job is paused; what follows waits until it is resumed"


@pytest.mark.parametrize("how", ["Completed", "Archived"])
@pytest.mark.parametrize("where", ["in memory", "in a file"])
def test_it_follows_where_the_job_goes_on_though_it_was_over_when_it_was_resumed(
    how: str, where: str, tmp_path: Path
) -> None:
    """It left its stage before the bill came, and the tags of the package never did (R-27)."""
    store = SqliteStore(tmp_path / "firm.db") if where == "in a file" else None
    world = World(store=store)
    engine = world.engine
    large = Package("Large", tags=TagChange(add={"large"}))
    terms = ProposalTemplate("Terms", invoice_on_acceptance=FEE, packages=[large])
    tax = Pipeline(
        "Tax", [Stage("Accept", automove=True, automations=[SendProposal(terms)]), Stage("Work")]
    )
    engine.save(FEE, terms, tax)
    job = engine.pause(engine.start(tax, world.account()), "is it the right one?")
    job = engine.record(job.items[0], ProposalSigned(package="Large"))
    engine.set_status(job, how)

    job = engine.resume(job)
    assert [item.name for item in job.items] == ["Terms"]
    assert PUT_OFF not in str(engine.explain(job))
    job = engine.set_status(job, "Active")

    assert (job.stage, [item.name for item in job.open_items]) == ("accept", ["Fee"])
    assert engine.account(job.account).tags == {"large"}
    job = engine.record(job.items[1], InvoicePaid())
    assert (job.stage, len(world.invoices.created)) == ("work", 1)


@pytest.mark.parametrize("how", ["unlinked", "cancelled", "reopened", "billed on another job"])
def test_explain_says_no_more_that_something_waits_of_which_nothing_follows(how: str) -> None:
    """It does as long as something would."""
    firm = signed_in_a_pause()
    engine, letter = firm.engine, the_letter(firm)
    assert PUT_OFF in str(engine.explain(firm.job))
    if how == "unlinked":
        engine.unlink(firm.job, letter)
    elif how == "cancelled":
        engine.record(letter, Cancelled("the wrong one"))
    elif how == "reopened":
        engine.reopen(letter, "other terms")
    else:
        assert letter.ref is not None
        engine.link(firm.other, letter.ref, "proposal", "Terms")
        engine.archive(firm.job)
        engine.restore(firm.job)
        assert [bill.job for bill in firm.world.invoices.created] == [firm.other.id]

    assert PUT_OFF not in str(engine.explain(firm.job))
    assert how == "reopened" or not engine.resume(firm.job).open_items


def test_explain_says_that_tags_and_answers_wait_for_the_end_of_a_pause() -> None:
    """A package's tags follow where its letter brings no bill, and those of answers."""
    gold = Package("Gold", tags=TagChange(add={"gold"}))
    offer = ProposalTemplate("Offer", packages=[gold])
    moved = Question("Moved?", choices={"Yes": TagChange(add={"moved"}), "No": None})
    asked = OrganizerTemplate("Ask", questions=[moved])
    firm = office(SendProposal(offer), CreateOrganizer(asked), more=(offer, asked))
    engine = firm.engine
    engine.pause(firm.job)
    letter, organizer = firm.job.items
    engine.record(letter, ProposalSigned(package="Gold"))
    engine.record(organizer, OrganizerSubmitted({"Moved?": "Yes"}))

    told = str(engine.explain(firm.job))
    assert f"'Offer': {PUT_OFF}" in told
    assert f"'Ask': {PUT_OFF}" in told

    engine.resume(firm.job)
    assert engine.account(firm.job.account).tags == {"gold", "moved"}
    assert PUT_OFF not in str(engine.explain(firm.job))


@pytest.mark.parametrize("open_before", [False, True])
def test_a_status_that_was_set_in_a_pause_says_that_its_automations_are_to_come(
    *, open_before: bool
) -> None:
    """No hand has to end it: it ends when what they make is done (domain.md 2.6)."""
    task = TaskTemplate("Ask the court")
    status = Status("Ask", automations=[CreateTask(task)], automove=True)
    world = World()
    engine = world.engine
    engine.save(task, Pipeline("P", stages=[Stage("A"), Stage("B")], statuses=[status]))
    job: Job = engine.pause(engine.start("p", world.account()), "no papers")
    job = engine.set_status(job, "Ask")
    if open_before:
        engine.link(job, "t-1", "task", "First")

    told = engine.explain(job).sentence

    first = "task 'First' and " if open_before else ""
    assert told.startswith(f"Its status 'Ask' holds it until {first}what its automations make is ")
    for item in engine.resume(job).items:
        job = engine.complete(item)
    assert job.status == "Active"


NEWS, ASK = EmailTemplate("News", subject="News"), TaskTemplate("Ask the court")
BY_HAND = "Its status 'Ask' holds it: nothing that belongs to it was made; it is ended by hand"


@pytest.mark.parametrize(
    ("automations", "told"),
    [
        pytest.param([SendEmail(NEWS)], BY_HAND, id="mail"),
        pytest.param([CreateTask(ASK, holds=False)], BY_HAND, id="what holds nothing"),
        pytest.param([CreateTask(ASK, repeat="once")], BY_HAND, id="what has fired for good"),
        pytest.param([], BY_HAND, id="what an edit took away"),
        pytest.param(
            [SetStatus("Active")],
            "Its status 'Ask' holds it until its automations fire, when the job is resumed",
            id="another status",
        ),
    ],
)
def test_a_status_that_was_set_in_a_pause_waits_for_nothing_that_never_comes(
    automations: list[Automation], told: str
) -> None:
    """What is said in the pause is what then is so (domain.md 2.6)."""
    world = World()
    engine = world.engine
    given = automations or [SendEmail(NEWS)]
    line = Pipeline(
        "P",
        stages=[Stage("A"), Stage("B")],
        statuses=[Status("Ask", automations=given, automove=True)],
    )
    engine.save(NEWS, ASK, line)
    job = engine.set_status(engine.start("p", world.account()), "Ask")
    for item in job.items:
        job = engine.complete(item)
    engine.pause(engine.set_status(job, "Active"), "no papers")
    job = engine.set_status(job, "Ask")
    if not automations:
        engine.save(evolve(engine.pipeline("p"), statuses=[Status("Ask", automove=True)]))
        assert "(nothing any more) fires when the job is resumed" in str(engine.explain(job))

    assert engine.explain(job).sentence.startswith(told)

    job = engine.resume(job)
    assert (job.status == "Ask") is (told == BY_HAND)
    assert engine.explain(job).sentence.startswith(BY_HAND) is (told == BY_HAND)


@pytest.mark.parametrize("beside", [False, True])
def test_a_status_waits_for_the_bill_that_a_pause_put_off(*, beside: bool) -> None:
    """It was said to wait for nothing more, and to end when the job is resumed (R-27)."""
    world = World()
    engine = world.engine
    asks = [SendProposal(LETTER), *[CreateTask(ASK)] * beside]
    status = Status("Sign", automations=asks, automove=True)
    line = Pipeline("P", stages=[Stage("A"), Stage("B")], statuses=[status])
    engine.save(FEE, LETTER, ASK, line)
    job = engine.set_status(engine.start("p", world.account()), "Sign")
    letter = job.items[0]
    engine.pause(job, "is it the right one?")
    job = engine.record(letter, ProposalSigned())

    told = engine.explain(job).sentence

    first = "task 'Ask the court', " * beside
    assert told.startswith(
        f"Its status 'Sign' holds it until {first}invoice 'Fee' (which comes when the job is "
        "resumed) is done; then it is Active."
    )
    job = engine.resume(job)
    assert job.status == "Sign"
    for item in engine.explain(job).waits_for:
        job = engine.complete(item)
    assert job.status == "Active"


def test_explain_does_not_foretell_a_way_that_what_was_put_off_will_change() -> None:
    """The package that was chosen in the pause sets the tag by which the next stage is chosen."""
    letter = ProposalTemplate("Tiers", packages=[Package("Gold", tags=TagChange(add={"gold"}))])
    world = World()
    engine = world.engine
    line = Pipeline(
        "Tax",
        [
            Stage("Sign", [SendProposal(letter)], automove=True),
            Stage("Extras", when=tagged("gold")),
            Stage("Done"),
        ],
    )
    engine.save(line, letter)
    job = engine.pause(engine.start(line, world.account()))
    assert "would go on to 'Done'" in str(engine.explain(job))

    job = world.client.signs(job, "Tiers", package="Gold")

    told = engine.explain(job)
    assert (told.next, told.passes, told.where.goes_to) == (None, (), "")
    assert "what follows waits until it is resumed" in str(told)
    assert engine.resume(job).stage == "extras"
