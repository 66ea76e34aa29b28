"""Lexes code line by line: tokens, and the state in which the next line begins. Pure functions.

State 0 is plain code; n > 0 means that the line begins inside the language's n-th opener (a block comment, a string
over several lines). So an edit costs its own lines, unless it opens or closes such a construct.
"""

from collections import deque
from dataclasses import dataclass

from pair_ls.completion.learned.languages import Language


@dataclass(frozen=True, slots=True)
class Span:
    """A token with its place in the line, in code points. Comments have an empty text."""

    text: str
    start: int
    end: int


def code_start(line: str, state: int, language: Language) -> int:
    """Where code begins in a line that begins in `state`; -1 if the whole line belongs to what was open."""
    if not state:
        return 0
    found = language.openers[state - 1].closer.search(line)
    return found.end() if found else -1


def lex_line(line: str, state: int, language: Language) -> tuple[list[str], int]:
    """The line's tokens ("" for a comment) and the state after it."""
    start = code_start(line, state, language)
    if start < 0:
        return [], state
    tokens: list[str] = language.tokens.findall(line, start)
    for opener in language.openers:
        if opener.text in line:
            return tokens, _state_after(line, start, language)
    return tokens, 0


def lex_spans(line: str, state: int, language: Language) -> tuple[list[Span], int]:
    """Like `lex_line`, with the places."""
    start = code_start(line, state, language)
    if start < 0:
        return [], state
    spans = [Span(found[1] or "", found.start(), found.end()) for found in language.tokens.finditer(line, start)]
    return spans, _state_after(line, start, language)


def _state_after(line: str, start: int, language: Language) -> int:
    found = deque(language.tokens.finditer(line, start), maxlen=1)
    if not found or found[0].end() < len(line):
        return 0
    last = found[0]
    for number, opener in enumerate(language.openers, start=1):
        opened = opener.start.match(last[0])
        if opened:
            return 0 if opener.closer.search(last[0], opened.end()) else number
    return 0


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())
