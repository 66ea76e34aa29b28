"""What an editor and its language server say to each other, as far as a binding is concerned."""

from dataclasses import dataclass

from pair_ls.text import ContentChange, TextEdit


@dataclass(frozen=True, slots=True)
class Opened:
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class Changed:
    version: int | None
    changes: tuple[ContentChange, ...]
    buffer: str  # what the buffer holds now, for checks only


@dataclass(frozen=True, slots=True)
class Saved:
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    pass


@dataclass(frozen=True, slots=True)
class Answered:
    request_id: int
    applied: bool  # False also for an error


@dataclass(frozen=True, slots=True)
class BarrierAnswered:
    request_id: int


@dataclass(frozen=True, slots=True)
class EditRequest:
    request_id: int
    version: int | None
    text_edit: TextEdit


@dataclass(frozen=True, slots=True)
class BarrierRequest:
    request_id: int


FromEditor = Opened | Changed | Saved | Closed | Answered | BarrierAnswered
ToEditor = EditRequest | BarrierRequest
