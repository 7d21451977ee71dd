"""Descriptions of things that are linked: what cannot be so, and what was said otherwise before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, TypeGuard

import attrs

from ..errors import Problem, a, shown
from ..model.accounts import Account
from ..model.checks import name_problems, of_kind, repeated
from ..model.events import Event, FactRecorded, ItemCompleted, ItemLinked, ItemReopened
from ..model.facts import ClientTaskAdded, ClientTaskRemoved, Fact, SignerRemoved
from ..model.items import (
    Checklist,
    InvoiceState,
    Item,
    ItemKind,
    LockState,
    Mark,
    Progress,
    Ref,
    Signatory,
    SigningState,
)
from ..model.money import Money
from ..model.record import Plain, record, replaced
from ..model.templates import Signatures
from ..model.text import id_problems, text_problems
from ..model.values import composed_parts
from .creations import signatories
from .decision import State
from .item import is_done
from .payments import may_come_to
from .signatures import is_same, signatories_meant

__all__ = [
    "LinkSpec",
    "are_same",
    "as_said",
    "contradictions",
    "link_problems",
    "named",
    "unheeded",
]

UNLINK_FIRST = "unlink it first to link it as something else"
UNLINK_ALL = "another job has it too: unlink it on all jobs first to link it as something else"
TASK_FACTS = "ClientTaskAdded and ClientTaskRemoved"
SIGNER_FACTS = "SignerAdded and SignerRemoved"
SIGNED = (ItemKind.PROPOSAL, ItemKind.SIGNATURE)
# What is said of things of some kinds alone: what it is called, and the kinds.
OF_SOME_KINDS = {
    "total": ("total", (ItemKind.INVOICE, ItemKind.LOCKED_DOCUMENT)),
    "client_tasks": ("client tasks", (ItemKind.MESSAGE,)),
    "signatures": ("signatures", SIGNED),
    "signers": ("signers", SIGNED),
    "in_order": ("signers", SIGNED),
}

Told: TypeAlias = FactRecorded | ItemCompleted | ItemReopened


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
    yield from _total_problems(spec.total)
    for twice in repeated(of_kind(str, spec.client_tasks)):
        yield Problem(f"asks for {twice!r} twice; give each a name of its own", "$.client_tasks")


def _total_problems(total: object) -> Iterator[Problem]:
    """Yield what is wrong with what a thing comes to, which may be nothing, or not be known."""
    if total is None:
        return
    if not isinstance(total, Money):
        yield Problem("must be Money", "$.total", shown(total), ("Money('450.00', 'USD')",))
    elif total.amount < 0:
        yield Problem("must not be less than nothing", "$.total", shown(total))
    elif total != total.rounded():
        yield Problem("is finer than the currency's smallest unit", "$.total", shown(total))


def contradictions(
    spec: LinkSpec, item: Item, state: State, told: Iterable[Event], *, shared: bool
) -> Iterator[Problem]:
    """Yield what is said of a thing that is linked as something else already.

    What was said when it was linked may always be said again, whatever became of it. The rest is
    compared with what is known by now, and what facts took out since is no contradiction.

    Raises:
        NotFoundError: The job has no such invoice as the document is locked by.
    """
    name = f"{item.name!r} is linked already"
    if item.kind is not spec.kind:
        what = f"{name}, as {a(item.kind.replace('_', ' '))}"
        yield Problem(f"{what}; {UNLINK_FIRST}", "$.kind", shown(spec.kind.value))
        return
    here = [one for one in told if _is_about(one, item)]
    known = [one for one in here if not isinstance(one, ItemLinked)]
    if spec.completed and not _was_done(item, known):
        what = f"{name}, and is not done; complete it, or record what happened to it"
        yield Problem(what, "$.completed", shown(spec.completed))
    yield from _other_locks(spec, item, state, name)
    for first in here:
        if isinstance(first, ItemLinked):
            spec = _beyond(spec, first)
    way = UNLINK_ALL if shared else UNLINK_FIRST
    facts = [one.fact for one in known if one.fact is not None]
    yield from _other_total(spec, item, name, way)
    yield from _other_tasks(spec, item, facts, name)
    yield from _other_signers(spec, item, state, facts, name)
    yield from _other_signing(spec, item, name, way)


def _beyond(spec: LinkSpec, first: ItemLinked) -> LinkSpec:
    """Return what is said beyond what was said when the thing was linked."""
    return replaced(
        spec,
        total=None if spec.total == first.total else spec.total,
        client_tasks=tuple(one for one in spec.client_tasks if one not in first.client_tasks),
        signatures=Signatures.ALL if spec.signatures is first.signatures else spec.signatures,
        signers=tuple(one for one in spec.signers if one not in first.signers),
        in_order=spec.in_order and not first.in_order,
    )


def _is_about(event: Event, item: Item) -> TypeGuard[Told | ItemLinked]:
    """Tell whether an event tells of a fact about the item, or that it was linked."""
    return (
        isinstance(event, FactRecorded | ItemCompleted | ItemReopened | ItemLinked)
        and event.item == item.id
    )


def _was_done(item: Item, told: Iterable[Told]) -> bool:
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


def _other_total(spec: LinkSpec, item: Item, name: str, way: str) -> Iterator[Problem]:
    """Yield another total than the thing is known to come to."""
    bill = item.progress
    if spec.total is not None and isinstance(bill, LockState):
        what = f"{name}, and its invoices say what is to be paid"
        yield Problem(f"{what}; {UNLINK_FIRST}", "$.total", str(spec.total))
    elif spec.total is not None and isinstance(bill, InvoiceState):
        if bill.total is None:
            yield Problem(f"{name}, without a total; {UNLINK_FIRST}", "$.total", str(spec.total))
        elif bill.total != spec.total:
            what = f"{name}, with a total of {bill.total}; {way}"
            yield Problem(what, "$.total", str(spec.total))


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
    """Yield who is said to sign and need not, and never had to."""
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


def _other_signing(spec: LinkSpec, item: Item, name: str, way: str) -> Iterator[Problem]:
    """Yield another way of signing, and an order in which a letter is not signed."""
    letter = item.progress
    if not isinstance(letter, SigningState):
        return
    if spec.signatures not in {Signatures.ALL, letter.required}:
        what = f"{name}, and {letter.required.value} of its signers must sign; {way}"
        yield Problem(what, "$.signatures", shown(spec.signatures.value))
    if spec.in_order and not letter.in_order:
        yield Problem(f"{name}, to be signed in any order; {way}", "$.in_order")


def _person(people: Sequence[Signatory], said: str) -> Signatory:
    """Return who is meant, or who is nobody's contact."""
    found, *_ = signatories_meant(people, said)
    return found[0] if found else Signatory(said, said)


def as_said(spec: LinkSpec, known: Item) -> Progress:
    """Return how far a thing has come, with what is said of it now and no fact could say.

    Where another job has it, what is known there counts.
    """
    so_far = known.progress
    if Mark.UNLINKED not in known.marks:
        return so_far
    match so_far:
        case InvoiceState() if spec.total is not None and may_come_to(so_far, spec.total):
            return replaced(so_far, total=spec.total)
        case SigningState(required=required):
            one = spec.signatures is Signatures.ONE
            required = Signatures.ONE if one else required
            return replaced(so_far, required=required, in_order=spec.in_order or so_far.in_order)
        case _:
            return so_far


def unheeded(spec: LinkSpec, item: Item, account: Account) -> Iterator[str]:
    """Yield what is said of a thing that is linked, and known to be otherwise, which counts."""
    told = f"{item.name!r} was linked"
    if spec.completed and not item.asks:  # it may be known later what it asks
        yield f"{told} as done; as far as is known it asks nothing, which is no completion"
    match item.progress:
        case InvoiceState(total=total) if spec.total not in {None, total}:
            yield (
                f"{told} with a total of {spec.total}; it is known to come to {total}, and that "
                "counts"
            )
        case Checklist(client_tasks=tasks) if spec.client_tasks and {*spec.client_tasks} != {
            *composed_parts(tasks)
        }:
            yield (
                f"{told} with the client tasks {named(spec.client_tasks)}; it is known to have "
                f"{named(tasks)}, and that counts: {TASK_FACTS} change it"
            )
        case SigningState() as letter:
            yield from _unheeded_signing(spec, letter, account, told)
        case _:
            pass


def _unheeded_signing(
    spec: LinkSpec, letter: SigningState, account: Account, told: str
) -> Iterator[str]:
    """Yield who is said to sign, and how, where a letter is known to be signed otherwise."""
    people = (*letter.signatories, *signatories(account.contacts))
    meant = [_person(people, one) for one in spec.signers]
    if meant and not are_same(meant, letter.signatories):
        names = [one.name for one in letter.signatories]
        yield (
            f"{told} to be signed by {named(spec.signers)}; it is known to be signed by "
            f"{named(names)}, and that counts: {SIGNER_FACTS} change it"
        )
    if spec.signatures not in {Signatures.ALL, letter.required}:
        yield (
            f"{told} to be signed by {spec.signatures.value}; it is known to be signed by "
            f"{letter.required.value}, and that counts"
        )
    if spec.in_order and not letter.in_order:
        yield f"{told} to be signed in order; it is known to be signed in any, and that counts"


def are_same(some: Sequence[Signatory], others: Sequence[Signatory]) -> bool:
    """Tell whether they are the same people, in whatever order."""
    return all(
        any(is_same(one, other) for other in there)
        for here, there in ((some, others), (others, some))
        for one in here
    )


def named(words: Iterable[str]) -> str:
    """Return words as a warning names them."""
    return " and ".join(repr(one) for one in words) or "nobody"
