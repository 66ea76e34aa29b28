"""What a test can ask of a real editor: open a file, edit as a person does, say what the buffer holds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

FILE = "shared.txt"


class Act(Enum):
    """The edits a test makes; each driver knows the keys of its editor for them."""

    TYPE = auto()
    NEW_LINE = auto()
    DELETE_LINE = auto()
    JOIN_LINES = auto()
    PASTE_LINE = auto()
    UNDO = auto()


# As often as people do: most of all they type.
_WEIGHTS = {
    Act.TYPE: 60,
    Act.NEW_LINE: 14,
    Act.DELETE_LINE: 8,
    Act.JOIN_LINES: 8,
    Act.PASTE_LINE: 6,
    Act.UNDO: 4,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """`place` is a share of the lines from 0 to 1: the driver makes a line of it; `text` is typed there."""

    act: Act
    place: float
    text: str = ""


def random_edits(seed: int, count: int) -> list[Edit]:
    """The same edits for the same seed; typed text is short and awkward."""
    dice = random.Random(seed)
    words = ("a", "é", "😀", "e\u0301", "ab c", "x=1", "漢")
    acts = dice.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()), k=count)
    return [Edit(act, dice.random(), dice.choice(words)) for act in acts]


class RealEditor(Protocol):
    """A running editor with `FILE` open; `close` leaves no process behind."""

    name: str

    def edit(self, edit: Edit) -> None:
        """One edit by keys."""

    def type_at_end(self, text: str) -> None:
        """In a new last line."""

    def settle(self) -> None:
        """Back to a mode in which nothing is half typed."""

    def text(self) -> str:
        """What the buffer holds, with \\n line ends; a final one may be the editor's own."""

    def close(self) -> None:
        """Ends it."""


@dataclass(frozen=True, slots=True)
class Place:
    """`folder` is joined to the room and holds the file `name`; `home` is the editor's own; PATH finds pair-ls."""

    folder: Path
    home: Path
    environment: dict[str, str]
    name: str = FILE

    @property
    def file(self) -> Path:
        return self.folder / self.name
