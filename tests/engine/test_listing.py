"""Listings: pages and their ends, what they read for it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import (
    Account,
    CreateTask,
    DefinitionError,
    Event,
    Item,
    ItemKind,
    ItemState,
    Job,
    JobStarted,
    Listing,
    Member,
    NotFoundError,
    Pipeline,
    Settings,
    Side,
    Stage,
    Work,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Changes, Page, Query, RowKey
from pipeflow.testing import World
from tests.firms import DONE, PREPARE, begun, opened

START = datetime(2027, 1, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)


class CountingStore(MemoryStore):
    """Counts the rows that it hands out of listings."""

    def __init__(self, **given: Any) -> None:
        """Begin with none."""
        super().__init__(**given)
        self.handed_out = 0
        self.asked: list[Query] = []

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """Count what is found."""
        self.asked.append(query)
        page = super().find(tenant, query, after=after, limit=limit)
        self.handed_out += len(page.rows)
        return page

    def ids(self, tenant: str, kind: str, /, *, limit: int = 1000) -> tuple[str, ...]:
        """Count what is named."""
        found = super().ids(tenant, kind, limit=limit)
        self.handed_out += len(found)
        return found


def item(job: str, number: int, due: int | None = None, **more: Any) -> Item:
    """Make an open item, due on a day of February."""
    day = None if due is None else date(2027, 2, due)
    return Item(
        f"{job}/{number}", job, more.pop("kind", ItemKind.TASK), f"task {number}", None,
        ItemState.PENDING, None, 1, "intake", "link", more.pop("created", START), due=day, **more,
    )  # fmt: skip


def put(world: World, job: Job, *items: Item, **more: Any) -> Job:
    """Write a job with other items, as if it had come to that."""
    key = RowKey("job", job.id)
    changed = attrs.evolve(job, items=items, **more)
    there = world.store.read("default", [key]).rows[key].version
    world.store.commit(Changes("default", {key: there}, {key: changed}))
    return changed


def season(*dues: Iterable[int | None], store: MemoryStore | None = None) -> World:
    """Start a job for each row of days, with an open item for each of its days."""
    world = opened(Stage("Intake"), DONE, more=[Member("Mia")], store=store or MemoryStore())
    for days in dues:
        job = world.engine.start("tax", world.account())
        put(world, job, *(item(job.id, number, day) for number, day in enumerate(days, start=1)))
    return world


def pages(world: World, limit: int, **asked: Any) -> Iterator[Work]:
    """Yield open work page by page."""
    after = None
    while True:
        page = world.engine.work(after=after, limit=limit, **asked)
        assert 0 < len(page) <= limit
        yield from page
        after = page.next
        if after is None:
            return


# -- open work -----------------------------------------------------------------------------------


def test_work_comes_by_its_dates_whatever_job_it_is_of() -> None:
    """What has no date comes last, equals by their jobs and places."""
    world = season([9, None, 3], [5], [3, 12])

    told = [(one.due and one.due.day, one.name[-1]) for one in world.engine.work()]

    assert told == [(3, "3"), (3, "1"), (5, "1"), (9, "1"), (12, "2"), (None, "2")]


DAYS = st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=4)


@given(dues=st.lists(DAYS, min_size=1, max_size=6), limit=st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_pages_of_work_are_the_whole(dues: list[list[int | None]], limit: int) -> None:
    """Each piece once and in order, however many a page holds."""
    world = season(*dues)

    for order in ("due", "since"):
        assert [*pages(world, limit, order=order)] == world.engine.work(order=order)
    early = world.engine.work(due_before=date(2027, 2, 3))
    if early:
        assert [*pages(world, limit, due_before=date(2027, 2, 3))] == early


def test_a_page_of_work_reads_no_more_than_it_needs() -> None:
    """The jobs of the page, and one to know that more follow."""
    store = CountingStore()
    world = season(*([day % 27 + 1] for day in range(200)), store=store)
    store.handed_out = 0

    first = world.engine.work(limit=10)
    second = world.engine.work(limit=10, after=first.next)

    assert store.handed_out <= 40
    assert [*first, *second] == world.engine.work()[:20]


def test_work_of_one_side_or_kind_reads_nothing_of_another() -> None:
    """However much that is."""
    store = CountingStore()
    world = season(*([day % 27 + 1] for day in range(60)), store=store)
    job = world.engine.start("tax", world.account())
    put(world, job, item(job.id, 1, kind=ItemKind.INVOICE))
    store.handed_out = 0

    assert len(world.engine.work(side="client")) == len(world.engine.work(kind="invoice")) == 1
    assert world.engine.work(kind="approval") == world.engine.work(kind="note") == []
    assert store.handed_out == 2


def test_work_is_overdue_when_its_own_date_is_past() -> None:
    """The earlier of two bounds holds."""
    world = season([3, 9, None])
    world.clock.set(datetime(2027, 2, 9, 9, tzinfo=UTC))

    assert [one.name for one in world.engine.work(overdue=True)] == ["task 1"]
    assert [one.name for one in world.engine.work(due_before=date(2027, 2, 10))] == [
        "task 1",
        "task 2",
    ]
    assert world.engine.work(overdue=True, due_before=date(2027, 2, 3)) == []
    assert len(world.engine.work(overdue=True, due_before=date(2027, 3, 3))) == 1
    assert world.engine.work(due_before=date.min) == []


def test_work_of_a_member_is_what_the_member_is_assigned_to() -> None:
    """An item of its own people is theirs alone; one of nobody's is that of the job's people."""
    world = season([1])
    (job,) = world.engine.jobs()
    mia, tom = frozenset({"mia"}), frozenset({"tom"})
    bill = item(job.id, 3, kind=ItemKind.INVOICE, assignees=mia)
    put(world, job, item(job.id, 1, assignees=tom), item(job.id, 2), bill, assignees=mia)

    assert [one.name for one in world.engine.work(member=Member("Mia"))] == ["task 2", "task 3"]
    assert [one.name for one in world.engine.work(side="team", kind="invoice")] == ["task 3"]
    assert world.engine.work(side="client", kind=ItemKind.INVOICE) == []


def test_a_job_that_is_over_has_no_work() -> None:
    """It comes back when the job does."""
    world = season([1], [2])
    first, second = world.engine.jobs()
    world.engine.archive(first)
    world.engine.set_status(second, "Completed")

    assert world.engine.work() == []
    world.engine.restore(first)
    assert len(world.engine.work()) == 1


# -- jobs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["id", "due", "start", "since"])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_jobs_are_the_whole(order: str, limit: int) -> None:
    """Those that are found in one way, and those that are found in several."""
    world = opened(Stage("Work", time_limit=DAY), DONE)
    for number in range(7):
        day = None if number % 3 == 0 else date(2027, 2, 9 - number)
        start = date(2026, 1, 1 + number % 2)
        world.engine.start("tax", world.account(), due=day, start=start)
        world.clock.advance(hours=1)
    world.clock.set(datetime(2027, 6, 1, tzinfo=UTC))

    several: tuple[dict[str, Any], ...] = ({}, {"overdue": True}, {"stage": "Work"})
    for asked in several:
        whole = world.engine.jobs(order=order, **asked)
        found: list[Job] = []
        page = world.engine.jobs(order=order, limit=limit, **asked)
        found += page
        while page.next is not None:
            page = world.engine.jobs(order=order, limit=limit, after=page.next, **asked)
            found += page

        assert len(whole) == 7
        assert found == whole


def test_a_page_of_a_stage_is_asked_for_by_the_stage_alone() -> None:
    """Whose term tells the pipeline, too: of two things a store may go through all that fit one."""
    store = CountingStore()
    world = opened(Stage("Work"), DONE, store=store)
    jobs = [world.engine.start("tax", world.account()) for _ in range(3)]
    store.asked.clear()

    assert world.engine.jobs(pipeline="tax", stage="Work", limit=2) == jobs[:2]
    assert [query.where for query in store.asked] == [(("stage", "3:tax/work"),)]


class DisturbedStore(MemoryStore):
    """Lets somebody else act as soon as jobs were listed, once."""

    def __init__(self, **given: Any) -> None:
        """Begin with nobody."""
        super().__init__(**given)
        self.meanwhile: Callable[[], object] | None = None

    def find(
        self, tenant: str, query: Query, /, *, after: str | None = None, limit: int | None = 100
    ) -> Page:
        """List, and then let somebody act."""
        page = super().find(tenant, query, after=after, limit=limit)
        if query.kind == "job" and (acts := self.meanwhile) is not None:
            self.meanwhile = None
            acts()
        return page


@pytest.mark.parametrize("order", ["id", "due", "start", "since"])
@pytest.mark.parametrize("going", [(0,), (0, 1), (0, 3, 4, 5)], ids=len)
def test_no_job_is_left_out_of_pages_when_others_are_deleted_meanwhile(
    order: str, going: tuple[int, ...]
) -> None:
    """Also where each is asked about, so that a page ends amid what the store has told."""
    store = DisturbedStore()
    engine = opened(Stage("Work"), DONE, store=store).engine
    client = engine.save(Account("Ada", id="ada"))
    jobs = [engine.start("tax", client) for _ in range(6)]
    archived = [engine.archive(jobs[number]) for number in going]
    store.meanwhile = lambda: [engine.delete(job) for job in archived]

    page = engine.jobs(order=order, limit=2, actor="mia")
    found = [job.id for job in page]
    while page.next is not None:
        page = engine.jobs(order=order, limit=2, after=page.next, actor="mia")
        found += [job.id for job in page]

    assert found == [job.id for number, job in enumerate(jobs) if number not in going]


def test_a_page_ends_the_list_when_all_that_followed_was_deleted_meanwhile() -> None:
    """Nothing is told as the place where it goes on."""
    store = DisturbedStore()
    world = opened(Stage("Work"), DONE, store=store)
    engine = world.engine
    jobs = [engine.start("tax", world.account()) for _ in range(3)]
    last = engine.archive(jobs[2])
    store.meanwhile = lambda: engine.delete(last)

    page = engine.jobs(limit=2, actor="mia")

    assert ([job.id for job in page], page.next) == ([job.id for job in jobs[:2]], None)


def test_a_page_is_told_however_often_others_write_what_is_on_it() -> None:
    """It is no older than the last look at it, and the next one begins where it ends."""
    store = DisturbedStore()
    engine = opened(Stage("Work"), DONE, store=store).engine
    client = engine.save(Account("Ada", id="ada"))
    jobs = [engine.start("tax", client, name="1040") for _ in range(5)]

    def rename() -> None:
        for job in jobs:
            engine.edit(job, name=f"{engine.job(job).name} again")
        store.meanwhile = rename

    store.meanwhile = rename
    page = engine.jobs(name="1040", limit=2)
    found = [job.id for job in page]
    while page.next is not None:
        page = engine.jobs(name="1040", limit=2, after=page.next)
        found += [job.id for job in page]

    assert found == [job.id for job in jobs]


@pytest.mark.parametrize("earlier", [False, True], ids=["later", "earlier"])
def test_open_work_is_on_one_page_once_where_its_job_comes_to_stand_elsewhere(
    earlier: bool,
) -> None:
    """Somebody does, or takes up again, what is due first in a job: the rest of it stays."""
    store = DisturbedStore()
    world = opened(Stage("Work"), DONE, more=[Member("Mia"), Member("Tom")], store=store)
    jobs = [world.engine.start("tax", world.account()) for _ in range(5)]

    def stands(job: Job, first: int, last: int = 9) -> Job:
        """Let Tom's part be due first in a job, and Mia's last."""
        toms = item(job.id, 1, first, assignees=frozenset({"tom"}))
        return put(world, job, toms, item(job.id, 2, last, assignees=frozenset({"mia"})))

    first, *_, last = (stands(job, 3) for job in jobs)
    if earlier:
        last = stands(last, 7, 8)
        store.meanwhile = lambda: stands(last, 1, 8)
    else:
        store.meanwhile = lambda: stands(first, 20)

    found = [*pages(world, 2, member="mia")]

    assert sorted(one.job.id for one in found) == sorted(job.id for job in jobs)


def test_a_page_of_jobs_and_the_jobs_of_a_client_read_what_they_list() -> None:
    """However many others there are."""
    store = CountingStore()
    world = opened(Stage("Work", time_limit=DAY), DONE, store=store)
    accounts = [world.account() for _ in range(120)]
    jobs = [world.engine.start("tax", one, due=date(2026, 3, 1)) for one in accounts]
    late = world.engine.start("tax", accounts[0], due=date(2026, 1, 1))
    store.handed_out = 0

    assert world.engine.jobs(account=accounts[7]) == [jobs[7]]
    assert len(world.engine.jobs(limit=5)) == 5
    assert store.handed_out <= 7
    store.handed_out = 0
    assert world.engine.jobs(due_before=date(2026, 2, 1)) == [late]
    assert store.handed_out == 1
    assert world.engine.jobs(overdue=True) == [late]
    assert store.handed_out == 3  # the pipeline, whose stages have limits, among them


def test_an_unknown_id_among_many_that_say_nothing_costs_nothing() -> None:
    """No id that was made by chance is near to what somebody mistyped."""
    store = CountingStore()
    world = opened(Stage("Work"), DONE, store=store)
    for _ in range(150):
        world.account()
    store.handed_out = 0

    with pytest.raises(NotFoundError) as refused:
        world.engine.account("account-1x")

    assert store.handed_out <= 101
    assert str(refused.value) == "tenant 'default': there is no account 'account-1x'."


def test_a_stage_that_is_gone_is_found_while_a_job_stands_in_it() -> None:
    """Archived jobs may; and what nobody has, nor stands in, is an error."""
    world, job = begun(Stage("Intake"), Stage("Old"), DONE)
    world.engine.archive(world.engine.move(job, "Old"))
    world.engine.save(world.engine.pipeline("tax").remove_stage("old"))

    assert [one.id for one in world.engine.jobs(stage="old")] == [job.id]
    with pytest.raises(NotFoundError, match="there is no stage 'odl'"):
        world.engine.jobs(stage="odl")


def test_a_stage_that_is_gone_is_no_other_one() -> None:
    """Jobs that stand elsewhere are not meant."""
    world, job = begun(Stage("Intake"), Stage("Old"), DONE)
    world.engine.start("tax", job.account)
    world.engine.archive(world.engine.move(job, "Old"))
    world.engine.save(world.engine.pipeline("tax").remove_stage("old"))

    assert [one.id for one in world.engine.jobs(stage="old")] == [job.id]


def test_of_a_pipeline_only_its_own_stages_and_statuses_are_known() -> None:
    """Another's are a mistake, not an empty answer."""
    world, _ = begun(Stage("Intake"), DONE)
    world.engine.save(Pipeline("Books", [Stage("Closing")], statuses=["Frozen"]))

    with pytest.raises(NotFoundError, match="there is no stage 'Closing'"):
        world.engine.jobs(pipeline="tax", stage="Closing")
    with pytest.raises(NotFoundError, match="there is no status 'Frozen'"):
        world.engine.jobs(pipeline="tax", status="Frozen")
    assert world.engine.jobs(stage="Closing") == world.engine.jobs(status="Frozen") == []


def test_a_name_that_two_pipelines_give_to_different_stages_means_each() -> None:
    """A job of another pipeline in a stage of the same id is not meant."""
    world = opened(Stage("Intake"), Stage("Review", id="check"), DONE)
    books = Pipeline("Books", [Stage("Start"), Stage("Check", id="check"), Stage("Review")])
    world.engine.save(books)
    first = world.engine.start("tax", world.account(), stage="Review")
    second = world.engine.start("books", world.account(), stage="review")
    world.engine.start("books", world.account(), stage="check")

    assert world.engine.jobs(stage="Review") == [first, second]
    third = world.engine.start("books", first.account, stage="review")
    page = world.engine.jobs(stage="Review", limit=3)
    assert page == [first, second, third]
    assert page.next is None


def test_days_and_instants_are_meant_in_the_firms_zone() -> None:
    """A day is over when it is over for the firm."""
    world = opened(Stage("Work"), DONE, settings=Settings(time_zone="Asia/Tokyo"))
    world.clock.set(datetime(2027, 3, 1, 16, tzinfo=UTC))  # the second of March in Tokyo
    job = world.engine.start("tax", world.account(), due=date(2027, 3, 2))

    assert world.engine.jobs(waiting_since=date(2027, 3, 1)) == []
    assert world.engine.jobs(waiting_since=date(2027, 3, 2)) == [job]
    assert world.engine.jobs(waiting_since=date.max) == [job]
    assert world.engine.jobs(due_before=datetime(2027, 3, 2, 16, tzinfo=UTC)) == [job]
    assert world.engine.jobs(due_before=datetime(2027, 3, 2, 14, tzinfo=UTC)) == []
    assert world.engine.feed(since=date(2027, 3, 2), kinds=JobStarted)[0].job == job.id
    assert world.engine.feed(since=date(2027, 3, 3)) == []
    almost = world.clock.now() - timedelta(microseconds=1)
    assert world.engine.jobs(waiting_since=almost) == []


# -- what is refused -----------------------------------------------------------------------------

BEYOND = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3)))
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "limit": ({"limit": 0}, r"\$\.limit: must be a whole number from 1, or None for all"),
    "flag as a limit": ({"limit": True}, r"\$\.limit"),
    "order": ({"order": "deu"}, r"\$\.order: there is no order 'deu'\. Did you mean 'due'\?"),
    "after": ({"after": "nowhere"}, r"\$\.after: must be the `next` of the page before"),
    "after that is no text": ({"after": 5}, r"\$\.after"),
    "overdue": ({"overdue": "no"}, r"\$\.overdue: must be True or False"),
    "due before": ({"due_before": "tomorrow"}, r"\$\.due_before: must be a date"),
    "naive": ({"due_before": datetime(2027, 1, 1)}, r"\$\.due_before: has no time zone"),
    "beyond": ({"due_before": BEYOND}, r"\$\.due_before: lies beyond the calendar"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name: str) -> None:
    """Of jobs and of work alike."""
    asked, told = WRONG[name]
    world = opened(DONE)

    with pytest.raises(DefinitionError, match=told):
        world.engine.jobs(**asked)
    with pytest.raises(DefinitionError, match=told):
        world.engine.work(**asked)


def test_what_only_one_list_can_be_asked_by_is_refused_there() -> None:
    """With the names that there are."""
    engine = opened(DONE).engine

    with pytest.raises(DefinitionError, match=r"there is no side 'clint'. Did you mean 'client'"):
        engine.work(side="clint")
    with pytest.raises(DefinitionError, match=r"there is no kind 'invoce'. Did you mean 'invoice'"):
        engine.work(kind="invoce")
    with pytest.raises(DefinitionError, match=r"\$\.after"):
        engine.work(after="due a\0b\0c")
    with pytest.raises(DefinitionError, match=r"there is no kind 'emial'. Did you mean 'email'"):
        engine.templates(kind="emial")
    with pytest.raises(DefinitionError, match="must be a kind of templates"):
        engine.templates(kind=int)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"\$\.kinds: must be kinds of events"):
        engine.feed(kinds="JobMoved")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"\$\.kinds: must be kinds of events"):
        engine.feed(kinds=[JobStarted, int])  # type: ignore[list-item]
    with pytest.raises(DefinitionError, match=r"\$\.kinds: must be a list"):
        engine.feed(kinds=5)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="there is no job 'nobody'"):
        engine.history("nobody")
    with pytest.raises(NotFoundError, match="there is no account ''"):
        engine.history(Account("Nobody"))


# -- histories and listings as values ------------------------------------------------------------


def test_an_id_that_a_job_and_an_account_share_is_the_jobs() -> None:
    """The account itself says which is meant."""
    world = opened(Stage("Work"), DONE)
    account = world.engine.save(Account("Ada", id="job-1"))
    job = world.engine.start("tax", account)
    world.engine.tag(account, add={"vip"})

    assert job.id == "job-1"
    assert len(world.engine.history("job-1")) == len(world.engine.history(job))
    assert len(world.engine.history(account)) == len(world.engine.history(job)) + 1


def test_a_feed_goes_on_behind_a_page_that_holds_nothing_of_a_kind() -> None:
    """It is read in pieces, until there is enough or it is older than what is asked for."""
    world, job = begun(Stage("A"), Stage("B"), DONE)
    for _ in range(130):
        world.engine.move(job, "B")
        world.engine.move(job, "A")

    (started,) = world.engine.feed(kinds=JobStarted)

    assert started.job == job.id
    assert len(world.engine.feed(limit=150)) == 150
    assert world.engine.feed(kinds=(Event,), limit=None)[-1] == world.engine.history(job)[0]


def test_a_listing_is_a_sequence() -> None:
    """It counts, indexes, compares and prints."""
    listing = Listing(["a", "b", "c"], "more")

    assert listing == ["a", "b", "c"]
    assert listing == ("a", "b", "c")
    assert listing != ["a"]
    assert listing != "abc"
    assert (listing[0], listing[-1], listing[1:]) == ("a", "c", Listing(["b", "c"]))
    assert "b" in listing
    assert hash(listing) == hash(Listing(["a", "b", "c"]))
    assert str(listing) == "a\nb\nc"
    assert repr(listing) == "<Listing of 3 things, and more>"
    assert repr(listing[:1]) == "<Listing of 1 thing>"
    assert [*reversed(listing)] == ["c", "b", "a"]


def test_the_sides_are_two() -> None:
    """Each by its word."""
    assert [*Side] == ["team", "client"]


def test_a_task_that_was_made_waits_for_the_team() -> None:
    """As the engine makes it, and not only as tests do."""
    world, job = begun(Stage("Work", [CreateTask(PREPARE)]), DONE)

    (work,) = world.engine.work(order="since")

    assert (work.item, work.job) == (job.items[0], job)
