"""Outlook: what the next days bring by themselves, found out on a branch of the firm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..insight.forecasts import Departure, Forecast, kind_of
from ..model.jobs import Job
from ..ports.keys import job_of
from ..ports.rows import RowKey
from .sight import names_seen

if TYPE_CHECKING:
    from .engine import Branch
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
    owners = [RowKey("account", id) for id in sorted({one.account for _, one in requests})]
    clients = {key.id: name for key, name in names_seen(records, owners, sight).items()}
    keys = [RowKey("job", id) for id in sorted({one.job for _, one in requests if one.job})]
    jobs: dict[str, Job] = {key.id: row.value for key, row in records.read(keys).items()}
    names = {id: job.name for id, job in jobs.items()}
    titles = {item.id: item.title for job in jobs.values() for item in job.items}
    zone = records.settings().zone
    departures = tuple(
        Departure(
            at,
            at.astimezone(zone).date(),
            one.account,
            clients.get(one.account, one.account),
            kind_of(one),
            one.port,
            one.job or "",
            names.get(one.job or "", ""),
            one.key,
            titles.get(one.item or "", getattr(one, "subject", "")),
        )
        for at, one in requests
    )
    return Forecast(began, days, departures, len(fired), created, len(failures), zone=zone)
