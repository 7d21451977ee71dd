"""No value prints as a wall: one line each, however much it holds, and a table in a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeflow import (
    Account,
    Bundle,
    Contact,
    CreateInvoice,
    CreateTask,
    Member,
    OrganizerTemplate,
    Pipeline,
    Question,
    Ref,
    Reminders,
    ReminderText,
    Role,
    Settings,
    Stage,
    TaskTemplate,
    lint,
    tagged,
)
from pipeflow.insight import Listing
from pipeflow.testing import World
from tests.firms import FEE

LONGEST = 200  # characters of a line
PREPARE = TaskTemplate("Prepare")
LINE = Pipeline(
    "Tax",
    [
        Stage("Intake", [CreateTask(PREPARE)], automove=True),
        Stage("Billing", [CreateInvoice(FEE, reminders=Reminders(every=3))], automove=True),
        Stage("Done"),
    ],
)


def answers() -> dict[str, Any]:
    """Return what the engine's calls answer about a firm with a job of a hundred items."""
    world = World(datetime(2026, 1, 5, 9, tzinfo=UTC))
    engine = world.engine
    engine.save(Member("Mia", id="mia"), Member("Tom", id="tom"), LINE, PREPARE, FEE)
    people = [Contact(f"Contact {number}", f"c{number}@example.com") for number in range(60)]
    tags = {f"tag {number}" for number in range(60)}
    account = engine.save(Account("Ada " * 40, people, tags=tags))
    job = engine.start(LINE, account, name="1040 " * 40, assignees=["mia"])
    for number in range(100):
        job = engine.link(job, Ref("tasks", f"t-{number}"), "task", f"Task {number}")
    other = engine.start(LINE, account)
    engine.move(other, "Billing")
    package = Bundle(pipelines=[LINE], templates=[PREPARE, FEE], name="package")
    plan = engine.plan(LINE.change("Intake", automove=False))
    found = {
        "job": job,
        "item": job.items[0],
        "account": account,
        "jobs": engine.jobs(),
        "work": engine.work(),
        "one of work": engine.work()[0],
        "undone": engine.undo(other),
        "done": engine.edit_many([job], priority="high")[0],
        "history": engine.history(job),
        "event": engine.history(job)[0],
        "last event": engine.history(job)[-1],
        "feed": engine.feed(),
        "explanation": engine.explain(job),
        "timeline": engine.timeline(job),
        "trail": engine.trace(job),
        "overview": engine.overview(LINE),
        "board": engine.board(LINE),
        "metrics": engine.metrics(LINE),
        "event log": engine.event_log(LINE),
        "forecast": engine.forecast(days=9),
        "diff": engine.what_if().diff(),
        "replay": engine.replay(LINE),
        "plan": plan,
        "applied": engine.apply(plan),
        "uses": engine.uses(FEE),
        "findings": lint(LINE),
        "installed": engine.install(package),
        "pipeline": engine.pipeline("tax"),
    }
    world.email.fail_next(RuntimeError("down"), times=99)
    found["billed"] = engine.move(job, "Billing")
    found["tick"] = world.advance(days=4)[-1]
    (found["failure"],) = engine.failures()
    found["deleted"] = engine.delete(engine.archive(other))
    found["handover"] = engine.hand_over("mia", "tom")
    found["listing of texts"] = Listing(["a", "b"], "next")
    found["nothing"] = Listing([])
    found["no uses"] = engine.uses(engine.save(Member("Eve")))
    found["no items"] = engine.start("tax", account, fire=False)
    return found


ANSWERS = answers()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_value_prints_in_one_line(name: str) -> None:
    """Also where it holds a hundred things."""
    told = repr(ANSWERS[name])

    assert "\n" not in told
    assert len(told) <= LONGEST
    assert told.startswith("<")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_value_is_a_table_in_a_notebook_and_reads_well_in_a_terminal(name: str) -> None:
    """No text that it prints shows the inside of a value."""
    value = ANSWERS[name]

    assert value._repr_html_().startswith("<div>")
    assert value.document().markdown()
    for inside in ("datetime.datetime(", "FrozenMap", "frozenset(", "<ItemKind", "object at 0x"):
        assert inside not in str(value)
        assert inside not in f"{value:text}"


def test_what_is_one_thing_prints_one_line_as_text() -> None:
    """A job is one line, and so is each row of a list of them."""
    job, jobs = ANSWERS["job"], ANSWERS["jobs"]

    assert str(ANSWERS["item"]) == "task 'Prepare' (job-1/1), pending"
    assert str(job).endswith(" (job-1) in 'intake' of 'tax', Active, 101 items, 101 open")
    assert isinstance(jobs, Sequence)
    assert str(jobs).splitlines() == [str(one) for one in jobs]
    for name in ("job", "item", "account", "event", "done", "tick", "failure", "one of work"):
        assert "\n" not in str(ANSWERS[name])


def test_a_job_shows_its_items_below_itself() -> None:
    """A row each; one without items is a table all the same."""
    html = ANSWERS["job"]._repr_html_()

    assert html.count("<table") == 2
    assert html.count("<tr>") > 101
    assert ANSWERS["no items"]._repr_html_().count("<table") == 1


def test_a_listing_is_a_table_of_what_it_lists() -> None:
    """With a column for all that is said of any of them."""
    text = f"{ANSWERS['jobs']:text}"

    assert text.splitlines()[0] == "2 things"
    for column in ("Job", "Account", "Stage", "Status", "Since"):
        assert column in text.splitlines()[2]
    assert f"{ANSWERS['listing of texts']:text}".splitlines()[0] == "2 things, and more"


def test_an_account_and_what_is_archived_of_it() -> None:
    """By name until it is saved."""
    away = Account("Ada", fields={"state": "CA"}, roles={"preparer": "mia"}, active=False)

    assert repr(away) == "<Account 'Ada', other, 0 contacts, archived>"
    assert "state: CA" in away._repr_html_()
    assert "preparer: mia" in away._repr_html_()


def test_what_a_definition_was_given_is_a_table_in_a_notebook() -> None:
    """Field by field, a line for each of several; what is as it would be anyway is left out."""
    questions = [Question("Did you <move>?"), Question("When?", kind="date")]
    organizer = OrganizerTemplate("1040 organizer", questions, title="Your year")
    review = TaskTemplate("Review", assignees=[Role("reviewer"), "mia"])
    stage = Stage("Intake", [CreateTask(PREPARE)], when=tagged("vip"), automove=True)

    told = organizer._repr_html_()

    assert told.startswith("<div><table")
    assert "Did you &lt;move&gt;?" in told
    for given in ("OrganizerTemplate", "1040-organizer", "Your year", "When?"):
        assert given in told
    assert "reminders" not in told
    assert "tagged(&#x27;vip&#x27;)" in stage._repr_html_()
    assert "assignees" in review._repr_html_()
    assert re.findall(r">(mia|reviewer|assignees|)</td>", review._repr_html_())[1:] == [
        "mia", "", "reviewer",
    ]  # fmt: skip
    texts = Settings(reminder_texts={"invoice": [ReminderText("Pay, please")]})._repr_html_()
    assert "invoice: " in texts
    assert "Settings" in Settings(attempts=3)._repr_html_()
    assert ">attempts<" in Settings(attempts=3)._repr_html_()
    assert ">backoff<" not in Settings(attempts=3)._repr_html_()
