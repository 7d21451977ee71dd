"""A board shows the jobs of a pipeline as cards in its stages, as many as somebody can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from pipeflow import (
    Account,
    CreateInvoice,
    CreateTask,
    DefinitionError,
    Job,
    Member,
    NotAllowedError,
    NotFoundError,
    Pipeline,
    SendMessage,
    Stage,
    Status,
    TaskTemplate,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.insight import Board, BoardStage, Card
from pipeflow.ports import Authorizer, Page, Query
from pipeflow.testing import World
from tests.faults.offices import lose_template
from tests.firms import FEE, NEWS

PREPARE = TaskTemplate("Prepare")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LINE = Pipeline(
    "Tax",
    [
        Stage("Intake", [SendMessage(NEWS), CreateTask(PREPARE)], time_limit=timedelta(days=7)),
        Stage("Billing", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True),
        Stage("Done"),
    ],
    statuses=["Waiting for the bank"],
)
MIA, BO = Member("Mia Berg", id="mia"), Member("Bo Ek", id="bo")


def firm(**given: Any) -> World:
    """Make a firm with the pipeline and two members."""
    world = World(START, **given)
    world.engine.save(LINE, PREPARE, FEE, NEWS, MIA, BO)
    return world


def started(world: World, client: str, stage: str = "Intake", **given: Any) -> Job:
    """Start a job for a client of that name, a day after the one before."""
    world.advance(days=1)
    return world.engine.start("tax", world.account(client), stage=stage, **given)


def clients(stage: BoardStage) -> list[str]:
    """Return whose cards stand in a stage."""
    return [card.client for card in stage.cards]


def lines(card: Card) -> list[str]:
    """Return what a card says."""
    return [*card.lines("Tax", UTC)]


def test_each_job_stands_in_its_stage_the_longest_there_first() -> None:
    """With how many there are in all; stages in which nobody is are there too."""
    world = firm()
    for name in ("Ada", "Bob", "Cyd"):
        started(world, name)
    started(world, "Dan", "Billing")
    world.engine.move(world.engine.move(world.engine.jobs()[0], "Billing"), "Intake")

    board = world.engine.board(LINE)

    assert [one.name for one in board.stages] == ["Intake", "Billing", "Done"]
    assert [one.total for one in board.stages] == [3, 1, 0]
    assert clients(board.stages[0]) == ["Bob", "Cyd", "Ada"]
    assert (board.total, board.name, board.pipeline) == (4, "Tax", "tax")
    assert board == world.engine.board("tax")


def test_a_card_says_whom_and_what_a_job_waits_for() -> None:
    """What the client has to do first; nothing where nobody has to do anything."""
    world = firm()
    job = started(world, "Ada", "Billing", assignees=[MIA, BO])
    started(world, "Bob", "Done", name="Form 1040")

    board = world.engine.board(LINE)
    (card,), (idle,) = board.stages[1].cards, board.stages[2].cards

    assert card.waiting == "client: invoice 'Fee', and 1 more"
    assert [one.side for one in card.waits] == ["client", "team"]
    assert card.assignees == ("Bo Ek", "Mia Berg")
    assert card.job == world.engine.job(job)
    assert lines(card) == [
        "Ada", "… waits for client: invoice 'Fee', and 1 more", "assigned to Bo Ek, Mia Berg",
        "since 2026-01-06",
    ]  # fmt: skip
    assert idle.waiting == ""
    assert lines(idle) == ["Bob", "Form 1040", "since 2026-01-07"]


def test_a_card_says_what_a_job_waits_for_in_its_stage_alone() -> None:
    """What an earlier stage left open keeps nobody from going on."""
    world = firm()
    world.engine.move(started(world, "Ada"), "Billing")
    world.engine.move(started(world, "Bob"), "Done")

    board = world.engine.board(LINE)
    (ada,), (bob,) = board.stages[1].cards, board.stages[2].cards

    assert [item.name for item in ada.job.items] == ["News", "Prepare", "Prepare", "Fee"]
    assert ada.waiting == "client: invoice 'Fee', and 1 more"
    assert bob.waiting == ""


def test_a_card_says_what_a_job_waits_for_in_its_status() -> None:
    """It named what is open in the stage, and nothing that lets the job go on (domain.md 2.6)."""
    call = TaskTemplate("Call the bank")
    bank = Status("Waiting for the bank", automations=[CreateTask(call)], automove=True)
    world = firm()
    line = world.engine.save(evolve(world.engine.pipeline("tax"), statuses=[bank]), call)[0]
    job = world.engine.set_status(started(world, "Ada"), "Waiting for the bank")
    job = world.engine.move(job, "Billing")

    (card,) = world.engine.board(line).stages[1].cards

    assert card.waiting == "team: task 'Call the bank'"
    assert [one.name for one in world.engine.explain(job).waits_for] == ["Call the bank"]
    job = world.engine.set_status(job, "Active")
    (card,) = world.engine.board(line).stages[1].cards
    assert card.waiting == "client: invoice 'Fee', and 1 more"


def test_a_card_says_in_words_what_is_to_be_noticed() -> None:
    """Late, paused, or in another status than Active: by a sign and a word, never by colour."""
    world = firm()
    late = started(world, "Ada", due=date(2026, 1, 7))
    paused = started(world, "Bob", "Done", due=date(2026, 4, 15))
    world.engine.pause(paused, reason="on leave")
    silent = started(world, "Cyd", "Done")
    world.engine.pause(silent)
    world.engine.set_status(started(world, "Dan", "Done"), "Completed")
    world.engine.set_status(started(world, "Eve", "Done"), "waiting for the bank")
    world.advance(days=1)

    board = world.engine.board(LINE)
    said = {one.client: lines(one)[1:-1] for stage in board.stages for one in stage.cards}

    assert board.stages[0].cards[0].overdue
    assert said == {
        "Ada": ["▲ overdue", f"due {late.due}", "… waits for team: task 'Prepare'"],
        "Bob": ["due 2026-04-15", "‖ paused: on leave"],
        "Cyd": ["‖ paused"],
        "Dan": ["✓ Completed"],
        "Eve": ["◆ Waiting for the bank"],
    }


def test_a_job_is_late_that_is_longer_in_its_stage_than_that_allows() -> None:
    """Unless it is over: then nothing is late."""
    world = firm()
    started(world, "Ada")
    over = started(world, "Bob", due=date(2026, 1, 7))
    world.engine.set_status(over, "Completed")
    world.advance(days=10)

    (first, second) = world.engine.board(LINE).stages[0].cards

    assert (first.client, first.overdue) == ("Ada", True)
    assert (second.client, second.overdue) == ("Bob", False)


def test_what_could_not_run_is_the_teams() -> None:
    """And is told as an automation."""
    world = firm()
    lose_template(world, "prepare")
    started(world, "Ada")

    (card,) = world.engine.board(LINE).stages[0].cards

    assert card.waiting == "team: automation 'create-task-prepare'"


def test_archived_jobs_stand_on_no_board_unless_they_are_asked_for() -> None:
    """Completed ones do (domain.md 8)."""
    world = firm()
    world.engine.archive(started(world, "Ada"))
    world.engine.set_status(started(world, "Bob"), "Completed")
    started(world, "Cyd")

    assert clients(world.engine.board(LINE).stages[0]) == ["Bob", "Cyd"]
    assert world.engine.board(LINE).total == 2
    (ada,) = world.engine.board(LINE, status="archived").stages[0].cards
    assert lines(ada)[:2] == ["Ada", "✗ Archived"]
    assert world.engine.board(LINE, status=["completed", "archived"]).total == 2


def test_a_board_can_be_that_of_a_member_a_client_a_tag_or_a_priority() -> None:
    """Totals are then of those alone."""
    world = firm()
    ada = world.account("Ada", tags={"vip"})
    world.engine.start(LINE, ada, assignees=[MIA], priority="urgent")
    started(world, "Bob", assignees=[BO])
    world.account("Zed", tags={"new"})

    ways: list[dict[str, Any]] = [
        {"assignee": MIA}, {"account": ada}, {"tag": "vip"}, {"priority": "urgent"},
    ]  # fmt: skip
    for asked in ways:
        board = world.engine.board(LINE, **asked)
        assert (board.total, clients(board.stages[0])) == (1, ["Ada"]), asked
    assert world.engine.board(LINE, tag="new").total == 0


def test_no_stage_has_more_cards_than_somebody_reads() -> None:
    """It says how many more there are; all come where that is asked."""
    world = firm()
    for number in range(13):
        started(world, f"Client {number:02}")

    few, all_of_them = world.engine.board(LINE), world.engine.board(LINE, per_stage=None)

    assert (len(few.stages[0].cards), few.stages[0].total, few.stages[0].more) == (10, 13, 3)
    assert "… 3 more" in str(few)
    assert "… 3 more" in f"{few:html}"
    assert "… 3 more" in few.to_svg()
    assert len(all_of_them.stages[0].cards) == 13
    assert " more" not in str(all_of_them)
    assert len(world.engine.board(LINE, per_stage=2).stages[0].cards) == 2
    with pytest.raises(DefinitionError, match=r"\$\.per_stage: must be a whole number from 1"):
        world.engine.board(LINE, per_stage=0)


def test_stages_behind_the_twelfth_are_only_counted() -> None:
    """A board that is wider is no help; it says which they are."""
    world = firm()
    wide = Pipeline("Wide", [Stage(f"Stage {number}") for number in range(15)])
    world.engine.save(wide)
    world.engine.start(wide, world.account("Ada"), stage="Stage 14")
    world.engine.start(wide, world.account("Bob"), stage="Stage 11")

    board = world.engine.board(wide)

    assert [len(one.cards) for one in board.stages] == [0] * 11 + [1, 0, 0, 0]
    assert board.stages[14].more == 1
    assert str(board).splitlines()[-1] == (
        "2 jobs in 15 stages. … 3 more stages: 'Stage 12' (0), 'Stage 13' (0), 'Stage 14' (1)"
    )
    assert f"{board:html}".count("<th ") == 12


def lost(world: World, *names: str, stage: str = "Billing") -> list[Job]:
    """Restore jobs whose stage was taken away while they were archived."""
    jobs = [world.engine.archive(started(world, name, stage)) for name in names]
    line = world.engine.pipeline("tax")
    world.engine.save(line.remove_stage(stage))
    return [world.engine.restore(job) for job in jobs]


def test_jobs_whose_stage_is_gone_stand_before_all_others() -> None:
    """A clerk has to find them, since nobody but a clerk can move them on."""
    world = firm()
    jobs = lost(world, "Ada", "Bob")
    started(world, "Cyd")

    board = world.engine.board(LINE)
    nowhere = board.stages[0]

    assert [(one.stage, one.name, one.total) for one in board.stages] == [
        ("", "No stage", 2), ("intake", "Intake", 1), ("done", "Done", 0),
    ]  # fmt: skip
    assert clients(nowhere) == ["Ada", "Bob"]
    assert [card.lost for one in board.stages for card in one.cards] == [True, True, False]
    assert lines(nowhere.cards[0])[:2] == ["Ada", "∅ stage 'billing' is gone"]
    assert board.total == 3
    assert str(board).splitlines()[-1] == "1 job in 2 stages. 2 jobs in none, to be moved by hand"
    for way in ("text", "html", "md", "svg"):
        shown = format(board, way)
        assert "No stage" in shown
        assert "Bob" in shown
    for job in jobs:
        world.engine.move(job, "Done")
    assert [one.total for one in world.engine.board(LINE).stages] == [1, 2]


def test_jobs_of_several_stages_that_are_gone_stand_together() -> None:
    """The longest there first, and no more than in a stage."""
    world = firm()
    wide = world.engine.pipeline("tax").add_stage(Stage("Check"), at=1)
    world.engine.save(wide)
    late = [world.engine.archive(started(world, name, "Check")) for name in ("Ada", "Bob")]
    lost(world, "Cyd")
    world.engine.save(world.engine.pipeline("tax").remove_stage("Check"))
    for job in late:
        world.engine.restore(job)

    nowhere = world.engine.board(LINE, per_stage=2).stages[0]

    assert (clients(nowhere), nowhere.total, nowhere.more) == (["Ada", "Bob"], 3, 1)


def test_archived_jobs_whose_stage_is_gone_are_found_as_all_archived_ones() -> None:
    """Where the board is asked for them, and not else."""
    world = firm()
    for job in lost(world, "Ada", "Bob"):
        world.engine.archive(job)

    assert [one.name for one in world.engine.board(LINE).stages] == ["Intake", "Done"]
    assert clients(world.engine.board(LINE, status="archived").stages[0]) == ["Ada", "Bob"]


def test_jobs_whose_stage_is_gone_can_be_those_of_a_client() -> None:
    """As all that a board shows."""
    world = firm()
    ada, _ = lost(world, "Ada", "Bob")

    assert clients(world.engine.board(LINE, account=ada.account).stages[0]) == ["Ada"]


def test_a_wide_board_shows_jobs_whose_stage_is_gone_beside_twelve_stages() -> None:
    """No stage loses its cards to them."""
    world = firm()
    several = [Stage(f"Stage {number}") for number in range(14)]
    world.engine.save(Pipeline("Tax", [*LINE.stages[:2], *several], id="tax", revision=1))
    lost(world, "Ada")
    started(world, "Bob", "Stage 10")
    started(world, "Cyd", "Stage 11")

    board = world.engine.board(LINE)

    assert [len(one.cards) for one in board.stages] == [1] + [0] * 11 + [1, 0, 0, 0]
    assert str(board).splitlines()[-1] == (
        "2 jobs in 15 stages. 1 job in none, to be moved by hand. … 3 more stages: "
        "'Stage 11' (1), 'Stage 12' (0), 'Stage 13' (0)"
    )


class Counting(MemoryStore):
    """A store that counts the rows which it hands out."""

    def __init__(self) -> None:
        """Begin at nothing."""
        super().__init__()
        self.handed: Counter[str] = Counter()

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Find and count."""
        page = super().find(tenant, query, after=after, limit=limit)
        self.handed[query.kind] += len(page.rows)
        return page


def test_a_board_reads_the_jobs_alone_that_it_shows() -> None:
    """However many there are."""
    store = Counting()
    world = firm(store=store)
    ada = world.account("Ada")
    for _ in range(60):
        world.engine.start(LINE, ada)
    store.handed.clear()

    board = world.engine.board(LINE, per_stage=5)

    assert board.total == 60
    assert store.handed["job"] == 5


class Busy(MemoryStore):
    """A store in which others go on as soon as jobs were counted."""

    meanwhile: Callable[[], object] | None = None

    def count(self, tenant: str, query: Query, by: str, /) -> Mapping[str, int]:
        """Count, and let the others go on."""
        found = super().count(tenant, query, by)
        going, self.meanwhile = self.meanwhile, None
        if going is not None:
            going()
        return found


@pytest.mark.parametrize(
    ("stage", "per_stage", "told"),
    [
        ("Billing", 1, (1, 1, 0)), ("Billing", 10, (1, 1, 0)), ("Billing", None, (1, 1, 0)),
        ("Intake", 1, (2, 1, 1)), ("Intake", 2, (3, 2, 1)), ("Intake", 10, (4, 4, 0)),
        ("Intake", None, (4, 4, 0)),
    ],
)  # fmt: skip
def test_a_column_never_has_fewer_jobs_than_cards_whatever_moves_meanwhile(
    stage: str, per_stage: int | None, told: tuple[int, int, int]
) -> None:
    """What was read corrects what was counted before; there is no "-1 more"."""
    store = Busy()
    engine = firm(store=store).engine
    ada = engine.save(Account("Ada", id="ada"))
    here = [engine.start(LINE, ada) for _ in range(2)]
    there = [engine.start(LINE, ada, stage="Done") for _ in range(2)]
    moving = there if stage == "Intake" else here[:1]
    store.meanwhile = lambda: [engine.move(job, stage) for job in moving]

    first = engine.board(LINE, per_stage=per_stage).stages[0]

    assert (first.total, len(first.cards), first.more) == told


class OwnJobs(Authorizer):
    """Lets everybody see some things alone."""

    seen = frozenset({"tax", "job-1", "job-3", "mia"})

    def can(self, actor: str, action: str, about: str) -> bool:
        """Answer."""
        return action != "read" or about in self.seen


def test_who_may_not_see_a_job_learns_nothing_of_it_from_a_board() -> None:
    """Not even that it is counted; whom they may not see is called by an id."""
    world = firm(authorizer=OwnJobs())
    for name in ("Ada", "Bob", "Cyd"):
        started(world, name, assignees=[MIA, BO])

    board = world.engine.board(LINE, per_stage=1, actor="mia")

    (card,) = board.stages[0].cards
    assert (board.stages[0].total, board.stages[0].more) == (2, 1)
    assert card.client == world.engine.job("job-1").account
    assert card.assignees == ("Mia Berg", "bo")
    world.engine.save(Pipeline("Other", [Stage("A"), Stage("B")]))
    with pytest.raises(NotAllowedError):
        world.engine.board("other", actor="mia")


def test_who_may_not_see_a_job_whose_stage_is_gone_sees_no_column_for_it() -> None:
    """It would tell that there is one."""
    world = firm(authorizer=OwnJobs())
    hers, _ = lost(world, "Ada", "Bob")

    board = world.engine.board(LINE, actor="mia")
    world.engine.move(hers, "Done")
    other = world.engine.board(LINE, actor="mia")

    assert (board.stages[0].name, board.stages[0].total) == ("No stage", 1)
    assert [one.name for one in other.stages] == ["Intake", "Done"]


def test_a_board_of_nothing_says_so() -> None:
    """A pipeline that is none is refused with the nearest."""
    world = firm()

    assert str(world.engine.board(LINE)).splitlines() == [
        "Board of 'Tax', 2026-01-05",
        "==========================",
        "Intake                               Billing                              Done",
        "0 jobs                               0 jobs                               0 jobs",
        f"{'-' * 35}  {'-' * 35}  {'-' * 35}",
        "",
        "0 jobs in 3 stages",
    ]
    with pytest.raises(NotFoundError, match="Did you mean 'tax'"):
        world.engine.board("taxi")


def test_a_board_is_shown_in_every_way_but_as_a_flow_chart() -> None:
    """One table with a caption, and columns that are the stages."""
    world = firm()
    started(world, "Ada")
    board: Board = world.engine.board(LINE)

    assert f"{board:html}".count("<table") == f"{board:html}".count("<caption") == 1
    assert "Ada" in f"{board:md}"
    (heads,) = [line for line in f"{board:md}".splitlines() if line.startswith("| Intake")]
    assert heads == "| Intake<br>1 job | Billing<br>0 jobs | Done<br>0 jobs |"
    assert f"{board:svg}" == board.to_svg()
    with pytest.raises(DefinitionError, match=r"Allowed: text, html, md, svg\."):
        board.to_mermaid()


@pytest.mark.parametrize("branches", range(3))
def test_more_than_anybody_has_is_all(branches: int) -> None:
    """Whatever the store, and on branches too, a huge number means no limit."""
    world = firm()
    started(world, "Ada")
    engine: Any = world.engine
    for _ in range(branches):
        engine = engine.what_if()

    assert clients(engine.board(LINE, per_stage=10**30).stages[0]) == ["Ada"]
    assert len(engine.jobs(limit=10**30)) == len(engine.work(limit=10**30)) == 1
    assert len(engine.feed(limit=10**30)) > 1
