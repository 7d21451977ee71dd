"""Triggers as values: ids, what is refused, and how a board tells them."""

from __future__ import annotations

from datetime import time
from itertools import count

import attrs
import pytest

from pipeflow import (
    After,
    AroundDate,
    Bundle,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoiceTemplate,
    LineItem,
    Money,
    OrganizerTemplate,
    Pipeline,
    Reminders,
    SendEmail,
    Settings,
    Stage,
    Status,
    TaskTemplate,
    TimeInStage,
    UpdateAccountTags,
    WhenDone,
    tagged,
)
from pipeflow.codec import dump, load
from pipeflow.model.triggers import Trigger

TASK = CreateTask("prepare")
DONE = Stage("Done")
RHYTHM = Reminders(every=3, then=[CreateTask("call"), CreateTask("call")])


def problems(error: pytest.ExceptionInfo[DefinitionError]) -> dict[str, str]:
    """What was wrong, by its place."""
    return {one.where: one.what for one in error.value.problems}


def test_ids_begin_with_those_of_what_fires_and_edits_keep_them() -> None:
    """Each is one of its kind in the pipeline (R-34)."""
    stage = Stage(
        "Work",
        automations=[CreateOrganizer("ask", reminders=RHYTHM), TASK],
        triggers=[
            WhenDone("create-task-prepare", [CreateTask("review"), CreateTask("review")]),
            TimeInStage(After(days=3), [SendEmail("nudge")]),
            TimeInStage(After(days=9), [SendEmail("nudge")]),
        ],
    )
    line = Pipeline(
        "Tax",
        stages=[stage, DONE],
        triggers=[AroundDate("year end", After(), [CreateInvoice("fee", reminders=RHYTHM)])],
        statuses=[Status("With the bank", automations=[TASK])],
    )

    assert [one.id for _, one in line.automations()] == [
        "create-organizer-ask",
        "work.create-organizer-ask.then.create-task-call",
        "work.create-organizer-ask.then.create-task-call-2",
        "create-task-prepare",
        "work.when-done-create-task-prepare.create-task-review",
        "work.when-done-create-task-prepare.create-task-review-2",
        "work.time-in-stage.send-email-nudge",
        "work.time-in-stage-2.send-email-nudge",
        "around-year-end.create-invoice-fee",
        "around-year-end.create-invoice-fee.then.create-task-call",
        "around-year-end.create-invoice-fee.then.create-task-call-2",
        "status-with-the-bank.create-task-prepare",
    ]
    assert [one.id for one in line.stages[0].triggers] == [
        "when-done-create-task-prepare", "time-in-stage", "time-in-stage-2",
    ]  # fmt: skip
    edited = line.reorder("Work", "create-task-prepare").change("Work", name="Works")
    assert {one.id for _, one in edited.automations()} == {one.id for _, one in line.automations()}
    assert load(dump(line)) == line
    assert line.template_ids == ("ask", "call", "prepare", "review", "nudge", "fee")


def test_what_fired_is_found_wherever_it_stands() -> None:
    """By its stage where that has it, else in the whole pipeline."""
    late = TimeInStage(After(days=3), [SendEmail("nudge")])
    line = Pipeline("Tax", stages=[Stage("Work", [TASK], triggers=[late]), DONE])

    assert line.automation("work", "create-task-prepare") == line.stages[0].automations[0]
    assert line.automation("gone", "work.time-in-stage.send-email-nudge") is not None
    assert line.automation("done", "create-task-prepare") is None


def test_an_id_that_comes_twice_is_refused() -> None:
    """Plain automations of different stages may share theirs, and nothing else."""
    twice = SendEmail("nudge", id="x")
    stages = [
        Stage("One", [CreateTask("a", id="x")]),
        Stage("Two", [CreateTask("a", id="x")], triggers=[TimeInStage(After(days=1), [twice])]),
        DONE,
    ]

    with pytest.raises(DefinitionError, match="has the id 'x'") as refused:
        Pipeline("Tax", stages=stages)

    assert [*problems(refused)] == ["$.stages[1].triggers[0].automations[0].id"]
    Pipeline("Tax", stages=[stages[0], Stage("Two", [CreateTask("a", id="x")]), DONE])


def test_what_a_trigger_waits_for_must_be_there_and_make_something() -> None:
    """With the nearest name."""
    tags = UpdateAccountTags(add={"a"}, id="tags")
    waits = [WhenDone("prepere", [TASK]), WhenDone("tags", [TASK])]
    stage = Stage("Work", [CreateTask("p", id="prepare"), tags], triggers=waits)

    with pytest.raises(DefinitionError, match="'prepare'") as refused:
        Pipeline("Tax", stages=[stage, DONE])

    assert [*problems(refused)] == ["$.stages[0].triggers[0].of", "$.stages[0].triggers[1].of"]


def test_a_trigger_that_waits_for_what_another_stage_makes_is_told_so() -> None:
    """And is not sent to what it fires itself, which is never there before it fires."""
    prep = Stage("Prepare", [CreateTask("prepare", id="prep")])
    on_hold = Status("On hold", automations=[CreateTask("call", id="call")])
    checks = Stage(
        "Check",
        [CreateTask("check", id="check")],
        triggers=[WhenDone("prep", [TASK]), WhenDone("call", [TASK])],
    )

    with pytest.raises(DefinitionError) as refused:
        Pipeline("Tax", stages=[prep, checks, DONE], statuses=[on_hold])

    told = [str(problem) for problem in refused.value.problems]
    others = (f"check.when-done-{name}.create-task-prepare" for name in ("call", "prep"))
    assert told == [
        (
            f"$.stages[1].triggers[{number}].of: there is no automation {name!r}. It is one of "
            f"{home}, and a trigger waits for what its own stage makes. Allowed: check, {other}."
        )
        for number, (name, home, other) in enumerate(
            zip(("prep", "call"), ("stage 'Prepare'", "the statuses"), others, strict=True)
        )
    ]


def test_a_trigger_waits_for_an_automation_that_is_given_itself() -> None:
    """Where that has an id; else nothing could say which one is meant."""
    prepare = CreateTask("prepare", id="prep")

    assert WhenDone(prepare, [TASK]) == WhenDone("prep", [TASK])
    with pytest.raises(DefinitionError) as refused:
        WhenDone(CreateTask("prepare"), [TASK])
    assert str(refused.value) == (
        "$.of: names an automation without an id; give it one, "
        "such as CreateTask(..., id='create-task-prepare')"
    )


def test_a_span_may_be_given_in_whole_days() -> None:
    """As the rhythm of reminders is."""
    assert TimeInStage(10, [TASK]) == TimeInStage(After(days=10), [TASK])
    assert AroundDate("due", -30, [TASK]) == AroundDate("due", After(days=-30), [TASK])


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: WhenDone(3, [TASK]), "$.of"),  # type: ignore[arg-type]
        (lambda: WhenDone("x", []), "$.automations"),
        (lambda: WhenDone("", [TASK]), "$.of"),
        (lambda: WhenDone("x", ["prepare"]), "$.automations[0]"),  # type: ignore[list-item]
        (lambda: WhenDone("x", "prepare"), "$.automations"),  # type: ignore[arg-type]
        (lambda: WhenDone("x", [TASK], id=""), "$.id"),
        (lambda: TimeInStage(True, [TASK]), "$.after"),
        (lambda: TimeInStage(10**6, [TASK]), "$.after"),
        (lambda: TimeInStage("14", [TASK]), "$.after"),  # type: ignore[arg-type]
        (lambda: TimeInStage(After(), [TASK]), "$.after"),
        (lambda: TimeInStage(After(days=-1), [TASK]), "$.after"),
        (lambda: TimeInStage(After(days=1), [TASK], skip_if_late=1), "$.skip_if_late"),  # type: ignore[arg-type]
        (lambda: AroundDate("", After(), [TASK]), "$.date"),
        (lambda: AroundDate("due", "3", [TASK]), "$.after"),  # type: ignore[arg-type]
        (lambda: Stage("A", triggers=[TASK]), "$.triggers[0]"),  # type: ignore[list-item]
        (lambda: Stage("A", triggers="x"), "$.triggers"),  # type: ignore[arg-type]
        (lambda: Pipeline("A", stages=[DONE], triggers=[WhenDone("x", [TASK])]), "$.triggers[0]"),  # type: ignore[list-item]
        (lambda: Status("A", automations=["x"]), "$.automations[0]"),  # type: ignore[list-item]
        (lambda: Status("A", automove="yes"), "$.automove"),  # type: ignore[arg-type]
        (lambda: SendEmail("x", holds=False), "$.holds"),
        (lambda: CreateTask("x", holds=0), "$.holds"),  # type: ignore[arg-type]
        (lambda: Reminders(then=["x"]), "$.then[0]"),  # type: ignore[list-item]
        (lambda: Reminders(then="x"), "$.then"),  # type: ignore[arg-type]
        (
            lambda: Reminders(then=[CreateOrganizer("x", reminders=RHYTHM)]),
            "$.then[0].reminders.then",
        ),
        (lambda: OrganizerTemplate("x", questions=[], reminders=RHYTHM), "$.reminders.then"),
        (lambda: Settings(day_starts="9"), "$.day_starts"),  # type: ignore[arg-type]
        (lambda: Settings(day_starts=time(9, microsecond=1)), "$.day_starts"),
        (lambda: After(days=40_000), "$.days"),
    ],
    ids=count(),
)
def test_what_is_wrong_is_refused_with_its_place(make: object, where: str) -> None:
    """All of it at once, as everywhere."""
    with pytest.raises(DefinitionError) as refused:
        make()  # type: ignore[operator]

    assert where in problems(refused)


def test_their_base_is_no_trigger() -> None:
    """It waits for nothing."""
    with pytest.raises(TypeError, match="abstract"):
        Trigger()  # type: ignore[abstract]


def test_a_board_tells_what_fires_and_when() -> None:
    """In words, below the stage, and below the pipeline."""
    vip = SendEmail("nudge", when=tagged("vip"))
    stage = Stage(
        "Work",
        automations=[CreateOrganizer("ask", reminders=RHYTHM), CreateTask("p", holds=False)],
        triggers=[
            WhenDone("create-organizer-ask", [TASK]),
            TimeInStage(After(days=14, months=1), [vip], skip_if_late=True),
            AroundDate("start", After(days=1), [vip]),
        ],
    )
    line = Pipeline(
        "Tax",
        stages=[stage, DONE],
        triggers=[
            AroundDate("due", After(days=-30), [vip]),
            AroundDate("year end", After(), [vip], skip_if_late=True),
        ],
        statuses=[Status("Plain", quiet=True), Status("Bank", automations=[TASK], automove=True)],
    )

    told = line.overview()

    assert [one.says for one in (*told.stages[0].triggers, *told.triggers, *told.statuses)] == [
        "when 'create-organizer-ask' is done",
        "after 1 month and 14 days here, unless late",
        "1 day after the start date",
        "30 days before the due date",
        "on the date 'year end', unless late",
        "'Plain', reminds nobody",
        "'Bank', automove",
    ]
    assert told.stages[0].automations[1].details == ("holds no stage",)
    printed = str(told)
    for line_ in ("when these are used up: create task 'call'", "in any stage", "status 'Bank'"):
        assert line_ in printed


def test_a_package_holds_all_that_fires_and_is_copied_with_it() -> None:
    """References follow, wherever they stand."""
    from pipeflow.bundle import free_ids

    task, call, ask, fee = (
        TaskTemplate("prepare"),
        TaskTemplate("call"),
        OrganizerTemplate("ask", questions=[]),
        InvoiceTemplate("fee", lines=[LineItem("Return", rate=Money("1.00", "USD"))]),
    )
    line = Pipeline(
        "Tax",
        stages=[
            Stage(
                "Work",
                [CreateOrganizer(ask, reminders=RHYTHM), UpdateAccountTags(add={"a"})],
                triggers=[TimeInStage(After(days=1), [TASK])],
            ),
            DONE,
        ],
        triggers=[AroundDate("due", After(), [CreateInvoice(fee)])],
        statuses=[Status("Bank", automations=[TASK])],
    )
    bundle = Bundle(name="All", pipelines=[line], templates=[task, call, ask, fee])
    assert Bundle.from_json(bundle.to_json()) == bundle

    copy, ids = free_ids(bundle, {"prepare", "call", "fee"})

    assert ids["call"] == "call-2"
    assert copy.pipelines[0].template_ids == ("ask", "call-2", "prepare-2", "fee-2")
    with pytest.raises(DefinitionError) as refused:
        attrs.evolve(bundle, templates=[ask])
    assert set(problems(refused)) == {
        "$.pipelines[0].stages[0].automations[0].reminders.then[0].template",
        "$.pipelines[0].stages[0].automations[0].reminders.then[1].template",
        "$.pipelines[0].stages[0].triggers[0].automations[0].template",
        "$.pipelines[0].triggers[0].automations[0].template",
        "$.pipelines[0].statuses[0].automations[0].template",
    }
    text = bundle.to_json().replace('"template": "prepare"', '"template": "prepair"')
    broken = text.replace('"name": "fee"', '"name": 5')
    with pytest.raises(DefinitionError) as refused:
        Bundle.from_json(broken)
    assert "$.pipelines[0].statuses[0].automations[0].template" in problems(refused)


def test_before_the_beginning_of_the_calendar_there_is_its_first_day() -> None:
    """As behind its end there is the last."""
    from datetime import date

    assert After(years=-9000).of(date(2026, 1, 1)) == date.min
    assert After(years=9000).of(date(2026, 1, 1)) == date.max
    assert After(days=-60).of(date(2026, 4, 15)) == date(2026, 2, 14)


def test_a_trigger_is_not_called_as_an_automation_of_its_stage_is() -> None:
    """Each id means one thing there."""
    task = CreateTask("prepare", id="time-in-stage")

    stage = Stage("Work", [task], triggers=[TimeInStage(3, [CreateTask("call")])])

    assert [one.id for one in stage.triggers] == ["time-in-stage-2"]
