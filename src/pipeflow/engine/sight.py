"""Sight: what somebody may see, where a read says who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import rules
from ..errors import NotAllowedError
from ..insight import Listing
from ..model.accounts import Account, Member
from ..model.events import Event
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.work import Side, Work
from ..ports.keys import account_of
from ..ports.rows import RowKey
from ..ports.services import Intent
from .host import Host, name_of
from .intents import intent_about
from .journey import Journey
from .records import Records, row_key

__all__ = ["READ", "Sight", "names_seen", "with_names"]

READ = "read"  # the action that an authorizer is asked for
SETTINGS = "settings"  # what the settings are called, which have no id


class Sight:
    """Asks the authorizer for one call of somebody."""

    def __init__(self, host: Host, records: Records, journey: Journey, actor: str | Member) -> None:
        """Begin to look for somebody."""
        self._host = host
        self._who = name_of(actor)
        self._unit = journey.unit() if host.weighs else None
        self._records = records
        self._known: dict[tuple[str, str], bool] = {}

    def look(self, thing: object) -> None:
        """Refuse a thing that they may not see: a job, an account, a definition or the settings.

        Raises:
            NotAllowedError: The authorizer said no.
        """
        self._host.ask(self._intent(thing))

    def sees(self, thing: object) -> bool:
        """Tell whether they may see a thing."""
        return self._allows(self._intent(thing))

    def sees_gone(self, job: Job, account: Account | None) -> bool:
        """Tell whether they may see a job that is deleted, as it was."""
        return self._allows(
            Intent(actor=self._who, action=READ, about=job.id, job=job, account=account)
        )

    def sees_event(self, event: Event) -> bool:
        """Tell whether they may see what happened: by its job, by its account, or by the firm."""
        return self.sees_of(event.job, _account_of(event))

    def sees_of(self, job: str, account: str) -> bool:
        """Tell whether they may see what is of a job, else of an account, else of the firm.

        Each is asked about once. What is said of an account that is gone is the firm's.
        """
        of = job, "" if job else account
        if of not in self._known:
            self._known[of] = self._allows(self._intent_of(*of))
        return self._known[of]

    def veiled(self, state: rules.State) -> rules.State:
        """Return how a job stands, in which all that they may not see is called by its id."""
        book = state.book
        line, account = self._line(book.pipeline), self._called(state.account)
        templates = {id: self._called(one) for id, one in book.templates.items()}
        # What was made ready by the true names is the firm's, and what is made by these is not.
        others = {
            id: replaced(one, pipeline=self._line(one.pipeline)) for id, one in book.others.items()
        }
        book = replaced(book, pipeline=line, templates=templates, plans={}, lines={}, others=others)
        return replaced(state, account=account, book=book)

    def _line(self, line: Pipeline) -> Pipeline:
        if self.sees(line):
            return line
        stages = tuple(replaced(one, name=one.id) for one in line.stages)
        return replaced(line, name=line.id, stages=stages)

    def _called(self, thing: Any) -> Any:
        return thing if self.sees(thing) else replaced(thing, name=thing.id)

    def _intent_of(self, job: str, account: str) -> Intent:
        if job:
            return self._reading_job(job)
        stored = self._records.get(row_key("account", account)) if account else None
        if stored is not None:
            return self._intent(stored.value)
        return Intent(actor=self._who, action=READ, about="")

    def _allows(self, intent: Intent) -> bool:
        try:
            self._host.ask(intent)
        except NotAllowedError:
            return False
        return True

    def _intent(self, thing: object) -> Intent:
        match thing:
            case Job(id=id):
                return self._reading_job(id)
            case Account(id=id):
                return Intent(actor=self._who, action=READ, about=id, account=thing)
            case _:
                about: str = getattr(thing, "id", SETTINGS)
                pipeline = thing if isinstance(thing, Pipeline) else None
                return Intent(
                    actor=self._who, action=READ, about=about, pipeline=pipeline, things=(thing,)
                )

    def _reading_job(self, id: str) -> Intent:
        if self._unit is not None:
            return intent_about(self._unit, self._who, READ, id)
        return Intent(actor=self._who, action=READ, about=id)


def things_seen(records: Records, keys: Sequence[RowKey], sight: Sight | None) -> dict[RowKey, Any]:
    """Return the things that are there, and that whoever asks may see."""
    return {
        key: stored.value
        for key, stored in records.read(keys).items()
        if sight is None or sight.sees(stored.value)
    }


def names_seen(records: Records, keys: Sequence[RowKey], sight: Sight | None) -> dict[RowKey, str]:
    """Return what things are called that are there, and that whoever asks may see."""
    return {key: thing.name for key, thing in things_seen(records, keys, sight).items()}


def with_names(records: Records, works: Listing[Work], sight: Sight | None) -> Listing[Work]:
    """Return what is open with the names of clients and members, as whoever asks may see them, and
    which clients no mail reaches.
    """
    keys = {RowKey("account", one.account): None for one in works}
    keys |= {RowKey("member", id): None for one in works for id in one.assignees}
    seen = things_seen(records, [*keys], sight)

    def named(one: Work) -> Work:
        account = seen.get(RowKey("account", one.account))
        keys = {id: RowKey("member", id) for id in one.assignees}
        people = sorted(seen[key].name if key in seen else id for id, key in keys.items())
        client = one.account if account is None else account.name
        mute = one.side is Side.CLIENT and account is not None and not account.addresses
        return replaced(one, client=client, names=tuple(people), unreached=mute)

    return Listing([*map(named, works)], works.next)


def _account_of(event: Event) -> str:
    """Return the account that an event of no job is about; "" where it is about none."""
    named: str = getattr(event, "account", "")
    return named or account_of(getattr(event, "key", "")) or ""
