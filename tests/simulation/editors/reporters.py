"""When editors report the changes of their buffer, and how many in one didChange."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from pair_ls.text import ContentChange, Edit, PositionEncoding, apply_edits, single_difference
from tests.simulation.clock import Clock
from tests.simulation.editors.shapes import Shape, exact

Send = Callable[[tuple[ContentChange, ...]], None]


class Reporter(Protocol):
    """Is told every change of the buffer and sends didChange when it is its way to."""

    @abstractmethod
    def changed(self, before: str, edits: list[Edit]) -> None:
        """The buffer changed: sequential edits of one event."""

    @abstractmethod
    def flush(self) -> None:
        """Send now what is not sent."""

    @abstractmethod
    def forget(self) -> None:
        """There is nobody to send it to any more."""


class Silent:
    """There is nobody to report to."""

    def changed(self, before: str, edits: list[Edit]) -> None:
        pass

    def flush(self) -> None:
        pass

    def forget(self) -> None:
        pass


class AtOnce:
    """VS Code, Helix, and Neovim with debounce_text_changes = 0: one didChange for each event."""

    def __init__(self, send: Send, shape: Shape, encoding: PositionEncoding) -> None:
        self._send, self._shape, self._encoding = send, shape, encoding

    def changed(self, before: str, edits: list[Edit]) -> None:
        changes: list[ContentChange] = []
        for edit in edits:
            changes += self._shape(before, edit, self._encoding)
            before = apply_edits(before, (edit,))
        self._send(tuple(changes))

    def flush(self) -> None:
        pass

    def forget(self) -> None:
        pass


class RateLimited:
    """Neovim's default. Before the first report: after a pause. Then: at once, but not more often than each 150 ms."""

    def __init__(
        self, send: Send, shape: Shape, encoding: PositionEncoding, clock: Clock, seconds: float = 0.15
    ) -> None:
        self._send, self._shape, self._encoding = send, shape, encoding
        self._clock, self._seconds = clock, seconds
        self._pending: list[ContentChange] = []
        self._sent_at: float | None = None
        self._changed_at = 0.0

    def changed(self, before: str, edits: list[Edit]) -> None:
        for edit in edits:
            self._pending += self._shape(before, edit, self._encoding)
            before = apply_edits(before, (edit,))
        self._changed_at = self._clock.now
        if self._sent_at is None:
            self._clock.after(self._seconds, self._flush_if_cold_and_quiet)
        elif self._clock.now >= self._sent_at + self._seconds:
            self.flush()
        else:
            self._clock.at(self._sent_at + self._seconds, self._flush_if_due)

    def flush(self) -> None:
        if self._pending:
            changes, self._pending = tuple(self._pending), []
            self._sent_at = self._clock.now
            self._send(changes[-1:] if changes[-1].range is None else changes)

    def forget(self) -> None:
        self._pending = []

    def _flush_if_cold_and_quiet(self) -> None:
        if self._sent_at is None and self._clock.now >= self._changed_at + self._seconds - 1e-9:
            self.flush()

    def _flush_if_due(self) -> None:
        if self._sent_at is not None and self._clock.now >= self._sent_at + self._seconds - 1e-9:
            self.flush()


class Trailing:
    """eglot's default: only after half a second without a change, and then all of them as one change around them."""

    def __init__(
        self, send: Send, shape: Shape, encoding: PositionEncoding, clock: Clock, seconds: float = 0.5
    ) -> None:
        self._send, self._shape, self._encoding = send, shape, encoding
        self._clock, self._seconds = clock, seconds
        self._reported: str | None = None
        self._now = ""
        self._changed_at = 0.0

    def changed(self, before: str, edits: list[Edit]) -> None:
        if self._reported is None:
            self._reported = before
        for edit in edits:
            before = apply_edits(before, (edit,))
        self._now = before
        self._changed_at = self._clock.now
        self._clock.after(self._seconds, self._flush_if_quiet)

    def flush(self) -> None:
        if self._reported is None:
            return
        reported, self._reported = self._reported, None
        around = single_difference(reported, self._now) or Edit(0, 0, "")
        self._send(self._shape(reported, around, self._encoding))

    def forget(self) -> None:
        self._reported = None

    def _flush_if_quiet(self) -> None:
        if self._clock.now >= self._changed_at + self._seconds - 1e-9:
            self.flush()


__all__ = ["AtOnce", "RateLimited", "Reporter", "Silent", "Trailing", "exact"]
