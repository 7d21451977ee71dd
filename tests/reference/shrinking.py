"""Finds out whether a walk goes through, and the shortest part of one that does not."""

from __future__ import annotations

from collections.abc import Sequence

from pipeflow import Engine
from tests.reference.walking import Step, Walk

__all__ = ["failing", "shortest", "told"]


def failing(
    seed: int, steps: Sequence[Step], kind: type[Engine] = Engine, *, walk: type[Walk] = Walk
) -> str:
    """Take the steps; return what is wrong after which, or nothing."""
    firm, number = walk(seed, kind=kind), 0
    try:
        for number, step in enumerate(steps):  # noqa: B007  (it is told below)
            firm.take(step)
        firm.end()
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        return f"step {number}: {type(error).__name__}: {error}"
    return ""


def shortest(seed: int, steps: Sequence[Step], *, walk: type[Walk] = Walk) -> list[Step]:
    """Return as few of the steps as still fail: the beginning, less all that does not matter."""
    number = failing(seed, steps, walk=walk).partition(":")[0].removeprefix("step ")
    left = [*steps][: int(number) + 1]
    size = max(1, len(left) // 2)
    while size:
        place = 0
        while place < len(left):
            fewer = left[:place] + left[place + size :]
            if fewer and failing(seed, fewer, walk=walk):
                left = fewer
            else:
                place += size
        size //= 2
    return left


def told(
    seed: int, steps: Sequence[Step], kind: type[Engine] = Engine, *, walk: type[Walk] = Walk
) -> str:
    """Tell what was done, and what came of it."""
    firm, lines = walk(seed, kind=kind), [f"firm {seed}, of which these steps matter:"]
    try:
        for step in steps:
            try:
                firm.take(step)
            finally:
                lines.append(f"- {step.name} {firm.told}".rstrip())
        firm.end()
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is told)
        lines.append(f"{type(error).__name__}: {error}")
    for job in firm.engine.jobs():
        lines += ["", f"{job.id}: {firm.engine.explain(job).sentence}"]
        lines += [str(event) for event in firm.engine.history(job)]
    return "\n".join(lines)
