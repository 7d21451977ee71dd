"""A worker beside a web process: it asks the ports for what was committed, and reminds.

    python examples/worker.py firm.db ledger.jsonl

Its ports write a line into the ledger for everything that they are asked, in place of a task system
and an invoicing service; one that has a key already gives the same reference again. It ends when
its input does. Start as many as there is work for; the other process is `web.py`.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from pipeflow import Engine, Ports
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import UnavailableError
from pipeflow.ports import Invoice, InvoicesPort, Receipt, Task, TasksPort

PAUSE = 0.2  # seconds between two looks


class Ledger:
    """A file of what was asked outside, which outlives every process."""

    def __init__(self, path: Path) -> None:
        """Write into this file."""
        self.path = path

    def write(self, port: str, key: str) -> Receipt:
        """Note what was asked; the reference follows from the key: a repeat has the same."""
        ref = f"{port}-{key.replace('/', '-')}"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"port": port, "key": key, "ref": ref}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return Receipt(ref=ref)


class Tasks(TasksPort):
    """A task system."""

    def __init__(self, ledger: Ledger) -> None:
        """Write into the ledger."""
        self.ledger = ledger

    def create(self, task: Task, /) -> Receipt:
        """Make a task."""
        return self.ledger.write("tasks", task.key)


class Invoices(InvoicesPort):
    """An invoicing service."""

    def __init__(self, ledger: Ledger) -> None:
        """Write into the ledger."""
        self.ledger = ledger

    def create(self, invoice: Invoice, /) -> Receipt:
        """Make an invoice."""
        return self.ledger.write("invoices", invoice.key)


def until_input_ends(stop: Event) -> None:
    """Read until whoever started this process closes its input, then say that it shall stop."""
    sys.stdin.read()
    stop.set()


def work(engine: Engine, stop: Event) -> None:
    """Deliver and remind until told to stop, and say what was delivered."""
    while not stop.wait(PAUSE):
        with suppress(
            UnavailableError
        ):  # the file was held for too long: the next look tries again
            for key in engine.tick().delivered:
                print(key, flush=True)


if __name__ == "__main__":
    ledger = Ledger(Path(sys.argv[2]))
    ports = Ports(tasks=Tasks(ledger), invoices=Invoices(ledger))
    ended = Event()
    Thread(target=until_input_ends, args=[ended], daemon=True).start()
    with SqliteStore(sys.argv[1], multiprocess=True) as store:
        work(Engine(ports=ports, store=store), ended)
