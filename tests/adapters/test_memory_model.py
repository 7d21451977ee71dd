"""The memory store against a naive model of it: any sequence of calls, the same answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeflow.adapters.memory import MemoryStore
from pipeflow.errors import ConflictError, DuplicateCommandError, LeaseLostError
from pipeflow.model.accounts import Member
from pipeflow.ports import Changes, Due, DueState, Email, RowKey, Settle, Stored

BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=10)
TENANTS = st.sampled_from(["one", "two"])
ROWS = st.sampled_from([RowKey("member", name) for name in "ab"])
KEYS = st.sampled_from("klmn")
COMMANDS = st.none() | st.sampled_from(["c", "d"])
MINUTES = st.integers(0, 30)


class Row:
    """A due row as a beginner would keep it."""

    def __init__(self, at: datetime, no: int) -> None:
        """Begin waiting."""
        self.at, self.no = at, no
        self.state, self.token, self.attempt = DueState.WAIT, 0, 0
        self.until = BEGIN


class StoreMachine(RuleBasedStateMachine):
    """Calls both, and compares what they say."""

    def __init__(self) -> None:
        """Begin with an empty store and an empty model."""
        super().__init__()
        self.store = MemoryStore()
        self.now = BEGIN
        self.rows: dict[tuple[str, RowKey], Stored] = {}
        self.commands: set[tuple[str, str]] = set()
        self.dues: dict[tuple[str, str], Row] = {}
        self.claims: list[tuple[str, str, int]] = []
        self.count = 0

    def expire(self, tenant: str | None) -> None:
        """Take back what is held no longer, as each claim does among the rows that it looks at."""
        for (name, _), row in self.dues.items():
            if tenant not in {None, name}:
                continue
            if row.state is DueState.LEASED and row.until <= self.now:
                row.state = DueState.WAIT

    def is_held(self, tenant: str, key: str, token: int) -> bool:
        """Tell whether a token is the current one."""
        row = self.dues.get((tenant, key))
        return row is not None and row.state is DueState.LEASED and row.token == token

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        """Let it."""
        self.now += timedelta(minutes=minutes)

    @rule(
        tenant=TENANTS, row=ROWS, offset=st.sampled_from([0, 0, 0, 1]), command=COMMANDS,
        due=st.none() | st.tuples(KEYS, MINUTES, st.integers(0, 3)), cancel=st.none() | KEYS,
    )  # fmt: skip
    def commit(
        self,
        tenant: str,
        row: RowKey,
        offset: int,
        command: str | None,
        due: Any,
        cancel: str | None,
    ) -> None:
        """Commit a row, perhaps a due row, a cancel and a command."""
        self.count += 1
        value = Member(f"M{self.count}")
        version = self.rows.get((tenant, row), Stored(0, None)).version
        dues: tuple[Due, ...] = ()
        if due is not None:
            key, minutes, no = due
            at = self.now + timedelta(minutes=minutes)
            dues = (Due(key, at, no, Email(key, "a", "j", None, None, ("x@y.z",), "s", "b"), "j"),)
        changes = Changes(
            tenant, {row: version + offset}, {row: value}, dues,
            cancels=(cancel,) if cancel else (), command_id=command,
        )  # fmt: skip
        try:
            self.store.commit(changes)
        except DuplicateCommandError:
            assert (tenant, command) in self.commands
            return
        except ConflictError:
            assert offset
            assert (tenant, command) not in self.commands
            return
        assert not offset
        assert (tenant, command) not in self.commands
        self.rows[tenant, row] = Stored(version + 1, value)
        if command is not None:
            self.commands.add((tenant, command))
        for one in dues:
            self.dues.setdefault((tenant, one.key), Row(one.at, one.no))
        if cancel is not None and (tenant, cancel) in self.dues:
            held = self.dues[tenant, cancel]
            if held.state is not DueState.DONE:
                held.state = DueState.CANCELLED

    @rule(tenant=st.none() | TENANTS, limit=st.integers(1, 4))
    def claim(self, tenant: str | None, limit: int) -> None:
        """Claim what is due."""
        self.expire(tenant)
        due = sorted(
            (row.at, row.no, name, key)
            for (name, key), row in self.dues.items()
            if row.state is DueState.WAIT and row.at <= self.now and tenant in {None, name}
        )[:limit]

        claims = self.store.claim(self.now, "me", LEASE, limit, tenant=tenant)

        assert [(claim.tenant, claim.due.key) for claim in claims] == [(n, k) for _, _, n, k in due]
        for claim in claims:
            row = self.dues[claim.tenant, claim.due.key]
            row.state, row.until = DueState.LEASED, self.now + LEASE
            row.token += 1
            row.attempt += 1
            assert (claim.token, claim.attempt) == (row.token, row.attempt)
            self.claims.append((claim.tenant, claim.due.key, claim.token))

    @precondition(lambda self: self.claims)
    @rule(
        which=st.integers(0, 99),
        state=st.sampled_from([DueState.DONE, DueState.WAIT, DueState.DEAD]),
        minutes=MINUTES,
        inside=st.booleans(),
    )
    def settle(self, which: int, state: DueState, minutes: int, inside: bool) -> None:
        """Settle a claim, perhaps an old one, alone or inside a commit."""
        tenant, key, token = self.claims[which % len(self.claims)]
        at = self.now + timedelta(minutes=minutes)
        expected = self.is_held(tenant, key, token)
        settled = Settle(key, token, state, at)

        if inside:
            try:
                self.store.commit(Changes(tenant, {}, settles=(settled,)))
                done = True
            except LeaseLostError:
                done = False
        else:
            done = self.store.settle(tenant, settled)

        assert done == expected
        if done:
            row = self.dues[tenant, key]
            row.state, row.at = state, at

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 99))
    def renew(self, which: int) -> None:
        """Lengthen a lease, perhaps a lost one."""
        tenant, key, token = self.claims[which % len(self.claims)]
        expected = self.is_held(tenant, key, token)

        assert self.store.renew(tenant, key, token, self.now + 2 * LEASE) == expected

        if expected:
            self.dues[tenant, key].until = self.now + 2 * LEASE

    @rule(tenant=TENANTS, key=KEYS)
    def requeue(self, tenant: str, key: str) -> None:
        """Try a row again."""
        row = self.dues.get((tenant, key))
        expected = row is not None and row.state in {DueState.WAIT, DueState.DEAD}

        assert self.store.requeue(tenant, key, self.now) == expected

        if row is not None and expected:
            row.state, row.at, row.attempt = DueState.WAIT, self.now, 0

    @invariant()
    def rows_are_the_same(self) -> None:
        """What is stored is what the model says."""
        for tenant in ("one", "two"):
            for name in "ab":
                key = RowKey("member", name)
                assert self.store.load(tenant, key) == self.rows.get((tenant, key))
            for due in "klmn":
                row = self.dues.get((tenant, due))
                assert self.store.due_state(tenant, due) == (row.state if row else None)

    @invariant()
    def the_next_instant_is_the_same(self) -> None:
        """The earliest of what waits and of what is held."""
        instants = [
            row.at if row.state is DueState.WAIT else row.until
            for row in self.dues.values()
            if row.state in {DueState.WAIT, DueState.LEASED}
        ]
        assert self.store.next_due() == min(instants, default=None)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
