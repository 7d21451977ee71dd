"""Short proofs of what any kind of engine promises of reminders, pauses, undo and farewells."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Daily,
    Engine,
    InvoicePaid,
    JobStarted,
    Member,
    NotFoundError,
    Pipeline,
    Receipt,
    Ref,
    Reminders,
    ReminderSent,
    Schedule,
    SendingWindow,
    Settings,
    Stage,
    TaskCompleted,
    tagged,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Task
from pipeflow.testing import World
from tests.faults.offices import ports_of
from tests.firms import DAILY, FEE, ORGANIZER, PREPARE

__all__ = [
    "counts_what_has_left",
    "hands_over_all",
    "lets_nothing_come_back",
    "makes_each_job_once",
    "rests_while_paused",
    "sends_in_the_window",
    "withdraws_what_is_undone",
]

DOWN = ConnectionError("down")


def opened(kind: type[Engine], *stages: Stage) -> tuple[World, Engine, Account]:
    """Open a firm with an engine of this kind, which tries what failed again and again."""
    world = World()
    engine = kind(ports=ports_of(world), store=world.store, clock=world.clock, ids=world.ids)
    engine.save(PREPARE, FEE, ORGANIZER, Pipeline("Tax", stages), Settings(attempts=1000))
    ada = Contact("Ada", email="ada@example.com")
    return world, engine, engine.save(Account("Ada", [ada], id="ada"))


def lived(world: World, engine: Engine, days: int) -> None:
    """Let days pass, hour by hour."""
    for _ in range(24 * days):
        world.clock.advance(hours=1)
        engine.tick()


def counts_what_has_left(kind: type[Engine]) -> None:
    """See that as many reminders leave as were asked for, though no mail leaves for a while.

    The first goes out an interval after the thing did, however late that was.
    """
    reminders = Reminders(every=2, times=3)
    stage = Stage("Billing", [CreateInvoice(FEE, reminders=reminders)])
    world, engine, ada = opened(kind, stage)
    world.invoices.fail_when(lambda _: True, DOWN)
    job = engine.start("tax", ada)
    lived(world, engine, 3)
    assert engine.job(job).items[0].remind_at is None
    world.invoices.recover()
    lived(world, engine, 1)
    world.email.fail_when(lambda _: True, DOWN)
    lived(world, engine, 5)
    assert engine.job(job).items[0].reminded == 0
    world.email.recover()
    lived(world, engine, 20)

    numbers = [event.number for event in engine.history(job).of(ReminderSent)]
    assert numbers == [1, 2, 3]
    assert [mail.number for mail in world.email.sent] == numbers
    assert engine.job(job).items[0].reminded == reminders.times


def rests_while_paused(kind: type[Engine]) -> None:
    """See that a paused job reminds nobody: not of what was under way, nor of what begins then."""
    begins = [CreateInvoice(FEE, reminders=DAILY), CreateOrganizer(ORGANIZER, reminders=DAILY)]
    world, engine, ada = opened(kind, Stage("Intake", begins))
    world.organizers.fail_when(lambda _: True, DOWN)
    world.email.fail_when(lambda _: True, DOWN)
    job = engine.start("tax", ada)
    lived(world, engine, 2)
    assert world.email.attempts
    engine.pause(job, "on holiday")
    world.email.recover()
    world.organizers.recover()
    lived(world, engine, 5)

    assert [item.ref is None for item in engine.job(job).items] == [False, False]
    assert world.email.sent == []
    engine.resume(job)
    lived(world, engine, 2)
    assert {mail.item for mail in world.email.sent} == {"job-1/1", "job-1/2"}


def withdraws_what_is_undone(kind: type[Engine]) -> None:
    """See that what a move asked for does not leave any more when the move is taken back."""
    world, engine, ada = opened(kind, Stage("Intake"), Stage("Billing", [CreateInvoice(FEE)]))
    job = engine.start("tax", ada)
    world.invoices.fail_when(lambda _: True, DOWN)
    engine.move(job, "Billing")
    undone = engine.undo(job)
    world.invoices.recover()
    lived(world, engine, 3)

    assert [trace.name for trace in undone.withdrawn] == ["Fee"]
    assert (undone.cancelled, undone.gone) == ((), ())
    assert world.invoices.created == []
    assert world.invoices.cancelled == []
    assert engine.failures() == ()
    engine.move(job, "Billing")
    assert len(world.invoices.created) == 1


def hands_over_all(kind: type[Engine]) -> None:
    """See that who leaves has nothing any more, and that who follows has it all."""
    mia, tom = Member("Mia", id="mia"), Member("Tom", id="tom")
    _, engine, ada = opened(kind, Stage("Work", [CreateTask(PREPARE)]))
    led = Account("Ada", ada.contacts, roles={"preparer": [mia]}, access=[mia], id="ada")
    engine.save(mia, tom)
    engine.save(led, replace=True)
    job = engine.start("tax", "ada", assignees=[mia])
    engine.reassign(job.items[0], [mia])
    engine.hand_over(mia, tom)

    after, account = engine.job(job), engine.account("ada")
    assert after.assignees == after.items[0].assignees == account.access == {"tom"}
    assert account.roles["preparer"] == ("tom",)


def lets_nothing_come_back(kind: type[Engine]) -> None:
    """See that a job that is deleted stays so, whatever ports and webhooks still say of it."""
    stage = Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)])
    world, engine, ada = opened(kind, stage)
    made = engine.start("tax", ada)
    engine.delete(engine.archive(made))
    take = world.tasks.take

    def deletes(request: Task) -> Receipt:
        engine.delete(engine.archive(request.job or ""))
        return take(request)

    world.tasks.take = deletes  # type: ignore[method-assign]
    engine.start("tax", ada)
    lived(world, engine, 2)

    assert list(engine.jobs()) == []
    assert len(world.invoices.created) == 1
    assert engine.failures() == ()
    for port, fact in (("invoices", InvoicePaid()), ("tasks", TaskCompleted())):
        assert engine.receive(Ref(port, f"{port[:-1]}-1"), fact) == []
    assert engine.receive(Ref("tasks", "task-2"), TaskCompleted()) == []
    with pytest.raises(NotFoundError):
        engine.receive(Ref("tasks", "task-3"), TaskCompleted())


def makes_each_job_once(kind: type[Engine]) -> None:
    """See that a schedule makes each day's job once, also where it was there, and none in a pause.

    It is deleted and comes again when nobody knows its timers any more, where a job that was
    deleted too gets another id; and it pauses while a client's job is still to be made.
    """
    world, engine, ada = opened(kind, Stage("Prepare", [CreateTask(PREPARE)]))
    day = world.clock.now().date()
    engine.save(replaced(engine.settings(), forget_after=timedelta(minutes=1)))
    plan = Schedule("Each day", pipeline="tax", accounts=tagged("daily"), every=Daily(), start=day)
    engine.tag(ada, add={"daily"})
    plan = engine.save(plan)
    lived(world, engine, 3)
    made = [f"each-day.ada.{day + timedelta(days=n)}" for n in range(4)]
    assert [job.id for job in engine.jobs()] == made
    engine.delete(plan)
    engine.archive(made[0])
    engine.delete(engine.job(made[0]))
    plan = engine.save(replaced(plan, revision=None))
    lived(world, engine, 1)
    made[0] = f"{made[0]}-2"
    assert [job.id for job in engine.jobs()] == [*made, f"each-day.ada.{day + timedelta(days=4)}"]
    assert not engine.failures()
    assert all(len(engine.history(job).of(JobStarted)) == 1 for job in engine.jobs())
    bert = engine.save(Account("Bert", id="bert", tags=["daily"]))
    world.clock.advance(days=1)
    end = engine.on(
        JobStarted, lambda _: engine.save(replaced(engine.schedule(plan), active=False))
    )
    engine.tick()
    end()
    assert len(engine.jobs(account=ada)) + len(engine.jobs(account=bert)) == 6


def sends_in_the_window(kind: type[Engine]) -> None:
    """See that no mail leaves by night or on weekends, and that rhythms keep their hour."""
    stage = Stage("Ask", [CreateOrganizer(ORGANIZER, reminders=Reminders(1, times=6))])
    world, engine, ada = opened(kind, stage)
    window = SendingWindow(opens=time(8), closes=time(18))
    engine.save(replaced(engine.settings(), window=window))
    world.clock.set(datetime(2026, 1, 9, 16, 50, tzinfo=UTC))  # a Friday
    engine.start("tax", ada)
    for _ in range(2):  # each day a reminder falls due; one of them waits
        world.clock.advance(days=1)
        engine.tick()
    engine.save(replaced(engine.settings(), window=replaced(window, opens=time(12))))
    for day, hour, minute, count in ((12, 8, 0, 0), (12, 12, 0, 1), (12, 16, 50, 2)):
        world.clock.set(datetime(2026, 1, day, hour, minute, tzinfo=UTC))
        engine.tick()
        assert len(world.email.sent) == count
    world.email.fail_next(DOWN)
    for hour in (17, 20):  # it fails, and its retry falls due after closing
        world.clock.set(datetime(2026, 1, 13, hour, 0, tzinfo=UTC))
        engine.tick()
        assert len(world.email.sent) == 2
