"""The overview of a pipeline says what a board says above and behind its icons."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeflow.errors import DefinitionError
from pipeflow.model.account_conditions import role_is
from pipeflow.model.accounts import Account, Member, Role
from pipeflow.model.automations import (
    ApplyFolderTemplate,
    Automation,
    CreateInvoice,
    CreateTask,
    NotifyTeam,
    Repeat,
    SendClientRequest,
    SendEmail,
    SendMessage,
    ThreadMode,
    UpdateAccountAccess,
    UpdateAccountTags,
    UpdateJobAssignees,
)
from pipeflow.model.client_conditions import answer_is
from pipeflow.model.conditions import (
    AllOf,
    AnyOf,
    Asked,
    Condition,
    account_is,
    field_is,
    tagged,
    tagged_any,
)
from pipeflow.model.dates import After
from pipeflow.model.field_conditions import field_in
from pipeflow.model.job_automations import (
    SetStatus,
    StartJob,
    TransferJob,
    UpdateClientStatus,
    UpdateJob,
)
from pipeflow.model.job_conditions import assigned, priority_is
from pipeflow.model.money import Money
from pipeflow.model.overview import AutomationOverview
from pipeflow.model.phrases import deciding_tags, phrase
from pipeflow.model.pipelines import Pipeline
from pipeflow.model.record import frozen
from pipeflow.model.reminders import Reminders
from pipeflow.model.stages import Stage
from pipeflow.model.templates import (
    EmailTemplate,
    InvoiceTemplate,
    LineItem,
    MessageTemplate,
    TaskTemplate,
    Template,
)
from pipeflow.model.triggers import WhenDone
from tests.model.refusals import refused

TAX = Pipeline(
    "Personal tax",
    [
        Stage(
            "Intake",
            [SendEmail("welcome"), CreateTask("call", when=~tagged("vip"))],
            automove=True,
            time_limit=timedelta(days=5),
        ),
        Stage("Business review", [CreateTask("review")], when=tagged("schedule-c"), automove=True),
        Stage("Done"),
    ],
)
WELCOME = EmailTemplate("Hello", subject="Hi", id="welcome")
MIA = Member("Mia Berg")


def _one(automation: Automation, *given: Any, **named: Any) -> AutomationOverview:
    """Return the overview of one automation."""
    overview = Pipeline("P", [Stage("S", [automation])]).overview(*given, **named)
    return overview.stages[0].automations[0]


def test_the_overview_answers_what_the_board_answers() -> None:
    """Counts, kinds, templates, conditions and their tags, automove, the time limit."""
    intake, review, done = TAX.overview().stages
    call = intake.automations[1]

    assert [stage.count for stage in TAX.overview().stages] == [2, 1, 0]
    assert [(one.kind, one.template) for one in intake.automations] == [
        ("send_email", "welcome"),
        ("create_task", "call"),
    ]
    assert [one.conditional for one in intake.automations] == [False, True]
    assert (call.when, call.condition) == (~tagged("vip"), "if not tagged 'vip'")
    assert (intake.time_limit, review.time_limit) == (timedelta(days=5), None)
    assert (review.when, review.automove) == (tagged("schedule-c"), True)
    assert review.tags == {"schedule-c"}
    assert (done.stage, done.name, done.condition, done.automove) == ("done", "Done", "", False)


def test_a_tag_that_speaks_against_an_automation_is_not_one_that_speaks_for_it() -> None:
    """`~tagged("vip")` fires for those without the tag, and a board must not say the opposite."""
    when = ~tagged("vip") & (tagged("a", "b") | ~(tagged_any("c") | ~tagged("d")))
    one = _one(SendEmail("x", when=when & account_is("company") & field_is("state", "CA")))

    assert one.tags == {"a", "b", "d"}
    assert one.without == {"vip", "c"}
    assert (_one(SendEmail("x")).tags, _one(SendEmail("x")).without) == (frozenset(), frozenset())


def test_a_template_is_called_by_its_name_and_one_that_is_not_known_by_its_id() -> None:
    """The firm knows its templates by name, and only the code by id."""
    welcome, call = TAX.overview([WELCOME]).stages[0].automations

    assert (welcome.name, welcome.says) == ("Hello", "send email 'Hello'")
    assert (call.name, call.says) == (None, "create task 'call'")
    assert TAX.overview(iter([WELCOME])) == TAX.overview(templates=(WELCOME,))


@pytest.mark.parametrize(
    ("automation", "says"),
    [
        (ApplyFolderTemplate("tree"), "apply folder template 'tree'"),
        (UpdateClientStatus(), "update client status: show the job"),
        (UpdateClientStatus(visible=False), "update client status: hide the job"),
        (
            UpdateClientStatus(status="In review", name="Your return"),
            "update client status: name 'Your return', status 'In review'",
        ),
        (NotifyTeam([], "Paid"), "notify team: tell the job's assignees 'Paid'"),
        (
            NotifyTeam([MIA, Role("preparer")], "Paid"),
            "notify team: tell Mia Berg, the preparer 'Paid'",
        ),
        (SetStatus("Completed"), "set status: Completed"),
        (TransferJob("books"), "transfer job: to pipeline 'books'"),
        (
            TransferJob("books", stage="begin"),
            "transfer job: to pipeline 'books', stage 'begin'",
        ),
        (StartJob("books"), "start job: of pipeline 'books'"),
        (
            StartJob("books", stage="begin", name="Books"),
            "start job: of pipeline 'books' in stage 'begin', called 'Books'",
        ),
        (UpdateJob(), "update job: no change"),
        (
            UpdateJob(priority="high", due=After(days=1, months=2), name="Now", start=After()),
            "update job: priority high, start that day, due in 2 months and 1 day, name 'Now'",
        ),
        (UpdateJob(due=date(2027, 1, 31)), "update job: due 2027-01-31"),
        (SendClientRequest("papers"), "send client request 'papers'"),
        (
            UpdateAccountTags(add={"b", "a"}, remove={"c"}),
            "update account tags: remove 'c', add 'a', 'b'",
        ),
        (UpdateAccountTags(clear=True), "update account tags: clear all"),
        (
            UpdateAccountTags(clear=True, add={"a"}, remove={"b"}),
            "update account tags: clear all, add 'a'",
        ),
        (UpdateAccountTags(), "update account tags: no change"),
        (
            UpdateAccountAccess(add={MIA}, remove={Role("preparer"), "noor"}),
            "update account access: remove noor, the preparer, add Mia Berg",
        ),
        (UpdateAccountAccess(reset=True), "update account access: reset to default access"),
        (
            UpdateAccountAccess(reset=True, add={MIA, "noor"}),
            "update account access: reset to Mia Berg, noor",
        ),
        (
            UpdateJobAssignees(add={MIA}, remove={"noor"}),
            "update job assignees: unassign noor, assign Mia Berg",
        ),
        (
            UpdateJobAssignees(add={Role("reviewer")}, clear=True),
            "update job assignees: unassign everybody, assign the reviewer",
        ),
    ],
)
def test_what_an_automation_changes_is_said_with_whom_and_which_tags(
    automation: Automation, says: str
) -> None:
    """In the order in which it does it, members by their names."""
    assert _one(automation, members=[MIA]).says == says


def test_what_an_automation_adds_and_removes_is_there_as_data_too() -> None:
    """A host draws its own board of it."""
    tags = _one(UpdateAccountTags(add={"a"}, remove={"b"}))
    access = _one(UpdateAccountAccess(add={MIA}, reset=True))
    staff = _one(UpdateJobAssignees(remove={Role("preparer")}))

    assert [(sorted(map(str, one.add)), one.clear) for one in (tags, access, staff)] == [
        (["a"], False),
        (["mia-berg"], True),
        ([], False),
    ]
    assert tags.remove == {"b"}
    assert staff.remove == {Role("preparer")}
    assert _one(SendEmail("welcome")).clear is False


def test_reminders_the_thread_and_repeat_are_told() -> None:
    """Reminders are the automation's own, else those that its template hands down."""
    rhythm = Reminders(every=7, times=2)
    fee = InvoiceTemplate(
        "Fee", lines=[LineItem("x", rate=Money("1", "USD"))], reminders=Reminders()
    )
    papers = MessageTemplate("Papers", subject="Papers", body="")

    own = _one(CreateInvoice(fee, reminders=rhythm, repeat="once"), [fee])
    inherited = _one(CreateInvoice(fee, repeat="unless_open"), [fee])
    reply = _one(SendMessage(papers, thread="reply_to_latest"))

    assert (own.reminders, own.repeat) == (rhythm, Repeat.ONCE)
    assert own.details == (f"reminders {rhythm}", "once for each job")
    assert inherited.reminders == Reminders()
    assert inherited.details[1:] == ("not again while what it made is open",)
    assert _one(CreateInvoice(fee)).reminders is None
    assert (reply.thread, reply.details) == (
        ThreadMode.REPLY_TO_LATEST,
        ("replies to the latest thread",),
    )
    assert _one(SendMessage(papers)).details == ("starts a thread",)
    assert _one(SendEmail("welcome")).details == ()


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (tagged("a", "b"), "tagged 'a' and 'b'"),
        (tagged_any("a", "b"), "tagged 'a' or 'b'"),
        (~tagged_any("a", "b"), "not (tagged 'a' or 'b')"),
        (~tagged("a", "b"), "not (tagged 'a' and 'b')"),
        (tagged("a") & tagged_any("b", "c"), "tagged 'a' and (tagged 'b' or 'c')"),
        (tagged("a", "b") | ~tagged("c"), "(tagged 'a' and 'b') or not tagged 'c'"),
        (~(tagged("a") & tagged("b")), "not (tagged 'a' and tagged 'b')"),
        (
            account_is("company") & (tagged("a") | account_is("individual")),
            "a company and (tagged 'a' or an individual)",
        ),
        (~account_is("other"), "not of type 'other'"),
        (field_is("state", "CA"), "field 'state' is 'CA'"),
        (field_is("since", date(2026, 1, 5)), "field 'since' is 2026-01-05"),
        (field_is("rate", Decimal("0.5")), "field 'rate' is 0.5"),
        (field_is("kinds", ("a", "b")), "field 'kinds' is 'a' and 'b'"),
        (field_is("active", True), "field 'active' is True"),
        (~field_in("state", "CA", "NY"), "not (field 'state' is 'CA' or 'NY')"),
        (~field_in("state", "CA"), "not field 'state' is 'CA'"),
        (tagged("a") & role_is("clerk", "bo", "eve"), "tagged 'a' and (the clerk is bo or eve)"),
        (tagged("a") & answer_is("Own?", 1, 2), "tagged 'a' and (the answer to 'Own?' is 1 or 2)"),
        (tagged("a") & priority_is("low", "high"), "tagged 'a' and (the priority is low or high)"),
        (tagged("a") | priority_is("low", "high"), "tagged 'a' or the priority is low or high"),
        (~AllOf((tagged("a", "b"),)), "not (tagged 'a' and 'b')"),
        (~AllOf((tagged_any("a", "b"),)), "not (tagged 'a' or 'b')"),
        (~AnyOf((tagged("a", "b"),)), "not (tagged 'a' and 'b')"),
        (~AnyOf((tagged_any("a", "b"),)), "not (tagged 'a' or 'b')"),
    ],
)
def test_a_condition_is_said_in_words(when: Condition, said: str) -> None:
    """Brackets stand where "and" and "or" could be misread."""
    assert phrase(when) == said


def test_members_in_conditions_are_called_by_their_names() -> None:
    """On stages and automations; whoever is not known is called by the id."""
    when = role_is("preparer", MIA, "leo") & ~assigned(MIA, Role("reviewer"))
    said = "if (the preparer is Mia Berg or leo) and not (assigned to Mia Berg or the reviewer)"
    call = SendEmail("welcome", when=when)
    stages = [Stage("A", [call]), Stage("B", when=when), Stage("C")]

    first, second, _ = Pipeline("P", stages).overview(members=[MIA]).stages

    assert first.automations[0].condition == second.condition == said
    assert Pipeline("P", stages).overview().stages[1].condition == said.replace("Mia Berg", MIA.id)


def test_a_condition_of_a_kind_that_is_not_known_is_said_as_it_prints() -> None:
    """Nothing is left out."""

    @frozen
    class Odd(Condition):
        """A condition that is not known."""

        def holds(self, account: Account, job: Asked | None = None) -> bool:
            """Answer for the account."""
            return account.name == "Odd"

        def missing(self, account: Account, job: Asked | None = None) -> str:
            """Say why not."""
            return f"{account.name} is not odd"

    assert phrase(~Odd()) == f"not {Odd()!r}"
    assert (~Odd()).missing(Account("Odd")) == f"{Odd()!r} holds"
    assert deciding_tags(Odd()) == frozenset()


def test_the_overview_prints() -> None:
    """A row a stage, a row an automation, a row for what else there is to say of it."""
    start = [SendEmail("welcome"), CreateTask("call", when=~tagged("vip"), repeat="once")]
    stages = [Stage("Start", start, automove=True, time_limit=timedelta(days=1)), Stage("End")]

    assert str(Pipeline("Tax", stages).overview([WELCOME])).splitlines() == [
        "Tax",
        "===",
        "Stage  Automations          Condition            Automove  Time limit",
        "-----  -------------------  -------------------  --------  ----------",
        "Start  2 automations                             automove  1 day",
        "       send email 'Hello'",
        "       create task 'call'   if not tagged 'vip'",
        "         once for each job",
        "End    0 automations",
    ]
    many = UpdateAccountTags(remove={f"tag-{number:02}" for number in range(40)})
    folded = str(Pipeline("Tax", [Stage("End", [many])]).overview()).splitlines()
    assert max(map(len, folded)) < 80
    assert " ".join(" ".join(folded).split()).count("'tag-") == 40
    assert " 36 hours" in str(TAX.change("Done", time_limit=timedelta(hours=36)).overview())
    assert " 0:01:30" in str(TAX.change("Done", time_limit=timedelta(seconds=90)).overview())


def test_an_overview_is_a_value() -> None:
    """It compares, hashes and prints in one line."""
    assert TAX.overview() == TAX.overview()
    assert hash(TAX.overview()) == hash(TAX.overview())
    assert TAX.overview() != TAX.overview([WELCOME])
    assert "\n" not in repr(TAX.overview())


def test_pipelines_and_their_stages_are_called_by_their_names() -> None:
    """What is not given goes by its id, and so does a stage that the pipeline does not have."""
    books = Pipeline("The books", [Stage("A new month", id="m"), Stage("End")], id="b")

    def says(automation: Automation) -> str:
        return _one(automation, pipelines=[books]).says

    assert says(StartJob("b")) == "start job: of pipeline 'The books'"
    assert (
        says(StartJob("b", stage="m"))
        == "start job: of pipeline 'The books' in stage 'A new month'"
    )
    assert says(TransferJob("b", stage="m")) == (
        "transfer job: to pipeline 'The books', stage 'A new month'"
    )
    assert says(TransferJob("b", stage="x")) == "transfer job: to pipeline 'The books', stage 'x'"
    assert says(TransferJob("c", stage="m")) == "transfer job: to pipeline 'c', stage 'm'"


def test_a_pipeline_that_leads_to_itself_is_called_as_it_is_called_there() -> None:
    """Also where another one of the id is given, such as it was saved before."""
    again = StartJob("m", stage="n")
    month = Pipeline("Month", [Stage("New", id="n"), Stage("End", [again])], id="m")
    before = Pipeline("Old month", [Stage("Old", id="n")], id="m")

    for given in ([], [before]):
        (told,) = month.overview(pipelines=given).stages[1].automations
        assert told.says == "start job: of pipeline 'Month' in stage 'New'"


def test_what_has_to_be_done_is_called_by_its_name() -> None:
    """As a history calls it; by the id of what makes it where there is no template of it."""
    done = WhenDone("first", [SendEmail("welcome")])
    line = Pipeline("P", [Stage("S", [CreateTask("call", id="first")], triggers=[done])])

    def says(*templates: Template) -> str:
        return line.overview(templates).stages[0].triggers[0].says

    assert says(TaskTemplate("Call them", id="call")) == "when 'Call them' is done"
    assert says(WELCOME) == "when 'first' is done"


def test_what_are_no_templates_and_members_is_refused() -> None:
    """A template's id is no template."""
    assert refused(lambda: TAX.overview(["welcome"], [WELCOME], [MIA])) == [  # type: ignore[list-item]
        "$.templates[0]: must be a Template (given: 'welcome')",
        f"$.members[0]: must be a Member (given: {WELCOME!r})",
        f"$.pipelines[0]: must be a Pipeline (given: {MIA!r})",
    ]
    with pytest.raises(DefinitionError, match="must be a list"):
        TAX.overview(WELCOME)  # type: ignore[arg-type]
