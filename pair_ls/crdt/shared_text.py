"""A participant's replica of one text document: the shared text with positions, own edits, foreign updates, undo.

The one place that speaks of bytes of UTF-8, which is how pycrdt counts. Outside, offsets are code points.
"""

from collections.abc import Sequence

from pair_ls.crdt.ascii_twin import AsciiTwin
from pair_ls.crdt.guard_limits import STORED, GuardLimits
from pair_ls.crdt.native import Delta, NativeDocument
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.errors import RefusedBytes, TextRefused
from pair_ls.text.edit import Edit
from pair_ls.text.line_index import LineIndex

_UNDO_PAUSE_SECONDS = 0.5


class _UndoSteps:
    """Which edits are undone together. Apart from SharedText, as native code must not lead back to that."""

    __slots__ = ("_last_edit", "_step")

    def __init__(self) -> None:
        self._step = 1
        self._last_edit: float | None = None

    def clock(self) -> int:
        """Native code takes edits at the same reading for one step."""
        return self._step

    def edited(self, now: float | None) -> None:
        """Called before each edit."""
        is_same_step = now is not None and self._last_edit is not None and now - self._last_edit < _UNDO_PAUSE_SECONDS
        if not is_same_step:
            self._step += 2
        self._last_edit = now

    def end(self) -> None:
        """The next edit begins a new step."""
        self._last_edit = None


class SharedText:
    """`lines` always equals the text of `document`. Own edits that follow each other closely are undone together."""

    __slots__ = ("_deltas", "_twin", "_undo_steps", "client_id", "document", "lines")

    def __init__(self, client_id: ClientId, *, limits: GuardLimits = STORED) -> None:
        self.client_id = client_id
        self.document = SharedDocument(client_id=client_id, kind=DocumentKind.TEXT, limits=limits)
        self.lines = LineIndex()
        self._deltas: list[Delta] = []
        self._undo_steps = _UndoSteps()
        self._twin: AsciiTwin | None = None
        native = self.document.native
        native.expect_own_changes()
        native.observe_text(self._deltas.append)
        native.track_undo(self._undo_steps.clock)

    @property
    def text(self) -> str:
        """The whole text."""
        return self.lines.text()

    def edit(self, edits: Sequence[Edit], *, now: float | None = None) -> bytes:
        """Own edits, all of the present text, ascending and disjoint; gives the update to send, b"" if nothing changed.

        With `now` (seconds), edits less than half a second apart are undone together; without, each call is one step.
        """
        self._check(edits)
        changes = [
            (start := self.lines.utf8_offset(edit.start), self.lines.utf8_offset(edit.end) - start, edit.new_text)
            for edit in reversed(edits)
            if edit.new_text or edit.end > edit.start
        ]
        if not changes:
            return b""
        self._undo_steps.edited(now)
        update = self.document.native.replace(changes)
        self._take_own_change(update)
        return update

    def merge(self, update: bytes, *, author: str | None = None) -> tuple[Edit, ...]:
        """A foreign update; gives what changed, in offsets of the text before. Raises as SharedDocument.apply does."""
        checked = self.document.check(update, author=author)
        if self.client_id in checked.client_ids:
            raise RefusedBytes("Update refused: it writes under our own client id.", code="update-author")
        if not checked.is_new:
            return ()
        self.document.apply_checked(update, checked)
        self._tell_twin(update)
        return self._take_edits()

    def end_undo_step(self) -> None:
        """What is typed from here on is undone separately."""
        self._undo_steps.end()

    @property
    def can_undo(self) -> bool:
        """Whether there is an own change to undo."""
        return self.document.native.can_undo()

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone change to do again."""
        return self.document.native.can_redo()

    def undo(self) -> tuple[bytes, tuple[Edit, ...]] | None:
        """Takes back the last own step, whatever others did since: the update to send, what changed. None: nothing."""
        self.end_undo_step()
        update = self.document.native.undo()
        return (update, self._take_own_change(update)) if update else None

    def redo(self) -> tuple[bytes, tuple[Edit, ...]] | None:
        """Does the last undone step again: the update to send and what changed. None: nothing."""
        self.end_undo_step()
        update = self.document.native.redo()
        return (update, self._take_own_change(update)) if update else None

    def positions(self) -> NativeDocument:
        """For anchors: a native document whose indices are UTF-16 units of the text. Our own, if all of it is ASCII."""
        if self.document.size == len(self.lines):
            return self.document.native
        if self._twin is None:
            self._twin = AsciiTwin(self.client_id, self.document.update_since())
        return self._twin.native()

    def _tell_twin(self, update: bytes) -> None:
        if self._twin is not None and not self._twin.note(update):
            self._twin = None

    def _check(self, edits: Sequence[Edit]) -> None:
        """An index outside the text would silently do something else in native code."""
        at = 0
        for edit in edits:
            if not at <= edit.start <= edit.end <= len(self.lines):
                raise ValueError(f"edit {edit.start}..{edit.end} overlaps the one before or lies outside the text")
            at = edit.end
            if not edit.new_text.isascii():
                _check_encodable(edit.new_text)

    def _take_own_change(self, update: bytes) -> tuple[Edit, ...]:
        self.document.take_note(update)
        self._tell_twin(update)
        return self._take_edits()

    def _take_edits(self) -> tuple[Edit, ...]:
        """The edits that native code reports; brings `lines` forward by them."""
        edits = tuple(edit for delta in self._deltas for edit in self._edits_of(delta))
        self._deltas.clear()
        for edit in reversed(edits):
            self.lines.replace(edit)
        if self.lines.utf8_offset(len(self.lines)) != self.document.size:
            raise self.document.native.abandon("The text and its positions no longer agree")
        return edits

    def _edits_of(self, delta: Delta) -> list[Edit]:
        """A delta retains, inserts and deletes in any order; what stands at one place becomes one edit."""
        edits = []
        at = removed = 0
        inserted = ""
        for part in [*delta, {"retain": 0}]:
            if "insert" in part:
                inserted += part["insert"]
            elif "delete" in part:
                removed += part["delete"]
            else:
                if inserted or removed:
                    start = self.lines.offset_of_utf8(at)
                    edits.append(Edit(start, self.lines.offset_of_utf8(at + removed), inserted))
                at += removed + part["retain"]
                removed, inserted = 0, ""
        return edits


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TextRefused("The text holds half of a character (a lone surrogate), which cannot be shared.") from error
