"""What running work fires."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    CatchUp,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    Monthly,
    NotifyTeam,
    Reminders,
    Schedule,
    SendEmail,
    SendingWindow,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
    Warned,
    assigned,
)
from pipeflow.ports import Authorizer, Intent
from pipeflow.testing import ManualCalendar, World
from tests.scenarios.test_edits_under_running_work import MAIL, ORGANIZER, office


def firing(*then: object) -> Reminders:
    """Return reminders that fire this when the first was in vain."""
    return Reminders(every=1, times=1, then=then)  # type: ignore[arg-type]


def test_what_reminders_set_by_hand_fire_is_called_as_a_pipeline_calls_it() -> None:
    """By the stage and what made the item, so that no two of a job are one (R-34)."""
    asks = CreateOrganizer(ORGANIZER, reminders=firing(CreateTask("call")))
    _, engine, account = office()
    engine.save(engine.pipeline("p").add("A", asks))
    item = engine.start("p", account).items[0]
    given = item.reminders
    engine.set_reminders(item, None)

    assert engine.set_reminders(item, firing(CreateTask("call"))).items[0].reminders == given


@pytest.mark.parametrize("done", [0, 1])
def test_only_what_is_open_is_in_use_by_what_it_fires(done: int) -> None:
    """Whichever of a job's things is done by now."""
    _, engine, account = office(CreateOrganizer(ORGANIZER), CreateOrganizer(ORGANIZER))
    job = engine.start("p", account)
    for place, one in enumerate(job.items):
        what = CreateTask("call") if place == done else SendEmail("mail")
        engine.set_reminders(one, firing(what, UpdateJobAssignees(add=["mia"])))
    engine.complete(job.items[done])

    assert str(engine.uses("call")) == "nothing uses it"
    assert "then[0].template" in str(engine.uses("mail"))
    assert engine.hand_over("mia", "tom").items == (job.items[1 - done].id,)


def test_what_was_fired_is_in_use_until_its_item_is_done() -> None:
    """The reminders of what is open may start anew, and fire it once more."""
    world, engine, account = office(CreateOrganizer(ORGANIZER))
    item = engine.start("p", account).items[0]
    engine.set_reminders(item, firing(SendEmail("mail")))
    world.advance(days=3)
    assert "then[0].template" in str(engine.uses("mail"))

    engine.complete(item)
    assert str(engine.uses("mail")) == "nothing uses it"


def test_a_notice_and_access_that_are_still_to_come_are_handed_over() -> None:
    """Who gives way is taken from both, and who comes is not taken away (R-28)."""
    _, engine, account = office(CreateOrganizer(ORGANIZER))
    item = engine.start("p", account).items[0]
    engine.set_reminders(
        item,
        firing(
            NotifyTeam(["mia"], subject="Look", body="At this"),
            UpdateAccountAccess(add=["mia"], remove=["tom"]),
            UpdateJobAssignees(remove=["mia"]),
        ),
    )

    engine.hand_over("mia", "tom")

    rhythm = engine.job(item.job).items[0].reminders
    assert rhythm is not None
    then: Any = rhythm.then
    notice, access, assignees = then
    assert (notice.to, access.add, access.remove, assignees.remove) == (
        {"tom"},
        {"tom"},
        frozenset(),
        {"tom"},
    )


def test_what_reminders_fire_asks_for_nobody_who_is_not_there() -> None:
    """A condition of it names members too."""
    _, engine, account = office(CreateOrganizer(ORGANIZER))
    item = engine.start("p", account).items[0]

    with pytest.raises(DefinitionError, match=r"reminders\.then\[0\]\.when"):
        engine.set_reminders(item, firing(CreateTask("call", when=assigned("nobody"))))


def test_who_is_named_by_running_work_is_told_job_by_job() -> None:
    """Whether a job is theirs, or only fires something for them."""
    _, engine, account = office(CreateOrganizer(ORGANIZER))
    first, other = engine.start("p", account), engine.start("p", account)
    engine.set_reminders(first.items[0], firing(UpdateJobAssignees(add=["mia"])))
    engine.edit(other, assignees=["mia"])

    assert [use.id for use in engine.uses("mia")] == [first.id, other.id]


class Asked(Authorizer):
    """Lets everybody do everything, and knows what it was asked."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.intents: list[Intent] = []

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Write down what is meant."""
        self.intents.append(intent)
        return True


def test_a_policy_hears_of_what_reminders_fire_where_that_is_new() -> None:
    """And of what kind the thing is (A-52)."""
    asked = Asked()
    _, engine, account = office(CreateOrganizer(ORGANIZER), world=World(authorizer=asked))
    item = engine.start("p", account).items[0]
    for _ in range(2):
        rhythm = engine.job(item.job).items[0].reminders or firing(CreateTask("call"))
        engine.set_reminders(item, rhythm, actor="mia")

    told = [(one.item_kind, len(one.fires)) for one in asked.intents if one.actor == "mia"]
    assert told == [("organizer", 1), ("organizer", 0)]


def test_a_policy_is_asked_only_about_jobs_that_name_who_hands_over() -> None:
    """Not about every job that fires something."""
    asked = Asked()
    _, engine, account = office(CreateOrganizer(ORGANIZER), world=World(authorizer=asked))
    mine, other = engine.start("p", account), engine.start("p", account)
    engine.set_reminders(mine.items[0], firing(UpdateJobAssignees(add=["mia"])))
    engine.save(TaskTemplate("Mia"))
    engine.set_reminders(other.items[0], firing(UpdateJobAssignees(add=["tom"]), CreateTask("mia")))
    engine.hand_over("mia", "tom", actor="tom")

    assert other.id not in [one.about for one in asked.intents]


def test_a_start_on_the_due_date_is_warned_of_by_nobody() -> None:
    """There is that day."""
    _, engine, account = office()
    job = engine.start("p", account, start=date(2026, 1, 8), due=date(2026, 1, 8))

    assert not any(isinstance(one, Warned) for one in engine.history(job))


def test_mail_that_waits_is_told_to_leave_behind_a_day_off_of_today() -> None:
    """The window is as it is now, and so is the calendar."""
    calendar = ManualCalendar()
    world = World(datetime(2026, 1, 10, 11, tzinfo=UTC), calendar=calendar)  # a Saturday
    _, engine, account = office(SendEmail(MAIL), world=world)
    engine.save(evolve(engine.settings(), window=SendingWindow()))
    job = engine.start("p", account)
    assert "2026-01-12" in str(engine.explain(job))

    calendar.days.add(date(2026, 1, 12))

    assert "2026-01-13" in str(engine.explain(job))


def test_the_period_of_today_is_made_also_by_a_timer_that_comes_late() -> None:
    """Only what should have been made on an earlier day is skipped (R-38)."""
    world, engine, account = office()
    engine.save(
        Schedule(
            "Payroll",
            pipeline="p",
            accounts=[account],
            every=Monthly(20),
            start=date(2026, 1, 1),
            catch_up=CatchUp.NONE,
        )
    )
    world.clock.advance(days=46)  # to the 20th of February
    engine.tick()

    assert [job.due for job in engine.jobs()] == [date(2026, 2, 20)]
