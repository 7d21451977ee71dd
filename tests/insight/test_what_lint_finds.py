"""What lint finds: one planted fault a code, and nothing in what is sound."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    After,
    ApplyFolderTemplate,
    Bundle,
    ClientRequestTemplate,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    Folder,
    FolderTemplate,
    Member,
    MessageTemplate,
    OrganizerTemplate,
    Pipeline,
    Question,
    QuestionKind,
    Reminders,
    Role,
    SendClientRequest,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    Status,
    TagChange,
    TaskTemplate,
    TimeInStage,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJob,
    UpdateJobAssignees,
    WhenDone,
    account_is,
    lint,
    priority_is,
    tagged,
    tagged_any,
    tagged_none,
)
from pipeflow.insight import CODES, Findings, Severity
from tests.firms import FEE, PAID_LETTER, PREPARE, WELCOME

PAPERS = ClientRequestTemplate("Papers", uploads=["Receipts"], due=After(days=5))
TALK = MessageTemplate("Talk", subject="Hello", body="How are you?")
STATES = OrganizerTemplate(
    "States",
    questions=[
        Question(
            "Where?",
            kind=QuestionKind.CHOICE,
            choices={"Here": TagChange(add={"vip"}), "There": None},
        )
    ],
)
END = Stage("End")
VIP = tagged("vip")


def one_stage(*automations: Any, **more: Any) -> Pipeline:
    """Make a pipeline of a stage to be looked at, and an end."""
    return Pipeline("Tax", [Stage("Start", automations, **more), END])


def told(pipeline: Pipeline, *library: Any) -> list[tuple[str, str]]:
    """Return the code and the path of all that is found."""
    return [(one.code, one.path) for one in lint(pipeline, library or None)]


FIRST, SECOND, THIRD = (f"$.stages[0].automations[{number}]" for number in range(3))

PLANTED: dict[str, tuple[Pipeline, str, str]] = {
    "no account is both": (
        one_stage(SendEmail("welcome", when=VIP & ~tagged("vip"))),
        "never-fires",
        FIRST,
    ),
    "no account is of two types": (
        one_stage(SendEmail("welcome", when=account_is("company") & account_is("individual"))),
        "never-fires",
        FIRST,
    ),
    "a tag was just given that must not be there": (
        one_stage(UpdateAccountTags(add={"vip"}), SendEmail("welcome", when=~VIP)),
        "never-fires",
        SECOND,
    ),
    "one of two tags is always there": (
        one_stage(
            UpdateAccountTags(add={"a"}, when=~tagged("b")),
            SendEmail("welcome", when=tagged_none("a", "b")),
        ),
        "never-fires",
        SECOND,
    ),
    "all tags go before": (
        one_stage(UpdateAccountTags(clear=True), SendEmail("welcome", when=VIP)),
        "taken-away",
        SECOND,
    ),
    "a tag is removed before": (
        one_stage(UpdateAccountTags(remove={"vip"}), SendEmail("welcome", when=VIP)),
        "taken-away",
        SECOND,
    ),
    "a tag is removed in an earlier stage": (
        Pipeline(
            "Tax",
            [
                Stage("Start", [UpdateAccountTags(remove={"vip"})]),
                Stage("Work", [SendEmail("welcome", when=VIP)]),
                END,
            ],
        ),
        "taken-away",
        "$.stages[1].automations[0]",
    ),
    "a stage needs a tag that is removed before": (
        Pipeline(
            "Tax",
            [
                Stage("Start", [UpdateAccountTags(remove={"vip"})]),
                Stage("Work", [SendEmail("welcome")], when=VIP),
                END,
            ],
        ),
        "taken-away",
        "$.stages[1]",
    ),
    "a tag is added later": (
        one_stage(SendEmail("welcome", when=VIP), UpdateAccountTags(add={"vip"})),
        "added-later",
        FIRST,
    ),
    "a stage that nobody enters": (
        Pipeline("Tax", [Stage("Start"), Stage("Work", when=VIP & ~VIP), END]),
        "never-entered",
        "$.stages[1]",
    ),
    "inside a trigger": (
        one_stage(
            triggers=[
                TimeInStage(
                    After(days=3),
                    [UpdateAccountTags(clear=True), SendEmail("welcome", when=VIP)],
                )
            ]
        ),
        "taken-away",
        "$.stages[0].triggers[0].automations[1]",
    ),
    "inside a status": (
        Pipeline(
            "Tax",
            [Stage("Start"), END],
            statuses=[Status("Late", automations=[SendEmail("welcome", when=VIP & ~VIP)])],
        ),
        "never-fires",
        "$.statuses[0].automations[0]",
    ),
    "after reminders": (
        one_stage(
            CreateInvoice(FEE, reminders=Reminders(then=[SendEmail("welcome", when=VIP & ~VIP)]))
        ),
        "never-fires",
        f"{FIRST}.reminders.then[0]",
    ),
    "one thing twice": (
        one_stage(SendEmail("welcome"), SendEmail("welcome", when=VIP)),
        "duplicate",
        SECOND,
    ),
    "nothing to complete": (
        one_stage(SendEmail("welcome"), automove=True),
        "nothing-to-complete",
        "$.stages[0]",
    ),
    "nothing that holds": (
        one_stage(CreateTask(PREPARE, holds=False), automove=True),
        "nothing-to-complete",
        "$.stages[0]",
    ),
    "all skipped": (
        one_stage(
            CreateTask(PREPARE, when=VIP), CreateInvoice(FEE, when=tagged("x")), automove=True
        ),
        "stuck",
        "$.stages[0]",
    ),
    "changes no tags": (one_stage(UpdateAccountTags()), "no-effect", FIRST),
    "assigns nobody": (one_stage(UpdateJobAssignees()), "no-effect", FIRST),
    "gives nobody access": (one_stage(UpdateAccountAccess()), "no-effect", FIRST),
    "changes nothing of the job": (one_stage(UpdateJob()), "no-effect", FIRST),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_where_it_is(name: str) -> None:
    """And nothing else."""
    pipeline, code, path = PLANTED[name]

    assert told(pipeline) == [(code, path)]


def test_a_trigger_of_what_never_fires_is_told_too() -> None:
    """It waits for what never comes."""
    pipeline = one_stage(
        CreateTask(PREPARE, id="prepare", when=VIP & ~VIP),
        triggers=[WhenDone("prepare", [CreateTask("review")])],
    )

    assert told(pipeline) == [("never-fires", FIRST), ("never-fires", "$.stages[0].triggers[0]")]


SOUND: dict[str, Pipeline] = {
    "a condition on what was just given": one_stage(
        UpdateAccountTags(add={"vip"}), SendEmail("welcome", when=VIP)
    ),
    "a condition before the tags go": one_stage(
        SendEmail("welcome", when=VIP), UpdateAccountTags(clear=True)
    ),
    "tags that go for some": one_stage(
        UpdateAccountTags(remove={"vip"}, when=tagged("old")), SendEmail("welcome", when=VIP)
    ),
    "an email once": one_stage(
        SendEmail("welcome", when=~tagged("met")), UpdateAccountTags(add={"met"})
    ),
    "a tag that a later stage gives too": Pipeline(
        "Tax",
        [
            Stage("Start", [SendEmail("welcome", when=VIP), UpdateAccountTags(add={"vip"})]),
            Stage("Work", [UpdateAccountTags(add={"vip"})]),
            END,
        ],
    ),
    "a tag that comes again": Pipeline(
        "Tax",
        [
            Stage("Start", [UpdateAccountTags(remove={"vip"})]),
            Stage("Ask", [UpdateAccountTags(add={"vip"}, when=tagged("rich"))]),
            Stage("Work", [SendEmail("welcome")], when=VIP),
            END,
        ],
    ),
    "a tag that is removed in a stage which some skip": Pipeline(
        "Tax",
        [
            Stage("Start"),
            Stage("Ask", [UpdateAccountTags(remove={"vip"})], when=tagged("old")),
            Stage("Work", [SendEmail("welcome", when=VIP)]),
            END,
        ],
    ),
    "two mails for two kinds of clients": one_stage(
        SendEmail("welcome", when=VIP), SendEmail("welcome", when=~VIP)
    ),
    "a mail before and after": one_stage(
        SendEmail("welcome", when=VIP),
        UpdateAccountTags(remove={"vip"}),
        UpdateAccountTags(add={"vip"}, when=tagged("back")),
        SendEmail("welcome", when=VIP),
    ),
    "tags there and back": one_stage(
        UpdateAccountTags(add={"a"}), UpdateAccountTags(clear=True), UpdateAccountTags(add={"a"})
    ),
    "something for everybody": one_stage(
        CreateTask(PREPARE, when=VIP), CreateTask("other", when=~VIP), automove=True
    ),
    "something for every type": one_stage(
        *(CreateTask(kind, when=account_is(kind)) for kind in ("company", "individual", "other")),
        automove=True,
    ),
    "something for every priority": one_stage(
        CreateTask(PREPARE, when=priority_is("high")),
        CreateTask("other", when=~priority_is("high")),
        automove=True,
    ),
    "a stage with the condition of its task": Pipeline(
        "Tax",
        [
            Stage("Start"),
            Stage("Work", [CreateTask(PREPARE, when=VIP)], when=VIP, automove=True),
            END,
        ],
    ),
    "something in time": one_stage(
        SendEmail("welcome"),
        triggers=[TimeInStage(After(days=1), [CreateTask(PREPARE)])],
        automove=True,
    ),
    "tags that change by priority": one_stage(
        UpdateAccountTags(remove={"vip"}, when=~priority_is("high")),
        UpdateJob(priority="low"),
        SendEmail("welcome", when=VIP & ~priority_is("high")),
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_left_in_peace(name: str) -> None:
    """A finding that is false teaches to overlook the next one."""
    assert told(SOUND[name]) == []


def test_what_clients_answer_may_give_a_tag() -> None:
    """Where nobody knows the organizer, it may."""
    asks = Stage("Ask", [UpdateAccountTags(remove={"vip"}), CreateOrganizer(STATES)])
    pipeline = Pipeline("Tax", [asks, Stage("Work", [SendEmail(WELCOME)], when=VIP), END])
    other = Pipeline("Tax", [asks, Stage("Work", [SendEmail(WELCOME)], when=tagged("rich")), END])
    cleared = Pipeline(
        "Tax",
        [
            Stage("Ask", [UpdateAccountTags(clear=True), CreateOrganizer(STATES)]),
            Stage("Work", [SendEmail(WELCOME)], when=tagged("rich")),
            END,
        ],
    )

    assert told(pipeline) == []
    assert told(pipeline, STATES, WELCOME) == []
    assert told(other, STATES, WELCOME) == []
    assert told(cleared) == []
    assert told(cleared, STATES, WELCOME) == [("taken-away", "$.stages[1]")]


def test_what_waits_for_its_own_stage_is_no_worse_for_another_that_has_its_like() -> None:
    """Two stages may have automations of one id; only one of them can never fire here."""
    nobody = tagged("vip") & ~tagged("vip")
    follows = WhenDone("create-task-prepare", [SendEmail(WELCOME)])
    first = Stage("First", [CreateTask(PREPARE, when=nobody)], triggers=[follows])
    second = Stage("Second", [CreateTask(PREPARE)], triggers=[follows])

    found = lint(Pipeline("Tax", [first, second, END])).of("never-fires")

    assert [one.path for one in found] == ["$.stages[0].automations[0]", "$.stages[0].triggers[0]"]


def test_a_message_without_client_tasks_lets_nobody_go_on() -> None:
    """It asks nothing; who does not know the message takes it that it does."""
    pipeline = one_stage(SendMessage(TALK), automove=True)

    assert told(pipeline) == []
    assert told(pipeline, TALK) == [("nothing-to-complete", "$.stages[0]")]


def test_a_firm_whose_jobs_pass_stages_that_ask_nothing_waits_for_nothing() -> None:
    """`Settings(on_empty="advance")` lets them go on (A-4)."""
    pipeline = one_stage(SendEmail(WELCOME), automove=True)

    assert told(pipeline, WELCOME, Settings(on_empty="advance")) == []


def test_a_reminder_that_comes_when_the_thing_is_overdue() -> None:
    """It is due after five days, and first reminded of after a week."""
    late = one_stage(SendClientRequest(PAPERS, reminders=Reminders(every=7)))
    sooner = one_stage(SendClientRequest(PAPERS, reminders=Reminders(every=5)))
    hours = one_stage(SendClientRequest(PAPERS, reminders=Reminders(every=timedelta(hours=6))))

    assert told(late, PAPERS) == [("late-reminder", FIRST)]
    assert told(sooner, PAPERS) == told(hours, PAPERS) == []


def test_merge_fields_that_mean_nothing_where_they_stand() -> None:
    """Unknown ones, and a contact's in a mail that goes to all contacts together."""
    wrong = EmailTemplate("Wrong", subject="[ACOUNT_NAME]", body="Dear [FIRST_NAME]")
    pipeline = one_stage(SendEmail(wrong), UpdateJob(name="[NOTHING_AT_ALL]"))

    found = lint(pipeline, [wrong])

    assert [(one.code, one.path) for one in found] == [
        ("merge-field", f"{SECOND}.name"),
        ("merge-field", "$.library['wrong'].subject"),
        ("merge-field", "$.library['wrong'].body"),
    ]
    assert found[0].place == "stage 'Start', update job"
    assert found[1].suggestion == "Did you mean '[ACCOUNT_NAME]'?"
    assert found[1].severity is Severity.ERROR


def test_merge_fields_in_the_paths_of_folders() -> None:
    """They take none; brackets around anything else are a name like any other."""
    year = FolderTemplate(
        "Year", folders=["Tax/[LAST_YEAR]", "[TAX]", Folder("[[x]/[ACCOUNT_NAME|a]")]
    )

    found = lint(Bundle.of(one_stage(ApplyFolderTemplate(year)), year))

    assert [(one.code, one.path) for one in found] == [
        ("not-filled-in", "$.templates[0].folders[0].path"),
        ("not-filled-in", "$.templates[0].folders[2].path"),
    ]
    assert found[0].severity is Severity.WARNING
    assert found[0].place == "folder template 'Year'"
    assert found[0].sentence == (
        "The folder 'Tax/[LAST_YEAR]' is called so, for [LAST_YEAR] is not filled in there."
    )


def test_what_a_pipeline_uses_and_the_library_has_not() -> None:
    """With the nearest name; a library that is not given is not asked."""
    pipeline = Pipeline(
        "Tax",
        [
            Stage("Start", [SendEmail("welcom")]),
            Stage("End", [SendProposal("paid-letter"), CreateTask("nothing")]),
        ],
        job_template="none",
    )

    found = lint(pipeline, [WELCOME, PAID_LETTER])

    assert [(one.code, one.path) for one in found.of("missing")] == [
        ("missing", "$.job_template"),
        ("missing", f"{FIRST}.template"),
        ("missing", "$.stages[1].automations[1].template"),
        ("missing", "$.library['paid-letter'].invoice_on_acceptance"),
    ]
    assert found[0].place == "pipeline 'Tax'"
    assert "Did you mean 'welcome'?" in found[1].suggestion
    assert found[2].sentence == "There is no task template 'nothing'."
    assert found[2].suggestion == "Add it to the package or the library, or name another one."
    assert told(pipeline) == []


def test_roles_that_nobody_fills_and_mail_that_nobody_gets() -> None:
    """Where the firm's accounts are given."""
    prepare = TaskTemplate("Prepare", assignees=[Role("preparer")])
    pipeline = one_stage(CreateTask(prepare), SendEmail(WELCOME, when=VIP))
    ada = Account("Ada", tags=["vip"], contacts=[Contact("Ada", email="ada@example.com")])
    mute = [Account(f"Mute {number}", tags=["vip"]) for number in range(5)]
    plain = Account("Plain")
    left = Account("Left", tags=["vip"], active=False)

    found = lint(pipeline, [prepare, WELCOME, ada, *mute, plain, left])

    assert [(one.code, one.path) for one in found] == [
        ("unfilled-role", "$"),
        ("no-recipients", SECOND),
    ]
    assert found[1].sentence == "No contact of 'Mute 0', 'Mute 1', 'Mute 2' and 2 more takes mail."
    filled = Account("Eve", roles={"preparer": Member("Mia")})
    assert told(pipeline, prepare, WELCOME, ada, filled, Member("Mia")) == []


def test_templates_of_a_package_that_nothing_uses() -> None:
    """Those that templates use are used."""
    pipeline = one_stage(SendProposal(PAID_LETTER))
    spare = EmailTemplate("Spare", subject="Hello")
    whole = Bundle(pipelines=[pipeline], templates=[PAID_LETTER, FEE, spare], name="Whole")

    found = lint(whole)

    assert [(one.code, one.path) for one in found] == [("unused", "$.templates[2]")]
    assert found.serious == ()
    assert not lint(Bundle(templates=[spare]))


def test_the_findings_of_a_package_say_of_which_pipeline() -> None:
    """Where there are several."""
    wrong = one_stage(UpdateJob())
    other = Pipeline("Other", [Stage("Start"), END])

    found = lint(Bundle(pipelines=[other, wrong]))

    assert [(one.place, one.path) for one in found] == [
        ("Tax, stage 'Start', update job", "$.pipelines[1].stages[0].automations[0]")
    ]


def test_findings_print_and_are_a_sequence() -> None:
    """With what is the matter, what to do, and where."""
    found = lint(one_stage(UpdateAccountTags(clear=True), SendEmail("welcome", when=VIP)))

    assert str(found) == (
        "Lint of pipeline 'Tax': 1 finding\n"
        "=================================\n"
        "- warning [taken-away] stage 'Start', send email 'welcome': It needs the tag 'vip', which "
        "update account tags takes away just before, so that it can never fire. Put it before that "
        "one.\n"
        "  - $.stages[0].automations[1]"
    )
    assert str(found[0]).endswith("Put it before that one. ($.stages[0].automations[1])")
    assert (len(found), list(found), found[:1]) == (1, [found[0]], (found[0],))
    assert str(lint(one_stage())).splitlines()[0] == "Lint of pipeline 'Tax': nothing found"


def test_a_stuck_stage_says_of_whom_nothing_is_asked() -> None:
    """So that somebody can look for such a client."""
    one = one_stage(
        SendEmail("welcome"),
        CreateTask(PREPARE, when=tagged("a") & ~tagged("b") | priority_is("low")),
        CreateInvoice(FEE, when=~tagged_any("a", "b") & ~priority_is("low")),
        automove=True,
    )

    (found,) = lint(one)

    assert "asks nothing of accounts tagged 'b' and not tagged 'a':" in found.sentence
    assert found.suggestion == "Ask something of everybody."


def test_a_list_with_too_many_questions_is_thought_through_in_part() -> None:
    """What contradicts itself is found all the same; nothing takes for ever."""
    many = [SendEmail(f"mail {n}", when=tagged(f"tag {n}")) for n in range(40)]
    whole = tagged(*(f"tag {n}" for n in range(40)))

    pipeline = one_stage(
        *many,
        SendEmail("welcome", when=VIP & ~VIP),
        SendEmail("other", when=whole & ~whole),
        CreateTask(PREPARE, id="prepare", when=VIP & ~VIP),
        CreateTask("review"),
        triggers=[WhenDone("prepare", [CreateTask("review")])],
        automove=True,
    )

    assert told(pipeline) == [
        ("never-fires", "$.stages[0].automations[40]"),
        ("never-fires", "$.stages[0].automations[42]"),
        ("in-part", "$.stages[0].automations"),
        ("never-fires", "$.stages[0].triggers[0]"),
    ]


@pytest.mark.parametrize(
    ("thing", "library", "where"),
    [
        ("tax", None, r"\$\.thing: must be a pipeline or a package"),
        (one_stage(), 5, r"\$\.library: must be a list of definitions"),
        (one_stage(), "welcome", r"\$\.library: must be a list of definitions"),
        (one_stage(), ["welcome"], r"\$\.library\[0\]: must be a template"),
    ],
)
def test_what_is_no_definition_is_refused(thing: Any, library: Any, where: str) -> None:
    """With what would be right."""
    with pytest.raises(DefinitionError, match=where):
        lint(thing, library)


def test_every_code_is_explained_and_found_in_a_test() -> None:
    """Whoever meets a code looks it up."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "lint.md"
    files = Path(__file__).parent.glob("test_*lint*.py")
    tests = "".join(one.read_text(encoding="utf-8") for one in files)

    explained = page.read_text(encoding="utf-8") if page.exists() else None

    for code in CODES:
        assert f'"{code}"' in tests
        assert explained is None or f"### {code}\n" in explained  # the wheel has no pages


@pytest.mark.parametrize("name", ["\n- error", "\x1b[31mred", "\u202eevil", "<b>bold</b>"])
def test_names_break_no_line(name: str) -> None:
    """Whatever a firm calls its stages."""
    found = lint(Pipeline(name, [Stage(name, [UpdateJob()]), END]))

    lines = str(found).splitlines()
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert str(found[0]).isprintable()


def test_findings_of_some_codes() -> None:
    """For who wants to overlook some."""
    found = Findings("x", tuple(lint(one_stage(UpdateJob(), UpdateAccountTags()))))

    assert [one.path for one in found.of("no-effect")] == [FIRST, SECOND]
    assert found.of("stuck") == ()
