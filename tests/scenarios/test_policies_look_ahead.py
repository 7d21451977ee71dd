"""Policies see all that a command leads to, however many steps that takes (A-52)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipeflow import (
    Account,
    Automation,
    Bundle,
    Cancelled,
    Contact,
    CreateInvoice,
    CreateTask,
    DocumentApproved,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    ItemKind,
    Job,
    JobTemplate,
    LineItem,
    Member,
    MessageTemplate,
    Money,
    Monthly,
    NotAllowedError,
    NotFoundError,
    PipeflowError,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Ref,
    Reminders,
    Schedule,
    SendEmail,
    SendMessage,
    SendProposal,
    SetStatus,
    Settings,
    Stage,
    StartJob,
    Status,
    TaskCompleted,
    TaskTemplate,
    TransferJob,
    UpdateAccountAccess,
    UpdateAccountTags,
    WhenDone,
    tagged,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Authorizer, Changes, Intent, RowKey
from pipeflow.testing import World
from tests.faults.offices import Policy

FEE = InvoiceTemplate("Fee", lines=[LineItem("Work", rate=Money("10.00", "USD"))])
GIFT = InvoiceTemplate("Gift", lines=[LineItem("Work", rate=Money("0.00", "USD"))])
LETTER = ProposalTemplate("Letter", invoice_on_acceptance=FEE)
PREPARE = TaskTemplate("Prepare")
HELLO = EmailTemplate("Hello", subject="Hello")
NEWS = MessageTemplate("News", subject="News", client_tasks=["Read"])
BILL = Stage("Bill", [CreateInvoice(FEE)])
BILLING = Pipeline("Billing", [Stage("Ask"), BILL])
OFFERS = Pipeline("Offers", [Stage("Offer", [SendProposal(LETTER)])])
BANK = Status("Bank", automations=[CreateInvoice(FEE)])
TEMPLATES = (FEE, GIFT, LETTER, PREPARE, HELLO, NEWS)
DONE = Stage("Done")


class Interns(Policy):
    """Interns do much, but send no invoices: as the page about rights suggests it."""

    def allows(self, intent: Intent) -> bool:
        """Say no to invoices."""
        return CreateInvoice not in intent.kinds

    @property
    def last(self) -> list[type[Automation]]:
        """The kinds of what would have fired, in order, when it was asked the last time."""
        return [type(one) for one in self.asked[-1].fires]


def firm(
    *stages: Stage, also: tuple[Pipeline, ...] = (), **more: Any
) -> tuple[World, Interns, Account]:
    """Make a firm with a pipeline "Tax" of these stages, and a client."""
    policy = Interns()
    world = World(authorizer=policy)
    tax = Pipeline("Tax", [Stage("Intake"), *stages, DONE], **more)
    world.engine.save(*TEMPLATES, BILLING, OFFERS, tax, *also)
    return world, policy, world.engine.save(Account("Ada", contacts=[Contact("A", email="a@b.c")]))


def refused(call: Callable[[], object]) -> None:
    """See that the intern may not do that."""
    with pytest.raises(NotAllowedError, match="'intern' may not"):
        call()


LEADING = {
    "at once": CreateInvoice(FEE),
    "a transfer": TransferJob(BILLING, stage="bill"),
    "another job": StartJob(BILLING, stage="bill"),
    "a status": SetStatus("bank"),
    "a proposal": SendProposal(LETTER),
    "a proposal elsewhere": StartJob(OFFERS),
    "if a condition holds": StartJob(OFFERS, when=tagged("vip")),
}
MOVES: dict[str, Callable[[Engine, Job], object]] = {
    "move": lambda e, job: e.move(job, "Next", actor="intern"),
    "move_many": lambda e, job: e.move_many([job], "Next", actor="intern"),
    "transfer": lambda e, job: e.transfer(job, "tax", "Next", actor="intern"),
    "start": lambda e, job: e.start("tax", job.account, stage="Next", actor="intern"),
    "start_many": lambda e, job: e.start_many("tax", [job.account], stage="Next", actor="intern"),
    "set_status": lambda e, job: e.set_status(job, "Next", actor="intern"),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("leads", LEADING)
def test_a_52_nobody_sends_an_invoice_by_a_detour(leads: str, move: str) -> None:
    """Whatever leads to it, and whatever call leads there."""
    fires = [LEADING[leads]]
    own = Status("Next", automations=fires)
    world, _, ada = firm(Stage("Next", fires), statuses=[BANK, own])
    job = world.engine.start("tax", ada)

    refused(lambda: MOVES[move](world.engine, job))

    assert world.engine.job(job).stage == "intake"
    assert world.invoices.created == []


def test_a_52_what_is_led_to_is_told_once_and_circles_end() -> None:
    """Pipelines may lead to each other."""
    loop = Pipeline("Loop", [Stage("One", [SendEmail(HELLO), TransferJob("tax", stage="next")])])
    stage = Stage("Next", [StartJob("loop"), SetStatus("odd")])
    world, policy, ada = firm(stage, also=(loop,), statuses=["odd"])
    job = world.engine.start("tax", ada)

    with pytest.raises(PipeflowError, match="would start more than"):
        world.engine.move(job, "Next", actor="intern")

    assert policy.last == [StartJob, SetStatus, SendEmail, TransferJob]


def test_a_52_what_two_pipelines_say_alike_may_lead_to_two_things() -> None:
    """Each has a status of that name, and only one of them brings an invoice."""
    other = Pipeline("Other", [Stage("One", [SetStatus("bank")])], statuses=[BANK])
    stage = Stage("Next", [SetStatus("bank"), TransferJob("other")])
    world, policy, ada = firm(stage, also=(other,), statuses=["Bank"])
    job = world.engine.start("tax", ada)

    refused(lambda: world.engine.move(job, "Next", actor="intern"))

    assert policy.last == [SetStatus, TransferJob, SetStatus, CreateInvoice]


def test_a_52_what_is_left_out_leads_nowhere() -> None:
    """Nor does anything where nothing is to fire."""
    world, policy, ada = firm(Stage("Next", [StartJob(BILLING, stage="bill"), SendEmail(HELLO)]))
    job, other = world.engine.start("tax", ada), world.engine.start("tax", ada)

    world.engine.move(job, "Next", skip=["start-job-billing"], actor="intern")
    assert policy.last == [SendEmail]
    world.engine.start("tax", ada, stage="Next", fire=False, actor="intern")
    world.engine.transfer(other, BILLING, "Bill", fire=False, actor="intern")
    assert policy.last == []


def test_a_52_what_automove_reaches_in_the_same_command_is_told() -> None:
    """A stage in which nobody has anything to do is passed at once, where the firm wants it so."""
    stages = Stage("Next", automove=True), Stage("Tasks", [CreateTask(PREPARE)], automove=True)
    world, policy, ada = firm(stages[0], BILL)
    held, _, _ = firm(*stages, BILL)
    job = world.engine.start("tax", ada)

    world.engine.move(job, "Next", actor="intern")
    world.engine.move(job, "Intake")
    world.engine.save(Settings(on_empty="advance"))
    refused(lambda: world.engine.move(job, "Next", actor="intern"))
    assert policy.last == [CreateInvoice]
    held.engine.save(Settings(on_empty="advance"))
    ada = held.engine.accounts()[0]
    moved = held.engine.move(held.engine.start("tax", ada), "Next", actor="intern")
    assert moved.stage == "tasks"


def test_a_52_a_stage_that_is_done_at_birth_is_passed_too() -> None:
    """An invoice that comes to nothing is paid when it is made (A-50)."""
    letter = CreateTask(PREPARE, when=tagged("vip"))
    world, policy, ada = firm(
        Stage("Next", [CreateInvoice(GIFT)], automove=True), Stage("B", [letter])
    )
    job = world.engine.start("tax", ada)

    refused(lambda: world.engine.move(job, "Next", actor="intern"))
    assert policy.last == [CreateInvoice]
    world.engine.tag(ada, add={"vip"})
    refused(lambda: world.engine.move(job, "Next", actor="intern"))
    assert policy.last == [CreateInvoice, CreateTask]


def test_a_52_what_automove_reaches_in_another_pipeline_is_told() -> None:
    """Behind the stage to which the job is transferred."""
    quick = Pipeline("Quick", [Stage("Pass", automove=True), BILL])
    world, policy, ada = firm(also=(quick,))
    world.engine.save(Settings(on_empty="advance"))
    job = world.engine.start("tax", ada)

    refused(lambda: world.engine.transfer(job, "quick", actor="intern"))

    assert policy.last == [CreateInvoice]


COMPLETING: dict[str, Callable[[Engine, Job], object]] = {
    "complete": lambda e, job: e.complete(job.items[0], actor="intern"),
    "record": lambda e, job: e.record(job.items[0], TaskCompleted(), actor="intern"),
    "receive": lambda e, job: e.receive(_ref(job), TaskCompleted(), actor="intern"),
}


def _ref(job: Job) -> Any:
    return job.items[0].ref


@pytest.mark.parametrize("how", COMPLETING)
@pytest.mark.parametrize("by", ["automove", "when done"])
def test_a_52_what_a_completion_would_fire_is_told(by: str, how: str) -> None:
    """That of a trigger, and that of the next stage, but only where the job would go on."""
    done = [WhenDone("create-task-prepare", [CreateInvoice(FEE)])] if by == "when done" else []
    work = Stage("Work", [CreateTask(PREPARE)], automove=not done, triggers=done)
    world, policy, ada = firm(work, BILL)
    job = world.engine.start("tax", ada, stage="Work")
    other = world.engine.start("tax", ada, stage="Work")
    world.engine.link(other, "t-9", "task", "Call")

    refused(lambda: COMPLETING[how](world.engine, world.engine.job(job)))
    assert policy.last == [CreateInvoice]
    assert world.engine.job(job).stage == "work"
    if by == "automove":
        COMPLETING[how](world.engine, world.engine.job(other))
        assert policy.last == []


@pytest.mark.parametrize("how", ["complete", "record"])
def test_a_52_whoever_accepts_a_proposal_is_asked_about_its_invoice(how: str) -> None:
    """No automation makes it, and yet it leaves."""
    world, policy, ada = firm(Stage("Next", [SendProposal(LETTER)]))
    item = world.engine.start("tax", ada, stage="Next").items[0]

    if how == "complete":
        refused(lambda: world.engine.complete(item, actor="intern"))
    else:
        refused(lambda: world.engine.record(item, ProposalSigned(), actor="intern"))

    assert policy.asked[-1].fires == (CreateInvoice(FEE),)
    assert world.invoices.created == []


def test_a_52_an_invoice_that_an_earlier_acceptance_brought_is_asked_about_no_more() -> None:
    """Somebody else accepted the letter; the intern only finishes a task."""
    world, policy, ada = firm(Stage("Next", [SendProposal(LETTER), CreateTask(PREPARE)]))
    job = world.engine.start("tax", ada, stage="Next")
    job = world.engine.complete(job.item("Letter"))

    world.engine.complete(job.item("Prepare"), actor="intern")

    assert policy.last == []


def test_a_52_every_job_that_a_fact_reaches_is_asked_about_with_what_fires_there() -> None:
    """A webhook with an actor that names one thing on two jobs."""
    work = Stage("Work", automove=True)
    world, policy, ada = firm(work, Stage("Mail", [SendEmail(HELLO)]))
    jobs = [world.engine.start("tax", ada, stage="Work") for _ in range(2)]
    for job in jobs:
        world.engine.link(job, Ref("documents", "d-1"), "approval", "Return")

    world.engine.receive(Ref("documents", "d-1"), DocumentApproved(), actor="intern")

    told = [(one.job and one.job.id, len(one.fires)) for one in policy.asked]
    assert told == [(None, 1), (jobs[0].id, 1), (jobs[1].id, 1)]


def test_a_52_of_each_job_that_a_fact_reaches_only_its_own_is_told() -> None:
    """One would send an e-mail, and another make a task."""
    call = Pipeline("Call", [Stage("Work", automove=True), Stage("Do", [CreateTask(PREPARE)])])
    mail = Stage("Mail", [SendEmail(HELLO)])
    world, policy, ada = firm(Stage("Work", automove=True), mail, also=(call,))
    for pipeline in ("tax", "call"):
        job = world.engine.start(pipeline, ada, stage="Work")
        world.engine.link(job, Ref("documents", "d-1"), "approval", "Return")

    world.engine.receive(Ref("documents", "d-1"), DocumentApproved(), actor="intern")

    told = [[type(fires) for fires in one.fires] for one in policy.asked[1:]]
    assert told == [[SendEmail], [CreateTask]]


def test_a_52_a_job_that_goes_on_again_is_asked_about_with_what_had_to_wait() -> None:
    """Resumed, restored, or evaluated anew."""
    world, policy, ada = firm(Stage("Work", [CreateTask(PREPARE)], automove=True), BILL)
    engine = world.engine
    job = engine.start("tax", ada, stage="Work")
    engine.pause(job)
    engine.complete(engine.job(job).items[0], actor="intern")

    refused(lambda: engine.resume(job, actor="intern"))
    tax = engine.pipeline("tax")
    engine.save(tax.change("Work", automove=False))
    engine.resume(job, actor="intern")
    engine.save(engine.pipeline("tax").change("Work", automove=True))
    refused(lambda: engine.reevaluate(job, actor="intern"))
    engine.archive(job, actor="intern")
    refused(lambda: engine.restore(job, actor="intern"))
    assert policy.last == [CreateInvoice]


# -- retries -------------------------------------------------------------------------------------


def test_a_52_whoever_has_a_request_tried_again_is_asked_about_what_asked_for_it() -> None:
    """Trying it again sends it."""
    world, policy, ada = firm(
        Stage("Next", [SendEmail(HELLO), CreateInvoice(FEE), CreateTask(PREPARE)])
    )
    for port in (world.email, world.invoices, world.tasks):
        port.fail_next(OSError("down"))
    job = world.engine.start("tax", ada, stage="Next")
    keys = {one.key.split("/")[3]: one.key for one in world.engine.failures()}

    refused(lambda: world.engine.retry(keys["create-invoice-fee"], actor="intern"))
    for name, kind in (("send-email-hello", SendEmail), ("create-task-prepare", CreateTask)):
        world.engine.retry(keys[name], actor="intern")
        assert policy.last == [kind]
    assert (policy.asked[-1].job or job).id == policy.asked[-1].about == job.id
    with pytest.raises(NotFoundError):
        world.engine.retry("default/job-1/1/nothing", actor="intern")
    with pytest.raises(NotFoundError):
        world.engine.retry("nothing", actor="intern")


def test_a_52_a_reminder_that_is_tried_again_asks_for_nothing_new() -> None:
    """The invoice has left long ago."""
    daily = Reminders(every=1, times=2)
    world, policy, ada = firm(Stage("Next", [CreateInvoice(FEE, reminders=daily)]))
    world.engine.start("tax", ada, stage="Next")
    world.email.fail_next(OSError("down"))
    world.advance(days=1)
    (failure,) = world.engine.failures()

    world.engine.retry(failure.key, actor="intern")

    assert policy.last == []


def test_a_52_a_request_of_a_job_that_is_gone_on_elsewhere_is_still_what_it_is() -> None:
    """An invoice is one, whatever asked for it; of other things nothing is known any more."""
    world, policy, ada = firm(Stage("Next", [SendEmail(HELLO)]))
    world.email.fail_next(OSError("down"))
    job = world.engine.start("tax", ada, stage="Next")
    world.engine.transfer(job, BILLING)
    (failure,) = world.engine.failures()

    world.engine.retry(failure.key, actor="intern")

    assert policy.last == []


def test_a_52_an_automation_that_could_not_run_is_asked_about_when_it_is_retried() -> None:
    """It fires then (A-24), and giving it up lets the job go on."""
    world, policy, ada = firm(Stage("Next", [CreateInvoice(GIFT)], automove=True), BILL)
    row = RowKey("template", "gift")
    read = world.store.read("default", (row,)).rows[row]
    world.store.commit(Changes("default", {row: read.version}, deletes=(row,)))
    world.engine.save(Settings(on_empty="advance"))
    world.engine.start("tax", ada, stage="Next")
    (failure,) = world.engine.failures()

    refused(lambda: world.engine.abandon(failure.key, actor="intern"))
    assert policy.asked[-1].fires == (CreateInvoice(FEE, id="create-invoice-fee"),)
    world.engine.save(GIFT)
    refused(lambda: world.engine.retry(failure.key, actor="intern"))
    assert [one.uses for one in policy.asked[-1].fires] == ["gift", "fee"]


# -- definitions ---------------------------------------------------------------------------------


def test_a_52_whoever_applies_a_plan_is_asked_as_whoever_saves() -> None:
    """A plan is no way round."""
    world, policy, _ = firm()
    tax = world.engine.pipeline("tax")
    plan = world.engine.plan(tax.add("Intake", CreateInvoice(FEE)))

    refused(lambda: world.engine.apply(plan, actor="intern"))
    assert policy.asked[-1].things == (plan.pipeline,)
    assert policy.asked[-1].pipeline == tax
    world.engine.save(Member("Bob"))
    plan = world.engine.plan(tax.add("Intake", UpdateAccountAccess(add={"bob"})))
    world.engine.apply(plan, actor="intern")
    assert policy.asked[-1].grants == {"bob"}


@pytest.mark.parametrize("leads", LEADING)
def test_a_52_whoever_saves_is_asked_about_what_new_automations_lead_to(leads: str) -> None:
    """Whatever leads there, saved, applied or installed."""
    world, _, _ = firm(statuses=[BANK])
    tax = world.engine.pipeline("tax").add("Intake", LEADING[leads])
    alone = replaced(tax, id="alone", name="Alone", revision=None)

    for pipeline in (tax, alone):
        refused(lambda: world.engine.save(pipeline, actor="intern"))  # noqa: B023
        refused(lambda: world.engine.apply(world.engine.plan(pipeline), actor="intern"))  # noqa: B023
    assert world.engine.pipeline("tax") == tax.remove(
        "Intake", str(tax.stages[0].automations[0].id)
    )


def test_a_52_what_is_saved_or_installed_together_is_looked_at_together() -> None:
    """What is led to need not be there yet."""
    policy = Interns()
    world = World(authorizer=policy)
    first = Pipeline("First", [Stage("One", [StartJob("second")])])
    second = Pipeline("Second", [Stage("Two", [SendProposal(LETTER)])])

    refused(lambda: world.engine.save(first, second, LETTER, FEE, actor="intern"))
    assert policy.last == [StartJob, SendProposal, CreateInvoice]
    refused(lambda: world.engine.install(Bundle.of(second, LETTER, FEE), actor="intern"))
    assert policy.last == [SendProposal, CreateInvoice]
    both = Bundle(pipelines=(first, second), templates=(LETTER, FEE), name="Both")
    refused(lambda: world.engine.install(both, actor="intern"))
    assert policy.last == [StartJob, SendProposal, CreateInvoice]


def test_a_52_another_first_stage_is_heeded_where_it_is_saved_together() -> None:
    """Nothing is new in it, and yet jobs begin there from now on."""
    world, policy, _ = firm()
    tax = world.engine.pipeline("tax").add("Intake", StartJob("billing"))
    billing = world.engine.pipeline("billing").move_stage("Bill", 0)

    refused(lambda: world.engine.save(tax, billing, actor="intern"))

    assert policy.last == [StartJob, CreateInvoice]


def test_a_52_a_proposal_that_gets_an_invoice_later_is_asked_about() -> None:
    """Its pipelines stay as they are."""
    world, policy, _ = firm()
    plain = replaced(LETTER, id="plain", name="Plain", invoice_on_acceptance=None)

    saved = world.engine.save(plain, actor="intern")
    refused(lambda: world.engine.save(replaced(saved, invoice_on_acceptance="fee"), actor="intern"))
    world.engine.save(replaced(world.engine.template("letter"), terms="Sign."), actor="intern")
    assert policy.last == []


def test_a_52_a_proposal_that_is_installed_is_asked_about_as_one_that_is_saved() -> None:
    """Its acceptance brings an invoice, whichever pipeline sends it then."""
    world, policy, _ = firm()
    letter = replaced(LETTER, id="other", name="Other")

    refused(lambda: world.engine.install(Bundle(templates=[letter, FEE]), actor="intern"))

    assert policy.last == [CreateInvoice]


def test_a_52_whoever_saves_a_schedule_is_asked_about_what_its_jobs_begin_with() -> None:
    """They begin in nobody's name, again and again."""
    world, policy, ada = firm()
    world.engine.save(
        Pipeline("Fees", [Stage("Bill", [UpdateAccountTags(add={"x"}), CreateInvoice(FEE)])]),
    )
    monthly: dict[str, Any] = {"accounts": [ada], "every": Monthly(1), "start": date(2027, 1, 1)}
    fees = Schedule("Fees", pipeline="fees", **monthly)

    refused(lambda: world.engine.save(fees, actor="intern"))
    assert policy.last == [UpdateAccountTags, CreateInvoice]
    saved = world.engine.save(fees)
    refused(lambda: world.engine.save(replaced(saved, every=Monthly(2)), actor="intern"))
    world.engine.save(saved, actor="intern")
    assert policy.last == []
    with pytest.raises(PipeflowError, match="nowhere"):
        world.engine.save(Schedule("Odd", pipeline="nowhere", **monthly), actor="intern")


NOWHERE = {
    "pipeline": StartJob("nowhere"),
    "stage": StartJob(BILLING, stage="nowhere"),
    "status": SetStatus("nowhere"),
    "template": SendProposal("nowhere"),
}


@pytest.mark.parametrize("what", NOWHERE)
def test_a_52_what_leads_nowhere_is_asked_about_by_itself(what: str) -> None:
    """The save itself says what is missing."""
    world, policy, _ = firm()
    tax = world.engine.pipeline("tax").add("Intake", NOWHERE[what])

    with pytest.raises(PipeflowError, match="nowhere"):
        world.engine.save(tax, actor="intern")

    assert policy.last == [type(NOWHERE[what])]


# -- trials --------------------------------------------------------------------------------------


def test_a_52_who_is_refused_uses_no_id_up() -> None:
    """Whoever comes next starts the first job."""
    world, _, ada = firm(BILL)

    refused(lambda: world.engine.start("tax", ada, stage="Bill", actor="intern"))

    assert world.engine.start("tax", ada, actor="intern").id == "job-1"


def test_a_52_a_reply_is_weighed_with_the_threads_of_other_jobs() -> None:
    """Looking ahead looks for them, too (A-48), and what is refused there is refused later."""
    reply = SendMessage(NEWS, thread="reply_to_latest")
    world, policy, ada = firm(
        Stage("Next", [reply]), Stage("Loop", [reply, StartJob("tax", stage="loop")])
    )
    first, second = (world.engine.start("tax", ada, actor="intern") for _ in range(2))

    for job in (first, second):
        assert world.engine.move(job, "Next", actor="intern").stage == "next"
    assert policy.last == [SendMessage]
    with pytest.raises(PipeflowError, match="would start more than"):
        world.engine.move(first, "Loop", actor="intern")
    assert policy.last == [SendMessage, StartJob]


def test_a_52_whoever_has_a_schedule_tried_again_is_asked_about_what_the_job_begins_with() -> None:
    """The job is made then, in their name."""
    world, policy, ada = firm(also=(Pipeline("Fees", [BILL]),))
    plain = world.engine.save(JobTemplate("Plain"))
    begin = date(2026, 1, 6)
    monthly: dict[str, Any] = {"accounts": [ada], "every": Monthly(6), "start": begin}
    world.engine.save(Schedule("Fees", pipeline="fees", template=plain, **monthly))
    row = RowKey("template", "plain")
    read = world.store.read("default", (row,)).rows[row]
    world.store.commit(Changes("default", {row: read.version}, deletes=(row,)))
    world.advance(days=2)
    (failure,) = world.engine.failures()

    world.engine.save(JobTemplate("Plain"))
    refused(lambda: world.engine.retry(failure.key, actor="intern"))

    assert policy.last == [CreateInvoice]
    assert world.invoices.created == []


# -- what kind of thing it is about ----------------------------------------------------------------


class Bookkeepers(Authorizer):
    """Nobody but the bookkeeper has to do with invoices (domain.md part 7: rights by kind)."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.kinds: dict[str, ItemKind | None] = {}

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Never be asked: `may` knows more."""
        raise AssertionError

    def may(self, intent: Intent, /) -> bool:
        """Say no to all but the bookkeeper, where it is about an invoice."""
        self.kinds[intent.action] = intent.item_kind
        return intent.actor == "book" or intent.item_kind is not ItemKind.INVOICE


def billed() -> tuple[Engine, Job, Bookkeepers]:
    """Open a firm in which one job has an invoice and a task."""
    policy = Bookkeepers()
    engine = World(authorizer=policy).engine
    both = Stage("Both", [CreateInvoice(FEE), CreateTask(PREPARE)])
    engine.save(Member("Mia"), *TEMPLATES, Pipeline("Mixed", [both, DONE]))
    return engine, engine.start("mixed", engine.save(Account("Ada", [ADA]))), policy


ADA = Contact("Ada", email="ada@example.com")
KINDS = {"Fee": ItemKind.INVOICE, "Prepare": ItemKind.TASK}
APRIL = date(2027, 4, 15)
ON_ITEMS: list[tuple[str, Callable[[Engine, Job, str, str], Job]]] = [
    ("link", lambda e, job, who, name: e.link(job, name, KINDS[name], actor=who)),
    ("unlink", lambda e, job, who, name: e.unlink(job, job.item(name), actor=who)),
    ("unlink", lambda e, job, who, name: e.unlink(job, name, actor=who)),
    ("record", lambda e, job, who, name: e.record(job.item(name), Cancelled(), actor=who)),
    ("complete", lambda e, job, who, name: e.complete(job.item(name), actor=who)),
    ("reopen", lambda e, job, who, name: e.reopen(job.item(name), actor=who)),
    ("reassign", lambda e, job, who, name: e.reassign(job.item(name), ["mia"], actor=who)),
    ("reschedule", lambda e, job, who, name: e.reschedule(job.item(name), APRIL, actor=who)),
]


@pytest.mark.parametrize(
    ("action", "call"), ON_ITEMS, ids=[f"{n}-{one}" for n, (one, _) in enumerate(ON_ITEMS)]
)
def test_a_52_a_policy_knows_what_kind_of_item_it_is_about(
    action: str, call: Callable[[Engine, Job, str, str], Job]
) -> None:
    """So a firm can have a right of its own for each kind."""
    engine, job, policy = billed()

    with pytest.raises(NotAllowedError, match=f"'mia' may not {action} 'job-1'"):
        call(engine, job, "mia", "Fee")
    call(engine, job, "mia", "Prepare")
    call(engine, job, "book", "Fee")

    assert policy.kinds == {action: ItemKind.INVOICE}


@pytest.mark.parametrize("call", ["remind", "set_reminders"])
def test_a_52_reminders_are_of_a_kind_of_item_too(call: str) -> None:
    """Of whatever the client is reminded of."""
    engine, job, policy = billed()
    said: tuple[Any, ...] = () if call == "remind" else (None,)

    with pytest.raises(NotAllowedError):
        getattr(engine, call)(job.item("Fee"), *said, actor="mia")
    getattr(engine, call)(job.item("Fee"), *said, actor="book")

    assert policy.kinds == {call: ItemKind.INVOICE}


def test_a_52_what_is_about_no_item_names_no_kind() -> None:
    """Neither does what is about an item that is not there, which the command says better."""
    engine, job, policy = billed()

    engine.move(job, "Done", actor="mia")
    with pytest.raises(NotFoundError):
        engine.unlink(job, "Nothing", actor="mia")

    assert policy.kinds == {"move": None, "unlink": None}
