"""The event log: the histories of jobs as process-mining tools read them, a case a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from ..errors import DefinitionError, Problem, many, shown
from ..model.accounts import Account
from ..model.events import Event
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import Plain, brief, frozen
from ..model.templates import Template
from ..show.shown import Shown
from .log_entries import LogEntry, Names, entries_of

if TYPE_CHECKING:
    from ..show import Document
    from ..show.xes import Attributes, Trace

__all__ = ["COLUMNS", "Case", "EventLog", "event_log_of"]

COLUMNS = (
    "case_id", "case_name", "account_id", "account_name", "pipeline", "activity", "timestamp",
    "lifecycle", "resource", "kind", "stage", "item_id", "item_name", "reason",
)  # fmt: skip
FORMATS = (".csv", ".xes")
FEW = 10  # entries that are shown


class Case(NamedTuple):
    """A job in an event log.

    Args:
        id: The job's id.
        name: What the job is called.
        account: Whose it is, by the account's id.
        account_name: What that account is called; "" for somebody who may not see it.
        entries: What happened to it, the oldest first.
    """

    id: str
    name: str
    account: str
    account_name: str
    entries: tuple[LogEntry, ...]


@frozen
class EventLog(Shown, Plain):
    """What happened to jobs, for process-mining tools; it prints how it begins.

    It is a value: it holds its entries, and is written without the whole text ever being held.

    Args:
        name: What it is called.
        cases: One for each job, in the order of their ids.
    """

    name: str
    cases: tuple[Case, ...]

    def __len__(self) -> int:
        """Count the entries."""
        return sum(len(one.entries) for one in self.cases)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield an entry after another as texts, in the order of `COLUMNS`; times are in UTC."""
        for case, one in self._entries():
            at = one.at.isoformat(timespec="microseconds")
            what = (one.pipeline, one.activity, at, one.lifecycle, one.actor, one.kind, one.stage)
            yield (*case[:4], *what, one.item, one.item_name, one.reason)

    def write_csv(self, file: TextIO) -> None:
        r"""Write it as flat CSV: a line of names, then a line an entry (RFC 4180).

        What a spreadsheet would take for a formula begins with an apostrophe.

        Args:
            file: A text file; open it with `newline=""`, and for Excel with
                `encoding="utf-8-sig"`, as `save` does.
        """
        from ..show.spreadsheet import write

        write([COLUMNS], file)
        write(self.rows(), file)

    def write_xes(self, file: TextIO) -> None:
        """Write it as XES (IEEE 1849-2016).

        Args:
            file: A text file in UTF-8.
        """
        from ..show.xes import write

        write({"concept:name": self.name, "lifecycle:model": "standard"}, self._traces(), file)

    def to_csv(self) -> str:
        """Return it as CSV, as one text."""
        file = StringIO(newline="")
        self.write_csv(file)
        return file.getvalue()

    def to_xes(self) -> str:
        """Return it as XES, as one text."""
        file = StringIO(newline="")
        self.write_xes(file)
        return file.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write it to a file, in the format that the end of its name says: `.csv` or `.xes`.

        The same log makes the same bytes.

        Returns:
            The path.

        Raises:
            DefinitionError: The name ends otherwise.
        """
        from ..show.spreadsheet import ENCODING

        path = Path(path)
        if path.suffix.lower() not in FORMATS:
            what = "must end with a format in which an event log is written"
            raise DefinitionError(Problem(what, "$.path", shown(str(path)), FORMATS))
        flat = path.suffix.lower() == ".csv"
        with path.open("w", encoding=ENCODING if flat else "utf-8", newline="") as file:
            (self.write_csv if flat else self.write_xes)(file)
        return path

    def __repr__(self) -> str:
        """Print in one line: of what, and how much there is."""
        return f"<EventLog of {brief(self.name)!r}: {many(len(self.cases), 'case')}>"

    def document(self) -> Document:
        """Build what is shown: how much there is, and how it begins."""
        from ..show import Document, Heading, Paragraph, Table  # showing is rare

        first = tuple(
            (case.id, one.at.isoformat(timespec="seconds"), one.activity, one.lifecycle, one.actor)
            for case, one in islice(self._entries(), FEW)
        )
        more = f", of which the first {FEW} are shown" if len(self) > FEW else ""
        count = Paragraph(f"{many(len(self.cases), 'case')}, {len(self)} entries{more}")
        columns = ("Case", "At", "Activity", "Lifecycle", "By")
        heading = Heading(f"Event log of {self.name}")
        return Document((heading, count, Table(columns, first)))

    def _entries(self) -> Iterator[tuple[Case, LogEntry]]:
        return ((case, one) for case in self.cases for one in case.entries)

    def _traces(self) -> Iterator[Trace]:
        from ..show.xes import Trace

        for one in self.cases:
            told = {
                "concept:name": one.id,
                "case_name": one.name,
                "account_id": one.account,
                "account_name": one.account_name,
            }
            yield Trace(told, map(_attributes, one.entries))


def _attributes(one: LogEntry) -> Attributes:
    """Return what XES says of an entry; what is empty is left out."""
    always: dict[str, str | datetime] = {
        "concept:name": one.activity,
        "lifecycle:transition": one.lifecycle,
        "org:resource": one.actor,
        "time:timestamp": one.at,
    }
    beside = {
        "pipeline": one.pipeline,
        "kind": one.kind,
        "stage": one.stage,
        "item_id": one.item,
        "item_name": one.item_name,
        "reason": one.reason,
    }
    return always | {key: text for key, text in beside.items() if text}


def event_log_of(
    jobs: Iterable[tuple[Job, Sequence[Event]]],
    known: Iterable[Pipeline | Template | Account],
    span: tuple[datetime | None, datetime],
    now: datetime,
    name: str,
) -> EventLog:
    """Make an event log.

    Args:
        jobs: The jobs, each with its history, oldest event first.
        known: What knows names: pipelines, templates and accounts.
        span: From when until when entries are wanted; no beginning: all.
        now: The instant; what happened then belongs to a span that ends now.
        name: What it is called.
    """
    since, until = span
    pipelines: dict[str, Pipeline] = {}
    others: dict[str, str] = {}
    accounts: dict[str, str] = {}
    for one in known:
        if isinstance(one, Pipeline):
            pipelines[one.id] = one
        elif isinstance(one, Account):
            accounts[one.id] = one.name
        else:
            others[one.id] = one.name
    names = Names(pipelines, others)
    cases: list[Case] = []
    for job, history in jobs:
        entries = tuple(
            one
            for one in entries_of(job, history, names)
            if (since is None or one.at >= since) and (one.at < until or until >= now)
        )
        if entries:
            account = accounts.get(job.account, "")
            cases.append(Case(job.id, job.name, job.account, account, entries))
    return EventLog(name, tuple(cases))
