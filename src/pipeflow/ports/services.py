"""The ports given to the engine itself: clock, ids, authorizer, and the waker that it tells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

__all__ = ["Authorizer", "Clock", "Ids", "Waker"]


class Clock(ABC):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present instant: aware, in UTC."""


class Ids(ABC):
    """Makes ids."""

    @abstractmethod
    def new(self, kind: str, /) -> str:
        """Return an id that was never returned before; *kind* is "job", "account" or "contact"."""


class Authorizer(ABC):
    """Says who may do what. The system (automove, `tick`) is never asked (A-52)."""

    @abstractmethod
    def can(self, actor: str, action: str, about: str, /) -> bool:
        """Tell whether *actor* may do *action* (a call of the engine, such as "move") to *about*.

        Must not call the engine: the decision that asks is not made yet.
        """


class Waker(ABC):
    """Wakes a worker when something will be due. It may come late, twice or never: only a hint."""

    @abstractmethod
    def wake(self, tenant: str, at: datetime, /) -> None:
        """See that `tick` is called for *tenant* at the instant *at*, or soon after."""
