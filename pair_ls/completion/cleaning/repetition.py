"""Cuts loops: models that have lost the thread repeat a line, a block or a few characters."""

import re

from pair_ls.completion.cleaning.situation import Situation

_TAIL = re.compile(r"(.{3,40}?)\1{4,}\s*\Z|(.{10,80}?)\2{2,}\s*\Z", re.DOTALL)
_MOST_REPEATED = 2
_MOST_TAIL = 400


def cut_repeated_tail(text: str, situation: Situation) -> str:
    """`foo, foo, foo, foo, foo` ends after the first."""
    start = max(0, len(text) - _MOST_TAIL)
    found = _TAIL.search(text, start)
    if not found:
        return text
    unit = found[1] or found[2]
    if not unit.strip() or set(unit) <= set("=-*#/ "):
        return text
    head = text[: found.start()]
    return head if head.endswith(unit.strip()) else head + unit


def cut_repeated_lines(text: str, situation: Situation) -> str:
    """More than twice the same line in a row, or a block of lines that comes again at once, ends the answer."""
    lines = text.split("\n")
    indent = "" if situation.line_before.strip() else situation.line_before
    whole = [indent + lines[0].lstrip(), *lines[1:]]
    for size in (1, 2, 3, 4):
        for at in range(size, len(lines) - size + 1):
            block = whole[at - size : at]
            if not any(line.strip() and not _is_bare(line) for line in block):
                continue
            count = 1
            while whole[at + (count - 1) * size : at + count * size] == block:
                count += 1
            if count > _MOST_REPEATED:
                return "\n".join(lines[:at])
    return text


def _is_bare(line: str) -> bool:
    return not any(character.isalnum() for character in line)


def drop_copy_of_line_above(text: str, situation: Situation) -> str:
    """A line that becomes the same as the one above helps nobody, unless it is a short closing one."""
    first = (situation.line_before + text.split("\n", 1)[0]).strip()
    above = situation.lines_above[0].strip() if situation.lines_above else ""
    return "" if first == above and len(first) > 3 and not _is_bare(first) else text
