"""A listener that somebody would have to await is refused by the plain engine, or logged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pipeflow import DefinitionError, Event, JobStarted, Stage
from pipeflow.aio import AsyncEngine
from pipeflow.testing import World
from tests.firms import DONE, opened


class Courier:
    """An object that is called as a function is, and has to be awaited."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.told: list[Event] = []

    async def __call__(self, event: Event) -> None:
        """Note it."""
        self.told.append(event)

    async def carry(self, event: Event, where: str = "") -> None:
        """Note it."""
        self.told.append(event)


def wrapped(courier: Courier) -> Callable[..., Any]:
    """Return the object with an argument given beforehand."""
    return partial(courier)


def method(courier: Courier) -> Callable[..., Any]:
    """Return its method with an argument given beforehand."""
    return partial(courier.carry, where="there")


def itself(courier: Courier) -> Callable[..., Any]:
    """Return the object."""
    return courier


def hidden(courier: Courier) -> Callable[..., Any]:
    """Return a plain function, at which nobody can see what it returns."""

    def carries(event: Event) -> object:
        return courier.carry(event)

    return carries


WAYS = (itself, wrapped, method)


@pytest.mark.parametrize("way", WAYS)
def test_an_object_that_has_to_be_awaited_is_no_handler(
    way: Callable[[Courier], Callable[..., Any]],
) -> None:
    """It is refused as an `async def` is, before an event is lost on it."""
    world = World()

    with pytest.raises(DefinitionError, match="never await"):
        world.engine.on(JobStarted, way(Courier()))


def test_a_handler_that_returns_a_coroutine_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can see beforehand what a function returns; the others are told all the same."""
    world, courier, told = opened(Stage("Work"), DONE), Courier(), list[Event]()
    world.engine.on(JobStarted, hidden(courier))
    world.engine.on(JobStarted, told.append)

    world.engine.start("tax", world.account())

    assert courier.told == []
    assert len(told) == 1
    assert "a handler of JobStarted failed: it returned a coroutine" in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize("way", [*WAYS, hidden])
async def test_the_async_engine_awaits_all_of_them(
    way: Callable[[Courier], Callable[..., Any]],
) -> None:
    """There they are as good as an `async def`."""
    world, courier = opened(Stage("Work"), DONE), Courier()
    engine = AsyncEngine(store=world.store, clock=world.clock, ids=world.ids)
    engine.on(JobStarted, way(courier))

    await engine.start("tax", world.account())

    assert [type(event) for event in courier.told] == [JobStarted]
