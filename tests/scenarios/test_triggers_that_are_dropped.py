"""History tells of a trigger whose time had come, and which is dropped before it fired (R-35)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from pipeflow import (
    AroundDate,
    CreateOrganizer,
    CreateTask,
    Job,
    OrganizerSubmitted,
    Pipeline,
    Reminders,
    SendEmail,
    SetStatus,
    Settings,
    Stage,
    Status,
    TimeInStage,
    TransferJob,
    TriggerFired,
    TriggerPassed,
    WhenDone,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.testing import World
from tests.scenarios.test_what_triggers_fire import (
    ASK,
    NUDGE,
    PREPARE,
    REVIEW,
    TEMPLATES,
    begun,
    fired,
    subjects,
    world_of,
)

DAY = TimeInStage(1, [SendEmail(NUDGE)])
DATES = [AroundDate("due", 0, [SendEmail(NUDGE)]), AroundDate("year end", 0, [SendEmail(NUDGE)])]
LEFT, CHANGED = "the job left first", "what it goes by was changed first"
IN_STAGE = ("collect", "time-in-stage", LEFT)


def passed(world: World, job: Job) -> list[tuple[str, str, str]]:
    """Which triggers did not fire, in which stage, and why."""
    events = world.engine.history(job)
    return [(e.stage, e.trigger, e.reason) for e in events if isinstance(e, TriggerPassed)]


def firm() -> tuple[World, Job]:
    """A firm a minute after three triggers of its only job came, for which nobody ticked."""
    collect = Stage("Collect", [CreateTask(PREPARE)], triggers=[DAY], automove=True)
    world = world_of(Stage("Talk"), collect, Stage("Work"), triggers=DATES, statuses=["On hold"])
    world.engine.save(Pipeline("Other", [Stage("One"), Stage("Two")]))
    account = evolve(world.account(), fields={"year end": date(2026, 1, 6)})
    world.engine.save(account)
    job = world.engine.start("tax", account, stage="collect", due=date(2026, 1, 6))
    world.clock.advance(days=1, minutes=1)
    return world, job


def move(world: World, job: Job) -> None:
    """Somebody moves it on."""
    world.engine.move(job, "Work")


def move_on_hold(world: World, job: Job) -> None:
    """It rests before, and is moved then."""
    world.engine.set_status(job, "On hold")
    world.engine.move(job, "Work")


def automove(world: World, job: Job) -> None:
    """All is done here, so that it moves on by itself."""
    world.engine.complete(job.items[0])


def transfer(world: World, job: Job) -> None:
    """It goes to another pipeline."""
    world.engine.transfer(job, "other")


def edit(world: World, job: Job) -> None:
    """Its date goes away."""
    world.engine.edit(job, due=None)


def edit_at_rest(world: World, job: Job) -> None:
    """Its date moves while it is completed."""
    world.engine.set_status(job, "Completed")
    world.engine.edit(job, due=date(2026, 3, 1))


def change_account(world: World, job: Job) -> None:
    """The date of its account moves."""
    account = world.engine.account(job.account)
    world.engine.save(evolve(account, fields={"year end": date(2026, 12, 31)}))


def edit_pipeline(world: World, _: Job) -> None:
    """The trigger of its stage is taken away."""
    world.engine.save(world.engine.pipeline("tax").change("collect", triggers=[]))


def take_stage_away(world: World, _: Job) -> None:
    """Its stage is taken away, and it goes on to the next."""
    pipeline = world.engine.pipeline("tax")
    without = evolve(pipeline, stages=[one for one in pipeline.stages if one.id != "collect"])
    world.engine.apply(world.engine.plan(without, stages={"collect": "work"}))


OF_DUE, OF_YEAR_END = ("collect", "around-due", LEFT), ("collect", "around-year-end", LEFT)
WAYS = [
    (move, [IN_STAGE]),
    (move_on_hold, [IN_STAGE]),
    (automove, [IN_STAGE]),
    (transfer, [IN_STAGE, OF_DUE, OF_YEAR_END]),
    (edit, [("collect", "around-due", CHANGED)]),
    (edit_at_rest, [("collect", "around-due", CHANGED)]),
    (change_account, [("collect", "around-year-end", CHANGED)]),
    (edit_pipeline, [("collect", "time-in-stage", CHANGED)]),
    (take_stage_away, [IN_STAGE]),
]


@pytest.mark.parametrize(("way", "told"), WAYS)
def test_what_is_dropped_though_its_time_had_come_is_told(
    way: Callable[[World, Job], None], told: list[tuple[str, str, str]]
) -> None:
    """And does not fire; all others do."""
    world, job = firm()

    way(world, job)
    dropped = passed(world, job)
    world.advance(days=2)

    assert sorted(dropped) == sorted(told)
    assert passed(world, job) == dropped
    at_rest = world.engine.job(job).status != "Active"
    assert len(fired(world, job)) == (0 if at_rest else 3 - len(told))


@pytest.mark.parametrize("way", [way for way, _ in WAYS])
def test_what_is_dropped_before_its_time_is_nobodys_concern(
    way: Callable[[World, Job], None],
) -> None:
    """Its timer goes, and that is all."""
    world, _ = firm()
    ada = world.engine.save(evolve(world.account(), fields={"year end": date(2026, 2, 6)}))
    job = world.engine.start("tax", ada, stage="collect", due=date(2026, 2, 6))

    way(world, job)

    assert passed(world, job) == []


def test_an_undo_takes_the_timer_of_its_visit_along_and_gives_that_of_the_one_before_back() -> None:
    """What the move had dropped is past when it is undone, and leaves a night."""
    world, job = firm()
    world.engine.move(job, "Work")
    world.engine.undo(job)
    world.advance(days=1)

    assert passed(world, job) == [IN_STAGE]
    assert ("time-in-stage", True) in fired(world, job)

    again = world.engine.move(world.engine.start("tax", job.account), "Collect")
    world.clock.advance(days=1, minutes=1)
    world.engine.undo(again)

    assert passed(world, again) == [IN_STAGE]


def test_a_transfer_is_undone_that_dropped_some() -> None:
    """The date of the pipeline that it comes back to fires when the firm's day starts."""
    world, job = firm()
    world.engine.transfer(job, "other")
    world.engine.undo(job)
    world.advance(days=1)

    assert len(passed(world, job)) == 3
    assert len(fired(world, job)) == 3


def test_what_gets_another_time_is_not_dropped() -> None:
    """An edit gives the trigger a later time, by which it fires."""
    world, job = firm()
    later = TimeInStage(2, [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("collect", triggers=[later]))
    world.advance(days=2)

    assert passed(world, job) == []
    assert ("time-in-stage", False) in fired(world, job)


def test_what_is_dropped_by_times_of_before_an_edit_was_not_to_fire_yet() -> None:
    """Its job leaves before it is told of the edit, as one of very many."""
    world, _ = firm()
    others = [world.account() for _ in range(201)]
    world.engine.start_many("tax", others, stage="collect")
    last = world.engine.start("tax", others[0], stage="collect")
    world.clock.advance(days=1, minutes=1)
    later = TimeInStage(20, [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("collect", triggers=[later]))

    world.engine.move(last, "Work")

    assert passed(world, last) == []


def test_what_a_night_was_left_for_is_told_too() -> None:
    """It was past when an edit brought it; the job leaves before the firm's day starts."""
    world = world_of(Stage("Collect"), Stage("Work"))
    job = begun(world)
    world.clock.advance(days=1, hours=1)
    world.engine.save(world.engine.pipeline("tax").change("collect", triggers=[DAY]))

    world.engine.move(job, "Work")
    world.advance(days=1)

    assert (passed(world, job), subjects(world)) == ([IN_STAGE], [])


@pytest.mark.parametrize("at_rest", [False, True])
def test_what_follows_reminders_is_told_where_the_client_acts_after_its_time(
    *, at_rest: bool
) -> None:
    """A minute later, and nobody had ticked; or the job was paused, and it had to wait."""
    asks = CreateOrganizer(ASK, reminders=Reminders(1, 1, then=[SendEmail(NUDGE)]))
    world = world_of(Stage("Collect", [asks]), Stage("Work"))
    job = begun(world)
    world.advance(days=1)
    if at_rest:
        world.engine.pause(job)
    world.clock.advance(days=1, minutes=1)
    if at_rest:
        world.engine.tick()
    world.engine.record(job.items[0], OrganizerSubmitted({}, incomplete=True))
    world.advance(days=3)

    why = "what it follows is over, or reminded of anew"
    assert passed(world, job) == [("collect", "create-organizer-ask.then", why)]
    assert fired(world, job) == []


def test_what_a_status_was_to_fire_is_told_where_another_one_comes_first() -> None:
    """Both were set while the job was paused."""
    waiting = Status("Waiting", automations=[SendEmail(NUDGE)])
    world = world_of(Stage("Collect"), statuses=[waiting, "On hold"])
    job = world.engine.pause(begun(world))
    world.engine.set_status(job, "Waiting")
    world.engine.set_status(job, "On hold")

    world.engine.resume(job)

    assert passed(world, job) == [("collect", "status-waiting", CHANGED)]
    assert subjects(world) == []


def test_it_is_so_in_a_file_and_no_rest_makes_it_late(tmp_path: Path) -> None:
    """One of two jobs is paused and resumed the next day, and the other one leaves."""
    punctual = TimeInStage(1, [SendEmail(NUDGE)], skip_if_late=True)
    pipeline = Pipeline("Tax", [Stage("Collect", triggers=[punctual]), Stage("Work")])
    with SqliteStore(tmp_path / "firm.db") as store:
        world = World(store=store)
        world.engine.save(Settings(), pipeline, *TEMPLATES)
        stays, leaves = begun(world), begun(world)
        world.clock.advance(days=1, minutes=1)
        world.engine.pause(stays)
        world.engine.move(leaves, "Work")
        world.advance(days=1)
        world.engine.resume(stays)

        assert fired(world, stays) == [("time-in-stage", False)]
        assert passed(world, leaves) == [IN_STAGE]


WHEN = ("collect", "when-done-prepare", LEFT)


def owing() -> tuple[World, Job]:
    """A firm whose job rested when what a mail waits for was done."""
    collect = Stage(
        "Collect",
        [CreateTask(PREPARE, id="prepare"), CreateTask(PREPARE, id="again")],
        triggers=[
            WhenDone("prepare", [SendEmail(NUDGE)]),
            WhenDone("again", [SendEmail(NUDGE)]),
        ],
    )
    world = world_of(collect, Stage("Work"), statuses=["On hold"])
    world.engine.save(Pipeline("Other", [Stage("One"), Stage("Two")]))
    job = world.engine.set_status(begun(world), "On hold")
    return world, world.engine.complete(job.items[0])


@pytest.mark.parametrize("leave", [move, transfer])
def test_so_it_tells_of_what_was_done_while_the_job_rested(
    leave: Callable[[World, Job], None],
) -> None:
    """It left before it went on: nobody was told that the bill for what is done never comes."""
    world, job = owing()

    leave(world, job)
    world.engine.set_status(job, "Active")

    assert passed(world, job) == [WHEN]
    (told,) = world.engine.history(job).of(TriggerPassed)
    assert told.sentence() == (
        "trigger 'when-done-prepare' (when 'Prepare' is done) did not fire: the job left first"
    )
    assert subjects(world) == []


@pytest.mark.parametrize("leave", [move, transfer])
def test_it_fires_where_the_move_is_undone(leave: Callable[[World, Job], None]) -> None:
    """The job is back, and goes on."""
    world, job = owing()
    leave(world, job)

    world.engine.undo(job)
    world.engine.set_status(job, "Active")

    assert [one.trigger for one in world.engine.history(job).of(TriggerFired)] == [WHEN[1]]
    assert subjects(world) == ["Are you there?"]


def test_so_it_does_where_nothing_fired_since_an_edit() -> None:
    """The trigger came when what it waits for was done, and nothing has happened since."""
    world = world_of(Stage("Collect", [CreateTask(PREPARE, id="prepare")]), Stage("Work"))
    job = begun(world)
    world.engine.complete(job.items[0])
    when = WhenDone("prepare", [SendEmail(NUDGE)])
    world.engine.save(world.engine.pipeline("tax").change("collect", triggers=[when]))

    world.engine.move(job, "Work")

    assert passed(world, job) == [WHEN]


@pytest.mark.parametrize("back", ["by hand", "by an automation"])
def test_what_another_pipeline_calls_alike_was_not_left(back: str) -> None:
    """What came along is done there, where nothing waits for it, and comes back (A-16, R-24)."""
    asked = CreateTask(PREPARE, id="prepare")
    collect = Stage("Collect", [asked], triggers=[WhenDone("prepare", [SendEmail(NUDGE)])])
    world = world_of(collect, Stage("Work"))
    over = [TransferJob("tax", stage="work", id="back")] * (back != "by hand")
    status = Status("Back", automations=over)
    there = Pipeline("Other", [Stage("Collect"), Stage("Two")], statuses=[status])
    world.engine.save(there)
    job = world.engine.transfer(begun(world), "other", open="carry")
    world.engine.complete(job.items[0])

    if back == "by hand":
        job = world.engine.transfer(job, "tax", "Work")
    else:
        job = world.engine.set_status(job, "Back")

    assert (job.pipeline, job.stage, passed(world, job)) == ("tax", "work", [])


def test_what_an_automation_takes_elsewhere_in_its_pipeline_leaves_too() -> None:
    """So it is told of what was done while the job rested."""
    asked = CreateTask(PREPARE, id="prepare")
    collect = Stage("Collect", [asked], triggers=[WhenDone("prepare", [SendEmail(NUDGE)])])
    gone = Status("Gone", automations=[TransferJob("tax", stage="work", id="on")])
    world = world_of(collect, Stage("Work"), statuses=["On hold", gone])
    job = world.engine.set_status(begun(world), "On hold")
    world.engine.complete(job.items[0])

    job = world.engine.set_status(job, "Gone")

    assert (job.stage, passed(world, job)) == ("work", [WHEN])


def test_where_it_stays_it_fires_also_where_an_automation_lets_it_go_to_where_it_is() -> None:
    """The job is Active again, and moved on as if nothing had waited for what was done."""
    asked = CreateTask(PREPARE, id="prepare")
    collect = Stage(
        "Collect",
        [asked],
        triggers=[WhenDone("prepare", [CreateTask(REVIEW)])],
        automove=True,
    )
    back = Status("Back", automations=[SetStatus("Active"), TransferJob("tax", stage="collect")])
    world = world_of(collect, Stage("Work"), statuses=["On hold", back])
    job = world.engine.set_status(begun(world), "On hold")
    world.engine.complete(job.items[0])

    job = world.engine.set_status(job, "Back")

    assert (job.stage, str(job.status)) == ("collect", "Active")
    assert [item.name for item in job.open_items] == [REVIEW.name]
    assert passed(world, job) == []
