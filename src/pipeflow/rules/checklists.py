"""Checklists: client tasks of messages, subtasks of tasks, and a reply that stops reminders."""

from __future__ import annotations

from ..errors import NotFoundError, unknown
from ..model.events import ItemResolved
from ..model.facts import ClientTaskChecked, ClientTaskRemoved
from ..model.items import Checklist, Item, ItemState, Mark
from ..model.record import replaced
from ..model.values import composed_parts
from .item import LET_GO, LINK, NOTHING_LEFT, Touched

__all__ = ["ask_more", "ask_no_more", "reopen_thread", "reply", "subtask", "tick", "untick"]

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


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
    if one.is_done:
        one.reopen()
    else:
        one.note(name)


def ask_more(one: Touched, name: str) -> None:
    """Ask the client for one thing more: a message that was done, or asked nothing, waits again.

    In a thread that is put away or was cancelled it waits until that is taken back.
    """
    sheet = _checklist(one)
    if name in composed_parts(sheet.client_tasks):
        return
    item = one.item
    was_plain = item.state is RESOLVED and item.is_open_thread
    one.update(progress=replaced(sheet, client_tasks=(*sheet.client_tasks, name)))
    if one.is_done:
        one.reopen()
    elif was_plain:
        one.wait_again()
        one.remind_again(anew=True)
    else:
        one.note(name)


def ask_no_more(one: Touched, name: str) -> None:
    """Take a client task out; without an open one what is left is done, without any nobody waits.

    Of a message that was reopened all may be ticked: to take out one of these completes nothing.
    A message that was cancelled remembers that it was, since it may look as plain as one that
    never asked for anything. Who linked one may not know yet what it asks for, and remembers too.
    """
    sheet = _checklist(one)
    if name not in composed_parts(sheet.client_tasks):
        if one.item.origin == LINK and one.fact not in one.item.late_facts:
            one.update(late_facts=(*one.item.late_facts, one.fact))
            one.note(name)
        return
    left = tuple(task for task in composed_parts(sheet.client_tasks) if task != name)
    checked = tuple(task for task in composed_parts(sheet.checked) if task != name)
    was_open = bool(sheet.open_tasks)
    sheet = replaced(sheet, client_tasks=left, checked=checked)
    cancelled = one.is_over and one.item.marks.isdisjoint(LET_GO)
    one.update(progress=sheet)
    finished = was_open and bool(left) and not sheet.open_tasks
    if finished and one.is_open:
        one.complete()
    elif (finished and _waits_away(one.item)) or (cancelled and not left):
        one.note_late(name)
    elif one.item.state is not PENDING:
        one.note(name)
    else:
        one.note(name)
        if not left:
            one.update(state=RESOLVED)
            one.draft.tell(ItemResolved, one.item.id, one.item.name, NOTHING_LEFT)
            if sheet.replied:
                one.silence("replied to")


def reopen_thread(one: Touched) -> None:
    """Let an archived thread be open again, and heed what was ticked or asked for meanwhile.

    What was ticked before that completes nothing: the message may have been reopened since (R-3).
    """
    away, finished = Mark.AWAY in one.item.marks, _was_finished(one.item)
    one.take_out()
    if not away:
        return
    sheet = _checklist(one)
    if one.item.state is PENDING and finished and not sheet.open_tasks:
        one.complete()
    elif one.item.state is COMPLETED and sheet.open_tasks:
        one.reopen()


def _waits_away(item: Item) -> bool:
    """Tell whether a message is to wait when its archived thread is open again."""
    return item.state is RESOLVED and Mark.AWAY in item.marks


def _was_finished(item: Item) -> bool:
    """Tell whether something was done or taken out too late that would have completed it."""
    return any(isinstance(fact, ClientTaskChecked | ClientTaskRemoved) for fact in item.late_facts)


def subtask(one: Touched, name: str) -> None:
    """Tick a subtask; that never completes the task. Of a linked task any name may come."""
    linked = one.item.origin == LINK
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
