"""The calls that only read: jobs, accounts, definitions, histories and explanations."""

from __future__ import annotations

from ..insight import Explanation, History, explain
from ..model.accounts import Account, Member
from ..model.events import events_of
from ..model.items import Item, Ref
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.settings import Settings
from ..model.stages import Stage
from ..model.templates import Template
from ..ports.rows import Query, RowKey
from .desk import Desk
from .handles import handle, item_handle, job_id, reference, text

__all__ = ["Reading"]

MOST_FAILURES = 1000  # that an explanation names


class Reading:
    """The calls that change nothing."""

    _desk: Desk

    def job(self, id: Job | str) -> Job:
        """Return a job as it now stands.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Job = self._desk.looked().row("job", job_id(id)).value
        return found

    def jobs(
        self,
        *,
        pipeline: Pipeline | str | None = None,
        account: Account | str | None = None,
        stage: Stage | str | None = None,
        status: str | None = None,
        assignee: Member | str | None = None,
    ) -> list[Job]:
        """Return the jobs that fit all that is asked, in the order of their ids.

        Args:
            pipeline: Only jobs of this pipeline.
            account: Only jobs of this account.
            stage: Only jobs in this stage, by its id (by its name too, given the pipeline).
            status: Only jobs of this status.
            assignee: Only jobs that this member is assigned to.
        """
        where: list[tuple[str, str]] = []
        if pipeline is not None:
            where.append(("pipeline", self.pipeline(pipeline).id))
        if account is not None:
            where.append(("account", self.account(account).id))
        if stage is not None:
            named = handle(stage, Stage, "stage")
            if pipeline is not None:
                named = self.pipeline(pipeline).stage(stage).id
            where.append(("stage", named))
        if status is not None:
            where.append(("status", text(status, "$.status")))
        if assignee is not None:
            where.append(("assignee", self.member(assignee).id))
        query = Query("job", tuple(where))
        return [stored.value for _, stored in self._desk.looked().found(query)]

    def account(self, id: Account | str) -> Account:
        """Return an account as it now stands.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Account = self._desk.looked().saved("account", handle(id, Account, "account"))
        return found

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts, in the order of their ids."""
        return self._desk.looked().every("account")

    def pipeline(self, id: Pipeline | str) -> Pipeline:
        """Return a pipeline as it is saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Pipeline = self._desk.looked().saved("pipeline", handle(id, Pipeline, "pipeline"))
        return found

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return all pipelines, in the order of their ids."""
        return self._desk.looked().every("pipeline")

    def template(self, id: Template | str) -> Template:
        """Return a template as it is saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Template = self._desk.looked().saved("template", handle(id, Template, "template"))
        return found

    def templates(self) -> tuple[Template, ...]:
        """Return all templates, in the order of their ids."""
        return self._desk.looked().every("template")

    def member(self, id: Member | str) -> Member:
        """Return a member as saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Member = self._desk.looked().saved("member", handle(id, Member, "member"))
        return found

    def members(self) -> tuple[Member, ...]:
        """Return all members, in the order of their ids."""
        return self._desk.looked().every("member")

    def settings(self) -> Settings:
        """Return the firm's settings; the defaults where none were saved."""
        stored = self._desk.looked().get(RowKey("settings", "settings"))
        return replaced(stored.value, revision=stored.version) if stored is not None else Settings()

    def item(self, ref: Ref | Item | str) -> Item:
        """Return an item, by the host's reference or by its own id.

        Raises:
            NotFoundError: No item has that reference or id.
            DefinitionError: It is neither.
        """
        if isinstance(ref, Ref):
            job, id = self._desk.looked().item_of(reference(ref))
        else:
            job, id = item_handle(ref)
        return self.job(job).item(id)

    def history(self, job: Job | str) -> History:
        """Return everything that happened to a job, oldest first; it prints, in the firm's zone."""
        records, id = self._desk.looked(), job_id(job)
        records.row("job", id)
        page = records.store.history(self._desk.host.tenant, RowKey("job", id))
        return History(tuple(events_of(page.rows)), records.settings().zone)

    def explain(self, job: Job | str) -> Explanation:
        """Answer "why does this job not move?": where it stands, and all that it waits for."""
        records, tenant, id = self._desk.looked(), self._desk.host.tenant, job_id(job)
        state = records.state(id)
        page = records.store.history(tenant, RowKey("job", id))
        parked = records.store.parked(tenant, job=id, limit=MOST_FAILURES)
        return explain(state, page.rows, parked.rows)
