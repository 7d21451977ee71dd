"""The commands on a job that is there, each a pure function of state, command and instant."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

import attrs

from ..errors import NotAllowedError, NotFoundError, unknown
from ..model.accounts import Account
from ..model.events import (
    FactRecorded,
    ItemCompleted,
    ItemLinked,
    ItemUnlinked,
    JobTransferred,
    MoveCause,
    StatusChanged,
    TagsChanged,
)
from ..model.facts import Cancelled, EmailBounced, Fact
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    ItemState,
    Progress,
    Questionnaire,
    Ref,
    Signatory,
    SigningState,
)
from ..model.jobs import JobStatus
from ..model.money import Money
from ..model.plain import Plain
from ..model.stages import Stage
from ..model.swift import replaced
from ..model.templates import Signatures
from ..model.text import slug
from .draft import Draft
from .moving import advance, enter
from .paying import paid_up
from .recording import completing_facts
from .recording import record as take_in
from .state import Decision, State
from .touched import Touched

__all__ = [
    "LinkSpec",
    "bounce",
    "complete",
    "link",
    "move",
    "place_of",
    "record",
    "reevaluate",
    "set_status",
    "tag",
    "transfer",
    "unlink",
]


def move(state: State, stage: Stage, skip: AbstractSet[str], now: datetime, actor: str) -> Decision:
    """Move a job by hand: any stage, either way; to the stage where it is it does nothing (A-21).

    Raises:
        NotAllowedError: The job is archived.
        NotFoundError: *skip* names an automation that the stage does not have.
    """
    draft = Draft(state, now, actor)
    known = [str(one.id) for one in stage.automations]
    if strangers := [name for name in sorted(skip) if name not in known]:
        where = f"stage {stage.name!r}"
        raise NotFoundError(*(unknown("automation", s, known, where=where) for s in strangers))
    if stage.id == state.job.stage:
        return draft.decide()
    _refuse_archived(state, "moved")
    enter(draft, stage, MoveCause.BY_HAND, skip)
    advance(draft, entered=True)
    return draft.decide()


def transfer(state: State, stage: Stage, now: datetime, actor: str) -> Decision:
    """Take a job over to the pipeline of `state.book`, firing the stage's automations (A-16).

    Links are kept; items of earlier visits do not block; the status becomes Active.

    Raises:
        NotAllowedError: The job is archived.
    """
    _refuse_archived(state, "transferred")
    draft = Draft(state, now, actor)
    target = state.book.pipeline
    if target.id == state.job.pipeline:
        return move(state, stage, frozenset(), now, actor)
    draft.job = replaced(state.job, pipeline=target.id, status=JobStatus.ACTIVE)
    draft.events.append(
        JobTransferred(now, draft.job.id, actor, state.job.pipeline, target.id, stage.id)
    )
    if state.job.status != JobStatus.ACTIVE:
        draft.events.append(
            StatusChanged(now, draft.job.id, actor, state.job.status, JobStatus.ACTIVE)
        )
    enter(draft, stage, MoveCause.TRANSFER)
    advance(draft, entered=True)
    return draft.decide()


def _refuse_archived(state: State, done: str) -> None:
    if state.job.status == JobStatus.ARCHIVED:
        raise NotAllowedError(
            f"job {state.job.name!r} is archived and can not be {done}; restore it first"
        )


def record(
    state: State, item: str, fact: Fact, now: datetime, actor: str, *, peer: bool = False
) -> Decision:
    """Take in what happened to an item, and move the job on if that was the last thing missing.

    A *peer* is the same thing as another job has it linked, maybe as something else, to which the
    fact then says nothing.

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError, DefinitionError: The fact does not fit; see `recording.record`.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state)
    if not peer or draft.items[place].kind in fact.about:
        take_in(draft, place, fact)
    return _evaluated(draft)


def complete(state: State, item: str, now: datetime, actor: str, *, peer: bool = False) -> Decision:
    """Record whatever completes an item of its kind; a *peer* that asks nothing stays as it is.

    Raises:
        NotFoundError: The job has no such item.
        NotAllowedError: The item asks nothing of anybody.
    """
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state)
    found = draft.items[place]
    for fact in () if peer and not found.asks else completing_facts(found):
        take_in(draft, place, fact)
    return _evaluated(draft)


def _evaluated(draft: Draft) -> Decision:
    """Evaluate automove if anything happened, and close the draft."""
    if draft.events:
        advance(draft)
    return draft.decide()


def reevaluate(state: State, now: datetime, actor: str) -> Decision:
    """Evaluate automove as after a completion, for a stage whose toggle came on later (A-6)."""
    draft = Draft(state, now, actor)
    advance(draft)
    return draft.decide()


def place_of(items: list[Item], item: str, state: State) -> int:
    """Return where an item stands, by its id.

    Raises:
        NotFoundError: With the ids that there are.
    """
    for place in range(len(items) - 1, -1, -1):
        if items[place].id == item:
            return place
    known = [one.id for one in items]
    raise NotFoundError(unknown("item", item, known, where=f"job {state.job.name!r}"))


def bounce(state: State, fact: EmailBounced, now: datetime, actor: str) -> Decision:
    """Write down that an e-mail came back; its automation stays done (A-27)."""
    draft = Draft(state, now, actor)
    draft.events.append(FactRecorded(now, state.job.id, actor, "", "e-mail", fact, fact.reason))
    return draft.decide()


@attrs.frozen(weakref_slot=False, eq=False, repr=False)
class LinkSpec(Plain):
    """A thing made elsewhere that shall be linked: what it is, and how far it has come."""

    ref: Ref
    kind: ItemKind
    name: str
    completed: bool = False
    total: Money | None = None
    client_tasks: tuple[str, ...] = ()
    signatures: Signatures = Signatures.ALL
    signers: tuple[str, ...] = ()
    known: Item | None = None  # the same thing, as another job or visit has it


def link(state: State, spec: LinkSpec, now: datetime, actor: str) -> Decision:
    """Link a thing made elsewhere; it counts for automove like the others (domain.md 2.1).

    One that is complete already counts as completed in this visit, so the job may move (A-9).
    The same thing twice changes nothing.
    """
    draft = Draft(state, now, actor)
    if any(item.ref == spec.ref and item.origin == "link" for item in draft.items):
        return draft.decide()
    draft.made += 1
    item = Item(
        f"{draft.job.id}/{draft.made}",
        draft.job.id,
        spec.kind,
        spec.name,
        None,
        ItemState.PENDING,
        spec.ref,
        draft.visit,
        draft.stage,
        "link",
        now,
        None,
        _progress(spec, state.account),
    )
    draft.events.append(ItemLinked(now, draft.job.id, actor, item.id, item.name))
    if not item.asks:
        item = replaced(item, state=ItemState.RESOLVED)
    elif spec.completed or (spec.known is not None and spec.known.state is ItemState.COMPLETED):
        item = replaced(item, state=ItemState.COMPLETED, progress=paid_up(item.progress))
        draft.events.append(ItemCompleted(now, draft.job.id, actor, item.id, item.name))
    draft.items.append(item)
    return _evaluated(draft)


def _progress(spec: LinkSpec, account: Account) -> Progress:
    so_far = spec.known.progress if spec.known is not None else None
    if isinstance(so_far, SigningState):
        return replaced(so_far, invoice=None)  # acceptance brings one invoice, where it was sent
    if so_far is not None and not (isinstance(so_far, InvoiceState) and so_far.total is None):
        return so_far
    match spec.kind:
        case ItemKind.INVOICE | ItemKind.LOCKED_DOCUMENT:
            return InvoiceState(spec.total)
        case ItemKind.PROPOSAL | ItemKind.SIGNATURE:
            known = {c.id: Signatory(c.id, c.name, c.email) for c in account.contacts}
            signers = spec.signers or tuple(c.id for c in account.signatories)
            return SigningState(
                spec.signatures, tuple(known.get(one, Signatory(one, one)) for one in signers)
            )
        case ItemKind.MESSAGE:
            return Checklist(spec.client_tasks)
        case ItemKind.ORGANIZER:
            return Questionnaire(())
        case _:
            return None


def unlink(state: State, item: str, now: datetime, actor: str) -> Decision:
    """Let go of an item: it is resolved, nothing is deleted, automove is evaluated (A-10)."""
    draft = Draft(state, now, actor)
    place = place_of(draft.items, item, state)
    found = draft.items[place]
    if found.state is ItemState.PENDING:
        Touched(draft, place, Cancelled("unlinked")).resolve("unlinked")
    elif found.ref is None:
        return draft.decide()
    draft.items[place] = replaced(draft.items[place], ref=None)
    draft.events.append(ItemUnlinked(now, state.job.id, actor, found.id, found.name))
    return _evaluated(draft)


def set_status(state: State, status: str, now: datetime, actor: str) -> Decision:
    """Set a job's status: Active, Completed, Archived or one of the pipeline's own.

    Archiving stops the reminders of everything but messages (domain.md part 4), and restoring
    does not start them again (A-37). A job that becomes Active again is evaluated (A-23).

    Raises:
        NotFoundError: With the statuses that there are.
    """
    draft = Draft(state, now, actor)
    target = _status(state, status)
    before = state.job.status
    if target == before:
        return draft.decide()
    draft.job = replaced(state.job, status=target)
    draft.events.append(StatusChanged(now, state.job.id, actor, before, target))
    if target == JobStatus.ARCHIVED:
        for place, item in enumerate(draft.items):
            if item.kind is not ItemKind.MESSAGE:
                draft.items[place] = draft.disarm(item, "the job was archived")
                draft.hush(item)
    if target == JobStatus.ACTIVE:
        advance(draft)
    return draft.decide()


def _status(state: State, status: str) -> str:
    known = [*(s.value for s in JobStatus), *state.book.pipeline.statuses]
    for one in known:
        if isinstance(status, str) and slug(one) == slug(status):
            return one
    raise NotFoundError(unknown("status", status, known, where=f"job {state.job.name!r}"))


def tag(
    account: Account,
    add: frozenset[str],
    remove: frozenset[str],
    now: datetime,
    actor: str,
    *,
    clear: bool = False,
) -> tuple[Account, TagsChanged | None]:
    """Change an account's tags by hand: remove (or clear) first, then add (A-13)."""
    kept = frozenset[str]() if clear else account.tags - remove
    tags = kept | add
    if tags == account.tags:
        return account, None
    event = TagsChanged(
        now, "", actor, account.id, tags - account.tags, account.tags - tags, "by hand"
    )
    return replaced(account, tags=tags), event
