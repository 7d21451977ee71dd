"""Filters: what people ask by, as the terms by which rows are found; a wrong name is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from .. import insight, rules
from ..errors import DefinitionError, NotFoundError, Problem, shown, unknown
from ..model.accounts import Account, Member
from ..model.job_statuses import Status
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.stages import Stage
from ..model.templates import Priority
from ..model.text import composed
from ..model.work import is_idle
from ..ports.rows import Query, RowKey, Span, Stored, Wanted
from ..ports.terms import instant_term, place_terms, stage_term
from .handles import flag, handle, text
from .records import Records

__all__ = [
    "LAST",
    "Filters",
    "Where",
    "before",
    "chosen",
    "day_of",
    "folded",
    "instant_of",
    "most",
    "span_of",
    "tagged_accounts",
]

T = TypeVar("T")

Where: TypeAlias = tuple[tuple[str, Wanted], ...]

DAY = timedelta(days=1)
LATEST = date(9998, 12, 31)  # behind which no zone has an instant for the end of a day
MOST = 10**9  # things that are asked for at once; a store need not count further
LAST = "\U0010ffff"  # the place in an order of what has nothing by which it goes


class Filters:
    """What the jobs that are asked for must be.

    `where` are the terms that they must have, `fits` what is asked of them besides.
    """

    def __init__(self, records: Records, now: datetime) -> None:
        """Ask for nothing yet."""
        self._records = records
        self._now = now
        self._pipelines: tuple[Pipeline, ...] | None = None
        self._pipeline: Pipeline | None = None
        self._statuses: tuple[str, ...] = ()
        self._sifts: list[Callable[[Job], bool]] = []
        self.where: Where = ()

    @property
    def sifts(self) -> bool:
        """Whether jobs that have the terms may be none that are asked for."""
        return bool(self._sifts)

    def fits(self, job: Job) -> bool:
        """Tell whether a job that has the terms is what is asked for."""
        return all(sift(job) for sift in self._sifts)

    def seen(self, sees: Callable[[Job], bool]) -> None:
        """Ask for jobs that somebody may see."""
        self._sifts.append(sees)

    def _ask(self, field: str, wanted: Wanted) -> None:
        self.where = (*self.where, (field, wanted))

    def _ask_any(self, field: str, wanted: tuple[str, ...]) -> None:
        """Ask for jobs that have one of several things in a field."""
        self._ask(field, wanted[0] if len(wanted) == 1 else wanted)

    # -- by name ---------------------------------------------------------------------------------

    def pipeline(self, given: Pipeline | str | None) -> None:
        """Ask for jobs of a pipeline."""
        if given is not None:
            id = handle(given, Pipeline, "pipeline")
            self._pipeline = self._records.row("pipeline", id).value
            self._ask("pipeline", id)

    def board(self, line: Pipeline, status: str | Status | Iterable[str | Status] | None) -> str:
        """Ask for jobs on the board of a pipeline; archived ones stand on none (domain.md 8).

        Returns:
            The field that says in which columns they stand: another one where somebody asks for
            archived ones all the same.
        """
        self._pipeline = line
        self.status(status)
        return "stage" if JobStatus.ARCHIVED in self._statuses else "column"

    def account(self, given: Account | str | None) -> None:
        """Ask for jobs of an account."""
        if given is not None:
            id = handle(given, Account, "account")
            self._records.row("account", id)
            self._ask("account", id)

    def member(self, given: Member | str | None, field: str) -> str | None:
        """Ask for jobs that have a member in a field; return whom."""
        if given is None:
            return None
        id = handle(given, Member, "member")
        self._records.row("member", id)
        self._ask(field, id)
        return id

    def stage(self, given: Stage | str | None) -> None:
        """Ask for jobs in a stage, by its id or its name; of every pipeline that has it."""
        if given is None:
            return
        wanted = handle(given, Stage, "stage")
        lines = self._all() if self._pipeline is None else (self._pipeline,)
        having = [one for one in lines if _may_have(one, wanted)]
        terms = tuple(sorted(stage_term(one.id, one.stage(wanted).id) for one in having))
        if not terms:
            terms = tuple(sorted(stage_term(one.id, wanted) for one in lines))
            self._refuse_unless_somebody_stands_in(wanted, terms, lines)
        # Its term tells the pipeline, too; of two things a store may go through all that fit one.
        self.where = tuple(pair for pair in self.where if pair[0] != "pipeline")
        self._ask_any("stage", terms)

    def _refuse_unless_somebody_stands_in(
        self, stage: str, terms: tuple[str, ...], lines: Iterable[Pipeline]
    ) -> None:
        """Refuse a stage that no pipeline has, unless jobs stand in it still: archived ones may.

        Raises:
            NotFoundError: With the stages that there are.
        """
        query = Query("job", (("stage", terms),))
        if not self._records.store.find(self._records.tenant, query, limit=1).rows:
            names = dict.fromkeys(one.name for each in lines for one in each.stages)
            raise NotFoundError(unknown("stage", stage, names, where="$.stage"))

    def status(self, given: str | Status | Iterable[str | Status] | None) -> None:
        """Ask for jobs of a status, or of one of several, in any letter case."""
        if given is None:
            return
        named = (one.name if isinstance(one, Status) else one for one in _several(given))
        wanted = [text(one, "$.status") for one in named]
        lines = (self._pipeline,) if self._pipeline is not None else self._all()
        own = [one.name for line in lines for one in line.statuses]
        found = [
            named for one in wanted for named in rules.statuses_meant(one, own, where="$.status")
        ]
        self._statuses = tuple(dict.fromkeys(found))
        self._ask_any("status", self._statuses)

    def priority(self, given: Priority | str | Iterable[Priority | str] | None) -> None:
        """Ask for jobs of a priority, or of one of several."""
        if given is None:
            return
        wanted = (str(chosen("priority", one, [*Priority])) for one in _several(given))
        self._ask_any("priority", tuple(wanted))

    def tag(self, given: str | None) -> None:
        """Ask for jobs of accounts with a tag."""
        if given is not None:
            accounts = tagged_accounts(self._records, given)
            self._ask("account", tuple(key.id for key, _ in accounts))

    def named(self, given: str | None) -> None:
        """Ask for jobs whose name holds some words."""
        if given is not None:
            words = folded(text(given, "$.name"))
            self._sifts.append(lambda job: words in folded(job.name))

    def paused(self, given: bool | None) -> None:
        """Ask for jobs that are paused, or for those that are not."""
        if given is not None:
            wanted = flag(given, "$.paused")
            self._sifts.append(lambda job: (job.paused is not None) is wanted)

    def idle(self, given: bool | None) -> None:
        """Ask for jobs under way of which nothing is open, or for all others."""
        if given is not None:
            wanted = flag(given, "$.idle")
            self._sifts.append(lambda job: is_idle(job) is wanted)

    def _all(self) -> tuple[Pipeline, ...]:
        """Return all pipelines."""
        if self._pipelines is None:
            found = self._records.found(Query("pipeline"))
            self._pipelines = tuple(stored.value for _, stored in found)
        return self._pipelines

    # -- by time ---------------------------------------------------------------------------------

    def due_before(self, given: date | None) -> None:
        """Ask for jobs that are due before a day; only those under way, unless by their status."""
        if given is not None:
            day = day_of(given, "$.due_before", self.zone)
            self._ask("due" if self._statuses else "deadline", before(day))

    def waiting_since(self, given: date | None) -> None:
        """Ask for jobs under way that have stood in their stage since an instant or a day."""
        if given is None:
            return
        latest = instant_of(given, "$.waiting_since", self.zone)
        self._ask("since", Span(high=instant_term(latest)))
        self._sifts.append(lambda job: job.entered <= latest)

    def overdue(self) -> tuple[Where, ...]:
        """Return, each for itself, the terms of jobs past their date, or too long in a stage."""
        ways: list[Where] = [(*self.where, ("deadline", before(self.today)))]
        for (pipeline, stage), limit in self._limits.items():
            place = place_terms(pipeline, stage, self._now - limit)
            ways.append((*self.where, ("place", place), ("since", Span())))
        return tuple(ways)

    def is_overdue(self, job: Job) -> bool:
        """Tell whether a job under way is past its date, or longer in its stage than it should."""
        if job.due is not None and job.due < self.today:
            return True
        limit = self._limits.get((job.pipeline, job.stage))
        return limit is not None and self._now - job.entered > limit

    @cached_property
    def _limits(self) -> dict[tuple[str, str], timedelta]:
        """How long jobs should stay at most, by pipeline and stage."""
        return {
            (line.id, stage.id): stage.time_limit
            for line in ((self._pipeline,) if self._pipeline is not None else self._all())
            for stage in line.stages
            if stage.time_limit is not None
        }

    @cached_property
    def zone(self) -> tzinfo:
        """The firm's time zone."""
        return self._records.settings().zone

    @cached_property
    def today(self) -> date:
        """The firm's day."""
        return rules.today(self._now, self.zone)


def _several(given: Any) -> list[Any]:
    """Return what is asked for as a list, whether it is one thing or several."""
    return [given] if isinstance(given, str) or not isinstance(given, Iterable) else [*given]


def tagged_accounts(records: Records, given: str) -> tuple[tuple[RowKey, Stored], ...]:
    """Return the rows of the accounts that have a tag.

    Raises:
        NotFoundError: No account has it, and no definition names it; with the tags that there are.
    """
    tag = composed(text(given, "$.tag"))
    found = tuple(records.found(Query("account", (("tag", tag),))))
    if not found:
        named = insight.needs_of(
            [stored.value for _, stored in records.found(Query("pipeline"))],
            [stored.value for _, stored in records.found(Query("template"))],
        ).tags
        if tag not in named:
            known = named.union(records.store.count(records.tenant, Query("account"), "tag"))
            raise NotFoundError(unknown("tag", tag, sorted(known), where="$.tag"))
    return found


def before(day: date) -> Span:
    """Return the terms of the days before one."""
    return Span(high=(day - DAY).isoformat()) if day > date.min else Span(high="")


def day_of(given: date, where: str, zone: tzinfo) -> date:
    """Return the firm's day of a date or an instant.

    Raises:
        DefinitionError: It is neither, or has no time zone.
    """
    if isinstance(given, datetime):
        return instant_of(given, where, zone).astimezone(zone).date()
    if isinstance(given, date):
        return given
    raise DefinitionError(Problem("must be a date", where, shown(given), ("date(2027, 4, 15)",)))


def instant_of(given: date, where: str, zone: tzinfo, at: time = time.max) -> datetime:
    """Return the instant that is meant, in UTC: the last of a day, unless another is said.

    Raises:
        DefinitionError: It is neither an instant nor a date, or has no time zone.
    """
    if not isinstance(given, datetime):
        given = datetime.combine(min(day_of(given, where, zone), LATEST), at, zone)
    elif given.tzinfo is None:
        what = "has no time zone, so it is no instant"
        raise DefinitionError(Problem(what, where, shown(given)))
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise DefinitionError(Problem("lies beyond the calendar", where, shown(given))) from None


def span_of(
    since: date | None, until: date | None, zone: tzinfo, now: datetime
) -> tuple[datetime | None, datetime]:
    """Return from when until when something is looked at: whole days, or up to an instant.

    Spans that follow one another share no instant, and none ends after now.

    Raises:
        DefinitionError: A time that is none, or a span that ends before it begins.
    """
    first = None if since is None else instant_of(since, "$.since", zone, time.min)
    last = now if until is None else instant_of(until, "$.until", zone)
    if first is not None and first > min(last, now):
        early = first > now
        where, wrong = ("$.since", since) if early else ("$.until", until)
        what = "lies after now" if early else "lies before the beginning"
        raise DefinitionError(Problem(what, where, shown(wrong)))
    if until is None or last >= now:
        return first, now
    if not isinstance(until, datetime):  # the day ends when the next one begins
        last = instant_of(until + DAY, "$.until", zone, time.min)
    return first, last


def most(limit: int | None, where: str = "$.limit", none: str = "for all") -> int | None:
    """Return how many things are wanted at most; None *none*.

    Raises:
        DefinitionError: It is no number of things.
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        what = f"must be a whole number from 1, or None {none}"
        raise DefinitionError(Problem(what, where, shown(limit)))
    return None if limit is None else min(limit, MOST)


def chosen(what: str, given: T, known: Iterable[T]) -> T:
    """Return one of the names that there are.

    Raises:
        DefinitionError: There is no such name; with the nearest.
    """
    names = [*known]
    if given in names:
        return given
    raise DefinitionError(unknown(what, given, map(str, names), where=f"$.{what}"))


def _may_have(line: Pipeline, stage: str) -> bool:
    """Tell whether a pipeline has a stage of that id or name, capitals aside (R-32)."""
    wanted = folded(stage)
    return any(wanted in {folded(one.id), folded(one.name)} for one in line.stages)


def folded(name: str) -> str:
    """Write a name so that the same one is equal in any letter case, however it is typed."""
    return composed(name).casefold()
