"""Questions that many jobs were sent are kept once in a firm's file, and stand in each job."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeflow import Account, OrganizerTemplate, Question, Section, StoreError
from pipeflow.adapters.memory import MemoryStore
from pipeflow.adapters.sqlite import SqliteStore
from pipeflow.adapters.sqlite_packing import unpacked
from pipeflow.codec import dump, dump_sharing, latest, load, name_of, whole
from pipeflow.codec.shares import LEAST
from pipeflow.model.items import Item, ItemKind, ItemState, Questionnaire
from pipeflow.model.jobs import Job
from pipeflow.model.record import replaced
from pipeflow.model.values import FrozenMap
from pipeflow.ports import Changes, Due, Organizer, RowKey
from pipeflow.testing.contracts.making import NOW, job, stored

ASKED = tuple(
    Question(text, choices={"Yes": None, "No": None})
    for text in ("Did you own a business?", "Did you move?", "Did you sell a house or land?")
)


def asking(id: str, questions: tuple[Question, ...] = ASKED) -> Job:
    """Return a job with an organizer."""
    item = Item(
        f"{id}/1", id, ItemKind.ORGANIZER, "Organizer", "organizer", ItemState.PENDING, None, 1,
        "create-organizer", "work", NOW, progress=Questionnaire(questions),
    )  # fmt: skip
    return replaced(job(id), items=(item,))


ADA = Account("Ada", id="ada")  # whose all jobs are


def put(store: Any, *rows: Job | Account) -> None:
    """Write new jobs and accounts, each in a commit."""
    for one in rows:
        key = RowKey("job" if isinstance(one, Job) else "account", one.id)
        store.commit(Changes("one", {key: 0}, {key: one}))


def read(store: SqliteStore, id: str) -> Any:
    """Return a job that is there."""
    found = stored(store, RowKey("job", id))
    assert found is not None
    return found.value


def values(path: Path) -> dict[str, Any]:
    """Return what a file keeps once, by its name."""
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT hash, data FROM pf_value"))


def change(path: Path, *statements: str) -> None:
    """Alter a file behind the back of the store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_questions_are_kept_once_for_all_jobs(tmp_path: Path) -> None:
    """Each job has them whole, whoever reads it."""
    path, jobs = tmp_path / "firm.db", [asking(f"j{number}") for number in range(5)]
    with SqliteStore(path) as store:
        put(store, ADA, *jobs)
        again = tuple(replaced(one) for one in ASKED)  # equal, and not the same
        put(store, asking("j5", again))

    with SqliteStore(path) as store:
        for one in (*jobs, asking("j5")):
            assert read(store, one.id) == one
        assert store.check() == ()
    assert len(values(path)) == 1


def test_questions_are_read_once_for_all_jobs(tmp_path: Path) -> None:
    """A thousand jobs that were sent the same take no more time and room for them than one."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        put(store, ADA, asking("j1"), asking("j2"))

    with SqliteStore(path) as store:
        one, other = (read(store, id).items[0].progress for id in ("j1", "j2"))

        assert one.questions is other.questions
        assert one.questions == ASKED


def test_an_answer_that_is_named_as_a_share_is_an_answer(tmp_path: Path) -> None:
    """Whatever a question is called."""
    path, questions = tmp_path / "firm.db", (*ASKED, Question("share"))
    asked = asking("j1", questions)
    progress = Questionnaire(questions, answers=FrozenMap({"share": name_of_questions()}))
    answered = replaced(asked, items=(replaced(asked.items[0], progress=progress),))
    with SqliteStore(path) as store:
        put(store, ADA, answered, asking("j2"))

    with SqliteStore(path) as store:
        assert read(store, "j2") == asking("j2")
        assert read(store, "j1") == answered
        assert store.check() == ()


def test_a_job_takes_little_room_beside_its_questions(tmp_path: Path) -> None:
    """However long they are."""
    path = tmp_path / "firm.db"
    many = tuple(Question(f"Question {n * 7919 % 9973} of {n}?") for n in range(200))
    with SqliteStore(path) as store:
        put(store, asking("j1", many))

    with closing(sqlite3.connect(path)) as db:
        ((kept,),) = db.execute("SELECT data FROM pf_row")
    assert len(kept) < 1000
    assert len(dump(asking("j1", many))) > 20_000


def test_what_asks_for_an_organizer_names_its_questions_too(tmp_path: Path) -> None:
    """It waits with them, and they leave whole."""
    request = Organizer(
        key="one/j1/1", template="organizer", account="ada", job="j1", item="j1/1",
        name="Organizer", title="Organizer", questions=ASKED,
    )  # fmt: skip
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        store.commit(Changes("one", {}, dues=(Due("k", NOW, 0, request, "j1"),)))
        put(store, ADA, asking("j1"))

    with SqliteStore(path) as store:
        (standing,) = store.waiting("one", None, 9)
        assert standing.due.action == request
        assert store.check() == ()
    assert len(values(path)) == 1


def test_a_firm_leaves_whole_and_comes_whole(tmp_path: Path) -> None:
    """An export says what one from memory says, to the byte, and a file takes it in as its own."""
    memory, jobs = MemoryStore(), [asking(f"j{number}") for number in range(3)]
    put(memory, ADA, *jobs)
    lines = [*memory.export("one")]

    with SqliteStore(tmp_path / "firm.db") as store:
        store.restore(lines)
        assert [*store.export("one")] == lines
        assert store.check() == ()
        put(store, asking("j9"))
    assert len(values(tmp_path / "firm.db")) == 1


def test_questions_are_there_before_whoever_reads_them(tmp_path: Path) -> None:
    """Another store on the file knows them at once, also one that wrote others itself."""
    path = tmp_path / "firm.db"
    other = (*ASKED, Question("Is that all?"))
    with SqliteStore(path) as first, SqliteStore(path) as second:
        put(second, asking("j2", other))
        put(first, asking("j1"))

        assert read(second, "j1") == asking("j1")
        assert read(first, "j2") == asking("j2", other)
    assert len(values(path)) == 2


def test_a_commit_that_is_refused_leaves_no_questions_behind(tmp_path: Path) -> None:
    """And the next one brings them."""
    path, key = tmp_path / "firm.db", RowKey("job", "j1")
    with SqliteStore(path) as store:
        one = asking("j1")
        with pytest.raises(Exception, match="version"):
            store.commit(Changes("one", {key: 7}, {key: one}))
        assert values(path) == {}

        store.commit(Changes("one", {key: 0}, {key: one}))
        assert len(values(path)) == 1
    with SqliteStore(path) as store:
        assert read(store, "j1") == one


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM pf_value", "is missing"),
        ("UPDATE pf_value SET data = '[]'", "was altered"),
        ("UPDATE pf_value SET data = x'00'", "it is no text"),
    ],
)
def test_questions_that_are_lost_or_altered_are_told(
    tmp_path: Path, statement: str, told: str
) -> None:
    """By whoever reads a job, and by a check."""
    path = tmp_path / "firm.db"
    with SqliteStore(path) as store:
        put(store, asking("j1"))
    change(path, statement)

    with SqliteStore(path) as store:
        with pytest.raises(StoreError, match=told):
            read(store, "j1")
        with pytest.raises(StoreError, match=told):
            list(store.export("one"))
        faults = store.check()
        assert any("'job j1'" in fault and told in fault for fault in faults)
        assert len(faults) == (1 if told == "is missing" else 2)


def test_no_text_of_anybodys_is_taken_for_a_mark(tmp_path: Path) -> None:
    """Neither a name that looks like one, nor an answer."""
    mark = f"\x01{name_of('x')}\x01"
    odd = replaced(asking("j1"), name=mark, comments=mark)
    with SqliteStore(tmp_path / "firm.db") as store:
        put(store, odd)
    with SqliteStore(tmp_path / "firm.db") as store:
        assert read(store, "j1") == odd


def test_a_text_with_marks_becomes_whole_again() -> None:
    """To the byte what is written without them; few questions stand for themselves."""
    shares: dict[str, str] = {}
    text = dump_sharing(asking("j1"), shares)
    few = (Question("Who?"),)

    assert [*shares] == [name_of(dump_of_questions) for dump_of_questions in shares.values()]
    assert len(shares) == 1
    assert all(len(one) >= LEAST for one in shares.values())
    assert whole(text, shares.__getitem__) == dump(asking("j1"))
    assert dump_sharing(asking("j1", few), shares) == dump(asking("j1", few))


def test_a_list_whose_text_is_at_hand_no_more_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark may outlive what it stands for, where very many lists were written since."""
    monkeypatch.setattr(latest, "ROOM", 2_000)
    path, one = tmp_path / "firm.db", asking("j1")
    key = RowKey("job", "j1")
    with SqliteStore(path) as store:
        put(store, ADA, one)
        for number in range(20):
            others = tuple(replaced(each, text=f"{each.text} {number}") for each in ASKED)
            put(store, asking(f"o{number}", others))

        changed = replaced(one, comments="once more")
        store.commit(Changes("one", {key: 1}, {key: changed}))
        assert read(store, "j1") == changed
        assert dump(one) == dump(load(dump(one)))

    with closing(sqlite3.connect(path)) as db:
        ((kept,),) = db.execute("SELECT data FROM pf_row WHERE id = 'j1'")
    assert name_of_questions() in unpacked(kept)
    with SqliteStore(path) as store:
        assert store.check() == ()
        assert read(store, "j1") == changed


def test_what_no_job_holds_is_written_strictly_when_its_questions_are_at_hand_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of a template's sections too; nothing is refused for that."""
    monkeypatch.setattr(latest, "ROOM", 2_000)
    template = OrganizerTemplate("1040", sections=[Section("Income", questions=ASKED)])
    before = dump(template)
    for number in range(20):
        dump(asking("j", tuple(replaced(each, text=f"{each.text} {number}") for each in ASKED)))

    assert dump(template) == before
    shares: dict[str, str] = {}
    assert whole(dump_sharing(template, shares), shares.__getitem__) == before


def name_of_questions() -> str:
    """Return the name of the questions that are asked."""
    shares: dict[str, str] = {}
    dump_sharing(asking("x"), shares)
    (name,) = shares
    return name
