"""Definitions: checked together and written in one commit, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias, TypeVar, Union

from .. import rules
from ..errors import ConflictError, DefinitionError, Problem, a, shown, unknown
from ..model.accounts import Account, Contact, Member
from ..model.parts import strange_problems
from ..model.pipelines import Pipeline
from ..model.record import replaced
from ..model.reminders import Reminders
from ..model.schedules import Schedule
from ..model.settings import Firm, Settings
from ..model.templates import Template
from ..model.values import Definition
from ..ports.rows import RowKey, Stored
from .default_folders import ask as ask_default_folder
from .doubts import tell_doubts, tell_language
from .edited_schedules import save_timers
from .losses import loss_problems
from .records import FIRM, Records, row_key
from .ripples import tell_alarms, tell_clocks, tell_jobs, tell_statuses
from .unit import Unit

__all__ = ["KeptIds", "Savable", "as_kept", "refuse_gaps", "row_of", "with_ids", "write"]

# What `save` takes.
Savable: TypeAlias = Union[Account, Member, Template, Pipeline, Schedule, Settings]
T = TypeVar("T")
D = TypeVar("D", bound=Definition)

KINDS: tuple[tuple[type[Account | Member | Template | Pipeline | Schedule], str], ...] = (
    (Account, "account"),
    (Member, "member"),
    (Template, "template"),
    (Pipeline, "pipeline"),
    (Schedule, "schedule"),
)
SETTINGS_ID = "settings"


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
    allowed = ("Account", "Member", "a template", "Pipeline", "Schedule", "Settings")
    raise DefinitionError(Problem("cannot be saved", "$", shown(thing), allowed))


def with_ids(thing: Savable, unit: Unit, new_id: Callable[[str], str]) -> Savable:
    """Give an account and its contacts the ids that they lack."""
    if not isinstance(thing, Account):
        return thing
    id = thing.id or new_id("account")
    return replaced(thing, id=id, contacts=tuple(_contacts(thing, unit, new_id)))


def _contacts(account: Account, unit: Unit, new_id: Callable[[str], str]) -> Iterator[Contact]:
    """Give contacts the ids that they lack: those that they have here already, or new ones."""
    stored = unit.get(row_key("account", account.id)) if account.id else None
    named = {contact.id for contact in account.contacts}
    known = stored.value.contacts if stored is not None else ()
    free = [contact for contact in known if contact.id not in named]
    for contact in account.contacts:
        same = next((one for one in free if replaced(one, id="") == contact), None)
        if same is not None:
            free.remove(same)
            yield same
        else:
            yield replaced(contact, id=contact.id or new_id("contact"))


def write(
    unit: Unit, things: Sequence[Savable], *, replace: bool, new: bool = False
) -> tuple[Savable, ...]:
    """Write what changed of these things, and return all of them as they are saved then.

    What is *new* has ids that were free: the commit asks once more, and all is decided anew.

    Raises:
        DefinitionError: With every reference, merge field and port that is missing.
        ConflictError: Something else is stored under an id.
    """
    keys = [row_of(thing) for thing in things]
    _refuse_twins(keys, things)
    stored = {} if new else unit.many(keys)
    changed = [
        (key, _by_hand(thing, stored.get(key)))
        for key, thing in zip(keys, things, strict=True)
        if _changes(key, thing, stored.get(key), replace=replace)
    ]
    defined = [thing for _, thing in changed if not isinstance(thing, Account)]
    _check(unit, things, [thing for _, thing in changed], stored)
    settings = _firm_with(unit.firm.value, defined).settings
    for key, thing in changed:
        unit.put(key, thing, stored[key].version if key in stored else 0)
        if isinstance(thing, Account):
            before = stored[key].value if key in stored else None
            tell_language(unit, before, thing, settings)
            if before is not None:
                tell_jobs(unit, before, thing)
            elif settings.default_folder is not None:
                ask_default_folder(unit, thing, settings, _templates(unit, things))
        elif isinstance(thing, Pipeline) and key in stored:
            tell_statuses(unit, stored[key].value, thing)
            tell_alarms(unit, stored[key].value, thing)
    tell_doubts(unit, defined, things)
    if defined:
        firm = _firm_with(unit.firm.value, defined)
        schedules = [(one, stored.get(key)) for key, one in changed if isinstance(one, Schedule)]
        save_timers(unit, schedules, firm.settings)
        tell_clocks(unit, unit.firm.value.settings, firm)
        unit.put(FIRM, firm)
    versions = {key: row.version for key, row in stored.items()}
    versions.update({key: versions.get(key, 0) + 1 for key, _ in changed})
    saved = (unit.puts.get(key, thing) for key, thing in zip(keys, things, strict=True))
    return tuple(replaced(one, revision=versions[k]) for k, one in zip(keys, saved, strict=True))


def as_kept(records: Records, saved: Iterable[D]) -> tuple[D, ...]:
    """Return what was saved with the revisions that the store has of it.

    What comes again after it was deleted goes on from the revision that it had, as only a store
    knows. Where somebody else saved over it meanwhile, its revision is none of theirs.
    """
    things = tuple(saved)
    rows = records.read([row_of(one) for one in things if one.revision == 1])
    found = ((one, rows.get(row_of(one))) for one in things)
    return tuple(
        replaced(one, revision=row.version) if row is not None and row.value == one else one
        for one, row in found
    )


def _by_hand(thing: Savable, before: Stored | None) -> Savable:
    """Return a thing as it is saved: tags of an account that came or went no answer gave (R-40)."""
    if not isinstance(thing, Account) or before is None:
        return thing
    return rules.claimed(thing, thing.tags ^ before.value.tags)


def _refuse_twins(keys: Sequence[RowKey], things: Sequence[Savable]) -> None:
    """Refuse two things of one id in the same call; the same thing twice is one."""
    seen: dict[RowKey, Savable] = {}
    for key, thing in zip(keys, things, strict=True):
        if key in seen and seen[key] != thing:
            raise DefinitionError(
                f"two different things have the id {key.id!r}; give one another with id="
            )
        seen[key] = thing


def _changes(key: RowKey, thing: Savable, stored: Stored | None, *, replace: bool) -> bool:
    """Tell whether a thing is to be written, and refuse it where that would lose work."""
    if stored is None:
        if thing.revision is not None and not replace:
            raise ConflictError(
                f"{key.kind} {key.id!r} is no longer there; it was deleted meanwhile, or, "
                "if it is to be a copy, give it revision=None"
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
    single = key.kind == "settings"  # a firm has one of them, without an id
    call = "engine.settings()" if single else f"engine.{key.kind}({key.id!r})"
    name = "the settings" if single else f"{key.kind} {key.id!r}"
    if thing.revision is None:
        another = "or save with replace=True"
        if not single:
            another = "save with replace=True, or give this one another id="
        be = "are" if single else "is"
        raise ConflictError(
            f"{name} {be} saved already, with other content; edit what {call} returns, {another}"
        )
    raise ConflictError(
        f"somebody saved {name} meanwhile (revision {stored.version}, yours is "
        f"{thing.revision}); edit what {call} returns, or save with replace=True"
    )


# -- what is checked ------------------------------------------------------------------------------


class KeptIds(AbstractSet[str]):
    """The ids of a kind that are saved, or are about to be: looked up one by one."""

    def __init__(self, unit: Unit, kind: str, more: Iterable[str] = ()) -> None:
        """Take where they are looked up, and those that come with them."""
        self._unit, self._kind, self._more = unit, kind, frozenset(more)

    def __contains__(self, id: object) -> bool:
        """Tell whether there is such an id."""
        if id in self._more:
            return True
        return isinstance(id, str) and bool(self._unit.many([row_key(self._kind, id)]))

    def __iter__(self) -> Iterator[str]:
        """Go through ids, for a sentence that names some."""
        known = self._unit.records.store.ids(self._unit.tenant, self._kind)
        return iter(sorted({*known, *self._more}))

    def __len__(self) -> int:
        """Count what iterating would yield."""
        return sum(1 for _ in self)


class _Kept(Mapping[str, D]):
    """The templates, or pipelines, that are saved, or are about to be: read one by one."""

    def __init__(self, unit: Unit, kind: str, more: Iterable[D]) -> None:
        self._unit, self._kind = unit, kind
        self._more = {one.id: one for one in more}
        self._ids = KeptIds(unit, kind, self._more)

    def __getitem__(self, id: str) -> D:
        if id not in self._more:
            key = row_key(self._kind, id)
            self._more[id] = self._unit.many([key])[key].value
        return self._more[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def _templates(unit: Unit, together: Iterable[Savable]) -> _Kept[Template]:
    """Return the templates that are saved, or are about to be."""
    return _Kept(unit, "template", [one for one in together if isinstance(one, Template)])


def _check(
    unit: Unit,
    together: Sequence[Savable],
    changed: Sequence[Savable],
    stored: Mapping[RowKey, Stored],
) -> None:
    """Check what changed against each other and the firm; all problems at once."""
    templates = _templates(unit, together)
    pipelines = _Kept(unit, "pipeline", [one for one in together if isinstance(one, Pipeline)])
    members = KeptIds(unit, "member", [one.id for one in together if isinstance(one, Member)])
    inactive = _firm_with(unit.firm.value, together).inactive
    lines = {one.id for one in changed if isinstance(one, Pipeline)}
    problems: list[Problem] = []
    for thing in changed:
        found: Iterable[Problem] = tuple(strange_problems(thing))
        if found:
            pass  # nothing further can be asked of them
        elif isinstance(thing, Account):
            found = _stranger_problems(thing, members)
        elif isinstance(thing, Template):
            found = rules.template_problems(thing, templates, members)
            before = stored.get(row_of(thing))
            if before is not None:
                found = (*found, *_new_ports(unit, before.value, thing))
        elif isinstance(thing, Pipeline):
            outlets = unit.host.known_outlets
            found = rules.pipeline_problems(thing, templates, members, outlets, pipelines)
            found = (*found, *rules.condition_problems(thing, members, pipelines.keys()))
            before = stored.get(row_of(thing))
            if before is not None:
                found = (*found, *loss_problems(unit, before.value, thing, lines))
        elif isinstance(thing, Schedule):
            kept = {
                kind: KeptIds(unit, kind, [k.id for k in map(row_of, together) if k.kind == kind])
                for kind in ("pipeline", "account")
            }
            found = rules.schedule_problems(thing, templates, kept | {"member": members})
            found = (*found, *rules.condition_problems(thing, members, kept["pipeline"]))
        elif isinstance(thing, Settings):
            outlets = unit.host.known_outlets
            found = rules.settings_problems(thing, templates, outlets)
        known = stored.get(row_of(thing))
        anew = rules.inactive_problems(thing, known and known.value, inactive)
        found = (*found, *anew)
        several = len(together) > 1 and not isinstance(thing, Account)
        problems += [_named(problem, thing, several=several) for problem in found]
    if problems:
        raise DefinitionError(*problems)


def refuse_gaps(unit: Unit, rhythm: Reminders, pipeline: Pipeline) -> None:
    """Refuse what reminders of a job fire in the end that uses what the firm does not have.

    Raises:
        DefinitionError: With every problem.
    """
    members, pipelines = KeptIds(unit, "member"), _Kept[Pipeline](unit, "pipeline", ())
    several = [(f"$.then[{number}]", one) for number, one in enumerate(rhythm.then)]
    ids = [one.id for _, one in several if one.id is not None]
    twice = next((where for where, one in several if one.id and ids.count(one.id) > 1), None)
    problems = (
        *rules.automations_problems(
            several, pipeline, _templates(unit, ()), members, unit.host.known_outlets, pipelines
        ),
        *rules.condition_problems(rhythm, members, pipelines.keys()),
        *rules.inactive_problems(rhythm, None, unit.firm.value.inactive),
        *([] if twice is None else [Problem("has the id of another one", f"{twice}.id")]),
    )
    if problems:
        raise DefinitionError(*(problem.at("$.reminders") for problem in problems))


def _new_ports(unit: Unit, before: Template, after: Template) -> tuple[Problem, ...]:
    """Return the ports that pipelines lack since one of their templates asks for more."""
    found = tuple(rules.new_port_problems(after, before, unit.host.known_outlets))
    if not found:
        return ()
    pipelines: Iterable[Pipeline] = unit.records.every("pipeline")
    return found if any(after.id in one.template_ids for one in pipelines) else ()


def _stranger_problems(account: Account, members: AbstractSet[str]) -> Iterator[Problem]:
    """Yield the members whom an account's access or roles name and who are not there."""
    from ..rules.gaps import SAVE_TOGETHER  # loads on first use

    named = {
        (member, f"$.roles[{role!r}]") for role in account.roles for member in account.roles[role]
    } | {(member, "$.access") for member in account.access}
    for member, where in sorted(named):
        if member not in members:
            yield unknown("member", member, sorted(members), where=where, hint=SAVE_TOGETHER)


def _named(problem: Problem, thing: Savable, *, several: bool) -> Problem:
    """Say in which of several things a problem is."""
    if not several:
        return problem
    where = f"{row_of(thing).kind} {row_of(thing).id!r} {problem.where}".strip()
    return problem._replace(where=where)


def _firm_with(firm: Firm, things: Iterable[Savable]) -> Firm:
    """Return what every command reads of the firm, once these are saved."""
    settings, access, inactive = firm.settings, {*firm.default_access}, {*firm.inactive}
    gone = {*firm.gone}
    for thing in things:
        if isinstance(thing, Settings):
            settings = thing
        if isinstance(thing, Member):
            given = thing.default_access and thing.active
            (access.add if given else access.discard)(thing.id)
            (inactive.discard if thing.active else inactive.add)(thing.id)
            gone.discard(thing.id)
    return Firm(settings, frozenset(access), frozenset(inactive), frozenset(gone))
