"""Late facts: each that says something new of what nobody waits for leaves a line, once (R-15)."""

from collections.abc import Callable

import pytest

from pipeflow import Cancelled, EmailBounced, Fact, FactRecorded, Reopened, Warned, rules
from pipeflow.model import facts as f
from pipeflow.model.items import Mark
from tests.rules.states import BUSINESS, MIA, NOON, after, events, recorded, told, usd
from tests.rules.test_what_facts_do_to_items import ASKING, ITEM, waiting

SAID: dict[type[Fact], Fact] = {
    f.SubtaskChecked: f.SubtaskChecked("Enter"),
    f.PaymentReceived: f.PaymentReceived(usd("40"), cleared=False, reference="ach-1"),
    f.PaymentCleared: f.PaymentCleared("ach-2"),
    f.PaymentFailed: f.PaymentFailed("ach-3"),
    f.PaymentRefunded: f.PaymentRefunded("ach-4"),
    f.CreditIssued: f.CreditIssued(usd("5"), "credit-1"),
    f.ClientTaskChecked: f.ClientTaskChecked("Scan"),
    f.ClientTaskUnchecked: f.ClientTaskUnchecked("Upload"),
    f.ClientTaskAdded: f.ClientTaskAdded("Call"),
    f.ClientTaskRemoved: f.ClientTaskRemoved("Sign"),
    f.ProposalSigned: f.ProposalSigned("c-ada"),
    f.DocumentSigned: f.DocumentSigned("c-ada"),
    f.SignerAdded: f.SignerAdded("Clerk"),
    f.SignerRemoved: f.SignerRemoved("Notary"),
    f.OrganizerSaved: f.OrganizerSaved({BUSINESS: "Yes"}),
    f.OrganizerSubmitted: f.OrganizerSubmitted(incomplete=True),
    f.ClientRequestSubmitted: f.ClientRequestSubmitted(incomplete=True),
}
BEFORE: list[tuple[frozenset[str], Fact]] = [
    (frozenset({"message"}), f.ClientTaskChecked("Upload")),
    (frozenset({"message"}), f.ClientTaskAdded("Sign")),
    (frozenset({"letter", "anybody's", "signature"}), f.SignerAdded("Notary")),
]
# Each takes back what another said, so that it says something new after that.
OPPOSITES = (
    f.ClientTaskAdded,
    f.ClientTaskRemoved,
    f.SignerAdded,
    f.SignerRemoved,
    f.DocumentApproved,
    f.DocumentDisapproved,
)
# What takes a completion back, or out what was put away, and so is news after it, as it is after
# that, of what was let go of.
BACK = (
    f.ClientRequestReturned,
    f.OrganizerReturned,
    f.OrganizerUnsealed,
    f.TaskReopened,
    f.ThreadReopened,
)
FORTH = (
    f.ClientRequestAccepted,
    f.ClientRequestSubmitted,
    f.OrganizerSealed,
    f.OrganizerSubmitted,
    f.TaskCompleted,
    f.ThreadArchived,
)
MONEY = (f.PaymentReceived, f.PaymentCleared, f.PaymentFailed, f.PaymentRefunded, f.CreditIssued)


def facts_about(state: rules.State, thing: str) -> list[Fact]:
    """Return a fact of each kind that can be told of the thing, but what takes it up again."""
    kind = state.job.items[0].kind
    return [
        SAID[cls] if cls in SAID else cls()
        for cls in f.ALL
        if kind in cls.about
        and cls not in {Reopened, EmailBounced}
        and not (cls is Cancelled and Mark.UNLINKED not in state.job.items[0].marks)  # it is
        and not (thing == "locked" and cls in MONEY)  # which are told of its invoices
    ]


def cancel(thing: str) -> rules.State:
    """Cancel what waits."""
    facts = [fact for things, fact in BEFORE if thing in things]
    return recorded(waiting(thing), ITEM, *facts, Cancelled("a mistake"))


def unlink(thing: str) -> rules.State:
    """Let the job go of what waits."""
    facts = [fact for things, fact in BEFORE if thing in things]
    state = recorded(waiting(thing), ITEM, *facts)
    return after(state, rules.unlink(state, ITEM, NOON, MIA))


def lines(decision: rules.Decision) -> list[Fact]:
    """Return the facts that history tells of."""
    return [event.fact for event in events(decision, FactRecorded)]


@pytest.mark.parametrize("over", [cancel, unlink])
@pytest.mark.parametrize("thing", ASKING)
def test_a_second_late_fact_of_another_kind_leaves_its_line(
    thing: str, over: Callable[[str], rules.State]
) -> None:
    """Whatever came late before; and history warns that nothing follows."""
    state = over(thing)
    for first in facts_about(state, thing):
        told_once = recorded(state, ITEM, first)
        for second in facts_about(state, thing):
            if first != second:
                decision = told(told_once, ITEM, second)

                assert lines(decision) == [second], (first, second)
                assert events(decision, Warned), (first, second)


@pytest.mark.parametrize("over", [cancel, unlink])
@pytest.mark.parametrize("thing", ASKING)
def test_the_same_late_fact_twice_changes_nothing(
    thing: str, over: Callable[[str], rules.State]
) -> None:
    """Also where others came between, but for those that say the opposite."""
    state = over(thing)
    news = OPPOSITES if over is cancel else (*OPPOSITES, *BACK, *FORTH)
    news = (*news, f.InvoicePaid)  # which settles anew what went back, or was credited, since
    everything = facts_about(state, thing)
    for fact in everything:
        state = recorded(state, ITEM, fact)
        if not isinstance(fact, f.SignerRemoved):  # who is then nobody that is known here
            assert not told(state, ITEM, fact).changed, fact
    for fact in everything:
        if not isinstance(fact, news):
            assert not told(state, ITEM, fact).changed, fact


def test_an_archived_thread_that_is_cancelled_says_so() -> None:
    """Though nobody waited for it any more; once."""
    state = recorded(waiting("message"), ITEM, f.ThreadArchived())

    decision = told(state, ITEM, Cancelled("it went to somebody else"))

    assert lines(decision) == [Cancelled("it went to somebody else")]
    assert not told(after(state, decision), ITEM, Cancelled("it went to somebody else")).changed


def test_what_is_open_again_heeds_and_tells_the_same_facts_anew() -> None:
    """What came late while it was cancelled is late again when it is cancelled again."""
    state = recorded(waiting("task"), ITEM, Cancelled(), f.TaskCompleted(), Reopened(), Cancelled())

    decision = told(state, ITEM, f.TaskCompleted())

    assert lines(decision) == [f.TaskCompleted()]


def test_a_cancelled_task_tells_what_came_late_of_it() -> None:
    """So a host sees on the item what history says of it."""
    state = recorded(waiting("task"), ITEM, Cancelled(), f.TaskCompleted(), f.TaskReopened())

    assert state.job.items[0].late_facts == (f.TaskCompleted(), f.TaskReopened())


def test_a_done_thing_that_the_job_let_go_of_tells_that_it_was_cancelled() -> None:
    """Also after it was reopened at the host, of which there is a line already."""
    state = recorded(waiting("task"), ITEM, f.TaskCompleted())
    state = after(state, rules.unlink(state, ITEM, NOON, MIA))
    state = recorded(state, ITEM, f.TaskReopened())

    decision = told(state, ITEM, Cancelled("the client left"))

    assert lines(decision) == [Cancelled("the client left")]
    assert not told(after(state, decision), ITEM, Cancelled("the client left")).changed
