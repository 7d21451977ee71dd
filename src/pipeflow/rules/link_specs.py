"""Descriptions of things that are linked: what cannot be so, and what was said otherwise before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

import attrs

from ..errors import Problem, a, shown
from ..model.checks import name_problems
from ..model.events import Event, FactRecorded, ItemCompleted, ItemReopened
from ..model.facts import ClientTaskAdded, ClientTaskRemoved, Fact, SignerRemoved
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    LockState,
    Ref,
    Signatory,
    SigningState,
)
from ..model.money import Money
from ..model.record import Plain, record
from ..model.templates import Signatures
from ..model.text import id_problems, text_problems
from ..model.values import composed_parts
from .creations import signatories
from .decision import State
from .item import is_done
from .signatures import is_same, signatories_meant

__all__ = ["LinkSpec", "contradictions", "link_problems"]

UNLINK_FIRST = "unlink it first to link it as something else"
SIGNED = (ItemKind.PROPOSAL, ItemKind.SIGNATURE)
# What is said of things of some kinds alone: what it is called, and the kinds.
OF_SOME_KINDS = {
    "total": ("total", (ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT)),
    "client_tasks": ("client tasks", (ItemKind.MESSAGE,)),
    "signatures": ("signatures", SIGNED),
    "signers": ("signers", SIGNED),
    "in_order": ("signers", SIGNED),
}


@record
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
    in_order: bool = False
    locked_by: tuple[str, ...] = ()


def link_problems(spec: LinkSpec) -> Iterator[Problem]:
    """Yield what is wrong with a thing that shall be linked, as the host describes it."""
    yield from id_problems(spec.ref.port, "$.ref")
    yield from id_problems(spec.ref.id, "$.ref")
    yield from text_problems(spec.name, "$.name", empty=False)
    yield from name_problems(spec.client_tasks, "$.client_tasks")
    yield from name_problems(spec.signers, "$.signers")
    yield from name_problems(spec.locked_by, "$.locked_by")
    if spec.locked_by and spec.kind is not ItemKind.LOCKED_DOCUMENT:
        what = f"only a document can be locked, and this is {a(spec.kind)}"
        yield Problem(what, "$.locked_by", allowed=(f"kind={ItemKind.LOCKED_DOCUMENT.value!r}",))
    elif spec.locked_by and spec.total is not None:
        yield Problem("belongs to an invoice; a document has invoices or a total", "$.total")
    for field, (noun, kinds) in OF_SOME_KINDS.items():
        is_said = getattr(spec, field) != getattr(attrs.fields(LinkSpec), field).default
        if is_said and spec.kind not in kinds:
            allowed = tuple(f"kind={one.value!r}" for one in kinds)
            what = f"{a(spec.kind.replace('_', ' '))} has no {noun}"
            yield Problem(what, f"$.{field}", allowed=allowed)
    if spec.total is not None and not isinstance(spec.total, Money):
        yield Problem("must be Money", "$.total", shown(spec.total), ("Money('450.00', 'USD')",))


def contradictions(
    spec: LinkSpec, item: Item, state: State, told: Iterable[Event], *, certain: bool
) -> Iterator[Problem]:
    """Yield what is said of a thing that is linked as something else already.

    It is compared with what is known by now, and what facts took out since is no contradiction.
    What others who have it know of it counts, whatever was said when it was linked; so what it
    comes to, asks for and who signs it is compared only where it is *certain* that nobody else
    has it.

    Raises:
        NotFoundError: The job has no such invoice as the document is locked by.
    """
    name = f"{item.name!r} is linked already"
    if item.kind is not spec.kind:
        what = f"{name}, as {a(item.kind.replace('_', ' '))}"
        yield Problem(f"{what}; {UNLINK_FIRST}", "$.kind", shown(spec.kind.value))
        return
    known = [one for one in told if _is_about(one, item)]
    if spec.completed and not _was_done(item, known):
        what = f"{name}, and is not done; complete it, or record what happened to it"
        yield Problem(what, "$.completed", shown(spec.completed))
    yield from _other_locks(spec, item, state, name)
    yield from _other_total(spec, item, name, certain=certain)
    if certain:
        facts = [one.fact for one in known if one.fact is not None]
        yield from _other_tasks(spec, item, facts, name)
        yield from _other_signers(spec, item, state, facts, name)


def _is_about(event: Event, item: Item) -> TypeGuard[FactRecorded | ItemCompleted | ItemReopened]:
    """Tell whether an event tells of a fact about the item."""
    return isinstance(event, FactRecorded | ItemCompleted | ItemReopened) and event.item == item.id


def _was_done(item: Item, told: Iterable[FactRecorded | ItemCompleted | ItemReopened]) -> bool:
    """Tell whether it is done, or was; a message that asks more since had asked nothing."""
    return (
        is_done(item)
        or not item.asks
        or any(
            isinstance(one, ItemCompleted) or isinstance(one.fact, ClientTaskAdded) for one in told
        )
    )


def _other_locks(spec: LinkSpec, item: Item, state: State, name: str) -> Iterator[Problem]:
    """Yield the invoices by which a document is said to be locked, and is not.

    One that was linked again is the same, and a name may be that of a newer one by now.
    """
    if spec.locked_by and not isinstance(item.progress, LockState):
        yield Problem(f"{name}, and no invoice locks it; {UNLINK_FIRST}", "$.locked_by")
        return
    ids = item.progress.invoices if isinstance(item.progress, LockState) else ()
    locking = [one for one in state.job.items if one.id in ids]
    called = {word for one in locking for word in (one.id, one.name, one.template)}
    refs = {one.ref for one in locking if one.ref is not None}
    for said in dict.fromkeys(spec.locked_by):
        found = state.job.item(said)
        if said not in called and found.id not in ids and found.ref not in refs:
            what = f"{name}, and {found.name!r} does not lock it; {UNLINK_FIRST}"
            yield Problem(what, "$.locked_by", shown(said))


def _other_total(spec: LinkSpec, item: Item, name: str, *, certain: bool) -> Iterator[Problem]:
    """Yield another total than the thing is known to come to."""
    bill = item.progress
    if spec.total is not None and isinstance(bill, LockState):
        what = f"{name}, and its invoices say what is to be paid"
        yield Problem(f"{what}; {UNLINK_FIRST}", "$.total", str(spec.total))
    elif spec.total is not None and isinstance(bill, InvoiceState):
        total = bill.total
        if total is None or (certain and total != spec.total):
            known = "without a total" if total is None else f"with a total of {total}"
            yield Problem(f"{name}, {known}; {UNLINK_FIRST}", "$.total", str(spec.total))


def _other_tasks(spec: LinkSpec, item: Item, facts: Iterable[Fact], name: str) -> Iterator[Problem]:
    """Yield the client tasks that a message does not have, and never had."""
    sheet = item.progress if isinstance(item.progress, Checklist) else Checklist()
    gone = [fact.name for fact in facts if isinstance(fact, ClientTaskRemoved)]
    known = {*composed_parts((*sheet.client_tasks, *gone))}
    for task in dict.fromkeys(spec.client_tasks):
        if task not in known:
            what = f"{name}, and has no such client task; record ClientTaskAdded"
            yield Problem(what, "$.client_tasks", shown(task))


def _other_signers(
    spec: LinkSpec, item: Item, state: State, facts: Iterable[Fact], name: str
) -> Iterator[Problem]:
    """Yield who is said to sign and need not, and never had to, and another way of signing."""
    letter = item.progress
    if not isinstance(letter, SigningState):
        return
    people = (*letter.signatories, *signatories(state.account.contacts))
    gone = [_person(people, fact.signer) for fact in facts if isinstance(fact, SignerRemoved)]
    for said in dict.fromkeys(spec.signers):
        meant = _person(people, said)
        if not any(is_same(one, meant) for one in (*letter.signatories, *gone)):
            what = f"{name}, and has no such signer; record SignerAdded"
            yield Problem(what, "$.signers", shown(said))
    if spec.signatures not in {Signatures.ALL, letter.required}:
        what = f"{name}, and {letter.required.value} of its signers must sign; {UNLINK_FIRST}"
        yield Problem(what, "$.signatures", shown(spec.signatures.value))
    if spec.in_order and not letter.in_order:
        yield Problem(f"{name}, to be signed in any order; {UNLINK_FIRST}", "$.in_order")


def _person(people: Sequence[Signatory], said: str) -> Signatory:
    """Return who is meant, or who is nobody's contact."""
    found, *_ = signatories_meant(people, said)
    return found[0] if found else Signatory(said, said)
