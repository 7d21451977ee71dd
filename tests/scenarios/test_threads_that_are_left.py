"""A message and its reply have one name at their host, and are taken back together (R-24, R-26)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeflow import (
    Account,
    Automation,
    ClientTaskChecked,
    Contact,
    CreateInvoice,
    Engine,
    InvoiceTemplate,
    ItemState,
    Job,
    LineItem,
    MessageTemplate,
    Money,
    NotAllowedError,
    Pipeline,
    ProposalTemplate,
    RequestWithdrawn,
    SendMessage,
    SendProposal,
    Stage,
    StartJob,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Authorizer, Cancellation, Message, MessagesPort, Ports, Receipt
from pipeflow.testing import CountingIds, ManualClock, World

ASK = MessageTemplate("Ask", subject="Please", client_tasks=["Scan"])
MORE = MessageTemplate("More", subject="Also", client_tasks=["Sign"])
BEGIN, REPLY = SendMessage(ASK), SendMessage(MORE, thread="reply_to_latest")
THREAD = "thread-1"


class OneThread(MessagesPort):
    """A host that has one thread for the client, and archives it where it is asked to."""

    def __init__(self) -> None:
        """Begin with nothing taken back."""
        self.gone: list[tuple[str | None, str | None]] = []

    def send(self, message: Message, /) -> Receipt:
        """Post it in the thread."""
        return Receipt(ref=THREAD)

    def cancel(self, gone: Cancellation, /) -> None:
        """Note of which item that is asked, and under which name."""
        self.gone.append((gone.item, gone.ref))


class Talk:
    """A firm whose job asks a client, and asks more, in one stage or in two."""

    def __init__(self, *stages: Stage, deliver: bool = True, also: Pipeline | None = None) -> None:
        """Start the job."""
        pipeline = Pipeline("Talks", [*stages, Stage("Work"), Stage("Done")])
        client = Account("Ada", [Contact("Ada", "a@x.example")], id="ada")
        self.port = OneThread()
        ports = Ports(messages=self.port)
        self.clock = ManualClock()
        self.engine = Engine(ports=ports, clock=self.clock, ids=CountingIds(), deliver=deliver)
        self.engine.save(ASK, MORE, pipeline, client, *([] if also is None else [also]))
        self.engine.start(pipeline, client)

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return self.engine.job("job-1")

    @property
    def states(self) -> list[ItemState]:
        """How its messages are."""
        return [item.state for item in self.job.items]

    def deliver(self) -> list[str]:
        """Carry out what is asked for by now; return what is taken back."""
        asked = self.engine.pending()
        for one in asked:
            if isinstance(one, Cancellation):
                self.engine.delivered(one.key)
            else:
                self.engine.delivered(one.key, Receipt(ref=THREAD))
        return [one.item or "" for one in asked if isinstance(one, Cancellation)]


def both(*, deliver: bool = True) -> Talk:
    """Ask, and reply, in one stage."""
    return Talk(Stage("Ask", automations=[BEGIN, REPLY]), deliver=deliver)


WAITS = [ItemState.PENDING, ItemState.PENDING]
OVER = [ItemState.RESOLVED, ItemState.RESOLVED]


@pytest.mark.parametrize(
    ("between", "gone"),
    [([], [("job-1/1", THREAD)]), ([ClientTaskChecked("Scan")], [])],
    ids=["both open", "the first is done"],
)
def test_a_thread_is_taken_back_once_whose_messages_are_all_left(
    between: Sequence[ClientTaskChecked], gone: list[tuple[str, str]]
) -> None:
    """What is done of it stays, and with it the thread."""
    talk = both()
    for fact in between:
        talk.engine.record(talk.job.items[0], fact)

    talk.engine.move(talk.job, "Work", open="cancel")

    assert talk.port.gone == gone


def test_a_thread_stays_while_a_message_of_an_earlier_stage_waits() -> None:
    """Only what is left is let go of."""
    talk = Talk(Stage("Ask", automations=[BEGIN]), Stage("More", automations=[REPLY]))
    talk.engine.move(talk.job, "More")
    talk.engine.move(talk.job, "Work", open="cancel")

    assert talk.states == [ItemState.PENDING, ItemState.RESOLVED]
    assert talk.port.gone == []


def test_a_reply_in_a_thread_that_was_taken_back_is_taken_back_too() -> None:
    """Its host has but one, and what was left before keeps nothing there."""
    talk = Talk(Stage("Ask", automations=[BEGIN]), Stage("More", automations=[REPLY]))
    talk.engine.move(talk.job, "More", open="cancel")
    talk.engine.move(talk.job, "Work", open="cancel")

    assert talk.port.gone == [("job-1/1", THREAD), ("job-1/2", THREAD)]


def test_an_undo_takes_back_that_a_thread_is_taken_back() -> None:
    """Both messages wait again, and no request leaves."""
    talk = both(deliver=False)
    talk.deliver()
    talk.engine.move(talk.job, "Work", open="cancel")
    talk.engine.undo(talk.job)

    assert talk.states == WAITS
    assert talk.engine.pending() == ()


def test_an_undo_brings_back_no_message_of_a_thread_that_was_taken_back() -> None:
    """It says so of both."""
    talk = both()
    talk.engine.move(talk.job, "Work", open="cancel")
    undone = talk.engine.undo(talk.job)

    assert [(one.item, one.note) for one in undone.gone] == [
        ("job-1/1", "which was cancelled at its port"),
        ("job-1/2", "which was cancelled at its port"),
    ]
    assert talk.states == OVER


def test_an_undo_takes_back_a_thread_that_its_move_began() -> None:
    """With all its messages."""
    talk = Talk(Stage("Begin"), Stage("Ask", automations=[BEGIN, REPLY]))
    talk.engine.move(talk.job, "Ask")
    undone = talk.engine.undo(talk.job)

    assert [one.item for one in undone.cancelled] == ["job-1/1", "job-1/2"]
    assert talk.port.gone == [("job-1/1", THREAD)]


def test_an_undo_keeps_a_thread_in_which_a_message_waits_again() -> None:
    """The move had left it, and sent another in the same thread."""
    talk = Talk(
        Stage("Ask", automations=[BEGIN]), Stage("More", automations=[REPLY]), deliver=False
    )
    talk.deliver()
    talk.engine.move(talk.job, "More", open="cancel")
    for one in talk.engine.pending():
        if isinstance(one, Cancellation):
            talk.engine.failed(one.key, "no answer")
        else:
            talk.engine.delivered(one.key, Receipt(ref=THREAD))
    undone = talk.engine.undo(talk.job)

    assert [one.item for one in undone.gone] == ["job-1/2"]
    assert talk.states == [ItemState.PENDING, ItemState.RESOLVED]
    talk.clock.advance(days=1)
    assert talk.deliver() == []


def test_messages_that_come_late_are_taken_back_once() -> None:
    """Their host had both in hand when the job left them."""
    talk = both(deliver=False)
    asked = talk.engine.pending()
    talk.engine.move(talk.job, "Work", open="cancel")
    for one in asked:
        talk.engine.delivered(one.key, Receipt(ref=THREAD))

    assert talk.deliver() == ["job-1/1"]
    assert talk.deliver() == []


def test_a_reply_that_comes_when_its_thread_was_taken_back_is_taken_back_too() -> None:
    """Its host may have posted it since."""
    talk = both(deliver=False)
    asked, reply = talk.engine.pending()
    talk.engine.delivered(asked.key, Receipt(ref=THREAD))
    talk.engine.move(talk.job, "Work", open="cancel")
    assert talk.deliver() == ["job-1/1"]
    talk.engine.delivered(reply.key, Receipt(ref=THREAD))

    assert talk.deliver() == ["job-1/2"]


def test_what_is_done_of_a_thread_after_all_keeps_it() -> None:
    """It was to be taken back under the name of another message."""
    talk = both(deliver=False)
    talk.deliver()
    talk.engine.move(talk.job, "Work", open="cancel")
    talk.engine.record(talk.job.items[1], ClientTaskChecked("Sign"))

    assert talk.deliver() == []


def test_an_undo_takes_back_a_thread_in_which_a_job_replied_that_its_move_started() -> None:
    """Neither job has it then."""
    more = Pipeline("More", [Stage("Reply", automations=[REPLY]), Stage("End")])
    talk = Talk(Stage("Begin"), Stage("Ask", automations=[BEGIN, StartJob(more)]), also=more)
    talk.engine.move(talk.job, "Ask")
    talk.engine.undo(talk.job)

    assert talk.port.gone == [("job-1/1", THREAD)]


def relocated() -> Talk:
    """Let two jobs of the client have the thread, and take away the stage in which they ask."""
    talk = Talk(Stage("Ask", automations=[BEGIN]), deliver=False)
    talk.engine.start("talks", "ada")
    talk.deliver()
    pipeline = talk.engine.pipeline("talks")
    plan = talk.engine.plan(replaced(pipeline, stages=pipeline.stages[1:]))
    talk.engine.apply(plan, stages={"Ask": "Work"}, open="cancel")
    return talk


def test_a_thread_is_taken_back_that_several_jobs_leave_in_one_command() -> None:
    """Nobody has it when it is over."""
    talk = relocated()

    assert talk.deliver() == ["job-2/1"]
    assert talk.deliver() == []


def test_a_thread_stays_that_one_of_the_jobs_has_again_which_left_it_together() -> None:
    """It was to be taken back for the other one, which says that it is not any more."""
    talk = relocated()
    pipeline = talk.engine.pipeline("talks")
    ask = Stage("Ask", automations=[BEGIN])
    talk.engine.save(replaced(pipeline, stages=(ask, *pipeline.stages)), replace=True)
    talk.engine.undo("job-1")

    assert talk.states == [ItemState.PENDING]
    assert talk.deliver() == []
    withdrawn = talk.engine.history("job-2").of(RequestWithdrawn)
    assert [one.key for one in withdrawn] == ["default/job-2/1/cancel/2"]
    assert not talk.engine.history("job-1").of(RequestWithdrawn)


def test_a_reply_of_another_job_that_comes_late_keeps_its_thread() -> None:
    """Its host had it in hand when the thread was to be taken back."""
    more = Pipeline("More", [Stage("Reply", automations=[REPLY]), Stage("End")])
    talk = Talk(Stage("Ask", automations=[BEGIN]), deliver=False, also=more)
    talk.deliver()
    other = talk.engine.start(more, "ada")
    (reply,) = talk.engine.pending()
    talk.engine.move(talk.job, "Work", open="cancel")
    talk.engine.delivered(reply.key, Receipt(ref=THREAD))

    assert talk.deliver() == []
    talk.engine.undo(talk.job)
    assert talk.states == [ItemState.PENDING]
    assert talk.engine.job(other).items[0].state is ItemState.PENDING


LETTER = ProposalTemplate("Letter")
BILL = InvoiceTemplate("Fee", lines=[LineItem("Return", rate=Money("100", "USD"))])


@pytest.mark.parametrize(
    ("made", "kind"), [(SendProposal(LETTER), "proposal"), (CreateInvoice(BILL), "invoice")]
)
def test_a_8_what_another_job_links_before_it_was_taken_back_stays(
    made: Automation, kind: str
) -> None:
    """Nobody has taken the cancellation to the port yet, and somebody wants the thing."""
    world = World(deliver=False)
    engine = world.engine
    engine.save(LETTER, BILL, Pipeline("Tax", [Stage("In", [made]), Stage("Work")]))
    job = engine.start("tax", world.account())
    other = engine.start("tax", job.account, fire=False)
    (sent,) = engine.pending()
    engine.delivered(sent.key, Receipt("p-1"))
    engine.move(job, "Work", open="cancel")

    engine.link(other, "p-1", kind)

    assert engine.pending() == ()
    assert engine.job(other.id).items[0].state is ItemState.PENDING
    assert len(engine.history(job).of(RequestWithdrawn)) == 1


class Apart(Authorizer):
    """Eve has nothing to do with the first job."""

    def can(self, who: str, action: str, about: str, /) -> bool:
        """Answer."""
        return (who, about) != ("eve", "job-1")


def test_whoever_links_what_another_job_had_asked_back_is_asked_about_that_job() -> None:
    """Its cancellation is withdrawn, and that is told there, once."""
    world = World(deliver=False, authorizer=Apart())
    engine = world.engine
    engine.save(BILL, Pipeline("Tax", [Stage("In", [CreateInvoice(BILL)]), Stage("Work")]))
    job = engine.start("tax", world.account())
    other = engine.start("tax", job.account, fire=False)
    (sent,) = engine.pending()
    engine.delivered(sent.key, Receipt("p-1"))
    engine.move(job, "Work", open="cancel")

    with pytest.raises(NotAllowedError, match="job-1"):
        engine.link(other, "p-1", "invoice", actor="eve")
    engine.link(other, "p-1", "invoice", completed=True)

    assert len(engine.history(job).of(RequestWithdrawn)) == 1
