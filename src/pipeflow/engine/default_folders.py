"""Default folders: what the firm lets be made for each new account, which belongs to no job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .. import rules
from ..model.accounts import Account
from ..model.events import (
    Chapter,
    DefaultFoldersAsked,
    Line,
    RequestAbandoned,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    RequestWithdrawn,
    Warned,
    events_of,
)
from ..model.items import Ref
from ..model.settings import Settings
from ..model.templates import FolderTemplate, Template
from ..ports.due import Claim, DueState, Settle
from ..ports.keys import key_of
from ..ports.ports import Receipt
from ..ports.requests import FolderTree, Request
from ..ports.rows import RowKey, Withdrawal
from .records import row_key
from .unit import Unit

__all__ = [
    "abandon",
    "ask",
    "drop",
    "keep",
    "keep_failure",
    "key_of_owner",
    "made",
    "retry",
    "withdraw",
]

OVER = DueState.CANCELLED
AGAIN = (
    "there was an account of this id before, for which the folders of new accounts were asked for; "
    "they are not asked for again"
)


def key_of_owner(claim: Claim) -> RowKey:
    """Return the row of whom a request is for: its job, or the account where it has no job."""
    job = claim.due.job
    if job:
        return row_key("job", job)
    return row_key("account", cast("Request", claim.due.action).account)


def ask(
    unit: Unit, account: Account, settings: Settings, templates: Mapping[str, Template]
) -> None:
    """Ask for the folders of an account that is saved for the first time (domain.md 1.2).

    The key is the account's, for ever: where one that was deleted comes back under its id, nobody
    is asked again, and that is warned of.
    """
    template = cast("FolderTemplate", templates[settings.default_folder or ""])
    key = _key(unit, account.id)
    if unit.records.store.due(unit.tenant, key) is not None:
        _tell(unit, account.id, (Warned, AGAIN, account.id))
        return
    name = rules.single_line(template.name) or template.id
    folders = FolderTree(key, account.id, None, None, template.id, name, template.folders)
    unit.ask((folders,), "")
    _tell(unit, account.id, (DefaultFoldersAsked, account.id, template.id), actor=unit.actor)


def made(unit: Unit, account: str) -> tuple[Ref, ...]:
    """Return the host's reference of the folders of an account, which stay when it is deleted."""
    log = unit.history(row_key("account", account))
    return tuple(
        Ref(event.port, event.ref)
        for event in events_of(log)
        if isinstance(event, RequestDelivered) and event.ref is not None
    )


def withdraw(unit: Unit, account: str) -> None:
    """Take the request of an account back that is deleted, unless it has left."""
    row = unit.due(key := _key(unit, account))
    if row is not None and not row.withdrawn:
        unit.withdraws += (Withdrawal(key, row.state is DueState.LEASED),)


def keep(unit: Unit, claim: Claim, receipt: Receipt) -> None:
    """Keep what the port answered, where the account is still there."""
    request = cast("Request", claim.due.action)
    line = (RequestDelivered, request.key, request.port, receipt.ref, ())
    _tell(unit, request.account, line)


def keep_failure(unit: Unit, claim: Claim, error: str, *, final: bool) -> None:
    """Keep the request for its next try, or until a person decides; one withdrawn is over."""
    request, key = cast("Request", claim.due.action), claim.due.key
    row = unit.due(key)
    if unit.get(row_key("account", request.account)) is None or (row and row.withdrawn):
        drop(unit, claim)
        return
    at = unit.keep_failure(claim, error, final=final)
    line: Line = (RequestGivenUp, key, request.port, error, claim.attempt)
    if at is not None:
        line = (RequestFailed, key, request.port, error, claim.attempt, at)
    _tell(unit, request.account, line)


def drop(unit: Unit, claim: Claim) -> None:
    """Let a request be over that nobody needed any more when its turn came."""
    unit.settles = (Settle(claim.due.key, claim.token, OVER),)
    request = cast("Request", claim.due.action)
    _tell(unit, request.account, (RequestWithdrawn, claim.due.key))


def retry(unit: Unit, request: Request) -> None:
    """Write down that somebody had it tried again."""
    _tell(unit, request.account, (RequestRetried, request.key), actor=unit.actor)


def abandon(unit: Unit, request: Request) -> None:
    """Write down that somebody gave it up for good."""
    _tell(unit, request.account, (RequestAbandoned, request.key), actor=unit.actor)


def _tell(unit: Unit, account: str, line: Line, *, actor: str = rules.SYSTEM) -> None:
    """Write into the history of an account, unless it was deleted meanwhile."""
    key = row_key("account", account)
    if key in unit.puts or unit.get(key) is not None:
        unit.tell(key, (Chapter(unit.now, "", actor, (line,)),))


def _key(unit: Unit, account: str) -> str:
    return key_of(unit.tenant, "", "folders", account)
