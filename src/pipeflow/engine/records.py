"""Records: rows that must be there, and the book in which rules look things up."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from .. import rules
from ..errors import NotFoundError, PipeflowError, Problem, StoreError, nearest, unknown
from ..model.events import Chapter
from ..model.items import Item, ItemKind, Ref
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.settings import Firm, Settings
from ..model.templates import ProposalTemplate, Template
from ..ports.due import Parked
from ..ports.keys import key_of
from ..ports.ports import NAMES, port_of
from ..ports.rows import Page, Query, RowKey, Span, Stored
from ..ports.store import Store
from ..ports.terms import column_terms
from .host import Host

__all__ = ["FIRM", "PIECE", "Records", "item_ids_of", "no_firm", "ref_key", "row_key", "tomb_key"]

_new = tuple.__new__  # makes a key the quickest way
FIRM = RowKey("firm", "")
GIVEN = frozenset({"account", "job"})  # kinds whose ids are given to them, and say nothing
MOST_GIVEN, MOST_NAMED = 100, 1000  # ids of a kind among which the nearest is looked for
PIECE = 500  # rows that are looked at in one go where all are asked for


class Records:
    """Looks things up in the store; remembers books until a definition is saved."""

    def __init__(self, host: Host) -> None:
        """Take the host's store."""
        self._host = host
        self._books: dict[str, tuple[int, rules.Book]] = {}

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._host.store

    @property
    def tenant(self) -> str:
        """Whose firm it is."""
        return self._host.tenant

    def get(self, key: RowKey) -> Stored | None:
        """Return a row, or None."""
        return self.store.read(self._host.tenant, (key,)).rows.get(key)

    def row(self, kind: str, id: str) -> Stored:
        """Return a row that must be there.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        stored = self.get(row_key(kind, id))
        if stored is None:
            raise self.missing(kind, id)
        return stored

    def missing(self, kind: str, id: str) -> PipeflowError:
        """Return the error of a row that is not there, with the ids that are."""
        tenant, most = self._host.tenant, MOST_GIVEN if kind in GIVEN else MOST_NAMED
        known = self.store.ids(tenant, kind, limit=most + 1)
        if len(known) > most:  # to look for the nearest among some of them would help nobody
            known = ()
        error = NotFoundError(unknown(kind, id, sorted(known), where=f"tenant {tenant!r}"))
        error.row = row_key(kind, id)
        return error

    def saved(self, kind: str, id: str) -> Any:
        """Return the value of a row that must be there, with its revision."""
        stored = self.row(kind, id)
        return replaced(stored.value, revision=stored.version)

    def every(self, kind: str) -> tuple[Any, ...]:
        """Return all values of a kind, with their revisions, in the order of their ids."""
        return tuple(
            replaced(stored.value, revision=stored.version) for _, stored in self.found(Query(kind))
        )

    def found(self, query: Query, limit: int = PIECE) -> Iterator[tuple[RowKey, Stored]]:
        """Yield the rows that a query means, in its order, a look for so many."""
        tenant, after = self._host.tenant, None
        while True:
            page: Page = self.store.find(tenant, query, after=after, limit=limit)
            yield from page.rows
            after = page.next
            if after is None:
                return

    def on_board(self, pipeline: str) -> tuple[tuple[RowKey, Stored], ...]:
        """Return the jobs of a pipeline that are not archived, in the order of their ids.

        In one look, for a store would gather all of its columns anew for each page.
        """
        return self.at_once(Query("job", (("column", column_terms(pipeline)),)))

    def read(self, keys: Sequence[RowKey]) -> dict[RowKey, Stored]:
        """Return those rows of many keys that are there, so many in one look."""
        several = (keys[start : start + PIECE] for start in range(0, len(keys), PIECE))
        return {
            key: stored
            for some in several
            for key, stored in self.store.read(self._host.tenant, some).rows.items()
        }

    def chapters(self, key: RowKey) -> tuple[Chapter, ...]:
        """Return all of a row's history, the oldest chapter first."""
        return self.store.history(self._host.tenant, key).rows

    def waiting(self, keys: Iterable[str], over: Container[str]) -> Iterator[tuple[str, Parked]]:
        """Yield what has not been delivered; what is for each contact has a number at its key.

        What history says is *over* may be forgotten here, and what is numbered behind it waits.
        """
        for key in keys:
            number, name = 0, key
            while (
                (found := self.store.due(self._host.tenant, name)) is not None
                or name in over
                or not number
            ):
                if isinstance(found, Parked):
                    yield name, found
                number += 1
                name = f"{key}/{number}"

    def at_once(self, query: Query) -> tuple[tuple[RowKey, Stored], ...]:
        """Return all rows that a query means in one look, where all of them are kept anyway."""
        return self.store.find(self._host.tenant, query, limit=None).rows

    def latest_thread(
        self, account: str, but: str, left: Mapping[RowKey, Any], closed: Container[Ref | None]
    ) -> tuple[RowKey, Stored, str] | None:
        """Return the job of an account, but for one, that has the latest open thread, and the id of
        the item that has it; None where no other job has one (A-48).

        Jobs come by the latest that each had before the command.

        Args:
            account: Whose jobs.
            but: The job that asks.
            left: What a command has written so far: jobs as it leaves them.
            closed: The threads that it closes, whichever jobs have heard of that by now.
        """
        query = Query("job", (("account", account), ("thread", Span())), order="thread")
        best: tuple[RowKey, Stored, Item] | None = None
        for key, stored in self.found(query, limit=2):  # its own job may be the latest
            stood = next(_open_threads(stored.value))
            if best is not None and stood.created <= best[2].created:  # and so is all that follows
                break
            threads = _open_threads(left.get(key, stored.value))
            latest = next((one for one in threads if one.ref not in closed), None)
            if key.id != but and latest is not None:
                mine = (key, stored, latest)
                best = max(best or mine, mine, key=lambda found: found[2].created)
        return best and (*best[:2], best[2].id)

    def firm(self) -> Stored:
        """Return what every command reads of the firm."""
        return self.get(FIRM) or no_firm()

    def settings(self) -> Settings:
        """Return how the firm works."""
        found: Settings = self.firm().value.settings
        return found

    def book(self, pipeline: str, firm: Stored) -> rules.Book:
        """Return what rules look things up in; remembered until any definition is saved."""
        known = self._books.get(pipeline)
        if known is not None and known[0] == firm[0]:
            return known[1]
        return self._kept(self.saved("pipeline", pipeline), firm, {})

    def _kept(self, pipeline: Pipeline, firm: Stored, others: dict[str, rules.Book]) -> rules.Book:
        """Read the book of a saved pipeline, and keep it until the firm changes."""
        book = self.book_of(pipeline, firm, others)
        self._books[pipeline.id] = (firm[0], book)
        return book

    def book_of(
        self, pipeline: Pipeline, firm: Stored, others: dict[str, rules.Book] | None = None
    ) -> rules.Book:
        """Return what rules look things up in for a pipeline that may be about to be saved.

        With it come the books of all to which its automations lead; *others* are there already.
        """
        others = {} if others is None else others
        templates = self._used(pipeline.template_ids)
        zone = firm.value.settings.zone
        book = rules.Book(pipeline, templates, firm.value, zone, others=others)
        others[pipeline.id] = book
        for id in pipeline.pipeline_ids:
            if id not in others and self.get(row_key("pipeline", id)) is not None:
                self._kept(self.saved("pipeline", id), firm, others)
        return book

    def book_for(self, job: Job, pipeline: str, firm: Stored) -> rules.Book:
        """Return the book of a pipeline, with what the items of a job bring along.

        Their reminders, when they are used up, fire what was said when they were set, and the
        pipeline may speak of that no longer.
        """
        book = self.book(pipeline, firm)
        if not (job.alarms or job.blocked):  # most have none, and nothing is used up, or was
            return book
        rhythms = [one.reminders for one in job.items if one.reminders is not None]
        brought = [one for rhythm in rhythms for one in rhythm.then]
        templates = {one.uses for one in brought if one.uses} - {*book.templates}
        leads = {one.leads_to for one in brought if one.leads_to} - {*book.others}
        if not templates and not leads:
            return book
        there = {one for one in leads if self.get(row_key("pipeline", one)) is not None}
        others = {**book.others, **{one: self.book(one, firm) for one in there}}
        more = self._used(sorted(templates))
        return replaced(book, templates={**book.templates, **more}, others=others)

    def _used(self, ids: Iterable[str]) -> dict[str, Template]:
        """Return the templates of these ids, and of the invoices that they bring."""
        found = self._templates(ids)
        accepted = [
            one.invoice_on_acceptance
            for one in found.values()
            if isinstance(one, ProposalTemplate) and one.invoice_on_acceptance
        ]
        return found | self._templates(accepted)

    def _templates(self, ids: Iterable[str]) -> dict[str, Template]:
        keys = [RowKey("template", id) for id in ids]
        rows = self.store.read(self._host.tenant, keys).rows
        return {key.id: stored.value for key, stored in rows.items()}

    def state(self, job: str) -> rules.State:
        """Return a job with all that an explanation needs.

        Raises:
            StoreError: Its account is not there, as in no firm that pipeflow wrote.
        """
        key = row_key("job", job)
        rows = self.store.read(self._host.tenant, (FIRM, key), accounts=True).rows
        stored = rows.get(key)
        if stored is None:
            raise self.missing("job", job)
        found: Job = stored.value
        account = rows.get(row_key("account", found.account))
        if account is None:
            raise StoreError(
                f"job {job!r} is of account {found.account!r}, which is not there; restore the "
                "last backup"
            )
        firm = rows.get(FIRM) or no_firm()
        book = self.book_for(found, found.pipeline, firm)
        return rules.State(self._host.tenant, found, account.value, book)

    def named(self, ref: Any) -> tuple[str, ...]:
        """Return what a host's reference names: ids of items, or `<job id>/` for an e-mail."""
        stored = self.get(ref_key(ref.port, ref.id))
        return stored.value.items if stored is not None else ()

    def item_of(self, ref: Any) -> tuple[str, str]:
        """Return the job and the id of the item that a host's reference names.

        Raises:
            NotFoundError: It names none.
        """
        for item in self.named(ref):
            job, id = item_ids_of(item)
            if id:
                return job, id
        raise no_item_of(ref)


@lru_cache(maxsize=128)
def row_key(kind: str, id: str) -> RowKey:
    """Return the key of a row; a command asks for the same few again and again."""
    return RowKey(kind, id)


@cache
def no_firm() -> Stored:
    """Return what is read of a firm that has saved nothing yet; made on first use."""
    return Stored(0, Firm())


def ref_key(port: str, id: str) -> RowKey:
    """Return the key of the row that says what a host's reference names."""
    if ":" in port or "%" in port:  # so that no two references share a row
        port = port.replace("%", "%25").replace(":", "%3A")
    return _new(RowKey, ("ref", f"{port}:{id}"))


def no_item_of(ref: Ref) -> NotFoundError:
    """Return the error of a reference that names nothing, with the ports if it is of none."""
    known = NAMES.union(map(port_of, ItemKind))
    ports = () if ref.port in known else tuple(sorted(known))
    what = "no item has this reference, or none yet"
    return NotFoundError(Problem(what, "", str(ref), ports, nearest(ref.port, ports)))


def tomb_key(port: str, id: str) -> str:
    """Return the key by which it is known that a reference named something that was deleted.

    No request has it: the keys of requests begin with the name of a tenant.
    """
    return key_of("", port, id)


def _open_threads(job: Job) -> Iterator[Item]:
    """Yield what of a job has an open thread, the latest one first."""
    return (item for item in reversed(job.items) if item.is_open_thread)


def item_ids_of(item: str) -> tuple[str, str]:
    """Return the job and the id of what a reference names; no id for an e-mail."""
    job, _, number = item.rpartition("/")
    return job, item if number else ""
