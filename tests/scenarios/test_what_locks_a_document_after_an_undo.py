"""A document waits after an undo where a bill locks it, and else does not (R-26, domain.md 2.3)."""

from __future__ import annotations

import pytest

from pipeflow import (
    Cancelled,
    CreateInvoice,
    InvoicePaid,
    InvoiceTemplate,
    ItemCompleted,
    ItemState,
    Job,
    LineItem,
    Pipeline,
    Ref,
    Reminders,
    Reopened,
    Stage,
)
from pipeflow.testing import World
from tests.scenarios.test_promises_in_pairs import usd

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED
BILLS = [
    InvoiceTemplate(name, lines=[LineItem("x", rate=usd("100"))]) for name in ("Fee", "Deposit")
]


def locked(*, paid: bool) -> tuple[World, Job]:
    """Return a job whose document is locked by two bills, of which the first may be paid."""
    world = World()
    engine = world.engine
    automations = [CreateInvoice(one, reminders=Reminders(3, 2)) for one in BILLS]
    engine.save(*BILLS)
    pipeline = engine.save(Pipeline("Tax", [Stage("Bill", automations), Stage("Done")]))
    job = engine.start(pipeline, world.account())
    ref = Ref("documents", f"d-{job.id}")
    locks = ["Fee", "Deposit"]
    job = engine.link(job, ref, "locked_document", "Return", locked_by=locks)
    return world, engine.record(job.item("Fee"), InvoicePaid()) if paid else job


@pytest.mark.parametrize("paid", [False, True])
def test_a_document_is_free_whose_open_bills_stay_cancelled_after_an_undo(*, paid: bool) -> None:
    """As it is where the last of them is cancelled: done if one is paid, and else nobody waits."""
    world, job = locked(paid=paid)
    engine = world.engine

    undone = engine.undo(engine.move(job, "Done", open="cancel")).job

    assert undone.item("Deposit").state is RESOLVED
    assert undone.item("Return").state is (COMPLETED if paid else RESOLVED)
    done = [one.name for one in engine.history(job) if isinstance(one, ItemCompleted)]
    assert ("Return" in done) is paid


def test_a_document_is_locked_again_by_a_bill_that_is_reopened_after_an_undo() -> None:
    """Nobody waited for it, since all its bills were cancelled."""
    world, job = locked(paid=False)
    engine = world.engine
    undone = engine.undo(engine.move(job, "Done", open="cancel")).job

    opened = engine.record(undone.item("Fee"), Reopened("it is due after all"))

    assert opened.item("Return").state is PENDING


def test_a_document_waits_after_an_undo_that_gives_back_what_locks_it() -> None:
    """The bill was made elsewhere, so that no port took it back."""
    world, job = locked(paid=False)
    engine = world.engine
    for name in ("Fee", "Deposit"):
        job = engine.record(job.item(name), Cancelled("sent by mistake"))
    job = engine.link(job, Ref("invoices", "i-1"), "invoice", "By hand", total=usd("50"))
    ref = Ref("documents", "d-2")
    job = engine.link(job, ref, "locked_document", "Letter", locked_by=["By hand"])

    undone = engine.undo(engine.move(job, "Done", open="cancel")).job

    assert [undone.item(name).state for name in ("By hand", "Letter")] == [PENDING, PENDING]


def test_a_document_that_an_undo_sets_free_is_so_on_the_jobs_that_share_it() -> None:
    """They heard that nobody waits for it, and hear that it is done (A-8)."""
    world, job = locked(paid=True)
    engine = world.engine
    other = engine.start("tax", job.account, fire=False)
    ref = job.item("Return").ref
    assert ref is not None
    engine.link(other, ref, "locked_document", "Return")

    engine.undo(engine.move(job, "Done", open="cancel"))

    assert engine.job(other.id).item("Return").state is COMPLETED
