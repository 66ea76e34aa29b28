"""The difference of two short texts by characters: the one that claims least about what somebody typed. Pure.

`pair_ls.text.difference` goes by lines and words, which reads better and takes less time; but a letter that it calls
deleted and typed again would be there twice if somebody else deleted or moved it meanwhile.
"""

from pair_ls.text import Delta, Edit, difference, normalize
from pair_ls.text.sequence_difference import Hunk, few_hunks, hunks


def character_difference(before: str, after: str, *, most: int) -> Delta:
    """The smallest delta, if it inserts and deletes no more characters than that; else one by lines and words."""
    found = _few(before, after, most)
    if found is None:
        return difference(before, after)
    return normalize(Edit(hunk.old_start, hunk.old_end, after[hunk.new_start : hunk.new_end]) for hunk in found)


def character_hunks(before: str, after: str, *, most: int) -> list[Hunk]:
    """The same as hunks, characters in any case."""
    found = _few(before, after, most)
    return list(hunks(before, after)) if found is None else found


def _few(before: str, after: str, most: int) -> list[Hunk] | None:
    if abs(len(before) - len(after)) > most:
        return None
    return few_hunks(before, after, most)
