"""A text that is edited and asked for positions in either direction, in microseconds however long it is.

The one place where LSP positions (lines, units of an encoding) and our offsets (code points) meet.
"""

from pair_ls.text.chunked_text import ChunkedText
from pair_ls.text.difference import single_difference
from pair_ls.text.edit import ContentChange, Edit, Position, Range, TextEdit
from pair_ls.text.position_encoding import PositionEncoding


class LineIndex:
    r"""Lines end with \n, \r\n or \r and keep their end; after a last line end comes one more, empty line.

    Lone surrogates do no harm, but two that happen to stand together may count as the one character they spell.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = ChunkedText(text)

    def __len__(self) -> int:
        return len(self._text)

    @property
    def line_count(self) -> int:
        """At least 1."""
        return self._text.line_count

    def text(self) -> str:
        """The whole text, joined anew at each call."""
        return self._text.text()

    def line(self, number: int) -> str:
        """An existing line with its end."""
        is_last = number + 1 == self.line_count
        return self.slice(self._text.line_start(number), len(self) if is_last else self._text.line_start(number + 1))

    def slice(self, start: int, end: int) -> str:
        """text()[start:end] for offsets inside the text."""
        return self._text.slice(start, end)

    def replace(self, edit: Edit) -> str:
        """Applies an edit (ValueError if it lies outside the text) and returns what it removed."""
        return self._text.replace(edit)

    def offset(self, position: Position, encoding: PositionEncoding) -> int:
        """Where a position is; always between characters and never inside a line end.

        LSP: a character past the line's end means the line's end (before \\n). Likewise a line past the last means the
        end of the text, and a character inside a UTF-8 sequence or a surrogate pair means the start of that one.
        """
        if position.line >= self.line_count:
            return len(self)
        start, end = self._text.line_content(position.line)
        return self._text.offset_between(start, end, position.character, encoding)

    def position(self, offset: int, encoding: PositionEncoding) -> Position:
        r"""Where an offset is; between \r and \n it is the position before both, as no other exists."""
        return self._position(offset - 1 if self._text.is_inside_line_end(offset) else offset, encoding)

    def utf8_offset(self, offset: int) -> int:
        """The bytes of UTF-8 before an offset."""
        return self._text.units_before(offset, PositionEncoding.UTF8)

    def offset_of_utf8(self, utf8_offset: int) -> int:
        """The inverse of `utf8_offset`; rounds down inside a character."""
        return self._text.offset_of_units(utf8_offset, PositionEncoding.UTF8)

    def utf16_offset(self, offset: int) -> int:
        """The UTF-16 units before an offset."""
        return self._text.units_before(offset, PositionEncoding.UTF16)

    def offset_of_utf16(self, utf16_offset: int) -> int:
        """The inverse of `utf16_offset`; rounds down inside a surrogate pair."""
        return self._text.offset_of_units(utf16_offset, PositionEncoding.UTF16)

    def apply_change(self, change: ContentChange, encoding: PositionEncoding) -> Edit | None:
        """Applies one didChange entry and returns what it did; a whole new text is applied as its one difference."""
        if change.range is None:
            edit = single_difference(self.text(), change.text)
        else:
            edit = self._edit(change.range, change.text, encoding)
        if edit is None or (edit.start == edit.end and not edit.new_text):
            return None
        self.replace(edit)
        return edit

    def edit_of(self, text_edit: TextEdit, encoding: PositionEncoding) -> Edit:
        """What a text edit means on the present text. A range that runs backwards is taken the right way round."""
        return self._edit(text_edit.range, text_edit.new_text, encoding)

    def text_edit(self, edit: Edit, encoding: PositionEncoding) -> TextEdit:
        r"""The edit for an editor that holds the present text. One that cuts a \r\n in two replaces both halves."""
        start, end, new_text = edit.start, edit.end, edit.new_text
        if self._text.is_inside_line_end(start):
            start, new_text = start - 1, "\r" + new_text
        if self._text.is_inside_line_end(end):
            end, new_text = end + 1, new_text + "\n"
        start_position = self._position(start, encoding)
        end_position = start_position if start == end else self._position(end, encoding)
        return TextEdit(Range(start_position, end_position), new_text)

    def _edit(self, changed: Range, new_text: str, encoding: PositionEncoding) -> Edit:
        start = self.offset(changed.start, encoding)
        if changed.end == changed.start:
            return Edit(start, start, new_text)
        end = self.offset(changed.end, encoding)
        return Edit(min(start, end), max(start, end), new_text)

    def _position(self, offset: int, encoding: PositionEncoding) -> Position:
        line, start = self._text.line_at(offset)
        return Position(line, self._text.units_between(start, offset, encoding))
