"""Through a whole firm: merge fields, dates and money where several answers would be sensible."""

from datetime import UTC, date, datetime

import pytest

from pipeflow import (
    Account,
    After,
    BankPayments,
    Contact,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Discount,
    EmailMode,
    EmailTemplate,
    InvoiceTemplate,
    ItemCompleted,
    ItemState,
    JobTemplate,
    LineItem,
    MessageTemplate,
    PaymentFailed,
    ProposalSigned,
    SendEmail,
    SendProposal,
    Settings,
    Stage,
    TaskTemplate,
    Template,
)
from pipeflow.testing import World
from tests.firms import (
    ADA,
    ANYBODYS,
    BOB,
    DONE,
    FEE,
    LETTER,
    begun,
    dump,
    events,
    now,
    usd,
)


def test_a_39_an_empty_value_becomes_nothing_and_an_unknown_code_is_refused() -> None:
    """A typo is caught when the template is saved; other brackets, and `[[`, are text."""
    world = World()
    kept = EmailTemplate(
        "Kept", subject="[[ACCOUNT_NAME] [see below] [ ] [a] [1]", body="<[ACCOUNT_CUSTOM_FIELD:x]>"
    )

    with pytest.raises(DefinitionError, match=r"no merge field '\[ACOUNT_NAME\]'.*ACCOUNT_NAME"):
        world.engine.save(EmailTemplate("Typo", subject="[ACOUNT_NAME]"))
    sent, _ = begun(Stage("Intake", [SendEmail(kept)]), DONE, more=[kept])

    assert sent.email.sent[0].subject == "[ACCOUNT_NAME] [see below] [ ] [a] [1]"
    assert sent.email.sent[0].body == "<>"


def test_a_40_a_contact_code_in_account_mode_is_refused() -> None:
    """One e-mail to all contacts knows no single contact."""
    world = World()

    with pytest.raises(DefinitionError, match=r"\[FIRST_NAME\] is .*or an e-mail in contact mode"):
        world.engine.save(EmailTemplate("Hi", subject="Dear [FIRST_NAME]"))
    saved = world.engine.save(
        EmailTemplate("Hi", subject="Dear [FIRST_NAME]", mode=EmailMode.CONTACT)
    )

    assert saved.revision == 1


@pytest.mark.parametrize(
    "template",
    [
        TaskTemplate("T", description="[CONTACT_NAME]"),
        JobTemplate("J", job_name="[CONTACT_NAME]"),
        JobTemplate("K", description="[CONTACT_CUSTOM_FIELD:x]"),
        InvoiceTemplate("I", lines=[LineItem("a", rate=usd("1"), description="[EMAIL]")]),
        MessageTemplate("M", subject="[LAST_NAME]"),
    ],
    ids=lambda template: f"{template.kind}-{template.name}",
)
def test_a_41_contact_codes_mean_nothing_in_items_of_an_account(template: Template) -> None:
    """Only account and date codes are known there."""
    world = World()
    world.account()
    before = dump(world)

    none_known = "is a contact's merge field, and none is known here"
    with pytest.raises(DefinitionError, match=none_known) as refused:
        world.engine.save(template)

    assert "contact mode" not in str(refused.value)
    assert dump(world) == before


def test_a_42_weeks_are_iso_weeks_and_quarters_read_q1_to_q4() -> None:
    """2027-01-01 lies in week 53 of 2026 and in the first quarter."""
    mail = EmailTemplate("M", subject="[CURRENT_WEEK] [CURRENT_QUARTER] [LAST_QUARTER]")
    world = World(datetime(2027, 1, 1, 9, tzinfo=UTC))
    pipeline = Stage("Intake", [SendEmail(mail)])
    opened, _ = begun(pipeline, DONE, more=[mail])
    world.engine.save(mail, opened.engine.pipeline("tax"), replace=True)

    world.engine.start("tax", world.account())

    assert world.email.sent[0].subject == "53 Q1 Q4"


def test_a_43_a_relative_date_counts_from_the_day_on_which_the_item_is_made() -> None:
    """Not from the start of the job, and by the firm's calendar."""
    task = TaskTemplate("Late", start=After(days=1), due=After(months=1))
    world, job = begun(
        Stage("Intake"),
        Stage("Work", [CreateTask(task)]),
        more=[task],
        settings=Settings(time_zone="Pacific/Auckland"),
    )
    world.clock.set(datetime(2026, 1, 30, 20, tzinfo=UTC))

    world.engine.move(job, "Work")

    (made,) = world.tasks.created
    assert (made.start, made.due) == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_49_one_signature_is_enough_where_the_rule_is_one() -> None:
    """The first of several signatories completes the proposal; by default all have to sign."""
    one, job = begun(
        Stage("Intake", [SendProposal(ANYBODYS)], automove=True), DONE, contacts=[ADA, BOB]
    )
    both, other = begun(
        Stage("Intake", [SendProposal(LETTER)], automove=True), DONE, contacts=[ADA, BOB]
    )

    assert one.client.signs(job, "Anybody's letter", "bob@example.com").stage == "done"
    assert both.client.signs(other, "Letter", "ada@example.com").stage == "intake"
    assert both.client.signs(other, "Letter", Contact("B", email="bob@example.com")).stage == "done"


def test_a_50_an_invoice_that_comes_to_nothing_is_paid_at_birth() -> None:
    """A total of zero waits for nobody."""
    free = InvoiceTemplate(
        "Free", lines=[LineItem("Work", rate=usd("80"))], discount=Discount(percent=100)
    )
    world, job = begun(Stage("Intake", [CreateInvoice(free)], automove=True), DONE, more=[free])

    assert now(world, job).stage == "done"
    assert job.items[0].state is ItemState.COMPLETED
    assert events(world, job, ItemCompleted)[0].fact is None
    assert world.invoices.created[0].totals.total == usd("0.00")


def test_a_50_credit_that_reaches_pays_an_invoice_at_birth() -> None:
    """The host says so in its receipt; more money than was billed is paid in full too."""
    credit = InvoiceTemplate("Credit", lines=[LineItem("Work", rate=usd("80"))], on_account=True)
    world, job = begun(
        Stage("Intake"), Stage("Bill", [CreateInvoice(credit)], automove=True), DONE, more=[credit]
    )
    world.invoices.credit.add(job.account)
    over, other = begun(Stage("Intake", [CreateInvoice(FEE)], automove=True), DONE)

    assert world.engine.move(job, "Bill").stage == "done"
    assert over.client.pays(other, "Fee", usd("500.00")).stage == "done"


@pytest.mark.parametrize("policy", BankPayments)
def test_a_51_a_bank_debit_that_fails_leaves_the_invoice_unpaid_and_the_job_where_it_is(
    policy: BankPayments,
) -> None:
    """If the immediate policy had moved the job, it stays in the later stage."""
    world, job = begun(
        Stage("Intake", [CreateInvoice(FEE)], automove=True),
        DONE,
        settings=Settings(bank_payments=policy),
    )
    submitted = world.client.pays(job, "Fee", usd("100"), cleared=False, reference="ach-1")

    failed = world.engine.record(job.item("Fee"), PaymentFailed("ach-1"))

    reached = "done" if policy is BankPayments.SUBMITTED else "intake"
    assert (submitted.stage, failed.stage) == (reached, reached)
    assert failed.item("Fee").state is ItemState.PENDING


def test_signing_by_nobody_in_particular_signs_as_required() -> None:
    """`ProposalSigned()` says that the host collected what was needed."""
    world, job = begun(
        Stage("Intake", [SendProposal(LETTER)], automove=True), DONE, contacts=[ADA, BOB]
    )

    moved = world.engine.record(job.item("Letter"), ProposalSigned())

    assert moved.stage == "done"


def test_an_account_without_signatories_signs_as_a_whole() -> None:
    """There is nobody in particular to wait for."""
    world, job = begun(
        Stage("Intake", [SendProposal(LETTER)], automove=True),
        DONE,
        account=Account("Trust", contacts=[Contact("Clerk", signatory=False)]),
    )

    assert world.client.signs(job, "Letter").stage == "done"
