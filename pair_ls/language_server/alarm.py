"""One timer that a core arms: `wake_at` in, `tick` out."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """Rings once at the time it is set to, on the event loop's clock; setting it again moves it.

    Moving it to a later time costs nothing: the timer is kept, and looks at the time when it fires. Typing moves alarms
    with every key.
    """

    __slots__ = ("_at", "_handle", "_loop", "_ring")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = math.inf
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at: float) -> None:
        """Ring at `at`; infinity: not at all."""
        self._at = at
        if at == math.inf or (self._handle is not None and self._handle.when() <= at):
            return
        self._start(at)

    def set_earliest(self, at: float) -> None:
        """Ring at `at` unless it rings earlier anyway."""
        if at < self._at:
            self.set(at)

    def stop(self) -> None:
        """Do not ring."""
        self._at = math.inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _start(self, at: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_at(at, self._fire)

    def _fire(self) -> None:
        self._handle = None
        if self._at == math.inf:
            return
        if self._loop.time() < self._at:
            self._start(self._at)
            return
        self._at = math.inf
        self._ring()
