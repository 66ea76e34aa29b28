"""The didChange notifications of one document in the order of their versions, though an editor may swap them. Pure.

Helix 25.01 sends version 27 before 26, and changes of a just created file before its didOpen. Neovim's versions
skip numbers. So a change that leaves a gap is held, but only for a moment, and not at all for an editor that skips.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pair_ls.editor.habits import EditorHabits
from pair_ls.text import ContentChange

HOLD_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One didChange: the version it leads to, its content changes, and the how manyth it was that came."""

    version: int | None
    changes: tuple[ContentChange, ...]
    number: int = 0


class ChangeOrder:
    """Takes changes as they come, gives them back as they happened. `release_at` is when to call `release`."""

    def __init__(self, version: int | None, habits: EditorHabits) -> None:
        self._last = version
        self._habits = habits
        self._held: dict[int, DocumentChange] = {}
        self.release_at: float | None = None
        self.received = 0

    @property
    def is_holding(self) -> bool:
        """Whether a newer change has come than those given back."""
        return bool(self._held)

    def receive(self, version: int | None, changes: Sequence[ContentChange], now: float) -> list[DocumentChange]:
        """The changes whose turn it is."""
        self.received += 1
        change = DocumentChange(version, tuple(changes), self.received)
        if version is None or self._last is None:
            self._last = version
            return [change]
        if version <= self._last:  # not counting, or later than we could wait: its turn is now or never
            return [change]
        if version > self._last + 1 and not self._habits.skips_versions:
            self._held[version] = change
            if self.release_at is None:
                self.release_at = now + HOLD_SECONDS
            return []
        return [self._next(change), *self._contiguous()]

    def release(self, now: float) -> list[DocumentChange]:
        """Stops waiting for what should have come by now: the editor's versions skip numbers."""
        if self.release_at is None or now < self.release_at:
            return []
        self._habits.skips_versions = True
        return self.release_all()

    def release_all(self) -> list[DocumentChange]:
        """All that is held: nothing more will come."""
        changes = [self._next(self._held.pop(version)) for version in sorted(self._held)]
        self.release_at = None
        return changes

    def _contiguous(self) -> list[DocumentChange]:
        changes = []
        while self._last is not None and self._last + 1 in self._held:
            changes.append(self._next(self._held.pop(self._last + 1)))
        if not self._held:
            self.release_at = None
        return changes

    def _next(self, change: DocumentChange) -> DocumentChange:
        self._last = change.version
        return change


class EarlyChanges:
    """Changes that came before their document's didOpen. For the workspace: one for all documents."""

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[float, DocumentChange]]] = {}

    def hold(self, uri: str, version: int | None, changes: Sequence[ContentChange], now: float) -> None:
        """Keeps a didChange of a document that is not open; forgets those whose didOpen never came."""
        for other in list(self._changes):
            self._changes[other] = [held for held in self._changes[other] if held[0] > now - 10 * HOLD_SECONDS]
            if not self._changes[other]:
                del self._changes[other]
        self._changes.setdefault(uri, []).append((now, DocumentChange(version, tuple(changes))))

    def take(self, uri: str, opened_version: int | None) -> list[DocumentChange]:
        """After didOpen: the changes that its text does not contain yet, for `Binding.editor_changed` in turn."""
        held = [change for _, change in self._changes.pop(uri, [])]
        newer = [
            change
            for change in held
            if change.version is not None and (opened_version is None or change.version > opened_version)
        ]
        return sorted(newer, key=lambda change: change.version or 0)
