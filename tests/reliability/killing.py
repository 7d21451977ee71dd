"""Kills the clerks of a firm at any moment, for a while, and looks whether anything is amiss.

    python -m tests.reliability.killing --minutes 10

Whatever the timing: what was answered is there, what the firm asked for was asked, and nothing else
was, under no other key and with no other content.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeflow import Job
from pipeflow.adapters.system import SystemClock
from pipeflow.model.items import InvoiceState
from pipeflow.ports import Store
from pipeflow.testing import ManualClock
from tests.reliability.chance import Random, seeded
from tests.reliability.clerks import LEASE, Asked, Clerk, Office, Said

__all__ = ["NEVER", "killed_for", "verdict"]

LONGEST = 1  # second between two blows at one clerk; most come much sooner
FREEZES = 12  # one in so many blows does not kill, but holds a clerk up beyond its lease
# What must be counted never.
NEVER = (
    "lost commands", "lost requests", "phantom", "under another key", "with another content",
    "commands that acted twice", "damages",
)  # fmt: skip


class Clerks:
    """The processes that work, each at a place of its own."""

    def __init__(self, office: Office, number: int, chance: Random, until: float) -> None:
        """Send them to work until then."""
        self._office, self._chance, self._until = office, chance, until
        self._frozen: dict[int, float] = {}
        self.kills = self.freezes = 0
        self.pids = {place: self._sent(place) for place in range(number)}

    def _sent(self, place: int) -> int:
        """Start a process."""
        killer = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        try:
            _, engine = self._office.opened()
            for _ in Clerk(self._office, place, engine).work():
                if os.getppid() != killer or time.monotonic() > self._until + 60:
                    break  # nobody is there any more who would kill it
        except BaseException:  # noqa: BLE001  (told to the killer, whatever it is)
            traceback.print_exc()
        os._exit(1)

    def strike(self) -> None:
        """Kill one of them, or hold one up; somebody else takes the place of the killed."""
        place = self._chance.choice([*self.pids])
        pid = self.pids[place]
        if os.waitpid(pid, os.WNOHANG)[0]:
            raise RuntimeError(f"the clerk at place {place} ended by itself; see above")
        if len(self.pids) > 1 and not self._frozen and not self._chance.randrange(FREEZES):
            os.kill(pid, signal.SIGSTOP)
            self._frozen[pid] = time.monotonic() + 1.2 * LEASE.total_seconds()
            self.freezes += 1
            return
        self._kill(pid)
        self.pids[place] = self._sent(place)

    def thaw(self) -> None:
        """Let those go on that were held up long enough; another may have taken their work over."""
        for pid, until in [*self._frozen.items()]:
            if time.monotonic() > until:
                del self._frozen[pid]
                os.kill(pid, signal.SIGCONT)

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        self._frozen.pop(pid, None)
        self.kills += 1

    def end(self) -> None:
        """Kill them all."""
        for pid in self.pids.values():
            self._kill(pid)
        self.pids.clear()


def killed_for(
    seconds: float,
    office: Office,
    *,
    processes: int,
    seed: int,
    meanwhile: Callable[[], object] = lambda: None,
    longest: float = LONGEST,
) -> dict[str, int]:
    """Let clerks work and be killed for a while, and do something else at each blow.

    Each clerk gets a blow within about *longest* seconds, most of them much sooner.

    Returns:
        What was counted then.
    """
    office.set_up()
    chance = seeded(seed)
    until = time.monotonic() + seconds
    clerks = Clerks(office, processes, chance, until)
    try:
        while time.monotonic() < until:
            time.sleep(2 * longest / (1 + processes) * chance.random() ** 2)
            clerks.thaw()
            clerks.strike()
            meanwhile()
    finally:
        clerks.end()
    counted = {"processes": processes, "kills": clerks.kills, "freezes": clerks.freezes}
    return counted | verdict(office, processes)


# -- what is there in the end --------------------------------------------------------------------


def verdict(office: Office, processes: int) -> dict[str, int]:
    """Finish what was begun, and hold what the firm says against what was written outside."""
    clock = ManualClock(SystemClock().now())
    store, engine = office.opened(clock)
    with store:
        clerks = [Clerk(office, place, engine) for place in range(processes)]
        unanswered = sum(len({one.id for one in c.said} - c.answers.keys()) for c in clerks)
        for clerk in clerks:
            clerk.catch_up()
        clock.advance(hours=1)  # the leases of the dead are over
        while (due := store.next_due()) is not None:
            clock.set(max(due, clock.now()))
            engine.tick()
        jobs = {job.id: job for job in engine.jobs()}
        keys = _keys(store)
        faults = office.faults(store)
    for fault in faults:
        print(fault, file=sys.stderr)
    said = {one.id: (one, clerk) for clerk in clerks for one in clerk.said}
    answers = {id: clerk.answers[id] for id, (_, clerk) in said.items()}
    asked = office.asked()
    counted = {"commands": len(answers), "unanswered": unanswered, "requests": len(keys)}
    commands = [one for one, _ in said.values()]
    return (
        counted
        | _effects(asked, keys, jobs)
        | _commands(commands, answers, jobs)
        | {"damages": len(faults)}
    )


def _keys(store: Store) -> set[str]:
    """Return the keys of all requests that were committed; every one must be over by now."""
    rows = [json.loads(line) for line in store.export("default")]
    assert not any("due" in row for row in rows), "something is still due"
    return {row["over"] for row in rows if "over" in row}


def _effects(asked: list[Asked], keys: set[str], jobs: dict[str, Job]) -> dict[str, int]:
    """Hold what was asked for against what was committed, and against what stands in the jobs."""
    contents: dict[str, set[str]] = defaultdict(set)
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in asked:
        contents[one.key].add(one.content)
        places[one.job, one.port].add(one.key)  # a job asks each port for one thing
    refs = {item.request: item.ref for job in jobs.values() for item in job.items}
    unkept = [key for key, ref in refs.items() if ref is None or ref.id != f"ref-{key}"]
    return {
        "repeats": len(asked) - len(contents),
        "lost requests": len(keys - contents.keys()) + len(unkept),
        "phantom": len(contents.keys() - keys) + sum(not one.committed for one in asked),
        "under another key": sum(len(found) > 1 for found in places.values()),
        "with another content": sum(len(found) > 1 for found in contents.values()),
    }


def _commands(said: list[Said], answers: dict[str, str], jobs: dict[str, Job]) -> dict[str, int]:
    """Hold what was answered against what stands in the jobs: all of it is there, and once."""
    lost = twice = 0
    paid: dict[str, int] = defaultdict(int)
    started = {answers[one.id] for one in said if one.do in {"start", "club"}}
    for one in said:
        if one.do == "task":
            lost += one.about not in jobs or jobs[one.about].stage != "bill"
        elif one.do == "pay":
            paid[one.about] += 1
    lost += len(started - jobs.keys())
    twice += len(jobs.keys() - started)
    for id, times in paid.items():
        there = jobs[id].item("Fee").progress
        assert isinstance(there, InvoiceState)
        there_times = len(there.payments)
        lost += max(0, times - there_times)
        twice += max(0, there_times - times)
    return {"lost commands": lost, "commands that acted twice": twice}


# -- by hand -------------------------------------------------------------------------------------


def runs(minutes: float, seed: int) -> Iterator[dict[str, Any]]:
    """Kill one process at a time for half of the time, and three that work at once for the rest."""
    for processes in (1, 3):
        with TemporaryDirectory(prefix="pipeflow-") as folder:
            # With one process the file's journal is the one of a single process.
            office = Office(Path(folder), multiprocess=processes > 1)
            yield killed_for(minutes * 30, office, processes=processes, seed=seed)


def main() -> int:
    """Kill for as long as was asked for, and print what was counted, a line of JSON each."""
    parser = argparse.ArgumentParser(description="Kill the clerks of a firm for a while.")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    safe = True
    for counted in runs(given.minutes, given.seed):
        print(json.dumps(counted), flush=True)
        safe &= all(counted[what] == 0 for what in NEVER)
    return 0 if safe else 1


if __name__ == "__main__":
    sys.exit(main())
