"""Work: what is open in a job, and who must act on it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeflow import Checklist, Item, ItemKind, ItemState, Job, JobStatus, Side, Work
from pipeflow.model.items import InvoiceState, LockState, Mark
from pipeflow.model.jobs import BlockedAutomation
from pipeflow.model.work import KINDS, heading, headings, side_of, work_of
from pipeflow.ports import terms_of

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def item(kind: ItemKind = ItemKind.TASK, number: int = 1, **more: Any) -> Item:
    """Make an open item."""
    state = more.pop("state", ItemState.PENDING)
    return Item(
        f"job-1/{number}", "job-1", kind, f"{kind} {number}", None, state, None,
        more.pop("visit", 1), "work", "link", NOW, **more,
    )  # fmt: skip


def job(*items: Item, **more: Any) -> Job:
    """Make a job with these items."""
    status = more.pop("status", "Active")
    return Job(
        "job-1", "1040", "ada", "tax", "work", status, 2, NOW + DAY, NOW, items=items, **more
    )


def blocked(visit: int = 2) -> BlockedAutomation:
    """Make an automation that could not run."""
    return BlockedAutomation("key", "tax", "work", "create-invoice-fee", visit, "no currency")


CLIENTS = (
    "invoice", "organizer", "proposal", "approval", "signature", "client_request",
    "locked_document",
)  # fmt: skip


@pytest.mark.parametrize("kind", ItemKind)
def test_the_team_must_act_on_tasks_and_the_client_on_what_was_sent(kind: ItemKind) -> None:
    """Nobody on notes, and on messages that ask nothing."""
    expected = {"task": Side.TEAM, **dict.fromkeys(CLIENTS, Side.CLIENT)}

    assert side_of(item(kind)) is expected.get(kind)
    assert side_of(item(kind, state=ItemState.COMPLETED)) is None
    assert side_of(item(kind, state=ItemState.RESOLVED)) is None


def test_a_message_is_the_clients_where_it_asks_something() -> None:
    """Client tasks are what it asks."""
    asks = item(ItemKind.MESSAGE, progress=Checklist(("Scan",)))

    assert side_of(asks) is Side.CLIENT
    assert side_of(item(ItemKind.MESSAGE)) is None


def test_a_document_is_the_clients_where_no_invoice_locks_it() -> None:
    """It is a bill of its own then; else its invoices are the client's."""
    locked = item(ItemKind.LOCKED_DOCUMENT, progress=LockState(("job-1/2",)))

    assert side_of(locked) is None
    assert side_of(item(ItemKind.LOCKED_DOCUMENT, progress=InvoiceState(None))) is Side.CLIENT


@pytest.mark.parametrize("kind", [ItemKind.INVOICE, ItemKind.TASK, ItemKind.NOTE])
def test_what_members_are_assigned_to_is_the_teams(kind: ItemKind) -> None:
    """Where anybody has to act on it at all (R-23)."""
    theirs = item(kind, assignees=frozenset({"mia"}))

    assert side_of(theirs) is (None if kind is ItemKind.NOTE else Side.TEAM)


def test_what_the_client_declined_is_the_teams() -> None:
    """Somebody has to mend it, or to give it up."""
    refused = item(ItemKind.APPROVAL, marks=frozenset({Mark.DISAPPROVED}))

    assert side_of(refused) is Side.TEAM
    assert side_of(item(ItemKind.APPROVAL, marks=frozenset({Mark.SHARED}))) is Side.CLIENT


def test_who_must_act_are_the_items_own_people_and_else_the_jobs() -> None:
    """The client's work has no members."""
    own, other = frozenset({"mia"}), frozenset({"tom"})
    first = item(assignees=own, due=date(2027, 2, 1))
    found = [*work_of(job(first, item(number=2), item(ItemKind.INVOICE, 3), assignees=other))]

    assert [one.assignees for one in found] == [own, other, frozenset()]
    assert [one.side for one in found] == [Side.TEAM, Side.TEAM, Side.CLIENT]
    assert [one.kind for one in found] == ["task", "task", "invoice"]
    assert (found[0].due, found[0].since, found[0].account) == (date(2027, 2, 1), NOW, "ada")
    assert str(found[0]) == "task 'task 1' of '1040' (ada): mia, due 2027-02-01"
    assert str(found[2]) == "invoice 'invoice 3' of '1040' (ada): client"


def test_what_a_move_left_behind_is_open_still() -> None:
    """The stage waits for it no longer, and somebody must act on it all the same."""
    assert [one.name for one in work_of(job(item(visit=1)))] == ["task 1"]


def test_an_automation_that_could_not_run_is_the_teams() -> None:
    """It waits since its visit began, where that is the present one."""
    mine, old = work_of(job(blocked=(blocked(), blocked(visit=1)), assignees=frozenset({"mia"})))

    assert (mine.kind, mine.name, mine.side) == ("automation", "create-invoice-fee", Side.TEAM)
    assert (mine.since, old.since) == (NOW + DAY, NOW)
    assert (mine.item, mine.due, mine.assignees) == (None, None, frozenset({"mia"}))


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.ARCHIVED])
def test_nothing_is_open_in_a_job_that_is_over(status: JobStatus) -> None:
    """Not even an automation that could not run."""
    assert [*work_of(job(item(), blocked=(blocked(),), status=status))] == []


def test_work_is_found_under_its_kind_and_where_it_came_back_under_its_side_too() -> None:
    """So that whoever asks for one side reads nothing of the other."""
    refused = item(ItemKind.APPROVAL, marks=frozenset({Mark.DISAPPROVED}))
    found = {
        (side_of(one), term)
        for one in (item(), refused)
        for field, term in terms_of(job(one))
        if field == "work"
    }

    assert found == {(Side.TEAM, "task"), (Side.TEAM, "team:approval")}
    assert heading(ItemKind.APPROVAL, Side.CLIENT) == "approval"
    assert set(headings(None, Side.CLIENT)) == {*CLIENTS, "message", "client:task"}
    assert {"task", "automation", "team:approval"} < set(headings(None, Side.TEAM))
    assert headings("task", None) == ("client:task", "task")
    assert headings("invoice", Side.CLIENT) == ("invoice",)
    assert headings("automation", Side.CLIENT) == headings("note", None) == ()
    assert headings("automation", None) == ("automation",)
    assert {*headings(None, None)} > {*KINDS} - {"note", "locked_document"}


def test_work_about_nothing_has_no_name() -> None:
    """Hosts may make such a value in their tests."""
    assert Work(job(), None, None, Side.TEAM, frozenset(), None, NOW).name == ""
