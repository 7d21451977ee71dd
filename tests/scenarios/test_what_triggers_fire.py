"""Triggers: what is done, time in a stage, dates, and used up reminders fire automations (R-34)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    AroundDate,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    Money,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    Repeat,
    SendEmail,
    Settings,
    Stage,
    Status,
    TaskTemplate,
    TimeInStage,
    TriggerFired,
    TriggerPassed,
    WhenDone,
    tagged,
)
from pipeflow.model.jobs import Job
from pipeflow.testing import World

PREPARE, REVIEW, CALL = TaskTemplate("Prepare"), TaskTemplate("Review"), TaskTemplate("Call")
NUDGE = EmailTemplate("Nudge", subject="Are you there?", body="We wait for you.")
ASK = OrganizerTemplate(
    "Ask", questions=[Question("When does the year end?", kind="date", field="year end")]
)
FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("100.00", "USD"))])
NOTHING = InvoiceTemplate("Nothing", lines=[LineItem("Return", rate=Money("0.00", "USD"))])
TEMPLATES = (PREPARE, REVIEW, CALL, NUDGE, ASK, FEE, NOTHING)
DONE = Stage("Done")


def world_of(*stages: Stage, **more: object) -> World:
    """A firm with one pipeline, at nine in the morning of 5 January."""
    world = World()
    world.engine.save(Pipeline("Tax", stages=[*stages, DONE], **more), *TEMPLATES)  # type: ignore[arg-type]
    return world


def begun(world: World, **more: object) -> Job:
    """A job of a client of its own."""
    return world.engine.start("tax", world.account(), **more)  # type: ignore[arg-type]


def fired(world: World, job: Job) -> list[tuple[str, bool]]:
    """Which triggers fired, and whether late."""
    events = world.engine.history(job)
    return [(one.trigger, one.late) for one in events if isinstance(one, TriggerFired)]


def subjects(world: World) -> list[str]:
    """What left by e-mail."""
    return [mail.subject for mail in world.email.sent]


TWO_STEPS = Stage(
    "Work",
    automove=True,
    automations=[CreateTask(PREPARE, id="prepare")],
    triggers=[WhenDone("prepare", [CreateTask(REVIEW)])],
)
SLOW = Stage(
    "Collect",
    automations=[CreateTask(PREPARE)],
    triggers=[TimeInStage(After(days=14), [SendEmail(NUDGE)])],
)


# -- what is done -------------------------------------------------------------------------------


def test_r_34_prepare_then_review_inside_one_stage() -> None:
    """It fires in the completing command, before automove is evaluated."""
    world = world_of(TWO_STEPS)
    job = begun(world)

    told = world.engine.explain(job)
    assert "waits for task 'Prepare' (then create task 'Review')" in told.sentence
    assert told.to_come == ("Review",)

    job = world.engine.complete(job.item("Prepare"))

    assert world.engine.explain(job).to_come == ()
    assert (job.stage, [one.name for one in job.open_items]) == ("work", ["Review"])
    assert fired(world, job) == [("when-done-prepare", False)]
    assert world.engine.complete(job.item("Review")).stage == "done"


def test_r_34_what_was_cancelled_is_not_done() -> None:
    """A cancellation fires nothing."""
    world = world_of(TWO_STEPS)
    job = begun(world)

    job = world.engine.record(job.item("Prepare"), Cancelled("no need"))

    assert fired(world, job) == []
    assert job.open_items == ()


def test_r_35_it_fires_once_a_visit_and_again_in_the_next() -> None:
    """What is reopened and done once more is no news; a second visit is."""
    world = world_of(TWO_STEPS)
    job = world.engine.complete(begun(world).item("Prepare"))

    job = world.engine.reopen(job.item("Prepare"))
    job = world.engine.complete(job.item("Prepare"))
    assert len(fired(world, job)) == 1

    job = world.engine.complete(job.item("Review"))
    job = world.engine.move(job, "Work")
    job = world.engine.complete(job.item("Prepare"))
    assert len(fired(world, job)) == 2
    assert [one.name for one in job.open_items] == ["Review"]


def test_r_34_what_was_done_in_an_earlier_visit_is_not_done_in_this_one() -> None:
    """The task is made anew, and its review waits until that one is done."""
    call = CreateTask(CALL, id="call")
    review = WhenDone("prepare", [CreateTask(REVIEW)])
    stage = Stage("Work", [CreateTask(PREPARE, id="prepare"), call], triggers=[review])
    world = world_of(stage)
    job = world.engine.complete(begun(world).item("Prepare"))
    job = world.engine.move(world.engine.move(job, "Done"), "Work")

    job = world.engine.complete(job.item("Call"))
    assert len(fired(world, job)) == 1

    job = world.engine.complete(job.item("Prepare"))
    assert len(fired(world, job)) == 2


def test_what_is_done_at_birth_fires_when_the_whole_list_has_run() -> None:
    """An invoice that comes to nothing is paid as it is made."""
    bill = CreateInvoice(NOTHING, id="bill")
    stage = Stage(
        "Bill",
        automove=True,
        automations=[bill, CreateTask(PREPARE)],
        triggers=[WhenDone("bill", [CreateTask(REVIEW)])],
    )
    world = world_of(stage)

    job = begun(world)

    assert [one.name for one in job.items] == ["Nothing", "Prepare", "Review"]


def test_what_was_carried_along_is_not_what_this_stage_made() -> None:
    """Two stages may call their automations alike; each waits for its own (R-24)."""
    work = Stage("Work", [CreateTask(PREPARE, id="task")])
    check = Stage(
        "Check",
        [CreateTask(REVIEW, id="task")],
        triggers=[WhenDone("task", [CreateTask(CALL)])],
    )
    world = world_of(work, check)
    job = world.engine.move(begun(world), "Check", open="carry")

    job = world.engine.complete(job.item("Prepare"))
    assert fired(world, job) == []

    job = world.engine.complete(job.item("Review"))
    assert fired(world, job) == [("when-done-task", False)]


def test_one_trigger_may_wait_for_what_another_made() -> None:
    """Each once, so that it ends."""
    stage = Stage(
        "Work",
        automations=[CreateTask(PREPARE, id="prepare")],
        triggers=[
            WhenDone("review", [CreateTask(CALL)]),
            WhenDone("prepare", [CreateTask(REVIEW, id="review")]),
        ],
    )
    world = world_of(stage)
    job = world.engine.complete(begun(world).item("Prepare"))

    job = world.engine.complete(job.item("Review"))

    assert [one.name for one in job.open_items] == ["Call"]


def test_a_trigger_may_wait_for_what_a_later_one_made_done_at_birth() -> None:
    """Whichever of the two stands first, an invoice that comes to nothing is paid at once."""
    stage = Stage(
        "Work",
        automations=[CreateTask(PREPARE, id="prepare")],
        triggers=[
            WhenDone("bill", [CreateTask(CALL)]),
            WhenDone("prepare", [CreateInvoice(NOTHING, id="bill")]),
        ],
    )
    world = world_of(stage)

    job = world.engine.complete(begun(world).item("Prepare"))

    assert fired(world, job) == [("when-done-prepare", False), ("when-done-bill", False)]
    assert [one.name for one in job.open_items] == ["Call"]


def test_each_condition_is_asked_at_its_turn() -> None:
    """Exactly as when a stage is entered (A-2)."""
    when = [CreateTask(REVIEW, when=tagged("vip")), CreateTask(CALL, when=~tagged("vip"))]
    stage = Stage("Work", [CreateTask(PREPARE, id="p")], triggers=[WhenDone("p", when)])
    world = world_of(stage)
    job = begun(world)
    world.engine.tag(job.account, add={"vip"})

    job = world.engine.complete(job.item("Prepare"))

    assert [one.name for one in job.open_items] == ["Review"]


def test_while_a_job_is_paused_nothing_fires_until_it_goes_on() -> None:
    """The completion is kept; what follows from it waits (R-27)."""
    world = world_of(TWO_STEPS)
    job = world.engine.pause(begun(world), "holiday")
    job = world.engine.complete(job.item("Prepare"))
    assert fired(world, job) == []

    job = world.engine.resume(job)

    assert [one.name for one in job.open_items] == ["Review"]


def test_a_move_without_firing_fires_no_trigger_either() -> None:
    """Firms bring running work along (R-25)."""
    stage = Stage(
        "Bill",
        [CreateInvoice(NOTHING, id="bill")],
        triggers=[WhenDone("bill", [CreateTask(REVIEW)])],
    )
    world = world_of(stage)

    job = begun(world, fire=False)

    assert job.items == ()


# -- time in a stage ----------------------------------------------------------------------------


def test_r_34_a_job_that_stays_too_long_is_nudged() -> None:
    """Fourteen days after it came, at the time of day at which it came."""
    world = world_of(SLOW)
    job = begun(world)

    world.advance(days=13, hours=23)
    assert subjects(world) == []
    world.advance(hours=1)
    world.advance(days=60)

    assert subjects(world) == ["Are you there?"]
    assert fired(world, job) == [("time-in-stage", False)]


def test_r_35_one_that_left_before_is_not() -> None:
    """Its timer is taken back, and another visit counts from its own entry."""
    world = world_of(SLOW)
    job = begun(world)
    world.advance(days=10)
    job = world.engine.move(job, "Done")
    assert job.alarms == ()
    world.advance(days=30)
    assert subjects(world) == []

    job = world.engine.move(job, "Collect")
    world.advance(days=14)
    assert subjects(world) == ["Are you there?"]


def test_a_move_that_is_undone_leaves_the_time_as_it_was() -> None:
    """The job is back in the visit that it was in (R-26)."""
    world = world_of(SLOW)
    job = begun(world)
    before = job.alarms[0].at
    world.advance(days=2)

    job = world.engine.undo(world.engine.move(job, "Done")).job

    assert [one.at for one in job.alarms] == [before]
    world.advance(days=12)
    assert subjects(world) == ["Are you there?"]


def test_r_35_what_was_missed_fires_once_late_and_says_so() -> None:
    """Nobody ticked for a month."""
    world = world_of(SLOW)
    job = begun(world)
    world.clock.advance(days=30)

    done = world.engine.tick()

    assert len(done.fired) == 1
    assert "1 trigger fired" in str(done)
    assert fired(world, job) == [("time-in-stage", True)]
    assert "fired, late" in str(world.engine.history(job))


@pytest.mark.parametrize(("minutes", "late"), [(60, False), (61, True)])
def test_r_35_within_an_hour_nothing_is_late(minutes: int, late: bool) -> None:
    """A worker that ticks now and then is in time, as with reminders."""
    world = world_of(SLOW)
    job = begun(world)
    world.clock.advance(days=14, minutes=minutes)

    world.engine.tick()

    assert fired(world, job) == [("time-in-stage", late)]


def test_r_35_what_must_not_be_late_is_dropped_instead() -> None:
    """And says so."""
    late = TimeInStage(After(days=14), [SendEmail(NUDGE)], skip_if_late=True)
    world = world_of(Stage("Collect", triggers=[late]))
    job = begun(world)
    world.clock.advance(days=30)

    world.engine.tick()

    assert subjects(world) == []
    passed = [one for one in world.engine.history(job) if isinstance(one, TriggerPassed)]
    assert [one.reason for one in passed] == ["it was late"]
    assert world.engine.job(job).alarms == ()


def test_r_35_what_must_not_be_late_fires_in_its_time() -> None:
    """As any other does."""
    prompt = TimeInStage(After(days=14), [SendEmail(NUDGE)], skip_if_late=True)
    world = world_of(Stage("Collect", triggers=[prompt]))
    job = begun(world)

    world.advance(days=14)

    assert subjects(world) == ["Are you there?"]
    assert fired(world, job) == [("time-in-stage", False)]


@pytest.mark.parametrize("skip", [False, True])
def test_r_35_what_fell_due_while_the_job_was_paused_fires_when_it_goes_on(skip: bool) -> None:
    """Once, late; or not at all, where it must not be late."""
    trigger = TimeInStage(After(days=14), [SendEmail(NUDGE)], skip_if_late=skip)
    world = world_of(Stage("Collect", triggers=[trigger]))
    job = world.engine.pause(begun(world))
    world.advance(days=20)
    assert subjects(world) == []
    told = str(world.engine.explain(job))
    assert ("fires when the job is resumed" in told) is not skip

    job = world.engine.resume(job)

    assert fired(world, job) == ([] if skip else [("time-in-stage", True)])
    assert len(subjects(world)) == (0 if skip else 1)


@pytest.mark.parametrize("rest", ["paused", "Completed"])
def test_why_what_must_not_be_late_was_dropped_is_said(rest: str) -> None:
    """The job was paused, or had another status, when its time came."""
    prompt = TimeInStage(After(days=14), [SendEmail(NUDGE)], skip_if_late=True)
    world = world_of(Stage("Collect", triggers=[prompt]))
    job = begun(world)
    job = world.engine.pause(job) if rest == "paused" else world.engine.set_status(job, rest)

    world.advance(days=14)

    passed = [one for one in world.engine.history(job) if isinstance(one, TriggerPassed)]
    assert [one.reason for one in passed] == [f"the job is {rest}"]


def test_what_fell_due_while_the_job_was_paused_is_late_however_soon_it_goes_on() -> None:
    """At the very moment too: it could not fire in its time (R-35)."""
    world = world_of(SLOW)
    job = world.engine.pause(begun(world))
    world.advance(days=14)

    job = world.engine.resume(job)

    assert fired(world, job) == [("time-in-stage", True)]


def test_what_fell_due_meanwhile_fires_in_the_order_of_its_times() -> None:
    """Whatever it is called: the call is of the tenth day, the nudge of the fourteenth."""
    call = TimeInStage(After(days=10), [CreateTask(CALL)], id="z")
    nudge = TimeInStage(After(days=14), [SendEmail(NUDGE)], id="a")
    world = world_of(Stage("Collect", triggers=[nudge, call]))
    job = world.engine.pause(begun(world))
    world.advance(days=20)

    job = world.engine.resume(job)

    assert fired(world, job) == [("z", True), ("a", True)]


def test_an_archived_job_fires_when_it_is_restored() -> None:
    """The same holds for every status but Active."""
    world = world_of(SLOW)
    job = world.engine.archive(begun(world))
    world.advance(days=20)

    job = world.engine.restore(job)

    assert fired(world, job) == [("time-in-stage", True)]


def test_what_a_trigger_makes_may_move_the_job_on() -> None:
    """An invoice of nothing is done at birth, and the stage waited for nothing else."""
    trigger = TimeInStage(After(days=1), [CreateInvoice(NOTHING)])
    world = world_of(Stage("Collect", automove=True, triggers=[trigger]))
    job = begun(world)

    world.advance(days=1)

    assert world.engine.job(job).stage == "done"


def test_months_count_as_the_calendar_does() -> None:
    """From 31 January, a month is 28 February."""
    world = world_of(Stage("Collect", triggers=[TimeInStage(After(months=1), [SendEmail(NUDGE)])]))
    world.advance(days=26)
    job = begun(world)

    days = (str(job.entered.date()), str(job.alarms[0].at.date()))
    assert days == ("2026-01-31", "2026-02-28")


def test_months_count_from_the_day_on_which_the_job_came_by_the_firms_calendar() -> None:
    """In Tokyo it is the first of March already: a month from then is the first of April."""
    monthly = TimeInStage(After(months=1), [SendEmail(NUDGE)])
    world = world_of(Stage("Collect", triggers=[monthly]))
    world.engine.save(Settings(time_zone="Asia/Tokyo"))
    world.advance(days=54, hours=11)  # 28 February, eight in the evening in London

    job = begun(world)

    assert [one.at.isoformat() for one in job.alarms] == ["2026-03-31T20:00:00+00:00"]


def test_days_in_a_stage_end_at_the_hour_at_which_the_job_came() -> None:
    """Also where the clocks went forward meanwhile: at ten in Stockholm, before and after."""
    world = world_of(SLOW)
    world.engine.save(Settings(time_zone="Europe/Stockholm"))
    world.advance(days=76)  # to 22 March, a week before summer time

    job = begun(world)

    assert world.clock.now().isoformat() == "2026-03-22T09:00:00+00:00"
    assert [one.at.isoformat() for one in job.alarms] == ["2026-04-05T08:00:00+00:00"]


def test_a_stage_may_last_longer_than_the_calendar() -> None:
    """Then the trigger never fires."""
    far = TimeInStage(After(years=9000), [SendEmail(NUDGE)])
    world = world_of(Stage("Collect", triggers=[far]))

    assert begun(world).alarms == ()


def test_a_deleted_job_takes_its_alarms_along() -> None:
    """Nothing is left to wake."""
    world = world_of(SLOW)
    job = world.engine.archive(begun(world))

    world.engine.delete(job)

    assert world.engine.store.next_due() is None


# -- around dates -------------------------------------------------------------------------------

EXTEND = AroundDate("due", After(days=-30), [SendEmail(NUDGE)])


def test_r_34_thirty_days_before_the_due_date_in_whatever_stage() -> None:
    """At the start of the firm's day."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.engine.save(Settings(time_zone="Europe/Stockholm", day_starts=time(8)))
    job = begun(world, due=date(2026, 4, 15))
    world.engine.move(job, "Done")

    world.advance(days=69)
    assert subjects(world) == []
    world.advance(days=1)

    assert subjects(world) == ["Are you there?"]
    (event,) = [one for one in world.engine.history(job) if isinstance(one, TriggerFired)]
    assert event.at.isoformat() == "2026-03-16T07:00:00+00:00"


def test_r_35_a_date_that_moves_sets_it_anew_and_one_that_goes_takes_it_back() -> None:
    """Each date fires once, also where it comes back."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=date(2026, 4, 15))

    job = world.engine.edit(job, due=date(2026, 3, 1))
    assert [one.of for one in job.alarms if one.trigger == "around-due"] == ["2026-03-01"]
    world.advance(days=27)
    assert len(fired(world, job)) == 2

    job = world.engine.edit(job, due=None)
    assert world.engine.job(job).alarms == ()
    job = world.engine.edit(job, due=date(2026, 3, 1))
    assert job.alarms == ()
    job = world.engine.edit(job, due=date(2026, 6, 1))
    world.advance(days=100)
    assert [one for one, _ in fired(world, job)].count("around-due") == 2


def test_a_date_may_come_back_after_it_was_taken_back() -> None:
    """Its first timer is over under its key; the second has another."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=date(2026, 4, 15))
    job = world.engine.edit(job, due=None)
    job = world.engine.edit(job, due=date(2026, 4, 15))

    world.advance(days=90)

    assert ("around-due", False) in fired(world, job)


YEAR_END = AroundDate("year end", After(months=2), [CreateTask(CALL, holds=False)])


def test_r_35_saving_an_account_sets_the_timers_of_its_open_jobs() -> None:
    """The date stands in a field of the account; a field that holds no date sets nothing."""
    world = world_of(SLOW, triggers=[YEAR_END])
    account = world.engine.save(Account("Ada", contacts=world.account().contacts, id="ada"))
    job = world.engine.start("tax", account)
    assert len(job.alarms) == 1

    import attrs

    account = world.engine.save(attrs.evolve(account, fields={"year end": "in June"}))
    assert len(world.engine.job(job).alarms) == 1
    world.engine.save(attrs.evolve(account, fields={"year end": date(2026, 6, 30)}))

    alarm = world.engine.job(job).alarms[-1]
    assert (alarm.of, alarm.at.date()) == ("2026-06-30", date(2026, 8, 30))
    world.advance(days=250)
    assert [i.name for i in world.engine.job(job).open_items] == ["Prepare", "Call"]


def test_an_answer_sets_the_timers_of_all_open_jobs_of_the_account() -> None:
    """It is the account's date, whichever job asked for it."""
    ask = Stage("Ask", [CreateOrganizer(ASK)])
    world = world_of(ask, triggers=[YEAR_END])
    world.engine.save(Pipeline("Other", stages=[Stage("One"), DONE]))
    account = world.account()
    first, second = (world.engine.start("tax", account) for _ in range(2))
    other = world.engine.start("other", account)

    answers = {"When does the year end?": date(2026, 6, 30)}
    world.engine.record(first.item("Ask"), OrganizerSubmitted(answers=answers))

    assert [len(world.engine.job(job).alarms) for job in (first, second, other)] == [1, 1, 0]


def test_a_date_that_an_answer_sets_as_the_job_leaves_its_stage_leaves_no_timer() -> None:
    """What the stage would have fired by it is not wanted any more, and nobody is woken."""
    yearly = AroundDate("year end", After(), [CreateTask(CALL)])
    late = TimeInStage(After(days=14), [SendEmail(NUDGE)])
    ask = Stage("Ask", [CreateOrganizer(ASK)], automove=True, triggers=[late, yearly])
    world = world_of(ask)
    job = begun(world)

    answers = {"When does the year end?": date(2026, 6, 30)}
    job = world.engine.record(job.item("Ask"), OrganizerSubmitted(answers))

    assert (job.stage, job.alarms) == ("done", ())
    assert world.engine.store.next_due() is None


def test_a_date_of_a_stage_counts_while_the_job_is_there() -> None:
    """Where the job comes back, it is another visit."""
    stage = Stage("Collect", triggers=[EXTEND])
    world = world_of(stage)
    job = begun(world, due=date(2026, 3, 1))
    assert [one.of for one in job.alarms] == ["2026-03-01 1"]

    job = world.engine.move(job, "Done")
    assert job.alarms == ()


def test_a_date_beyond_the_calendar_sets_nothing() -> None:
    """And harms nothing."""
    far = AroundDate("due", After(years=-2026), [SendEmail(NUDGE)])
    world = world_of(SLOW, triggers=[far])

    job = begun(world, due=date(2026, 3, 1))

    assert [one.trigger for one in job.alarms] == ["time-in-stage"]


# -- used up reminders ---------------------------------------------------------------------------

CHASED = CreateOrganizer(
    ASK, reminders=Reminders(every=3, times=2, then=[CreateTask(CALL, holds=False)])
)


def test_r_34_what_reminders_did_not_bring_is_for_the_team() -> None:
    """One interval after the last reminder has left."""
    world = world_of(Stage("Ask", [CHASED], automove=True))
    job = begun(world)

    world.advance(days=8)
    assert len(world.email.sent) == 2
    assert [i.name for i in world.engine.job(job).open_items] == ["Ask"]
    world.advance(days=1)
    world.advance(days=30)

    job = world.engine.job(job)
    assert [i.name for i in job.open_items] == ["Ask", "Call"]
    assert fired(world, job) == [("create-organizer-ask.then", False)]
    submitted = world.engine.complete(job.item("Ask"))
    assert submitted.stage == "done"  # the call holds nothing


def test_r_34_not_where_the_client_acted_meanwhile_or_the_job_moved_on() -> None:
    """The item must still be open, and of the visit in which the job is."""
    world = world_of(Stage("Ask", [CHASED]))
    done, left = begun(world), begun(world)
    world.advance(days=7)

    done = world.engine.complete(done.item("Ask"))
    left = world.engine.move(left, "Done")
    assert done.alarms == ()
    assert "then" not in str(world.engine.explain(left))
    world.advance(days=30)

    assert fired(world, done) == fired(world, left) == []


def test_another_rhythm_fires_what_it_says_itself() -> None:
    """And nothing, where it says nothing."""
    world = world_of(Stage("Ask", [CHASED]))
    job = begun(world)

    job = world.engine.set_reminders(job.item("Ask"), Reminders(every=1, times=1))
    world.advance(days=10)

    assert fired(world, job) == []


def test_a_job_that_rests_fires_it_when_it_goes_on() -> None:
    """As with all that falls due meanwhile (R-35)."""
    world = world_of(Stage("Ask", [CHASED]))
    job = begun(world)
    world.advance(days=7)
    job = world.engine.pause(job)
    world.advance(days=30)

    job = world.engine.resume(job)

    assert fired(world, job) == [("create-organizer-ask.then", True)]


def test_what_a_status_chased_in_vain_is_not_asked_for_twice() -> None:
    """A status is of no stage: what is open of it is found wherever the job is by now (A-46)."""
    then = [CreateTask(CALL, holds=False, repeat=Repeat.UNLESS_OPEN)]
    ask = CreateOrganizer(ASK, reminders=Reminders(every=1, times=1, then=then))
    world = world_of(SLOW, Stage("Check"), statuses=[Status("Waiting", automations=[ask])])
    job = begun(world)
    for stage in ("Collect", "Check"):
        if stage == "Check":
            job = world.engine.complete(job.item("Ask"))
            job = world.engine.move(job, stage)
        job = world.engine.set_status(job, "Waiting")
        world.advance(days=3)
        job = world.engine.set_status(job, "Active")

    assert [one for one, _ in fired(world, job)].count("status-waiting.create-organizer-ask.then")
    assert [one.name for one in job.items].count("Call") == 1


# -- what holds -----------------------------------------------------------------------------------


def test_r_36_what_holds_nothing_neither_keeps_a_job_nor_moves_it() -> None:
    """The stage waits for its other task, and goes by that alone."""
    stage = Stage("Work", [CreateTask(PREPARE), CreateTask(CALL, holds=False)], automove=True)
    world = world_of(stage)
    job = begun(world)
    assert "open, not waited for: task 'Call'" in str(world.engine.explain(job))

    job = world.engine.complete(job.item("Call"))
    assert job.stage == "work"
    assert world.engine.complete(job.item("Prepare")).stage == "done"

    only = Stage("Work", [CreateTask(CALL, holds=False)], automove=True)
    world = world_of(only)
    job = begun(world)
    assert world.engine.complete(job.item("Call")).stage == "work"


def test_r_36_the_invoice_of_a_letter_that_holds_nothing_holds_nothing() -> None:
    """It belongs to the letter."""
    from pipeflow import ProposalTemplate, SendProposal

    letter = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
    stage = Stage("Work", [CreateTask(PREPARE), SendProposal(letter, holds=False)], automove=True)
    world = World()
    world.engine.save(Pipeline("Tax", stages=[stage, DONE]), letter, *TEMPLATES)
    job = begun(world)
    job = world.engine.complete(job.item("Letter"))

    job = world.engine.complete(job.item("Prepare"))

    assert (job.stage, job.item("Fee").holds) == ("done", False)


def test_an_automation_that_failed_and_holds_nothing_blocks_nothing() -> None:
    """Its template is gone; the stage does not wait for what it would have made."""
    stage = Stage("Work", [CreateTask(PREPARE), CreateTask(CALL, holds=False)], automove=True)
    world = World()
    world.engine.save(Pipeline("Tax", stages=[Stage("New"), stage, DONE]), *TEMPLATES)
    lose(world, "call")
    job = begun(world)
    job = world.engine.move(job, "Work")

    assert world.engine.complete(job.item("Prepare")).stage == "done"


def retried(world: World, key: str) -> Job:
    """Try again what failed, and return its job."""
    job = world.engine.retry(key)
    assert job is not None
    return job


def lose(world: World, template: str) -> None:
    """A template is gone that pipelines still use, as after a restore from elsewhere."""
    from pipeflow.ports import Changes, RowKey

    store = world.engine.store
    key = RowKey("template", template)
    (version, _) = store.read("default", [key]).rows[key]
    store.commit(Changes("default", {key: version}, deletes=(key,)))


def test_what_a_trigger_could_not_run_is_retried_as_it_would_have_been() -> None:
    """Under the key that it had (A-24)."""
    world = world_of(TWO_STEPS)
    lose(world, "review")
    job = begun(world)
    job = world.engine.complete(job.item("Prepare"))
    (failed,) = job.blocked
    assert job.stage == "work"

    world.engine.save(REVIEW)
    world.engine.retry(failed.key)
    job = world.engine.job(job)

    assert job.item("Review").request == failed.key
    assert job.item("Review").origin == "work.when-done-prepare.create-task-review"


def test_what_fires_once_a_job_has_fired_where_it_was_retried() -> None:
    """It is of the whole pipeline: in whatever stage it could not run at first (A-24, A-46)."""
    world = World()
    once = AroundDate("due", After(), [CreateTask(CALL, repeat=Repeat.ONCE)])
    world.engine.save(CALL, Pipeline("Tax", stages=[Stage("Work"), DONE], triggers=[once]))
    lose(world, "call")
    job = begun(world, due=date(2026, 1, 8))
    world.advance(days=3)
    (failed,) = world.engine.job(job).blocked
    world.engine.save(CALL)
    job = retried(world, failed.key)

    job = world.engine.edit(job, due=date(2026, 1, 20))
    world.advance(days=20)

    assert len(fired(world, job)) == 2
    assert [one.name for one in world.engine.job(job).items] == ["Call"]


def test_what_is_retried_in_one_stage_has_not_fired_in_another_that_says_the_same() -> None:
    """Each stage has its own, though they are written alike."""
    call = [CreateTask(CALL, repeat=Repeat.ONCE)]
    world = world_of(Stage("Work", call), Stage("Check", call))
    lose(world, "call")
    job = begun(world, stage="Work", fire=False)
    job = world.engine.move(job, "Check")
    (failed,) = world.engine.job(job).blocked
    world.engine.save(CALL)
    job = retried(world, failed.key)

    job = world.engine.move(job, "Work")

    assert [one.name for one in job.items] == ["Call", "Call"]


def test_what_the_pipeline_no_longer_has_is_only_abandoned() -> None:
    """The error names what there is."""
    from pipeflow import NotFoundError

    world = world_of(TWO_STEPS)
    lose(world, "review")
    job = begun(world)
    job = world.engine.complete(job.item("Prepare"))
    world.engine.save(REVIEW)
    edited = world.engine.pipeline("tax").change("Work", triggers=())
    world.engine.save(edited)

    with pytest.raises(NotFoundError, match="prepare"):
        world.engine.retry(job.blocked[0].key)


# -- ids and edits -------------------------------------------------------------------------------


def test_an_edit_that_says_other_times_reaches_the_jobs_that_are_there() -> None:
    """They keep what has fired, and get what is new; a job elsewhere gets nothing."""
    world = world_of(SLOW)
    here = begun(world)
    there = world.engine.move(begun(world), "Done")
    over = world.engine.archive(begun(world))

    week = TimeInStage(After(days=7), [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("Collect", triggers=[week]))

    assert [one.at.date() for one in world.engine.job(here).alarms] == [date(2026, 1, 12)]
    assert world.engine.job(there).alarms == ()
    assert [one.at.date() for one in world.engine.job(over).alarms] == [date(2026, 1, 19)]
    world.advance(days=7)
    assert subjects(world) == ["Are you there?"]


def test_an_edit_that_says_other_times_reaches_jobs_that_wait_in_a_status() -> None:
    """As `explain` tells it then: by the new time, or when the job is Active again."""
    world = world_of(SLOW, statuses=["On hold"])
    job = world.engine.set_status(begun(world), "On hold")

    week = TimeInStage(After(days=7), [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("Collect", triggers=[week]))

    assert [one.at.date() for one in world.engine.job(job).alarms] == [date(2026, 1, 12)]
    assert "fires 2026-01-12 09:00 UTC at the earliest" in str(world.engine.explain(job))


def test_an_edit_that_says_other_times_around_a_date_reaches_jobs_in_every_stage() -> None:
    """They are the pipeline's."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = world.engine.move(begun(world, due=date(2026, 4, 15)), "Done")

    sooner = AroundDate("due", After(days=-10), [SendEmail(NUDGE)])
    world.engine.save(attrs.evolve(world.engine.pipeline("tax"), triggers=[sooner]))

    assert [one.at.date() for one in world.engine.job(job).alarms] == [date(2026, 4, 5)]


def test_a_transfer_leaves_the_times_of_the_old_pipeline_behind() -> None:
    """And takes on those of the new one."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.engine.save(Pipeline("Other", stages=[Stage("One"), DONE]))
    job = begun(world, due=date(2026, 4, 15))

    job = world.engine.transfer(job, "other")
    assert job.alarms == ()
    job = world.engine.transfer(job, "tax")

    assert [one.trigger for one in job.alarms] == ["time-in-stage", "around-due"]


def test_a_transfer_leaves_no_timer_of_the_old_pipeline() -> None:
    """Nobody is woken for it."""
    world = world_of(SLOW)
    world.engine.save(Pipeline("Other", stages=[Stage("One"), DONE]))
    job = begun(world)
    assert world.engine.store.next_due() is not None

    world.engine.transfer(job, "other")

    assert world.engine.store.next_due() is None


def test_what_fires_once_a_job_does_so_whatever_fired_it() -> None:
    """In whatever stage the date came."""
    once = AroundDate("due", After(), [CreateTask(CALL, repeat=Repeat.ONCE, holds=False)])
    world = world_of(SLOW, triggers=[once])
    job = begun(world, due=date(2026, 1, 8))
    world.advance(days=5)
    job = world.engine.move(job, "Done")

    job = world.engine.edit(job, due=date(2026, 1, 20))
    world.advance(days=20)

    job = world.engine.job(job)
    assert [one.name for one in job.items].count("Call") == 1


def test_what_is_not_made_again_while_it_is_open_is_found_in_any_stage() -> None:
    """It came of a trigger of the whole pipeline."""
    again = AroundDate("due", After(), [CreateTask(CALL, repeat="unless_open")])
    world = world_of(SLOW, triggers=[again])
    job = begun(world, due=date(2026, 1, 8))
    world.advance(days=5)
    job = world.engine.edit(job, due=date(2026, 1, 20))

    world.advance(days=20)

    assert [one.name for one in world.engine.job(job).items].count("Call") == 1


def test_an_alarm_that_cannot_be_worked_out_is_postponed_and_can_be_abandoned() -> None:
    """One bad row stops no other, and a person decides."""
    world = world_of(SLOW, triggers=[EXTEND])
    world.engine.save(Settings(attempts=1, most_requests=1))
    bad = AroundDate("start", After(), [SendEmail(NUDGE), CreateTask(CALL)])
    world.engine.save(Pipeline("Bad", stages=[Stage("One"), DONE], triggers=[bad]))
    job = world.engine.start("bad", world.account(), start=date(2026, 1, 6))

    world.advance(days=2)
    (failure,) = world.engine.failures()
    assert failure.request is None

    world.engine.abandon(failure.key)

    assert world.engine.job(job).alarms == ()
    passed = [one for one in world.engine.history(job) if isinstance(one, TriggerPassed)]
    assert [one.reason for one in passed] == ["its request was abandoned"]


# -- statuses -------------------------------------------------------------------------------------

WAITING = Status("Waiting", automations=[CreateTask(CALL)], automove=True, quiet=True)


def test_vector_15_a_custom_status_with_a_task_ends_when_the_task_is_done() -> None:
    """The job is Active again, in the same stage (A-23)."""
    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "waiting")
    assert [one.name for one in job.open_items] == ["Prepare", "Call"]
    told = world.engine.explain(job)
    assert "holds it until task 'Call' is done; then it is Active" in told.sentence
    assert [one.name for one in told.waits_for] == ["Call"]

    job = world.engine.complete(job.item("Call"))

    assert (job.status, job.stage, job.visit) == ("Active", "collect", 1)


def test_a_23_while_the_status_holds_the_stage_does_not_move() -> None:
    """What belongs to the stage completes without moving; afterwards it is evaluated."""
    stage = Stage("Work", [CreateTask(PREPARE)], automove=True)
    world = world_of(stage, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "Waiting")

    job = world.engine.complete(job.item("Prepare"))
    assert (job.stage, job.status) == ("work", "Waiting")
    job = world.engine.complete(job.item("Call"))

    assert (job.stage, job.status) == ("done", "Active")


def test_2_6_what_belongs_to_a_status_holds_no_stage() -> None:
    """Somebody makes the job Active by hand; the stage goes by its own things."""
    stage = Stage("Work", [CreateTask(PREPARE)], automove=True)
    world = world_of(stage, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "Waiting")
    job = world.engine.set_status(job, "Active")

    assert world.engine.complete(job.item("Prepare")).stage == "done"


def test_2_6_what_is_linked_in_such_a_status_belongs_to_it() -> None:
    """And holds it as its own task does."""
    from pipeflow import Ref

    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "Waiting")
    job = world.engine.link(job, Ref("tasks", "t-9"), name="Ask the bank")

    job = world.engine.complete(job.item("Call"))
    assert job.status == "Waiting"
    job = world.engine.complete(job.item("Ask the bank"))

    assert job.status == "Active"


def test_a_status_without_automove_waits_for_a_hand() -> None:
    """Its things are done, and it stays."""
    status = Status("Waiting", automations=[CreateTask(CALL)])
    world = world_of(SLOW, statuses=[status])
    job = world.engine.set_status(begun(world), "Waiting")

    job = world.engine.complete(job.item("Call"))

    assert job.status == "Waiting"


def test_each_setting_of_a_status_has_things_of_its_own() -> None:
    """What an earlier setting left open does not hold the next one (A-7)."""
    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "Waiting")
    job = world.engine.set_status(job, "Active")
    job = world.engine.set_status(job, "Waiting")
    calls = [one for one in job.items if one.name == "Call"]
    assert len({one.request for one in calls}) == 2

    job = world.engine.complete(calls[0])
    assert job.status == "Waiting"
    assert world.engine.complete(calls[1]).status == "Active"


def test_reminders_go_on_when_the_status_ends_by_itself() -> None:
    """As when it is ended by hand (R-9)."""
    ask = Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(every=3, times=5))])
    world = world_of(ask, statuses=[WAITING])
    job = world.engine.set_status(begun(world), "Waiting")
    world.advance(days=10)
    assert world.email.sent == []

    job = world.engine.complete(job.item("Call"))
    world.advance(days=3)

    assert len(world.email.sent) == 1


def test_a_status_whose_automation_failed_waits_for_it() -> None:
    """It is retried, and what it makes belongs to the status."""
    world = world_of(SLOW, statuses=[WAITING])
    lose(world, "call")
    job = begun(world)
    job = world.engine.set_status(job, "Waiting")
    job = world.engine.complete(job.item("Prepare"))
    assert job.status == "Waiting"
    told = world.engine.explain(job).sentence
    assert told == "Its status 'Waiting' waits for create task 'call', which could not run."

    world.engine.save(CALL)
    world.engine.retry(job.blocked[0].key)
    job = world.engine.job(job)
    job = world.engine.complete(job.item("Call"))

    assert job.status == "Active"


def test_a_paused_job_gets_its_status_and_nothing_fires() -> None:
    """Nothing fires while it is paused (R-27)."""
    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.pause(begun(world))

    job = world.engine.set_status(job, "Waiting")

    assert [one.name for one in job.open_items] == ["Prepare"]
    assert world.engine.explain(job).sentence


def test_what_a_trigger_fired_on_the_way_is_taken_back_with_the_move() -> None:
    """By the keys that it had; the mail has left, and is listed as gone (R-26)."""
    bill = Stage(
        "Bill",
        [CreateInvoice(NOTHING, id="bill")],
        triggers=[WhenDone("bill", [SendEmail(NUDGE), CreateTask(REVIEW)])],
    )
    world = world_of(Stage("New"), bill)
    job = world.engine.move(begun(world), "Bill")
    assert subjects(world) == ["Are you there?"]

    undone = world.engine.undo(job)

    assert [one.name for one in undone.cancelled] == ["Nothing", "Review"]
    assert [one.name for one in undone.gone] == ["Nudge"]
    assert undone.job.open_items == ()
    again = world.engine.move(undone.job, "Bill")
    assert [one.name for one in again.open_items] == ["Review"]


def test_what_is_owed_is_forgotten_where_the_job_leaves_the_stage() -> None:
    """It was for that visit."""
    world = world_of(SLOW, statuses=["On hold"])
    job = world.engine.set_status(begun(world), "On hold")
    world.advance(days=20)
    assert [one.due for one in world.engine.job(job).alarms] == [None]

    job = world.engine.move(job, "Done")
    job = world.engine.set_status(job, "Active")

    assert fired(world, job) == []


def test_a_status_that_is_not_quiet_leaves_reminders_as_they_are() -> None:
    """They went on all the time."""
    loud = Status("Waiting", automations=[CreateTask(CALL)], automove=True)
    ask = Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(every=3, times=5))])
    world = world_of(ask, statuses=[loud])
    job = world.engine.set_status(begun(world), "Waiting")
    world.advance(days=3)
    assert len(world.email.sent) == 1

    job = world.engine.complete(job.item("Call"))

    assert (job.status, job.item("Ask").reminded) == ("Active", 1)


# -- what must not go on without end, or be mixed up -----------------------------------------------


def test_a_trigger_that_starts_its_like_does_so_once_a_day_and_no_tick_goes_on_for_ever() -> None:
    """A job that an automation started waits for the start of the firm's next day."""
    from pipeflow import StartJob

    again = AroundDate("due", After(days=-30), [StartJob("tax")])
    world = world_of(SLOW, triggers=[again])
    begun(world, due=date(2026, 1, 6))
    plain = world.account()
    account = world.engine.save(
        Account("Bob", contacts=plain.contacts, fields={"year end": date(2025, 12, 31)})
    )
    yearly = AroundDate("year end", After(), [StartJob("loop")])
    world.engine.save(Pipeline("Loop", stages=[Stage("One"), DONE], triggers=[yearly]))
    world.engine.start("loop", account)

    for _ in range(3):
        world.engine.tick()
    world.advance(days=2)

    assert 2 <= len(world.engine.jobs(pipeline="loop")) <= 4


def test_an_owed_alarm_stays_with_the_pipeline_that_it_was_of() -> None:
    """Another pipeline may call its own trigger alike; that one fires in its own time."""
    world = world_of(SLOW, triggers=[EXTEND], statuses=["On hold"])
    near = AroundDate("due", After(days=-1), [CreateTask(CALL)])
    world.engine.save(Pipeline("Other", stages=[Stage("One"), DONE], triggers=[near]))
    job = world.engine.set_status(begun(world, due=date(2026, 2, 1)), "On hold")
    world.advance(days=2)

    job = world.engine.transfer(job, "other")

    assert fired(world, job) == []
    assert [one.at.date() for one in job.alarms] == [date(2026, 1, 31)]


@pytest.mark.parametrize("rest", ["pause", "Completed"])
def test_what_is_owed_goes_by_the_times_of_an_edit(rest: str) -> None:
    """Fourteen days were over; by the edit there are sixty."""
    world = world_of(SLOW)
    job = begun(world)
    job = world.engine.pause(job) if rest == "pause" else world.engine.set_status(job, rest)
    world.advance(days=15)
    later = TimeInStage(After(days=60), [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("Collect", triggers=[later]))

    job = world.engine.resume(job) if rest == "pause" else world.engine.set_status(job, "Active")

    assert fired(world, job) == []
    world.advance(days=46)
    assert fired(world, job) == [("time-in-stage", False)]


def test_an_undo_leaves_what_used_up_reminders_are_to_fire() -> None:
    """The job is back in its visit, and the call is made in its time (R-26)."""
    world = world_of(Stage("Ask", [CHASED]))
    job = begun(world)
    world.advance(days=7)

    job = world.engine.undo(world.engine.move(job, "Done")).job
    world.advance(days=3)

    assert fired(world, job) == [("create-organizer-ask.then", False)]


def test_what_is_owed_for_a_thing_that_comes_along_fires_at_once() -> None:
    """It was left behind, and is of this visit from then on."""
    chased = CreateOrganizer(
        ASK, reminders=Reminders(1, times=1, then=[CreateTask(CALL)]), repeat=Repeat.UNLESS_OPEN
    )
    ask = Stage("Ask", [CreateTask(PREPARE)], triggers=[WhenDone("create-task-prepare", [chased])])
    world = world_of(ask)
    job = world.engine.complete(begun(world).item("Prepare"))
    world.engine.move(job, "Done")
    world.advance(days=3)
    assert "Call" not in [item.name for item in world.engine.job(job).items]
    job = world.engine.move(job, "Ask")

    job = world.engine.complete(job.items_here[-1])

    assert [item.name for item in job.open_items] == ["Ask", "Call"]
    assert fired(world, job)[-1][1]


@pytest.mark.parametrize("status", ["Active", "On hold"])
def test_what_fell_due_in_a_stage_that_is_undone_fires_late(status: str) -> None:
    """It is of the visit in which the job is again, and was missed as if the job had rested.

    The undo itself makes nothing go out: it fires when the day starts next (R-26).
    """
    world = world_of(Stage("Ask", [CHASED]), statuses=["On hold"])
    job = begun(world)
    world.advance(days=7)
    job = world.engine.move(job, "Done")
    world.advance(days=4)

    undone = world.engine.undo(job).job
    told = str(world.engine.explain(job))
    world.engine.set_status(job, status)
    world.engine.link(world.engine.set_status(job, "Active"), "n-1", "note")
    assert fired(world, job) == []
    world.advance(days=1)

    assert (undone.stage, len(undone.alarms)) == ("ask", 1)
    due = "2026-01-14 09:00 UTC"
    assert f"are used up (create task 'Call') was due {due}, and fires late" in told
    assert fired(world, job) == [("create-organizer-ask.then", True)]


def test_an_undone_transfer_leaves_what_used_up_reminders_are_to_fire() -> None:
    """The item is of a visit to which the job is back (R-26)."""
    world = world_of(Stage("Ask", [CHASED]))
    world.engine.save(Pipeline("Other", stages=[Stage("One"), DONE]))
    job = begun(world)
    world.advance(days=7)

    job = world.engine.undo(world.engine.transfer(job, "other")).job
    world.advance(days=3)

    assert fired(world, job) == [("create-organizer-ask.then", False)]


def test_an_undo_gives_the_job_back_to_the_setting_of_its_status() -> None:
    """What belongs to that still brings it back to Active."""
    from pipeflow import SetStatus

    other = Status("Other", automations=[CreateTask(REVIEW)], automove=True)
    gone = Stage("Gone", [SetStatus("Other")])
    world = world_of(SLOW, gone, statuses=[WAITING, other])
    job = world.engine.set_status(begun(world), "Waiting")

    job = world.engine.undo(world.engine.move(job, "Gone")).job
    assert job.status == "Waiting"
    job = world.engine.complete(job.item("Call"))

    assert job.status == "Active"


def test_a_trigger_whose_firing_was_undone_fires_again() -> None:
    """Nothing of what it brought about is out."""
    bill = Stage(
        "Bill",
        [CreateInvoice(NOTHING, id="bill")],
        triggers=[AroundDate("due", After(), [CreateTask(REVIEW)])],
    )
    world = world_of(SLOW, bill, statuses=["On hold"])
    job = begun(world, due=date(2026, 1, 6))
    job = world.engine.move(job, "Bill")
    world.advance(days=2)
    assert fired(world, job) == [("around-due", False)]


def test_the_start_of_the_day_and_the_zone_are_heeded_when_they_are_saved() -> None:
    """By the alarms that are set already."""
    world = world_of(SLOW, triggers=[EXTEND])
    job = begun(world, due=date(2026, 4, 15))
    settings = world.engine.save(Settings(day_starts=time(6)))
    assert str(world.engine.job(job).alarms[-1].at) == "2026-03-16 06:00:00+00:00"

    world.engine.save(Settings(day_starts=time(6), time_zone="America/Los_Angeles"), replace=True)

    assert str(world.engine.job(job).alarms[-1].at) == "2026-03-16 13:00:00+00:00"
    assert settings.revision is not None


def test_a_status_that_is_set_while_a_job_is_paused_fires_when_it_goes_on() -> None:
    """Late, and named (R-27)."""
    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.pause(begun(world))
    world.advance(days=2)
    job = world.engine.set_status(job, "Waiting")
    told = "fires when the job is resumed; it was due 2026-01-07 09:00 UTC"
    assert f"trigger when the status is 'Waiting' (create task 'Call') {told}" in str(
        world.engine.explain(job)
    )

    job = world.engine.resume(job)

    assert fired(world, job) == [("status-waiting", True)]
    assert world.engine.complete(job.item("Call")).status == "Active"


def test_a_status_that_was_left_before_the_job_goes_on_fires_nothing() -> None:
    """It was for that setting."""
    world = world_of(SLOW, statuses=[WAITING, "Other"])
    job = world.engine.set_status(world.engine.pause(begun(world)), "Waiting")
    job = world.engine.set_status(job, "Other")

    job = world.engine.resume(job)

    assert fired(world, job) == []
    assert job.alarms[0].trigger == "time-in-stage"


def test_a_status_that_was_set_twice_while_a_job_is_paused_fires_once() -> None:
    """For the setting that holds; a later pause brings nothing of the earlier one."""
    world = world_of(SLOW, statuses=[WAITING])
    job = world.engine.set_status(world.engine.pause(begun(world)), "Waiting")
    job = world.engine.set_status(world.engine.set_status(job, "Active"), "Waiting")

    job = world.engine.resume(job)
    job = world.engine.resume(world.engine.pause(job))

    assert fired(world, job) == [("status-waiting", True)]


def test_a_status_that_fires_late_leaves_what_its_stage_is_owed() -> None:
    """The number of the visit may be that of the setting; they are two things all the same."""
    world = world_of(SLOW, Stage("Check"), statuses=[WAITING])
    job = begun(world)
    job = world.engine.move(world.engine.move(job, "Check"), "Collect")
    job = world.engine.set_status(world.engine.pause(job), "Waiting")
    assert job.scope == job.visit == 3
    world.advance(days=14)

    job = world.engine.set_status(world.engine.resume(job), "Active")

    assert fired(world, job) == [("status-waiting", True), ("time-in-stage", True)]


def test_a_timer_that_is_tried_again_can_still_be_abandoned() -> None:
    """It stands among the failures, and is found there."""
    world = world_of(SLOW)
    world.engine.save(Settings(attempts=1, most_requests=1))
    bad = AroundDate("start", After(), [SendEmail(NUDGE), CreateTask(CALL)])
    world.engine.save(Pipeline("Bad", stages=[Stage("One"), DONE], triggers=[bad]))
    world.engine.start("bad", world.account(), start=date(2026, 1, 6))
    world.advance(days=2)
    (failure,) = world.engine.failures()

    world.engine.retry(failure.key)
    world.engine.abandon(failure.key)

    assert not [*world.engine.failures()]


def test_r_34_what_follows_used_up_reminders_does_not_skip_the_hour_that_clocks_skip() -> None:
    """It follows at the first moment behind the gap, as a reminder would (R-6)."""
    rhythm = Reminders(every=3, times=1, then=[CreateTask(CALL, holds=False)])
    world = World(datetime(2026, 3, 23, 1, 48, 11, tzinfo=UTC))  # 02:48:11 in Stockholm
    world.engine.save(Settings(time_zone="Europe/Stockholm"), ASK, CALL)
    line = Pipeline("Late", [Stage("Ask", [CreateOrganizer(ASK, reminders=rhythm)])])
    job = world.engine.start(world.engine.save(line), world.account())
    world.advance(days=3)

    (alarm,) = world.engine.job(job).alarms

    assert alarm.at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00 there; 02:48 never was


def test_an_undone_move_leaves_alone_what_a_trigger_of_the_same_name_fired_before() -> None:
    """Two stages wait for things that are called alike; the first one has fired, once (R-34)."""
    stages = [
        Stage(
            name,
            [CreateInvoice(NOTHING)],
            triggers=[WhenDone("create-invoice-nothing", [CreateTask(CALL, holds=False)])],
        )
        for name in ("First", "Second")
    ]
    world = world_of(*stages)
    job = world.engine.start("tax", world.account())
    world.engine.move(job, "Second")
    world.engine.undo(job)
    world.team.completes(job, "Call")

    fired = world.engine.history(job).of(TriggerFired)

    assert [one.stage for one in fired] == ["first", "second"]
    assert not world.engine.job(job).open_items
