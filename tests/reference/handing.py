"""A walk whose host delivers by itself: it has some requests in hand, and tells late what came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from pipeflow import Engine, ItemKind
from pipeflow.ports import TIMER, Receipt, Rejected, Store
from tests.reference.host import label
from tests.reference.things import Asked, Job, State, Thing
from tests.reference.walking import Differs, Step, Walk, same
from tests.reliability.chance import Random

__all__ = ["HandingWalk"]

# What is linked that ports made; what letters and organizers ask is another matter.
LINKED = frozenset({ItemKind.TASK, ItemKind.INVOICE, ItemKind.CLIENT_REQUEST, ItemKind.MESSAGE})
LEASES = (1000, 1000, 1)  # days; after the last nobody has what was not answered


class HandingWalk(Walk):
    """Requests wait until somebody fetches them, and says of each later what the port said."""

    steps: ClassVar[dict[str, int]] = {**Walk.steps, "fetch": 10, "answer": 22, "outage": 0}

    def __init__(
        self, seed: int, store: Store | None = None, *, kind: type[Engine] = Engine
    ) -> None:
        """Draw a firm."""
        made: Any = partial(kind, deliver=False)
        super().__init__(seed, store, kind=made)
        self.firm.by_hand = self.firm.cancels = True
        self.held: dict[str, Asked] = {}
        self.numbers = 0

    def take(self, step: Step) -> None:
        """Let leases end before anything else happens."""
        self.firm.now = self.clock.now() + timedelta(seconds=1)
        self.firm.expire()
        super().take(step)

    def pass_until(self, target: datetime) -> None:
        """Let time pass through every instant at which a timer is due."""
        while True:
            due = self.store.next_due(tenant="default", asks={TIMER})
            if due is None or due > target:
                break
            self.clock.set(max(due, self.clock.now()))
            self.engine.tick()
        self.clock.set(target)

    def _fetch(self, chance: Random) -> None:
        """Take all that is due to hand."""
        lease = timedelta(days=chance.choice(LEASES))
        theirs = [*self.engine.pending(lease=lease)]
        ours = self.firm.hand_out(lease)
        labels = [
            sorted(map(str, several)) for several in (map(label, theirs), map(Asked.label, ours))
        ]
        same("handed out", *labels)
        taken: set[Asked] = set()
        for request in theirs:
            for ask in ours:
                known = ask.key in {"", request.key} and ask not in taken
                if known and ask.label() == label(request):
                    taken.add(ask)
                    ask.key = request.key
                    self.held[request.key] = ask
                    break
            else:
                raise Differs(f"pipeflow handed out {request}")

    def _link(self, chance: Random) -> None:
        """Link what a port has made for another job, or something made elsewhere."""
        job = self._job(chance)
        made = [] if job is None else [*self._made(job)]
        if job is None or not made or chance.random() < 0.4:
            self.firm.noted.clear()  # another job may be chosen there
            super()._link(chance)
            return
        thing = chance.choice(made)
        self._link_so(
            job, thing.ref, thing.kind, done=False, total=thing.total,
            client_tasks=thing.client_tasks, all_sign=True,
        )  # fmt: skip

    def _made(self, job: Job) -> Iterator[Thing]:
        """Yield what ports made for other jobs."""
        mine = {one.ref for one in job.things}
        for other in self.firm.jobs.values():
            for thing in other.things if other is not job else ():
                there = thing.kind in LINKED and thing.ref not in {"", *mine}
                wanted = thing.state is not State.RESOLVED and not thing.unlinked
                if there and wanted and thing.origin != "link":
                    yield thing

    def _mend(self, chance: Random) -> None:
        """Retry or abandon what failed and is in nobody's hand."""
        if all(one.key not in self.held for one in self.engine.failures()):
            super()._mend(chance)

    def _found(self, request: Any) -> Asked:
        return next(one for one in self.firm.asked if one.key == request.key)

    def _answer(self, chance: Random) -> None:
        """Say what came of something that is in hand."""
        if not self.held:
            return self._fetch(chance)
        key = chance.choice([*self.held])
        ask = self.held.pop(key)
        mood = chance.choice(["up"] * 6 + ["down", "never"])
        self.told = f"{key}: {mood}"
        if mood == "up":
            self.numbers += 1
            job = self.firm.jobs.get(ask.job)
            done = ask.birth and job is not None and job.account in self.firm.credit
            ask.named = f"r-{self.numbers}"
            self.engine.delivered(key, Receipt(ask.named, completed=done))
        else:
            self.engine.failed(key, Rejected("never") if mood == "never" else "down")
        if ask.job in self.firm.jobs:
            self.firm.answered(ask, mood)
        self.firm.send_off()
        return None
