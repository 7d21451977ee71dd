"""An explanation: the answer to why a job does not move, with all that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

import attrs

from ..model.events import WaitReason
from ..model.items import Item
from ..model.jobs import BlockedAutomation
from ..model.record import Plain, brief, frozen
from ..model.values import FrozenMap
from ..ports.due import Parked
from ..show.shown import Shown

if TYPE_CHECKING:
    from ..show import Block, Document
    from .whereabouts import Awaited, Undelivered, Verdict, Whereabouts

__all__ = ["Explanation"]

BY_ITSELF = frozenset({WaitReason.NEXT_FACT, WaitReason.OPEN_ITEMS, WaitReason.BLOCKED})


@frozen
class Explanation(Shown, Plain):
    """The answer to "why does this job not move?"; it prints.

    `reason` is `NEXT_FACT` where nothing holds the job. `waits_for` are the open items of this
    visit, `to_come` the invoices that will come of them and have to be paid as well; `failures` the
    requests that have not been delivered, `blocked` the automations that could not run, `next` the
    stage that it would enter now and `passes` those it would skip, with reasons. `came` is what was
    skipped, failed or warned of when it came here, and `since` what was so later. `cancelled` says
    of each item of this visit that is no longer waited for why that is, by its id; `older` are open
    items of earlier visits. `silent` is the state in which the job reminds nobody, if it is in one.
    `overdue` says that the job is past its date, or longer in its stage than that allows.
    `lines` are what is printed below the sentence, with times on the firm's clock.

    For a page of one's own the same stands in values, by the names that the firm gave: `where` it
    is and since when, all that is `awaited` or otherwise open, what is `undelivered`, the
    `verdicts` of conditions, and in `notes` whatever stands in none of these.
    """

    job: str
    stage: str
    status: str
    visit: int
    reason: WaitReason
    waits_for: tuple[Item, ...]
    blocked: tuple[BlockedAutomation, ...]
    failures: tuple[Parked, ...]
    next: str | None
    passes: tuple[tuple[str, str], ...]
    came: tuple[str, ...]
    older: tuple[Item, ...]
    sentence: str
    where: Whereabouts
    cancelled: Mapping[str, str] = FrozenMap()
    silent: str = ""
    to_come: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    heading: str = ""
    awaited: tuple[Awaited, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    zone: tzinfo = attrs.field(default=UTC, eq=False, repr=False)

    @property
    def moves_itself(self) -> bool:
        """Whether it moves on by itself once all is done that it waits for; else a hand moves it.

        While an automation could not run, that is one of the things to be seen to: it is retried,
        and what it makes is done, or it is abandoned.
        """
        return self.reason in BY_ITSELF

    def __str__(self) -> str:
        """Print the sentence, and a line for each thing that it waits for."""
        from ..show import Bullets, Document  # showing is rare

        below = (Bullets(self.lines),) if self.lines else ()
        return Document((*self._head(), *below)).text()

    def __repr__(self) -> str:
        """Print in one line: which job, and why it is where it is."""
        reason = self.reason.value.replace("_", " ")
        return f"<Explanation of {brief(self.job)!r}: in {self.stage!r}, {reason}>"

    def _head(self) -> tuple[Block, ...]:
        from ..show import Heading, Paragraph

        return Heading(self.heading), Paragraph(self.sentence)

    def document(self) -> Document:
        """Build what is shown: the sentence, and a table for each thing that there is to tell."""
        from ..show import Document
        from .explanation_tables import tables

        return Document((*self._head(), *tables(self)))
