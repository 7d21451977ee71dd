"""A trail tells one command and all that followed from it, as a tree, in the firm's names."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time

import pytest
from attrs import evolve

from pipeflow import (
    AutomationRan,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Event,
    InvoicePaid,
    InvoiceTemplate,
    Job,
    JobMoved,
    JobStarted,
    LineItem,
    Member,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    ProposalTemplate,
    Ref,
    Reminders,
    ReminderSent,
    RequestDelivered,
    RequestFailed,
    RequestWithdrawn,
    SendEmail,
    SendingWindow,
    SendProposal,
    Settings,
    Stage,
    StartJob,
    TaskTemplate,
    UpdateAccountTags,
    WhenDone,
    tagged,
)
from pipeflow.insight import Trail
from pipeflow.ports import Authorizer
from pipeflow.testing import World
from tests.firms import FEE, WELCOME, usd
from tests.reference.walking import Walk, script

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PREPARE, REVIEW = TaskTemplate("Prepare"), TaskTemplate("Review")
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
BOOKS = Pipeline("Books", [Stage("Set up", [CreateTask(REVIEW)], automove=True), Stage("Run")])
LINE = Pipeline(
    "Tax",
    [
        Stage(
            "Prepare",
            [
                UpdateAccountTags(add={"begun"}),
                CreateTask(PREPARE),
                SendEmail(WELCOME, when=tagged("late")),
            ],
            automove=True,
            triggers=[WhenDone("create-task-prepare", [CreateTask(REVIEW)])],
        ),
        Stage("Extension", when=tagged("late")),
        Stage(
            "Billing",
            [
                CreateInvoice(FEE, reminders=Reminders(every=3, times=3)),
                SendEmail(WELCOME),
                StartJob(BOOKS),
            ],
            automove=True,
        ),
        Stage("Done"),
    ],
)
DEFINED = (Member("Mia Berg", id="mia"), BOOKS, LINE, PREPARE, REVIEW, FEE, WELCOME, LETTER)


def firm(*more: Settings, authorizer: Authorizer | None = None) -> World:
    """Make a firm with two pipelines, of which one starts jobs of the other."""
    world = World(START, authorizer=authorizer)
    world.engine.save(*DEFINED, *more)
    return world


def billed(world: World) -> Job:
    """Take a job to the bill, by two commands of Mia's after its start."""
    job = world.engine.start(LINE, world.account("Ada Lovelace"), name="Ada's 1040", actor="mia")
    job = world.engine.complete(job.item("Prepare"), actor="mia")
    return world.engine.complete(job.item("Review"), actor="mia")


def lines(trail: Trail) -> list[str]:
    """Return what is printed below the heading."""
    return str(trail).splitlines()[2:]


def test_one_command_and_all_that_followed_stand_as_a_tree() -> None:
    """Moves, the next stage's automations, their requests, and the job that they started."""
    world = firm()

    trail = world.engine.trace(billed(world))

    place = "in stage 'Set up' of pipeline 'Books'"
    assert str(trail).splitlines()[0] == 'Trail of "Ada\'s 1040", command 3'
    assert lines(trail) == [
        "2026-01-05 09:00 UTC, by Mia Berg: completed 'Review' (task completed)",
        "- skipped stage 'Extension': account lacks the tag 'late'",
        "- moved from 'Prepare' to 'Billing' (automove)",
        "  - ran create invoice 'Fee', making 'Fee'",
        "    - invoices took 'Fee' as invoice-1, for ada@example.com",
        "  - ran send email 'Welcome'",
        "    - email took 'Welcome' as email-1, for ada@example.com",
        "  - ran start job 'Books'",
        f"    - started the follow-up job 'Books' {place} (start job 'Books')",
        f"      - Books: started 'Books' {place}, as \"Ada's 1040\" asked for it",
        "        - ran create task 'Review', making 'Review'",
        "          - tasks took 'Review' as task-3",
        "        - waits in 'Set up' for 'Review'",
        "- waits in 'Billing' for 'Fee'",
    ]
    assert repr(trail).startswith(
        '<Trail of "Ada\'s 1040": "completed \'Review\' (task completed)"'
    )
    assert repr(trail).endswith(", 13 consequences>")


def test_what_an_automation_changed_and_why_another_was_skipped_stand_below_them() -> None:
    """And what a trigger fired stands below the trigger."""
    world = firm()
    job = billed(world)

    first, second = world.engine.trace(job, 1), world.engine.trace(job, 2)

    assert lines(first)[1:4] == [
        "- ran update account tags",
        "  - tags +begun (update account tags)",
        "- ran create task 'Prepare', making 'Prepare'",
    ]
    assert "- skipped send email 'Welcome': account lacks the tag 'late'" in lines(first)
    assert lines(second) == [
        "2026-01-05 09:00 UTC, by Mia Berg: completed 'Prepare' (task completed)",
        "- trigger 'when-done-create-task-prepare' (when 'Prepare' is done) fired",
        "  - ran create task 'Review', making 'Review'",
        "    - tasks took 'Review' as task-2",
        "- waits in 'Prepare' for 'Review'",
    ]


def test_a_command_is_meant_by_number_or_by_an_event() -> None:
    """An event of it, or one that followed from it; numbers count from either end."""
    world = firm()
    job = billed(world)
    history = world.engine.history(job)
    world.advance(minutes=1)

    assert world.engine.trace(job) == world.engine.trace(job, 3) == world.engine.trace(job, -1)
    assert world.engine.trace(job, -3).number == world.engine.trace(job, history[0]).number == 1
    assert world.engine.trace(job, history.of(JobMoved)[0]).number == 3
    assert [world.engine.trace(job, one).number for one in history.of(RequestDelivered)] == [
        1, 2, 3, 3,
    ]  # fmt: skip


@pytest.mark.parametrize("command", [0, 4, -4])
def test_a_number_that_no_command_has_is_refused(command: int) -> None:
    """With those that there are."""
    world = firm()
    job = billed(world)

    with pytest.raises(NotFoundError, match=r"\$\.command: must be 1 to 3, or -1 for the last one"):
        world.engine.trace(job, command)


def test_what_is_no_command_is_refused() -> None:
    """An event of another job, and what is neither a number nor an event."""
    world = firm()
    job = billed(world)
    event = world.engine.history("job-1.1")[0]

    with pytest.raises(NotFoundError, match='is no event of job "Ada\'s 1040"'):
        world.engine.trace(job, event)
    for strange in ("last", True, 1.0):
        with pytest.raises(DefinitionError, match="must be a number or an event"):
            world.engine.trace(job, strange)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="there is no job 'job-9'"):
        world.engine.trace("job-9")


def test_a_failure_and_its_retry_are_told_with_their_times() -> None:
    """However late it left, it followed from the command."""
    world = firm()
    world.email.fail_next(RuntimeError("down"))
    job = billed(world)
    world.advance(hours=1)

    trail = world.engine.trace(job)

    at = lines(trail).index("  - ran send email 'Welcome'")
    failed, took = lines(trail)[at + 1 : at + 3]
    assert failed.startswith(
        "    - email failed on 'Welcome' (attempt 1): RuntimeError: down; next"
    )
    assert took == "    - 2026-01-05 09:00 UTC email took 'Welcome' as email-1, for ada@example.com"


def test_what_has_not_left_is_told_too() -> None:
    """With when the sending window opens, if it waits for that."""
    window = SendingWindow(days="mon-fri", opens=time(10), closes=time(18))
    world = firm(Settings(window=window))

    trail = world.engine.trace(billed(world))

    at = lines(trail).index("  - ran send email 'Welcome'")
    told = "has not left yet: it waits for the window, which opens 2026-01-05 10:00 UTC"
    assert lines(trail)[at + 1] == f"    - {told}"
    (waits,) = (one for one in trail.command if one.event is None)
    assert (waits.what, waits.job) == (told, "job-1")


def test_what_failed_and_is_tried_again_is_told_as_that_alone() -> None:
    """That it has not left goes without saying."""
    world = firm()
    world.email.fail_next(RuntimeError("down"))

    trail = world.engine.trace(billed(world))

    at = lines(trail).index("  - ran send email 'Welcome'")
    failed, after = lines(trail)[at + 1 : at + 3]
    assert failed.startswith("    - email failed on 'Welcome' (attempt 1)")
    assert after == "  - ran start job 'Books'"


def test_what_nobody_has_taken_up_yet_is_told() -> None:
    """Where the host delivers itself."""
    world = World(START, deliver=False)
    world.engine.save(*DEFINED)
    job = world.engine.start(LINE, world.account("Ada"))

    assert "  - has not left yet" in lines(world.engine.trace(job))


def test_a_thing_that_jobs_share_leads_from_one_to_the_other() -> None:
    """The fact reached all of them in one commit."""
    world = firm()
    line = Pipeline("Plain", [Stage("Begin", automove=True), Stage("End", [CreateTask(REVIEW)])])
    world.engine.save(line)
    account = world.account("Ada")
    jobs = [world.engine.start(line, account, name=name) for name in ("One", "Two")]
    ref = Ref("invoices", "R-1")
    for job in jobs:
        world.engine.link(job, ref, "invoice", "Both")
    world.engine.receive(ref, InvoicePaid(), actor="mia")

    trail = world.engine.trace(jobs[0])

    assert lines(trail) == [
        "2026-01-05 09:00 UTC, by Mia Berg: completed 'Both' (invoice paid)",
        "- moved from 'Begin' to 'End' (automove)",
        "  - ran create task 'Review', making 'Review'",
        "    - tasks took 'Review' as task-1",
        "- waits in 'End': it is the last stage",
        "- Two: completed 'Both' (invoice paid)",
        "  - moved from 'Begin' to 'End' (automove)",
        "    - ran create task 'Review', making 'Review'",
        "      - tasks took 'Review' as task-2",
        "  - waits in 'End': it is the last stage",
    ]


def test_whoever_may_not_see_a_job_reads_nothing_of_it() -> None:
    """It is left out of the trail, and its own is refused."""

    class Strict(Authorizer):
        def can(self, actor: str, action: str, about: str) -> bool:
            return actor != "tom" or about not in {"job-1.1", "mia"}

    world = firm(authorizer=Strict())
    job = billed(world)

    trail = world.engine.trace(job, actor="tom")

    assert {one.job for one in trail.command} == {"job-1"}
    assert lines(trail)[0].startswith("2026-01-05 09:00 UTC, by mia: ")
    assert {one.job for one in world.engine.trace(job, actor="eve").command} == {"job-1", "job-1.1"}
    with pytest.raises(NotAllowedError):
        world.engine.trace("job-1.1", actor="tom")


def test_a_reminder_by_hand_followed_from_the_asking() -> None:
    """One that its time alone brought about followed from no command."""
    world = firm()
    job = billed(world)
    world.advance(days=3)
    world.engine.remind(job.item("Fee"), actor="mia")
    world.engine.remind(job.item("Fee"), actor="mia")

    first, second = world.engine.trace(job, -2), world.engine.trace(job)

    assert lines(first)[0].endswith("by Mia Berg: asked for a reminder of 'Fee'")
    assert (len(lines(first)), len(lines(second))) == (3, 3)
    assert "sent a reminder by hand of 'Fee' to ada@example.com" in lines(first)[2]
    for told in world.engine.history(job).of(ReminderSent):
        assert (told.number == 0) == any(
            one.event == told for trail in (first, second) for one in trail.command
        )


def test_what_the_host_of_a_task_answered_to_a_hand_over_followed_from_it() -> None:
    """Of each task that was handed over, until it is changed again."""
    world = firm()
    engine = world.engine
    engine.save(Member("Tom"), evolve(PREPARE, assignees=["mia"]), replace=True)
    job = engine.start(LINE, world.account())
    world.tasks.fail_next(ConnectionError("down"))
    engine.hand_over("mia", "tom")
    engine.reassign(job.item("Prepare"), ["mia"])

    handed, again = engine.trace(job, -2), engine.trace(job, -1)

    assert handed.command.what == "'Mia Berg' handed over to 'Tom': items 'Prepare'"
    assert [type(one.event) for one in handed.command.then] == [RequestFailed]
    assert [type(one.event) for one in again.command.then] == [RequestDelivered, RequestWithdrawn]


def test_what_an_event_followed_from_is_none_where_no_command_is_known() -> None:
    """A reminder stands for itself."""
    world = firm()
    job = billed(world)
    world.advance(days=3)
    (reminder,) = world.engine.history(job).of(ReminderSent)

    trail = world.engine.trace(job, reminder)

    assert trail.number == 3
    assert [type(one.event) for one in trail.command] == [RequestDelivered, ReminderSent]


def test_the_invoice_of_an_acceptance_followed_from_the_signature() -> None:
    """It has no automation of its own."""
    world = firm()
    line = Pipeline("Letters", [Stage("Sign", [SendProposal(LETTER)], automove=True), Stage("End")])
    world.engine.save(line)
    job = world.client.signs(world.engine.start(line, world.account("Ada")), "Letter")

    told = [type(one.event) for one in world.engine.trace(job).command]

    assert RequestDelivered in told
    assert told.count(AutomationRan) == 0
    assert told[0] is not JobStarted


def test_a_bill_that_is_paid_at_birth_moves_the_job_as_its_port_answered() -> None:
    """What follows from the answer stands below it."""
    world = firm()
    advance = InvoiceTemplate("Advance", [LineItem("Tax", usd("10"))], on_account=True)
    line = Pipeline("Paid", [Stage("Bill", [CreateInvoice(advance)], automove=True), Stage("End")])
    world.engine.save(line, advance)
    account = world.account("Ada")
    world.invoices.credit.add(account.id)
    job = world.engine.start(line, account)

    trail = world.engine.trace(job)

    told = lines(trail)
    at = told.index("  - invoices took 'Advance' as invoice-1, for ada@example.com")
    assert told[at + 1 : at + 3] == [
        "    - completed 'Advance' (at birth)",
        "    - moved from 'Bill' to 'End' (automove)",
    ]
    assert trail.number == 1


def test_an_undo_takes_back_what_has_not_left_and_tells_it() -> None:
    """The cancellations that it asked for are part of its trail."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada"))
    world.engine.move(job, "Billing", actor="mia")
    world.engine.undo(job, actor="mia")

    trail = world.engine.trace(job)

    assert "undid the move from 'Prepare' to 'Billing'" in lines(trail)[0]
    assert any("took a cancellation" in line for line in lines(trail))


def test_a_trail_is_drawn_as_a_flow_chart() -> None:
    """A box for each thing that happened, and an arrow from what it followed from."""
    world = firm()

    trail = world.engine.trace(billed(world), 2)

    chart = f"{trail:mermaid}".splitlines()
    assert chart[0] == "flowchart LR"
    assert [line.strip() for line in chart if "-->" in line] == [
        "s0 --> s1", "s1 --> s2", "s2 --> s3", "s0 --> s4",
    ]  # fmt: skip
    assert trail._repr_html_().startswith("<div>")


@pytest.mark.parametrize("seed", range(6))
def test_everything_that_happened_to_a_job_stands_in_one_trail(seed: int) -> None:
    """Whatever clerks, clients and ports do, but for reminders that leave by themselves."""
    walk = Walk(seed)
    for step in script(seed, 40):
        walk.take(step)

    for job in walk.engine.jobs():
        history = walk.engine.history(job)
        last = walk.engine.trace(job).number
        trails = [walk.engine.trace(job, number) for number in range(1, last + 1)]
        told = Counter(
            repr(one.event)
            for trail in trails
            for one in trail.command
            if one.job == job.id and one.event is not None
        )
        assert told - Counter(map(repr, history)) == Counter()
        assert Counter(repr(event) for event in history if not by_itself(event)) - told == Counter()
        assert [str(trail).count("\n") > 0 for trail in trails] == [True] * last


def by_itself(event: Event) -> bool:
    """Tell whether it is a reminder that its time alone brought about."""
    return isinstance(event, ReminderSent) or "/reminder/" in getattr(event, "key", "")
