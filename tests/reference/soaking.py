"""Walks beside the naive firm for a while, on all cores unless said, and prints how far it came.

python -m tests.reference.soaking --minutes 10
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tests.reference.shrinking import failing, shortest, told
from tests.reference.walking import script
from tests.reliability.chance import seeded

__all__ = ["walked"]

LENGTHS = (20, 60, 60, 150)  # steps of a walk: a long one meets what is rare, a short one is cheap
PORTION = 25  # walks that a process takes before it tells


def walked(seed: int, until: float, walks: int = PORTION) -> tuple[int, int, list[str]]:
    """Take walks until then, so many at most; return walks, steps, and what was different."""
    chance, steps, found = seeded(seed), 0, list[str]()
    for number in range(walks):
        if time.time() > until:
            return number, steps, found
        firm, length = chance.getrandbits(32), chance.choice(LENGTHS)
        taken = script(firm, length)
        steps += length
        if failing(firm, taken):
            found.append(told(firm, shortest(firm, taken)))
    return walks, steps, found


def main() -> int:
    """Walk for as long as was asked for, or so many steps, and print what was counted as JSON."""
    parser = argparse.ArgumentParser(description="Walk beside the naive firm for a while.")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    until = time.time() + 60 * given.minutes
    chance, counted, different = seeded(given.seed), [0, 0], 0
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        while counted[1] < given.steps and time.time() < until:
            seeds = [chance.getrandbits(32) for _ in range(2 * given.processes)]
            for one in as_completed([pool.submit(walked, seed, until) for seed in seeds]):
                walks, steps, found = one.result()
                counted = [counted[0] + walks, counted[1] + steps]
                different += len(found)
                for text in found:
                    print(text, file=sys.stderr, flush=True)
    figures = {"walks": counted[0], "steps": counted[1], "differences": different}
    print(json.dumps(figures), flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
