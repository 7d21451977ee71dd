"""What is done on a branch, held against the same done in the firm itself afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import attrs

from pipeflow import Engine, PipeflowError
from pipeflow.engine import Branch
from pipeflow.ports import Request
from tests.reference.host import label
from tests.reference.walking import Step, Walk

__all__ = ["Deed", "Noting", "betrayed"]

# What changes a firm, of all the calls of an engine.
CALLS = frozenset({
    "archive", "complete", "delete", "edit", "link", "move", "pause", "receive", "record",
    "reevaluate", "remind", "restore", "resume", "retry", "abandon", "save", "set_reminders",
    "set_status", "start", "tag", "tick", "transfer", "undo", "unlink",
})  # fmt: skip
PLAIN = ("outage", "mend")  # steps about ports that fail; those of a branch never do


class Deed(NamedTuple):
    """One call at an instant, and what came of it; `advance` lets time pass until another one."""

    at: datetime
    call: str
    arguments: tuple[Any, ...] = ()
    named: Any = None
    came: str = ""


class Noted:
    """An engine that writes down what is done with it."""

    def __init__(self, walk: Noting) -> None:
        """Stand before the engine of a walk."""
        self._walk, self._engine = walk, walk.engine

    def __getattr__(self, name: str) -> Any:
        """Pass a call on, and write it down if it changes anything."""
        call = getattr(self._engine, name)
        if name not in CALLS or self._walk.passing:
            return call

        def noted(*arguments: Any, **named: Any) -> Any:
            given = tuple(getattr(one, "id", one) if name == "delete" else one for one in arguments)
            deed = Deed(self._walk.clock.now(), name, given, named)
            try:
                found = call(*arguments, **named)
            except PipeflowError as error:
                self._walk.deeds.append(deed._replace(came=told(error)))
                raise
            came = f"started {found.id}" if name == "start" else ""
            self._walk.deeds.append(deed._replace(came=came))
            return found

        return noted


class Noting(Walk):
    """A walk that writes down what is done from some step on."""

    passing = False

    def __init__(self, seed: int, *, kind: type[Engine] = Engine) -> None:
        """Draw a firm."""
        self.deeds: list[Deed] = []
        self.asked: list[Request] = []
        super().__init__(seed, kind=kind)

    def begin(self) -> None:
        """Write down what is done and asked for from here on."""
        self.deeds.clear()
        self.engine: Any = Noted(self)
        heard = self.host.heard

        def also(request: Request) -> None:
            self.asked.append(request)
            heard(request)

        self.host.heard = also

    def pass_until(self, target: datetime) -> None:
        """Let time pass, and write it down as one."""
        self.deeds.append(Deed(self.clock.now(), "advance", (target,)))
        self.passing = True
        super().pass_until(target)
        self.passing = False


class Names:
    """What a branch calls the jobs that were started on it, and the firm afterwards."""

    def __init__(self) -> None:
        """Know none yet."""
        self._there: dict[str, str] = {}

    def learn(self, here: str, there: str) -> None:
        """Take in that a job has one name in the firm, and another on its branch."""
        self._there[here] = there

    def there(self, given: Any) -> Any:
        """Call things as the branch does."""
        return _replaced(given, self._there)

    def here(self, given: Any) -> Any:
        """Call things as the firm does."""
        return _replaced(given, {there: here for here, there in self._there.items()})


def _replaced(given: Any, names: dict[str, str]) -> Any:
    if isinstance(given, str) and type(given) is str:
        for old, new in names.items():
            given = _renamed(given, old, new)
        return given
    if type(given) in {tuple, list}:
        return type(given)(_replaced(one, names) for one in given)
    return given


def _renamed(text: str, old: str, new: str) -> str:
    """Replace a name that is not part of a longer one."""
    return re.sub(rf"(?<![\w-]){re.escape(old)}(?!\d)", new, text)


def told(error: PipeflowError) -> str:
    """Say how a call was refused."""
    return f"{type(error).__name__}: {error}"


def state_of(engine: Engine, names: Names) -> list[Any]:
    """Tell all that a firm has come to, but for the references that ports gave, as it calls it."""
    found: list[Any] = []
    for job in engine.jobs():
        items = [
            (i.id, i.kind, i.name, i.state, i.visit, i.scope, i.reminders, i.reminded, i.remind_at,
             sorted(i.assignees), i.due, sorted(i.marks), i.told, i.ref is None)
            for i in job.items
        ]  # fmt: skip
        alarms = [(one.trigger, one.of, one.at, one.due is None) for one in job.alarms]
        plain = [
            (name, sorted(map(str, value)) if isinstance(value, frozenset) else value)
            for name in attrs.fields_dict(type(job))
            if name not in {"items", "alarms"}
            for value in (getattr(job, name),)
        ]
        history = [one.sentence() for one in engine.history(job)]
        kept = [line for line in history if " took " not in line and "undid" not in line]
        found.append((job.id, plain, items, alarms, kept))
    accounts = [
        (one.id, sorted(one.tags), sorted(one.access), sorted(one.fields.items()))
        for one in engine.accounts()
    ]
    failures = [(one.key, one.attempts) for one in engine.failures()]
    return [_deep(one, names) for one in (*sorted(found, key=lambda f: names.here(f[0])), accounts,
                                          sorted(failures))]  # fmt: skip


def _deep(given: Any, names: Names) -> str:
    return str(names.here(str(given)))


def asked_of(requests: Iterable[Request], names: Names) -> list[str]:
    """Tell what ports were asked for, in an order that does not depend on names."""
    return sorted(_deep((one.key, label(one)), names) for one in requests)


def do(branch: Branch, deeds: Sequence[Deed], names: Names) -> None:
    """Do on a branch what was done in the firm, at the same instants; it must come to the same."""
    for deed in deeds:
        if deed.call == "tick":
            branch.tick(deed.at)
            continue
        branch._branch.clock.set(deed.at)
        if deed.call == "advance":
            branch.advance(minutes=(deed.arguments[0] - deed.at) / timedelta(minutes=1))
            continue
        came = ""
        try:
            named = {name: names.there(one) for name, one in deed.named.items()}
            found = getattr(branch, deed.call)(*names.there(deed.arguments), **named)
        except PipeflowError as error:
            came = names.here(told(error))
        else:
            if deed.call == "start":
                assert deed.came.startswith("started "), f"{deed.call} was not refused"
                names.learn(deed.came.removeprefix("started "), found.id)
                came = deed.came
        assert came == deed.came, f"{deed.call}{deed.arguments}: {came!r}, and not {deed.came!r}"


def betrayed(seed: int, steps: Sequence[Step], at: int, kind: type[Engine] = Engine) -> str:
    """Do the rest of a walk on a branch, and then in the firm; return what was different."""
    rest = [step for step in steps[at:] if step.name not in PLAIN]
    try:
        first = _taken(seed, steps[:at], kind)
        first.begin()
        for step in rest:
            first.take(step)
        second = _taken(seed, steps[:at], kind)
        before, calls = [*second.store.export("default")], second.host.numbers
        names, branch = Names(), second.engine.what_if()
        do(branch, first.deeds, names)
        came, asked = state_of(branch, names), asked_of(branch.requests, names)
        _same("the firm's store", [*second.store.export("default")], before)
        _same("what the ports took", second.host.numbers, calls)
        for step in rest:
            second.take(step)
        _same("all jobs", came, state_of(second.engine, Names()))
        _same("all requests", asked, asked_of(first.asked, Names()))
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        return f"{type(error).__name__}: {error}"
    return ""


def _taken(seed: int, steps: Sequence[Step], kind: type[Engine]) -> Noting:
    """Walk as far as the branch is made; from there on all ports are in order, with no credit."""
    walk = Noting(seed, kind=kind)
    for step in steps:
        walk.take(step)
    walk.host.moods.update(dict.fromkeys(walk.host.moods, "up"))
    walk.host.credit.clear()
    return walk


def _same(what: str, one: Any, other: Any) -> None:
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        different = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
        assert not different, f"{what}:\n  {different[0][0]}\n  {different[0][1]}"
    assert one == other, f"{what}:\n  {one}\n  {other}"
