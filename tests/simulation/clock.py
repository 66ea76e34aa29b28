"""Virtual time: what shall happen, in the order of its time. Nothing waits."""

import heapq
from collections.abc import Callable
from itertools import count


class Clock:
    """Runs actions at their times; actions of the same time in the order they were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def at(self, time: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (max(time, self.now), next(self._numbers), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self.now + seconds, action)

    def run(self, *, until: float = float("inf"), most: int = 200_000) -> None:
        """Everything that happens until then. More than `most` actions mean that it never comes to rest."""
        for _ in range(most):
            if not self._queue or self._queue[0][0] > until:
                if until != float("inf"):
                    self.now = max(self.now, until)
                return
            self.now, _, action = heapq.heappop(self._queue)
            action()
        raise AssertionError(f"not at rest after {most} actions, at {self.now:.3f} s")
