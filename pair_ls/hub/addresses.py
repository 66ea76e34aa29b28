"""How many connections each address has: pure."""

from collections import Counter


class Addresses:
    """Counts one kind of connection; `most` of one address are fine."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._counts: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """One more."""
        self._counts[address] += 1

    def leave(self, address: str) -> None:
        """One less."""
        self._counts[address] -= 1
        if self._counts[address] <= 0:
            del self._counts[address]

    def has_too_many(self, address: str) -> bool:
        """Whether the last that entered should go again."""
        return self._counts[address] > self.most
