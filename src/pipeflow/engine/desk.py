"""The desk: everybody who works in the engine, built once, and what every call does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ..model.accounts import Account, Member
from ..model.jobs import Job
from ..model.record import replaced
from ..ports.rows import RowKey, Stored
from . import commands
from .delivery import Delivery
from .dispatcher import Dispatcher
from .host import Host
from .journey import Journey
from .records import Records, row_key
from .rounds import Rounds
from .turn import Steps, present_turn
from .unit import Unit

if TYPE_CHECKING:
    from .sight import Sight

__all__ = ["Desk"]

T = TypeVar("T")


class Desk:
    """Hands a command on: to the journey, then to the dispatcher, then the answer to the host."""

    _Dispatcher: ClassVar[type[Dispatcher]] = Dispatcher  # who calls ports and listeners

    def __init__(self, host: Host) -> None:
        """Build everybody."""
        self.host = host
        self.records = Records(host)
        self.journey = Journey(host, self.records)
        self.delivery = Delivery(host, self.records, self.journey)
        self.dispatcher = self._Dispatcher(host, self.delivery)
        self.rounds = Rounds(host, self.records, self.journey, self.dispatcher)

    def carry_out(
        self, command: commands.Command, actor: str | Member | None, command_id: str | None = None
    ) -> Unit:
        """Carry a command out, and deliver and tell what follows from it."""
        return self.carried(command, actor, command_id)[0]

    def carried(
        self, command: commands.Command, actor: str | Member | None, command_id: str | None = None
    ) -> tuple[Unit, Unit | None]:
        """Carry a command out, and deliver and tell what follows from it.

        Returns:
            What it came to, and the last commit of all that followed, where that is over and known.
        """
        turn = present_turn()
        unit = self.journey.carry_out(turn, command, actor, command_id)
        return unit, self.dispatcher.work_off(turn)

    def job(
        self, command: commands.Command, actor: str | Member | None, command_id: str | None = None
    ) -> Job:
        """Carry out a command about a job, and return the job as it then stands.

        Raises:
            NotFoundError: It was deleted since the command was carried out before.
        """
        return self.standing(*self.carried(command, actor, command_id))

    def standing(self, unit: Unit, last: Unit | None = None) -> Job:
        """Return the job of a command as it stands now.

        Where it was deleted since, it is returned as the command left it.

        Raises:
            NotFoundError: It was deleted since the command was carried out before.
        """
        key = row_key("job", unit.jobs[0])
        if last is not None and last.host is self.host and key in last.puts:
            found: Job = last.puts[key]
            return found
        stored = self._stored(key)
        job: Job = self._left(unit, key) if stored is None else stored.value
        return job

    def account(self, unit: Unit, id: str) -> Account:
        """Return the account of a command as it stands now, with its revision.

        Where it was deleted since, it is returned as the command left it.

        Raises:
            NotFoundError: It was deleted since the command was carried out before.
        """
        present_turn().settle()
        key = row_key("account", id)
        stored = self._stored(key)
        if stored is None:
            left: Account = self._left(unit, key)
            return left
        account: Account = replaced(stored.value, revision=stored.version)
        return account

    def _stored(self, key: RowKey) -> Stored | None:
        return self.host.store.read(self.host.tenant, (key,)).rows.get(key)

    def _left(self, unit: Unit, key: RowKey) -> Any:
        left = unit.kept(key)
        if left is None:
            raise self.records.missing(*key)
        return left

    def jobs(
        self, command: commands.Command, actor: str | Member | None, command_id: str | None = None
    ) -> list[Job]:
        """Carry out a command about jobs; return those that are still there then, each once."""
        unit = self.carry_out(command, actor, command_id)
        keys = [row_key("job", id) for id in dict.fromkeys(unit.jobs)]
        rows = self.host.store.read(self.host.tenant, keys).rows
        return [rows[key].value for key in keys if key in rows]

    def through(self, steps: Steps[T]) -> T:
        """Go through the steps of a call, and return what it comes to."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                answer: T = end.value
                return answer

    def sight(self, actor: str | Member) -> Sight:
        """Return what says whether somebody may see a thing."""
        from .sight import Sight  # few reads say who asks

        return Sight(self.host, self.records, self.journey, actor)

    def seen(self, found: tuple[T, ...], actor: str | Member | None) -> tuple[T, ...]:
        """Return those things that somebody may see; all, where it is not said who asks."""
        return found if actor is None else tuple(filter(self.sight(actor).sees, found))

    def looked(self) -> Records:
        """Return the records, once what ports answered so far is kept: for calls that only read."""
        present_turn().settle()
        return self.records
