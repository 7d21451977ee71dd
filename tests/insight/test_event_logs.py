"""Event logs: what happened to jobs, for process-mining tools and spreadsheets."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    Declined,
    DefinitionError,
    InvoicePaid,
    Job,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    Ref,
    Reminders,
    SendMessage,
    SendProposal,
    Stage,
    TaskTemplate,
)
from pipeflow.insight import Case, EventLog, Lifecycle, LogEntry
from pipeflow.insight.event_log import COLUMNS
from pipeflow.ports import Authorizer
from pipeflow.show.spreadsheet import write as write_csv
from pipeflow.testing import World
from tests.firms import DONE, FEE, LETTER, NEWS, PREPARE, begun

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CALL = TaskTemplate("Call [ACCOUNT_NAME]", id="call")
LINE = Pipeline(
    "Tax",
    [
        Stage("Intake", [CreateTask(CALL), SendMessage(NEWS)], automove=True),
        Stage(
            "Billing", [CreateInvoice(FEE, reminders=Reminders(every=3, times=2))], automove=True
        ),
        Stage("Done"),
    ],
)
OTHER = Pipeline("Other", [Stage("Only"), Stage("End")])
XES = "{http://www.xes-standard.org/}"


def firm(authorizer: Authorizer | None = None) -> World:
    """Make a firm with two pipelines."""
    world = World(START, authorizer=authorizer)
    world.engine.save(LINE, OTHER, CALL, FEE, NEWS)
    return world


def finished(world: World, name: str = "Ada") -> Job:
    """Take a job through the pipeline: two days of work, and six until it is paid."""
    job = world.engine.start(LINE, world.account(name))
    world.advance(days=2)
    job = world.engine.complete(job.items[0], actor="mia")
    world.advance(days=6)
    return world.engine.record(job.item("Fee"), InvoicePaid(), actor="ada")


def told(log: EventLog) -> list[tuple[int, str, str, str]]:
    """Return the day, the activity, where it stands in its life, and who did it, of all entries."""
    return [
        ((one.at - START).days, one.activity, one.lifecycle.value, one.actor)
        for case in log.cases
        for one in case.entries
    ]


def test_a_job_is_a_case_and_its_stages_and_items_start_and_complete() -> None:
    """An activity is called alike in all jobs, though the thing bears the client's name."""
    world = firm()
    job = finished(world)

    log = world.engine.event_log()

    assert told(log) == [
        (0, "Intake", "start", "system"),
        (0, "task: Call [ACCOUNT_NAME]", "start", "system"),
        (2, "task: Call [ACCOUNT_NAME]", "complete", "mia"),
        (2, "Intake", "complete", "system"),
        (2, "Billing", "start", "system"),
        (2, "invoice: Fee", "start", "system"),
        (5, "reminder", "complete", "system"),
        (8, "reminder", "complete", "system"),
        (8, "invoice: Fee", "complete", "ada"),
        (8, "Billing", "complete", "system"),
        (8, "Done", "start", "system"),
    ]
    (case,) = log.cases
    assert case[:4] == (job.id, "Tax", job.account, "Ada")
    assert case.entries[2].item_name == "Call Ada"
    assert (case.entries[4].kind, case.entries[4].stage, case.entries[4].reason) == (
        "stage",
        "billing",
        "automove",
    )
    assert case.entries[6].reason == "number 1"
    assert len(log) == 11


def test_what_is_cancelled_undone_paused_or_archived_is_told_so() -> None:
    """By the transitions of the standard; what is undone is aborted, and its stage goes on."""
    world = firm()
    engine = world.engine
    job = engine.start(LINE, world.account())
    engine.move(job, "Billing", open="cancel")
    job = engine.undo(job).job
    engine.pause(job, "the client is away")
    engine.resume(job)
    job = engine.transfer(engine.job(job), OTHER)
    engine.link(job, Ref("tasks", "t-9"), "task", name="By phone")
    engine.complete(engine.job(job).item("By phone"))
    engine.reopen(engine.job(job).item("By phone"))
    engine.archive(job)

    (case,) = engine.event_log().cases

    assert [(one.activity, one.lifecycle.value, one.pipeline) for one in case.entries[2:]] == [
        ("Intake", "complete", "tax"),
        ("Billing", "start", "tax"),
        ("task: Call [ACCOUNT_NAME]", "ate_abort", "tax"),
        ("invoice: Fee", "start", "tax"),
        ("Billing", "ate_abort", "tax"),
        ("Intake", "start", "tax"),
        ("invoice: Fee", "ate_abort", "tax"),
        ("Intake", "suspend", "tax"),
        ("Intake", "resume", "tax"),
        ("Intake", "complete", "tax"),
        ("Only", "start", "other"),
        ("task", "start", "other"),
        ("task", "complete", "other"),
        ("task", "start", "other"),
        ("status: Archived", "complete", "other"),
    ]
    assert case.entries[9].reason == "the client is away"


def test_beginnings_and_ends_of_a_thing_take_turns() -> None:
    """By which tools pair them: what waits does not begin, and what is over does not end."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE), SendProposal(LETTER)]), DONE)
    engine = world.engine
    engine.unlink(engine.complete(job.item("Prepare")), "Prepare")
    engine.reopen(job.item("Prepare"), "it was wrong")
    letter = job.item("Letter")
    engine.record(letter, Declined("Ada Lovelace"))
    engine.reopen(letter, "sent anew")
    world.client.signs(job, "Letter")

    log = engine.event_log()

    assert [(activity, life) for _, activity, life, _ in told(log)] == [
        ("Work", "start"),
        ("task: Prepare", "start"),
        ("proposal: Letter", "start"),
        ("task: Prepare", "complete"),
        ("proposal: Letter", "complete"),
    ]


def test_a_pause_suspends_the_stage_that_is_resumed() -> None:
    """Once, though its reason changes; and also where an edit takes the stage away meanwhile."""
    world = firm()
    engine = world.engine
    job = engine.start(OTHER, world.account())
    engine.pause(job, "the client is away")
    engine.pause(job, "and the court is closed")
    plan = engine.plan(engine.pipeline("other").remove_stage("Only").add_stage(Stage("New")))
    engine.apply(plan, stages={"only": "end"})
    engine.resume(job)

    (case,) = engine.event_log().cases

    assert [(one.activity, one.lifecycle.value, one.reason) for one in case.entries] == [
        ("only", "start", "started"),
        ("only", "suspend", "the client is away"),
        ("only", "complete", "the pipeline was edited"),
        ("End", "start", "the pipeline was edited"),
        ("End", "suspend", "and the court is closed"),
        ("End", "resume", ""),
    ]


def test_an_event_log_is_asked_by_pipeline_and_by_time() -> None:
    """Cases without entries in the span are left out."""
    world = firm()
    finished(world)
    other = world.engine.start(OTHER, world.account())

    assert [one.id for one in world.engine.event_log(OTHER).cases] == [other.id]
    early = world.engine.event_log(until=date(2026, 1, 6))
    assert {one[0] for one in told(early)} == {0}
    late = world.engine.event_log("tax", since=date(2026, 1, 13), until=date(2026, 1, 20))
    assert {one[0] for one in told(late)} == {8}
    assert [*told(world.engine.event_log("tax", until=START + timedelta(days=2)))] == told(early)
    with pytest.raises(NotFoundError, match="Did you mean 'tax'"):
        world.engine.event_log("taxx")
    with pytest.raises(DefinitionError, match=r"\$\.until: lies before the beginning"):
        world.engine.event_log(since=date(2026, 1, 8), until=date(2026, 1, 7))
    assert firm().engine.event_log().cases == ()


class OwnJobs(Authorizer):
    """Lets everybody see the first job and no account."""

    def can(self, actor: str, action: str, about: str) -> bool:
        """Answer."""
        return action != "read" or about in {"job-1", "tax"}


def test_an_event_log_leaves_out_what_somebody_may_not_see() -> None:
    """Jobs, and the names of accounts and templates."""
    world = firm(OwnJobs())
    for name in ("Ada", "Bob"):
        finished(world, name)

    (case,) = world.engine.event_log(actor="mia").cases

    assert (case.id, case.account_name) == ("job-1", "")
    assert [one.activity for one in case.entries[:2]] == ["Intake", "task: call"]
    assert len(world.engine.event_log("tax").cases) == 2
    with pytest.raises(NotAllowedError):
        world.engine.event_log(OTHER, actor="mia")


def test_an_event_log_prints_how_it_begins() -> None:
    """As a table."""
    world = firm()
    finished(world)

    lines = str(world.engine.event_log(LINE)).splitlines()

    assert lines[0] == "Event log of Tax"
    assert lines[2] == "1 case, 11 entries, of which the first 10 are shown"
    assert lines[5].split() == ["job-1", "2026-01-05T09:00:00+00:00", "Intake", "start", "system"]
    assert len(lines) == 15


def test_a_log_is_saved_as_what_its_name_says(tmp_path: Path) -> None:
    """The same bytes each time; a spreadsheet is told that it is UTF-8."""
    world = firm()
    finished(world, "Łódź GmbH")
    log = world.engine.event_log()

    for suffix, text in ((".csv", log.to_csv()), (".XES", log.to_xes())):
        once, again = (log.save(tmp_path / f"{name}{suffix}") for name in ("one", "two"))
        assert once.read_bytes() == again.read_bytes()
        assert once.read_bytes().removeprefix(b"\xef\xbb\xbf") == text.encode()
    assert (tmp_path / "one.csv").read_bytes().startswith(b"\xef\xbb\xbfcase_id,")
    with pytest.raises(DefinitionError, match=r"\$\.path: .*'log\.xlsx'.*Allowed: \.csv, \.xes"):
        log.save("log.xlsx")
    assert not Path("log.xlsx").exists()


def cell(text: str | float) -> str:
    """Write a cell and read it back as a program reads it."""
    file = StringIO(newline="")
    write_csv([["first", text]], file)
    ((_, found),) = csv.reader(StringIO(file.getvalue(), newline=""))
    return found


@pytest.mark.parametrize(
    ("given_", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r\n=1", "'  =1"),
        ("   =1", "'   =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200b\ufeff=1", "'\u200b\ufeff=1"),
        ("＝1", "'＝1"),
        ("＠SUM", "'＠SUM"),
        ("﹢1+1", "'﹢1+1"),
        ('"=1', "'\"=1"),
        ("Smith; =1+1", "Smith;' =1+1"),
        ("a\nb\u2028c\x00d", "a b c d"),
        ("\ud800", "\ufffd"),
        ("-5", "-5"),
        ("+1,000.50", "+1,000.50"),
        ("a-b", "a-b"),
        ("", ""),
        ('He said "no", twice', 'He said "no", twice'),
        (-7, "-7"),
        (2.5, "2.5"),
    ],
)
def test_no_cell_becomes_a_formula(given_: str | float, written: str) -> None:
    """However it is spaced or spelt; numbers stay."""
    assert cell(given_) == written


@given(st.text())
def test_whatever_people_type_is_one_cell_of_one_line_and_no_formula(text: str) -> None:
    """Also where a semicolon ends a cell."""
    found = cell(text)

    assert not re.search(r"[\r\n\t\x00]", found)
    if not re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)*", found, re.ASCII):
        assert all(piece.strip()[:1] not in {*"=+-@"} or not piece for piece in found.split(";"))
    found.encode()


NAMES = st.text(st.characters(exclude_categories=()), max_size=8)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=4))
def test_xes_is_well_formed_whatever_names_are(names: list[tuple[str, str, str]]) -> None:
    """What XML cannot hold is replaced, and all else is read as it was."""
    entry = LogEntry(START, "x", Lifecycle.START, "mia", "stage", "tax", "intake")
    cases = tuple(
        Case(f"job-{number}", one, "", two, (entry._replace(activity=three, reason=one),))
        for number, (one, two, three) in enumerate(names)
    )

    root = ET.fromstring(EventLog("Firm", cases).to_xes().encode())  # noqa: S314  (it is ours)

    def held(text: str) -> str:
        return "".join(
            "\ufffd" if re.match("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", c) else c
            for c in text
        )

    for trace, (one, two, three) in zip(root.iter(f"{XES}trace"), names, strict=True):
        (event,) = trace.iter(f"{XES}event")
        case = {part.get("key"): part.get("value") for part in trace.findall(f"{XES}string")}
        said = {part.get("key"): part.get("value") for part in event}
        assert (case["case_name"], case["account_name"]) == (held(one), held(two))
        assert said["concept:name"] == held(three)
        assert said.get("reason", "") == held(one)


def test_xes_keeps_the_order_and_the_types_of_its_schema() -> None:
    """Extensions, globals, classifiers, attributes, traces; each key is declared and used."""
    world = firm()
    finished(world)

    root = ET.fromstring(world.engine.event_log().to_xes())  # noqa: S314  (it is ours)

    parts = [one.tag.removeprefix(XES) for one in root]
    assert [*dict.fromkeys(parts)] == ["extension", "global", "classifier", "string", "trace"]
    assert root.get("xes.version") == "1849.2016"
    prefixes = {one.get("prefix") for one in root.iter(f"{XES}extension")}
    assert prefixes == {"concept", "time", "lifecycle", "org"}
    scopes = {
        one.get("scope"): {key.get("key") for key in one} for one in root.iter(f"{XES}global")
    }
    for scope in ("trace", "event"):
        for one in root.iter(f"{XES}{scope}"):
            keys = [part.get("key") for part in one if part.get("key")]
            assert scopes[scope] <= {*keys}
            assert len(keys) == len({*keys})
            assert {key.split(":")[0] for key in keys if key and ":" in key} <= prefixes
    for one in root.iter(f"{XES}classifier"):
        assert re.fullmatch(r"\w+", one.get("name", ""))
        assert {*one.get("keys", "").split()} <= scopes["event"]


def test_csv_and_xes_say_the_same() -> None:
    """A line an entry."""
    world = firm()
    finished(world, "=Ada")
    log = world.engine.event_log()

    rows = [*csv.DictReader(StringIO(log.to_csv(), newline=""))]
    root = ET.fromstring(log.to_xes())  # noqa: S314  (it is ours)

    assert tuple(rows[0]) == COLUMNS
    events = [{one.get("key"): one.get("value") for one in e} for e in root.iter(f"{XES}event")]
    pairs = {
        "activity": "concept:name", "timestamp": "time:timestamp", "resource": "org:resource",
        "lifecycle": "lifecycle:transition", "item_id": "item_id", "reason": "reason",
    }  # fmt: skip
    for row, event in zip(rows, events, strict=True):
        assert row["case_id"] == "job-1"
        assert [row[mine] for mine in pairs] == [event.get(one, "") for one in pairs.values()]
    assert {row["account_name"] for row in rows} == {"'=Ada"}


def test_accounts_of_any_name_are_cases() -> None:
    """A log of a firm holds all jobs, in the order of their ids."""
    world = firm()
    accounts = [world.engine.save(Account(name)) for name in ("A", "B", "C")]
    jobs = [world.engine.start(LINE, one) for one in accounts]

    assert [one.id for one in world.engine.event_log().cases] == sorted(one.id for one in jobs)
