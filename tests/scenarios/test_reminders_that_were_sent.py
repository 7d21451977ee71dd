"""Reminders in a firm's days: counted from the delivery, told when sent, off and on again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    DefinitionError,
    Engine,
    Item,
    Job,
    NotAllowedError,
    OrganizerSubmitted,
    Pipeline,
    Receipt,
    Rejected,
    Reminders,
    ReminderSent,
    RemindersSet,
    RequestFailed,
    RequestWithdrawn,
    SendMessage,
    Settings,
    Stage,
    Status,
    Warned,
)
from pipeflow.testing import World
from tests.firms import CHECKLIST, DONE, FEE, NEWS, ORGANIZER, begun, events, now, opened, stays

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TWICE = Reminders(every=3, times=2)
PATIENT = Settings(attempts=1000)
ASKS = CreateOrganizer(ORGANIZER, reminders=TWICE)
DAILY_ASKS = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=4))


def times(world: World, job: Job) -> list[datetime]:
    """Return when reminders were sent."""
    return [event.at for event in events(world, job, ReminderSent)]


# -- from the delivery ----------------------------------------------------------------------


def test_r_4_reminders_count_from_the_delivery_and_not_from_the_decision() -> None:
    """A portal that is down for two days does not shorten the time that the client has."""
    world = opened(Stage("Intake", [ASKS]), DONE, settings=PATIENT)
    world.organizers.fail_next(OSError("portal down"), times=1000)
    job = world.engine.start("tax", world.account())
    world.advance(days=2)
    before = now(world, job).items[0].remind_at

    world.organizers.recover()
    world.engine.retry(world.engine.failures()[0].key)
    sent = world.clock.now()
    world.advance(days=30)

    assert before is None
    assert times(world, job) == [sent + 3 * DAY, sent + 6 * DAY]


@pytest.mark.parametrize("automation", [
    CreateInvoice(FEE, reminders=TWICE),
    SendMessage(CHECKLIST, reminders=TWICE),
    SendMessage(NEWS, reminders=TWICE),
    ASKS,
])  # fmt: skip
@pytest.mark.parametrize("receipt", [Receipt("x-1"), None])
def test_r_4_a_host_that_delivers_by_itself_says_when_they_begin(
    automation: CreateInvoice, receipt: Receipt | None
) -> None:
    """Whether or not it has a reference for the thing."""
    world = opened(Stage("Intake", [automation]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    world.advance(days=2)

    after = stays(world.engine.delivered(world.engine.pending()[0].key, receipt))

    assert after.items[0].remind_at == world.clock.now() + 3 * DAY
    assert after.items[0].delivered == world.clock.now()
    assert times(world, job) == []


def test_r_4_what_is_done_at_birth_is_not_reminded_of() -> None:
    """Its receipt says so."""
    world = opened(Stage("Intake", [CreateInvoice(FEE, reminders=TWICE)]), DONE, deliver=False)
    world.engine.start("tax", world.account())

    key = world.engine.pending()[0].key
    done = stays(world.engine.delivered(key, Receipt("i-1", completed=True)))

    assert done.items[0].timer is None
    assert world.store.next_due() is None


def test_r_4_several_receipts_of_a_pass_each_begin_their_own() -> None:
    """They are kept in one commit."""
    world, job = begun(Stage("Intake", [ASKS, CreateInvoice(FEE, reminders=TWICE)]), DONE)

    assert [item.remind_at for item in job.items] == [world.clock.now() + 3 * DAY] * 2


# -- sent when it has left ------------------------------------------------------------------


def test_r_5_a_reminder_is_told_and_counted_when_its_mail_has_left() -> None:
    """While the mail server is down, history says that it failed, and not that it was sent."""
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE, settings=PATIENT)
    world.email.fail_next(OSError("down"), times=10**6)
    world.advance(days=3, hours=12)

    held = now(world, job).items[0]
    told = times(world, job)
    world.email.recover()
    world.advance(hours=2)

    assert (held.reminded, told) == (0, [])
    assert events(world, job, RequestFailed)
    assert len(world.email.sent) == 1  # one, late: no burst
    assert [event.number for event in events(world, job, ReminderSent)] == [1]
    assert now(world, job).items[0].remind_at == datetime(2026, 1, 9, 9, tzinfo=UTC)


def test_r_5_one_that_was_given_up_was_not_sent_and_stays_a_failure_until_the_next() -> None:
    """The count is of those that reached the client."""
    world, job = begun(Stage("Intake", [ASKS]), DONE)
    world.email.fail_next(Rejected("never"))
    world.advance(days=4)

    (given_up,) = world.engine.failures()
    world.advance(days=2)
    cleared = world.engine.failures()
    world.advance(days=30)

    assert given_up.given_up
    assert cleared == ()
    assert [event.key for event in events(world, job, RequestWithdrawn)] == [given_up.key]
    started = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert times(world, job) == [started + 6 * DAY, started + 9 * DAY]


def test_r_5_one_that_was_given_up_can_be_retried_and_then_counts() -> None:
    """Or abandoned, and then the rhythm goes on."""
    for mend in (Engine.retry, Engine.abandon):
        world, job = begun(Stage("Intake", [ASKS]), DONE)
        world.email.fail_next(Rejected("never"))
        world.advance(days=4)

        mend(world.engine, world.engine.failures()[0].key)
        sent = len(world.email.sent)
        world.advance(days=30)

        assert sent == (mend is Engine.retry)
        assert [event.number for event in events(world, job, ReminderSent)] == [1, 2]
        assert len(events(world, job, RequestWithdrawn)) == 0


def test_r_5_there_is_at_most_one_under_way_automatic_or_by_hand() -> None:
    """A second one by hand takes the place of the first, of whichever kind."""
    world, job = begun(Stage("Intake", [ASKS]), DONE, settings=PATIENT)
    world.email.fail_next(OSError("down"), times=10**6)
    world.advance(days=3)

    for _ in range(3):
        world.engine.remind(job.items[0])
    world.advance(days=4)
    world.email.recover()
    world.advance(hours=2)

    assert [event.number for event in events(world, job, ReminderSent)] == [0]
    assert world.engine.failures() == ()


def gone(world: World, item: Item) -> None:
    """Let the client leave."""
    account = world.engine.account(world.engine.job(item.job).account)
    world.engine.save(attrs.evolve(account, active=False))


ENDS: dict[str, Callable[[World, Item], object]] = {
    "done": lambda world, item: world.engine.record(item, OrganizerSubmitted()),
    "cancelled": lambda world, item: world.engine.record(item, Cancelled()),
    "unlinked": lambda world, item: world.engine.unlink(item.job, item),
    "archived": lambda world, item: world.engine.archive(item.job),
    "completed": lambda world, item: world.engine.set_status(item.job, "Completed"),
    "switched off": lambda world, item: world.engine.set_reminders(item, None),
    "client left": gone,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("by_hand", [True, False])
def test_r_5_what_has_not_left_is_withdrawn_when_nobody_shall_be_reminded(
    end: Callable[[World, Item], object], by_hand: bool
) -> None:
    """Automatic or by hand."""
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE, settings=PATIENT)
    world.email.fail_next(OSError("down"), times=10**6)
    if by_hand:
        world.engine.remind(job.items[0])
    else:
        world.advance(days=1)

    end(world, now(world, job).items[0])
    world.email.recover()
    world.advance(days=30)

    assert world.email.sent == []
    assert times(world, job) == []
    assert world.engine.failures() == ()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_r_5_what_a_port_has_in_hand_is_marked_and_told_as_sent_if_it_leaves(
    end: Callable[[World, Item], object],
) -> None:
    """It cannot be recalled; the next pass does not repeat it."""
    for leaves in (True, False):
        world = opened(Stage("Intake", [DAILY_ASKS]), DONE, deliver=False)
        job = world.engine.start("tax", world.account())
        world.engine.delivered(world.engine.pending()[0].key, Receipt("o-1"))
        world.advance(days=1)
        (mail,) = world.engine.pending()

        end(world, now(world, job).items[0])
        if leaves:
            world.engine.delivered(mail.key)
        else:
            world.engine.failed(mail.key, "down")
        world.clock.advance(days=30)
        world.engine.tick()

        assert world.engine.pending() == ()
        assert [event.number for event in events(world, job, ReminderSent)] == [1] * leaves


# -- its hour -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "zone", "sent"),
    [
        (  # 02:30 is skipped on 28 March, and comes twice on 31 October
            datetime(2027, 3, 26, 1, 30, tzinfo=UTC),
            "Europe/Stockholm",
            ["03-27 02:30", "03-28 03:00", "03-29 02:30", "03-30 02:30"],
        ),
        (
            datetime(2027, 10, 29, 0, 30, tzinfo=UTC),
            "Europe/Stockholm",
            ["10-30 02:30", "10-31 02:30", "11-01 02:30", "11-02 02:30"],
        ),
        (
            datetime(2027, 3, 26, 12, 30, tzinfo=UTC),
            "UTC",
            ["03-27 12:30", "03-28 12:30", "03-29 12:30", "03-30 12:30"],
        ),
    ],
)
def test_r_6_reminders_keep_the_hour_of_the_delivery_across_both_changes_of_the_clock(
    start: datetime, zone: str, sent: list[str]
) -> None:
    """Where it is skipped, the next moment there is; the one after it is back at its hour."""
    settings = Settings(time_zone=zone)
    world = World(start)
    pipeline = Pipeline("Tax", [Stage("Intake", [DAILY_ASKS]), DONE])
    world.engine.save(ORGANIZER, pipeline, settings)
    job = world.engine.start(pipeline, world.account())

    world.advance(days=9)

    local = [at.astimezone(settings.zone) for at in times(world, job)]
    assert [f"{at:%m-%d %H:%M}" for at in local] == sent
    assert all(at.fold == 0 for at in local)


def test_r_6_a_tick_that_is_late_by_minutes_does_not_shift_the_rhythm() -> None:
    """Not even over midnight."""
    world = World(datetime(2026, 1, 5, 23, 58, tzinfo=UTC))
    pipeline = Pipeline("Tax", [Stage("Intake", [DAILY_ASKS]), DONE])
    world.engine.save(ORGANIZER, pipeline)
    job = world.engine.start(pipeline, world.account())

    for _ in range(5):
        world.clock.advance(days=1)
        world.clock.advance(minutes=5)
        world.engine.tick()
        world.clock.advance(minutes=-5)

    assert [at.day for at in times(world, job)] == [7, 8, 9, 10]


# -- nobody to write to ---------------------------------------------------------------------


def test_r_7_nobody_to_write_to_is_told_once_and_waits_until_there_is_somebody() -> None:
    """However long that takes; saving the account wakes it."""
    nobody = Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)])
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE, account=nobody)
    world.advance(days=365)
    warned = [event for event in events(world, job, Warned) if "reminder" in event.text]
    asleep = world.store.next_due()

    account = world.engine.account(job.account)
    world.engine.save(attrs.evolve(account, contacts=[Contact("Eve", email="eve@example.com")]))
    world.advance(days=9)

    assert len(warned) == 1
    assert asleep is None
    assert [email.to for email in world.email.sent] == [("eve@example.com",)] * 4
    assert len(events(world, job, RemindersSet)) == 1


def test_r_7_somebody_to_write_to_is_heard_of_together_with_another_field() -> None:
    """A client's sheet is saved as a whole."""
    nobody = Account("Lovelace", [Contact("Ada", email="ada@example.com", notify=False)])
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE, account=nobody)
    world.advance(days=3)

    account = world.engine.account(job.account)
    eve = [Contact("Eve", email="eve@example.com")]
    world.engine.save(attrs.evolve(account, contacts=eve, fields={"state": "CA"}))
    world.advance(days=1)

    assert [email.to for email in world.email.sent] == [("eve@example.com",)]


def test_r_7_a_saved_account_that_still_has_somebody_touches_no_job() -> None:
    """Nothing is read or written for it."""
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE)
    account = world.engine.account(job.account)

    world.engine.save(attrs.evolve(account, name="Byron"))

    assert now(world, job) == job


# -- off, on, another rhythm, and silent jobs -----------------------------------------------


def test_r_9_reminders_of_one_item_can_be_switched_off_and_on_at_any_time() -> None:
    """And given another rhythm, which begins then."""
    world, job = begun(Stage("Intake", [DAILY_ASKS, SendMessage(CHECKLIST)]), DONE)
    started = world.clock.now()
    world.advance(days=1)
    world.engine.set_reminders(job.items[0], None, actor="mia")
    world.advance(days=9, hours=5)

    world.engine.set_reminders(job.items[0], Reminders(every=2, times=2))
    world.engine.set_reminders(job.items[1], Reminders(every=7))
    world.advance(days=30)

    sent = [(event.name, event.at - started) for event in events(world, job, ReminderSent)]
    assert sent == [
        ("Organizer", 1 * DAY),
        ("Organizer", 12 * DAY),
        ("Organizer", 14 * DAY),
        ("Checklist", 17 * DAY),
    ]
    assert "stopped reminding of 'Organizer': switched off [mia]" in str(world.engine.history(job))
    assert "reminds of 'Checklist' every 7 days, 1 time; next" in str(world.engine.history(job))


def test_r_9_what_has_not_been_sent_is_not_reminded_of_however_that_is_asked() -> None:
    """By hand it is refused; a rhythm begins with the sending."""
    world = opened(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE, deliver=False)
    job = world.engine.start("tax", world.account())
    with pytest.raises(NotAllowedError, match="has not been sent yet"):
        world.engine.remind(job.items[0])

    waits = world.engine.set_reminders(job.items[0], TWICE)
    world.clock.advance(hours=5)
    begins = stays(world.engine.delivered(world.engine.pending()[0].key))

    assert waits.items[0].remind_at is None
    assert begins.items[0].remind_at == world.clock.now() + 3 * DAY


def test_r_9_what_are_no_reminders_is_refused() -> None:
    """The error says what would be."""
    world, job = begun(Stage("Intake", [ASKS]), DONE)

    with pytest.raises(DefinitionError, match=r"\$\.reminders: must be Reminders, or None"):
        world.engine.set_reminders(job.items[0], 3)  # type: ignore[arg-type]


def silent(world: World, job: Job, status: str) -> None:
    """Set a status for nine days and five hours."""
    world.engine.set_status(job, status)
    world.advance(days=9, hours=5)


@pytest.mark.parametrize("status", ["Completed", "Archived", "Waiting"])
def test_r_9_a_silent_job_reminds_nobody_and_goes_on_an_interval_after_it_goes_on(
    status: str,
) -> None:
    """Nothing for the silent days; whether they go on is said."""
    quiet: list[Status | str] = [Status("Waiting", quiet=True), "On hold"]
    pipeline = Pipeline("Quiet", [Stage("Intake", [DAILY_ASKS]), DONE], statuses=quiet)
    for reminders in (True, False):
        world = opened(Stage("Intake"), DONE, more=[pipeline])
        job = world.engine.start(pipeline, world.account())
        started = world.clock.now()
        silent(world, job, status)
        with pytest.raises(NotAllowedError, match="reminds nobody"):
            world.engine.remind(job.items[0])

        world.engine.set_status(job, "On hold", reminders=reminders)
        world.advance(days=1)

        assert times(world, job) == [started + 10 * DAY] * reminders


def test_r_9_restoring_says_whether_reminders_go_on() -> None:
    """Not unless it is said (A-37); then `set_reminders` has them."""
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE)
    world.engine.archive(job)
    off = world.engine.restore(job).items[0]
    told = str(world.engine.explain(job))
    on_again = world.engine.set_reminders(off, off.reminders).items[0]
    world.engine.archive(job)

    on = world.engine.restore(job, reminders=True).items[0]

    assert (off.timer, off.reminders) == (None, DAILY_ASKS.reminders)
    assert "its reminders are off" in told
    assert on_again.remind_at == on.remind_at == world.clock.now() + DAY


def test_r_9_a_job_that_is_transferred_goes_on_with_its_reminders() -> None:
    """It becomes Active by that."""
    other = Pipeline("Other", [Stage("Begin")])
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE, more=[other])
    quiet = attrs.evolve(world.engine.pipeline("tax"), statuses=[Status("On hold", quiet=True)])
    world.engine.save(quiet)
    assert world.engine.set_status(job, "On hold").items[0].remind_at is None

    moved = world.engine.transfer(job, other)

    assert moved.items[0].remind_at == world.clock.now() + DAY


def test_r_9_a_message_that_was_unlinked_is_not_reminded_of() -> None:
    """Though it was resolved from birth."""
    world, job = begun(Stage("Intake", [SendMessage(NEWS, reminders=TWICE)]), DONE)
    world.engine.unlink(job, "News")

    world.engine.set_status(job, "Completed")
    world.engine.set_status(job, "Active")
    world.advance(days=30)

    assert world.email.sent == []


def test_r_9_a_status_that_is_no_longer_quiet_lets_jobs_go_on_when_they_leave_it() -> None:
    """What the firm says of its statuses counts when a reminder is due."""
    world, job = begun(Stage("Intake", [DAILY_ASKS]), DONE)
    tax = world.engine.pipeline("tax")
    world.engine.set_status(job, "On hold")
    tax = world.engine.save(attrs.evolve(tax, statuses=[Status("On hold", quiet=True)]))
    world.advance(days=3)
    world.engine.save(attrs.evolve(tax, statuses=["On hold"]))

    active = world.engine.set_status(job, "Active")

    assert world.email.sent == []
    assert active.items[0].remind_at == world.clock.now() + DAY


def test_r_32_a_status_that_jobs_are_in_can_not_be_removed() -> None:
    """Saving refuses it, with how many jobs are in it; what it says of itself may change."""
    world, job = begun(Stage("Intake"), DONE)
    tax = world.engine.pipeline("tax")
    world.engine.set_status(job, Status("on hold"))

    with pytest.raises(DefinitionError, match=r"cannot lose statuses.*'On hold' \(1 job\)"):
        world.engine.save(attrs.evolve(tax, statuses=[]))
    saved = world.engine.save(attrs.evolve(tax, statuses=[Status("On hold", quiet=True)]))

    assert saved.is_quiet("On hold")


# -- what explain says ---------------------------------------------------------------------------


def test_explain_names_reminders_that_wait_are_off_or_have_nobody() -> None:
    """So that nobody wonders why a client hears nothing."""
    world = opened(Stage("Intake", [DAILY_ASKS]), DONE, deliver=False, settings=PATIENT)
    job = world.engine.start("tax", world.account())
    engine = world.engine
    seen = [str(engine.explain(job))]
    engine.delivered(engine.pending()[0].key, Receipt("o-1"))
    seen.append(str(engine.explain(job)))
    world.advance(days=1)
    seen.append(str(engine.explain(job)))
    engine.delivered(engine.pending()[0].key)
    engine.set_status(job, "Completed")
    seen.append(str(engine.explain(job)))
    engine.set_status(job, "Active")
    engine.save(attrs.evolve(engine.account(job.account), active=False))
    world.advance(days=2)
    seen.append(str(engine.explain(job)))
    engine.set_reminders(job.items[0], None)
    seen.append(str(engine.explain(job)))

    for text, said in zip(seen, [
        "its reminders begin when it has been sent",
        "next reminder 2026-01-06 09:00",
        "a reminder has not left yet\n",
        "no reminders while the job is Completed",
        "its reminders wait: the account is not active",
        "its reminders are off",
    ], strict=True):  # fmt: skip
        assert said in text
