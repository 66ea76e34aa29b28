"""Sums over the beginning of a row of counts, in logarithmic time (a Fenwick tree)."""

from collections.abc import Sequence
from itertools import accumulate


class PrefixSums:
    """A row of counts (never negative, at least one): what stands before entry i, and in which entry a sum falls."""

    __slots__ = ("_last", "_tree", "total")

    def __init__(self, counts: Sequence[int]) -> None:
        # Entry i of the tree is the sum of the (i & -i) counts that end at i, counted from 1. The row is filled with
        # zeros up to a power of two, which spares `find` a bounds check in every step.
        self._last = len(counts) - 1
        size = 1 << self._last.bit_length()
        sums = list(accumulate(counts, initial=0))
        self.total = sums[-1]
        sums += [self.total] * (size + 1 - len(sums))
        self._tree = [sums[i] - sums[i & (i - 1)] for i in range(size + 1)]

    def before(self, index: int) -> int:
        """The sum of the counts before `index`."""
        tree = self._tree
        result = 0
        while index:
            result += tree[index]
            index &= index - 1
        return result

    def add(self, index: int, difference: int) -> None:
        """Changes one count."""
        if not difference:
            return
        tree = self._tree
        self.total += difference
        index += 1
        while index < len(tree):
            tree[index] += difference
            index += index & -index

    def find(self, amount: int) -> tuple[int, int]:
        """The entry in which counting arrives at `amount`, and how far into it: before(i) <= amount < before(i + 1).

        Entries with count 0 are passed over; an amount of `total` or more ends in the last entry.
        """
        if amount >= self.total:
            return self._last, amount - self.before(self._last)
        tree = self._tree
        index = 0
        step = len(tree) >> 1
        while step:
            if tree[index + step] <= amount:
                index += step
                amount -= tree[index]
            step >>= 1
        return index, amount
