"""Whereabouts: where a job is, and all that keeps it there, as values to build a page from."""

from __future__ import annotations

from datetime import date, datetime

from ..model.items import Item
from ..model.record import Plain, frozen
from ..model.work import Side

__all__ = ["Awaited", "Undelivered", "Verdict", "Whereabouts"]


@frozen
class Whereabouts(Plain):
    """Where a job is and since when, by the names that the firm gave.

    `now` is the instant for which that is told. `goes_to` is the stage that it would enter now, ""
    where there is none. `assignees` are members' names. `paused` is the
    reason of a pause, "" where none was said, and None where the job is not paused. `overdue` says
    that it is past its date, or longer in its stage than that allows; `silent` is the state in
    which it reminds nobody, if it is in one.
    """

    account: str
    pipeline: str
    stage: str
    status: str
    visit: int
    since: datetime
    now: datetime
    assignees: tuple[str, ...] = ()
    due: date | None = None
    paused: str | None = None
    overdue: tuple[str, ...] = ()
    silent: str = ""
    goes_to: str = ""


@frozen
class Awaited(Plain):
    """An open item: whose turn it is, since when, and how often they were reminded of it.

    `waited` says whether the job waits for it. `names` are those of the members who must act, or of
    the client's account and of those who have yet to sign. `reminded` of `times` reminders were
    sent, and `next` says when the next one leaves, if one is to; `times` is None where nobody is
    reminded of it. `notes` tell how far it is, and what keeps it or its reminders.
    """

    item: Item
    waited: bool
    side: Side | None
    names: tuple[str, ...]
    since: datetime
    due: date | None = None
    reminded: int = 0
    times: int | None = None
    next: datetime | None = None
    notes: tuple[str, ...] = ()


@frozen
class Undelivered(Plain):
    """A request that was tried and not delivered, or an automation that could not run.

    `key` is what `retry` and `abandon` take. `retry_at` is None where only a person decides.
    """

    key: str
    what: str
    error: str
    attempts: int = 0
    retry_at: datetime | None = None


@frozen
class Verdict(Plain):
    """What a condition says of a job now: of an automation of its stage, or of a stage before it.

    `of` is what has the condition, by the firm's names; `stage` that stage's id, `automation` the
    id of the automation, None where the stage itself is meant. `condition` says it in words, `why`
    what decided it, and `tags` and `fields` are those of the account that it looks at. `fired` says
    whether the automation fired in this visit, and is None where that is not known.
    """

    of: str
    stage: str
    automation: str | None
    condition: str
    holds: bool
    why: str
    tags: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    fired: bool | None = None
