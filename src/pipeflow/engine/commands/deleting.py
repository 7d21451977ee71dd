"""The command that deletes: a client with all that is known of it, a job, a definition (R-28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar

import attrs

from ...errors import NotAllowedError, Problem
from ...model.events import (
    AccountDeleted,
    Chapter,
    DefinitionDeleted,
    Event,
    JobDeleted,
    JobScheduled,
    Line,
    RequestDelivered,
    events_of,
)
from ...model.items import Item, Ref
from ...model.jobs import Job
from ...model.record import record, replaced
from ...model.settings import Firm
from ...model.text import composed
from ...model.uses import Use
from ...model.values import FrozenMap
from ...ports.due import DueState, Over
from ...ports.rows import CarriedOut, Query, RowKey, ThingRow
from .. import default_folders
from ..records import FIRM, item_ids_of, ref_key, row_key, tomb_key
from ..recurring import spend, withdraw
from ..references import left_by, thing
from ..unit import Unit
from ..usage import SPENT, kind_of_id, open_work, scheduled, shared, uses_of
from .command import Command
from .letters import LetterBill

__all__ = ["Delete"]

REFS = "ref:"  # stands before the port, where a row of an answer is a host's reference


@record
class Delete(Command):
    """Delete a thing, or refuse it with all that is in the way; `kind` where the host said it."""

    action: ClassVar[str] = "delete"

    id: str
    kind: str = attrs.field(default="", eq=False, kw_only=True)

    @property
    def about(self) -> str:
        """The thing."""
        return self.id

    def is_about(self, row: RowKey) -> bool:
        """Tell whether a row is the thing's."""
        return row.id == self.id and self.kind in {"", row.kind}

    def keys(self) -> tuple[RowKey, ...]:
        """Return the thing's row, if it is known which."""
        return (row_key(self.kind, self.id),) if self.kind else ()

    def act(self, unit: Unit) -> None:
        """Find out what it is, and take it away with all that goes with it."""
        kind = self.kind or kind_of_id(unit.records, unit.tenant, self.id)
        thing = unit.value(kind, self.id)
        if kind == "account":
            mine = Query("job", (("account", self.id),))
            jobs = unit.found(mine)
            named = map(_used, scheduled(unit.records, kind, self.id))
            self._refuse(kind, thing, chain(_in_the_way(unit, jobs), named))
            unit.none = (mine,)
            ids = tuple(job.id for job in jobs)
            _take_away(unit, jobs, (AccountDeleted, self.id, ids), "")
            _delete(unit, kind, self.id)
            default_folders.withdraw(unit, self.id)
            refs = (*unit.answer, *default_folders.made(unit, self.id))
            unit.answer = (kind, self.id, ids, refs)
        elif kind == "job":
            letters = _letters(unit, thing)
            in_hand = chain.from_iterable(bill.in_hand(self.id) for bill in letters)
            self._refuse(kind, thing, chain(_in_the_way(unit, [thing]), map(_in_hand, in_hand)))
            for bill in letters:
                bill.leave(self.id)
            _take_away(unit, [thing], (JobDeleted,), self.id)
            _forget_answers(unit, thing)
            unit.answer = (kind, self.id, (), unit.answer)
        else:
            self._refuse(kind, thing, map(_used, uses_of(unit.records, unit.tenant, kind, self.id)))
            unit.none = tuple(_late_uses(unit, kind, self.id))
            _delete(unit, kind, self.id)
            if kind == "schedule":
                withdraw(unit, self.id)
            unit.put(FIRM, _firm_without(unit.firm.value, kind, self.id))
            line = (DefinitionDeleted, kind, self.id)
            unit.tell(FIRM, (Chapter(unit.now, "", unit.actor, (line,)),))
            unit.answer = (kind, self.id, (), ())

    def _refuse(self, kind: str, thing: Any, reasons: Iterable[str]) -> None:
        """Refuse to delete what is in use.

        Raises:
            NotAllowedError: With every use.
        """
        what = f"{kind} {thing.name!r} cannot be deleted"
        if problems := [Problem(f"{what}: {reason}") for reason in reasons]:
            raise NotAllowedError(*problems)

    # -- repeats ---------------------------------------------------------------------------------

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return what was deleted, the jobs that went with it, and the hosts' references."""
        kind, id, jobs, refs = unit.answer
        found = [(kind, id), *(("job", job) for job in jobs)]
        return (*found, *((f"{REFS}{ref.port}", ref.id) for ref in refs))

    def is_repeat(self, known: CarriedOut) -> bool:
        """Tell whether the same was deleted before, by its id, however typed, or as itself."""
        if self.kind and known.rows[:1] != ((self.kind, self.id),):
            return False
        typed = (self, replaced(self, id=composed(self.id)))
        return any(super(Delete, one).is_repeat(known) for one in typed)

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Return what was answered then; there is nothing left to look at."""
        (kind, id), *rest = known.rows
        jobs = tuple(one for of, one in rest if of == "job")
        refs = tuple(Ref(of.removeprefix(REFS), one) for of, one in rest if of.startswith(REFS))
        unit.answer = (kind, id, jobs, refs)


def _letters(unit: Unit, job: Job) -> list[LetterBill]:
    """Return the bills of a job's letters, each once; it may have one twice, sent and linked."""
    letters = {item.ref or item.id: LetterBill.of(unit, item) for item in job.items}
    return [bill for bill in letters.values() if bill is not None]


def _in_the_way(unit: Unit, jobs: list[Job]) -> Iterator[str]:
    """Say what keeps jobs from being deleted."""
    for job in jobs:
        if job.status != SPENT:
            yield f"job {job.name!r} ({job.id}) is {job.status}; archive it first"
    for use in shared(unit.records, unit.tenant, jobs):
        yield f"{use} is the same thing; unlink it there first"


def _in_hand(bill: Item) -> str:
    """Say that a port has yet to answer whether a bill is void, which a letter goes by."""
    return (
        f"the port has in hand to take {bill.name!r} ({bill.id}) back, and the letter that brought "
        "it goes by its answer; delete it once that is there"
    )


def _used(use: Use) -> str:
    """Say that a definition is used."""
    return f"{use} uses it"


def _late_uses(unit: Unit, kind: str, id: str) -> Iterator[Query]:
    """Yield what must find nothing when the definition goes: uses that came in meanwhile.

    What definitions use each other for is guarded by the firm's row, which each save writes.
    """
    if kind == "pipeline":
        yield Query("job", (("pipeline", id),))
    elif kind == "member":
        yield Query("account", (("member", id),))
        yield from open_work(unit.records, id)


def _firm_without(firm: Firm, kind: str, id: str) -> Firm:
    """Return what every command reads of the firm, without a member."""
    if kind != "member":
        return firm
    left = frozenset({id})
    access, inactive = firm.default_access - left, firm.inactive - left
    return replaced(firm, default_access=access, inactive=inactive, gone=firm.gone | left)


def _delete(unit: Unit, kind: str, id: str) -> None:
    """Take a row away, with its history."""
    key = row_key(kind, id)
    unit.deletes += (key,)
    unit.erases += (key,)


def _take_away(unit: Unit, jobs: list[Job], line: Line, about: str) -> None:
    """Take jobs away with all that is known of them, and say so in the firm's feed.

    The hosts' references of what stays at the hosts are the answer.
    """
    unit.jobs = tuple(job.id for job in jobs)
    gone = frozenset(unit.jobs)
    told = [(job, tuple(events_of(unit.history(row_key("job", job.id))))) for job in jobs]
    spend(unit, [(job, e) for job, log in told for e in log if isinstance(e, JobScheduled)])
    refs = {
        ref_key(ref.port, ref.id): (ref, job.id) for job, log in told for ref in _refs(job, log)
    }
    named = unit.many(refs)
    left: list[Ref] = []
    bills: list[Ref] = []  # of letters that nobody has any more
    account = "" if about else next((job.account for job in jobs), "")
    for key, (ref, job) in refs.items():
        stored = named.get(key)
        row = unit.puts.pop(key, None if stored is None else stored.value)
        before = () if row is None else row.items
        staying = tuple(one for one in before if item_ids_of(one)[0] not in gone)
        if stored is not None:
            unit.expect.setdefault(key, stored.version)  # a letter's may be read already
        if not staying:
            left.append(ref)  # no job has it
        after = None if row is None else left_by(unit, row, staying, gone, account)
        if after is None or not after.items:
            unit.tombs += (Over(tomb_key(ref.port, ref.id), job, DueState.CANCELLED),)
        if after is not None:
            unit.put(key, after)
            continue
        if stored is not None:
            unit.deletes += (key,)
        if isinstance(row, ThingRow) and row.acceptance is not None:
            bills += row.acceptance.left
    for ref in bills:
        _forget_bill(unit, ref)
    for job in unit.jobs:
        _delete(unit, "job", job)
    unit.cancels_of = unit.jobs
    unit.tell(FIRM, (Chapter(unit.now, about, unit.actor, (line,)),))
    unit.answer = tuple(left)


def _forget_bill(unit: Unit, ref: Ref) -> None:
    """Know no more whether a bill is void whose job was deleted before its letter was."""
    key = ref_key(ref.port, ref.id)
    if key in unit.deletes:
        return
    row = thing(unit, ref)
    if row.kept and not row.items:
        unit.puts.pop(key, None)
        unit.deletes += (key,)


def _forget_answers(unit: Unit, job: Job) -> None:
    """Let no organizer of a job that goes hold a tag any more, or no later answer takes it back."""
    key = row_key("account", job.account)
    account = unit.value(*key)
    gone = {item.id for item in job.items}
    held = {
        tag: tuple(one for one in by if one not in gone) for tag, by in account.answered.items()
    }
    answered = FrozenMap({tag: by for tag, by in held.items() if by})
    if answered != account.answered:
        unit.put(key, replaced(account, answered=answered))


def _refs(job: Job, log: Iterable[Event]) -> Iterator[Ref]:
    """Yield the hosts' references of all that a job made or linked, e-mails too."""
    for item in job.items:
        if item.ref is not None:
            yield item.ref
    for event in log:
        if isinstance(event, RequestDelivered) and event.ref is not None:
            yield Ref(event.port, event.ref)
