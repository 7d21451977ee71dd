"""What another worker does between two steps of ours: nothing is lost, and nothing done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from pipeflow import (
    Account,
    Bundle,
    Cancelled,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    DocumentApproved,
    DocumentSigned,
    Engine,
    InvoiceTemplate,
    ItemState,
    Job,
    LineItem,
    Member,
    Money,
    NotAllowedError,
    OrganizerSaved,
    PaymentFailed,
    PaymentReceived,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    Role,
    SendEmail,
    Settings,
    Stage,
    SubtaskChecked,
    TaskCompleted,
    TaskReopened,
    TaskTemplate,
    UpdateAccountAccess,
    tagged,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import StoreError
from pipeflow.ports import (
    TIMER,
    Authorizer,
    Changes,
    Claim,
    Due,
    DueState,
    Email,
    EmailPort,
    Read,
    ReminderTimer,
    RowKey,
    Settle,
    Withdrawal,
)
from pipeflow.testing import World
from tests.faults.offices import ports_of
from tests.firms import (
    BUSINESS,
    DONE,
    ORGANIZER,
    PREPARE,
    WELCOME,
    begun,
    now,
    opened,
)


class Watched(MemoryStore):
    """A store in which something happens right after a row of a kind was read, once."""

    def __init__(self) -> None:
        """Begin with nothing to happen."""
        super().__init__()
        self.kind = ""
        self.happening: Callable[[], object] = lambda: None

    def after_reading(self, kind: str, happening: Callable[[], object]) -> None:
        """Let something happen right after the next row of that kind was read."""
        self.kind, self.happening = kind, happening

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Read, and then let it happen."""
        asked = tuple(keys)
        found = super().read(tenant, asked, **more)
        if self.kind in {key.kind for key in (*asked, *found.rows)}:
            self.kind = ""
            self.happening()
        return found


def elsewhere(world: World) -> Engine:
    """Return another worker's engine on the same store, with the same ports."""
    return Engine(ports=ports_of(world), store=world.store, clock=world.clock)


def two_jobs_with_a_document(*, when: str = "") -> tuple[World, Watched, Job, Job]:
    """Link one document, as an approval, to the first of two jobs."""
    store = Watched()
    middle = [Stage("Special", when=tagged(when))] if when else []
    world = opened(Stage("Intake", automove=True), *middle, Stage("Next"), DONE, store=store)
    account = world.account()
    first = world.engine.start("tax", account)
    second = world.engine.start("tax", account)
    return world, store, world.engine.link(first, "d-1", "approval"), second


# -- one commit, one reading ---------------------------------------------------------------------


def test_a_link_loses_nothing_that_was_linked_meanwhile() -> None:
    """It looks at jobs that have the thing already, and at its own job only once."""
    store = Watched()
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE, store=store)
    job = world.engine.start("tax", world.account())
    other = elsewhere(world)
    store.after_reading("ref", lambda: other.link(job, "x-9", "approval", name="Theirs"))

    job = world.engine.link(job, Ref("tasks", "task-1"), name="Mine")

    assert {item.name for item in job.items} == {"Prepare", "Theirs", "Mine"}


def test_a_fact_reaches_a_job_that_is_linked_meanwhile() -> None:
    """Whoever links while it is recorded is not left waiting for ever."""
    world, store, first, second = two_jobs_with_a_document()
    other = elsewhere(world)
    store.after_reading("job", lambda: other.link(second, "d-1", "approval"))

    world.engine.record(first.item("d-1"), DocumentApproved())

    assert now(world, first).stage == "next"
    assert now(world, second).stage == "next"


def test_a_webhook_reaches_a_job_that_is_linked_meanwhile() -> None:
    """The reference is looked up anew in each attempt."""
    world, store, first, second = two_jobs_with_a_document()
    third = world.engine.start("tax", first.account)
    world.engine.link(second, "d-1", "approval")
    other = elsewhere(world)
    store.after_reading("job", lambda: other.link(third, "d-1", "approval"))

    world.engine.receive(Ref("documents", "d-1"), DocumentApproved())

    assert [now(world, job).stage for job in (first, second, third)] == ["next"] * 3


def test_all_jobs_of_a_command_see_the_account_alike() -> None:
    """A tag that comes in between does not send one job one way and the other another."""
    world, store, first, second = two_jobs_with_a_document(when="vip")
    world.engine.link(second, "d-1", "approval")
    other = elsewhere(world)
    store.after_reading("account", lambda: other.tag(first.account, add={"vip"}))

    world.engine.record(first.item("d-1"), DocumentApproved())

    assert now(world, first).stage == now(world, second).stage == "special"


def test_a_stage_that_goes_while_a_job_enters_it_stays() -> None:
    """The save is taken back whole, and says why (A-18)."""

    class Scanned(MemoryStore):
        """A store in which something happens right after jobs were counted, once."""

        happening: Callable[[], object] | None = None

        def count(self, *args: Any, **more: Any) -> Mapping[str, int]:
            """Count, and then let it happen."""
            found = super().count(*args, **more)
            if self.happening is not None:
                happening, self.happening = self.happening, None
                happening()
            return found

    store = Scanned()
    world = opened(Stage("Intake"), Stage("Old"), DONE, store=store)
    job = world.engine.start("tax", world.account())
    other = elsewhere(world)
    store.happening = lambda: other.move(job, "Old")

    with pytest.raises(DefinitionError, match=r"'old' \(1 job\); move these jobs first"):
        world.engine.save(
            world.engine.pipeline("tax").remove_stage("Old"), TaskTemplate("Never saved")
        )

    assert [stage.id for stage in world.engine.pipeline("tax").stages] == ["intake", "old", "done"]
    assert "never-saved" not in {one.id for one in world.engine.templates()}
    assert world.engine.explain(job).stage == "old"


# -- leases --------------------------------------------------------------------------------------


class Slow(EmailPort):
    """A port that takes two minutes over the first e-mail, in which another worker ticks."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: list[str] = []
        self.world: World | None = None
        self.other: Engine | None = None

    def send(self, email: Email, /) -> Receipt:
        """Send it, slowly if it is the first."""
        self.sent.append(email.key)
        if len(self.sent) == 1 and self.world is not None and self.other is not None:
            self.world.clock.advance(minutes=2)
            self.other.tick()
        return Receipt(f"m-{len(self.sent)}")


def test_what_another_worker_took_over_is_not_sent_again() -> None:
    """A slow port lets leases run out: who comes late asks before it sends."""
    world = World()
    port = Slow()
    engines = [
        Engine(ports=Ports(email=port), store=world.store, clock=world.clock) for _ in range(2)
    ]
    first, port.other = engines
    first.save(Pipeline("Tax", [Stage("A", [SendEmail(WELCOME)]), DONE]), WELCOME)
    world.email.fail_next(OSError("down"), times=2)
    failing = Engine(ports=Ports(email=world.email), store=world.store, clock=world.clock)
    for name in ("Ada", "Bob"):
        failing.start("tax", world.account(name))
    port.world = world
    world.clock.advance(minutes=1)

    first.tick()

    assert sorted(Counter(port.sent).values()) == [1, 2]


class Deadly(EmailPort):
    """A port that ends the process."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self.calls = 0

    def send(self, email: Email, /) -> Receipt:
        """End it."""
        self.calls += 1
        raise SystemExit


def test_a_request_that_kills_every_worker_is_given_up_in_the_end() -> None:
    """It is counted when it is handed out, and a person sees it."""
    world, port = World(), Deadly()
    engine = Engine(ports=Ports(email=port), store=world.store, clock=world.clock)
    engine.save(
        Pipeline("Tax", [Stage("A", [SendEmail(WELCOME)]), DONE]), WELCOME, Settings(attempts=3)
    )
    with pytest.raises(SystemExit):
        engine.start("tax", world.account())
    for _ in range(2):
        world.clock.advance(minutes=2)
        with pytest.raises(SystemExit):
            engine.tick()

    world.clock.advance(minutes=2)
    engine.tick()

    assert port.calls == 3
    (failure,) = engine.failures()
    assert failure.given_up
    assert failure.error == "its last attempt ended without an answer"


class Handed(MemoryStore):
    """A store in which something happens right after a request was handed out, once."""

    happening: Callable[[], object] | None = None

    def claim(self, *args: Any, **more: Any) -> list[Claim]:
        """Hand out, and then let it happen."""
        found = super().claim(*args, **more)
        if found and self.happening is not None:
            happening, self.happening = self.happening, None
            happening()
        return found


@pytest.mark.parametrize("how", ["deleted", "delivered"])
def test_a_request_that_is_over_before_it_is_given_up_is_no_failure(how: str) -> None:
    """Somebody deletes its job, or tells that it came to be, while a worker looks at it."""
    store = Handed()
    world, port = World(store=store), Deadly()
    engine = Engine(ports=Ports(email=port), store=store, clock=world.clock)
    settings = Settings(attempts=1)
    engine.save(Pipeline("Tax", [Stage("A", [SendEmail(WELCOME)]), DONE]), WELCOME, settings)
    with pytest.raises(SystemExit):
        engine.start("tax", world.account())
    (job,) = engine.jobs()
    world.clock.advance(minutes=2)
    (failure,) = engine.failures()
    other = elsewhere(world)

    def deleted() -> None:
        other.archive(job.id)
        other.delete(job)

    def delivered() -> None:
        other.delivered(failure.key, Receipt("m-1"))

    store.happening = deleted if how == "deleted" else delivered
    engine.tick()

    assert engine.failures() == ()
    assert port.calls == 1


def test_a_request_whose_worker_never_answered_is_seen_before_it_is_given_up() -> None:
    """It stands among the failures while it waits for its next attempt."""
    world, port = World(), Deadly()
    engine = Engine(ports=Ports(email=port), store=world.store, clock=world.clock)
    engine.save(Pipeline("Tax", [Stage("A", [SendEmail(WELCOME)]), DONE]), WELCOME)
    with pytest.raises(SystemExit):
        engine.start("tax", world.account())
    world.clock.advance(minutes=2)
    (failure,) = engine.failures()

    assert failure.error == "no answer before the lease ran out"


# -- items ---------------------------------------------------------------------------------------


def test_one_document_may_be_an_approval_here_and_a_signature_there() -> None:
    """Each job hears of what it waits for."""
    world, _, first, second = two_jobs_with_a_document()
    second = world.engine.link(second, "d-1", "signature")

    world.engine.receive(Ref("documents", "d-1"), DocumentSigned())
    assert now(world, second).stage == "next"
    assert now(world, first).stage == "intake"
    world.engine.record(first.item("d-1"), DocumentApproved())

    assert now(world, first).stage == "next"


def test_a_thing_that_was_cancelled_can_still_be_let_go_of() -> None:
    """So that its task may be linked to another job."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, "t-1", "task", name="Call")
    job = world.engine.record(job.item("Call"), Cancelled())
    job = world.engine.unlink(job, "Call")

    other = world.engine.start("tax", job.account)
    other = world.engine.link(other, "t-1", "task")

    assert job.item("Call").ref == Ref("tasks", "t-1")
    assert other.item("t-1").state is ItemState.PENDING


def test_what_is_done_stays_done_when_it_is_cancelled_afterwards() -> None:
    """A job on hold does not lose its completion."""
    world = World()
    world.engine.save(
        Pipeline(
            "Tax", [Stage("Work", [CreateTask(PREPARE)], automove=True), DONE], statuses=["On hold"]
        ),
        PREPARE,
    )
    job = world.engine.start("tax", world.account())
    world.engine.set_status(job, "On hold")
    world.team.completes(job, "Prepare")
    world.engine.record(job.item("Prepare"), Cancelled("sealed"))
    before = len(world.engine.history(job))
    world.engine.record(job.item("Prepare"), Cancelled("sealed"))
    assert len(world.engine.history(job)) == before

    assert world.engine.restore(job).stage == "done"


def test_what_was_let_go_of_is_not_reopened() -> None:
    """It is none of the job's any more."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, "t-1", "task", name="Call")
    job = world.engine.unlink(job, "Call")

    job = world.engine.record(job.item("Call"), TaskReopened())

    assert job.item("Call").state is ItemState.RESOLVED


def test_an_invoice_that_credit_paid_stays_paid_when_a_debit_fails() -> None:
    """The failed money was never needed."""
    credit = InvoiceTemplate(
        "Fee", lines=[LineItem("Form", rate=Money("100", "USD"))], on_account=True
    )
    world = World()
    world.engine.save(Pipeline("Tax", [Stage("Billing", [CreateInvoice(credit)]), DONE]), credit)
    account = world.account()
    world.invoices.credit.add(account.id)
    job = world.engine.start("tax", account)
    item = job.item("Fee")
    world.engine.record(item, PaymentReceived(Money("5", "USD"), cleared=False, reference="r"))

    job = world.engine.record(item, PaymentFailed("r"))

    assert job.item("Fee").state is ItemState.COMPLETED


def test_a_submission_without_answers_submits_the_draft() -> None:
    """What the client had saved is what counts, and its tags come."""
    world, job = begun(Stage("Intake", [CreateOrganizer(ORGANIZER)], automove=True), DONE)
    world.engine.record(job.item("Organizer"), OrganizerSaved({BUSINESS: "Yes"}))

    job = world.engine.complete(job.item("Organizer"))

    assert world.engine.account(job.account).tags == {"business"}


def test_a_subtask_is_ticked_once_and_must_be_there() -> None:
    """That never completes the task."""
    task = TaskTemplate("Prepare", subtasks=["Scan", "Check"])
    world = World()
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(task)]), DONE]), task)
    job = world.engine.start("tax", world.account())
    item = job.item("Prepare")
    for name in ("Scan", "Check", "Check"):
        job = world.engine.record(item, SubtaskChecked(name))

    assert len([e for e in world.engine.history(job) if "subtask" in e.sentence()]) == 2
    assert job.item("Prepare").state is ItemState.PENDING
    with pytest.raises(LookupError, match="Did you mean 'Scan'"):
        world.engine.record(item, SubtaskChecked("Scam"))


def test_the_subtasks_of_a_linked_task_are_not_known_here() -> None:
    """Whatever the host calls them is noted, once."""
    world, job = begun(Stage("Intake"), DONE)
    job = world.engine.link(job, "t-1", "task", name="Call")
    for _ in range(2):
        job = world.engine.record(job.item("Call"), SubtaskChecked("Dial"))

    assert len([e for e in world.engine.history(job) if "subtask" in e.sentence()]) == 1


def test_nobody_is_reminded_of_what_never_left() -> None:
    """An organizer that the client does not have is not asked for."""
    stage = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=Reminders(1, 2))])
    world = opened(stage, DONE)
    world.organizers.fail_next(Rejected("no"))
    job = world.engine.start("tax", world.account())

    world.advance(days=3)
    assert world.email.sent == []
    world.engine.retry(world.engine.failures()[0].key)
    world.advance(days=3)

    assert len(world.email.sent) == 2
    assert now(world, job).item("Organizer").reminded == 2


# -- access, order, commands ---------------------------------------------------------------------


def test_a_reset_for_a_role_that_nobody_fills_lets_nobody_in() -> None:
    """The defaults are not used where members were named (domain.md 1.3)."""
    world = World()
    reset = UpdateAccountAccess(add=[Role("preparer")], reset=True)
    world.engine.save(
        Pipeline("Tax", [Stage("A", [reset]), DONE]), Member("Mia", default_access=True)
    )

    job = world.engine.start("tax", world.account())

    assert world.engine.account(job.account).access == frozenset()


def test_a_repeated_batch_answers_though_its_pipeline_was_saved_meanwhile() -> None:
    """Like a repeated start."""
    world = opened(Stage("Intake"), DONE)
    accounts = [world.account("Ada"), world.account("Bob")]
    pipeline = world.engine.pipeline("tax")
    jobs = world.engine.start_many(pipeline, accounts, command_id="season")
    world.engine.save(pipeline.add_stage(Stage("More")))

    again = world.engine.start_many(pipeline, accounts, command_id="season")

    assert [job.id for job in again] == [job.id for job in jobs]


def test_a_batch_that_is_not_allowed_for_one_starts_for_none() -> None:
    """Everything is checked before the first one starts."""

    class Picky(Authorizer):
        """Lets nobody at the second account."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            """Say no for it."""
            return about != "account-2"

    world = opened(Stage("Intake"), DONE, authorizer=Picky())
    accounts = [world.account("Ada"), world.account("Bob")]

    with pytest.raises(NotAllowedError, match="'eve' may not start 'account-2'"):
        world.engine.start_many("tax", accounts, actor="eve")

    assert world.engine.jobs() == []


def test_the_same_stage_by_another_name_is_the_same_command() -> None:
    """Its id and its name say the same."""
    world, job = begun(Stage("Intake"), Stage("Work"), DONE)
    world.engine.move(job, "Work", command_id="m")

    assert world.engine.move(job, "work", command_id="m").stage == "work"


def test_saving_and_tagging_take_command_ids_too() -> None:
    """Sent twice, they act once, and answer with what there is now."""
    world = World()
    ada = Account("Ada", [Contact("Ada", "ada@example.com")])
    saved = world.engine.save(ada, command_id="s")
    world.engine.tag(saved, add={"vip"}, command_id="t")
    world.engine.tag(saved, remove={"vip"})

    assert world.engine.save(ada, command_id="s").id == saved.id
    assert world.engine.tag(saved, add={"vip"}, command_id="t").tags == frozenset()
    assert len(world.engine.accounts()) == 1
    with pytest.raises(ConflictError, match="used before"):
        world.engine.save(ada, command_id="t")


def test_mending_takes_command_ids_too() -> None:
    """A second click does nothing."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.tasks.fail_next(Rejected("no"))
    job = world.engine.start("tax", world.account())
    key = world.engine.failures()[0].key

    world.engine.retry(key, command_id="r")
    again = world.engine.retry(key, command_id="r")
    assert again is not None

    assert again.id == job.id
    assert len(world.tasks.created) == 1


def test_a_late_failure_does_not_revive_what_was_given_up() -> None:
    """A person decides by now."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]), PREPARE)
    world.engine.start("tax", world.account())
    (request,) = world.engine.pending()
    world.engine.failed(request.key, Rejected("no"))

    world.engine.failed(request.key, OSError("late"))

    assert world.engine.failures()[0].given_up
    assert world.engine.failures()[0].error == "Rejected: no"


# -- the store -----------------------------------------------------------------------------------


def test_what_comes_again_goes_on_with_its_versions() -> None:
    """A writer who still knows the old row does not win."""
    store, key = MemoryStore(), RowKey("member", "mia")
    store.commit(Changes("t", {key: 0}, {key: Member("Mia")}))
    store.commit(Changes("t", {key: 1}, deletes=(key,)))
    store.commit(Changes("t", {key: 0}, {key: Member("Mia")}))

    assert store.read("t", [key]).rows[key].version == 2


def test_a_row_is_settled_once_in_a_commit() -> None:
    """Twice is a mistake, and nothing of it is written."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]), PREPARE)
    world.engine.start("tax", world.account())
    store, moment = world.store, world.clock.now()
    (claim,) = store.claim("me", timedelta(minutes=1), 1, due=moment, tenant="default")
    done = Settle(claim.due.key, claim.token, DueState.DONE)

    with pytest.raises(StoreError, match="settled once"):
        store.commit(Changes("default", {}, settles=(done, done)))

    found = store.due("default", claim.due.key)
    assert found is not None
    assert found.state is DueState.LEASED


def test_old_commands_are_forgotten_with_old_rows() -> None:
    """Then a repeat would act again: prune later than hosts send again."""
    world = World()
    world.engine.save(Account("Ada"), command_id="s")

    assert world.store.prune("default", world.clock.now() + timedelta(days=1)) == 1
    assert world.store.read("default", (), command_id="s").result is None


def test_a_reminder_that_somebody_holds_is_due_again_when_the_lease_runs_out() -> None:
    """Also for a host that only asks for reminders."""
    clock = World().clock
    store, moment = MemoryStore(clock=clock), clock.now()
    due = Due("k", moment, 0, ReminderTimer("job-1", "job-1/1", 1), "job-1")
    store.commit(Changes("t", {}, dues=(due,)))
    store.claim("me", timedelta(minutes=1), 1, due=moment, tenant="t")

    assert store.next_due(tenant="t", asks={TIMER}) == moment + timedelta(minutes=1)


def test_what_somebody_has_in_hand_is_not_withdrawn_under_it() -> None:
    """The commit asks, under its lock; else a reference would be lost."""
    world = World(deliver=False)
    world.engine.save(Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)]), DONE]), PREPARE)
    world.engine.start("tax", world.account())
    store = world.store
    now = world.clock.now()
    (claim,) = store.claim("me", timedelta(minutes=1), 1, due=now, tenant="default")

    with pytest.raises(ConflictError, match="changed hands"):
        store.commit(Changes("default", {}, withdraws=(Withdrawal(claim.due.key, held=False),)))


def test_cancelling_what_a_port_has_in_its_hands_leaves_it_to_the_port() -> None:
    """The thing will be there, and its reference is kept."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    take = world.tasks.take

    def cancelling(request: object) -> Receipt:
        """Cancel the item while its request is being delivered."""
        world.engine.record("job-1/1", Cancelled())
        return take(request)  # type: ignore[arg-type]

    world.tasks.take = cancelling  # type: ignore[method-assign]

    job = world.engine.start("tax", world.account())

    assert job.item("Prepare").state is ItemState.RESOLVED
    assert job.item("Prepare").ref == Ref("tasks", "task-1")


def test_a_late_completion_of_what_was_cancelled_is_noted_once() -> None:
    """The same fact twice changes nothing."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.engine.record(job.item("Prepare"), Cancelled())
    world.engine.record(job.item("Prepare"), TaskCompleted())
    before = len(world.engine.history(job))

    world.engine.record(job.item("Prepare"), TaskCompleted())

    assert len(world.engine.history(job)) == before


def test_the_same_note_twice_is_one_item() -> None:
    """As with everything that is linked."""
    world, job = begun(Stage("Intake"), DONE)
    world.engine.link(job, "n-1", "note")

    job = world.engine.link(job, "n-1", "note")

    assert len(job.items) == 1


def test_a_failed_automation_is_not_fired_on_a_completed_job() -> None:
    """Nothing moves or fires there (A-22)."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    gone = RowKey("template", "prepare")
    world.store.commit(Changes("default", {gone: 1}, deletes=(gone,)))
    elsewhere_engine = elsewhere(world)
    job = elsewhere_engine.start("tax", world.account())
    key = elsewhere_engine.failures()[0].key
    elsewhere_engine.set_status(job, "Completed")

    with pytest.raises(NotAllowedError, match="is completed and cannot be worked on"):
        elsewhere_engine.retry(key)


def test_a_package_holds_what_it_held() -> None:
    """Installing nothing but templates makes no pipeline."""
    installed = World().engine.install(Bundle(templates=[PREPARE]))

    assert installed.pipelines == ()
    assert len(installed.templates) == 1
