"""`engine.forecast()`: all that leaves by itself in the next days, if nobody acts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Branch,
    ConflictError,
    CreateOrganizer,
    Daily,
    DefinitionError,
    Job,
    Member,
    NotifyTeam,
    Pipeline,
    Reminders,
    Schedule,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
    Tick,
    TimeInStage,
)
from pipeflow.ports import Authorizer, Email, EmailKind, Intent
from pipeflow.testing import World
from tests.firms import ORGANIZER, TEMPLATES, WELCOME, Forgetful, in_memory_and_in_a_file

TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Wait", triggers=[TimeInStage(5, [SendEmail(WELCOME)])]),
        Stage("Done"),
    ],
)


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX)
    return world


world = in_memory_and_in_a_file(begun)


def test_reminders_triggers_and_retries_are_foreseen_and_nothing_happens(world: World) -> None:
    """Each with its day, its client, its kind and its job."""
    ada, bob = world.account("Ada"), world.account("Bob")
    world.organizers.fail_next(OSError("busy"))
    first = world.engine.start(TAX, ada, name="1040")
    second = world.engine.start(TAX, bob, stage="Wait", name="1065")
    before = [*world.store.export("default")]

    found = world.engine.forecast(30)

    assert [(one.day.day, one.client, one.kind, one.about, one.name) for one in found] == [
        (5, "Ada", "organizer", "Organizer", "1040"),
        (8, "Ada", "reminder", "Organizer", "1040"),
        (10, "Bob", "email", "Welcome, Bob", "1065"),
        (11, "Ada", "reminder", "Organizer", "1040"),
    ]
    assert [one.port for one in found] == ["organizers", "email", "email", "email"]
    assert (found.fired, found.created, found.failures, len(found)) == (1, (), 0, 4)
    assert str(found).splitlines()[2] == "4 requests, 1 trigger fires"
    assert found.by_kind == {"reminder": 2, "email": 1, "organizer": 1}
    assert [*found.by_account.items()] == [(ada.id, 3), (bob.id, 1)]
    assert {one.job for one in found.of(ada.id)} == {first.id}
    assert [one.job for one in found.on(date(2026, 1, 10))] == [second.id]
    assert len(found.by_day) == 31
    assert sum(found.by_day.values()) == 4
    assert [*world.store.export("default")] == before


def test_a_notice_to_the_team_is_foreseen_by_its_subject(world: World) -> None:
    """It is about no thing that the client knows."""
    tells = NotifyTeam(to=["mia"], subject="Ada waits", body="Please call.")
    line = Pipeline("Calls", [Stage("Wait", triggers=[TimeInStage(2, [tells])])])
    world.engine.save(Member("Mia"), line)
    world.engine.start(line, world.account("Ada"))

    (found,) = world.engine.forecast(3)

    assert (found.kind, found.about) == ("notice", "Ada waits")


def test_what_it_foresees_is_what_happens(world: World) -> None:
    """The very same requests, at the very same instants."""
    for stage in ("Collect", "Wait", "Collect"):
        world.job_at(TAX, stage)
        world.advance(hours=7)
    sent = len(world.email.sent)
    found = world.engine.forecast(20)

    ticks = world.advance(days=20)

    assert [one.key for one in found] == [one.key for one in world.email.sent[sent:]]
    assert sorted({one.at for one in found}) == [tick.at for tick in ticks]


def test_jobs_of_schedules_are_foreseen_with_what_they_begin_with(world: World) -> None:
    """They have ids of the branch's own, and names."""
    day = world.clock.now().date() + timedelta(days=1)
    world.engine.save(
        Schedule("Monthly", pipeline=TAX, accounts=world.account(), every=Daily(), start=day)
    )

    found = world.engine.forecast(3)

    assert len(found.created) == 3
    assert found.by_kind["organizer"] == 3
    assert {one.name for one in found} == {"Monthly"}
    assert "3 jobs started" in str(found)


def test_days_are_those_of_the_firm_and_the_window_holds(world: World) -> None:
    """What falls due in the night leaves when the window opens."""
    window = SendingWindow(opens=time(9), closes=time(17))
    world.engine.save(Settings(time_zone="Asia/Tokyo", window=window))
    world.clock.set(datetime(2026, 1, 5, 15, 30, tzinfo=UTC))
    world.job_at(TAX, "Collect")

    found = world.engine.forecast(4)

    (reminder,) = found
    assert reminder.day == date(2026, 1, 9)
    assert reminder.at == datetime(2026, 1, 9, 0, tzinfo=UTC)


def test_it_prints_by_day_kind_and_client_and_draws_a_line_a_day(world: World) -> None:
    """The table is capped, the value is not."""
    world.job_at(TAX, "Collect")

    found = world.engine.forecast(7)

    assert str(found).splitlines() == [
        "The next 7 days, if nobody acts",
        "===============================",
        "2 requests",
        "",
        "By day",
        "Day         Requests  Bar",
        "----------  --------  ------------------------",
        "2026-01-08  1         ████████████████████████",
        "2026-01-11  1         ████████████████████████",
        "",
        "By kind",
        "What      Requests",
        "--------  --------",
        "reminder  2",
        "",
        "By client",
        "Client        Requests",
        "------------  --------",
        "Ada Lovelace  2",
        "",
        "In order",
        "When                  Client        What      About      Job",
        "--------------------  ------------  --------  ---------  ---",
        "2026-01-08 09:00 UTC  Ada Lovelace  reminder  Organizer  Tax",
        "2026-01-11 09:00 UTC  Ada Lovelace  reminder  Organizer  Tax",
    ]
    assert found.to_svg().count("2026-01-0") > 5
    folded = found._repr_html_().partition("<details")[2]
    assert folded.count("In order") == 1
    assert folded.count("Ada Lovelace") == 2


@pytest.mark.parametrize("days", [-1, 1.5, "two weeks", True, None])
def test_what_is_no_number_of_days_is_refused_with_an_example(world: World, days: Any) -> None:
    """Whoever reads it knows what to write."""
    with pytest.raises(DefinitionError) as caught:
        world.engine.forecast(days)

    what = "$.days: must be a whole number of days, from 0 on, such as 30"
    assert str(caught.value) == f"{what} (given: {days!r})"


def test_nothing_is_foreseen_where_nothing_waits(world: World) -> None:
    """It says so, is false, and draws nothing."""
    world.job_at(TAX, "Done")

    found = world.engine.forecast(0)

    assert not found
    assert str(found).endswith("\nNothing happens.")
    with pytest.raises(DefinitionError, match="not shown as 'svg'"):
        found.to_svg()


def test_a_long_list_of_hostile_names_is_capped() -> None:
    """By client and in order; every day has its line until there are too many."""
    world = begun(World())
    many = evolve(
        TAX.stages[0],
        automations=[CreateOrganizer(ORGANIZER, reminders=Reminders(every=1, times=100))],
    )
    world.engine.save(evolve(world.engine.pipeline("tax"), stages=(many, *TAX.stages[1:])))
    for n in range(25):
        world.engine.start("tax", world.account(f"<b>|*{n}*\x1b[1m"))

    found = world.engine.forecast(100)

    assert len(found) == 2500
    assert "5 others" in str(found)
    assert "2450 more" in str(found)
    assert re.search(r"38 later days +950", str(found))  # of 25 jobs each
    assert "\x1b" not in str(found)
    assert "<b>" not in f"{found:html}"


def test_what_waits_for_a_person_at_the_end_is_counted(world: World) -> None:
    """Such as what was given up for good."""
    world.engine.save(Settings(attempts=1))
    world.organizers.fail_next(OSError("busy"))
    world.job_at(TAX, "Collect")

    found = world.engine.forecast(30)

    assert found.failures == 1
    assert not found


@pytest.mark.parametrize("days", [-1, True, 1.5, "3", None, 10**9])
def test_days_that_are_none_are_refused_with_their_place(world: World, days: Any) -> None:
    """By the forecast and, less None, by a plan."""
    with pytest.raises(DefinitionError, match=r"^\$\.days: (must be a whole|leads beyond)"):
        world.engine.forecast(days)
    if days is not None:
        with pytest.raises(DefinitionError, match=r"^\$\.days: (must be a whole|leads beyond)"):
            world.engine.plan(world.engine.pipeline("tax").change("Done", name="End"), days=days)


def test_time_does_not_pass_beyond_the_calendar(world: World) -> None:
    """Which ends, for the rules that reckon with it."""
    with pytest.raises(DefinitionError, match="beyond the year 9000"):
        world.engine.what_if().advance(days=10**7)


def busy(world: World, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody tag a client whenever four days have passed on a branch."""
    goes, numbers = Branch.advance, count(1)

    def advance(branch: Branch, *, days: float = 0) -> list[Tick]:
        ticks = goes(branch, days=4)
        world.engine.tag(job.account, {f"tag {next(numbers)}"})
        return ticks + goes(branch, days=days - 4)

    monkeypatch.setattr(Branch, "advance", advance)


def test_a_firm_that_goes_on_meanwhile_is_foreseen_on_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A branch would tell two truths at once, and nobody has made one."""
    job = world.job_at(TAX, "Collect")
    quiet = world.engine.forecast(30)
    busy(world, job, monkeypatch)

    assert world.engine.forecast(30) == quiet
    assert len(world.engine.account(job.account).tags) == 2


@pytest.mark.parametrize("ended", [False, True], ids=["in hand", "left by a worker that died"])
def test_what_somebody_has_in_hand_is_in_hand_on_a_copy(
    ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves when the lease has ended, as on a branch."""
    world = begun(World(deliver=False))
    job = world.job_at(TAX, "Collect")
    world.engine.pending(lease=timedelta(days=3))
    if ended:
        world.clock.advance(days=4)
    quiet = world.engine.forecast(30)
    busy(world, job, monkeypatch)

    assert world.engine.forecast(30) == quiet
    assert quiet.departures[0].at == datetime(2026, 1, 9 if ended else 8, 9, tzinfo=UTC)


def test_an_edit_of_a_firm_that_goes_on_meanwhile_is_planned_on_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what the next days bring."""
    job = world.job_at(TAX, "Collect")
    edited = world.engine.pipeline("tax").add("Done", SendEmail(WELCOME))
    quiet = world.engine.plan(edited, days=30)
    busy(world, job, monkeypatch)

    assert world.engine.plan(edited, days=30) == quiet


def test_a_branch_foresees_nothing_where_the_firm_has_moved_on(world: World) -> None:
    """What was done on it would stand beside what the firm has done since."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.job(job)
    world.engine.edit(job, name="1040")

    with pytest.raises(ConflictError, match="moved on under its branch: job"):
        branch.forecast(30)
    with pytest.raises(ConflictError, match="moved on under its branch: job"):
        branch.plan(world.engine.pipeline("tax").change("Done", name="End"))


def test_a_branch_that_lets_time_pass_notices_it_too(world: World) -> None:
    """It goes no further, and puts nothing off as if a port had failed."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=4)
    world.engine.tag(job.account, {"vip"})

    with pytest.raises(ConflictError, match="moved on under its branch: account"):
        branch.advance(days=30)

    assert len(branch.requests) == 1


def test_a_branch_whose_answers_cannot_be_kept_notices_it(world: World) -> None:
    """The row behind a port's answer is the firm's own business by now."""
    world.organizers.fail_next(OSError("busy"))
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.job(job)
    world.engine.edit(job, name="1040")

    with pytest.raises(ConflictError, match="moved on under its branch: job"):
        branch.advance(days=1)


def test_the_forecast_of_a_branch_begins_where_the_branch_stands(world: World) -> None:
    """With what was done on it, and nothing happens on it either."""
    job = world.job_at(TAX, "Collect")
    branch = world.engine.what_if()
    branch.advance(days=4)
    branch.move(job, "Wait")

    found = branch.forecast(10)

    assert found.begins == branch.now
    assert found.by_kind == {"email": 1, "reminder": 1}
    assert len(branch.requests) == 1


class Owner(Authorizer):
    """Lets everybody read what is not the account's that is called secret."""

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Not asked."""
        raise NotImplementedError

    def may(self, intent: Intent, /) -> bool:
        """Look at what the account is called."""
        return intent.account is None or intent.account.name != "secret"


def test_who_asks_foresees_what_they_may_see() -> None:
    """Requests, triggers, jobs and failures of others are left out."""
    world = begun(World(authorizer=Owner()))
    secret, ada = world.account("secret"), world.account("Ada")
    day = world.clock.now().date() + timedelta(days=1)
    for account in (secret, ada):
        world.engine.start(TAX, account)
        world.engine.start(TAX, account, stage="Wait")
        name = f"Daily of {account.id}"
        world.engine.save(Schedule(name, pipeline=TAX, accounts=account, every=Daily(), start=day))

    found, every = world.engine.forecast(6, actor="mia"), world.engine.forecast(6)

    assert {one.client for one in found} == {"Ada"}
    assert (len(found) * 2, found.fired * 2) == (len(every), every.fired)
    assert len(found.created) * 2 == len(every.created)


def test_who_asks_sees_no_more_of_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of the whole firm."""
    world = begun(World(authorizer=Owner()))
    secret, ada = world.account("secret"), world.account("Ada")
    for account in (secret, ada):
        job = world.engine.start(TAX, account)
    busy(world, job, monkeypatch)

    assert {one.client for one in world.engine.forecast(30, actor="mia")} == {"Ada"}


@settings(max_examples=25)
@given(
    starts=st.lists(
        st.tuples(st.sampled_from(["Collect", "Wait"]), st.integers(0, 90)), max_size=6
    ),
    days=st.integers(0, 15),
)
def test_whatever_waits_is_foreseen_as_it_happens(starts: list[tuple[str, int]], days: int) -> None:
    """For any jobs and any number of days: the same mail, in the same order."""
    world = begun(World())
    for stage, hours in starts:
        world.job_at(TAX, stage)
        world.advance(hours=hours)
    sent = len(world.email.sent)

    found = world.engine.forecast(days)
    world.advance(days=days)

    left: list[Email] = world.email.sent[sent:]
    assert [one.key for one in found] == [one.key for one in left]
    assert [one.kind == "reminder" for one in found] == [
        one.kind is EmailKind.REMINDER for one in left
    ]


def test_what_nobody_can_reckon_is_told_also_where_nothing_else_happens(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is silent; and what fails on a branch is no trouble of the firm's log."""
    calendar = Forgetful()
    world = World(calendar=calendar)
    world.engine.save(*TEMPLATES, TAX)
    world.account()
    daily = Schedule(
        "Daily",
        pipeline="tax",
        accounts="account-1",
        every=Daily(),
        start=date(2026, 1, 7),
        shift="after",
    )
    world.engine.save(daily)
    calendar.forgets = True

    told = world.engine.forecast(days=2)

    assert "1 left to a person" in str(told)
    assert "Nothing happens" not in str(told)
    assert not caplog.records
