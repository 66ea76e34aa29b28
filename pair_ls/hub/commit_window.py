"""How long a commit waits for company: not at all where few type, a little where many do. Pure; takes `now`.

A transaction costs the same for one update and for ten. Waiting pays only if updates come in faster than that.
"""

LONGEST_SECONDS = 0.002
_SHARE = 4.0
"""A commit waits at most so many times as long as the last one took: a store that takes no time is not waited for."""
_COMPANY = 2.0
"""So many updates must be expected meanwhile."""
_MEASURED_SECONDS = 0.01


class CommitWindow:
    """Knows how fast updates come, and how long a commit takes."""

    __slots__ = ("_at", "_count", "_rate")

    def __init__(self) -> None:
        self._at = 0.0
        self._count = 0
        self._rate = 0.0

    def after(self, seconds: float, count: int, now: float) -> float:
        """Seconds to wait before the next commit, after one of `seconds`; `count` updates have come since the start."""
        elapsed = now - self._at
        if elapsed >= _MEASURED_SECONDS:
            self._rate = (count - self._count) / elapsed
            self._at = now
            self._count = count
        window = min(LONGEST_SECONDS, _SHARE * seconds)
        return window if self._rate * window >= _COMPANY else 0.0
