"""One timer that a core arms: `wake_at` in, `tick` out."""

import asyncio
import math
from collections.abc import Callable


class Alarm:
    """Rings once at the time it is set to, on the event loop's clock; setting it again moves it."""

    __slots__ = ("_at", "_handle", "_loop", "_ring")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = math.inf
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at: float) -> None:
        """Ring at `at`; infinity: not at all."""
        if at == self._at:
            return
        self.stop()
        if at < math.inf:
            self._at = at
            self._handle = self._loop.call_at(at, self._fire)

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

    def _fire(self) -> None:
        self._at = math.inf
        self._handle = None
        self._ring()
