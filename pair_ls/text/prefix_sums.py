"""Sums over the beginning of a row of counts, in logarithmic time (a Fenwick tree)."""

from collections.abc import Iterable
from itertools import accumulate


class PrefixSums:
    """A row of counts (none negative, at least one): what stands before entry i, and in which entry a sum falls."""

    __slots__ = ("_counts", "_tree", "total")

    def __init__(self, counts: Iterable[int]) -> None:
        self._counts = list(counts)
        self._build()

    def before(self, index: int) -> int:
        """The sum of the counts before `index`."""
        tree = self._tree
        result = 0
        while index:
            result += tree[index]
            index &= index - 1
        return result

    def find(self, amount: int) -> tuple[int, int]:
        """The entry in which counting arrives at `amount`, and how far into it: before(i) <= amount < before(i + 1).

        Entries with count 0 are passed over; an amount of `total` or more ends in the last entry.
        """
        if amount >= self.total:
            return len(self._counts) - 1, amount - self.total + self._counts[-1]
        tree = self._tree
        index = 0
        step = len(tree) >> 1
        while step:
            if tree[index + step] <= amount:
                index += step
                amount -= tree[index]
            step >>= 1
        return index, amount

    def find_with(self, other: "PrefixSums", amount: int) -> tuple[int, int]:
        """`find` in the row whose counts are the sums of the counts of this row and another as long."""
        tree, beside = self._tree, other._tree
        index = 0
        step = len(tree) >> 1
        while step:
            next_amount = amount - tree[index + step] - beside[index + step]
            if next_amount >= 0:
                index += step
                amount = next_amount
            step >>= 1
        return index, amount

    def add(self, index: int, difference: int) -> None:
        """Changes one count."""
        if not difference:
            return
        self._counts[index] += difference
        self.total += difference
        tree = self._tree
        index += 1
        while index < len(tree):
            tree[index] += difference
            index += index & -index

    def splice(self, start: int, end: int, counts: Iterable[int]) -> None:
        """Puts other counts in the place of those from `start` up to `end`. Takes time in proportion to the row."""
        self._counts[start:end] = counts
        self._build()

    def _build(self) -> None:
        # Counted from 1, entry i of the tree is the sum of the (i & -i) counts that end with the i-th. As if zeros
        # filled the row up to a power of two: `find` needs no check of bounds then.
        size = 1 << (len(self._counts) - 1).bit_length()
        sums = list(accumulate(self._counts, initial=0))
        self.total = sums[-1]
        sums += [self.total] * (size + 1 - len(sums))
        self._tree = [sums[i] - sums[i & (i - 1)] for i in range(1, size + 1)]
        self._tree.insert(0, 0)
