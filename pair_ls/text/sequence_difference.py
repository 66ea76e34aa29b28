"""Which items differ between two sequences, in bounded time.

Myers' algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) as long as few items differ. Where many do,
items that occur once on either side split the problem (patience difference); a part that has none is replaced.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_MOST_DIFFERENCES = 60  # Myers takes time and space quadratic in it
_MOST_SPLITS = 4  # parts of parts of parts
_FIRST_STEP = 32
_LONGEST_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class Hunk:
    """old[old_start:old_end] is replaced by new[new_start:new_end]."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    def moved(self, old: int, new: int) -> "Hunk":
        """The same in sequences that begin so many items earlier."""
        return Hunk(self.old_start + old, self.old_end + old, self.new_start + new, self.new_end + new)


def common_prefix(old: Sequence[object], new: Sequence[object], i: int = 0, j: int = 0) -> int:
    """How many items are equal from old[i] and new[j] on. Compares slices, first in growing steps, then in halves."""
    most = min(len(old) - i, len(new) - j)
    length = 0
    step = _FIRST_STEP
    while length + step <= most and old[i + length : i + length + step] == new[j + length : j + length + step]:
        length += step
        step = min(step * 2, _LONGEST_STEP)
    while step > 1:
        step //= 2
        if length + step <= most and old[i + length : i + length + step] == new[j + length : j + length + step]:
            length += step
    return length


def common_suffix(old: Sequence[object], new: Sequence[object], most: int) -> int:
    """How many items are equal from the ends backwards, but not more than `most`."""
    i, j = len(old), len(new)
    length = 0
    step = _FIRST_STEP
    while length + step <= most and old[i - length - step : i - length] == new[j - length - step : j - length]:
        length += step
        step = min(step * 2, _LONGEST_STEP)
    while step > 1:
        step //= 2
        if length + step <= most and old[i - length - step : i - length] == new[j - length - step : j - length]:
            length += step
    return length


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """What differs, ascending; between two hunks stands an equal item."""
    return _hunks(*_numbered(old, new), _MOST_SPLITS)


def few_hunks(old: Sequence[str], new: Sequence[str], most_differences: int) -> list[Hunk] | None:
    """The smallest difference, if it inserts and deletes no more items than that; else None."""
    return _few_hunks(*_numbered(old, new), most_differences)


def _numbered(old: Sequence[str], new: Sequence[str]) -> tuple[list[int], list[int]]:
    """Equal items as the same number object: lists of such are compared much faster than lists of texts."""
    numbers: dict[str, int] = {}
    return (
        [numbers.setdefault(item, len(numbers)) for item in old],
        [numbers.setdefault(item, len(numbers)) for item in new],
    )


def _hunks(old: Sequence[int], new: Sequence[int], splits: int) -> Iterator[Hunk]:
    head = common_prefix(old, new)
    tail = common_suffix(old, new, min(len(old), len(new)) - head)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    for hunk in _trimmed_hunks(old, new, splits):
        yield hunk.moved(head, head)


def _trimmed_hunks(old: Sequence[int], new: Sequence[int], splits: int) -> Iterable[Hunk]:
    whole = [Hunk(0, len(old), 0, len(new))]
    if not old and not new:
        return []
    if not old or not new:
        return whole
    few = _few_hunks(old, new, _MOST_DIFFERENCES)
    if few is not None:
        return few
    anchors = _anchors(old, new) if splits else []
    return _hunks_between(old, new, anchors, splits - 1) if anchors else whole


def _few_hunks(old: Sequence[int], new: Sequence[int], most_differences: int) -> list[Hunk] | None:
    """Myers' greedy algorithm."""
    furthest = {-1: -1, 1: 0}  # diagonal (place in old - place in new): the furthest place in old on it
    rounds = []
    for differences in range(most_differences + 1):
        rounds.append(furthest.copy())
        for diagonal in range(-differences, differences + 1, 2):
            i = _step(furthest, diagonal)[0]
            j = i - diagonal
            if i < len(old) and j < len(new) and old[i] == new[j]:
                i += common_prefix(old, new, i, j)
            furthest[diagonal] = i
            if i >= len(old) and i - diagonal >= len(new):
                return _walk_back(rounds, len(old), len(new))
        furthest[-differences - 2] = furthest[differences + 2] = -1
    return None


def _step(furthest: dict[int, int], diagonal: int) -> tuple[int, int]:
    """The better way to come to a diagonal by one more difference: where it arrives in old, and from which diagonal."""
    inserted, deleted = furthest[diagonal + 1], furthest[diagonal - 1] + 1
    return (inserted, diagonal + 1) if inserted >= deleted else (deleted, diagonal - 1)


def _walk_back(rounds: list[dict[int, int]], i: int, j: int) -> list[Hunk]:
    """The hunks on the path that ends at (i, j); a round is what was furthest before it."""
    result: list[Hunk] = []
    for furthest in rounds[:0:-1]:
        old_end, diagonal = _step(furthest, i - j)
        new_end = old_end - (i - j)
        i = furthest[diagonal]
        j = i - diagonal
        if result and (result[-1].old_start, result[-1].new_start) == (old_end, new_end):
            behind = result.pop()
            old_end, new_end = behind.old_end, behind.new_end
        result.append(Hunk(i, old_end, j, new_end))
    return result[::-1]


def _hunks_between(
    old: Sequence[int], new: Sequence[int], anchors: list[tuple[int, int]], splits: int
) -> Iterator[Hunk]:
    """What differs in the parts before, between and behind the anchors, which are pairs of equal items."""
    old_start = new_start = 0
    for old_end, new_end in [*anchors, (len(old), len(new))]:
        for hunk in _hunks(old[old_start:old_end], new[new_start:new_end], splits):
            yield hunk.moved(old_start, new_start)
        old_start, new_start = old_end + 1, new_end + 1


def _anchors(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """The longest chain of items that occur once on either side and in the same order on both."""
    place_in_old = _places_of_unique(old)
    pairs = [(place_in_old[item], j) for item, j in _places_of_unique(new).items() if item in place_in_old]
    lowest: list[int] = []  # the lowest place in old at which a chain of 1, 2, ... pairs ends
    ends: list[int] = []  # the pair that stands there
    previous: list[int] = []
    for number, (place, _) in enumerate(pairs):
        length = bisect_left(lowest, place)
        lowest[length : length + 1] = [place]
        ends[length : length + 1] = [number]
        previous.append(ends[length - 1] if length else -1)
    chain = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def _places_of_unique(items: Sequence[int]) -> dict[int, int]:
    counts = Counter(items)
    return {item: place for place, item in enumerate(items) if counts[item] == 1}
