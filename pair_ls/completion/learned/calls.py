"""What is usually passed to the call the cursor is in, and what follows a context with one token left open. Pure."""

import re
from collections.abc import Sequence

from pair_ls.completion.learned.surroundings import Surroundings
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.stepwise import Steps

_LOOK_BACK = 60
_ARGUMENTS = 16
_MOST_CALLS = 200
_MOST_SKIPS = 400
_SLICE_TEXTS = 8


def arguments_of_call(
    around: Surroundings, texts: Sequence[tuple[str, float]], vocabulary: Vocabulary
) -> Steps[dict[str, float]]:
    """Share of the function's other calls that have a name among their first tokens; empty outside of a call."""
    name = _called(around.before, vocabulary)
    found: dict[str, float] = {}
    if not name:
        return found
    finder = re.compile(re.escape(name + vocabulary["("]))
    total, left = 0.0, _MOST_CALLS
    for number, (tokens, weight) in enumerate(texts):
        for call in finder.finditer(tokens):
            total += weight
            left -= 1
            for code in set(tokens[call.end() : call.end() + _ARGUMENTS]):
                found[code] = found.get(code, 0.0) + weight
        if left <= 0:
            break
        if not number % _SLICE_TEXTS:
            yield
    return {code: count / (total + 1.0) for code, count in found.items()}


def _called(before: str, vocabulary: Vocabulary) -> str:
    opening, closing = vocabulary["("], vocabulary[")"]
    depth = 0
    for at in range(len(before) - 1, max(0, len(before) - _LOOK_BACK), -1):
        code = before[at]
        if code == closing:
            depth += 1
        elif code == opening:
            depth -= 1
            if depth < 0:
                name = before[at - 1]
                return name if name in vocabulary.identifiers else ""
    return ""


def after_gap(around: Surroundings, texts: Sequence[tuple[str, float]]) -> Steps[dict[str, float]]:
    """What follows "third last token, any token, last token", so that a new name does not hide the pattern."""
    found: dict[str, float] = {}
    context = around.before[-3:]
    if len(context) < 3:
        return found
    finder = re.compile(re.escape(context[0]) + "." + re.escape(context[2]) + "(.)", re.DOTALL)
    left = _MOST_SKIPS
    for number, (tokens, weight) in enumerate(texts):
        for match in finder.finditer(tokens):
            code = match[1]
            found[code] = found.get(code, 0.0) + weight
            left -= 1
        if left <= 0:
            break
        if not number % _SLICE_TEXTS:
            yield
    return found
