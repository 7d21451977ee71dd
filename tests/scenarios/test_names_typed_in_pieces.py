"""Names are one, however they are typed: each accent in its letter or behind it (R-16)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from inspect import isawaitable
from typing import Any, TypeAlias
from unicodedata import normalize

import pytest

from pipeflow import (
    Account,
    CreateOrganizer,
    CreateTask,
    Engine,
    JobTemplate,
    Member,
    Monthly,
    NotFoundError,
    OrganizerTemplate,
    Pipeline,
    Question,
    Role,
    Schedule,
    Stage,
    Status,
    TaskCompleted,
    TaskTemplate,
    tagged,
)
from pipeflow.testing import World
from tests.aio.offices import Office

# A name as it is typed: what it is called, with an accent in one piece or in two.
Typed: TypeAlias = Callable[[str], str]
Call: TypeAlias = Callable[[Any, Typed], Any]


def whole(kind: str) -> str:
    """Return a name whose accents are in their letters."""
    return f"{kind} größe"


def pieces(kind: str) -> str:
    """Return the same name as a file system hands it out."""
    return normalize("NFD", whole(kind))


def furnish(world: World) -> None:
    """Save a firm in which all names and ids have an accent, and start a job."""
    member = Member(whole("member"), id=whole("member"))
    task = TaskTemplate(whole("task"), id=whole("task"), assignees=[Role(whole("role"))])
    sheet = OrganizerTemplate(whole("sheet"), [Question("Moved?")], id=whole("sheet"))
    kit = JobTemplate(whole("kit"), id=whole("kit"))
    line = Pipeline(
        whole("line"),
        [
            Stage(
                "First",
                [CreateTask(task, id=whole("fires")), CreateOrganizer(sheet)],
                id=whole("first"),
            ),
            Stage(whole("last")),
        ],
        statuses=[Status(whole("status"), quiet=True)],
        id=whole("line"),
    )
    rhythm = Schedule(
        whole("rhythm"), pipeline=line, accounts=tagged("none"), every=Monthly(1),
        start=date(2030, 1, 1), id=whole("rhythm"),
    )  # fmt: skip
    spare: list[Any] = [
        Member("Spare", id=whole("spare member")),
        TaskTemplate("Spare", id=whole("spare task")),
        Pipeline("Spare", [Stage("A")], id=whole("spare line")),
    ]
    client = Account(
        "Lovelace", tags={whole("tag")}, roles={whole("role"): [member]}, access=[member],
        fields={whole("field"): "1"},
    )  # fmt: skip
    world.engine.save(member, task, sheet, kit, line, rhythm, *spare)
    account = world.engine.save(client)
    world.engine.start(line, account, assignees=[member])
    world.engine.start(line, account, stage=whole("last"))


READS: dict[str, Call] = {
    "pipeline": lambda e, t: e.pipeline(t("line")),
    "template": lambda e, t: e.template(t("task")),
    "member": lambda e, t: e.member(t("member")),
    "schedule": lambda e, t: e.schedule(t("rhythm")),
    "jobs of a pipeline": lambda e, t: e.jobs(pipeline=t("line")),
    "jobs in a stage": lambda e, t: e.jobs(stage=t("first")),
    "jobs in a stage of a pipeline": lambda e, t: e.jobs(pipeline=t("line"), stage=t("first")),
    "jobs of an assignee": lambda e, t: e.jobs(assignee=t("member")),
    "jobs with a tag": lambda e, t: e.jobs(tag=t("tag")),
    "jobs of a status": lambda e, t: e.jobs(status=[t("status"), "Active"]),
    "work of a member": lambda e, t: e.work(member=t("member")),
    "accounts with a tag": lambda e, t: e.accounts(tag=t("tag")),
    "a board": lambda e, t: e.board(t("line"), assignee=t("member"), tag=t("tag")),
    "an overview": lambda e, t: e.overview(t("line")),
    "metrics": lambda e, t: e.metrics(t("line")),
    "an event log": lambda e, t: e.event_log(t("line")).name,
    "uses of a pipeline": lambda e, t: e.uses(t("line")),
    "uses of a template": lambda e, t: e.uses(t("task")),
    "uses of a member": lambda e, t: e.uses(t("member")),
    "uses of a schedule": lambda e, t: e.uses(t("rhythm")),
}

COMMANDS: dict[str, Call] = {
    "start": lambda e, t: e.start(
        t("line"), "account-1", stage=t("first"), template=t("kit"), assignees=[t("member")],
        skip=[t("fires")],
    ),
    "start many": lambda e, t: e.start_many(t("line"), ["account-1"], stage=t("last")),
    "start for a role": lambda e, t: e.start(t("line"), "account-1", assignees=[Role(t("role"))]),
    "move": lambda e, t: e.move("job-1", t("last")),
    "move many": lambda e, t: e.move_many(["job-1"], t("last")),
    "set a status": lambda e, t: e.set_status("job-1", t("status")),
    "transfer": lambda e, t: e.transfer("job-1", t("line"), t("last")),
    "edit": lambda e, t: e.edit("job-2", assignees=[t("member")]),
    "reassign": lambda e, t: e.reassign("job-1/2", [t("member")]),
    "tag": lambda e, t: e.tag("account-1", [t("new")], remove=[t("tag")]),
    "update organizers": lambda e, t: e.update_organizers(t("sheet")),
    "hand over": lambda e, t: e.hand_over(t("member"), t("spare member")),
    "delete a member": lambda e, t: e.delete(t("spare member"), command_id="once"),
    "delete a template": lambda e, t: e.delete(t("spare task"), command_id="once"),
    "delete a pipeline": lambda e, t: e.delete(t("spare line"), command_id="once"),
    "delete a schedule": lambda e, t: e.delete(t("rhythm"), command_id="once"),
    "record": lambda e, t: e.record("job-1/1", TaskCompleted()),
}  # fmt: skip


@pytest.mark.parametrize("read", READS)
def test_a_read_finds_the_same_however_a_name_is_typed(read: str) -> None:
    """What people see is one name."""
    world = World()
    furnish(world)
    call = READS[read]

    assert call(world.engine, pieces) == call(world.engine, whole)


def test_a_pipeline_and_a_job_find_their_parts_however_a_name_is_typed() -> None:
    """The values that a host holds take names as the calls do."""
    world = World()
    furnish(world)
    line, job = world.engine.pipeline(whole("line")), world.engine.job("job-1")

    for typed in (whole, pieces):
        assert line.find(typed("first")) == line.place(typed("first")) == 0
        assert line.stage(typed("last")).name == whole("last")
        assert line.stage(typed("first")).automation(typed("fires")).id == whole("fires")
        assert line.stages[0].index(typed("fires")) == 0
        found = line.automation(typed("first"), typed("fires"))
        assert found is not None
        assert found.id == whole("fires")
        assert line.status(typed("status")) == Status(whole("status"), quiet=True)
        assert line.is_quiet(typed("status"))
        assert job.item(typed("task")) == job.items[0]
        assert line.remove(typed("first"), typed("fires")).stages[0].automations != ()
        assert len(line.remove_stage(typed("last")).stages) == 1


@pytest.mark.parametrize("read", READS)
def test_an_awaited_read_finds_the_same_however_a_name_is_typed(read: str) -> None:
    """The async engine takes names as the plain one does."""
    office = Office()
    furnish(office.world)

    async def asked(typed: Typed) -> Any:
        found = READS[read](office.engine, typed)
        return await found if isawaitable(found) else found

    async def both() -> tuple[Any, Any]:
        if read == "an event log":
            return (await office.engine.event_log(pieces("line"))).name, whole("line")
        return await asked(pieces), READS[read](office.world.engine, whole)

    one, other = asyncio.run(both())
    assert one == other


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_the_same_however_a_name_is_typed(command: str) -> None:
    """Two firms in which the same is done are the same, byte for byte."""
    one, other = World(), World()
    for world, typed in ((one, whole), (other, pieces)):
        furnish(world)
        COMMANDS[command](world.engine, typed)

    assert list(one.store.export("default")) == list(other.store.export("default"))


@pytest.mark.parametrize("kind", ["spare member", "spare task", "spare line", "rhythm"])
@pytest.mark.parametrize(("first", "then"), [(whole, pieces), (pieces, whole)])
def test_a_deletion_is_known_again_however_its_id_is_typed(
    kind: str, first: Typed, then: Typed
) -> None:
    """It acts once."""
    world = World()
    furnish(world)

    done = world.engine.delete(first(kind), command_id="once")

    assert world.engine.delete(then(kind), command_id="once") == done
    assert done.id == whole(kind)


def test_ids_of_accounts_and_jobs_stay_to_the_letter() -> None:
    """They are the host's own, and another form is another id."""
    engine: Engine = World().engine
    engine.save(Pipeline("Tax", [Stage("A")]), TaskTemplate("T", id=whole("x")))
    account = engine.save(Account("Ada", id=pieces("x")))

    with pytest.raises(NotFoundError):
        engine.account(whole("x"))
    assert engine.uses(pieces("x")) == ()
    assert engine.delete(pieces("x")).kind == "account"
    assert engine.delete(pieces("x")).kind == "template"
    assert account.id != whole("x")


def test_a_name_that_nobody_has_is_told_as_it_was_typed() -> None:
    """With the nearest that there is."""
    world = World()
    furnish(world)

    with pytest.raises(NotFoundError, match="member größe"):
        world.engine.uses(pieces("membr"))
