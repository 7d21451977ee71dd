"""Sight: what somebody may see, where a read says who asks."""

from __future__ import annotations

from ..errors import NotAllowedError
from ..model.accounts import Account, Member
from ..model.jobs import Job
from ..ports.services import Intent
from .host import Host, name_of
from .intents import intent_about
from .journey import Journey

__all__ = ["READ", "Sight"]

READ = "read"  # the action that an authorizer is asked for


class Sight:
    """Asks the authorizer for one call of somebody."""

    def __init__(self, host: Host, journey: Journey, actor: str | Member) -> None:
        """Begin to look for somebody."""
        self._host = host
        self._who = name_of(actor)
        self._unit = journey.unit() if host.weighs else None

    def job(self, job: Job) -> None:
        """Refuse a job that they may not see.

        Raises:
            NotAllowedError: The authorizer said no.
        """
        if self._unit is not None:
            self._host.ask(intent_about(self._unit, self._who, READ, job.id))
        else:
            self._host.ask(Intent(actor=self._who, action=READ, about=job.id))

    def account(self, account: Account) -> None:
        """Refuse an account that they may not see.

        Raises:
            NotAllowedError: The authorizer said no.
        """
        self._host.ask(Intent(actor=self._who, action=READ, about=account.id, account=account))

    def sees(self, one: Job) -> bool:
        """Tell whether they may see a job."""
        try:
            self.job(one)
        except NotAllowedError:
            return False
        return True
