"""What used up reminders fire is in use while their item is open: they may start anew (R-28)."""

from collections.abc import Sequence

import pytest

from pipeflow import (
    Automation,
    ClientRequestReturned,
    ClientRequestSubmitted,
    CreateInvoice,
    CreateTask,
    Declined,
    Fact,
    Job,
    Member,
    MessageReplied,
    NotAllowedError,
    NotifyTeam,
    PaymentFailed,
    PaymentReceived,
    Reminders,
    Reopened,
    SendClientRequest,
    SendMessage,
    SendProposal,
    Stage,
    TaskTemplate,
)
from pipeflow.testing import World
from tests.firms import CHECKED, DONE, FEE, LETTER, NEWS, begun, now, usd

BEN, EVA, CALL = Member("Ben"), Member("Eva"), TaskTemplate("Call")
CHASED = Reminders(every=1, times=1, then=[NotifyTeam(["ben"], "Call them"), CreateTask(CALL)])
DEBIT = PaymentReceived(usd("100"), cleared=False, reference="debit-1")
FAILED = PaymentFailed("debit-1")

# Who makes it, what puts it with the firm, and what has the client act again.
WITH_THE_FIRM: dict[str, tuple[Automation, Sequence[Fact], Fact]] = {
    "a request not accepted": (
        SendClientRequest(CHECKED, reminders=CHASED),
        [ClientRequestSubmitted()],
        ClientRequestReturned(),
    ),
    "a bill that a debit covers": (CreateInvoice(FEE, reminders=CHASED), [DEBIT], FAILED),
    "a declined letter": (SendProposal(LETTER, reminders=CHASED), [Declined()], Reopened()),
}


def chased(automation: Automation) -> tuple[World, Job]:
    """Start a job whose item was reminded of for the last time, and that its pipeline forgot."""
    world, job = begun(Stage("Collect", [automation]), DONE, more=[BEN, EVA, CALL])
    world.advance(days=1)
    world.engine.save(world.engine.pipeline("tax").remove("Collect", automation_id(world)))
    return world, job


def automation_id(world: World) -> str:
    """Return the id of the one automation of the first stage."""
    (one,) = world.engine.pipeline("tax").stages[0].automations
    assert one.id is not None
    return one.id


def tell(world: World, job: Job, facts: Sequence[Fact]) -> None:
    """Record facts about the first item, one after another."""
    for fact in facts:
        world.engine.record(now(world, job).items[0], fact)


@pytest.mark.parametrize("case", WITH_THE_FIRM)
def test_what_is_with_the_firm_keeps_the_template_that_it_may_fire(case: str) -> None:
    """It was deleted in silence, and the automation failed when the client had to act again."""
    automation, before, _ = WITH_THE_FIRM[case]
    world, job = chased(automation)
    tell(world, job, before)

    assert "reminders.then[1].template" in str(world.engine.uses("call"))
    with pytest.raises(NotAllowedError, match=r"reminders\.then\[1\]\.template uses it"):
        world.engine.delete("call")


@pytest.mark.parametrize("case", WITH_THE_FIRM)
def test_what_is_with_the_firm_is_handed_over_and_fires_for_the_other(case: str) -> None:
    """The notice goes to whoever took over, and not to the one who left."""
    automation, before, again = WITH_THE_FIRM[case]
    world, job = chased(automation)
    tell(world, job, before)

    handed = world.engine.hand_over("ben", "eva")
    world.engine.delete("ben")
    tell(world, job, [again])
    world.advance(days=3)

    assert handed.items == (job.items[0].id,)
    assert [notice.to for notice in world.notices.sent] == [("eva",)]
    assert "call" in [item.template for item in now(world, job).items]
    assert world.engine.failures() == ()


def test_a_plain_message_is_in_use_until_there_is_a_reply() -> None:
    """Nobody waits for it, and yet the client is reminded of it."""
    world, job = chased(SendMessage(NEWS, reminders=CHASED))
    assert "reminders.then[1].template" in str(world.engine.uses("call"))

    tell(world, job, [MessageReplied()])

    assert str(world.engine.uses("call")) == "nothing uses it"
