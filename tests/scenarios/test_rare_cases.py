"""Through a whole firm: cases that few jobs meet, and what holds in them."""

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from pipeflow import (
    Contact,
    CreateInvoice,
    CreateTask,
    DocumentSigned,
    EmailMode,
    EmailTemplate,
    ItemState,
    JobStatus,
    NotAllowedError,
    NotFoundError,
    Package,
    PaymentCleared,
    PaymentReceived,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reminders,
    SendEmail,
    SendMessage,
    SendProposal,
    Stage,
    TagChange,
    TagsChanged,
    TaskCompleted,
    UpdateAccountTags,
    Warned,
    rules,
)
from pipeflow.ports import Changes, ReminderTimer, RowKey
from pipeflow.testing import World
from tests.firms import (
    ADA,
    BOB,
    CHECKLIST,
    DONE,
    FEE,
    NEWS,
    PAID_LETTER,
    PREPARE,
    begun,
    dump,
    events,
    now,
    opened,
    stored,
    tags,
    usd,
)

INSTANT = datetime(2027, 1, 1, 12, tzinfo=UTC)


def state_of(world: World, job: Any) -> rules.State:
    """Return what a decision about a job is made of."""
    engine = world.engine
    firm = stored(world, "firm", "")
    pipeline = engine.pipeline(job.pipeline)
    templates = {one.id: one for one in engine.templates()}
    book = rules.Book(pipeline, templates, firm.value, firm.value.settings.zone)
    return rules.State("default", engine.job(job), engine.account(job.account), book)


def test_the_same_input_gives_the_same_decision() -> None:
    """Byte for byte: no clock, no chance, no store."""
    world, job = begun(
        Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True), DONE
    )
    state = state_of(world, job)
    before = dump(world)

    first = rules.record(state, "job-1/1", TaskCompleted(), INSTANT, "mia")
    again = rules.record(state, "job-1/1", TaskCompleted(), INSTANT, "mia")

    assert first == again
    assert repr(first) == repr(again)
    assert state.job.items[0].state is ItemState.PENDING
    assert dump(world) == before


def test_a_decision_without_an_event_changes_nothing() -> None:
    """It hands back the very job."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    state = state_of(world, job)

    stays = rules.move(state, state.book.pipeline.stages[0], frozenset(), INSTANT, "mia")
    waits = rules.reevaluate(state, INSTANT, "mia")

    assert stays.job is waits.job is state.job
    assert stays.events == waits.events == ()
    assert (stays.account, stays.requests, stays.timers, stays.cancels) == (None, (), (), ())


def test_a_reminder_that_was_overtaken_changes_nothing() -> None:
    """The job was archived, or another reminder was set, between its timer and its turn."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE, reminders=Reminders())]), DONE)
    state = state_of(world, job)
    timer = ReminderTimer(job.id, "job-1/1", 1)
    key = job.items[0].timer
    assert key is not None
    archived = attrs.evolve(state, job=attrs.evolve(state.job, status=JobStatus.ARCHIVED))

    late = rules.remind(archived, timer, key, INSTANT, "system")
    other = rules.remind(state, timer, "another key", INSTANT, "system")

    assert late.requests == other.requests == ()
    assert late.events == other.events == ()


def test_an_automation_that_did_not_fail_can_not_be_mended() -> None:
    """Neither retried nor abandoned."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    state = state_of(world, job)

    for mend in (rules.retry_blocked, rules.abandon_blocked):
        with pytest.raises(NotFoundError, match="has no failed automation 'nope'"):
            mend(state, "nope", INSTANT, "mia")


def test_one_of_several_failed_automations_is_mended() -> None:
    """The others stay as they are."""
    world = opened(Stage("Intake", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True), DONE)
    for template in ("prepare", "fee"):
        key = RowKey("template", template)
        world.store.commit(Changes("default", {key: 1}, deletes=(key,)))
    job = world.engine.start("tax", world.account())
    world.engine.save(FEE)

    after = world.engine.retry("default/job-1/1/create-invoice-fee")
    assert after is not None

    assert [one.automation for one in after.blocked] == ["create-task-prepare"]
    assert [item.name for item in now(world, job).items] == ["Fee"]
    assert len(world.engine.failures()) == 1


def test_tags_are_removed_without_clearing() -> None:
    """Only those that were named, and what is not there is no matter."""
    world, job = begun(
        Stage("Intake", [UpdateAccountTags(remove={"a", "never"})]), DONE, tags={"a", "b"}
    )

    assert tags(world, job) == {"b"}
    assert events(world, job, TagsChanged)[0].removed == {"a"}


def test_a_reply_goes_to_the_latest_thread_of_the_job_or_begins_one() -> None:
    """What the messages port is told (A-47)."""
    world, _ = begun(
        Stage(
            "Intake",
            [
                SendMessage(NEWS, thread="reply_to_latest"),
                SendMessage(CHECKLIST),
                SendMessage(NEWS, thread="reply_to_latest"),
            ],
        ),
        DONE,
    )

    sent = [(str(message.thread), message.reply_to) for message in world.messages.sent]
    assert sent == [("new", None), ("new", None), ("reply_to_latest", "job-1/2")]


def test_dates_and_accounts_are_known_in_contact_mode_too() -> None:
    """Contact mode adds to the codes, it takes none away."""
    mail = EmailTemplate(
        "M", subject="[CURRENT_YEAR] [ACCOUNT_NAME] [CITY]", mode=EmailMode.CONTACT
    )
    world, _ = begun(Stage("Intake", [SendEmail(mail)]), DONE, more=[mail])

    assert world.email.sent[0].subject == "2026 Lovelace"


def test_a_payment_of_a_known_reference_is_a_repeat() -> None:
    """Of another amount it is a mistake, and cleared where it was submitted before, it clears."""
    world, job = begun(Stage("Intake", [CreateInvoice(FEE)], automove=True), DONE)
    item = job.item("Fee")

    def pay(amount: str, **more: Any) -> Any:
        return world.engine.record(item, PaymentReceived(usd(amount), **more))

    pay("30", reference="p-0")
    once = pay("70", cleared=False, reference="p-1")

    again = pay("70", cleared=False, reference="p-1")
    with pytest.raises(NotAllowedError, match=r"payment 'p-1' is known with 70\.00 USD, not 71"):
        pay("71", reference="p-1")
    cleared = pay("70", reference="p-1")

    assert again == once
    assert cleared.stage == "done"
    assert world.engine.record(item, PaymentCleared("p-1")) == cleared


def test_the_package_that_was_chosen_changes_tags() -> None:
    """Before the next stage is chosen; a proposal without an invoice brings none."""
    letter = ProposalTemplate(
        "Tiers",
        packages=[
            Package("Silver"),
            Package("Gold", tags=TagChange(add={"gold"}, remove={"silver"})),
        ],
    )
    world, job = begun(
        Stage("Intake", [SendProposal(letter)], automove=True), DONE, tags={"silver"}, more=[letter]
    )

    world.client.signs(job, "Tiers", package="Gold")

    assert tags(world, job) == {"gold"}
    assert events(world, job, TagsChanged)[0].cause == "package 'Gold'"
    assert world.invoices.created == []


def test_a_letter_whose_invoice_template_is_gone_is_sent_when_it_is_back() -> None:
    """Nobody is asked to accept what could not follow (A-24)."""
    world = opened(Stage("Intake", [SendProposal(PAID_LETTER)], automove=True), DONE)
    key = RowKey("template", "fee")
    world.store.commit(Changes("default", {key: 1}, deletes=(key,)))
    job = world.engine.start("tax", world.account())
    (failure,) = world.engine.failures()
    world.engine.save(FEE)

    retried = world.engine.retry(failure.key)
    assert retried is not None
    signed = world.client.signs(retried, "Paid letter")

    assert (failure.error, job.items) == ("its template 'fee' is not there", ())
    assert [item.name for item in signed.open_items] == ["Fee"]


@pytest.mark.parametrize("status", ["Completed", "Archived"])
def test_an_acceptance_on_a_job_that_is_over_brings_no_invoice(status: str) -> None:
    """Nothing fires there, and a warning says so (A-22)."""
    world, job = begun(Stage("Intake", [SendProposal(PAID_LETTER)], automove=True), DONE)
    world.engine.set_status(job, status)

    world.client.signs(job, "Paid letter")

    assert world.invoices.created == []
    assert "nothing followed from it" in events(world, job, Warned)[-1].text


def test_an_item_without_progress_of_its_own_is_signed_by_anybody() -> None:
    """As a store of an older version may hold it."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    job = world.engine.link(job, "d-1", "signature")
    state = state_of(world, job)
    bare = attrs.evolve(state.job, items=(attrs.evolve(state.job.items[0], progress=None),))

    signed = rules.record(
        attrs.evolve(state, job=bare), "job-1/1", DocumentSigned(), INSTANT, "system"
    )
    with pytest.raises(NotFoundError, match="no signatory 'Ada'"):
        rules.record(
            attrs.evolve(state, job=bare), "job-1/1", DocumentSigned("Ada"), INSTANT, "system"
        )

    assert signed.job.items[0].state is ItemState.COMPLETED


def test_signers_of_a_link_may_be_anybody() -> None:
    """Contacts by their ids, or names of people whom the firm does not know."""
    world, job = begun(Stage("Intake", automove=True), DONE)
    contact = world.engine.account(job.account).contacts[0]
    world.engine.link(job, "d-1", "signature", signers=[contact.id, "Notary"])

    one = world.engine.record("job-1/1", DocumentSigned("Notary"))
    both = world.engine.record("job-1/1", DocumentSigned("ada@example.com"))

    assert (one.stage, both.stage) == ("intake", "done")


def test_a_receipt_for_what_is_done_already_completes_nothing_twice() -> None:
    """The port called back before it answered."""
    world = opened(Stage("Intake", [CreateInvoice(FEE)], automove=True), DONE)
    bill = attrs.evolve(FEE, on_account=True)
    world.engine.save(bill, replace=True)
    account = world.account()
    world.invoices.credit.add(account.id)
    paid: list[Any] = []

    def pay(invoice: Any) -> bool:
        paid.append(world.engine.complete(invoice.item))
        return False

    world.invoices.fail_when(pay, OSError())
    job = world.engine.start("tax", account)

    names = [type(event).__name__ for event in world.engine.history(job)]
    assert names.count("ItemCompleted") == names.count("JobMoved") == 1
    assert now(world, job).item("Fee").ref == Ref("invoices", "invoice-1")


def test_a_signature_by_a_contact_is_known_by_its_id() -> None:
    """Two people of one name and address are told apart by it."""
    from pipeflow import Contact

    twins = [Contact("Sam", email="sam@example.com"), Contact("Sam", email="sam@example.com")]
    world, job = begun(
        Stage("Intake", [SendProposal("letter")], automove=True), DONE, contacts=twins
    )
    first, second = world.engine.account(job.account).contacts

    one = world.engine.record(job.item("Letter"), ProposalSigned(second))
    both = world.engine.record(job.item("Letter"), ProposalSigned(first))

    assert (one.stage, both.stage) == ("intake", "done")


@pytest.mark.parametrize("by", ["sam@example.com", "Sam"])
def test_a_signature_of_one_of_two_who_share_a_name_or_an_address_must_say_whose(by: str) -> None:
    """A couple with one mailbox would else never be done, and nobody would know why."""
    twins = [Contact("Sam", email="sam@example.com"), Contact("Sam", email="sam@example.com")]
    world, job = begun(Stage("Intake", [SendProposal("letter")]), DONE, contacts=twins)
    before = dump(world)

    with pytest.raises(NotAllowedError, match=r"2 signatories (have the address|are called)"):
        world.engine.record(job.item("Letter"), ProposalSigned(by))

    assert dump(world) == before


def test_all_signatories_choose_the_same_package() -> None:
    """The one chosen first is the one that holds; whoever names none takes it too."""
    letter = ProposalTemplate(
        "Tiers", packages=[Package("Silver"), Package("Gold", tags=TagChange(add={"gold"}))]
    )
    world, job = begun(
        Stage("Intake", [SendProposal(letter)], automove=True),
        DONE,
        contacts=[ADA, BOB],
        more=[letter],
    )
    world.client.signs(job, "Tiers", "ada@example.com", package="Gold")

    with pytest.raises(NotAllowedError, match="was signed for the package 'Gold'"):
        world.client.signs(job, "Tiers", "bob@example.com", package="Silver")
    signed = world.client.signs(job, "Tiers", "bob@example.com")

    assert signed.stage == "done"
    assert tags(world, job) == {"gold"}
