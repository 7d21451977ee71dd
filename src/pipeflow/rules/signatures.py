"""Signatures of proposals and documents, and what a proposal's acceptance brings about."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import NotAllowedError, NotFoundError, Problem, unknown
from ..model.items import Item, ItemState, Mark, Signatory, SigningState
from ..model.record import replaced
from ..model.templates import InvoiceTemplate, Signatures
from ..model.text import composed, single_line
from .creations import make_invoice, signatories
from .decision import State
from .given_tags import give_tags
from .item import LATE, Touched

__all__ = [
    "accept_late",
    "add_signer",
    "bill_of",
    "bring_bill",
    "is_same",
    "nothing_followed",
    "remove_signer",
    "sign",
    "signatories_meant",
    "signatory_meant",
]

PENDING, COMPLETED, RESOLVED = ItemState.PENDING, ItemState.COMPLETED, ItemState.RESOLVED


def sign(one: Touched, by: str | None, package: str | None) -> None:
    """Take in a signature; one or all are needed (A-49), and None means signed as required."""
    state = _letter(one)
    # An older version let signatures stand where it was reopened, and is signed anew.
    anew = one.item.state is PENDING and state.is_signed
    is_first = not state.signed and not one.is_done
    package = _package(one, state, package, anew=anew or is_first)
    signers = _signers(one, state) if by is None else (_signatory(one, state, by),)
    before = () if anew else state.signed
    signed = tuple(dict.fromkeys((*before, *signers)))
    if one.item.state is not PENDING:
        _sign_late(one, state, signed, package, whole=by is None)
        return
    if by is not None and signed == state.signed and before:
        _choose(one, state, package)
        return
    turn = replaced(state, signed=before).turn
    if by is not None and turn is not None and turn.id not in signers:
        one.draft.warn(f"{one.item.name!r}: signed before it was the turn, {turn.name!r} is")
    declined = tuple(who for who in state.declined if who not in signed)
    after = replaced(state, signed=signed, package=package, declined=declined)
    one.update(progress=after)
    if by is not None and not after.is_signed:
        one.note(f"{len(signed)} of {len(state.signatories)} signed")
        if Mark.DECLINED in one.item.marks and not declined:
            one.forget(Mark.DECLINED)
            one.remind_on()
        return
    _conclude(one, state, package)


def _choose(one: Touched, state: SigningState, package: str | None) -> None:
    """Take the package that somebody names who has signed before, and named none then."""
    if package != state.package:
        one.update(progress=replaced(state, package=package))
        one.note(f"package {package!r}")


def _sign_late(
    one: Touched, state: SigningState, signed: tuple[str, ...], package: str | None, *, whole: bool
) -> None:
    """Keep a signature that nobody waits for any more; what is signed has its package, or none.

    The *whole* is signed where that is said, though nobody is known who signs it.
    """
    declined = tuple(who for who in state.declined if who not in signed)
    taken = state.package if one.is_done else package
    after = replaced(state, signed=signed, declined=declined, package=taken)
    if after != state:
        one.update(progress=after)
    done = one.item.state is RESOLVED and one.is_open and (whole or after.is_signed)
    if done or (state.declined and not declined):
        one.forget(Mark.DECLINED)
    if done:
        one.complete()
    elif one.item.state is RESOLVED:
        if whole or after.is_signed:
            one.keep_at_port()
        one.note_late(LATE)
    elif after != state:
        one.note("it was signed as required before")
    if package != taken:
        _note_untaken(one, package)


def _note_untaken(one: Touched, package: str | None) -> None:
    """Say once that a package was named when all was signed without one."""
    if one.fact not in one.item.late_facts:
        one.update(late_facts=(*one.item.late_facts, one.fact))
        one.note(
            f"it was signed without a package, and {package!r} is not taken any more; reopen it "
            "to have it signed for one"
        )


def _signers(one: Touched, state: SigningState) -> tuple[str, ...]:
    """Return who signs where it is signed as required: all, or whom another job knows to have."""
    known = one.born and state.is_signed
    return state.signed if known else tuple(signer.id for signer in state.signatories)


def _conclude(one: Touched, state: SigningState, package: str | None) -> None:
    """Let it be signed as required, and let follow what that brings."""
    one.forget(Mark.DECLINED)
    one.complete()
    if (package or bill_of(one.draft.state, one.item)) and one.follows(nothing_followed(one)):
        _accepted(one, state, package)


def nothing_followed(one: Touched) -> str:
    """Say that nothing followed from an acceptance, and which invoice there is not for that."""
    bill = bill_of(one.draft.state, one.item)
    none = "" if bill is None else f", and there is no invoice {bill.name!r}"
    return f"nothing followed from it{none}"


def _letter(one: Touched) -> SigningState:
    """Return who has to sign, and who has."""
    progress = one.item.progress
    return progress if isinstance(progress, SigningState) else SigningState(Signatures.ONE)


def add_signer(one: Touched, who: str) -> None:
    """Let somebody more sign, a contact of the account or whoever it is; who is there is known.

    What all had signed is open again; where one signature is enough it stays done.
    """
    state, where = _letter(one), one.item.label
    contacts = signatories(one.draft.account.contacts)
    signer = signatory_meant(contacts, who, where) or Signatory(who, single_line(who) or who)
    if any(is_same(known, signer) for known in state.signatories):
        return
    after = replaced(state, signatories=(*state.signatories, signer))
    one.update(progress=after)
    if one.is_done and not after.is_signed:
        one.reopen()
    else:
        one.note(signer.name)


def remove_signer(one: Touched, who: str) -> None:
    """Let somebody sign no more; what is left may be signed as required.

    Raises:
        NotFoundError: It is nobody who is known here; a contact who need not sign is a repeat.
        NotAllowedError: They have signed.
    """
    state, where = _letter(one), one.item.label
    known = signatory_meant(signatories(one.draft.account.contacts), who, where)
    same = [signer for signer in state.signatories if known is not None and is_same(signer, known)]
    if known is not None and not same:
        return
    id = same[0].id if same else _signatory(one, state, who)
    if id in state.signed:
        raise NotAllowedError(
            f"{who!r} has signed {one.item.name!r}, and cannot be taken out; send another one"
        )
    left = tuple(signer for signer in state.signatories if signer.id != id)
    declined = tuple(one for one in state.declined if one != id)
    after = replaced(state, signatories=left, declined=declined)
    one.update(progress=after)
    one.note(who)
    if one.item.state is not PENDING:
        if one.is_open and after.is_signed:
            one.complete()
        return
    if after.is_signed and not state.is_signed:
        _conclude(one, after, after.package)
        return
    one.draft.warn_unsigned(left, repr(one.item.name))
    if Mark.DECLINED in one.item.marks and not declined:
        one.forget(Mark.DECLINED)
        one.remind_on()


def is_same(one: Signatory, other: Signatory) -> bool:
    """Tell whether two are one person: contacts of several accounts may be, by their address."""
    if one.email and other.email and one.email.lower() == other.email.lower():
        return True
    return one.id == other.id


def _package(one: Touched, state: SigningState, package: str | None, *, anew: bool) -> str | None:
    """Return the package that is chosen; all signatories must have chosen the same."""
    known = [p.name for p in state.packages]
    if package is not None and package not in known:  # as it was sent, one inert line
        sent = {single_line(name): name for name in known}
        chosen = sent.get(single_line(package))
        if chosen is None:
            raise NotFoundError(unknown("package", package, known, where=one.item.label))
        package = chosen
    if package and state.package and package != state.package and not anew:
        raise NotAllowedError(
            f"{one.item.name!r} was signed for the package {state.package!r}, and cannot be for "
            f"{package!r} too; send another proposal"
        )
    return package or state.package


def _signatory(one: Touched, state: SigningState, by: str) -> str:
    """Return the id of the signatory who is meant.

    Raises:
        NotFoundError: With the signatories that there are.
        NotAllowedError: It may be one of several.
    """
    where = one.item.label
    found = signatory_meant(state.signatories, by, where)
    if found is not None:
        return found.id
    names = [signer.email or signer.name for signer in state.signatories]
    raise NotFoundError(unknown("signatory", by, names, where=where))


def accept_late(one: Touched, letter: SigningState) -> None:
    """Let follow what a proposal's acceptance brings, which had to wait for a paused job (R-27)."""
    _accepted(one, letter, letter.package)


def signatory_meant(signatories: Sequence[Signatory], by: str, where: str) -> Signatory | None:
    """Return who is meant: by id, else by an address or a name that is one's (R-16).

    Addresses are compared without letter case, names too where none is written just so.

    Raises:
        NotAllowedError: It may be one of several.
    """
    found, called, apart = signatories_meant(signatories, by)
    if len(found) > 1:
        what = f"{len(found)} signatories {called} {by!r}"
        told = tuple(getattr(signer, apart) or signer.id for signer in found)
        raise NotAllowedError(Problem(what, where, "", told))
    return found[0] if found else None


def signatories_meant(
    signatories: Sequence[Signatory], by: str
) -> tuple[Sequence[Signatory], str, str]:
    """Return all who may be meant, in what they are alike, and what tells them apart."""
    ways = (
        ([one for one in signatories if composed(one.id) == by], "have the id", "email"),
        (
            [one for one in signatories if one.email and one.email.lower() == by.lower()],
            "have the address",
            "id",
        ),
        (_named(signatories, single_line(by)), "are called", "email"),
    )
    return next((way for way in ways if way[0]), ways[0])


def _named(signatories: Sequence[Signatory], name: str) -> list[Signatory]:
    """Return those who are called so, to the letter or else in any letter case."""
    exactly = [one for one in signatories if composed(one.name) == name]
    folded = name.casefold()
    return exactly or [one for one in signatories if composed(one.name).casefold() == folded]


def _accepted(one: Touched, state: SigningState, package: str | None) -> None:
    """Apply the package's tags, and make the invoice that acceptance brings (domain.md 2.3)."""
    if package:
        chosen = [one.tags for one in state.packages if one.name == package and one.tags]
        give_tags(
            one.draft, one.item, chosen, f"package {package!r}", ", in place of an earlier one"
        )
    bring_bill(one)


def bring_bill(one: Touched) -> None:
    """Make the bill that a letter brings, if it does now: one, also where it is heard again that it
    was accepted and reopened time and again before its receipt.
    """
    draft, proposal = one.draft, one.item
    bill = bill_of(draft.state, proposal)
    made_now = draft.items[len(draft.state.job.items) :]
    if bill is not None and all(item.origin != proposal.id for item in made_now):
        earlier = [item for item in draft.items if item.origin == proposal.id]
        key = f"{proposal.request or draft.item_key(proposal)}/acceptance"
        if earlier:  # it was reopened, and its invoice is void
            key += f"/{len(earlier) + 1}"
        visit, stage = proposal.visit, proposal.stage
        draft.scope, draft.aside = proposal.scope, Mark.ASIDE in proposal.marks
        make_invoice(draft, bill, proposal.id, key, None, visit=visit, stage=stage)
        draft.scope, draft.aside = 0, False


def bill_of(state: State, letter: Item) -> InvoiceTemplate | None:
    """Return the bill that a letter brings where it is accepted now; None: none."""
    sheet, bills = letter.progress, state.bills
    if bills is not None:
        return bills.get(letter.id)
    return sheet.invoice if isinstance(sheet, SigningState) else None
