"""Names of statuses: which one somebody means, however it is spelt (R-32)."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import NotFoundError, unknown
from ..model.jobs import JobStatus
from ..model.text import spelt

__all__ = ["status_of", "statuses_meant"]


def status_of(status: object, own: Iterable[str], *, where: str = "") -> str:
    """Return the status that somebody means: capitals, accents and signs do not count (R-32).

    Args:
        status: What was typed.
        own: The statuses that there are beside Active, Completed and Archived.
        where: Where it is looked for, for the error.

    Raises:
        NotFoundError: With the statuses that there are.
    """
    return statuses_meant(status, own, where=where)[0]


def statuses_meant(status: object, own: Iterable[str], *, where: str = "") -> tuple[str, ...]:
    """Return all statuses that somebody may mean, of pipelines that spell one differently (R-32).

    Raises:
        NotFoundError: With the statuses that there are.
    """
    known = [*dict.fromkeys((*(s.value for s in JobStatus), *own))]
    wanted = spelt(status) if isinstance(status, str) else None
    found = tuple(one for one in known if spelt(one) == wanted)
    if not found:
        raise NotFoundError(unknown("status", status, known, where=where))
    return found
