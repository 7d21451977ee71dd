"""An explanation is a view: where a job is, what is open, what did not leave, what decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    Explanation,
    Member,
    Pipeline,
    Reminders,
    SendEmail,
    SendProposal,
    Side,
    Stage,
    Status,
    TaskTemplate,
    field_is,
    tagged,
)
from pipeflow.ports import Authorizer, Changes, Rejected, RowKey
from pipeflow.show import Table
from pipeflow.testing import World
from tests.firms import FEE, LETTER, WELCOME

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PREPARE = TaskTemplate("Prepare", assignees=["mia"])
LINE = Pipeline(
    "Tax",
    [
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        Stage("Extension", when=tagged("late")),
        Stage("California", when=field_is("state", "CA")),
        Stage(
            "Billing",
            [
                CreateInvoice(FEE, reminders=Reminders(every=3, times=3)),
                SendEmail(WELCOME, when=tagged("vip")),
            ],
            automove=True,
        ),
        Stage("Done"),
    ],
    statuses=[Status("Waiting", quiet=True)],
)


def firm() -> World:
    """Make a firm with two members."""
    world = World(START)
    members = Member("Mia Berg", id="mia"), Member("Tom Kay", id="tom")
    world.engine.save(*members, LINE, PREPARE, FEE, LETTER, WELCOME)
    return world


def tables(explained: Explanation) -> dict[str, Table]:
    """Return the tables that are shown, by their captions."""
    return {one.caption: one for one in explained.document().blocks if isinstance(one, Table)}


def place(explained: Explanation) -> dict[str, str]:
    """Return what is told of where a job is."""
    return {str(what): str(told) for what, told in tables(explained)["Where it is"].rows}


def test_it_tells_where_a_job_is_and_since_when() -> None:
    """By the names of the account, the pipeline, the stage and the members."""
    world = firm()
    account = world.account("Ada Lovelace")
    job = world.engine.start(LINE, account, assignees=["tom", "mia"], due=date(2026, 1, 7))
    world.advance(days=3, hours=4)

    explained = world.engine.explain(job)

    where = explained.where
    assert (where.account, where.pipeline, where.stage) == ("Ada Lovelace", "Tax", "Intake")
    assert (where.status, where.visit, where.goes_to) == ("Active", 1, "Billing")
    assert (where.since, where.now) == (START, START + timedelta(days=3, hours=4))
    assert where.assignees == ("Mia Berg", "Tom Kay")
    assert (where.due, where.overdue) == (date(2026, 1, 7), ("overdue: it was due 2026-01-07",))
    assert tables(explained)["Where it is"] == Table(
        ("Job", "Tax"),
        (
            ("Account", "Ada Lovelace"),
            ("Pipeline", "Tax"),
            ("Stage", "Intake, visit 1"),
            ("Since", "2026-01-05 09:00 UTC, 3 days 4 hours ago"),
            ("Status", "Active"),
            ("Assignees", "Mia Berg, Tom Kay"),
            ("Due", "2026-01-07"),
            ("Overdue", "it was due 2026-01-07"),
            ("Goes on to", "Billing, by itself"),
        ),
        caption="Where it is",
    )


def test_a_pause_and_a_quiet_status_are_told() -> None:
    """With the reason of the pause, if one was given."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada"))
    world.engine.pause(job, "waits for the court")
    paused = place(world.engine.explain(job))
    world.engine.pause(job, "")
    bare = place(world.engine.explain(job))
    world.engine.resume(job)
    world.engine.set_status(job, "Waiting")

    silent = place(world.engine.explain(job))

    assert (paused["Paused"], bare["Paused"]) == ("waits for the court", "yes")
    assert (silent["Status"], silent["Reminders"]) == ("Waiting", "none while it is Waiting")


def test_it_tells_whose_turn_it_is_and_how_often_they_were_reminded() -> None:
    """The client by the account's name, the team by its members', signers by their own."""
    world = firm()
    people = [Contact("Ada", "ada@example.com"), Contact("Bob", "bob@example.com")]
    account = world.engine.save(Account("Ada & Bob", people))
    job = world.engine.start(LINE, account)
    task = world.engine.explain(job).awaited
    job = world.engine.complete(job.item("Prepare"))
    world.advance(days=4)

    (fee,) = world.engine.explain(job).awaited

    assert [(one.side, one.names, one.times, one.next) for one in task] == [
        (Side.TEAM, ("Mia Berg",), None, None)
    ]
    assert (fee.item.name, fee.waited, fee.side, fee.names) == (
        "Fee", True, Side.CLIENT, ("Ada & Bob",),
    )  # fmt: skip
    assert (fee.reminded, fee.times, fee.next) == (1, 3, START + timedelta(days=6))
    assert fee.notes == ("0.00 USD of 100.00 USD paid",)
    (row,) = tables(world.engine.explain(job))["What it waits for"].rows
    assert row == (
        "invoice 'Fee'",
        "client: Ada & Bob",
        "2026-01-05 09:00 UTC, 4 days ago",
        "",
        "1 of 3 sent, next 2026-01-11 09:00 UTC",
        "0.00 USD of 100.00 USD paid",
    )


def test_those_who_have_yet_to_sign_are_named() -> None:
    """All of them, or whoever comes first where they sign in order."""
    world = firm()
    people = [Contact("Ada", "ada@example.com"), Contact("Bob", "bob@example.com")]
    line = Pipeline("Letters", [Stage("Sign", [SendProposal(LETTER)], automove=True), Stage("End")])
    world.engine.save(line)
    job = world.engine.start(line, world.engine.save(Account("Ada & Bob", people)))
    before = world.engine.explain(job).awaited[0].names
    job = world.client.signs(job, "Letter", by="ada@example.com")

    after = world.engine.explain(job).awaited[0].names

    assert (before, after) == (("Ada & Bob", "Ada", "Bob"), ("Ada & Bob", "Bob"))

    world.engine.link(job, "return", "signature", "Return", in_order=True)
    _, ordered = world.engine.explain(job).awaited
    assert (ordered.item.name, ordered.names) == ("Return", ("Ada & Bob", "Ada"))


def test_a_client_who_signs_for_itself_is_named_once() -> None:
    """The account and its contact have one name."""
    world = firm()
    line = Pipeline("Letters", [Stage("Sign", [SendProposal(LETTER)]), Stage("End")])
    world.engine.save(line)

    job = world.engine.start(line, world.account("Ada Lovelace"))

    assert world.engine.explain(job).awaited[0].names == ("Ada Lovelace",)


def test_what_an_earlier_stage_left_open_is_no_thing_that_it_waits_for() -> None:
    """It stands in a table of its own."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada"), stage="Billing")
    job = world.engine.move(job, "Done")

    explained = world.engine.explain(job)

    assert [(one.item.name, one.waited) for one in explained.awaited] == [("Fee", False)]
    assert "What it waits for" not in tables(explained)
    assert tables(explained)["What else is open"].rows[0][0] == "invoice 'Fee'"


def test_what_was_not_delivered_is_told_with_its_error_and_next_try() -> None:
    """And what was given up, with the key by which it is retried."""
    world = firm()
    world.email.fail_next(RuntimeError("mail is\ndown"))
    job = world.engine.start(LINE, world.account("Ada", tags=["vip"]), stage="Billing")

    (lost,) = world.engine.explain(job).undelivered

    assert (lost.what, lost.error) == ("email: 'Welcome'", "RuntimeError: mail is down")
    assert lost.attempts == 1
    assert lost.retry_at is not None
    assert timedelta() < lost.retry_at - START < timedelta(minutes=5)
    (row,) = tables(world.engine.explain(job))["What could not be delivered, or run"].rows
    assert row == (lost.what, "1", lost.error, f"{lost.retry_at:%Y-%m-%d %H:%M:%S} UTC")
    world.email.fail_next(Rejected("no such box"))
    world.engine.retry(lost.key)
    (dead,) = world.engine.explain(job).undelivered
    assert (dead.error.endswith("no such box"), dead.retry_at) == (True, None)
    (row,) = tables(world.engine.explain(job))["What could not be delivered, or run"].rows
    assert row[-1] == f"retry or abandon {lost.key!r}"


def test_a_request_about_an_item_is_told_by_its_name() -> None:
    """The bill itself, and a reminder of it."""
    world = firm()
    world.invoices.fail_next(RuntimeError("down"))
    job = world.engine.start(LINE, world.account("Ada"), stage="Billing")
    itself = world.engine.explain(job).undelivered
    world.advance(minutes=5)
    world.email.fail_next(RuntimeError("down"))
    world.engine.remind(job.item("Fee"))

    about = world.engine.explain(job).undelivered

    assert [one.what for one in itself] == ["invoices: invoice 'Fee'"]
    assert [one.what for one in about] == ["email: about invoice 'Fee'"]


def test_an_automation_that_could_not_run_is_among_them() -> None:
    """By what it does, or by its id where it is gone; its key is what is retried."""
    world = firm()
    rows = world.store.read("default", [RowKey("template", "fee")]).rows
    (version,) = (one.version for one in rows.values())
    key = RowKey("template", "fee")
    world.store.commit(Changes("default", {key: version}, deletes=(key,)))
    job = world.engine.start(LINE, world.account("Ada"), stage="Billing")

    (lost,) = world.engine.explain(job).undelivered

    assert (lost.what, lost.attempts, lost.retry_at) == ("create invoice 'fee'", 0, None)
    assert lost.key == job.blocked[0].key
    assert lost.error == "its template 'fee' is not there"


def test_conditions_tell_what_decided_them() -> None:
    """Of the automations of this stage, and of the stages up to the one where it goes on."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada", tags=["late"]))

    first, none = world.engine.explain(job).verdicts, world.engine.explain
    assert [(one.of, one.holds, one.why) for one in first] == [
        ("stage 'Extension'", True, "account has the tag 'late'")
    ]
    job = world.engine.move(job, "Billing")

    (mail,) = none(job).verdicts

    assert (mail.of, mail.automation, mail.stage) == (
        "send email 'Welcome'", "send-email-welcome", "billing",
    )  # fmt: skip
    assert (mail.condition, mail.holds, mail.fired) == ("tagged 'vip'", False, False)
    assert (mail.why, mail.tags) == ("account lacks the tag 'vip'", frozenset({"vip"}))
    assert tables(none(job))["Conditions"].rows == (
        (
            "send email 'Welcome'",
            "tagged 'vip'",
            "does not hold",
            "account lacks the tag 'vip'",
            "was skipped",
        ),
    )
    world.engine.tag(job.account, {"vip"})
    (now,) = none(job).verdicts
    assert (now.holds, now.fired) == (True, False)


def test_stages_that_would_be_passed_are_told_with_their_fields() -> None:
    """A condition on a field names the field."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada"))

    late, state = world.engine.explain(job).verdicts

    assert (late.holds, state.holds) == (False, False)
    assert (state.of, state.stage, state.fields) == (
        "stage 'California'", "california", frozenset({"state"}),
    )  # fmt: skip


def test_it_prints_its_sentence_and_its_repr_is_a_line() -> None:
    """A terminal reads lines, a notebook tables."""
    world = firm()
    job = world.engine.start(LINE, world.account("Ada"))

    explained = world.engine.explain(job)

    assert repr(explained) == "<Explanation of 'Tax': in 'intake', open items>"
    assert str(explained).splitlines()[:4] == [
        "Tax: stage 'Intake', Active, visit 1",
        "====================================",
        "It waits for task 'Prepare', and then moves on by itself to 'Billing'.",
        "- waits for task 'Prepare' (job-1/1); for mia",
    ]
    assert "<table" in explained._repr_html_()


def test_whoever_may_not_see_a_member_reads_the_id() -> None:
    """As in an overview."""

    class Strict(Authorizer):
        def can(self, actor: str, action: str, about: str) -> bool:
            return about != "mia"

    world = World(START, authorizer=Strict())
    world.engine.save(Member("Mia Berg", id="mia"), LINE, PREPARE, FEE, WELCOME)
    job = world.engine.start(LINE, world.account("Ada"))

    explained = world.engine.explain(job, actor="tom")

    assert explained.awaited[0].names == ("mia",)
