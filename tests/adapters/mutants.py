"""Broken stores, each in one thing: what the contract of stores must see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.memory_queue import DueQueue
from pipeflow.adapters.memory_schedule import Row
from pipeflow.codec import dump
from pipeflow.errors import ConflictError, DuplicateCommandError, LeaseLostError
from pipeflow.model.accounts import Account
from pipeflow.ports import (
    TIMER,
    UNANSWERED,
    Changes,
    Claim,
    DueState,
    Over,
    Page,
    Parked,
    Query,
    Read,
    RowKey,
    Settle,
    Span,
    Stored,
    Withdrawal,
)
from pipeflow.ports.terms import FIELDS, terms_of

__all__ = ["BROKEN"]

FOREVER = timedelta(days=3650)
END = datetime.max.replace(tzinfo=UTC)
BROKEN: list[type[MemoryStore]] = []


class Mutant(MemoryStore):
    """A store that is broken in one thing."""

    def __init_subclass__(cls, *, listed: bool = True) -> None:
        """Note it."""
        if listed:
            BROKEN.append(cls)


# -- commits -------------------------------------------------------------------------------------


class Committing(Mutant, listed=False):
    """Writes something else than it is told."""

    def commit(self, changes: Changes, /) -> bool:
        """Change what is to be written."""
        return super().commit(self.mistaken(changes))

    def mistaken(self, changes: Changes) -> Changes:
        """Make the mistake."""
        raise NotImplementedError


class UncheckedVersions(Committing):
    """Writes over whatever is there."""

    def mistaken(self, changes: Changes) -> Changes:
        """Expect what there is."""
        there = self.read(changes.tenant, changes.expect).rows
        expect = {key: there[key].version if key in there else 0 for key in changes.expect}
        return attrs.evolve(changes, expect=expect)


class UncheckedReads(Committing):
    """Checks only what it writes."""

    def mistaken(self, changes: Changes) -> Changes:
        """Forget what was only read."""
        written = {*changes.puts, *changes.deletes}
        expect = {key: version for key, version in changes.expect.items() if key in written}
        return attrs.evolve(changes, expect=expect)


class ForgottenCommands(Committing):
    """Carries every command out, however often it comes."""

    def mistaken(self, changes: Changes) -> Changes:
        """Forget its id."""
        return attrs.evolve(changes, command_id=None)


class ForgottenAnswers(Committing):
    """Knows a repeat, and not what to answer it with."""

    def mistaken(self, changes: Changes) -> Changes:
        """Forget the answer."""
        return attrs.evolve(changes, result=None)


class DuesAgain(Committing):
    """Asks again for what was done or cancelled."""

    def mistaken(self, changes: Changes) -> Changes:
        """Forget what is over."""
        if changes.dues:
            self.prune(changes.tenant, END)
        return changes


class LostHistory(Committing):
    """Keeps no chapters."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop them."""
        return attrs.evolve(changes, log={})


class EndlessRows(Committing):
    """Deletes nothing."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the deletes."""
        return attrs.evolve(changes, deletes=())


class Uncancelled(Committing):
    """Sends what nobody wants any more."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the cancels."""
        return attrs.evolve(changes, cancels=())


class Insistent(Committing):
    """Sends what was withdrawn."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the withdrawals."""
        return attrs.evolve(changes, withdraws=())


class Snatching(Committing):
    """Ends what was withdrawn while a port has it in hand."""

    def mistaken(self, changes: Changes) -> Changes:
        """Cancel instead."""
        keys = tuple(one.key for one in changes.withdraws)
        return attrs.evolve(changes, withdraws=(), cancels=(*changes.cancels, *keys))


class Blind(Committing):
    """Does not look whether somebody holds what is withdrawn."""

    def mistaken(self, changes: Changes) -> Changes:
        """Say that it is as it is."""
        found = {one.key: self.due(changes.tenant, one.key) for one in changes.withdraws}
        withdraws = tuple(
            Withdrawal(key, row.state is DueState.LEASED)
            for key, row in found.items()
            if isinstance(row, Parked)
        )
        return attrs.evolve(changes, withdraws=withdraws)


class Unforgiving(Committing):
    """Lets what was withdrawn be over, whoever wants it after all."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop what is wanted."""
        return attrs.evolve(changes, wanted=())


class NeverAgain(Committing):
    """Tries nothing again."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the requeues."""
        return attrs.evolve(changes, requeues=())


class Impatient(Committing):
    """Tries again what somebody holds."""

    def mistaken(self, changes: Changes) -> Changes:
        """Take it from whoever holds it."""
        for again in changes.requeues:
            row = self.due(changes.tenant, again.key)
            if isinstance(row, Parked) and row.state is DueState.LEASED:
                settle = Settle(again.key, row.token, DueState.WAIT)
                super(Mutant, self).settle(changes.tenant, settle)
        return changes


class Shallow(Committing):
    """Forgets how deep a second try is nested."""

    def mistaken(self, changes: Changes) -> Changes:
        """Begin anew."""
        again = tuple(one._replace(depth=0) for one in changes.requeues)
        return attrs.evolve(changes, requeues=again)


class Requeueing(Mutant, listed=False):
    """Tries again in a way of its own."""

    def commit(self, changes: Changes, /) -> bool:
        """Write, then make the mistake."""
        done = super().commit(changes)
        queue = self._held(changes.tenant).queue
        for again in changes.requeues:
            self.mistake(queue, queue.rows[again.key])
        return done

    def mistake(self, queue: DueQueue, row: Row) -> None:
        """Make the mistake."""
        raise NotImplementedError


class Forgiving(Requeueing):
    """Forgets what came of a row that is tried again."""

    def mistake(self, queue: DueQueue, row: Row) -> None:
        """Drop the error."""
        row.error = ""


class Hopeful(Requeueing):
    """Lists no row as failed that is tried again."""

    def mistake(self, queue: DueQueue, row: Row) -> None:
        """Take it off the list."""
        queue.tried.discard(row)


class Alarmist(Requeueing):
    """Lists what is tried again as failed, though it never was tried."""

    def mistake(self, queue: DueQueue, row: Row) -> None:
        """Put it on the list."""
        queue.tried.add(row)


class Unlooking(Committing):
    """Does not look for what must not be there."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the queries."""
        return attrs.evolve(changes, none=())


class LastingHistory(Committing):
    """Keeps what is to be erased."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the erasures."""
        return attrs.evolve(changes, erases=())


class EraserOfAll(Committing):
    """Erases what the erasing commit tells, too."""

    def mistaken(self, changes: Changes) -> Changes:
        """Tell nothing of these rows."""
        log = {key: told for key, told in changes.log.items() if key not in changes.erases}
        return attrs.evolve(changes, log=log)


class JobsThatGoOn(Committing):
    """Goes on with what a job asked for that is gone."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the jobs."""
        return attrs.evolve(changes, cancels_of=())


class PatientCancels(Committing):
    """Leaves to its holder what a job asked for that is gone."""

    def mistaken(self, changes: Changes) -> Changes:
        """Cancel what nobody holds."""
        rows = self._tenants[changes.tenant].queue.rows
        free = (
            key
            for key, row in rows.items()
            if row.due.job in changes.cancels_of and row.state is not DueState.LEASED
        )
        return attrs.evolve(changes, cancels_of=(), cancels=(*changes.cancels, *free))


class NoTombs(Committing):
    """Does not remember what went."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the tombs."""
        return attrs.evolve(changes, tombs=())


class InItsOwnWay(Mutant):
    """Finds what the commit itself deletes, where nothing must be."""

    def commit(self, changes: Changes, /) -> bool:
        """Look before."""
        for query in changes.none:
            if self.find(changes.tenant, query, limit=1).rows:
                raise ConflictError("there is something")
        return super().commit(changes)


class Unminding(Committing):
    """Looks for nothing, where something is deleted."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the queries."""
        return attrs.evolve(changes, none=()) if changes.deletes else changes


class InHindsight(Mutant):
    """Looks at rows that the commit writes as they were, where nothing must be."""

    def commit(self, changes: Changes, /) -> bool:
        """Look before."""
        for query in changes.none:
            for key, _ in self.find(changes.tenant, query, limit=None).rows:
                if key not in changes.deletes:
                    raise ConflictError("there is something")
        return super().commit(changes)


class Blindfolded(Mutant):
    """Looks at no row that the commit writes, where nothing must be."""

    def commit(self, changes: Changes, /) -> bool:
        """Look at the others."""
        written = {*changes.deletes, *changes.puts}
        for query in changes.none:
            for key, _ in self.find(changes.tenant, query, limit=None).rows:
                if key not in written:
                    raise ConflictError("there is something")
        return super().commit(attrs.evolve(changes, none=()))


class Timeless(Committing):
    """Does not note when a commit was made."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the instant."""
        return attrs.evolve(changes, at=None)


class Unheld(Committing):
    """Gives a row that its maker holds to everybody."""

    def mistaken(self, changes: Changes) -> Changes:
        """Drop the leases."""
        dues = tuple(attrs.evolve(due, owner=None, lease=None) for due in changes.dues)
        return attrs.evolve(changes, dues=dues)


class ConflictsFirst(Mutant):
    """Tells a repeat that somebody else was faster, which was the command itself."""

    def commit(self, changes: Changes, /) -> bool:
        """Look at the versions before the command."""
        there = self.read(changes.tenant, changes.expect).rows
        for key, version in changes.expect.items():
            if (there[key].version if key in there else 0) != version:
                raise ConflictError("too late")
        return super().commit(changes)


class Nameless(Mutant):
    """Does not say which command it knows."""

    def commit(self, changes: Changes, /) -> bool:
        """Drop its id."""
        try:
            return super().commit(changes)
        except DuplicateCommandError as error:
            raise DuplicateCommandError("", error.result) from None


class HalfCommits(Mutant):
    """Keeps the rows of a commit whose settle came too late."""

    def commit(self, changes: Changes, /) -> bool:
        """Write first, refuse then."""
        try:
            return super().commit(changes)
        except LeaseLostError:
            super().commit(attrs.evolve(changes, settles=()))
            raise


class Noncommittal(Mutant):
    """Says that a host's own transaction is still to commit, where there is none."""

    def commit(self, changes: Changes, /) -> bool:
        """Say so."""
        super().commit(changes)
        return False


class ForgetfulOfVersions(Mutant):
    """Counts the versions of a row that comes again anew."""

    def commit(self, changes: Changes, /) -> bool:
        """Forget what was deleted."""
        done = super().commit(changes)
        self._tenants[changes.tenant].gone.clear()
        return done


# -- rows ----------------------------------------------------------------------------------------


class Reading(Mutant, listed=False):
    """Reads in a way of its own."""

    def read(self, tenant: str, keys: Iterable[RowKey], /, **more: Any) -> Read:
        """Change the question, then the answer."""
        return self.answer(super().read(self.whose(tenant), keys, **self.asked(**more)))

    def whose(self, tenant: str) -> str:
        """Ask for the same tenant."""
        return tenant

    def asked(self, **more: Any) -> dict[str, Any]:
        """Ask for the same."""
        return more

    def answer(self, read: Read) -> Read:
        """Answer the same."""
        return read


class OneForAll(Reading):
    """Reads the rows of another firm."""

    def whose(self, tenant: str) -> str:
        """Look where everybody looks."""
        return "one"


class AccountsAlways(Reading):
    """Brings accounts that nobody asked for."""

    def asked(self, **more: Any) -> dict[str, Any]:
        """Ask for them."""
        return {**more, "accounts": True}


class AccountsNever(Reading):
    """Leaves the accounts out."""

    def asked(self, **more: Any) -> dict[str, Any]:
        """Do not ask for them."""
        return {**more, "accounts": False}


class Changed(Reading):
    """Gives back something else than was put."""

    def answer(self, read: Read) -> Read:
        """Lose the address."""
        rows = {
            key: Stored(version, attrs.evolve(value, email=None) if key.kind == "member" else value)
            for key, (version, value) in read.rows.items()
        }
        return Read(rows, read.result)


class AnswersAlone(Reading):
    """Knows no command that answered nothing."""

    def answer(self, read: Read) -> Read:
        """Take no answer for no command."""
        known = read.result is not None and read.result.value is not None
        return read if known else Read(read.rows)


class Skipping(Reading):
    """Counts versions by two."""

    def answer(self, read: Read) -> Read:
        """Count them so."""
        rows = {key: Stored(row.version * 2, row.value) for key, row in read.rows.items()}
        return Read(rows, read.result)


class Finding(Mutant, listed=False):
    """Finds in a way of its own."""

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Change the question, then the answer."""
        return self.answer(super().find(tenant, self.meant(query), after=after, limit=limit))

    def meant(self, query: Query) -> Query:
        """Mean the same."""
        return query

    def answer(self, page: Page) -> Page:
        """Answer the same."""
        return page


class LastPageOnly(Finding):
    """Loses what does not fit on a page."""

    def answer(self, page: Page) -> Page:
        """Say that it was the last."""
        return Page(page.rows)


class OneMorePage(Finding):
    """Says that there is always more."""

    def answer(self, page: Page) -> Page:
        """Go on behind the last row, also where it was the last."""
        return Page(page.rows, page.next or (page.rows[-1][0].id if page.rows else None))


class Unordered(Finding):
    """Does not mind the order."""

    def meant(self, query: Query) -> Query:
        """Drop the order."""
        return attrs.evolve(query, order="")


class AnyField(Finding):
    """Looks at the first field alone."""

    def meant(self, query: Query) -> Query:
        """Drop the others."""
        return attrs.evolve(query, where=query.where[:1])


class Endless(Finding):
    """Leaves the end of a span out."""

    def meant(self, query: Query) -> Query:
        """Drop its end."""
        where = tuple((f, Span(w.low) if isinstance(w, Span) else w) for f, w in query.where)
        return attrs.evolve(query, where=where)


class OneOfSeveral(Finding):
    """Looks for the first of several terms alone."""

    def meant(self, query: Query) -> Query:
        """Drop the others."""
        where = tuple((f, w[:1] if isinstance(w, tuple) else w) for f, w in query.where)
        return attrs.evolve(query, where=where)


class UndatedFirst(Mutant):
    """Lists what has no term of the order before all else."""

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Turn each page around."""
        page = super().find(tenant, query, after=after, limit=limit)

        def has_none(row: Any) -> bool:
            return not any(field == query.order for field, _ in terms_of(row[1].value))

        return Page(tuple(sorted(page.rows, key=lambda row: not has_none(row))), page.next)


class AsItWas(Mutant):
    """Finds rows by what they were when they first came."""

    def commit(self, changes: Changes, /) -> bool:
        """Mark what is new alone."""
        done = super().commit(changes)
        for kind in FIELDS:
            index = self._tenants[changes.tenant].index(kind)
            assert index is not None
            fresh = {key.id for key, version in changes.expect.items() if not version}
            index._marked = {id: None for id in index._marked if id in fresh}
            index._refresh()
        return done


class Miscounting(Mutant):
    """Counts all rows, whatever the query means."""

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Drop the fields."""
        return super().count(tenant, Query(query.kind), by)


class AllIds(Mutant):
    """Tells more ids than are wanted."""

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Tell them all."""
        return super().ids(tenant, kind)


class OneHistory(Mutant):
    """Reads the history of another firm."""

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Look where everybody looks."""
        return super().history("one", key, **more)


class WholeHistory(Mutant):
    """Gives the whole history, whatever piece of it was asked for."""

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Give it all."""
        return super().history(tenant, key)


class OldestHistory(Mutant):
    """Begins every history with its oldest chapter."""

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Begin there."""
        return super().history(tenant, key, **{**more, "newest": False})


class SlidingHistory(Mutant):
    """Counts from the newest chapter, also where others were committed since the page before."""

    def history(self, tenant: str, key: RowKey, /, **more: Any) -> Page:
        """Leave out as many as were told."""
        page = super().history(tenant, key, **more)
        if not more.get("newest") or more.get("limit") is None:
            return page
        told, end = int(more.get("after") or 0), more["limit"]
        rows = super().history(tenant, key, newest=True).rows[told:]
        return Page(rows[:end], str(told + end) if len(rows) > end else None)


class Feeding(Mutant, listed=False):
    """Tells what was committed in a way of its own."""

    def feed(self, **asked: Any) -> Page:
        """Change the question, then the answer."""
        return self.answer(super().feed(**self.asked(**asked)))

    def asked(self, **asked: Any) -> dict[str, Any]:
        """Ask the same."""
        return asked

    def answer(self, page: Page) -> Page:
        """Answer the same."""
        return page


class FeedOfAll(Feeding):
    """Tells a firm of the others."""

    def asked(self, **asked: Any) -> dict[str, Any]:
        """Ask for everybody."""
        return {**asked, "tenant": None}


class OldestFirst(Feeding):
    """Begins at the beginning where the newest is asked for."""

    def asked(self, **asked: Any) -> dict[str, Any]:
        """Ask for the oldest."""
        return {**asked, "newest": False}


class FeedThatEnds(Feeding):
    """Does not say where to go on."""

    def answer(self, page: Page) -> Page:
        """Say that it was the last."""
        return Page(page.rows)


# -- due rows ------------------------------------------------------------------------------------


class AlwaysSettled(Mutant):
    """Says that it settled, whoever asks."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Say yes."""
        super().settle(tenant, settle)
        return True


class AnyToken(Mutant):
    """Lets whoever once held a row settle it."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Try every token."""
        return any(
            super(AnyToken, self).settle(tenant, attrs.evolve(settle, token=n)) for n in range(9)
        )


class OnlyInTime(Mutant):
    """Takes no answer after the lease, though nobody took the row."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Look at the lease."""
        row = self.due(tenant, settle.key)
        held = isinstance(row, Parked) and row.state is DueState.LEASED
        return held and super().settle(tenant, settle)


class Renewing(Mutant, listed=False):
    """Looks before a port is called in a way of its own."""

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Look, and make a mistake."""
        row = self._held(tenant).queue.rows.get(key)
        return self.mistaken(super().renew(tenant, key, token, lease), row)

    def mistaken(self, renewed: bool, row: Any) -> bool:
        """Make the mistake."""
        raise NotImplementedError


class AlwaysRenewed(Renewing):
    """Says that the lease is longer, whoever asks."""

    def mistaken(self, renewed: bool, row: Any) -> bool:
        """Say yes."""
        return True


class WithdrawnCalls(Renewing):
    """Lets a port be called for what was withdrawn."""

    def mistaken(self, renewed: bool, row: Any) -> bool:
        """Say yes."""
        return renewed or (row is not None and row.withdrawn)


class Uncounted(Renewing):
    """Counts no calls."""

    def mistaken(self, renewed: bool, row: Any) -> bool:
        """Forget them."""
        if row is not None:
            row.attempt = 0
        return renewed


class CountsEachLook(Renewing):
    """Counts a call as often as it is looked at."""

    def mistaken(self, renewed: bool, row: Any) -> bool:
        """Forget that it was counted."""
        if row is not None:
            row.called = -1
        return renewed


class ShortLeases(Mutant):
    """Does not lengthen a lease."""

    def renew(self, tenant: str, key: str, token: int, lease: timedelta, /) -> bool:
        """Count the call alone."""
        return super().renew(tenant, key, token, timedelta())


class Claiming(Mutant, listed=False):
    """Claims in a way of its own."""

    def claim(
        self, owner: str, lease: timedelta, limit: int, /, *, due: datetime, **more: Any
    ) -> list[Claim]:
        """Change the question, then the answer."""
        asked = self.ask(lease=lease, limit=limit, due=due, **more)
        lease, limit = asked.pop("lease"), asked.pop("limit")
        return self.answer(super().claim(owner, lease, limit, **asked))

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Leave the question as it is."""
        return asked

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Leave the answer as it is."""
        return claims


class NoLease(Claiming):
    """Gives a row to everybody."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Hold it for no time."""
        return {**asked, "lease": timedelta()}


class EndlessLease(Claiming):
    """Never takes a row back from one who died."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Hold it for ever."""
        return {**asked, "lease": FOREVER}


class TooEarly(Claiming):
    """Gives out what is not due yet."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Look far ahead."""
        return {**asked, "due": asked["due"] + FOREVER}


class Unlimited(Claiming):
    """Gives out more than was asked for."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Ask for all."""
        return {**asked, "limit": 9999}


class Unshared(Claiming):
    """Gives one firm all that it has."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Drop the shares."""
        return {**asked, "each": None}


class AllAsks(Claiming):
    """Gives out requests of ports that nobody has."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Ask for all."""
        return {**asked, "asks": None}


class NoTimers(Claiming):
    """Gives out no timers where ports are named."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Drop the timers."""
        return {**asked, "asks": {*asked["asks"]} - {TIMER} if asked.get("asks") else None}


class AnyKey(Claiming):
    """Gives out more than the rows that were named."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Drop the names."""
        return {**asked, "keys": None}


class Backwards(Claiming):
    """Gives the last one first."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Turn them round."""
        return claims[::-1]


class FirstInstant(Claiming):
    """Gives what is tried again by the instant at which it was due at first."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Look at what was asked for."""
        return sorted(claims, key=lambda one: (one.due.at, one.due.no, one.tenant, one.due.key))


class CleanSlate(Claiming):
    """Forgets that no answer came, when somebody else takes the row."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Drop the error."""
        for claim in claims:
            row = self._held(claim.tenant).queue.rows[claim.due.key]
            row.error = "" if row.error == UNANSWERED else row.error
        return claims


class NoFence(Claiming):
    """Gives every owner the same token."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Make them alike."""
        return [attrs.evolve(claim, token=1) for claim in claims]


class HandOutsCounted(Claiming):
    """Counts hand-outs in place of calls."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Count by the token."""
        return [attrs.evolve(claim, attempt=claim.token) for claim in claims]


class Unmarked(Claiming):
    """Does not say that nobody needs a row any more."""

    def answer(self, claims: list[Claim]) -> list[Claim]:
        """Drop the mark."""
        return [attrs.evolve(claim, withdrawn=False) for claim in claims]


class EnginesClock(Claiming):
    """Reckons leases by the clock of whoever claims."""

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Let leases end that have ended for the engine."""
        for name in self._tenants:
            self._held(name).queue.expire(asked["due"])
        return asked


class Lingering(Mutant):
    """Lets wait what was withdrawn, where its answer comes late."""

    def settle(self, tenant: str, settle: Settle, /) -> bool:
        """Look whether its lease has ended."""
        row = self.due(tenant, settle.key)
        if settle.state is DueState.DONE or not isinstance(row, Parked):
            return super().settle(tenant, settle)
        late = row.withdrawn and row.state is DueState.WAIT and row.token == settle.token
        return late or super().settle(tenant, settle)


class Lazy(Mutant):
    """Takes rows back when somebody claims, and not before."""

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Say what it was."""
        return self._held(tenant).queue.find(key)


class LazyList(Mutant):
    """Lists no row whose lease has ended, until somebody claims."""

    def parked(self, tenant: str, /, **more: Any) -> Page:
        """List them as they were."""
        before, self._queue = self._queue, lambda tenant: self._held(tenant).queue  # type: ignore[method-assign]
        try:
            return super().parked(tenant, **more)
        finally:
            self._queue = before  # type: ignore[method-assign]


class OneQueue(Mutant):
    """Says when another firm's rows are due."""

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Look where everybody looks."""
        return super().next_due(asks=asks)


class AnyAsk(Mutant):
    """Says when rows are due that nobody asked about."""

    def next_due(
        self, *, tenant: str | None = None, asks: AbstractSet[str] | None = None
    ) -> datetime | None:
        """Look at all."""
        return super().next_due(tenant=tenant)


class NothingParked(Mutant):
    """Hides what failed."""

    def parked(self, tenant: str, /, **more: Any) -> Page:
        """Show nothing."""
        return Page(())


class ParkedOfAll(Mutant):
    """Shows what failed of other jobs."""

    def parked(self, tenant: str, /, **more: Any) -> Page:
        """Forget the job."""
        return super().parked(tenant, **{**more, "job": None})


class Forgetful(Mutant):
    """Does not know what became of a row that is over."""

    def due(self, tenant: str, key: str, /) -> Parked | Over | None:
        """Say that there never was one."""
        found = super().due(tenant, key)
        return found if isinstance(found, Parked) else None


# -- the whole -----------------------------------------------------------------------------------


class Hoarding(Mutant):
    """Forgets nothing."""

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Keep it all."""
        return 0


class Reckless(Mutant):
    """Forgets all that is over, however short ago it ended."""

    def prune(self, tenant: str, before: datetime, /) -> int:
        """Forget it all."""
        return super().prune(tenant, END)


class Crowded(Mutant):
    """Tells of firms that only asked."""

    def tenants(self) -> Iterator[str]:
        """Add one."""
        yield from (*super().tenants(), "nobody")


class Merging(Mutant):
    """Takes a firm into a house where one is already."""

    def restore(self, lines: Iterable[str], /) -> None:
        """Clear it first."""
        self._tenants.clear()
        super().restore(lines)


class Careless(Mutant):
    """Takes what it can read of an export, and leaves the rest."""

    def restore(self, lines: Iterable[str], /) -> None:
        """Take nothing where it cannot be read."""
        try:
            super().restore(lines)
        except ValueError:
            return


class Guessing(Mutant):
    """Makes up what a row should hold, where it holds something else."""

    def restore(self, lines: Iterable[str], /) -> None:
        """Let an account be empty that is none."""
        empty = dump(Account("Ada", id="ada"))
        told = (line.replace('"value":"x"', f'"value":{empty}') for line in lines)
        super().restore(told)


class LossyExport(Mutant):
    """Leaves answers of commands behind."""

    def export(self, tenant: str, /) -> Iterator[str]:
        """Drop them, and count what is left."""
        lines = [line for line in super().export(tenant) if '"command"' not in line][:-1]
        yield from lines
        yield f'{{"end":{len(lines)}}}'


class HopefulExport(Mutant):
    """Says of what is being called just now that nobody ever asked for it."""

    def export(self, tenant: str, /) -> Iterator[str]:
        """Take the calls that nobody answered for none."""
        unanswered = '"error":"no answer before the lease ran out"'
        for line in super().export(tenant):
            if unanswered in line:
                yield line.replace(unanswered, '"error":""').replace(
                    '"tried":true', '"tried":false'
                )
            else:
                yield line


class LossyRestore(Mutant):
    """Leaves what waits behind."""

    def restore(self, lines: Iterable[str], /) -> None:
        """Drop it, but keep the text."""
        super().restore(lines)
        for held in self._tenants.values():
            held.queue.rows.clear()


class OwnWords(Mutant):
    """Writes its exports in words that it alone reads."""

    def export(self, tenant: str, /) -> Iterator[str]:
        """Call a call a try."""
        return (line.replace('"called":', '"tries":') for line in super().export(tenant))

    def restore(self, lines: Iterable[str], /) -> None:
        """Read its own words."""
        super().restore(line.replace('"tries":', '"called":') for line in lines)


class Spaced(Mutant):
    """Writes JSON that is not canonical."""

    def export(self, tenant: str, /) -> Iterator[str]:
        """Put spaces in, and escape what is not ASCII."""
        return (json.dumps(json.loads(line)) for line in super().export(tenant))


class UncountedExport(Mutant):
    """Leaves out of an export under which token a call was counted."""

    def export(self, tenant: str, /) -> Iterator[str]:
        """Say that none was."""
        return (line.replace('"called":1', '"called":0') for line in super().export(tenant))
