"""Rules that could be broken without a test that saw it: each by itself, mostly without a world."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DocumentSigned,
    FactRecorded,
    InvoicePaid,
    InvoiceState,
    InvoiceTemplate,
    ItemCompleted,
    ItemKind,
    ItemState,
    ItemUnlinked,
    Job,
    JobTemplate,
    LineItem,
    NotAllowedError,
    OrganizerReturned,
    OrganizerSubmitted,
    Package,
    PaymentCleared,
    PaymentFailed,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reminders,
    Repeat,
    RequestAbandoned,
    Role,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    StageSkipped,
    TagChange,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
    rules,
    tagged,
)
from pipeflow.model.items import Mark
from pipeflow.model.settings import Firm
from pipeflow.ports import Proposal, ReminderTimer
from pipeflow.rules.merge_fields import Context
from tests.faults.offices import Failing
from tests.firms import (
    CHECKLIST,
    DONE,
    FEE,
    LETTER,
    NEWS,
    ORGANIZER,
    PAID_LETTER,
    PREPARE,
    TEMPLATES,
    opened,
    usd,
)

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
DAILY = Reminders(every=1, times=3)
ADA = Contact("Ada", email="ada@example.com", id="contact-1")
BOB = Contact("Bob", email="bob@example.com", id="contact-2")
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


class Office:
    """A job and its account, decided about by rules alone: no engine, store or port."""

    def __init__(
        self,
        *stages: Stage,
        account: Account | None = None,
        templates: Iterable[Any] = TEMPLATES,
        settings: Settings | None = None,
    ) -> None:
        """Start a job in the first stage."""
        self.account = account or Account("Ada", contacts=[ADA], id="account-1")
        self.templates = {one.id: one for one in templates}
        self.firm = Firm(settings or Settings())
        self.book = self.book_of(Pipeline("Tax", stages, statuses=["On hold"]))
        self.said: list[rules.Decision] = []
        self.job: Job
        spec = rules.JobSpec("job-1", stages[0])
        self.take(rules.start("default", self.account, self.book, spec, NOW, "mia"))

    def delivered(self) -> rules.Decision:
        """Let what is reminded of reach the client."""
        found = [item for item in self.job.items if item.reminders is not None]
        return [self.take(rules.begin(self.state, item.id, NOW)) for item in found][-1]

    def book_of(self, pipeline: Pipeline) -> rules.Book:
        """Return what rules look things up in."""
        return rules.Book(pipeline, self.templates, self.firm, self.firm.settings.zone)

    @property
    def state(self) -> rules.State:
        """Where the job stands."""
        return rules.State("default", self.job, self.account, self.book)

    def take(self, decision: rules.Decision) -> rules.Decision:
        """Let a decision be so."""
        self.job = decision.job
        self.account = decision.account or self.account
        self.said.append(decision)
        return decision

    def record(self, item: str, fact: Any) -> rules.Decision:
        """Record a fact about the newest item of that name."""
        id = self.job.item(item).id
        return self.take(rules.record(self.state, id, fact, NOW, "mia"))

    def move(self, stage: str) -> rules.Decision:
        """Move the job by hand."""
        found = self.book.pipeline.stage(stage)
        return self.take(rules.move(self.state, found, frozenset(), NOW, "mia"))

    def link(self, kind: ItemKind, name: str = "Thing", **more: Any) -> rules.Decision:
        """Link a thing made elsewhere."""
        spec = rules.LinkSpec(Ref("documents", "d-1"), kind, name, **more)
        return self.take(rules.link(self.state, spec, None, NOW, "mia"))

    def status(self, status: str) -> rules.Decision:
        """Set the job's status."""
        return self.take(rules.set_status(self.state, status, NOW, "mia"))

    def events(self, kind: type[Any]) -> list[Any]:
        """Return all that was told of a kind."""
        return [one for said in self.said for one in said.events if isinstance(one, kind)]

    def requests(self, port: str) -> list[Any]:
        """Return all that was asked of a port."""
        return [one for said in self.said for one in said.requests if one.port == port]


def working(*automations: Any, **more: Any) -> Office:
    """Start a job in an automove stage of these automations."""
    return Office(Stage("Work", automations, automove=True), Stage("Done"), **more)


# -- proposals -----------------------------------------------------------------------------------

TIERS = ProposalTemplate(
    "Tiers",
    services=[LineItem("Return for [ACCOUNT_NAME]", rate=usd("10"))],
    packages=[Package("Silver"), Package("Gold", tags=TagChange(add={"gold"}))],
)


def test_a_proposal_is_asked_for_with_its_packages() -> None:
    """The port offers what the template offers."""
    office = working(SendProposal(TIERS), templates=[TIERS])

    (request,) = office.requests("proposals")
    assert isinstance(request, Proposal)
    assert [one.name for one in request.packages] == ["Silver", "Gold"]


def test_the_descriptions_of_services_and_lines_are_rendered() -> None:
    """In proposals and in invoices."""
    line = LineItem("Return", description="For [ACCOUNT_NAME]", rate=usd("10"))
    letter = ProposalTemplate("Letter", services=[line])
    bill = InvoiceTemplate("Bill", lines=[line])

    office = working(SendProposal(letter), CreateInvoice(bill), templates=[letter, bill])

    assert office.requests("proposals")[0].services[0].description == "For Ada"
    assert office.requests("invoices")[0].lines[0].description == "For Ada"


def test_the_invoice_of_an_acceptance_is_of_the_visit_and_stage_of_its_proposal() -> None:
    """Also where the job has gone on since: it holds the old visit, and not this one."""
    office = Office(Stage("Work", [SendProposal(PAID_LETTER)]), Stage("Later"), DONE)
    office.move("Later")

    office.record("Paid letter", ProposalSigned())

    fee = office.job.item("Fee")
    assert (fee.visit, fee.stage, office.job.visit) == (1, "work", 2)
    assert office.job.open_items == ()


def test_a_package_that_was_not_chosen_changes_no_tags() -> None:
    """Only the one that was."""
    office = working(SendProposal(TIERS), templates=[TIERS])

    office.record("Tiers", ProposalSigned(package="Silver"))

    assert office.account.tags == frozenset()


# -- payments ------------------------------------------------------------------------------------


def bill(office: Office) -> InvoiceState:
    """Return how far the fee is paid."""
    progress = office.job.item("Fee").progress
    assert isinstance(progress, InvoiceState)
    return progress


def test_every_reference_that_failed_is_remembered() -> None:
    """Not only the last: a repeat of the first failure changes nothing."""
    office = working(CreateInvoice(FEE))
    for reference in ("p-1", "p-2"):
        office.record("Fee", PaymentReceived(usd("50"), cleared=False, reference=reference))
        office.record("Fee", PaymentFailed(reference))

    again = office.record("Fee", PaymentFailed("p-1"))
    late = office.record("Fee", PaymentReceived(usd("50"), cleared=False, reference="p-1"))

    assert bill(office).failed == ("p-1", "p-2")
    assert not again.changed
    assert not late.changed


def test_the_rest_that_is_settled_is_reckoned_from_all_payments() -> None:
    """A debit that is on its way is not paid a second time."""
    office = working(CreateInvoice(FEE))
    office.record("Fee", PaymentReceived(usd("60"), cleared=False, reference="p-1"))

    office.record("Fee", InvoicePaid())

    assert [str(one.amount) for one in bill(office).payments] == ["60.00 USD"]
    assert bill(office).paid() == usd("100")


@pytest.mark.parametrize(
    "fact",
    [
        PaymentReceived(usd("40"), reference="p-1"),
        PaymentCleared("p-1"),
        PaymentReceived(usd("40"), cleared=False, reference="p-1"),
    ],
    ids=["received", "cleared", "submitted"],
)
def test_a_payment_that_is_known_is_not_noted_again(fact: Any) -> None:
    """A webhook may come twice."""
    office = working(CreateInvoice(FEE))
    office.record("Fee", PaymentReceived(usd("40"), reference="p-1"))

    again = office.record("Fee", fact)

    assert not again.changed
    assert again.events == ()


def test_a_signature_that_is_known_is_not_noted_again() -> None:
    """Neither before the last one came, nor after."""
    office = working(SendProposal(LETTER), account=Account("Two", contacts=[ADA, BOB], id="a"))
    office.record("Letter", ProposalSigned("contact-1"))
    early = office.record("Letter", ProposalSigned("contact-1"))
    office.record("Letter", ProposalSigned("contact-2"))
    late = office.record("Letter", ProposalSigned("contact-2"))

    assert (early.changed, late.changed) == (False, False)
    assert len(office.events(FactRecorded)) == 1


def test_a_zero_invoice_has_no_reminders() -> None:
    """It is paid when it is made, so nobody is reminded of it (A-50)."""
    free = InvoiceTemplate("Free", lines=[LineItem("x", rate=usd("0"))])

    office = working(CreateInvoice(free, reminders=DAILY), templates=[free])

    item = office.job.item("Free")
    assert (item.state, item.timer, item.remind_at) == (COMPLETED, None, None)
    assert [timer for said in office.said for timer in said.timers] == []
    assert office.job.stage == "done"


@pytest.mark.parametrize("knows", ["before", "after"])
def test_the_total_of_a_second_link_is_taken_over(knows: str) -> None:
    """Where the first did not know it; a total that is known stays."""
    office = Office(Stage("Work", automove=True), DONE)
    office.link(
        ItemKind.LOCKED_DOCUMENT, "Fee", **({"total": usd("1")} if knows == "before" else {})
    )
    item = office.job.item("Fee")

    office.take(rules.adopt_total(office.state, item.id, usd("100"), NOW, "mia"))

    assert bill(office).total == (usd("1") if knows == "before" else usd("100"))


def test_a_second_link_of_a_known_invoice_takes_its_own_total_where_none_was_known() -> None:
    """And what was paid so far completes it there."""
    known = Office(Stage("Work"), DONE)
    known.link(ItemKind.INVOICE, "Fee")
    known.record("Fee", PaymentReceived(usd("100"), reference="p-1"))
    office = Office(Stage("Work", automove=True), DONE)
    spec = rules.LinkSpec(Ref("documents", "d-1"), ItemKind.INVOICE, "Fee", total=usd("100"))

    office.take(rules.link(office.state, spec, known.job.item("Fee"), NOW, "mia"))

    assert bill(office).total == usd("100")
    assert office.job.stage == "done"


# -- reminders -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fact", [Cancelled(), InvoicePaid()], ids=["cancelled", "paid"])
def test_what_is_over_is_not_reminded_of_by_hand(fact: Any) -> None:
    """Neither what is done, nor what is no longer waited for."""
    office = working(CreateInvoice(FEE))
    item = office.job.item("Fee").id
    office.record("Fee", fact)

    with pytest.raises(NotAllowedError, match="nobody has to be reminded"):
        rules.remind_by_hand(office.state, item, NOW, "mia")


def test_an_abandoned_reminder_leaves_its_item_open() -> None:
    """Only the reminding ends."""
    office = working(CreateInvoice(FEE, reminders=DAILY))
    office.delivered()
    item = office.job.item("Fee")
    assert item.timer is not None
    timer = ReminderTimer("job-1", item.id, 1)

    office.take(rules.abandon_timer(office.state, timer, item.timer, NOW, "mia"))

    after = office.job.item("Fee")
    assert (after.state, after.timer, office.job.stage) == (PENDING, None, "work")


def test_an_abandoned_reminder_mail_leaves_its_item_open_too() -> None:
    """Its request made no item."""
    office = working(CreateInvoice(FEE))
    office.take(rules.remind_by_hand(office.state, office.job.item("Fee").id, NOW, "mia"))
    (mail,) = office.requests("email")

    office.take(rules.abandon(office.state, mail, NOW, "mia"))

    assert office.job.item("Fee").state is PENDING
    assert len(office.events(RequestAbandoned)) == 1


def test_an_item_that_is_reopened_on_an_archived_job_reminds_nobody() -> None:
    """It is open again, and the job's reminders have stopped (A-37)."""
    for status, armed in (("Active", True), ("On hold", True), ("Archived", False)):
        office = working(CreateOrganizer(ORGANIZER, reminders=DAILY), CreateTask(PREPARE))
        office.delivered()
        office.record("Organizer", OrganizerSubmitted())
        office.status(status)

        office.record("Organizer", OrganizerReturned())

        item = office.job.item("Organizer")
        assert item.state is PENDING
        assert (item.timer is not None) is armed


def test_what_is_done_at_birth_has_no_timer_left() -> None:
    """None is set, since it was done before its reminders began."""
    office = working(CreateInvoice(FEE, reminders=DAILY))
    (request,) = office.requests("invoices")
    office.take(rules.born_done(office.state, request.item or "", NOW))

    said = office.delivered()

    assert office.job.item("Fee").timer is None
    assert said.timers == ()


def test_a_reminder_goes_out_a_whole_interval_after_the_last() -> None:
    """Late or not, it is reckoned from when it went out (A-35)."""
    office = working(CreateInvoice(FEE, reminders=DAILY))
    office.delivered()
    item = office.job.item("Fee")
    assert item.timer is not None
    late = NOW + timedelta(days=5)

    office.take(
        rules.remind(office.state, ReminderTimer("job-1", item.id, 1), item.timer, late, "system")
    )

    assert office.job.item("Fee").remind_at == late + timedelta(days=1)
    assert len(office.requests("email")) == 1


# -- people --------------------------------------------------------------------------------------

PREPARER, REVIEWER = Role("Preparer"), Role("Reviewer")
ROLES = Account("Roles", contacts=[ADA], roles={"Preparer": "mia", "Reviewer": "mia"}, id="a")


def test_who_is_assigned_and_unassigned_by_two_roles_is_assigned() -> None:
    """Unassigned first, then assigned: one member may fill both roles."""
    office = Office(
        Stage("Work", [UpdateJobAssignees(add=[PREPARER], remove=[REVIEWER])]), DONE, account=ROLES
    )

    assert office.job.assignees == {"mia"}


def test_who_gains_and_loses_access_by_two_roles_has_it() -> None:
    """Removed first, then added."""
    office = Office(
        Stage("Work", [UpdateAccountAccess(add=[PREPARER], remove=[REVIEWER])]),
        DONE,
        account=attrs.evolve(ROLES, access=frozenset({"mia", "tom"})),
    )

    assert office.account.access == {"mia", "tom"}


# -- repeats and visits --------------------------------------------------------------------------


def test_what_fires_once_fires_once_in_each_pipeline() -> None:
    """The same stage and automation of another pipeline is another one."""
    stage = Stage("Work", [CreateTask(PREPARE, repeat=Repeat.ONCE)])
    office = Office(stage, DONE)
    other = office.book_of(Pipeline("Other", [stage, DONE]))

    state = attrs.evolve(office.state, book=other)
    office.take(rules.transfer(state, stage, NOW, "mia"))
    office.book = other
    office.move("Done")
    office.move("Work")

    assert [(one.name, one.visit, one.pipeline) for one in office.job.items] == [
        ("Prepare", 1, "tax"),
        ("Prepare", 2, "other"),
    ]


def test_an_automation_that_failed_in_an_old_visit_holds_no_later_one() -> None:
    """It is kept to be mended, and this visit is complete without it (A-7, A-24)."""
    office = working(CreateTask(PREPARE), CreateInvoice(FEE), templates=[PREPARE])
    office.move("Done")
    office.templates[FEE.id] = FEE
    office.book = office.book_of(office.book.pipeline)
    office.move("Work")
    office.record("Prepare", TaskCompleted())
    office.record("Fee", InvoicePaid())

    assert [one.visit for one in office.job.blocked] == [1]
    assert office.job.stage == "done"


def test_unless_open_looks_at_its_own_stage() -> None:
    """An equal automation of another stage of the pipeline is another one."""
    unless = CreateTask(PREPARE, repeat=Repeat.UNLESS_OPEN)
    office = Office(Stage("Work", [unless]), Stage("Review", [unless]), DONE)

    office.move("Review")

    assert [(one.stage, one.visit) for one in office.job.items] == [("work", 1), ("review", 2)]


# -- links ---------------------------------------------------------------------------------------


def test_an_item_without_a_reference_is_let_go_of() -> None:
    """One that no port has answered for yet."""
    office = working(CreateTask(PREPARE))
    item = office.job.item("Prepare")
    assert item.ref is None

    said = office.take(rules.unlink(office.state, item.id, NOW, "mia"))

    assert Mark.UNLINKED in office.job.item("Prepare").marks
    assert office.job.item("Prepare").state is RESOLVED
    assert len(office.events(ItemUnlinked)) == 1
    assert said.withdraws == (item.request,)


@pytest.mark.parametrize("kind", [ItemKind.NOTE, ItemKind.MESSAGE])
def test_what_asks_nothing_can_not_be_completed(kind: ItemKind) -> None:
    """It is told so, and where it is only a peer of another thing nothing happens to it."""
    office = Office(Stage("Work"), DONE)
    office.link(kind)

    with pytest.raises(NotAllowedError, match="asks nothing of anybody"):
        rules.completing_facts(office.job.item("Thing"))


def test_a_neutral_peer_keeps_no_thing_from_being_completed() -> None:
    """The note on the other job is left alone (A-8)."""
    world = opened(Stage("Work", automove=True), DONE)
    first, second = (world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    ref = Ref("documents", "d-1")
    job = world.engine.link(first, ref, "approval", name="Draft")
    world.engine.link(second, ref, "note", name="Draft")

    after = world.engine.complete(job.item("Draft"))

    assert after.stage == "done"
    assert world.engine.job(second).item("Draft").state is RESOLVED


def test_a_link_expects_that_nobody_else_linked_the_thing_meanwhile() -> None:
    """Else two jobs would share it, and one of them would not be heard of."""
    store = Failing()
    world = opened(Stage("Work", automove=True), DONE, store=store)
    first, second = (world.engine.start("tax", world.account(name)) for name in ("Ada", "Bob"))
    ref = Ref("documents", "d-1")
    store.before = [lambda: world.__class__(store=store).engine.link(second, ref, "approval")]

    world.engine.link(first, ref, "approval")
    jobs = world.engine.receive(ref, Cancelled())

    assert {one.id for one in jobs} == {first.id, second.id}


# -- answers -------------------------------------------------------------------------------------


def test_a_sealed_organizer_changes_no_tags() -> None:
    """Answers that come afterwards are noted, and nothing follows (A-10)."""
    office = working(CreateOrganizer(ORGANIZER))
    office.record("Organizer", Cancelled("sealed"))

    office.record("Organizer", OrganizerSubmitted({"Did you own a business?": "Yes"}))

    assert office.account.tags == frozenset()
    assert office.job.item("Organizer").state is RESOLVED


def test_answers_change_tags_before_the_next_stage_is_chosen() -> None:
    """So its condition is asked of the account as it is then (3.4)."""
    office = Office(
        Stage("Work", [CreateOrganizer(ORGANIZER)], automove=True),
        Stage("Business", when=tagged("business")),
        DONE,
    )

    office.record("Organizer", OrganizerSubmitted({"Did you own a business?": "Yes"}))

    assert office.job.stage == "business"
    assert office.events(StageSkipped) == []


# -- dates and texts -----------------------------------------------------------------------------


def test_a_wall_time_that_comes_twice_is_the_first_of_them() -> None:
    """When clocks are set back, a reminder goes out at the earlier instant (A-35)."""
    zone = ZoneInfo("Europe/Stockholm")
    sent = datetime(2026, 10, 24, 0, 30, tzinfo=UTC)  # 2:30 on the wall; 2:30 comes twice next day

    assert rules.after(sent, timedelta(days=1), zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_wall_time_of_the_second_hour_is_the_first_the_next_day() -> None:
    """What was sent in the repeated hour goes on at that time of day."""
    zone = ZoneInfo("Europe/Stockholm")
    sent = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 2:30

    assert rules.after(sent, timedelta(days=1), zone) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert rules.after(sent, timedelta(days=365), zone) == datetime(2027, 10, 25, 0, 30, tzinfo=UTC)


def test_a_rendered_text_is_cut_at_a_million_characters() -> None:
    """However often a long field is named."""
    account = Account("Ada", fields={"note": "x" * 200_000}, id="a")

    text = rules.render("[ACCOUNT_CUSTOM_FIELD:note]" * 20, Context(account, date(2027, 1, 4)))

    assert len(text) == 1_000_000


def test_a_due_date_is_counted_from_the_day_on_which_the_thing_is_made() -> None:
    """And not from the day on which it starts (A-43)."""
    task = TaskTemplate("Late", start=After(days=10), due=After(days=20))

    office = working(CreateTask(task), templates=[task])

    (request,) = office.requests("tasks")
    assert (request.start, request.due) == (date(2027, 1, 14), date(2027, 1, 24))


def test_a_job_is_due_counted_from_the_day_on_which_it_is_made() -> None:
    """Also where it starts later."""
    template = JobTemplate("Job", start=After(days=10), due=After(days=20))
    stage = Stage("Work")
    office = Office(stage, DONE)
    spec = rules.JobSpec("job-2", stage, template, start=date(2027, 1, 20))

    said = rules.start("default", office.account, office.book, spec, NOW, "mia")

    assert (said.job.start, said.job.due) == (date(2027, 1, 20), date(2027, 1, 24))


# -- what only the engine can show ---------------------------------------------------------------


def test_a_limit_that_is_met_at_birth_is_no_final_failure() -> None:
    """Somebody may raise the limit; the request is tried again until then."""
    world = opened(
        Stage("S0", [CreateInvoice(FEE)], automove=True),
        Stage("S1", automove=True),
        Stage("S2", automove=True),
        DONE,
        settings=Settings(most_steps=1, on_empty="advance"),
    )
    account = world.account()
    world.engine.save(attrs.evolve(FEE, on_account=True), replace=True)
    world.invoices.credit.add(account.id)

    world.engine.start("tax", account)

    (failure,) = world.engine.failures()
    assert "most_steps" in failure.error
    assert not failure.given_up


@pytest.mark.parametrize(("seconds", "handed_out"), [(59, 0), (60, 1), (61, 1)])
def test_a_lease_ends_at_its_very_instant(seconds: int, handed_out: int) -> None:
    """From then on the row is anybody's."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    world.engine.start("tax", world.account())
    assert len(world.engine.pending(lease=timedelta(seconds=60))) == 1

    world.clock.advance(minutes=seconds / 60)

    assert len(world.engine.pending()) == handed_out


def test_a_pipeline_that_is_saved_while_a_job_starts_is_the_new_one_or_the_old() -> None:
    """The start decides anew on what there is then: it never fires what was taken away."""
    store = Failing()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store)
    account = world.account()
    changed = Pipeline("Tax", [Stage("Work", [SendMessage(NEWS)]), DONE])
    store.before = [
        lambda: world.__class__(store=store).engine.save(changed, replace=True),
    ]

    job = world.engine.start("tax", account)

    assert [item.name for item in job.items] == ["News"]
    assert world.tasks.created == []


def test_a_task_that_is_reopened_holds_the_visit_again() -> None:
    """The job stays where it is, and waits (A-11)."""
    office = Office(
        Stage("Work", [CreateTask(PREPARE), SendMessage(CHECKLIST)], automove=True), DONE
    )
    office.record("Prepare", TaskCompleted())

    office.record("Prepare", TaskReopened())

    assert {one.name for one in office.job.open_items} == {"Prepare", "Checklist"}


def test_a_signature_after_the_end_is_kept_and_completes_nothing_twice() -> None:
    """It is noted once more, for it is another person's."""
    office = Office(Stage("Work", automove=True), DONE)
    office.link(ItemKind.SIGNATURE, signers=("Ada", "Notary"))
    office.record("Thing", DocumentSigned())

    late = office.record("Thing", DocumentSigned("Notary"))

    assert not late.changed
    assert len(office.events(ItemCompleted)) == 1
