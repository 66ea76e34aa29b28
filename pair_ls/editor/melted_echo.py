"""Finds our edit inside one reported change that also holds what the user typed (eglot, full text sync). Pure.

Two explanations are tried against "the user did all of it", and are believed if they make what the user did clearly
smaller: our edit came to the right place, or it came to where its positions pointed to by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pair_ls.editor.character_difference import character_difference, character_hunks
from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.in_flight import Echo, InFlight
from pair_ls.text import Delta, Edit, LineIndex, Position, apply, compose, normalize
from pair_ls.text.sequence_difference import Hunk

_MARGIN = 8
_MOST_DIFFERENCES = 400
_MOST_PLACES = 20
_CLEARLY = 0.6  # of the size of our edit


def find_inside(text: EditorText, in_flight: InFlight, change: Delta, *, misplaces: bool) -> Echo | None:
    """Only for an edit that the editor said it applied, or a text that was reported whole."""
    if not change or not in_flight.delta or not _may_hold(change, in_flight):
        return None
    window = _Window.around(text.lines, change, margin=len(in_flight.text_edit.new_text) + _MARGIN)
    is_certain = misplaces and in_flight.applied_at is not None  # it is in there; the question is only where
    ours = in_flight.delta
    ways = [_find_in_place(window, ours, ours, is_certain=is_certain)]
    if with_end := _with_forced_end(text, ours):
        ways.append(_find_in_place(window, ours, with_end, is_certain=is_certain))
    in_place = _least([way for way in ways if way is not None])
    if in_flight.applied_at is None or (in_place is not None and not is_certain):
        return None if in_place is None else in_place.echo
    astray = _find_astray(text, window, in_flight, is_certain=is_certain)
    found = _least([one for one in (in_place, astray) if one is not None])
    return None if found is None else found.echo


@dataclass(frozen=True, slots=True)
class _Explanation:
    """An echo and how many characters the user must have inserted and deleted for it, ours not counted."""

    echo: Echo
    cost: int


def _least(explanations: list[_Explanation]) -> _Explanation | None:
    """The one that leaves the user least to have typed."""
    return min(explanations, key=lambda one: one.cost, default=None)


def _may_hold(change: Delta, in_flight: InFlight) -> bool:
    """Cheap: a change that deletes nothing holds no deletion, one that inserts nothing no text."""
    if any(edit.new_text for edit in in_flight.delta):
        return any(edit.new_text for edit in change)
    return any(edit.end > edit.start for edit in change)


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the text around a change, before and after it."""

    start: int
    before: str
    after: str
    change: Delta  # the smallest

    @classmethod
    def around(cls, lines: LineIndex, change: Delta, *, margin: int) -> "_Window":
        start = max(0, change[0].start - margin)
        before = lines.slice(start, min(len(lines), change[-1].end + margin))
        after = apply(_moved(change, -start), before)
        return cls(start, before, after, _by_characters(before, after))

    def explains(self, rest: Delta, ours: Delta, *, is_certain: bool) -> bool:
        """Whether our edit makes the rest, which the user typed, clearly smaller; just smaller, if it must be there."""
        return _size(self.change) - _size(rest) >= (1 if is_certain else _CLEARLY * _size(ours))


def _with_forced_end(text: EditorText, ours: Delta) -> Delta:
    """Our edit as an editor does it that puts the final line end back; empty where ours leaves it alone."""
    length = len(text.lines)
    if text.has_forced_end or ours[-1].end < length or text.ends_line_after(ours, in_lines=True):
        return ()
    length += sum(edit.growth for edit in ours)
    return compose(ours, (Edit(length, length, "\n"),))


def _find_in_place(window: _Window, ours: Delta, done: Delta, *, is_certain: bool) -> _Explanation | None:
    """Our edit where it belongs, then the user's typing. `done` is what the editor makes of ours."""
    inside = _moved(done, -window.start)
    if inside[0].start < 0 or inside[-1].end > len(window.before):
        return None
    expected = apply(inside, window.before)
    typed = _by_characters(expected, window.after)
    kept = _kept_of(inside, expected, typed)
    inserted = sum(len(edit.new_text) for edit in inside)
    left = sum(map(len, kept))
    # The user may have deleted a part of ours, which costs nothing. But they may also have typed what looks like a part
    # of it: some of each place, and half of all as it was, are proof enough, unless the edit must be there.
    cost = _size(typed) - (inserted - left)
    if is_certain and inserted:
        is_there = any(text.strip() for text in kept)
    elif left == inserted:
        is_there = window.explains(typed, _by_characters(window.before, expected), is_certain=is_certain)
    else:
        pairs = [(text, edit.new_text) for text, edit in zip(kept, inside, strict=True) if edit.new_text.strip()]
        whole = sum(len(text) for text, new_text in pairs if text == new_text)
        is_everywhere = all(text.strip() for text, _ in pairs)
        is_there = is_everywhere and 2 * whole >= inserted > 0 and cost < _size(window.change)
    if not is_there:
        return None
    typed_after = _moved(typed, window.start)
    return _Explanation(Echo(1, ours, typed_after=typed_after, forces_end=done != ours), cost)


def _find_astray(text: EditorText, window: _Window, in_flight: InFlight, *, is_certain: bool) -> _Explanation | None:
    """The user's typing, then our edit where it was told; anywhere, if this editor is known to misplace."""
    may_be_anywhere = is_certain or not in_flight.is_checked
    best: _Explanation | None = None
    for landed in _landings(window, in_flight, is_certain=is_certain):
        without = apply(landed.inverse, window.after)
        typed = _by_characters(window.before, without)
        if not window.explains(typed, landed.delta, is_certain=is_certain):
            continue
        if best is not None and _size(typed) >= best.cost:
            continue
        if may_be_anywhere or _is_where_told(text, in_flight, window.start, without, landed.delta[0]):
            moved = _moved(typed, window.start), _moved(landed.delta, window.start)
            best = _Explanation(Echo(1, moved[1], typed_before=moved[0], is_misplaced=True), _size(typed))
    return best


@dataclass(frozen=True, slots=True)
class _Landing:
    """What our edit may have done to the window, and how to take that back."""

    delta: Delta
    inverse: Delta


def _landings(window: _Window, in_flight: InFlight, *, is_certain: bool) -> Iterator[_Landing]:
    """Where our text is in what was inserted, perhaps with the user's letters in it; and what it may have replaced."""
    removed, inserted = in_flight.removed, in_flight.text_edit.new_text
    gone = {removed: None}
    for edit in window.change:
        deleted = window.before[edit.start : edit.end]
        if removed and len(deleted) >= len(removed):
            gone |= dict.fromkeys((deleted[: len(removed)], deleted[len(deleted) - len(removed) :]))
    if is_certain:
        gone[""] = None  # it may have replaced letters of the user that were never reported
    is_one_place = len(in_flight.delta) == 1  # else what was told repeats much that was there before
    for pieces in _places(window, inserted, in_parts=is_one_place):
        found = "".join(part for _, part in pieces)
        if is_certain:
            is_enough = bool(found.strip()) or not inserted.strip()
        else:
            is_enough = len(found) >= _CLEARLY * len(inserted)
        if is_enough:
            for replaced in gone:
                yield _landing(pieces, replaced)


def _places(window: _Window, inserted: str, *, in_parts: bool) -> Iterator[list[tuple[int, str]]]:
    """Where our text may be: as one, or in parts within one hunk; if there is none, at either end of a hunk."""
    at = window.after.find(inserted) if inserted else -1
    for _ in range(_MOST_PLACES):
        if at < 0:
            break
        yield [(at, inserted)]
        at = window.after.find(inserted, at + 1)
    if inserted and in_parts and window.change:
        low, high = window.change[0].start, len(window.after) - (len(window.before) - window.change[-1].end)
        yield _pieces(inserted, window.after[low:high], low)
    shift = 0
    for edit in window.change:
        start, end = edit.start + shift, edit.start + shift + len(edit.new_text)
        shift += edit.growth
        if inserted and in_parts:
            yield _pieces(inserted, edit.new_text, start)
        elif not inserted:
            yield [(start, "")]
            yield [(end, "")]


def _pieces(inserted: str, hunk: str, start: int) -> list[tuple[int, str]]:
    """The parts of our text that stand in a hunk, in their order: (offset, part)."""
    pieces, ours, theirs = [], 0, 0
    for other in (
        *character_hunks(inserted, hunk, most=_MOST_DIFFERENCES),
        Hunk(len(inserted), len(inserted), len(hunk), len(hunk)),
    ):
        if other.old_start > ours:
            pieces.append((start + theirs, inserted[ours : other.old_start]))
        ours, theirs = other.old_end, other.new_end
    return pieces


def _landing(pieces: list[tuple[int, str]], replaced: str) -> _Landing:
    delta, inverse, shift = [], [], 0
    for number, (at, part) in enumerate(pieces):
        gone = "" if number else replaced
        delta.append(Edit(at - shift, at - shift + len(gone), part))
        inverse.append(Edit(at, at + len(part), gone))
        shift += len(part) - len(gone)
    return _Landing(normalize(delta), normalize(inverse))


def _is_where_told(text: EditorText, in_flight: InFlight, start: int, without: str, landed: Edit) -> bool:
    """Whether the position that the editor was told points, in the text with the user's typing, to where it is."""
    line = text.lines.position(start, text.encoding).line
    line_start = text.lines.offset(Position(line, 0), text.encoding)
    told = in_flight.text_edit.range.start
    if told.line < line:
        return False
    near = LineIndex(text.lines.slice(line_start, start) + without)
    return near.offset(Position(told.line - line, told.character), text.encoding) == landed.start + start - line_start


def _kept_of(ours: Delta, expected: str, typed: Delta) -> list[str]:
    """What of each of our texts is still there after what the user is said to have done to it."""
    result, shift = [], 0
    for edit in ours:
        at, end = edit.start + shift, edit.start + shift + len(edit.new_text)
        shift += edit.growth
        kept = ""
        for other in typed:
            kept += expected[at : min(end, other.start)]
            at = max(at, min(end, other.end))
        result.append(kept + expected[at:end])
    return result


def _by_characters(before: str, after: str) -> Delta:
    return character_difference(before, after, most=_MOST_DIFFERENCES)


def _size(delta: Delta) -> int:
    return sum(len(edit.new_text) + edit.end - edit.start for edit in delta)


def _moved(delta: Delta, by: int) -> Delta:
    return tuple(edit.moved(by) for edit in delta)
