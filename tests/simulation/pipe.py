"""One direction of stdio between an editor and its language server."""

import random
from collections.abc import Callable
from typing import Any

from tests.simulation.clock import Clock


class Pipe:
    """Delivers in order, each message a little later. `swaps`: Helix 25.01 sends from tasks that overtake others."""

    def __init__(
        self,
        clock: Clock,
        dice: random.Random,
        latency: tuple[float, float],
        deliver: Callable[[Any], None],
        *,
        swaps: bool = False,
    ) -> None:
        self._clock, self._dice, self._latency, self._deliver = clock, dice, latency, deliver
        self._swaps = swaps
        self._last = 0.0
        self.is_open = True

    def send(self, message: Any) -> None:
        time = self._clock.now + self._dice.uniform(*self._latency)
        if not self._swaps:
            time = self._last = max(time, self._last)
        self._clock.at(time, lambda: self._deliver(message) if self.is_open else None)
