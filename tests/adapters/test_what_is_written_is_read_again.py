"""What the engine put together is read again, however long; what could not be is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    Contact,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    ItemState,
    LineItem,
    Money,
    OrganizerSubmitted,
    OrganizerTemplate,
    PaymentCleared,
    Pipeline,
    Question,
    Receipt,
    Ref,
    Rejected,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
    TaskTemplate,
    UpdateJob,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.codec import json_text
from pipeflow.testing import World

ASK = OrganizerTemplate("Ask", questions=[Question("Anything else?", field="notes")])
TASK = TaskTemplate("T")
FEE = InvoiceTemplate("Fee", lines=[LineItem("x", rate=Money("10.00", "USD"))])
MARKS = "a" + "\u0323" * 101


def opened(path: Path, **given: Any) -> World:
    """Return a firm in a file."""
    return World(store=SqliteStore(path), **given)


def asked(path: Path, *then: Any) -> World:
    """Return a firm whose jobs go on, with what clients answer, to a stage that tells it."""
    world = opened(path)
    first = Stage("Ask", automove=True, automations=[CreateOrganizer(ASK)])
    world.engine.save(ASK, *then[1:], Pipeline("P", stages=[first, Stage("Tell", [then[0]])]))
    return world


def answer(world: World, name: str, said: str) -> None:
    """Let a client answer."""
    job = world.engine.start("p", world.account(name))
    world.engine.record(job.item("Ask"), OrganizerSubmitted({"Anything else?": said}))


def left(world: World) -> str:
    """Return a firm as it leaves a store, once another has taken it in."""
    lines = [*world.engine.store.export("default")]
    other = MemoryStore()
    other.restore(lines)
    assert [*other.export("default")] == lines
    return "\n".join(lines)


def test_a_long_answer_in_a_mail_that_waits_holds_up_no_other_mail(tmp_path: Path) -> None:
    """Filled in and escaped it is longer than what anybody may give."""
    thanks = EmailTemplate(
        "Thanks", subject="Thanks", body="<p>[ACCOUNT_CUSTOM_FIELD:notes]</p>", format="html"
    )
    world = asked(tmp_path / "firm.db", SendEmail(thanks), thanks)
    world.engine.save(
        Settings(window=SendingWindow(days="mon-fri", opens=time(10), closes=time(18)))
    )
    answer(world, "Long", "<" * 60_000)
    answer(world, "Short", "no")
    left(world)
    at = world.clock.now()
    world.engine.store.close()

    later = World(at.replace(hour=11), store=SqliteStore(tmp_path / "firm.db"))
    later.engine.tick()

    assert sorted(len(mail.body) for mail in later.email.sent) == [9, 240_007]


def test_a_long_answer_in_a_job_hides_neither_it_nor_the_others(tmp_path: Path) -> None:
    """It can be edited, archived and deleted after a restart."""
    says = UpdateJob(description="Client says: [ACCOUNT_CUSTOM_FIELD:notes]")
    world = asked(tmp_path / "firm.db", says)
    answer(world, "Long", "x" * 200_000)
    left(world)
    world.engine.store.close()
    engine = opened(tmp_path / "firm.db").engine

    (job,) = engine.jobs()

    assert len(job.description) == 200_013
    assert engine.board("p").stages
    assert engine.feed()
    engine.archive(engine.edit(job, description=""))
    engine.delete(job)
    assert not engine.jobs()


def test_an_event_is_longer_than_what_it_tells_of(tmp_path: Path) -> None:
    """Its note says some words of its own beside a client's."""
    world = opened(tmp_path / "firm.db")
    world.engine.save(ASK, Pipeline("P", stages=[Stage("A", [CreateOrganizer(ASK)])]))
    account = world.engine.save(Account("x" * 200_000))
    job = world.engine.start("p", account, name="[ACCOUNT_NAME]" * 3)
    world.engine.pause(job, "y" * 199_999)
    left(world)
    world.engine.store.close()
    engine = opened(tmp_path / "firm.db").engine

    assert len(engine.job(job.id).name) == 600_000
    for call in (engine.history, engine.explain, engine.timeline):
        assert call(job.id)


def test_marks_that_are_put_together_are_no_hindrance(tmp_path: Path) -> None:
    """Each of two texts has fewer behind one letter than are refused; what they make has more."""
    world = asked(tmp_path / "firm.db", UpdateJob(description=f"[ACCOUNT_NAME]{MARKS[1:61]}"))
    answer(world, MARKS[:61], "no")
    left(world)
    world.engine.store.close()

    (job,) = opened(tmp_path / "firm.db").engine.jobs()

    assert len(job.description) == 120


@pytest.mark.parametrize("said", [MARKS, "x" * 513, "é" * 257])
def test_a_reference_that_no_link_could_have_is_no_answer_of_a_port(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its request waits for somebody, as with any other wrong answer."""
    world = World()
    monkeypatch.setattr(world.tasks, "take", lambda _: Receipt(said))
    world.engine.save(TASK, Pipeline("P", stages=[Stage("A", [CreateTask(TASK)])]))
    job = world.engine.start("p", world.account())

    (failure,) = world.engine.failures()
    assert "the receipt's ref" in failure.error
    left(world)
    with pytest.raises(DefinitionError):
        world.engine.link(job, Ref("tasks", said))


def test_what_a_port_says_goes_wrong_is_told_as_it_is() -> None:
    """And the firm leaves its store with it."""
    world = World()
    world.tasks.fail_next(Rejected(f"no client {MARKS}"))
    world.engine.save(TASK, Pipeline("P", stages=[Stage("A", [CreateTask(TASK)])]))
    world.engine.start("p", world.account())

    assert MARKS in left(world)


IDS: dict[str, Callable[[str], object]] = {
    "template": lambda id: TaskTemplate("T", id=id),
    "stage": lambda id: Stage("S", id=id),
    "pipeline": lambda id: Pipeline("P", stages=[Stage("S")], id=id),
    "automation": lambda id: CreateTask("t", id=id),
    "account": lambda id: Account("Ada", id=id),
    "contact": lambda id: Contact("Ada", id=id),
    "firm": lambda id: Engine(tenant=id),
    "payment": PaymentCleared,
}


@pytest.mark.parametrize("make", IDS.values(), ids=IDS)
def test_ids_and_references_have_at_most_512_bytes(make: Callable[[str], object]) -> None:
    """Every database can look up by as many; a letter may take several."""
    make("x" * 512)
    make("é" * 256)
    for long in ("x" * 513, "é" * 257):
        with pytest.raises(DefinitionError, match=r"longer than 512 bytes.*given: 51[34] bytes"):
            make(long)


def test_the_id_of_a_long_name_is_a_short_one() -> None:
    """So that a name of a thousand letters of any script is a name all the same."""
    for letter, kept in (("x", 512), ("é", 512), ("税", 170)):
        assert len(TaskTemplate(letter * 1000).id) == kept


def test_what_is_too_large_to_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is refused whole, and the job goes on without it."""
    monkeypatch.setattr(json_text, "LARGEST", 20_000)
    many = OrganizerTemplate("Many", questions=[Question(f"q{n}") for n in range(20)])
    world = opened(tmp_path / "firm.db")
    world.engine.save(many, Pipeline("P", stages=[Stage("A", [CreateOrganizer(many)])]))
    job = world.engine.start("p", world.account())

    for letter in ("x", "税"):
        answers = {f"q{n}": letter * 1000 for n in range(20)}
        with pytest.raises(DefinitionError, match="could not be read again"):
            world.engine.record(job.item("Many"), OrganizerSubmitted(answers))

    job = world.engine.record(job.item("Many"), OrganizerSubmitted({"q1": "no"}))
    assert job.item("Many").state is ItemState.COMPLETED
    assert SqliteStore(tmp_path / "firm.db").check() == ()
