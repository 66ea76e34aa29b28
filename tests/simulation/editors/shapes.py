"""How editors describe one change of their buffer in didChange. Each is a function (text before, edit) -> changes."""

from collections.abc import Callable

from pair_ls.text import ContentChange, Edit, LineIndex, PositionEncoding, Range, apply_edits, single_difference

Shape = Callable[[str, Edit, PositionEncoding], tuple[ContentChange, ...]]


def _change(before: str, edit: Edit, encoding: PositionEncoding) -> ContentChange:
    lines = LineIndex(before)
    return ContentChange(edit.new_text, Range(lines.position(edit.start, encoding), lines.position(edit.end, encoding)))


def exact(before: str, edit: Edit, encoding: PositionEncoding) -> tuple[ContentChange, ...]:
    """As it was made."""
    return (_change(before, edit, encoding),)


def by_lines(before: str, edit: Edit, encoding: PositionEncoding) -> tuple[ContentChange, ...]:
    """Neovim compares the lines of an event: `yy` put into `line2` may come back as the rest of the line replaced."""
    end = before.find("\n", edit.end)
    end = len(before) if end < 0 else end
    wider = Edit(edit.start, end, edit.new_text + before[edit.end : end])
    smaller = single_difference(before, apply_edits(before, (edit,)))
    if "\n" in edit.new_text and smaller is not None:
        return (_change(before, wider, encoding),)
    return (_change(before, smaller or Edit(edit.start, edit.start, ""), encoding),)


def minimised(before: str, edit: Edit, encoding: PositionEncoding) -> tuple[ContentChange, ...]:
    """VS Code replaces only the characters that differ, last first."""
    return tuple(_change(before, hunk, encoding) for hunk in reversed(_hunks(before, edit)))


def minimised_ascending(before: str, edit: Edit, encoding: PositionEncoding) -> tuple[ContentChange, ...]:
    """Helix does the same first to last: each change is said on the result of the one before."""
    changes = []
    for hunk in _moved_over_those_before(_hunks(before, edit)):
        changes.append(_change(before, hunk, encoding))
        before = apply_edits(before, (hunk,))
    return tuple(changes)


def whole(before: str, edit: Edit, encoding: PositionEncoding) -> tuple[ContentChange, ...]:
    """Full text synchronisation."""
    return (ContentChange(apply_edits(before, (edit,))),)


def _hunks(before: str, edit: Edit) -> list[Edit]:
    """The edit cut at the first longer run of characters that it leaves as they are."""
    removed, inserted = before[edit.start : edit.end], edit.new_text
    for length in (8, 3, 2):
        for start in range(len(removed) - length + 1):
            at = inserted.find(removed[start : start + length])
            if at >= 0:
                left = Edit(edit.start, edit.start + start, inserted[:at])
                right = Edit(edit.start + start + length, edit.end, inserted[at + length :])
                return [part for part in (left, right) if part.start != part.end or part.new_text]
    return [edit]


def _moved_over_those_before(hunks: list[Edit]) -> list[Edit]:
    moved, shift = [], 0
    for hunk in hunks:
        moved.append(Edit(hunk.start + shift, hunk.end + shift, hunk.new_text))
        shift += hunk.growth
    return moved
