"""Stores against a naive model of them: any sequence of calls, the same answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import ConflictError, DuplicateCommandError, LeaseLostError
from pipeflow.model.jobs import Job
from pipeflow.ports import (
    TIMER,
    Changes,
    Due,
    DueState,
    Over,
    Parked,
    Query,
    Requeue,
    RowKey,
    Settle,
    Span,
    Store,
    Stored,
    Withdrawal,
    terms_of,
)
from pipeflow.ports.terms import stage_term
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts.making import (
    AT_DONE,
    AT_WORK,
    NOW,
    chapter,
    due,
    job,
    paged,
    task,
    timer,
)
from tests.adapters.sunk import Sunk
from tests.hosted import HostedStore
from tests.lasting import FileStore

LEASE = timedelta(minutes=10)
NAMES = ("one", "two")
TENANTS = st.sampled_from(NAMES)
ROWS = st.sampled_from([RowKey("job", name) for name in "ab"])
DUES = "klmnop"
KEYS = st.sampled_from(DUES)
COMMANDS = st.none() | st.sampled_from(["c", "d"])
MINUTES = st.integers(0, 30)
ASKS = st.none() | st.sets(st.sampled_from([TIMER, "email", "tasks"]))
MAKE = {"k": due, "l": due, "m": task, "n": task, "o": timer, "p": timer}
STAGES = ("work", "done")
DAYS = (None, date(2027, 1, 31), date(2027, 4, 15))
WHERES: tuple[Any, ...] = (
    (), (("stage", AT_WORK),), (("stage", (AT_WORK, AT_DONE)),), (("due", Span("2027-02-01")),),
    (("stage", AT_DONE), ("due", Span(high="2027-03-01"))),
)  # fmt: skip
WAIT, LEASED, DEAD = DueState.WAIT, DueState.LEASED, DueState.DEAD
DONE, CANCELLED = DueState.DONE, DueState.CANCELLED


class Row:
    """A due row as a beginner would keep it."""

    def __init__(self, made: Due) -> None:
        """Begin waiting."""
        self.due, self.at, self.depth = made, made.at, 0
        self.state, self.token, self.attempt = WAIT, 0, 0
        self.until: datetime | None = None  # when its lease ends or ended, unless it was let go
        self.called, self.tried, self.withdrawn = 0, False, False
        self.ended = NOW

    @property
    def asks(self) -> str:
        """What it asks."""
        return {"k": "email", "l": "email", "m": "tasks", "n": "tasks"}.get(self.due.key, TIMER)

    @property
    def over(self) -> bool:
        """Whether it is."""
        return self.state in {DONE, CANCELLED}

    @property
    def place(self) -> Any:
        """Where it stands among those that failed."""
        return self.due.at, self.due.no, self.due.key

    def end(self, state: DueState, now: datetime) -> None:
        """Let it be over."""
        self.state, self.ended, self.tried = state, now, False

    def settle(self, state: DueState, at: datetime, now: datetime) -> None:
        """Let go of it."""
        if state is DONE or self.withdrawn:
            self.end(state if state is DONE else CANCELLED, now)
        else:
            self.state, self.at, self.until, self.tried = state, at, None, True


class StoreMachine(RuleBasedStateMachine):
    """Calls both, and compares what they say."""

    road: ClassVar[tuple[Callable[..., Store], ...]]  # the houses to which a firm moves

    def __init__(self) -> None:
        """Begin with an empty store, as the last on the road, and an empty model."""
        super().__init__()
        self.clock = ManualClock(NOW)
        self.store: Store = self.road[-1](clock=self.clock)
        self.rows: dict[tuple[str, RowKey], Stored] = {}
        self.gone: dict[tuple[str, RowKey], int] = {}
        self.commands: dict[tuple[str, str], datetime] = {}
        self.dues: dict[tuple[str, str], Row] = {}
        self.claims: list[tuple[str, str, int]] = []
        self.told: list[tuple[str, RowKey, str]] = []
        self.count = 0

    @property
    def now(self) -> datetime:
        """The instant, of the store and of who asks it."""
        return self.clock.now()

    def row(self, tenant: str, key: str, token: int) -> Row | None:
        """Return a row if a token is its current one."""
        row = self.dues.get((tenant, key))
        return row if row is not None and not row.over and row.token == token else None

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        """Let it; leases end."""
        self.clock.advance(minutes=minutes)
        for row in self.dues.values():
            if row.state is LEASED and row.until is not None and row.until <= self.now:
                row.state = WAIT
                row.tried |= row.called == row.token and not row.withdrawn

    @rule(
        tenant=TENANTS, row=ROWS, offset=st.sampled_from([0, 0, 0, 1]), command=COMMANDS,
        dues=st.lists(st.tuples(KEYS, MINUTES, st.integers(0, 3), st.booleans()), max_size=3),
        cancel=st.none() | KEYS, delete=st.booleans(), stage=st.sampled_from(STAGES),
        day=st.sampled_from(DAYS),
    )  # fmt: skip
    def commit(
        self,
        tenant: str,
        row: RowKey,
        offset: int,
        command: str | None,
        dues: Any,
        cancel: str | None,
        delete: bool,
        stage: str,
        day: date | None,
    ) -> None:
        """Commit a row or its end, perhaps due rows, a cancel and a command."""
        self.count += 1
        value = job(row.id, stage=stage, due=day, comments=f"M{self.count}")
        stored = self.rows.get((tenant, row), Stored(0, None))
        delete = delete and stored.version > 0
        made = [
            MAKE[key](key, self.now + timedelta(minutes=minutes), no)
            for key, minutes, no, _ in dues
        ]
        held = [LEASE if hold else None for *_, hold in dues]
        changes = Changes(
            tenant,
            {row: stored.version + offset},
            {} if delete else {row: value},
            tuple(
                Due(d.key, d.at, d.no, d.action, d.job, 0, "me" if lease else None, lease)
                for d, lease in zip(made, held, strict=True)
            ),
            cancels=(cancel,) if cancel else (),
            log={row: (chapter(str(self.count)),)},
            deletes=(row,) if delete else (),
            command_id=command,
            at=self.now,
        )
        known = command is not None and (tenant, command) in self.commands
        try:
            assert self.store.commit(changes) is True
        except DuplicateCommandError:
            assert known
            return
        except ConflictError:
            assert offset
            assert not known
            return
        assert not offset
        assert not known
        if delete:
            self.gone[tenant, row] = self.rows.pop((tenant, row)).version
        else:
            version = stored.version or self.gone.get((tenant, row), 0)
            self.rows[tenant, row] = Stored(version + 1, value)
        self.told.append((tenant, row, str(self.count)))
        if command is not None:
            self.commands[tenant, command] = self.now
        for one, lease in zip(made, held, strict=True):
            if (tenant, one.key) in self.dues:
                continue
            added = self.dues[tenant, one.key] = Row(one)
            if lease is not None:
                added.state, added.token, added.until = LEASED, 1, self.now + lease
                self.claims.append((tenant, one.key, 1))
        gone = self.dues.get((tenant, cancel or ""))
        if gone is not None and not gone.over:
            gone.end(CANCELLED, self.now)

    @rule(tenant=TENANTS, key=KEYS, held=st.booleans(), again=st.booleans(), minutes=MINUTES)
    def withdraw(self, tenant: str, key: str, held: bool, again: bool, minutes: int) -> None:
        """Withdraw a row, or try it again."""
        row, at = self.dues.get((tenant, key)), self.now + timedelta(minutes=minutes)
        leased = row is not None and row.state is LEASED
        expected = row is not None and not row.over and leased is (held and not again)
        changes = Changes(
            tenant,
            {},
            withdraws=() if again else (Withdrawal(key, held),),
            requeues=(Requeue(key, at, 3),) if again else (),
            at=self.now,
        )
        try:
            self.store.commit(changes)
        except ConflictError:
            assert not expected
            return
        assert expected
        assert row is not None
        if again:
            row.state, row.at, row.attempt, row.until, row.depth = WAIT, at, 0, None, 3
        elif leased:
            row.withdrawn, row.tried = True, False
        else:
            row.end(CANCELLED, self.now)

    @rule(tenant=TENANTS, key=KEYS)
    def want(self, tenant: str, key: str) -> None:
        """Want a row after all, whether or not it was withdrawn."""
        row = self.dues.get((tenant, key))
        try:
            self.store.commit(Changes(tenant, {}, wanted=(key,), at=self.now))
        except ConflictError:
            assert row is None or row.over
            return
        assert row is not None
        assert not row.over
        row.withdrawn = False

    @rule(tenant=TENANTS, row=ROWS, jobs=st.booleans(), tomb=st.none() | KEYS, tell=st.booleans())
    def leave(self, tenant: str, row: RowKey, jobs: bool, tomb: str | None, tell: bool) -> None:
        """Erase a history, perhaps with all due rows, and know something as over."""
        self.count += 1
        done = self.store.commit(
            Changes(
                tenant,
                {},
                log={row: (chapter(str(self.count)),)} if tell else {},
                erases=(row,),
                cancels_of=("job-1",) if jobs else (),
                tombs=(Over(tomb, "job-1", CANCELLED),) if tomb else (),
                at=self.now,
            )
        )

        assert done is True
        self.told = [one for one in self.told if one[:2] != (tenant, row)]
        if tell:
            self.told.append((tenant, row, str(self.count)))
        for (name, _), one in self.dues.items():
            if name == tenant and jobs and not one.over:
                one.end(CANCELLED, self.now)
        if tomb and (tenant, tomb) not in self.dues:
            added = self.dues[tenant, tomb] = Row(MAKE[tomb](tomb, self.now, 0))
            added.end(CANCELLED, self.now)

    @rule(
        tenant=st.none() | TENANTS, limit=st.integers(1, 4), asks=ASKS,
        each=st.none() | st.integers(1, 2), keys=st.none() | st.sets(KEYS, max_size=3),
        ahead=st.sampled_from([0, 0, 15]),
    )  # fmt: skip
    def claim(
        self,
        tenant: str | None,
        limit: int,
        asks: set[str] | None,
        each: int | None,
        keys: set[str] | None,
        ahead: int,
    ) -> None:
        """Claim what is due, or some rows by key."""
        instant = self.now + timedelta(minutes=ahead)
        found = sorted(
            (row.at, row.due.no, name, key)
            for (name, key), row in self.dues.items()
            if tenant in {None, name}
            and (asks is None or row.asks in asks)
            and (
                (row.state is WAIT and row.at <= instant)
                if keys is None
                else (row.state in {WAIT, DEAD} and key in keys)
            )
        )
        shares: Counter[str] = Counter()
        expected: list[tuple[str, str]] = []
        for _, _, name, key in found:
            if len(expected) < limit and (each is None or shares[name] < each):
                shares[name] += 1
                expected.append((name, key))

        claims = self.store.claim(
            "me", LEASE, limit, due=instant, tenant=tenant, keys=keys, asks=asks, each=each
        )

        assert [(claim.tenant, claim.due.key) for claim in claims] == expected
        for claim in claims:
            row = self.dues[claim.tenant, claim.due.key]
            row.state, row.until, row.token = LEASED, self.now + LEASE, row.token + 1
            assert (claim.token, claim.attempt) == (row.token, row.attempt + 1)
            assert (claim.withdrawn, claim.due.depth) == (row.withdrawn, row.depth)
            self.claims.append((claim.tenant, claim.due.key, claim.token))

    @precondition(lambda self: self.claims)
    @rule(
        which=st.integers(0, 99),
        state=st.sampled_from([DONE, WAIT, DEAD]),
        minutes=MINUTES,
        inside=st.booleans(),
    )
    def settle(self, which: int, state: DueState, minutes: int, inside: bool) -> None:
        """Settle a claim, perhaps an old one, alone or inside a commit."""
        tenant, key, token = self.claims[-1 - which % min(len(self.claims), 12)]
        at = self.now + timedelta(minutes=minutes)
        row = self.row(tenant, key, token)
        settled = Settle(key, token, state, at)

        if inside:
            try:
                self.store.commit(Changes(tenant, {}, settles=(settled,), at=self.now))
                done = True
            except LeaseLostError:
                done = False
        else:
            done = self.store.settle(tenant, settled)

        assert done == (row is not None)
        if row is not None:
            row.settle(state, at, self.now)

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 99), minutes=MINUTES)
    def renew(self, which: int, minutes: int) -> None:
        """Look before a call, perhaps with a lost lease."""
        tenant, key, token = self.claims[-1 - which % min(len(self.claims), 12)]
        row = self.row(tenant, key, token)
        expected = row is not None and row.until is not None and not row.withdrawn
        lease = timedelta(minutes=minutes + 1)

        assert self.store.renew(tenant, key, token, lease) == expected

        if row is not None and row.until is not None and expected:
            row.state, row.until = LEASED, max(row.until, self.now + lease)
            row.attempt += row.called != token
            row.called = token

    @rule(tenant=TENANTS, minutes=MINUTES)
    def prune(self, tenant: str, minutes: int) -> None:
        """Forget what was over a while ago."""
        before = self.now - timedelta(minutes=minutes)
        over = [
            (name, key)
            for (name, key), row in self.dues.items()
            if name == tenant and row.over and row.ended < before
        ]
        old = [who for who, at in self.commands.items() if who[0] == tenant and at < before]

        assert self.store.prune(tenant, before) == len(over) + len(old)

        for due_key in over:
            del self.dues[due_key]
        for command in old:
            del self.commands[command]

    @rule()
    def move_house(self) -> None:
        """Restore everything in other stores; nobody holds or answers anything there."""
        for house in self.road:
            other = house(clock=self.clock)
            for tenant in self.store.tenants():
                lines = [*self.store.export(tenant)]
                other.restore(lines)
                assert [*other.export(tenant)] == lines
            self.store.close()
            self.store = other
        self.told.sort(key=lambda told: told[0])
        for row in self.dues.values():
            if row.state is LEASED:
                row.state = WAIT
                row.tried |= row.called == row.token and not row.withdrawn
            row.until = None

    def teardown(self) -> None:
        """Let go of the store."""
        self.store.close()

    @invariant()
    def rows_are_the_same(self) -> None:
        """What is stored is what the model says, and found by its terms."""
        keys = [RowKey("job", name) for name in "ab"]
        for tenant in NAMES:
            expected = {key: self.rows[tenant, key] for key in keys if (tenant, key) in self.rows}
            assert self.store.read(tenant, keys).rows == expected
            for where in WHERES:
                found = self.store.find(tenant, Query("job", where)).rows
                assert found == tuple(
                    (key, row) for key, row in expected.items() if fits(row.value, where)
                )
            stages = Counter(stage_term("tax", row.value.stage) for row in expected.values())
            assert self.store.count(tenant, Query("job"), "stage") == stages

    @invariant()
    def due_rows_are_the_same(self) -> None:
        """Their states, tokens and calls; and which of them failed, in order."""
        for tenant in NAMES:
            for key in DUES:
                row, found = self.dues.get((tenant, key)), self.store.due(tenant, key)
                if row is None or row.over:
                    assert isinstance(found, Over) if row is not None else found is None
                else:
                    assert isinstance(found, Parked)
                    assert (found.state, found.at, found.attempt, found.token) == (
                        row.state, row.at, row.attempt, row.token,
                    )  # fmt: skip
                    assert found.withdrawn == row.withdrawn
            failed = [r for (name, _), r in self.dues.items() if name == tenant and r.tried]
            failed.sort(key=lambda row: row.place)

            def listing(tenant: str = tenant, **asked: Any) -> Any:
                return self.store.parked(tenant, **asked)

            assert [p.due.key for p in paged(listing, 2)] == [r.due.key for r in failed]

    @invariant()
    def the_next_instant_is_the_same(self) -> None:
        """The earliest of what waits and of what is held, of all or of those that ask something."""
        for asks in (None, {TIMER}, {"email", "tasks"}):
            instants = [
                row.at if row.state is WAIT else row.until
                for row in self.dues.values()
                if row.state in {WAIT, LEASED} and (asks is None or row.asks in asks)
            ]
            expected = min((at for at in instants if at is not None), default=None)
            assert self.store.next_due(asks=asks) == expected

    @invariant()
    def the_feed_is_the_same(self) -> None:
        """Everything in order, from both ends; and each row's own history."""
        texts = [(tenant, told) for tenant, _, told in self.told]
        newest = self.store.feed(newest=True, limit=5)
        assert said(self.store.feed()) == texts
        assert said(newest) == texts[::-1][:5]
        for tenant in NAMES:
            ours = [told for told in texts if told[0] == tenant]
            assert said(self.store.feed(tenant=tenant)) == ours
            for key in (RowKey("job", name) for name in "ab"):
                logged = [
                    line[1] for one in self.store.history(tenant, key).rows for line in one.lines
                ]
                assert logged == [
                    told for name, row, told in self.told if (name, row) == (tenant, key)
                ]
                last = self.store.history(tenant, key, newest=True, limit=3).rows
                assert [line[1] for one in last for line in one.lines] == logged[::-1][:3]


def fits(value: Job, where: Any) -> bool:
    """Tell whether a row's terms fit every field."""
    terms = terms_of(value)

    def holds(field: str, wanted: Any) -> bool:
        found = [term for name, term in terms if name == field]
        if isinstance(wanted, Span):
            return any(map(wanted.holds, found))
        return any(term in ((wanted,) if isinstance(wanted, str) else wanted) for term in found)

    return all(holds(field, wanted) for field, wanted in where)


def said(page: Any) -> list[tuple[str, str]]:
    """Return whose the chapters of a feed are, and what they say."""
    return [(tenant, line[1]) for tenant, told in page.rows for line in told.lines]


class MemoryMachine(StoreMachine):
    """The store in memory."""

    road = (MemoryStore,)


class Branch(Sunk):
    """A branch whose parents hold all that was written before."""

    def __init__(self, *, clock: ManualClock) -> None:
        """Begin with a parent that holds nothing."""
        super().__init__(MemoryStore(clock=clock), clock=clock)


class BranchMachine(StoreMachine):
    """The store of a branch, which leaves alone what its parents remember of what is over."""

    road = (Branch,)

    def prune(self, tenant: str, minutes: int) -> None:
        """Forget nothing."""


class FileMachine(StoreMachine):
    """The store in a file, by way of memory."""

    road = (MemoryStore, FileStore)


class HostedMachine(StoreMachine):
    """The store in a host's database, by way of memory and of a file."""

    road = (MemoryStore, FileStore, HostedStore)


TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestBranchMachine = BranchMachine.TestCase
TestBranchMachine.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestFileMachine = FileMachine.TestCase
TestFileMachine.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestHostedMachine = HostedMachine.TestCase
TestHostedMachine.settings = settings(max_examples=5, stateful_step_count=40, deadline=None)
