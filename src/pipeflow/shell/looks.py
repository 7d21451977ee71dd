"""Looks at the work of a firm: `work`, `board`, `explain`, `failures` and `forecast`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from ..engine import Engine
from ..errors import NotFoundError, Problem, one_line, shown
from ..testing.simulation import MOST_DAYS
from .firm_files import opened, tenant_of
from .invocation import Commands, command, whole
from .screen import write

__all__ = ["add_commands"]

Tell: TypeAlias = Callable[[Engine, Namespace], int]


class Look(NamedTuple):
    """A command that asks a firm's engine for one thing, and what it takes besides the file."""

    name: str
    tell: Tell
    what: str
    examples: tuple[str, ...]
    takes: Mapping[str, Mapping[str, Any]] = {}
    more: str = ""


def add_commands(commands: Commands) -> None:
    """Add the commands that look at a firm's work."""
    for look in LOOKS:
        run = partial(_looked, look.tell)
        one = command(commands, look.name, run, look.what, *look.examples, more=look.more)
        one.add_argument("file", help="the firm's file")
        for name, how in look.takes.items():
            one.add_argument(name, **how)
        one.add_argument("--tenant", help="which firm, where the file holds several")


def _looked(tell: Tell, given: Namespace) -> int:
    with opened(given.file) as store:
        return tell(
            Engine(store=store, tenant=tenant_of(store, given.tenant), deliver=False), given
        )


def _work(engine: Engine, given: Namespace) -> int:
    found = engine.work(pipeline=given.pipeline, overdue=given.overdue)
    write(str(found) if found else "nobody has to act")
    return 0


def _board(engine: Engine, given: Namespace) -> int:
    write(str(engine.board(given.pipeline)))
    return 0


def _explain(engine: Engine, given: Namespace) -> int:
    write(str(engine.explain(_job_meant(engine, given.job))))
    return 0


def _job_meant(engine: Engine, given: str) -> str:
    """Return the id of a job that is meant by it, by its name, or by a part that no other has.

    Raises:
        NotFoundError: There is no such job, or several are called so.
    """
    try:
        return engine.job(given).id
    except NotFoundError:
        found = engine.jobs(name=given) if given.strip() else []
        if not found:
            raise
    called = [job for job in found if job.name.casefold() == given.casefold()]
    meant = called if len(called) == 1 else found
    if len(meant) > 1:
        what = "several jobs are called so; say which by its id"
        ids = tuple(f"{job.id} ({one_line(job.name)})" for job in called or found)
        raise NotFoundError(Problem(what, "job", shown(given), ids))
    return meant[0].id


def _failures(engine: Engine, _: Namespace) -> int:
    found = engine.failures()
    for line in found or ["nothing has failed"]:
        write(" ".join(str(line).splitlines()))  # what a port said may be of several lines
    return 1 if found else 0


def _forecast(engine: Engine, given: Namespace) -> int:
    write(str(engine.forecast(given.days)))
    return 0


LOOKS = (
    Look(
        "work",
        _work,
        "list what is open in a firm, and who must act",
        ("pipeflow work firm.db", "pipeflow work firm.db --pipeline tax --overdue"),
        {
            "--pipeline": {"metavar": "ID", "help": "in this pipeline alone"},
            "--overdue": {"action": "store_true", "help": "what is late alone"},
        },
    ),
    Look(
        "board",
        _board,
        "show the jobs of a pipeline in its stages",
        ("pipeflow board firm.db tax",),
        {"pipeline": {"help": "the pipeline's id"}},
    ),
    Look(
        "explain",
        _explain,
        "say why a job stands where it does, and what it waits for",
        ("pipeflow explain firm.db 1f0c2b", "pipeflow explain firm.db 'Ada 1040'"),
        {"job": {"help": "the job's id, or a part of a name that no other job has"}},
    ),
    Look(
        "failures",
        _failures,
        "list what ports were asked for and did not do",
        ("pipeflow failures firm.db",),
        more="It ends with 1 where there is anything, for a nightly job.",
    ),
    Look(
        "forecast",
        _forecast,
        "say what goes out in the next days if nobody acts",
        ("pipeflow forecast firm.db", "pipeflow forecast firm.db --days 7"),
        {
            "--days": {
                "type": whole(0, MOST_DAYS),
                "default": 30,
                "metavar": "N",
                "help": "how many days (30 unless said)",
            }
        },
        more="Days off are not known to it: a calendar is your app's.",
    ),
)
