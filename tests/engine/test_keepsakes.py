"""`branch.as_test()`: what was tried is written out as a test, which passes and can fail."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    Account,
    Branch,
    Bundle,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    Daily,
    DefinitionError,
    EmailTemplate,
    Engine,
    InvoicePaid,
    Member,
    Money,
    NotAllowedError,
    NotFoundError,
    OrganizerSubmitted,
    PaymentReceived,
    Pipeline,
    Ports,
    Priority,
    Receipt,
    Ref,
    Reminders,
    Schedule,
    SendEmail,
    SendingWindow,
    Settings,
    Stage,
    TimeInStage,
)
from pipeflow.engine.recorder import Recorder
from pipeflow.engine.source_text import Group, Writer, laid_out, quoted
from pipeflow.ports import Request
from pipeflow.testing import ManualCalendar, World
from tests.firms import (
    BUSINESS,
    FEE,
    ORGANIZER,
    PREPARE,
    TEMPLATES,
    WELCOME,
    in_memory_and_in_a_file,
)

TAX = Pipeline(
    "Tax",
    stages=[
        Stage(
            "Collect",
            [CreateOrganizer(ORGANIZER, reminders=Reminders(every=3, times=2))],
            automove=True,
        ),
        Stage("Bill", [CreateInvoice(FEE), SendEmail(WELCOME)], automove=True),
        Stage("Done", [CreateTask(PREPARE)], triggers=[TimeInStage(5, [SendEmail(WELCOME)])]),
    ],
)
HOSTILE = '"""\\\'; raise SystemExit #\n\u2028{0}\x00'[:-1]


def begun(world: World) -> World:
    """Save what the firm works with."""
    world.engine.save(*TEMPLATES, TAX, Member("Mia"))
    return world


world = in_memory_and_in_a_file(begun)


def run(text: str, name: str) -> None:
    """Run the test that a text holds, as pytest would."""
    found: dict[str, Any] = {}
    exec(compile(text, "test_kept.py", "exec"), found)  # noqa: S102  (it is what is tested)
    found[f"test_{name}"]()


def tried(world: World) -> Branch:
    """Do this and that on a branch."""
    job = world.job_at(TAX, "Collect")
    world.advance(days=4)
    branch = world.engine.what_if()
    branch.advance(days=7)
    branch.record(job.items[0], OrganizerSubmitted(answers={BUSINESS: "Yes"}))
    branch.receive(Ref("invoices", "default/job-1/2/create-invoice-fee"), InvoicePaid())
    branch.tag(job.account, {"vip"})
    branch.advance(days=9)
    return branch


def test_what_it_writes_passes(world: World) -> None:
    """With a firm in memory or in a file; it names stages, items and requests."""
    text = tried(world).as_test("the_bill_is_paid")

    run(text, "the_bill_is_paid")

    assert 'assert (job.stage, job.status) == ("done", "Active")' in text
    assert '("email", "job-1", "Reminder: Organizer"),' in text
    assert "    branch.advance(days=7)\n" in text


def test_pytest_runs_it_and_it_fails_where_the_pipeline_is_another(tmp_path: Path) -> None:
    """It is a file as people write them: formatted, with no name that nobody needs."""
    text = tried(begun(World())).as_test("test_paid")
    kept, broken = tmp_path / "test_kept.py", tmp_path / "test_broken.py"
    kept.write_text(text, encoding="utf-8")
    broken.write_text(text.replace('"automove": True', '"automove": False'), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path),
         "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "1 failed, 1 passed" in ended.stdout
    assert "test_broken.py::test_paid" in ended.stdout


def test_it_looks_as_a_formatter_leaves_it(tmp_path: Path) -> None:
    """Whoever keeps it has nothing to change."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed here")
    kept = tmp_path / "test_kept.py"
    kept.write_text(tried(begun(World())).as_test("paid"), encoding="utf-8")

    for asked in (("format", "--check"), ("check", "--select", "E,F,I,W")):
        ended = subprocess.run(
            [ruff, asked[0], "--isolated", *asked[1:], kept], capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stdout


def test_it_fails_with_an_engine_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one that asks for everything twice."""
    text = tried(begun(World())).as_test("paid")
    run(text, "paid")
    takes = Recorder._take

    def take(recorder: Recorder, request: Request, /) -> Receipt | None:
        takes(recorder, request)
        return takes(recorder, request)

    monkeypatch.setattr(Recorder, "_take", take)

    with pytest.raises(AssertionError):
        run(text, "paid")


def test_hostile_names_are_texts_and_nothing_else(world: World) -> None:
    """Quotes, ends of lines, what would be code."""
    engine = world.engine
    account = engine.save(Account(HOSTILE, contacts=[Contact(HOSTILE, email="a@example.com")]))
    branch = engine.what_if()
    job = branch.start(TAX, account, name=HOSTILE, assignees={"mia"})
    branch.edit(job, comments=HOSTILE)
    branch.save(EmailTemplate(HOSTILE, subject=HOSTILE, body=HOSTILE, id="x"))
    branch.tag(account, {HOSTILE.strip()})

    run(branch.as_test("hostile"), "hostile")


def test_every_call_can_be_told_again(world: World) -> None:
    """Lists, sets, things and their ids, plans, packages; a call that was refused is not told."""
    engine = world.engine
    ada, bob = world.account("Ada"), world.account("Bob")
    day = world.clock.now().date() + timedelta(days=1)
    old = engine.start(TAX, ada, stage="Done")
    branch = engine.what_if()
    branch.save(Schedule("Daily", pipeline=TAX, accounts=ada, every=Daily(), start=day))
    branch.start_many(TAX, (one for one in (ada, bob)), priority=Priority.HIGH)
    with pytest.raises(NotFoundError):
        branch.move(old, "Nowhere")
    branch.move(old, TAX.stages[1], open="carry", skip={"send-email-welcome"})
    branch.record(branch.job(old).item("Fee"), PaymentReceived(Money("10.00", "USD")))
    branch.advance(days=2, hours=3)
    branch.edit(old, due=date(2026, 4, 15), assignees=[branch.member("mia")])
    branch.apply(branch.plan(branch.pipeline("tax").remove_stage("Bill"), stages={"Bill": "Done"}))

    branch.archive(old)
    branch.delete(branch.job(old))
    branch.delete(branch.schedule("daily"))
    branch.install(Bundle(pipelines=[Pipeline("Audit", [Stage("Look"), Stage("End")])]))
    branch.tick(branch.now + timedelta(days=1))

    text = branch.as_test("everything")

    run(text, "everything")
    assert "Nowhere" not in text
    assert 'branch.start_many("tax", ["account-1", "account-2"], priority=Priority.HIGH)' in text
    assert 'branch.delete(branch.job("job-1"))' in text


def test_what_the_firm_had_carried_out_and_deleted_is_known_there(world: World) -> None:
    """A command id that was used is used; an account that the branch deletes is gone."""
    engine = world.engine
    job = engine.start(TAX, world.account("Ada"), command_id="once")
    engine.delete(engine.save(EmailTemplate("Old", subject="x")))
    gone = world.account("Gone")
    branch = engine.what_if()
    assert branch.start(TAX, job.account, command_id="once").id == job.id
    branch.edit(job, name="x")
    branch.tag(gone, {"vip"})
    branch.delete(gone)

    run(branch.as_test("known"), "known")


def test_a_branch_of_a_branch_can_be_told_again(world: World) -> None:
    """Its ids are its own there too."""
    branch = tried(world)
    deeper = branch.what_if()
    deeper.start(TAX, "account-1")
    deeper.advance(days=4)

    text = deeper.as_test("deeper")

    run(text, "deeper")
    assert "world.engine.what_if().what_if()" in text
    assert "job-if-if-1" in text


def test_a_firm_with_few_ports_and_another_name_is_told_as_it_is() -> None:
    """What no port takes waits there too."""
    world = World()
    engine = Engine(
        ports=Ports(invoices=world.invoices), store=world.store, clock=world.clock, tenant="acme"
    )
    bill = Pipeline("Bill", [Stage("Bill", [CreateInvoice(FEE)]), Stage("Done")])
    engine.save(FEE, bill)
    account = engine.save(Account("Ada", contacts=[Contact("Ada", email="a@example.com")]))
    branch = engine.what_if()
    branch.start(bill, account)

    text = branch.as_test("few")

    run(text, "few")
    assert [one.port for one in branch.requests] == ["invoices"]
    assert 'tenant="acme"' in text


@pytest.mark.parametrize("tenant", ["default", "firm-2"])
def test_the_days_off_that_the_branch_asked_for_are_told(tenant: str) -> None:
    """On a day that the firm's calendar names nothing leaves, and so it is in the test."""
    calendar = ManualCalendar([date(2026, 1, 12), date(2031, 1, 1)])
    world = World(calendar=calendar)
    ports = Ports(email=world.email)
    engine = Engine(
        ports=ports, store=world.store, clock=world.clock, tenant=tenant, calendar=calendar
    )
    window = Settings(window=SendingWindow())
    engine.save(window, WELCOME, Pipeline("Tax", [Stage("Collect", [SendEmail(WELCOME)])]))
    account = engine.save(Account("Ada", contacts=[Contact("Ada", email="ada@example.com")]))
    branch = engine.what_if()
    branch.advance(days=5)
    branch.start("tax", account)
    branch.advance(days=2.5)

    text = branch.as_test("holiday")

    assert "ManualCalendar([date(2026, 1, 12)])" in text
    assert "assert asked == []" in text
    run(text, "holiday")


def test_it_holds_what_the_branch_looked_at_and_no_more() -> None:
    """Of a firm with many clients, a few lines."""
    world = begun(World())
    several = [world.job_at(TAX, "Collect") for _ in range(50)]
    branch = world.engine.what_if()
    branch.edit(several[7], name="x")

    text = branch.as_test("one")

    run(text, "one")
    assert "account-8" in text
    assert "account-9" not in text


@pytest.mark.parametrize("name", ["", "a b", "1a", "a;b", "é", None])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    """It becomes the name of a function."""
    with pytest.raises(DefinitionError, match=r"^\$\.name: must be a name that a function"):
        World().engine.what_if().as_test(name)


def test_a_branch_on_which_nothing_was_done_asserts_that_nothing_is_asked() -> None:
    """It is a test all the same."""
    text = World().engine.what_if().as_test("nothing")

    run(text, "nothing")
    assert "assert asked == []" in text


def test_values_are_written_as_what_makes_them() -> None:
    """In one line where that fits; numbers, instants and tuples of one too."""
    write = Writer()
    told = [Decimal("1.50"), datetime(2026, 1, 5, 3, tzinfo=timezone(timedelta(hours=3)))]

    assert laid_out(write.part([*told, (1,), frozenset({2})])) == (
        '[Decimal("1.50"), datetime(2026, 1, 5, 0, 0, tzinfo=UTC), (1,), frozenset({2})]'
    )
    assert write.imports == {"decimal": {"Decimal"}, "datetime": {"datetime", "UTC"}}
    assert laid_out(Group("f(", (), ")"), before=200) == "f()"
    assert quoted('it\'s "so"') == repr('it\'s "so"')
    with pytest.raises(TypeError, match="object cannot be written"):
        write.part(object())


@pytest.mark.parametrize("days", [[], [13, 12, 1]])
def test_a_calendar_is_told_in_order_and_also_where_it_names_no_day(days: list[int]) -> None:
    """With all ports of a `World`, whose engine is the one that is written."""
    calendar = ManualCalendar([date(2026, 1, day) for day in days])
    world = World(calendar=calendar)
    line = Pipeline("Tax", [Stage("Collect", [SendEmail(WELCOME)])])
    world.engine.save(Settings(window=SendingWindow()), WELCOME, line)
    account = world.account()
    branch = world.engine.what_if()
    branch.advance(days=5)
    branch.start("tax", account)
    branch.advance(days=2.5)

    text = branch.as_test("holiday")

    named = ", ".join(f"date(2026, 1, {day})" for day in sorted(days))
    assert f"ManualCalendar([{named}])" in " ".join(text.split())
    run(text, "holiday")


class Told(ManualCalendar):
    """A calendar that yields its days, or answers what it is given to answer."""

    answer: Any = None

    def days_off(self, first: date, last: date, /) -> Any:
        """Answer."""
        return iter(super().days_off(first, last)) if self.answer is None else self.answer


def test_a_calendar_may_yield_its_days_and_is_asked_year_by_year() -> None:
    """Both days are named, though each stands in another answer."""
    calendar = Told([date(2026, 12, 31), date(2027, 1, 1)])
    world = World(datetime(2026, 12, 30, 22, tzinfo=UTC), calendar=calendar)
    line = Pipeline("Tax", [Stage("Collect", [SendEmail(WELCOME)])])
    world.engine.save(Settings(window=SendingWindow()), WELCOME, line)
    account = world.account()
    branch = world.engine.what_if()
    branch.start("tax", account)
    branch.advance(days=4)

    assert branch.requests == ()
    assert "ManualCalendar([date(2026, 12, 31), date(2027, 1, 1)])" in branch.as_test("years")


@pytest.mark.parametrize("answer", ["2026-01-12", ["2026-01-12"], 7, [[]]])
def test_what_is_wrong_with_a_calendar_is_said_on_a_branch_as_in_the_firm(answer: Any) -> None:
    """And nothing of it is written down."""
    calendar = Told()
    world = World(calendar=calendar)
    world.engine.save(Pipeline("Tax", [Stage("Collect")]))
    account = world.account()
    calendar.answer = answer
    daily = Schedule(
        "Daily",
        pipeline="tax",
        accounts=account,
        every=Daily(),
        start=date(2026, 1, 7),
        shift="after",
    )
    said, branch = [], world.engine.what_if()
    for engine in (world.engine, branch):
        with pytest.raises(NotAllowedError) as caught:
            engine.save(daily)
        said.append(str(caught.value))

    assert said[0] == said[1]
    assert "ManualCalendar([])" in branch.as_test("odd")
