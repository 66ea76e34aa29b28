"""A websocket between a participant and the hub: late, sometimes deaf, at last cut; and worse than TCP allows.

An update may come twice, and two updates may change places: no transport should do that, and it must do no harm.
"""

import random
from collections.abc import Callable

from pair_ls.room.messages import Update, decode_frame
from tests.simulation.clock import Clock

_LATENCIES = ((0.0002, 0.002), (0.001, 0.01), (0.02, 0.08))


class Wire:
    """`when_cut` is called once, on either side, when the connection is gone."""

    def __init__(self, clock: Clock, dice: random.Random, *, is_bad: bool) -> None:
        self._clock, self._dice = clock, dice
        self._latency = dice.choice(_LATENCIES)
        self._is_bad = is_bad
        self._times = {True: 0.0, False: 0.0}
        self.is_cut = False
        self.is_deaf = False
        self.when_cut: list[Callable[[], None]] = []
        self.at_hub: Callable[[bytes], None] = lambda data: None
        self.at_client: Callable[[bytes], None] = lambda data: None

    def to_hub(self, data: bytes) -> None:
        self._send(data, is_up=True)

    def to_client(self, data: bytes) -> None:
        self._send(data, is_up=False)

    def cut(self) -> None:
        if not self.is_cut:
            self.is_cut = True
            for action in self.when_cut:
                action()

    def _send(self, data: bytes, *, is_up: bool) -> None:
        if self.is_deaf:
            return
        time = max(self._times[is_up], self._clock.now + self._dice.uniform(*self._latency))
        self._times[is_up] = time
        self._clock.at(time, lambda: self._arrive(data, is_up=is_up))
        if self._is_bad and self._dice.random() < 0.1 and isinstance(decode_frame(data)[1], Update):
            again = time + self._dice.uniform(0.0, 0.05)  # after frames that were sent later
            self._clock.at(again, lambda: self._arrive(data, is_up=is_up))

    def _arrive(self, data: bytes, *, is_up: bool) -> None:
        if self.is_cut or self.is_deaf:
            return
        if is_up:
            self.at_hub(data)
        else:
            self.at_client(data)
