"""Looking things up: rows that must be there, the firm's book, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from ..errors import NotFoundError, PipeflowError, unknown
from ..model.accounts import Account
from ..model.events import Event
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.templates import ProposalTemplate, Template
from ..ports.host import Authorizer, Clock, Ids, Waker
from ..ports.ports import Ports
from ..ports.store import RowKey, Store, Stored
from ..rules import Book, State
from .turn import Turns
from .write import FIRM, NO_FIRM, row_key

__all__ = ["Lookup"]


class Lookup:
    """What the host gave, and looking things up in it; handlers, and a cache of what is stored."""

    def __init__(
        self,
        *,
        ports: Ports,
        store: Store,
        clock: Clock,
        ids: Ids,
        authorizer: Authorizer | None,
        waker: Waker | None,
        tenant: str,
        deliver: bool,
    ) -> None:
        """Keep what the host gave."""
        self._calls = ports.calls()
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authorizer = authorizer
        self._waker = waker
        self._tenant = tenant
        self._delivers = deliver
        self._owner = ids.new("engine")
        self._turns = Turns()
        self._handlers: tuple[tuple[type[Event], Callable[[Any], object]], ...] = ()
        self._books: dict[str, tuple[int, Book]] = {}

    # -- reading ---------------------------------------------------------------------------------

    def _now(self) -> datetime:
        at = self._turns.mine.at
        if at is not None:
            return at
        now = self._clock.now()
        if now.tzinfo is not UTC:
            if now.tzinfo is None:
                raise PipeflowError("the clock told a naive datetime; it must be aware, in UTC")
            now = now.astimezone(UTC)
        return now

    def _row(self, kind: str, id: str) -> Stored:
        """Return a row that must be there.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        stored = self._store.load(self._tenant, row_key(kind, id))
        if stored is None:
            page = self._store.scan(self._tenant, kind, limit=1000)
            known = [key.id for key, _ in page.rows]
            raise NotFoundError(unknown(kind, id, known, where=f"tenant {self._tenant!r}"))
        return stored

    def _firm(self) -> Stored:
        return self._store.load(self._tenant, FIRM) or NO_FIRM

    def _book(self, pipeline: str, firm: Stored) -> Book:
        """Return what rules look things up in; remembered until any definition is saved."""
        known = self._books.get(pipeline)
        if known is not None and known[0] == firm[0]:
            return known[1]
        found: Pipeline = self._row("pipeline", pipeline).value
        templates = self._load_templates(found.template_ids)
        accepted = [
            one.invoice_on_acceptance
            for one in templates.values()
            if isinstance(one, ProposalTemplate) and one.invoice_on_acceptance
        ]
        templates |= self._load_templates(accepted)
        book = Book(found, templates, firm.value, firm.value.settings.zone)
        self._books[pipeline] = (firm.version, book)
        return book

    def _load_templates(self, ids: Iterable[str]) -> dict[str, Template]:
        rows = self._store.load_many(self._tenant, [RowKey("template", id) for id in ids])
        return {key.id: stored.value for key, stored in rows.items()}

    def _state(self, job: str) -> State:
        """Return a job with all that an explanation needs."""
        found: Job = self._row("job", job).value
        account: Account = self._row("account", found.account).value
        return State(self._tenant, found, account, self._book(found.pipeline, self._firm()))
