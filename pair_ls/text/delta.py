"""The algebra of deltas: simultaneous edits as one value that can be composed, rebased and undone. Pure functions.

A delta is ascending and disjoint; edits that touch are one, and none is empty.
Where an edit deletes and inserts, the inserted text stands before the deleted one.
"""

from collections.abc import Iterable

from pair_ls.text.edit import Edit, apply_edits

Delta = tuple[Edit, ...]


def apply(delta: Delta, text: str) -> str:
    """The text after the delta."""
    return apply_edits(text, delta)


def normalize(edits: Iterable[Edit]) -> Delta:
    """A delta from ascending, disjoint edits: joins those that touch, drops the empty ones."""
    result: list[Edit] = []
    for edit in edits:
        if edit.start == edit.end and not edit.new_text:
            continue
        if result and result[-1].end == edit.start:
            before = result.pop()
            edit = Edit(before.start, edit.end, before.new_text + edit.new_text)
        result.append(edit)
    return tuple(result)


def compose(first: Delta, second: Delta) -> Delta:
    """One delta that does what `first` does and then `second`."""
    result: list[Edit] = []
    pending = list(reversed(first))
    shift = 0  # an offset between the two, minus the same one before both

    for edit in second:
        # What `first` inserts or deletes up to here stays.
        while pending and pending[-1].start + shift + len(pending[-1].new_text) <= edit.start:
            shift += pending[-1].growth
            result.append(pending.pop())
        if pending and pending[-1].start + shift < edit.start:
            kept = edit.start - shift - pending[-1].start
            left, right = _split_insert(pending.pop(), kept)
            result.append(left)
            pending.append(right)
            shift += kept
        start = edit.start - shift
        # What it inserts from here to the end of this edit goes; what it deletes stays deleted.
        while pending and pending[-1].start + shift < edit.end:
            gone = pending.pop()
            dropped = edit.end - shift - gone.start
            if dropped < len(gone.new_text):
                pending.append(_split_insert(gone, dropped)[1])
                shift += dropped
                break
            shift += gone.growth
        result.append(Edit(start, edit.end - shift, edit.new_text))
    return normalize(result + pending[::-1])


def transform(delta: Delta, over: Delta, *, before: bool) -> Delta:
    """The delta rebased: both are made for the same text, the result for the text after `over`.

    Text that `over` inserted is never deleted. `before`: where both insert at the same offset, the delta's text goes
    to the left. For every pair: over + transform(delta, over, before=True) and
    delta + transform(over, delta, before=False) lead to the same text.
    """
    result: list[Edit] = []
    passed = 0  # edits of `over` that lie wholly to the left
    shift = 0  # and their growth
    for edit in delta:
        while passed < len(over) and _is_left_of(over[passed], edit.start):
            shift += over[passed].growth
            passed += 1
        result += _rebased(edit, over, passed, shift, before=before)
    return normalize(result)


def invert(delta: Delta, text: str) -> Delta:
    """The delta that leads from the text after `delta` back to `text`, the one before it."""
    result = []
    shift = 0
    for edit in delta:
        start = edit.start + shift
        result.append(Edit(start, start + len(edit.new_text), text[edit.start : edit.end]))
        shift += edit.growth
    return tuple(result)


def map_offset(offset: int, delta: Delta, *, stick_right: bool) -> int:
    """Where an offset is after the delta; `stick_right`: behind a text inserted at the offset itself.

    An offset inside or at the end of what an edit replaces is behind the new text: where a transformed insert goes.
    """
    shift = 0
    for edit in delta:
        if edit.start > offset or (edit.start == offset and not stick_right):
            break
        if edit.end >= offset:
            return edit.start + shift + len(edit.new_text)
        shift += edit.growth
    return offset + shift


def _split_insert(edit: Edit, at: int) -> tuple[Edit, Edit]:
    """The same edit in two: an insert of the first `at` characters, and the rest with the deletion."""
    return Edit(edit.start, edit.start, edit.new_text[:at]), Edit(edit.start, edit.end, edit.new_text[at:])


def _is_left_of(edit: Edit, offset: int) -> bool:
    return edit.end < offset or (edit.end == offset and edit.start < offset)


def _rebased(edit: Edit, over: Delta, index: int, shift: int, *, before: bool) -> list[Edit]:
    """The insert of one edit, then what is left to delete of it between the edits of `over` from `index` on."""
    at = edit.start
    if index < len(over) and (over[index].start < at or (over[index].start == at and not before)):
        insert_at = over[index].start + shift + len(over[index].new_text)
    else:
        insert_at = at + shift
    pieces = [Edit(insert_at, insert_at, edit.new_text)]
    while index < len(over) and over[index].start < edit.end:
        other = over[index]
        if other.start > at:
            pieces.append(Edit(at + shift, other.start + shift, ""))
        at = max(at, other.end)
        shift += other.growth
        index += 1
    if at < edit.end:
        pieces.append(Edit(at + shift, edit.end + shift, ""))
    return pieces
