"""The commands that take back the last move of a job, and a job that such a move started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import ClassVar

from ... import rules
from ...errors import NotAllowedError
from ...model.events import AccessChanged, Event, MoveUndone, TagsChanged, events_of
from ...model.jobs import Job
from ...model.record import record, replaced
from ...ports.due import DueState
from ...ports.rows import CarriedOut, Query
from ..records import row_key
from ..references import how_far
from ..unit import Unit
from .command import JobCommand
from .peers import asked_back, had_by_others

__all__ = ["Undo", "UndoStart"]

NUMBER = "undo"  # stands in an answer where rows have their kind


@record
class Undo(JobCommand):
    """Take the last move of a job back, with all the automoves that it caused."""

    action: ClassVar[str] = "undo"

    def act(self, unit: Unit) -> None:
        """Read off the history what the move was, and how far what it asked for has come."""
        job = unit.job(self.job)
        past = _past(unit, self.job)
        if not rules.rests_by_move(job, past):
            rules.refuse_at_rest(job, "taken back to where it was")
        move = rules.latest_move(job, past)
        book = unit.book(move.pipeline)
        book.pipeline.stage(move.stage)  # it must be there to go back to

        how, touched = how_far(unit, past), _changed(unit, job, move.at)
        also = _starts_undone(unit, move.follow_ups, touched)
        others, unit.jobs = unit.jobs, ()
        state, cancels = _state(unit, self.job, move), unit.host.cancels
        now, actor = unit.now, unit.actor
        unit.apply(rules.undo_move(state, move, book, how, cancels, touched, now, actor, also))
        unit.jobs += others  # whoever undoes is asked about what is taken back with it
        told = next(e for e in unit.events() if isinstance(e, MoveUndone))
        unit.answer = told, sum(isinstance(e, MoveUndone) for e in past)

    # -- repeats ---------------------------------------------------------------------------------

    def rows(self, unit: Unit) -> tuple[tuple[str, str], ...]:
        """Return the job, and which of its undos this was; others may follow."""
        _, number = unit.answer
        return ("job", self.job), (NUMBER, str(number))

    def answer_again(self, unit: Unit, known: CarriedOut) -> None:
        """Tell what the undo came to that was carried out before.

        Raises:
            NotFoundError: The job was deleted meanwhile.
        """
        unit.job(self.job)
        undone = [e for e in _past(unit, self.job) if isinstance(e, MoveUndone)]
        number = int(dict(known.rows).get(NUMBER, "-1"))  # an older version kept no number
        unit.answer = undone[number], number


@record
class UndoStart(JobCommand):
    """Take back a job that the undo of another one's move took back, as a replay has to (R-26)."""

    action: ClassVar[str] = "undo"

    def act(self, unit: Unit) -> None:
        """Archive it, with all that it asked for.

        Raises:
            NotAllowedError: It has gone on.
        """
        job = unit.job(self.job)
        begun = rules.Beginning(_past(unit, self.job))
        if begun.touched:
            raise NotAllowedError(f"job {job.name!r} has gone on, and is not taken back")
        _starts_undone(unit, (self.job,), _changed(unit, job, begun.at))
        unit.jobs = ()


def _past(unit: Unit, id: str) -> tuple[Event, ...]:
    """Return the history of a job.

    Raises:
        NotFoundError: It has none, for the job was deleted since it was looked at.
    """
    found = tuple(events_of(unit.history(row_key("job", id))))
    if not found:
        raise unit.records.missing("job", id)
    return found


def _state(unit: Unit, id: str, move: rules.LastMove | None = None) -> rules.State:
    """Return the state of a job, which knows what of it others have, and what is asked back under
    the names of what its last move has cancelled.
    """
    job = unit.job(id)
    asked: dict[str, Mapping[str, DueState]] = {}
    if move is not None:
        gone = [item for item in job.items if item.id in move.cancelled and item.ref is not None]
        asked = {item.id: asked_back(unit, item, move.at) for item in gone}
    return replaced(unit.state(job), had=had_by_others(unit, job), asked_back=asked)


def _starts_undone(unit: Unit, ids: Sequence[str], touched: rules.ChangedSince) -> rules.Offspring:
    """Take back the jobs that a move started, and those that they did, the last one first.

    One that has gone on since is left alone, and so is what it started; one that was deleted is
    told, for what it had sent.
    """
    waiting, found = [(id, id) for id in ids], list[tuple[str, str, rules.Beginning]]()
    lists: list[rules.Lists] = [((), (), ())]
    out: set[str] = set()  # of the jobs that the move itself started
    while waiting:
        id, first = waiting.pop(0)
        if unit.get(row_key("job", id)) is None:
            lists.append(rules.left_alone(id, None))
            out.add(first)
            continue
        begun = rules.Beginning(_past(unit, id))
        if begun.touched:
            lists.append(rules.left_alone(id, unit.job(id)))
            out.add(first)
        else:
            found.append((id, first, begun))
            waiting += ((one, first) for one in begun.follow_ups)
    for id, first, begun in reversed(found):
        state, cancels = _state(unit, id), unit.host.cancels
        how = how_far(unit, begun.effects)
        done = rules.undo_start(state, begun, how, cancels, touched, unit.now, unit.actor)
        unit.apply(done[0])
        lists.append(done[1])
        *_, gone = done[1]
        if any(trace.item is not None for trace in gone):
            out.add(first)
    told = tuple(tuple(chain.from_iterable(parts)) for parts in zip(*lists, strict=True))
    return rules.Offspring(told, frozenset(out))


def _changed(unit: Unit, job: Job, since: datetime) -> rules.ChangedSince:
    """Return what was changed of an account since an instant: by hand, or by its other jobs."""
    jobs = unit.records.found(Query("job", (("account", job.account),)))
    logs = [row_key("account", job.account), *(key for key, _ in jobs if key.id != job.id)]
    events = [e for log in logs for e in events_of(unit.history(log)) if e.at > since]
    return rules.ChangedSince(_of(events, TagsChanged), _of(events, AccessChanged))


def _of(events: Iterable[Event], kind: type[TagsChanged | AccessChanged]) -> frozenset[str]:
    """Return all that came or went by events of a kind."""
    changes = (one for one in events if isinstance(one, kind))
    return frozenset().union(*(one.added | one.removed for one in changes))
