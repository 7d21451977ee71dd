"""Signatures of proposals and documents, and what a proposal's acceptance brings about."""

from __future__ import annotations

from ..errors import NotFoundError, unknown
from ..model.items import ItemState, SigningState
from ..model.swift import replaced
from ..model.templates import InvoiceTemplate, Signatures
from .making import make_invoice
from .touched import LATE, Touched

__all__ = ["sign"]

PENDING, RESOLVED = ItemState.PENDING, ItemState.RESOLVED


def sign(one: Touched, by: str | None, package: str | None) -> None:
    """Take in a signature; one or all are needed (A-49), and None means signed as required."""
    state = one.item.progress
    if not isinstance(state, SigningState):
        state = SigningState(Signatures.ONE)
    known = [p.name for p in state.packages]
    if package is not None and package not in known:
        raise NotFoundError(unknown("package", package, known, where=f"item {one.item.id}"))
    if by is None:
        signed = tuple(dict.fromkeys((*state.signed, *(s.id for s in state.signatories))))
        complete = True
    else:
        signer = _signatory(one, state, by)
        if signer in state.signed:
            return
        signed = (*state.signed, signer)
        complete = state.required is Signatures.ONE or len(signed) >= len(state.signatories)
    if one.item.state is not PENDING:
        if one.item.state is RESOLVED:
            one.note(LATE)
        return
    one.update(progress=replaced(state, signed=signed))
    if not complete:
        one.note(f"{len(signed)} of {len(state.signatories)} signed")
        return
    one.complete()
    if (package or state.invoice) and one.follows("nothing followed from it"):
        _accepted(one, state, package)


def _signatory(one: Touched, state: SigningState, by: str) -> str:
    """Return the id of the signatory who is meant."""
    for signer in state.signatories:
        if by and by in {signer.id, signer.email, signer.name}:
            return signer.id or signer.name
    names = [signer.email or signer.name for signer in state.signatories]
    raise NotFoundError(unknown("signatory", by, names, where=f"item {one.item.id}"))


def _accepted(one: Touched, state: SigningState, package: str | None) -> None:
    """Apply the package's tags, and make the invoice that acceptance brings (domain.md 2.3)."""
    draft, proposal = one.draft, one.item
    for chosen in state.packages:
        if chosen.name == package and chosen.tags is not None:
            draft.set_tags(chosen.tags.apply(draft.account.tags), f"package {chosen.name!r}")
    if state.invoice is None:
        return
    template = draft.book.templates.get(state.invoice)
    if isinstance(template, InvoiceTemplate):
        key = f"{proposal.request or f'{draft.tenant}/{proposal.id}'}/acceptance"
        make_invoice(
            draft,
            template,
            proposal.id,
            key,
            None,
            visit=proposal.visit,
            stage=proposal.stage,
        )
    else:
        draft.warn(
            f"{proposal.name!r} was signed, but its invoice template {state.invoice!r} "
            "is not there; make the invoice by hand and link it"
        )
