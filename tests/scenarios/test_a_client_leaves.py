"""A client leaves: its account goes with all that is known of it, or is refused (R-28)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

import pytest

from pipeflow import (
    Account,
    AccountDeleted,
    Cancelled,
    ConflictError,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    DocumentApproved,
    EmailBounced,
    Engine,
    Event,
    InvoicePaid,
    ItemState,
    Job,
    JobDeleted,
    Member,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Rejected,
    SendEmail,
    SendMessage,
    Settings,
    Stage,
    StatusChanged,
    TaskCompleted,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Authorizer, Changes, Query, Read, RowKey, Task, TasksPort
from pipeflow.testing import World
from tests.firms import DAILY, DONE, FEE, NEWS, PREPARE, WELCOME, begun, now, opened

BUSY = Stage(
    "Work",
    [SendEmail(WELCOME), CreateTask(PREPARE), CreateInvoice(FEE, reminders=DAILY)],
)
REFS = (Ref("tasks", "task-1"), Ref("invoices", "invoice-1"), Ref("email", "email-1"))


def left(**keywords: object) -> tuple[World, Job]:
    """Open a firm with a client whose only job is archived."""
    world, job = begun(BUSY, DONE, **keywords)  # type: ignore[arg-type]
    return world, world.engine.archive(job)


def told(world: World) -> list[Event]:
    """Return what the feed of the firm tells."""
    return [event for _, one in world.store.feed(limit=9999).rows for event in one.events()]


def whole(world: World) -> str:
    """Return everything that the firm's store would tell to whoever moves it."""
    return "\n".join(world.store.export("default"))


# -- an account ----------------------------------------------------------------------------------


def test_an_account_goes_with_its_jobs_items_due_rows_and_history_in_one_commit() -> None:
    """Nothing of the client is left but ids: neither names, addresses nor amounts."""
    world, job = left()
    world.engine.tag(job.account, add={"divorced"})
    other = world.engine.start("tax", world.account("Bob"))
    assert {"Lovelace", "ada@example.com", "divorced"} <= {
        word for word in ("Lovelace", "ada@example.com", "divorced") if word in whole(world)
    }

    deleted = world.engine.delete(world.engine.account(job.account), actor="mia")

    assert (deleted.kind, deleted.id, deleted.jobs) == ("account", job.account, (job.id,))
    for word in ("Lovelace", "ada@example.com", "divorced", "100.00 USD / 1"):
        assert word not in whole(world)
    with pytest.raises(NotFoundError):
        world.engine.account(job.account)
    with pytest.raises(NotFoundError):
        world.engine.job(job)
    with pytest.raises(NotFoundError):
        world.engine.history(job)
    assert world.engine.jobs() == [now(world, other)]
    assert world.engine.failures() == ()


def test_the_answer_lists_the_hosts_references_of_what_existed_at_the_hosts() -> None:
    """Of tasks and invoices, of e-mails, and of things that were linked; it prints."""
    world, job = begun(BUSY, DONE)
    world.engine.link(job, Ref("documents", "d-1"), "approval")
    world.engine.archive(job)

    deleted = world.engine.delete(job.account)

    assert {*deleted.refs} == {*REFS, Ref("documents", "d-1")}
    assert str(deleted).splitlines()[0] == f"deleted account {job.account!r} with 1 job"
    assert "  still at the host: invoices:invoice-1" in str(deleted).splitlines()


def test_the_feed_keeps_one_line_of_who_deleted_what_without_the_clients_data() -> None:
    """And whoever listens is told; all else that was told of the client is gone."""
    world, job = left()
    heard: list[Event] = []
    world.engine.on(AccountDeleted, heard.append)

    world.engine.delete(job.account, actor="mia")

    now_, by = world.clock.now(), "mia"
    assert told(world) == heard == [AccountDeleted(now_, "", by, job.account, (job.id,))]
    assert str(heard[0]).endswith(f"deleted account {job.account!r} with 1 job [mia]")


def test_an_account_is_refused_while_one_of_its_jobs_is_not_archived_and_all_are_named() -> None:
    """Also what is completed, or on hold; nothing is deleted."""
    world, job = begun(BUSY, DONE)
    second = world.engine.set_status(world.engine.start("tax", job.account), "On hold")
    third = world.engine.archive(world.engine.start("tax", job.account))
    before = whole(world)

    with pytest.raises(NotAllowedError) as caught:
        world.engine.delete(job.account)

    assert [one.what for one in caught.value.problems] == [
        f"account 'Lovelace' cannot be deleted: job 'Tax' ({one.id}) is {status}; archive it first"
        for one, status in ((job, "Active"), (second, "On hold"))
    ]
    assert whole(world) == before
    assert [use.id for use in world.engine.uses(job.account)] == [job.id, second.id]
    assert now(world, third) == third


def test_an_account_is_refused_while_a_thing_is_shared_with_another_accounts_job() -> None:
    """The refusal says with which, and when it was unlinked there the account goes."""
    world, job = left()
    bob = world.engine.start("tax", world.account("Bob"), stage="Done")
    bob = world.engine.link(bob, Ref("tasks", "t"), "task", "First")
    bob = world.engine.link(bob, REFS[1], "invoice", "Their fee")

    with pytest.raises(NotAllowedError, match="unlink it there first") as caught:
        world.engine.delete(job.account)

    use = f"job 'Tax' ({bob.id}) $.items['Their fee'].ref"
    assert use in str(caught.value)
    assert str(world.engine.uses(job.account)) == str(world.engine.uses(job)) == use
    world.engine.unlink(bob, bob.item("Their fee"))
    assert world.engine.uses(job.account) == ()
    world.engine.delete(job.account)
    assert now(world, bob).items[1].name == "Their fee"


def test_an_account_goes_whose_job_has_let_go_of_what_it_shared() -> None:
    """The thing is the other account's alone by then, and stays with it (R-15, R-28)."""
    world, job = left()
    bob = world.engine.start("tax", world.account("Bob"), stage="Done")
    bob = world.engine.link(bob, REFS[1], "invoice", "Their fee")
    mine = next(item for item in now(world, job).items if item.ref == REFS[1])

    world.engine.unlink(job, mine)

    assert world.engine.uses(job) == world.engine.uses(job.account) == ()
    world.engine.delete(job.account)
    (heard,) = world.engine.receive(REFS[1], InvoicePaid())
    assert heard.id == bob.id


def test_a_thing_that_two_jobs_of_the_same_account_share_is_in_nobodys_way() -> None:
    """The account goes as a whole; of one job alone, the other keeps the thing."""
    world, job = begun(BUSY, DONE)
    second = world.engine.start("tax", job.account, stage="Done")
    second = world.engine.link(second, REFS[1], "invoice", "The fee")
    world.engine.archive(job)

    deleted = world.engine.delete(now(world, job))

    assert REFS[1] not in deleted.refs
    (found,) = world.engine.receive(REFS[1], InvoicePaid())
    assert found.id == second.id
    world.engine.archive(second)
    assert REFS[1] in world.engine.delete(job.account).refs


def test_what_a_job_had_let_go_of_and_went_with_another_is_listed_again() -> None:
    """Whoever deletes each of them hears of it; nothing is known of it any more."""
    world, job = begun(BUSY, DONE)
    world.engine.unlink(job, job.item("Fee"))
    second = world.engine.start("tax", job.account, stage="Done")
    world.engine.link(second, REFS[1], "invoice", "The fee")

    for one in (second, job):
        assert REFS[1] in world.engine.delete(world.engine.archive(one)).refs

    assert world.engine.receive(REFS[1], InvoicePaid()) == []


def test_deleting_twice_is_not_found() -> None:
    """With the accounts and jobs that there are."""
    world, job = left()
    world.engine.delete(job)
    world.engine.delete(job.account)

    with pytest.raises(NotFoundError):
        world.engine.delete(job)
    with pytest.raises(NotFoundError):
        world.engine.delete(Account("Lovelace", id=job.account))
    with pytest.raises(NotFoundError, match="account, job, template, pipeline, member or schedule"):
        world.engine.delete(job.account)
    with pytest.raises(NotFoundError):
        world.engine.uses(job.account)


def test_an_id_of_several_things_is_refused_and_the_thing_itself_is_taken() -> None:
    """An account and a member may be called alike."""
    world = opened(DONE, more=[Account("Ada", id="ada"), Member("Ada")])

    with pytest.raises(DefinitionError, match="'ada' is the id of an account and a member"):
        world.engine.delete("ada")
    with pytest.raises(DefinitionError, match="'ada' is the id of"):
        world.engine.uses("ada")
    with pytest.raises(DefinitionError, match="cannot leave"):
        world.engine.delete(Settings())  # type: ignore[arg-type]

    assert world.engine.delete(world.engine.account("ada")).kind == "account"
    assert world.engine.delete("ada").kind == "member"


def test_a_deletion_that_is_sent_again_is_answered_alike() -> None:
    """By its id or as itself; another thing under that id is another command."""
    world, job = left()
    account = world.engine.account(job.account)
    member = world.engine.save(Member("Ada", id=account.id))

    first = world.engine.delete(account, command_id="leave-1")
    again = world.engine.delete(account.id, command_id="leave-1")

    assert first == again == world.engine.delete(account, command_id="leave-1")
    assert {*first.refs} == {*REFS}
    with pytest.raises(ConflictError, match="used before"):
        world.engine.delete(member, command_id="leave-1")
    assert world.engine.member(member) == member


# -- a job ---------------------------------------------------------------------------------------


def test_a_job_is_archived_before_it_is_deleted() -> None:
    """As those of an account are; its account stays."""
    world, job = begun(BUSY, DONE)
    heard: list[Event] = []
    world.engine.on(JobDeleted, heard.append)

    with pytest.raises(NotAllowedError, match=r"job 'Tax' cannot be deleted: .* is Active; "):
        world.engine.delete(job)
    world.engine.archive(job)
    deleted = world.engine.delete(job.id, actor="mia")

    assert (deleted.kind, deleted.id, deleted.jobs, {*deleted.refs}) == (
        "job", job.id, (), {*REFS},
    )  # fmt: skip
    assert str(deleted).startswith(f"deleted job {job.id!r}\n")
    assert told(world) == heard == [JobDeleted(world.clock.now(), job.id, "mia")]
    assert heard[0].sentence() == f"deleted job {job.id!r}"
    assert world.engine.account(job.account).name == "Lovelace"
    for repeated in (lambda: world.engine.archive(job), lambda: world.engine.explain(job)):
        with pytest.raises(NotFoundError):
            repeated()


def test_the_reference_of_a_deleted_job_answers_with_no_jobs_until_it_is_pruned() -> None:
    """So that no webhook is repeated for days; only what was never known is not found."""
    world, job = left()
    world.engine.delete(job)

    for ref in REFS:
        assert world.engine.receive(ref, Cancelled()) == []
    assert world.engine.receive(REFS[2], EmailBounced("ada@example.com")) == []
    assert world.engine.receive(REFS[0], TaskCompleted(), command_id="evt-1") == []
    assert world.engine.receive(REFS[0], TaskCompleted(), command_id="evt-1") == []
    with pytest.raises(NotFoundError):
        world.engine.receive(Ref("tasks", "never"), TaskCompleted())
    with pytest.raises(NotFoundError):
        world.engine.item(REFS[0])

    world.advance(days=89)
    world.engine.tick()
    assert world.engine.receive(REFS[0], TaskCompleted()) == []
    world.advance(days=2)
    world.engine.tick()
    with pytest.raises(NotFoundError):
        world.engine.receive(REFS[0], TaskCompleted())


def test_a_reference_of_a_deleted_job_can_be_linked_anew() -> None:
    """Then it reaches the job that has the thing now."""
    world, job = left()
    world.engine.delete(job)
    other = world.engine.start("tax", world.account("Bob"), stage="Done")

    world.engine.link(other, REFS[0], "task", "Prepare")

    assert [one.id for one in world.engine.receive(REFS[0], TaskCompleted())] == [other.id]


def test_a_command_id_of_a_deleted_job_answers_that_it_is_not_there() -> None:
    """And no job is started in its place; of several jobs those are answered that are there."""
    world, job = begun(BUSY, DONE, command_id="start-1")
    ada, bob = job.account, world.account("Bob").id
    many = world.engine.start_many("tax", [ada, bob], command_id="many-1")
    for one in (job, many[0]):
        world.engine.delete(world.engine.archive(one))

    with pytest.raises(NotFoundError):
        world.engine.start("tax", ada, command_id="start-1")
    with pytest.raises(NotFoundError):
        world.engine.receive(Ref("tasks", "never"), TaskCompleted(), command_id="evt-1")

    assert [one.id for one in world.engine.jobs()] == [many[1].id]


def test_a_job_that_a_listener_deletes_is_answered_as_its_command_left_it() -> None:
    """The command was carried out; what came after it took the job away."""
    world, job = begun(BUSY, DONE)
    world.engine.on(StatusChanged, lambda event: world.engine.delete(event.job))

    archived = world.engine.archive(job)

    assert (archived.id, archived.status) == (job.id, "Archived")
    assert world.engine.jobs() == []


# -- what is under way ---------------------------------------------------------------------------


def test_reminders_and_requests_of_a_deleted_job_are_over() -> None:
    """Nothing wakes, nothing is tried again, nothing can be mended."""
    world, job = begun(Stage("Work", [SendMessage(NEWS, reminders=DAILY), CreateTask(PREPARE)]))
    world.tasks.fail_next(Rejected("never"))
    failed = world.engine.start("tax", job.account)
    (failure,) = world.engine.failures()
    for one in (job, failed):
        world.engine.delete(world.engine.archive(one))

    assert world.engine.failures() == ()
    assert world.store.next_due() is None
    assert world.advance(days=30) == []
    with pytest.raises(NotAllowedError):
        world.engine.retry(failure.key)


class Deleting(TasksPort):
    """A host that deletes the job while it is asked for its tasks."""

    def __init__(self, answer: object) -> None:
        """Take what is answered then."""
        self.answer = answer
        self.world: World | None = None
        self.engine: Engine | None = None
        self.asked: list[str] = []

    def create(self, task: Task, /) -> Receipt | None:
        """Delete the job of the first task, then answer."""
        self.asked.append(task.key)
        if len(self.asked) == 1:
            assert self.engine is not None
            self.engine.delete(self.engine.archive(task.job or ""))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    "answer",
    [Receipt("t-1"), Receipt("t-1", completed=True), None, OSError("busy"), Rejected("never")],
)
def test_a_request_in_hand_dies_with_its_job_without_a_receipt(
    answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is raised, nothing comes back to life, and what comes after it is not asked for."""
    world = opened(Stage("Work", [CreateTask(PREPARE), CreateTask(PREPARE)]), DONE)
    port = Deleting(answer)
    port.engine = Engine(
        ports=Ports(tasks=port), store=world.store, clock=world.clock, ids=world.ids
    )

    with caplog.at_level(logging.INFO):
        job = port.engine.start("tax", world.account())

    assert len(port.asked) == 1
    assert world.engine.jobs() == []
    assert world.engine.failures() == ()
    assert job.id not in "".join(world.store.ids("default", "job"))
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []
    world.clock.advance(days=1)
    assert not world.engine.tick()


def test_what_came_to_be_for_a_deleted_job_is_heard_of_by_nobody() -> None:
    """Its port answered when the job was gone; a webhook of it is no mistake."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    port = Deleting(Receipt("t-1"))
    port.engine = Engine(
        ports=Ports(tasks=port), store=world.store, clock=world.clock, ids=world.ids
    )

    port.engine.start("tax", world.account())

    assert port.engine.receive(Ref("tasks", "t-1"), TaskCompleted()) == []


def test_a_receipt_of_a_deleted_job_keeps_no_receipt_of_another_from_being_kept() -> None:
    """Receipts of one pass are kept together; what another thread deleted is left out of them."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    ada, bob = (world.account(name).id for name in ("Ada", "Bob"))
    elsewhere = Engine(store=world.store, clock=world.clock, ids=world.ids, deliver=False)

    def leave() -> None:
        (job,) = elsewhere.jobs(account=ada)
        elsewhere.delete(elsewhere.archive(job))

    class Office(TasksPort):
        """Starts Bob's job when asked for Ada's task; Ada's job is deleted before Bob's answer."""

        def create(self, task: Task, /) -> Receipt | None:
            """Answer with a reference for each."""
            if task.account == ada:
                engine.start("tax", bob)
            else:
                thread = Thread(target=leave)
                thread.start()
                thread.join()
            return Receipt(f"t-{task.account}")

    engine = Engine(
        ports=Ports(tasks=Office()), store=world.store, clock=world.clock, ids=world.ids
    )

    started = engine.start("tax", ada)

    (bobs,) = engine.jobs()
    assert started.account == ada
    assert engine.item(Ref("tasks", f"t-{bob}")).job == bobs.id
    assert engine.failures() == ()
    assert engine.receive(Ref("tasks", f"t-{ada}"), TaskCompleted()) == []


def leaving(world: World, job: Job) -> Engine:
    """Return another worker's engine that has deleted the job by now."""
    engine = Engine(store=world.store, clock=world.clock, ids=world.ids, deliver=False)
    engine.delete(engine.archive(job))
    return engine


def test_a_reminder_whose_job_is_deleted_while_it_wakes_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It counts as none, and is not put off."""
    world, job = begun(Stage("Work", [SendMessage(NEWS, reminders=DAILY)]))
    renew = world.store.renew

    def renewing(*given: Any) -> bool:
        held = renew(*given)
        leaving(world, job)
        return held

    world.store.renew = renewing  # type: ignore[method-assign]
    world.clock.advance(days=1)

    tick = world.engine.tick()

    assert not tick
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


def test_a_withdrawn_request_whose_job_is_deleted_before_it_is_dropped_is_over() -> None:
    """Nobody is told of it any more."""
    world = World(deliver=False)
    world.engine.save(PREPARE, Pipeline("Tax", [Stage("Work", [CreateTask(PREPARE)])]))
    job = world.engine.start("tax", world.account())
    world.engine.pending()
    world.engine.record(job.item("Prepare"), Cancelled())
    world.clock.advance(days=1)
    due, raced = world.store.due, list[bool]()

    def looking(*given: Any) -> Any:
        found = due(*given)
        if not raced:
            raced.append(True)
            leaving(world, job)
        return found

    world.store.due = looking  # type: ignore[method-assign]

    assert world.engine.pending() == ()
    assert raced
    assert world.engine.jobs() == []


def test_hosts_that_deliver_themselves_are_not_troubled_by_a_deleted_job() -> None:
    """What they say of its requests changes nothing, until nobody knows them any more."""
    world = World(deliver=False)
    world.engine.save(PREPARE, WELCOME, Pipeline("Tax", [Stage("Work", BUSY.automations[:2])]))
    job = world.engine.start("tax", world.account())
    mail, task = world.engine.pending()
    world.engine.delete(world.engine.archive(job))
    before = whole(world)

    assert world.engine.delivered(task.key, Receipt("t-1")) is None
    assert world.engine.delivered(mail.key) is None
    assert world.engine.failed(task.key, OSError("busy")) is None
    assert world.engine.failed(mail.key, Rejected("never")) is None
    assert world.engine.pending() == ()
    assert whole(world) == before
    world.clock.advance(days=91)
    world.engine.tick()
    with pytest.raises(NotFoundError):
        world.engine.delivered(task.key)


def test_a_job_that_starts_while_its_account_goes_is_refused_or_keeps_the_account() -> None:
    """The deletion is decided anew, whoever commits first."""
    world, job = left()
    store, raced = world.store, list[Job]()
    commit = store.commit

    def late(changes: Changes) -> bool:
        if not raced and changes.deletes:
            raced.append(
                Engine(store=store, clock=world.clock).start("tax", job.account, stage="Done")
            )
        return commit(changes)

    store.commit = late  # type: ignore[method-assign]

    with pytest.raises(NotAllowedError, match="is Active; archive it first"):
        world.engine.delete(job.account)

    assert len(world.engine.jobs(account=job.account)) == 2


def test_the_authorizer_is_asked_about_each_job_that_goes() -> None:
    """Whoever may not touch one of them deletes nothing."""
    asked: list[tuple[str, str]] = []

    class Guard(Authorizer):
        """Notes what it is asked."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            """Refuse the second job."""
            asked.append((action, about))
            return about != "job-2" or action != "delete"

    world = World(authorizer=Guard())
    world.engine.save(PREPARE, Pipeline("Tax", [Stage("Work")]))
    ada = world.account()
    jobs = [world.engine.archive(world.engine.start("tax", ada)) for _ in range(2)]

    with pytest.raises(NotAllowedError, match="'mia' may not delete 'job-2'"):
        world.engine.delete(ada, actor="mia")

    assert ("delete", ada.id) in asked
    assert ("delete", jobs[0].id) in asked
    assert len(world.engine.jobs()) == 2


def test_what_is_gone_frees_its_rows() -> None:
    """No reference, no history, no term is left of a job that was deleted."""
    world, job = left()

    world.engine.delete(job)

    assert world.store.find("default", Query("ref")).rows == ()
    assert world.store.history("default", RowKey("job", job.id)).rows == ()
    assert world.store.count("default", Query("job"), "account") == {}


# -- what comes in between -----------------------------------------------------------------------


class Watched(MemoryStore):
    """A store in which something happens right after a reference was looked up, once."""

    happening: Callable[[], object] | None = None

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Read, and then let it happen."""
        asked = tuple(keys)
        found = super().read(tenant, asked, **more)
        if self.happening is not None and any(key.kind == "ref" for key in asked):
            happening, self.happening = self.happening, None
            happening()
        return found


@pytest.mark.parametrize("what", ["a fact", "a webhook", "a link"])
def test_a_job_that_goes_while_others_hear_of_its_thing_is_in_nobodys_way(what: str) -> None:
    """They hear of it, and go on without the one that is gone."""
    store = Watched()
    world = opened(Stage("Work"), DONE, store=store)
    ada, ref = world.account().id, Ref("documents", "d-1")
    first, second = (world.engine.start("tax", ada) for _ in range(2))
    world.engine.link(first, ref, "approval")
    if what != "a link":
        second = world.engine.link(second, ref, "approval")
    store.happening = lambda: leaving(world, first)

    if what == "a fact":
        world.engine.record(second.item("d-1"), DocumentApproved())
    elif what == "a webhook":
        found = world.engine.receive(ref, DocumentApproved(), command_id="evt-1")
        assert [one.id for one in found] == [second.id]
    else:
        second = world.engine.link(second, ref, "approval")

    (item,) = now(world, second).items
    assert item.state is (ItemState.PENDING if what == "a link" else ItemState.COMPLETED)
    assert [one.id for one in world.engine.jobs()] == [second.id]
