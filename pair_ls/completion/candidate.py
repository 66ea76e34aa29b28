"""One proposal, and the words for how sure we are. Pure."""

import enum
from dataclasses import dataclass


class Source(enum.Enum):
    """Who proposes."""

    OFFLINE = "offline"
    MODEL = "model"


class Kind(enum.Enum):
    """What is proposed."""

    NAME = "name"  # an identifier
    TEXT = "text"  # the rest of a line, or lines


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` is inserted at the cursor; it first removes `replace_before` characters and `replace_after` behind it."""

    text: str
    confidence: float  # 0 to 1: how likely it is what will stand there
    source: Source
    kind: Kind
    replace_before: int = 0
    replace_after: int = 0


def level_of(confidence: float) -> str:
    """low, medium or high, at 0.3 and 0.7."""
    if confidence < 0.3:
        return "low"
    return "medium" if confidence < 0.7 else "high"
