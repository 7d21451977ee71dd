"""What lint finds beyond tags and stages: statuses, triggers, targets, names, fields and firms."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from pipeflow import (
    Account,
    After,
    AroundDate,
    Bundle,
    ClientRequestTemplate,
    Condition,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    InvoiceTemplate,
    LimitError,
    MessageTemplate,
    Money,
    NotAllowedError,
    OrganizerTemplate,
    Package,
    Pipeline,
    ProposalTemplate,
    Question,
    QuestionKind,
    Reminders,
    Role,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    SetStatus,
    Settings,
    Stage,
    StartJob,
    Status,
    TagChange,
    TaskTemplate,
    TimeInStage,
    TransferJob,
    UpdateAccountTags,
    UpdateJob,
    UpdateJobAssignees,
    WhenDone,
    account_is,
    answer_is,
    answered,
    assigned,
    balance_above,
    balance_below,
    field_above,
    field_after,
    field_before,
    field_below,
    field_in,
    field_is,
    field_set,
    lint,
    older_than,
    package_is,
    pipeline_is,
    priority_is,
    role_filled,
    role_is,
    tagged,
    tagged_any,
)
from pipeflow.testing import World
from tests.firms import FEE, PAID_LETTER, PREPARE, WELCOME

VIP = tagged("vip")
END = Stage("End")
FIRST, SECOND, THIRD = (f"$.stages[0].automations[{number}]" for number in range(3))
TALK = MessageTemplate("Talk", subject="Hello", body="How are you?")
ASKING = MessageTemplate("Asking", subject="Hello", client_tasks=["Call us"])
STATUS = OrganizerTemplate(
    "Status",
    questions=[
        Question("Filing status", choices=["Single", "Married"]),
        Question("Did you move?", kind=QuestionKind.YES_NO),
        Question("Where?"),
    ],
)
TIERS = ProposalTemplate("Tiers", packages=[Package("Basic"), Package("Full")])


def one_stage(*automations: Any, **more: Any) -> Pipeline:
    """Make a pipeline of a stage to be looked at, and an end."""
    return Pipeline("Tax", [Stage("Start", automations, **more), END])


def told(thing: Any, *library: Any) -> list[tuple[str, str]]:
    """Return the code and the path of all that is found."""
    return [(one.code, one.path) for one in lint(thing, library or None)]


# -- conditions that ask for other things than tags -----------------------------------------------

USD = {number: Money(number, "USD") for number in (10, 20)}
DAY = date(2027, 4, 15)

NOBODY: dict[str, Condition] = {
    "two types": account_is("company") & account_is("individual"),
    "no type at all": ~account_is("company") & ~account_is("individual") & ~account_is("other"),
    "two values of a field": field_is("state", "CA") & field_is("state", "NY"),
    "a value of a field that is not set": field_is("state", "CA") & ~field_set("state"),
    "a number that is high and low": field_above("staff", 10) & field_below("staff", 5),
    "nothing between": field_above("staff", 5) & field_below("staff", 5),
    "a date that is late and early": field_after("end", DAY) & field_before("end", DAY),
    "no day between": field_after("end", DAY) & field_before("end", date(2027, 4, 16)),
    "a number that is a date": field_above("end", 1) & field_after("end", DAY),
    "yes that is one": field_is("new", True) & field_is("new", 1),
    "one value that is none of several": field_is("s", "CA") & ~field_in("s", "CA", "NY"),
    "a role that a member fills and nobody does": role_is("partner", "mia")
    & ~role_filled("partner"),
    "two priorities": priority_is("high") & priority_is("low"),
    "no priority": ~priority_is("low", "medium", "high", "urgent"),
    "older and not so old": older_than(30) & ~older_than(10),
    "another pipeline": pipeline_is("books"),
    "not its own pipeline": ~pipeline_is("tax", "books"),
    "two packages": package_is("Basic") & package_is("Full"),
    "an answer to what is not answered": answer_is("Where?", "Here") & ~answered("Where?"),
    "one of four answers to what is not answered": answer_is("q", *"abcd") & ~answered("q"),
    "one of four texts, and none": field_in("s", *"abcd") & ~field_set("s"),
    "debts that are high and low": balance_above(USD[20]) & balance_below(USD[10]),
    "debts in two currencies": balance_above(USD[10]) & balance_above(Money(1, "EUR")),
}
SOMEBODY: dict[str, Condition] = {
    "yes that is not one": field_is("new", True) & ~field_is("new", 1),
    "a field of several texts": field_in("state", "CA") & field_in("state", "NY"),
    "a field that is none of them": ~field_in("state", "CA", "NY") & field_set("state"),
    "between two numbers": field_above("staff", 5) & field_below("staff", 6),
    "a day between": field_after("end", DAY) & field_before("end", date(2027, 4, 17)),
    "no number and no date": ~field_above("x", 1) & ~field_below("x", 1) & field_set("x"),
    "two fields": field_is("state", "CA") & field_is("city", "LA"),
    "two members in one role": role_is("partner", "mia") & role_is("partner", "ole"),
    "somebody else in a role": role_filled("partner") & ~role_is("partner", "mia"),
    "several choices": answer_is("Where?", "Here") & answer_is("Where?", "There"),
    "another answer": answered("Where?") & ~answer_is("Where?", "Here", True),
    "two assignees": assigned("mia") & assigned("ole"),
    "of an age": older_than(10) & ~older_than(30),
    "its own pipeline": pipeline_is("tax", "books"),
    "another package": ~package_is("Basic") & ~package_is("Full"),
    "between two debts": balance_above(USD[10]) & balance_below(USD[20]),
    "debts that nobody knows": ~balance_above(USD[10]) & ~balance_below(USD[20]),
    "one priority": priority_is("high", "low") & ~priority_is("low"),
    "very many texts": field_in("s", *"abcdefgh") & ~field_in("s", *"abcd"),
    "very many choices": answer_is("q", *"abcdefgh") & answer_is("q", *"ab"),
    "very many questions": field_is("s", "z") | field_above("s", 0) & ~field_in("s", *range(30)),
}


@pytest.mark.parametrize("name", NOBODY)
def test_a_condition_that_nobody_fulfils_whatever_it_asks_for(name: str) -> None:
    """What contradicts itself about fields, answers, roles, balances and jobs, not tags alone."""
    when = NOBODY[name]
    pipeline = Pipeline("Tax", [Stage("Start"), Stage("Work", when=when), END])

    assert told(one_stage(SendEmail("welcome", when=when))) == [("never-fires", FIRST)]
    assert told(pipeline) == [("never-entered", "$.stages[1]")]


@pytest.mark.parametrize("name", SOMEBODY)
def test_a_condition_that_somebody_fulfils_is_left_in_peace(name: str) -> None:
    """However much it looks like the others; nor is its opposite found."""
    when = SOMEBODY[name]

    assert told(one_stage(SendEmail("welcome", when=when))) == []
    assert told(one_stage(SendEmail("welcome", when=~when))) in ([], [("never-fires", FIRST)])


def test_very_many_questions_about_one_thing_are_asked_apart() -> None:
    """Each may be answered either way then, so that nothing is claimed that is not so."""
    many = [field_is("s", number) for number in range(25)]
    when = many[0]
    for one in many[1:]:
        when |= one

    found = told(one_stage(SendEmail("welcome", when=when & ~many[0])))
    assert found == [("in-part", "$.stages[0].automations")]
    assert told(one_stage(SendEmail("welcome", when=many[0] & many[1]))) == [("never-fires", FIRST)]


def test_what_automations_make_of_the_job_is_thought_through() -> None:
    """Its priority is known then; who is assigned may be anybody."""
    high, low = priority_is("high"), priority_is("low")
    urgent = one_stage(UpdateJob(priority="high"), SendEmail("welcome", when=~high))
    either = one_stage(UpdateJob(priority="high", when=VIP), SendEmail("welcome", when=low))
    raised = one_stage(
        UpdateJob(priority="high", when=~high), CreateTask(PREPARE, when=high), automove=True
    )
    given = one_stage(
        UpdateJobAssignees(add=["mia"]), CreateTask(PREPARE, when=assigned("mia")), automove=True
    )
    named = one_stage(UpdateJob(name="Tax"), SendEmail("welcome", when=high))

    assert told(urgent) == [("never-fires", SECOND)]
    assert told(either) == told(raised) == told(given) == told(named) == []


def test_what_fires_once_a_job_does_not_in_later_visits() -> None:
    """So it keeps nothing off for good, and has taken nothing away for sure (A-46)."""
    once = one_stage(UpdateAccountTags(add={"vip"}, repeat="once"), SendEmail("welcome", when=~VIP))
    earlier = Pipeline(
        "Tax",
        [
            Stage("Start", [UpdateAccountTags(remove={"vip"}, add={"x"}, repeat="once")]),
            Stage("Work", [SendEmail("welcome", when=VIP)], when=VIP),
            END,
        ],
    )

    assert told(once) == told(earlier) == []


def test_a_stage_and_an_automation_need_a_tag_that_an_earlier_stage_takes() -> None:
    """Both are told; what gives it anywhere in between, or by an answer, gives it."""
    gives = OrganizerTemplate(
        "Gives", questions=[Question("VIP?", choices={"Yes": TagChange(add={"vip"})})]
    )
    takes = Stage("Start", [UpdateAccountTags(clear=True)])
    late = AroundDate("due", After(days=-5), [CreateOrganizer(gives)])
    work = Stage("Work", [SendEmail("welcome", when=VIP)], when=VIP)
    added = Stage("Add", triggers=[TimeInStage(After(days=5), [UpdateAccountTags(add={"vip"})])])

    found = told(Pipeline("Tax", [takes, work, END]))
    assert found == [("taken-away", "$.stages[1]"), ("taken-away", "$.stages[1].automations[0]")]
    assert told(Pipeline("Tax", [takes, work, END], triggers=[late]), gives, WELCOME) == []
    assert told(Pipeline("Tax", [takes, added, work, END])) == []
    for some in (
        Stage("Start", [UpdateAccountTags(clear=True, when=tagged("new"))]),
        Stage("Start", [UpdateAccountTags(clear=True, repeat="once")]),
        Stage("Start", [UpdateAccountTags(clear=True)], when=tagged("new")),
    ):
        assert told(Pipeline("Tax", [Stage("Ask"), some, work, END])) == []  # not of everybody


def test_of_several_tags_that_are_gone_the_last_one_is_told_with_what_takes_it() -> None:
    """Whoever reads it looks for that tag at that automation."""
    both = tagged("a") & tagged("b")
    line = one_stage(
        UpdateAccountTags(remove={"a"}, id="first"),
        UpdateAccountTags(remove={"b"}, id="second"),
        SendEmail(WELCOME, when=both),
    )

    (found,) = lint(line, [WELCOME])

    assert found.code == "taken-away"
    assert "needs the tag 'b'" in found.sentence
    second = line.stages[0].automations[1]
    assert f"which {second.label} takes away just before" in found.sentence

    at_once = one_stage(UpdateAccountTags(remove={"b", "a"}), SendEmail(WELCOME, when=both))
    (found,) = lint(at_once, [WELCOME])
    assert "needs the tag 'a'" in found.sentence


# -- what asks too much ---------------------------------------------------------------------------


def test_a_list_that_asks_too_much_says_so_and_is_looked_at_one_by_one() -> None:
    """Silence would read as soundness; what one condition needs is found all the same."""
    many = [SendEmail(f"mail {n}", when=tagged(f"tag {n}")) for n in range(17)]
    pipeline = one_stage(*many, UpdateAccountTags(clear=True), SendEmail("welcome", when=VIP))

    found = lint(pipeline)

    assert [(one.code, one.path) for one in found] == [
        ("taken-away", "$.stages[0].automations[18]"),
        ("in-part", "$.stages[0].automations"),
    ]
    assert [one.code for one in found.serious] == ["taken-away"]
    assert "more than 16 things" in found[1].sentence
    assert told(one_stage(*many[:16])) == []


def test_a_wait_that_asks_too_much_is_stuck_only_where_that_is_sure() -> None:
    """Of what does not fit in, any answer is reckoned with."""
    many = [CreateTask(f"task {n}", when=tagged(f"tag {n}")) for n in range(20)]
    pipeline = one_stage(*many, automove=True)
    whole = one_stage(*many, CreateTask(PREPARE, when=~tagged_any("tag 0", "tag 1")), automove=True)

    assert told(pipeline) == [("in-part", "$.stages[0].automations")]
    assert told(whole) == [("in-part", "$.stages[0].automations")]


def test_a_wait_of_which_nobody_can_tell_who_comes_is_not_stuck() -> None:
    """Who fulfils the stage's condition is not known there; it may be nobody at all."""
    many = [f"t{number:02}" for number in range(16)]
    nobody = tagged(*many) & tagged("zz") & ~tagged("zz")
    work = Stage("Work", [CreateTask(PREPARE, when=~tagged("t00"))], when=nobody, automove=True)

    assert told(Pipeline("Tax", [Stage("Start"), work, END])) == []


# -- waits ----------------------------------------------------------------------------------------


def test_what_takes_a_job_elsewhere_lets_it_go_on() -> None:
    """A transfer and a status end the wait; so does what follows, or comes in time."""
    leads = Pipeline("Books", [Stage("Start")])
    sound = [
        one_stage(TransferJob(leads), automove=True),
        one_stage(TransferJob(leads, when=VIP), CreateTask(PREPARE, when=~VIP), automove=True),
        one_stage(SetStatus("Completed"), automove=True),
        one_stage(
            CreateTask(PREPARE, id="prepare", holds=False),
            automove=True,
            triggers=[WhenDone("prepare", [CreateTask("review")])],
        ),
        one_stage(
            CreateTask(PREPARE, id="a", holds=False),
            automove=True,
            triggers=[
                WhenDone("b", [CreateTask("file")]),
                WhenDone("a", [CreateTask("review", id="b", holds=False)]),
            ],
        ),
        one_stage(
            CreateInvoice(
                FEE,
                holds=False,
                reminders=Reminders(then=[SendEmail(WELCOME), CreateTask("call")]),
            ),
            automove=True,
        ),
        Pipeline(
            "Tax",
            [Stage("Start", automove=True), END],
            triggers=[AroundDate("due", After(), [CreateTask(PREPARE)])],
        ),
    ]

    assert [told(one) for one in sound] == [[] for _ in sound]
    nothing = one_stage(
        CreateTask(PREPARE, id="prepare", holds=False),
        automove=True,
        triggers=[
            WhenDone("prepare", [SendEmail(WELCOME)]),
            TimeInStage(After(days=1), [SendEmail(WELCOME)]),
        ],
    )
    assert told(nothing) == [("nothing-to-complete", "$.stages[0]")]


def test_a_status_that_waits_for_nothing() -> None:
    """It automoves back to Active when what it made is done; this one makes nothing."""
    waiting = Status("Waiting", automations=[SendEmail(WELCOME)], automove=True)
    choosy = Status("Choosy", automations=[CreateTask(PREPARE, when=VIP)], automove=True)
    asks = Status("Asking", automations=[CreateTask(PREPARE)], automove=True)
    rests = Status("Resting", automations=[SendEmail(WELCOME)])

    pipeline = Pipeline("Tax", [Stage("Start"), END], statuses=[waiting, choosy, asks, rests])

    found = lint(pipeline)
    assert [(one.code, one.path) for one in found] == [
        ("nothing-to-complete", "$.statuses[0]"),
        ("stuck", "$.statuses[1]"),
    ]
    assert [one.place for one in found] == ["status 'Waiting'", "status 'Choosy'"]
    assert found[1].suggestion == "Ask something of everybody."


def test_a_stuck_stage_behind_the_first_may_be_skipped() -> None:
    """A condition on the stage helps; its own is reckoned with."""
    work = Stage(
        "Work", [CreateTask(PREPARE, when=VIP)], when=tagged_any("vip", "x"), automove=True
    )

    (found,) = lint(Pipeline("Tax", [Stage("Start"), work, END]))

    assert "asks nothing of accounts tagged 'x' and not tagged 'vip':" in found.sentence
    assert found.suggestion.startswith("Put the same condition on the stage, or ask something")


def test_a_stage_is_stuck_where_it_takes_away_what_its_task_needs() -> None:
    """For all who come; what takes it away once a job leaves later visits alone (A-46)."""

    def taking(repeat: str) -> Pipeline:
        several = [UpdateAccountTags(remove={"vip"}, repeat=repeat), CreateTask(PREPARE, when=VIP)]
        work = Stage("Work", several, when=VIP, automove=True)
        return Pipeline("Tax", [Stage("Start"), work, END])

    assert told(taking("always")) == [
        ("taken-away", "$.stages[1].automations[1]"),
        ("stuck", "$.stages[1]"),
    ]
    assert told(taking("once")) == []


def test_a_stage_that_every_job_passes_at_once() -> None:
    """Where a firm lets jobs pass what asks nothing, an empty stage changes nothing."""
    empty, advance = one_stage(automove=True), Settings(on_empty="advance")

    assert told(empty, advance) == [("no-effect", "$.stages[0]")]
    assert told(one_stage(SendEmail(WELCOME), automove=True), advance, WELCOME) == []
    assert told(one_stage(), advance) == []
    assert told(empty) == told(empty, Settings()) == [("nothing-to-complete", "$.stages[0]")]
    timed = one_stage(automove=True, triggers=[TimeInStage(After(days=1), [SendEmail(WELCOME)])])
    assert told(timed, advance, WELCOME) == []


# -- triggers -------------------------------------------------------------------------------------


def test_what_waits_for_what_waits_for_what_never_fires() -> None:
    """However long the chain; its like in another stage is another."""
    dead = CreateTask(PREPARE, id="a", when=VIP & ~VIP)
    triggers = [
        WhenDone("b", [CreateTask("file")]),
        WhenDone("a", [CreateTask("review", id="b")]),
    ]
    live = Stage("Work", [CreateTask(PREPARE, id="a")], triggers=[WhenDone("a", [SendEmail("m")])])

    pipeline = Pipeline("Tax", [Stage("Start", [dead], triggers=triggers), live, END])

    assert told(pipeline) == [
        ("never-fires", FIRST),
        ("never-fires", "$.stages[0].triggers[0]"),
        ("never-fires", "$.stages[0].triggers[1]"),
    ]


def test_triggers_of_one_place_have_ids_of_their_own() -> None:
    """A save refuses them: of two that wait for the same, none fires."""
    due = AroundDate("due", 0, [CreateTask("a")], id="x")
    start = AroundDate("start", 0, [CreateTask("b")], id="x")
    twins = Pipeline("Tax", stages=[Stage("A", triggers=[due, start]), Stage("B")])
    beside = Pipeline("Tax", stages=[Stage("A", triggers=[due]), Stage("B")], triggers=[start])

    (found,) = lint(twins).of("same-id")
    assert (found.path, found.suggestion) == (
        "$.stages[0].triggers[1].id",
        "Give it another with id=.",
    )
    assert lint(twins, []).of("same-id") == (found,)
    assert not lint(beside).of("same-id")


def test_what_waits_in_a_circle_never_fires() -> None:
    """For what it fires itself, or for one another; also where reminders are used up between."""
    asks = CreateOrganizer("ask", id="ask", reminders=Reminders(then=[CreateTask("file", id="c")]))
    triggers = [
        WhenDone("a", [CreateTask("file", id="a")]),
        WhenDone("c", [asks]),
        WhenDone("prepare", [CreateTask("file", id="d")]),
        WhenDone("d", [CreateTask("file", id="e")]),
    ]

    pipeline = one_stage(CreateTask(PREPARE, id="prepare"), triggers=triggers)

    assert told(pipeline) == [
        ("never-fires", "$.stages[0].triggers[0]"),
        ("never-fires", "$.stages[0].triggers[1]"),
    ]


def test_a_message_that_asks_nothing_is_never_done() -> None:
    """So nothing can wait for it: the engine says the same."""
    pipeline = one_stage(
        SendMessage(TALK, id="talk"),
        triggers=[WhenDone("talk", [SendEmail(WELCOME)])],
    )
    world = World()
    world.engine.save(TALK, ASKING, WELCOME, pipeline)
    job = world.engine.start("tax", world.account("Ada"))

    assert told(pipeline, TALK, ASKING, WELCOME) == [("never-fires", "$.stages[0].triggers[0]")]
    with pytest.raises(NotAllowedError):
        world.engine.complete(job.items[0])
    asking = one_stage(
        SendMessage(ASKING, id="ask"), triggers=[WhenDone("ask", [SendEmail(WELCOME)])]
    )
    assert told(asking, ASKING, WELCOME) == told(pipeline) == []


@pytest.mark.parametrize(
    ("every", "due", "late"),
    [
        (5, After(days=5), ""),
        (6, After(days=5), "after 6 days, and it is due after 5 days,"),
        (timedelta(hours=25), After(days=1), "after 1 day, 1:00:00, and it is due after 1 day,"),
        (31, After(months=1), ""),
        (32, After(months=1), "after 32 days, and it is due after 31 days,"),
        (62, After(months=2), ""),
        (366, After(years=1), ""),
        (367, After(years=1), "after 367 days"),
        (400, date(2027, 4, 15), ""),
        (400, None, ""),
    ],
)
def test_the_first_reminder_and_the_day_on_which_it_is_due(every: Any, due: Any, late: str) -> None:
    """A month is as long as the longest, so that no reminder is blamed that may be in time."""
    papers = ClientRequestTemplate("Papers", uploads=["Receipts"], due=due)

    found = lint(one_stage(SendClientRequest(papers, reminders=Reminders(every=every))), [papers])

    assert [one.code for one in found] == ["late-reminder"] * bool(late)
    assert all(late in one.sentence for one in found)


# -- where jobs are led ---------------------------------------------------------------------------


def test_of_several_statuses_and_places_the_last_one_counts() -> None:
    """So an earlier one never does, where the last one always fires."""
    other = Pipeline("Other", [Stage("Start")])
    pipeline = Pipeline(
        "Tax",
        [
            Stage("Start", [SetStatus("Completed", when=VIP), SetStatus("Archived")]),
            Stage("Work", [TransferJob(other), TransferJob("tax", id="back"), SendEmail("m")]),
            Stage("Rest", [TransferJob(other), TransferJob("tax", when=VIP, id="back")]),
            Stage("Once", [SetStatus("Completed"), SetStatus("Archived", repeat="once")]),
            END,
        ],
    )

    found = lint(pipeline)

    assert [(one.code, one.path) for one in found] == [
        ("overruled", FIRST),
        ("overruled", "$.stages[1].automations[0]"),
    ]
    assert "Transfer job 'tax' (back) stands behind it" in found[1].sentence
    assert "the last status counts" in found[0].sentence


def started(world: World, *pipelines: Pipeline) -> None:
    """Start a job in the first of some pipelines."""
    world.engine.save(*pipelines)
    world.engine.start(pipelines[0], world.account("Ada"))


CIRCLES: dict[str, tuple[list[Pipeline], list[str]]] = {
    "a job that starts its like": (
        [Pipeline("Tax", [Stage("Start", [StartJob("tax")]), END])],
        [FIRST],
    ),
    "there and back": (
        [
            Pipeline("Tax", [Stage("Start", [TransferJob("books", stage="end")]), END]),
            Pipeline("Books", [Stage("Start"), Stage("End", [TransferJob("tax")])]),
        ],
        [FIRST],
    ),
    "a transfer to what starts another": (
        [
            Pipeline("Tax", [Stage("Start", [TransferJob("books")]), END]),
            Pipeline("Books", [Stage("Start", [StartJob("tax", repeat="once")])]),
        ],
        [FIRST],
    ),
    "what is made Active": (
        [
            Pipeline("Tax", [Stage("Start", [SetStatus("active"), TransferJob("books")]), END]),
            Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
        ],
        ["$.stages[0].automations[1]"],
    ),
    "a status of its own": (
        [
            Pipeline(
                "Tax",
                [
                    Stage("Start", [TransferJob("tax", stage="work")]),
                    Stage("Work", [TransferJob("tax"), SetStatus("on HOLD")]),
                ],
                statuses=[Status("On hold", automations=[SetStatus("Waiting")]), "Waiting"],
            )
        ],
        [FIRST, "$.stages[1].automations[0]"],
    ),
    "statuses in a circle": (
        [
            Pipeline(
                "Tax",
                [Stage("Start", [SetStatus("Here"), TransferJob("books")]), END],
                statuses=[
                    Status("Here", automations=[SetStatus("There")]),
                    Status("There", automations=[SetStatus("Here")]),
                ],
            ),
            Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
        ],
        ["$.statuses[0].automations[0]", "$.statuses[1].automations[0]"],
    ),
    "round the stages": (
        [
            Pipeline(
                "Tax",
                [
                    Stage("Start", [TransferJob("tax", stage="work")]),
                    Stage("Work", [TransferJob("tax")]),
                ],
            )
        ],
        [FIRST, "$.stages[1].automations[0]"],
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_what_leads_jobs_on_without_end(name: str) -> None:
    """The engine refuses the command in which it would; lint says so before."""
    pipelines, paths = CIRCLES[name]

    found = lint(pipelines[0], pipelines)

    assert [(one.code, one.path) for one in found] == [("endless", path) for path in paths]
    with pytest.raises(LimitError):
        started(World(), *pipelines)


def test_a_status_behind_completed_holds_nobody_up() -> None:
    """The last status counts, and the job is transferred."""
    ends = [SetStatus("Completed"), SetStatus("On hold"), TransferJob("books")]
    lines = [
        Pipeline("Tax", [Stage("Start", ends), END], statuses=["On hold"]),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ]

    (found,) = lint(lines[0], lines).of("endless")

    assert found.path == "$.stages[0].automations[2]"
    with pytest.raises(LimitError):
        started(World(), *lines)


ENDING: dict[str, list[Pipeline]] = {
    "a condition": [Pipeline("Tax", [Stage("Start", [StartJob("tax", when=VIP)]), END])],
    "once a job": [
        Pipeline("Tax", [Stage("Start", [TransferJob("books", repeat="once")]), END]),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ],
    "another stage": [
        Pipeline("Tax", [Stage("Start", [StartJob("tax", stage="end")]), END]),
    ],
    "what is over is not transferred": [
        Pipeline("Tax", [Stage("Start", [SetStatus("Completed"), TransferJob("books")]), END]),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ],
    "a status behind which the job is over": [
        Pipeline(
            "Tax",
            [Stage("Start", [SetStatus("On hold"), TransferJob("books")]), END],
            statuses=[Status("On hold", automations=[SetStatus("archived")])],
        ),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ],
    "a status that leads elsewhere": [
        Pipeline(
            "Tax",
            [Stage("Start", [SetStatus("On hold"), TransferJob("books")]), END],
            statuses=[Status("On hold", automations=[TransferJob("tax", stage="end")])],
        ),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ],
    "perhaps it is over": [
        Pipeline(
            "Tax",
            [
                Stage(
                    "Start",
                    [
                        UpdateAccountTags(add={"vip"}),
                        SetStatus("Active"),
                        SetStatus("Completed", when=VIP),
                        TransferJob("books"),
                    ],
                ),
                END,
            ],
        ),
        Pipeline("Books", [Stage("Start", [TransferJob("tax")])]),
    ],
    "the last one counts": [
        Pipeline(
            "Tax",
            [
                Stage("Start", [TransferJob("tax", stage="work"), TransferJob("tax", stage="end")]),
                Stage("Work", [TransferJob("tax")]),
                END,
            ],
        ),
    ],
    "beside a circle": [
        Pipeline("Tax", [Stage("Start", [StartJob("books")]), END]),
        Pipeline(
            "Books",
            [Stage("Start", [StartJob("end")]), Stage("Loop", [StartJob("books", stage="loop")])],
        ),
        Pipeline("End", [END]),
    ],
}


@pytest.mark.parametrize("name", ENDING)
def test_what_comes_to_an_end_is_left_in_peace(name: str) -> None:
    """As the engine does."""
    pipelines = ENDING[name]

    assert lint(pipelines[0], pipelines).of("endless") == ()
    started(World(), *pipelines)


def test_who_is_led_into_a_circle_is_not_in_it() -> None:
    """The finding stands where the circle is; what is not there leads nowhere."""
    lines = [
        Pipeline("Tax", [Stage("Start", [StartJob("loop")]), END]),
        Pipeline("Loop", [Stage("Start", [StartJob("loop")])]),
    ]

    assert told(lines[0], *lines) == []
    assert told(lines[1], *lines) == [("endless", FIRST)]
    lost = one_stage(StartJob("nowhere"), TransferJob("tax", stage="nowhere"))
    assert [one.code for one in lint(lost)] == []
    assert [one.code for one in lint(lost, [])] == ["missing", "missing"]


def test_a_transfer_to_where_the_job_is() -> None:
    """It stays (A-21)."""
    pipeline = Pipeline(
        "Tax", [Stage("Start", [TransferJob("tax")]), Stage("Work", [TransferJob("tax")]), END]
    )
    world = World()
    started(world, pipeline)

    assert ("no-effect", FIRST) in told(pipeline)
    assert len(lint(pipeline).of("no-effect")) == 1
    assert world.engine.jobs()[0].stage == "start"
    status = Status("Late", automations=[TransferJob("tax")])
    assert told(Pipeline("Tax", [Stage("Start"), END], statuses=[status])) == []


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "sentence", "suggestion"),
    [
        (answered("Wher?"), "asks 'Wher?'", "Did you mean 'Where?'?"),
        (answer_is("Colour", "red"), "asks 'Colour'", "Ask it, or correct the question."),
        (
            answer_is("Filing status", "Maried"),
            "does not offer 'Maried'",
            "Did you mean 'Married'?",
        ),
        (answer_is("Filing status", "X", "Y"), "'X' or 'Y'", "There is 'Single', 'Married'."),
        (package_is("Ful"), "No proposal offers 'Ful'.", "Did you mean 'Full'?"),
        (package_is("X"), "No proposal offers 'X'.", "Offer it, or correct the name."),
    ],
)
def test_what_nobody_is_asked(when: Condition, sentence: str, suggestion: str) -> None:
    """Where the templates are given; else nobody can tell."""
    pipeline = one_stage(SendEmail(WELCOME, when=VIP & when))

    (found,) = lint(pipeline, [WELCOME, STATUS, TIERS])

    assert (found.code, found.path) == ("unasked", f"{FIRST}.when.of[1]")
    assert sentence in found.sentence
    assert (found.suggestion, found.place) == (
        suggestion,
        "stage 'Start', send email 'welcome'",
    )
    assert told(pipeline) == []


@pytest.mark.parametrize(
    "when",
    [
        answered("Where?"),
        answer_is("Where?", "anywhere"),
        answer_is("Did you move?", True),
        answer_is("Filing status", "Married", "Divorced"),
        answer_is("Filing status", True, "Divorced"),
        package_is("Gold", "Basic"),
        answered("Receipts"),
    ],
)
def test_what_somebody_is_asked(when: Condition) -> None:
    """One of several will do, and what is to be uploaded is asked for too."""
    papers = ClientRequestTemplate("Papers", uploads=["Receipts"])

    assert told(one_stage(SendEmail(WELCOME, when=when)), WELCOME, STATUS, TIERS, papers) == []


def test_two_organizers_that_ask_the_same() -> None:
    """An answer may be that of either."""
    other = OrganizerTemplate("Other", questions=[Question("Filing status", choices=["Widowed"])])
    pipeline = one_stage(SendEmail(WELCOME, when=answer_is("Filing status", "Widowed")))

    assert told(pipeline, WELCOME, STATUS, other) == []
    assert told(pipeline, WELCOME, STATUS) == [("unasked", f"{FIRST}.when")]


def test_a_tag_that_seems_mistyped() -> None:
    """Where accounts are given, so that all tags are known; a note, since it may be meant."""
    ada = Account("Ada", tags=["premium"], contacts=[Contact("Ada", email="ada@example.com")])
    pipeline = one_stage(SendEmail(WELCOME, when=tagged("premum")))

    found = lint(pipeline, [ada, WELCOME])

    assert [(one.code, one.path) for one in found] == [("mistyped", f"{FIRST}.when")]
    assert (found[0].suggestion, found.serious) == ("Did you mean 'premium'?", ())
    assert (
        found[0].sentence == "It asks for the tag 'premum', which no account has and nothing sets."
    )
    assert told(pipeline, WELCOME) == []
    assert told(one_stage(SendEmail(WELCOME, when=tagged("new"))), ada, WELCOME) == []


# -- one thing twice ------------------------------------------------------------------------------


def test_one_thing_twice_with_what_its_reminders_fire() -> None:
    """The ids that differ by the place are no difference."""
    rhythm = Reminders(then=[CreateTask("call")])
    twice = one_stage(CreateInvoice(FEE, reminders=rhythm), CreateInvoice(FEE, reminders=rhythm))
    other = one_stage(CreateInvoice(FEE, reminders=rhythm), CreateInvoice(FEE))

    assert told(twice) == [("duplicate", SECOND)]
    assert told(other) == []


def test_one_thing_twice_but_for_others() -> None:
    """Where conditions exclude each other, or what they ask for changes between, it is meant."""
    high = priority_is("high")
    sound = [
        one_stage(
            SendEmail("m", when=field_is("s", "CA")), SendEmail("m", when=field_is("s", "NY"))
        ),
        one_stage(SendEmail("m", when=high), UpdateJob(priority="high"), SendEmail("m", when=high)),
        one_stage(
            SendEmail("m", when=assigned("mia")),
            UpdateJobAssignees(add=["mia"]),
            SendEmail("m", when=assigned("mia")),
        ),
        one_stage(
            UpdateAccountTags(add={"b"}, when=tagged("a")),
            UpdateAccountTags(remove={"b"}),
            UpdateAccountTags(add={"b"}, when=tagged("c")),
        ),
    ]

    assert [told(one) for one in sound] == [[] for _ in sound]
    beside = one_stage(SendEmail("m"), UpdateAccountTags(clear=True), SendEmail("m"))
    assert told(beside) == [("duplicate", THIRD)]
    a = tagged("a")
    elsewhere = one_stage(
        SendEmail("m", when=a), UpdateAccountTags(remove={"b"}), SendEmail("m", when=a)
    )
    assert told(elsewhere) == [("duplicate", THIRD)]
    renamed = one_stage(SendEmail("m", when=VIP), UpdateJob(name="x"), SendEmail("m", when=VIP))
    assert told(renamed) == [("duplicate", THIRD)]


def test_one_thing_twice_under_the_deepest_conditions_there_are() -> None:
    """Each may be as deep as is allowed at all."""
    deep: Condition = VIP
    for number in range(10):
        deep = (deep | tagged(f"t{number}")) if number % 2 else (deep & tagged(f"t{number}"))

    pipeline = one_stage(SendEmail("m", when=deep), SendEmail("m", when=~tagged("t0") & VIP | deep))

    assert "duplicate" in [one.code for one in lint(pipeline)]


# -- the library ----------------------------------------------------------------------------------


def test_a_library_in_which_one_id_stands_for_two_things() -> None:
    """It is not said which counts; the same thing twice is one thing."""
    other = EmailTemplate("Welcome", subject="Another")
    pipeline = one_stage(SendEmail(WELCOME))
    mine = [WELCOME, Account("Ada", id="ada"), Settings(), Pipeline("Books", [END])]
    theirs = [
        other,
        Account("Eve", id="ada"),
        Settings(on_empty="advance"),
        Pipeline("Books", [Stage("Start")]),
    ]

    for one, two in zip(mine, theirs, strict=True):
        with pytest.raises(DefinitionError, match=r"\$\.library\[2\]: is a second one"):
            lint(pipeline, [one, one, two])  # type: ignore[list-item]
    with pytest.raises(DefinitionError, match=r"(?s)\[1\].*\[3\]"):
        lint(pipeline, [WELCOME, "x", FEE, other])  # type: ignore[list-item]
    assert told(pipeline, WELCOME, WELCOME) == []


def test_a_package_is_looked_over_with_its_own_templates() -> None:
    """Whatever the firm has under their ids."""
    mine = EmailTemplate("Welcome", subject="[ACOUNT_NAME]")
    package = Bundle(pipelines=[one_stage(SendEmail(mine))], templates=[mine])
    newer = Pipeline("Tax", [END])

    assert told(package, WELCOME, newer) == [("merge-field", "$.templates[0].subject")]
    assert told(one_stage(UpdateJob()), newer) == [("no-effect", FIRST)]


def test_a_template_that_is_used_in_two_ways_is_looked_over_once() -> None:
    """As a bill of its own, and as that of a proposal."""
    fee = InvoiceTemplate("Fee", lines=FEE.lines, title="[ACOUNT_NAME]")
    pipeline = one_stage(CreateInvoice(fee), SendProposal(PAID_LETTER))

    assert told(pipeline, fee, PAID_LETTER) == [("merge-field", "$.library['fee'].title")]


def test_mail_only_for_accounts_that_come_by() -> None:
    """Whoever skips the stage, or does not fulfil the condition, needs no address."""
    mute = Account("Mute", tags=["paper"])
    work = Stage("Work", [SendEmail(WELCOME)], when=tagged("online"))
    pipeline = Pipeline("Tax", [Stage("Start"), work, END])
    status = Status("Late", automations=[SendEmail(WELCOME)])
    about_job = one_stage(SendEmail(WELCOME, when=priority_is("high")))

    assert told(pipeline, mute, WELCOME) == []
    assert told(one_stage(SendEmail(WELCOME, when=~tagged("paper"))), mute, WELCOME) == []
    assert told(about_job, mute, WELCOME) == [("no-recipients", FIRST)]
    late = Pipeline("Tax", [Stage("Start"), END], statuses=[status])
    assert told(late, mute, WELCOME) == [("no-recipients", "$.statuses[0].automations[0]")]


def test_three_accounts_without_mail_are_all_named() -> None:
    """By their names, in order."""
    accounts = [Account(name) for name in ("Cy", "Al", "Bo")]

    (found,) = lint(one_stage(SendEmail(WELCOME)), [WELCOME, *accounts])

    assert found.sentence == "No contact of 'Al', 'Bo', 'Cy' takes mail."


def test_a_role_of_what_only_a_trigger_makes() -> None:
    """Wherever in the pipeline it is made."""
    review = TaskTemplate("Review", assignees=[Role("reviewer")])
    pipeline = one_stage(triggers=[TimeInStage(After(days=1), [CreateTask(review)])])

    found = lint(pipeline, [review, Account("Ada")])

    assert [(one.code, one.place) for one in found] == [("unfilled-role", "pipeline 'Tax'")]
    assert "'reviewer' for any of the 1 accounts" in found[0].sentence
