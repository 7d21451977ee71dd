"""Clerks: processes that work in one firm's file, and write down outside of it what they saw.

A clerk asks for something under a command id, and notes beforehand what, and afterwards that it was
answered. Whoever takes the place of one who was killed asks again for what was not answered. The
ports note each request; every line is on the disk before anything else is done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    Engine,
    Money,
    PaymentReceived,
    Pipeline,
    Ports,
    Receipt,
    SendEmail,
    Settings,
    Stage,
    TaskCompleted,
)
from pipeflow.adapters.sqlalchemy import SqlStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.codec import dump
from pipeflow.errors import UnavailableError
from pipeflow.ports import (
    Clock,
    Email,
    EmailPort,
    Invoice,
    InvoicesPort,
    Request,
    Task,
    TasksPort,
)
from tests.firms import FEE, PREPARE, WELCOME
from tests.reliability.outside import in_hand

__all__ = ["DOLLAR", "LEASE", "Asked", "Clerk", "Diary", "Office", "Said"]

LEASE = timedelta(seconds=1)
DOLLAR = Money("1", "USD")
ROUNDS = 20  # that share a job, on which all clerks pay
WORK = Pipeline(
    "Work",
    [
        Stage("Prepare", [SendEmail(WELCOME), CreateTask(PREPARE)], automove=True),
        Stage("Bill", [CreateInvoice(FEE)]),
    ],
)
CLUB = Pipeline("Club", [Stage("Dues", [CreateInvoice(FEE)])])


class Diary:
    """Lines that are on the disk when they are written; one that a kill has torn counts as none."""

    def __init__(self, path: Path) -> None:
        """Open it, to write behind what is there."""
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, *told: object) -> None:
        """Write a line."""
        os.write(self._file, f"\n{json.dumps(told)}\n".encode())
        os.fsync(self._file)

    def lines(self) -> Iterator[list[Any]]:
        """Yield the lines that are whole."""
        for line in self._path.read_text().splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                continue
            yield told


class Asked(NamedTuple):
    """A request as a port got it."""

    key: str
    port: str
    job: str
    content: str
    committed: bool  # whether it stood in the file, in somebody's hands, when it was asked for


class Said(NamedTuple):
    """What a clerk asked the firm to do: a command, its id, and what it is about."""

    id: str
    do: str
    about: str


class Noting:
    """A port that notes what it is asked."""

    def __init__(self, office: Office) -> None:
        """Begin to note."""
        self._office, self._ledger = office, Diary(office.ledger)

    def take(self, request: Request) -> Receipt:
        """Note a request, and whether it was committed before."""
        committed = self._office.in_hand(request.key)
        told = Asked(request.key, request.port, request.job or "", dump(request), committed)
        self._ledger.note(*told)
        return Receipt(f"ref-{request.key}")


class Mail(Noting, EmailPort):
    """Sends e-mail."""

    def send(self, email: Email, /) -> Receipt:
        """Note it."""
        return self.take(email)


class Tasks(Noting, TasksPort):
    """Creates tasks."""

    def create(self, task: Task, /) -> Receipt:
        """Note it."""
        return self.take(task)


class Invoices(Noting, InvoicesPort):
    """Creates invoices."""

    def create(self, invoice: Invoice, /) -> Receipt:
        """Note it."""
        return self.take(invoice)


class Office:
    """Where the clerks work: the firm's file, and what is written outside of it."""

    def __init__(self, folder: Path, *, multiprocess: bool) -> None:
        """Find everything in a folder."""
        self.folder, self.multiprocess = folder, multiprocess
        self.file, self.ledger = folder / "firm.db", folder / "ledger"

    def store(self, clock: Clock | None = None) -> SqliteStore | SqlStore:
        """Open where the firm is kept."""
        return SqliteStore(
            self.file, multiprocess=self.multiprocess, patience=timedelta(minutes=1), clock=clock
        )

    def in_hand(self, key: str) -> bool:
        """Look from outside whether a request is committed, and in somebody's hands."""
        return in_hand(self.file, key)

    def faults(self, store: SqliteStore | SqlStore) -> tuple[str, ...]:
        """Look over what is kept."""
        assert isinstance(store, SqliteStore)
        return store.check()

    def opened(self, clock: Clock | None = None) -> tuple[SqliteStore | SqlStore, Engine]:
        """Begin to work in the firm."""
        store = self.store(clock)
        ports = Ports(email=Mail(self), tasks=Tasks(self), invoices=Invoices(self))
        return store, Engine(ports=ports, store=store, clock=clock)

    def set_up(self) -> None:
        """Save what the firm works with; a killed clerk's work is taken over soon."""
        store, engine = self.opened()
        with store:
            engine.save(Settings(lease=LEASE, attempts=10_000), WELCOME, PREPARE, FEE)
            engine.save(WORK, CLUB)
            engine.save(Account("Ada", [Contact("Ada", email="ada@example.com")], id="ada"))

    def diary(self, clerk: int) -> Diary:
        """Open what a clerk writes."""
        return Diary(self.folder / f"clerk-{clerk}")

    def asked(self) -> list[Asked]:
        """Return all that ports were asked, in order."""
        return [Asked(*told) for told in Diary(self.ledger).lines()]


class Clerk:
    """Works in a firm until killed."""

    def __init__(self, office: Office, number: int, engine: Engine) -> None:
        """Take a place, and read what the last one there wrote."""
        self.engine = engine
        self.number = number
        self.diary = office.diary(number)
        told = [*self.diary.lines()]
        self.said = [Said(*rest) for kind, *rest in told if kind == "says"]
        self.answers: dict[str, str] = dict(rest for kind, *rest in told if kind == "hears")

    def work(self) -> Iterator[None]:
        """Ask for one thing after the other, for ever; first for what was not answered."""
        self.catch_up()
        begun = sum(one.do == "start" for one in self.said)
        while True:
            begun += 1
            yield from self.round(begun)

    def catch_up(self) -> None:
        """Ask again for what was not answered."""
        if self.said and self.said[-1].id not in self.answers:
            self.ask(self.said[-1])

    def round(self, number: int) -> Iterator[None]:
        """Bring a job to its end, pay for the club, and see what others left."""
        mine, club = f"{self.number}-{number}", f"club-{number // ROUNDS}"
        self.say(f"{mine}-start", "start", "work")
        job = self.answers[f"{mine}-start"]
        yield
        self.say(f"{mine}-task", "task", job)
        yield
        self.say(club, "club", "club")
        self.say(f"{mine}-club", "pay", self.answers[club])
        yield
        self.say(f"{mine}-pay-1", "pay", job)
        self.say(f"{mine}-pay-2", "pay", job)
        yield
        with suppress(UnavailableError):  # as a worker does: the next tick sees to it
            self.engine.tick()
        yield

    def say(self, id: str, do: str, about: str) -> None:
        """Note what is to be asked for, and ask for it, unless that was answered."""
        if id not in self.answers:
            said = Said(id, do, about)
            self.diary.note("says", *said)
            self.said.append(said)
            self.ask(said)

    def ask(self, said: Said) -> None:
        """Ask the firm, and note its answer; ask again where it is not known."""
        while True:
            try:
                answer = self._answer(said)
            except UnavailableError:
                continue
            self.diary.note("hears", said.id, answer)
            self.answers[said.id] = answer
            return

    def _answer(self, said: Said) -> str:
        engine, id = self.engine, said.id
        match said.do:
            case "start" | "club":
                return engine.start(said.about, "ada", command_id=id).id
            case "task":
                item = engine.job(said.about).item("Prepare")
                return engine.record(item, TaskCompleted(), command_id=id).id
            case _:
                item = engine.job(said.about).item("Fee")
                return engine.record(item, PaymentReceived(DOLLAR), command_id=id).id
