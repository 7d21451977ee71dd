"""How work goes: the stays of a job in its stages, and what comes of all jobs of a pipeline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    AssigneesChanged,
    AutomationRan,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Event,
    FieldChange,
    HandedOver,
    InvoicePaid,
    Job,
    JobEdited,
    JobMoved,
    Member,
    MoveCause,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Reminders,
    SendMessage,
    Stage,
    TagsChanged,
    TaskTemplate,
)
from pipeflow.insight import Stay, Timeline
from pipeflow.insight.firm_names import FirmNames
from pipeflow.insight.stays import Placed, placed
from pipeflow.insight.timeline import LONG, long
from pipeflow.ports import Authorizer
from pipeflow.show import Chart, Table
from pipeflow.testing import World
from tests.firms import FEE, NEWS

PREPARE = TaskTemplate("Prepare")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LINE = Pipeline(
    "Tax",
    [
        Stage("Intake", [CreateTask(PREPARE), SendMessage(NEWS)], automove=True),
        Stage(
            "Billing",
            [CreateInvoice(FEE, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Done"),
    ],
)
OTHER = Pipeline("Other", [Stage("Only"), Stage("End")])


def firm() -> World:
    """Make a firm with two pipelines."""
    world = World(START)
    world.engine.save(LINE, OTHER, PREPARE, FEE, NEWS)
    return world


def told(stays: tuple[Stay, ...]) -> list[tuple[str, int, int | None, str]]:
    """Return stages with the days, counted from the start, on which a job came and left."""

    def day(at: datetime) -> int:
        return (at - START) // DAY

    return [(s.stage, day(s.came), None if s.left is None else day(s.left), s.cause) for s in stays]


def finished(world: World, days: int, wait: int, due: date | None = None) -> Job:
    """Take a job through the pipeline: so many days of work, and so many until it is paid."""
    job = world.engine.start(LINE, world.account(), due=due)
    world.advance(days=days)
    job = world.engine.complete(job.item("Prepare"))
    world.advance(days=wait)
    return world.engine.record(job.item("Fee"), InvoicePaid())


def test_a_timeline_tells_how_long_a_job_was_where() -> None:
    """With the names of stages, a bar for each stay, and the history below."""
    world = firm()
    job = finished(world, 2, 6)
    world.advance(days=1)

    timeline = world.engine.timeline(job)

    assert told(timeline.stays) == [
        ("intake", 0, 2, "started"),
        ("billing", 2, 8, "automove"),
        ("done", 8, None, "automove"),
    ]
    lines = str(timeline).splitlines()
    assert lines[:3] == ["Timeline of 'Tax'", "=================", "3 stays, 9 days in all"]
    assert lines[5].split("  ")[0] == "Intake"
    assert lines[6].count("█") == 16  # six of nine days, on one scale of 24 signs
    assert lines[7].split() == [
        "Done", "2026-01-13", "09:00", "UTC", "now", "1", "day", "███", "automove", "[system]",
    ]  # fmt: skip
    assert [line.index("█") - lines[5].index("█") for line in lines[5:8]] == [0, 5, 21]
    assert any("completed" in line for line in lines)
    assert "<caption" in timeline._repr_html_()


def test_a_long_history_is_folded_below_the_stays() -> None:
    """A cell of a notebook stays short, and nothing is left out."""
    world = firm()
    job = finished(world, 2, 6)
    assert "<details" not in world.engine.timeline(job)._repr_html_()

    for day in range(LONG - len(world.engine.history(job))):
        job = world.engine.edit(job, description=f"Day {day}")
    assert len(world.engine.history(job)) == LONG
    assert "<details" not in world.engine.timeline(job)._repr_html_()
    job = world.engine.edit(job, description="One more")

    html = world.engine.timeline(job)._repr_html_()
    assert html.count("<details") == 1
    assert html.index("<details") > html.index("Billing")
    assert len(world.engine.history(job)) > LONG
    assert html.count("<tr>") == 2 + 3 + len(world.engine.history(job))


def test_an_undo_brings_a_job_back_to_its_visit_and_its_pipeline() -> None:
    """Also where it was taken to another one."""
    world = firm()
    job = world.engine.start(LINE, world.account())
    world.advance(days=1)
    job = world.engine.transfer(job, OTHER, actor="mia")
    world.advance(days=2)
    world.engine.undo(job)
    world.advance(days=3)
    world.engine.move(job, "Done")

    stays = world.engine.timeline(job).stays

    assert told(stays) == [
        ("intake", 0, 1, "started"),
        ("only", 1, 3, "transfer"),
        ("intake", 3, 6, "undone"),
        ("done", 6, None, "by hand"),
    ]
    assert [one.pipeline for one in stays] == ["tax", "other", "tax", "tax"]
    assert [one.visit for one in stays] == [1, 2, 1, 3]
    assert stays[1].actor == "mia"


def test_an_undo_brings_a_job_back_to_the_pipeline_in_which_that_visit_was() -> None:
    """Which need not be the one in which it began."""
    world = firm()
    job = world.engine.transfer(world.engine.start(LINE, world.account()), OTHER)
    job = world.engine.move(job, "End")
    world.advance(days=1)
    world.engine.undo(job)

    stays = world.engine.timeline(job).stays

    assert [(one.pipeline, one.stage, one.visit) for one in stays] == [
        ("tax", "intake", 1),
        ("other", "only", 2),
        ("other", "end", 3),
        ("other", "only", 2),
    ]


def test_a_timeline_is_drawn_on_the_jobs_whole_time() -> None:
    """Each bar begins where the one before it ended, also in the picture."""
    world = firm()
    job = finished(world, 2, 6)
    world.advance(days=2)

    timeline = world.engine.timeline(job)

    chart = timeline.document().picture
    assert isinstance(chart, Chart)
    assert [(one.name, one.text) for one in chart.strips] == [
        ("Intake", "2 days"), ("Billing", "6 days"), ("Done", "2 days"),
    ]  # fmt: skip
    bars = [bar for one in chart.strips for bar in one.bars]
    assert [(round(bar.start, 6), round(bar.end, 6)) for bar in bars] == [
        (0, 0.2), (0.2, 0.8), (0.8, 1),
    ]  # fmt: skip
    assert (chart.begins, chart.ends) == ("2026-01-05 09:00 UTC", "2026-01-15 09:00 UTC")
    assert timeline.to_svg().count("<rect") == 4
    assert repr(timeline) == f"<Timeline of 'Tax': 3 stays, {len(timeline.history)} events>"


def test_a_job_that_was_just_started_has_no_length_to_draw() -> None:
    """And is shown all the same."""
    world = firm()
    job = world.engine.start(LINE, world.account())

    assert "less than a minute" in str(world.engine.timeline(job))


def test_a_timeline_tells_pauses_transfers_and_moves_that_were_undone() -> None:
    """By the names of pipelines, stages, automations and members."""
    world = firm()
    world.engine.save(Member("Mia Berg", id="mia"))
    job = world.engine.start(LINE, world.account(), assignees=["mia"], actor="mia")
    world.advance(days=1)
    world.engine.transfer(job, OTHER, actor="mia")
    world.advance(days=1)
    world.engine.undo(job, actor="mia")
    world.engine.pause(job, "holiday", actor="mia")
    world.advance(days=1)
    world.engine.pause(job, "long holiday", actor="tom")
    world.advance(days=1)
    world.engine.resume(job)
    world.engine.pause(job)

    timeline = world.engine.timeline(job)

    text = str(timeline)
    assert [(one.since, one.until, one.reason, one.actor) for one in timeline.pauses] == [
        (START + 2 * DAY, START + 4 * DAY, "long holiday", "mia"),
        (START + 4 * DAY, None, "", "system"),
    ]
    stays = timeline.document().blocks[2]
    assert isinstance(stays, Table)
    assert [(row[0], row[1], row[-1]) for row in stays.rows] == [
        ("Intake", "Tax", "started [Mia Berg]"),
        ("Only", "Other", "transfer [Mia Berg]; taken back [Mia Berg]"),
        ("Intake", "Tax", "undone [Mia Berg]"),
    ]
    for told in (
        "long holiday",
        "no reason given",
        "started 'Tax' in stage 'Intake' of pipeline 'Tax'",
        "ran create task 'Prepare', making 'Prepare'",
        "transferred from 'Tax' to 'Other', stage 'Only'",
        "moved from 'Intake' to 'Only' (transfer)",
        "undid the move from 'Intake' to 'Only'",
        "tasks took 'Prepare' as task-1",
    ):
        assert told in text
    chart = timeline.document().picture
    assert isinstance(chart, Chart)
    assert (chart.strips[-1].name, chart.strips[-1].text) == ("paused", "2 times")


def there(event: Event) -> Placed:
    """Return what happened with the place where it did, as the history of a job has it."""
    (one,) = placed([event], "tax")
    return one


def test_names_of_what_is_gone_are_its_ids() -> None:
    """A history outlives what it tells of."""
    at = JobMoved(START, "job-1", "eve", "a", "b", 2, MoveCause.BY_HAND)
    ran = AutomationRan(START, "job-1", "eve", "a", "send-email-x", "send_email")
    names = FirmNames()

    assert names.told(there(at)) == "moved from 'a' to 'b' (by hand)"
    assert names.told(there(ran)) == "ran 'send-email-x'"
    assert names.told(there(ran)) == FirmNames([LINE]).told(there(ran))
    assert (names.member("eve"), names.pipeline("tax"), names.thing("job-1")) == (
        "eve", "tax", "job-1",
    )  # fmt: skip


def test_tags_are_no_members() -> None:
    """Though one may be called as a member's id is."""
    mia = Member("Mia Berg", id="mia")
    mine, tags = frozenset({"mia"}), frozenset({"mia"})
    names = FirmNames(members=[mia])

    assert names.told(there(AssigneesChanged(START, "j", "x", mine, frozenset(), "by hand"))) == (
        "assignees +Mia Berg (by hand)"
    )
    assert names.told(there(TagsChanged(START, "j", "x", "a", tags, frozenset(), "by hand"))) == (
        "tags +mia (by hand)"
    )


def test_members_are_called_by_their_names_whoever_tells_of_them() -> None:
    """Edits and hand-overs hold the ids of members, also of those who are gone."""
    names = FirmNames(members=[Member("Mia Berg", id="mia"), Member("Abe", id="tom")])
    people = FieldChange("assignees", "", "eve, mia, tom")
    edited = JobEdited(START, "j", "x", (FieldChange("name", "mia", "tom"), people))

    assert names.told(there(edited)) == (
        "edited name from 'mia' to 'tom'; assignees from nothing to 'Abe, Mia Berg, eve'"
    )
    assert names.told(there(HandedOver(START, "j", "x", "mia", "eve", ("j/1",)))) == (
        "'Mia Berg' handed over to 'eve': items j/1"
    )


def test_metrics_of_two_jobs() -> None:
    """Worked out by hand."""
    world = firm()
    finished(world, 2, 4, due=date(2026, 1, 11))  # is done on the 11th, after one reminder
    finished(world, 4, 12, due=date(2026, 1, 26))  # from the 11th to the 27th, after two
    world.engine.start(LINE, world.account())  # on the 27th
    world.advance(days=5)

    found = world.engine.metrics("tax")

    assert (found.since, found.until) == (START, START + 27 * DAY)
    assert (found.started, found.finished, found.on_time) == (3, 2, 0.5)
    assert [(s.name, s.came, s.left, s.here) for s in found.stages] == [
        ("Intake", 3, 2, 1),
        ("Billing", 2, 2, 0),
        ("Done", 2, 0, 2),
    ]
    intake, billing, done = found.stages
    assert (intake.median, intake.longest_usual, intake.total) == (3 * DAY, 4 * DAY, 11 * DAY)
    assert (billing.median, billing.longest_usual, billing.total) == (8 * DAY, 12 * DAY, 16 * DAY)
    assert (done.median, done.longest_usual, done.total) == (None, None, 21 * DAY + 5 * DAY)
    assert found.bottleneck == billing
    assert (found.client, found.team) == (16 * DAY, 11 * DAY)
    assert found.paused == 0 * DAY
    assert found.overdue == 0
    effect = found.reminders
    assert (effect.sent, effect.reminded, effect.answered, effect.unknown) == (3, 2, 1, 0)
    assert effect.rate == 0.5  # the second was done nine days after its first reminder
    assert effect.before == 0  # of the three days that each waited before it
    assert effect.after == 100 * 2 / (1 + 9)
    assert str(found).splitlines()[:9] == [
        "Tax, 2026-01-05 to 2026-02-01",
        "=============================",
        "- 3 jobs started, 2 finished",
        "- 50% of the finished ones with a due date were in time",
        "- waited for the client 16 days, for the team 11 days",
        "- 3 reminders sent",
        "- 2 things reminded of for the first time, 1 done within a week after",
        (
            "- what waited was done on 20.0 of 100 days within a week after a reminder, "
            "on 0.0 of 100 before any"
        ),
        "- most time was spent in 'Billing'",
    ]


def test_a_job_is_late_when_its_day_is_over() -> None:
    """On the day itself there is still time."""
    world = firm()
    world.engine.start(LINE, world.account(), due=date(2026, 1, 6))

    world.advance(days=1)
    assert world.engine.metrics(LINE).overdue == 0
    world.advance(days=1)
    assert world.engine.metrics(LINE).overdue == 1


def test_what_nobody_would_be_reminded_of_says_nothing_about_reminders() -> None:
    """A bill without a rhythm, which is paid at once, makes no rate; reminded by hand, it does."""
    quiet = Pipeline("Quiet", [Stage("Bill", [CreateInvoice(FEE)])])
    world = firm()
    world.engine.save(quiet)
    paid, asked = (world.engine.start(quiet, world.account()) for _ in range(2))
    world.advance(days=1)
    world.engine.record(paid.item("Fee"), InvoicePaid())

    assert world.engine.metrics(quiet).reminders.before is None

    world.engine.remind(asked.item("Fee"))
    world.advance(days=1)
    world.engine.record(asked.item("Fee"), InvoicePaid())
    found = world.engine.metrics(quiet).reminders
    assert (found.sent, found.answered, found.before) == (1, 1, 0)


def test_metrics_of_a_span() -> None:
    """What happened before and after it does not count, and what reaches into it does in part."""
    world = firm()
    finished(world, 2, 9)
    world.engine.start(LINE, world.account())

    early = world.engine.metrics(LINE, until=date(2026, 1, 6))
    late = world.engine.metrics(LINE, since=date(2026, 1, 10), until=date(2026, 1, 13))

    assert (early.started, early.finished, early.on_time) == (1, 0, None)
    assert early.stages[0].here == 1
    assert early.stages[0].total == early.team == timedelta(days=1, hours=15)
    assert (late.started, late.finished, late.reminders.reminded) == (0, 0, 1)
    assert (late.reminders.answered, late.reminders.unknown) == (0, 1)  # it was paid on the 16th
    assert late.reminders.rate is None
    assert late.stages[1].total == late.client == 4 * DAY
    assert "2026-01-10 to 2026-01-13" in str(late)
    assert [one.came for one in late.stages] == [0, 0, 0]
    assert world.engine.metrics(LINE, until=date(2027, 1, 1)).until == START + 11 * DAY


def test_what_was_reopened_waits_again_and_what_was_cancelled_does_not() -> None:
    """A letter to nobody asks nothing."""
    world = firm()
    job = world.engine.start(LINE, world.account())
    world.advance(days=1)
    world.engine.move(job, "Billing", open="cancel")
    world.advance(days=1)
    job = world.engine.record(world.engine.job(job).item("Fee"), InvoicePaid())
    world.engine.reopen(job.item("Fee"))
    world.advance(days=3)

    found = world.engine.metrics(LINE)

    assert found.team == DAY
    assert found.client == 4 * DAY  # until it was paid, and since it was reopened


def test_a_transfer_counts_where_the_job_is() -> None:
    """It begins there when it comes."""
    world = firm()
    job = world.engine.start(LINE, world.account())
    world.advance(days=2)
    world.engine.transfer(job, OTHER)
    world.advance(days=1)

    assert world.engine.metrics(LINE).started == 0
    other = world.engine.metrics(OTHER)
    assert (other.started, other.stages[0].total) == (1, DAY)
    assert other.team == DAY  # the task of the stage that it left is open still


def test_what_a_job_was_before_it_came_into_the_pipeline_does_not_count_there() -> None:
    """Neither that it was completed, nor that it was late, in a span that ended before."""
    world = firm()
    done, late = (world.engine.start(OTHER, world.account(), due=date(2026, 1, 6)) for _ in "ab")
    world.engine.set_status(done, "Completed")
    world.advance(days=4)
    for job in (world.engine.set_status(done, "Active"), late):
        world.engine.transfer(job, LINE)
    world.advance(days=1)

    before = world.engine.metrics(LINE, since=date(2026, 1, 5), until=date(2026, 1, 8))
    since = world.engine.metrics(LINE, since=date(2026, 1, 5))

    assert (before.started, before.finished, before.overdue) == (0, 0, 0)
    assert (since.started, since.finished, since.overdue) == (2, 0, 2)


def test_what_was_done_as_a_span_began_was_done_on_no_day_of_it() -> None:
    """Else a rate would count it among days that are not counted."""
    world = firm()
    paid, _ = (world.engine.start(LINE, world.account(), stage="billing") for _ in range(2))
    world.advance(hours=15)
    world.engine.record(paid.item("Fee"), InvoicePaid())
    world.advance(days=2)

    found = world.engine.metrics(LINE, since=date(2026, 1, 6))

    assert found.since == START + timedelta(hours=15)
    assert found.reminders.before == 0


def test_a_firm_without_jobs_has_no_metrics_to_tell() -> None:
    """And no bottleneck."""
    found = firm().engine.metrics(LINE)

    assert (found.started, found.finished, found.on_time, found.bottleneck) == (0, 0, None, None)
    assert "0 jobs started" in str(found)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    """So are times that are none, and what is not there."""
    world = firm()

    with pytest.raises(DefinitionError, match=r"\$\.until: lies before the beginning"):
        world.engine.metrics(LINE, since=date(2026, 1, 5), until=date(2026, 1, 4))
    with pytest.raises(DefinitionError, match=r"\$\.since: lies after now"):
        world.engine.metrics(LINE, since=date(2030, 1, 1))
    with pytest.raises(DefinitionError, match=r"\$\.since: "):
        world.engine.metrics(LINE, since="monday")  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="Did you mean 'tax'"):
        world.engine.metrics("taxx")
    with pytest.raises(NotFoundError):
        world.engine.timeline("job-9")


class OwnJobs(Authorizer):
    """Lets everybody see the first job alone."""

    def can(self, actor: str, action: str, about: str) -> bool:
        """Answer."""
        return action != "read" or about in {"job-1", "tax"}


def test_who_may_not_see_a_job_gets_neither_its_timeline_nor_its_numbers() -> None:
    """Where it is said who asks."""
    world = World(START, authorizer=OwnJobs())
    world.engine.save(LINE, PREPARE, FEE, NEWS)
    jobs = [world.engine.start(LINE, world.account(f"Client {n}")) for n in range(3)]

    assert world.engine.metrics(LINE, actor="mia").started == 1
    assert world.engine.metrics(LINE).started == 3
    assert isinstance(world.engine.timeline(jobs[0], actor="mia"), Timeline)
    with pytest.raises(NotAllowedError):
        world.engine.timeline(jobs[1], actor="mia")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1, minutes=5, seconds=50), "1 hour 5 minutes"),
        (timedelta(days=2, minutes=5), "2 days"),
        (timedelta(days=2, hours=3, minutes=59), "2 days 3 hours"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    """Nobody reads seconds of a stay of days."""
    assert long(length) == said


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["move", "undo", "stay"])), max_size=8)
)
def test_stays_fill_the_time_of_a_job_without_a_gap(steps: list[tuple[int, str]]) -> None:
    """And their times in a pipeline's stages are all the time that its jobs were there."""
    world = World(START)
    stages = [Stage(f"S{number}") for number in range(4)]
    world.engine.save(Pipeline("Plain", stages))
    job = world.engine.start("plain", world.account())
    moved = 0
    for days, step in steps:
        world.advance(days=days)
        if step == "move":
            moved += 1
            world.engine.move(job, f"S{(moved + days) % 4}")
        elif step == "undo":
            try:
                world.engine.undo(job)
            except NotAllowedError:
                continue

    timeline, found = world.engine.timeline(job), world.engine.metrics("plain")

    stays = timeline.stays
    assert stays[0].came == START
    assert [one.left for one in stays[:-1]] == [one.came for one in stays[1:]]
    assert stays[-1].left is None
    assert stays[-1].stage == world.engine.job(job).stage
    assert stays[-1].visit == world.engine.job(job).visit
    whole = sum((one.lasts(world.clock.now()) for one in stays), timedelta())
    assert whole == world.clock.now() - START
    assert sum((one.total for one in found.stages), timedelta()) == whole
