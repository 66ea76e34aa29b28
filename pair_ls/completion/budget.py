"""How many requests may still leave the machine, per minute and per day. Pure."""

from collections import deque
from dataclasses import dataclass

_MINUTE, _DAY = 60.0, 86400.0


@dataclass(frozen=True, slots=True)
class Spent:
    """For the status line."""

    minute: int
    day: int
    per_minute: int
    per_day: int


class Budget:
    """Counts over the last 60 seconds and the last 24 hours. Zero allows none."""

    def __init__(self, *, per_minute: int, per_day: int) -> None:
        self._per_minute, self._per_day = per_minute, per_day
        self._minute: deque[float] = deque()
        self._day: deque[float] = deque()

    def may_spend(self, now: float) -> bool:
        self._forget(now)
        return len(self._minute) < self._per_minute and len(self._day) < self._per_day

    def spend(self, now: float) -> None:
        self._minute.append(now)
        self._day.append(now)

    def spent(self, now: float) -> Spent:
        self._forget(now)
        return Spent(len(self._minute), len(self._day), self._per_minute, self._per_day)

    def _forget(self, now: float) -> None:
        for times, span in ((self._minute, _MINUTE), (self._day, _DAY)):
            while times and now - times[0] >= span:
                times.popleft()
