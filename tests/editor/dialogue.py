"""A binding between an editor and a shared text, played by hand: each line of a test is one thing that happens."""

from collections.abc import Sequence

from pair_ls.editor import (
    ApplyEdit,
    Barrier,
    Binding,
    BindingEffect,
    DriftRepaired,
    EditorHabits,
    EditShared,
    WakeAt,
    from_editor,
)
from pair_ls.text import ContentChange, Edit, LineIndex, PositionEncoding, Range, TextEdit, apply


class Dialogue:
    """`buffer` is the editor's text with \\n, `shared` the room's. Offsets are code points in them."""

    def __init__(
        self,
        text: str,
        *,
        shared: str | None = None,
        base: str | None = None,
        version: int | None = 1,
        habits: EditorHabits | None = None,
        encoding: PositionEncoding = PositionEncoding.UTF16,
    ) -> None:
        self.now = 100.0
        self.habits = EditorHabits() if habits is None else habits
        self.buffer = from_editor(text)
        self.version = version
        self.shared = self.buffer if shared is None else shared
        self.encoding = encoding
        self.requests: list[ApplyEdit] = []
        self.barriers: list[Barrier] = []
        self.drifts = 0
        self.wake_at: float | None = None
        self.binding = Binding(
            text=text, version=version, shared=self.shared, encoding=encoding, habits=self.habits, base=base
        )
        self._do(self.binding.opened(self.now))

    # ---- the user and the editor ----

    def types(self, start: int, text: str, *, delete: int = 0) -> ContentChange:
        """The user edits the buffer; nothing is reported yet."""
        return self.change(Edit(start, start + delete, text))

    def change(self, *edits: Edit) -> ContentChange:
        """The buffer changes; what a didChange would say of it (the last of the edits, which are sequential)."""
        for edit in edits:
            lines = LineIndex(self.buffer)
            covered = Range(lines.position(edit.start, self.encoding), lines.position(edit.end, self.encoding))
            said = ContentChange(edit.new_text, covered)
            lines.replace(edit)
            self.buffer = lines.text()
        return said

    def applies(self, request: ApplyEdit) -> ContentChange:
        """The editor applies an edit to the buffer as it is now, whatever the version."""
        edit = LineIndex(self.buffer).edit_of(self._inside(request.text_edit), self.encoding)
        return self.change(edit)

    def reports(self, *changes: ContentChange, step: int = 1) -> None:
        """A didChange."""
        if self.version is not None:
            self.version += step
        self.hears(self.version, *changes)

    def hears(self, version: int | None, *changes: ContentChange) -> None:
        """A didChange of this version."""
        self._do(self.binding.editor_changed(version, changes, self.now))

    def answers(self, request: ApplyEdit, *, applied: bool) -> None:
        self._do(self.binding.edit_answered(request.request_id, applied, self.now))

    def answers_barrier(self) -> None:
        self._do(self.binding.barrier_answered(self.barriers[-1].request_id, self.now))

    def saves(self, text: str | None = None) -> None:
        self._do(self.binding.saved(self.buffer if text is None else text, self.now))

    # ---- others, and time ----

    def others(self, start: int, text: str, *, delete: int = 0) -> None:
        """Others edit the shared text."""
        edit = Edit(start, start + delete, text)
        self.shared = apply((edit,), self.shared)
        self._do(self.binding.remote_changed((edit,), self.now))

    def passes(self, seconds: float) -> None:
        """Time passes; the binding is woken when it asked for it."""
        end = self.now + seconds
        while self.wake_at is not None and self.wake_at <= end:
            self.now, self.wake_at = max(self.now, self.wake_at), None
            self._do(self.binding.tick(self.now))
        self.now = end

    # ---- what comes of it ----

    @property
    def request(self) -> ApplyEdit:
        """The last edit that was sent."""
        return self.requests[-1]

    def settles(self) -> None:
        """The editor does all it is asked, at once and in order, until nothing is asked any more."""
        done = len(self.requests) - (0 if self.binding.is_settled else 1)
        for _ in range(20):
            while done < len(self.requests):
                request = self.requests[done]
                done += 1
                said = self.applies(request)
                self.answers(request, applied=True)
                self.reports(said)
            if self.binding.is_settled:
                break
            self.passes(0.3)
        assert self.binding.is_settled
        assert self.buffer == self.shared

    def _inside(self, text_edit: TextEdit) -> TextEdit:
        return TextEdit(text_edit.range, from_editor(text_edit.new_text))

    def _do(self, effects: Sequence[BindingEffect]) -> None:
        for effect in effects:
            match effect:
                case EditShared(edits):
                    self.shared = apply(edits, self.shared)
                case ApplyEdit():
                    self.requests.append(effect)
                case Barrier():
                    self.barriers.append(effect)
                case WakeAt(time):
                    self.wake_at = time
                case DriftRepaired():
                    self.drifts += 1
        assert self.binding.shared_text() == self.shared
