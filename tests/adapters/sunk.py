"""Branches laid upon branches: a store whose parents hold all that was written before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import RLock
from typing import Any

from pipeflow.adapters.overlay import OverlayStore
from pipeflow.adapters.overlay_merge import joined
from pipeflow.ports import Changes, Claim, Page, RowKey
from pipeflow.testing.contracts import StoreContract

__all__ = ["Forked", "Partly", "Sunk"]

DEEPEST = 6  # a thread that writes a hundred times needs no hundred parents


class Sunk(OverlayStore):
    """Lets whatever was written, or handed out, be its parent's at once."""

    depth = 0

    def sink(self) -> None:
        """Become a branch of what this was."""
        if self.depth >= DEEPEST:
            return
        below = type(self).__new__(type(self))
        for name, part in vars(self).items():
            setattr(below, name, part)
        below._lock = RLock()
        lock, depth = self._lock, self.depth
        OverlayStore.__init__(self, below, clock=self.clock)
        self._lock, self.depth = lock, depth + 1

    def commit(self, changes: Changes, /) -> bool:
        """Write, and sink."""
        with self._lock:
            done = super().commit(changes)
            self.sink()
            return done

    def claim(self, owner: str, lease: timedelta, limit: int, /, **more: Any) -> list[Claim]:
        """Hand out, and sink."""
        with self._lock:
            claims = super().claim(owner, lease, limit, **more)
            self.sink()
            return claims

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Count a call, and sink."""
        with self._lock:
            held = super().renew(tenant, key, token, lease)
            self.sink()
            return held

    # -- a cursor that was given before it sank stands in a parent ---------------------------------

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Go on in the parent's part."""
        after = self._sunk(more.pop("after", None), lambda before: f"-{before}")
        page = super().history(tenant, key, after=after, **more)
        return Page(page.rows, page.next and f"{self.depth}@{page.next}")

    def feed(self, **more: Any) -> Page:
        """Go on in the parent's part."""
        mine = "0" if more.get("newest") else ""
        after = self._sunk(more.pop("after", None), lambda before: joined(before, mine))
        page = super().feed(after=after, **more)
        return Page(page.rows, page.next and f"{self.depth}@{page.next}")

    def _sunk(self, after: str | None, lay: Callable[[str], str]) -> str | None:
        """Return a cursor as this has it; the parent that gave it said how deep it was."""
        if after is None or "@" not in after:
            return after
        depth, _, cursor = after.partition("@")
        for number in range(int(depth), self.depth):
            cursor = lay(f"{number}@{cursor}")
        return cursor


class Forked(OverlayStore):
    """Lets its parent have what was written first, and branches off then."""

    first = 2

    @property
    def below(self) -> Any:
        """Whatever is to be written to; the branch looks anew at its parent then."""
        if self.first > 0:
            self.first -= 1
            lock = self._lock
            OverlayStore.__init__(self, self.parent, clock=self.clock)
            self._lock = lock
            return self.parent
        return super()

    def commit(self, changes: Changes, /) -> bool:
        """Write, here or there."""
        with self._lock:
            written: bool = self.below.commit(changes)
            return written

    def claim(self, owner: str, lease: timedelta, limit: int, /, **more: Any) -> list[Claim]:
        """Hand out, here or there."""
        with self._lock:
            claims: list[Claim] = self.below.claim(owner, lease, limit, **more)
            return claims

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Count a call, here or there."""
        with self._lock:
            held: bool = self.below.renew(tenant, key, token, lease)
            return held


class Partly(StoreContract):
    """Over parents that hold some of what was written.

    A branch forgets nothing that its parents remember, and a cursor is its own: what asks for that
    is asked of them elsewhere.
    """

    test_a03_what_commands_answered_may_be_forgotten: Any = None
    test_a04_what_ended_long_ago_may_be_forgotten: Any = None
    test_a04_what_ended_without_a_commit_is_forgotten_by_the_stores_clock: Any = None
    test_a10_nothing_is_lost_when_a_firm_moves_house: Any = None
    test_a15_a_tomb_is_known_until_it_is_pruned: Any = None
    test_a15_a_key_that_is_known_stays_as_it_is: Any = None
    test_a15_a_firm_of_which_all_is_gone_can_come_again: Any = None
