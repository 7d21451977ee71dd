"""Threads: replies find the latest open one of the client, whichever job began it (A-47, A-48)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pytest

from pipeflow import (
    Account,
    Cancelled,
    ClientTaskAdded,
    ClientTaskChecked,
    ClientTaskRemoved,
    Contact,
    CreateTask,
    Daily,
    DocumentApproved,
    Engine,
    Fact,
    FactRecorded,
    InvoicePaid,
    Item,
    ItemKind,
    ItemState,
    Job,
    MessageReplied,
    MessageTemplate,
    NotFoundError,
    Pipeline,
    Ref,
    Schedule,
    SendMessage,
    Stage,
    StartJob,
    TaskTemplate,
    ThreadArchived,
    ThreadReopened,
    Warned,
    rules,
)
from pipeflow.engine.commands import Command
from pipeflow.engine.unit import Unit
from pipeflow.model.items import Checklist
from pipeflow.ports import Message, MessagesPort, Ports, Receipt
from pipeflow.testing import World

WELCOME = MessageTemplate("Welcome", subject="Welcome", client_tasks=["Scan", "Sign"])
NEWS = MessageTemplate("News", subject="News", client_tasks=["Read"])
TALKS = Pipeline("Talks", [Stage("Begin", automations=[SendMessage(WELCOME)]), Stage("End")])
REPLIES = Pipeline(
    "Replies",
    [
        Stage("Wait"),
        Stage("Reply", automations=[SendMessage(NEWS, thread="reply_to_latest")]),
        Stage("End"),
    ],
)


def firm(engine: Engine) -> Account:
    """Lay down what the firm has, and return a client."""
    engine.save(TALKS, REPLIES, WELCOME, NEWS)
    return engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))


def replied(world: World, job: Job) -> str | None:
    """Have a job reply, and return the item to whose thread it did."""
    world.engine.move(job, "Reply")
    return world.messages.sent[-1].reply_to


def test_a_48_a_job_replies_in_the_latest_open_thread_of_the_account(
    pipeflow_world: World,
) -> None:
    """Not in the first one, nor in one of another client, nor in an archived one."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    other = world.engine.save(Account("Bob", contacts=[Contact("Bob", email="bob@example.com")]))
    begun: list[Job] = []
    for account in (ada, ada, ada, other):
        begun.append(world.engine.start(TALKS, account))
        world.advance(minutes=1)
    first, second, third, _ = begun
    jobs = [world.engine.start(REPLIES, ada) for _ in range(4)]

    assert replied(world, jobs[0]) == third.items[0].id
    for closed, fact in ((third.items[0], ThreadArchived()), (second.items[0], Cancelled())):
        world.engine.record(closed, fact)
    world.engine.record(world.engine.job(jobs[0]).items[0], ThreadArchived())
    assert replied(world, jobs[1]) == first.items[0].id
    world.engine.record(world.engine.job(jobs[1]).items[0], ThreadArchived())
    world.engine.record(second.items[0], Cancelled())
    world.engine.record(third.items[0], ThreadReopened())
    assert replied(world, jobs[2]) == third.items[0].id


def test_a_47_without_an_open_thread_of_the_account_a_reply_begins_one(
    pipeflow_world: World,
) -> None:
    """Also when the account has other jobs, and from the first stage of a job on."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    talk = world.engine.start(TALKS, ada)
    world.engine.record(talk.items[0], ThreadArchived("over"))

    at_once = world.engine.start(REPLIES, ada, stage="Reply")

    assert world.messages.sent[-1].reply_to is None
    assert replied(world, world.engine.start(REPLIES, ada)) == at_once.items[0].id


def test_a_48_an_archived_job_has_an_open_thread_all_the_same(pipeflow_world: World) -> None:
    """Archiving a job archives no thread (domain.md part 4)."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    talk = world.engine.start(TALKS, ada)
    world.engine.archive(talk)

    assert replied(world, world.engine.start(REPLIES, ada)) == talk.items[0].id


def test_many_jobs_reply_at_once(pipeflow_world: World) -> None:
    """What is checked before anything is done looks for no thread twice."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    talk = world.engine.start(TALKS, ada)
    jobs = [world.engine.start(REPLIES, ada) for _ in range(2)]

    done = world.engine.move_many(jobs, "Reply")
    started = world.engine.start_many(REPLIES, [ada, ada], stage="Reply")

    assert [one.ok for one in done] == [True, True]
    assert len(started) == 2
    assert world.messages.sent[1].reply_to == talk.items[0].id
    assert all(one.reply_to is not None for one in world.messages.sent[1:])


def test_one_fact_lets_two_jobs_reply_each_in_a_thread_of_another(pipeflow_world: World) -> None:
    """One webhook that completes a shared thing moves both, in one commit (A-8)."""
    engine = pipeflow_world.engine
    ada = firm(engine)
    moves = Pipeline(
        "Moves",
        [
            Stage("Wait", automove=True),
            Stage("Reply", automations=[SendMessage(NEWS, thread="reply_to_latest")]),
        ],
    )
    engine.save(moves)
    talk, paper = engine.start(TALKS, ada), Ref("documents", "d-1")
    for _ in range(2):
        engine.link(engine.start(moves, ada), paper, ItemKind.APPROVAL, "Return")

    jobs = engine.receive(paper, DocumentApproved())

    assert [job.stage for job in jobs] == ["reply", "reply"]
    assert [one.reply_to for one in pipeflow_world.messages.sent[1:]] == [talk.items[0].id] * 2


def test_a_document_that_is_set_free_lets_another_job_reply_in_a_thread_of_the_account(
    pipeflow_world: World,
) -> None:
    """The bill that locks it is paid on one job, and the job that waits for it moves on."""
    engine = pipeflow_world.engine
    ada = firm(engine)
    reply = SendMessage(NEWS, thread="reply_to_latest")
    moves = Pipeline("Moves", [Stage("Wait", automove=True), Stage("Reply", [reply])])
    engine.save(moves)
    talk, billed = engine.start(TALKS, ada), engine.start(REPLIES, ada)
    engine.link(billed, "r-1", "invoice", "Fee")
    engine.link(billed, "d-1", "locked_document", "Return", locked_by="Fee")
    waits = engine.link(engine.start(moves, ada), "d-1", "locked_document", "Return")

    engine.receive(Ref("invoices", "r-1"), InvoicePaid())

    assert engine.job(waits).stage == "reply"
    assert pipeflow_world.messages.sent[-1].reply_to == talk.items[0].id


REPLY = SendMessage(NEWS, thread="reply_to_latest")
SIGN_OFF = TaskTemplate("Sign off")
MOVES = Pipeline(
    "Moves", [Stage("Wait", [CreateTask(SIGN_OFF)], automove=True), Stage("Reply", [REPLY])]
)


def waiting(engine: Engine, ada: Account, thread: Item) -> Job:
    """A job that waits for nothing but the thread of another one."""
    engine.save(SIGN_OFF, MOVES)
    job = engine.start(MOVES, ada)
    engine.link(job, thread.ref or "", ItemKind.MESSAGE, "Welcome")
    return engine.complete(engine.job(job).item("Sign off"))


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize("others", [1, 3])
@pytest.mark.parametrize(
    "fact", [ThreadArchived("over"), Cancelled("void")], ids=["archived", "cancelled"]
)
def test_a_48_no_reply_goes_to_a_thread_that_the_same_fact_closes_on_another_job(
    pipeflow_world: World, fact: Fact, others: int, *, older: bool
) -> None:
    """It goes to the latest that is open still, or begins one; it went to the closed thread."""
    engine = pipeflow_world.engine
    ada = firm(engine)
    open_still = engine.start(TALKS, ada).items[0].id if older else None
    pipeflow_world.advance(minutes=1)
    (thread,) = engine.start(TALKS, ada).items
    for _ in range(others - 1):
        engine.link(engine.start(REPLIES, ada), thread.ref or "", ItemKind.MESSAGE, "Welcome")
    job = waiting(engine, ada, thread)

    engine.record(thread, fact)

    assert engine.job(job).stage == "reply"
    assert pipeflow_world.messages.sent[-1].reply_to == open_still


def test_a_48_a_reply_goes_to_the_latest_thread_that_the_same_fact_leaves_open(
    pipeflow_world: World,
) -> None:
    """Not to an older one of the job whose latest it closes."""
    world, engine = pipeflow_world, pipeflow_world.engine
    ada = firm(engine)
    talk = engine.move(engine.start(TALKS, ada), "End")
    world.advance(minutes=1)
    second = engine.start(TALKS, ada).item("Welcome")
    world.advance(minutes=1)
    latest = engine.move(talk, "Begin").items[-1]
    job = waiting(engine, ada, latest)

    engine.record(latest, ThreadArchived("over"))

    assert engine.job(job).stage == "reply"
    assert world.messages.sent[-1].reply_to == second.id


def test_a_48_a_reply_goes_to_a_thread_that_its_own_job_lets_go_of(pipeflow_world: World) -> None:
    """Another one has it, and it is open there."""
    engine = pipeflow_world.engine
    ada = firm(engine)
    (thread,) = engine.start(TALKS, ada).items
    job = waiting(engine, ada, thread)

    engine.unlink(job, "Welcome")

    assert engine.job(job).stage == "reply"
    assert pipeflow_world.messages.sent[-1].reply_to == thread.id


def test_a_48_a_job_that_is_started_by_the_end_of_a_thread_does_not_reply_to_it(
    pipeflow_world: World,
) -> None:
    """One command archives the thread, moves its job on, and starts another."""
    engine = pipeflow_world.engine
    ada = firm(engine)
    engine.save(SIGN_OFF, Pipeline("Letters", [Stage("Reply", [REPLY])]))
    talk = Stage("Talk", [SendMessage(WELCOME), CreateTask(SIGN_OFF)], automove=True)
    engine.save(Pipeline("Chains", [talk, Stage("Next", [StartJob("letters")])]))
    job = engine.start("chains", ada)
    engine.complete(job.item("Sign off"))

    engine.record(job.item("Welcome"), ThreadArchived("over"))

    assert engine.job(job).stage == "next"
    assert [one.reply_to for one in pipeflow_world.messages.sent] == [None, None]


def test_a_job_that_recurs_replies_in_a_thread_of_another(pipeflow_world: World) -> None:
    """Nobody is there who would look; the worker does."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    talk = world.engine.start(TALKS, ada)
    letters = Pipeline(
        "Letters", [Stage("Reply", automations=[SendMessage(NEWS, thread="reply_to_latest")])]
    )
    world.engine.save(letters)
    world.engine.save(
        Schedule(
            "Letter", pipeline="letters", accounts=[ada.id], every=Daily(), start=date(2026, 1, 6)
        )
    )

    world.advance(days=2)

    jobs = world.engine.jobs(pipeline="letters")
    assert len(jobs) >= 1
    assert world.messages.sent[1].reply_to == talk.items[0].id
    assert all(one.reply_to is not None for one in world.messages.sent[1:])


def test_a_job_that_an_automation_starts_replies_in_the_latest_thread_of_the_account(
    pipeflow_world: World,
) -> None:
    """That of another job, and that which began in the same command."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    reply = Stage("Reply", automations=[SendMessage(NEWS, thread="reply_to_latest")])
    letters = Pipeline("Letters", [reply])
    starts = Pipeline("Starts", [Stage("Start", automations=[StartJob("letters")])])
    both = [SendMessage(WELCOME), StartJob("letters")]
    world.engine.save(letters, starts, Pipeline("Both", [Stage("Start", automations=both)]))
    talk = world.engine.start(TALKS, ada)

    world.engine.start(starts, ada)
    assert world.messages.sent[-1].reply_to == talk.items[0].id
    begun = world.engine.start("both", ada)
    assert world.messages.sent[-1].reply_to == begun.items[0].id


def letters(engine: Engine) -> None:
    """Lay down a pipeline whose jobs reply at once."""
    engine.save(Pipeline("Letters", [Stage("Reply", automations=[REPLY])]))


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize(
    "first", [SendMessage(WELCOME), REPLY], ids=["begins one", "begins one as there is none"]
)
def test_a_48_jobs_that_one_payment_moves_on_write_in_one_thread(
    pipeflow_world: World, first: SendMessage, *, older: bool
) -> None:
    """The second one replies to what the first has just begun, and not to an older one."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    if older and first is not REPLY:
        world.engine.start(TALKS, ada)
    world.advance(minutes=1)
    world.engine.save(SIGN_OFF)
    for name, writes in (("Ones", [first, CreateTask(SIGN_OFF)]), ("Twos", [REPLY])):
        world.engine.save(Pipeline(name, [Stage("Wait", automove=True), Stage("Go", writes)]))
    one, two = (world.engine.start(name, ada) for name in ("ones", "twos"))
    for job in (one, two):
        world.engine.link(job, "i-1", ItemKind.INVOICE, "Fee")

    world.engine.receive(Ref("invoices", "i-1"), InvoicePaid())

    begun, reply = world.messages.sent[-2:]
    assert (begun.job, begun.reply_to, reply.reply_to) == (one.id, None, begun.item)


def test_a_48_a_started_job_replies_to_what_the_one_before_it_has_begun(
    pipeflow_world: World,
) -> None:
    """Its sibling, or what started it, though an older thread is there."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    world.engine.start(TALKS, ada)
    world.advance(minutes=1)
    letters(world.engine)
    begins = Pipeline("Begins", [Stage("Go", [SendMessage(WELCOME), StartJob("letters")])])
    starts = [SendMessage(WELCOME), StartJob("begins"), StartJob("letters")]
    world.engine.save(begins, Pipeline("Starts", [Stage("Go", starts)]))

    world.engine.start("starts", ada)

    first, sibling, *replies = world.messages.sent[1:]
    assert [one.reply_to for one in (first, sibling)] == [None, None]
    assert [one.reply_to for one in replies] == [sibling.item] * 2


def test_a_48_a_started_job_replies_where_its_starter_has_just_replied(
    pipeflow_world: World,
) -> None:
    """Though another job has a later thread."""
    world, ada = pipeflow_world, firm(pipeflow_world.engine)
    letters(world.engine)
    talks = [Stage("Begin", [SendMessage(WELCOME)]), Stage("Go", [REPLY, StartJob("letters")])]
    world.engine.save(Pipeline("Long", talks))
    job = world.engine.start("long", ada)
    world.advance(minutes=1)
    world.engine.start(TALKS, ada)

    world.engine.move(job, "Go")

    assert [one.reply_to for one in world.messages.sent[2:]] == [job.items[0].id] * 2


class Deaf(Command):
    """A command that asks for threads and does not take the answer."""

    action: ClassVar[str] = "ask"

    def act(self, unit: Unit) -> None:
        """Ask."""
        raise rules.ThreadWanted("account-1", "job-1")


def test_who_asks_for_threads_again_and_again_is_not_answered_for_ever(
    pipeflow_world: World,
) -> None:
    """A mistake in the engine must not keep a worker for good."""
    with pytest.raises(rules.ThreadWanted):
        pipeflow_world.engine._desk.carry_out(Deaf(), None)


class OneThread(MessagesPort):
    """A host that answers with the id of the thread, of a reply too."""

    def __init__(self) -> None:
        """Begin without threads."""
        self.threads: dict[str, str] = {}

    def send(self, message: Message, /) -> Receipt:
        """Post it, or reply."""
        known = self.threads.get(message.reply_to or "")
        thread = self.threads[message.item or ""] = known or f"thread-{len(self.threads) + 1}"
        return Receipt(ref=thread)


def one_thread(engine: Engine) -> tuple[Item, Item]:
    """Begin a thread in one job and reply in it from another; return both items."""
    ada = firm(engine)
    talk = engine.start(TALKS, ada)
    job = engine.move(engine.start(REPLIES, ada), "Reply")
    return engine.job(talk).items[0], engine.job(job).items[0]


THREAD = Ref("messages", "thread-1")


def chatting() -> Engine:
    """Make an engine whose host knows threads."""
    return Engine(ports=Ports(messages=OneThread()))


def test_a_host_that_names_the_thread_tells_all_its_messages_at_once() -> None:
    """Archived, open again or replied to: that is said of the thread."""
    engine = chatting()
    welcome, news = one_thread(engine)
    assert welcome.ref == news.ref == THREAD

    jobs = engine.receive(THREAD, ThreadArchived("over"))
    assert {item.state for job in jobs for item in job.items} == {ItemState.RESOLVED}
    jobs = engine.receive(THREAD, ThreadReopened())
    assert {item.state for job in jobs for item in job.items} == {ItemState.PENDING}
    engine.receive(THREAD, MessageReplied())
    told = [engine.history(one.job).of(FactRecorded) for one in (welcome, news)]
    assert [len(events) for events in told] == [1, 1]


def test_a_client_task_of_a_thread_is_that_of_the_message_that_asked_for_it() -> None:
    """The other messages of the thread hear nothing of it, and warn of nothing."""
    engine = chatting()
    welcome, news = one_thread(engine)

    (job,) = engine.receive(THREAD, ClientTaskChecked("Read"))
    assert job.id == news.job
    (job,) = engine.receive(THREAD, ClientTaskRemoved("Sign"))
    assert job.id == welcome.job
    engine.record(welcome, ClientTaskChecked("Scan"))

    assert [engine.item(one).state for one in (welcome, news)] == [ItemState.COMPLETED] * 2
    assert not any(engine.history(one.job).of(Warned) for one in (welcome, news))
    with pytest.raises(NotFoundError):
        engine.receive(THREAD, ClientTaskChecked("Fax"))


def test_a_client_task_that_is_added_to_a_thread_is_that_of_its_latest_message() -> None:
    """And of the thread wherever somebody linked it (A-8)."""
    engine = chatting()
    welcome, news = one_thread(engine)
    third = engine.start(REPLIES, engine.job(welcome.job).account)
    third = engine.link(third, THREAD, ItemKind.MESSAGE, "Chat")

    engine.receive(THREAD, ClientTaskAdded("Call us"))
    engine.record(news, ClientTaskAdded("Pay"))

    tasks = [engine.item(one).progress for one in (welcome, news, third.items[0])]
    assert [one.client_tasks for one in tasks if isinstance(one, Checklist)] == [
        ("Scan", "Sign"),
        ("Read", "Call us", "Pay"),
        ("Scan", "Sign", "Call us", "Pay"),
    ]


def test_a_client_task_that_is_added_to_a_linked_thread_is_that_of_its_latest_message() -> None:
    """Whichever job asks the client for more, the one that sent the message waits for it (A-8)."""
    engine = chatting()
    welcome, news = one_thread(engine)
    third = engine.start(REPLIES, engine.job(welcome.job).account)
    third = engine.link(third, THREAD, ItemKind.MESSAGE, "Chat")

    engine.record(third.items[0], ClientTaskAdded("Call us"))

    tasks = [engine.item(one).progress for one in (welcome, news, third.items[0])]
    assert [one.client_tasks for one in tasks if isinstance(one, Checklist)] == [
        ("Scan", "Sign"),
        ("Read", "Call us"),
        ("Scan", "Sign", "Call us"),
    ]
    engine.receive(THREAD, ClientTaskChecked("Read"))
    warned = [len(engine.history(one.job).of(Warned)) for one in (welcome, news, third.items[0])]
    assert warned == [0, 0, 1]  # who links a thread hears of all of it


def test_a_job_that_knows_of_more_client_tasks_still_waits_when_a_message_is_completed() -> None:
    """It has not heard that the others are done (A-8)."""
    engine = chatting()
    welcome, _ = one_thread(engine)
    third = engine.start(REPLIES, engine.job(welcome.job).account)
    third = engine.link(third, THREAD, ItemKind.MESSAGE, "Chat")
    engine.receive(THREAD, ClientTaskAdded("Call us"))

    engine.complete(welcome)
    waits = engine.item(third.items[0]).state
    engine.receive(THREAD, ClientTaskChecked("Call us"))

    assert waits is ItemState.PENDING
    assert engine.item(third.items[0]).state is ItemState.COMPLETED
