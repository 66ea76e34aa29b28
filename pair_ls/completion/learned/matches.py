"""Where the tokens before the cursor, or after it, have occurred: the n-grams, counted at question time. Pure.

The counts are those of a nested cache n-gram (Hellendoorn and Devanbu, 2017: the document's own over the workspace's);
they are found by searching the token strings, so no table has to be kept.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pair_ls.completion.learned.surroundings import Surroundings
from pair_ls.completion.learned.workspace import Source
from pair_ls.completion.stepwise import Steps

ORDER = 8
_MOST_MATCHES = 1500
_MOST_IN_DOCUMENT = 800
_RECENT_WEIGHT = 3.0
_RECENT_TOKENS = 250.0


@dataclass(frozen=True, slots=True)
class Match:
    """`tokens[end]` followed a context of `length` tokens equal to ours."""

    length: int
    tokens: str
    end: int
    source: Source | None  # None: the document
    offset: int  # of `tokens` in the document's token string
    distance: float  # from the cursor, in tokens; infinite in other files


@dataclass(slots=True)
class Levels:
    """Successors by context length: `document[2]` holds weights of what followed the last two tokens."""

    document: list[dict[str, float]] = field(default_factory=lambda: [{} for _ in range(ORDER)])
    workspace: list[dict[str, float]] = field(default_factory=lambda: [{} for _ in range(ORDER)])
    first_in_workspace: Mapping[str, float] = field(default_factory=dict)
    agreeing: dict[str, float] = field(default_factory=dict)  # successors also followed by our next token
    longest: dict[str, int] = field(default_factory=dict)
    longest_in_document: dict[str, int] = field(default_factory=dict)
    matches: list[Match] = field(default_factory=list)


def find_matches(around: Surroundings, offset_after: int, others: Sequence[Source]) -> Steps[Levels]:
    """`offset_after`: where `around.after` begins in the document's token string."""
    levels = Levels()
    context = around.before[-(ORDER - 1) :]
    if len(context) < 2:
        return levels
    finder = re.compile(re.escape(context[-2:]))
    next_code = around.next
    here = len(around.before)
    ends = _last_ends(context[-2:], around.before, here - 1)
    yield
    _collect(levels, context, around.before, ends, None, 0, lambda end: here - end, next_code)
    yield
    ends = [found.end() for found in islice(finder.finditer(around.after), _MOST_IN_DOCUMENT)]
    _collect(levels, context, around.after, ends, None, offset_after, lambda end: end, next_code)
    yield
    left = _MOST_MATCHES
    for source in others:
        tokens = source.tokens
        ends = [found.end() for found in islice(finder.finditer(tokens), left)]
        if ends:
            _collect(levels, context, tokens, ends, source, 0, _far, next_code)
            yield
            left -= len(ends)
            if left <= 0:
                break
    return levels


def _last_ends(pattern: str, tokens: str, before: int) -> list[int]:
    """Where the last occurrences of `pattern` that end before a place end, in ascending order."""
    ends: list[int] = []
    end = before
    while len(ends) < _MOST_IN_DOCUMENT and (start := tokens.rfind(pattern, 0, end)) >= 0:
        ends.append(start + len(pattern))
        end = start
    return ends[::-1]


def _far(_end: int) -> float:
    return math.inf


def _collect(
    levels: Levels,
    context: str,
    tokens: str,
    ends: list[int],
    source: Source | None,
    offset: int,
    distance_of: Callable[[int], float],
    next_code: str,
) -> None:
    size = len(tokens)
    inside = source is None
    lists = levels.document if inside else levels.workspace
    for end in ends:
        if end >= size:
            continue
        code = tokens[end]
        length = _match_length(context, tokens, end)
        distance = distance_of(end)
        weight = 1.0 + _RECENT_WEIGHT * math.exp(-distance / _RECENT_TOKENS) if inside else 1.0
        for level in range(2, length + 1):
            counts = lists[level]
            counts[code] = counts.get(code, 0.0) + weight
        if tokens.startswith(next_code, end + 1):
            levels.agreeing[code] = levels.agreeing.get(code, 0.0) + weight * length
        if levels.longest.get(code, 0) < length:
            levels.longest[code] = length
        if inside and levels.longest_in_document.get(code, 0) < length:
            levels.longest_in_document[code] = length
        levels.matches.append(Match(length, tokens, end, source, offset, distance))


def _match_length(context: str, tokens: str, end: int) -> int:
    length = 2
    most = len(context)
    while length < most and length < end and tokens[end - 1 - length] == context[most - 1 - length]:
        length += 1
    return length


def found_before(pattern: str, sources: Sequence[str], most: int) -> Iterator[tuple[str, str]]:
    """(the token before, the two tokens behind) for occurrences of `pattern`, a string of tokens."""
    finder = re.compile(re.escape(pattern))
    size = len(pattern)
    for tokens in sources:
        for found in finder.finditer(tokens, 1):
            start = found.start()
            yield tokens[start - 1], tokens[start + size : start + size + 2]
            most -= 1
            if most <= 0:
                return
