"""Firm checks: what a pipeline asks of the clients and people of a firm that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..model.accounts import Account
from ..model.automations import SendEmail
from ..model.logic import Condition
from ..model.pipelines import Pipeline
from ..model.templates import Template
from .findings import Finding
from .firing_lists import lists_of
from .needs import needs_of

__all__ = ["people_findings", "recipient_findings"]

SHOWN = 3  # accounts that a sentence names


def people_findings(
    pipeline: Pipeline, templates: Mapping[str, Template], accounts: Sequence[Account]
) -> Iterator[Finding]:
    """Yield the roles that nobody fills for any of the accounts (A-28)."""
    used = (templates[id] for id in pipeline.template_ids if id in templates)
    filled = {role for one in accounts for role in one.roles}
    for role in sorted(needs_of((pipeline,), used).roles - filled):
        told = f"Nobody fills the role {role!r} for any of the {len(accounts)} accounts."
        suggestion = "Say who does, in Account(roles=...)."
        yield Finding("unfilled-role", f"pipeline {pipeline.name!r}", "$", told, suggestion)


def recipient_findings(pipeline: Pipeline, accounts: Sequence[Account]) -> Iterator[Finding]:
    """Yield the e-mails that some of the active accounts will never get (A-25)."""
    silent = [one for one in accounts if one.active and not one.addresses]
    silent.sort(key=lambda one: (one.name, one.id))
    for given in lists_of(pipeline):
        stage = None if given.stage is None else pipeline.stages[given.stage]
        coming = silent if stage is None else [one for one in silent if _meets(one, stage.when)]
        for number, one in enumerate(given.automations):
            if not isinstance(one, SendEmail):
                continue
            missed = [account.name for account in coming if _meets(account, one.when)]
            if missed:
                place, path = given.where(number)
                names = ", ".join(map(repr, missed[:SHOWN]))
                more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
                told = f"No contact of {names}{more} takes mail."
                suggestion = "Give them a contact with an address, or a condition to the e-mail."
                yield Finding("no-recipients", place, path, told, suggestion)


def _meets(account: Account, when: Condition | None) -> bool:
    """Tell whether an account fulfils a condition; one about jobs may hold for some job."""
    return when is None or when.about_job or when.holds(account)
