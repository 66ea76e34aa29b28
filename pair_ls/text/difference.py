"""The smallest reasonable difference between two texts, in bounded time: lines first, then words, then characters."""

import re
from collections.abc import Iterator
from itertools import accumulate

from pair_ls.text.delta import Delta, normalize
from pair_ls.text.edit import Edit
from pair_ls.text.sequence_difference import Hunk, common_prefix, common_suffix, few_hunks, hunks

_WORD = re.compile(r"\w+|\s+|.")
_MOST_DIFFERENT_WORDS = 16
_MOST_LINES = 500  # where more changed, comparing their words would take the longest and help the least


def difference(before: str, after: str) -> Delta:
    """The delta that makes `after` of `before`; empty if they are equal."""
    around = single_difference(before, after)
    if around is None:
        return ()
    if around.start == around.end or not around.new_text:
        return (around,)
    old, new = _lines(before[around.start : around.end]), _lines(around.new_text)
    changed = list(hunks(old, new))
    lines = sum(max(hunk.old_end - hunk.old_start, hunk.new_end - hunk.new_start) for hunk in changed)
    edits_within = _edits_of_words if lines <= _MOST_LINES else _edit_of_characters
    starts = list(accumulate(map(len, old), initial=around.start))
    return normalize(
        edit.moved(starts[line])
        for hunk in changed
        for line, old_text, new_text in _changed_texts(old, new, hunk)
        for edit in edits_within(old_text, new_text)
    )


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


def _changed_texts(old: list[str], new: list[str], hunk: Hunk) -> Iterator[tuple[int, str, str]]:
    """Changed lines one by one if they are as many as before, else all as one text; with the first one's place."""
    old_lines, new_lines = old[hunk.old_start : hunk.old_end], new[hunk.new_start : hunk.new_end]
    if len(old_lines) == len(new_lines):
        yield from zip(range(hunk.old_start, hunk.old_end), old_lines, new_lines, strict=True)
    else:
        yield hunk.old_start, "".join(old_lines), "".join(new_lines)


def _edit_of_characters(old: str, new: str) -> list[Edit]:
    edit = single_difference(old, new)
    return [edit] if edit else []


def _edits_of_words(old: str, new: str) -> list[Edit]:
    """The changed words if they are few and half of what is around them stays; else one edit.

    Any two texts have some words in common: a mosaic of those would be smaller, but nobody's idea of the change.
    """
    around = single_difference(old, new)
    if around is None or around.start == around.end or not around.new_text:
        return [around] if around else []
    old_words, new_words = _WORD.findall(old, around.start, around.end), _WORD.findall(around.new_text)
    changed = few_hunks(old_words, new_words, _MOST_DIFFERENT_WORDS) or []
    starts = list(accumulate(map(len, old_words), initial=around.start))
    edits = [
        edit.moved(starts[hunk.old_start])
        for hunk in changed
        for edit in _edit_of_characters(
            "".join(old_words[hunk.old_start : hunk.old_end]), "".join(new_words[hunk.new_start : hunk.new_end])
        )
    ]
    size = around.end - around.start
    kept = size - sum(edit.end - edit.start for edit in edits)
    return edits if edits and kept * 2 >= max(size, len(around.new_text)) else [around]
