"""What `undo` and `save` answer is what the plain engine answers, whatever comes after it."""

from __future__ import annotations

import pytest

from pipeflow import Account, FolderTemplate, MoveUndone, Settings, Stage
from pipeflow.ports import FolderTree
from tests.aio.offices import Office
from tests.firms import DONE

pytestmark = pytest.mark.anyio

FOLDERS = FolderTemplate("Client", id="client", folders=["Letters"])


async def test_an_undo_answers_with_the_job_as_its_listeners_left_it(office: Office) -> None:
    """As the plain engine does: what follows from an undo belongs to it."""
    client = await office.open(Stage("Work"), DONE)
    job = await office.engine.start("tax", client)
    await office.engine.move(job, "Done")

    async def follows(event: MoveUndone) -> None:
        await office.engine.edit(event.job, name="Taken back")

    office.engine.on(MoveUndone, follows)
    undone = await office.engine.undo(job)

    assert undone.job == office.now(job)
    assert (undone.job.name, undone.job.stage) == ("Taken back", "work")


async def test_an_undo_of_a_job_that_a_listener_deletes_answers_with_what_was_undone(
    office: Office,
) -> None:
    """The job is gone, and what the undo came to is told all the same."""
    client = await office.open(Stage("Work"), DONE)
    job = await office.engine.start("tax", client)
    await office.engine.move(job, "Done")

    async def follows(event: MoveUndone) -> None:
        await office.engine.delete(await office.engine.archive(event.job))

    office.engine.on(MoveUndone, follows)
    undone = await office.engine.undo(job)

    assert undone.job.stage == "work"
    assert await office.engine.jobs() == []


async def test_a_save_answers_with_what_was_saved(office: Office) -> None:
    """One account as well as several, though a port of their folders tags them meanwhile."""
    await office.open(DONE)
    await office.engine.save(FOLDERS, Settings(default_folder="client"))

    async def way(request: FolderTree) -> None:
        await office.engine.tag(request.account, {"has folders"})

    office.line.way = way
    ada = await office.engine.save(Account("Ada"))
    bob, eve = await office.engine.save(Account("Bob"), Account("Eve"))

    assert ada.tags == bob.tags == eve.tags == frozenset()
    assert [(await office.engine.account(one)).tags for one in (ada, bob, eve)] == [
        {"has folders"}
    ] * 3
