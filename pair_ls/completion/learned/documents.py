"""A source as lines and as one token string: `SourceFile` is kept by the workspace, `OpenDocument` is being typed in.

Invariants of an open document, kept by `replace_lines`:
- `tokens[starts[n]:starts[n + 1]]` are the tokens of line n; `states[n]` is the lexer's state where line n begins;
- a line with code begins with a mark that tells its indentation against the code line before it (same, deeper,
  shallower); the first code line of a document has none;
- `counts` are the counts of the characters of `tokens`.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pair_ls.completion.learned.languages import Language
from pair_ls.completion.learned.lexer import indent_of, lex_line
from pair_ls.completion.learned.vocabulary import Vocabulary

_SLICE_LINES = 64


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


def lex_file(path: str, text: str, language: Language, vocabulary: Vocabulary) -> Iterator[SourceFile | None]:
    """Lexes in slices: yields None while there is more to do, the file at the end."""
    code_of = vocabulary.__getitem__
    codes: list[str] = []
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
        if not number % _SLICE_LINES:
            yield None
    states.append(state)
    starts = array("I", accumulate(map(len, codes), initial=0))
    yield SourceFile(path, text, "".join(codes), starts, bytes(states))


class OpenDocument:
    """The document under the cursor. Line numbers count from 0; `version` grows with every change."""

    def __init__(self, source: SourceFile, language: Language, vocabulary: Vocabulary) -> None:
        self.path = source.path
        self.language = language
        self.lines = source.text.split("\n")
        self.tokens = source.tokens
        self.starts = array("I", source.starts)
        self.states = bytearray(source.states)
        self.counts: Counter[str] = Counter(source.tokens)
        self.version = 0
        self._vocabulary = vocabulary

    def source(self) -> SourceFile:
        text = "\n".join(self.lines)
        return SourceFile(self.path, text, self.tokens, array("I", self.starts), bytes(self.states))

    def line_at(self, token: int) -> tuple[int, int]:
        return line_at(self.starts, token)

    def line(self, number: int) -> str:
        return self.lines[number]

    def set_text(self, text: str) -> None:
        """Replaces what differs, line by line; meant for a text that is close to the present one."""
        after = text.split("\n")
        before = self.lines
        if len(after) == len(before):
            changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
            for number in changed:
                self.replace_lines(number, number + 1, after[number : number + 1])
            return
        head = _common(before, after)
        tail = _common(before[head:][::-1], after[head:][::-1])
        self.replace_lines(head, len(before) - tail, after[head : len(after) - tail])

    def replace_lines(self, first: int, last: int, lines: Sequence[str]) -> None:
        """Lines first..last (exclusive) become `lines`. Lexes on below only while the lexer's state differs."""
        self.lines[first:last] = lines
        end = first + len(lines)
        shift = end - last
        codes, states, end = self._lex(first, end, shift)
        old_end = end - shift
        start_token, end_token = self.starts[first], self.starts[old_end]
        removed, added = self.tokens[start_token:end_token], "".join(codes)
        self.tokens = self.tokens[:start_token] + added + self.tokens[end_token:]
        grown = len(added) - len(removed)
        tail = self.starts[old_end + 1 :]
        if grown:
            tail = array("I", [start + grown for start in tail])
        self.starts = self.starts[:first] + array("I", accumulate(map(len, codes), initial=start_token)) + tail
        self.states[first : old_end + 1] = states
        self._recount(removed, added)
        self.version += 1

    def indent_before(self, number: int) -> int | None:
        """Indentation of the nearest code line above line `number`."""
        starts = self.starts
        for above in range(number - 1, -1, -1):
            if starts[above] < starts[above + 1]:
                return indent_of(self.lines[above])
        return None

    def _lex(self, first: int, end: int, shift: int) -> tuple[list[str], bytearray, int]:
        """Codes of the lines from `first`, the states of their begins and of the line after, and where it stopped."""
        language, vocabulary = self.language, self._vocabulary
        code_of = vocabulary.__getitem__
        codes: list[str] = []
        states = bytearray()
        state = self.states[first]
        indent = self.indent_before(first)
        number, marked = first, False
        while number < len(self.lines):
            same_state = number >= end and state == self.states[number - shift]
            if same_state and marked:
                break
            marked = marked and same_state
            states.append(state)
            line = self.lines[number]
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
        states.append(state)
        return codes, states, number

    def _recount(self, removed: str, added: str) -> None:
        counts = self.counts
        counts.update(added)
        counts.subtract(removed)
        for code in set(removed):
            if not counts[code]:
                del counts[code]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
