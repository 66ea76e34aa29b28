"""Cuts what already stands behind the cursor, or cannot belong to the place: suffix, line below, brackets, scope."""

import difflib

from pair_ls.completion.cleaning.situation import CLOSERS, OPENERS, Situation, unclosed, without_strings

_SIMILAR = 0.9
_LEAST_OVERLAP = 3


def keep_first_line(text: str, situation: Situation) -> str:
    """Where the rest of one line is wanted. An answer that begins with a new line is none."""
    return text if situation.is_block else text.split("\n", 1)[0]


def cut_rest_of_line(text: str, situation: Situation) -> str:
    """The answer's first line must not end with what follows the cursor on its line."""
    after = situation.line_after.strip()
    if not after:
        return text
    first, *rest = text.split("\n", 1)
    body = first.rstrip()
    if not body.endswith(after) or (rest and situation.is_block):
        return text
    if not any(character.isalnum() for character in after):
        return body[: len(body) - len(after)] if _has_extra_closer(body, after, situation) else text
    return body[: len(body) - len(after)] if len(after) >= _LEAST_OVERLAP else text


def _has_extra_closer(body: str, after: str, situation: Situation) -> bool:
    """Whether the closers at the end of the answer have no opener in it: then they are those behind the cursor."""
    head = body[: len(body) - len(after)]
    if after[0] in "\"'`":
        return situation.line_before.count(after[0]) % 2 == 1 and head.count(after[0]) % 2 == 0
    return not unclosed(head) or not any(character in CLOSERS for character in after)


def cut_at_line_below(text: str, situation: Situation) -> str:
    """The answer ends where it arrives at the lines that are there already."""
    if not situation.lines_below:
        return text
    below = situation.lines_below[0].strip()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = (situation.line_before + line if not number else line).strip()
        if number and _is_bare(below):
            if whole == below and _same_indent(line, situation.lines_below[0]) and not _needs_closer(lines[:number]):
                return "\n".join(lines[:number])
        elif whole and not _is_bare(whole) and _is_similar(whole, below):
            return "\n".join(lines[:number])
    return text


def _is_bare(line: str) -> bool:
    return not any(character.isalnum() or character == "_" for character in line) or line in (
        "end",
        "else:",
        "fi",
        "done",
    )


def _is_similar(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < 10 or abs(len(one) - len(other)) > max(len(one), len(other)) // 10:
        return False
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > _SIMILAR


def _same_indent(one: str, other: str) -> bool:
    return len(one) - len(one.lstrip()) == len(other) - len(other.lstrip())


def _needs_closer(lines: list[str]) -> bool:
    return bool(unclosed("\n".join(lines)))


def cut_unmatched_closer(text: str, situation: Situation) -> str:
    """The answer ends before a bracket that closes nothing: neither its own nor one that is open at the cursor."""
    waiting = list(situation.open_brackets)
    own: list[str] = []
    for at, character in enumerate(without_strings(text)):
        if character in OPENERS:
            own.append(character)
        elif character in CLOSERS:
            stack = own or waiting
            if not stack or stack[-1] != CLOSERS[character]:
                return text[:at].rstrip() if at else ""
            stack.pop()
    return text


def keep_in_scope(text: str, situation: Situation) -> str:
    """A block ends before the first line that is indented less than the line it began on."""
    lines = text.split("\n")
    least = len(situation.indent.expandtabs(4))
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) < least:
            return "\n".join(lines[:number])
    return text
