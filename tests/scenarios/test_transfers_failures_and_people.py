"""Through a whole firm: transfers, edits, failures, and people who are not there."""

import pytest

from pipeflow import (
    Account,
    ApplyFolderTemplate,
    AutomationFailed,
    AutomationRan,
    Bundle,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailBounced,
    EmailTemplate,
    Engine,
    FactRecorded,
    FolderTemplate,
    ItemState,
    Job,
    JobTransferred,
    Member,
    NotAllowedError,
    NotFoundError,
    NotifyTeam,
    Pipeline,
    Ref,
    Reminders,
    Repeat,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestRetried,
    Role,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    StatusChanged,
    TaskTemplate,
    UpdateAccountTags,
    UpdateJobAssignees,
    WaitReason,
    Warned,
    account_is,
    field_is,
    tagged,
    tagged_any,
)
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import World
from pipeflow.testing.clock import START
from tests.firms import (
    DONE,
    FEE,
    FOLDERS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    opened,
    pending,
    stored,
)


def test_a_12_a_folder_template_is_handed_over_whole_and_deletes_nothing() -> None:
    """The request lists folders to make; there is no way to say that one is to go."""
    world, job = begun(Stage("Intake", [ApplyFolderTemplate(FOLDERS)]), DONE)

    (tree,) = world.folders.applied

    assert [folder.path for folder in tree.folders] == ["Tax/2026"]
    assert now(world, job).items == ()
    assert FolderTemplate("F", folders=["A", "A/B"]).folders[1].path == "A/B"


def test_a_16_a_transfer_enters_the_target_and_resets_a_custom_status() -> None:
    """The target's automations run, links are kept, old items do not block, the job is Active."""
    other = Pipeline("Books", [Stage("Set up", [CreateTask(PREPARE)], automove=True), DONE])
    world, job = begun(Stage("Intake", [CreateOrganizer(ORGANIZER)]), DONE, more=[other])
    world.engine.set_status(job, "On hold")

    there = world.engine.transfer(job, "books")
    done = world.team.completes(there, "Prepare")

    assert (there.pipeline, there.stage, there.status, there.visit) == (
        "books", "set-up", "Active", 2,
    )  # fmt: skip
    assert [item.name for item in there.items] == ["Organizer", "Prepare"]
    assert done.stage == "done"
    assert pending(done.items) == ["Organizer"]
    assert events(world, job, JobTransferred)[0].source == "tax"


def test_a_16_a_transfer_says_that_it_changed_the_status() -> None:
    """Nothing is silent: the status that a transfer ends has its line in the history."""
    world, job = begun(Stage("Intake"), DONE, more=[Pipeline("Books", [Stage("Set up")])])
    world.engine.set_status(job, "On hold")

    world.engine.transfer(job, "books")

    changed = [(event.source, event.status) for event in events(world, job, StatusChanged)]
    assert changed == [("Active", "On hold"), ("On hold", "Active")]


def test_a_16_the_caller_names_the_target_stage() -> None:
    """The first stage unless said; within the pipeline it is a move."""
    other = Pipeline("Books", [Stage("Set up"), Stage("Monthly")])
    world, job = begun(Stage("Intake"), Stage("Work"), DONE, more=[other])

    moved = world.engine.transfer(job, "tax", "Work")
    there = world.engine.transfer(job, other, "Monthly")

    assert (moved.pipeline, moved.stage) == ("tax", "work")
    assert (there.pipeline, there.stage) == ("books", "monthly")


def test_a_18_a_stage_in_which_jobs_stand_can_not_be_taken_away() -> None:
    """The save is refused, naming the stage and how many jobs stand in it."""
    world, job = begun(Stage("Intake"), Stage("Work"), DONE, stage="Work")
    smaller = world.engine.pipeline("tax").remove_stage("Work")
    before = dump(world)

    with pytest.raises(DefinitionError, match=r"'work' \(1 job\); move these jobs first"):
        world.engine.save(smaller)
    unchanged = dump(world)
    world.engine.move(job, "Done")
    saved = world.engine.save(smaller)

    assert unchanged == before
    assert [stage.id for stage in saved.stages] == ["intake", "done"]


def test_a_18_a_stage_stays_whatever_status_its_jobs_have() -> None:
    """Also a status of the firm's own; only archived jobs do not count."""
    world, job = begun(Stage("Intake"), Stage("Work"), DONE, stage="Work")
    engine = world.engine
    smaller = engine.pipeline("tax").remove_stage("Work")
    engine.set_status(job, "On hold")

    with pytest.raises(DefinitionError, match=r"cannot lose stages in which jobs stand: 'work'"):
        engine.save(smaller)
    engine.archive(job)
    saved = engine.save(smaller)

    assert [stage.id for stage in saved.stages] == ["intake", "done"]


def test_r_32_a_status_that_jobs_have_can_not_be_taken_away() -> None:
    """Both losses of one edit are told at once; nothing is saved."""
    world, job = begun(Stage("Intake"), Stage("Work"), DONE, stage="Work")
    engine = world.engine
    engine.set_status(job, "On hold")
    before = dump(world)

    with pytest.raises(DefinitionError) as refused:
        engine.save(Pipeline("Tax", [Stage("Intake"), DONE]), replace=True)
    unchanged = dump(world)
    engine.set_status(job, "Active")
    saved = engine.save(Pipeline("Tax", [Stage("Intake"), Stage("Work"), DONE]), replace=True)

    assert "stages in which jobs stand: 'work' (1 job); move" in str(refused.value)
    assert "statuses that jobs have: 'On hold' (1 job); give" in str(refused.value)
    assert unchanged == before
    assert saved.statuses == ()


def test_an_open_letter_keeps_its_invoice_on_a_transfer() -> None:
    """Links stay (A-16): what acceptance brings comes with the letter (domain.md 2.3)."""
    other = Pipeline("Books", [Stage("Set up"), DONE])
    world, job = begun(Stage("Intake", [SendProposal(PAID_LETTER)]), DONE, more=[other])
    world.engine.transfer(job, "books")

    signed = world.client.signs(job, "Paid letter")

    assert [item.name for item in signed.items] == ["Paid letter", "Fee"]
    assert len(world.invoices.created) == 1
    assert events(world, job, Warned) == []


def test_an_open_letter_keeps_its_invoice_when_its_automation_is_taken_away() -> None:
    """An edit counts for what jobs enter from then on (A-18); the invoice holds the stage."""
    world, job = begun(Stage("Intake", [SendProposal(PAID_LETTER)], automove=True), DONE)
    bare = Pipeline("Tax", [Stage("Intake", automove=True), DONE], statuses=["On hold"])
    world.engine.save(bare, replace=True)

    signed = world.client.signs(job, "Paid letter")
    paid = world.client.pays(signed, "Fee")

    assert (signed.stage, paid.stage) == ("intake", "done")
    assert len(world.invoices.created) == 1


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda p: p.move_stage("Review", 0), "moving stage 'Review' to place 0: the first stage"),
        (lambda p: p.remove_stage("Done"), "removing stage 'Done': the last stage"),
        (lambda p: p.remove_stage("Intake"), "removing stage 'Intake': the first stage"),
        (lambda p: p.move_stage("Intake", 2), "'Intake'; switch it off, or add a stage after it"),
    ],
)
def test_a_19_an_edit_that_breaks_first_or_last_names_itself(edit: object, said: str) -> None:
    """The error says which edit would do it, and what to change with it."""
    pipeline = Pipeline(
        "Tax", [Stage("Intake", automove=True), Stage("Review", when=tagged("b")), DONE]
    )
    assert callable(edit)

    with pytest.raises(DefinitionError) as caught:
        edit(pipeline)

    assert said in str(caught.value)


def test_a_20_an_installed_copy_never_overwrites() -> None:
    """Both are kept; the copy gets a suffix, and references follow it."""
    world = World()
    mine = EmailTemplate("Welcome", subject="Mine")
    world.engine.save(mine)
    bundle = Bundle(
        name="Tax",
        pipelines=[Pipeline("Tax", [Stage("Intake", [SendEmail("welcome")])])],
        templates=[EmailTemplate("Welcome", subject="Theirs")],
    )

    first = world.engine.install(bundle)
    second = world.engine.install(bundle)

    assert world.engine.template("welcome") == mine
    assert first.ids["welcome"] != "welcome"
    assert first.pipeline.stages[0].automations[0].uses == first.templates[0].id
    assert len({"welcome", first.templates[0].id, second.templates[0].id}) == 3
    assert len(world.engine.pipelines()) == 2


def forgetful(*stages: Stage, **keywords: object) -> tuple[World, Engine, Job]:
    """Start no job, but lose the template "Prepare" as a store that was edited by hand has."""
    world = opened(*stages)
    account = world.engine.save(Account("Lovelace"))
    key = RowKey("template", "prepare")
    found = stored(world, key.kind, key.id)
    world.store.commit(Changes("default", {key: found.version}, deletes=(key,)))
    return world, world.engine, world.engine.start("tax", account)


def bring_back(world: World) -> None:
    """Save the template that was lost."""
    world.engine.save(PREPARE)


def test_a_24_an_automation_without_its_template_fails_and_the_others_go_on() -> None:
    """It is recorded, explained and listed, and the stage does not automove meanwhile."""
    world, engine, job = forgetful(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True), DONE
    )

    paid = world.client.pays(job, "Fee")

    (failed,) = events(world, job, AutomationFailed)
    explained = engine.explain(job)
    assert failed.reason == "its template 'prepare' is not there"
    assert paid.stage == "intake"
    assert explained.reason is WaitReason.BLOCKED
    assert "could not run create task 'prepare'" in str(explained)
    assert [failure.key for failure in engine.failures()] == [failed.key]
    assert engine.failures()[0].given_up


def test_a_24_a_failed_automation_is_retried_when_its_template_is_back() -> None:
    """It fires once, under the same key, in the visit in which it failed; then the job goes on."""
    world, engine, job = forgetful(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    (failure,) = engine.failures()

    still = engine.retry(failure.key)
    assert still is not None
    bring_back(world)
    retried = engine.retry(failure.key)
    assert retried is not None
    done = world.team.completes(job, "Prepare")

    assert len(still.blocked) == 1
    assert retried.blocked == ()
    assert [item.visit for item in retried.items] == [1]
    assert world.tasks.created[0].key == failure.key
    assert engine.failures() == ()
    assert done.stage == "done"
    assert len(events(world, job, RequestRetried)) == 2


def test_a_24_a_retry_fires_nothing_of_another_kind() -> None:
    """The client is not billed where a task could not be made whose id a bill has by now."""
    world, engine, job = forgetful(Stage("Intake", [CreateTask(PREPARE, id="x")]), DONE)
    bring_back(world)
    tax = engine.save(engine.pipeline("tax").remove("Intake", "x"))
    engine.save(tax.add("Intake", CreateInvoice(FEE, id="x")))
    (failure,) = engine.failures()

    with pytest.raises(NotFoundError, match="there is no automation 'x'"):
        engine.retry(failure.key)

    gone = "could not run 'x': its template 'prepare' is not there; the pipeline no longer has it"
    assert gone in str(engine.explain(job))
    assert not world.invoices.created
    engine.abandon(failure.key)
    assert engine.failures() == ()


def test_a_24_an_automation_that_fires_once_can_still_be_retried() -> None:
    """A failed attempt is not the one time that it fires."""
    world, engine, job = forgetful(
        Stage("Intake", [CreateTask(PREPARE, repeat=Repeat.ONCE)], automove=True), DONE
    )
    (failure,) = engine.failures()
    bring_back(world)

    retried = engine.retry(failure.key)
    assert retried is not None

    assert [item.name for item in retried.items] == ["Prepare"]
    engine.move(job, "Done")
    assert len(engine.move(job, "Intake").items) == 1


def test_a_24_a_retry_in_a_later_visit_still_belongs_to_the_one_in_which_it_failed() -> None:
    """Its item is of the earlier visit, under the earlier key, and holds nobody up now."""
    world, engine, job = forgetful(
        Stage("Intake", [CreateTask(PREPARE)]), Stage("Wait", automove=True), DONE
    )
    (failure,) = engine.failures()
    engine.move(job, "Wait")
    bring_back(world)

    retried = engine.retry(failure.key)
    assert retried is not None

    assert (retried.stage, retried.visit) == ("wait", 2)
    assert [(item.visit, item.stage) for item in retried.items] == [(1, "intake")]
    assert world.tasks.created[0].key == failure.key
    assert retried.open_items == ()


def test_a_24_a_failed_automation_is_not_retried_after_a_transfer() -> None:
    """Its pipeline is left behind: its like there is another one, and nothing is billed for it."""
    twin = Pipeline("Books", [Stage("Intake", [CreateInvoice(FEE, id="x")]), DONE])
    world, engine, job = forgetful(Stage("Intake", [CreateTask(PREPARE, id="x")]), DONE)
    engine.save(twin)
    (failure,) = engine.failures()
    engine.transfer(job, "books", "Done")
    bring_back(world)

    with pytest.raises(NotAllowedError, match=r"was transferred since: .* pipeline 'tax'; abandon"):
        engine.retry(failure.key)
    engine.abandon(failure.key)

    assert now(world, job).items == ()
    assert world.invoices.created == []
    assert engine.failures() == ()


def test_a_24_nothing_fires_by_a_retry_on_an_archived_job() -> None:
    """It is restored first, and then the automation fires."""
    world, engine, job = forgetful(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    (failure,) = engine.failures()
    bring_back(world)
    engine.archive(job)

    with pytest.raises(
        NotAllowedError, match="is archived and cannot be worked on by its automations"
    ):
        engine.retry(failure.key)
    engine.restore(job)

    engine.retry(failure.key)

    assert [item.name for item in engine.job(job).items] == ["Prepare"]


def test_a_24_a_failed_automation_can_be_abandoned() -> None:
    """A person decides to do without it; the stage no longer waits for it."""
    world, engine, job = forgetful(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True), DONE
    )
    world.client.pays(job, "Fee")

    moved = engine.abandon(engine.failures()[0].key)
    assert moved is not None

    assert moved.stage == "done"
    assert engine.failures() == ()
    assert len(events(world, job, RequestAbandoned)) == 1


def test_a_24_a_template_of_another_kind_fails_like_a_missing_one() -> None:
    """What stands under the id must be what the automation uses."""
    world = opened(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    key = RowKey("template", "prepare")
    world.store.commit(
        Changes("default", {key: 1}, {key: EmailTemplate("Prepare", subject="Hello")})
    )

    job = world.engine.start("tax", world.account())

    assert events(world, job, AutomationFailed)[0].reason == (
        "its template 'prepare' is an email template"
    )


@pytest.mark.parametrize(
    "account",
    [
        Account("Nobody"),
        Account("Silent", contacts=[Contact("Ada", email="ada@example.com", notify=False)]),
        Account("Unreachable", contacts=[Contact("Ada")]),
        Account("Gone", contacts=[Contact("Ada", email="ada@example.com")], active=False),
    ],
)
def test_a_25_without_recipients_the_item_exists_and_a_warning_says_so(account: Account) -> None:
    """Nobody is e-mailed; the organizer stands in the portal; tasks are not touched by it."""
    world, job = begun(
        Stage("Intake", [SendEmail(WELCOME), CreateOrganizer(ORGANIZER), CreateTask(PREPARE)]),
        DONE,
        account=account,
    )

    warned = [event.text for event in events(world, job, Warned)]

    assert world.email.sent == []
    assert world.organizers.created[0].to == ()
    assert len(warned) == 2
    assert all("no recipients" in text for text in warned)
    assert len(events(world, job, AutomationRan)) == 3


def test_a_26_a_port_that_raises_never_raises_out_of_the_command() -> None:
    """The failure is recorded and the automations behind it run."""
    world = opened(Stage("Intake", [SendEmail(WELCOME), CreateTask(PREPARE)], automove=True), DONE)
    world.email.fail_next(OSError("mail server is down"))

    job = world.engine.start("tax", world.account())

    (failed,) = events(world, job, RequestFailed)
    assert failed.error == "OSError: mail server is down"
    assert [task.name for task in world.tasks.created] == ["Prepare"]
    assert world.team.completes(job, "Prepare").stage == "done"


def test_a_27_a_bounced_email_leaves_its_automation_done() -> None:
    """The bounce is kept in the history and undoes nothing."""
    world, job = begun(Stage("Intake", [SendEmail(WELCOME)]), DONE)

    world.engine.receive(Ref("email", "email-1"), EmailBounced("mailbox full"))

    (noted,) = events(world, job, FactRecorded)
    assert noted.note == "mailbox full"
    assert "email bounced" in str(noted)
    assert len(events(world, job, AutomationRan)) == 1
    assert world.engine.failures() == ()


def test_a_27_a_bounce_says_which_email_came_back_and_for_whom_it_was() -> None:
    """Of several e-mails, reminders among them; `explain` says so to whoever asks why (A-27)."""
    bill = CreateInvoice(FEE, reminders=Reminders(every=3))
    world, job = begun(Stage("Intake", [SendEmail(WELCOME), bill]), DONE)
    world.advance(days=3)
    world.engine.remind(world.engine.job(job).item("Fee"))

    for number in (1, 2, 3):
        world.engine.receive(Ref("email", f"email-{number}"), EmailBounced("mailbox full"))

    assert [one.sentence() for one in events(world, job, FactRecorded)] == [
        "email bounced, 'send-email-welcome' to ada@example.com: mailbox full",
        "email bounced, a reminder of 'Fee' to ada@example.com: mailbox full",
        "email bounced, a reminder by hand of 'Fee' to ada@example.com: mailbox full",
    ]
    told = str(world.engine.explain(job))
    assert "email bounced, 'Welcome' to ada@example.com: mailbox full" in told
    assert "email bounced, a reminder of 'Fee' to ada@example.com: mailbox full" in told


def test_a_27_a_bounce_is_told_by_the_firms_names_also_after_the_stage_of_its_mail_was_left() -> (
    None
):
    """Most bounces come when the job has moved on; a notice went to a member, who has a name."""
    mia = Member("Mia")
    intake = Stage("Intake", [SendEmail(WELCOME), NotifyTeam([mia], subject="A new client")])
    world, job = begun(intake, Stage("Work"), DONE, more=[mia])
    world.engine.move(job, "Work")
    world.advance(days=1)
    mail, note = (Ref(one.port, one.ref or "") for one in events(world, job, RequestDelivered))
    for ref in (mail, note):
        world.engine.receive(ref, EmailBounced("mailbox full"))

    told = str(world.engine.explain(job))
    assert "email bounced, 'Welcome' to ada@example.com: mailbox full" in told
    assert "email bounced, notify team to Mia: mailbox full" in str(world.engine.timeline(job))


def test_a_27_a_bounce_without_addresses_says_which_email_it_was() -> None:
    """A host that tells by another way whom it wrote to has none of them here."""
    fact = EmailBounced("mailbox full")
    event = FactRecorded(START, "job-1", "mia", "", "e-mail", fact, "", "default/job-1/1/welcome/x")
    assert event.sentence() == "email bounced, 'welcome'"


def test_a_28_a_role_that_nobody_fills_leaves_the_task_unassigned_with_a_warning() -> None:
    """Roles are looked up in the account when the task is made."""
    mia = Member("Mia Berg")
    work = TaskTemplate("Work", assignees=[Role("preparer"), Role("reviewer")])
    account = Account("Lovelace", contacts=[], roles={"Preparer": mia})
    world, job = begun(
        Stage("Intake", [CreateTask(work), UpdateJobAssignees(add=[Role("reviewer")])]),
        DONE,
        account=account,
        more=[mia, work],
        assignees=[Role("partner")],
    )

    warned = [event.text for event in events(world, job, Warned)]

    assert world.tasks.created[0].assignees == {"mia-berg"}
    assert now(world, job).assignees == frozenset()
    assert len(warned) == 3
    assert "nobody fills the role 'reviewer' for 'Lovelace'" in warned[1]


def test_a_32_a_single_stage_is_both_first_and_last() -> None:
    """It has neither condition nor automove."""
    with pytest.raises(DefinitionError) as caught:
        Pipeline("Tiny", [Stage("Only", when=tagged("a"), automove=True)])
    world, job = begun(Stage("Only", [CreateTask(PREPARE)]))

    assert [problem.where for problem in caught.value.problems] == [
        "$.stages[0].when",
        "$.stages[0].automove",
    ]
    assert world.team.completes(job, "Prepare").stage == "only"
    assert world.engine.explain(job).reason is WaitReason.LAST_STAGE


def test_a_33_several_tags_are_all_required_unless_any_is_asked_for() -> None:
    """`tagged` asks for all, `tagged_any` for one of them."""
    one = Account("One", tags={"a"}, type="company", fields={"state": "CA"})

    assert not tagged("a", "b").holds(one)
    assert tagged_any("a", "b").holds(one)
    assert (tagged("a") & account_is("company") & field_is("state", "CA")).holds(one)
    assert (tagged("b") | ~tagged("c")).holds(one)


def test_a_34_an_empty_condition_is_no_condition() -> None:
    """A stage or an automation that asks for no tag is unconditional."""
    world, job = begun(
        Stage("Intake", [SendEmail(WELCOME, when=tagged())]), DONE, settings=Settings()
    )

    assert Stage("Intake", when=tagged()).when is None
    assert Pipeline("Tax", [Stage("Intake", when=tagged())]).stages[0].when is None
    assert len(world.email.sent) == 1
    assert events(world, job, AutomationRan)[0].automation == "send-email-welcome"


def test_a_completed_item_stays_completed_when_its_automation_fires_again() -> None:
    """A new visit makes a new item; the old one is history."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE), UpdateAccountTags(add={"a"})]), DONE)
    world.team.completes(job, "Prepare")
    world.engine.move(job, "Done")

    back = world.engine.move(job, "Intake")

    assert [item.state for item in back.items] == [ItemState.COMPLETED, ItemState.PENDING]
