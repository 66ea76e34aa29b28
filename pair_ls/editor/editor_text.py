r"""The editor's text exactly as it reported it, and the part of it that is compared with the shared text. Pure.

Neovim cannot show a text without a final line end: an empty file is "\n" to it, and a final "\n" that is deleted
comes back. Sending that to the room and its deletion back would never end. So such a line end is *forced*: it is in
`lines`, but not in the *view*, and the view is what the shared text is compared with. The view is always a beginning
of the lines, so an offset means the same in both.
"""

from pair_ls.editor.character_difference import character_difference
from pair_ls.text import (
    ContentChange,
    Delta,
    Edit,
    LineIndex,
    PositionEncoding,
    TextEdit,
    compose,
    difference,
    normalize,
)

_MOST_DIFFERENCES = 48  # characters; takes a millisecond or two


class EditorText:
    """The text of one open document, \\n only, with the positions of its editor."""

    def __init__(self, text: str, encoding: PositionEncoding, *, has_forced_end: bool = False) -> None:
        self.lines = LineIndex(text)
        self.encoding = encoding
        self.has_forced_end = has_forced_end
        self.forces_end = has_forced_end
        """Known to force a final line end, be there one now or not."""

    def __len__(self) -> int:
        return len(self.lines) - self.has_forced_end

    def view(self) -> str:
        """What is compared with the shared text."""
        return self.lines.slice(0, len(self))

    def change(self, change: ContentChange) -> Delta:
        """What a reported change does to the lines; nothing is applied. Its text is as inside (see line_endings)."""
        if change.range is None:
            return difference(self.lines.text(), change.text)
        return normalize((self.lines.edit_of(TextEdit(change.range, change.text), self.encoding),))

    def with_its_line_end(self, change: Delta) -> Delta:
        """A deletion of all but two line ends most likely was one of a whole line: with the line end that goes too.

        If it was not, we have a line end less than the editor, which does no harm and is put right by what is typed
        there; the other way round what others write at the end would be put elsewhere.
        """
        if len(change) != 1 or change[0].new_text or len(self.lines) + change[0].growth != 2:
            return change
        start, end = change[0].start, change[0].end
        left = self.lines.slice(0, start) + self.lines.slice(end, len(self.lines))
        if left != "\n\n" or self.lines.slice(end - 1, end) == "\n":
            return change
        return (Edit(start, end + 1, ""),) if end < len(self.lines) else (Edit(start - 1, end, ""),)

    def apply(self, change: Delta) -> None:
        """Applies a change to the lines as it is. The view keeps its forced end or its lack of one."""
        for edit in reversed(change):
            self.lines.replace(edit)

    def take(self, change: Delta) -> Delta:
        """Applies what the editor did to the lines and tells what that does to the view."""
        change = self.smallest(change)
        view, has_forced_end = self._in_view(change)
        self.apply(change)
        self.has_forced_end = has_forced_end
        return view

    def inverse_in_view(self, change: Delta) -> Delta:
        """The delta that will take back what a change, which is not taken yet, does to the view."""
        return self.inverse(self._in_view(self.smallest(change))[0])

    def inverse(self, change: Delta) -> Delta:
        """The delta that takes back a change that is not applied yet."""
        result = []
        shift = 0
        for edit in change:
            start = edit.start + shift
            result.append(Edit(start, start + len(edit.new_text), self.lines.slice(edit.start, edit.end)))
            shift += edit.growth
        return tuple(result)

    def ends_line_after(self, change: Delta, *, in_lines: bool = False) -> bool:
        """Whether the view, or the lines, would end with a line end after a change."""
        return _ends_line(self.lines, change, len(self.lines) if in_lines else len(self))

    def fit_end(self, queue: Delta) -> Delta:
        """The way from the view to the shared text, said so that every editor understands it at the end of the text.

        Decides anew whether the final line end is a forced one. Never inserts behind the last line end what can be
        inserted before it: Neovim has no line there.
        """
        if not queue or queue[-1].end < len(self):
            return queue
        ends_line = self.ends_line_after(queue)
        if self.has_forced_end and ends_line and not self.ends_line_after(()):
            length = len(self) + sum(edit.growth for edit in queue)  # the shared text got the line end itself
            self.has_forced_end = False
            return compose(queue, (Edit(length - 1, length, ""),))
        if self.has_forced_end or not self.ends_line_after(()):
            return queue
        if not ends_line and self.forces_end:
            self.has_forced_end = True
            return compose((Edit(len(self), len(self), "\n"),), queue)
        return _before_last_line_end(queue, len(self)) if ends_line else queue

    def force_end(self, change: Delta) -> None:
        """Applies a change of the view that leaves no final line end; the editor has put one there."""
        self.apply(change)
        self.lines.replace(Edit(len(self.lines), len(self.lines), "\n"))
        self.has_forced_end = self.forces_end = True

    def may_come_to_nothing(self, change: Delta) -> bool:
        """Whether the change only takes the final line end, which some editors do not let go."""
        return not self.has_forced_end and change == (Edit(len(self) - 1, len(self), ""),) and self.ends_line_after(())

    def _in_view(self, change: Delta) -> tuple[Delta, bool]:
        """A change of the lines as a change of the view, and whether there is a forced line end after it."""
        view = len(self)
        if not self.has_forced_end or not change:
            return change, self.has_forced_end
        length = len(self.lines) + sum(edit.growth for edit in change)
        if change[-1].end <= view and (view or length == 1):
            return change, True
        ends_line = _ends_line(self.lines, change, len(self.lines))
        change = compose((Edit(view, view, "\n"),), change)
        # Whoever writes the first text into an empty document ends its last line, as its editor does.
        if not ends_line or (view == 0 and length > 1):
            return change, False
        return compose(change, (Edit(length - 1, length, ""),)), True

    def smallest(self, change: Delta) -> Delta:
        """An editor may report a line, or everything, as replaced where a letter changed; others keep their edits."""
        if all(edit.start == edit.end or not edit.new_text for edit in change):
            return change
        return normalize(
            Edit(edit.start + inner.start, edit.start + inner.end, inner.new_text)
            for edit in change
            for inner in character_difference(
                self.lines.slice(edit.start, edit.end), edit.new_text, most=_MOST_DIFFERENCES
            )
        )


def _ends_line(lines: LineIndex, change: Delta, length: int) -> bool:
    """Whether the first `length` characters of the lines end with a line end after the change."""
    last = change[-1] if change else Edit(length, length, "")
    if last.end < length:
        return lines.slice(length - 1, length) == "\n"
    return last.new_text.endswith("\n") if last.new_text else lines.slice(max(0, last.start - 1), last.start) == "\n"


def _before_last_line_end(queue: Delta, length: int) -> Delta:
    """The same change of a text that ends with a line end before and after, without touching that one."""
    *others, last = queue
    if not last.new_text:  # whole lines go: the line end before them instead of their own
        moved = Edit(last.start - 1, last.end - 1, "")
    elif last.start == length:
        moved = Edit(last.start - 1, last.end - 1, "\n" + last.new_text[:-1])
    else:
        moved = Edit(last.start, last.end - 1, last.new_text[:-1])
    return normalize((*others, moved))
