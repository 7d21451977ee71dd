"""Languages in which a firm does not write: an account that wishes for one is warned of."""

from __future__ import annotations

from typing import Any

import pytest

from pipeflow import Account, Contact, Settings, Warned
from pipeflow.languages import GERMAN, SWEDISH
from pipeflow.model.record import replaced
from pipeflow.ports import Authorizer
from pipeflow.testing import World

BOTH = Settings(languages=[GERMAN, SWEDISH])


def client(language: str = "", **fields: Any) -> Account:
    """A client who wishes for a language."""
    contacts = [Contact("Ada", email="ada@example.com")]
    return Account("Ada", contacts, id="ada", language=language, **fields)


def warned(world: World) -> list[str]:
    """What was warned of in the firm."""
    return [one.text for one in world.engine.feed() if isinstance(one, Warned)]


def test_r_20_a_mistyped_language_is_warned_of_with_the_nearest_one() -> None:
    """It is saved all the same, and told in the account's history and to listeners."""
    world = World()
    world.engine.save(BOTH)
    heard: list[Warned] = []
    world.engine.on(Warned, heard.append)

    ada = world.engine.save(client("sve"), actor="mia")

    text = (
        "'Ada' wishes for language 'sve', in which the firm does not write; did you mean 'sv'? "
        "It writes in de, en, sv, and here in 'en'"
    )
    assert warned(world) == [text]
    assert [(one.text, one.account, one.actor) for one in heard] == [(text, "ada", "mia")]
    assert text in str(world.engine.history(ada))
    assert world.engine.account("ada").language == "sve"


def test_one_that_is_like_none_is_told_without_a_guess() -> None:
    """And what it gets in its place: the firm's own."""
    world = World()
    world.engine.save(replaced(BOTH, language="de"))

    world.engine.save(client("fi"))

    (text,) = warned(world)
    assert text == (
        "'Ada' wishes for language 'fi', in which the firm does not write. "
        "It writes in de, en, sv, and here in 'de'"
    )


@pytest.mark.parametrize("language", ["", "en", "en-GB", "sv", "SV", "de-AT"])
def test_a_language_that_is_known_or_has_a_wider_one_is_not_warned_of(language: str) -> None:
    """English is always there, and letters are one in any case."""
    world = World()
    world.engine.save(BOTH)

    world.engine.save(client(language))

    assert warned(world) == []


def test_it_is_told_when_the_wish_is_new_and_not_at_each_save() -> None:
    """Another wish is another warning; an account that wishes for none any more brings none."""
    world = World()
    ada = world.engine.save(client("fi"))
    ada = world.engine.save(replaced(ada, name="Ada Lovelace"))
    once = len(warned(world))

    ada = world.engine.save(replaced(ada, language="no"))
    world.engine.save(replaced(ada, language=""))

    assert (once, len(warned(world))) == (1, 2)


def test_settings_that_are_saved_with_it_count() -> None:
    """All of a save is one."""
    world = World()

    world.engine.save(client("sv"), BOTH)

    assert warned(world) == []


def test_who_may_not_see_the_account_does_not_read_its_warnings() -> None:
    """Though they belong to no job."""

    class Rights(Authorizer):
        """Eve does not see Ada."""

        def can(self, actor: str, action: str, about: str, /) -> bool:
            return actor != "eve" or about != "ada"

    world = World(authorizer=Rights())
    world.engine.save(client("fi"))

    assert [*world.engine.feed(actor="eve")] == []
    assert len([*world.engine.feed(actor="mia")]) == 1
