"""Ids that are made of others are no longer than an id may be, and still told apart."""

from __future__ import annotations

import pytest

from pipeflow import (
    CreateInvoice,
    CreateTask,
    DefinitionError,
    InvoiceTemplate,
    LineItem,
    Money,
    Pipeline,
    Reminders,
    Stage,
    StartJob,
    TaskTemplate,
    TimeInStage,
)
from pipeflow.bundle import Bundle
from pipeflow.codec import dump, load
from pipeflow.testing import World

TASK = TaskTemplate("Prepare")
BILL = InvoiceTemplate("Bill", [LineItem("1040", Money("450", "USD"))])
MOST = 512  # bytes of an id


@pytest.mark.parametrize("id", ["t" * 512, "t" * 511, "ö" * 256, "t" + "語" * 170, "-" * 511 + "t"])
def test_a_package_whose_ids_leave_no_room_is_installed_as_often_as_wanted(id: str) -> None:
    """Each copy gets ids of its own, cut between two letters, and its references follow."""
    task = TaskTemplate("T", id=id)
    twin = Pipeline("P", [Stage("A", [CreateTask(task)])], id=id)
    lead = Pipeline("Q", [Stage("A", [StartJob(twin)])], id=f"q{id[1:]}")
    bundle = Bundle(pipelines=[twin, lead], templates=[task], name="P")
    engine = World().engine

    copies = [engine.install(bundle) for _ in range(11)]

    ids = [new for copy in copies for new in copy.ids.values()]
    assert len({*ids}) == len(ids) == 22
    assert max(len(one.encode()) for one in ids) <= MOST
    for number, copy in enumerate(copies[1:], 2):
        assert all(new.endswith(f"-{number}") for new in copy.ids.values())
        assert "\ufffd" not in copy.ids[id]
    ((_, made),) = engine.pipeline(copies[-1].ids[id]).automations()
    assert made.uses == copies[-1].ids[id]


def test_two_ids_that_are_cut_alike_are_told_apart() -> None:
    """Both begin with the same letters, and the second takes the next number."""
    tasks = [TaskTemplate("One", id="t" * 511 + "1"), TaskTemplate("Two", id="t" * 511 + "2")]
    line = Pipeline("P", [Stage("A", [CreateTask(one) for one in tasks])])
    bundle = Bundle.of(line, *tasks)
    engine = World().engine
    engine.install(bundle)

    copy = engine.install(bundle)

    assert [copy.ids[one.id][-2:] for one in tasks] == ["-2", "-3"]
    assert [len(copy.ids[one.id]) for one in tasks] == [MOST, MOST]


def test_a_copy_of_a_thing_with_the_longest_name_has_a_name_too() -> None:
    """It is cut to make room for its number."""
    bundle = Bundle.of(Pipeline("N" * 200_000, [Stage("A")]))
    engine = World().engine
    engine.install(bundle)

    copy = engine.install(bundle).pipeline

    assert len(copy.name) == 200_000
    assert copy.name.endswith("N (2)")


def test_automations_of_triggers_have_ids_that_can_be_kept() -> None:
    """They begin with the ids of their stage and their trigger, which may have no room left."""
    several = [CreateTask(TASK), CreateTask(TASK)]
    stages = [
        Stage("S", [CreateTask(TASK)], id="s" * 512, triggers=[TimeInStage(3, several)]),
        Stage("T", id="s" * 511 + "t", triggers=[TimeInStage(3, several)]),
    ]
    line = Pipeline("P", stages)

    ids = [one.id or "" for _, one in line.automations()]

    assert len({*ids}) == 5
    assert max(len(one.encode()) for one in ids) <= MOST
    assert load(dump(line)) == line
    assert Bundle.from_json(Bundle.of(line, TASK).to_json()).pipelines == (line,)


def test_what_fires_when_reminders_are_used_up_has_an_id_that_can_be_kept() -> None:
    """It begins with the ids of the stage and of the automation that reminds."""
    rhythm = Reminders(every=1, times=1, then=[CreateTask(TASK), CreateTask(TASK)])
    bill = CreateInvoice(BILL, reminders=rhythm, id="a" * 512)
    line = Pipeline("P", [Stage("S", [bill], id="ö" * 256)])
    assert bill.reminders is not None

    ids = [one.id or "" for _, one in line.automations()]

    assert len({*ids}) == len(ids)
    assert max(len(one.encode()) for one in ids) <= MOST
    assert load(dump(line)) == line


def test_an_id_that_no_store_could_keep_is_refused_as_one() -> None:
    """However long it is, and whatever is made of it."""
    with pytest.raises(DefinitionError, match="no database can keep"):
        Stage("S", id="s" * 200 + "\ud800", triggers=[TimeInStage(3, [CreateTask(TASK)])])
