"""Spring: a firm with a package of the library and some clients, each somewhere on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pipeflow import (
    Account,
    Contact,
    CreateTask,
    Item,
    ItemKind,
    Job,
    Member,
    Pipeline,
    SendEmail,
    lint,
)
from pipeflow.show.shown import Shown
from pipeflow.testing import World
from tests.pipelines.seasons import package
from tests.pipelines.walks import roles

NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Łukasz Wiśniewski-Brzęczyszczykiewicz",
    "北京示例会计师事务所有限公司",
    "חברת דוגמה בע״מ",
    "Zoë Ångström",
    "Đặng Thị Ngọc Ánh",
    "The Trustees of the Hypothetical Estate of the Late Sir Bartholomew Featherstonehaugh",
    "O'Brien & Sons <Roofing>",
    "Müller GmbH",
)
STAFF = {
    "client coordinator": "Mia Berg", "preparer": "Jonas Lind", "reviewer": "Aisha Okonkwo",
}  # fmt: skip
CLIENTS = 27


class Spring:
    """The firm, two months into its season."""

    def __init__(self, clients: int = CLIENTS) -> None:
        """Install the package, start a job for each client, and let two months pass."""
        self.world = World()
        self.engine = self.world.engine
        bundle = package("individual-tax")
        members = {
            role: self.engine.save(Member(STAFF.get(role, role), id=one.id))
            for role, one in roles(bundle).items()
        }
        self.pipeline: Pipeline = self.engine.install(bundle).pipeline
        self.jobs = [self._start(number, members) for number in range(clients)]
        for week in range(9):
            self.world.advance(days=7)
            for number, job in enumerate(self.jobs):
                if week < number % 9:
                    self._goes_on(self.engine.job(job))
        self.jobs += [self._start(clients + number, members) for number in range(2)]
        self.engine.pause(self.jobs[0], reason="in hospital until May")
        self.engine.set_status(self.jobs[1], "Completed")

    def _start(self, number: int, members: Mapping[str, Member]) -> Job:
        name = NAMES[number % len(NAMES)]
        if number >= len(NAMES):
            name = f"{name} {number // len(NAMES) + 1}"
        contact = Contact(name, email=f"client{number}@example.com")
        tags = frozenset({"schedule-c"} if number % 4 == 0 else ())
        account = self.engine.save(Account(name, contacts=[contact], tags=tags, roles=members))
        due = date(2026, 2, 20) if number % 5 == 0 else date(2026, 4, 15)
        return self.engine.start(self.pipeline, account, due=due, assignees=[members["preparer"]])

    def _goes_on(self, job: Job) -> None:
        """Let somebody do the first thing that is open."""
        for item in [one for one in job.open_items if one.kind in DOINGS][:1]:
            self._does(job, item)

    def _does(self, job: Job, item: Item) -> None:
        client, team = self.world.client, self.world.team
        match item.kind:
            case ItemKind.PROPOSAL:
                client.signs(job, item.id)
            case ItemKind.ORGANIZER:
                client.submits(job, item.id, incomplete=True)
            case ItemKind.MESSAGE:
                client.checks(job, item.id)
            case ItemKind.INVOICE:
                client.pays(job, item.id)
            case _:
                team.completes(job, item.id)

    def views(self) -> dict[str, Shown]:
        """Return one of each of what shows itself."""
        engine, stages = self.engine, self.pipeline.stages
        edited = self.pipeline.change(stages[1], name="Gathering of documents").remove(
            stages[0], str(stages[0].automations[0].id)
        )
        job = engine.job(self.jobs[14])
        branch = engine.what_if()
        branch.advance(days=14)
        branch.move(job, stages[-1])
        faulty = self.pipeline.add(stages[2], SendEmail("lost")).add(stages[0], CreateTask("none"))
        return {
            "pipeline": self.pipeline,
            "overview": engine.overview(self.pipeline),
            "board": engine.board(self.pipeline),
            "timeline": engine.timeline(job),
            "explanation": engine.explain(self.jobs[8]),
            "findings": lint(faulty, engine.templates()),
            "metrics": engine.metrics(self.pipeline),
            "plan": engine.plan(edited, days=30),
            "history": engine.history(job),
            "listing": engine.jobs(limit=12),
            "diff": branch.diff(),
            "forecast": engine.forecast(30),
            "trail": engine.trace(job, 3),
            "job": job,
        }


DOINGS = {
    ItemKind.PROPOSAL, ItemKind.ORGANIZER, ItemKind.MESSAGE, ItemKind.INVOICE, ItemKind.TASK,
}  # fmt: skip
