"""Finds out whether a walk goes through, and the shortest part of one that does not."""

from __future__ import annotations

from collections.abc import Sequence

from pipeflow import Engine
from tests.reference.walking import Step, Walk

__all__ = ["failing", "shortest", "told"]


def failing(seed: int, steps: Sequence[Step], kind: type[Engine] = Engine) -> str:
    """Take the steps; return what is wrong after which, or nothing."""
    walk, number = Walk(seed, kind=kind), 0
    try:
        for number, step in enumerate(steps):  # noqa: B007  (it is told below)
            walk.take(step)
        walk.end()
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        return f"step {number}: {type(error).__name__}: {error}"
    return ""


def shortest(seed: int, steps: Sequence[Step]) -> list[Step]:
    """Return as few of the steps as still fail: the beginning, less all that does not matter."""
    number = failing(seed, steps).partition(":")[0].removeprefix("step ")
    left = [*steps][: int(number) + 1]
    size = max(1, len(left) // 2)
    while size:
        place = 0
        while place < len(left):
            fewer = left[:place] + left[place + size :]
            if fewer and failing(seed, fewer):
                left = fewer
            else:
                place += size
        size //= 2
    return left


def told(seed: int, steps: Sequence[Step], kind: type[Engine] = Engine) -> str:
    """Tell what was done, and what came of it."""
    walk, lines = Walk(seed, kind=kind), [f"firm {seed}, of which these steps matter:"]
    try:
        for step in steps:
            try:
                walk.take(step)
            finally:
                lines.append(f"- {step.name} {walk.told}".rstrip())
        walk.end()
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what is told)
        lines.append(f"{type(error).__name__}: {error}")
    for job in walk.engine.jobs():
        lines += ["", f"{job.id}: {walk.engine.explain(job).sentence}"]
        lines += [str(event) for event in walk.engine.history(job)]
    return "\n".join(lines)
