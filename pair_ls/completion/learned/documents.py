"""A source as lines and as one token string: `SourceFile` is kept by the workspace, `OpenDocument` is being typed in.

Invariants of an open document, kept by `setting_text`:
- `tokens[starts[n]:starts[n + 1]]` are the tokens of line n; `states[n]` is the lexer's state where line n begins;
- a line with code begins with a mark that tells its indentation against the code line before it (same, deeper,
  shallower); the first code line of a document has none;
- `counts` are the counts of the characters of `tokens`, and `text` is the lines joined.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pair_ls.completion.learned.languages import Language
from pair_ls.completion.learned.lexer import indent_of, lex_line
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.stepwise import Steps, all_at_once

_SLICE_LINES = 64
_SLICE_TOKENS = 16_000
_MOST_SINGLE_LINES = 50


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the workspace, about three times the size of its text."""

    path: str
    text: str
    tokens: str
    starts: "array[int]"
    states: bytes

    def line_at(self, token: int) -> tuple[int, int]:
        """(line, tokens before it in that line) for a token's place in `tokens`."""
        return line_at(self.starts, token)

    def line(self, number: int) -> str:
        return self.text.split("\n", number + 1)[number]


def line_at(starts: "array[int]", token: int) -> tuple[int, int]:
    low, high = 0, len(starts) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= token:
            low = middle
        else:
            high = middle
    return low, token - starts[low]


def mark_of(indent: int, before: int | None, vocabulary: Vocabulary) -> str:
    if before is None:
        return ""
    if indent == before:
        return vocabulary.same
    return vocabulary.deeper if indent > before else vocabulary.shallower


def lex_file(path: str, text: str, language: Language, vocabulary: Vocabulary) -> Steps[SourceFile]:
    """Reads a file, some lines per step."""
    code_of = vocabulary.__getitem__
    codes: list[str] = []
    starts = array("I", [0])
    states = bytearray()
    state, indent = 0, None
    for number, line in enumerate(text.split("\n"), start=1):
        states.append(state)
        words, state = lex_line(line, state, language)
        code = "".join(map(code_of, words))
        if code:
            code_indent = indent_of(line)
            code = mark_of(code_indent, indent, vocabulary) + code
            indent = code_indent
        codes.append(code)
        starts.append(starts[-1] + len(code))
        if not number % _SLICE_LINES:
            yield
    states.append(state)
    return SourceFile(path, text, "".join(codes), starts, bytes(states))


def count_tokens(tokens: str) -> Steps[Counter[str]]:
    """How often each occurs, some thousands per step."""
    counts: Counter[str] = Counter()
    for start in range(0, len(tokens), _SLICE_TOKENS):
        counts.update(tokens[start : start + _SLICE_TOKENS])
        yield
    return counts


@dataclass(frozen=True, slots=True)
class TokensReplaced:
    """What an edit did to a document's tokens; `left` and `right` are the tokens beside the place, "" at an end."""

    left: str
    removed: str
    added: str
    right: str


@dataclass(frozen=True, slots=True)
class _Lexed:
    """Codes of some lines, the states of their begins and of the line after, and which line that is."""

    codes: list[str]
    states: bytearray
    end: int


class OpenDocument:
    """The document under the cursor. Line numbers count from 0; `version` grows with every change."""

    def __init__(
        self, source: SourceFile, language: Language, vocabulary: Vocabulary, counts: Counter[str] | None = None
    ) -> None:
        self.path = source.path
        self.language = language
        self.text = source.text
        self.lines = source.text.split("\n")
        self.tokens = source.tokens
        self.starts = array("I", source.starts)
        self.states = bytearray(source.states)
        self.counts = Counter(source.tokens) if counts is None else counts
        self.version = 0
        self._vocabulary = vocabulary

    def source(self) -> SourceFile:
        return SourceFile(self.path, self.text, self.tokens, array("I", self.starts), bytes(self.states))

    def line_at(self, token: int) -> tuple[int, int]:
        return line_at(self.starts, token)

    def line(self, number: int) -> str:
        return self.lines[number]

    def set_text(self, text: str) -> list[TokensReplaced]:
        """Replaces what differs; meant for a text that is close to the present one."""
        return all_at_once(self.setting_text(text))

    def setting_text(self, text: str) -> Steps[list[TokensReplaced]]:
        """The same in steps. All changes with the last one, so it may be given up at any time, and is begun anew if
        somebody else was quicker."""
        while True:
            version = self.version
            parts = self._changed_lines(text)
            if len(parts) == 1:
                lexed = [(yield from self._lex(*parts[0]))]
                if self.version != version:
                    continue
                replaced = [self._replace_lines(*parts[0], lexed[0])]
            else:
                replaced = [self._replace_lines(*part, all_at_once(self._lex(*part))) for part in parts]
            self.text = text
            return replaced

    def _changed_lines(self, text: str) -> list[tuple[int, int, list[str]]]:
        """(first, last, new lines): the one part that differs, or some single lines in it."""
        start, end = differing(self.text, text)
        if start == end == len(text) == len(self.text):
            return []
        first = text.count("\n", 0, start)
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        after = text[line_start : len(text) if line_end < 0 else line_end].split("\n")
        last = first + len(after) + len(self.lines) - (text.count("\n") + 1)
        if len(after) == last - first:
            pairs = zip(self.lines[first:last], after, strict=True)
            changed = [number for number, (old, new) in enumerate(pairs) if old != new]
            if len(changed) <= _MOST_SINGLE_LINES:
                return [(first + number, first + number + 1, after[number : number + 1]) for number in changed]
        return [(first, last, after)]

    def _replace_lines(self, first: int, last: int, lines: Sequence[str], lexed: "_Lexed") -> TokensReplaced:
        """Lines first..last (exclusive) become `lines`, which have been lexed."""
        end, old_end = lexed.end, lexed.end - (first + len(lines) - last)
        self.lines[first:last] = lines
        start_token, end_token = self.starts[first], self.starts[old_end]
        removed, added = self.tokens[start_token:end_token], "".join(lexed.codes)
        left, right = self.tokens[:start_token], self.tokens[end_token:]
        self.tokens = left + added + right
        tail = self.starts[old_end + 1 :]
        grown = len(added) - len(removed)
        if grown:
            tail = array("I", [start + grown for start in tail])
        starts = array("I", accumulate(map(len, lexed.codes), initial=start_token))
        assert len(starts) == end - first + 1
        self.starts = self.starts[:first] + starts + tail
        self.states[first : old_end + 1] = lexed.states
        self._recount(removed, added)
        self.version += 1
        return TokensReplaced(left[-1:], removed, added, right[:1])

    def indent_before(self, number: int) -> int | None:
        """Indentation of the nearest code line above line `number`."""
        starts = self.starts
        for above in range(number - 1, -1, -1):
            if starts[above] < starts[above + 1]:
                return indent_of(self.lines[above])
        return None

    def _lex(self, first: int, last: int, lines: Sequence[str]) -> "Steps[_Lexed]":
        """Lexes `lines` in the place of first..last, and on below only while the lexer's state differs."""
        language, vocabulary = self.language, self._vocabulary
        code_of = vocabulary.__getitem__
        end = first + len(lines)
        shift = end - last
        codes: list[str] = []
        states = bytearray()
        state = self.states[first]
        indent = self.indent_before(first)
        number, marked = first, False
        while number < len(self.lines) + shift:
            same_state = number >= end and state == self.states[number - shift]
            if same_state and marked:
                break
            marked = marked and same_state
            states.append(state)
            line = lines[number - first] if number < end else self.lines[number - shift]
            words, state = lex_line(line, state, language)
            code = "".join(map(code_of, words))
            if code:
                code_indent = indent_of(line)
                code = mark_of(code_indent, indent, vocabulary) + code
                indent = code_indent
                # The first code line below all that changed gets its mark anew; the rest does not depend on it.
                marked = same_state
            codes.append(code)
            number += 1
            if not number % _SLICE_LINES:
                yield
        states.append(state)
        return _Lexed(codes, states, number)

    def _recount(self, removed: str, added: str) -> None:
        counts = self.counts
        counts.update(added)
        counts.subtract(removed)
        for code in set(removed):
            if not counts[code]:
                del counts[code]


def differing(before: str, after: str) -> tuple[int, int]:
    """The part of `after` that is not in `before`, by what both begin and end with; compared at memory speed."""
    size = min(len(before), len(after))
    start = _alike(before, after, size)
    size -= start
    one, other = len(before) - size, len(after) - size
    end = size
    if before[one:] != after[other:]:
        low, high = 0, size  # the last `low` characters are equal, the last `high` are not
        while high - low > 1:
            middle = (low + high) // 2
            same = before[len(before) - middle : len(before) - low] == after[len(after) - middle : len(after) - low]
            low, high = (middle, high) if same else (low, middle)
        end = low
    return start, len(after) - end


def _alike(one: str, other: str, size: int) -> int:
    """How many characters both begin with."""
    if one[:size] == other[:size]:
        return size
    low, high = 0, size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return low
