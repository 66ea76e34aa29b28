"""What the hub counts about itself. Plain numbers, because they are raised on every message; `metrics` shows them."""

import bisect
from collections import Counter

COMMIT_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)
BATCH_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Histogram:
    """Counts by upper bounds; one more bucket for everything above."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.total += value


class Counters:
    """All numbers of one hub."""

    def __init__(self) -> None:
        self.messages_in = 0
        self.bytes_in = 0
        self.messages_out = 0
        self.bytes_out = 0
        self.connections_opened = 0
        self.slow_readers = 0
        self.slowed_senders = 0
        self.failed_commits = 0
        self.failed_loads = 0
        self.checkpoints = 0
        self.loop_lag_seconds = 0.0
        self.closed: Counter[int] = Counter()  # connections closed by the hub, by close code
        self.refused: Counter[str] = Counter()  # requests and handshakes, by code
        self.commit_seconds = Histogram(COMMIT_SECONDS)
        self.commit_updates = Histogram(BATCH_SIZES)

    def commit(self, updates: int, seconds: float) -> None:
        """One transaction is durable."""
        self.commit_seconds.observe(seconds)
        self.commit_updates.observe(updates)
