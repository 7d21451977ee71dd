"""Explanations, timelines and trails call things as the firm calls them, and nothing as another."""

from datetime import date, time

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    After,
    AutomationSkipped,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    InvoiceTemplate,
    Job,
    LineItem,
    Member,
    Money,
    Monthly,
    NotifyTeam,
    Pipeline,
    ProposalTemplate,
    Reminders,
    Role,
    Schedule,
    SendEmail,
    SendingWindow,
    SendProposal,
    Settings,
    Stage,
    StartJob,
    TaskTemplate,
    TimeInStage,
    TransferJob,
    UpdateAccountTags,
    WhenDone,
    assigned,
    role_is,
    tagged,
)
from pipeflow.ports import Authorizer
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


def test_who_is_written_to_no_more_is_told_apart_from_who_takes_no_mail() -> None:
    """An account that is not active gets no mail, whatever its contacts say (A-25)."""
    world = World()
    bill = CreateInvoice(FEE, reminders=Reminders(every=2))
    world.engine.save(Pipeline("Tax", stages=[Stage("Bill", [bill])]), FEE)
    client = world.engine.save(evolve(world.account(), active=False))

    job = world.engine.start("tax", client)

    told = str(world.engine.explain(job))
    assert "create invoice 'Fee': no recipients, 'Ada Lovelace' is not active" in told
    assert "its reminders wait: the account is not active" in told


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


def test_an_id_stays_with_its_kind_in_each_stage() -> None:
    """Also where one automation stands in two."""
    world = World()
    bill = CreateInvoice(FEE, id="x", repeat="once")
    mail = SendEmail(WELCOME, id="x", repeat="once")
    world.engine.save(
        WELCOME, FEE, Pipeline("Tax", stages=[Stage("A", [mail]), Stage("B", [bill])])
    )

    with pytest.raises(DefinitionError, match=r"stages\[0\]\.automations\[0\]\.id: 'x' has been"):
        world.engine.save(
            Pipeline("Tax", stages=[Stage("A", [bill]), Stage("B", [bill])]), replace=True
        )


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


def lines_of(world: World, job: Job) -> str:
    """Return all that is told of a job, wherever it is."""
    engine = world.engine
    return "\n".join(map(str, (engine.timeline(job), engine.trace(job, 1), engine.explain(job))))


@pytest.mark.parametrize("home", ["another pipeline", "another stage", "its stage"])
def test_what_is_gone_is_called_by_its_id_whoever_has_that_by_now(home: str) -> None:
    """In a pipeline, or a stage, in which the job never was; in its own it is the same one."""
    world = World()
    call = TaskTemplate("Call", id="call")
    first = Stage("First", [CreateTask(call, id="do"), SendEmail(WELCOME, when=tagged("late"))])
    line = Pipeline("Tax", stages=[first, Stage("Second")])
    line, _, _ = world.engine.save(line, call, WELCOME)
    world.engine.save(REVIEW)
    job = world.engine.start(line, world.account())
    line = world.engine.save(line.remove("First", "do").remove("First", "send-email-welcome"))
    again = [CreateTask(REVIEW, id="do"), SendEmail(WELCOME, id="send-email-welcome")]
    match home:
        case "another pipeline":
            world.engine.save(Pipeline("Books", stages=[Stage("First", again)]))
        case "another stage":
            world.engine.save(line.add("Second", again[0]).add("Second", again[1]))
        case _:
            world.engine.save(line.add("First", again[0]).add("First", again[1]))

    told = lines_of(world, job)

    kept = home == "its stage"
    assert ("ran 'do'" not in told) is kept
    assert ("took 'do'" not in told) is kept
    assert ("skipped 'send-email-welcome'" not in told) is kept
    assert ("Review the return" in told) is kept


def test_words_are_no_ids() -> None:
    """A hand-over, and a warning, are not told of as what another pipeline fires."""
    world = World()
    org = TaskTemplate("Gather", assignees=[Role("clerk")], id="gather")
    first = Stage("First", [CreateTask(org, id="ask")])
    line = Pipeline("Tax", stages=[first, Stage("Second")])
    mia, bob = world.engine.save(Member("Mia"), Member("Bob"))
    line, _, _ = world.engine.save(line, org, REVIEW)
    job = world.engine.start(line, world.account(), assignees=[mia])
    world.engine.hand_over(mia, bob)
    world.engine.save(line.remove("First", "ask"))
    alike = [CreateTask(REVIEW, id="handed over"), CreateTask(REVIEW, id="ask")]
    world.engine.save(Pipeline("Books", stages=[Stage("First", alike)]))

    told = lines_of(world, job)

    assert "warning: ask: nobody fills the role 'clerk'" in told
    assert "assignees +Bob -Mia (handed over)" in told
    assert "Review the return" not in told


def test_a_stage_that_is_left_for_another_pipeline_is_called_as_where_it_is() -> None:
    """Though the other pipeline has one of that id; also where the transfer is taken back."""
    world = World()
    tax = Pipeline("Tax", stages=[Stage("Intake of papers", id="a"), Stage("Next", id="b")])
    books = Pipeline("Books", stages=[Stage("Month", id="a"), Stage("Year", id="b")])
    world.engine.save(tax, books)
    job = world.engine.start(tax, world.account())
    world.engine.transfer(job, books, "b")
    world.engine.undo(job)

    told = str(world.engine.timeline(job))

    assert "moved from 'Intake of papers' to 'Year'" in told
    assert "'Intake of papers'" in next(line for line in told.splitlines() if "undid" in line)


def test_what_fires_when_its_stage_is_left_is_called_as_there() -> None:
    """The bill of a letter that is signed later, though what is there has the id of the letter."""
    world = World()
    letter = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
    vip = UpdateAccountTags(add=["vip"], id="mark")
    first = Stage("Engage", [SendProposal(letter, id="mail"), CreateTask(REVIEW, id="do"), vip])
    tax = Pipeline("Tax", stages=[first, Stage("Next", [SendEmail(WELCOME, id="mail")])])
    world.engine.save(tax, letter, FEE, REVIEW, WELCOME)
    job = world.engine.start(tax, world.account())
    world.engine.move(job, "Next")
    world.client.signs(job, "Letter")

    told = str(world.engine.timeline(job))

    assert "proposals took 'Letter' as" in told
    assert "invoices took the invoice of 'Letter' as" in told
    assert "email took 'Welcome to us' as" in told
    assert "tags +vip (update account tags" in told


class HidesTheQuarter(Authorizer):
    """A policy by which nobody sees the pipeline with the id "q"."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Say no to it."""
        return about != "q"


def test_what_leads_to_a_pipeline_is_called_by_that_one_s_name() -> None:
    """In explanations as in timelines; by its id for whom may not see it."""
    world = World(authorizer=HidesTheQuarter())
    wait = TimeInStage(After(5), [TransferJob("q")])
    tax = Pipeline("Tax", stages=[Stage("Work", [CreateTask(REVIEW)], triggers=[wait])])
    quarter = Pipeline("Quarter line", stages=[Stage("Start")], id="q")
    world.engine.save(quarter, tax, REVIEW)
    job = world.engine.start("tax", world.account())

    assert "transfer job 'Quarter line'" in str(world.engine.explain(job))
    assert "Quarter line" not in str(world.engine.explain(job, actor="mia"))


def test_the_schedule_that_made_a_job_is_called_as_its_jobs_are() -> None:
    """One that is gone goes by its id."""
    world = World()
    tax = Pipeline("Tax", stages=[Stage("Intake")], id="t")
    plan = Schedule(
        "Books of [PERIOD_YEAR]",
        pipeline=tax,
        accounts=[world.account()],
        every=Monthly(15),
        start=date(2026, 1, 15),
        id="s-1",
    )
    world.engine.save(tax, plan)
    world.advance(days=11)
    (job,) = world.engine.jobs()

    for told in (str(world.engine.timeline(job)), str(world.engine.trace(job))):
        assert "made by schedule 'Books of [PERIOD_YEAR]' for 2026-01-15" in told
    world.engine.delete(plan)
    assert "made by schedule 's-1' for 2026-01-15" in str(world.engine.timeline(job))


def test_what_leads_to_a_pipeline_and_did_not_run_is_called_by_that_one_s_name() -> None:
    """In the tables of an explanation, as in its lines."""
    world = World()
    books = Pipeline("The books", stages=[Stage("Month")], id="b")
    start = StartJob("b", when=tagged("books"))
    world.engine.save(books, Pipeline("Tax", stages=[Stage("Intake", [start])], id="t"))
    job = world.engine.start("t", world.account())

    (verdict,) = world.engine.explain(job).verdicts

    assert verdict.of == "start job 'The books'"


def test_what_found_no_place_in_a_season_is_told_by_names() -> None:
    """Moves that were undone, transfers, and what members handed over."""
    world = World()
    engine = world.engine
    first, second = Stage("First look", id="a"), Stage("Second look", [CreateTask(REVIEW)], id="b")
    tax = Pipeline("Tax", stages=[first, second, Stage("Done")], id="t")
    books = Pipeline("The books", stages=[Stage("Month", id="m")], id="o")
    mia, tom = engine.save(Member("Mia Berg", id="m-1"), Member("Tom Ek", id="m-2"))
    engine.save(tax, books, REVIEW)
    job = engine.start(tax, engine.save(Account("Ada", roles={"reviewer": mia})))
    engine.move(job, "b")
    engine.hand_over(mia, tom)
    engine.undo(engine.move(job, "Done"))
    engine.transfer(engine.transfer(job, books), tax)

    lost = engine.replay(engine.pipeline("t").change("b", name="A look", when=None)).lost

    assert [(one.what, one.why) for one in lost] == [
        ("'Mia Berg' handed over to 'Tom Ek': items 'Review the return'", "it is not put through"),
        ("transferred from 'Tax' to 'The books', stage 'Month'", "it is not put through"),
        ("transferred from 'The books' to 'Tax', stage 'First look'", "it is not put through"),
    ]


def test_where_a_job_is_in_a_season_is_told_by_name() -> None:
    """As the edited pipeline calls it."""
    world = World()
    engine = world.engine
    stages = [
        Stage("First look", [CreateTask(REVIEW)], id="a", automove=True),
        Stage("Second look", [CreateTask(REVIEW)], id="b", automove=True),
        Stage("Third look", [CreateTask(REVIEW)], id="c"),
    ]
    engine.save(Pipeline("Tax", stages=stages, id="t"), REVIEW)
    job = engine.start("t", world.account())
    engine.undo(engine.complete(job.items[0]))

    edited = engine.pipeline("t").change("a", name="A look", automove=False)

    (lost,) = engine.replay(edited).lost
    assert lost.what.startswith("undid the move from 'First look' to 'Second look'")
    assert lost.why == "it is in stage 'A look'"


def test_a_stage_that_was_left_in_another_pipeline_is_called_as_it_is_there() -> None:
    """Also where the status of that pipeline ended with the transfer."""
    world = World()
    tax = Pipeline("Tax", stages=[Stage("Intake", id="first")], statuses=["Held"])
    books = Pipeline("Books", stages=[Stage("Month", id="last")])
    world.engine.save(tax, books)
    job = world.engine.start(tax, world.account())
    world.engine.set_status(job, "Held")

    world.engine.transfer(job, books)

    assert "moved from 'Intake' to 'Month' (transfer)" in str(world.engine.timeline(job))


def test_members_who_get_a_notice_are_called_by_their_names() -> None:
    """Not by the ids by which the port knows them."""
    world = World()
    mia = world.engine.save(Member("Mia Berg", id="m-1"))
    tell = NotifyTeam(to=[mia], subject="A new client")
    world.engine.save(Pipeline("Tax", stages=[Stage("Intake", [tell])]))
    job = world.engine.start("tax", world.account())

    took = "notices took notify team as notice-1, for Mia Berg"
    assert took in str(world.engine.timeline(job))
    assert took in str(world.engine.trace(job, 1))


def test_members_of_whom_a_condition_asks_are_called_by_their_names() -> None:
    """Whoever the job is assigned to: by the explanation, and by the plan of an edit."""
    world = World()
    mia = world.engine.save(Member("Mia Berg", id="m-1"))
    hers = CreateTask(REVIEW, when=assigned(mia))
    work = Stage(
        "Work",
        [CreateInvoice(FEE, id="bill"), CreateTask(REVIEW, id="hers", when=assigned(mia))],
        triggers=[WhenDone("bill", [hers]), TimeInStage(3, [hers])],
    )
    tax = Pipeline("Tax", stages=[work, Stage("Check"), Stage("Done")])
    world.engine.save(tax, FEE, REVIEW)
    job = world.engine.start("tax", world.account())

    told = world.engine.explain(job)
    review = "create task 'Review the return' if assigned to Mia Berg"
    assert f"(then {review})" in told.sentence
    assert any(line.startswith(f"trigger after 3 days here ({review})") for line in told.lines)
    assert [one.condition for one in told.verdicts] == ["assigned to Mia Berg"]

    edited = world.engine.pipeline("tax").change("Check", when=role_is("reviewer", mia))
    hired = "stage 'Check' is entered only if the reviewer is Mia Berg"
    assert hired in str(world.engine.plan(edited))


def test_a_plan_calls_automations_by_what_they_do_whatever_their_ids_are_like() -> None:
    """Also where that of a stage holds a slash, or another stage is called as its beginning."""
    world = World()
    stages = [Stage("Work"), Stage("Check", id="check/2"), Stage("Look", id="check"), Stage("Done")]
    world.engine.save(Pipeline("Tax", stages=stages), REVIEW, FEE)
    world.engine.start("tax", world.account())
    edited = world.engine.pipeline("tax").add("check/2", CreateTask(REVIEW, id="review/1"))

    plan = world.engine.plan(edited.add("check", CreateInvoice(FEE, id="bill")))

    assert "+ create task 'Review the return' in 'Check', + create invoice 'Fee' in 'Look'" in (
        str(plan)
    )


def test_members_whom_somebody_may_not_see_are_not_named_by_what_is_asked_of_them() -> None:
    """They go by their ids."""
    world = World(authorizer=Nobody())
    world.engine.save(Member("Mia Berg", id="m-1"), REVIEW)
    late = TimeInStage(3, [CreateTask(REVIEW, when=assigned("m-1"))])
    tax = Pipeline("Tax", stages=[Stage("Work", triggers=[late]), Stage("Check"), Stage("Done")])
    world.engine.save(tax)
    job = world.engine.start("tax", world.account())
    edited = world.engine.pipeline("tax").change("Check", when=role_is("reviewer", "m-1"))

    assert "if assigned to m-1" in str(world.engine.explain(job, actor="tom"))
    assert "the reviewer is m-1" in str(world.engine.plan(edited, actor="tom"))


class Nobody(Authorizer):
    """Lets nobody see who works here."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Refuse to tell of the member."""
        return about != "m-1"
