"""What happens rarely: late answers, odd stores and hosts, references of two senses."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread
from typing import Any, ClassVar

import attrs
import pytest

from pipeflow import (
    Account,
    Cancelled,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    EmailBounced,
    EmailTemplate,
    Engine,
    Event,
    InvoicePaid,
    InvoiceTemplate,
    ItemKind,
    ItemState,
    Job,
    LineItem,
    Money,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Rejected,
    Reminders,
    ReminderSent,
    RequestDelivered,
    RequestWithdrawn,
    SendEmail,
    Settings,
    Stage,
    Status,
    TaskCompleted,
    TaskTemplate,
    rules,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine.commands import Command, Start
from pipeflow.engine.definitions import _Kept
from pipeflow.engine.unit import Unit
from pipeflow.errors import StoreError, UnavailableError
from pipeflow.ports import (
    Authorizer,
    Changes,
    Email,
    EmailPort,
    Ids,
    Read,
    RowKey,
    Stored,
    Task,
    TasksPort,
    Waker,
)
from pipeflow.testing import CountingIds, World
from tests.faults.offices import Counting, Failing, engine_on, worker_takes
from tests.firms import stays

WELCOME = EmailTemplate("Welcome", subject="Welcome", body="It begins.")
FEE = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("100.00", "USD"))])
PREPARE = TaskTemplate("Prepare")
DONE = Stage("Done")
DAILY = Reminders(every=1, times=3)


def firm(*stages: Stage, settings: Settings | None = None, **given: Any) -> World:
    """Open a firm with a pipeline "Tax" of these stages."""
    world = World(**given)
    more = [] if settings is None else [settings]
    world.engine.save(WELCOME, FEE, PREPARE, Pipeline("Tax", stages), *more)
    return world


def started(world: World, name: str = "Ada Lovelace") -> Job:
    """Start a job for a new client."""
    return world.engine.start("tax", world.account(name))


def asked(job: Job, name: str) -> str:
    """Return the key of the request that makes an item."""
    key = job.item(name).request
    assert key is not None
    return key


# -- answers that come late ----------------------------------------------------------------------


def test_a_thing_that_came_to_be_after_all_is_found_by_its_reference() -> None:
    """Its request was abandoned while an async host carried it out; its webhooks arrive."""
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE, deliver=False)
    job = started(world)
    key = asked(job, "Prepare")
    world.engine.abandon(key)

    late = stays(world.engine.delivered(key, Receipt("t-1")))
    history = world.engine.history(job)
    again = world.engine.delivered(key, Receipt("t-1"))

    assert late.item("Prepare").ref == Ref("tasks", "t-1")
    assert late.item("Prepare").state is ItemState.RESOLVED
    assert late.item("Fee").ref is None
    assert again == late
    assert world.engine.history(job) == history
    assert world.engine.receive(Ref("tasks", "t-1"), TaskCompleted())[0].id == job.id


def test_an_email_that_left_after_all_changes_nothing() -> None:
    """It was abandoned, and makes no item whose reference could be kept."""
    world = firm(Stage("Work", [SendEmail(WELCOME), CreateTask(PREPARE)]), DONE, deliver=False)
    job = started(world)
    (mail,) = [one for one in world.engine.pending() if isinstance(one, Email)]
    world.engine.failed(mail.key, Rejected("no such address"))
    given_up = world.engine.abandon(mail.key)

    late = stays(world.engine.delivered(mail.key, Receipt("m-1")))

    assert late == given_up
    assert [item.ref for item in late.items] == [None]
    with pytest.raises(NotFoundError):
        world.engine.receive(Ref("email", "m-1"), EmailBounced("unknown"))
    assert world.engine.job(job) == given_up


def test_a_failure_told_of_what_is_over_changes_nothing() -> None:
    """It was delivered, or abandoned; a second worker says that it could not."""
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE, deliver=False)
    job = started(world)
    world.engine.delivered(asked(job, "Prepare"), Receipt("t-1"))
    after = world.engine.abandon(asked(job, "Fee"))
    history = world.engine.history(job)

    told = [world.engine.failed(asked(job, name), OSError("down")) for name in ("Prepare", "Fee")]

    assert told == [after, after]
    assert world.engine.history(job) == history
    assert world.engine.failures() == ()


def test_a_receipt_that_can_not_be_kept_takes_no_other_with_it() -> None:
    """What is paid at birth would ask for more than one command may; the e-mail before it is sent.

    The two answers of one pass are kept together first, and then each alone.
    """
    many = [CreateTask(PREPARE, id=f"task-{number}") for number in range(3)]
    world = firm(
        Stage("Bill", [SendEmail(WELCOME), CreateInvoice(FEE)], automove=True),
        Stage("Work", many),
        settings=Settings(most_requests=2),
    )
    world.engine.save(attrs.evolve(FEE, on_account=True), replace=True)
    account = world.account()
    world.invoices.credit.add(account.id)

    job = world.engine.start("tax", account)

    (failure,) = world.engine.failures()
    assert failure.key == asked(job, "Fee")
    assert "most_requests" in failure.error
    assert len(world.email.sent) == 1
    assert world.engine.job(job).stage == "bill"


def test_a_reminder_that_can_not_even_be_put_off_comes_again() -> None:
    """Neither the reminder nor its failure could be written; when its lease ends it is sent."""
    store = Failing()
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE, store=store)
    started(world)
    world.clock.advance(days=1)
    store.errors = [UnavailableError("away"), UnavailableError("away still")]

    tick = world.engine.tick()
    world.clock.advance(minutes=5)
    again = world.engine.tick()

    assert len(tick.postponed) == 1
    assert again.reminders == tick.postponed
    assert len(world.email.sent) == 1


def test_a_reminder_that_was_called_off_in_the_same_tick_is_not_told_as_put_off() -> None:
    """A listener of the first reminder archives the job of the second."""
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    first, second = (started(world, name) for name in ("Ada", "Bob"))
    world.engine.on(ReminderSent, lambda _: world.engine.archive(second))
    world.clock.advance(days=1)

    tick = world.engine.tick()

    assert (len(tick.reminders), tick.postponed) == (1, ())
    assert [mail.job for mail in world.email.sent] == [first.id]
    assert world.engine.failures() == ()


def test_a_reminder_that_is_called_off_at_the_last_moment_is_not_told_as_put_off() -> None:
    """Between the last look and the commit."""
    store = Failing()
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE, store=store)
    job = started(world)
    world.clock.advance(days=1)
    store.before = [lambda: engine_on(world).archive(job)]

    tick = world.engine.tick()

    assert not tick
    assert world.email.sent == []


def test_a_request_that_was_withdrawn_is_not_told_as_failed() -> None:
    """Its worker died, and its item was cancelled meanwhile; nobody was asked for it."""
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE)
    world.tasks.fail_next(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        started(world)
    (job,) = world.engine.jobs()
    for item in job.items:
        world.engine.record(item, Cancelled("not needed"))
    world.clock.advance(minutes=5)

    tick = world.engine.tick()

    assert not tick
    assert world.tasks.created == []
    assert world.engine.failures() == ()
    assert len(world.engine.history(job).of(RequestWithdrawn)) == 2


def test_time_goes_on_past_what_was_withdrawn() -> None:
    """A world that moves on comes to the reminders that are due behind it."""
    bill = Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)])
    world = firm(bill, Stage("Work", [CreateTask(PREPARE)]), DONE)
    started(world)
    world.tasks.fail_next(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.engine.start("tax", world.account("Bob"), stage="Work")
    world.engine.record("job-2/1", Cancelled("not needed"))

    world.advance(days=2)

    assert len(world.email.sent) == 2


def test_a_reminder_that_was_taken_over_meanwhile_is_not_told_as_sent() -> None:
    """Its lease ended between the last look and the commit; whoever holds it now sends it."""
    store = Failing()
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE, store=store)
    started(world)
    world.clock.advance(days=1)

    def dawdle() -> None:
        world.clock.advance(minutes=5)
        worker_takes(world)

    store.before = [dawdle]

    tick = world.engine.tick()

    assert tick.reminders == ()
    assert len(tick.postponed) == 1
    assert world.email.sent == []


def test_a_reminder_that_waited_too_long_behind_another_is_left_to_whoever_took_it() -> None:
    """The first one's mail took longer than the lease of both; a second worker has the other."""
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE)
    jobs = [started(world, name) for name in ("Ada", "Bob")]
    world.clock.advance(days=1)
    taken: list[str] = []

    def dawdle(mail: Email) -> bool:
        world.clock.advance(minutes=5)
        taken.extend(claim.due.job for claim in worker_takes(world))
        return False

    world.email.fail_when(dawdle, OSError("never"))

    tick = world.engine.tick()

    assert len(tick.reminders) == len(tick.postponed) == 1
    assert jobs[1].id in taken
    assert [mail.job for mail in world.email.sent] == [jobs[0].id]


def test_an_email_that_is_done_at_birth_completes_nothing() -> None:
    """It makes no item; the job waits for the others as before."""
    engine = Engine(ports=Ports(email=Threads(completed=True)), ids=CountingIds())
    engine.save(
        WELCOME, Pipeline("Tax", [Stage("Work", [SendEmail(WELCOME)], automove=True), DONE])
    )
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    before = engine.start("tax", ada)

    after = engine.reevaluate(before)

    assert after.items == ()
    assert len(engine.history(after).of(RequestDelivered)) == 1


# -- interrupts ----------------------------------------------------------------------------------


class Rude(Waker):
    """A waker during whose call somebody presses Ctrl-C, once he is rude."""

    rude = False

    def wake(self, tenant: str, at: object) -> None:
        """Be interrupted."""
        if self.rude:
            raise KeyboardInterrupt


def test_what_an_interrupt_left_undone_is_not_done_by_another_engine() -> None:
    """It waits for the end of its lease, and its own engine takes it up then."""
    waker = Rude()
    world = firm(Stage("Bill", [CreateInvoice(FEE, reminders=DAILY)]), DONE, waker=waker)
    world.engine.save(Pipeline("Else", [Stage("Work", [CreateTask(PREPARE)])]))
    tax = world.engine.pipeline("tax")
    world.engine.save(attrs.evolve(tax, statuses=[Status("On hold", quiet=True)]))
    other = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    job = world.engine.set_status(started(world), "On hold")
    waker.rude = True
    with pytest.raises(KeyboardInterrupt):
        world.engine.transfer(job, "else")  # whose reminders go on, of which the waker is told

    started(other)

    assert len(other.tasks.created) == 1
    assert world.tasks.attempts == []

    waker.rude = False
    world.clock.advance(minutes=5)
    world.engine.tick()

    assert len(world.tasks.created) == 1


def test_what_an_interrupted_call_had_yet_to_ask_for_waits_for_the_end_of_its_lease() -> None:
    """A later call of the thread asks for its own alone."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    begun: list[Job] = []

    def begins_another(_: object) -> bool:
        if not begun:
            begun.append(started(world, "Bob"))
            raise KeyboardInterrupt
        return False

    world.tasks.fail_when(begins_another, OSError("never"))
    with pytest.raises(KeyboardInterrupt):
        started(world)
    third = started(world, "Cleo")

    assert [one.job for one in world.tasks.created] == [third.id]
    world.clock.advance(minutes=5)
    world.engine.tick()
    assert [one.job for one in world.tasks.created[1:]] == ["job-1", begun[0].id]


def test_what_an_interrupted_call_had_yet_to_tell_is_told_by_no_later_one() -> None:
    """Listeners that follow the feed find it there."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    heard: list[Event] = []

    def hears(event: Event) -> None:
        heard.append(event)
        if len(heard) == 1:
            raise KeyboardInterrupt

    world.engine.on(Event, hears)
    with pytest.raises(KeyboardInterrupt):
        started(world)
    second = started(world, "Bob")

    assert len(world.engine.history("job-1")) > 1
    assert {event.job for event in heard[1:]} == {second.id}


def test_what_a_listener_starts_in_two_firms_is_kept_in_each() -> None:
    """Both are delivered behind the listener, by its thread; each receipt goes to its own firm."""
    here, there = (firm(Stage("Work", [CreateTask(PREPARE)]), DONE) for _ in range(2))
    begun: list[tuple[World, Job]] = []

    def begins_in_both(_: object) -> None:
        if not begun:
            begun.extend((world, started(world, "Bob")) for world in (there, here))

    here.engine.on(RequestDelivered, begins_in_both)
    started(here)

    refs = [world.engine.job(job).item("Prepare").ref for world, job in begun]
    assert refs == [Ref("tasks", "task-1"), Ref("tasks", "task-2")]


# -- stores ---------------------------------------------------------------------------------------


class Joining(MemoryStore):
    """A store inside a host's own transaction, which commits later."""

    def commit(self, changes: Changes, /) -> bool:
        """Write, and say that it is not final yet."""
        super().commit(changes)
        return False


def test_nothing_leaves_before_the_hosts_own_transaction_is_committed() -> None:
    """No port is asked and no listener told; what was asked for leaves when its lease ends."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE, store=Joining())
    heard: list[object] = []
    world.engine.on(Event, heard.append)

    job = started(world)

    assert world.tasks.attempts == []
    assert heard == []

    world.clock.advance(minutes=5)
    world.engine.tick()

    assert [task.key for task in world.tasks.created] == [asked(job, "Prepare")]


class Forgetful(MemoryStore):
    """A store that gives back something else for what a command answered."""

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Read, and spoil the result."""
        found = super().read(tenant, keys, **more)
        return found if found.result is None else found._replace(result=Stored(1, "gibberish"))


def test_a_result_that_is_none_is_not_taken_for_an_answer() -> None:
    """The command is neither repeated nor believed."""
    world = firm(Stage("Work"), DONE, store=Forgetful())
    job = started(world)
    world.engine.move(job, "Done", command_id="c-1")

    with pytest.raises(StoreError, match="no readable result of command 'c-1'"):
        world.engine.move(job, "Done", command_id="c-1")


def test_an_account_has_one_id_however_often_its_save_is_decided_anew() -> None:
    """Somebody else committed first; the ids drawn before are used again."""
    store = Failing()
    world = World(store=store)
    store.errors = [ConflictError("somebody was first")] * 2

    first = world.account("Ada")
    second = world.account("Bob")

    assert [first.id, second.id] == ["account-1", "account-2"]
    assert [contact.id for contact in second.contacts] == ["contact-2"]


def test_more_failures_than_a_page_holds_are_all_named() -> None:
    """A firm may have hundreds of them."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    world.tasks.fail_next(OSError("down"), times=120)
    account = world.account()

    jobs = {world.engine.start("tax", account).id for _ in range(120)}

    assert {failure.job for failure in world.engine.failures()} == jobs


def test_more_rows_than_are_looked_at_in_one_go_are_all_listed() -> None:
    """A firm may have thousands of clients."""
    engine = Engine(ids=CountingIds())
    for start in range(0, 600, 100):
        engine.save(*(Account(f"Client {number}") for number in range(start, start + 100)))

    assert len({account.id for account in engine.accounts()}) == 600


def test_templates_about_to_be_saved_are_counted_with_those_that_are() -> None:
    """What a definition refers to is looked up among both."""
    world = firm(Stage("Work"), DONE)
    unit = world.engine._desk.journey.unit()

    kept = _Kept(unit, "template", [TaskTemplate("Review")])

    assert [*kept] == ["fee", "prepare", "review", "welcome"]
    assert len(kept) == 4
    assert (kept["fee"].name, kept["review"].name) == ("Fee", "Review")


class Lasting(Counting):
    """A store that outlives its process."""

    volatile: ClassVar[bool] = False


@pytest.mark.parametrize(("honours", "commits"), [(True, 2), (False, 4)])
def test_receipts_of_ports_that_do_nothing_twice_are_kept_together(
    honours: bool, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One commit for the command and one for its receipts; with other ports one for each."""
    monkeypatch.setattr(TasksPort, "honours_keys", honours)
    store = Lasting()
    tasks = [CreateTask(PREPARE, id=f"task-{number}") for number in range(3)]
    world = firm(Stage("Work", tasks), DONE, store=store)
    account = world.account()

    with store.counted() as (calls, _):
        job = world.engine.start("tax", account)

    assert calls["commit"] == commits
    assert [item.ref for item in world.engine.job(job).items] == [
        Ref("tasks", f"task-{number}") for number in (1, 2, 3)
    ]


@pytest.mark.memory
def test_receipts_are_kept_without_reading_again_what_their_command_wrote() -> None:
    """One look for the command; its answer is what they left, and the references are new ones."""
    store = Counting()
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE, store=store)
    account = world.account()
    world.engine.start("tax", account)  # so that the pipeline is known

    with store.counted() as (calls, _):
        job = world.engine.start("tax", account)

    assert (calls["read"], calls["commit"]) == (1, 2)
    assert [item.ref for item in job.items] == [Ref("tasks", "task-3"), Ref("tasks", "task-4")]
    assert job == world.engine.job(job)


def test_a_repeat_inside_a_port_returns_the_job_as_it_now_stands() -> None:
    """What this thread committed last is not what the job has come to since."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    colleague = engine_on(world)
    again: list[Job] = []

    def moved_meanwhile(task: Task) -> bool:
        other = Thread(target=colleague.move, args=(task.job, "Done"))
        other.start()
        other.join()
        again.append(world.engine.start("tax", task.account, command_id="once"))
        return False

    world.tasks.fail_when(moved_meanwhile, OSError("never"))
    world.engine.start("tax", world.account(), command_id="once")

    assert [job.stage for job in again] == ["done"]


def test_receipts_of_a_job_that_somebody_else_wrote_meanwhile_are_kept_all_the_same() -> None:
    """What the command left does not stand any more, so it is read again."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    colleague = engine_on(world)

    def moved_meanwhile(task: Task) -> bool:
        other = Thread(target=colleague.move, args=(task.job, "Done"))
        other.start()
        other.join()
        return False

    world.tasks.fail_when(moved_meanwhile, OSError("never"))

    job = started(world)

    assert job.stage == "done"
    assert job.item("Prepare").ref == Ref("tasks", "task-1")


def test_a_reference_that_another_job_has_got_first_names_both() -> None:
    """It was taken for a new one, and is not."""
    world = firm(Stage("Work", [CreateInvoice(FEE)]), DONE)
    world.invoices.take = lambda request: Receipt("one")  # type: ignore[method-assign]

    first, second = started(world, "Ada"), started(world, "Bob")
    jobs = world.engine.receive(Ref("invoices", "one"), InvoicePaid())

    assert [job.id for job in jobs] == [first.id, second.id]
    assert [job.item("Fee").state for job in jobs] == [ItemState.COMPLETED] * 2


# -- hosts ----------------------------------------------------------------------------------------


class Nameless(Ids):
    """Ids that are none."""

    def new(self, kind: str, /) -> str:
        """Draw nothing."""
        return ""


def test_ids_that_no_store_can_keep_are_refused() -> None:
    """At the first one that is drawn, with its kind."""
    with pytest.raises(DefinitionError, match="the new id of an engine"):
        Engine(ids=Nameless())


@pytest.mark.parametrize("call", ["retry", "abandon", "delivered"])
def test_a_key_that_is_no_text_is_refused(call: str) -> None:
    """Wherever one is taken."""
    world = World()

    with pytest.raises(DefinitionError, match=r"must be text"):
        getattr(world.engine, call)(7)


def test_an_empty_key_is_no_requests() -> None:
    """Nothing has to be looked through to know it."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE)
    started(world)

    with pytest.raises(NotFoundError, match="no request has the key ''"):
        world.engine.retry("")


@pytest.mark.parametrize("number", ["0", "3", "-1", "one", "9" * 5000, "\u0661"])
def test_an_items_number_that_is_none_is_not_found(number: str) -> None:
    """Whatever stands in the place of a number."""
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE)
    job = started(world)

    with pytest.raises(NotFoundError, match="item"):
        world.engine.complete(f"{job.id}/{number}")


def test_an_error_that_is_none_is_refused() -> None:
    """`failed` takes an exception, or a text."""
    world = firm(Stage("Work", [CreateTask(PREPARE)]), DONE, deliver=False)
    job = started(world)

    with pytest.raises(DefinitionError, match="must be an error or a text"):
        world.engine.failed(asked(job, "Prepare"), 7)  # type: ignore[arg-type]


class Only(Authorizer):
    """Lets everybody act on all but some."""

    def __init__(self) -> None:
        """Begin with nothing closed."""
        self.closed: set[str] = set()

    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Say whether somebody may."""
        return about not in self.closed


def test_who_may_not_act_on_every_job_of_a_thing_acts_on_none() -> None:
    """One document is linked to two jobs; a fact about it would reach both."""
    authorizer = Only()
    world = firm(Stage("Work"), DONE, authorizer=authorizer)
    ref = Ref("documents", "d-1")
    first, second = started(world), started(world, "Bob")
    for job in (first, second):
        linked = world.engine.link(job, ref, ItemKind.APPROVAL)
    authorizer.closed = {second.id}

    with pytest.raises(NotAllowedError, match=second.id):
        world.engine.complete(world.engine.job(first).items[0], actor="mia")

    assert world.engine.job(first).items[0].state is ItemState.PENDING
    assert world.engine.job(second) == linked

    authorizer.closed = set()
    world.engine.complete(world.engine.job(first).items[0], actor="mia")

    assert world.engine.job(second).items[0].state is ItemState.COMPLETED


# -- references -----------------------------------------------------------------------------------


def test_a_fact_reaches_only_what_it_says_something_about() -> None:
    """One reference is an organizer on one job, and a proposal on the other."""
    world = firm(Stage("Work"), DONE)
    ref = Ref("portal", "p-1")
    first, second = started(world), started(world, "Bob")
    organizer = world.engine.link(first, ref, ItemKind.ORGANIZER).items[0]
    proposal = world.engine.link(second, ref, ItemKind.PROPOSAL)

    world.engine.complete(organizer)

    assert world.engine.job(first).items[0].state is ItemState.COMPLETED
    assert world.engine.job(second) == world.engine.job(proposal)
    assert world.engine.job(second).items[0].state is ItemState.PENDING


def test_references_with_colons_name_one_thing_each() -> None:
    """A host may write its ports and ids as it likes."""
    world = firm(Stage("Work"), DONE)
    refs = [Ref("a:b", "c"), Ref("a", "b:c"), Ref("a%3Ab", "c")]
    jobs = [started(world, name) for name in ("Ada", "Bob", "Eve")]
    for job, ref in zip(jobs, refs, strict=True):
        world.engine.link(job, ref, ItemKind.APPROVAL)

    assert [world.engine.item(ref).job for ref in refs] == [job.id for job in jobs]


class Threads(EmailPort):
    """Mail that a host keeps in one thread, whatever it is about."""

    def __init__(self, *, completed: bool = False) -> None:
        """Say whether all is done at birth."""
        self.completed = completed

    def send(self, email: Email, /) -> Receipt:
        """Answer with the thread."""
        return Receipt("thread-1", self.completed)


def test_a_reference_of_emails_alone_names_no_item() -> None:
    """Two e-mails of each of two jobs have it; both jobs hear of it when it bounces, once."""
    engine = Engine(ports=Ports(email=Threads()), ids=CountingIds())
    ada = engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    twice = [SendEmail(WELCOME), SendEmail(WELCOME, id="once-more")]
    engine.save(WELCOME, Pipeline("Tax", [Stage("Work", twice), DONE]))
    jobs = [engine.start("tax", ada) for _ in range(2)]

    with pytest.raises(NotFoundError, match="no item has this reference"):
        engine.item(Ref("email", "thread-1"))

    with pytest.raises(NotAllowedError, match=r"is the reference of an e-mail.*EmailBounced"):
        engine.receive(Ref("email", "thread-1"), TaskCompleted())

    reached = engine.receive(Ref("email", "thread-1"), EmailBounced("mailbox full"))
    assert [job.id for job in reached] == [job.id for job in jobs]


# -- commands that do several things -------------------------------------------------------------


class Regretted(Command):
    """Starts a job and takes its first item back at once."""

    action: ClassVar[str] = "regret"

    def act(self, unit: Unit) -> None:
        """Decide twice in one commit."""
        account = unit.value("account", "account-1")
        Start("tax", account.id).act(unit)
        (job,) = unit.jobs
        state = unit.state(job)
        item = state.job.items[0].id
        unit.apply(rules.record(state, item, Cancelled("regretted"), unit.now, unit.actor))


def test_what_is_asked_for_and_taken_back_in_one_command_never_leaves() -> None:
    """The history says both; the port is asked for the other thing only."""
    world = firm(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE)
    world.account()

    job = world.engine._desk.job(Regretted(), None)

    assert world.tasks.attempts == []
    assert len(world.invoices.created) == 1
    withdrawn = world.engine.history(job).of(RequestWithdrawn)
    assert [event.key for event in withdrawn] == [asked(job, "Prepare")]
    assert world.engine.failures() == ()
    world.advance(days=1)
    assert world.tasks.attempts == []
