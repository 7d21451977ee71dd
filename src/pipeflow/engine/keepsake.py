"""Keepsake: what was tried on a branch, written out as a test that goes on to hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..errors import DefinitionError, Problem, shown
from ..model.accounts import Account, Member
from ..model.items import Item
from ..model.jobs import Job
from ..model.pipelines import Pipeline
from ..model.plans import Plan
from ..model.schedules import Schedule
from ..model.stages import Stage
from ..model.templates import Template
from ..ports.cancellations import CANCELLATIONS
from ..ports.ports import NAMES, OUTLETS, Outlet, Rejected
from .call_notes import CallNote
from .delivery import error_text
from .source_text import Group, Part, Writer, laid_out, quoted

if TYPE_CHECKING:
    from .engine import Branch

__all__ = ["written"]

HANDLES = (Job, Item, Account, Member, Pipeline, Schedule, Stage, Template)
GETTERS: dict[type, str] = {
    Job: "job", Account: "account", Member: "member", Pipeline: "pipeline", Schedule: "schedule",
    Template: "template",
}  # fmt: skip
WHOLE = frozenset({"save", "install"})  # the calls that take values as they are
CHANGING = frozenset({"tasks", "organizers"})  # ports that may be told what changed


def written(branch: Branch, name: str) -> str:
    """Return the text of a file with one test.

    Raises:
        DefinitionError: The name is none that a test can have.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        what = "must be a name that a function can have, in letters, digits, _, such as 'bill_due'"
        raise DefinitionError(Problem(what, "$.name", shown(name)))
    return _Keepsake(branch).text(name.removeprefix("test_"))


class _Keepsake:
    """Writes the test of one branch."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self._host = branch._branch  # noqa: SLF001  (of the same room)
        self._writer = Writer()
        self._depth = self._host.mark.count("if")
        # The calendar that firm and branch are given, where the firm has one.
        self._calendar = {} if self._host.calendar is None else {"calendar": "calendar"}
        # The ports of the firm that can do less than those of a `World`.
        self._poor = [
            one
            for one in OUTLETS
            if one.name in self._host.recorder.names and {*_methods(one)} != {*self._can(one)}
        ]

    def text(self, name: str) -> str:
        """Write the whole file."""
        body = [*self._body()]
        classes = "".join(f"{self._class(one)}\n\n\n" for one in self._poor)
        firm = laid_out(self._writer.part([*self._firm()]), before=len("FIRM = "))
        self._writer.imports.setdefault("pipeflow.testing", set()).add("World")
        imports = "\n".join(self._imports())
        return (
            f'"""What was tried on a branch of a firm, and came to what it says here."""\n\n'
            "# ruff: noqa: E501  (texts stand as the firm has them)\n\n"
            f"{imports}\n\n"
            "# The firm as it was, as far as the branch looked at it: the lines of its export.\n"
            f"FIRM = {firm}\n\n\n"
            f"{classes}"
            f"def test_{name}() -> None:\n"
            '    """The same calls come to the same jobs and the same requests."""\n'
            + "\n".join(f"    {line}" if line else "" for line in body)
            + "\n"
        )

    def _imports(self) -> Iterator[str]:
        yield from ("import json",)
        known = self._writer.imports
        std = [one for one in sorted(known) if not one.startswith("pipeflow")]
        for module in std:
            yield self._import(module)
        yield ""
        for module in sorted(known.keys() - {*std}):
            yield self._import(module)

    def _import(self, module: str) -> str:
        names = sorted(self._writer.imports[module], key=_as_sorted)
        line = f"from {module} import {', '.join(names)}"
        if len(line) <= 88:
            return line
        several = "".join(f"    {one},\n" for one in names)
        return f"from {module} import (\n{several})"

    def _body(self) -> Iterator[str]:
        """Yield the lines of the test."""
        if self._calendar:
            self._writer.imports.setdefault("pipeflow.testing", set()).add("ManualCalendar")
            days = self._writer.part(sorted(self._host.named))
            yield from _lines("calendar = ", self._writer.call("ManualCalendar", [days], {}))
        began = self._writer.part(self._host.began)
        yield from _lines("world = ", self._writer.call("World", [began], self._calendar))
        yield "world.store.restore(json.dumps(line) for line in FIRM)"
        yield from self._hands()
        yield from _lines("branch = ", self._engine())
        yield ""
        for note in self._host.notes:
            yield from _lines("", self._call(note))
        yield ""
        yield from self._asserts()

    def _engine(self) -> Part:
        """Return what makes the branch."""
        host, way = self._host, ".what_if()" * self._depth
        if host.tenant == "default" and host.recorder.names == NAMES and not self._poor:
            return f"world.engine{way}"
        self._writer.imports.setdefault("pipeflow", set()).update({"Engine", "Ports"})
        poor = {one.name: f"{_class_name(one)}()" for one in self._poor}
        ports = {one: poor.get(one, f"world.{one}") for one in sorted(host.recorder.names)}
        return Group(
            "Engine(",
            (
                ("ports=", self._writer.call("Ports", (), ports)),
                ("store=", "world.store"),
                ("clock=", "world.clock"),
                ("tenant=", quoted(host.tenant)),
                *((f"{name}=", part) for name, part in self._calendar.items()),
            ),
            f"){way}",
        )

    def _can(self, outlet: Outlet) -> Iterator[str]:
        """Yield the methods that a port of the firm has."""
        recorder = self._host.recorder
        told = {"tasks": recorder.updates, "organizers": recorder.updates_organizers}
        lacks = {"update"} if not told.get(outlet.name, True) else set()
        lacks |= {"cancel"} if outlet.makes not in recorder.cancels else set()
        yield from (one for one in _methods(outlet) if one not in lacks)

    def _class(self, outlet: Outlet) -> str:
        """Write a port that can do what that of the firm can, and is asked nothing."""
        base = f"{outlet.name.capitalize()}Port"
        self._writer.imports.setdefault("pipeflow.ports", set()).add(base)
        methods = (
            f"    def {one}(self, asked: object, /) -> None: ..." for one in self._can(outlet)
        )
        head = (
            f'class {_class_name(outlet)}({base}):\n    """As much as the port of the firm can."""'
        )
        return "\n\n".join([head, *methods])

    def _hands(self) -> Iterator[str]:
        """Yield the lines that have somebody hold what was in hand when the branch looked."""
        host = self._host
        hands = host.overlay.in_hand(host.tenant).items()
        held = sorted((until - host.began, key) for key, until in hands if until > host.began)
        for lease, several in groupby(held, lambda one: one[0]):
            keys = [key for _, key in several]
            given = ('"somebody"', self._writer.part(lease), str(len(keys)))
            named = {
                "due": self._writer.part(host.began),
                "tenant": quoted(host.tenant),
                "keys": self._writer.part(keys),
            }
            yield from _lines("", self._writer.call("world.store.claim", given, named))

    # -- the calls ---------------------------------------------------------------------------------

    def _call(self, note: CallNote) -> Part:
        given = [self._given(note.name, one) for one in note.given]
        named = {name: self._given(note.name, one) for name, one in note.named.items()}
        return self._writer.call(f"branch.{note.name}", given, named)

    def _given(self, call: str, value: Any) -> Part:
        """Return what stands for what was given: ids for things, and values as they are."""
        if isinstance(value, Plan):
            return self._plan(value)
        if isinstance(value, BaseException):
            return self._error(value)
        if isinstance(value, HANDLES) and call not in WHOLE:
            return self._handle(value) if call == "delete" else quoted(value.id)
        if isinstance(value, list | tuple) and type(value) in {list, tuple}:
            return Group("[", tuple(("", self._given(call, one)) for one in value), "]")
        if isinstance(value, AbstractSet):
            several = sorted((self._given(call, one) for one in value), key=str)
            return Group("[", tuple(("", one) for one in several), "]")
        return self._writer.part(value)

    def _handle(self, thing: Any) -> Part:
        getter = next(name for kind, name in GETTERS.items() if isinstance(thing, kind))
        return f"branch.{getter}({quoted(thing.id)})"

    def _error(self, error: BaseException) -> Part:
        """Return what fails a request alike: what is refused for good, or the text of an error."""
        if not isinstance(error, Rejected):
            return quoted(error_text(error))
        self._writer.imports.setdefault("pipeflow", set()).add("Rejected")
        return f"Rejected({quoted(str(error))})"

    def _plan(self, plan: Plan) -> Part:
        """Return what plans the same again."""
        said = [one for one in plan.stages if one.to is not None and not one.suggested]
        stages = {one.stage: one.to for one in said}
        statuses = {one.status: one.to for one in plan.statuses if one.to is not None}
        named = {"stages": stages, "statuses": statuses}
        told = {name: self._writer.part(one) for name, one in named.items() if one}
        return self._writer.call("branch.plan", (self._writer.part(plan.pipeline),), told)

    # -- the firm ----------------------------------------------------------------------------------

    def _firm(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the firm's export that the branch had looked at."""
        host = self._host
        lines = [*host.overlay.parent.export(host.tenant)]
        seen, taken = host.overlay.looked(host.tenant)  # behind: they stand as these lines say
        keys = {(key.kind, key.id) for key in seen} | {("firm", ""), ("settings", "settings")}
        jobs = {id for kind, id in keys if kind == "job"}
        used = {note.named.get("command_id") for note in host.notes}
        number = 0
        for text in lines:
            line = json.loads(text)
            match line:
                case {"gone": [kind, id]}:  # what comes again goes on from its revision
                    kept = (kind, id) in keys
                case {"row": [kind, id]} | {"log": [kind, id]}:
                    kept = (kind, id) in keys or (kind == "ref" and _is_of(line["value"], jobs))
                case {"due": due}:
                    kept = due.get("job") in jobs or due["key"] in taken
                case {"over": key}:
                    kept = line["job"] in jobs or key in taken
                case {"command": id}:  # each of many has that of all of them, and a number
                    kept = id in used or id.rpartition("#")[0] in used
                case {"end": _}:
                    line, kept = {"end": number}, True
                case _:
                    kept = True
            if kept:
                number += 1
                yield line

    # -- what came of it ---------------------------------------------------------------------------

    def _asserts(self) -> Iterator[str]:
        branch = self._branch
        diff = branch.diff()
        for one in diff.jobs:
            if one.fate == "deleted":
                yield f"assert {quoted(one.job)} not in {{job.id for job in branch.jobs()}}"
                continue
            job = branch.job(one.job)
            yield f"job = branch.job({quoted(job.id)})"
            told = self._writer.part((job.stage, str(job.status)))
            yield from _lines("assert (job.stage, job.status) == ", told)
            states = self._writer.part({item.id: item.state.value for item in job.items})
            yield from _lines("assert {item.id: str(item.state) for item in job.items} == ", states)
        for account in diff.accounts:
            if account.fate != "deleted":
                tags = sorted(branch.account(account.account).tags)
                line = f"assert sorted(branch.account({quoted(account.account)}).tags) == "
                yield from _lines(line, self._writer.part(tags))
        yield "asked = ["
        yield '    (one.port, one.job, getattr(one, "subject", getattr(one, "name", "")))'
        yield "    for one in branch.requests"
        yield "]"
        asked = [
            (one.port, one.job, getattr(one, "subject", getattr(one, "name", "")))
            for one in branch.requests
        ]
        yield from _lines("assert asked == ", self._writer.part(asked))


def _lines(before: str, part: Part) -> list[str]:
    """Write a line of a test's body, or several, without the indent of the body."""
    text = laid_out(part, 0, len(before) + 4)
    return (before + text).split("\n")


def _methods(outlet: Outlet) -> Iterator[str]:
    """Yield the methods that a port of a `World` has."""
    yield outlet.method
    if outlet.name in CHANGING:
        yield "update"
    if outlet.makes in CANCELLATIONS:
        yield "cancel"


def _class_name(outlet: Outlet) -> str:
    return f"Firms{outlet.name.capitalize()}"


def _is_of(value: Any, jobs: set[str]) -> bool:
    """Tell whether a reference names something of these jobs."""
    return any(item.rpartition("/")[0] in jobs for item in value.get("items", ()))


def _as_sorted(name: str) -> tuple[int, str]:
    """Sort names as linters do: constants, then classes, then functions."""
    rank = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return rank, name
