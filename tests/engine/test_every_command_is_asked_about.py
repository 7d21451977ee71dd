"""Whatever command somebody gives: nothing that it touches goes unasked (A-52).

A command that is added has to be given here, or to be named as one that nobody gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    Bundle,
    Cancelled,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Engine,
    Job,
    Member,
    Pipeline,
    Ref,
    Rejected,
    Stage,
    StartJob,
    TaskCompleted,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.engine import commands
from pipeflow.engine.journey import Journey
from pipeflow.engine.turn import Turn
from pipeflow.model.items import ItemState
from pipeflow.ports import Changes, Intent, RowKey
from pipeflow.testing import World
from tests.faults.offices import Policy
from tests.firms import DAILY, DONE, FEE, ORGANIZER, PREPARE, TEMPLATES

# What the engine says to itself; nobody's name stands under it.
INNER = {
    "Command", "Drop", "KeepFailure", "KeepLate", "KeepReceipts", "MakeRecurring", "Ring",
    "TellEdit", "UndoStart", "Unfold", "Wake", "WakeAll",
}  # fmt: skip
EVE: dict[str, Any] = {"actor": "eve"}
WORK = Stage("Work", [CreateInvoice(FEE, reminders=DAILY), CreateTask(PREPARE)])
SEND = Stage("Send", [StartJob("other"), CreateOrganizer(ORGANIZER)])


class Kept(MemoryStore):
    """Notes what each commit writes, and what stood there before."""

    def __init__(self) -> None:
        """Begin with nothing committed."""
        super().__init__()
        self.commits: list[tuple[Changes, dict[RowKey, Any]]] = []

    def commit(self, changes: Changes, /) -> bool:
        """Note it, and commit."""
        rows = self.read(changes.tenant, [*changes.puts, *changes.deletes]).rows
        self.commits.append((changes, {key: row.value for key, row in rows.items()}))
        return super().commit(changes)


def firm() -> tuple[World, Policy, Kept]:
    """Open a firm with two clients, who share a document, and a bill that failed."""
    notes, store = Policy(), Kept()
    world = World(authorizer=notes, store=store)
    engine = world.engine
    engine.save(*TEMPLATES, Member("Mia"), Member("Tom"), Member("Eve"))
    tax = Pipeline("Tax", [WORK, SEND, DONE], statuses=["Waits", "Rests"])
    engine.save(tax, Pipeline("Other", [Stage("First"), Stage("Last")]))
    for name in ("Ada", "Bob"):
        engine.save(Account(name, access=["mia"], roles={"preparer": ["mia"]}))
    for account in ("account-1", "account-2"):
        job = engine.start("tax", account, assignees=["mia"])
        engine.reassign(job.item("Prepare"), ["mia"])
        engine.link(job, Ref("documents", "d-1"), "approval", "Return")
    world.invoices.fail_next(Rejected("no"))
    engine.start("tax", "account-2")
    return world, notes, store


def without(engine: Engine) -> Pipeline:
    """Return the pipeline without the stage and the status in which jobs are."""
    tax = engine.pipeline("tax").add_stage(Stage("New")).remove_stage("Work")
    return evolve(tax, statuses=["Rests"])


def applied(engine: Engine) -> None:
    """Take away where jobs are, with all that is open there."""
    engine.set_status("job-1", "Waits")
    plan = engine.plan(without(engine))
    said: dict[str, Any] = {"stages": {"work": "new"}, "statuses": {"Waits": "Rests"}}
    engine.apply(plan, **said, open="cancel", **EVE)


def deleted(engine: Engine) -> None:
    """Delete a client with a job."""
    engine.unlink("job-1", "Return")
    engine.archive("job-1")
    engine.delete(engine.account("account-1"), **EVE)


def undone(engine: Engine) -> None:
    """Take a move back that started another job."""
    engine.move("job-1", "Send")
    engine.undo("job-1", **EVE)


def updated(engine: Engine) -> None:
    """Let organizers of two jobs that share one ask something else."""
    engine.move("job-1", "Send")
    shared = engine.job("job-1").item("Organizer").ref
    assert shared is not None
    engine.link("job-2", shared, "organizer")
    engine.save(evolve(ORGANIZER, questions=ORGANIZER.questions[:1]), replace=True)
    engine.update_organizers("organizer", **EVE)


def job(engine: Engine) -> Job:
    """Return the first job."""
    return engine.job("job-1")


def item(engine: Engine, name: str) -> Any:
    """Return an item of the first job."""
    return job(engine).item(name)


def key(engine: Engine) -> str:
    """Return the key of what failed."""
    (failure,) = engine.failures()
    return failure.key


MANY: dict[str, Any] = {"command_id": "c-1", **EVE}
JOBS = ["job-1", "job-2"]
GIVEN: dict[str, Callable[[Engine], object]] = {
    "Abandon": lambda e: e.abandon(key(e), **EVE),
    "Apply": applied,
    "ArchiveMany": lambda e: e.archive_many(JOBS, **MANY),
    "Complete": lambda e: e.complete(item(e, "Return"), **EVE),
    "Delete": deleted,
    "Edit": lambda e: e.edit("job-1", due=date(2027, 4, 15), **EVE),
    "EditMany": lambda e: e.edit_many(JOBS, due=date(2027, 4, 15), **MANY),
    "HandOver": lambda e: e.hand_over("mia", "eve", **EVE),
    "Install": lambda e: e.install(Bundle(templates=[FEE], name="Fees"), **EVE),
    "Link": lambda e: e.link("job-1", Ref("books", "b-1"), "invoice", "By hand", **EVE),
    "Move": lambda e: e.move("job-1", "Done", open="cancel", **EVE),
    "MoveMany": lambda e: e.move_many(JOBS, "Send", **MANY),
    "Pause": lambda e: e.pause("job-1", **EVE),
    "Reassign": lambda e: e.reassign(item(e, "Fee"), ["eve"], **EVE),
    "Receive": lambda e: e.receive(Ref("tasks", "task-1"), TaskCompleted(), **EVE),
    "Record": lambda e: e.record(item(e, "Return"), Cancelled(), **EVE),
    "Reevaluate": lambda e: e.reevaluate("job-1", **EVE),
    "Remind": lambda e: e.remind(item(e, "Fee"), **EVE),
    "Reopen": lambda e: e.reopen(e.complete(item(e, "Return")).item("Return"), **EVE),
    "Reschedule": lambda e: e.reschedule(item(e, "Fee"), date(2027, 4, 15), **EVE),
    "Resume": lambda e: e.resume(e.pause("job-1"), **EVE),
    "Retry": lambda e: e.retry(key(e), **EVE),
    "Save": lambda e: e.save(
        *(evolve(e.account(f"account-{n}"), access=["eve"]) for n in (1, 2)),
        *(evolve(e.pipeline(id), name=f"{id} 2") for id in ("tax", "other")),
        **EVE,
    ),
    "SetReminders": lambda e: e.set_reminders(item(e, "Fee"), None, **EVE),
    "SetStatus": lambda e: e.set_status("job-1", "Waits", **EVE),
    "Start": lambda e: e.start("tax", "account-1", stage="Send", **EVE),
    "StartMany": lambda e: e.start_many("tax", ["account-1", "account-2"], **MANY),
    "Tag": lambda e: e.tag("account-1", add={"vip"}, **EVE),
    "TagMany": lambda e: e.tag_many(["account-1", "account-2"], add={"vip"}, **MANY),
    "Transfer": lambda e: e.transfer("job-1", "other", open="cancel", **EVE),
    "Undo": undone,
    "Unlink": lambda e: e.unlink("job-1", item(e, "Fee"), **EVE),
    "UpdateOrganizers": updated,
}


def test_every_command_is_given_here_or_is_the_engines_own() -> None:
    """A new one says by this what it is asked about."""
    assert GIVEN.keys() == set(commands.__all__) - INNER


def touched(changes: Changes, before: dict[RowKey, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what somebody touched, as it stood: what it is, and the kind of an item cancelled.

    What follows for other jobs of itself, such as their timers, is the system's.
    """
    for key, thing in before.items():
        by = {one.actor for one in changes.log.get(key, ())}
        mine = key in changes.deletes or "eve" in by or key.kind in {"account", "pipeline"}
        if key.kind not in {"job", "account", "pipeline"} or not mine:
            continue
        yield key.kind, thing, None
        if key.kind == "job":
            after = {one.id: one.state for one in getattr(changes.puts.get(key), "items", ())}
            for one in thing.items:
                over = after.get(one.id, ItemState.RESOLVED) is ItemState.RESOLVED
                if one.state is ItemState.PENDING and over:
                    yield key.kind, thing, one.kind


def hears(intent: Intent, what: str, thing: Any, kind: Any) -> bool:
    """Tell whether a policy hears of a thing, and of what is done to an item of it."""
    return getattr(intent, what) == thing and kind in {None, intent.item_kind}


@pytest.mark.memory
@pytest.mark.parametrize("name", GIVEN)
def test_a_policy_hears_of_all_that_a_command_touches_as_it_stands(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job, account and pipeline, with the kinds of what is cancelled there."""
    world, notes, store = firm()
    given: list[str] = []
    written: list[tuple[Changes, dict[RowKey, Any]]] = []
    carry_out = Journey.carry_out

    def noting(journey: Journey, turn: Turn, command: commands.Command, *more: Any) -> Any:
        """Note what is given, and what it wrote before anything followed from it."""
        known = len(store.commits)
        unit = carry_out(journey, turn, command, *more)
        given.append(type(command).__name__)
        if more[:1] == ("eve",):
            written.extend(store.commits[known:])
        return unit

    monkeypatch.setattr(Journey, "carry_out", noting)
    GIVEN[name](world.engine)

    several = [one for changes, before in written for one in touched(changes, before)]
    unasked = [one for one in several if not any(hears(asked, *one) for asked in notes.asked)]
    assert unasked == []
    assert name in given
    assert notes.asked
    assert several or name in {"Install", "Reevaluate", "Start", "StartMany"}
