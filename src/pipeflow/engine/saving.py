"""Saving definitions: checked together, written in one commit, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, TypeVar, Union, overload

from ..errors import ConflictError, DefinitionError, DuplicateCommandError, PipeflowError, a
from ..model.accounts import Account, Contact, Member
from ..model.plain import Plain
from ..model.settings import Firm, Settings
from ..model.swift import replaced
from ..ports.store import Changes, RowKey, Stored
from .checking import Checking, Savable, row_of
from .core import TRIES, used_before
from .handles import fingerprint, flag
from .write import FIRM

__all__ = ["RacedError", "Savable", "Saving", "Who"]

T = TypeVar("T", bound=Savable)
U = TypeVar("U", bound=Savable)
V = TypeVar("V", bound=Savable)

# Who does something: a member, an id, or None for the system.
Who: TypeAlias = Union[str, Member, None]
Id: TypeAlias = Union[str, None]


class Saving(Checking):
    """`save`."""

    @overload
    def save(
        self, thing: T, /, *, replace: bool = False, actor: Who = None, command_id: Id = None
    ) -> T: ...
    @overload
    def save(
        self,
        first: T,
        second: U,
        /,
        *,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> tuple[T, U]: ...
    @overload
    def save(
        self,
        first: T,
        second: U,
        third: V,
        /,
        *,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
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
        command_id: Id = None,
    ) -> tuple[T, *tuple[Savable, ...]]: ...
    def save(
        self,
        *things: Any,
        replace: bool = False,
        actor: Who = None,
        command_id: Id = None,
    ) -> Any:
        """Save definitions, checked together, in one commit; return them as saved.

        A saved value carries a `revision`. Saving one whose revision is not the stored one is
        refused, for somebody saved meanwhile. One without a revision that meets its id changes
        nothing if the content is equal, and is refused otherwise.

        Args:
            *things: Accounts, members, templates, pipelines, settings.
            replace: Save over what is there, whatever its revision.
            actor: Who saves.
            command_id: Makes it act once, however often it is sent.

        Returns:
            The saved value; for several, a tuple in the order given.

        Raises:
            DefinitionError: With every reference, merge field and port that is missing.
            ConflictError: Something else is stored under an id, or the command id was given to
                another command before.
        """
        replace = flag(replace, "$.replace")
        if not things:
            raise DefinitionError("save needs at least one thing to save")
        turn = self._turns.mine
        names = [row_of(thing).id or getattr(thing, "name", "") for thing in things]
        about = ", ".join(names)
        content = "" if command_id is None else fingerprint([Plain.__repr__(one) for one in things])
        said = ("save", about, content)
        self._enter(turn, "save", actor, about, command_id)
        try:
            saved = self._saved_before(command_id, said)
            if not saved:
                things = tuple(self._with_ids(thing) for thing in things)
                saved = self._save_all(things, command_id, said, replace=replace)
        finally:
            turn.deciding = False
        return saved[0] if len(saved) == 1 else saved

    def _saved_before(self, command_id: str | None, said: tuple[str, ...]) -> tuple[Savable, ...]:
        """Return what the same command saved before, as it now stands."""
        if command_id is None:
            return ()
        known = self._store.command_result(self._tenant, command_id)
        if known is None:
            return ()
        match known.value:
            case (before, keys) if before == said:
                rows = [self._row(kind, id) for kind, id in keys]
                return tuple(replaced(row.value, revision=row.version) for row in rows)
            case _:
                raise used_before(command_id, known.value)

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

    def _save_all(
        self,
        things: Sequence[Savable],
        command_id: str | None,
        said: tuple[str, ...],
        *,
        replace: bool,
    ) -> tuple[Savable, ...]:
        for _ in range(TRIES):
            try:
                return self._try_save(things, command_id, said, replace=replace)
            except (RacedError, DuplicateCommandError):
                if saved := self._saved_before(command_id, said):
                    return saved
        raise ConflictError(f"{TRIES} times somebody else committed first; try again later")

    def _try_save(
        self,
        things: Sequence[Savable],
        command_id: str | None = None,
        said: tuple[str, ...] = ("save",),
        *,
        replace: bool,
    ) -> tuple[Savable, ...]:
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
        if changed or command_id is not None:
            result = (said, tuple((key.kind, key.id) for key in keys))
            changes = Changes(
                self._tenant, expect, puts, command_id=command_id, result=result, at=self._now()
            )
            try:
                self._store.commit(changes)
            except ConflictError as error:
                raise RacedError from error
            self._refuse_late_jobs(stored, firm, changes)
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


class RacedError(PipeflowError):
    """Somebody committed between our reading and our writing; to be tried again."""


def _firm_with(firm: Firm, things: Sequence[Savable]) -> Firm:
    """Return what every command reads of the firm, once these are saved."""
    settings, access = firm.settings, set(firm.default_access)
    for thing in things:
        if isinstance(thing, Settings):
            settings = thing
        if isinstance(thing, Member):
            (access.add if thing.default_access else access.discard)(thing.id)
    return Firm(settings, frozenset(access))
