"""A tiny host: ports of its own on plain lists, a webhook, and a worker that ticks.

Run it with `python examples/own_ports.py`. A real host puts its mail service, its billing system
and its database where the lists are; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pipeflow import (
    Account,
    Contact,
    CreateInvoice,
    CreateTask,
    EmailTemplate,
    Engine,
    InvoicePaid,
    InvoiceTemplate,
    LineItem,
    Money,
    NotFoundError,
    PipeflowError,
    Pipeline,
    Ports,
    Receipt,
    Ref,
    Reminders,
    SendEmail,
    Stage,
    TaskCompleted,
    TaskTemplate,
)
from pipeflow.ports import Email, EmailPort, Invoice, InvoicesPort, Task, TasksPort


class Outbox(EmailPort):
    """Keeps e-mails in a list; one whose key is known is not kept again."""

    def __init__(self) -> None:
        """Begin empty."""
        self.emails: list[Email] = []

    def send(self, email: Email, /) -> None:
        """Keep an e-mail."""
        if all(one.key != email.key for one in self.emails):
            self.emails.append(email)


class Ledger(InvoicesPort):
    """Numbers invoices from R-1 on."""

    def __init__(self) -> None:
        """Begin empty."""
        self.invoices: list[Invoice] = []

    def create(self, invoice: Invoice, /) -> Receipt:
        """Write an invoice down, once a key."""
        known = [one.key for one in self.invoices]
        if invoice.key not in known:
            self.invoices.append(invoice)
            known.append(invoice.key)
        return Receipt(ref=f"R-{known.index(invoice.key) + 1}")


class Desk(TasksPort):
    """Numbers tasks from T-1 on."""

    def __init__(self) -> None:
        """Begin empty."""
        self.tasks: list[Task] = []

    def create(self, task: Task, /) -> Receipt:
        """Lay a task on the desk, once a key."""
        known = [one.key for one in self.tasks]
        if task.key not in known:
            self.tasks.append(task)
            known.append(task.key)
        return Receipt(ref=f"T-{known.index(task.key) + 1}")


class App:
    """The host: what it keeps, and the two doors through which the world comes in."""

    def __init__(self) -> None:
        """Give the engine its ports, and save what the firm works with."""
        self.outbox, self.ledger, self.desk = Outbox(), Ledger(), Desk()
        self.engine = Engine(ports=Ports(email=self.outbox, invoices=self.ledger, tasks=self.desk))
        hello = EmailTemplate("Hello", subject="Hello, [ACCOUNT_NAME]")
        prepare = TaskTemplate("Prepare return")
        fee = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=Money("450.00", "USD"))])
        work = [SendEmail(hello), CreateTask(prepare)]
        self.pipeline = Pipeline(
            "Tax",
            stages=[
                Stage("Work", automove=True, automations=work),
                Stage(
                    "Bill", automove=True, automations=[CreateInvoice(fee, reminders=Reminders())]
                ),
                Stage("Done"),
            ],
        )
        self.engine.save(self.pipeline, hello, prepare, fee)

    def sign_up(self, name: str, email: str) -> str:
        """Take a client on and start the work; return the job's id."""
        account = self.engine.save(Account(name, contacts=[Contact(name, email=email)]))
        return self.engine.start(self.pipeline, account).id

    def webhook(self, payload: Mapping[str, str]) -> HTTPStatus:
        """Take in what another system tells, such as `{"id": "evt-1", "paid": "R-1"}`.

        404 lets the sender try again: what it speaks of may not have reached us yet. The event's
        own id is the command's, so that an event that comes twice acts once.
        """
        fact, ref = (
            (InvoicePaid(), Ref("invoices", payload["paid"]))
            if "paid" in payload
            else (TaskCompleted(), Ref("tasks", payload.get("done", "")))
        )
        try:
            self.engine.receive(ref, fact, command_id=payload["id"])
        except NotFoundError:
            return HTTPStatus.NOT_FOUND
        except PipeflowError:
            return HTTPStatus.UNPROCESSABLE_ENTITY
        return HTTPStatus.OK

    def every_minute(self) -> int:
        """Let a scheduler call this: reminders, and retries of what failed."""
        return len(self.engine.tick())


def main() -> None:
    """Take one client through."""
    app = App()
    job = app.sign_up("Ada Lovelace", "ada@example.com")
    for payload in (
        {"id": "evt-1", "done": "T-1"},
        {"id": "evt-2", "paid": "R-99"},
        {"id": "evt-3", "paid": "R-1"},
        {"id": "evt-3", "paid": "R-1"},
    ):
        status = app.webhook(payload)
        print(f"{status.value} {status.phrase:<10} {payload}: now in {app.engine.job(job).stage!r}")
    print(app.engine.history(job))


if __name__ == "__main__":
    main()
