"""Checklists: client tasks of messages, subtasks of tasks, and a reply that stops reminders."""

from __future__ import annotations

from ..errors import NotFoundError, unknown
from ..model.items import Checklist, ItemState
from ..model.record import replaced
from ..model.values import composed_parts
from .item import Touched

__all__ = ["reply", "subtask", "tick", "untick"]


def _checklist(one: Touched, name: str | None = None, what: str = "client task") -> Checklist:
    """Return the message's client tasks, or the task's subtasks, of which *name* must be one.

    They are composed, as the name in the fact is (R-16); an older version kept them as typed.
    """
    progress = one.item.progress
    sheet = progress if isinstance(progress, Checklist) else Checklist()
    if name is not None and name not in sheet.client_tasks:
        sheet = replaced(
            sheet,
            client_tasks=composed_parts(sheet.client_tasks),
            checked=composed_parts(sheet.checked),
        )
        if name not in sheet.client_tasks:
            where = one.item.label
            raise NotFoundError(unknown(what, name, sheet.client_tasks, where=where))
    return sheet


def tick(one: Touched, name: str) -> None:
    """Tick a client task; the last one completes the message."""
    sheet = _checklist(one, name)
    if name in sheet.checked:
        return
    sheet = replaced(sheet, checked=(*sheet.checked, name))
    one.update(progress=sheet)
    if sheet.open_tasks:
        one.note(name)
    else:
        one.complete()


def untick(one: Touched, name: str) -> None:
    """Take a tick back; a completed message waits again."""
    sheet = _checklist(one, name)
    if name not in sheet.checked:
        return
    left = tuple(task for task in sheet.checked if task != name)
    one.update(progress=replaced(sheet, checked=left))
    if one.item.state is ItemState.COMPLETED:
        one.reopen()
    else:
        one.note(name)


def subtask(one: Touched, name: str) -> None:
    """Tick a subtask; that never completes the task. Of a linked task any name may come."""
    linked = one.item.origin == "link"
    sheet = _checklist(one, None if linked else name, "subtask")
    if name not in sheet.checked:
        one.update(progress=replaced(sheet, checked=(*sheet.checked, name)))
        one.note(name)


def reply(one: Touched) -> None:
    """Note a reply; where no task is open, it stops the reminders."""
    sheet = _checklist(one)
    if sheet.replied:
        return
    one.update(progress=replaced(sheet, replied=True))
    one.note()
    if not sheet.open_tasks:
        one.silence("replied to")
