"""Recurring jobs as a firm has them: made by `tick`, once each, however late (R-38, R-39)."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    CatchUp,
    CreateTask,
    Daily,
    Dates,
    DefinitionError,
    JobScheduled,
    JobTemplate,
    Member,
    Monthly,
    NotAllowedError,
    NotFoundError,
    PeriodsSkipped,
    PipeflowError,
    Pipeline,
    Priority,
    Role,
    Schedule,
    Settings,
    Shift,
    Stage,
    TaskTemplate,
    Warned,
    Weekly,
    role_is,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine.commands import recurrence
from pipeflow.ports import Calendar
from pipeflow.testing import World

START = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
RUN = TaskTemplate("Run payroll")
PAYROLL = Pipeline("Payroll", stages=[Stage("Run", automations=[CreateTask(RUN)])])


class Interrupted(MemoryStore):
    """A store in which somebody else comes first, right behind the look at a row that is due."""

    def __init__(self) -> None:
        """Begin with nobody about to come."""
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Let them come."""
        held = super().renew(tenant, key, token, lease)
        while self.meanwhile:
            self.meanwhile.pop()()
        return held


class Holidays(Calendar):
    """A calendar of given days, which may fail."""

    def __init__(self, *days: date) -> None:
        """Take the days off."""
        self.days: Any = days
        self.asked: list[tuple[date, date]] = []

    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Return them all."""
        self.asked.append((first, last))
        if isinstance(self.days, Exception):
            raise self.days
        return self.days  # type: ignore[no-any-return]


def a_world(start: datetime = START, zone: str = "UTC", **others: Any) -> World:
    """Return a firm with the pipeline, and Ada and Bert who have payroll."""
    world = World(start, **others)
    world.engine.save(Settings(time_zone=zone), RUN, PAYROLL)
    for name in ("Ada", "Bert"):
        world.account(name, tags=["payroll"])
    world.account("Cleo")
    return world


def payroll(**others: Any) -> Schedule:
    """Return a schedule, mostly at the end of each month."""
    given = {
        "pipeline": PAYROLL,
        "accounts": tagged("payroll"),
        "every": Monthly("last"),
        "start": date(2027, 1, 1),
        **others,
    }
    return Schedule("Payroll [PERIOD_MONTH_NAME] [PERIOD_YEAR]", **given)


def names(world: World) -> list[str]:
    """Return the names of all jobs, in the order in which they were made."""
    return [f"{one.name} for {one.account}" for one in sorted(world.engine.jobs(), key=made)]


def made(job: Any) -> Any:
    """Return by what jobs come in the order of their making."""
    return job.created, job.id


def dues(world: World, account: str = "account-1") -> list[str]:
    """Return when the jobs of an account are due, by the order of their ids."""
    return [str(one.due) for one in world.engine.jobs(account=account)]


def once(done: list[Schedule], save: Callable[[], Schedule]) -> None:
    """Save a schedule, unless that was done before."""
    if not done:
        done.append(save())


# -- made ------------------------------------------------------------------------------------------


def test_r_38_each_month_has_its_job_for_everybody_whom_the_condition_fits() -> None:
    """Cleo has no payroll; Dora comes in February."""
    world = a_world()
    world.engine.save(payroll())

    (tick,) = world.advance(days=31)
    world.engine.save(Account("Dora", tags=["payroll"]))
    world.advance(days=28)

    assert tick.at == datetime(2027, 1, 31, tzinfo=UTC)
    assert tick.created == ("payroll.account-1.2027-01-31", "payroll.account-2.2027-01-31")
    assert "2 jobs created" in str(tick)
    assert len(tick) == 2
    assert names(world) == [
        "Payroll January 2027 for account-1",
        "Payroll January 2027 for account-2",
        "Payroll February 2027 for account-1",
        "Payroll February 2027 for account-2",
        "Payroll February 2027 for account-4",
    ]
    assert len(world.tasks.created) == 5


def test_r_38_the_name_means_the_unshifted_date_and_the_due_date_is_the_shifted_one() -> None:
    """31 January 2027 is a Sunday; the job is there five days before the Friday."""
    world = a_world()
    world.engine.save(payroll(ahead=After(days=5), shift=Shift.BEFORE, accounts="account-1"))

    (tick,) = world.advance(days=30)
    (job,) = world.engine.jobs()

    assert tick.at == datetime(2027, 1, 24, tzinfo=UTC)
    assert (job.name, job.due) == ("Payroll January 2027", date(2027, 1, 29))
    told = world.engine.history(job)
    assert [one.actor for one in told[:2]] == ["system", "system"]
    assert told[1] == JobScheduled(
        tick.at, job.id, "system", "payroll", date(2027, 1, 31), date(2027, 1, 29)
    )


def test_r_38_ids_come_in_the_order_of_periods_and_tell_no_two_jobs_alike() -> None:
    """Schedule, account and date, whatever characters stand in them."""
    world = a_world()
    world.engine.save(Account("Dot", id="a.b"), Account("Per", id="a%2Eb"))
    plan = payroll(accounts=["a.b", "a%2Eb"], every=Daily(), id="x.y")
    world.engine.save(plan)

    world.advance(days=1)

    assert [one.id for one in world.engine.jobs()] == [
        "x%2Ey.a%252Eb.2027-01-01",
        "x%2Ey.a%252Eb.2027-01-02",
        "x%2Ey.a%2Eb.2027-01-01",
        "x%2Ey.a%2Eb.2027-01-02",
    ]


def test_r_38_jobs_are_as_the_schedule_says_else_as_the_template() -> None:
    """Its own template, people and priority before those of the pipeline."""
    world = a_world()
    mia, tom = world.engine.save(Member("Mia"), Member("Tom"))
    brief = JobTemplate("Brief", description="for [ACCOUNT_NAME]", assignees=[tom])
    own = JobTemplate("Own", comments="own", priority="low")
    world.engine.save(
        brief, own, attrs.evolve(world.engine.pipeline("payroll"), job_template=brief)
    )
    world.engine.save(payroll(accounts="account-1", id="plain"))
    world.engine.save(
        payroll(accounts="account-2", id="own", template=own, assignees=mia, priority="urgent")
    )

    world.advance(days=31)
    plain, special = world.engine.jobs(account="account-1"), world.engine.jobs(account="account-2")

    assert (plain[0].description, plain[0].assignees) == ("for Ada", frozenset({"tom"}))
    assert (special[0].comments, special[0].assignees) == ("own", frozenset({"mia"}))
    assert special[0].priority is Priority.URGENT
    assert world.engine.uses(mia)[0].where == "$.assignees"
    assert {one.kind for one in world.engine.uses(own)} == {"schedule"}


@pytest.mark.parametrize(
    ("zone", "start", "ticks"),
    [
        # The clocks of Stockholm go on by night on 28 March 2027, and back on 31 October.
        (
            "Europe/Stockholm",
            datetime(2027, 3, 26, 12, tzinfo=UTC),
            ["2027-03-26 23:00", "2027-03-27 23:00", "2027-03-28 22:00", "2027-03-29 22:00"],
        ),
        (
            "Europe/Stockholm",
            datetime(2027, 10, 29, 12, tzinfo=UTC),
            ["2027-10-29 22:00", "2027-10-30 22:00", "2027-10-31 23:00", "2027-11-01 23:00"],
        ),
        # Those of Beirut skip the midnight of 28 March.
        (
            "Asia/Beirut",
            datetime(2027, 3, 26, 12, tzinfo=UTC),
            ["2027-03-26 22:00", "2027-03-27 22:00", "2027-03-28 21:00", "2027-03-29 21:00"],
        ),
    ],
)
def test_r_38_jobs_are_made_at_midnight_across_both_changes_of_the_clocks(
    zone: str, start: datetime, ticks: list[str]
) -> None:
    """One a day, no day twice, none left out."""
    world = a_world(start, zone)
    world.engine.save(payroll(every=Daily(), start=start.date() + timedelta(days=1)))

    at = [f"{one.at:%Y-%m-%d %H:%M}" for one in world.advance(days=4)]

    assert at == ticks
    days = [(start.date() + timedelta(days=n)).isoformat() for n in range(1, 5)]
    assert dues(world) == days


def test_r_38_given_dates_end_by_themselves() -> None:
    """After the last there is no timer any more."""
    world = a_world()
    world.engine.save(payroll(every=Dates([date(2027, 1, 15), date(2027, 2, 15)])))

    world.advance(days=365)

    assert dues(world) == ["2027-01-15", "2027-02-15"]
    assert world.store.next_due(tenant="default") is None


def test_r_38_the_end_is_the_last_day_that_may_be_a_period() -> None:
    """Also where it is one."""
    world = a_world()
    world.engine.save(payroll(end=date(2027, 2, 28)))

    world.advance(days=365)

    assert dues(world) == ["2027-01-31", "2027-02-28"]


# -- late ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected", "skipped"),
    [
        (CatchUp.ALL, ["2027-01-31", "2027-02-28", "2027-03-31"], []),
        (CatchUp.LATEST, ["2027-03-31"], [(date(2027, 1, 31), date(2027, 2, 28), 2)]),
        (CatchUp.NONE, [], [(date(2027, 1, 31), date(2027, 3, 31), 3)]),
    ],
)
def test_r_38_what_was_missed_is_made_by_the_catch_up_rule(
    rule: CatchUp, expected: list[str], skipped: list[Any]
) -> None:
    """Nobody ticks until 10 April."""
    world = a_world()
    world.engine.save(payroll(catch_up=rule))
    world.clock.set(datetime(2027, 4, 10, 12, tzinfo=UTC))

    tick = world.engine.tick()
    again = world.engine.tick()

    assert dues(world) == expected
    assert len(tick.created) == 2 * len(expected)
    assert not again
    told = world.engine.feed(kinds=PeriodsSkipped)
    assert [(one.first, one.last, one.number) for one in told] == skipped  # type: ignore[attr-defined]
    assert {one.actor for one in told} <= {"system"}
    world.advance(days=30)
    assert dues(world) == [*expected, "2027-04-30"]


def test_r_38_nothing_is_too_late_on_its_own_day() -> None:
    """Whoever ticks once a day misses nothing, by any rule."""
    world = a_world(zone="America/New_York")
    world.engine.save(payroll(catch_up=CatchUp.NONE))
    world.clock.set(datetime(2027, 2, 1, 4, 59, tzinfo=UTC))  # 23:59 on 31 January

    assert len(world.engine.tick().created) == 2


def test_r_38_a_start_in_the_past_is_caught_up_with() -> None:
    """A schedule that begins last year makes what the rule says, at the next tick."""
    world = a_world()
    world.engine.save(payroll(start=date(2026, 11, 1), accounts="account-1"))

    assert len(world.engine.tick().created) == 2
    assert dues(world) == ["2026-11-30", "2026-12-31"]


# -- for whom --------------------------------------------------------------------------------------


def test_r_38_very_many_accounts_are_handed_out_in_pieces() -> None:
    """1,200 accounts, a third of them with payroll: three looks, and each job once."""
    world = a_world()
    accounts = [
        Account(f"Client {n}", tags=["payroll"] if n % 3 == 0 else [], id=f"c-{n:04}")
        for n in range(1200)
    ]
    world.engine.save(*accounts)
    world.engine.save(payroll(), payroll(accounts=accounts, id="named"))

    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    tick = world.engine.tick()

    assert len(tick.created) == len(set(tick.created)) == 402 + 1200
    assert not world.engine.tick()


def test_r_38_who_is_added_while_a_period_is_handed_out_has_its_job_too() -> None:
    """Whatever its id: the accounts are gone through anew, and nobody gets two jobs."""
    world = a_world()
    many = [Account(f"Client {n}", id=f"c-{n:04}") for n in range(501)]
    world.engine.save(*many)
    plan = world.engine.save(payroll(accounts=many))
    later = attrs.evolve(plan, accounts=[*many, "account-1"])
    saved: list[Schedule] = []
    world.engine.on(JobScheduled, lambda _: once(saved, lambda: world.engine.save(later)))

    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    tick = world.engine.tick()

    assert saved
    assert len(tick.created) == len(set(tick.created)) == 502
    assert dues(world) == ["2027-01-31"]


def test_r_38_a_job_that_is_there_is_not_made_again_when_its_timer_is_forgotten() -> None:
    """The host forgot what is over, and the period was gone through anew."""
    world = a_world()
    many = [Account(f"Client {n}", id=f"c-{n:04}") for n in range(501)]
    world.engine.save(*many)
    plan = world.engine.save(payroll(accounts=many))
    later = attrs.evolve(plan, accounts=[*many, "account-1"])
    saved: list[Schedule] = []

    def forget() -> Schedule:
        """Let nothing be left of the first timer."""
        world.store.prune("default", world.clock.now() + timedelta(seconds=1))
        return world.engine.save(later)

    world.engine.on(JobScheduled, lambda _: once(saved, forget))
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))

    tick = world.engine.tick()

    assert len(tick.created) == len(set(tick.created)) == 502
    assert len(world.engine.history(tick.created[0]).of(JobScheduled)) == 1


def test_r_38_a_schedule_that_pauses_while_a_period_is_handed_out_makes_no_more_of_it() -> None:
    """The rest of it is made when it goes on, for it fell due before the pause."""
    world = a_world()
    many = [Account(f"Client {n}", id=f"c-{n:04}") for n in range(501)]
    world.engine.save(*many)
    plan = world.engine.save(payroll(accounts=many))
    rests = attrs.evolve(plan, active=False)
    saved: list[Schedule] = []
    world.engine.on(JobScheduled, lambda _: once(saved, lambda: world.engine.save(rests)))

    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    assert len(world.engine.tick().created) == 1
    assert world.store.next_due(tenant="default") is None
    world.engine.save(attrs.evolve(saved[0], active=True))

    assert len(world.engine.tick().created) == 500
    assert dues(world, "c-0500") == ["2027-01-31"]


def test_r_38_an_account_that_fails_harms_no_other() -> None:
    """It is tried again, stands among the failures, and is made once what is wrong is mended."""
    world = a_world()
    engine = world.engine
    many = Pipeline(
        "Many",
        stages=[Stage("Run", automations=[CreateTask(RUN), CreateTask(RUN, when=tagged("big"))])],
    )
    engine.save(many)
    engine.tag("account-1", add={"big"})
    engine.save(attrs.evolve(engine.settings(), most_requests=1), replace=True)
    engine.save(payroll(pipeline=many))

    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    tick = engine.tick()
    (failure,) = engine.failures()

    assert tick.created == ("payroll.account-2.2027-01-31",)
    assert tick.postponed == (failure.key,)
    assert "1 put off" in str(tick)
    assert failure.job == "payroll.account-1.2027-01-31"
    assert "Settings.most_requests" in failure.error
    with pytest.raises(PipeflowError, match="most_requests"):
        engine.retry(failure.key)
    with pytest.raises(NotAllowedError, match="pause the schedule"):
        engine.abandon(failure.key)
    engine.tag("account-1", remove={"big"})
    made = engine.retry(failure.key)
    assert made is not None
    assert made.id == failure.job
    assert not engine.failures()
    assert len(engine.jobs()) == 2


def test_r_38_what_fails_is_tried_for_ever_until_the_schedule_goes() -> None:
    """A month later it is still tried; without the schedule it is over."""
    world = a_world()
    engine = world.engine
    many = Pipeline("Many", stages=[Stage("Run", automations=[CreateTask(RUN), CreateTask(RUN)])])
    engine.save(many, attrs.evolve(engine.settings(), most_requests=1))
    plan = engine.save(payroll(pipeline=many, accounts="account-1", end=date(2027, 2, 1)))

    world.advance(days=33)
    (failure,) = engine.failures()
    assert failure.retry_at is not None
    engine.save(attrs.evolve(plan, active=False))
    with pytest.raises(NotAllowedError, match="is not wanted any more"):
        engine.retry(failure.key)
    world.advance(days=1)

    assert not engine.failures()
    assert not engine.jobs()


def test_r_38_an_account_that_was_deleted_gets_no_job() -> None:
    """Where it leaves between the handing out and the making."""
    world = a_world()
    world.engine.save(payroll())
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    world.engine.on(JobScheduled, lambda _: _leave(world))

    tick = world.engine.tick()

    assert tick.created == ("payroll.account-1.2027-01-31",)
    assert not world.engine.failures()


@pytest.mark.parametrize(
    "accounts", [["account-1", "account-2"], tagged("payroll")], ids=["named", "tagged"]
)
def test_r_38_who_is_not_meant_any_more_gets_no_job(
    accounts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client is taken from a schedule, or loses the tag by which it was meant, while the job of a
    period has still to be made for them.
    """
    world = a_world()
    engine = world.engine
    plan = engine.save(payroll(accounts=accounts))
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    with monkeypatch.context() as dies:
        dies.setattr(recurrence, "recur", _dies)
        with pytest.raises(KeyboardInterrupt):
            engine.tick()

    if isinstance(plan.accounts, tuple):
        engine.save(attrs.evolve(plan, accounts=["account-1"]))
    engine.tag("account-2", remove={"payroll"})
    world.advance(hours=1)

    assert [job.account for job in engine.jobs()] == ["account-1"]
    assert not engine.failures()


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_r_38_what_fails_is_over_for_who_is_not_meant_any_more() -> None:
    """It is asked for no more, and `retry` says why it makes nothing."""
    world = a_world()
    engine = world.engine
    many = Pipeline("Many", stages=[Stage("Run", automations=[CreateTask(RUN), CreateTask(RUN)])])
    engine.save(many, attrs.evolve(engine.settings(), most_requests=1))
    engine.save(payroll(pipeline=many, accounts=tagged("payroll")))
    engine.tag("account-1", remove={"payroll"})
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    engine.tick()
    (failure,) = engine.failures()

    engine.tag("account-2", remove={"payroll"})

    with pytest.raises(NotAllowedError, match="is not for account 'account-2' by now"):
        engine.retry(failure.key)
    world.advance(days=1)
    assert not engine.failures()
    assert not engine.jobs()


def _leave(world: World) -> None:
    world.engine.delete("account-2")


# -- changed ---------------------------------------------------------------------------------------


def test_r_38_an_edit_sets_the_timer_anew_and_makes_nothing_twice() -> None:
    """What was dealt with stays so, and a new rhythm makes up for nothing that lies behind."""
    world = a_world()
    plan = world.engine.save(payroll(every=Monthly(15), accounts="account-1"))
    world.advance(days=20)

    plan = world.engine.save(attrs.evolve(plan, every=Monthly(25)))
    world.advance(days=30)
    plan = world.engine.save(attrs.evolve(plan, every=Monthly(10)))
    world.advance(days=30)

    assert dues(world) == ["2027-01-15", "2027-01-25", "2027-03-10"]
    assert world.engine.schedule("payroll") == plan
    assert world.engine.schedules() == (plan,)


def test_r_38_an_edit_while_a_period_is_due_loses_nothing() -> None:
    """Nobody had ticked yet."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1"))
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))

    world.engine.save(attrs.evolve(plan, accounts=["account-2"]))
    world.engine.tick()

    assert [one.account for one in world.engine.jobs()] == ["account-2"]


def test_r_38_a_new_rhythm_leaves_what_is_still_to_be_made() -> None:
    """Nobody had ticked for the 15th of February yet when the day became the 10th."""
    world = a_world()
    plan = world.engine.save(payroll(every=Monthly(15), accounts="account-1"))
    world.advance(days=20)
    world.clock.set(datetime(2027, 2, 20, tzinfo=UTC))

    world.engine.save(attrs.evolve(plan, every=Monthly(10)))
    world.engine.tick()

    assert dues(world) == ["2027-01-15", "2027-02-15"]


def test_r_38_a_day_that_a_new_shift_puts_behind_is_not_made_up_for() -> None:
    """The last of February is a Sunday; on Saturday it begins to count as the Friday before."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1"))
    world.clock.set(datetime(2027, 2, 27, 9, tzinfo=UTC))
    world.engine.tick()

    world.engine.save(attrs.evolve(plan, shift=Shift.BEFORE))
    world.advance(days=40)

    assert dues(world) == ["2027-01-31", "2027-03-31"]


def test_r_38_a_schedule_that_made_nothing_yet_begins_where_it_says() -> None:
    """Its start was mistyped."""
    world = a_world()
    plan = world.engine.save(payroll(start=date(2027, 12, 1), accounts="account-1"))

    world.engine.save(attrs.evolve(plan, start=date(2026, 12, 1), every=Monthly(15)))
    world.engine.tick()

    assert dues(world) == ["2026-12-15"]


def test_r_38_what_falls_into_a_pause_is_not_made_up_for() -> None:
    """From February to April nothing is made, and then it goes on."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1"))
    world.advance(days=31)

    plan = world.engine.save(attrs.evolve(plan, active=False))
    assert world.store.next_due(tenant="default") is None
    world.advance(days=80)
    plan = world.engine.save(attrs.evolve(plan, name="Books [PERIOD_MONTH_NAME]", active=True))
    world.advance(days=30)

    assert dues(world) == ["2027-01-31", "2027-04-30"]
    world.engine.delete(world.engine.save(attrs.evolve(plan, active=False)))
    assert not world.engine.schedules()


def test_r_38_what_lies_between_an_end_and_a_later_one_is_not_made_up_for() -> None:
    """It had ended in January, and goes on from the day on which somebody says so."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1", end=date(2027, 1, 31)))
    world.advance(days=100)

    world.engine.save(attrs.evolve(plan, end=date(2027, 12, 31)))
    world.advance(days=50)

    assert dues(world) == ["2027-01-31", "2027-04-30", "2027-05-31"]


def test_r_38_an_end_that_is_put_off_before_it_comes_changes_nothing_before_it() -> None:
    """Jobs are made long ahead, and none of them is lost."""
    world = a_world()
    plan = payroll(accounts="account-1", end=date(2027, 1, 31), ahead=40)
    plan = world.engine.save(plan)
    world.clock.set(datetime(2027, 1, 25, 9, tzinfo=UTC))
    world.engine.tick()

    world.engine.save(attrs.evolve(plan, end=date(2027, 12, 31)))
    world.advance(days=50)

    assert dues(world) == ["2027-01-31", "2027-02-28", "2027-03-31"]


def test_r_38_a_longer_lead_begins_now() -> None:
    """What it would have made before is made at once, for it is due on a later day."""
    world = a_world(datetime(2027, 1, 1, 9, tzinfo=UTC))
    plan = world.engine.save(payroll(accounts="account-1"))
    world.advance(days=40)

    world.engine.save(attrs.evolve(plan, ahead=30))
    world.engine.tick()

    assert dues(world) == ["2027-01-31", "2027-02-28"]


def test_r_38_a_later_end_takes_nothing_away_that_is_still_to_be_made() -> None:
    """Nobody had ticked since its last period."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1", end=date(2027, 2, 28)))
    world.clock.set(datetime(2027, 4, 10, 9, tzinfo=UTC))

    world.engine.save(attrs.evolve(plan, end=date(2027, 12, 31)))
    world.engine.tick()

    assert dues(world) == ["2027-01-31", "2027-02-28"]


def test_r_38_a_schedule_that_is_deleted_makes_nothing_more_and_its_jobs_stay() -> None:
    """Also where another of its id comes after it."""
    world = a_world()
    plan = world.engine.save(payroll(accounts="account-1"))
    world.advance(days=31)

    deleted = world.engine.delete(plan)
    world.advance(days=31)
    world.engine.save(payroll(accounts="account-1"))
    world.advance(days=31)

    assert str(deleted) == "deleted schedule 'payroll'"
    assert dues(world) == ["2027-01-31", "2027-02-28", "2027-03-31"]
    with pytest.raises(NotFoundError, match="payrol"):
        world.engine.schedule("payrol")


def test_r_38_a_schedule_that_is_deleted_while_its_jobs_are_made_makes_no_more() -> None:
    """The first job is there, the second is not."""
    world = a_world()
    plan = world.engine.save(payroll())
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    world.engine.on(JobScheduled, lambda _: world.engine.delete(plan))

    assert len(world.engine.tick().created) == 1


def test_r_38_a_schedule_that_is_saved_while_its_timer_goes_off_goes_by_what_it_says_now() -> None:
    """Somebody else's commit comes between the look at the timer and its own."""
    store = Interrupted()
    world = a_world(store=store)
    plan = world.engine.save(payroll(accounts="account-1"))
    world.clock.set(datetime(2027, 1, 31, 1, tzinfo=UTC))
    store.meanwhile = [lambda: world.engine.save(attrs.evolve(plan, accounts="account-2"))]

    tick = world.engine.tick()

    assert tick.created == ("payroll.account-2.2027-01-31",)
    assert not store.meanwhile


def test_r_38_another_time_zone_moves_midnight() -> None:
    """Saving the settings sets the timers of all schedules, in the same commit."""
    world = a_world()
    world.engine.save(payroll(accounts="account-1"), payroll(id="other", accounts="account-2"))
    settings = world.engine.settings()

    world.engine.save(
        attrs.evolve(settings, time_zone="Asia/Tokyo"),
        attrs.evolve(world.engine.schedule("other"), every=Monthly(10)),
    )
    ticks = world.advance(days=31)

    assert [one.at for one in ticks] == [
        datetime(2027, 1, 9, 15, tzinfo=UTC),
        datetime(2027, 1, 30, 15, tzinfo=UTC),
    ]


# -- the calendar ----------------------------------------------------------------------------------


def test_r_39_days_off_come_from_the_calendar() -> None:
    """New Year's Day is off, and so is the weekend behind it."""
    calendar = Holidays(date(2027, 1, 1))
    world = a_world(START - timedelta(days=2), calendar=calendar)
    world.engine.save(payroll(every=Monthly(1), shift=Shift.AFTER, accounts="account-1"))

    world.advance(days=10)

    assert dues(world) == ["2027-01-04"]
    assert (date(2027, 1, 1), date(2027, 12, 31)) in calendar.asked


def test_r_39_a_day_off_that_is_told_late_moves_what_is_still_to_come() -> None:
    """The timer wakes, finds that the date has moved on, and waits for it."""
    calendar = Holidays()
    world = a_world(calendar=calendar)
    world.engine.save(payroll(every=Monthly(15), shift=Shift.AFTER, accounts="account-1"))
    calendar.days = (date(2027, 1, 15),)

    world.advance(days=16)
    assert not world.engine.jobs()
    world.advance(days=2)

    assert dues(world) == ["2027-01-18"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (OSError("no network"), "Calendar.days_off failed for 2027: OSError: no network"),
        (("2027-01-01",), "Calendar.days_off answered '2027-01-01' for 2027; it must return dates"),
        (None, "Calendar.days_off answered None for 2027; it must return dates"),
    ],
)
def test_r_39_a_calendar_that_fails_is_told_and_asked_again(answer: Any, told: str) -> None:
    """When a schedule is saved, whoever saves is told; a timer is tried again for ever."""
    calendar = Holidays()
    world = a_world(calendar=calendar)
    plan = payroll(every=Monthly(20), shift=Shift.BEFORE, accounts="account-1")
    world.engine.save(plan)
    calendar.days = answer

    with pytest.raises(PipeflowError, match=told.replace("(", "\\(")):
        world.engine.save(payroll(id="more", every=Monthly(20), shift=Shift.BEFORE))
    world.clock.set(datetime(2027, 1, 20, 0, tzinfo=UTC))
    assert len(world.engine.tick().postponed) == 1
    world.advance(days=1)
    (failure,) = world.engine.failures()
    assert told in failure.error
    assert (failure.job, failure.given_up) == ("", False)
    with pytest.raises(NotAllowedError, match="timer of schedule 'payroll'"):
        world.engine.retry(failure.key)
    calendar.days = ()
    world.advance(days=1)

    assert dues(world) == ["2027-01-20"]
    assert not world.engine.failures()


# -- what is refused -------------------------------------------------------------------------------


def test_r_38_a_schedule_names_only_what_is_there() -> None:
    """All problems at once, with the nearest names."""
    world = a_world()
    plan = Schedule(
        "Books [PERIOD_MONT_NAME]",
        pipeline="payrol",
        accounts=["account-1", "clients"],
        every=Weekly("fri"),
        start=date(2027, 1, 1),
        template="nothing",
        assignees=["nobody", Role("preparer")],
    )

    with pytest.raises(DefinitionError) as refused:
        world.engine.save(plan)

    where = [one.where for one in refused.value.problems]
    assert where == ["$.name", "$.pipeline", "$.template", "$.assignees", "$.accounts[1]"]
    assert "payroll" in str(refused.value)
    assert "For all that have a tag write accounts=tagged('clients')." in str(refused.value)
    assert "[PERIOD_MONTH_NAME]" in str(refused.value)


def test_r_38_whom_a_schedule_asks_for_is_there() -> None:
    """A member whom its condition names, and a tag that is in use: a typing error is warned of."""
    world = a_world()

    with pytest.raises(DefinitionError, match="there is no member 'mia'"):
        world.engine.save(payroll(accounts=role_is("preparer", "mia")))
    world.engine.save(payroll(accounts=tagged("payrol")))

    (warned,) = world.engine.feed(kinds=Warned)
    assert "schedule 'Payroll [PERIOD_MONTH_NAME] [PERIOD_YEAR]'" in str(warned)
    assert "'payroll'" in str(warned)


def test_r_38_codes_of_a_period_mean_nothing_elsewhere() -> None:
    """A job that is started by hand has no period."""
    world = a_world()

    with pytest.raises(DefinitionError, match="PERIOD_YEAR"):
        world.engine.start("payroll", "account-1", name="Payroll [PERIOD_YEAR]")


def test_r_38_what_a_schedule_names_cannot_be_deleted() -> None:
    """Its pipeline, and an account that it names itself; not one that fits its condition."""
    world = a_world()
    engine = world.engine
    engine.save(payroll(), payroll(id="named", accounts=["account-3"]))

    for thing in ("payroll-pipeline", "account-3"):
        found = PAYROLL if thing == "payroll-pipeline" else thing
        assert {one.kind for one in engine.uses(found)} == {"schedule"}
        with pytest.raises(NotAllowedError, match=r"schedule 'Payroll .* uses it"):
            engine.delete(found)
    assert not engine.uses(engine.schedule("named"))
    engine.delete("account-1")
    engine.delete(engine.schedule("named"))
    engine.delete("account-3")


def test_r_38_somebody_who_is_not_active_gets_no_recurring_jobs() -> None:
    """A new schedule may not name her; an old one leaves her out, and says so."""
    world = a_world()
    mia = world.engine.save(Member("Mia"))
    world.engine.save(payroll(assignees=mia, accounts="account-1"))
    world.engine.save(attrs.evolve(mia, active=False))

    with pytest.raises(DefinitionError, match="'mia' is not active"):
        world.engine.save(payroll(assignees="mia", id="other"))
    world.advance(days=31)
    (job,) = world.engine.jobs()

    assert job.assignees == frozenset()
    assert "'mia' is not active, and was left out" in str(world.engine.history(job))


def test_the_year_of_a_week_is_that_of_the_week() -> None:
    """The first days of January may belong to the last week of the year before (R-19)."""
    world = a_world()
    named = attrs.evolve(
        payroll(every=Daily(), start=date(2027, 1, 1), end=date(2027, 1, 1)),
        name="Week [PERIOD_WEEK] of [PERIOD_WEEK_YEAR]",
    )

    world.engine.save(named)
    world.advance(days=2)

    assert [one.name for one in world.engine.jobs(account="account-1")] == ["Week 53 of 2026"]
