"""A web process and a worker on one file: two real processes, and one that is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST = 60.0  # seconds after which a process that hangs is ended


@contextmanager
def process(name: str, *given: Path) -> Iterator[subprocess.Popen[str]]:
    """Run an example beside the test, which ends it by its own process id."""
    command = [sys.executable, str(EXAMPLES / name), *map(str, given)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        guard = Timer(LONGEST, started.kill)
        guard.start()
        try:
            yield started
        finally:
            guard.cancel()
            started.kill()


def line_of(started: subprocess.Popen[str]) -> str:
    """Wait for the next line that a process prints."""
    assert started.stdout is not None
    return started.stdout.readline().strip()


def call(address: str, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the web process."""
    content = None if said is None else json.dumps(said).encode()
    asked = Request(address + path, content)  # noqa: S310  (the test's own server)
    with urlopen(asked, timeout=LONGEST) as answer:  # noqa: S310
        told: dict[str, Any] = json.loads(answer.read())
        return told


def ledger(path: Path) -> list[dict[str, str]]:
    """Read what was asked outside."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_web_process_decides_and_the_worker_delivers(tmp_path: Path) -> None:
    """A job goes from its first stage to its last, over a worker that is killed on the way."""
    firm, outside = tmp_path / "firm.db", tmp_path / "ledger.jsonl"
    with process("web.py", firm) as web:
        address = line_of(web)
        form = {"id": "form-1", "client": "Ada Lovelace"}
        job = call(address, "/jobs", form)
        assert job["stage"] == "prepare"
        assert call(address, "/jobs", form) == job  # sent twice, as people do
        assert not outside.exists()  # the web process calls no port

        with process("worker.py", firm, outside) as worker:
            assert line_of(worker).startswith(f"default/{job['id']}/1/")
            worker.kill()
        (task,) = ledger(outside)
        paid = {"id": "event-1", "ref": task["ref"]}
        billed = call(address, "/webhooks/tasks", paid)
        assert billed["stage"] == "bill"
        assert call(address, "/webhooks/tasks", paid) == billed  # the same event twice

        with process("worker.py", firm, outside) as worker:
            assert line_of(worker).startswith(f"default/{job['id']}/2/")
            assert worker.stdin is not None
            worker.stdin.close()
            assert worker.wait(LONGEST) == 0
        _, invoice = ledger(outside)
        call(address, "/webhooks/invoices", {"id": "event-2", "ref": invoice["ref"]})
        assert call(address, f"/jobs/{job['id']}")["stage"] == "done"

    assert [one["port"] for one in ledger(outside)] == ["tasks", "invoices"]


@pytest.mark.parametrize("port", ["tasks", "letters"])
def test_a_webhook_that_comes_too_early_is_to_be_sent_again(tmp_path: Path, port: str) -> None:
    """A reference that no worker has kept yet, or of a port that there is not: 404, and no harm."""
    with process("web.py", tmp_path / "firm.db") as web:
        address = line_of(web)

        with pytest.raises(HTTPError) as refused:
            call(address, f"/webhooks/{port}", {"id": "event-1", "ref": "t-1"})

    refused.value.close()
    assert refused.value.code == 404
