"""The ways to say that a text changes: as LSP says it (positions), and as we say it inside (code point offsets)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """LSP Position, both from 0. `character` counts units of the agreed position encoding."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """LSP Range: from `start` up to, not including, `end`."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class ContentChange:
    """One change of a didChange; each applies to the result of the one before. Without a range: the whole new text."""

    text: str
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """LSP TextEdit, one of a set: the ranges of all of them refer to the text before any of them."""

    range: Range
    new_text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces text[start:end] by `new_text`; offsets are code points. Edits of one set refer to the same text."""

    start: int
    end: int
    new_text: str

    @property
    def growth(self) -> int:
        """By how many code points the text becomes longer."""
        return len(self.new_text) - (self.end - self.start)

    def moved(self, by: int) -> "Edit":
        """The same edit in a text that has so many more code points before it."""
        return Edit(self.start + by, self.end + by, self.new_text)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text after simultaneous edits, which must be ascending, disjoint and inside the text (else ValueError)."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        if not at <= edit.start <= edit.end <= len(text):
            raise ValueError(f"edit {edit.start}..{edit.end} overlaps the one before or lies outside 0..{len(text)}")
        pieces += (text[at : edit.start], edit.new_text)
        at = edit.end
    pieces.append(text[at:])
    return "".join(pieces)
