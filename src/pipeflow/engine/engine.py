"""The engine of a firm: the one object that a host talks to."""

from __future__ import annotations

from typing import ClassVar

from ..adapters.system import RandomIds, SystemClock
from ..errors import DefinitionError, Problem, a, shown
from ..model.text import text_problems
from ..ports.ports import Ports
from ..ports.services import Authorizer, Calendar, Clock, Ids, Waker
from ..ports.store import Store
from .bulk import Bulk
from .defining import Defining
from .desk import Desk
from .editing import Editing
from .host import Host
from .leaving import Leaving
from .listing import Asking
from .operating import Operating
from .reading import Reading
from .reminding import Reminding
from .reopening import Reopening
from .starting import Starting
from .undoing import Undoing
from .viewing import Viewing
from .working import Working

__all__ = ["Engine"]


class Engine(
    Defining,
    Starting,
    Working,
    Asking,
    Editing,
    Bulk,
    Reminding,
    Reopening,
    Undoing,
    Leaving,
    Reading,
    Viewing,
    Operating,
):
    """Runs a firm's jobs.

    Every command is one commit; requests leave through the ports afterwards, each under a key
    that stays the same for every attempt. Several threads may use one engine.

    Wherever a call takes a job, account, pipeline, stage or item, it takes its id too. Every
    command takes `actor`, which history keeps, and most take `command_id`, with which it acts
    once however often it is sent.

    Args:
        ports: What the host implements; none for an engine that only decides.
        store: Where everything is kept; in memory unless said.
        clock: The system's unless said.
        ids: Random unless said.
        authorizer: Asked before each command of somebody; without one everything is allowed.
        waker: Told when something will be due.
        tenant: Whose firm it is, in a store that holds several.
        deliver: False for hosts that deliver by themselves: `pending`, `delivered`, `failed`.
        calendar: Knows the firm's days off; without one there are weekends alone (R-39).

    Raises:
        DefinitionError: Something given is not what it must be.
    """

    _Desk: ClassVar[type[Desk]] = Desk  # who works in it

    def __init__(
        self,
        *,
        ports: Ports | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
        authorizer: Authorizer | None = None,
        waker: Waker | None = None,
        tenant: str = "default",
        deliver: bool = True,
        calendar: Calendar | None = None,
    ) -> None:
        """Begin with what the host gives."""
        given = {
            "ports": (ports, Ports),
            "store": (store, Store),
            "clock": (clock, Clock),
            "ids": (ids, Ids),
            "authorizer": (authorizer, Authorizer),
            "waker": (waker, Waker),
            "calendar": (calendar, Calendar),
        }
        problems = [
            Problem(f"must be {a(kind.__name__)}", f"$.{name}", shown(one))
            for name, (one, kind) in given.items()
            if one is not None and not isinstance(one, kind)
        ]
        problems += text_problems(tenant, "$.tenant", empty=False)
        if problems:
            raise DefinitionError(*problems)
        if store is None:
            from ..adapters.memory import MemoryStore  # loads on first use

            store = MemoryStore()
        host = Host(
            ports=ports if ports is not None else Ports(),
            store=store,
            clock=clock if clock is not None else SystemClock(),
            ids=ids if ids is not None else RandomIds(),
            authorizer=authorizer,
            waker=waker,
            tenant=tenant,
            deliver=deliver,
            calendar=calendar,
        )
        self._desk = self._Desk(host)

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._desk.host.store

    def __repr__(self) -> str:
        """Say whose engine it is and where it keeps things."""
        return f"<Engine of {self._desk.host.tenant!r} on {self._desk.host.store!r}>"
