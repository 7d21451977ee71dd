"""The journey of a command: whoever commits second finds other versions and decides anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias

from .. import rules
from ..errors import (
    ConflictError,
    DefinitionError,
    DuplicateCommandError,
    LimitError,
    MovedOnError,
    NotFoundError,
    PipeflowError,
    Problem,
    StoreError,
    shown,
)
from ..model.accounts import Member
from ..model.text import text_problems
from ..ports.requests import Message
from ..ports.rows import CarriedOut, RowKey, Stored
from ..ports.services import Intent
from . import commands
from .host import Host
from .records import FIRM, PIECE, Records
from .turn import DEPTH, Mark, Turn, present_turn
from .unit import Unit

# What an attempt begins with: the arguments of its unit.
Begun: TypeAlias = tuple[
    Host, Records, tuple[RowKey, ...] | None, dict[RowKey, Stored], datetime, str, int
]

__all__ = ["LONGEST_COMMAND_ID", "Journey", "check_command_id"]

LONGEST_COMMAND_ID = 255
TRIES = 500  # how often a command is decided anew when somebody else commits first


class Journey:
    """Carries commands out, each in one commit."""

    def __init__(self, host: Host, records: Records) -> None:
        """Take what it decides and commits with."""
        self._host = host
        self._records = records

    def carry_out(
        self,
        turn: Turn,
        command: commands.Command,
        actor: str | Member | None = None,
        command_id: str | None = None,
        known: dict[RowKey, Stored] | None = None,
    ) -> Unit:
        """Carry a command out, unless it was before, and leave to the turn what follows from it.

        Where its rows are `known`, they are read again only if somebody else has written them.

        Returns:
            What it came to; for a repeat, the rows that it was about as they now stand.

        Raises:
            ConflictError: The command id was given to another command before, or others committed
                first again and again.
        """
        host = self._host
        if command_id is not None:
            check_command_id(command_id)
        mine = Mark()
        try:
            who = host.enter(turn, mine, command.action, actor)
            if host.has_authorizer and actor is not None:
                self._allow(command, who)
            turn.last = None
            unit = self._decided(turn, command, who, command_id, known)
        finally:
            turn.end(host, mine)
        if host.has_waker:
            host.wake(unit.waits())
            if unit.claims:
                host.wake_at_end_of(unit.firm.value.settings.lease)
        return unit

    def _decided(
        self,
        turn: Turn,
        command: commands.Command,
        who: str,
        command_id: str | None,
        known: dict[RowKey, Stored] | None,
    ) -> Unit:
        """Decide until nobody else commits first, or give up.

        A row that the command came upon, and that is not there, is looked for once more: where it
        was deleted between two looks, such as that of a job beside, all may be decided without it.
        """
        missed = None
        for _ in range(TRIES):
            try:
                unit = self._attempt(turn, command, who, command_id, known)
            except NotFoundError as error:
                if error.row in {None, missed, *command.keys()}:
                    raise
                unit, missed = None, error.row
            if unit is not None:
                return unit
            known = None
        raise ConflictError(f"{TRIES} times somebody else committed first; try again later")

    def _attempt(
        self,
        turn: Turn,
        command: commands.Command,
        who: str,
        command_id: str | None,
        known: dict[RowKey, Stored] | None = None,
    ) -> Unit | None:
        """Read, decide and commit; None where somebody else committed first."""
        host, keys, result = self._host, None, None
        if known is None:
            keys = command.keys()
            known, result = host.store.read(
                host.tenant, (FIRM, *keys), accounts=True, command_id=command_id
            )
        now, depth = host.now(turn), DEPTH.get()
        begun = (host, self._records, keys, known, now, who, depth)
        unit = Unit(*begun)
        if result is not None and command_id is not None:
            return self._repeated(unit, command, command_id, result)
        if depth > unit.firm[1].settings.deepest:
            raise _circle(command, depth)
        asks, intent = host.has_authorizer and who != rules.SYSTEM, None
        if asks and host.weighs:
            intent, _ = self._weigh(command, unit, who, begun)
        try:
            command.act(unit)
            if unit.relocked or unit.voided or unit.turned or unit.redated:
                _reach_others(unit)
        except rules.ThreadWanted as wanted:
            unit = self._looked(command, wanted, begun, unit)
        if asks:
            self._allow_others(command, unit, who, intent)
        if not unit.puts and command_id is None and unit.is_empty:
            return unit
        answer = None if command_id is None else command.result(unit)
        try:
            final = host.store.commit(unit.changes(command_id, answer))
        except MovedOnError:
            raise
        except (ConflictError, DuplicateCommandError):
            return None  # also the same command; the next look finds what it answered
        if final:
            turn.last = unit
            if unit.claims:
                turn.sendings.append((host, unit.claims))
            if host.listeners:
                turn.events.extend((host, event, unit.depth) for event in unit.events())
        return unit

    def allow(self, several: Sequence[commands.Command], actor: str | Member | None) -> None:
        """Refuse what somebody may not do, before anything of several things is done.

        Raises:
            NotAllowedError: The authorizer said no to one of them.
        """
        host, turn = self._host, present_turn()
        unit = self.unit() if host.weighs and several else None
        for one in several:
            mine = Mark()
            try:
                who = host.enter(turn, mine, one.action, actor)
                if actor is not None:
                    self._allow(one, who)
                if unit is not None and who != rules.SYSTEM:
                    keys = one.keys()
                    rows = dict(host.store.read(host.tenant, (FIRM, *keys), accounts=True).rows)
                    begun = (host, self._records, keys, rows, unit.now, who, unit.depth)
                    intent, tried = self._weigh(one, unit, who, begun)
                    if tried is not None:
                        self._allow_others(one, tried, who, intent)
            finally:
                turn.end(host, mine)

    def _allow(self, command: commands.Command, who: str) -> None:
        """Ask about a command by the names of things, where the authorizer goes by no more."""
        host = self._host
        if not host.weighs:
            host.ask(Intent(actor=who, action=command.action, about=command.about))

    def _weigh(
        self, command: commands.Command, unit: Unit, who: str, begun: Begun
    ) -> tuple[Intent, Unit | None]:
        """Ask about all that a command would do, which is tried first: so it is known.

        Returns:
            What was asked, and what the command came to when it was tried; None where it was not,
            or would be refused.
        """
        from .intents import as_tried, intent_of  # few hosts ask for it

        trial = as_tried(command)
        done = None if trial is None else self._tried(trial, begun)
        tried = done if isinstance(done, Unit) else None
        intent = intent_of(command, unit, who, tried)
        self._host.ask(intent)
        return intent, tried

    def _tried(self, command: commands.Command, begun: Begun) -> Unit | PipeflowError:
        """Return what a command would come to, or why it is refused; nothing is written."""
        try:
            unit = Unit(*begun)
            try:
                command.act(unit)
                _reach_others(unit)
            except rules.ThreadWanted as wanted:
                return self._looked(command, wanted, begun, unit)
        except PipeflowError as error:
            return error
        return unit

    def _allow_others(
        self, command: commands.Command, unit: Unit, who: str, intent: Intent | None
    ) -> None:
        """Ask about what a command reaches beside what it is about, now that it is decided."""
        from .bystanders import bystanders  # few hosts ask for it

        host, rows = self._host, bystanders(command, unit)
        if intent is None:
            for row in rows:
                host.ask(Intent(actor=who, action=command.action, about=row.id))
            return
        from .intents import intents_beside

        for one in intents_beside(command, unit, intent, rows):
            host.ask(one)

    def _looked(
        self, command: commands.Command, wanted: rules.ThreadWanted, begun: Begun, unit: Unit
    ) -> Unit:
        """Decide anew, now that somebody has looked for the threads of other jobs (A-48), as the
        unit has left them that asked for it.

        What the decision rests on is expected by its commit.
        """
        threads: dict[str, str] = {}
        rows, looked = begun[3], list[RowKey]()
        while True:
            if wanted.job in threads:  # whoever asks does not take the answer: no end would come
                raise wanted
            threads[wanted.job] = _written_in(wanted, unit)
            found = None if threads[wanted.job] else self._latest_thread(wanted, unit)
            if found is not None:
                key, rows[key], threads[wanted.job] = found
                looked.append(key)
            unit = Unit(*begun)
            unit.threads = threads
            try:
                command.act(unit)
                _reach_others(unit)
            except rules.ThreadWanted as more:
                wanted = more
                continue
            for key in looked:
                unit.get(key)
            return unit

    def _latest_thread(
        self, wanted: rules.ThreadWanted, unit: Unit
    ) -> tuple[RowKey, Stored, str] | None:
        """Return the latest thread that is open still, with all that a unit has decided so far."""
        jobs = {key: job for key, job in unit.puts.items() if key.kind == "job"}
        stood = ((unit.stood(key), job) for key, job in jobs.items())
        told = (rules.closed_threads(old.items, job.items) for old, job in stood if old is not None)
        closed = wanted.closed.union(*told)
        return self._records.latest_thread(wanted.account, wanted.job, jobs, closed)

    def unit(self) -> Unit:
        """Return a unit to look things up with, of which nothing will be written."""
        host = self._host
        rows = host.store.read(host.tenant, (FIRM,)).rows
        return Unit(host, self._records, (), rows, host.now(present_turn()), "")

    def rehearse(self, commands: Sequence[commands.Command]) -> Iterator[PipeflowError | None]:
        """Decide commands of which nothing is written, and yield why each would be refused."""
        host, now = self._host, self._host.now(present_turn())
        for start in range(0, len(commands), PIECE):
            piece = commands[start : start + PIECE]
            keys = tuple(dict.fromkeys(chain.from_iterable(one.keys() for one in piece)))
            rows = dict(host.store.read(host.tenant, (FIRM, *keys), accounts=True).rows)
            for one in piece:
                tried = self._tried(one.as_tried(), (host, self._records, keys, rows, now, "", 0))
                yield tried if isinstance(tried, PipeflowError) else None

    def repeat(self, command: commands.Command, command_id: str) -> Unit | None:
        """Return what a command came to that was carried out before, or None."""
        check_command_id(command_id)
        host = self._host
        read = host.store.read(host.tenant, (FIRM,), command_id=command_id)
        if read.result is None:
            return None
        unit = Unit(host, self._records, (), read.rows, host.now(present_turn()), "")
        return self._repeated(unit, command, command_id, read.result)

    def _repeated(
        self, unit: Unit, command: commands.Command, command_id: str, stored: Stored
    ) -> Unit:
        """Answer a repeat, before anything else is looked at.

        Raises:
            ConflictError: The id was given to another command before.
        """
        known = stored.value
        if not isinstance(known, CarriedOut):
            raise StoreError(f"the store holds no readable result of command {command_id!r}")
        if not command.is_repeat(known):
            raise used_before(command_id, known)
        unit.jobs = tuple(id for kind, id in known.rows if kind == "job")
        command.answer_again(unit, known)
        return unit


def _written_in(wanted: rules.ThreadWanted, unit: Unit) -> str:
    """Return the thread in which a command has itself written last to an account: none is later,
    and no store knows of it yet (A-48).
    """
    for due in reversed(unit.dues):
        said = due.action
        if isinstance(said, Message) and said.account == wanted.account:
            return said.reply_to or said.item or ""
    return ""


def _reach_others(unit: Unit) -> None:
    """Let what is decided reach documents, bills and dates beside what the command is about."""
    if unit.relocked:
        from .commands.peers import tell_locks  # loads on first use

        tell_locks(unit)
    if unit.voided:
        from .commands.letters import decide  # loads on first use
        from .references import keep_void

        keep_void(unit)
        for job, id, _ in unit.voided:
            decide(unit, job, id)
    for job in unit.turned:
        from .commands.letters import turned  # loads on first use

        turned(unit, job)
    if unit.redated:
        from .ripples import tell_dates  # loads on first use

        tell_dates(unit, unit.redated)


def _circle(command: commands.Command, depth: int) -> LimitError:
    """Return the error of a command that stands deeper than the firm allows."""
    return LimitError(
        f"{command.action!r} stands {depth} calls deep in ports and handlers that call the "
        "engine; something calls itself in a circle (Settings.deepest)"
    )


def used_before(command_id: str, known: CarriedOut) -> ConflictError:
    """Return the error of a command id that was given to another command."""
    import json  # loads on first use

    said = json.loads(known.said)
    told = f"for {said.get('do')!r}" + (f" on {about!r}" if (about := _about(said)) else "")
    sentence = f"command id {command_id!r} was used before, {told}"
    return ConflictError(f"{sentence}; give each command an id of its own")


def _about(said: dict[str, Any]) -> str:
    """Tell what a command was about, by what it said."""
    about = next((said[key] for key in ("job", "item", "ref", "key", "account") if key in said), "")
    return f"{about['port']}:{about['id']}" if isinstance(about, dict) else about


def check_command_id(command_id: object, longest: int = LONGEST_COMMAND_ID) -> None:
    """Refuse a command id that a store could not keep.

    Raises:
        DefinitionError: It is none.
    """
    if not isinstance(command_id, str) or not 0 < len(command_id) <= longest:
        what = f"must be a text of 1 to {longest} characters"
        raise DefinitionError(Problem(what, "$.command_id", shown(command_id)))
    if problems := tuple(text_problems(command_id, "$.command_id")):
        raise DefinitionError(*problems)
