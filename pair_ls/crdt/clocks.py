"""Sets of clocks per client, small in memory: what is deleted, and where surrogate pairs may not be split."""

from array import array
from bisect import bisect_left, bisect_right

_CLOCK = "I"  # 32 bit unsigned; the guard refuses clocks above 2**31 - 1


class ClockRanges:
    """Per client disjoint ranges in order, those that touch merged: typing on or deleting on does not make it grow."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: dict[int, array[int]] = {}
        self._ends: dict[int, array[int]] = {}

    def __len__(self) -> int:
        """How many ranges."""
        return sum(map(len, self._starts.values()))

    def covers(self, client: int, start: int, end: int) -> bool:
        """Whether every clock from `start` up to, not including, `end` is in."""
        starts = self._starts.get(client)
        if starts is None:
            return False
        at = bisect_right(starts, start) - 1
        return at >= 0 and end <= self._ends[client][at]

    def add(self, client: int, start: int, end: int) -> None:
        """Adds a range that is not empty; it may overlap others."""
        starts = self._starts.setdefault(client, array(_CLOCK))
        ends = self._ends.setdefault(client, array(_CLOCK))
        first = bisect_left(ends, start)
        last = bisect_right(starts, end)
        if first < last:
            start = min(start, starts[first])
            end = max(end, ends[last - 1])
        starts[first:last] = array(_CLOCK, (start,))
        ends[first:last] = array(_CLOCK, (end,))


class ClockSet(dict[int, "array[int]"]):
    """Per client single clocks, added in ascending order: four bytes each. Asked for every keystroke if it is empty."""

    __slots__ = ()

    def has(self, client: int, clock: int) -> bool:
        """Whether this clock was added."""
        clocks = self.get(client)
        if clocks is None:
            return False
        at = bisect_left(clocks, clock)
        return at < len(clocks) and clocks[at] == clock

    def append(self, client: int, clock: int) -> None:
        """Adds a clock larger than all of this client so far."""
        self.setdefault(client, array(_CLOCK)).append(clock)
