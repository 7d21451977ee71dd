"""Saving definitions: checked together, written in one commit, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union, overload

from .. import rules
from ..errors import (
    ConflictError,
    DefinitionError,
    PipeflowError,
    Problem,
    a,
    many,
    shown,
    unknown,
)
from ..model.accounts import Account, Contact, Member, TagChange
from ..model.jobs import Job, JobStatus
from ..model.pipelines import Pipeline
from ..model.settings import Firm, Settings
from ..model.templates import Template
from ..model.values import names, replaced
from ..ports.store import Changes, RowKey, Stored
from ..rules.checking import SAVE_TOGETHER
from .core import TRIES
from .delivery import Delivery
from .handles import flag, handle
from .write import FIRM

if TYPE_CHECKING:
    pass

__all__ = ["RacedError", "Savable", "Saving", "Who"]

# What `save` takes.
Savable: TypeAlias = Union[Account, Member, Template, Pipeline, Settings]
T = TypeVar("T", bound=Savable)
U = TypeVar("U", bound=Savable)
V = TypeVar("V", bound=Savable)

# Who does something: a member, an id, or None for the system.
Who: TypeAlias = Union[str, Member, None]

KINDS: tuple[tuple[type[Account | Member | Template | Pipeline], str], ...] = (
    (Account, "account"),
    (Member, "member"),
    (Template, "template"),
    (Pipeline, "pipeline"),
)
SETTINGS_ID = "settings"
ARCHIVED = JobStatus.ARCHIVED


def row_of(thing: object) -> RowKey:
    """Return the key of the row that a definition is kept in.

    Raises:
        DefinitionError: It is nothing that can be saved.
    """
    if isinstance(thing, Settings):
        return RowKey("settings", SETTINGS_ID)
    for kind, name in KINDS:
        if isinstance(thing, kind):
            return RowKey(name, thing.id)
    allowed = ("Account", "Member", "a template", "Pipeline", "Settings")
    raise DefinitionError(Problem("can not be saved", "$", shown(thing), allowed))


class Saving(Delivery):
    """`save` and `tag`."""

    @overload
    def save(self, thing: T, /, *, replace: bool = False, actor: Who = None) -> T: ...
    @overload
    def save(
        self, first: T, second: U, /, *, replace: bool = False, actor: Who = None
    ) -> tuple[T, U]: ...
    @overload
    def save(
        self, first: T, second: U, third: V, /, *, replace: bool = False, actor: Who = None
    ) -> tuple[T, U, V]: ...
    @overload
    def save(
        self,
        first: T,
        second: Savable,
        third: Savable,
        fourth: Savable,
        /,
        *things: Savable,
        replace: bool = False,
        actor: Who = None,
    ) -> tuple[T, *tuple[Savable, ...]]: ...
    def save(self, *things: Any, replace: bool = False, actor: Who = None) -> Any:
        """Save definitions, checked together, in one commit; return them as saved.

        A saved value carries a `revision`. Saving one whose revision is not the stored one is
        refused, for somebody saved meanwhile. One without a revision that meets its id changes
        nothing if the content is equal, and is refused otherwise.

        Args:
            *things: Accounts, members, templates, pipelines, settings.
            replace: Save over what is there, whatever its revision.
            actor: Who saves.

        Returns:
            The saved value; for several, a tuple in the order given.

        Raises:
            DefinitionError: With every reference, merge field and port that is missing.
            ConflictError: Something else is stored under an id.
        """
        replace = flag(replace, "$.replace")
        if not things:
            raise DefinitionError("save needs at least one thing to save")
        turn = self._turns.mine
        about = ", ".join(row_of(thing).id or type(thing).__name__ for thing in things)
        self._enter(turn, "save", actor, about)
        try:
            things = tuple(self._with_ids(thing) for thing in things)
            saved = self._save_all(things, replace=replace)
        finally:
            turn.deciding = False
        return saved[0] if len(saved) == 1 else saved

    def _with_ids(self, thing: Savable) -> Savable:
        """Give an account and its contacts the ids that they lack."""
        if not isinstance(thing, Account):
            return thing
        contacts = tuple(self._contacts(thing))
        id = thing.id or self._ids.new("account")
        return replaced(thing, id=id, contacts=contacts)

    def _contacts(self, account: Account) -> Iterator[Contact]:
        """Give contacts the ids that they lack: those that they have here already, or new ones."""
        key = RowKey("account", account.id)
        stored = self._store.load(self._tenant, key) if account.id else None
        named = {contact.id for contact in account.contacts}
        known = stored.value.contacts if stored is not None else ()
        free = [contact for contact in known if contact.id not in named]
        for contact in account.contacts:
            same = next((one for one in free if replaced(one, id="") == contact), None)
            if same is not None:
                free.remove(same)
                yield same
            else:
                yield replaced(contact, id=contact.id or self._ids.new("contact"))

    def _save_all(self, things: Sequence[Savable], *, replace: bool) -> tuple[Savable, ...]:
        for _ in range(TRIES):
            try:
                return self._try_save(things, replace=replace)
            except RacedError:
                continue
        raise ConflictError(f"{TRIES} times somebody else committed first; try again later")

    def _try_save(self, things: Sequence[Savable], *, replace: bool) -> tuple[Savable, ...]:
        firm = self._firm()
        keys = [row_of(thing) for thing in things]
        self._refuse_twins(keys, things)
        stored = self._store.load_many(self._tenant, keys)
        changed = [
            (key, thing)
            for key, thing in zip(keys, things, strict=True)
            if self._changes(key, thing, stored.get(key), replace=replace)
        ]
        defined = [(key, thing) for key, thing in changed if not isinstance(thing, Account)]
        expect = {key: stored[key].version if key in stored else 0 for key, _ in changed}
        puts: dict[RowKey, Any] = dict(changed)
        self._check_people([thing for _, thing in changed if isinstance(thing, Account)], things)
        if defined:
            self._check([thing for _, thing in defined])
            expect[FIRM] = firm.version
            puts[FIRM] = _firm_with(firm.value, [thing for _, thing in defined])
        if changed:
            try:
                self._store.commit(Changes(self._tenant, expect, puts))
            except ConflictError as error:
                raise RacedError from error
        versions = {**{key: s.version for key, s in stored.items()}}
        versions.update({key: version + 1 for key, version in expect.items()})
        return tuple(
            replaced(thing, revision=versions[key]) for key, thing in zip(keys, things, strict=True)
        )

    def _refuse_twins(self, keys: Sequence[RowKey], things: Sequence[Savable]) -> None:
        """Refuse two things of one id in the same call; the same thing twice is one."""
        seen: dict[RowKey, Savable] = {}
        for key, thing in zip(keys, things, strict=True):
            if key in seen and seen[key] != thing:
                raise DefinitionError(
                    f"two different things have the id {key.id!r}; give one another with id="
                )
            seen[key] = thing

    def _changes(
        self, key: RowKey, thing: Savable, stored: Stored | None, *, replace: bool
    ) -> bool:
        """Tell whether a thing is to be written, and refuse it where that would lose work."""
        if stored is None:
            if thing.revision is not None and not replace:
                raise ConflictError(
                    f"{key.kind} {key.id!r} is no longer there; it was deleted meanwhile"
                )
            return True
        if type(stored.value) is type(thing) and stored.value == thing:
            return False
        if type(stored.value) is not type(thing):
            kind: str = getattr(stored.value, "kind", key.kind)
            name: str = getattr(stored.value, "name", key.id)
            raise DefinitionError(
                f"{name!r}, {a(kind)} template, has the id {key.id!r} already; "
                "give this one another with id="
            )
        if replace or thing.revision == stored.version:
            return True
        call = f"engine.{key.kind}({key.id!r})" if key.kind != "settings" else "engine.settings()"
        if thing.revision is None:
            raise ConflictError(
                f"{key.kind} {key.id!r} is saved already, with other content; edit what {call} "
                "returns, save with replace=True, or give this one another id="
            )
        raise ConflictError(
            f"somebody saved {key.kind} {key.id!r} meanwhile (revision {stored.version}, yours is "
            f"{thing.revision}); edit what {call} returns, or save with replace=True"
        )

    # -- checking --------------------------------------------------------------------------------

    def _check(self, things: Sequence[Savable]) -> None:
        """Check definitions against each other and the firm; all problems at once.

        What is scanned here is as it was at the firm's version, which the commit expects.
        """
        templates = {
            **self._all("template"),
            **{t.id: t for t in things if isinstance(t, Template)},
        }
        members = {*self._all("member"), *(m.id for m in things if isinstance(m, Member))}
        ports = frozenset(kind.port for kind in self._calls) if self._delivers else _ALL_PORTS
        problems: list[Problem] = []
        for thing in things:
            found: Iterable[Problem] = ()
            if isinstance(thing, Template):
                found = rules.template_problems(thing, templates, members)
            elif isinstance(thing, Pipeline):
                found = rules.pipeline_problems(thing, templates, members, ports)
                self._refuse_lost_jobs(thing)
            elif isinstance(thing, Settings):
                found = rules.settings_problems(thing)
            problems += [_named(problem, thing, several=len(things) > 1) for problem in found]
        if problems:
            raise DefinitionError(*problems)

    def _check_people(self, accounts: Sequence[Account], things: Sequence[Savable]) -> None:
        """Refuse accounts whose access or roles name members that are not there."""
        named = {
            (member, f"$.roles[{role!r}]")
            for one in accounts
            for role in one.roles
            for member in one.roles[role]
        } | {(member, "$.access") for one in accounts for member in one.access}
        if not named:
            return
        known = {*self._all("member"), *(one.id for one in things if isinstance(one, Member))}
        if strangers := sorted(pair for pair in named if pair[0] not in known):
            raise DefinitionError(
                *(
                    unknown("member", member, sorted(known), where=where, hint=SAVE_TOGETHER)
                    for member, where in strangers
                )
            )

    def _all(self, kind: str) -> dict[str, Any]:
        page = self._store.scan(self._tenant, kind, limit=None)
        return {key.id: stored.value for key, stored in page.rows}

    def _refuse_lost_jobs(self, pipeline: Pipeline) -> None:
        """Refuse to take a stage away while jobs stand in it, archived ones aside (A-18)."""
        stored = self._store.load(self._tenant, RowKey("pipeline", pipeline.id))
        left = {s.id for s in stored.value.stages} if stored is not None else set()
        left -= {stage.id for stage in pipeline.stages}
        if not left:
            return
        lost: dict[str, int] = {}
        for _, row in self._store.scan(self._tenant, "job", limit=None).rows:
            job: Job = row.value
            if job.pipeline == pipeline.id and job.stage in left and job.status != ARCHIVED:
                lost[job.stage] = lost.get(job.stage, 0) + 1
        if lost:
            stages = ", ".join(f"{stage!r} ({many(n, 'job')})" for stage, n in sorted(lost.items()))
            raise DefinitionError(
                f"pipeline {pipeline.name!r} can not lose stages in which jobs stand: {stages}; "
                "move these jobs first"
            )

    # -- tags and packages -----------------------------------------------------------------------

    def tag(
        self,
        account: Account | str,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        clear: bool = False,
        *,
        actor: Who = None,
    ) -> Account:
        """Change an account's tags by hand; nothing fires (domain.md 3.4).

        Raises:
            DefinitionError: A tag is both added and removed.
            NotFoundError: There is no such account.
        """
        change = TagChange(names(add), names(remove))
        clear = flag(clear, "$.clear")
        id = handle(account, Account, "account")
        turn = self._turns.mine
        who = self._enter(turn, "tag", actor, id)
        try:
            for _ in range(TRIES):
                stored = self._row("account", id)
                tagged, event = rules.tag(
                    stored.value, change.add, change.remove, self._now(), who, clear=clear
                )
                if event is None:
                    return replaced(tagged, revision=stored.version)
                key = RowKey("account", id)
                try:
                    self._store.commit(
                        Changes(
                            self._tenant, {key: stored.version}, {key: tagged}, log={key: (event,)}
                        )
                    )
                except ConflictError:
                    continue
                if self._handlers:
                    turn.events.append((event, turn.depth))
                break
            else:
                raise ConflictError(f"{TRIES} times somebody else committed first")
        finally:
            turn.deciding = False
        self._work_off(turn)
        return replaced(tagged, revision=stored.version + 1)


_ALL_PORTS = frozenset(
    {"email", "messages", "invoices", "organizers", "proposals", "tasks", "folders"}
)


class RacedError(PipeflowError):
    """Somebody committed between our reading and our writing; to be tried again."""


def _named(problem: Problem, thing: Savable, *, several: bool) -> Problem:
    """Say in which of several things a problem is."""
    if not several:
        return problem
    return problem._replace(
        where=f"{row_of(thing).kind} {row_of(thing).id!r} {problem.where}".strip()
    )


def _firm_with(firm: Firm, things: Sequence[Savable]) -> Firm:
    """Return what every command reads of the firm, once these are saved."""
    settings, access = firm.settings, set(firm.default_access)
    for thing in things:
        if isinstance(thing, Settings):
            settings = thing
        if isinstance(thing, Member):
            (access.add if thing.default_access else access.discard)(thing.id)
    return Firm(settings, frozenset(access))
