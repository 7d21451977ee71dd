"""What people read calls things by the firm's own names, and says all that they need to act."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Bundle,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    Event,
    NotFoundError,
    OrganizerSubmitted,
    OrganizerTemplate,
    PipeflowError,
    Pipeline,
    ProposalSigned,
    Question,
    Reminders,
    RemindersSet,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    RequestWithdrawn,
    Role,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    SubtaskChecked,
    TaskTemplate,
    tagged,
)
from pipeflow.testing import World
from tests.firms import DONE, FEE, LETTER, ORGANIZER, PREPARE, begun, opened

HEAD: dict[str, Any] = {"job": "job-1", "actor": "system"}


@pytest.mark.parametrize(
    ("automation", "name", "fact", "said"),
    [
        (CreateTask(PREPARE), "Prepare", SubtaskChecked("Scann"), "task 'Prepare' (job-1/1): "),
        (
            CreateOrganizer(ORGANIZER),
            "Organizer",
            OrganizerSubmitted({"Who?": "I"}),
            "organizer 'Organizer' (job-1/1): there is no question 'Who?'",
        ),
        (
            SendProposal(LETTER),
            "Letter",
            ProposalSigned("Nobody"),
            "proposal 'Letter' (job-1/1): there is no signatory 'Nobody'",
        ),
        (
            SendProposal(LETTER),
            "Letter",
            ProposalSigned(package="Gold"),
            "proposal 'Letter' (job-1/1): there is no package 'Gold'",
        ),
    ],
    ids=["subtask", "question", "signatory", "package"],
)
def test_what_does_not_fit_an_item_names_the_item(
    automation: Any, name: str, fact: Any, said: str
) -> None:
    """By what the firm calls it; its id stands behind."""
    world, job = begun(Stage("Work", [automation]), DONE)

    with pytest.raises(PipeflowError) as refused:
        world.engine.record(job.item(name), fact)

    assert str(refused.value).startswith(said)


def test_a_required_answer_that_lacks_is_told_with_the_organizer() -> None:
    """So that whoever submits three of them knows which."""
    asked = OrganizerTemplate("Income", questions=[Question("How much?", required=True)])
    world, job = begun(Stage("Ask", [CreateOrganizer(asked)]), DONE, more=[asked])

    with pytest.raises(PipeflowError, match=r"organizer 'Income' \(job-1/1\): 'How much\?' is"):
        world.engine.record(job.item("Income"), OrganizerSubmitted())


def test_starting_many_says_which_accounts_are_wrong() -> None:
    """All of them at once; what is wrong for all alike is said once."""
    world = opened(Stage("Work"), DONE)
    ada = world.account("Ada")

    with pytest.raises(NotFoundError) as strangers:
        world.engine.start_many("tax", [ada, "account-7", "account-8"])
    with pytest.raises(NotFoundError) as stage:
        world.engine.start_many("tax", [ada, ada], stage="Wrok")

    assert [problem.where.partition(",")[0] for problem in strangers.value.problems] == [
        "$.accounts[1]",
        "$.accounts[2]",
    ]
    assert [problem.where for problem in stage.value.problems] == ["pipeline 'Tax'"]
    assert world.engine.jobs() == []


def test_a_package_that_was_installed_prints_what_it_asks_of_the_firm() -> None:
    """Custom fields, tags, roles and ports, and what got another name."""
    note = EmailTemplate("Note", subject="For [ACCOUNT_CUSTOM_FIELD:year end]")
    work = TaskTemplate("Work", assignees=[Role("preparer")])
    stages = [Stage("A", [SendEmail(note, when=tagged("vip")), CreateTask(work)])]
    bundle = Bundle.of(Pipeline("Tax", stages=stages), note, work)
    engine = World().engine

    first = engine.install(bundle)
    second = engine.install(bundle)
    bare = engine.install(Bundle.of(Pipeline("Bare", stages=[DONE])))

    asks = [
        "  custom fields: year end",
        "  tags: vip",
        "  roles: preparer",
        "  ports: email, tasks",
    ]
    assert str(first).splitlines() == ["installed pipeline 'Tax' with 2 templates", *asks]
    assert str(second).splitlines() == [
        "installed pipeline 'Tax (2)' with 2 templates",
        *asks,
        "  'note' is 'note-2' here, 'tax' is 'tax-2', 'work' is 'work-2'",
    ]
    assert str(bare) == "installed pipeline 'Bare' with 0 templates"
    assert str(engine.install(Bundle(templates=[note]))).startswith("installed 1 template\n")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("default/job-1/1/create-task-prepare", "'create-task-prepare'"),
        ("default/job-1/1/send-email-welcome/2", "'send-email-welcome'"),
        ("default/job-1/2/send-offer/acceptance", "the invoice of 'send-offer'"),
        ("default/job-1/2/send-offer/acceptance/2", "the invoice of 'send-offer'"),
        ("default/job-1/2/reminder/1/email", "a reminder"),
        ("default/job-1/2/by-hand/3/email", "a reminder by hand"),
        ("default/job-1/5/change/4", "a change"),
        ("default/job-1/6/cancel/3", "a cancellation"),
        ("of/another/form", "of/another/form"),
        ("default/job-1/odd", "default/job-1/odd"),
    ],
)
def test_histories_say_what_a_request_was_for(key: str, said: str) -> None:
    """And not by which key a port knows it, which the event has, and `failures()`."""
    world, _ = begun(Stage("Work"), DONE)
    at = world.clock.now()
    told: list[Event] = [
        RequestDelivered(at, **HEAD, key=key, port="tasks", ref="t-1", to=("a@example.com",)),
        RequestFailed(at, **HEAD, key=key, port="tasks", error="down", attempt=1, retry_at=at),
        RequestGivenUp(at, **HEAD, key=key, port="tasks", error="down", attempt=2),
        RequestRetried(at, **HEAD, key=key),
        RequestWithdrawn(at, **HEAD, key=key),
        RequestAbandoned(at, **HEAD, key=key),
    ]

    assert [event.sentence() for event in told] == [
        f"tasks took {said} as t-1, for a@example.com",
        f"tasks failed on {said} (attempt 1): down; next try 2026-01-05 09:00:00 UTC",
        f"gave up {said} after attempt 2: down",
        f"retried {said} by hand",
        f"withdrew {said}: it is no longer needed",
        f"abandoned {said} by hand",
    ]


def test_the_next_reminder_is_told_on_the_firms_clock() -> None:
    """Like every time that people read (R-21)."""
    bill = Stage("Bill", [CreateInvoice(FEE)])
    world, job = begun(bill, DONE, settings=Settings(time_zone="Europe/Stockholm"))
    job = world.engine.set_reminders(job.item("Fee"), Reminders(every=2))
    (event,) = world.engine.history(job).of(RemindersSet)

    assert event.sentence().endswith("every 2 days, 1 time; next 2026-01-07 09:00 UTC")
    assert "next 2026-01-07 10:00 CET" in str(world.engine.history(job))
