"""How values print: the same in every process, for command ids are told apart by it."""

from pipeflow import Account, OrganizerSubmitted, TagChange


def test_sets_print_in_order_whatever_the_process() -> None:
    """Python orders the texts of a set differently each time that it starts."""
    tags = {f"tag {number}" for number in range(30)}
    order = ", ".join(sorted(map(repr, tags)))

    assert repr(TagChange(add=tags)) == f"TagChange(add=frozenset({{{order}}}), remove=frozenset())"
    assert f"tags=frozenset({{{order}}})" in repr(Account("Ada", tags=tags))
    assert f"'Which?': ({order})" in repr(OrganizerSubmitted({"Which?": tags}))
