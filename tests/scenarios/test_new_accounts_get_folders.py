"""New accounts get the firm's default folders, once, whether the port answers or not."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import (
    Account,
    AccountDeleted,
    Contact,
    DefaultFoldersAsked,
    DefinitionError,
    Engine,
    FolderTemplate,
    NotAllowedError,
    Ports,
    Ref,
    Rejected,
    RequestDelivered,
    RequestFailed,
    RequestGivenUp,
    RequestRetried,
    RequestWithdrawn,
    Settings,
    TaskTemplate,
)
from pipeflow.model.record import replaced
from pipeflow.ports import Authorizer, FolderTree, Intent, Receipt
from pipeflow.testing import World

YEARS = FolderTemplate("Tax years", folders=["Tax/2026", "Tax/2027"])
GIVING = Settings(default_folder=YEARS)
KEY = "default//folders/lovelace"


def client(name: str = "Lovelace", **fields: Any) -> Account:
    """Return a client who is new."""
    return Account(name, [Contact("Ada", email="ada@example.org")], id=name.lower(), **fields)


def firm(**keywords: Any) -> World:
    """Open a firm that gives each new account its folders."""
    world = World(**keywords)
    world.engine.save(YEARS, GIVING)
    return world


def told(world: World, account: str = "lovelace") -> list[str]:
    """Return what an account's history tells, without times."""
    history = world.engine.history(world.engine.account(account))
    return [event.sentence() for event in history]


# -- whom it is given to --------------------------------------------------------------------------


def test_a_new_account_gets_the_default_folders() -> None:
    """By a request that belongs to no job, under a key that is the account's."""
    world = firm()

    world.engine.save(client())

    assert world.folders.applied == [
        FolderTree(KEY, "lovelace", None, None, "tax-years", "Tax years", YEARS.folders)
    ]
    assert told(world) == [
        "asked for the folders of new accounts, by template 'tax-years'",
        "folders took the folders of the new account as folders-1",
    ]


def test_an_account_gets_them_once_however_often_it_is_saved() -> None:
    """Also under the same command id, and when its fields change."""
    world = firm()
    saved = world.engine.save(client(), command_id="new")

    world.engine.save(client(), command_id="new")
    world.engine.save(replaced(saved, tags=frozenset({"vip"})))
    world.engine.tick()

    assert len(world.folders.applied) == 1


def test_accounts_that_were_there_before_get_none() -> None:
    """A firm that sets it later gives it to those who come later."""
    world = World()
    ada = world.engine.save(client())
    world.engine.save(YEARS, GIVING)

    world.engine.save(replaced(ada, tags=frozenset({"vip"})))
    world.engine.save(client("Babbage"))

    assert [one.account for one in world.folders.applied] == ["babbage"]


def test_a_firm_that_gives_none_asks_for_none() -> None:
    """Which is so unless somebody sets it, and again when it is emptied."""
    world = firm()
    world.engine.save(replaced(world.engine.settings(), default_folder=None))

    world.engine.save(client())

    assert (world.folders.applied, told(world)) == ([], [])


def test_settings_that_are_saved_with_an_account_hold_for_it() -> None:
    """All that is saved together is one commit."""
    world = World()

    world.engine.save(client(), GIVING, YEARS, client("Babbage"))

    assert {one.account for one in world.folders.applied} == {"lovelace", "babbage"}


def test_several_accounts_each_get_their_own() -> None:
    """In the order in which they were given."""
    world = firm()

    world.engine.save(client("Zuse"), client("Babbage"))

    assert [one.account for one in world.folders.applied] == ["zuse", "babbage"]


# -- what is checked ------------------------------------------------------------------------------


def test_the_template_must_be_there_and_be_one_of_folders() -> None:
    """When the settings are saved; nothing is."""
    world = World()
    world.engine.save(TaskTemplate("Prepare"))

    with pytest.raises(DefinitionError, match=r"\$.default_folder: .*'tax-years'"):
        world.engine.save(GIVING)
    with pytest.raises(DefinitionError, match=r"\$.default_folder"):
        world.engine.save(Settings(default_folder="prepare"))
    with pytest.raises(DefinitionError, match="FolderTemplate"):
        Settings(default_folder=TaskTemplate("Prepare"))  # type: ignore[arg-type]

    assert world.engine.settings() == Settings()


def test_a_port_of_folders_must_be_there() -> None:
    """As for an automation that needs it."""
    engine = Engine(ports=Ports())

    with pytest.raises(DefinitionError, match=r"need the port 'folders'.*Ports\(folders=...\)"):
        engine.save(YEARS, GIVING)


def test_the_template_is_used_by_the_settings() -> None:
    """So that it cannot go before they let go of it."""
    world = firm()

    assert [str(use) for use in world.engine.uses(YEARS)] == ["settings $.default_folder"]
    with pytest.raises(NotAllowedError, match=r"settings \$.default_folder uses it"):
        world.engine.delete(YEARS)
    world.engine.save(replaced(world.engine.settings(), default_folder=None))
    world.engine.delete(YEARS)


# -- what the port answers ------------------------------------------------------------------------


def test_what_fails_is_shown_and_tried_again() -> None:
    """Like all that is asked of a port."""
    world = firm()
    world.folders.fail_next(ConnectionError("down"))
    world.engine.save(client())

    (failure,) = world.engine.failures()
    world.advance(minutes=1)

    assert (failure.key, failure.job, failure.attempts) == (KEY, "", 1)
    assert isinstance(failure.request, FolderTree)
    assert failure.request.account == "lovelace"
    assert [one.key for one in world.folders.applied] == [KEY]
    assert world.engine.failures() == ()
    events = [*world.engine.history(world.engine.account("lovelace"))]
    assert [type(one) for one in events] == [DefaultFoldersAsked, RequestFailed, RequestDelivered]


def test_a_person_may_try_again_what_was_given_up() -> None:
    """And then it is there, and no job is answered, since it belongs to none."""
    world = firm()
    world.folders.fail_next(Rejected("no such client"))
    world.engine.save(client())
    (failure,) = world.engine.failures()

    answer = world.engine.retry(failure.key, actor="mia", command_id="again")
    repeated = world.engine.retry(failure.key, actor="mia", command_id="again")

    assert failure.given_up
    assert (answer, repeated) == (None, None)
    assert len(world.folders.applied) == 1
    events = [*world.engine.history(world.engine.account("lovelace"))]
    assert [type(one) for one in events] == [
        DefaultFoldersAsked, RequestGivenUp, RequestRetried, RequestDelivered
    ]  # fmt: skip
    assert events[2].actor == "mia"


def test_a_person_may_do_without_them() -> None:
    """Then nobody asks for them any more."""
    world = firm()
    world.folders.fail_next(ConnectionError("down"))
    world.engine.save(client())

    assert world.engine.abandon(KEY, actor="mia") is None
    world.advance(days=1)

    assert (world.engine.failures(), world.folders.applied) == ((), [])
    assert told(world)[-1] == "abandoned the folders of the new account by hand"
    with pytest.raises(NotAllowedError, match="cancelled or abandoned"):
        world.engine.retry(KEY)


def test_an_engine_without_the_port_leaves_them_to_one_that_has_it() -> None:
    """The engine on the web saves the account; the worker's delivers."""
    world = firm()
    web = Engine(ports=Ports(), store=world.store, clock=world.clock)

    web.save(client())
    asked = [*world.folders.applied]
    world.engine.tick()

    assert asked == []
    assert [one.account for one in world.folders.applied] == ["lovelace"]


def test_a_host_that_delivers_itself_gets_them_among_the_pending() -> None:
    """And says what came of it; there is no job to answer with."""
    world = firm(deliver=False)
    world.engine.save(client())

    (tree,) = world.engine.pending()
    failed = world.engine.failed(tree.key, "down")
    world.clock.advance(minutes=1)
    (again,) = world.engine.pending()
    done = world.engine.delivered(again.key, Receipt("f-1"))

    assert (tree.key, again.key, failed, done) == (KEY, KEY, None, None)
    assert world.engine.delivered(KEY, Receipt("f-1")) is None
    assert told(world)[-1] == "folders took the folders of the new account as f-1"


# -- when the account goes ------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
def test_the_request_of_a_deleted_account_goes_with_it(*, held: bool) -> None:
    """One that somebody holds is not repeated, and ends when they let go."""
    world = firm(deliver=False)
    ada = world.engine.save(client())
    if held:
        world.engine.pending()

    world.engine.delete(ada)
    world.advance(days=1)

    assert world.engine.pending() == ()
    assert world.engine.failures() == ()
    assert world.engine.delivered(KEY, Receipt("f-1")) is None
    told_of = [*world.engine.feed()]
    assert not [one for one in told_of if isinstance(one, RequestWithdrawn)]
    assert [one.account for one in told_of if isinstance(one, AccountDeleted)] == ["lovelace"]


@pytest.mark.parametrize("answer", [Receipt("f-1"), "down"])
def test_an_answer_after_the_account_went_harms_nobody(answer: Receipt | str) -> None:
    """Nothing is kept of it, and nothing is tried again."""
    world = firm(deliver=False)
    ada = world.engine.save(client())
    world.engine.pending()
    world.engine.delete(ada)

    if isinstance(answer, str):
        world.engine.failed(KEY, answer)
    else:
        world.engine.delivered(KEY, answer)
    world.advance(days=1)

    assert (world.engine.pending(), world.engine.failures()) == ((), ())


def test_an_account_that_comes_back_under_its_id_asks_for_nothing_anew() -> None:
    """Its folders are there: keys are for ever; and its history warns of it."""
    world = firm()
    world.engine.delete(world.engine.save(client()))

    world.engine.save(client())

    assert len(world.folders.applied) == 1
    assert told(world)[0].startswith("warning: there was an account of this id before")


def test_an_account_that_comes_back_while_its_request_is_held_lets_it_end() -> None:
    """Whoever holds it lets go, and it is not tried again, whatever becomes of the account."""
    world = firm(deliver=False)
    ada = world.engine.save(client())
    world.engine.pending()
    world.engine.delete(ada)
    ada = world.engine.save(client())

    world.engine.failed(KEY, "down")

    assert told(world)[-1] == "withdrew the folders of the new account: it is no longer needed"
    assert (world.engine.pending(), world.engine.failures()) == ((), ())


def test_an_account_that_comes_and_goes_twice_has_its_request_taken_back_once() -> None:
    """While somebody holds it all the time."""
    world = firm(deliver=False)
    ada = world.engine.save(client())
    world.engine.pending()
    world.engine.delete(ada)

    world.engine.delete(world.engine.save(client()))
    world.advance(days=1)

    assert (world.engine.pending(), world.engine.failures()) == ((), ())


def test_the_hosts_reference_of_the_folders_is_told_when_the_account_goes() -> None:
    """They stay where they are, and whoever deletes the client knows what to look for (R-28)."""
    world = firm()
    ada = world.engine.save(client())

    deleted = world.engine.delete(ada, command_id="gone")
    repeated = world.engine.delete(ada, command_id="gone")

    assert deleted.refs == repeated.refs == (Ref("folders", "folders-1"),)


# -- beside all that ------------------------------------------------------------------------------


def test_a_branch_asks_its_own_port() -> None:
    """What if we took this client? Nobody outside hears of it."""
    world = firm()
    branch = world.engine.what_if()

    branch.save(client())
    branch.tick()

    assert world.folders.applied == []
    assert not world.engine.accounts()
    world.engine.save(client())
    assert len(world.folders.applied) == 1


def test_a_firm_moves_with_what_waits() -> None:
    """To another store, from which it leaves."""
    world = firm()
    world.folders.fail_next(ConnectionError("down"))
    world.engine.save(client())
    other = World()
    other.store.restore(world.store.export("default"))
    other.clock.set(world.clock.now())

    other.advance(minutes=1)

    assert [one.key for one in other.folders.applied] == [KEY]


def test_an_authorizer_sees_whose_folders_are_tried_again() -> None:
    """The account, where there is no job."""
    seen: list[Intent] = []

    class Looking(Authorizer):
        def can(self, actor: str, action: str, about: str) -> bool:
            raise AssertionError

        def may(self, intent: Intent) -> bool:
            seen.append(intent)
            return True

    world = firm(authorizer=Looking())
    world.folders.fail_next(Rejected("no"))
    world.engine.save(client())

    world.engine.retry(KEY, actor="mia")

    assert (seen[-1].action, seen[-1].job) == ("retry", None)
    assert seen[-1].account == world.engine.account("lovelace")
