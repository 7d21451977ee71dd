"""Commands: values in a canonical form (R-33), by which one that is sent again is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

import attrs

from ...model.job_statuses import Status
from ...model.money import EXACT
from ...model.record import Plain, record
from ...model.text import composed
from ...ports.rows import CarriedOut, RowKey
from ..records import row_key
from ..unit import Unit

__all__ = [
    "Command", "ItemCommand", "JobCommand", "canonical", "checksum", "said_of",
]  # fmt: skip


@record
class Command(Plain, ABC):
    """Base of all commands.

    A command is data: it is compared, kept and known again by what it says, in every later
    version; fields with `eq=False` go with it without being said, such as how it is to be carried
    out. `action` is its name, and that of the call that gives it; `about` the id of what it is
    about.
    """

    action: ClassVar[str] = ""

    @property
    def about(self) -> str:
        """What an authorizer is asked about."""
        return ""

    def is_about(self, row: RowKey) -> bool:
        """Tell whether who was asked about this command was asked about a row with it."""
        return row in self.keys()

    def keys(self) -> tuple[RowKey, ...]:
        """Return the rows that it looks at first."""
        return ()

    def as_tried(self) -> Command:
        """Return it as it is decided where nothing of it is written."""
        return self

    @abstractmethod
    def act(self, unit: Unit) -> None:
        """Decide, and write what was decided into the unit."""

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return the rows that a repeat is answered with, as kind and id."""
        return tuple(("job", id) for id in unit.jobs)

    # -- what was said (R-33) --------------------------------------------------------------------

    def said(self) -> dict[str, Any]:
        """Return what is said, as data in which defaults are left out."""
        return {"do": self.action, **said_of(self)}

    def result(self, unit: Unit) -> CarriedOut:
        """Return what is remembered of it, to know a repeat by and to answer it."""
        named = dict(unit.named)
        return CarriedOut(_text(_by_id(self.said(), named)), self.rows(unit), tuple(named.items()))

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Answer a repeat; where the answer is a job, there is nothing to do."""

    def is_repeat(self, known: CarriedOut) -> bool:
        """Tell whether this says the same as a command that was carried out before."""
        said = _text(_by_id(self.said(), dict(known.named)))
        return said == known.said or said == composed(known.said)  # older texts are as typed


@record
class JobCommand(Command):
    """Base of the commands on one job that is there."""

    job: str

    @property
    def about(self) -> str:
        """The job."""
        return self.job

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.job),)


@record
class ItemCommand(Command):
    """Base of the commands on one item, whose id says which job it is of."""

    item: str
    job: str = attrs.field(default="", eq=False, kw_only=True)

    @property
    def about(self) -> str:
        """The job of the item."""
        return self.job

    def keys(self) -> tuple[RowKey, ...]:
        """Return the job's row."""
        return (row_key("job", self.job),)


def canonical(given: Any) -> Any:
    """Return a value as data that says the same whatever the order in which it was given."""
    if given is None or isinstance(given, bool | int):
        return given
    if isinstance(given, Enum):
        return given.value
    if isinstance(given, str):
        return given
    if isinstance(given, Status) and given.is_plain:
        return given.name  # which it was when statuses could say no more
    if isinstance(given, date):
        return {"date": given.isoformat()}
    if isinstance(given, time):
        return {"time": given.isoformat()}
    if isinstance(given, timedelta):
        return {"microseconds": given // timedelta(microseconds=1)}
    if isinstance(given, Decimal):  # 40.00 is 40, which is what it equals
        whole = int(given)
        return whole if given == whole else {"decimal": format(EXACT.normalize(given), "f")}
    if isinstance(given, AbstractSet):
        return sorted(map(canonical, given), key=str)
    if isinstance(given, Mapping):
        return {str(key): canonical(part) for key, part in given.items()}
    if isinstance(given, list | tuple):
        return [canonical(part) for part in given]
    from ...codec.kinds import tag_of  # loads the codec, which few commands need

    return {"is": tag_of(type(given)), **said_of(given)}


def said_of(value: Any) -> dict[str, Any]:
    """Return what a value says field by field, without what its class says by default."""
    fields = [field for field in attrs.fields(type(value)) if field.eq and field.init]
    said = ((field.name, getattr(value, field.name), field.default) for field in fields)
    return {name: canonical(given) for name, given, default in said if given != default}


def _by_id(said: dict[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    """Put the id in the place of a stage's name."""
    stage = said.get("stage")
    return {**said, "stage": named[stage]} if stage is not None and stage in named else said


def _text(said: dict[str, Any]) -> str:
    import json  # loads on first use

    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checksum(value: Any) -> str:
    """Return a checksum of what a value says, where all of it would be too much to keep."""
    import json  # loads on first use
    from hashlib import sha256

    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
