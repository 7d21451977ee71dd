"""Reading: jobs, accounts, definitions, histories, explanations, and being told of events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import DefinitionError, NotFoundError, Problem, shown
from ..insight import Explanation, History, explain
from ..model.accounts import Account, Member
from ..model.events import Event
from ..model.items import Item, Ref
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.settings import Settings
from ..model.stages import Stage
from ..model.templates import Template
from ..model.values import replaced
from ..ports.store import RowKey
from .delivery import ref_key
from .handles import callable_checked, handle, item_ids, job_id
from .running import Running

__all__ = ["Reading"]

E = TypeVar("E", bound=Event)


class Reading(Running):
    """The calls that change nothing."""

    def job(self, id: Job | str) -> Job:
        """Return a job as it now stands.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Job = self._row("job", job_id(id)).value
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
        wanted: dict[str, str | None] = {"status": status}
        if pipeline is not None:
            wanted["pipeline"] = self.pipeline(pipeline).id
        if account is not None:
            wanted["account"] = self.account(account).id
        if stage is not None:
            wanted["stage"] = handle(stage, Stage, "stage")
            if pipeline is not None:
                wanted["stage"] = self.pipeline(pipeline).stage(stage).id
        asked = [(field, value) for field, value in wanted.items() if value is not None]
        member = None if assignee is None else self.member(assignee).id
        page = self._store.scan(self._tenant, "job", limit=None)
        return [
            stored.value
            for _, stored in page.rows
            if all(getattr(stored.value, field) == value for field, value in asked)
            and (member is None or member in stored.value.assignees)
        ]

    def account(self, id: Account | str) -> Account:
        """Return an account as it now stands.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Account = self._saved("account", handle(id, Account, "account"))
        return found

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts, in the order of their ids."""
        return self._every("account")

    def pipeline(self, id: Pipeline | str) -> Pipeline:
        """Return a pipeline as it is saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Pipeline = self._saved("pipeline", handle(id, Pipeline, "pipeline"))
        return found

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return all pipelines, in the order of their ids."""
        return self._every("pipeline")

    def template(self, id: Template | str) -> Template:
        """Return a template as it is saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Template = self._saved("template", handle(id, Template, "template"))
        return found

    def templates(self) -> tuple[Template, ...]:
        """Return all templates, in the order of their ids."""
        return self._every("template")

    def member(self, id: Member | str) -> Member:
        """Return a member as saved.

        Raises:
            NotFoundError: With the nearest ids that there are.
        """
        found: Member = self._saved("member", handle(id, Member, "member"))
        return found

    def members(self) -> tuple[Member, ...]:
        """Return all members, in the order of their ids."""
        return self._every("member")

    def settings(self) -> Settings:
        """Return the firm's settings; the defaults where none were saved."""
        stored = self._store.load(self._tenant, RowKey("settings", "settings"))
        return replaced(stored.value, revision=stored.version) if stored is not None else Settings()

    def _saved(self, kind: str, id: str) -> Any:
        stored = self._row(kind, id)
        return replaced(stored.value, revision=stored.version)

    def _every(self, kind: str) -> tuple[Any, ...]:
        page = self._store.scan(self._tenant, kind, limit=None)
        return tuple(replaced(stored.value, revision=stored.version) for _, stored in page.rows)

    def item(self, ref: Ref | Item | str) -> Item:
        """Return an item, by the host's reference or by its own id.

        Raises:
            NotFoundError: No item has that reference or id.
        """
        if isinstance(ref, Ref):
            row = self._store.load(self._tenant, ref_key(ref))
            pairs = [pair for pair in row.value.items if pair[1]] if row is not None else []
            if not pairs:
                raise NotFoundError(Problem("no item has this reference", "", str(ref)))
            job, id = pairs[0]
        else:
            job, id = item_ids(ref)
        return self.job(job).item(id)

    def history(self, job: Job | str) -> History:
        """Return everything that happened to a job, oldest first; it prints."""
        id = job_id(job)
        self._row("job", id)
        return History(self._store.history(self._tenant, RowKey("job", id)))

    def explain(self, job: Job | str) -> Explanation:
        """Answer "why does this job not move?": where it stands, and all that it waits for."""
        id = job_id(job)
        return explain(
            self._state(id),
            self._store.history(self._tenant, RowKey("job", id)),
            self._store.parked(self._tenant),
        )

    def on(self, kind: type[E], handler: Callable[[E], object]) -> Callable[[], None]:
        """Call *handler* with each event of a kind, after its commit, in order.

        A handler that raises is logged and harms nothing. It may call the engine.

        Returns:
            A function without arguments that ends it.
        """
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise DefinitionError(
                Problem("must be a kind of event", "$.kind", shown(kind), ("JobMoved", "Event"))
            )
        callable_checked(handler, "$.handler")
        entry = (kind, handler)
        self._handlers = (*self._handlers, entry)

        def end() -> None:
            self._handlers = tuple(one for one in self._handlers if one is not entry)

        return end
