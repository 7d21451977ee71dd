"""The engine of a firm: the one object that a host talks to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, TypeVar

from ..adapters.system import RandomIds, SystemClock
from ..errors import DefinitionError, MovedOnError, Problem, a, shown
from ..model.checks import moment_problems
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.plans import Plan
from ..model.text import id_problems, plain
from ..ports.ports import Ports
from ..ports.requests import Request
from ..ports.rows import Query
from ..ports.services import Authorizer, Calendar, Clock, Ids, Waker
from ..ports.store import Store
from .branching import BranchDesk, BranchHost, copied
from .bulk import Bulk
from .call_notes import noted
from .catalogue import Catalogue
from .defining import Defining
from .desk import Desk
from .editing import Editing
from .filters import span_of
from .handles import awaited_problems
from .host import Host
from .leaving import Leaving
from .listing import Asking
from .operating import Operating
from .passage import period, refuse_far, whole_days
from .planning import Planning
from .reading import Reading
from .reminding import Reminding
from .reopening import Reopening
from .rounds import Tick
from .starting import Starting
from .turn import present_turn
from .undoing import Undoing
from .viewing import Viewing
from .who import Who
from .working import Working

if TYPE_CHECKING:
    from ..insight.differences import Diff
    from ..insight.forecasts import Forecast
    from ..insight.replays import Replay

__all__ = ["Branch", "Engine"]

T = TypeVar("T")


class Engine(
    Defining,
    Starting,
    Working,
    Asking,
    Catalogue,
    Editing,
    Bulk,
    Reminding,
    Reopening,
    Undoing,
    Leaving,
    Reading,
    Viewing,
    Operating,
    Planning,
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
    _awaits: ClassVar[bool] = False  # whether ports may be async

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
        problems += id_problems(tenant, "$.tenant")
        if isinstance(ports, Ports) and deliver and not self._awaits:
            problems += awaited_problems(ports)
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
            tenant=plain(tenant),
            deliver=deliver,
            calendar=calendar,
        )
        self._desk = self._Desk(host)

    def what_if(self) -> Branch:
        """Return a branch of the whole firm, on which anything can be tried.

        It reads through to this engine's store and writes nowhere but to itself; its clock stands
        at the present instant until time passes there (`advance`), and its ports record what they
        would have been asked (`requests`). Nobody here is told of anything. It is made at once,
        whatever the size of the firm, and it is thrown away when nobody has it any more.

        What it has not looked at yet it sees as the firm then is. Where the firm has changed what
        the branch has looked at before, the branch goes no further: `ConflictError`. A store that
        is no `pipeflow.ports.Branchable` is copied instead.
        """
        present_turn().settle()
        return Branch(self._desk.host)

    def plan(
        self,
        pipeline: Pipeline,
        *,
        stages: Mapping[str, str] | None = None,
        statuses: Mapping[str, str] | None = None,
        days: int | None = None,
        actor: Who = None,
    ) -> Plan:
        """Tell what saving an edited pipeline would do to the firm; nothing is saved.

        Each open job of the pipeline is tried on a branch until its last stage, or until it is
        over, as it is and as it would be: as if all that it waits for were done at once, and
        organizers without an answer. That takes some milliseconds a job. Where the firm changes
        meanwhile what was looked at, they are tried on a copy of it. The plan prints; `apply`
        carries it out.

        Args:
            pipeline: The edited one.
            stages: Where jobs of stages that are taken away go: `{"old": "new"}`, by ids or names.
                Without it the plan proposes something.
            statuses: Which status jobs get whose own is taken away: `{"old": "new"}`.
            days: Count also what so many days bring by themselves, as it is and as it would be, if
                nobody does anything: reminders, and triggers in time. That takes as long as the
                ticks of these days, twice.
            actor: Who asks. A plan tells of every job of the pipeline, or it tells nothing.

        Raises:
            DefinitionError: With everything for which it could not be saved, but that jobs stand
                where it takes something away: the plan tells that. Or the days are none.
            ConflictError: Somebody saved the pipeline since it was read.
            NotAllowedError: The authorizer said no to somebody who would "read" the pipeline, or
                one of its jobs.
        """
        from .trials import planned  # loads on first use

        sight = None if actor is None else self._desk.sight(actor)
        return self._tried(
            lambda base: planned(base, pipeline, stages or {}, statuses or {}, days, sight)
        )

    def forecast(self, days: int = 30, *, actor: Who = None) -> Forecast:
        """Tell all that leaves by itself in the next days if nobody acts; it prints.

        Reminders, triggers in time, retries, and the jobs of schedules with what their first stage
        fires. The days pass on a branch, and nothing happens; ten thousand reminders take seconds.
        Where the firm changes meanwhile what was looked at, they pass on a copy of it instead.

        Args:
            days: How many; 0 tells what is due now.
            actor: Who asks; what belongs to jobs that they may not see is left out.

        Raises:
            DefinitionError: It is no number of days, or leads beyond the calendar.
        """
        from .outlook import foreseen  # loads on first use

        return self._tried(lambda branch: foreseen(branch, whole_days(days, branch.now), actor))

    def _tried(self, ask: Callable[[Branch], T]) -> T:
        """Ask a branch; where the firm moves on under it, one of a copy, which stands still."""
        present_turn().settle()
        host = self._desk.host
        try:
            return ask(Branch(host))
        except MovedOnError:
            return ask(Branch(host, copied(host.store, host.tenant)))

    def replay(
        self,
        edited: Pipeline,
        since: date | None = None,
        until: date | None = None,
        *,
        actor: Who = None,
    ) -> Replay:
        """Tell what a season would have looked like with an edited pipeline; it prints.

        The jobs that were started in the pipeline meanwhile are started once more, on a branch of
        the firm without any job, and what people did to them is done to these at the instants at
        which it happened: facts, moves, statuses, tags, pauses, reminders. What fell due in
        between falls due, and jobs that the pipeline starts itself are left to it. What finds
        nothing to go to, or cannot be put through, is told (`Replay.lost`).

        Args:
            edited: The pipeline as it would have been; it need not be saved.
            since: From this instant, or this day, on; since there are jobs unless said.
            until: Until this instant, or the end of this day; now unless said, and at most.
            actor: Who asks; jobs that they may not see are left out.

        Raises:
            DefinitionError: It is no pipeline, or could not be saved, or a time is none.
            NotFoundError: There is no pipeline of its id.
            NotAllowedError: The authorizer said no to somebody who would "read" it.
        """
        from .reruns import replayed  # loads on first use
        from .seasons import emptied, past_of

        records, now = self._desk.looked(), self._desk.host.now(present_turn())
        if not isinstance(edited, Pipeline):
            raise DefinitionError(
                Problem(f"must be {a('pipeline')}, edited and not saved", "$.edited", shown(edited))
            )
        saved = records.saved("pipeline", edited.id)
        if actor is not None:
            self._desk.sight(actor).look(saved)
        first, last = span_of(since, until, records.settings().zone, now)
        if last < now:  # what begins with the next span is none of this one
            last -= timedelta.resolution
        query = Query("job", (("pipeline", edited.id),))
        rows: tuple[Job, ...] = tuple(stored.value for _, stored in records.found(query))
        past = past_of(records, saved, self._desk.seen(rows, actor), first, last)
        began = past.order[0].at if past.order else first or last
        season = Branch(self._desk.host, emptied(records, past), began)
        return replayed(self, season, edited, past, (began, last), actor)

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._desk.host.store

    def __repr__(self) -> str:
        """Say whose engine it is and where it keeps things."""
        return f"<Engine of {self._desk.host.tenant!r} on {self._desk.host.store!r}>"


@noted
class Branch(Engine):
    """A branch of a firm, as `Engine.what_if` makes it: every call of an engine, with no effect.

    `requests` are all requests that would have been sent, in order; `advance` lets time pass.
    """

    _Desk: ClassVar[type[Desk]] = BranchDesk

    def __init__(
        self, parent: Host, below: Store | None = None, began: datetime | None = None
    ) -> None:
        """Branch off the parent, or begin a season over a store of its own at an instant."""
        self._branch = BranchHost(parent, below, began)
        self._desk = self._Desk(self._branch)

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the ports would have been asked since the branch was made, in order."""
        return tuple(self._branch.recorder.requests)

    @property
    def now(self) -> datetime:
        """The instant at which the branch stands."""
        return self._branch.clock.now()

    def tick(self, now: datetime | None = None) -> Tick:
        """Do everything that is due; at an instant that is given the branch stands afterwards.

        Raises:
            DefinitionError: For a naive datetime, or one thousands of years away.
        """
        if now is not None and (problems := tuple(moment_problems(now, "$.now"))):
            raise DefinitionError(*problems)
        if now is not None:
            self._branch.overlay.unsettled(self._branch.tenant)  # leases end by the clock as it was
            self._branch.clock.set(max(now.astimezone(UTC), self.now))
        return self._desk.through(self._desk.rounds.tick(None))

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> list[Tick]:
        """Let time pass through every instant at which something is due, in order.

        Returns:
            What was done at each of them.

        Raises:
            DefinitionError: Time would go back, or beyond the calendar.
            ConflictError: The firm has changed what the branch has looked at.
        """
        passes = period(days, hours, minutes)
        refuse_far(passes, self.now)
        return self._passed(passes)

    def _passed(self, passes: timedelta) -> list[Tick]:
        from .strides import Strides  # loads on first use

        return self._desk.through(Strides(self._branch, self._desk).passing(passes))

    def _tried(self, ask: Callable[[Branch], T]) -> T:
        """Ask a branch of the branch, which goes no further either where the firm moved on."""
        present_turn().settle()
        return ask(Branch(self._branch))

    def _until(self, at: datetime) -> None:
        """Let time pass until an instant; on a branch that is there already none passes."""
        if at > self.now:
            self._passed(at - self.now)

    def diff(self, *, actor: Who = None) -> Diff:
        """Tell what the branch changes in its parent, per account and job; it prints.

        It costs by what the branch has written, whatever the size of the firm. A branch of a
        branch is compared with that.

        Args:
            actor: Who asks; what they may not see, on the branch, is left out.

        Raises:
            ConflictError: The firm has changed what the branch has changed, or the accounts of
                jobs that it has.
        """
        from .contrast import contrasted  # loads on first use

        return contrasted(self, self._branch.recorder.requests, actor)

    def as_test(self, name: str) -> str:
        """Write what was done on the branch, and what came of it, as a test for pytest.

        The text is a whole file: the firm as far as the branch looked at it, the calls that were
        made of the branch, and assertions about every job that it changed and all requests that
        would leave. Ports are played in it, as they are here; what listeners of the branch did is
        not in it. It reads the firm's export once, which takes as long as the firm is large.

        Args:
            name: Of the test, `"billing_waits"`.

        Raises:
            DefinitionError: The name is none that a function can have.
            ConflictError: The firm has changed what the branch has looked at.
        """
        from .keepsake import written  # loads on first use

        return written(self, name)

    def __repr__(self) -> str:
        """Say whose branch it is, and where it stands."""
        host = self._branch
        return f"<Branch of {host.tenant!r} at {host.clock.now():%Y-%m-%d %H:%M}>"
