"""Walks beside the naive firm for so many steps, on all cores unless said, and tells how it goes.

python -m tests.reference.soaking --steps 1000000
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import NamedTuple

from tests.reference.begetting import HandingStartsWalk, StartsWalk
from tests.reference.handing import HandingWalk
from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import Step, Walk, script
from tests.reference.windowed import HandingWindowWalk, WindowWalk
from tests.reliability.chance import seeded

__all__ = ["Came", "main", "walked"]

LENGTHS = (20, 60, 60, 150)  # steps of a walk: a long one meets what is rare, a short one is cheap
KINDS = (Walk, HandingWalk, StartsWalk, HandingStartsWalk, WindowWalk, HandingWindowWalk)
PORTION = 25  # walks that a process takes before it tells
OFTEN = 60  # seconds, after which it tells again how far it has come


class Came(NamedTuple):
    """How far it has come: walks, their steps, and what was different."""

    walks: int = 0
    steps: int = 0
    found: tuple[str, ...] = ()

    def and_(self, more: Came) -> Came:
        """Add what another portion came to."""
        return Came(self.walks + more.walks, self.steps + more.steps, self.found + more.found)


def walked(seed: int, until: float = math.inf, walks: int = PORTION) -> Came:
    """Take walks until then, so many at most."""
    chance, came = seeded(seed), Came()
    for _ in range(walks):
        if time.time() > until:
            break
        firm, length, kind = chance.getrandbits(32), chance.choice(LENGTHS), chance.choice(KINDS)
        taken = script(firm, length, kind)
        differs = bool(failing(firm, taken, walk=kind))
        found = (_told(firm, taken, kind),) if differs else ()
        came = came.and_(Came(1, len(taken), found))
    return came


def _told(firm: int, taken: list[Step], kind: type[Walk]) -> str:
    """Tell a difference by the steps that matter, and of which kind of walk it is."""
    few = shortest(firm, taken, walk=kind)
    return f"{kind.__name__}, {told(firm, few, walk=kind)}"


def portions(seed: int, steps: int, processes: int, until: float) -> Iterator[Came]:
    """Yield what each portion comes to, until they come to so many steps, or its time is over."""
    chance, taken, todo = seeded(seed), 0, set[Future[Came]]()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while taken < steps and time.time() < until:
            while len(todo) < 2 * processes:
                todo.add(pool.submit(walked, chance.getrandbits(32), until))
            done, todo = wait(todo, return_when=FIRST_COMPLETED)
            for one in done:
                came = one.result()
                taken += came.steps
                yield came
        for one in todo:
            if not one.cancel():
                yield one.result()


def main(arguments: list[str] | None = None) -> int:
    """Walk as far as was asked for, and print what was counted as JSON."""
    parser = argparse.ArgumentParser(description="Walk beside the naive firm for a while.")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="and no longer than that")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    begun = said = time.time()
    came = Came()
    until = begun + 60 * given.minutes
    for more in portions(given.seed, given.steps, given.processes, until):
        came = came.and_(more)
        for text in more.found:
            print(text, file=sys.stderr, flush=True)
        if time.time() > said + OFTEN:
            said = time.time()
            print(
                f"{came.steps:,} of {given.steps:,} steps, {len(came.found)} differences",
                file=sys.stderr,
                flush=True,
            )
    figures = {
        "seed": given.seed,
        "walks": came.walks,
        "steps": came.steps,
        "of": given.steps,
        "whole": came.steps >= given.steps,
        "differences": len(came.found),
        "minutes": round((time.time() - begun) / 60, 1),
    }
    print(json.dumps(figures), flush=True)
    return 1 if came.found else 0


if __name__ == "__main__":
    sys.exit(main())
