"""Checklists: client tasks of messages, subtasks of tasks, and a reply that stops reminders."""

from __future__ import annotations

from ..errors import NotFoundError, unknown
from ..model.items import Checklist, ItemState
from ..model.swift import replaced
from .touched import Touched

__all__ = ["reply", "subtask", "tick", "untick"]


def _checklist(one: Touched, name: str | None = None) -> Checklist:
    """Return the message's client tasks, of which *name* must be one."""
    progress = one.item.progress
    sheet = progress if isinstance(progress, Checklist) else Checklist()
    if name is not None and name not in sheet.client_tasks:
        where = f"item {one.item.id}"
        raise NotFoundError(unknown("client task", name, sheet.client_tasks, where=where))
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
    progress = one.item.progress
    sheet = progress if isinstance(progress, Checklist) else Checklist()
    if one.item.origin != "link" and name not in sheet.client_tasks:
        where = f"item {one.item.id}"
        raise NotFoundError(unknown("subtask", name, sheet.client_tasks, where=where))
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
        one.item = one.draft.items[one.place] = one.draft.disarm(one.item, "replied to")
        one.draft.hush(one.item)
