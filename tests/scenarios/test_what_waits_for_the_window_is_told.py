"""What waits for the sending window, and why, is told by `explain`, `failures` and ticks (R-37)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipeflow import (
    After,
    ApplyFolderTemplate,
    AroundDate,
    Cancelled,
    ClientRequestTemplate,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    Folder,
    FolderTemplate,
    Member,
    MessageTemplate,
    Monthly,
    NotAllowedError,
    NotifyTeam,
    OrganizerTemplate,
    Pipeline,
    Question,
    Rejected,
    Reminders,
    Schedule,
    SendClientRequest,
    SendEmail,
    SendingWindow,
    SendMessage,
    Settings,
    Shift,
    Stage,
    Status,
    TaskTemplate,
    TimeInStage,
    tagged,
)
from pipeflow.errors import ConflictError, PipeflowError
from pipeflow.model.jobs import Job
from pipeflow.ports import Calendar
from pipeflow.testing import World
from tests.faults.offices import lose_template

FRIDAY = datetime(2027, 1, 8, 9, 0, tzinfo=UTC)
SATURDAY = datetime(2027, 1, 9, 10, 0, tzinfo=UTC)
WORKDAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
MONDAY = "2027-01-11 08:00 UTC"
NUDGE = EmailTemplate("Nudge", subject="Are you there?", body="Dear [ACCOUNT_NAME]")
EACH = EmailTemplate("Each", mode="contact", subject="You", body="Dear [FIRST_NAME|client]")
NEWS = MessageTemplate("News", subject="News", body="It goes on")
FILES = FolderTemplate("Files", folders=[Folder("2027")])
ASK = OrganizerTemplate("Ask", questions=[Question("Business?")])
PAPERS = ClientRequestTemplate("Papers", uploads=["W-2"])
CALL = TaskTemplate("Call")
MIA = Member("Mia")
SAVED = (NUDGE, EACH, NEWS, FILES, ASK, PAPERS, CALL, MIA)
DONE = Stage("Done")
DOWN = OSError("no network")
BLIND = "nobody can tell whether the sending window is open"
UNSURE = f"{BLIND}: Calendar.days_off failed for 2027"


class Answering(Calendar):
    """A calendar that answers what it is told to, or raises it, and counts how often."""

    def __init__(self, answer: Any = ()) -> None:
        """Begin so."""
        self.answer = answer
        self.asked = 0

    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Answer."""
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[no-any-return]


def a_firm(
    *stages: Stage, at: datetime = SATURDAY, kinds: Any = ("email", "reminder"), **more: Any
) -> World:
    """A firm with a window and one pipeline."""
    world = World(at, calendar=more.pop("calendar", None), deliver=more.pop("deliver", True))
    pipeline = Pipeline("Tax", stages=[*stages, DONE], **more)
    world.engine.save(Settings(window=SendingWindow(kinds=kinds)), *SAVED, pipeline)
    return world


def begun(world: World, **more: Any) -> Job:
    """A job of a client of its own."""
    return world.engine.start("tax", world.account(), **more)


def told(world: World, job: Job, word: str) -> list[str]:
    """The lines of its explanation that hold a word."""
    return [line for line in world.engine.explain(job).lines if word in line]


# -- a calendar that fails ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (DOWN, f"{UNSURE}: OSError: no network"),
        (
            "2027-01-01",
            f"{BLIND}: Calendar.days_off answered '2027-01-01' for 2027; it must return dates",
        ),
    ],
)
def test_r_39_mail_that_waits_for_a_calendar_that_fails_is_told_in_failures(
    answer: Any, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With the calendar's error; it is asked and logged once a tick; later mail leaves."""
    calendar = Answering(answer)
    asks = CreateOrganizer(ASK, reminders=Reminders(1, times=2))
    world = a_firm(Stage("Work", [SendEmail(NUDGE), asks]), at=FRIDAY, calendar=calendar)
    jobs = [begun(world) for _ in range(5)]
    calendar.asked = 0
    caplog.clear()

    tick = world.engine.tick()

    assert calendar.asked == 1
    assert len([one for one in caplog.records if one.exc_info]) == 1
    assert len(tick.postponed) == 5
    assert ", 5 put off" in str(tick)
    failures = world.engine.failures()
    assert [(one.error, one.attempts, one.given_up) for one in failures] == [(error, 0, False)] * 5
    assert {one.job for one in failures} == {job.id for job in jobs}
    (line,) = told(world, jobs[0], "has not left")
    assert line == (
        f"e-mail 'Nudge' has not left: {error}; looked at again 2027-01-08 10:00:00 UTC"
    )
    assert not told(world, jobs[0], "attempts")
    calendar.answer = ()
    world.advance(hours=1)
    assert len(world.email.sent) == 5
    assert not world.engine.failures()


def test_r_39_what_does_not_wait_leaves_though_the_calendar_fails() -> None:
    """The next request of the same tick, too."""
    world = a_firm(
        Stage("Work", [SendEmail(NUDGE), CreateTask(CALL)]),
        calendar=Answering(DOWN),
        at=FRIDAY,
        deliver=False,
    )
    begun(world)
    begun(world)

    assert [type(one).__name__ for one in world.engine.pending()] == ["Task", "Task"]
    assert len(world.engine.failures()) == 2


def test_r_39_an_item_whose_request_waits_for_the_calendar_says_so() -> None:
    """And not that the window opens then."""
    world = a_firm(
        Stage("Work", [CreateTask(CALL)]), calendar=Answering(DOWN), kinds=["task"], at=FRIDAY
    )
    job = begun(world)
    world.engine.tick()

    (line, _) = told(world, job, "sending window")
    assert f"it has not been sent yet, for {UNSURE}: OSError: no network" in line


def test_r_39_a_retry_by_hand_lets_nothing_out_while_the_calendar_fails() -> None:
    """Whoever retries is told what is wrong."""
    calendar = Answering(DOWN)
    world = a_firm(Stage("Work", [SendEmail(NUDGE)]), calendar=calendar)
    begun(world)
    world.engine.tick()
    (failure,) = world.engine.failures()

    with pytest.raises(PipeflowError, match=r"Calendar\.days_off failed for 2027"):
        world.engine.retry(failure.key)
    world.engine.tick()

    assert not world.email.sent
    calendar.answer = ()
    world.advance(days=2)
    assert len(world.email.sent) == 1


def test_r_37_what_waits_for_the_window_looked_at_again_is_no_failure_in_explain() -> None:
    """The window became another one; nothing failed."""
    world = a_firm(Stage("Work", [SendEmail(NUDGE)]))
    job = begun(world)
    world.engine.save(Settings(window=SendingWindow(days="tue")), replace=True)
    world.clock.set(datetime(2027, 1, 11, 8, tzinfo=UTC))
    assert not world.engine.tick()

    explained = world.engine.explain(job)

    assert explained.failures == ()
    assert told(world, job, "Nudge") == [
        "e-mail 'Nudge' leaves when the window opens, 2027-01-12 08:00 UTC"
    ]


def test_r_39_a_schedule_is_not_saved_while_the_calendar_fails() -> None:
    """The error says what to do; one that pauses asks for no day."""
    calendar = Answering(DOWN)
    world = a_firm(Stage("Work"), calendar=calendar)
    plan: Any = {"pipeline": "tax", "accounts": tagged("vip"), "shift": Shift.BEFORE}
    plan |= {"every": Monthly(20), "start": date(2027, 1, 1)}

    with pytest.raises(NotAllowedError, match="save it again when the calendar answers") as no:
        world.engine.save(Schedule("Monthly", **plan))
    assert "schedule 'monthly' cannot be set just now: Calendar.days_off failed" in str(no.value)
    assert not world.engine.schedules()
    world.engine.save(Schedule("Monthly", **plan, active=False))
    calendar.answer = ()
    world.engine.save(Schedule("Monthly", **plan), replace=True)

    assert [one.active for one in world.engine.schedules()] == [True]


def test_r_39_what_the_store_says_of_a_schedule_is_not_blamed_on_the_calendar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stays the error that it was."""

    def busy(*_: object) -> None:
        raise ConflictError("somebody else")

    world = a_firm(Stage("Work"))
    monkeypatch.setattr("pipeflow.engine.edited_schedules.arm", busy)
    plan: Any = {"every": Monthly(20), "start": date(2027, 1, 1)}

    with pytest.raises(ConflictError, match=r"^somebody else$"):
        world.engine.save(Schedule("Monthly", pipeline="tax", accounts=tagged("vip"), **plan))


# -- what waits is explained ----------------------------------------------------------------------


def test_r_37_what_waits_for_the_window_is_explained() -> None:
    """E-mails, and what else the job sent that is no open item; until it has left."""
    everything = Stage(
        "Work",
        [
            SendEmail(NUDGE),
            SendEmail(EACH),
            SendMessage(NEWS),
            ApplyFolderTemplate(FILES),
            NotifyTeam([MIA], "Look"),
        ],
    )
    world = a_firm(everything, kinds=["email", "message", "folder", "notice"])
    job = begun(world)

    assert told(world, job, "window") == [
        f"message 'News' leaves when the window opens, {MONDAY}",
        f"e-mail 'Nudge' leaves when the window opens, {MONDAY}",
        f"e-mail 'Each' leaves when the window opens, {MONDAY}",
        f"folders 'Files' leaves when the window opens, {MONDAY}",
        f"notice 'Look' leaves when the window opens, {MONDAY}",
    ]
    world.advance(days=2)

    assert told(world, job, "window") == []


def test_r_37_mail_of_triggers_and_of_later_stages_is_explained_too() -> None:
    """Each by the visit, or the firing, that asked for it; also after an undo."""
    stages = (
        Stage("One", triggers=[TimeInStage(After(days=1), [SendEmail(EACH)])]),
        Stage("Two", [SendEmail(NUDGE)]),
    )
    world = a_firm(*stages, at=FRIDAY)
    job = begun(world)
    world.advance(days=1)
    assert told(world, job, "window") == [f"e-mail 'Each' leaves when the window opens, {MONDAY}"]

    job = world.engine.move(job, "Two")
    assert len(told(world, job, "window")) == 2
    job = world.engine.undo(job).job

    assert told(world, job, "window") == [f"e-mail 'Each' leaves when the window opens, {MONDAY}"]


def test_r_37_mail_that_is_retried_by_hand_is_explained_too() -> None:
    """It belongs to the visit, whatever trigger has fired since it could not run."""
    trigger = TimeInStage(After(days=1), [SendEmail(EACH)])
    world = a_firm(Stage("One", [SendEmail(NUDGE)], triggers=[trigger]))
    lose_template(world, "nudge")
    job = begun(world)
    world.advance(days=1)
    (failed,) = world.engine.job(job).blocked
    world.engine.save(NUDGE)

    world.engine.retry(failed.key)

    assert sorted(told(world, job, "leaves")) == [
        f"e-mail 'Each' leaves when the window opens, {MONDAY}",
        f"e-mail 'Nudge' leaves when the window opens, {MONDAY}",
    ]


def test_r_37_a_reminder_that_waits_for_the_window_is_explained() -> None:
    """At its item, or by itself where its item is over."""
    world = a_firm(Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(1, times=3))]), at=FRIDAY)
    job = begun(world)
    world.advance(days=1)

    (line,) = told(world, job, "window")
    assert f"a reminder has not left yet: it leaves when the window opens, {MONDAY}" in line


@pytest.mark.parametrize("times", [1, 3])
def test_r_5_no_next_reminder_is_announced_while_one_has_yet_to_leave(times: int) -> None:
    """The window has opened, and nobody has ticked since; that one may be the last."""
    world = a_firm(Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(1, times))]), at=FRIDAY)
    job = begun(world)
    world.advance(days=1)
    world.clock.set(datetime(2027, 1, 11, 8, 0, tzinfo=UTC))

    waits = world.engine.explain(job)
    world.engine.tick()
    left = world.engine.explain(job)

    assert "a reminder has not left yet\n" in f"{waits}\n"
    assert waits.awaited[0].next is None
    assert left.awaited[0].next == (None if times == 1 else datetime(2027, 1, 12, 9, tzinfo=UTC))


def test_r_5_the_next_reminder_is_announced_where_the_one_before_was_given_up() -> None:
    """It is made anew when its turn comes, also the last."""
    world = a_firm(Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(1, 1))]), at=WORKDAY)
    job = begun(world)
    world.email.fail_when(lambda _: True, Rejected("no such mailbox"))
    world.advance(days=1)
    given_up = world.engine.explain(job)
    world.email.recover()
    world.advance(days=1)

    assert given_up.awaited[0].next == datetime(2027, 1, 13, 9, tzinfo=UTC)
    assert len(world.email.sent) == 1


def test_r_37_a_reminder_of_a_message_that_asks_nothing_is_explained_by_itself() -> None:
    """By hand, for nobody waits for a reply to the message, which is no open item."""
    world = a_firm(Stage("Tell", [SendMessage(NEWS)]), at=FRIDAY)
    job = begun(world)
    world.advance(days=1)
    world.engine.remind(job.items[0])

    (line,) = told(world, job, "window")

    assert line == f"reminder 'Reminder: News' leaves when the window opens, {MONDAY}"


def test_r_37_a_reminder_of_a_message_that_waits_for_a_reply_is_told_beside_it() -> None:
    """Once, as of any other item."""
    world = a_firm(Stage("Tell", [SendMessage(NEWS, reminders=Reminders(1, times=3))]), at=FRIDAY)
    job = begun(world)
    world.advance(days=1)

    (line,) = told(world, job, "window")

    label = "open, not waited for: message 'News' (job-1/1)"
    assert (
        line == f"{label}; a reminder has not left yet: it leaves when the window opens, {MONDAY}"
    )


def test_r_37_client_requests_and_notices_may_wait_too() -> None:
    """By name, as all else."""
    stage = Stage("Ask", [SendClientRequest(PAPERS), NotifyTeam([MIA], "Look")])
    world = a_firm(stage, kinds=["client_request", "notice"])
    job = begun(world)
    assert (world.requests.created, world.notices.sent) == ([], [])
    (line, _) = told(world, job, "window")
    assert f"it waits for the sending window, which opens {MONDAY}" in line

    world.advance(days=2)

    assert (len(world.requests.created), len(world.notices.sent)) == (1, 1)


# -- what ticks count -----------------------------------------------------------------------------


def test_r_37_a_tick_says_what_was_asked_for_and_what_left() -> None:
    """On Saturday four reminders are asked for, on Sunday none more; on Monday they leave."""
    world = a_firm(Stage("Ask", [CreateOrganizer(ASK, reminders=Reminders(1, times=3))]), at=FRIDAY)
    for _ in range(4):
        begun(world)

    saturday, monday, _ = world.advance(days=3)

    assert str(saturday) == (
        "2027-01-09 09:00 UTC: 4 reminders asked for, 0 waiting requests delivered, 0 failed"
    )
    assert str(monday) == (
        "2027-01-11 08:00 UTC: 0 reminders asked for, 4 waiting requests delivered, 0 failed"
    )


def test_r_35_a_tick_counts_only_triggers_that_fired() -> None:
    """Not those of jobs that rest, nor one that was passed over."""
    slow = TimeInStage(After(days=1), [SendEmail(NUDGE)])
    near = AroundDate("due", After(days=-30), [SendEmail(EACH)], skip_if_late=True)
    world = a_firm(Stage("Work", triggers=[slow]), triggers=[near], statuses=["On hold"], at=FRIDAY)
    fires, archived, held = begun(world), begun(world), begun(world)
    world.engine.set_status(archived, "Archived")
    world.engine.set_status(held, "On hold")
    begun(world, due=date(2027, 1, 13))

    assert world.engine.tick().fired == ()
    (tick,) = world.advance(days=1)

    assert len(tick.fired) == 2
    assert any(fires.id in key for key in tick.fired)


def test_r_35_explain_says_that_no_trigger_fires_while_the_job_is_not_active() -> None:
    """In a custom status, and while it is paused; one that must not be late is passed over."""
    slow = TimeInStage(After(days=14), [SendEmail(NUDGE)])
    near = AroundDate("due", After(days=-30), [SendEmail(EACH)], skip_if_late=True)
    world = a_firm(Stage("Work", triggers=[slow]), triggers=[near], statuses=["On hold"], at=FRIDAY)
    job = begun(world, due=date(2027, 3, 20))
    before = "trigger 30 days before the due date, unless late (send email 'Each')"
    fires = [
        "trigger after 14 days here (send email 'Nudge') fires 2027-01-22 09:00 UTC",
        f"{before} fires 2027-02-18 09:00 UTC",
    ]
    assert told(world, job, "trigger") == fires
    waits = [
        f"{fires[0]} at the earliest: it waits until the job is Active again",
        f"{fires[1]} if the job is Active again by then, and is passed over if it is not",
    ]

    assert told(world, world.engine.set_status(job, "On hold"), "trigger") == waits
    job = world.engine.set_status(job, "Active")
    assert told(world, world.engine.pause(job), "trigger") == waits


# -- used up reminders ----------------------------------------------------------------------------


def test_r_34_used_up_reminders_count_from_when_the_last_one_left() -> None:
    """It was due on Sunday at midnight, and left on Monday at eight."""
    rhythm = Reminders(every=3, times=1, then=[CreateTask(CALL, holds=False)])
    midnight = datetime(2027, 1, 7, 0, 0, tzinfo=UTC)
    world = a_firm(Stage("Ask", [CreateOrganizer(ASK, reminders=rhythm)]), at=midnight)
    job = begun(world)
    world.advance(days=4, hours=8)

    (alarm,) = world.engine.job(job).alarms

    assert alarm.at == datetime(2027, 1, 14, 8, 0, tzinfo=UTC)
    world.advance(days=3)
    assert [one.name for one in world.engine.job(job).open_items] == ["Ask", "Call"]


# -- statuses in which nothing is to be done ------------------------------------------------------


@pytest.mark.parametrize(
    ("automations", "verb"),
    [
        ([], "made"),
        ([SendEmail(NUDGE)], "made"),
        ([CreateTask(CALL, when=tagged("vip"))], "made"),
        ([CreateTask(CALL, holds=False)], "made"),
        ([CreateTask(CALL)], "completed"),
    ],
)
@pytest.mark.parametrize("on_empty", ["stay", "advance"])
def test_a_4_a_status_in_which_nothing_holds_is_ended_by_hand_or_at_once(
    automations: list[Any], verb: str, on_empty: str
) -> None:
    """As a stage: one thing at least has to be done, or the firm lets jobs pass where none is."""
    status = Status("Waiting", automations=automations, automove=True)
    world = World()
    pipeline = Pipeline("Tax", stages=[Stage("Work"), DONE], statuses=[status])
    world.engine.save(Settings(on_empty=on_empty), *SAVED, pipeline)
    job = world.engine.set_status(begun(world), "Waiting")
    if verb == "completed":
        job = world.engine.record(job.item("Call"), Cancelled("no need"))

    if on_empty == "advance" and verb == "made":
        assert job.status == "Active"
        return
    assert job.status == "Waiting"
    explained = world.engine.explain(job)
    assert explained.sentence == (
        f"Its status 'Waiting' holds it: nothing that belongs to it was {verb}; it is ended by "
        'hand: set_status(job, "Active").'
    )
    assert explained.waits_for == ()
    assert world.engine.set_status(job, "Active").status == "Active"


def test_a_4_a_status_that_holds_nothing_any_more_says_so() -> None:
    """The firm lets such jobs pass since; nothing is evaluated by that alone."""
    world = World()
    status = Status("Waiting", automove=True)
    pipeline = Pipeline("Tax", stages=[Stage("Work"), DONE], statuses=[status])
    world.engine.save(*SAVED, pipeline)
    job = world.engine.set_status(begun(world), "Waiting")
    world.engine.save(Settings(on_empty="advance"))

    assert world.engine.explain(job).sentence == (
        "Nothing holds it in its status 'Waiting': it is Active again at the next completion; "
        "`reevaluate` does it now."
    )
    assert world.engine.reevaluate(job).status == "Active"


def test_r_36_what_holds_nothing_is_not_what_a_status_waits_for() -> None:
    """It is open beside it."""
    aside = TaskTemplate("Look")
    fires = [CreateTask(CALL), CreateTask(aside, holds=False)]
    world = World()
    status = Status("Waiting", automations=fires, automove=True)
    pipeline = Pipeline("Tax", stages=[Stage("Work"), DONE], statuses=[status])
    world.engine.save(*SAVED, aside, pipeline)
    job = world.engine.set_status(begun(world), "Waiting")

    explained = world.engine.explain(job)

    assert [one.name for one in explained.waits_for] == ["Call"]
    assert "holds it until task 'Call' is done" in explained.sentence
    assert any(one.startswith("open, not waited for: task 'Look'") for one in explained.lines)
    assert world.engine.complete(job.item("Call")).status == "Active"
