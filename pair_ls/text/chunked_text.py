r"""A long text in short chunks, so that an edit anywhere costs the same, and counted in every unit that others use.

A chunk is any piece of the text, not a number of lines: one line of a megabyte is no worse than many short ones.
"""

from pair_ls.text.edit import Edit
from pair_ls.text.line_ends import (
    count_line_ends,
    count_line_ends_before,
    find_line_end,
    last_line_start,
    line_start,
)
from pair_ls.text.position_encoding import PositionEncoding, code_points, units
from pair_ls.text.prefix_sums import PrefixSums

# Code points in a chunk, as measured: longer ones cost time at every edit, shorter ones at every new chunk.
_SHORTEST = 512
_USUAL = 1536
_LONGEST = 3072


class ChunkedText:
    r"""Mutable text. No chunk ends between a \r and its \n; none is shorter than `_SHORTEST` unless it is the only one.

    Offsets are code points and must lie inside the text.
    """

    __slots__ = ("_chunks", "_code_points", "_line_ends", "_near", "_utf8_extra", "_utf16_extra")

    def __init__(self, text: str = "") -> None:
        self._chunks = _split(text)
        self._code_points = PrefixSums(map(len, self._chunks))
        self._utf8_extra = PrefixSums(map(_utf8_extra, self._chunks))
        self._utf16_extra = PrefixSums(map(_utf16_extra, self._chunks))
        self._line_ends = PrefixSums(map(count_line_ends, self._chunks))
        self._near = (0, 0, 0)  # of the chunk asked for last: its index, where it starts and ends

    def __len__(self) -> int:
        return self._code_points.total

    @property
    def line_count(self) -> int:
        """One more than line ends."""
        return self._line_ends.total + 1

    def text(self) -> str:
        """The whole text, joined anew at each call."""
        return "".join(self._chunks)

    def slice(self, start: int, end: int) -> str:
        """text()[start:end]."""
        first, begin = self._find(start)
        chunk = self._chunks[first]
        if begin + end - start <= len(chunk):
            return chunk[begin : begin + end - start]
        last, end = self._find(end)
        return "".join([chunk[begin:], *self._chunks[first + 1 : last], self._chunks[last][:end]])

    def replace(self, edit: Edit) -> str:
        """Applies an edit and returns what it removed. ValueError if it lies outside the text."""
        start, end, new_text = edit.start, edit.end, edit.new_text
        if not 0 <= start <= end <= self._code_points.total:
            raise ValueError(f"edit {start}..{end} lies outside 0..{len(self)}")
        first, begin = self._find(start)
        chunk = self._chunks[first]
        local_end = begin + end - start
        if local_end <= len(chunk):
            removed = chunk[begin:local_end]
            text = chunk[:begin] + new_text + chunk[local_end:]
            if self._may_stand_at(first, text):
                self._change_chunk(first, text, begin, removed, new_text)
            else:
                self._replace_chunks(first, first, text)
        else:
            removed = self.slice(start, end)
            last, local_end = self._find(end)
            self._replace_chunks(first, last, chunk[:begin] + new_text + self._chunks[last][local_end:])
        return removed

    def line_at(self, offset: int) -> tuple[int, int]:
        r"""The number of the line that holds the offset and where it starts. Not for offsets inside a \r\n."""
        index, local = self._find(offset)
        chunk = self._chunks[index]
        number = self._line_ends.before(index) + count_line_ends_before(chunk, local)
        start = last_line_start(chunk, local)
        return number, offset - local + start if start >= 0 else self.line_start(number)

    def line_start(self, number: int) -> int:
        """Where an existing line starts."""
        index, local = self._find_line(number)
        return self._code_points.before(index) + local

    def line_content(self, number: int) -> tuple[int, int]:
        """Where an existing line starts, and where its content ends: before the line end."""
        index, local = self._find_line(number)
        start = self._code_points.before(index) + local
        local_end = find_line_end(self._chunks[index], local)
        if local_end >= 0:
            return start, start + local_end - local
        if number + 1 == self.line_count:
            return start, len(self)
        end = self.line_start(number + 1)
        return start, end - (2 if self.slice(end - 2, end) == "\r\n" else 1)

    def is_inside_line_end(self, offset: int) -> bool:
        r"""Whether the offset is between a \r and its \n."""
        index, local = self._find(offset)
        return local > 0 and self._chunks[index][local - 1 : local + 1] == "\r\n"

    def units_before(self, offset: int, encoding: PositionEncoding) -> int:
        """How many units of `encoding` stand before the offset."""
        extra = self._extra(encoding)
        if extra is None:
            return offset
        index, local = self._find(offset)
        return offset - local + extra.before(index) + units(self._chunks[index][:local], encoding)

    def units_between(self, start: int, end: int, encoding: PositionEncoding) -> int:
        """How many units of `encoding` stand between two offsets."""
        if self._extra(encoding) is None:
            return end - start
        index, local = self._find(start)
        chunk = self._chunks[index]
        if local + end - start <= len(chunk):
            return units(chunk[local : local + end - start], encoding)
        return self.units_before(end, encoding) - self.units_before(start, encoding)

    def offset_of_units(self, count: int, encoding: PositionEncoding) -> int:
        """The offset before which `count` units stand: rounds down inside a character, stops at the text's end."""
        extra = self._extra(encoding)
        if extra is None or count >= self._code_points.total + extra.total:
            return min(count, self._code_points.total)
        index, rest = self._code_points.find_with(extra, count)
        return self._code_points.before(index) + code_points(self._chunks[index], rest, encoding)

    def offset_between(self, start: int, end: int, count: int, encoding: PositionEncoding) -> int:
        """The offset `count` units behind `start`, rounded down inside a character, but not behind `end`."""
        if self._extra(encoding) is None:
            return min(start + count, end)
        index, local = self._find(start)
        chunk = self._chunks[index]
        if local + end - start <= len(chunk):
            return start + code_points(chunk[local : local + end - start], count, encoding)
        return min(self.offset_of_units(self.units_before(start, encoding) + count, encoding), end)

    def _extra(self, encoding: PositionEncoding) -> PrefixSums | None:
        """The units that each chunk takes beyond its code points; None if none does."""
        if encoding is PositionEncoding.UTF32:
            return None
        extra = self._utf8_extra if encoding is PositionEncoding.UTF8 else self._utf16_extra
        return extra if extra.total else None

    def _find(self, offset: int) -> tuple[int, int]:
        """The chunk that holds an offset (at a border: the one behind it) and the offset inside that chunk."""
        index, start, end = self._near  # most questions come about the place of the last one
        if start <= offset < end:
            return index, offset - start
        index, local = self._code_points.find(offset)
        start = offset - local
        self._near = (index, start, start + len(self._chunks[index]))
        return index, local

    def _find_line(self, number: int) -> tuple[int, int]:
        """The chunk in which the line end before a line is, and where the line starts inside or behind that chunk."""
        if number == 0:
            return 0, 0
        index, before = self._line_ends.find(number - 1)
        return index, line_start(self._chunks[index], before + 1)

    def _may_stand_at(self, index: int, text: str) -> bool:
        """Whether a chunk with this text keeps the invariants among its neighbours."""
        if len(text) > _LONGEST:
            return False
        if len(text) >= _SHORTEST and text[0] != "\n" and text[-1] != "\r":
            return True
        return not self._needs_the_one_before(index, text) and not self._needs_the_one_behind(index, text)

    def _needs_the_one_before(self, index: int, text: str) -> bool:
        return index > 0 and (len(text) < _SHORTEST or (text[0] == "\n" and self._chunks[index - 1][-1] == "\r"))

    def _needs_the_one_behind(self, index: int, text: str) -> bool:
        if index + 1 == len(self._chunks):
            return False
        return len(text) < _SHORTEST or (text[-1] == "\r" and self._chunks[index + 1][0] == "\n")

    def _change_chunk(self, index: int, text: str, begin: int, removed: str, inserted: str) -> None:
        around = max(begin - 1, 0)  # a character on either side may belong to a line end that changes
        before = self._chunks[index][around : begin + len(removed) + 1]
        after = text[around : begin + len(inserted) + 1]
        self._chunks[index] = text
        self._code_points.add(index, len(inserted) - len(removed))
        if not (inserted.isascii() and removed.isascii()):
            self._utf8_extra.add(index, _utf8_extra(inserted) - _utf8_extra(removed))
            self._utf16_extra.add(index, _utf16_extra(inserted) - _utf16_extra(removed))
        self._line_ends.add(index, count_line_ends(after) - count_line_ends(before))
        _, start, _ = self._near  # this chunk: it was asked for to be changed
        self._near = (index, start, start + len(text))

    def _replace_chunks(self, first: int, last: int, text: str) -> None:
        if self._needs_the_one_before(first, text):
            first -= 1
            text = self._chunks[first] + text
        if self._needs_the_one_behind(last, text):
            last += 1
            text += self._chunks[last]
        chunks = _split(text)
        self._chunks[first : last + 1] = chunks
        self._code_points.splice(first, last + 1, map(len, chunks))
        self._utf8_extra.splice(first, last + 1, map(_utf8_extra, chunks))
        self._utf16_extra.splice(first, last + 1, map(_utf16_extra, chunks))
        self._line_ends.splice(first, last + 1, map(count_line_ends, chunks))
        self._near = (0, 0, 0)


def _utf8_extra(text: str) -> int:
    return 0 if text.isascii() else units(text, PositionEncoding.UTF8) - len(text)


def _utf16_extra(text: str) -> int:
    return 0 if text.isascii() else units(text, PositionEncoding.UTF16) - len(text)


def _split(text: str) -> list[str]:
    chunks: list[str] = []
    start = 0
    while start < len(text) or not chunks:
        end = start + _USUAL if len(text) - start > _LONGEST else len(text)
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        chunks.append(text[start:end])
        start = end
    return chunks
