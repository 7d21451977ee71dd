"""Simulations: a firm works with a package for a season, and the same seed gives the same one."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeflow import (
    After,
    AroundDate,
    Bundle,
    ClientRequestReturned,
    ClientRequestSubmitted,
    ClientRequestTemplate,
    CreateInvoice,
    CreateTask,
    Declined,
    DefinitionError,
    EmailTemplate,
    FactRecorded,
    InvoiceTemplate,
    ItemReopened,
    JobMoved,
    JobStatus,
    LimitError,
    LineItem,
    Money,
    MoveCause,
    PaymentFailed,
    PaymentReceived,
    Pipeline,
    ProposalSigned,
    ProposalTemplate,
    Question,
    ReminderSent,
    SendClientRequest,
    SendEmail,
    SendProposal,
    SetStatus,
    Side,
    Stage,
    StartJob,
    Status,
    TaskTemplate,
    account_is,
    balance_above,
    field_above,
    field_before,
    field_in,
    field_is,
)
from pipeflow.testing import Simulation, simulate
from pipeflow.testing.dice import Dice
from pipeflow.testing.habits import moment
from tests.pipelines.seasons import LIBRARY, NAMES, package
from tests.pipelines.walks import PACKAGES, bundle

CALL = EmailTemplate("Call", subject="Call us", id="call")


@pytest.mark.parametrize("name", NAMES)
def test_jobs_of_each_package_of_the_library_get_to_the_end(name: str) -> None:
    """Of some accounts at least; and nobody is left with a request that nobody tries again."""
    firm = simulate(package(name), accounts=8, days=120)

    assert len(firm.jobs) >= 8
    assert len(firm.finished) >= 3
    assert not firm.world.engine.failures()


@pytest.mark.parametrize("name", PACKAGES)
def test_every_published_pipeline_can_be_simulated(name: str) -> None:
    """However it was drawn: jobs go through it, and what came of it prints."""
    firm = simulate(bundle(name), accounts=3, days=60, seed=2)

    moved = firm.world.engine.feed(kinds=JobMoved, limit=1)
    assert len(moved) == 1
    assert str(firm).startswith(bundle(name).name or firm.installed.pipeline.name)


def _printed(hash_seed: str) -> bytes:
    """Print a simulation in an interpreter of its own."""
    command = [sys.executable, "-m", "pipeflow", "simulate", str(LIBRARY / "payroll.json")]
    return subprocess.run(
        [*command, "--accounts", "6", "--days", "40", "--seed", "11"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    ).stdout


def test_the_same_seed_gives_the_same_bytes() -> None:
    """In every process, whatever its hashes."""
    assert _printed("1") == _printed("2")


def test_the_same_seed_gives_the_same_firm_and_another_seed_another_one() -> None:
    """Down to the last event of each history."""
    one, same, other = (
        [*firm.world.store.export("default")]
        for firm in (simulate(package("extension"), accounts=4, days=30, seed=n) for n in (1, 1, 2))
    )

    assert one == same
    assert one != other


def test_the_days_pass_one_by_one() -> None:
    """So that whoever waits sees how far it is; the clock stands at the end of the last one."""
    firm = Simulation(package("payroll"), accounts=2, days=5, seed=1)
    began = firm.world.clock.now()

    assert [*firm.passing()] == [1, 2, 3, 4, 5]
    assert firm.world.clock.now() == began + timedelta(days=5)


def test_without_a_day_jobs_are_started_and_nobody_has_acted() -> None:
    """All of them on the first morning."""
    firm = simulate(package("payroll"), accounts=3, days=0)

    assert len(firm.jobs) == 3
    assert not firm.finished
    assert {job.created for job in firm.jobs} == {firm.world.clock.now()}


def test_accounts_have_what_the_package_asks_for() -> None:
    """Tags, members in its roles, and people behind each."""
    firm = simulate(package("individual-tax"), accounts=30, days=0)
    accounts = firm.world.engine.accounts()

    assert frozenset().union(*(one.tags for one in accounts)) <= firm.installed.tags
    assert any(one.tags for one in accounts)
    assert all(set(one.roles) == firm.installed.roles for one in accounts)
    assert {len(one.contacts) for one in accounts} == {1, 2}
    assert len({one.email for account in accounts for one in account.contacts}) > 30


def test_custom_fields_and_balances_let_conditions_go_either_way() -> None:
    """What a condition compares is what is drawn around it."""
    asked = [
        field_is("entity", "S-corp"),
        field_in("state", "NY", "NJ"),
        field_above("income", 100),
        field_before("fiscal_year_end", date(2026, 2, 1)),
        balance_above(Money(50, "USD")),
        account_is("company"),
    ]
    stages = [
        Stage(f"Part {n}", when=one, automations=[SendEmail(CALL)]) for n, one in enumerate(asked)
    ]
    call = AroundDate("renewal", After(days=1), [SendEmail(CALL)])
    line = Pipeline("Fields", [Stage("Start"), *stages, Stage("Done")], triggers=[call])
    firm = simulate(Bundle.of(line, CALL), accounts=40, days=0)
    accounts = firm.world.engine.accounts()

    for one in asked:
        assert {one.holds(account) for account in accounts} == {True, False}
    assert any(isinstance(account.fields.get("renewal"), date) for account in accounts)


def test_ports_fail_now_and_then_and_everything_leaves_in_the_end() -> None:
    """A port that does not answer is asked again, and what it refuses a person tries again."""
    firm = simulate(package("individual-tax"), accounts=60, days=60, seed=3)
    counts = {kind.__name__: number for kind, number in firm.counts.items()}

    assert counts["RequestFailed"] > 5
    assert counts["RequestGivenUp"] > 0
    assert not any(one.given_up for one in firm.world.engine.failures())


def test_the_team_acts_on_working_days_and_clients_on_any() -> None:
    """Each at hours of theirs."""
    now, dice = datetime(2026, 1, 5, 9, tzinfo=UTC), Dice(1, "people")
    drawn = {side: [moment(now, side, dice) for _ in range(300)] for side in Side}

    assert {one.weekday() for one in drawn[Side.TEAM]} == {*range(5)}
    assert {one.weekday() for one in drawn[Side.CLIENT]} == {*range(7)}
    assert all(9 <= one.hour <= 16 and one > now for one in drawn[Side.TEAM])


def test_some_clients_never_act_and_are_reminded() -> None:
    """Who waits for whom is told at the end."""
    firm = simulate(package("individual-tax"), accounts=60, days=90)

    waiting = firm.world.engine.work(side=Side.CLIENT)
    assert waiting
    assert len(firm.finished) < 60
    assert firm.counts[ReminderSent] > 10
    assert "Who waits for what" in str(firm)


def test_a_job_that_does_not_move_by_itself_is_moved_by_hand() -> None:
    """Also past a stage whose condition it does not meet, and out of a status of the firm's own."""
    line = Pipeline(
        "By hand",
        [
            Stage("First"),
            Stage("Never", when=field_is("entity", "none"), automations=[SendEmail(CALL)]),
            Stage("Second", automations=[SetStatus("Waiting")]),
            Stage("Done"),
        ],
        statuses=[Status("Waiting")],
    )
    firm = simulate(Bundle.of(line, CALL), accounts=4, days=60)

    assert len(firm.finished) == 4
    assert all(job.status == JobStatus.ACTIVE for job in firm.jobs)
    moves = firm.world.engine.feed(kinds=JobMoved, limit=None)
    assert {one.cause for one in moves if isinstance(one, JobMoved)} == {MoveCause.BY_HAND}


def test_clients_do_all_that_packages_may_ask_of_them() -> None:
    """Requests are returned and sent again, invoices paid in parts, letters refused at first."""
    request = ClientRequestTemplate(
        "Papers",
        uploads=["W-2"],
        questions=[
            Question("How many?", kind="number", required=True),
            Question("Since when?", kind="date", required=True),
            Question("Which?", kind="choices", choices=["Wages", "Rent"], required=True),
            Question("Abroad?", kind="yes_no", required=True),
        ],
        accept=True,
    )
    letter = ProposalTemplate("Letter", signatures="all", in_order=True)
    fee = InvoiceTemplate("Fee", lines=[LineItem("Work", rate=Money(200, "USD"))])
    line = Pipeline(
        "All",
        [
            Stage("Letter", automove=True, automations=[SendProposal(letter)]),
            Stage("Papers", automove=True, automations=[SendClientRequest(request)]),
            Stage("Bill", automove=True, automations=[CreateInvoice(fee)]),
            Stage("Done"),
        ],
    )
    firm = simulate(Bundle.of(line, letter, request, fee), accounts=120, days=150, seed=3)
    history = firm.world.engine.history
    feed = firm.world.engine.feed(kinds=FactRecorded, limit=None)

    assert len(firm.finished) > 80
    assert {type(one.fact) for one in feed if isinstance(one, FactRecorded)} == {
        ClientRequestReturned,
        ClientRequestSubmitted,
        Declined,
        PaymentFailed,
        PaymentReceived,
        ProposalSigned,
    }
    assert any(isinstance(one, ItemReopened) for job in firm.jobs for one in history(job))


def test_jobs_are_started_where_no_other_pipeline_leads() -> None:
    """What automations start is left to them, unless each leads to the other."""
    call = TaskTemplate("Call")
    after = Pipeline("After", [Stage("Only", automations=[CreateTask(call)])])
    first = Pipeline("First", [Stage("Only", automations=[StartJob(after)])])
    firm = simulate(Bundle(pipelines=[after, first], templates=[call]), accounts=2, days=0)

    assert sorted(job.pipeline for job in firm.jobs) == ["after", "after", "first", "first"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"bundle": "tax.json"}, "$.bundle"),
        ({"bundle": Bundle(templates=[CALL])}, "$.bundle"),
        ({"accounts": 0}, "$.accounts"),
        ({"accounts": True}, "$.accounts"),
        ({"days": -1}, "$.days"),
        ({"seed": "7"}, "$.seed"),
    ],
)
def test_what_cannot_be_simulated_is_refused(given: dict[str, Any], where: str) -> None:
    """Before anything is made."""
    known: dict[str, Any] = {"bundle": package("payroll"), "accounts": 1, "days": 1, "seed": 1}
    asked = known | given

    with pytest.raises(DefinitionError) as refused:
        simulate(asked.pop("bundle"), **asked)

    assert [problem.where for problem in refused.value.problems] == [where]


def test_more_than_anybody_could_wait_for_is_refused() -> None:
    """With both limits at once."""
    with pytest.raises(LimitError) as refused:
        simulate(package("payroll"), accounts=10**6, days=10**6)

    assert [problem.where for problem in refused.value.problems] == ["$.accounts", "$.days"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """The package and each number."""
    with pytest.raises(DefinitionError) as refused:
        simulate(Path("tax.json"), accounts=0, days=-1)  # type: ignore[arg-type]

    assert len(refused.value.problems) == 3
