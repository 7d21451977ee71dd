"""The crowd: all clients and the team of a simulated firm, and what each of them will do when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush

from ..model.events import Event
from ..model.items import Item, ItemState
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.work import Side, Work, is_under_way, work_of
from .dice import Dice
from .habits import DOES_NOTHING, facts_about, moment
from .world import World

__all__ = ["Crowd"]

Act = Callable[[], object]


class Crowd:
    """Clients and team members, who see what waits for them and act after a while, or never.

    They look at a job whenever something happened to it, and do what people do: clients answer,
    sign, pay and check off; the team completes tasks, accepts what was sent, sees to what failed,
    and moves a job on by hand where nothing waits and it does not move by itself.
    """

    def __init__(self, world: World, dice: Dice) -> None:
        """Begin with nothing to do."""
        self._world = world
        self._engine = world.engine
        self._dice = dice
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._entries = 0
        self._touched: dict[str, None] = {}  # the jobs to which something happened, in order
        self._seen: set[str] = set()  # what somebody will see to, or never will
        self._lines: dict[str, Pipeline] = {}
        self._engine.on(Event, self._notice)

    def _notice(self, event: Event) -> None:
        if event.job:
            self._touched[event.job] = None

    def plan(self, at: datetime, act: Act) -> None:
        """Put something on the agenda."""
        self._entries += 1
        heappush(self._agenda, (at, self._entries, act))

    def acts_until(self, end: datetime) -> Iterator[datetime]:
        """Let everybody act in order, up to an instant; yield when somebody will next."""
        self._look()
        while self._agenda and self._agenda[0][0] <= end:
            at, _, act = heappop(self._agenda)
            yield at
            act()
            self._look()

    # -- what they see ----------------------------------------------------------------------------

    def _look(self) -> None:
        """See what waits in each job to which something happened since."""
        touched, self._touched = self._touched, {}
        for id in touched:
            job = self._engine.job(id)
            if is_under_way(job):
                for one in work_of(job):
                    self._take_on(one)
                self._look_on(job)

    def _take_on(self, one: Work) -> None:
        """Let somebody see to what is open, once; or let it lie for good."""
        if one.item is None or one.item.id in self._seen:
            return
        self._seen.add(one.item.id)
        if not self._dice.falls(DOES_NOTHING[one.side]):
            self.plan(self._when(one.side), self._seeing_to(one.item))

    def _when(self, side: Side) -> datetime:
        return moment(self._world.clock.now(), side, self._dice)

    def _look_on(self, job: Job) -> None:
        """Let the team see to a job in which nothing waits: it is to go on, or to work again."""
        key = f"{job.id}:{job.visit}:{job.status}"
        idle = not job.open_items
        if key in self._seen or not idle or (self._is_last(job) and job.status == JobStatus.ACTIVE):
            return
        self._seen.add(key)
        self.plan(self._when(Side.TEAM), lambda: self._push(key, job))

    def _line(self, job: Job) -> Pipeline:
        if job.pipeline not in self._lines:
            self._lines[job.pipeline] = self._engine.pipeline(job.pipeline)
        return self._lines[job.pipeline]

    def _is_last(self, job: Job) -> bool:
        return job.stage == self._line(job).stages[-1].id

    # -- what they do -----------------------------------------------------------------------------

    def _seeing_to(self, item: Item) -> Act:
        def act() -> None:
            self._seen.discard(item.id)
            self._touched[item.job] = None
            if not is_under_way(self._engine.job(item.job)):
                return
            now = self._engine.item(item)
            if now.state is ItemState.PENDING:
                for fact in facts_about(now, self._world.clock.now().date(), self._dice):
                    self._engine.record(item, fact)

        return act

    def _push(self, key: str, before: Job) -> None:
        """Move a job on that still stands there, with nothing open: by hand, as a firm does."""
        self._seen.discard(key)
        job = self._engine.job(before)
        same = (job.visit, job.status, job.pipeline) == (
            before.visit,
            before.status,
            before.pipeline,
        )
        if not same or job.open_items or job.paused is not None:
            return
        if job.status != JobStatus.ACTIVE:
            if is_under_way(job):
                self._engine.set_status(job, JobStatus.ACTIVE)
            return
        self._engine.move(job, self._engine.explain(job).next or self._following(job))

    def _following(self, job: Job) -> str:
        stages = [one.id for one in self._line(job).stages]
        return stages[stages.index(job.stage) + 1]

    def mend(self) -> None:
        """See to the requests that were given up, as somebody does in the morning."""
        for one in self._engine.failures():
            if one.given_up and one.request is not None:
                self._engine.retry(one.key)

    def mornings(self, first: datetime, days: int) -> None:
        """Put it on the agenda that each morning somebody looks at what failed."""
        for day in range(days):
            at = first.replace(hour=7, minute=0) + timedelta(days=day + 1)
            self.plan(at, self.mend)
