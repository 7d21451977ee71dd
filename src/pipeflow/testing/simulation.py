"""Simulations: a firm with clients who act by seeded chance, to see what a package does to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ..bundle import Bundle
from ..errors import DefinitionError, LimitError, Problem, many, shown
from ..model.events import Event, ReminderSent, RequestFailed, RequestGivenUp
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import brief
from ..model.work import work_of
from ..ports import Rejected, Request
from ..show import Shown
from .clientele import accounts_of, members_of
from .crowd import Crowd
from .dice import Dice
from .fakes import FakePort
from .world import World

if TYPE_CHECKING:
    from ..show import Block, Document

__all__ = ["MOST_ACCOUNTS", "MOST_DAYS", "Simulation", "simulate"]

MOST_ACCOUNTS = 20_000
MOST_DAYS = 3_660
FAILS = 0.02  # the chance that a port does not answer when it is asked
REFUSES = 0.002  # that it refuses a request, which then waits for a person
SEASON = 3  # jobs are started in the first third of the days
COUNTED = (ReminderSent, RequestFailed, RequestGivenUp)
LISTED = 12  # rows of what waits
CARDS = 2  # jobs of each stage that are shown on the board


def simulate(bundle: Bundle, *, accounts: int = 25, days: int = 90, seed: int = 1) -> Simulation:
    """Let a firm work with a package for some time, with clients and a team who act by chance.

    Accounts with likely names are made, with tags, custom fields and roles as the package asks for
    them, and jobs are started in the first third of the days. Clients submit, pay, sign and check
    off after some days, some of them never; the team completes tasks; ports fail now and then. The
    same arguments give the same firm, to the last byte. It prints.

    Args:
        bundle: The package.
        accounts: How many accounts there are.
        days: How many days pass.
        seed: Which chance it is: another number, another season.

    Raises:
        DefinitionError: Something given is not what it must be, or the package has no pipeline.
        LimitError: So many accounts or days that it would take too long.
    """
    firm = Simulation(bundle, accounts=accounts, days=days, seed=seed)
    for _ in firm.passing():
        pass
    return firm


class Simulation(Shown):
    """A firm that works with a package, as `simulate` makes it; it prints what came of it.

    Args:
        bundle: The package.
        accounts: How many accounts there are.
        days: How many days pass.
        seed: Which chance it is.

    Attributes:
        world: The whole firm, to be looked at, asked and gone on with.
        installed: What the package became in it.
        counts: How often each of these happened: `ReminderSent`, `RequestFailed`,
            `RequestGivenUp`.

    Raises:
        DefinitionError: Something given is not what it must be, or the package has no pipeline.
        LimitError: So many accounts or days that it would take too long.
    """

    def __init__(self, bundle: Bundle, *, accounts: int, days: int, seed: int) -> None:
        """Set the firm up; nothing happens before `passing`."""
        _check(bundle, accounts, days, seed)
        self.world = World()
        self.installed = self.world.engine.install(bundle)
        self.counts: Counter[type[Event]] = Counter()
        self._title = bundle.name or self.installed.pipeline.name
        self._given = (accounts, days, seed)
        self._began = self.world.clock.now()
        self._crowd = Crowd(self.world, Dice(seed, "people"))
        for kind in COUNTED:
            self.world.engine.on(kind, self._count)
        self._let_ports_fail(Dice(seed, "ports"))

    def _count(self, event: Event) -> None:
        self.counts[type(event)] += 1

    def _let_ports_fail(self, dice: Dice) -> None:
        """Let each port fail now and then, as servers do; the engine asks it again."""
        for name, port in self._ports():
            port.fail_when(lambda _: dice.falls(FAILS), ConnectionError(f"{name} did not answer"))
            port.fail_when(lambda _: dice.falls(REFUSES), Rejected(f"{name} refused it"))

    def _ports(self) -> Iterator[tuple[str, FakePort[Request]]]:
        for name, port in vars(self.world).items():
            if isinstance(port, FakePort):
                yield name, port

    # -- what happens -----------------------------------------------------------------------------

    def passing(self) -> Iterator[int]:
        """Let the days pass, once; yield the number of each when it is over."""
        _, days, _ = self._given
        self._open_doors()
        for day in range(1, days + 1):
            self._pass_until(self._began + timedelta(days=day))
            yield day

    def _open_doors(self) -> None:
        """Save members and accounts, and see to it that each account's jobs start some day."""
        number, days, seed = self._given
        engine, dice, first = self.world.engine, Dice(seed, "accounts"), self._began
        members = members_of(sorted(self.installed.roles), number, dice)
        for several in members.values():
            for member in several:
                engine.save(member)
        self._crowd.mornings(first, days)
        lines = _entrances(self.installed.pipelines)
        for account in accounts_of(self.installed, members, number, first.date(), dice):
            saved = engine.save(account)
            for line in lines:
                at = first + timedelta(minutes=dice.whole(0, max(0, days // SEASON) * 24 * 60))
                self._crowd.plan(at, partial(engine.start, line, saved))
        self._pass_until(first)

    def _pass_until(self, end: datetime) -> None:
        for at in self._crowd.acts_until(end):
            self._advance(at)
        self._advance(end)

    def _advance(self, to: datetime) -> None:
        left = to - self.world.clock.now()
        if left > timedelta():
            self.world.advance(minutes=left / timedelta(minutes=1))

    # -- what came of it --------------------------------------------------------------------------

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs as they now stand, in the order of their ids."""
        return tuple(self.world.engine.jobs())

    @property
    def finished(self) -> tuple[Job, ...]:
        """Those of them that stand in the last stage of their pipeline."""
        last = {line.id: line.stages[-1].id for line in self.installed.pipelines}
        return tuple(job for job in self.jobs if job.stage == last.get(job.pipeline))

    def requests(self) -> Counter[tuple[str, str]]:
        """Count what the ports were asked for and took, by port and kind of request."""
        return Counter(
            (name, _kind(request)) for name, port in self._ports() for request in port.taken
        )

    def __repr__(self) -> str:
        """Print in one line: with what it works, and for how long."""
        return f"<Simulation of {brief(self._title)!r}: {self._told}>"

    @property
    def _told(self) -> str:
        accounts, days, seed = self._given
        return f"{many(accounts, 'account')}, {many(days, 'day')}, seed {seed}"

    def document(self) -> Document:
        """Build what is shown: the figures, each pipeline's board and metrics, and who waits."""
        from ..show import Document, Heading

        blocks: list[Block] = [Heading(f"{self._title}: {self._told}")]
        blocks += self._figures()
        for line in self.installed.pipelines:
            blocks += self.world.engine.board(line, per_stage=CARDS).document().blocks
            blocks += self.world.engine.metrics(line).document().blocks
        blocks += (*self._asked(), *self._waiting())
        return Document(tuple(blocks))

    def _figures(self) -> Iterator[Block]:
        from ..show import Bullets

        counts = self.counts
        yield Bullets(
            (
                f"{many(len(self.jobs), 'job')} started, {len(self.finished)} in the last stage",
                f"{many(counts[ReminderSent], 'reminder')} sent",
                f"{many(counts[RequestFailed], 'attempt')} at a port failed and came again",
                f"{many(counts[RequestGivenUp], 'request')} given up, and tried again by a person",
            )
        )

    def _asked(self) -> Iterator[Block]:
        from ..show import Heading, Table

        rows = sorted((*key, str(number)) for key, number in self.requests().items())
        yield Heading("What the ports were asked for", 2)
        yield Table(("Port", "Kind", "Requests"), tuple(rows))

    def _waiting(self) -> Iterator[Block]:
        from ..show import Heading, Paragraph, Table

        now = self.world.clock.now()
        since: dict[tuple[str, str, str], list[int]] = {}
        for job in self.jobs:
            for one in work_of(job):
                since.setdefault((one.side, one.kind, one.name), []).append((now - one.since).days)
        found = sorted(since.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        rows = tuple((*key, str(len(days)), str(max(days))) for key, days in found[:LISTED])
        title = "Who waits for what" + (f", the first {LISTED}" if len(found) > LISTED else "")
        yield Heading(title, 2)
        columns = ("Who must act", "Kind", "What", "How many", "Days at most")
        yield Table(columns, rows) if rows else Paragraph("Nobody waits for anything.")


def _kind(request: Request) -> str:
    """Return what a request is called: its class, and of e-mail what it is for."""
    kind = getattr(request, "kind", None)
    name = type(request).__name__
    return name if kind is None else f"{name} ({kind})"


def _entrances(pipelines: tuple[Pipeline, ...]) -> tuple[Pipeline, ...]:
    """Return the pipelines in which jobs are started by people: to which no other one leads."""
    led = {to for line in pipelines for to in line.pipeline_ids if to != line.id}
    return tuple(line for line in pipelines if line.id not in led) or pipelines[:1]


def _check(bundle: object, accounts: object, days: object, seed: object) -> None:
    """Refuse what cannot be simulated, with all that is wrong."""
    problems: list[Problem] = []
    if not isinstance(bundle, Bundle):
        allowed = ("Bundle.load(path)", "Bundle.from_json(text)")
        problems.append(Problem("must be a package", "$.bundle", shown(bundle), allowed))
    elif not bundle.pipelines:
        problems.append(Problem("holds no pipeline, only templates", "$.bundle"))
    for name, given, least in (("accounts", accounts, 1), ("days", days, 0), ("seed", seed, None)):
        if type(given) is not int:
            problems.append(Problem("must be a whole number", f"$.{name}", shown(given)))
        elif least is not None and given < least:
            problems.append(Problem(f"must be at least {least}", f"$.{name}", shown(given)))
    if problems:
        raise DefinitionError(*problems)
    limits = ((accounts, "accounts", MOST_ACCOUNTS), (days, "days", MOST_DAYS))
    beyond = [
        Problem(f"must be at most {most:,}", f"$.{name}", shown(given))
        for given, name, most in limits
        if isinstance(given, int) and given > most
    ]
    if beyond:
        raise LimitError(*beyond)
