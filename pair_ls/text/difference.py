"""The smallest reasonable difference between two texts, in bounded time: whole lines first, then characters."""

from collections.abc import Iterator
from itertools import accumulate

from pair_ls.text.delta import Delta, normalize
from pair_ls.text.edit import Edit
from pair_ls.text.sequence_difference import Hunk, common_prefix, common_suffix, hunks


def difference(before: str, after: str) -> Delta:
    """The delta that makes `after` of `before`; empty if they are equal."""
    around = single_difference(before, after)
    if around is None:
        return ()
    if not around.new_text or around.start == around.end:
        return (around,)
    old = _lines(before[around.start : around.end])
    new = _lines(around.new_text)
    starts = list(accumulate(map(len, old), initial=around.start))
    return normalize(edit for hunk in hunks(*_numbered(old, new)) for edit in _character_edits(old, new, hunk, starts))


def single_difference(before: str, after: str) -> Edit | None:
    """The one edit that makes `after` of `before`: all but what both begin and end with. None if they are equal."""
    if before == after:
        return None
    start = common_prefix(before, after)
    tail = common_suffix(before, after, min(len(before), len(after)) - start)
    return Edit(start, len(before) - tail, after[start : len(after) - tail])


def _lines(text: str) -> list[str]:
    r"""Pieces that end with \n: a line end of another kind makes the pieces longer, not the result wrong."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines


def _numbered(old: list[str], new: list[str]) -> tuple[list[int], list[int]]:
    """Equal lines as the same number object, which lists compare much faster than text."""
    numbers: dict[str, int] = {}
    return (
        [numbers.setdefault(line, len(numbers)) for line in old],
        [numbers.setdefault(line, len(numbers)) for line in new],
    )


def _character_edits(old: list[str], new: list[str], hunk: Hunk, starts: list[int]) -> Iterator[Edit]:
    """The changed lines one by one if they are as many as before, else as one text."""
    old_lines, new_lines = old[hunk.old_start : hunk.old_end], new[hunk.new_start : hunk.new_end]
    if len(old_lines) != len(new_lines):
        old_lines, new_lines = ["".join(old_lines)], ["".join(new_lines)]
    for number, (old_line, new_line) in enumerate(zip(old_lines, new_lines, strict=True)):
        edit = single_difference(old_line, new_line)
        if edit is not None:
            start = starts[hunk.old_start + number]
            yield Edit(start + edit.start, start + edit.end, edit.new_text)
