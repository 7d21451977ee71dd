"""Through a whole firm: lists of jobs and of open work, histories and feeds, and what is asked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeflow import (
    Account,
    ApplyFolderTemplate,
    Bundle,
    ClientRequestTemplate,
    Contact,
    CreateInvoice,
    CreateOrganizer,
    CreateTask,
    DefinitionError,
    EmailTemplate,
    Folder,
    FolderTemplate,
    JobMoved,
    JobStarted,
    Listing,
    Member,
    MessageTemplate,
    NotFoundError,
    OrganizerTemplate,
    Package,
    Pipeline,
    Priority,
    ProposalTemplate,
    Question,
    ReminderSent,
    RequestDelivered,
    Role,
    SendClientRequest,
    SendEmail,
    SendProposal,
    Settings,
    Side,
    Stage,
    TagChange,
    TagsChanged,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateAccountTags,
    field_is,
    tagged,
)
from pipeflow.ports import Changes, RowKey
from pipeflow.testing import World
from tests.firms import (
    DAILY,
    DONE,
    FEE,
    FOLDERS,
    ORGANIZER,
    PREPARE,
    WELCOME,
    begun,
    in_memory_and_in_a_file,
    opened,
    stored,
)

DAY = timedelta(days=1)
INTAKE = Stage("Intake", [CreateOrganizer(ORGANIZER, reminders=DAILY)])
WORK = Stage("Work", [CreateTask(PREPARE)], time_limit=timedelta(days=7))
BILL = Stage("Billing", [CreateInvoice(FEE)])
MIA, TOM = Member("Mia"), Member("Tom")


def firm() -> World:
    """Open a firm with three stages, and a second pipeline that has one of the same id."""
    other = Pipeline("Books", [Stage("Work"), Stage("Close", id="closing"), DONE])
    return opened(INTAKE, WORK, BILL, DONE, more=[MIA, TOM, other])


# -- jobs (R-29) ---------------------------------------------------------------------------------


def test_r_29_jobs_are_listed_by_what_people_ask() -> None:
    """By pipeline, stage, status, account, assignee and tag; each alone, and together."""
    world = firm()
    jobs = world.engine.jobs
    ada, bob = world.account("Ada", tags={"vip"}), world.account("Bob", tags={"vip", "late"})
    first = world.engine.start("tax", ada)
    second = world.engine.start("tax", bob, stage="work", assignees=["mia"])
    third = world.engine.start("books", ada, stage="closing")

    assert jobs() == [first, second, third]
    assert jobs(pipeline="tax") == [first, second]
    assert jobs(account=ada) == [first, third]
    assert jobs(stage="work") == jobs(stage="Work") == jobs(assignee=MIA) == [second]
    assert jobs(stage="Close") == jobs(stage="CLOSING") == jobs(pipeline="books") == [third]
    assert jobs(tag="vip") == [first, second, third]
    assert jobs(tag="vip", account=bob) == jobs(tag="late") == [second]
    assert jobs(tag="vip", pipeline="tax", status="ACTIVE") == [first, second]


def test_r_29_jobs_are_listed_by_their_priority() -> None:
    """One, or one of several, together with all else that is asked (domain.md part 7)."""
    world = firm()
    ada, bob = world.account("Ada"), world.account("Bob")
    jobs = [
        world.engine.start("tax", account, priority=priority)
        for account in (ada, bob)
        for priority in ("low", "urgent", "high")
    ]
    urgent = world.engine.jobs(priority="urgent")

    assert list(urgent) == [jobs[1], jobs[4]]
    assert list(world.engine.jobs(priority=[Priority.LOW, "high"], account=bob)) == jobs[3::2]
    assert list(world.engine.jobs(priority="medium")) == []
    with pytest.raises(
        DefinitionError, match=r"\$\.priority: there is no priority .hihg.\. Did you mean .high."
    ):
        world.engine.jobs(priority="hihg")


def test_r_29_archived_jobs_are_listed_unless_a_status_is_asked_for() -> None:
    """Nothing that a firm ever did is out of reach; but who asks by status means it."""
    world = firm()
    kept = world.engine.start("tax", world.account())
    gone = world.engine.archive(world.engine.start("tax", world.account("Bob")))
    held = world.engine.set_status(world.engine.start("tax", world.account("Cy")), "on hold")

    assert world.engine.jobs() == [kept, gone, held]
    assert world.engine.jobs(status="active") == [kept]
    assert world.engine.jobs(status="archived") == [gone]
    assert world.engine.jobs(status=["on-hold", "Active"]) == [kept, held]
    assert world.engine.jobs(status="On hold", pipeline="tax") == [held]


def test_r_29_a_job_is_overdue_when_its_date_is_past_in_the_firms_zone() -> None:
    """The date itself is still in time; what is done is never late."""
    world = World(datetime(2027, 4, 16, 3, tzinfo=UTC))
    tax = Pipeline("Tax", [Stage("Work"), DONE])
    world.engine.save(tax, Settings(time_zone="America/New_York"))
    late = world.engine.start(tax, world.account(), due=date(2027, 4, 14))
    today = world.engine.start(tax, world.account(), due=date(2027, 4, 15))
    done = world.engine.start(tax, world.account(), due=date(2027, 4, 14))
    world.engine.set_status(done, "Completed")

    assert world.engine.jobs(overdue=True) == [late]
    assert world.engine.jobs(due_before=date(2027, 4, 16)) == [late, today]
    assert [j.id for j in world.engine.jobs(due_before=date(2027, 4, 16), status="completed")] == [
        done.id
    ]
    world.clock.advance(hours=2)
    assert world.engine.jobs(overdue=True) == [late, today]


def test_r_29_a_job_is_overdue_when_it_is_longer_in_its_stage_than_allowed() -> None:
    """That is what a stage's time limit is for; it counts from the entry."""
    world = firm()
    slow = world.engine.start("tax", world.account(), stage="work")
    other = world.engine.start("tax", world.account(), stage="billing")
    world.clock.advance(days=7)

    assert world.engine.jobs(overdue=True) == []
    world.clock.advance(minutes=1)
    assert world.engine.jobs(overdue=True) == [slow]
    assert world.engine.jobs(overdue=True, pipeline="tax", stage="Work") == [slow]
    assert world.engine.jobs(overdue=True, pipeline="books") == []
    assert world.engine.jobs(waiting_since=slow.entered) == [slow, other]
    assert world.engine.jobs(waiting_since=slow.entered - DAY) == []
    moved = world.engine.move(slow, "Billing")
    assert world.engine.jobs(overdue=True) == []
    assert world.engine.jobs(waiting_since=world.clock.now().date()) == [moved, other]
    assert world.engine.jobs(waiting_since=other.entered) == [other]


def test_r_29_lists_come_in_an_order_page_by_page() -> None:
    """What has no date comes last, and each page says where it goes on."""
    world = firm()
    days = [date(2027, 4, 9), None, date(2027, 4, 3), date(2027, 4, 5)]
    jobs = [world.engine.start("tax", world.account(), due=day) for day in days]
    by_due = [jobs[2], jobs[3], jobs[0], jobs[1]]

    whole = world.engine.jobs(order="due")
    first = world.engine.jobs(order="due", limit=3)
    rest = world.engine.jobs(order="due", limit=3, after=first.next)

    assert whole == by_due
    assert whole.next is None
    assert first == by_due[:3]
    assert rest == by_due[3:]
    assert first.next is not None
    assert rest.next is None
    assert isinstance(first, Listing)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"pipeline": "tex"}, "there is no pipeline 'tex'. Did you mean 'tax'?"),
        ({"stage": "Wrok"}, "there is no stage 'Wrok'. Did you mean 'Work'?"),
        ({"pipeline": "tax", "stage": "Wrok"}, "Did you mean 'Work'?"),
        ({"status": "actve"}, "there is no status 'actve'. Did you mean 'Active'?"),
        ({"status": "on hodl"}, "Did you mean 'On hold'?"),
        ({"assignee": "mai"}, "there is no member 'mai'. Did you mean 'mia'?"),
        ({"account": "acount-1"}, "Did you mean 'account-1'?"),
        ({"tag": "vpi"}, "there is no tag 'vpi'. Did you mean 'vip'?"),
    ],
)
def test_r_29_a_name_that_does_not_exist_is_an_error_with_the_nearest_one(
    asked: dict[str, str], told: str
) -> None:
    """A list that is empty for a slip of the pen would be believed."""
    world = firm()
    world.account(tags={"vip"})

    with pytest.raises(NotFoundError) as refused:
        world.engine.jobs(**asked)  # type: ignore[arg-type]

    assert told in str(refused.value)


def test_r_29_a_tag_that_only_a_definition_names_is_known() -> None:
    """The last client of a kind may go; who asks for them gets none, and no error."""
    stages = (Stage("Intake"), Stage("Farm", when=tagged("farmer")), DONE)
    world = opened(*stages)
    vip = world.account("Ada", tags={"vip"})

    assert world.engine.jobs(tag="farmer") == []
    assert world.engine.jobs(tag="business") == []  # an answer of an organizer sets it
    assert world.engine.accounts(tag="vip") == (vip,)
    assert world.engine.accounts(tag="farmer") == ()
    with pytest.raises(NotFoundError, match="Did you mean 'farmer'"):
        world.engine.accounts(tag="framer")


# -- open work (R-29) ----------------------------------------------------------------------------


def test_r_29_open_items_are_listed_by_who_must_act() -> None:
    """With their jobs, and since when they wait."""
    world = firm()
    ada = world.account("Ada")
    job = world.engine.start("tax", ada, assignees=["mia"])
    world.clock.advance(days=1)
    job = world.engine.move(job, "Work")
    done = world.engine.start("tax", world.account("Bob"), stage="billing")
    world.engine.set_status(done, "completed")

    form, task = world.engine.work(order="since")

    assert (form.job, form.item, form.side) == (job, job.item("Organizer"), Side.CLIENT)
    assert (task.job, task.item, task.side) == (job, job.item("Prepare"), Side.TEAM)
    assert task.since - form.since == DAY
    assert world.engine.work(side="team") == world.engine.work(member=MIA) == [task]
    assert world.engine.work(side=Side.CLIENT) == world.engine.work(kind="organizer") == [form]
    assert world.engine.work(member="tom") == world.engine.work(account=done.account) == []
    assert len(world.engine.work(account=ada)) == 2
    world.team.completes(job, "Prepare")
    (form,) = world.engine.work()
    assert [form] == world.engine.work(side="client")


def test_members_of_one_name_are_counted() -> None:
    """Nobody reads one name three times, nor takes several people for one."""
    world = World()
    world.engine.save(*(Member("Ann Lee", id=id) for id in ("a", "b", "c")), Member("Mia"))
    task = TaskTemplate("Call", assignees=["a", "b", "c", "mia"])
    world.engine.save(task, Pipeline("Tax", stages=[Stage("Work", [CreateTask(task)])]))
    world.engine.start("tax", world.account())

    (work,) = world.engine.work()

    assert str(work) == "task 'Call' of 'Tax' (Ada Lovelace): Ann Lee (3), Mia"


def test_r_29_open_work_names_the_client_and_whose_turn_it_is() -> None:
    """A clerk reads names, and words."""
    papers = ClientRequestTemplate("Papers", questions=[Question("Bank statement", kind="file")])
    prepare = TaskTemplate("Prepare", assignees=["mia"])
    world = World()
    world.engine.save(Member("Mia Berg", id="mia"), prepare, papers)
    ask = Stage("Ask", [CreateTask(prepare), SendClientRequest(papers)])
    world.engine.save(Pipeline("Tax", [ask]))
    world.engine.start("tax", world.account("Ada Lovelace"), name="1040")

    first, second = world.engine.work(limit=2)

    assert str(first) == "task 'Prepare' of '1040' (Ada Lovelace): Mia Berg"
    assert str(second) == "client request 'Papers' of '1040' (Ada Lovelace): client"
    assert (first.client, first.names, second.names) == ("Ada Lovelace", ("Mia Berg",), ())
    assert first.cells()["Account"] == "Ada Lovelace"


def test_r_7_open_work_says_whom_no_mail_reaches() -> None:
    """Somebody has to call; what the team must do needs no mail."""
    papers = ClientRequestTemplate("Papers", questions=[Question("Bank statement", kind="file")])
    world = World()
    world.engine.save(PREPARE, papers)
    ask = Stage("Ask", [CreateTask(PREPARE), SendClientRequest(papers)])
    world.engine.save(Pipeline("Tax", [ask]), Account("Ada", contacts=[Contact("Ada")], id="ada"))
    world.engine.start("tax", "ada")

    task, papers_work = world.engine.work()

    assert (task.unreached, papers_work.unreached) == (False, True)
    assert (
        str(papers_work) == "client request 'Papers' of 'Tax' (Ada): client, whom no mail reaches"
    )
    assert papers_work.cells()["Whose turn"] == "client, whom no mail reaches"


def test_r_29_an_automation_that_could_not_run_is_the_teams_work() -> None:
    """Nobody else will see to it."""
    world = opened(Stage("Work", [CreateTask(PREPARE)]), DONE)
    row = RowKey("template", "prepare")
    there = stored(world, "template", "prepare").version
    world.store.commit(Changes("default", {row: there}, deletes=(row,)))
    job = world.engine.start("tax", world.account())

    (work,) = world.engine.work()

    assert (work.job, work.blocked, work.item) == (job, job.blocked[0], None)
    assert work == world.engine.work(side="team")[0] == world.engine.work(kind="automation")[0]
    assert (work.side, work.since) == (Side.TEAM, job.entered)
    assert world.engine.work(side="client") == world.engine.work(overdue=True) == []


def test_r_29_what_is_open_in_a_paused_job_is_listed_all_the_same() -> None:
    """Somebody must act on it some day, and the list says that the job is paused."""
    world, job = begun(Stage("Intake", [CreateTask(PREPARE)]), DONE)
    paused = world.engine.pause(job, "the client is abroad")

    (work,) = world.engine.work()

    assert (work.job, work.job.paused) == (paused, "the client is abroad")


anywhere = in_memory_and_in_a_file(lambda world: world)

# -- histories (R-30) ----------------------------------------------------------------------------


def test_r_30_an_account_has_a_history_of_its_own_and_of_its_jobs() -> None:
    """In the order in which it happened, each event with the name of its job."""
    world, job = begun(Stage("Intake"), DONE)
    world.clock.advance(days=1)
    world.engine.tag(job.account, add={"vip"})
    world.clock.advance(days=1)
    other = world.engine.start("tax", job.account, name="Second")
    world.clock.advance(days=1)
    world.engine.move(job, "Done")
    stranger = world.engine.start("tax", world.account("Bob"))

    story = world.engine.history(world.engine.account(job.account))

    assert story == world.engine.history(job.account)
    assert len(story) == len(world.engine.history(job)) + len(world.engine.history(other)) + 1
    assert [event.at for event in story] == sorted(event.at for event in story)
    assert {event.job for event in story} == {job.id, other.id, ""}
    assert stranger.id not in {event.job for event in story}
    assert "started 'Second' in stage 'intake' of pipeline 'tax' (Second)" in str(story)
    assert "tags +vip (by hand)" in str(story[:-1])


@pytest.mark.parametrize("where", ["firm", "branch"])
def test_r_30_what_happened_to_several_jobs_at_one_instant_stands_as_it_was_done(
    where: str, anywhere: World
) -> None:
    """A clerk reads which of them gave the account a tag, and which took it away again."""
    world = anywhere
    give, take = UpdateAccountTags(add={"vip"}), UpdateAccountTags(remove={"vip"})
    world.engine.save(Pipeline("Gives", [Stage("Go", [give]), DONE]))
    world.engine.save(Pipeline("Takes", [Stage("Wait"), Stage("Go", [take]), DONE]))
    account = world.account()
    at = world.engine.what_if() if where == "branch" else world.engine
    first = world.engine.start("takes", account)
    second = at.start("gives", account)
    at.move(first, "Go")
    at.tag(account, {"vip"})
    at.move(first, "Wait")
    at.move(first, "Go")

    story = at.history(account.id)

    changes = [
        (event.job, *event.added, *(f"-{tag}" for tag in event.removed))
        for event in story
        if isinstance(event, TagsChanged)
    ]
    taken = (first.id, "-vip")
    assert {event.at for event in story} == {world.clock.now()}
    assert changes == [(second.id, "vip"), taken, ("", "vip"), taken]


def test_r_30_a_feed_tells_what_happened_in_the_firm_newest_first() -> None:
    """Of every job, with its name; as much as is asked for."""
    world, job = begun(Stage("Intake"), DONE)
    world.clock.advance(days=1)
    monday = world.clock.now()
    other = world.engine.start("tax", world.account("Bob"), name="Books")
    world.engine.move(job, "Done")

    moved, started = world.engine.feed(kinds=[JobMoved, JobStarted], since=monday)

    assert (moved.job, started.job) == (job.id, other.id)
    assert world.engine.feed(kinds=JobStarted)[0] == started
    assert len(world.engine.feed(kinds=JobStarted)) == 2
    assert len(world.engine.feed(limit=1)) == 1
    assert world.engine.feed(since=monday.date()) == world.engine.feed(since=monday)
    assert len(world.engine.feed(limit=None)) == len(world.engine.feed())
    assert [e.at for e in world.engine.feed()] == sorted(
        (e.at for e in world.engine.feed()), reverse=True
    )
    assert str(world.engine.feed(limit=1)).endswith("(Tax)")
    assert world.engine.feed(since=monday + DAY) == []


def test_r_30_what_was_sent_says_to_whom() -> None:
    """Mail, reminders, and what else goes to the client."""
    world, job = begun(
        Stage("Send", [SendEmail(WELCOME), CreateInvoice(FEE, reminders=DAILY)]), DONE
    )
    world.advance(days=1)
    history = world.engine.history(job)

    sent = history.of(RequestDelivered)
    assert {one.to for one in sent} == {("ada@example.com",)}
    assert history.of(ReminderSent)[0].to == ("ada@example.com",)
    assert "email took a reminder as" in str(history)
    assert ", for ada@example.com" in str(history)


def test_r_30_what_goes_to_the_team_names_no_address() -> None:
    """A task has assignees, and folders nobody."""
    world, job = begun(Stage("Send", [CreateTask(PREPARE), ApplyFolderTemplate(FOLDERS)]), DONE)

    sent = world.engine.history(job).of(RequestDelivered)

    assert [one.to for one in sent] == [(), ()]
    assert ", for" not in str(world.engine.history(job))


# -- packages (R-31) -----------------------------------------------------------------------------


def test_r_31_installing_a_package_tells_what_it_asks_of_the_firm() -> None:
    """Custom fields, tags, roles, members and ports: all that somebody must see to."""
    hello = EmailTemplate("Hello", subject="[ACCOUNT_CUSTOM_FIELD:nickname]", body="[CURRENT_YEAR]")
    form = OrganizerTemplate(
        "Form",
        questions=[
            Question("Farm?", choices={"Yes": TagChange(add={"farm"}), "No": None}),
            Question("Children?", field="children"),
        ],
    )
    letter = ProposalTemplate(
        "Letter",
        packages=[
            Package("Gold", tags=TagChange(add={"gold"}, remove={"silver"})),
            Package("Plain"),
        ],
        invoice_on_acceptance=FEE,
    )
    task = TaskTemplate("State return", assignees=[Role("preparer")])
    tax = Pipeline(
        "1040",
        [
            Stage("A", [SendEmail(hello), CreateTask(task, when=field_is("state", "CA"))]),
            Stage("B", [SendProposal(letter), CreateOrganizer(form)], when=tagged("schedule-c")),
            Stage("C", [UpdateAccountTags(add={"new"}, remove={"old"})]),
            Stage("D", [UpdateAccountAccess(add=[Role("partner")])]),
        ],
    )
    world = World()

    asked = world.engine.install(Bundle.of(tax, hello, form, letter, task, FEE))

    assert asked.fields == {"nickname", "children", "state"}
    assert asked.tags == {"farm", "gold", "silver", "schedule-c", "new", "old"}
    assert asked.roles == {"preparer", "partner"}
    assert asked.members == frozenset()
    assert asked.ports == {"email", "tasks", "proposals", "organizers", "invoices"}


def test_r_31_files_that_a_package_asks_for_are_told() -> None:
    """A stranger's reference may lead where a firm keeps what no client may see."""
    mail = EmailTemplate("Letter", subject="Hello", attachments=["../salaries"])
    chat = MessageTemplate("Chat", "Hello", attachments=["terms"])
    year = FolderTemplate("Year", folders=["Tax", Folder("Tax/2026", files=["checklist"])])
    tax = Pipeline("1040", [Stage("A", [SendEmail(mail)]), DONE])

    asked = World().engine.install(Bundle.of(tax, mail, chat, year))

    assert asked.files == {"../salaries", "terms", "checklist"}
    assert "  files: ../salaries, checklist, terms" in str(asked)


def test_r_31_conditions_inside_conditions_are_looked_at_too() -> None:
    """However they are combined."""
    when = tagged("a") & (field_is("state", "CA") | ~field_is("city", "LA"))
    tax = Pipeline("1040", [Stage("A", [SendEmail(WELCOME, when=when)]), DONE])

    asked = World().engine.install(Bundle.of(tax, WELCOME))

    assert asked.fields == {"state", "city"}
    assert asked.tags == {"a"}
    assert asked.ports == {"email"}


# -- definitions ---------------------------------------------------------------------------------


def test_templates_are_listed_by_their_kind() -> None:
    """By its class, or by what it is called."""
    world = opened(DONE)

    assert world.engine.templates(kind=EmailTemplate) == (world.engine.template("welcome"),)
    assert world.engine.templates(kind="email") == world.engine.templates(kind=EmailTemplate)
    assert len(world.engine.templates()) > 5
    assert world.engine.accounts() == ()
    assert isinstance(world.account(), Account)
