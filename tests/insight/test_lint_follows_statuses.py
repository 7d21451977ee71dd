"""Lint follows the statuses that automations set: round in circles, and back to their stage."""

from __future__ import annotations

import pytest

from pipeflow import (
    Automation,
    CreateOrganizer,
    CreateTask,
    LimitError,
    MessageTemplate,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    SendMessage,
    SetStatus,
    Settings,
    Stage,
    StartJob,
    Status,
    TaskTemplate,
    TimeInStage,
    TransferJob,
    WhenDone,
    lint,
    tagged,
)
from pipeflow.testing import World

PREPARE = TaskTemplate("Prepare")
END = Stage("End")
OF_STATUS = "$.statuses[0].automations[0]"


def holding(*automations: Automation, more: tuple[Status, ...] = ()) -> list[Pipeline]:
    """A firm whose jobs get a status in their first stage, which fires something."""
    return [
        Pipeline(
            "P",
            [Stage("A", [SetStatus("Hold")]), Stage("B")],
            statuses=[Status("Hold", automations=automations), *more],
        ),
        Pipeline("Q", [Stage("X", [TransferJob("p")]), Stage("Y")]),
    ]


def paths(lines: list[Pipeline], code: str = "endless") -> list[str]:
    """Where lint finds something in the first of some pipelines."""
    return [one.path for one in lint(lines[0], lines).of(code)]


def start(lines: list[Pipeline], *settings: Settings) -> World:
    """Start a job in the first of some pipelines."""
    world = World()
    world.engine.save(PREPARE, *lines, *settings)
    world.engine.start("p", world.account())
    return world


OTHER = Status("Other", automations=[SetStatus("hold")])
CIRCLES: dict[str, tuple[list[Pipeline], list[str]]] = {
    "a status that starts jobs": (holding(StartJob("p")), [OF_STATUS]),
    "a status that transfers them": (holding(TransferJob("q")), [OF_STATUS]),
    "statuses that set each other": (
        holding(SetStatus("Other"), more=(OTHER,)),
        [OF_STATUS, "$.statuses[1].automations[0]"],
    ),
    "a status behind a status": (
        holding(SetStatus("Next"), more=(Status("Next", automations=[StartJob("p")]),)),
        ["$.statuses[1].automations[0]"],
    ),
    "a status that may set another": (
        holding(
            TransferJob("q"),
            SetStatus("Next", when=tagged("vip")),
            more=(Status("Next"),),
        ),
        [OF_STATUS],
    ),
    "one transfer or another": (
        holding(TransferJob("p", stage="b"), TransferJob("q"), TransferJob("q", when=tagged("x"))),
        ["$.statuses[0].automations[1]", "$.statuses[0].automations[2]"],
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_that_goes_through_a_status_is_found(name: str) -> None:
    """The engine refuses every job of such a pipeline."""
    lines, where = CIRCLES[name]

    assert paths(lines) == where
    with pytest.raises(LimitError):
        start(lines)


def test_of_a_status_lint_says_that_no_job_can_get_it() -> None:
    """For a stage is not where it stands."""
    lines = holding(SetStatus("Other"), more=(OTHER,))

    found = lint(lines[0], lines).of("endless")

    assert found[0].place.startswith("status 'Hold', ")
    assert "no job can get the status" in found[0].sentence


ENDING: dict[str, list[Pipeline]] = {
    "the status that the job has": holding(SetStatus("Hold")),
    "a status that is over": holding(TransferJob("q"), SetStatus("Completed")),
    "a status from which another stage is entered": holding(TransferJob("p", stage="b")),
    "a stage that sets the status which the job has": [
        Pipeline(
            "P",
            [
                Stage("A", [SetStatus("Hold")]),
                Stage("B", [TransferJob("p")]),
            ],
            statuses=[Status("Hold", automations=[TransferJob("p", stage="b")])],
        )
    ],
    "a condition": holding(StartJob("p", when=tagged("vip"))),
    "a status that perhaps ends it": holding(
        SetStatus("Other", when=tagged("vip")), more=(OTHER, Status("Rest"))
    ),
}


@pytest.mark.parametrize("name", ENDING)
def test_what_comes_to_an_end_by_a_status_is_left_in_peace(name: str) -> None:
    """As the engine does."""
    assert paths(ENDING[name]) == []
    start(ENDING[name])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a status that transfers them", "enter stages and change its status more than 9 times"),
        ("statuses that set each other", "would change its status more than 9 times"),
    ],
)
def test_a_refused_circle_names_the_limit(name: str, told: str) -> None:
    """So that whoever reads it knows which one to look at."""
    with pytest.raises(LimitError, match=told):
        start(CIRCLES[name][0], Settings(most_steps=9))


def waiting(*automations: Automation, **more: object) -> list[Pipeline]:
    """A stage that automoves, and statuses that end in several ways."""
    return [
        Pipeline(
            "P",
            [Stage("A", automations, automove=True, **more), END],  # type: ignore[arg-type]
            statuses=[
                Status("Asked", automations=[CreateTask(PREPARE)], automove=True),
                Status("Back", automations=[SetStatus("active")]),
                Status("To back", automations=[SetStatus("Back")]),
                Status("Parked"),
                Status("Off", automations=[TransferJob("p", stage="end")], automove=True),
                Status("Perhaps", automations=[SetStatus("Parked", when=tagged("x"))]),
            ],
        )
    ]


@pytest.mark.parametrize(
    "one",
    [
        SetStatus("Active"),
        SetStatus("Asked"),
        SetStatus("Back"),
        SetStatus("to back"),
        TransferJob("p"),
        TransferJob("p", stage="a"),
    ],
    ids=str,
)
def test_what_brings_a_job_back_to_its_stage_lets_it_not_go_on(one: Automation) -> None:
    """It stays for ever, and so do those of whom nothing else is asked."""
    assert paths(waiting(one), "nothing-to-complete") == ["$.stages[0]"]
    choosy = CreateTask(PREPARE, when=tagged("vip"))
    assert paths(waiting(choosy, one), "stuck") == ["$.stages[0]"]
    later = TimeInStage(3, [one])
    assert paths(waiting(triggers=[later]), "nothing-to-complete") == ["$.stages[0]"]

    world = start(waiting(choosy, one))

    job = world.engine.jobs()[0]
    for item in job.open_items:
        job = world.engine.complete(item)
    assert (job.stage, job.status) == ("a", "Active")


@pytest.mark.parametrize(
    "one",
    [
        SetStatus("Completed"),
        SetStatus("Parked"),
        SetStatus("Off"),
        SetStatus("Perhaps"),
        TransferJob("p", stage="end"),
    ],
    ids=str,
)
def test_what_takes_a_job_elsewhere_is_a_way_out(one: Automation) -> None:
    """It is not left in its stage without a word."""
    assert paths(waiting(one), "nothing-to-complete") == []

    job = start(waiting(one)).engine.jobs()[0]

    assert (job.stage, job.status) != ("a", "Active")


def test_the_last_status_counts() -> None:
    """One before it takes nobody away."""
    back = waiting(SetStatus("Completed"), SetStatus("Active"))
    away = waiting(SetStatus("Active"), SetStatus("Completed"))

    assert paths(back, "nothing-to-complete") == ["$.stages[0]"]
    assert paths(away, "nothing-to-complete") == []


@pytest.mark.parametrize(("to", "found"), [("Active", []), ("hold", ["$.statuses[0]"])])
def test_a_status_ends_by_another_one(to: str, found: list[str]) -> None:
    """Its own name changes nothing."""
    hold = Status("Hold", automations=[SetStatus(to)], automove=True)

    assert (
        paths([Pipeline("P", [Stage("A"), END], statuses=[hold])], "nothing-to-complete") == found
    )


CALL = TaskTemplate("Call")
CHAT = MessageTemplate("Chat", subject="Hello")
ASK = OrganizerTemplate("Ask", questions=[Question("Moved?")])
USED_UP = Reminders(every=1, times=1, then=[CreateTask(CALL)])


def lasting(one: Automation, *triggers: WhenDone) -> tuple[str, str]:
    """What lint says of a stage that makes one thing, and where its job is after a week in which
    all is done that holds it.
    """
    stage = Stage("A", automove=True, automations=[one], triggers=triggers)
    return _lasting(Pipeline("P", [stage, END]), "Active")


def lasting_status(one: Automation) -> tuple[str, str]:
    """So with a status."""
    hold = Status("Hold", automations=[one], automove=True)
    return _lasting(Pipeline("P", [Stage("A"), END], statuses=[hold]), "Hold")


def _lasting(line: Pipeline, status: str) -> tuple[str, str]:
    world = World()
    engine = world.engine
    library = (CALL, CHAT, ASK)
    engine.save(*library, line)
    job = engine.set_status(engine.start("p", world.account()), status)
    for _ in range(7):
        world.advance(days=1)
        for item in engine.explain(job).waits_for:
            engine.complete(item)
    job = engine.job(job)
    told = ", ".join(one.code for one in lint(line, library) if one.code == "nothing-to-complete")
    return told, f"{job.stage}, {job.status}"


def test_what_fires_in_time_does_not_end_a_status() -> None:
    """Reminders of what a status makes may be used up, but nothing fires before it ends (R-35)."""
    asked = CreateOrganizer(ASK, holds=False, reminders=USED_UP)

    assert lasting(asked) == ("", "end, Active")
    assert lasting_status(asked) == ("nothing-to-complete", "a, Hold")


def test_a_message_that_asks_nothing_is_reminded_of_and_never_done() -> None:
    """What follows its reminders lets a job go on; what would follow when it is done does not."""
    done = WhenDone("chat", [CreateTask(CALL)])

    assert lasting(SendMessage(CHAT, reminders=USED_UP)) == ("", "end, Active")
    assert lasting(SendMessage(CHAT, id="chat"), done) == ("nothing-to-complete", "a, Active")
