"""Uses: a sequence that prints, of what names a thing and where."""

from pipeflow import Use, Uses

PIPELINE = Use("pipeline", "tax", "Tax", "$.stages[0].automations[0].template")
JOB = Use("job", "job-1", "1040", "$.assignees")


def test_uses_are_a_sequence() -> None:
    """They are counted, indexed, gone through and compared."""
    uses = Uses([PIPELINE, JOB])

    assert (len(uses), uses[0], uses[-1], uses[:1]) == (2, PIPELINE, JOB, (PIPELINE,))
    assert uses == [PIPELINE, JOB] == [*uses]
    assert uses != Uses([JOB])
    assert uses != {PIPELINE, JOB}
    assert hash(uses) == hash(Uses((PIPELINE, JOB)))


def test_uses_print_a_line_each() -> None:
    """Names of pipelines and templates are unique; those of accounts and jobs need their ids."""
    uses = Uses([PIPELINE, JOB])

    assert str(uses) == (
        "pipeline 'Tax' $.stages[0].automations[0].template\njob '1040' (job-1) $.assignees"
    )
    assert repr(uses) == "<Uses: 2>"
    assert str(Uses([])) == "nothing uses it"
