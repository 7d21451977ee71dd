"""Through a whole firm: worked examples of domain.md part 12, one after another."""

import pytest

from pipeflow import (
    BankPayments,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    InvoicePaid,
    InvoiceTemplate,
    ItemState,
    JobMoved,
    LineItem,
    Member,
    MessageTemplate,
    NotAllowedError,
    Pipeline,
    Ref,
    Reminders,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TaskCompleted,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateAccountTags,
    WaitReason,
    tagged,
)
from tests.firms import (
    BUSINESS,
    CHECKLIST,
    DAILY,
    DONE,
    FEE,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    WELCOME,
    begun,
    dump,
    events,
    now,
    pending,
    usd,
)


def test_vector_01_a_tag_clear_before_a_conditional_organizer_skips_it() -> None:
    """Swapped, the organizer is sent: the seed's own example."""
    clear = UpdateAccountTags(clear=True)
    ask = CreateOrganizer(ORGANIZER, when=tagged("client"))

    first, _ = begun(Stage("Intake", [clear, ask]), DONE, tags={"client"})
    second, _ = begun(Stage("Intake", [ask, clear]), DONE, tags={"client"})

    assert len(first.organizers.created) == 0
    assert len(second.organizers.created) == 1


def test_vector_02_two_items_move_a_job_once_after_the_second() -> None:
    """Pay first, then submit: exactly one move."""
    world, job = begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER), CreateInvoice(FEE)], automove=True), DONE
    )

    paid = world.client.pays(job, "Fee")
    submitted = world.client.submits(job, "Organizer")

    assert (paid.stage, submitted.stage) == ("intake", "done")
    assert len(events(world, job, JobMoved)) == 1


def test_vector_03_an_email_moves_no_job() -> None:
    """A stage of nothing but an e-mail stays."""
    world, job = begun(Stage("Intake", [SendEmail(WELCOME)], automove=True), DONE)

    assert now(world, job).stage == "intake"
    assert len(world.email.sent) == 1


def test_vector_04_a_chat_moves_a_job_by_its_client_tasks() -> None:
    """Without any it stays; with two it moves after the second tick."""
    without, quiet = begun(Stage("Intake", [SendMessage(NEWS)], automove=True), DONE)
    world, job = begun(Stage("Intake", [SendMessage(CHECKLIST)], automove=True), DONE)

    one = world.client.checks(job, "Checklist", "Upload")
    two = world.client.checks(job, "Checklist", "Scan")

    assert now(without, quiet).stage == "intake"
    assert quiet.items[0].state is ItemState.RESOLVED
    assert (one.stage, two.stage) == ("intake", "done")


def test_vector_05_an_empty_stage_waits_for_what_is_linked_to_it() -> None:
    """Link a task, complete it, and the job moves."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    empty = world.engine.explain(job).reason

    linked = world.engine.link(job, "t-1")
    moved = world.engine.receive(Ref("tasks", "t-1"), TaskCompleted())[0]

    assert empty is WaitReason.NOTHING_COMPLETED
    assert linked.stage == "intake"
    assert moved.stage == "done"


@pytest.mark.parametrize(("tags", "reached", "sent"), [(set(), "done", 0), ({"b"}, "review", 1)])
def test_vector_06_a_conditional_stage_is_entered_with_its_tag_only(
    tags: set[str], reached: str, sent: int
) -> None:
    """Skipped, its automations do not run."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        Stage("Review", [SendEmail(WELCOME)], when=tagged("b")),
        DONE,
        tags=tags,
    )

    assert world.team.completes(job, "Prepare").stage == reached
    assert len(world.email.sent) == sent


def test_vector_07_a_tag_set_by_an_answer_is_seen_when_the_next_stage_is_chosen() -> None:
    """Tags come before the automove."""
    world, job = begun(
        Stage("Intake", [CreateOrganizer(ORGANIZER)], automove=True),
        Stage("Business", when=tagged("business")),
        DONE,
    )

    assert world.client.submits(job, "Organizer", {BUSINESS: "Yes"}).stage == "business"


def test_vector_08_a_signed_proposal_holds_until_its_invoice_is_paid() -> None:
    """Signing makes the on-acceptance invoice: one open item, and the payment moves the job."""
    world, job = begun(Stage("Intake", [SendProposal(PAID_LETTER)], automove=True), DONE)

    signed = world.client.signs(job, "Paid letter")
    fee = signed.item("Fee")
    paid = world.client.pays(job, "Fee")

    assert signed.stage == "intake"
    assert pending(signed.items) == ["Fee"]
    assert (fee.origin, fee.visit) == (job.items[0].id, 1)
    assert signed.item("Paid letter").state is ItemState.COMPLETED
    assert world.invoices.created[0].key.endswith("/acceptance")
    assert paid.stage == "done"


@pytest.mark.parametrize(
    ("policy", "reached"), [(BankPayments.CLEARED, "intake"), (BankPayments.SUBMITTED, "done")]
)
def test_vector_09_a_bank_debit_counts_when_the_firm_says_so(
    policy: BankPayments, reached: str
) -> None:
    """By default when it has cleared, else as soon as it is submitted."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE)], automove=True),
        DONE,
        settings=Settings(bank_payments=policy),
    )

    paid = world.client.pays(job, "Fee", usd("100"), cleared=False, reference="debit-1")

    assert paid.stage == reached


def test_vector_10_a_partial_payment_holds_and_reminders_go_on() -> None:
    """Only payment in full stops them."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE, reminders=Reminders(every=1, times=5))], automove=True),
        DONE,
    )
    world.advance(days=1)
    part = world.client.pays(job, "Fee", usd("40"))
    world.advance(days=2)
    while_open = len(world.email.sent)
    whole = world.client.pays(job, "Fee", usd("60"))
    world.advance(days=9)

    assert (part.stage, whole.stage) == ("intake", "done")
    assert while_open == 3
    assert len(world.email.sent) == 3


def test_vector_11_first_and_last_stage_are_unconditional_and_the_last_never_automoves() -> None:
    """Such pipelines are refused."""
    for stages in (
        [Stage("A"), Stage("B", automove=True)],
        [Stage("A", when=tagged("a")), Stage("B")],
        [Stage("A"), Stage("B", when=tagged("a"))],
    ):
        with pytest.raises(DefinitionError, match=r"the (first|last) stage cannot"):
            Pipeline("Tax", stages)


def test_vector_12_a_manual_move_asks_no_stage_condition() -> None:
    """Automations whose own condition is not met stay inactive all the same."""
    world, job = begun(
        Stage("Intake"),
        Stage(
            "Review", [SendEmail(WELCOME, when=tagged("b")), CreateTask(PREPARE)], when=tagged("b")
        ),
        DONE,
    )

    moved = world.engine.move(job, "Review")

    assert moved.stage == "review"
    assert world.email.sent == []
    assert len(world.tasks.created) == 1


def test_vector_13_replacing_access_with_a_filled_list_gives_exactly_that_list() -> None:
    """Members with default access are not added."""
    members = [Member("Mia"), Member("Tom", default_access=True), Member("Eve")]
    world, job = begun(
        Stage("Intake", [UpdateAccountAccess(add=["mia"], reset=True)]), DONE, more=members
    )

    assert world.engine.account(job.account).access == {"mia"}


def test_vector_14_archiving_stops_reminders_those_of_chats_too() -> None:
    """The invoice's and the chat's (R-9)."""
    world, job = begun(
        Stage(
            "Intake", [CreateInvoice(FEE, reminders=DAILY), SendMessage(CHECKLIST, reminders=DAILY)]
        ),
        DONE,
    )
    world.engine.archive(job)

    world.advance(days=9)

    assert world.email.sent == []


def test_vector_15_a_custom_status_holds_the_stage_and_active_lets_it_go_on() -> None:
    """The simple case: what is done meanwhile is kept, and Active evaluates the same stage."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)], automove=True), DONE)
    world.engine.set_status(job, "On hold")

    held = world.team.completes(job, "Prepare")
    active = world.engine.set_status(job, "Active")

    assert (held.stage, held.status) == ("intake", "On hold")
    assert (active.stage, active.status) == ("done", "Active")


def test_vector_16_a_task_linked_to_a_second_job_is_refused() -> None:
    """It must be unlinked first; nothing is stored."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    second = world.engine.start("tax", job.account)
    ref = now(world, job).item("Prepare").ref
    assert ref is not None
    before = dump(world)

    with pytest.raises(NotAllowedError, match="unlink it there first"):
        world.engine.link(second, ref)
    unchanged = dump(world)
    world.engine.unlink(job, job.item("Prepare"))
    linked = world.engine.link(second, ref)

    assert unchanged == before
    assert len(linked.items) == 2


def test_a_task_stays_with_the_account_for_which_it_was_made() -> None:
    """Also when its job has let go of it (domain.md part 7); another job of the account may."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    second = world.engine.start("tax", job.account)
    stranger = world.engine.start("tax", world.account("Grace Hopper"))
    ref = now(world, job).item("Prepare").ref
    assert ref is not None
    world.engine.archive(world.engine.unlink(job, "Prepare"))
    before = dump(world)

    with pytest.raises(
        NotAllowedError,
        match=r"'task-1' belongs to account 'Lovelace' .*, and job 'Tax' to 'Grace Hopper'",
    ):
        world.engine.link(stranger, ref)
    unchanged = dump(world)

    assert unchanged == before
    assert len(world.engine.link(second, ref).items) == 2


def test_vector_17_a_template_edited_after_creation_changes_no_item() -> None:
    """Items are independent of their template once they are made."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE), SendMessage(CHECKLIST)]), DONE)

    world.engine.save(
        InvoiceTemplate("Fee", lines=[LineItem("Dear", rate=usd("999"))]),
        MessageTemplate("Checklist", subject="Other", client_tasks=["Other"]),
        TaskTemplate("Prepare", description="Other"),
        replace=True,
    )
    checked = world.client.checks(job, "Checklist", "Scan")
    paid = world.client.pays(job, "Fee", usd("100"))

    assert checked.item("Checklist").state is ItemState.PENDING
    assert paid.item("Fee").state is ItemState.COMPLETED


def test_vector_18_an_invoice_paid_from_credit_moves_after_the_remaining_automations() -> None:
    """The e-mail behind it goes out from the same stage first."""
    credit = InvoiceTemplate("Credit", lines=[LineItem("W", rate=usd("80"))], on_account=True)
    world, job = begun(
        Stage("Intake"),
        Stage("Bill", [CreateInvoice(credit), SendEmail(WELCOME)], automove=True),
        Stage("After", [CreateTask(PREPARE)]),
        DONE,
        more=[credit],
    )
    world.invoices.credit.add(job.account)

    moved = world.engine.move(job, "Bill")

    names = [type(event).__name__ for event in world.engine.history(job)]
    assert moved.stage == "after"
    assert names.index("JobMoved") < names.index("ItemCompleted")
    assert len(world.email.sent) == 1
    assert [item.name for item in moved.items] == ["Credit", "Prepare"]


def test_paying_what_an_accepted_proposal_brought_needs_no_second_signature() -> None:
    """Signing twice makes no second invoice."""
    world, job = begun(Stage("Intake", [SendProposal(PAID_LETTER)], automove=True), DONE)
    world.client.signs(job, "Paid letter")

    again = world.client.signs(job, "Paid letter")

    assert len(again.items) == 2
    assert len(world.invoices.created) == 1
    assert world.engine.receive(Ref("invoices", "invoice-1"), InvoicePaid())[0].stage == "done"
