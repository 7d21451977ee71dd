"""Signatures of proposals and documents, and what a proposal's acceptance brings about."""

from __future__ import annotations

from ..errors import NotAllowedError, NotFoundError, Problem, unknown
from ..model.items import ItemState, Mark, SigningState
from ..model.record import replaced
from ..model.templates import Signatures
from .creations import make_invoice
from .item import LATE, Touched
from .tags import claimed

__all__ = ["sign"]

PENDING, RESOLVED = ItemState.PENDING, ItemState.RESOLVED


def sign(one: Touched, by: str | None, package: str | None) -> None:
    """Take in a signature; one or all are needed (A-49), and None means signed as required."""
    state = one.item.progress
    if not isinstance(state, SigningState):
        state = SigningState(Signatures.ONE)
    # What is open although it was signed as required was reopened, and is signed anew.
    anew = one.item.state is PENDING and state.is_signed
    package = _package(one, state, package, anew=anew)
    signers = (
        tuple(s.id for s in state.signatories) if by is None else (_signatory(one, state, by),)
    )
    before = () if anew else state.signed
    signed = tuple(dict.fromkeys((*before, *signers)))
    if one.item.state is not PENDING:
        if signed != state.signed:
            one.update(progress=replaced(state, signed=signed))
        if one.item.state is RESOLVED:
            one.note_late(LATE)
        elif signed != state.signed:
            one.note("it was signed as required before")
        return
    if by is not None and signed == state.signed and before:
        return
    declined = tuple(who for who in state.declined if who not in signed)
    after = replaced(state, signed=signed, package=package, declined=declined)
    one.update(progress=after)
    if by is not None and not after.is_signed:
        one.note(f"{len(signed)} of {len(state.signatories)} signed")
        if Mark.DECLINED in one.item.marks and not declined:
            one.forget(Mark.DECLINED)
            one.remind_again()
        return
    one.forget(Mark.DECLINED)
    one.complete()
    if (package or state.invoice) and one.follows("nothing followed from it"):
        _accepted(one, state, package)


def _package(one: Touched, state: SigningState, package: str | None, *, anew: bool) -> str | None:
    """Return the package that is chosen; all signatories must have chosen the same."""
    known = [p.name for p in state.packages]
    if package is not None and package not in known:
        raise NotFoundError(unknown("package", package, known, where=f"item {one.item.id}"))
    if package and state.package and package != state.package and not anew:
        raise NotAllowedError(
            f"{one.item.name!r} was signed for the package {state.package!r}, and can not be for "
            f"{package!r} too; send another proposal"
        )
    return package or state.package


def _signatory(one: Touched, state: SigningState, by: str) -> str:
    """Return the id of the signatory who is meant: by id, or an address or name that is one's."""
    where = f"item {one.item.id}"
    for known_by in ("id", "email", "name"):
        found = [signer for signer in state.signatories if getattr(signer, known_by) == by]
        if len(found) == 1:
            return found[0].id
        if found:
            called = "are called" if known_by == "name" else "have the address"
            what = f"{len(found)} signatories {called} {by!r}"
            apart = "id" if known_by == "email" else "email"
            told = tuple(getattr(signer, apart) or signer.id for signer in found)
            raise NotAllowedError(Problem(what, where, "", told))
    names = [signer.email or signer.name for signer in state.signatories]
    raise NotFoundError(unknown("signatory", by, names, where=where))


def _accepted(one: Touched, state: SigningState, package: str | None) -> None:
    """Apply the package's tags, and make the invoice that acceptance brings (domain.md 2.3)."""
    draft, proposal = one.draft, one.item
    for chosen in state.packages:
        if chosen.name == package and chosen.tags is not None:
            draft.account = claimed(draft.account, chosen.tags.add | chosen.tags.remove)
            draft.set_tags(chosen.tags.apply(draft.account.tags), f"package {chosen.name!r}")
    earlier = [item for item in draft.items if item.origin == proposal.id]
    if state.invoice is not None and all(item.state is RESOLVED for item in earlier):
        key = f"{proposal.request or draft.item_key(proposal)}/acceptance"
        if earlier:  # it was reopened, and its invoice cancelled
            key += f"/{len(earlier) + 1}"
        visit, stage = proposal.visit, proposal.stage
        make_invoice(draft, state.invoice, proposal.id, key, None, visit=visit, stage=stage)
