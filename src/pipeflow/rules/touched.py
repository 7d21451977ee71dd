"""An item in a decision: what can become of it, whatever the fact."""

from __future__ import annotations

from ..model.events import FactRecorded, ItemCompleted, ItemReopened, ItemResolved
from ..model.facts import Fact
from ..model.items import Item, ItemState
from ..model.jobs import JobStatus
from ..model.swift import changing, replaced, swift
from .draft import Draft

__all__ = ["Touched"]

_completed, _with_state = swift(ItemCompleted), changing(Item, "state")
LATE = "it was no longer waited for"
PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


class Touched:
    """An item that a fact touches, at its place in the draft."""

    __slots__ = ("draft", "fact", "item", "place")

    def __init__(self, draft: Draft, place: int, fact: Fact) -> None:
        """Take the draft, the item's place in it, and the fact."""
        self.draft = draft
        self.place = place
        self.item = draft.items[place]
        self.fact = fact

    def update(self, **changes: object) -> None:
        """Change the item."""
        self.item = self.draft.items[self.place] = replaced(self.item, **changes)

    def note(self, note: str = "") -> None:
        """Write down that it happened; the item's state stays."""
        draft, item = self.draft, self.item
        draft.events.append(
            FactRecorded(draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact, note)
        )

    def complete(self) -> None:
        """Complete the item, once; one that was resolved before stays so."""
        draft, item = self.draft, self.item
        if item.state is RESOLVED:
            self.note_late(LATE)
        elif item.state is PENDING:
            done = draft.disarm(item) if item.timer is not None else item
            self.item = draft.items[self.place] = _with_state(done, COMPLETED)
            if item.reminded:
                draft.hush(item)
            draft.events.append(
                _completed(draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact)
            )

    def note_late(self, note: str) -> None:
        """Write down, once, what came when it did not matter any more."""
        if not self.item.late:
            self.update(late=True)
            self.note(note)

    def reopen(self) -> None:
        """Let a completed item wait for somebody again; the job stays where it is (A-11)."""
        draft, item = self.draft, self.item
        if item.state is not COMPLETED:
            return
        opened = replaced(item, state=PENDING)
        draft.events.append(
            ItemReopened(draft.now, draft.job.id, draft.actor, item.id, item.name, self.fact)
        )
        if draft.job.status != JobStatus.ARCHIVED:
            opened = draft.arm(opened, opened.reminders)
        self.item = draft.items[self.place] = opened

    def resolve(self, reason: str) -> None:
        """Stop waiting for the item, without calling it done; what is done stays so (A-10)."""
        draft, item = self.draft, self.item
        if item.state is COMPLETED:
            self.note_late(reason)
            return
        if item.state is RESOLVED and item.timer is None:
            return
        self.item = draft.items[self.place] = replaced(draft.disarm(item), state=RESOLVED)
        draft.hush(item)
        if item.request is not None and item.ref is None:
            draft.withdraws.append(item.request)
        draft.events.append(
            ItemResolved(draft.now, draft.job.id, draft.actor, item.id, item.name, reason)
        )

    def follows(self, otherwise: str) -> bool:
        """Tell whether anything may follow from the fact, or warn of what did not (A-22)."""
        status = self.draft.job.status
        if status in {JobStatus.COMPLETED, JobStatus.ARCHIVED}:
            self.draft.warn(f"{self.item.name!r}: the job is {status.lower()}, {otherwise}")
            return False
        return True
