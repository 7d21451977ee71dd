"""Clients, the people behind them, and the team."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeflow.model.accounts import Account, Contact, Member, Role, TagChange, people, person
from tests.model.refusals import places, refused

MIA = Member("Mia Berg", email="mia@firm.example")
TAGS = st.frozensets(st.sampled_from(["vip", "late", "new", "old"]))


def test_an_account_takes_names_lists_and_members() -> None:
    """Members stand for their ids, a lone name for a set of one, roles for their names."""
    account = Account(
        "Ada",
        [Contact("Ada")],
        tags="vip",
        access=[MIA, "leo"],
        roles={Role("preparer"): MIA, "reviewer": ["leo", MIA], "clerk": "leo", "nobody": []},
    )

    assert account.contacts == (Contact("Ada"),)
    assert account.tags == {"vip"}
    assert account.access == {"mia-berg", "leo"}
    assert account.roles == {
        "preparer": ("mia-berg",),
        "reviewer": ("leo", "mia-berg"),
        "clerk": ("leo",),
        "nobody": (),
    }
    assert Account("Ada", access=MIA).access == {"mia-berg"}
    assert Account("Ada").access == frozenset()


def test_mail_goes_to_contacts_who_want_it__a_25() -> None:
    """A-25: those with Notify and an address; an archived account has none."""
    ada = Contact("Ada", email="ada@example.com")
    others = [Contact("Bob", email="bob@example.com", notify=False), Contact("Cy")]
    account = Account("Ada", [ada, *others])

    assert account.recipients == (ada,)
    assert attrs.evolve(account, active=False).recipients == ()


def test_signatories_sign() -> None:
    """Every contact signs unless said."""
    ada, bob = Contact("Ada"), Contact("Bob", signatory=False)

    assert Account("Ada", [ada, bob]).signatories == (ada,)


def test_members_fill_roles_by_the_role_s_name() -> None:
    """As it is written, or else by its slug; a role that nobody fills has nobody (A-28)."""
    account = Account("Ada", roles={"Tax preparer": "mia", "reviewer": ["leo", "mia"]})

    assert account.filling(Role("Tax preparer")) == ("mia",)
    assert account.filling(Role("tax-preparer")) == ("mia",)
    assert account.filling(Role("reviewer")) == ("leo", "mia")
    assert account.filling(Role("clerk")) == ()


def test_people_are_members_ids_and_roles() -> None:
    """One alone needs no brackets."""
    assert people(MIA) == people("mia-berg") == people([MIA]) == {"mia-berg"}
    assert people([MIA, Role("reviewer"), "leo"]) == {"mia-berg", Role("reviewer"), "leo"}
    assert person(Role("reviewer")) == Role("reviewer")


@pytest.mark.parametrize(
    "address",
    ["ada@example.com", "a.b+tax@sub.example.co.uk", "å@exämple.com", None],
)
def test_an_address_is_one_address(address: str | None) -> None:
    """Anything that mail servers take, or none."""
    assert Contact("Ada", email=address).email == address
    assert Member("Ada", email=address).email == address


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "@example.com",
        "ada@",
        "a@b@c",
        "ada@example.com, bob@example.com",
        "ada@example.com\nBcc: all@example.com",
        "Ada <ada@example.com>",
        "a;b@c",
        " ",
        "ada\u200b@example.com",
        "=?utf-8?q?ada=0d=0aBcc=3a_all@example.com",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    """Nothing that would break, or add to, the header of a mail."""
    expected = [f"$.email: must be one e-mail address (given: {address!r})"]

    assert refused(lambda: Contact("Ada", email=address)) == expected
    assert refused(lambda: Member("Ada", email=address)) == expected


def test_an_empty_address_is_none_at_all() -> None:
    """None says that there is none; an empty text, or no text, is a mistake."""
    assert refused(lambda: Contact("Ada", email="")) == ["$.email: must not be empty (given: '')"]
    assert refused(lambda: Contact("Ada", email=5)) == [  # type: ignore[arg-type]
        "$.email: must be text (given: 5)"
    ]


def test_an_account_names_all_that_is_wrong_with_it() -> None:
    """All fields at once, each with its place."""
    wrong: Any = {
        "tags": ["a", 5],
        "access": 7,
        "fields": {"x": None},
        "roles": {5: "mia", "clerk": [6]},
        "type": "firm",
        "active": "no",
        "id": None,
    }

    assert places(lambda: Account("", ["Ada"], **wrong)) == [  # type: ignore[list-item]
        "$.name",
        "$.id",
        "$.tags",
        "$.access",
        "$.fields['x']",
        "$.type",
        "$.active",
        "$.roles",
        "$.roles['clerk'][0]",
        "$.contacts[0]",
    ]


@pytest.mark.parametrize(
    ("field", "given", "problem"),
    [
        ("contacts", Contact("Ada"), "must be a list, each entry a Contact"),
        ("contacts", "Ada", "must be a list, each entry a Contact"),
        ("tags", 5, "must be a list of texts"),
        ("tags", [["a"]], "must be text"),
        ("access", 5, "must be a list of texts"),
        ("roles", ["mia"], "must be a mapping of roles to members"),
        ("roles", {"clerk": 5}, "must be a list of texts"),
        (
            "roles",
            {"Tax preparer": "mia", "tax-preparer": "leo"},
            "'tax-preparer' and 'Tax preparer' are one role",
        ),
    ],
)
def test_a_field_of_the_wrong_shape_is_refused(field: str, given: Any, problem: str) -> None:
    """Never taken apart into letters, never converted in silence."""
    wrong: Any = {field: given}
    (found,) = refused(lambda: Account("Ada", **wrong))

    assert found.startswith(f"$.{field}")
    assert problem in found


def test_two_contacts_of_an_account_are_told_apart() -> None:
    """An id is given once; contacts without one get theirs when the account is saved."""
    twice = [Contact("Ada", id="c-1"), Contact("Bob", id="c-1")]

    assert refused(lambda: Account("Ada", twice)) == ["$.contacts: two contacts have the id 'c-1'"]
    assert len(Account("Ada", [Contact("Ada"), Contact("Ada")]).contacts) == 2


def test_a_contact_s_flags_are_yes_or_no() -> None:
    """`"no"` is not taken for a yes."""
    wrong: Any = dict.fromkeys(("notify", "login", "email_sync", "signatory"), "no")

    assert places(lambda: Contact("Ada", **wrong)) == [
        "$.notify",
        "$.login",
        "$.email_sync",
        "$.signatory",
    ]
    assert refused(lambda: Member("Mia", default_access="no")) == [  # type: ignore[arg-type]
        "$.default_access: must be True or False (given: 'no')"
    ]


def test_a_contact_s_details_are_texts() -> None:
    """Numbers with leading zeros are texts too."""
    assert places(lambda: Contact("Ada", phone=5, zip_code=5)) == [  # type: ignore[arg-type]
        "$.phone",
        "$.zip_code",
    ]


def test_a_role_has_a_name() -> None:
    """It is looked up by it."""
    assert refused(lambda: Role("")) == ["$.name: must not be empty (given: '')"]


# -- tags that come and go ------------------------------------------------------------------------


@given(TAGS, TAGS, TAGS)
def test_tags_are_removed_first_then_added__a_13(
    tags: frozenset[str], add: frozenset[str], remove: frozenset[str]
) -> None:
    """A-13: what is added stays, else it would be lost."""
    changed = TagChange(add - remove, remove).apply(tags)

    assert changed == (tags - remove) | (add - remove)


@given(TAGS.filter(bool), TAGS)
def test_the_same_tag_is_not_added_and_removed__a_14(
    both: frozenset[str], more: frozenset[str]
) -> None:
    """A-14: a contradiction is refused, naming the tags."""
    problems = refused(lambda: TagChange(add=both, remove=both | more))

    assert problems == [
        f"$.add: {tag!r} is both added and removed; choose one (given: {tag!r})"
        for tag in sorted(both)
    ]


def test_a_tag_change_takes_a_lone_tag() -> None:
    """A text is one tag, not its letters."""
    assert TagChange("vip") == TagChange({"vip"})
    assert places(lambda: TagChange(add=5, remove=[""])) == [  # type: ignore[arg-type]
        "$.add",
        "$.remove",
    ]
