"""The calls that list jobs, and what is open for whom, by what people ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias, TypeVar

from ..errors import DefinitionError, Problem, shown
from ..insight import Listing
from ..model.accounts import Account, Member
from ..model.items import ItemKind
from ..model.job_statuses import Status
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import Priority
from ..model.work import KINDS, Side, Work, headings, work_of
from ..ports.rows import Query, Span
from ..ports.terms import UNDATED, instant_term
from .desk import Desk
from .filters import LAST, Filters, Where, before, chosen, day_of, most
from .handles import flag
from .records import Records
from .turn import present_turn
from .who import Who

__all__ = ["Asking"]

T = TypeVar("T")

OPEN = frozenset({"work", "work_member"})  # fields that only jobs have in which something is open
BEHIND = 1 << 62  # the number of what is no item, behind all items of its job
AT_ONCE = 500  # rows that are looked at in one go, for a page
# The orders of jobs, and the term of each by which a job has its place.
JOB_ORDERS: dict[str, Callable[[Job], str]] = {
    "id": lambda _: "",
    "due": lambda job: LAST if job.due is None else job.due.isoformat(),
    "start": lambda job: LAST if job.start is None else job.start.isoformat(),
    "since": lambda job: instant_term(job.entered),
}
# The field by which a store has jobs in an order, where it is not called as the order is.
FIELD_OF: Mapping[str, str] = {"id": "", "since": "entered"}
WORK_ORDERS: dict[str, Callable[[Work], str]] = {
    "due": lambda work: UNDATED if work.due is None else work.due.isoformat(),
    "since": lambda work: instant_term(work.since),
}

Place: TypeAlias = tuple[str, str, int, str]  # of work in an order: a term, then which it is


class Asking:
    """`jobs` and `work`."""

    _desk: Desk

    def jobs(
        self,
        *,
        pipeline: Pipeline | str | None = None,
        account: Account | str | None = None,
        stage: Stage | str | None = None,
        status: str | Status | Iterable[str | Status] | None = None,
        assignee: Member | str | None = None,
        priority: Priority | str | Iterable[Priority | str] | None = None,
        tag: str | None = None,
        name: str | None = None,
        paused: bool | None = None,
        idle: bool | None = None,
        due_before: date | None = None,
        overdue: bool = False,
        waiting_since: date | None = None,
        order: str = "id",
        after: str | None = None,
        limit: int | None = None,
        actor: Who = None,
    ) -> Listing[Job]:
        """Return the jobs that fit all that is asked (R-29).

        Completed and archived jobs are among them, unless `status` says otherwise. But whoever asks
        by time means work that is under way: `overdue` and `waiting_since` leave them out, and so
        does `due_before` unless a status is asked for.

        Args:
            pipeline: Only jobs of this pipeline.
            account: Only jobs of this account.
            stage: Only jobs in this stage, by its id or its name; of every pipeline that has it,
                unless one is given.
            status: Only jobs of this status, in any letter case, or of one of several.
            assignee: Only jobs that this member is assigned to.
            priority: Only jobs of this priority, or of one of several.
            tag: Only jobs of accounts that have this tag.
            name: Only jobs whose name holds these words, in any letter case.
            paused: True for those that are paused, False for all others.
            idle: True for those under way of which nothing is open, so that nobody has to act:
                somebody moves them by hand, or ends them. False for all others.
            due_before: Only jobs that are due before this day.
            overdue: Only jobs that are past their due date, or longer in their stage than its
                `time_limit` allows.
            waiting_since: Only jobs that have stood in their stage since this instant or day.
            order: "id", "due", "start" or "since" (when they came into their stage, to the second).
                Jobs without such a date come last, equal ones by their ids.
            after: Where to go on: the `next` of the page before.
            limit: How many at most; all unless said.
            actor: Who asks, where they are not to see what the authorizer says no to.

        Raises:
            NotFoundError: A name leads nowhere; with the nearest that there is.
            DefinitionError: Something given is not what it must be.
        """
        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        asked = Filters(records, now)
        if actor is not None:
            asked.seen(self._desk.sight(actor).sees)
        asked.pipeline(pipeline)
        asked.account(account)
        asked.stage(stage)
        asked.status(status)
        asked.member(assignee, "assignee")
        asked.priority(priority)
        asked.tag(tag)
        asked.named(name)
        asked.paused(paused)
        asked.idle(idle)
        asked.due_before(due_before)
        asked.waiting_since(waiting_since)
        chosen("order", order, JOB_ORDERS)
        limit = most(limit)
        start = _start(after, order)
        if flag(overdue, "$.overdue"):
            return _together(records, asked, order, start, limit)
        return _paged(records, asked, order, start, limit)

    def work(
        self,
        *,
        member: Member | str | None = None,
        pipeline: Pipeline | str | None = None,
        account: Account | str | None = None,
        side: Side | str | None = None,
        overdue: bool = False,
        due_before: date | None = None,
        kind: ItemKind | str | None = None,
        order: str = "due",
        after: str | None = None,
        limit: int | None = None,
        actor: Who = None,
    ) -> Listing[Work]:
        """Return what is open, and who must act on it (R-29).

        That are the open items of all jobs under way, those that a move left behind among them, and
        automations that could not run. The team must act on tasks, on such automations, on what the
        client declined and on what members are assigned to; the client on the rest. Nobody must act
        on notes, on messages without client tasks, or on documents that invoices lock.

        Args:
            member: Only what this member must act on: items assigned to the member, and those
                assigned to nobody in jobs that are.
            pipeline: Only what is open in jobs of this pipeline.
            account: Only what is about this account.
            side: Only what the "team" or the "client" must act on.
            overdue: Only what is past its own due date.
            due_before: Only what is due before this day.
            kind: Only items of this kind, or "automation".
            order: "due", or "since" (when it came to be). What has no date comes last.
            after: Where to go on: the `next` of the page before.
            limit: How many at most; all unless said. In the order of "since" a page takes a look at
                all that fits.
            actor: Who asks, where they are not to see what the authorizer says no to.

        Raises:
            NotFoundError: A name leads nowhere; with the nearest that there is.
            DefinitionError: Something given is not what it must be.
        """
        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        asked = Filters(records, now)
        asked.pipeline(pipeline)
        asked.account(account)
        who = asked.member(member, "work_member")
        whose = None if side is None else Side(chosen("side", side, [*Side]))
        what = None if kind is None else chosen("kind", kind, KINDS)
        chosen("order", order, WORK_ORDERS)
        limit = most(limit)
        last = None if due_before is None else day_of(due_before, "$.due_before", asked.zone)
        if flag(overdue, "$.overdue"):
            last = asked.today if last is None else min(last, asked.today)
        where = asked.where
        if what is not None or whose is not None:
            where = (*where, ("work", headings(what, whose)))

        sight = None if actor is None else self._desk.sight(actor)

        def fits(one: Work) -> bool:
            return (
                (who is None or who in one.assignees)
                and (whose is None or one.side is whose)
                and (what is None or one.kind == what)
                and (last is None or (one.due is not None and one.due < last))
                and (sight is None or sight.sees(one.job))
            )

        high = None if last is None else before(last).high
        from .sight import with_names  # loads on first use

        found = _open(records, (where, high, fits), order, _start(after, order), limit)
        return with_names(records, found, sight)


# -- jobs -----------------------------------------------------------------------------------------


def _paged(
    records: Records, asked: Filters, order: str, start: str | None, limit: int | None
) -> Listing[Job]:
    """List jobs as the store has them in order; more follow only if they fit, too.

    What is shown, and where the list goes on, come from one look at the store: where more fit than
    there is room for, it is looked at again, no further than to the last that is shown.
    """
    query, ahead = Query("job", asked.where, FIELD_OF.get(order, order)), asked.sifts
    found: list[Job] = []
    more, room = False, limit
    wanted = None if limit is None else min(limit + ahead, AT_ONCE)
    while True:
        page = records.store.find(records.tenant, query, after=start, limit=wanted)
        jobs = [stored.value for _, stored in page.rows]
        fitting = [n for n, job in enumerate(jobs) if asked.fits(job)]
        if room is not None and len(fitting) > room:
            if room == 0:
                return _listed(found, order, start)
            wanted, more = fitting[room - 1] + 1, True
            continue
        found += [jobs[n] for n in fitting]
        start, room = page.next, None if limit is None else limit - len(found)
        if start is None or (room == 0 and (more or not ahead)):
            return _listed(found, order, start)
        more = False  # somebody took away what was to be shown: go on behind it
        wanted = min(2 * (wanted or 0) if ahead else room or 0, AT_ONCE)  # few may fit


def _listed(found: list[Job], order: str, place: str | None) -> Listing[Job]:
    """Return jobs, and where the list goes on; None: nowhere."""
    return Listing(found, None if place is None else f"{order} {place}")


def _together(
    records: Records, asked: Filters, order: str, start: str | None, limit: int | None
) -> Listing[Job]:
    """List jobs that are found in several ways, and put them in order."""
    found: dict[str, Job] = {}
    for where in asked.overdue():
        page = records.store.find(records.tenant, Query("job", where), limit=None)
        found |= {key.id: stored.value for key, stored in page.rows}
    place = JOB_ORDERS[order]
    behind = tuple((start or "").rpartition("\0")[::2])
    listed = sorted(
        ((place(job), id), job)
        for id, job in found.items()
        if asked.fits(job) and asked.is_overdue(job)
    )
    return _cut([one for one in listed if start is None or one[0] > behind], order, limit)


# -- work -----------------------------------------------------------------------------------------

Fit: TypeAlias = Callable[[Work], bool]


def _open(
    records: Records,
    asked: tuple[Where, str | None, Fit],
    order: str,
    start: str | None,
    limit: int | None,
) -> Listing[Work]:
    """List what is open in the jobs that have the terms.

    Jobs come by the first date of what is open in them. So whatever is due no later than that of
    the last job which was read stands before all that was not read yet. Where that is not enough
    for a page, twice as many are looked up from the start: a page is told by one look, for between
    two of them a job may come to stand elsewhere while most of what is open in it stays as it is.
    """
    where, high, fits = asked
    behind = _place_of(start) if start is not None else None
    by_due = order == "due"
    low = behind[0] if behind is not None and by_due else None
    dates = Span(low, high)
    if dates != Span() or not any(field in OPEN for field, _ in where):
        where = (*where, ("work_due", dates))
    query = Query("job", where, "work_due" if by_due else "")
    wanted = None
    if limit is not None and by_due:  # a page may begin behind some of its first date
        wanted = limit + 1 if behind is None else 2 * limit + 1
    while True:
        page = records.store.find(records.tenant, query, limit=wanted)
        found: list[tuple[Place, Work]] = []
        frontier = None
        for _, stored in page.rows:
            everything = [(_place(one, order), one) for one in work_of(stored.value)]
            frontier = min(place for place, _ in everything)[:2]
            found += [
                (place, one)
                for place, one in everything
                if fits(one) and (behind is None or place > behind)
            ]
        sure = sum(place[:2] <= frontier for place, _ in found) if frontier is not None else 0
        if page.next is None or (limit is not None and sure > limit):
            break
        wanted = 2 * (wanted or 1)
    found.sort(key=lambda one: one[0])
    return _cut(found, order, limit)


def _place(work: Work, order: str) -> Place:
    """Return where something open stands in an order: behind that, by job, items first."""
    term = WORK_ORDERS[order](work)
    if work.blocked is not None:
        return term, work.job.id, BEHIND, work.blocked.key
    item = work.item.id if work.item is not None else ""
    return term, work.job.id, int(item.rpartition("/")[2]), ""


def _place_of(token: str) -> Place:
    """Return the place that a token tells of.

    Raises:
        DefinitionError: It tells of none.
    """
    try:
        term, job, number, key = token.split("\0")
        return term, job, int(number), key
    except ValueError:
        raise _strange(token) from None


# -- pages ----------------------------------------------------------------------------------------


def _cut(listed: list[tuple[tuple[Any, ...], T]], order: str, limit: int | None) -> Listing[T]:
    """Return so many of what is in order, and where the rest goes on."""
    things = [thing for _, thing in listed[:limit]]
    if limit is None or len(listed) <= limit:
        return Listing(things)
    told = "\0".join(map(str, listed[limit - 1][0]))
    return Listing(things, f"{order} {told}")


def _start(after: str | None, order: str) -> str | None:
    """Return where a page goes on, as it was told at the end of the page before.

    Raises:
        DefinitionError: No page of this order told so.
    """
    if after is None:
        return None
    told, _, start = after.partition(" ") if isinstance(after, str) else ("", "", "")
    if told != order:
        raise _strange(after)
    return start


def _strange(after: object) -> DefinitionError:
    what = "must be the `next` of the page before, asked for in the same order"
    return DefinitionError(Problem(what, "$.after", shown(after)))
