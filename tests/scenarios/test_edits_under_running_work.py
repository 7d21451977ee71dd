"""What is edited while work is running: reminders set by hand, days off, windows, attempts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    After,
    CatchUp,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    Engine,
    JobTemplate,
    Member,
    Monthly,
    NotAllowedError,
    NotifyTeam,
    OrganizerTemplate,
    PeriodsSkipped,
    Pipeline,
    Question,
    Reminders,
    RequestGivenUp,
    Schedule,
    SendEmail,
    SendingWindow,
    Shift,
    Stage,
    StartJob,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
    Warned,
)
from pipeflow.ports import Authorizer, Changes, Intent, RowKey
from pipeflow.testing import ManualCalendar, World

ORGANIZER = OrganizerTemplate("Organizer", questions=[Question("Married?")])
CALL = TaskTemplate("Call")
MAIL = EmailTemplate("Mail", subject="Hello", body="Dear client")


def office(*automations: object, world: World | None = None) -> tuple[World, Engine, Account]:
    """Open a firm whose pipeline has these automations in its first stage."""
    world = world or World(datetime(2026, 1, 5, 9, tzinfo=UTC))
    engine = world.engine
    engine.save(
        ORGANIZER,
        CALL,
        MAIL,
        Member("Mia"),
        Member("Tom"),
        Pipeline("P", stages=[Stage("A", automations=automations), Stage("B")]),  # type: ignore[arg-type]
    )
    return world, engine, world.account()


# -- reminders that are set by hand ----------------------------------------------------------------


def test_what_reminders_set_by_hand_fire_is_asked_for_each_by_itself() -> None:
    """Two of a kind are two, with keys of their own (R-34)."""
    world, engine, account = office(CreateOrganizer(ORGANIZER))
    item = engine.start("p", account).items[0]
    then = [CreateTask("call"), CreateTask("call"), SendEmail("mail"), SendEmail("mail")]
    engine.set_reminders(item, Reminders(every=1, times=1, then=then))

    world.advance(days=3)

    assert len(world.tasks.created) == 2
    assert [mail.subject for mail in world.email.sent].count("Hello") == 2
    assert all(one.ref is not None for one in engine.job(item.job).items)
    assert engine.set_reminders(item, Reminders(every=1, times=1, then=then)).items[0].reminders


def test_what_reminders_set_by_hand_fire_is_checked_when_they_are_set() -> None:
    """With every problem at once, and nothing is changed."""
    _, engine, account = office(CreateOrganizer(ORGANIZER))
    engine.save(evolve(engine.member("tom"), active=False))
    item = engine.start("p", account).items[0]
    then = [
        CreateTask("cal"),
        UpdateAccountAccess(add=["nobody"]),
        UpdateJobAssignees(add=["tom"]),
        StartJob("elsewhere"),
        CreateTask("call", id="x"),
        CreateTask("call", id="x"),
    ]

    with pytest.raises(DefinitionError) as error:
        engine.set_reminders(item, Reminders(every=1, times=1, then=then))

    places = [problem.where for problem in error.value.problems]
    assert places == [
        "$.reminders.then[0].template",
        "$.reminders.then[1].add",
        "$.reminders.then[3].pipeline",
        "$.reminders.then[2].add",
        "$.reminders.then[4].id",
    ]
    assert engine.job(item.job).items[0].reminders is None


def test_what_reminders_of_two_linked_things_fire_once_a_job_is_two_things() -> None:
    """Each is of its own item, though both were linked (R-34)."""
    world, engine, account = office()
    job = engine.start("p", account)
    for ref in ("one", "two"):
        job = engine.link(job, ref, "organizer", ref)
        then = [CreateTask("call", repeat="once")]
        engine.set_reminders(job.items[-1], Reminders(every=1, times=1, then=then))

    world.advance(days=3)

    assert len(world.tasks.created) == 2


class NoAccess(Authorizer):
    """Lets nobody give access."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Refuse what would fire it."""
        return not any(isinstance(one, UpdateAccountAccess) for one in intent.fires)


def test_who_may_not_give_access_may_not_let_reminders_give_it() -> None:
    """A policy is asked about what is to fire, as when a pipeline is saved (A-52)."""
    world = World(authorizer=NoAccess())
    _, engine, account = office(CreateOrganizer(ORGANIZER), world=world)
    item = engine.start("p", account).items[0]
    rhythm = Reminders(every=1, times=1, then=[UpdateAccountAccess(add=["mia"])])

    with pytest.raises(NotAllowedError):
        engine.set_reminders(item, rhythm, actor="mia")

    assert engine.set_reminders(item, replaced_then(rhythm), actor="mia").items[0].reminders


def replaced_then(rhythm: Reminders) -> Reminders:
    """Return reminders that give nobody access."""
    return evolve(rhythm, then=[CreateTask("call")])


def test_what_running_work_is_to_fire_is_in_use() -> None:
    """Though the pipeline speaks of it no longer (R-28)."""
    then = [
        UpdateJobAssignees(add=["mia"], remove=["tom"]),
        UpdateAccountAccess(add=["mia"]),
        NotifyTeam(["mia"], subject="Look", body="At this"),
        CreateTask("call"),
        StartJob("other"),
    ]
    other = Pipeline("Other", stages=[Stage("X")])
    world, engine, account = office()
    pipeline = engine.pipeline("p")
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=then))
    engine.save(other, pipeline.add("A", asks))
    job = engine.start("p", account)
    engine.save(engine.pipeline("p").remove("A", "create-organizer-organizer"))

    assert "job 'P' (job-1) $.items['Organizer'].reminders.then[3].template" in str(
        engine.uses("call")
    )
    for thing in (engine.template("call"), engine.pipeline("other"), engine.member("mia")):
        with pytest.raises(NotAllowedError, match=r"reminders\.then"):
            engine.delete(thing)

    handed = engine.hand_over("mia", "tom")
    assert handed.items == (job.items[0].id,)
    engine.delete(engine.member("mia"))
    world.advance(days=3)

    assert engine.job(job.id).assignees == {"tom"}
    assert engine.account(account.id).access == {"tom"}
    engine.complete(engine.job(job.id).items[0])
    assert str(engine.uses("call")) == "nothing uses it"
    engine.delete(engine.template("call"))


def test_what_an_archived_job_would_fire_keeps_nothing() -> None:
    """Nor what is done, nor a job that has nothing to do with it."""
    asks = CreateOrganizer(
        ORGANIZER, reminders=Reminders(every=1, times=1, then=[CreateTask("call")])
    )
    _, engine, account = office()
    engine.save(engine.pipeline("p").add("A", asks))
    archived, done = engine.start("p", account), engine.start("p", account)
    engine.save(engine.pipeline("p").remove("A", "create-organizer-organizer"))
    engine.archive(archived)

    assert "(job-2)" in str(engine.uses("call"))
    assert "(job-1)" not in str(engine.uses("call"))
    engine.complete(done.items[0])
    assert str(engine.uses("call")) == "nothing uses it"


def test_what_reminders_fired_in_vain_is_tried_again_when_the_pipeline_has_it_no_longer() -> None:
    """It is as it was said when they were set."""
    then = [UpdateJobAssignees(add=["mia"]), CreateTask("call")]
    asks = CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=1, then=then))
    world, engine, account = office()
    engine.save(engine.pipeline("p").add("A", asks))
    job = engine.start("p", account)
    engine.save(engine.pipeline("p").remove("A", "create-organizer-organizer"))
    world.store.commit(gone(world))
    world.advance(days=2)
    (failure,) = engine.failures()
    engine.save(CALL)

    engine.retry(failure.key)

    assert engine.failures() == ()
    assert [item.name for item in engine.job(job.id).items] == ["Organizer", "Call"]


def gone(world: World) -> Changes:
    """Return what takes the template away behind the engine's back, as another program might."""
    key = RowKey("template", "call")
    version = world.store.read("default", [key]).rows[key].version
    return Changes("default", {key: version}, deletes=(key,))


# -- days off, windows, attempts, dates -----------------------------------------------------------


@pytest.mark.parametrize("catch_up", CatchUp)
def test_a_day_off_that_comes_late_loses_no_period(catch_up: CatchUp) -> None:
    """Nobody who ticks every hour misses one, whatever is caught up with (R-38, R-39)."""
    calendar = ManualCalendar()
    world = World(datetime(2027, 1, 4, 9, tzinfo=UTC), calendar=calendar)
    _, engine, account = office(world=world)
    engine.save(
        Schedule(
            "Payroll",
            pipeline="p",
            accounts=[account],
            every=Monthly(20),
            start=date(2027, 1, 1),
            end=date(2027, 1, 31),
            shift=Shift.BEFORE,
            catch_up=catch_up,
        )
    )
    calendar.days.add(date(2027, 1, 20))

    for _ in range(24 * 20):
        world.clock.advance(hours=1)
        engine.tick()

    (job,) = engine.jobs()
    assert job.due == date(2027, 1, 19)
    assert len(engine.feed(kinds=PeriodsSkipped)) == 0


def test_it_is_told_when_mail_leaves_by_the_window_as_it_now_is() -> None:
    """It waits for the old opening, and then for the new one."""
    world = World(datetime(2026, 1, 10, 11, tzinfo=UTC))  # a Saturday
    _, engine, account = office(SendEmail(MAIL), world=world)
    engine.save(evolve(engine.settings(), window=SendingWindow()))
    job = engine.start("p", account)

    engine.save(evolve(engine.settings(), window=SendingWindow(opens=time(12))))

    assert "12:00" in str(engine.explain(job))
    world.advance(days=2, hours=0.5)
    assert world.email.sent == []
    world.advance(hours=1)
    assert len(world.email.sent) == 1


def test_fewer_attempts_give_a_request_up_with_what_came_of_its_last_call() -> None:
    """And with the number of calls that were made."""
    world, engine, account = office(CreateTask(CALL))
    world.tasks.fail_next(ConnectionError("no route"), times=99)
    job = engine.start("p", account)
    world.advance(minutes=1)
    (failure,) = engine.failures()

    engine.save(evolve(engine.settings(), attempts=failure.attempts - 1))
    world.advance(days=1)

    (given_up,) = [one for one in engine.history(job) if isinstance(one, RequestGivenUp)]
    assert given_up.error == "ConnectionError: no route"
    assert given_up.attempt == failure.attempts == engine.failures()[0].attempts


def test_a_start_of_a_template_lies_no_later_than_a_due_date_that_is_given() -> None:
    """So the due date can be edited like any other; with none given the template's holds."""
    _, engine, account = office()
    late = JobTemplate("Late", start=After(days=10))
    engine.save(late, evolve(engine.pipeline("p"), job_template="late"))

    soon = engine.start("p", account, due=date(2026, 1, 8))
    later = engine.start("p", account, due=date(2026, 2, 8))
    open_ended = engine.start("p", account)

    assert (soon.start, soon.due) == (date(2026, 1, 8), date(2026, 1, 8))
    assert later.start == open_ended.start == date(2026, 1, 15)
    assert not [one for one in engine.history(soon) if isinstance(one, Warned)]
    assert engine.edit(soon, due=date(2026, 1, 20)).due == date(2026, 1, 20)


def test_a_start_behind_the_due_date_of_a_template_is_warned_of() -> None:
    """Both stay as they were said."""
    _, engine, account = office()
    late = JobTemplate("Late", due=After(days=3))
    engine.save(late, evolve(engine.pipeline("p"), job_template="late"))

    job = engine.start("p", account, start=date(2026, 1, 15))

    assert (job.start, job.due) == (date(2026, 1, 15), date(2026, 1, 8))
    assert any(
        isinstance(event, Warned) and "starts on 2026-01-15, and is due on 2026-01-08" in event.text
        for event in engine.history(job)
    )
