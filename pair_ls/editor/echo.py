"""Recognises our own edit in what the editor reports: by the resulting text, never by ranges or the answer. Pure.

Echoes come re-ranged (Neovim compares lines), split (VS Code and Helix minimise), at stale positions (nobody checked
the version) or melted into one change with the user's typing (eglot, full sync).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.in_flight import InFlight
from pair_ls.text import (
    Delta,
    Edit,
    LineIndex,
    Position,
    Range,
    TextEdit,
    apply,
    compose,
    difference,
    normalize,
    transform,
)

_PREVIEW = 64  # characters that tell nearly all different texts apart
_MARGIN = 8
_MOST_PLACES = 60


@dataclass(frozen=True, slots=True)
class Echo:
    """The first `count` changes are our edit; `landed` is what it did to the lines, after the `typed` of the user."""

    count: int
    typed: Delta
    landed: Delta
    forces_end: bool = False
    is_misplaced: bool = False


def find_echo(text: EditorText, in_flight: InFlight, changes: list[Delta], *, misplaces: bool) -> Echo | None:
    """Looks for the edit at the beginning of these changes, each made on the result of the one before."""
    lines = text.lines
    raw = normalize((lines.edit_of(in_flight.text_edit, text.encoding),))
    forced = _with_forced_end(text, in_flight.delta)
    together: Delta = ()
    for count, change in enumerate(changes, start=1):
        together = compose(together, change) if together else change
        if in_flight.delta and same_result(lines, in_flight.delta, together):
            return Echo(count, (), in_flight.delta)
        if forced is not None and same_result(lines, forced, together):
            return Echo(count, (), in_flight.delta, forces_end=True)
        if raw and raw != in_flight.delta and same_result(lines, raw, together):
            return Echo(count, (), raw, is_misplaced=True)
    return _find_inside(text, in_flight, changes[0], misplaces=misplaces)


def same_result(lines: LineIndex, one: Delta, other: Delta) -> bool:
    """Whether two changes of the text lead to the same text. Looks only at what lies between their edits."""
    if one == other:
        return True
    if sum(edit.growth for edit in one) != sum(edit.growth for edit in other):
        return False
    edits = (*one, *other)
    start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
    if _result(lines, one, start, end, _PREVIEW) != _result(lines, other, start, end, _PREVIEW):
        return False
    everything = len(lines) + sum(len(edit.new_text) for edit in edits)
    return _result(lines, one, start, end, everything) == _result(lines, other, start, end, everything)


def _result(lines: LineIndex, delta: Delta, start: int, end: int, most: int) -> str:
    """The first `most` characters of the text between the offsets, after the delta."""
    pieces: list[str] = []
    at, left = start, most
    for edit in (*delta, Edit(end, end, "")):
        for piece in (lines.slice(at, min(edit.start, at + left)), edit.new_text):
            pieces.append(piece[:left])
            left -= len(pieces[-1])
        if left == 0:
            break
        at = edit.end
    return "".join(pieces)


def _with_forced_end(text: EditorText, delta: Delta) -> Delta | None:
    """What an editor that forces a final line end makes of an edit that leaves none; an edit may come to nothing."""
    if text.has_forced_end or text.ends_line_after(delta):
        return None
    length = len(text.lines)
    grown = length + sum(edit.growth for edit in delta)
    return compose(delta, (Edit(grown, grown, "\n"),))


def _find_inside(text: EditorText, in_flight: InFlight, change: Delta, *, misplaces: bool) -> Echo | None:
    """One change that holds the user's typing and our edit: what is left without ours must be a smaller change.

    Ours is either where it belongs, or (only if the editor said that it applied it) where its positions point to in
    the text that the user had typed, or anywhere, if this editor is known to misplace.
    """
    inserted = in_flight.text_edit.new_text
    if not change or not in_flight.delta or not _may_hold(change, inserted):
        return None
    window = _Window.around(text.lines, change, margin=len(inserted) + _MARGIN)
    whole = difference(window.before, window.after)
    best: tuple[bool, int] = (True, _size(whole))
    echo = None
    for place, gone in _places(window, whole, inserted, _candidates_for_removed(text.lines, in_flight)):
        without = window.after[:place] + gone + window.after[place + len(inserted) :]
        typed = difference(window.before, without)
        size = _size(typed)
        if size >= _size(whole):
            continue
        landed: Delta = normalize((Edit(place, place + len(gone), inserted),))
        is_misplaced = not window.is_right(in_flight.delta, typed, without)
        if (is_misplaced, size) >= best or not landed:
            continue
        if is_misplaced and (
            in_flight.applied_at is None or not (misplaces or window.is_where_told(text, in_flight, without, landed))
        ):
            continue
        best = (is_misplaced, size)
        echo = Echo(1, _moved(typed, window.start), _moved(landed, window.start), is_misplaced=is_misplaced)
    return echo


def _may_hold(change: Delta, inserted: str) -> bool:
    """Cheap: a change that deletes nothing holds no deletion, one with less text than ours does not hold it."""
    if not inserted:
        return any(edit.end > edit.start for edit in change)
    return sum(len(edit.new_text) for edit in change) >= len(inserted)


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the text around a change, before and after it; the change lies at low..high of `after`."""

    start: int
    before: str
    after: str
    low: int
    high: int

    @classmethod
    def around(cls, lines: LineIndex, change: Delta, *, margin: int) -> "_Window":
        start = max(0, change[0].start - margin)
        end = min(len(lines), change[-1].end + margin)
        before = lines.slice(start, end)
        after = apply(_moved(change, -start), before)
        return cls(start, before, after, change[0].start - start, len(after) - (end - change[-1].end))

    def is_right(self, delta: Delta, typed: Delta, without: str) -> bool:
        """Whether our edit, rebased over what the user typed, makes the text that is there."""
        if delta[0].start < self.start or delta[-1].end > self.start + len(self.before):
            return False
        return apply(transform(_moved(delta, -self.start), typed, before=False), without) == self.after

    def is_where_told(self, text: EditorText, in_flight: InFlight, without: str, landed: Delta) -> bool:
        """Whether the positions that the editor was told point, in the text with the user's typing, to where it is."""
        line = text.lines.position(self.start, text.encoding).line
        line_start = text.lines.offset(Position(line, 0), text.encoding)
        told = in_flight.text_edit.range
        if told.start.line < line:
            return False
        near = LineIndex(text.lines.slice(line_start, self.start) + without)
        relative = Range(
            Position(told.start.line - line, told.start.character), Position(told.end.line - line, told.end.character)
        )
        edit = near.edit_of(TextEdit(relative, in_flight.text_edit.new_text), text.encoding)
        return same_result(near, normalize((edit,)), _moved(landed, self.start - line_start))


def _candidates_for_removed(lines: LineIndex, in_flight: InFlight) -> list[str]:
    """What our edit may have replaced: what it was told to, or what the user has left of that."""
    left = "".join(lines.slice(edit.start, edit.end) for edit in in_flight.delta)
    return [in_flight.removed] if left == in_flight.removed else [in_flight.removed, left]


def _places(window: _Window, whole: Delta, inserted: str, removed: list[str]) -> Iterator[tuple[int, str]]:
    """Where in the text after the change our edit may be, and what it may have replaced there."""
    places: dict[int, None] = {}
    shift = 0
    gone = dict.fromkeys(removed)
    for edit in whole:
        deleted = window.before[edit.start : edit.end]
        for text in removed:
            if text and len(deleted) >= len(text):
                gone |= dict.fromkeys((deleted[: len(text)], deleted[len(deleted) - len(text) :]))
        places |= dict.fromkeys((edit.start + shift, edit.start + shift + len(edit.new_text)))
        shift += edit.growth
    if inserted:
        places = {}
        at = window.after.find(inserted, max(0, window.low - len(inserted)), window.high + len(inserted))
        while at >= 0 and len(places) < _MOST_PLACES:
            places[at] = None
            at = window.after.find(inserted, at + 1, window.high + len(inserted))
    return ((place, text) for place in places for text in gone)


def _size(delta: Delta) -> int:
    return sum(len(edit.new_text) + edit.end - edit.start for edit in delta)


def _moved(delta: Delta, by: int) -> Delta:
    return tuple(Edit(edit.start + by, edit.end + by, edit.new_text) for edit in delta)
