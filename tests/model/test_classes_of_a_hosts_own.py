"""Values are of pipeflow's own classes: what inherits from one of them is refused where it is made,
and where somebody takes care that it is not, it is neither recorded nor saved nor written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    After,
    AroundDate,
    Automation,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    Fact,
    LineItem,
    Member,
    Money,
    PaymentReceived,
    Pipeline,
    Ref,
    Reminders,
    Role,
    Schedule,
    SendEmail,
    Settings,
    Stage,
    TagChange,
    TaskTemplate,
    Template,
    Weekly,
)
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.codec import dump, dump_part, to_data
from pipeflow.model.closed import class_problem
from pipeflow.model.conditions import Asked, Condition, Tagged
from pipeflow.model.periods import Every
from pipeflow.model.record import frozen
from pipeflow.testing import World
from tests.firms import DONE, begun, usd

VIP = frozenset({"vip"})
DAY = date(2027, 1, 1)
MADE: dict[type[Any], Callable[[Any], object]] = {
    Account: lambda cls: cls("Ada"),
    After: lambda cls: cls(days=5),
    AroundDate: lambda cls: cls("due", 3, [SendEmail("welcome")]),
    EmailTemplate: lambda cls: cls("Welcome", subject="Hello"),
    LineItem: lambda cls: cls("Form 1040", rate=usd("5")),
    Member: lambda cls: cls("Mia"),
    Money: lambda cls: cls(5, "USD"),
    PaymentReceived: lambda cls: cls(usd("5")),
    Pipeline: lambda cls: cls("Tax", [DONE]),
    Reminders: lambda cls: cls(every=3),
    Role: lambda cls: cls("preparer"),
    Schedule: lambda cls: cls("Tax", pipeline="tax", accounts=["a"], every=Weekly(), start=DAY),
    SendEmail: lambda cls: cls("welcome"),
    Settings: lambda cls: cls(),
    Stage: lambda cls: cls("Work"),
    TagChange: lambda cls: cls(["vip"]),
    Tagged: lambda cls: cls(VIP),
    Weekly: lambda cls: cls(),
}
BASES: list[type[Any]] = [Automation, Every, Fact, Template]


def own(cls: type[Any], **content: Any) -> Any:
    """Make a class of a host's own of one of ours."""
    return type(f"Own{cls.__name__}", (cls,), content)


def unchecked(cls: type[Any]) -> Any:
    """Make one in which the host's own checks stand in the place of ours."""
    return own(cls, __attrs_post_init__=lambda self: self._derive())


@pytest.mark.parametrize("cls", MADE, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("by_attrs", [False, True], ids=["plainly", "with attrs"])
def test_a_value_of_a_class_of_a_hosts_own_is_not_made(cls: type[Any], by_attrs: bool) -> None:
    """Nobody could read it again, and the error says which class is meant."""
    mine = attrs.frozen(own(cls)) if by_attrs else own(cls)
    MADE[cls](cls)

    with pytest.raises(DefinitionError, match=rf"given: Own.*Allowed: {cls.__name__}\.") as caught:
        MADE[cls](mine)

    assert [problem.where for problem in caught.value.problems] == ["$"]


@pytest.mark.parametrize("base", BASES, ids=lambda cls: cls.__name__)
def test_the_base_of_all_kinds_is_none_of_them(base: type[Any]) -> None:
    """It says nothing of what happens, and its kinds are told."""
    given = ("Welcome",) if base is Template else ()

    with pytest.raises(DefinitionError, match="must be one of the kinds, not their base"):
        base(*given)


@pytest.mark.parametrize("base", [*BASES, Condition], ids=lambda cls: cls.__name__)
def test_a_kind_of_a_hosts_own_is_not_made(base: type[Any]) -> None:
    """The rules would not know what it means; those that there are are told."""
    given = ("Welcome",) if base is Template else ()
    mine = own(base, holds=lambda *_: True, missing=lambda *_: "")

    with pytest.raises(DefinitionError, match=r"must be a class of pipeflow's own.*Allowed: \w+, "):
        mine(*given)


def test_of_a_class_that_is_no_value_nothing_is_meant() -> None:
    """What has nothing to do with ours is refused without a better name."""
    problem = class_problem(Path)

    assert problem is not None
    assert problem.given == "Path"
    assert problem.allowed == ()


@pytest.fixture(name="worlds")
def _worlds(tmp_path: Path) -> list[World]:
    return [World(), World(store=SqliteStore(tmp_path / "firm.db"))]


SAVED: dict[str, tuple[Callable[[], Any], str]] = {
    "a pipeline": (lambda: unchecked(Pipeline)("Tax", [DONE]), "$"),
    "a template": (lambda: unchecked(EmailTemplate)("Welcome", subject="Hello"), "$"),
    "an account": (lambda: unchecked(Account)("Ada"), "$"),
    "a member": (lambda: unchecked(Member)("Mia"), "$"),
    "settings": (unchecked(Settings), "$"),
    "an automation": (
        lambda: Pipeline("Tax", [Stage("Work", [unchecked(CreateTask)("prepare")]), DONE]),
        "$.stages[0].automations[0]",
    ),
    "a condition": (
        lambda: Pipeline("Tax", [Stage("A"), Stage("B", when=~unchecked(Tagged)(VIP)), DONE]),
        "$.stages[1].when.of",
    ),
    "a date": (lambda: TaskTemplate("File", due=unchecked(After)(days=5)), "$.due"),
}


@pytest.mark.parametrize(("make", "where"), SAVED.values(), ids=SAVED)
def test_every_store_refuses_to_save_a_class_of_a_hosts_own(
    worlds: list[World], make: Callable[[], Any], where: str
) -> None:
    """Also where its own checks stand in the place of ours: a file and memory behave alike."""
    for world in worlds:
        world.engine.save(TaskTemplate("Prepare"))
        before = list(world.engine.store.export("default"))

        with pytest.raises(DefinitionError, match="given: Own") as caught:
            world.engine.save(make())

        assert [problem.where for problem in caught.value.problems] == [where]
        assert list(world.engine.store.export("default")) == before


def test_a_fact_of_a_hosts_own_is_not_recorded() -> None:
    """Whatever it wants to say beside, the fact that is known has to be told."""
    world, job = begun(Stage("Work"), DONE)
    job = world.engine.link(job, "i-1", "invoice", "Fee", total=usd("5"))
    paid = unchecked(PaymentReceived)(usd("5"))

    with pytest.raises(DefinitionError, match=r"\$\.fact: .*Allowed: PaymentReceived"):
        world.engine.record(job.items[0], paid)
    with pytest.raises(DefinitionError, match=r"\$\.fact: .*Allowed: PaymentReceived"):
        world.engine.receive(Ref("invoices", "i-1"), paid)


@frozen
class Moody(Condition):
    """A condition that only this test knows."""

    def holds(self, account: Account, job: Asked | None = None) -> bool:
        """Hold for everybody who has a name."""
        return bool(account.name or job)

    def missing(self, account: Account, job: Asked | None = None) -> str:
        """Miss the name."""
        return f"{account.name} {job}"


WRITTEN = {
    "alone": lambda: unchecked(EmailTemplate)("Welcome", subject="Hello"),
    "in a list": lambda: Stage("Work", [unchecked(SendEmail)("welcome")]),
    "in a set": lambda: TaskTemplate("T", assignees=[unchecked(Role)("preparer")]),
    "where one of several may stand": lambda: TaskTemplate("T", due=unchecked(After)(days=5)),
    "unheard of": Moody,
    "unheard of, in another": lambda: Stage("Work", when=Moody()),
}


@pytest.mark.parametrize("make", WRITTEN.values(), ids=WRITTEN)
def test_what_could_not_be_read_again_is_not_written(make: Callable[[], Any]) -> None:
    """The last door: no file, no export and no package holds a value without its tag."""
    value = make()

    for write in (dump, dump_part, to_data, lambda one: to_data(one, portable=True)):
        with pytest.raises(DefinitionError, match="be kept"):
            write(value)
