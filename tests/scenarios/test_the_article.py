"""The help article that pipeflow models, played through once, fact by fact in its order.

Every comment is one fact of the article in other words, and what stands below it shows that it
holds. Where the article speaks of a click, the firm's gesture is a call.
"""

from pathlib import Path

import pytest

from pipeflow import *
from pipeflow.testing import World

PACKAGE = Path(__file__).parents[2] / "examples" / "packages" / "individual-tax.json"
USD = Money("450.00", "USD")

TREE = FolderTemplate("Tax year", folders=["2026", "2026/Receipts"])
INTRO = EmailTemplate("Introduction", subject="Welcome, [ACCOUNT_NAME]", body="Here we go.")
CHAT = MessageTemplate("Say hello", subject="Hello", body="Write to us here.")
QUESTIONS = OrganizerTemplate("Tax questions", questions=[Question("Did you move?")])
LETTER = ProposalTemplate("Letter", terms="We prepare, you sign.")
FEE = InvoiceTemplate("Fee", lines=[LineItem("Form 1040", rate=USD)])
PREPARE = TaskTemplate("Prepare return")
TEMPLATES = (TREE, INTRO, CHAT, QUESTIONS, LETTER, FEE, PREPARE)
MIA, NOOR = Member("Mia Berg"), Member("Noor Haddad")


def _kinds(pipeline: Pipeline, stage: str) -> list[str]:
    return [one.kind for one in pipeline.stage(stage).automations]


def test_what_automations_are() -> None:
    """The opening of the article: what sets automations off, and what automove adds to them."""
    world = World()
    engine = world.engine
    tax = Pipeline(
        "Personal tax",
        [
            Stage("Welcome", [SendEmail(INTRO), CreateOrganizer(QUESTIONS)], automove=True),
            Stage("Tax preparation", [CreateTask(PREPARE), CreateInvoice(FEE)], automove=True),
            Stage("File", [CreateTask(PREPARE)]),
        ],
    )
    engine.save(tax, *TEMPLATES)

    # They save time: nobody sends anything, an action begins because a job came into a stage.
    assert (world.email.sent, world.organizers.created) == ([], [])
    job = engine.start(tax, world.account())
    assert engine.history(job).of(JobStarted)[0].actor == "system"
    assert len(engine.history(job).of(AutomationRan)) == 2

    # An example of a process, personal tax: a first e-mail and the firm's own questionnaire go to
    # the client by themselves.
    assert [email.template for email in world.email.sent] == ["introduction"]
    assert [form.template for form in world.organizers.created] == ["tax-questions"]

    # What an automation starts may be for the client to do, or for the team.
    assert [item.name for item in job.open_items] == ["Tax questions"]

    # When the client submits the questionnaire, the job goes on to the next stage, the preparation.
    job = world.client.submits(job, "Tax questions")
    assert job.stage == "tax-preparation"

    # There a task begins for somebody of the team, and so on.
    assert [task.template for task in world.tasks.created] == ["prepare-return"]

    # A job goes on when everything that its stage asks for is done, and not before: a bill that is
    # paid is one of two things here.
    assert world.client.pays(job, "Fee").stage == "tax-preparation"
    job = world.team.completes(job, "Prepare return")
    assert job.stage == "file"

    # The next stage sets off its own automations at once: a task for the team is made.
    assert [item.kind for item in job.open_items] == [ItemKind.TASK]


def test_the_steps_of_getting_started() -> None:
    """Take a pipeline from the marketplace, choose a stage, add, decide about automove, save."""
    engine = World().engine

    # First: what is taken from the marketplace brings along every template that its automations
    # use.
    installed = engine.install(Bundle.load(PACKAGE))
    pipeline = installed.pipeline
    assert {*pipeline.template_ids} <= {template.id for template in engine.templates()}

    # Second: choose a stage, and add an automation, or edit the one that is there, with a template.
    reminder = engine.save(EmailTemplate("Almost done", subject="Almost done"))
    edited = pipeline.add("Review", SendEmail(reminder))
    edited = edited.replace("Review", "send-email-almost-done", SendEmail(reminder, repeat="once"))

    # Third: decide about automove, which each stage has or has not, but for the last.
    edited = edited.change("Review", automove=False).change("Review", automove=True)
    with pytest.raises(DefinitionError, match="last stage"):
        edited.change(edited.stages[-1], automove=True)

    # Fourth: save. Now the icon above the stage tells of the automation.
    before = engine.overview(pipeline).stages[pipeline.place("Review")]
    engine.save(edited)
    after = engine.overview(pipeline).stages[pipeline.place("Review")]
    assert after.count == before.count + 1
    assert after.automations[-1].says == "send email 'Almost done'"


def test_the_ten_kinds_of_automations() -> None:
    """Adding automations: what each of the ten kinds does when a job enters."""
    world = World()
    engine = world.engine
    engine.save(MIA, NOOR, *TEMPLATES)
    ada = engine.save(
        Account(
            "Ada",
            contacts=[Contact("Ada", email="ada@example.com")],
            tags={"new"},
            access={MIA},
        )
    )
    # Think first: which stages are there, which of them ask for something, and for what.
    empty = Pipeline("Tax", [Stage("Idea"), Stage("Work"), Stage("Done")])
    engine.save(empty)
    job = engine.start(empty, ada, assignees=[MIA])
    work = [
        ApplyFolderTemplate(TREE),
        UpdateAccountTags(add={"client"}, remove={"new"}),
        CreateInvoice(FEE),
        CreateOrganizer(QUESTIONS),
        CreateTask(PREPARE),
        SendProposal(LETTER),
        SendEmail(INTRO),
        SendMessage(CHAT),
        UpdateAccountAccess(add={NOOR}),
        UpdateJobAssignees(add={NOOR}, remove={MIA}),
    ]
    # Then add to the stage that was chosen as many automations as it needs.
    tax = engine.pipeline(empty)
    for automation in work:
        tax = tax.add("Work", automation)
    engine.save(tax)
    job = engine.move(job, "Work")

    # The account's documents get the folders of the template.
    assert [folder.path for folder in world.folders.applied[0].folders] == ["2026", "2026/Receipts"]
    # Tags are put on the account and taken from it.
    assert engine.account(ada).tags == {"client"}
    # An invoice, a questionnaire and a proposal are sent to the client, each of its template.
    assert [one.template for one in world.invoices.created] == ["fee"]
    assert [one.template for one in world.organizers.created] == ["tax-questions"]
    assert [one.template for one in world.proposals.sent] == ["letter"]
    # A task is made, and an e-mail and a message go to the client.
    assert [one.template for one in world.tasks.created] == ["prepare-return"]
    assert [one.template for one in world.email.sent] == ["introduction"]
    assert [one.template for one in world.messages.sent] == ["say-hello"]
    # Invoice, questionnaire, task, proposal and message are linked to the job; the e-mail is not.
    assert [item.kind.value for item in job.items] == [
        "invoice",
        "organizer",
        "task",
        "proposal",
        "message",
    ]
    # Whoever has access to the account is changed, and so is who works on the job.
    assert engine.account(ada).access == {"mia-berg", "noor-haddad"}
    assert job.assignees == {"noor-haddad"}

    # All tags can be cleared at once.
    engine.save(tax.add("Done", UpdateAccountTags(clear=True)), replace=True)
    engine.move(job, "Done")
    assert engine.account(ada).tags == frozenset()


def test_templates_reminders_conditions_and_automove_of_an_automation() -> None:
    """Adding automations: what else is chosen for one before it is saved."""
    world = World()
    engine = world.engine

    # A template has to be there; one that is made on the way can be chosen once it is saved.
    draft = Pipeline("Tax", [Stage("Ask", [CreateOrganizer(QUESTIONS)]), Stage("Done")])
    with pytest.raises(DefinitionError, match="tax-questions"):
        engine.save(draft)
    engine.save(*TEMPLATES)
    draft = engine.save(draft)

    # A client who does not answer in time is written to again: questionnaires, proposals, invoices
    # and messages have reminders.
    daily = Reminders(every=1, times=2)
    asking = [
        CreateOrganizer(QUESTIONS, reminders=daily),
        SendProposal(LETTER, reminders=daily),
        CreateInvoice(FEE, reminders=daily),
        SendMessage(CHAT, reminders=daily),
    ]
    assert [one.reminders for one in asking] == [daily] * 4
    asked = draft.replace("Ask", "create-organizer-tax-questions", asking[0])

    # One with a condition is for some clients only.
    asked = asked.add("Ask", SendEmail(INTRO, when=tagged("new")))

    # And the job goes on by itself when all that was asked for is done.
    asked = engine.save(asked.change("Ask", automove=True))
    old, new = world.account("Ada"), world.account("Bob", tags={"new"})
    first, second = engine.start_many(asked, [old, new])
    assert [email.account for email in world.email.sent] == [new.id]

    # Only the one who stays silent is reminded, and not more often than was said.
    assert world.client.submits(first, "Tax questions").stage == "done"
    world.advance(days=10)
    reminded = [email for email in world.email.sent if email.kind is EmailKind.REMINDER]
    assert [email.account for email in reminded] == [new.id, new.id]
    assert engine.job(second).stage == "ask"


def test_the_order_of_automations() -> None:
    """They fire one after another, which matters where one depends on what another did."""
    world = World()
    engine = world.engine
    clear = UpdateAccountTags(clear=True)
    ask = CreateOrganizer(QUESTIONS, when=tagged("1040"))
    engine.save(*TEMPLATES)

    # Mostly nobody has to think of it: a message and a questionnaire leave at the same moment.
    both = engine.save(
        Pipeline("Both", [Stage("Go", [SendMessage(CHAT), CreateOrganizer(QUESTIONS)])])
    )
    told = engine.history(engine.start(both, world.account("Bob"))).of(AutomationRan)
    assert [event.automation for event in told] == [
        "send-message-say-hello",
        "create-organizer-tax-questions",
    ]
    assert len({event.at for event in told}) == 1

    # Where the first clears all tags and the second asks for one, the second never fires ...
    wrong = engine.save(Pipeline("Tax", [Stage("Start", [clear, ask]), Stage("Done")]))
    job = world.job_at(wrong, "Start", tags={"1040"})
    assert engine.history(job).of(AutomationSkipped)[0].automation == ask.derived_id()
    assert job.items == ()

    # ... so the one that changes tags is dragged to the second place.
    right = engine.save(wrong.reorder("Start", "update-account-tags", to=1))
    assert _kinds(right, "Start") == ["create_organizer", "update_account_tags"]
    job = world.job_at(right, "Start", tags={"1040"})
    assert [item.name for item in job.items] == ["Tax questions"]
    assert engine.account(job.account).tags == frozenset()


def test_removing_automations() -> None:
    """Choose the stage, throw the automation away, and save."""
    world = World()
    engine = world.engine
    stages = [Stage("Start", [SendEmail(INTRO), CreateTask(PREPARE)]), Stage("Done")]
    tax = engine.save(Pipeline("Tax", stages), *TEMPLATES)[0]

    # The number of automations stands in the stage.
    assert engine.overview(tax).stages[0].count == 2

    # What is thrown away is gone when the pipeline is saved, and not before.
    edited = tax.remove("Start", "send-email-introduction")
    assert engine.overview(tax).stages[0].count == 2
    engine.save(edited)
    assert engine.overview(tax).stages[0].count == 1
    engine.start(engine.pipeline(tax), world.account())
    assert (len(world.email.sent), len(world.tasks.created)) == (0, 1)


def test_seeing_the_automations_of_a_pipeline() -> None:
    """The board tells which automations there are, and which of them depend on what."""
    engine = World().engine
    start = [SendEmail(INTRO), CreateTask(PREPARE, when=tagged("vip"))]
    stages = [
        Stage("Start", start),
        Stage("Extra", when=tagged("vip", "rich")),
        Stage("Done"),
    ]
    tax = engine.save(Pipeline("Tax", stages), *TEMPLATES)[0]
    seen = engine.overview(tax)
    email, task = seen.stages[0].automations

    # Above each stage an icon counts its automations; behind it stand those and their templates.
    assert [stage.count for stage in seen.stages] == [2, 0, 0]
    assert [(one.kind, one.name) for one in (email, task)] == [
        ("send_email", "Introduction"),
        ("create_task", "Prepare return"),
    ]

    # Those with a condition stand out, and the tag that sets them off can be seen.
    assert [one.conditional for one in (email, task)] == [False, True]
    assert task.condition == "if tagged 'vip'"
    assert task.tags == {"vip"}

    # A stage with a condition says so, and which tags it asks for.
    assert [stage.conditional for stage in seen.stages] == [False, True, False]
    assert seen.stages[1].tags == {"vip", "rich"}

    # From there it is one step to an edit: another automation, another tag.
    edited = tax.add("Extra", SendMessage(CHAT)).change("Extra", when=tagged("rich"))
    engine.save(edited)
    assert engine.overview(tax).stages[1].tags == {"rich"}
    assert engine.overview(tax).stages[1].count == 1
