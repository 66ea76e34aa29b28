"""Whether two changes of a text lead to the same text, without building it: however long it is. Pure."""

from pair_ls.text import Delta, Edit, LineIndex

_PREVIEW = 64  # characters that tell nearly all different texts apart


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
