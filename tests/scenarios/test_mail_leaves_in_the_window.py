"""Mail and reminders leave inside the firm's sending window alone (R-37)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs
import pytest

from pipeflow import (
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    JobMoved,
    LineItem,
    Money,
    OrganizerSubmitted,
    OrganizerTemplate,
    Pipeline,
    Question,
    Receipt,
    Reminders,
    RequestFailed,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.ports import Calendar, Email, Waker
from pipeflow.testing import World

ORGANIZER = OrganizerTemplate("Organizer", sections=[], questions=[Question("Business?")])
WELCOME = EmailTemplate("Welcome", subject="Welcome", body="Dear [ACCOUNT_NAME]")
NEWS = EmailTemplate("News", subject="News", body="It goes on")
FEE = InvoiceTemplate("Fee", [LineItem("Tax", Money("100", "USD"))])
PREPARE = TaskTemplate("Prepare")
TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            automove=True,
            automations=[
                SendEmail(WELCOME),
                CreateOrganizer(ORGANIZER, reminders=Reminders(1, times=4)),
            ],
        ),
        Stage("Prepare", automations=[CreateTask(PREPARE), SendEmail(NEWS), CreateInvoice(FEE)]),
    ],
)
FRIDAY = datetime(2027, 1, 8, 17, 30, tzinfo=UTC)
SATURDAY = datetime(2027, 1, 9, 10, 0, tzinfo=UTC)
MONDAY = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
WINDOW = SendingWindow()


class Holidays(Calendar):
    """A calendar of given days, which may fail."""

    def __init__(self, *days: date) -> None:
        """Take the days off."""
        self.days: Any = days

    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Return them all."""
        if isinstance(self.days, Exception):
            raise self.days
        return self.days  # type: ignore[no-any-return]


class Bell(Waker):
    """Notes when it is to ring."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rings: list[datetime] = []

    def wake(self, tenant: str, at: datetime, /) -> None:
        """Note it."""
        self.rings.append(at)


def office(start: datetime, window: Any = WINDOW, zone: str = "UTC", **others: Any) -> World:
    """Return a firm with a window, and the pipeline."""
    world = World(start, **others)
    settings = Settings(time_zone=zone, window=window)
    world.engine.save(settings, ORGANIZER, WELCOME, NEWS, FEE, PREPARE, TAX)
    return world


def left(world: World) -> list[tuple[str, str]]:
    """Return what mail left, and when."""
    delivered = {}
    for event in world.engine.feed(limit=None):
        if type(event).__name__ == "RequestDelivered":
            delivered[event.key] = f"{event.at:%a %d %H:%M}"  # type: ignore[attr-defined]
    return [(one.subject.partition(":")[0], delivered[one.key]) for one in world.email.sent]


def test_r_37_mail_of_a_weekend_leaves_on_monday_morning() -> None:
    """The organizer is the client's affair and is there at once."""
    bell = Bell()
    world = office(SATURDAY, waker=bell)

    world.engine.start(TAX, world.account())

    assert not world.email.sent
    assert len(world.organizers.created) == 1
    assert MONDAY in bell.rings
    assert world.store.next_due(tenant="default") == datetime(2027, 1, 10, 10, tzinfo=UTC)
    assert not world.engine.failures()
    world.clock.set(MONDAY - timedelta(minutes=1))
    world.engine.tick()
    assert not world.email.sent
    world.clock.set(MONDAY)
    assert world.engine.tick()
    assert ("Welcome", "Mon 11 08:00") in left(world)


def test_r_37_inside_the_window_mail_leaves_at_once() -> None:
    """From the opening on, and at the closing no more."""
    world = office(FRIDAY)
    world.engine.start(TAX, world.account())
    assert len(world.email.sent) == 1

    for at, count in ((FRIDAY.replace(hour=18, minute=0), 1), (MONDAY, 2 + 1)):
        world.clock.set(at)
        world.engine.start(TAX, world.account("Bert"))
        world.engine.tick()
        assert sum(one.subject == "Welcome" for one in world.email.sent) == count


def test_r_37_decisions_facts_and_moves_do_not_wait() -> None:
    """The job moves on by night; the mail of its next stage waits beside the first."""
    world = office(SATURDAY)
    moved: list[Any] = []
    world.engine.on(JobMoved, moved.append)
    job = world.engine.start(TAX, world.account())

    job = world.engine.record(job.item("Organizer"), OrganizerSubmitted({"Business?": "Yes"}))

    assert job.stage == "prepare"
    assert [one.at for one in moved] == [SATURDAY]
    assert len(world.tasks.created) == len(world.invoices.created) == 1
    world.engine.record(job.item("Prepare"), TaskCompleted())
    world.advance(days=3)
    assert left(world) == [("Welcome", "Mon 11 08:00"), ("News", "Mon 11 08:00")]


def test_r_37_the_firm_names_what_else_waits() -> None:
    """Invoices too, and e-mails not."""
    world = office(SATURDAY, SendingWindow(kinds=["invoice", "reminder"]))

    world.engine.start(TAX, world.account(), stage="Prepare")

    assert [one.subject for one in world.email.sent] == ["News"]
    assert not world.invoices.created
    told = str(world.engine.explain(world.engine.jobs()[0]))
    assert "it waits for the sending window, which opens 2027-01-11 08:00 UTC" in told
    world.advance(days=2)
    assert len(world.invoices.created) == 1


def test_r_37_and_r_6_a_rhythm_is_not_shifted_by_the_window() -> None:
    """Each day at 16:30: what falls on the weekend leaves on Monday once, the rest at its hour."""
    world = office(FRIDAY - timedelta(hours=1))
    job = world.engine.start(TAX, world.account())

    world.advance(days=7)

    assert left(world) == [
        ("Welcome", "Fri 08 16:30"),
        ("Reminder", "Mon 11 08:00"),
        ("Reminder", "Mon 11 16:30"),
        ("Reminder", "Tue 12 16:30"),
        ("Reminder", "Wed 13 16:30"),
    ]
    item = world.engine.job(job).item("Organizer")
    assert (item.reminded, item.remind_at) == (4, None)


def test_r_37_what_is_no_longer_needed_does_not_leave_when_the_window_opens() -> None:
    """The client submits on Sunday, after a reminder fell due on Saturday."""
    world = office(FRIDAY - timedelta(hours=1))
    job = world.engine.start(TAX, world.account())
    world.advance(days=2)
    assert world.engine.job(job).item("Organizer").marks

    world.engine.record(job.item("Organizer"), OrganizerSubmitted({"Business?": "Yes"}))
    world.advance(days=3)

    assert [subject for subject, _ in left(world)] == ["Welcome", "News"]


def test_r_37_a_reminder_by_hand_waits_too() -> None:
    """Whoever asks for one by night does not wake the client."""
    world = office(SATURDAY)
    job = world.engine.start(TAX, world.account())

    world.engine.remind(job.item("Organizer"))
    world.advance(days=1, hours=22)

    assert ("Reminder", "Mon 11 08:00") in left(world)


# -- retries ---------------------------------------------------------------------------------------


def test_r_37_a_retry_waits_for_the_window() -> None:
    """It failed on Friday at 17:59:59; the next attempt would be after closing."""
    world = office(FRIDAY.replace(hour=17, minute=59, second=59))
    world.email.fail_next(OSError("busy"))

    world.engine.start(TAX, world.account())
    (failure,) = world.engine.failures()

    assert failure.retry_at == MONDAY
    world.advance(days=3)
    assert left(world)[0] == ("Welcome", "Mon 11 08:00")
    assert not world.engine.failures()


def test_r_37_a_retry_by_hand_waits_for_the_window() -> None:
    """The person sees when it is tried, and whoever goes by the waker is told."""
    bell = Bell()
    world = office(FRIDAY, waker=bell)
    world.email.fail_next(OSError("busy"))
    world.engine.start(TAX, world.account())
    (failure,) = world.engine.failures()
    world.clock.set(SATURDAY)
    bell.rings.clear()

    world.engine.retry(failure.key)

    assert not world.email.sent
    assert bell.rings == [MONDAY]
    world.advance(days=2)
    assert left(world)[0] == ("Welcome", "Mon 11 08:00")


def test_r_37_what_was_due_in_time_and_not_taken_up_waits_for_the_window() -> None:
    """It fell due at closing time, and nobody ticked before Saturday; that is no failure."""
    world = office(FRIDAY.replace(hour=17, minute=59, second=57))
    world.email.fail_next(OSError("busy"))
    world.engine.start(TAX, world.account())
    (failure,) = world.engine.failures()
    assert failure.retry_at is not None
    assert failure.retry_at < FRIDAY.replace(hour=18, minute=0)
    world.clock.set(SATURDAY)

    tick = world.engine.tick()

    assert not tick
    (failure,) = world.engine.failures()
    assert (failure.retry_at, failure.attempts) == (MONDAY, 1)
    world.advance(days=2)
    assert left(world)[0] == ("Welcome", "Mon 11 08:00")


# -- other windows, other zones --------------------------------------------------------------------


def test_r_37_another_window_counts_when_the_old_one_opens() -> None:
    """What waits looks again before it leaves; to wait is no failure."""
    world = office(SATURDAY)
    world.engine.start(TAX, world.account())

    later = SendingWindow(days="tue", opens=time(9, 30))
    world.engine.save(attrs.evolve(world.engine.settings(), window=later))
    world.advance(days=2)
    assert not world.email.sent
    assert not world.engine.failures()
    world.advance(days=1)

    assert left(world)[0] == ("Welcome", "Tue 12 09:30")


def test_r_37_the_waker_hears_of_the_opening_for_which_mail_waits_on() -> None:
    """A host that sleeps until it is woken would else sleep through it."""
    bell = Bell()
    world = office(SATURDAY, waker=bell)
    tell = Pipeline("Tell", stages=[Stage("News", [SendEmail(NEWS)]), Stage("Done")])
    world.engine.save(tell)
    world.engine.start(tell, world.account())
    later = SendingWindow(days="tue", opens=time(9, 30))
    world.engine.save(attrs.evolve(world.engine.settings(), window=later))
    world.clock.set(MONDAY)
    bell.rings.clear()

    world.engine.tick()

    assert bell.rings[-1] == MONDAY + timedelta(days=1, hours=1, minutes=30)


def test_r_37_another_time_zone_counts_when_the_old_window_opens() -> None:
    """Monday at eight in New York is five hours later than in London."""
    world = office(SATURDAY)
    world.engine.start(TAX, world.account())

    world.engine.save(attrs.evolve(world.engine.settings(), time_zone="America/New_York"))
    world.advance(days=3)

    assert left(world)[0] == ("Welcome", "Mon 11 13:00")


@pytest.mark.parametrize(
    ("start", "opens"),
    [
        # Stockholm: the clocks go on by night on Sunday 28 March 2027, and back on 31 October.
        (datetime(2027, 3, 26, 20, tzinfo=UTC), datetime(2027, 3, 29, 6, tzinfo=UTC)),
        (datetime(2027, 10, 29, 20, tzinfo=UTC), datetime(2027, 11, 1, 7, tzinfo=UTC)),
    ],
)
def test_r_37_the_window_opens_at_its_hour_across_both_changes_of_the_clocks(
    start: datetime, opens: datetime
) -> None:
    """Eight o'clock as people read it."""
    world = office(start, zone="Europe/Stockholm")
    world.engine.start(TAX, world.account())

    world.advance(days=4)

    assert left(world)[0] == ("Welcome", f"{opens:%a %d %H:%M}")


def test_r_39_mail_does_not_leave_on_days_off() -> None:
    """Monday and Tuesday are off."""
    calendar = Holidays(date(2027, 1, 11), date(2027, 1, 12))
    world = office(SATURDAY, calendar=calendar)
    world.engine.start(TAX, world.account())

    world.advance(days=5)

    assert left(world)[0] == ("Welcome", "Wed 13 08:00")


def test_r_39_a_calendar_that_fails_stops_no_decision_and_lets_no_mail_out() -> None:
    """It is asked again later; when it answers, mail leaves."""
    calendar = Holidays()
    calendar.days = OSError("no network")
    world = office(FRIDAY - timedelta(hours=2), calendar=calendar)

    job = world.engine.start(TAX, world.account())
    tick = world.engine.tick()

    assert job.stage == "collect"
    assert tick.postponed == (f"default/{job.id}/1/send-email-welcome/1",)
    assert not world.email.sent
    calendar.days = ()
    world.advance(hours=1)
    assert left(world) == [("Welcome", "Fri 08 16:30")]


def test_r_39_mail_that_failed_is_tried_again_also_where_the_calendar_fails_meanwhile() -> None:
    """It waits until both are back, and nobody has to ask for it."""
    calendar = Holidays()
    world = office(FRIDAY - timedelta(hours=2), calendar=calendar)

    def is_down(mail: Any) -> bool:
        calendar.days = OSError("no network")
        return len(world.email.attempts) < 2

    world.email.fail_when(is_down, OSError("no network"))
    world.engine.start(TAX, world.account())
    (failure,) = world.engine.failures()
    assert not failure.given_up
    world.advance(minutes=30)
    assert not world.email.sent

    calendar.days = ()
    world.advance(hours=1)
    assert [subject for subject, _ in left(world)] == ["Welcome"]


# -- hosts that deliver by themselves --------------------------------------------------------------


def test_r_37_a_host_that_delivers_by_itself_is_handed_mail_when_the_window_opens() -> None:
    """Everything else at once."""
    world = office(SATURDAY, deliver=False)
    engine = world.engine
    engine.start(TAX, world.account())

    pending = engine.pending()
    assert [type(one).__name__ for one in pending] == ["Organizer"]
    for one in pending:
        engine.delivered(one.key, Receipt("o-1"))
    world.clock.set(MONDAY)
    (mail,) = engine.pending()

    assert isinstance(mail, Email)
    engine.delivered(mail.key)


def test_r_37_a_host_that_delivers_by_itself_is_handed_nothing_after_closing() -> None:
    """It was due in time, and asked for too late."""
    world = office(FRIDAY, deliver=False)
    engine = world.engine
    engine.start(TAX, world.account())
    world.clock.set(SATURDAY)

    (organizer,) = engine.pending()
    engine.delivered(organizer.key)
    assert not engine.failures()
    world.clock.set(MONDAY)
    assert [type(one).__name__ for one in engine.pending()] == ["Email"]


def test_r_37_a_failure_that_is_told_late_is_heard_though_the_window_is_shut_by_then() -> None:
    """The lease had ended, and what was asked for once more waits for the next opening."""
    world = office(FRIDAY, deliver=False)
    engine = world.engine
    job = engine.start(TAX, world.account())
    mail, organizer = engine.pending(lease=timedelta(hours=1))
    engine.delivered(organizer.key)
    world.clock.set(SATURDAY)
    assert engine.pending() == ()

    engine.failed(mail.key, OSError("down"))

    (failed,) = engine.history(job).of(RequestFailed)
    assert (failed.attempt, failed.error) == (1, "OSError: down")
    (failure,) = engine.failures()
    assert failure.error == "OSError: down"


def test_r_37_time_that_passes_leaves_waiting_reminders_to_the_host() -> None:
    """`World.advance` plays a host that delivers, and knows the window."""
    world = office(FRIDAY - timedelta(hours=1), deliver=False)
    engine = world.engine
    engine.start(TAX, world.account())
    for one in engine.pending():
        engine.delivered(one.key, Receipt("o-1"))

    world.advance(days=2)

    assert not world.email.sent
    world.clock.set(MONDAY)
    (mail,) = engine.pending()
    assert isinstance(mail, Email)
