"""Recognises our own edit in what the editor reports: by the resulting text, never by ranges or the answer. Pure.

Echoes come re-ranged (Neovim compares lines), split (VS Code and Helix minimise), at stale positions (nobody checked
the version) or melted into one change with the user's typing (eglot, full sync).
"""

from dataclasses import replace

from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.in_flight import Echo, InFlight
from pair_ls.editor.melted_echo import find_inside
from pair_ls.editor.same_result import same_result
from pair_ls.text import Delta, Edit, compose, normalize

_MOST_PARTS = 32
_LONGEST_END = 64


def find_echo(
    text: EditorText, in_flight: InFlight, changes: list[Delta], *, misplaces: bool, may_melt: bool
) -> Echo | None:
    """Looks for the edit at the beginning of these changes, each made on the result of the one before.

    `misplaces`: the editor is known to. `may_melt`: the first change may be our edit and the user's typing in one.
    """
    echo = _find_alone(text, in_flight, changes[0], misplaces=misplaces)
    if echo is None and len(changes) > 1:
        echo = _find_split(text, in_flight, changes[:_MOST_PARTS], misplaces=misplaces)
    if echo is None and may_melt:
        echo = find_inside(text, in_flight, changes[0], misplaces=misplaces)
    return echo


def missing_end(text: EditorText, in_flight: InFlight, change: Delta) -> Delta:
    r"""The line ends at the end of the text that the editor does not have, as the change shows; () for none.

    Neovim 0.12 reports wrongly that the last of two lines goes when an empty one is left (vim.lsp.sync,
    `compute_end_range`), and then has a line less than it told. What is to be put behind its last line it appends as
    lines of their own: it reports our text and a line end, in front of line ends that it therefore cannot have.
    """
    told = in_flight.text_edit
    if len(change) != 1 or told.range.start != told.range.end:
        return ()
    (edit,) = change
    start, inserted = edit.start, edit.new_text
    if edit.end == start + 1 and inserted.startswith("\n") and text.lines.slice(start, edit.end) == "\n":
        start, inserted = edit.end, inserted[1:]  # it appends lines to the end of the last one
    elif edit.end != start:
        return ()
    length = len(text.lines)
    is_told = inserted == told.new_text + "\n" and text.lines.offset(told.range.start, text.encoding) >= start
    if not is_told or not 0 < start < length <= start + _LONGEST_END or text.lines.slice(start - 1, start) != "\n":
        return ()
    return () if text.lines.slice(start, length).strip("\n") else (Edit(start, length, ""),)


def holds_text(in_flight: InFlight, change: Delta) -> bool:
    """Whether a change brings the text of our edit: whoever typed it, or wherever it came to."""
    told = in_flight.text_edit.new_text
    return bool(told) and any((told.strip("\n") or "\n") in edit.new_text for edit in change)


def _find_alone(text: EditorText, in_flight: InFlight, change: Delta, *, misplaces: bool) -> Echo | None:
    """The change is our edit and nothing else."""
    ours = in_flight.delta
    if ours and same_result(text.lines, ours, change):
        return Echo(1, ours)
    if ours and not text.has_forced_end and _is_with_forced_end(text, ours, change):
        return Echo(1, ours, forces_end=True)
    # The user may delete by chance just what an edit that is refused would have deleted at a stale position.
    if in_flight.is_checked and not misplaces and not in_flight.text_edit.new_text.strip():
        return None
    told = normalize((text.lines.edit_of(in_flight.text_edit, text.encoding),))
    if told and told != ours and (same_result(text.lines, told, change) or _is_with_forced_end(text, told, change)):
        return Echo(1, change, is_misplaced=True)
    return None


def _find_split(text: EditorText, in_flight: InFlight, changes: list[Delta], *, misplaces: bool) -> Echo | None:
    """The editor took our edit apart. Every part of it brings some of our text: what the user typed would not."""
    together: Delta = ()
    for count, change in enumerate(changes, start=1):
        if any(edit.new_text not in in_flight.text_edit.new_text for edit in change):
            return None
        together = compose(together, change)
        echo = _find_alone(text, in_flight, together, misplaces=misplaces) if count > 1 else None
        if echo is not None:
            return replace(echo, count=count)
    return None


def _is_with_forced_end(text: EditorText, ours: Delta, change: Delta) -> bool:
    """Whether the change is our edit, which leaves no final line end, and the line end that the editor put back.

    Our edit may come to nothing in this way, and the change be empty.
    """
    if text.ends_line_after(ours, in_lines=True):
        return False
    length = len(text.lines) + sum(edit.growth for edit in ours)
    return same_result(text.lines, compose(ours, (Edit(length, length, "\n"),)), change)
