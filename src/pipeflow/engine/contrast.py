"""Contrast: what a branch wrote, read off its own store, as a value that people read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..insight.comparisons import Names, account_diff, fate_of, job_diff
from ..insight.differences import DefinitionDiff, Diff
from ..model.pipelines import Pipeline
from ..model.values import FrozenMap
from ..ports.requests import Request
from ..ports.rows import RowKey, Stored

if TYPE_CHECKING:
    from .engine import Branch
    from .records import Records
    from .sight import Sight
    from .who import Who

__all__ = ["contrasted", "named"]

NAMED = frozenset({"pipeline", "account", "member"})  # kinds that a diff calls by their names
DEFINITIONS = ("settings", "pipeline", "template", "member", "schedule")


class _Pair:
    """A row as the firm has it, and as the branch has it; None: it is not there."""

    __slots__ = ("after", "before", "id", "kind")

    def __init__(self, key: RowKey, before: Stored | None, after: Stored | None) -> None:
        self.kind, self.id = key
        self.before: Any = None if before is None else before.value
        self.after: Any = None if after is None else after.value

    @property
    def either(self) -> Any:
        """The later one that is there."""
        return self.before if self.after is None else self.after


def contrasted(branch: Branch, requests: Iterable[Request], actor: Who) -> Diff:
    """Return what a branch changes in its parent.

    Raises:
        ConflictError: The parent has written something since that the branch had looked at.
    """
    desk = branch._desk  # noqa: SLF001  (of the same room)
    records, host = desk.looked(), branch._branch  # noqa: SLF001
    sight = None if actor is None else desk.sight(actor)
    written = sorted(host.overlay.written(host.tenant).items())
    pairs = [_Pair(key, *both) for key, both in written if key.kind not in {"firm", "ref"}]
    found = [one for one in pairs if one.before != one.after]
    own: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        own[request.job or ""].append(request)
    jobs = {one.id: one for one in found if one.kind == "job"}
    quiet = [RowKey("job", id) for id in own if id and id not in jobs]
    for key, stored in records.store.read(host.tenant, quiet).rows.items():
        jobs[key.id] = _Pair(key, stored, stored)  # it is as it was, but something leaves for it
    gone = {one.id: one.before for one in found if one.kind == "account"}
    shown = [one for _, one in sorted(jobs.items()) if _sees(sight, one, gone)]
    accounts = [one for one in found if one.kind == "account" and _sees(sight, one, gone)]
    names = _names(records, found, [each for one in shown for each in _both(one)], accounts, sight)
    visible = {one.id for one in shown}
    return Diff(
        tuple(
            job_diff(one.either, one.before, one.after, names, _ports(mine), _reminders(mine))
            for one in shown
            for mine in [own.get(one.id, [])]
        ),
        tuple(account_diff(one.either, one.before, one.after, names) for one in accounts),
        tuple(
            DefinitionDiff(one.kind, one.id, _name(one.either), fate_of(one.before, one.after))
            for one in found
            if one.kind in DEFINITIONS and _sees(sight, one, gone)
        ),
        _ports(
            request
            for job, several in own.items()
            for request in several
            if sight is None or job in visible or (not job and sight.sees_of("", request.account))
        ),
    )


def _sees(sight: Sight | None, pair: _Pair, accounts: dict[str, Any]) -> bool:
    """Tell whether somebody may see a thing; a job that the branch deleted, as the firm has it."""
    if sight is None:
        return True
    if pair.kind == "job" and pair.after is None:
        return sight.sees_gone(pair.before, accounts.get(pair.before.account))
    return sight.sees(pair.either)


def _both(pair: _Pair) -> Iterator[Any]:
    yield from (one for one in (pair.before, pair.after) if one is not None)


def _name(thing: Any) -> str:
    name: str = getattr(thing, "name", "the firm's settings")
    return name


def _ports(requests: Iterable[Request]) -> FrozenMap[str, int]:
    return FrozenMap(dict(sorted(Counter(one.port for one in requests).items())))


def _reminders(requests: Iterable[Request]) -> Counter[str]:
    """Count the reminders that leave by themselves, by the ids of their items."""
    return Counter(str(one.item) for one in requests if "/reminder/" in one.key)


def _names(
    records: Records,
    found: list[_Pair],
    jobs: list[Any],
    accounts: list[_Pair],
    sight: Sight | None,
) -> Names:
    """Return what things are called that somebody may see, those too that the branch deleted."""
    members = {id for one in jobs for id in one.assignees}
    members |= {id for one in jobs for item in one.items for id in item.assignees}
    for each in (each for one in accounts for each in _both(one)):
        members.update(each.access, *each.roles.values())
    keys = [RowKey("pipeline", id) for id in {one.pipeline for one in jobs}]
    keys += [RowKey("account", id) for id in {one.account for one in jobs}]
    keys += [RowKey("member", id) for id in members]
    gone = ((RowKey(one.kind, one.id), one.before) for one in found)
    before = {key: value for key, value in gone if value is not None}
    rows = records.store.read(records.tenant, keys).rows
    values = {**before, **{key: stored.value for key, stored in rows.items()}}
    if sight is not None:
        asked = {key: one for key, one in values.items() if key.kind in NAMED}
        unseen = {key for key, one in asked.items() if not sight.sees(one)}
        before, values = (
            {key: one for key, one in some.items() if key not in unseen}
            for some in (before, values)
        )
    return named(values, before)


def named(values: dict[RowKey, Any], before: dict[RowKey, Any] | None = None) -> Names:
    """Return what things are called; stages that are *before* alone, as they were."""
    lines = [
        one for one in (*(before or {}).values(), *values.values()) if isinstance(one, Pipeline)
    ]

    def of(kind: str) -> FrozenMap[str, str]:
        return FrozenMap({key.id: one.name for key, one in values.items() if key.kind == kind})

    return Names(
        FrozenMap({(line.id, stage.id): stage.name for line in lines for stage in line.stages}),
        of("pipeline"),
        of("member"),
        of("account"),
    )
