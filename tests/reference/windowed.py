"""Walks of firms with a sending window, by hand or with a host that answers late (R-37)."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from attrs import evolve

from pipeflow import Engine
from pipeflow.ports import Store
from tests.reference.handing import HandingWalk
from tests.reference.opening import Window
from tests.reference.walking import Walk
from tests.reliability.chance import Random, seeded

__all__ = ["HandingWindowWalk", "WindowWalk"]

WEEKS = [frozenset(range(5)), frozenset(range(7)), frozenset({0, 2, 5})]
MAIL = frozenset({"email", "reminder"})
MORE = ["message", "invoice", "organizer", "proposal", "task", "folder", "client_request", "notice"]


def _window(chance: Random) -> Window:
    opens, hours = chance.choice([8, 9, 10, 13]), chance.choice([1, 4, 9])
    kinds = MAIL | {*chance.sample(MORE, chance.choice([0, 0, 3]))}
    return Window(chance.choice(WEEKS), time(opens), time(opens + hours), kinds)


class WindowWalk(Walk):
    """What is asked for outside the window leaves when it opens.

    No port is out of order: all that is tried again at an opening would come in an order that
    nobody promises.
    """

    steps: ClassVar[dict[str, int]] = {**Walk.steps, "outage": 0}

    def __init__(
        self, seed: int, store: Store | None = None, *, kind: type[Engine] = Engine
    ) -> None:
        """Draw a firm, and its window."""
        super().__init__(seed, store, kind=kind)
        _open(self, seed)


class HandingWindowWalk(HandingWalk):
    """The same, while requests wait until somebody fetches them."""

    def __init__(
        self, seed: int, store: Store | None = None, *, kind: type[Engine] = Engine
    ) -> None:
        """Draw a firm, and its window."""
        super().__init__(seed, store, kind=kind)
        _open(self, seed)


def _open(walk: Walk, seed: int) -> None:
    window = walk.firm.window = _window(seeded(seed + 1))
    settings: Any = walk.engine.settings()
    walk.engine.save(evolve(settings, window=window.said()))
