"""Saving definitions: checked together, in one commit, and never over somebody else's work."""

from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import pytest

from pipeflow import (
    Account,
    ApplyFolderTemplate,
    Bundle,
    ConflictError,
    Contact,
    CreateInvoice,
    CreateTask,
    Daily,
    DefinitionError,
    EmailTemplate,
    Engine,
    InvoiceTemplate,
    JobTemplate,
    LineItem,
    Member,
    MessageTemplate,
    Money,
    NotFoundError,
    Package,
    Pipeline,
    Ports,
    ProposalTemplate,
    Reminders,
    Schedule,
    SendEmail,
    SendMessage,
    SendProposal,
    Settings,
    Stage,
    TagsChanged,
    TaskTemplate,
    UpdateAccountAccess,
    UpdateJobAssignees,
)
from pipeflow.adapters.memory import MemoryStore
from pipeflow.ports import Changes
from pipeflow.testing import FakeEmail, FakeTasks, World
from tests.firms import (
    ANYBODYS,
    FEE,
    LETTER,
    dump,
    in_memory_and_in_a_file,
)

HELLO = EmailTemplate("Hello", subject="Hello")
TAX = Pipeline("Tax", [Stage("Intake", [SendEmail(HELLO)]), Stage("Done")])


def test_a_saved_value_carries_its_revision() -> None:
    """It counts the saves; edits keep it, and it is outside `==`."""
    engine = World().engine

    saved, hello = engine.save(TAX, HELLO)
    edited = engine.save(engine.pipeline("tax").add_stage(Stage("After")))

    assert (saved, hello) == (TAX, HELLO)
    assert (TAX.revision, saved.revision, edited.revision) == (None, 1, 2)
    assert engine.template("hello").revision == 1
    assert engine.pipeline("tax") == edited


def test_equal_content_changes_nothing() -> None:
    """A notebook cell that runs again saves nothing, with or without a revision."""
    world = World()
    world.engine.save(TAX, HELLO, Member("Mia"), Settings())
    before = dump(world)

    again = world.engine.save(TAX, HELLO, Member("Mia"), Settings())
    world.engine.save(again[0])

    assert [thing.revision for thing in again] == [1, 1, 1, 1]
    assert dump(world) == before


def test_an_account_of_equal_content_changes_nothing_either() -> None:
    """Contacts that were given ids when they were saved are the same contacts."""
    world = World()
    ada = Account("Ada", [Contact("Ada", email="ada@example.com"), Contact("Bob")], id="ada")
    saved = world.engine.save(ada)
    before = dump(world)

    again = world.engine.save(ada)

    assert again == saved
    assert dump(world) == before


def test_a_contact_keeps_its_id_when_its_account_is_saved_over() -> None:
    """Signatures are kept by the contact's id."""
    world = World()
    saved = world.engine.save(Account("Ada", [Contact("Ada"), Contact("Bob")], id="ada"))

    over = world.engine.save(
        Account("Ada", [Contact("New"), Contact("Bob"), Contact("Bob")], id="ada"), replace=True
    )

    assert over.contacts[1].id == saved.contacts[1].id
    assert len({contact.id for contact in over.contacts}) == 3
    assert over.contacts[0].id not in {contact.id for contact in saved.contacts}


@pytest.mark.parametrize(
    ("first", "other", "named"),
    [
        (TAX, Pipeline("Tax", [Stage("Other")]), "engine.pipeline('tax')"),
        (HELLO, EmailTemplate("Hello", subject="Other"), "engine.template('hello')"),
        (Member("Mia"), Member("Mia", email="mia@example.com"), "engine.member('mia')"),
        (Account("A", id="a"), Account("B", id="a"), "engine.account('a')"),
        (Settings(attempts=1), Settings(attempts=2), "engine.settings()"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_other_content_under_a_known_id_is_refused_unless_replacing(
    first: Any, other: Any, named: str
) -> None:
    """The error names where the stored one is, and `replace=True` saves over it."""
    world = World()
    world.engine.save(HELLO)
    world.engine.save(first)
    before = dump(world)

    with pytest.raises(ConflictError) as caught:
        world.engine.save(other)
    unchanged = dump(world)
    replaced = world.engine.save(other, replace=True)

    assert named in str(caught.value)
    assert "replace=True" in str(caught.value)
    assert ("another id=" in str(caught.value)) is hasattr(first, "id")
    assert unchanged == before
    assert replaced == other
    assert replaced.revision == 2


def test_an_older_revision_is_refused() -> None:
    """Compare-and-set on each thing: somebody saved meanwhile, and nothing of it is lost."""
    world = World()
    world.engine.save(HELLO)
    mine = world.engine.save(TAX)
    world.engine.save(mine.add_stage(Stage("Theirs")))
    before = dump(world)

    with pytest.raises(ConflictError, match=r"revision 2, yours is 1"):
        world.engine.save(mine.add_stage(Stage("Mine")))

    assert dump(world) == before


def test_a_revision_of_something_that_is_not_there_is_refused() -> None:
    """It was deleted meanwhile, or comes from another firm."""
    world = World()

    with pytest.raises(ConflictError, match="is no longer there"):
        world.engine.save(attrs.evolve(HELLO, revision=3))

    assert world.engine.save(attrs.evolve(HELLO, revision=3), replace=True).revision == 1


def test_a_copy_under_another_id_is_a_thing_of_its_own() -> None:
    """Pipelines and templates are copied by values that were never saved (domain.md part 8)."""
    world = World()
    saved = world.engine.save(Pipeline("Tax", [Stage("Intake"), Stage("Done")]))
    copy = attrs.evolve(saved, name="Tax abroad", id="tax-abroad")

    with pytest.raises(ConflictError, match="if it is to be a copy, give it revision=None"):
        world.engine.save(copy)
    made = world.engine.save(attrs.evolve(copy, revision=None))

    assert (made.id, made.revision, made.stages) == ("tax-abroad", 1, saved.stages)
    assert world.engine.pipeline("tax") == saved


def test_twins_in_one_call_are_refused_unless_they_are_the_same() -> None:
    """Two different things cannot share an id; one thing twice is one."""
    world = World()
    world.account()
    before = dump(world)

    with pytest.raises(DefinitionError, match=r"id 'hello'; give one another with id="):
        world.engine.save(HELLO, EmailTemplate("hello", subject="Other"))
    with pytest.raises(DefinitionError, match=r"id 'hello'; give one another with id="):
        world.engine.save(HELLO, MessageTemplate("Hello", subject="Other"))
    unchanged = dump(world)
    saved = world.engine.save(HELLO, HELLO)

    assert unchanged == before
    assert [thing.revision for thing in saved] == [1, 1]


def test_an_id_of_another_kind_of_template_is_refused_even_with_replace() -> None:
    """Ids of templates are unique across kinds; the error proposes `id=`."""
    world = World()
    world.engine.save(HELLO)

    for replace in (False, True):
        with pytest.raises(
            DefinitionError, match=r"'Hello', an email template, has the id 'hello'"
        ):
            world.engine.save(TaskTemplate("Hello"), replace=replace)

    assert world.engine.save(TaskTemplate("Hello", id="hello-task")).id == "hello-task"


def test_all_problems_are_told_at_once_with_paths_and_nearest_names() -> None:
    """Nothing half-saved: templates, members, merge fields and ports of everything in the call."""
    world = World()
    world.engine.save(HELLO, Member("Mia Berg"))
    before = dump(world)
    wrong = Pipeline(
        "Tax",
        [
            Stage("Intake", [SendEmail("helo"), CreateTask("hello")]),
            Stage(
                "Work", [UpdateJobAssignees(add=["mia-bergg"]), UpdateAccountAccess(remove=["x"])]
            ),
        ],
        job_template="none",
    )

    with pytest.raises(DefinitionError) as caught:
        world.engine.save(wrong, TaskTemplate("T", description="[NOPE]", assignees=["eve"]))

    found = {(problem.where, problem.nearest) for problem in caught.value.problems}
    assert found == {
        ("pipeline 'tax' $.job_template", ""),
        ("pipeline 'tax' $.stages[0].automations[0].template", "hello"),
        ("pipeline 'tax' $.stages[0].automations[1].template", ""),
        ("pipeline 'tax' $.stages[1].automations[0].add", "mia-berg"),
        ("pipeline 'tax' $.stages[1].automations[1].remove", ""),
        ("template 't' $.description", ""),
        ("template 't' $.assignees", ""),
    }
    assert "'hello' is an email template, and a task template is needed" in str(caught.value)
    assert "save it in the same call" in str(caught.value)
    assert dump(world) == before


@pytest.mark.parametrize(
    ("thing", "where"),
    [
        (EmailTemplate("T", subject="s", sender="nobody"), "$.sender"),
        (MessageTemplate("T", subject="s", sender="nobody"), "$.sender"),
        (JobTemplate("T", assignees=["nobody"]), "$.assignees"),
        (ProposalTemplate("T", member="nobody"), "$.member"),
        (
            InvoiceTemplate("T", lines=[LineItem("W", rate=Money(1, "USD"), member="nobody")]),
            "$.lines[0].member",
        ),
        (
            ProposalTemplate(
                "T",
                packages=[
                    Package("P", services=[LineItem("W", rate=Money(1, "USD"), member="nobody")])
                ],
            ),
            "$.packages[0].services[0].member",
        ),
        (ProposalTemplate("T", invoice_on_acceptance="nobody"), "$.invoice_on_acceptance"),
        (Pipeline("T", [Stage("A")], job_template="nobody"), "$.job_template"),
    ],
    ids=["email", "message", "job", "proposal", "invoice", "package", "acceptance", "pipeline"],
)
def test_whoever_is_named_must_be_there(thing: Any, where: str) -> None:
    """Members and templates are saved before, or in the same call."""
    world = World()

    with pytest.raises(DefinitionError) as caught:
        world.engine.save(thing)

    assert [problem.where for problem in caught.value.problems] == [where]


def test_a_port_that_the_engine_lacks_is_refused_at_save() -> None:
    """The error says how to give it."""
    engine = Engine(ports=Ports(tasks=FakeTasks()))
    bill = InvoiceTemplate("Bill", lines=[LineItem("W", rate=Money(1, "USD"))])
    letter = ProposalTemplate("Letter", invoice_on_acceptance=bill)
    engine.save(HELLO, bill, letter, TaskTemplate("T"))

    with pytest.raises(DefinitionError) as caught:
        engine.save(
            Pipeline(
                "P", [Stage("A", [CreateTask("t"), SendProposal(letter, reminders=Reminders())])]
            )
        )

    ports = [
        problem.what.split("needs the port ")[1].split(",")[0] for problem in caught.value.problems
    ]
    assert ports == ["'email'", "'invoices'", "'proposals'"]
    assert "Ports(email=...)" in str(caught.value)
    assert engine.save(Pipeline("P", [Stage("A", [CreateTask("t")])])).revision == 1


def test_a_host_that_delivers_by_itself_needs_no_ports() -> None:
    """With `deliver=False` every request is its own affair."""
    engine = Engine(deliver=False)

    saved = engine.save(TAX, HELLO)

    assert saved[0].revision == 1


def test_reminders_of_a_template_need_the_email_port() -> None:
    """They leave through it, also where the automation says nothing of them."""
    engine = Engine(ports=Ports(email=FakeEmail()))
    chat = MessageTemplate("Chat", subject="s", reminders=Reminders())
    engine.save(chat)

    with pytest.raises(DefinitionError, match="needs the port 'messages'"):
        engine.save(Pipeline("P", [Stage("A", [SendMessage(chat)])]))


def test_only_definitions_can_be_saved() -> None:
    """A string is none, nor is nothing at all."""
    world = World()

    with pytest.raises(DefinitionError, match="cannot be saved"):
        world.engine.save("tax")  # type: ignore[call-overload]
    with pytest.raises(DefinitionError, match="at least one thing"):
        world.engine.save()  # type: ignore[call-overload]

    assert world.engine.pipelines() == ()


def test_everything_saved_can_be_read_again() -> None:
    """By id or by the value itself, and all of a kind in the order of their ids."""
    engine = World().engine
    mia = Member("Mia")
    folder = JobTemplate("Job")
    engine.save(TAX, HELLO, mia, folder, Settings(attempts=3))
    ada = engine.save(Account("Ada"))

    assert engine.settings() == Settings(attempts=3)
    assert engine.settings().revision == 1
    assert engine.pipeline(TAX) == TAX
    assert engine.template(HELLO) == HELLO
    assert engine.member(mia) == engine.member("mia") == mia
    assert engine.account(ada) == ada
    assert engine.pipelines() == (TAX,)
    assert [one.id for one in engine.templates()] == ["hello", "job"]
    assert engine.members() == (mia,)
    assert engine.accounts() == (ada,)
    assert World().engine.settings() == Settings()


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda e: e.pipeline("taxx"), "no pipeline 'taxx'.*Did you mean 'tax'"),
        (lambda e: e.template("helo"), "no template 'helo'.*Did you mean 'hello'"),
        (lambda e: e.member("eve"), "no member 'eve'"),
        (lambda e: e.account("ada"), "no account 'ada'"),
        (lambda e: e.job("job-7"), "no job 'job-7'"),
        (lambda e: e.item("job-9/1"), "no job 'job-9'"),
        (lambda e: e.item("job-9"), "'<job id>/<n>'"),
        (lambda e: e.history("job-6"), "no job 'job-6'"),
        (lambda e: e.explain("job-5"), "no job 'job-5'"),
    ],
)
def test_what_is_not_there_is_not_found(read: Any, said: str) -> None:
    """With the nearest name."""
    engine = World().engine
    engine.save(TAX, HELLO)

    with pytest.raises(NotFoundError, match=said):
        read(engine)


def test_tags_by_hand_remove_first_and_fire_nothing() -> None:
    """The account as it then stands comes back, and one that is not changed is not written."""
    world = World()
    world.engine.save(TAX, HELLO)
    ada = world.engine.save(Account("Ada", tags={"a", "b"}))
    told: list[TagsChanged] = []
    world.engine.on(TagsChanged, told.append)

    tagged = world.engine.tag(ada, add={"c"}, remove={"a"})
    cleared = world.engine.tag(ada.id, add="d", clear=True, actor="mia")
    same = world.engine.tag(ada, add={"d"})

    assert tagged.tags == {"b", "c"}
    assert cleared.tags == same.tags == {"d"}
    assert [one.revision for one in (tagged, cleared, same)] == [2, 3, 3]
    assert [(set(event.added), set(event.removed), event.actor) for event in told] == [
        ({"c"}, {"a"}, "system"),
        ({"d"}, {"b", "c"}, "mia"),
    ]
    assert world.email.sent == []


def test_tags_by_hand_are_checked() -> None:
    """A contradiction, a stranger, or a tag that is none."""
    world = World()
    ada = world.account()
    before = dump(world)

    with pytest.raises(DefinitionError, match="both added and removed"):
        world.engine.tag(ada, add={"a"}, remove={"a"})
    with pytest.raises(DefinitionError, match="must be text"):
        world.engine.tag(ada, add=[5])  # type: ignore[list-item]
    with pytest.raises(NotFoundError, match="Did you mean 'account-1'"):
        world.engine.tag("acount-1", add={"a"})

    assert dump(world) == before


def test_a_package_is_installed_as_one_commit() -> None:
    """Everything that does not fit is told at once, and nothing of it is kept."""
    engine = Engine(ports=Ports(email=FakeEmail()))
    bundle = Bundle(
        pipelines=[Pipeline("P", [Stage("A", [CreateTask("t"), SendEmail("hello")])])],
        templates=[TaskTemplate("T"), HELLO],
    )

    with pytest.raises(DefinitionError, match="needs the port 'tasks'"):
        engine.install(bundle)

    assert engine.templates() == ()
    assert engine.pipelines() == ()


def test_a_pipeline_keeps_its_jobs_when_a_stage_is_renamed() -> None:
    """The id is what counts; only a stage whose id goes takes its jobs along."""
    world = World()
    world.engine.save(TAX, HELLO)
    world.job_at(TAX, "Intake")
    renamed = Pipeline("Tax", [Stage("Begin", id="intake"), Stage("End", id="done")])

    saved = world.engine.save(renamed, replace=True)

    assert saved.stages[0].name == "Begin"
    assert world.engine.save(saved.change("Begin", name="Start")).stages[0].id == "intake"
    with pytest.raises(DefinitionError, match=r"'intake' \(1 job\).*keep its id with id="):
        world.engine.save(Pipeline("Tax", [Stage("Begin")]), replace=True)


def test_folders_and_invoices_are_checked_like_the_others() -> None:
    """Every kind of automation names its template."""
    world = World()

    with pytest.raises(DefinitionError) as caught:
        world.engine.save(
            Pipeline("P", [Stage("A", [ApplyFolderTemplate("f"), CreateInvoice("i")])])
        )

    assert [problem.what for problem in caught.value.problems] == [
        "there is no folder template 'f'. Save it first, or save it in the same call.",
        "there is no invoice template 'i'. Save it first, or save it in the same call.",
    ]


@pytest.mark.parametrize(
    ("edit", "port"),
    [({"invoice_on_acceptance": "fee"}, "invoices"), ({"reminders": Reminders()}, "email")],
)
def test_a_template_in_use_asks_for_no_port_that_is_not_there(
    edit: dict[str, Any], port: str
) -> None:
    """An edit of it would reach every pipeline that uses it; one that nobody uses may ask."""
    world = World()
    engine = Engine(ports=Ports(proposals=world.proposals))
    engine.save(LETTER, ANYBODYS, FEE, Pipeline("Tax", [Stage("Intake", [SendProposal(LETTER)])]))
    more = attrs.evolve(engine.template("letter"), **edit)

    with pytest.raises(DefinitionError, match=f"needs the port '{port}'.*pipelines use"):
        engine.save(more)

    engine.save(attrs.evolve(engine.template("anybody-s-letter"), **edit))
    assert engine.template("letter") == LETTER
    whole = Engine(store=engine.store, ports=Ports(**dict.fromkeys([port], getattr(world, port))))
    edited = whole.save(attrs.evolve(whole.template("letter"), **edit))
    assert engine.save(attrs.evolve(edited, name="Another letter")).name == "Another letter"


world = in_memory_and_in_a_file(lambda world: world)


@pytest.mark.parametrize(
    "thing",
    [
        Account("Ada", id="ada"),
        Member("Mia"),
        HELLO,
        Pipeline("Tax", [Stage("Intake"), Stage("Done")]),
        Schedule(
            "Yearly", pipeline="side", accounts=["bob"], every=Daily(), start=date(2026, 2, 1)
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_comes_again_after_it_was_deleted_can_be_edited_as_it_was_saved(
    world: World, thing: Any
) -> None:
    """It goes on from the revision that it had, so that an edit from before is refused still."""
    engine = world.engine
    engine.save(Account("Bob", id="bob"), Pipeline("Side", [Stage("A")]))
    first = engine.save(thing)
    engine.delete(first)

    again = engine.save(thing)
    edited = engine.save(attrs.evolve(again, name="Another"))

    assert (again.revision, edited.revision) == (2, 3)
    with pytest.raises(ConflictError, match="revision 3, yours is 1"):
        engine.save(attrs.evolve(first, name="Old"))


def test_a_package_that_comes_again_can_be_edited_as_it_was_installed(world: World) -> None:
    """So can a pipeline that a plan brings again."""
    engine = world.engine
    whole = Bundle.of(TAX, HELLO)
    installed = engine.install(whole)
    engine.delete(installed.pipeline)
    engine.delete(installed.templates[0])

    again = engine.install(whole)
    edited = engine.save(again.pipeline.add_stage(Stage("After")))
    renamed = engine.save(attrs.evolve(again.templates[0], name="Hi"))

    assert (edited.revision, renamed.revision) == (3, 3)
    engine.delete(edited)
    engine.save(HELLO, replace=True)
    planned = engine.apply(engine.plan(TAX)).pipeline
    later = engine.save(planned.add_stage(Stage("After")))
    assert (planned.revision, later.revision) == (4, 5)


class Overtaken(MemoryStore):
    """Lets somebody else come right behind the next commit."""

    then: Callable[[], object] | None = None

    def commit(self, changes: Changes, /) -> bool:
        """Write, and let the other one write."""
        done, then = super().commit(changes), self.then
        self.then = None
        if then is not None:
            then()
        return done


def test_who_saves_just_before_somebody_else_does_not_undo_that() -> None:
    """The revision that is returned is not that of the other one's edit."""
    store = Overtaken()
    engine, other = World(store=store).engine, Engine(store=store)
    store.then = lambda: other.save(attrs.evolve(other.member("mia"), name="Mia Berg"))

    mine = engine.save(Member("Mia"))

    assert mine.revision == 1
    with pytest.raises(ConflictError, match="revision 2, yours is 1"):
        engine.save(attrs.evolve(mine, name="Mia Mint"))
