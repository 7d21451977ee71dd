"""The suite that all contracts of stores are built on: the fixtures that they need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ...ports import Store
from ..clock import ManualClock
from .making import NOW

__all__ = ["StoreSuite"]


class StoreSuite:
    """Supply `store` and `other`, two empty stores that go by `clock`, and `reopened`."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Return the clock by which the stores reckon leases; it stands still unless moved on."""
        return ManualClock(NOW)

    @pytest.fixture
    def store(self, clock: ManualClock) -> Store:
        """Return an empty store; to be overridden."""
        raise NotImplementedError(
            "override the fixture `store` with one that makes your store, with `clock` as its clock"
        )

    @pytest.fixture
    def other(self, clock: ManualClock) -> Store:
        """Return a second empty store, into which an export is restored; to be overridden."""
        raise NotImplementedError("override the fixture `other` with one that makes a second store")

    @pytest.fixture
    def reopened(self, store: Store) -> Callable[[], Store]:
        """Return a function that closes the store and opens it again; to be overridden."""
        if store.volatile:
            pytest.skip("this store goes with its process: there is nothing to open again")
        raise NotImplementedError(
            "override the fixture `reopened` with one that closes your store and opens it again"
        )
