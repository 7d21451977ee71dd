"""Who has which mail already, as far as one port knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from ..errors import PipeflowError, shown
from ..ports import Email

__all__ = ["HELD", "Posted"]

REMEMBERED = 10_000  # mails of which a port knows who has them
# Most servers that put off whom they do not know ("greylisting") take a mail after five minutes.
HELD = timedelta(minutes=15)


class _Known(NamedTuple):
    """What is known of a mail: since when it is tried, and who has it."""

    since: datetime
    has: frozenset[str] = frozenset()


class Posted:
    """Who has which mail already; threads may share it."""

    def __init__(self) -> None:
        """Know of none."""
        self._lock = Lock()
        self._known: dict[str, _Known] = {}
        self._leaving: set[str] = set()

    @contextmanager
    def leaving(self, email: Email) -> Iterator[tuple[str, ...]]:
        """Yield who does not have a mail yet; nobody else sends it meanwhile."""
        with self._lock:
            if email.key in self._leaving:
                raise PipeflowError(f"another thread is sending {shown(email.key)} just now")
            self._leaving.add(email.key)
            known = self._known.get(email.key)
        has = known.has if known is not None else frozenset[str]()
        try:
            yield tuple(dict.fromkeys(one for one in email.to if one not in has))
        finally:
            with self._lock:
                self._leaving.discard(email.key)

    def held(self, key: str, now: datetime) -> bool:
        """Tell whether a mail that does not leave for all waits: nobody has it, and it is new."""
        with self._lock:
            known = self._known.get(key)
        return known is None or (not known.has and now - known.since < HELD)

    def note(self, key: str, addresses: Iterable[str], now: datetime) -> frozenset[str]:
        """Remember that these have it, and return all who do; what is oldest is forgotten."""
        with self._lock:
            known = self._known.pop(key, None) or _Known(now)
            has = known.has.union(addresses)
            self._known[key] = _Known(known.since, has)
            while len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]
        return has
