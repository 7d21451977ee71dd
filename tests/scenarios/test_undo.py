"""A clerk drags a card to the wrong column, and takes it back."""

from typing import Any

import pytest

from pipeflow import (
    AccessChanged,
    Account,
    ApplyFolderTemplate,
    AssigneesChanged,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailMode,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    ItemCompleted,
    ItemReopened,
    ItemResolved,
    ItemState,
    Job,
    JobMoved,
    LineItem,
    Member,
    MoveUndone,
    NotAllowedError,
    NotFoundError,
    Open,
    PaymentReceived,
    Pipeline,
    Ports,
    Reopened,
    Repeat,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    TagsChanged,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
    tagged,
)
from pipeflow.ports import (
    Changes,
    Invoice,
    InvoiceCancellation,
    InvoicesPort,
    Receipt,
    Rejected,
    RowKey,
)
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    FOLDERS,
    LETTER,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    REVIEW,
    WELCOME,
    begun,
    events,
    now,
    opened,
    pending,
    stored,
    tags,
    usd,
)

INTAKE = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=DAILY)])
BILLING = Stage(
    "Billing",
    [
        CreateInvoice(FEE, reminders=DAILY),
        SendEmail(WELCOME),
        ApplyFolderTemplate(FOLDERS),
        UpdateAccountTags(add={"billed"}, remove={"new"}),
    ],
)


def test_r_26_the_last_move_of_a_job_can_be_undone() -> None:
    """The job is back in its stage, in the visit that it was in, and its items are as they were."""
    world, job = begun(INTAKE, BILLING, DONE, tags={"new", "vip"})
    before = now(world, job)
    world.engine.move(job, "Billing", actor="kim")

    undone = world.engine.undo(job, actor="kim")

    after = undone.job
    assert (after.stage, after.visit, after.entered) == ("intake", 1, before.entered)
    assert after.items_here == before.items_here
    assert pending(after.items) == ["Organizer"]
    assert tags(world, job) == {"new", "vip"}
    assert world.engine.job(job) == after


def test_r_26_what_it_made_stays_resolved_as_undone_with_its_reference() -> None:
    """So a webhook that comes late still finds its thing."""
    world, job = begun(INTAKE, BILLING, DONE)
    fee = world.engine.move(job, "Billing").item("Fee")

    made = world.engine.undo(job).job.item("Fee")

    assert made.state is ItemState.RESOLVED
    assert made.ref == fee.ref
    assert "undone" in str(world.engine.history(job))
    world.advance(days=5)
    assert [mail.item for mail in world.email.sent if mail.item == made.id] == []


def test_r_26_the_answer_is_an_honest_list() -> None:
    """What a port can cancel is cancelled there; an e-mail and folders are gone."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")

    undone = world.engine.undo(job)

    assert [(one.name, str(one.ref)) for one in undone.cancelled] == [("Fee", "invoices:invoice-1")]
    assert [(one.port, one.name) for one in undone.gone] == [
        ("email", "Welcome"),
        ("folders", "Folders"),
    ]
    assert undone.withdrawn == ()
    (gone,) = world.invoices.cancelled
    assert (gone.name, gone.ref, gone.reason) == ("Fee", "invoice-1", "undone")
    assert str(undone) == (
        "'Tax' is back in stage 'intake', visit 1\n"
        "- being cancelled: 'Fee' (invoices:invoice-1)\n"
        "- gone out, and cannot be taken back: 'Welcome' (email)\n"
        "- gone out, and cannot be taken back: 'Folders' (folders)"
    )


def test_r_26_what_has_not_left_is_withdrawn() -> None:
    """While a port is down, nothing of an undone move goes out later."""
    world, job = begun(INTAKE, BILLING, DONE)
    for port in (world.invoices, world.email, world.folders):
        port.fail_next(OSError("down"), times=9)
    world.engine.move(job, "Billing")

    undone = world.engine.undo(job)

    assert [one.name for one in undone.withdrawn] == ["Fee", "Welcome", "Folders"]
    assert (undone.cancelled, undone.gone) == ((), ())
    for port in (world.invoices, world.email, world.folders):
        port.recover()
    world.advance(days=9)
    assert (world.invoices.created, world.folders.applied) == ([], [])
    assert [mail.subject for mail in world.email.sent if mail.item is None] == []
    assert world.engine.failures() == ()


def test_r_26_what_is_on_its_way_just_now_is_told() -> None:
    """A host that delivers by itself holds the request: it may arrive, and is never asked again."""
    world, job = begun(INTAKE, BILLING, DONE)
    office = Engine(store=world.store, clock=world.clock, deliver=False)
    office.move(job, "Billing")
    held = [one.key for one in office.pending()]

    undone = office.undo(job)

    assert [one.note for one in undone.gone] == ["which may be on its way"] * 3
    assert held
    assert "on its way" in str(undone)
    office.failed(held[0], OSError("down"))
    world.clock.advance(days=9)
    assert [one for one in office.pending() if one.key in held] == []
    assert office.failures() == ()


def test_r_26_a_port_that_cannot_cancel_is_listed_as_gone() -> None:
    """Then somebody has to see to it."""

    class Paper(InvoicesPort):
        def create(self, invoice: Invoice, /) -> Receipt:
            return Receipt(invoice.key[-9:])

    engine = Engine(ports=Ports(invoices=Paper()))
    engine.save(FEE, Pipeline("Tax", [Stage("Intake"), Stage("Billing", [CreateInvoice(FEE)])]))
    job = engine.start("tax", engine.save(Account("Lovelace")))
    engine.move(job, "Billing")

    undone = engine.undo(job)

    assert [one.name for one in undone.gone] == ["Fee"]
    with pytest.raises(Rejected, match="cannot cancel"):
        Paper().cancel(None)  # type: ignore[arg-type]


def test_r_26_all_automoves_of_the_move_are_undone_with_it() -> None:
    """One command may pass through several stages."""
    world, job = begun(
        Stage("A"),
        Stage("B", [CreateInvoice(nothing())], automove=True),
        Stage("C", [UpdateAccountTags(add={"c"}), CreateInvoice(nothing())], automove=True),
        Stage("D", [CreateTask(PREPARE)]),
        DONE,
        more=[nothing()],
    )
    assert world.engine.move(job, "B").stage == "d"

    undone = world.engine.undo(job)

    assert (undone.job.stage, undone.job.visit) == ("a", 1)
    assert tags(world, job) == set()
    assert pending(undone.job.items) == []


def test_r_26_all_that_a_move_through_several_stages_did_is_taken_back() -> None:
    """Each thing of each stage, and each change of tags."""
    world, job = begun(
        Stage("A"),
        Stage("B", [
            UpdateAccountTags(remove={"a"}),
            UpdateAccountTags(add={"b"}),
            CreateInvoice(nothing()),
        ], automove=True),
        Stage("C", [CreateTask(PREPARE), CreateTask(REVIEW), SendEmail(WELCOME)]),
        tags={"a"},
        more=[nothing()],
    )  # fmt: skip
    world.engine.move(job, "B")

    undone = world.engine.undo(job)

    assert [item.state for item in undone.job.items] == [ItemState.RESOLVED] * 3
    assert tags(world, job) == {"a"}
    assert [one.name for one in undone.gone] == ["Welcome"]
    assert [one.name for one in undone.cancelled] == ["Nothing", "Prepare", "Review"]


def test_r_26_a_move_that_a_fact_caused_is_undone_to_where_an_earlier_one_had_come() -> None:
    """The job had waited there; and it may be undone again after the next fact."""
    work = Stage("B", [CreateTask(PREPARE)], automove=True)
    world, job = begun(Stage("A"), work, Stage("C"), DONE)
    world.engine.move(job, "B")
    entered = now(world, job).entered
    for _ in range(2):
        world.advance(hours=1)
        world.engine.complete(now(world, job).item("Prepare"))
        assert now(world, job).stage == "c"

        back = world.engine.undo(job).job

        assert (back.stage, back.visit, back.entered) == ("b", 2, entered)
        world.engine.record(back.item("Prepare"), Reopened())


def nothing() -> InvoiceTemplate:
    """Make a bill that comes to nothing, so that it is paid at birth."""
    return InvoiceTemplate("Nothing", lines=[LineItem("free", rate=usd("0.00"))])


def test_r_26_the_fact_that_caused_the_move_stays_and_automove_waits_for_the_next() -> None:
    """A task that is done is done; the job goes on at the next fact."""
    world, job = begun(
        Stage("A", [CreateTask(PREPARE)], automove=True),
        Stage("B", when=tagged("x")),
        BILLING,
        DONE,
    )
    assert world.engine.complete(job.item("Prepare")).stage == "billing"

    after = world.engine.undo(job).job

    assert (after.stage, after.item("Prepare").state) == ("a", ItemState.COMPLETED)
    assert "Nothing holds it" in str(world.engine.explain(job))
    assert world.engine.reevaluate(job).stage == "billing"


def test_r_26_a_move_inside_of_a_start_is_undone_to_the_stage_of_the_start() -> None:
    """The start itself is no move, and stays."""
    world, job = begun(
        Stage("A", [CreateInvoice(nothing())], automove=True), DONE, more=[nothing()]
    )
    assert job.stage == "done"

    after = world.engine.undo(job).job

    assert (after.stage, after.visit) == ("a", 1)


def test_r_26_visit_numbers_are_never_used_again() -> None:
    """So that no key comes twice: the next entry takes the highest number ever, plus one."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")
    world.engine.undo(job)
    assert world.engine.move(job, "Billing").visit == 3
    world.engine.undo(job)
    assert world.engine.move(job, "Done").visit == 4

    keys = [invoice.key for invoice in world.invoices.created]
    assert len(set(keys)) == len(keys) == 2
    assert [event.visit for event in events(world, job, JobMoved)] == [2, 3, 4]
    assert (world.engine.undo(job).job.stage, now(world, job).visit) == ("intake", 1)


def test_r_26_of_several_moves_only_the_last_is_undone() -> None:
    """The job is where it was before that one, since when it was there."""
    world, job = begun(INTAKE, BILLING, DONE)
    billing = world.engine.move(job, "Billing")
    world.advance(hours=1)
    world.engine.move(job, "Done", open="quiet")

    after = world.engine.undo(job).job

    assert (after.stage, after.visit, after.entered) == ("billing", 2, billing.entered)
    assert world.engine.move(job, "Intake", open="quiet").stage == "intake"


def test_r_26_a_transfer_is_undone_too() -> None:
    """Pipeline and custom status are as they were."""
    world, job = begun(INTAKE, DONE)
    world.engine.save(Pipeline("Other", [Stage("Start", [CreateTask(REVIEW)])]))
    world.engine.set_status(job, "On hold")
    world.engine.transfer(job, "other")

    after = world.engine.undo(job).job

    assert (after.pipeline, after.stage, after.status) == ("tax", "intake", "On hold")
    assert [one.name for one in world.engine.undo(_moved(world, job)).gone] == []


def _moved(world: World, job: Job) -> Job:
    world.engine.set_status(job, "Active")
    return world.engine.move(job, "Done")


@pytest.mark.parametrize(
    ("since", "named"),
    [
        (lambda e, j: e.record(j.item("Fee"), PaymentReceived(usd("5.00"))), "payment received"),
        (lambda e, j: e.link(j, "t-1"), "linked 't-1'"),
        (lambda e, j: e.set_status(j, "On hold"), "status Active became On hold"),
        (lambda e, j: e.edit(j, name="1040"), "1040"),
        (lambda e, j: e.complete(j.item("Fee")), "completed 'Fee'"),
    ],
)
def test_r_26_any_later_fact_or_command_refuses_the_undo_and_is_named(
    since: Any, named: str
) -> None:
    """What somebody did since would be lost otherwise."""
    world, job = begun(INTAKE, BILLING, DONE)
    job = world.engine.move(job, "Billing")
    since(world.engine, job)
    before = now(world, job)

    with pytest.raises(NotAllowedError, match=named):
        world.engine.undo(job)

    assert now(world, job) == before


def test_a_22_a_job_at_rest_is_not_taken_back() -> None:
    """The refusal names what lets it go on first."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")
    world.engine.pause(job, "no papers")

    with pytest.raises(NotAllowedError, match=r"paused \(no papers\).*resume\(job\)"):
        world.engine.undo(job)

    world.engine.archive(world.engine.resume(job))
    with pytest.raises(NotAllowedError, match=r"archived.*set_status\(job, 'Active'\)"):
        world.engine.undo(job)


def test_r_26_of_many_later_things_the_first_are_named() -> None:
    """The others are counted."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")
    for number in range(7):
        world.engine.link(job, f"t-{number}")

    with pytest.raises(NotAllowedError, match="linked 't-4'; 2 more"):
        world.engine.undo(job)


def test_r_26_receipts_and_reminders_do_not_refuse_it() -> None:
    """Nobody decided anything by them."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.invoices.fail_next(OSError("down"))
    world.engine.move(job, "Billing")
    world.advance(days=2)
    assert len(world.email.sent) > 1

    assert world.engine.undo(job).job.stage == "intake"


def test_r_26_a_thing_that_was_done_at_birth_does_not_refuse_it() -> None:
    """Credit had paid the bill: that is a receipt, and the list says what is gone."""
    world, job = begun(INTAKE, Stage("Billing", [CreateInvoice("credit")]), DONE, more=[CREDIT])
    world.invoices.credit.add(job.account)
    world.engine.move(job, "Billing")
    assert events(world, job, ItemCompleted)

    undone = world.engine.undo(job)

    assert undone.job.item("Credit").state is ItemState.RESOLVED
    assert [one.name for one in undone.cancelled] == ["Credit"]


CREDIT = InvoiceTemplate("Credit", lines=[LineItem("x", rate=usd("5.00"))], on_account=True)


def test_r_26_there_may_be_nothing_to_undo() -> None:
    """A job that has not moved, and one whose last move was undone."""
    world, job = begun(INTAKE, BILLING, DONE)
    with pytest.raises(NotAllowedError, match="has not moved yet"):
        world.engine.undo(job)

    world.engine.move(job, "Billing")
    world.engine.undo(job)

    with pytest.raises(NotAllowedError, match="was undone already"):
        world.engine.undo(job)


def test_r_26_a_stage_that_is_gone_is_no_way_back() -> None:
    """The error names the stages that there are."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")
    world.engine.save(world.engine.pipeline("tax").remove_stage("Intake"))

    with pytest.raises(NotFoundError, match="there is no stage 'intake'"):
        world.engine.undo(job)


def test_r_26_tags_that_were_changed_since_stay_as_they_are() -> None:
    """Somebody wanted them so."""
    world, job = begun(INTAKE, Stage("B", [UpdateAccountTags(add={"a", "b", "c"})]), DONE)
    world.engine.move(job, "B")
    world.advance(hours=1)
    world.engine.tag(job.account, remove={"a"})
    world.engine.tag(job.account, add={"a"})
    world.engine.tag(job.account, remove={"b"})

    world.engine.undo(job)

    assert tags(world, job) == {"a"}


def test_r_26_tags_that_were_removed_and_came_back_since_stay_too() -> None:
    """Whatever else is told of the account meanwhile is no change of tags."""
    kim, lee = Member("Kim"), Member("Lee")
    stage = Stage("B", [UpdateAccountTags(remove={"a", "b"})])
    account = Account(
        "Lovelace", contacts=[ADA], tags={"a", "b"}, access={"kim"}, roles={"boss": "kim"}
    )
    world, job = begun(INTAKE, stage, DONE, account=account, more=[kim, lee])
    world.engine.move(job, "B")
    world.advance(hours=1)
    world.engine.tag(job.account, add={"a"})
    world.engine.tag(job.account, remove={"a"})
    world.engine.hand_over(kim, lee)

    world.engine.undo(job)

    assert tags(world, job) == {"b"}


def test_r_26_access_and_assignees_go_back() -> None:
    """They are what the move set, no more."""
    kim, lee = Member("Kim"), Member("Lee")
    stage = Stage(
        "B",
        [
            UpdateAccountAccess(add={kim.id}),
            UpdateJobAssignees(add={kim.id}, remove={lee.id}),
            UpdateAccountAccess(remove={lee.id}),
        ],
    )
    account = Account("Lovelace", contacts=[ADA], access={"lee"})
    world, job = begun(INTAKE, stage, DONE, account=account, more=[kim, lee], assignees={lee.id})
    assert world.engine.move(job, "B").assignees == {"kim"}

    after = world.engine.undo(job).job

    assert after.assignees == {"lee"}
    assert world.engine.account(job.account).access == {"lee"}
    for kind in (AccessChanged, AssigneesChanged):
        back = events(world, job, kind)[-1]
        assert (back.added, back.removed, back.cause) == ({"lee"}, {"kim"}, "undone")


def test_r_26_what_nothing_changed_is_not_told_as_changed() -> None:
    """Neither tags nor access nor assignees."""
    world, job = begun(INTAKE, Stage("B", [CreateTask(PREPARE)]), DONE)
    world.engine.move(job, "B")
    world.engine.undo(job)

    for kind in (AccessChanged, AssigneesChanged, TagsChanged):
        assert events(world, job, kind) == []


def test_r_26_history_tells_what_became_of_each_item() -> None:
    """What it made is resolved, what it cancelled is open again."""
    stages = (Stage("Intake", [CreateTask(PREPARE)]), BILLING, DONE)
    world, job = begun(*stages)
    world.engine.link(job, "d-1", "approval", "Draft")
    world.engine.move(job, "Billing", open="cancel")

    world.engine.undo(job)

    resolved = [(one.name, one.reason) for one in events(world, job, ItemResolved)]
    assert ("Fee", "undone") in resolved
    assert [(one.item, one.name, one.fact) for one in events(world, job, ItemReopened)] == [
        ("job-1/2", "Draft", Reopened("undone"))
    ]


def test_r_26_blocked_automations_and_those_that_fire_once_are_as_before() -> None:
    """A second try fires what fires once a job, and nothing of the first holds the stage."""
    world, job = begun(INTAKE, Stage("B", [CreateTask(PREPARE, repeat=Repeat.ONCE)]), DONE)
    world.engine.move(job, "B")
    world.engine.undo(job)

    again = world.engine.move(job, "B")

    assert pending(again.items_here) == ["Prepare"]


def test_r_26_what_fires_once_and_is_out_already_is_not_sent_again() -> None:
    """Nobody gets the same e-mail, or the same bill, twice because a card was dragged twice."""
    world, job = begun(INTAKE, Stage("B", [SendEmail(WELCOME, repeat=Repeat.ONCE)]), DONE)
    world.engine.move(job, "B")
    world.engine.undo(job)

    world.engine.move(job, "B")

    assert len(world.email.sent) == 1


def test_r_26_what_is_made_once_and_cannot_be_cancelled_is_not_made_again() -> None:
    """It is at its port, where somebody has to see to it."""

    class Paper(InvoicesPort):
        def create(self, invoice: Invoice, /) -> Receipt:
            return Receipt(invoice.key[-9:])

    billing = Stage("Billing", [CreateInvoice(FEE, repeat=Repeat.ONCE)])
    engine = Engine(ports=Ports(invoices=Paper()))
    engine.save(FEE, Pipeline("Tax", [Stage("Intake"), billing]))
    job = engine.start("tax", engine.save(Account("Lovelace")))
    engine.move(job, "Billing")
    engine.undo(job)

    again = engine.move(job, "Billing")

    assert [item.visit for item in again.items] == [2]


def test_r_26_what_could_not_run_holds_nothing_when_its_move_is_undone() -> None:
    """What could not run before stays to be mended."""
    world = opened(Stage("A", [CreateTask(PREPARE)]), Stage("B", [CreateTask(PREPARE)]), DONE)
    lost = stored(world, "template", PREPARE.id)
    key = RowKey("template", PREPARE.id)
    world.store.commit(Changes("default", {key: lost.version}, deletes=(key,)))
    job = world.engine.start("tax", world.account())
    moved = world.engine.move(job, "B")

    undone = world.engine.undo(job).job

    assert [one.visit for one in moved.blocked] == [1, 2]
    assert undone.blocked == job.blocked


def test_r_26_an_e_mail_to_each_contact_is_listed_for_each() -> None:
    """One may have left, and the other not."""
    mail = EmailTemplate("Dear", subject="Dear [FIRST_NAME]", mode=EmailMode.CONTACT)
    world, job = begun(
        INTAKE, Stage("B", [SendEmail(mail)]), DONE, contacts=[ADA, BOB], more=[mail]
    )
    world.email.fail_when(lambda one: "bob" in one.to[0], OSError("down"))
    world.engine.move(job, "B")

    undone = world.engine.undo(job)

    assert len(undone.gone) == 1
    assert len(undone.withdrawn) == 1


def test_r_26_an_automation_that_was_taken_out_since_is_listed_by_its_id() -> None:
    """What was sent was sent."""
    world, job = begun(INTAKE, Stage("B", [SendEmail(WELCOME)]), DONE)
    world.engine.move(job, "B")
    world.engine.save(world.engine.pipeline("tax").remove("B", "send-email-welcome"))

    assert [one.name for one in world.engine.undo(job).gone] == ["send-email-welcome"]


def test_r_26_a_thing_that_another_job_has_too_is_not_cancelled_there() -> None:
    """It is not this job's alone."""
    world, job = begun(INTAKE, Stage("B", [CreateInvoice(FEE)]), DONE)
    fee = world.engine.move(job, "B").item("Fee")
    other = world.engine.start("tax", world.account())
    world.engine.link(other, fee.ref, "invoice", "The same")  # type: ignore[arg-type]

    undone = world.engine.undo(job)

    assert world.invoices.cancelled == []
    assert [one.name for one in undone.gone] == ["Fee"]
    assert world.engine.job(other).item("The same").state is ItemState.PENDING


def test_r_26_a_repeat_of_the_command_answers_alike() -> None:
    """A clerk clicks twice."""
    world, job = begun(INTAKE, BILLING, DONE)
    world.engine.move(job, "Billing")
    first = world.engine.undo(job, command_id="u-1")

    again = world.engine.undo(job, command_id="u-1")

    assert again == first
    assert len(events(world, job, MoveUndone)) == 1


# -- what becomes of open items (R-24) -------------------------------------------------------------


def test_r_24_open_items_stay_and_are_reminded_of_unless_said() -> None:
    """They hold nothing, and `explain` tells which still go out."""
    world, job = begun(INTAKE, BILLING, DONE)
    job = world.engine.move(job, "Done")

    world.advance(days=5)

    assert len(world.email.sent) == 3
    assert pending(now(world, job).items) == ["Organizer"]
    assert job.items_here == ()


def test_r_24_what_an_earlier_stage_left_open_stays_as_it_was_left() -> None:
    """Also the invoice of a letter that was sent there and is accepted here."""
    world, job = begun(Stage("A", [SendProposal(PAID_LETTER)]), Stage("B"), DONE)
    world.engine.move(job, "B")
    world.client.signs(job, "Paid letter")

    after = world.engine.move(job, "Done", open="cancel")

    assert pending(after.items) == ["Fee"]


def test_r_24_open_items_can_stay_quiet() -> None:
    """They are open, and nobody is reminded; an undo lets the reminders go on."""
    world, job = begun(INTAKE, Stage("B"), DONE)
    world.engine.move(job, "B", open="quiet")

    world.advance(days=5)

    assert world.email.sent == []
    assert pending(now(world, job).items) == ["Organizer"]
    world.engine.undo(job)
    world.advance(days=5)
    assert len(world.email.sent) == 3


def test_r_24_what_stays_quiet_stays_so_when_the_job_is_paused_meanwhile() -> None:
    """Reminders of other things go on with the job."""
    world, job = begun(INTAKE, Stage("B"), DONE)
    world.engine.move(job, "B", open="quiet")
    world.engine.pause(job, "holidays")
    world.engine.resume(job)

    world.advance(days=5)

    assert world.email.sent == []


def test_r_24_a_port_that_cannot_cancel_is_not_asked_to() -> None:
    """The item is resolved all the same, and nothing fails; nor is a shared thing cancelled."""

    class Paper(InvoicesPort):
        def create(self, invoice: Invoice, /) -> Receipt:
            return Receipt(invoice.key[-9:])

    engine = Engine(ports=Ports(invoices=Paper()))
    engine.save(FEE, Pipeline("Tax", [Stage("Billing", [CreateInvoice(FEE)]), DONE]))
    job = engine.start("tax", engine.save(Account("Lovelace")))
    world, shared = begun(Stage("Billing", [CreateInvoice(FEE)]), DONE)
    other = world.engine.start("tax", shared.account, stage="Done")
    world.engine.link(other, shared.item("Fee").ref, "invoice", "The same")  # type: ignore[arg-type]

    moved = engine.move(job, "Done", open="cancel")
    world.engine.move(shared, "Done", open="cancel")

    assert moved.item("Fee").state is ItemState.RESOLVED
    assert engine.failures() == ()
    assert world.invoices.cancelled == []


def test_r_24_a_cancellation_says_all_that_its_port_has_to_know() -> None:
    """What was made, under which key, for whom, and why it goes."""
    world, job = begun(Stage("Billing", [CreateInvoice(FEE)]), DONE)
    fee = job.item("Fee")
    assert fee.request is not None

    world.engine.move(job, "Done", open="cancel")

    assert world.invoices.cancelled == [
        InvoiceCancellation(
            f"default/{job.id}/1/cancel/2",
            job.account,
            job.id,
            fee.id,
            "fee",
            "Fee",
            "invoice-1",
            fee.request,
            "its job left the stage",
        )
    ]


def test_r_24_open_items_can_be_cancelled_at_their_ports_too() -> None:
    """An organizer that has left is sealed; one that has not is withdrawn."""
    stage = Stage("A", [CreateOrganizer(ORGANIZER), CreateTask(PREPARE), SendProposal(LETTER)])
    world, job = begun(stage, Stage("B"), DONE)
    world.engine.link(job, "t-9", name="Linked")
    world.engine.complete(now(world, job).item("Letter"))

    after = world.engine.move(job, "B", open=Open.CANCEL)

    assert {item.name: str(item.state) for item in after.items} == {
        "Organizer": "resolved",
        "Prepare": "resolved",
        "Letter": "completed",
        "Linked": "resolved",
    }
    assert [one.ref for one in world.organizers.cancelled] == ["organizer-1"]
    assert [one.ref for one in world.tasks.cancelled] == ["task-1"]
    assert world.proposals.cancelled == []


def test_r_24_what_has_not_left_is_withdrawn_and_not_cancelled() -> None:
    """There is nothing to cancel at the port."""
    world = begun(Stage("A"), DONE)[0]
    world.organizers.fail_next(OSError("down"), times=9)
    world.engine.save(Pipeline("Q", [Stage("A", [CreateOrganizer(ORGANIZER)]), Stage("B"), DONE]))
    job = world.engine.start("q", world.account())

    world.engine.move(job, "B", open="cancel")

    world.organizers.recover()
    world.advance(days=3)
    assert (world.organizers.created, world.organizers.cancelled) == ([], [])
    undone = world.engine.undo(job)
    assert [one.note for one in undone.gone] == ["which never left"]
    assert str(undone) == (
        "'Q' is back in stage 'a', visit 1\n"
        "- cancelled by the move, and not asked for again: 'Organizer' (organizers), "
        "which never left"
    )
    assert pending(undone.job.items) == []


def test_r_26_an_undo_lets_what_was_cancelled_wait_again_if_it_still_can() -> None:
    """What the port has cancelled by now stays so, and is told."""
    world, job = begun(Stage("A", [CreateOrganizer(ORGANIZER), CreateTask(PREPARE)]), DONE)
    world.tasks.fail_when(lambda one: "cancel" in one.key, OSError("down"))
    world.engine.move(job, "Done", open="cancel")

    undone = world.engine.undo(job)

    assert pending(undone.job.items) == ["Prepare"]
    assert [(one.name, one.note) for one in undone.gone] == [
        ("Organizer", "which was cancelled at its port")
    ]
    world.tasks.recover()
    world.advance(days=3)
    assert world.tasks.cancelled == []


def test_r_26_what_a_move_through_several_stages_cancelled_is_told() -> None:
    """It was asked for when the job left the first one."""
    passed = Stage("B", [CreateInvoice(nothing())], automove=True)
    first = Stage("A", [CreateOrganizer(ORGANIZER)])
    world, job = begun(first, passed, DONE, more=[nothing()])
    assert world.engine.move(job, "B", open="cancel").visit == 3

    undone = world.engine.undo(job)

    assert [(one.name, one.note) for one in undone.gone if one.note] == [
        ("Organizer", "which was cancelled at its port")
    ]
    assert pending(undone.job.items) == []


def test_r_26_what_was_cancelled_without_a_port_waits_again() -> None:
    """A linked thing was never asked for."""
    world, job = begun(Stage("A"), DONE)
    world.engine.link(job, "t-9", name="Linked")
    world.engine.move(job, "Done", open="cancel")

    assert pending(world.engine.undo(job).job.items) == ["Linked"]


def test_r_24_open_items_can_be_carried_over_and_hold_the_new_stage() -> None:
    """The job moves on when they are done; an undo takes them back with it."""
    world, job = begun(Stage("A", [CreateTask(PREPARE)]), Stage("B", automove=True), DONE)
    job = world.engine.move(job, "B", open="carry")
    assert [item.name for item in job.open_items] == ["Prepare"]
    assert "comes along" in str(world.engine.history(job))
    assert [i.visit for i in world.engine.undo(job).job.items] == [1]

    job = world.engine.move(job, "B", open="carry")

    assert world.engine.complete(job.item("Prepare")).stage == "done"


def test_r_24_a_transfer_says_what_becomes_of_open_items_too() -> None:
    """Carried over, they hold the other pipeline's stage."""
    world, job = begun(Stage("A", [CreateTask(PREPARE), SendMessage(CHECKLIST)]), DONE)
    world.engine.save(Pipeline("Other", [Stage("Start", automove=True), DONE]))

    job = world.engine.transfer(job, "other", open="carry")

    assert [item.name for item in job.open_items] == ["Prepare", "Checklist"]
    assert world.engine.undo(job).job.pipeline == "tax"
    assert world.engine.transfer(job, "other", open="cancel").open_items == ()
