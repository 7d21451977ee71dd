"""What fires but once a job is never taken for something else, whatever the firm's ids are like."""

from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import pytest

from pipeflow import (
    After,
    AroundDate,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    Money,
    OrganizerTemplate,
    Pipeline,
    Question,
    SendEmail,
    SetStatus,
    Stage,
    Status,
    TaskTemplate,
    TimeInStage,
    Trigger,
    WhenDone,
)
from pipeflow.rules import alarms, marks, trigger_turns, turns
from pipeflow.testing import World

FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("450.00", "USD"))])
CALL = TaskTemplate("Call")
LATE = EmailTemplate("Late", subject="It is late", body="Please call us.")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a", "b/c"), ("a/b", "c")),
        (("a/b", "c"), ("a%2Fb", "c")),
        (("a%2Fb", "c"), ("a/b", "c")),
    ],
    ids=["slashes", "escapes", "escapes first"],
)
def test_each_stage_bills_once_for_itself(first: tuple[str, str], second: tuple[str, str]) -> None:
    """No stage is passed over because another one, whose ids read alike, has billed."""
    world = World()
    several = [
        Stage(stage, [CreateInvoice(FEE, id=bill, repeat="once")], id=stage)
        for stage, bill in (first, second)
    ]
    world.engine.save(FEE, Pipeline("Tax", stages=[*several, Stage("Done")]))
    job = world.engine.start("tax", world.account())

    for stage in (second[0], "Done", first[0], "Done", second[0]):
        world.engine.move(job, stage)

    assert len(world.invoices.created) == 2


def test_a_stage_that_is_called_as_a_trigger_bills_once_also_after_an_undo() -> None:
    """The undo takes back what the trigger fired, not that the stage has billed."""
    world = World()
    tax = Pipeline(
        "Tax",
        stages=[
            Stage("Status held", [CreateInvoice(FEE, repeat="once")]),
            Stage("Wait", [SetStatus("Held")]),
            Stage("Done"),
        ],
        statuses=[Status("Held", automations=[CreateTask(CALL)])],
    )
    world.engine.save(tax, FEE, CALL)
    job = world.engine.start(tax, world.account())
    world.engine.move(job, "Wait")
    world.engine.undo(job)

    world.engine.move(world.engine.move(job, "Done"), "Status held")

    assert len(world.invoices.created) == 1


def reminding(id: str | None, trigger: str | None = None) -> World:
    """Make a firm that writes when a job is past its date, also where the job had to wait."""
    world = World()
    tax = Pipeline(
        "Tax",
        stages=[Stage("Work"), Stage("Next", [SetStatus("Active")]), Stage("Done")],
        statuses=["On hold"],
        triggers=[AroundDate("due", After(), [SendEmail(LATE, id=id)], id=trigger)],
    )
    world.engine.save(tax, LATE)
    return world


@pytest.mark.parametrize("id", [None, "late-mail"], ids=["own", "given"])
def test_a_trigger_whose_mail_has_left_does_not_write_again_after_an_undo(id: str | None) -> None:
    """Whatever its automation is called."""
    world = reminding(id)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.engine.set_status(job, "On hold")
    world.advance(days=5)
    world.engine.move(job, "Next")
    world.engine.undo(job)

    world.engine.set_status(job, "Active")
    world.advance(days=2)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]


def test_a_trigger_of_another_pipeline_that_is_called_alike_has_fired_all_the_same() -> None:
    """The undo of a move in one pipeline takes back nothing that fired in the one before."""
    world = reminding(None)
    books = Pipeline(
        "Books",
        stages=[Stage("Wait"), Stage("Go", [SetStatus("Active")]), Stage("End")],
        statuses=["On hold"],
        triggers=[AroundDate("due", After(), [CreateTask(CALL)])],
    )
    world.engine.save(books, CALL)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.advance(days=5)
    world.engine.transfer(job, books)
    world.engine.set_status(job, "On hold")
    world.tasks.fail_when(lambda _: True, RuntimeError("down"))
    world.advance(days=2)
    world.engine.move(job, "Go")
    world.engine.undo(job)

    world.engine.set_status(job, "Active")
    world.engine.transfer(job, "tax")
    world.advance(days=2)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]


def as_before(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something as an earlier version did, which knew what had fired by plain ids."""

    def fired_mark(pipeline: str, home: str, trigger: Trigger, of: str) -> str:
        return "/".join((pipeline, home, str(trigger.id), of))

    def fire_list(*given: Any, **said: Any) -> None:
        turns.fire_list(*given, **{**said, "mark": None})  # which history did not tell

    with monkeypatch.context() as earlier:
        earlier.setattr(marks, "mark_of", lambda *parts: "/".join(parts))
        earlier.setattr(turns, "once_mark", lambda *parts: "/".join(parts[:3]))
        earlier.setattr(alarms, "fired_mark", fired_mark)
        earlier.setattr(trigger_turns, "fired_mark", fired_mark)
        earlier.setattr(trigger_turns, "fire_list", fire_list)
        act()


SPECIAL = pytest.mark.parametrize("id", ["50%", "a/b"], ids=["percent", "slash"])


@SPECIAL
def test_what_billed_once_in_an_earlier_version_does_not_bill_again(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the stage and its automation are called."""
    world = World()
    bills = Stage("Bill", [CreateInvoice(FEE, id=id, repeat="once")], id=id)
    world.engine.save(FEE, Pipeline("Tax", stages=[Stage("New"), bills, Stage("Done")]))
    job = world.engine.start("tax", world.account())
    as_before(monkeypatch, lambda: world.engine.move(job, id))

    world.engine.move(job, "Done")
    world.engine.move(job, id)

    assert len(world.invoices.created) == 1


@SPECIAL
def test_a_trigger_that_fired_in_an_earlier_version_does_not_fire_again(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When something is done, or by a date."""
    world = World()
    done = WhenDone("create-task-call", [CreateInvoice(FEE)], id=id)
    stage = Stage("Work", [CreateTask(CALL)], triggers=[done])
    dated = AroundDate("due", After(days=1), [SendEmail(LATE)], id=id)
    tax = Pipeline("Tax", stages=[stage, Stage("Done")], triggers=[dated])
    world.engine.save(FEE, CALL, LATE, tax)
    job = world.engine.start(tax, world.account(), due=date(2026, 1, 8))
    as_before(monkeypatch, lambda: world.advance(days=6))
    as_before(monkeypatch, lambda: world.team.completes(job, "Call"))

    world.engine.pause(job)
    world.engine.resume(job)
    world.engine.edit(job, priority="high")
    world.advance(days=3)

    assert len(world.invoices.created) == len(world.email.sent) == 1


@SPECIAL
def test_what_fired_once_in_an_earlier_version_fires_again_after_an_undo(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing of it is out."""
    world = World()
    bills = Stage("Bill", [CreateInvoice(FEE, id=id, repeat="once")], id=id)
    world.engine.save(FEE, Pipeline("Tax", stages=[Stage("New"), bills]))
    job = world.engine.start("tax", world.account())
    world.invoices.fail_when(lambda _: True, RuntimeError("down"))
    as_before(monkeypatch, lambda: world.engine.move(job, id))
    world.engine.undo(job)
    world.invoices.recover()

    world.engine.move(job, id)

    assert len(world.invoices.created) == 1


@SPECIAL
def test_a_trigger_that_fired_in_an_earlier_version_fires_again_after_an_undo(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its mail never left."""
    world = reminding(None, trigger=id)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.engine.set_status(job, "On hold")
    world.advance(days=5)
    world.email.fail_when(lambda _: True, RuntimeError("down"))
    as_before(monkeypatch, lambda: world.engine.move(job, "Next"))
    world.engine.undo(job)
    world.email.recover()

    world.engine.set_status(job, "Active")
    world.advance(days=2)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]


@SPECIAL
def test_a_trigger_that_fired_in_an_earlier_version_waits_for_the_night_for_another_date(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one whose id is plain does, so that nothing goes on without end in one go."""
    world = reminding(None, trigger=id)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    as_before(monkeypatch, lambda: world.advance(days=5))

    world.engine.edit(job, due=date(2026, 1, 6))
    world.engine.tick()
    assert len(world.email.sent) == 1

    world.advance(days=1)
    assert len(world.email.sent) == 2


BILL = CreateInvoice(FEE, id="x", repeat="once")
MAIL = SendEmail(LATE, id="x", repeat="once")


def written(world: World | None = None) -> World:
    """Make a firm in which a job got a mail, by an automation "x" that fires once, and is past."""
    found = world or World()
    found.engine.save(
        FEE,
        LATE,
        Pipeline("Tax", stages=[Stage("New", [MAIL]), Stage("Done")]),
        Pipeline("Books", stages=[Stage("Month")]),
    )
    job = found.engine.start("tax", found.account())
    found.engine.move(job, "Done")
    return found


def in_place(world: World, automation: CreateInvoice | SendEmail) -> None:
    """Put another automation in the place of "x", in two edits, so that the id is free between."""
    tax = world.engine.save(world.engine.pipeline("tax").remove("New", "x"))
    world.engine.save(tax.add("New", automation))


@pytest.mark.parametrize("away", ["no", "archived", "transferred"])
def test_a_bill_with_the_id_of_what_has_fired_before_comes_all_the_same(away: str) -> None:
    """What the job got was a mail. So it is wherever the job is when its pipeline is edited."""
    world = written()
    (job,) = world.engine.jobs()
    if away == "archived":
        world.engine.archive(job)
    elif away == "transferred":
        world.engine.transfer(job, "books")
    in_place(world, BILL)
    if away == "archived":
        world.engine.restore(job)
    elif away == "transferred":
        world.engine.transfer(job, "tax", "Done")

    for stage in ("New", "Done", "New"):
        world.engine.move(job, stage)

    assert len(world.invoices.created) == 1


def test_a_bill_that_is_to_fire_but_once_from_now_on_comes() -> None:
    """Its id had been that of a mail, and then of a bill that fires each time."""
    world = written()
    (job,) = world.engine.jobs()
    in_place(world, CreateInvoice(FEE, id="x"))
    world.engine.save(world.engine.pipeline("tax").replace("New", "x", BILL))

    for stage in ("New", "Done", "New"):
        world.engine.move(job, stage)

    assert len(world.invoices.created) == 1


def test_a_pipeline_that_was_deleted_and_comes_again_bills() -> None:
    """Though a job knows what fired in the one before."""
    world = written()
    (job,) = world.engine.jobs()
    world.engine.transfer(job, "books")
    world.engine.delete("tax")
    world.engine.save(Pipeline("Tax", stages=[Stage("New", [BILL]), Stage("Done")]))

    world.engine.transfer(job, "tax")

    assert len(world.invoices.created) == 1


def test_a_mail_is_not_sent_again_where_its_id_was_that_of_a_bill_meanwhile() -> None:
    """Also not where the bill was taken back by an undo."""
    world = written()
    (job,) = world.engine.jobs()
    in_place(world, BILL)
    world.engine.undo(world.engine.move(job, "New"))
    in_place(world, MAIL)

    world.engine.move(job, "New")

    assert len(world.email.sent) == 1


def test_what_billed_once_bills_once_where_its_id_is_free_in_between() -> None:
    """The same kind is the same automation."""
    world = written()
    (job,) = world.engine.jobs()
    in_place(world, BILL)
    world.engine.move(world.engine.move(job, "New"), "Done")
    in_place(world, BILL)

    world.engine.move(job, "New")

    assert len(world.invoices.created) == 1


ORGANIZER = OrganizerTemplate("Papers", questions=[Question("Married?")])


def asked() -> World:
    """Make a firm in which a task is open that was made by an automation "x"."""
    world = World()
    first = Stage("New", [CreateTask(CALL, id="x")])
    world.engine.save(FEE, CALL, ORGANIZER, Pipeline("Tax", stages=[first, Stage("Done")]))
    world.engine.start("tax", world.account())
    return world


def test_a_bill_is_not_held_back_by_what_is_open_of_another_kind() -> None:
    """Though the task that is still open was made by what had its id before."""
    world = asked()
    (job,) = world.engine.jobs()
    world.engine.move(job, "Done")
    tax = world.engine.save(world.engine.pipeline("tax").remove("New", "x"))
    world.engine.save(tax.add("New", CreateInvoice(FEE, id="x", repeat="unless_open")))

    for stage in ("New", "Done", "New"):
        world.engine.move(job, stage)

    assert len(world.invoices.created) == 1


def test_a_trigger_waits_for_what_its_automation_makes_and_for_nothing_of_another_kind() -> None:
    """A task is done that was made by what had the id before: the organizer was never sent."""
    world = asked()
    (job,) = world.engine.jobs()
    tax = world.engine.save(world.engine.pipeline("tax").remove("New", "x"))
    tax = world.engine.save(tax.add("New", CreateOrganizer(ORGANIZER, id="x")))
    done = WhenDone("x", [CreateInvoice(FEE)])
    stages = [attrs.evolve(tax.stages[0], triggers=[done]), *tax.stages[1:]]
    world.engine.save(attrs.evolve(tax, stages=stages))

    assert "then create invoice" not in str(world.engine.explain(job))
    world.team.completes(job, "Call")
    assert not world.invoices.created

    world.client.submits(world.engine.move(world.engine.move(job, "Done"), "New"), "Papers")
    assert len(world.invoices.created) == 1


# -- triggers that get the id of another one -------------------------------------------------------


def edited(world: World, *triggers: Trigger) -> None:
    """Give the stage other triggers."""
    world.engine.save(world.engine.pipeline("tax").change("Work", triggers=triggers))


def working(*triggers: Trigger, dated: AroundDate | None = None) -> World:
    """Make a firm in which a job has two things to be done, and is due soon."""
    world = World()
    tasks = [CreateTask(CALL, id="call"), CreateOrganizer(ORGANIZER, id="ask")]
    several = [Stage("Work", tasks, triggers=triggers), Stage("Done")]
    dates = [] if dated is None else [dated]
    world.engine.save(FEE, CALL, LATE, ORGANIZER, Pipeline("Tax", stages=several, triggers=dates))
    world.engine.start("tax", world.account(), due=date(2026, 1, 8), start=date(2026, 1, 8))
    return world


@pytest.mark.parametrize(
    "first",
    [TimeInStage(2, [SendEmail(LATE)], id="x"), WhenDone("call", [SendEmail(LATE)], id="x")],
    ids=["another kind", "another thing"],
)
def test_a_trigger_fires_that_waits_for_something_else_than_what_had_its_id(first: Trigger) -> None:
    """The bill comes when the papers are there, though a mail went out in this visit (R-35)."""
    world = working(first)
    (job,) = world.engine.jobs()
    world.team.completes(job, "Call")
    world.advance(days=3)
    assert len(world.email.sent) == 1

    edited(world, WhenDone("ask", [CreateInvoice(FEE)], id="x"))
    assert "(then create invoice 'Fee')" in world.engine.explain(job).sentence
    world.client.submits(job, "Papers", {"Married?": "no"})

    assert len(world.invoices.created) == 1


def test_a_trigger_by_another_date_fires_though_both_dates_are_one() -> None:
    """The mail went by the due date; the task goes by the day on which the work began."""
    world = working(dated=AroundDate("due", 0, [SendEmail(LATE)], id="x"))
    world.advance(days=4)
    tax = world.engine.pipeline("tax")
    other = AroundDate("start", 5, [CreateTask(CALL)], id="x")
    world.engine.save(attrs.evolve(tax, triggers=[other]))

    world.advance(days=6)

    (job,) = world.engine.jobs()
    assert [item.name for item in job.items].count("Call") == 2
    assert len(world.email.sent) == 1


def test_a_trigger_that_gets_another_time_does_not_fire_again() -> None:
    """It waits for the same, and has fired in this visit."""
    world = working(TimeInStage(2, [SendEmail(LATE)]))
    world.advance(days=3)

    edited(world, TimeInStage(5, [SendEmail(LATE)]))
    world.advance(days=9)

    assert len(world.email.sent) == 1


def test_an_undo_lets_only_what_fired_in_the_move_fire_anew() -> None:
    """Not what the pipeline calls alike, and fired for its date long before (R-26)."""
    world = working(dated=AroundDate("due", -2, [SendEmail(LATE)], id="x"))
    nothing = InvoiceTemplate("Nothing", lines=[LineItem("Return", rate=Money("0.00", "USD"))])
    bill = CreateInvoice(nothing, id="bill")
    stage = Stage("Bill", [bill], triggers=[WhenDone("bill", [CreateTask(CALL)], id="x")])
    world.engine.save(nothing, world.engine.pipeline("tax").add_stage(stage, at=1))
    (job,) = world.engine.jobs()
    world.advance(days=4)

    job = world.engine.move(job, "Bill")
    assert [item.name for item in job.items].count("Call") == 2
    world.engine.undo(job)
    world.advance(days=9)
    assert len(world.email.sent) == 1

    job = world.engine.move(job, "Bill")
    assert [item.name for item in job.items].count("Call") == 3


def test_an_undo_takes_back_the_date_for_which_a_trigger_fired_and_no_other() -> None:
    """For the date before, the mail has left: it does not go out again where that date is back."""
    world = reminding(None)
    job = world.engine.start("tax", world.account(), due=date(2026, 1, 8))
    world.advance(days=5)
    job = world.engine.edit(world.engine.set_status(job, "On hold"), due=date(2026, 1, 12))
    world.advance(days=5)
    world.email.fail_when(lambda _: True, RuntimeError("down"))
    world.engine.undo(world.engine.move(job, "Next"))
    world.email.recover()

    world.engine.set_status(world.engine.edit(job, due=date(2026, 1, 8)), "Active")
    world.advance(days=9)

    assert [mail.subject for mail in world.email.sent] == ["It is late"]


def test_what_never_left_of_an_earlier_version_lets_nothing_fire_again_that_has_fired_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker let go of the mail of a date, when a stage had billed by a trigger called alike."""
    world = World(deliver=False)
    done = WhenDone("create-task-call", [CreateInvoice(FEE)], id="around-due")
    work = Stage("Work", [CreateTask(CALL)], triggers=[done])
    dated = AroundDate("due", After(), [SendEmail(LATE)])
    stages = [work, Stage("Next", [SetStatus("Active")]), Stage("Done")]
    tax = Pipeline("Tax", stages, statuses=["On hold"], triggers=[dated])
    world.engine.save(FEE, CALL, LATE, tax)
    job = world.engine.start(tax, world.account(), due=date(2026, 1, 8))
    world.engine.set_status(job, "On hold")
    world.advance(days=5)
    as_before(monkeypatch, lambda: world.engine.move(job, "Next"))
    *_, mail = world.engine.pending()
    world.engine.undo(job)
    world.engine.set_status(job, "Active")
    world.engine.complete(job.item("Call"))

    world.engine.failed(mail.key, OSError("down"))
    job = world.engine.edit(job, priority="high")

    assert job.fired == {"tax/work/around-due/1%when-done-create-task-call"}
    assert [item.name for item in job.items] == ["Call", "Fee"]
