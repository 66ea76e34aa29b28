"""What stands around the cursor, as tokens: the input of every question to the model. Pure.

        line[:start]        line[start:end]      line[end:]
    ... tokens before   |   word being typed  |   tokens after ...

Distances count tokens from the cursor; those after it weigh 1.6 times as much.
"""

from dataclasses import dataclass

from pair_ls.completion.learned.documents import OpenDocument, mark_of
from pair_ls.completion.learned.languages import Language
from pair_ls.completion.learned.lexer import Span, indent_of, lex_spans
from pair_ls.completion.learned.vocabulary import Vocabulary, is_closed_string

_WINDOW = 6000
_BEHIND = 1.6


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One place in one document."""

    before: str  # all tokens up to the cursor
    after: str  # all tokens behind it
    line_before: str  # those of the cursor's line, without the line's mark
    line_after: str
    previous_line: str  # the nearest code line above, without its mark
    next_line: str
    distance: dict[str, float]  # to the nearest occurrence of each token
    in_text: bool  # a comment or a string, which are not code
    text_before: str  # of the cursor's line
    text_after: str

    @property
    def next(self) -> str:
        """The token right of the cursor: a line's mark at the end of a line."""
        return self.after[:1]


def surroundings(document: OpenDocument, line: int, start: int, end: int, vocabulary: Vocabulary) -> Surroundings:
    text = document.lines[line]
    left, right = text[:start], text[end:]
    left_spans, state = lex_spans(left, document.states[line], document.language)
    right_spans, _ = lex_spans(right, state, document.language)
    left_codes = _codes(left_spans, vocabulary)
    right_codes = _codes(right_spans, vocabulary)
    first, last = document.starts[line], document.starts[line + 1]
    mark = mark_of(indent_of(left) if left_codes else len(left), document.indent_before(line), vocabulary)
    above, below = document.tokens[:first], document.tokens[last:]
    before = above + mark + left_codes
    after = right_codes + (below or vocabulary.same)
    return Surroundings(
        before=before,
        after=after,
        line_before=left_codes,
        line_after=right_codes,
        previous_line=_last_line(above, vocabulary),
        next_line=_first_line(below, vocabulary),
        distance=_distances(before[-_WINDOW:], after[:_WINDOW]),
        in_text=state > 0 or _ends_inside(left, left_spans, document.language, vocabulary),
        text_before=left,
        text_after=right,
    )


def _ends_inside(left: str, spans: list[Span], language: Language, vocabulary: Vocabulary) -> bool:
    """Whether the line so far ends in a comment, or in a string that has not been closed."""
    if not spans or spans[-1].end < len(left):
        return bool(spans) and not spans[-1].text and left[spans[-1].start :].startswith(language.line_comments)
    last = spans[-1].text
    if not last:
        return left[spans[-1].start :].startswith(language.line_comments)
    return vocabulary.is_string(last) and not is_closed_string(last)


def _codes(spans: list[Span], vocabulary: Vocabulary) -> str:
    return "".join(vocabulary[span.text] for span in spans)


def _last_line(tokens: str, vocabulary: Vocabulary) -> str:
    start = max(tokens.rfind(mark) for mark in vocabulary.line_starts)
    return tokens[start + 1 :]


def _first_line(tokens: str, vocabulary: Vocabulary) -> str:
    ends = [end for end in (tokens.find(mark, 1) for mark in vocabulary.line_starts) if end > 0]
    return tokens[1 : min(ends, default=len(tokens))]


def _distances(before: str, after: str) -> dict[str, float]:
    nearest: dict[str, float] = dict(zip(before, range(len(before), 0, -1), strict=True))
    behind = dict(zip(reversed(after), range(len(after), 0, -1), strict=True))
    for code, count in behind.items():
        distance = count * _BEHIND
        if distance < nearest.get(code, distance + 1):
            nearest[code] = distance
    return nearest
