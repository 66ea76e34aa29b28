"""The table that ends `check` and `test`: what passed, what failed, and what was not tested and why."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Outcome(enum.Enum):
    """In the order in which the table shows them: the worst stands last, next to the prompt."""

    MEASURED = "MEASURED"
    PASSED = "PASSED"
    NOT_TESTED = "NOT TESTED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Row:
    """`detail` is a count or a reason in words."""

    name: str
    outcome: Outcome
    detail: str


def closing_table(rows: Sequence[Row]) -> str:
    """One line a row, outcomes in order."""
    order = list(Outcome)
    width = max((len(row.name) for row in rows), default=0)
    ordered = sorted(rows, key=lambda row: order.index(row.outcome))
    lines = [f"  {row.outcome.value:11} {row.name:{width}}  {row.detail}".rstrip() for row in ordered]
    return "\n".join(["", *lines, ""])
