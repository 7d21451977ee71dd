"""Rows with versions, `RefRow` and `CarriedOut` among them, queries, and what a commit writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, Union

from ..model.events import Chapter
from ..model.items import Ref
from ..model.record import Plain, record
from ..model.templates import InvoiceTemplate
from .due import Due, Over, Settle

__all__ = [
    "Acceptance",
    "CarriedOut",
    "Changes",
    "Page",
    "Query",
    "Read",
    "RefRow",
    "Requeue",
    "RowKey",
    "Span",
    "Stored",
    "ThingRow",
    "Withdrawal",
]


class RowKey(NamedTuple):
    """The key of a row: its kind ("job", "account", "pipeline", "template", ...) and its id."""

    kind: str
    id: str


class Stored(NamedTuple):
    """A row's version, counting from 1, and its value."""

    version: int
    value: Any


class Read(NamedTuple):
    """What was read in one look: the rows that are there, and what a command answered before.

    The dict is the caller's own.
    """

    rows: dict[RowKey, Stored]
    result: Stored | None = None


@record
class Span(Plain):
    """The terms from `low` to `high`, both included; None: no bound."""

    low: str | None = None
    high: str | None = None

    def holds(self, term: str) -> bool:
        """Tell whether a term lies in it."""
        return (self.low is None or self.low <= term) and (self.high is None or term <= self.high)


# What a field must be: this term, one of several, or one in a span.
Wanted: TypeAlias = Union[str, tuple[str, ...], Span]


@record
class Query(Plain):
    """Which rows of a kind are meant: those whose terms (`terms_of`) fit every field.

    Args:
        kind: The kind of the rows.
        where: Pairs of a field and what it must be.
        order: The field by which they come, those without a term of it last, then by id; by id
            alone unless said.
    """

    kind: str
    where: tuple[tuple[str, Wanted], ...] = ()
    order: str = ""


@record
class Page(Plain):
    """A piece of a listing, and where to go on.

    Args:
        rows: What is listed.
        next: What the next page is asked for by, as its `after`; None: this was the last. That of
            a feed is the place behind its last chapter, for others follow: ask again with it later.
            It is None only where there was nothing yet.
    """

    rows: tuple[Any, ...]
    next: str | None = None


@record
class RefRow(Plain):
    """What a host's reference names: ids of items, or `<job id>/` for an e-mail of a job.

    `bounced` are the reasons for which the e-mail came back, so that each is told once.
    """

    items: tuple[str, ...]
    bounced: tuple[str, ...] = ()


@record
class Acceptance(Plain):
    """What the acceptance of a letter brings, once in all.

    Args:
        account: The client whose letter it is.
        sender: The item that sent it.
        invoice: The bill that it brings.
        brought: The bills that it brought, by their items.
        left: Those whose jobs were deleted, by what their hosts call them.
        owed: Whether it was accepted, and its bill is yet to come.
    """

    account: str
    sender: str
    invoice: InvoiceTemplate
    brought: tuple[str, ...] = ()
    left: tuple[Ref, ...] = ()
    owed: bool = False


@record
class ThingRow(RefRow):
    """What a host's reference names, and what is so of the thing itself, whoever has it linked.

    A bill is `void` where it was cancelled or credited to nothing, and that is `sure` but in rows
    of earlier versions, which took it for void as soon as its port was asked to take it back. It is
    `kept` where its job was deleted and a letter that others have goes by whether it is void, which
    one that was `paid` by then is not before money went back.
    `made` is the item of the job that had the thing made, where that has let go of it while others
    have it. The `acceptance` of a letter is what brings a bill; None: it brings none, or as the
    item that sent it says.
    """

    void: bool = False
    made: str = ""
    acceptance: Acceptance | None = None
    kept: bool = False
    sure: bool = False
    paid: bool = False


@record
class CarriedOut(Plain):
    """What is remembered of a command that had an id, to know a repeat by and to answer it.

    Args:
        said: What was said, as canonical JSON (R-33).
        rows: The rows that it was about, as kind and id; a repeat answers with them as they stand.
        named: What was said by a name, as pairs of the name and the id that it stood for.
    """

    said: str
    rows: tuple[tuple[str, str], ...] = ()
    named: tuple[tuple[str, str], ...] = ()


class Requeue(NamedTuple):
    """A row to be tried (again), its attempts forgotten: when, and by how deep a command.

    Its error stays until something else comes of it, and so does its place in `parked`.
    """

    key: str
    at: datetime
    depth: int = 0


class Withdrawal(NamedTuple):
    """A request that nobody needs any more, and whether somebody holds it just now."""

    key: str
    held: bool


@record
class Changes(Plain):
    """Everything that one commit writes; all of it or nothing.

    Args:
        tenant: Whose rows.
        expect: The version of every row that was read; 0: it was not there.
        puts: New values, by key; each must be in `expect`.
        deletes: Rows to take away; each must be in `expect`.
        dues: Due rows to add.
        cancels: Keys of due rows that are over now, whoever holds them.
        withdraws: Requests to take back. One that is not held is over. One that is held is marked:
            `renew` answers False, its holder may still settle it as done, and else it ends with
            its lease. Where a holder came or went meanwhile: `ConflictError`.
        requeues: Rows that are to be tried (again). Their calls are forgotten; their error stays,
            and so does their place in `parked`, or that they have none. Where one is held or over:
            `ConflictError`.
        settles: What became of claimed rows.
        log: Chapters, by the row whose history they belong to.
        none: Queries that must find nothing once this is written, else `ConflictError`.
        command_id: The host's id of the command, by which a repeat is known.
        result: What a repeat is answered with.
        at: When the command was carried out; `prune` goes by it.
        durable: False: may go with a power cut, though never out of order; a receipt that is lost
            so repeats its request under its key.
        erases: Rows whose chapters go, from their histories and from the feed; what this commit
            logs stays.
        cancels_of: Jobs all of whose due rows are over now, whoever holds them.
        tombs: What is known as over from now on, though it never was due; a key that is known
            already stays as it is.
        wanted: Keys of requests that were withdrawn while somebody held them, and are needed after
            all: the mark is taken off, whoever holds them. Where one is over: `ConflictError`.
    """

    tenant: str
    expect: Mapping[RowKey, int]
    puts: Mapping[RowKey, Any] = {}
    dues: tuple[Due, ...] = ()
    cancels: tuple[str, ...] = ()
    settles: tuple[Settle, ...] = ()
    log: Mapping[RowKey, tuple[Chapter, ...]] = {}
    deletes: tuple[RowKey, ...] = ()
    command_id: str | None = None
    result: CarriedOut | None = None
    withdraws: tuple[Withdrawal, ...] = ()
    requeues: tuple[Requeue, ...] = ()
    none: tuple[Query, ...] = ()
    at: datetime | None = None
    durable: bool = True
    erases: tuple[RowKey, ...] = ()
    cancels_of: tuple[str, ...] = ()
    tombs: tuple[Over, ...] = ()
    wanted: tuple[str, ...] = ()
