"""What stands after, or before, a token in the workspace: counted on first demand, kept right as files come and go.

Most tokens are asked for never, a few (`.`, `(`, a line's start) all the time; so counts are made per token, on demand,
and the least recently used are dropped. A count stops growing at `_ENOUGH`, which bounds the time of a first question
in a large workspace; it is then an estimate.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from enum import Enum

_MOST_TOKENS = 96
_ENOUGH = 20_000


class Side(Enum):
    """Which neighbour."""

    AFTER = "after"
    BEFORE = "before"


def neighbours_in(tokens: str, code: str, side: Side) -> list[str]:
    """The characters next to each `code`. A doubled code is its own neighbour and does not matter to us."""
    pieces = tokens.split(code)
    if side is Side.AFTER:
        return [piece[0] for piece in pieces[1:] if piece]
    return [piece[-1] for piece in pieces[:-1] if piece]


class Neighbours:
    """Counts for one side, over token strings that are added and removed."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._counts: OrderedDict[str, Counter[str]] = OrderedDict()

    def of(self, code: str, sources: Iterable[str]) -> Counter[str]:
        """The counts for `code`. Do not change them."""
        known = self._counts.get(code)
        if known is not None:
            self._counts.move_to_end(code)
            return known
        counts: Counter[str] = Counter()
        left = _ENOUGH
        for tokens in sources:
            if code not in tokens:
                continue
            found = neighbours_in(tokens, code, self._side)
            counts.update(found)
            left -= len(found)
            if left <= 0:
                break
        self._counts[code] = counts
        if len(self._counts) > _MOST_TOKENS:
            self._counts.popitem(last=False)
        return counts

    def add(self, tokens: str) -> None:
        present = set(tokens)
        for code, counts in self._counts.items():
            if code in present and counts.total() < _ENOUGH:
                counts.update(neighbours_in(tokens, code, self._side))

    def remove(self, tokens: str) -> None:
        present = set(tokens)
        for code in [code for code in self._counts if code in present]:
            if self._counts[code].total() >= _ENOUGH:
                del self._counts[code]
                continue
            counts = self._counts[code]
            gone = Counter(neighbours_in(tokens, code, self._side))
            counts.subtract(gone)
            for neighbour in gone:
                if counts[neighbour] <= 0:
                    del counts[neighbour]
