r"""A long text in short chunks, so that an edit anywhere costs the same, and counted in every unit that others use.

A chunk is any piece of the text, not a number of lines: one line of a megabyte is no worse than many short ones.
"""

import enum
from typing import NamedTuple

from pair_ls.text.edit import Edit
from pair_ls.text.line_ends import count_line_ends, line_start
from pair_ls.text.position_encoding import PositionEncoding, code_points, units
from pair_ls.text.prefix_sums import PrefixSums

_SHORTEST = 512
_USUAL = 2048
_LONGEST = 4096


class Unit(enum.IntEnum):
    """What a text can be counted in; the number is the place in a chunk's counts."""

    CODE_POINTS = 0
    UTF8 = 1
    UTF16 = 2
    LINE_ENDS = 3


_ENCODING = {Unit.UTF8: PositionEncoding.UTF8, Unit.UTF16: PositionEncoding.UTF16}


class _Chunk(NamedTuple):
    text: str
    counts: tuple[int, int, int, int]  # by Unit


class ChunkedText:
    r"""Mutable text. Invariants: no chunk ends between \r and \n; none is short or empty unless it is the only one."""

    __slots__ = ("_chunks", "_sums")

    def __init__(self, text: str = "") -> None:
        self._chunks = _split(text)
        self._count_all()

    def __len__(self) -> int:
        return self._sums[Unit.CODE_POINTS].total

    def total(self, unit: Unit) -> int:
        """The whole text in `unit`."""
        return self._sums[unit].total

    def text(self) -> str:
        """The whole text, joined anew at each call."""
        return "".join([chunk.text for chunk in self._chunks])

    def slice(self, start: int, end: int) -> str:
        """text()[start:end] for offsets inside the text."""
        first, start = self._find(start)
        last, end = self._find(end)
        return self._slice(first, start, last, end)

    def rest_of_chunk(self, offset: int) -> str:
        """A beginning of what follows `offset`: as much as costs nothing to get. Empty only at the end of the text."""
        index, start = self._find(offset)
        return self._chunks[index].text[start:]

    def count(self, offset: int, unit: Unit) -> int:
        """How much of `unit` stands before the offset."""
        if unit is Unit.CODE_POINTS:
            return offset
        index, end = self._find(offset)
        before = self._sums[unit].before(index)
        text = self._chunks[index].text
        if unit is Unit.LINE_ENDS:
            return before + count_line_ends(text, end)
        return before + units(text[:end], _ENCODING[unit])

    def count_between(self, start: int, end: int, unit: Unit) -> int:
        """How much of `unit`, not line ends, stands between two offsets."""
        if unit is Unit.CODE_POINTS:
            return end - start
        first, begin = self._find(start)
        text = self._chunks[first].text[begin : begin + end - start]
        if len(text) == end - start:
            return units(text, _ENCODING[unit])
        return self.count(end, unit) - self.count(start, unit)

    def offset_of(self, count: int, unit: Unit) -> int:
        """The offset before which `count` of `unit` stand: rounds down inside a character, stops at the text's end.

        For line ends it is the offset behind the last of them, the start of line `count`, which must exist.
        """
        if unit is Unit.CODE_POINTS:
            return min(count, len(self))
        if unit is Unit.LINE_ENDS:
            if count == 0:
                return 0
            index, before = self._sums[unit].find(count - 1)
            return self._sums[Unit.CODE_POINTS].before(index) + line_start(self._chunks[index].text, before + 1)
        index, rest = self._sums[unit].find(count)
        return self._sums[Unit.CODE_POINTS].before(index) + code_points(self._chunks[index].text, rest, _ENCODING[unit])

    def replace(self, edit: Edit) -> str:
        """Applies an edit inside the text (else ValueError) and returns what it removed."""
        if not 0 <= edit.start <= edit.end <= len(self):
            raise ValueError(f"edit {edit.start}..{edit.end} lies outside 0..{len(self)}")
        first, start = self._find(edit.start)
        chunk = self._chunks[first].text
        if start + edit.end - edit.start <= len(chunk):
            last, end = first, start + edit.end - edit.start
        else:
            last, end = self._find(edit.end)
        removed = self._slice(first, start, last, end)
        self._put(first, last, chunk[:start] + edit.new_text + self._chunks[last].text[end:])
        return removed

    def _find(self, offset: int) -> tuple[int, int]:
        """The chunk that holds the offset (at a border: the one behind it) and the offset inside that chunk."""
        return self._sums[Unit.CODE_POINTS].find(offset)

    def _slice(self, first: int, start: int, last: int, end: int) -> str:
        if first == last:
            return self._chunks[first].text[start:end]
        between = [chunk.text for chunk in self._chunks[first + 1 : last]]
        return "".join([self._chunks[first].text[start:], *between, self._chunks[last].text[:end]])

    def _put(self, first: int, last: int, text: str) -> None:
        """Puts a text in the place of some chunks, with a neighbour that it cannot stand beside, and counts anew."""
        chunks = self._chunks
        if first and (len(text) < _SHORTEST or (text[0] == "\n" and chunks[first - 1].text[-1] == "\r")):
            first -= 1
            text = chunks[first].text + text
        if last + 1 < len(chunks) and (
            len(text) < _SHORTEST or (text[-1] == "\r" and chunks[last + 1].text[0] == "\n")
        ):
            last += 1
            text += chunks[last].text
        if first == last and len(text) <= _LONGEST:
            self._put_one(first, _measured(text))
        else:
            chunks[first : last + 1] = _split(text)
            self._count_all()

    def _put_one(self, index: int, chunk: _Chunk) -> None:
        before = self._chunks[index]
        self._chunks[index] = chunk
        for unit, sums in self._sums.items():
            sums.add(index, chunk.counts[unit] - before.counts[unit])

    def _count_all(self) -> None:
        self._sums = {unit: PrefixSums([chunk.counts[unit] for chunk in self._chunks]) for unit in Unit}


def _measured(text: str) -> _Chunk:
    length = len(text)
    line_ends = count_line_ends(text, length)
    if text.isascii():
        return _Chunk(text, (length, length, length, line_ends))
    utf8, utf16 = units(text, PositionEncoding.UTF8), units(text, PositionEncoding.UTF16)
    return _Chunk(text, (length, utf8, utf16, line_ends))


def _split(text: str) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    start = 0
    while start < len(text) or not chunks:
        end = start + _USUAL if len(text) - start > _LONGEST else len(text)
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        chunks.append(_measured(text[start:end]))
        start = end
    return chunks
