"""A web process beside a worker: it decides, commits and answers, and calls no port.

    python examples/web.py firm.db

It prints the address on which it listens. `POST /jobs` with `{"id": "form-1", "client": "Ada"}`
starts a job, once however often it is sent, and `GET /jobs/<id>` shows it. `POST /webhooks/<port>`
with `{"id": "event-1", "ref": "t-1"}` is where a task system or an invoicing service tells what
happened. The other process is `worker.py`.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from pipeflow import *
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.errors import UnavailableError

PREPARE = TaskTemplate("Prepare the return")
FEE = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=Money("450.00", "USD"))])
TAX = Pipeline(
    "Tax return",
    stages=[
        Stage("Prepare", automove=True, automations=[CreateTask(PREPARE)]),
        Stage("Bill", automove=True, automations=[CreateInvoice(FEE)]),
        Stage("Done"),
    ],
)
DONE: dict[str, Fact] = {"tasks": TaskCompleted(), "invoices": InvoicePaid()}


class Office(ThreadingHTTPServer):
    """The server; every request has a thread, and all threads share one engine."""

    daemon_threads = True

    def __init__(self, path: str) -> None:
        """Open the firm, and save what it works by."""
        super().__init__(("127.0.0.1", 0), Desk)
        self.engine = Engine(store=SqliteStore(path, multiprocess=True), deliver=False)
        self.engine.save(TAX, PREPARE, FEE)


class Desk(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Show a job."""
        self._answer(lambda engine: self._shown(engine.job(self.path.removeprefix("/jobs/"))))

    def do_POST(self) -> None:
        """Start a job, or take in what happened outside."""
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/jobs":
            self._answer(lambda engine: self._started(engine, said))
        else:
            port = self.path.removeprefix("/webhooks/")
            self._answer(lambda engine: self._told(engine, port, said))

    def _started(self, engine: Engine, said: dict[str, str]) -> dict[str, Any]:
        """Take in a form; its id makes both commands act once, whoever is killed in between."""
        id, name = said["id"], said["client"]
        client = Account(name, contacts=[Contact(name, email="a@example.com")])
        account = engine.save(client, command_id=f"{id}/client")
        return self._shown(engine.start("tax-return", account, command_id=f"{id}/job"))

    def _told(self, engine: Engine, port: str, said: dict[str, str]) -> dict[str, Any]:
        """Take in a webhook; its id makes it act once, however often it is sent."""
        if port not in DONE:
            raise NotFoundError(f"nothing is told of {port!r} here, but of {', '.join(DONE)}")
        jobs = engine.receive(Ref(port, said["ref"]), DONE[port], command_id=said["id"])
        return self._shown(jobs[0])

    def _shown(self, job: Job) -> dict[str, Any]:
        return {"id": job.id, "stage": job.stage, "waits for": [one.name for one in job.open_items]}

    def _answer(self, do: Any) -> None:
        """Answer with what a call returned, or with the status that fits its error."""
        try:
            status, told = 200, do(cast("Office", self.server).engine)
        except NotFoundError as error:  # a reference that is not known yet: the sender tries again
            status, told = 404, {"error": str(error)}
        except (
            UnavailableError
        ) as error:  # the file is held just now: the same again, a little later
            status, told = 503, {"error": str(error)}
        except PipeflowError as error:
            status, told = 409, {"error": str(error)}
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (so the base names it)
        """Say nothing; a real host logs."""


if __name__ == "__main__":
    office = Office(sys.argv[1])
    print(f"http://127.0.0.1:{office.server_port}", flush=True)
    office.serve_forever()
