"""Explaining: why a job is where it is, and all that it waits for; histories that print."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateTask,
    Declined,
    Event,
    History,
    Job,
    JobMoved,
    PaymentFailed,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    Reminders,
    SendEmail,
    SendingWindow,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    Status,
    TimeInStage,
    WaitReason,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine import ripples
from pipeflow.ports import Page, Rejected, RowKey
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    PREPARE,
    REVIEW,
    WELCOME,
    Forgetful,
    begun,
    now,
    opened,
    stored,
    usd,
)


class Reading(MemoryStore):
    """A store that counts the chapters that it told."""

    chapters = 0

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Count them."""
        page = super().history(tenant, key, **more)
        self.chapters += len(page.rows)
        return page


@pytest.mark.parametrize("moves", [40, 400])
def test_an_explanation_reads_no_more_than_what_it_tells(moves: int) -> None:
    """A job that has come a long way costs no more than one that has just begun."""
    store = Reading()
    world = opened(Stage("Intake"), Stage("Sign", [SendProposal(LETTER)]), store=store)
    job = world.engine.start("tax", world.engine.save(Account("Lovelace", contacts=[ADA])))
    for number in range(moves):
        job = world.engine.move(job, ("sign", "intake")[number % 2])
        if number % 2:
            world.engine.record(job.items[-1], Cancelled("not now"))
    job = world.engine.move(job, "sign")
    world.engine.record(job.items[-1], Declined(by="ada@example.com", reason="too dear"))

    store.chapters = 0
    told = world.engine.explain(job)

    assert store.chapters <= 50
    assert "declined by Ada Lovelace: too dear" in str(told)


def test_an_explanation_goes_back_as_far_as_the_last_entry() -> None:
    """However much has happened since then."""
    review = Stage("Review", when=tagged("business"))
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), review, DONE)
    world.team.completes(job, "Prepare")
    for number in range(120):
        world.engine.edit(job, name=f"Name {number}")

    assert world.engine.explain(job).came == (
        "skipped stage 'Review': account lacks the tag 'business'",
    )


def test_open_items_are_explained_with_how_far_they_are() -> None:
    """Who has signed, what is paid, which client tasks are open, when the next reminder goes."""
    world, job = begun(
        Stage(
            "Intake",
            [
                CreateInvoice(FEE, reminders=Reminders(every=3)),
                SendProposal(LETTER),
                SendMessage(CHECKLIST),
                CreateTask(PREPARE),
            ],
            automove=True,
        ),
        Stage("Review", when=tagged("business")),
        DONE,
        contacts=[ADA, BOB],
    )
    world.engine.record(job.item("Fee"), PaymentReceived(usd("40")))
    world.engine.record(job.item("Fee"), PaymentReceived(usd("10"), cleared=False, reference="d"))
    world.engine.record(job.item("Letter"), ProposalSigned("ada@example.com"))
    world.client.checks(job, "Checklist", "Scan")

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.OPEN_ITEMS
    assert [item.name for item in explained.waits_for] == ["Fee", "Letter", "Checklist", "Prepare"]
    assert (explained.next, explained.passes) == (
        "done", (("review", "account lacks the tag 'business'"),),
    )  # fmt: skip
    for part in (
        "Tax: stage 'Intake', Active, visit 1",
        "waits for invoice 'Fee', proposal 'Letter', message 'Checklist', task 'Prepare'",
        "invoice 'Fee' (job-1/1); 40.00 USD of 100.00 USD paid, 1 payment not cleared yet",
        "not cleared yet; next reminder 2026",
        "proposal 'Letter' (job-1/2); 1 of 2 signed",
        "message 'Checklist' (job-1/3); open: Upload",
        "task 'Prepare' (job-1/4)",
        "would go on to 'Done'",
        "would skip 'Review': account lacks the tag 'business'",
    ):
        assert part in str(explained)


def test_nothing_completed() -> None:
    """An automove needs one thing done."""
    world, job = begun(Stage("Intake", automove=True), DONE)

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.NOTHING_COMPLETED
    assert "Nothing was completed in this visit" in str(explained)


def test_automove_off_with_and_without_open_items() -> None:
    """The stage is left by hand, and what is open is told all the same."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    open_one = world.engine.explain(job)
    world.team.completes(job, "Prepare")

    explained = world.engine.explain(job)

    assert open_one.reason is explained.reason is WaitReason.AUTOMOVE_OFF
    assert "automove is off. Open: task 'Prepare'." in open_one.sentence
    assert "Open:" not in explained.sentence


def test_the_last_stage_with_and_without_open_items() -> None:
    """With everything done it is ready to be archived."""
    world, job = begun(Stage("Only", [CreateTask(PREPARE)]))
    open_one = world.engine.explain(job)
    world.team.completes(job, "Prepare")

    explained = world.engine.explain(job)

    assert open_one.reason is explained.reason is WaitReason.LAST_STAGE
    assert "Open: task 'Prepare'." in open_one.sentence
    assert "it can be archived" in explained.sentence
    assert explained.next is None


def test_the_last_stage_says_where_an_earlier_one_left_something_open() -> None:
    """A job of which a bill is unpaid is not called ready to be archived."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE)]), DONE)

    explained = world.engine.explain(world.engine.move(job, "Done"))

    assert explained.reason is WaitReason.LAST_STAGE
    assert explained.sentence == (
        "It is in the last stage. Nothing is open here, but an earlier stage left something open."
    )


def test_of_reminders_only_what_is_so_is_told() -> None:
    """A task has none to be off, a covered bill no next one, and one was told all."""
    reminded = CreateInvoice(FEE, reminders=Reminders(every=1))
    world, job = begun(Stage("Work", [CreateTask(PREPARE), reminded]), DONE)
    left = world.engine.move(job, "Done", open="quiet")
    quiet = str(world.engine.explain(left))
    fee = world.engine.start("tax", job.account).item("Fee")
    paid = PaymentReceived(usd("100"), cleared=False, reference="debit-1")
    world.engine.record(fee, paid)
    covered = str(world.engine.explain(fee.job))
    world.engine.record(fee, PaymentFailed("debit-1"))
    world.advance(days=2)
    sent = str(world.engine.explain(fee.job))

    assert quiet.count("its reminders are off until somebody sets them again") == 1
    assert covered.count("next reminder") == 0
    assert "so that nobody is reminded of it" in covered
    assert "all its reminders were sent (1)" in sent


@pytest.mark.parametrize("status", ["Archived", "Completed", "On hold"])
@pytest.mark.parametrize("stage", ["Intake", "Done"])
def test_a_status_that_holds(status: str, stage: str) -> None:
    """In any stage, the last one too."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE, stage=stage)
    world.engine.set_status(job, status)

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.STATUS
    assert status.lower() in explained.sentence.lower()
    assert explained.next == ("done" if stage == "Intake" else None)


def test_a_blocked_automation_and_what_to_do_about_it() -> None:
    """Its key is there to retry or abandon."""
    from pipeflow.ports import Changes

    world = opened(Stage("Intake", [CreateTask(PREPARE), SendEmail(WELCOME)], automove=True), DONE)
    for template in ("prepare", "welcome"):
        key = RowKey("template", template)
        world.store.commit(Changes("default", {key: 1}, deletes=(key,)))
    job = world.engine.start("tax", world.account())

    explained = world.engine.explain(job)

    assert explained.reason is WaitReason.BLOCKED
    assert [one.required for one in explained.blocked] == [True, False]
    assert "retry or abandon 'default/job-1/1/create-task-prepare'" in str(explained)
    world.engine.abandon("default/job-1/1/create-task-prepare")
    assert world.engine.explain(job).reason is WaitReason.NOTHING_COMPLETED


def test_failures_of_this_job_alone() -> None:
    """Waiting for a retry, or given up."""
    world = opened(
        Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE, settings=Settings(attempts=2)
    )
    account = world.account()
    world.tasks.fail_next(OSError("down"), times=9)
    job, other = world.engine.start("tax", account), world.engine.start("tax", account)

    waiting = world.engine.explain(job)
    world.advance(days=1)
    given_up = world.engine.explain(job)

    assert [one.due.job for one in waiting.failures] == [job.id]
    assert "failed (1 attempt" in str(waiting)
    assert "gave up task 'Prepare' after 2 attempts" in str(given_up)
    assert len(world.engine.explain(other).failures) == 1


def test_what_failed_is_called_as_people_call_it() -> None:
    """Mails by their templates; what is about a thing by the thing; the key says what to retry."""
    bill = CreateInvoice(FEE, reminders=Reminders(every=1))
    world, job = begun(Stage("Intake", [SendEmail(WELCOME), CreateTask(PREPARE), bill]), DONE)
    world.email.fail_next(OSError("down"), times=9)
    world.tasks.fail_next(Rejected("no"), times=9)
    world.advance(days=1)
    world.engine.reschedule(job.item("Prepare"), date(2026, 3, 1))
    world.engine.start("tax", job.account)

    told = [line for job in world.engine.jobs() for line in world.engine.explain(job).lines]

    for begins in (
        "a reminder of invoice 'Fee' failed (1 attempt): OSError: down; next try ",
        "gave up a change of task 'Prepare' after 1 attempt: Rejected: no; retry or abandon 'def",
        "e-mail 'Welcome' failed (1 attempt): OSError: down; next try ",
        "gave up task 'Prepare' after 1 attempt: Rejected: no; retry or abandon 'default/job-2/1/",
    ):
        assert any(line.startswith(begins) for line in told), begins


def test_what_was_skipped_or_warned_of_on_the_way_here() -> None:
    """Skipped stages and automations of this entry, not of earlier ones."""
    world, job = begun(
        Stage(
            "Intake", [SendEmail(WELCOME, when=tagged("never")), CreateTask(PREPARE)], automove=True
        ),
        Stage("Review", when=tagged("business")),
        Stage("Work", [SendEmail(WELCOME, when=tagged("vip")), SendEmail(WELCOME)], automove=True),
        DONE,
        contacts=[Contact("Ada")],
    )
    world.team.completes(job, "Prepare")

    explained = world.engine.explain(job)

    assert explained.came == (
        "skipped stage 'Review': account lacks the tag 'business'",
        "skipped send email 'Welcome': account lacks the tag 'vip'",
        "warning: send email 'Welcome': no recipients, no contact of 'Lovelace' takes mail",
    )


def test_what_was_skipped_or_warned_of_since_it_came_here_is_told_with_its_time() -> None:
    """A trigger's mail that was left out days later did not stay away on the way in."""
    vip = tagged("vip")
    nudge = TimeInStage(3, [SendEmail(WELCOME, when=vip)])
    world, job = begun(
        Stage("Work", [CreateTask(PREPARE), CreateTask(REVIEW, when=vip)], triggers=[nudge]), DONE
    )
    world.advance(days=4)
    world.engine.unlink(job, "Prepare")
    world.advance(days=1)
    world.engine.reopen(now(world, job).items[0], "wrong")

    explained = world.engine.explain(job)

    skipped = "skipped send email 'Welcome': account lacks the tag 'vip'"
    why = "it was unlinked from this job, so that nothing follows from this here"
    late = f"warning: 'Prepare': {why}"
    lines = [
        "when it came here: skipped create task 'Review': account lacks the tag 'vip'",
        f"since then, 2026-01-08 09:00 UTC: {skipped}",
        f"since then, 2026-01-10 09:00 UTC: {late}",
    ]
    assert [line for line in explained.lines if line.startswith(("when", "since"))] == lines
    assert [*explained.notes[-3:]] == lines
    assert explained.came == ("skipped create task 'Review': account lacks the tag 'vip'",)
    assert explained.since[1] == f"2026-01-10 09:00 UTC: {late}"


def test_a_stage_that_is_gone() -> None:
    """A store that was edited by hand may hold a job nowhere: it is explained and moved by hand."""
    from pipeflow.ports import Changes

    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    import attrs

    key = RowKey("job", job.id)
    found = stored(world, key.kind, key.id)
    lost = attrs.evolve(found.value, stage="gone")
    world.store.commit(Changes("default", {key: found.version}, {key: lost}))

    explained = world.engine.explain(job)
    completed = world.team.completes(job, "Prepare")

    assert explained.reason is WaitReason.STAGE_GONE
    assert "no longer has this stage; move the job by hand" in str(explained)
    assert completed.stage == "gone"
    assert world.engine.move(job, "Done").stage == "done"


def test_cancelled_and_older_items() -> None:
    """What was left open before is told apart from what is waited for now."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)]),
        Stage("Work", automove=True),
        DONE,
    )
    world.engine.record(job.item("Prepare"), Cancelled())
    world.engine.move(job, "Work")

    explained = world.engine.explain(job)

    assert [item.name for item in explained.older] == ["Fee"]
    assert "left open from visit 1, not waited for: invoice 'Fee'" in str(explained)
    assert explained.waits_for == ()


def test_a_history_is_a_sequence_that_prints() -> None:
    """A line an event; parts, kinds and equality as of any sequence."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    world.clock.advance(days=1)
    world.engine.complete(job.item("Prepare"), actor="mia")

    history = world.engine.history(job)

    assert str(history).splitlines() == [
        "2026-01-05 09:00 UTC started 'Tax' in stage 'intake' of pipeline 'tax'",
        "2026-01-05 09:00 UTC ran 'create-task-prepare', making job-1/1",
        "2026-01-05 09:00 UTC waits in 'intake' for 'Prepare'",
        "2026-01-05 09:00 UTC tasks took 'create-task-prepare' as task-1",
        "2026-01-06 09:00 UTC completed 'Prepare' (task completed) [mia]",
        "2026-01-06 09:00 UTC moved from 'intake' to 'done' (automove)",
        "2026-01-06 09:00 UTC waits in 'done': it is the last stage",
    ]
    assert isinstance(history[1:3], History)
    assert list(history[1:3]) == [history[1], history[2]]
    assert history == tuple(history) == history[:]
    assert history != 5
    assert hash(history) == hash(world.engine.history(job.id))
    assert len(history.of(JobMoved)) == 1
    assert history.of(Event) == tuple(history)
    assert repr(history) == "<History of 7 events>"


def test_days_of_an_item_are_told_in_its_explanation_only_while_it_is_reminded_of() -> None:
    """A reminder that was the last one leaves nothing to come."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE, reminders=Reminders(every=timedelta(hours=5)))]), DONE
    )

    before = str(world.engine.explain(job))
    world.advance(days=1)

    assert "next reminder 2026-01-05 14:00" in before
    assert "next reminder" not in str(world.engine.explain(now(world, job)))


def test_a_job_that_is_late_is_explained_as_late() -> None:
    """Past its date, or longer in its stage than that allows; a completed one is late no more."""
    stage = Stage("Intake", [CreateTask(PREPARE)], time_limit=timedelta(days=2))
    world, job = begun(stage, DONE, due=date(2026, 1, 6))
    assert world.engine.explain(job).overdue == ()

    world.clock.advance(days=2)
    past = world.engine.explain(job)
    world.clock.advance(minutes=1)
    explained = world.engine.explain(job)
    world.engine.set_status(job, "Completed")

    assert past.overdue == ("overdue: it was due 2026-01-06",)
    assert explained.overdue == (
        *past.overdue,
        "overdue: it has been here since 2026-01-05 09:00 UTC, and the stage allows 2 days",
    )
    assert "- overdue: it was due 2026-01-06" in str(explained)
    assert world.engine.explain(job).overdue == ()


def test_what_a_paused_job_waits_for_in_its_status_is_told() -> None:
    """It goes on to wait for that when it is resumed, and so does what the board says."""
    world = World()
    bank = Status("Bank", automations=[CreateTask(PREPARE)], automove=True)
    billed = Stage("Bill", [CreateInvoice(FEE)], automove=True)
    world.engine.save(FEE, PREPARE, Pipeline("Tax", [billed, DONE], statuses=[bank]))
    job = world.engine.set_status(world.job_at("tax", "Bill"), "Bank")

    job = world.engine.pause(job, "holidays")

    told = world.engine.explain(job)
    assert told.sentence.startswith("Its status 'Bank' holds it until task 'Prepare' is done;")
    assert [one.name for one in told.waits_for] == ["Prepare"]
    assert "- open: task 'Prepare'" in str(told)
    assert world.engine.resume(world.engine.complete(job.item("Prepare"))).status == "Active"


def test_the_next_reminder_is_told_as_it_leaves() -> None:
    """One that is due on a Saturday leaves when the window opens; the calendar may not tell."""
    calendar = Forgetful([date(2026, 1, 12)])
    world = World(datetime(2026, 1, 9, 9, tzinfo=UTC), calendar=calendar)
    fee = CreateInvoice(FEE, reminders=Reminders(every=1, times=3))
    window = Settings(window=SendingWindow())
    world.engine.save(window, FEE, Pipeline("Tax", [Stage("Bill", [fee]), DONE]))
    job = world.job_at("tax", "Bill")

    (bill,) = world.engine.explain(job).awaited

    first = world.engine.forecast(days=7).departures[0]
    assert bill.next == first.at == datetime(2026, 1, 13, 8, tzinfo=UTC)
    assert "next reminder 2026-01-13 08:00 UTC" in str(world.engine.explain(job))
    calendar.forgets = True
    assert world.engine.explain(job).awaited[0].next == datetime(2026, 1, 10, 9, tzinfo=UTC)


def test_an_archived_job_of_a_stage_that_is_gone_is_restored_first() -> None:
    """It cannot be moved as it is, and what its stage would have fired never fires."""
    world = World()
    timed = Stage("Collect", triggers=[TimeInStage(3, [SendEmail(WELCOME)])])
    line = world.engine.save(Pipeline("Tax", [timed, Stage("Bill"), DONE]), WELCOME)[0]
    job = world.engine.archive(world.job_at("tax", "Collect"))
    world.engine.save(line.remove_stage("Collect"))

    told = str(world.engine.explain(job))

    assert "no longer has this stage; restore the job, and move the job by hand" in told
    assert "trigger" not in told
    world.engine.move(world.engine.restore(job), "Bill")


def billed(window: SendingWindow, zone: str = "UTC") -> tuple[World, Job]:
    """Return a firm on a Friday, and a job whose bill is reminded of each day."""
    world = World(datetime(2026, 1, 9, 15, tzinfo=UTC))
    fee = CreateInvoice(FEE, reminders=Reminders(every=1, times=3))
    line = Pipeline("Tax", [Stage("Bill", [fee]), DONE])
    world.engine.save(Settings(window=window, time_zone=zone), FEE, line)
    return world, world.job_at("tax", "Bill")


@pytest.mark.parametrize(
    ("window", "zone", "leaves"),
    [
        (SendingWindow(kinds=["email"]), "UTC", datetime(2026, 1, 10, 15, tzinfo=UTC)),
        (SendingWindow(), "America/New_York", datetime(2026, 1, 12, 13, tzinfo=UTC)),
    ],
    ids=["a window for others", "a window of the firm's clock"],
)
def test_the_next_reminder_leaves_as_the_firm_says(
    window: SendingWindow, zone: str, leaves: datetime
) -> None:
    """As the forecast has it."""
    world, job = billed(window, zone)

    (bill,) = world.engine.explain(job).awaited

    assert bill.next == world.engine.forecast(days=7).departures[0].at == leaves


def test_a_reminder_that_waits_for_the_window_is_the_next_to_leave() -> None:
    """The one behind it is told when it has left."""
    world, job = billed(SendingWindow())
    world.advance(days=1)

    told = world.engine.explain(job)

    monday = datetime(2026, 1, 12, 8, tzinfo=UTC)
    assert told.awaited[0].next == world.engine.forecast(days=7).departures[0].at == monday
    assert "it leaves when the window opens, 2026-01-12 08:00 UTC" in str(told)
    assert "next reminder" not in str(told)


def test_a_trigger_that_a_job_was_not_told_of_yet_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An edit tells few jobs at a time; the others go by it all the same."""
    monkeypatch.setattr(ripples, "JOBS", 1)
    world = World()
    stage = Stage("Collect", id="collect")
    line = world.engine.save(WELCOME, Pipeline("Tax", [stage, DONE]))[1]
    jobs = [world.job_at(line, "Collect") for _ in range(2)]
    timed = evolve(stage, triggers=[TimeInStage(3, [SendEmail(WELCOME)])])
    world.engine.save(evolve(line, stages=[timed, line.stages[1]]))

    told = [str(world.engine.explain(job)) for job in jobs]

    assert [world.engine.job(job).alarms == () for job in jobs] == [False, True]
    assert all("fires 2026-01-08" in one for one in told)


def test_what_failed_and_waits_for_another_window_now_is_told() -> None:
    """It was tried, so that a person may have to look at it."""
    world = World(datetime(2026, 1, 5, 9, tzinfo=UTC))
    world.engine.save(WELCOME, Pipeline("Tax", [Stage("Collect", [SendEmail(WELCOME)]), DONE]))
    world.email.fail_next(OSError("down"))
    job = world.job_at("tax", "Collect")
    world.engine.save(Settings(window=SendingWindow(opens=time(14))))
    world.advance(hours=2)

    (failed,) = world.engine.explain(job).failures

    assert (failed.attempt, failed.at) == (1, datetime(2026, 1, 5, 14, tzinfo=UTC))
