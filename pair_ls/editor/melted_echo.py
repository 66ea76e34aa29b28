"""Finds our edit inside one reported change that also holds what the user typed (eglot, full text sync). Pure.

Two explanations are tried against "the user did all of it", and are believed if they make what the user did clearly
smaller: our edit came to the right place, or it came to where its positions pointed to by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.in_flight import Echo, InFlight
from pair_ls.editor.same_result import same_result
from pair_ls.text import Delta, Edit, LineIndex, Position, Range, TextEdit, apply, difference, normalize

_MARGIN = 8
_MOST_PLACES = 60
_CLEARLY = 0.6  # of the size of our edit


def find_inside(text: EditorText, in_flight: InFlight, change: Delta, *, misplaces: bool) -> Echo | None:
    """Only for an edit that the editor said it applied, or a text that was reported whole."""
    if not change or not in_flight.delta or not _may_hold(change, in_flight):
        return None
    window = _Window.around(text.lines, change, margin=len(in_flight.text_edit.new_text) + _MARGIN)
    return _find_in_place(window, in_flight) or (
        _find_astray(text, window, in_flight, misplaces=misplaces) if in_flight.applied_at is not None else None
    )


def _may_hold(change: Delta, in_flight: InFlight) -> bool:
    """Cheap: a change that deletes nothing holds no deletion, one with less text than ours does not hold it."""
    inserted = sum(len(edit.new_text) for edit in in_flight.delta)
    if not inserted:
        return any(edit.end > edit.start for edit in change)
    return sum(len(edit.new_text) for edit in change) >= inserted


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the text around a change, before and after it; the change lies at low..high of `after`."""

    start: int
    before: str
    after: str
    low: int
    high: int
    size: int  # of the change

    @classmethod
    def around(cls, lines: LineIndex, change: Delta, *, margin: int) -> "_Window":
        start = max(0, change[0].start - margin)
        end = min(len(lines), change[-1].end + margin)
        before = lines.slice(start, end)
        after = apply(_moved(change, -start), before)
        high = len(after) - (end - change[-1].end)
        return cls(start, before, after, change[0].start - start, high, _size(difference(before, after)))

    def explains(self, rest: Delta, ours: Delta) -> bool:
        """Whether our edit makes the rest, which the user typed, clearly smaller."""
        return self.size - _size(rest) >= _CLEARLY * _size(ours)


def _find_in_place(window: _Window, in_flight: InFlight) -> Echo | None:
    """Our edit where it belongs, then the user's typing."""
    ours = _moved(in_flight.delta, -window.start)
    if ours[0].start < 0 or ours[-1].end > len(window.before):
        return None
    typed = difference(apply(ours, window.before), window.after)
    if not window.explains(typed, ours):
        return None
    return Echo(1, in_flight.delta, typed_after=_moved(typed, window.start))


def _find_astray(text: EditorText, window: _Window, in_flight: InFlight, *, misplaces: bool) -> Echo | None:
    """The user's typing, then our edit where it was told; anywhere, if this editor is known to misplace."""
    inserted = in_flight.text_edit.new_text
    best: Echo | None = None
    for place, gone in _places(window, inserted, in_flight.removed):
        without = window.after[:place] + gone + window.after[place + len(inserted) :]
        typed = difference(window.before, without)
        landed: Delta = normalize((Edit(place, place + len(gone), inserted),))
        if not landed or not window.explains(typed, landed):
            continue
        if best is not None and _size(typed) >= _size(best.typed_before):
            continue
        if misplaces or _is_where_told(text, in_flight, window.start, without, landed):
            moved = _moved(typed, window.start), _moved(landed, window.start)
            best = Echo(1, moved[1], typed_before=moved[0], is_misplaced=True)
    return best


def _places(window: _Window, inserted: str, removed: str) -> Iterator[tuple[int, str]]:
    """Where in the text after the change our edit may be, and what it may have replaced there."""
    places: dict[int, None] = {}
    gone = {removed: None}
    shift = 0
    for edit in difference(window.before, window.after):
        deleted = window.before[edit.start : edit.end]
        if removed and len(deleted) >= len(removed):
            gone |= dict.fromkeys((deleted[: len(removed)], deleted[len(deleted) - len(removed) :]))
        places |= dict.fromkeys((edit.start + shift, edit.start + shift + len(edit.new_text)))
        shift += edit.growth
    if inserted:
        places = dict.fromkeys(_found(inserted, window))
    return ((place, text) for place in places for text in gone)


def _found(inserted: str, window: _Window) -> Iterator[int]:
    at, end = max(0, window.low - len(inserted)) - 1, window.high + len(inserted)
    for _ in range(_MOST_PLACES):
        at = window.after.find(inserted, at + 1, end)
        if at < 0:
            return
        yield at


def _is_where_told(text: EditorText, in_flight: InFlight, start: int, without: str, landed: Delta) -> bool:
    """Whether the positions that the editor was told point, in the text with the user's typing, to where it is."""
    line = text.lines.position(start, text.encoding).line
    line_start = text.lines.offset(Position(line, 0), text.encoding)
    told = in_flight.text_edit.range
    if told.start.line < line:
        return False
    near = LineIndex(text.lines.slice(line_start, start) + without)
    relative = Range(
        Position(told.start.line - line, told.start.character), Position(told.end.line - line, told.end.character)
    )
    edit = near.edit_of(TextEdit(relative, in_flight.text_edit.new_text), text.encoding)
    return same_result(near, normalize((edit,)), _moved(landed, start - line_start))


def _size(delta: Delta) -> int:
    return sum(len(edit.new_text) + edit.end - edit.start for edit in delta)


def _moved(delta: Delta, by: int) -> Delta:
    return tuple(Edit(edit.start + by, edit.end + by, edit.new_text) for edit in delta)
