"""Outlook: what the next days bring by themselves, found out on a branch of the firm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ..insight.forecasts import Departure, Forecast, kind_of
from ..ports.keys import job_of
from ..ports.requests import Email, Request
from ..ports.rows import RowKey
from .sight import names_seen

if TYPE_CHECKING:
    from .engine import Branch
    from .records import Records
    from .sight import Sight
    from .who import Who

__all__ = ["foreseen"]


def foreseen(branch: Branch, days: int, actor: Who) -> Forecast:
    """Let days pass on a branch, and return what leaves meanwhile.

    Raises:
        ConflictError: The parent has written something since that the branch had looked at.
    """
    desk, recorder = branch._desk, branch._branch.recorder  # noqa: SLF001  (of the same room)
    began, records = branch.now, desk.records
    ticks = branch.advance(days=days)
    requests = [*zip(recorder.instants, recorder.requests, strict=True)]
    fired = [key for tick in ticks for key in tick.fired]
    created = tuple(id for tick in ticks for id in tick.created)
    failures = branch.failures()
    sight = None if actor is None else desk.sight(actor)
    if sight is not None:
        sees = sight.sees_of
        requests = [one for one in requests if sees(one[1].job or "", one[1].account)]
        fired = [key for key in fired if sees(job_of(key) or "", "")]
        created = tuple(id for id in created if sees(id, ""))
        failures = tuple(one for one in failures if sees(one.job, ""))
    clients = _names(records, "account", {one.account for _, one in requests}, sight)
    jobs = _names(records, "job", {one.job for _, one in requests if one.job}, None)
    zone, titles = records.settings().zone, _titles(records, requests)
    departures = tuple(
        Departure(
            at,
            at.astimezone(zone).date(),
            one.account,
            clients.get(one.account, one.account),
            kind_of(one),
            one.port,
            one.job or "",
            jobs.get(one.job or "", ""),
            one.key,
            titles.get(one.item or "", one.subject if isinstance(one, Email) else ""),
        )
        for at, one in requests
    )
    return Forecast(began, days, departures, len(fired), created, len(failures), zone=zone)


def _titles(records: Records, requests: Iterable[tuple[datetime, Request]]) -> dict[str, str]:
    """Return what clients know the things as about which requests are, by the ids of items."""
    jobs = sorted({one.job for _, one in requests if one.job and one.item})
    rows = records.read([RowKey("job", job) for job in jobs]).values()
    return {item.id: item.title for stored in rows for item in stored.value.items}


def _names(records: Records, kind: str, ids: set[str], sight: Sight | None) -> dict[str, str]:
    """Return what things are called that are there still, and that somebody may see."""
    named = names_seen(records, [RowKey(kind, id) for id in sorted(ids)], sight)
    return {key.id: name for key, name in named.items()}
