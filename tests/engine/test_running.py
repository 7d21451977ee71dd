"""Running jobs: starting, moving, links, statuses, and how they are read."""

from datetime import date
from typing import Any

import pytest

from pipeflow import (
    Account,
    After,
    ClientView,
    ConflictError,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoicePaid,
    ItemKind,
    ItemState,
    JobTemplate,
    Member,
    NotAllowedError,
    NotFoundError,
    OrganizerSubmitted,
    Pipeline,
    Priority,
    Ref,
    Role,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    StatusChanged,
    TaskCompleted,
)
from tests.firms import (
    ADA,
    BOB,
    BUSINESS,
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    usd,
)


def test_a_job_starts_with_what_its_template_says() -> None:
    """The pipeline's own template unless another is named; arguments come before both."""
    standard = JobTemplate(
        "Standard",
        job_name="1040 for [ACCOUNT_NAME], due [JOB_DUE_DATE]",
        description="[CURRENT_YEAR]",
        assignees=[Role("preparer")],
        priority="high",
        start=After(days=1),
        due=After(days=10),
        comments="Careful",
        client_view=ClientView("Your return"),
    )
    other = JobTemplate("Other")
    mia = Member("Mia")
    world = opened(DONE, more=[standard, other, mia, Pipeline("P", [DONE], job_template=standard)])
    account = world.engine.save(Account("Ada", roles={"preparer": "mia"}))

    own = world.engine.start("p", account)
    named = world.engine.start(
        "p", account, template="other", assignees="mia", priority=Priority.LOW, due=date(2026, 3, 1)
    )

    assert own.name == "1040 for Ada, due January 15, 2026"
    assert (own.description, own.comments, own.priority) == ("2026", "Careful", Priority.HIGH)
    assert (own.start, own.due) == (date(2026, 1, 6), date(2026, 1, 15))
    assert own.assignees == named.assignees == {"mia"}
    assert own.client_view == ClientView("Your return")
    assert (named.name, named.priority, named.due) == ("Other", Priority.LOW, date(2026, 3, 1))


def test_a_job_is_called_like_its_pipeline_unless_said() -> None:
    """And is found by everything that jobs are asked for by."""
    world, job = begun(Stage("Intake"), DONE, more=[Member("Mia")])
    other = world.engine.start(
        "tax", world.account("Bob"), stage="done", name="Other", assignees=["mia"]
    )

    jobs = world.engine.jobs
    assert (job.name, job.visit, job.status) == ("Tax", 1, "Active")
    assert jobs() == [job, other]
    assert jobs(pipeline="tax") == jobs()
    assert jobs(account=job.account) == jobs(stage="intake") == [job]
    assert jobs(pipeline="tax", stage="Done") == jobs(assignee="mia") == [other]
    assert jobs(status="Archived") == jobs(account=world.account("Eve")) == []


def test_an_edited_pipeline_is_refused_rather_than_started_in_its_old_form() -> None:
    """Save it first."""
    world, job = begun(Stage("Intake"), DONE)
    edited = world.engine.pipeline("tax").add_stage(Stage("New"))

    with pytest.raises(DefinitionError, match="differs from the one that is saved"):
        world.engine.start(edited, job.account)
    with pytest.raises(DefinitionError, match="differs from the one that is saved"):
        world.engine.transfer(job, edited)
    world.engine.save(edited)

    assert world.engine.start(edited, job.account, stage="New").stage == "new"


def test_jobs_for_several_accounts_are_checked_before_the_first_one_starts() -> None:
    """One job for each, or none at all (A-44)."""
    world = opened(Stage("Intake", [SendEmail(WELCOME)]), DONE)
    ada, bob = world.account("Ada"), world.account("Bob")
    before = dump(world)

    mistakes: list[dict[str, Any]] = [
        {"accounts": [ada, "nobody"]},
        {"accounts": [ada], "stage": "Nope"},
        {"accounts": [ada, bob], "assignees": ["nobody"]},
        {"accounts": [ada, bob], "name": "[NOPE]"},
    ]
    for wrong in mistakes:
        with pytest.raises((NotFoundError, DefinitionError)):
            world.engine.start_many("tax", **wrong)
    unchanged = dump(world)
    jobs, again = (
        world.engine.start_many(
            "tax", [ada, bob], name="1040 for [ACCOUNT_NAME]", command_id="season"
        )
        for _ in range(2)
    )

    assert unchanged == before
    assert [job.name for job in jobs] == ["1040 for Ada", "1040 for Bob"]
    assert again == jobs
    assert len(world.email.sent) == 2


def test_a_batch_whose_command_ids_would_be_too_long_starts_nothing() -> None:
    """There must be room for the number of each."""
    world = opened(Stage("Intake"), DONE)
    accounts = [world.account(f"Client {n}") for n in range(11)]
    before = dump(world)

    with pytest.raises(Exception, match=r"\$\.command_id: must be a text of 1 to 240"):
        world.engine.start_many("tax", accounts, command_id="x" * 241)

    assert dump(world) == before


def test_a_move_takes_ids_names_and_values() -> None:
    """Stages by id or name, automations by id or by themselves."""
    world, job = begun(
        Stage("Intake"), Stage("Two words", [SendEmail(WELCOME), CreateTask(PREPARE)]), DONE
    )
    stage = world.engine.pipeline("tax").stage("Two words")

    skipped = world.engine.move(job.id, stage, skip=stage.automations, actor="mia")
    back = world.engine.move(job, "intake")
    one = world.engine.move(job, "Two words", skip="create-task-prepare")

    assert (skipped.visit, back.visit, one.visit) == (2, 3, 4)
    assert world.tasks.created == []
    assert len(world.email.sent) == 1
    assert "[mia]" in str(world.engine.history(job))


def test_a_move_is_refused_whole() -> None:
    """An unknown stage, an automation that the stage does not have, an archived job."""
    world, job = begun(Stage("Intake"), Stage("Work", [CreateTask(PREPARE)]), DONE)
    before = dump(world)

    with pytest.raises(NotFoundError, match="Did you mean 'Work'"):
        world.engine.move(job, "Wrok")
    with pytest.raises(NotFoundError, match="no automation 'create-task'"):
        world.engine.move(job, "Work", skip=["create-task"])
    unchanged = dump(world)
    world.engine.archive(job)
    with pytest.raises(NotAllowedError, match="is archived and cannot be moved; restore it first"):
        world.engine.move(job, "Work")
    with pytest.raises(NotAllowedError, match="is archived and cannot be transferred"):
        world.engine.transfer(job, "tax", "Work")

    assert unchanged == before
    assert world.engine.restore(job).stage == "intake"


def test_links_are_of_every_kind_and_found_by_reference() -> None:
    """A text alone is an id under the port of the kind; documents have a name of their own."""
    world, job = begun(Stage("Intake", automove=True), DONE, contacts=[ADA, BOB])
    engine = world.engine

    for kind in ItemKind:
        tasks = ["Do"] if kind is ItemKind.MESSAGE else []
        engine.link(job, f"x-{kind}", kind, client_tasks=tasks)
    items = now(world, job).items

    assert [item.kind for item in items] == list(ItemKind)
    assert {str(item.ref).split(":")[0] for item in items} == {
        "tasks", "invoices", "organizers", "proposals", "messages", "requests", "documents",
    }  # fmt: skip
    assert engine.item(Ref("tasks", "x-task")) == items[0]
    assert engine.item(items[1].id) == engine.item(items[1]) == items[1]
    for item in items:
        if item.state is ItemState.PENDING:
            engine.complete(item)
    assert now(world, job).stage == "done"


def test_the_same_link_twice_changes_nothing() -> None:
    """A webhook that comes again makes no second item."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    once = world.engine.link(job, Ref("tasks", "t-1"), name="Task")

    again = world.engine.link(job, Ref("tasks", "t-1"), name="Task")

    assert again == once
    assert len(world.engine.history(job).of(StatusChanged)) == 0


def test_unlinking_deletes_nothing_and_waits_no_longer() -> None:
    """The item is resolved, and the thing may be linked elsewhere."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    linked = world.engine.link(job, "t-1")

    after = world.engine.unlink(job, linked.items[0])
    again = world.engine.unlink(job, linked.items[0].id)

    assert after.items[0].state is ItemState.RESOLVED
    assert after.items[0].ref == Ref("tasks", "t-1")
    assert again == after
    assert world.engine.item(Ref("tasks", "t-1")) == after.items[0]  # for late webhooks
    with pytest.raises(NotFoundError, match="no item 'job-1/7'"):
        world.engine.unlink(job, "job-1/7")


@pytest.mark.parametrize("call", ["record", "receive", "complete"])
def test_a_thing_linked_to_several_jobs_reaches_all(call: str) -> None:
    """By the item of either job, or by the host's reference."""
    world, first = begun(Stage("Bill", [CreateInvoice(FEE)], automove=True), DONE)
    second = world.engine.start("tax", world.account("Bob"), stage="done")
    third = world.engine.start("tax", first.account, stage="done")
    fee = now(world, first).item("Fee")
    assert fee.ref is not None
    for job in (second, third):
        world.engine.link(job, fee.ref, "invoice", name="Fee")

    if call == "record":
        answered = world.engine.record(now(world, third).item("Fee"), InvoicePaid())
        assert answered.id == third.id
    elif call == "receive":
        assert len(world.engine.receive(fee.ref, InvoicePaid())) == 3
    else:
        world.engine.complete(fee)

    assert [now(world, job).item("Fee").state for job in (first, second, third)] == [
        ItemState.COMPLETED
    ] * 3
    assert now(world, first).stage == "done"


def test_recording_on_a_thing_linked_twice_to_one_job_returns_the_job_as_it_stands() -> None:
    """Both items are done, in the one that comes back as in the store."""
    world, job = begun(Stage("Bill", [CreateInvoice(FEE)]), DONE)
    fee = now(world, job).item("Fee")
    assert fee.ref is not None
    world.engine.link(job, fee.ref, "invoice", name="Again")

    after = world.engine.record(fee, InvoicePaid())

    assert [item.state for item in after.items] == [ItemState.COMPLETED] * 2
    assert after == now(world, job)


def test_a_payment_in_parts_completes_an_invoice_in_every_job() -> None:
    """What the engine knows of a thing, its total and its payments, is known of the link too."""
    world, first = begun(Stage("Bill", [CreateInvoice(FEE)]), DONE)
    world.client.pays(first, "Fee", usd("30"))
    fee = now(world, first).item("Fee")
    assert fee.ref is not None
    second = world.engine.start("tax", first.account, stage="done")
    world.engine.link(second, fee.ref, "invoice", name="Fee")

    world.client.pays(second, "Fee", usd("70"))

    assert now(world, first).item("Fee").state is ItemState.COMPLETED
    assert now(world, second).item("Fee").state is ItemState.COMPLETED


def test_answers_reach_an_organizer_that_is_linked_to_several_jobs() -> None:
    """The link knows the questions that were asked."""
    world, first = begun(Stage("Ask", [CreateOrganizer(ORGANIZER)]), DONE)
    sheet = now(world, first).item("Organizer")
    assert sheet.ref is not None
    second = world.engine.start("tax", first.account, stage="done")
    world.engine.link(second, sheet.ref, "organizer", name="Organizer")

    world.engine.receive(sheet.ref, OrganizerSubmitted({BUSINESS: "Yes"}))

    assert now(world, first).item("Organizer").state is ItemState.COMPLETED
    assert now(world, second).item("Organizer").state is ItemState.COMPLETED


def test_a_known_thing_that_is_done_counts_when_it_is_linked() -> None:
    """The engine knows that it is done, so nobody has to say so (A-9)."""
    world, first = begun(Stage("Bill", [CreateInvoice(FEE)]), Stage("Wait", automove=True), DONE)
    world.client.pays(first, "Fee")
    fee = now(world, first).item("Fee")
    assert fee.ref is not None
    second = world.engine.start("tax", first.account, stage="Wait")

    moved = world.engine.link(second, fee.ref, "invoice", name="Fee")

    assert moved.stage == "done"


def test_a_signed_proposal_in_two_jobs_brings_one_invoice() -> None:
    """Firms fear nothing more than a second one."""
    world, first = begun(Stage("Sign", [SendProposal(PAID_LETTER)]), DONE, contacts=[ADA])
    letter = now(world, first).item("Paid letter")
    assert letter.ref is not None
    second = world.engine.start("tax", first.account, stage="done")
    world.engine.link(second, letter.ref, "proposal", name="Paid letter")

    world.client.signs(second, "Paid letter")

    assert now(world, first).item("Paid letter").state is ItemState.COMPLETED
    assert len(world.invoices.created) == 1


def test_client_tasks_and_signatures_reach_what_is_linked() -> None:
    """Ticks and signatories too are those of the thing, not of the job."""
    world, first = begun(
        Stage("Ask", [SendMessage(CHECKLIST), SendProposal(LETTER)]), DONE, contacts=[ADA, BOB]
    )
    second = world.engine.start("tax", world.account("Eve"), stage="done")
    for item in now(world, first).items:
        assert item.ref is not None
        world.engine.link(second, item.ref, item.kind, name=item.name)

    world.client.checks(first, "Checklist", "Scan")
    world.client.checks(second, "Checklist", "Upload")
    world.client.signs(second, "Letter", "ada@example.com")
    world.client.signs(first, "Letter", "bob@example.com")

    for job in (first, second):
        assert {item.state for item in now(world, job).items} == {ItemState.COMPLETED}


def test_the_status_that_is_set_is_the_one_that_was_said() -> None:
    """Signs are names too: they have one slug, and are known by themselves."""
    signs = Pipeline("Signs", [Stage("Work")], statuses=["!!!", "🙂"])
    world = opened(Stage("Work"), more=[signs])
    job = world.engine.start("signs", world.account())

    assert world.engine.set_status(job, "🙂", command_id="c").status == "🙂"
    with pytest.raises(ConflictError, match="used before"):
        world.engine.set_status(job, "!!!", command_id="c")
    with pytest.raises(NotFoundError, match=r"no status '\?\?\?'"):
        world.engine.set_status(job, "???")


def test_statuses_are_found_by_any_spelling() -> None:
    """Built-in ones and the pipeline's own; the same one again changes nothing."""
    world, job = begun(Stage("Intake"), DONE)

    held = world.engine.set_status(job, "on-hold")
    same = world.engine.set_status(job, "On hold")
    done = world.engine.set_status(job, "completed")
    world.engine.archive(job)
    restored = world.engine.restore(job)

    assert (held.status, same, done.status, restored.status) == (
        "On hold",
        held,
        "Completed",
        "Active",
    )
    assert len(events(world, job, StatusChanged)) == 4
    with pytest.raises(
        NotFoundError, match=r"no status 'Paused'.*Active, Completed, Archived, On hold"
    ):
        world.engine.set_status(job, "Paused")


def test_an_item_is_the_newest_of_its_name() -> None:
    """By name, template id or its own id; an unknown one lists those that there are."""
    _, job = begun(Stage("Intake", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE)

    assert job.item("Prepare").id == job.item("prepare").id == "job-1/2"
    assert job.item("job-1/1").id == "job-1/1"
    with pytest.raises(NotFoundError, match=r"no item 'Prepair'\. Did you mean 'Prepare'"):
        job.item("Prepair")


def test_open_items_are_those_of_this_visit_whether_or_not_the_stage_automoves() -> None:
    """A job value is a snapshot; an old one is still a handle."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), Stage("Work"), DONE)

    moved = world.engine.move(job, "Work")

    assert [item.name for item in job.open_items] == ["Prepare"]
    assert moved.open_items == ()
    assert world.engine.record(job.item("Prepare"), TaskCompleted()).stage == "work"
