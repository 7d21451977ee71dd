"""What is answered of many stands so when all that follows is done, as in the plain engine."""

from __future__ import annotations

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    JobStarted,
    NotFoundError,
    Ref,
    Stage,
    TagsChanged,
)
from tests.aio.offices import Office
from tests.firms import DONE, FEE, PREPARE

pytestmark = pytest.mark.anyio


async def test_many_jobs_are_answered_with_what_ports_made_for_each(office: Office) -> None:
    """Their requests leave one job after another, and none is answered with before they did."""
    client = await office.open(Stage("Work", [CreateTask(PREPARE), CreateInvoice(FEE)]), DONE)

    jobs = await office.engine.start_many("tax", [client, client])

    assert [[item.ref for item in job.items] for job in jobs] == [
        [Ref("tasks", f"task-{number}"), Ref("invoices", f"invoice-{number}")]
        for number in (1, 2)
    ]  # fmt: skip
    assert jobs == [office.now(job) for job in jobs]


async def test_many_accounts_are_answered_with_what_listeners_made_of_them(office: Office) -> None:
    """A listener that tags once more is a part of the call."""
    client = await office.open(DONE)
    other = office.world.account()

    async def follows(event: TagsChanged) -> None:
        if "late" in event.added:
            await office.engine.tag(event.account, {"called"})

    office.engine.on(TagsChanged, follows)

    done = await office.engine.tag_many([client, other], {"late"})

    assert [one.account and one.account.tags for one in done] == [{"late", "called"}] * 2


async def test_an_account_that_is_deleted_between_two_starts_holds_up_no_other(
    office: Office,
) -> None:
    """What its job asks for leaves, and then the error names who had to be left out."""
    client = await office.open(Stage("Work", [CreateTask(PREPARE)]), DONE)
    leaving, last = office.world.account(), office.world.account()

    async def leaves(event: JobStarted) -> None:
        if event.job == "job-1":
            await office.engine.delete(leaving)

    office.engine.on(JobStarted, leaves)

    for _ in range(2):
        with pytest.raises(NotFoundError, match=r"\$\.accounts\[1\].*the others were started"):
            await office.engine.start_many("tax", [client, leaving, last], command_id="season")

    jobs = await office.engine.jobs()
    assert [(job.account, job.items[0].ref) for job in jobs] == [
        (client.id, Ref("tasks", "task-1")),
        (last.id, Ref("tasks", "task-2")),
    ]
