"""The smallest reasonable difference between two texts, in bounded time: lines first, then words, then characters."""

import re
from collections.abc import Iterator
from itertools import accumulate

from pair_ls.text.delta import Delta, normalize
from pair_ls.text.edit import Edit
from pair_ls.text.sequence_difference import Hunk, common_prefix, common_suffix, few_hunks, hunks

_WORD = re.compile(r"\w+|\s+|.")
_MOST_DIFFERENT_WORDS = 16
_MOST_LINES = 100  # more in one hunk are rewritten, and not worth the time of comparing words


def difference(before: str, after: str) -> Delta:
    """The delta that makes `after` of `before`; empty if they are equal."""
    around = single_difference(before, after)
    if around is None:
        return ()
    if around.start == around.end or not around.new_text:
        return (around,)
    old, new = _lines(before[around.start : around.end]), _lines(around.new_text)
    starts = list(accumulate(map(len, old), initial=around.start))
    return normalize(edit for hunk in hunks(old, new) for edit in _edits_of_lines(old, new, hunk, starts))


def single_difference(before: str, after: str) -> Edit | None:
    """The one edit that makes `after` of `before`: all but what both begin and end with. None if they are equal."""
    if before == after:
        return None
    start = common_prefix(before, after)
    tail = common_suffix(before, after, min(len(before), len(after)) - start)
    return Edit(start, len(before) - tail, after[start : len(after) - tail])


def _lines(text: str) -> list[str]:
    r"""Pieces that end with \n: a line end of another kind makes the pieces longer, not the result wrong."""
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), last]


def _edits_of_lines(old: list[str], new: list[str], hunk: Hunk, starts: list[int]) -> Iterator[Edit]:
    """The changed lines one by one if they are as many as before, else all as one text."""
    old_lines, new_lines = old[hunk.old_start : hunk.old_end], new[hunk.new_start : hunk.new_end]
    is_short = max(len(old_lines), len(new_lines)) <= _MOST_LINES
    if len(old_lines) != len(new_lines):
        old_lines, new_lines = ["".join(old_lines)], ["".join(new_lines)]
    for number, (old_line, new_line) in enumerate(zip(old_lines, new_lines, strict=True)):
        around = single_difference(old_line, new_line)
        if around is None:
            continue
        start = starts[hunk.old_start + number] + around.start
        replaced = old_line[around.start : around.end]
        if is_short and replaced and around.new_text:
            yield from _edits_of_words(replaced, around.new_text, start)
        else:
            yield Edit(start, start + len(replaced), around.new_text)


def _edits_of_words(old: str, new: str, start: int) -> list[Edit]:
    """The changed words if they are few and half of the text stays; else one edit, no mosaic of unrelated texts."""
    whole = [Edit(start, start + len(old), new)]
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    changed = few_hunks(old_words, new_words, _MOST_DIFFERENT_WORDS)
    if changed is None:
        return whole
    starts = list(accumulate(map(len, old_words), initial=0))
    edits = []
    for hunk in changed:
        begin, end = starts[hunk.old_start], starts[hunk.old_end]
        edit = single_difference(old[begin:end], "".join(new_words[hunk.new_start : hunk.new_end]))
        if edit is not None:
            edits.append(Edit(start + begin + edit.start, start + begin + edit.end, edit.new_text))
    kept = len(old) - sum(edit.end - edit.start for edit in edits)
    return edits if kept * 2 >= max(len(old), len(new)) else whole
