"""The ports given to the engine itself: clock, ids, authorizer, calendar, and the waker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, datetime

__all__ = ["Authorizer", "Calendar", "Clock", "Ids", "Waker"]


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


class Calendar(ABC):
    """Knows the firm's days off, beside weekends (R-39).

    It is asked anew for each decision that needs it, a year or so at a time, so that it should be
    quick. Must not call the engine.
    """

    @abstractmethod
    def days_off(self, first: date, last: date, /) -> Iterable[date]:
        """Return the days off from *first* to *last*, both included; others do no harm."""


class Waker(ABC):
    """Wakes a worker when something will be due. It may come late, twice or never: only a hint."""

    @abstractmethod
    def wake(self, tenant: str, at: datetime, /) -> None:
        """See that `tick` is called for *tenant* at the instant *at*, or soon after."""
