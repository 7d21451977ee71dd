"""The demo: three weeks of a small firm, six clients, one pipeline, a clock that moves by hand.

Run it with `pipeflow demo`, and read it from the top: it is a program like your own could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from pipeflow import (
    After,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    EmailTemplate,
    InvoiceTemplate,
    JobMoved,
    LineItem,
    Money,
    OrganizerTemplate,
    Pipeline,
    Question,
    Reminders,
    RequestDelivered,
    SendEmail,
    Stage,
    StageSkipped,
    TagChange,
    TaskTemplate,
    tagged,
)
from pipeflow.testing import World

__all__ = ["told"]

WIDTH = 100

# -- what the firm defines ------------------------------------------------------------------------

BUSINESS = "Did you own a business?"
welcome = EmailTemplate("Welcome", subject="Welcome, [ACCOUNT_NAME]", body="Your return begins.")
questions = OrganizerTemplate(
    "Tax questions",
    questions=[Question(BUSINESS, choices={"Yes": TagChange(add={"business"}), "No": None})],
)
books = TaskTemplate("Look through the books")
prepare = TaskTemplate("Prepare the return", due=After(days=5))
fee = InvoiceTemplate("Fee", lines=[LineItem("Tax return", rate=Money("450.00", "USD"))])

tax = Pipeline(
    "Personal tax",
    stages=[
        Stage(
            "Questions",
            automove=True,
            automations=[
                SendEmail(welcome),
                CreateOrganizer(questions, reminders=Reminders(every=3, times=2)),
            ],
        ),
        Stage(
            "Business review",
            when=tagged("business"),
            automove=True,
            automations=[CreateTask(books)],
        ),
        Stage("Preparation", automove=True, automations=[CreateTask(prepare)]),
        Stage(
            "Billing",
            automove=True,
            automations=[CreateInvoice(fee, reminders=Reminders(every=7, times=3))],
        ),
        Stage("Done"),
    ],
)


# -- what happens ---------------------------------------------------------------------------------


class Firm:
    """The firm in memory, and a job for each client."""

    def __init__(self) -> None:
        """Save the definitions; nobody is a client yet."""
        self.world = World()
        self.engine = self.world.engine
        self.engine.save(tax, welcome, questions, books, prepare, fee)
        self.jobs: dict[str, str] = {}

    def starts(self, *clients: str) -> None:
        """Start a job for each of these clients."""
        for name in clients:
            job = self.engine.start(tax, self.world.account(name), name="Return of [ACCOUNT_NAME]")
            self.jobs[name] = job.id

    def answers(self, client: str, business: str) -> None:
        """Let a client submit the questions."""
        self.world.client.submits(self.jobs[client], questions.name, {BUSINESS: business})

    def completes(self, client: str, task: TaskTemplate) -> None:
        """Let the team do a task."""
        self.world.team.completes(self.jobs[client], task.name)

    def works(self) -> None:
        """Let three weeks pass. Nobody moves a job by hand: automove does."""
        self.starts("Ada", "Alan", "Charles", "Grace", "Mary")
        self.world.advance(days=1)
        self.answers("Grace", "No")
        self.world.advance(days=3)
        self.answers("Ada", "Yes")
        self.world.advance(days=1)
        self.completes("Ada", books)
        self.completes("Ada", prepare)
        self.answers("Alan", "No")
        self.world.advance(days=8)
        self.world.client.pays(self.jobs["Ada"], fee.name)
        self.answers("Mary", "Yes")
        self.world.advance(days=6)
        self.completes("Grace", prepare)
        self.starts("Emmy")
        self.world.advance(days=2)


# -- what is told ---------------------------------------------------------------------------------


def _folded(text: str, indent: str = "  ") -> Iterator[str]:
    """Yield a line, folded where a terminal of 100 columns would break it."""
    yield from wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _headline(text: str) -> Iterator[str]:
    yield from ("", text, "-" * len(text))


def _board(firm: Firm) -> Iterator[str]:
    """Show the stages, and in each of them its jobs."""
    yield from _headline("The board after three weeks")
    for stage in tax.stages:
        jobs = firm.engine.jobs(pipeline=tax, stage=stage)
        yield f"{stage.name:<16} {len(jobs)}  {', '.join(job.name for job in jobs)}".rstrip()


def _branch(firm: Firm) -> Iterator[str]:
    """Show that one job took a stage that another skipped."""
    yield from _headline("A branch: Ada has a business to be reviewed, Grace has none")
    for client in ("Ada", "Grace"):
        for event in firm.engine.history(firm.jobs[client]):
            if isinstance(event, JobMoved | StageSkipped):
                yield from _folded(f"{client:<6} {event}", " " * 24)


def _story(firm: Firm) -> Iterator[str]:
    """Show the history of one job, without what its ports answered."""
    yield from _headline("The whole story of Ada's job")
    for event in firm.engine.history(firm.jobs["Ada"]):
        if not isinstance(event, RequestDelivered):
            yield from _folded(str(event), " " * 17)


def _stuck_job(firm: Firm) -> Iterator[str]:
    """Ask why a job does not move."""
    yield from _headline("Why does the job of Charles not move?")
    for line in str(firm.engine.explain(firm.jobs["Charles"])).splitlines():
        yield from _folded(line)


def _what_is_next(firm: Firm) -> Iterator[str]:
    """Show the reminders that will go out if nobody acts."""
    yield from _headline("What goes out next, if nobody acts")
    waiting = [
        (item.remind_at, job.name, item.name)
        for job in firm.engine.jobs(pipeline=tax)
        for item in job.open_items
        if item.remind_at is not None
    ]
    for at, job_name, item_name in sorted(waiting):
        yield f"{at:%Y-%m-%d %H:%M}  {job_name}: a reminder of {item_name!r}"


def told() -> Iterator[str]:
    """Let the weeks pass, and tell them line by line."""
    firm = Firm()
    yield from str(firm.engine.overview(tax)).splitlines()
    firm.works()
    for tell in (_board, _branch, _story, _stuck_job, _what_is_next):
        yield from tell(firm)
    yield from _headline("Read on")
    yield "pipeflow/shell/demo.py  how this was done"
    yield "README.md               your own pipeline in ten minutes"
    yield "docs/concepts.md        what happens in which order, and why a job waits"
