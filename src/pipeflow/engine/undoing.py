"""The call that takes a job's last move back, and its honest answer."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.jobs import Job
from ..model.record import Brief, Plain, frozen
from ..model.remains import NEVER_LEFT, Trace
from . import commands
from .desk import Desk
from .handles import job_id
from .who import Who

__all__ = ["Undoing", "Undone"]


@frozen
class Undone(Brief, Plain):
    """What an undo came to; it prints.

    `job` is back in its stage. `withdrawn` never left, `cancelled` is taken back at its ports, and
    `gone` cannot be taken back: somebody has to see to it. What the move cancelled before it had
    left is there too, for it does not come again.
    """

    job: Job
    withdrawn: tuple[Trace, ...] = ()
    cancelled: tuple[Trace, ...] = ()
    gone: tuple[Trace, ...] = ()

    def cells(self) -> dict[str, str]:
        """Return what is shown of it, by what it is."""
        several = {
            "Withdrawn before it left": self.withdrawn,
            "Being cancelled": self.cancelled,
            "Gone out, and cannot be taken back": self._of_gone(never_left=False),
            "Cancelled by the move, and not asked for again": self._of_gone(never_left=True),
        }
        return {"Undone": str(self.job)} | {
            what: "; ".join(map(str, some)) for what, some in several.items()
        }

    def __str__(self) -> str:
        """Print a line for each thing."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.job.name!r} is back in stage {self.job.stage!r}, visit {self.job.visit}"
        yield from (f"- withdrawn before it left: {one}" for one in self.withdrawn)
        yield from (f"- being cancelled: {one}" for one in self.cancelled)
        for one in self._of_gone(never_left=False):
            yield f"- gone out, and cannot be taken back: {one}"
        for one in self._of_gone(never_left=True):
            yield f"- cancelled by the move, and not asked for again: {one}"

    def _of_gone(self, *, never_left: bool) -> tuple[Trace, ...]:
        """Return those of what cannot be taken back that had left, or that never had."""
        return tuple(one for one in self.gone if (one.note == NEVER_LEFT) is never_left)


class Undoing:
    """The call that takes a move back."""

    _desk: Desk

    def undo(self, job: Job | str, *, actor: Who = None, command_id: str | None = None) -> Undone:
        """Take back the last move of a job, with all the automoves that it caused (R-26).

        The job is back in its stage, in the visit that it was in, with its items and reminders as
        they were; a reminder that the move took back is asked for anew. Tags, access and assignees
        that the move set go back, unless they were changed since. What it made stays as a resolved
        item, and what it sent is listed. A fact that caused the move stays; automove is evaluated
        again with the next one.

        Args:
            job: The job or its id.
            actor: Who undoes it.
            command_id: Makes it act once, however often it is sent.

        Raises:
            NotFoundError: There is no such job, or the stage, status or pipeline is gone.
            NotAllowedError: It has not moved, its last move was undone already, or something else
                than receipts and reminders has happened to it since, which is named.
        """
        unit, last = self._desk.carried(commands.Undo(job_id(job)), actor, command_id)
        told, _ = unit.answer
        after = self._desk.standing(unit, last)
        return Undone(after, told.withdrawn, told.cancelled, told.gone)
