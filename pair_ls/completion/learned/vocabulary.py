"""Token <-> one character: a document becomes a string over the alphabet of its tokens. No I/O.

A token string is a packed array of integers (two bytes per token while the vocabulary is small, four beyond) that the
interpreter can search, split and slice at memory speed. That is what keeps the index at a fraction of the source's size
and a query at a millisecond, without postings that an edit would have to shift.
"""

from collections import defaultdict

_FIRST_CODE = 0x100
_LAST_CODE = 0x10FFFF
_LONGEST_STRING = 24
_QUOTES = frozenset("\"'`")
_STRING_PREFIX = frozenset("rbfuRBFU")


def is_string(token: str, *, has_lifetimes: bool = False) -> bool:
    """A quoted literal, with or without a prefix, closed or not. In Rust `'a` is a name."""
    if token[0] in _QUOTES:
        return not (has_lifetimes and token[0] == "'" and token[1:].isidentifier())
    quoted = token.lstrip("rbfuRBFU#")
    return bool(quoted) and quoted[0] in "\"'" and token[0] in _STRING_PREFIX


def is_closed_string(token: str) -> bool:
    """Of a string token: whether it ends with the quote it began with, not escaped."""
    body = token.lstrip("rbfuRBFU#").rstrip("#")
    inner = body[:-1]
    escapes = len(inner) - len(inner.rstrip("\\"))
    return len(body) > 1 and body[-1] == body[0] and not escapes % 2


class Vocabulary(dict[str, str]):
    """`vocabulary[token]` is the token's character, made on first sight. `texts[ord(code) - first]` gives it back."""

    def __init__(self, *, has_lifetimes: bool = False) -> None:
        super().__init__()
        self.has_lifetimes = has_lifetimes
        self.texts: list[str] = []
        self.by_first: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self.identifiers: set[str] = set()
        self[""] = ""  # a comment
        self.same = self["\n"]
        self.deeper = self["\n>"]
        self.shallower = self["\n<"]
        self.literal = self["<literal>"]
        self.unknown = self["<unknown>"]
        self.line_starts = frozenset((self.same, self.deeper, self.shallower))

    def __missing__(self, token: str) -> str:
        if len(token) > _LONGEST_STRING and self.is_string(token):
            return self.literal
        number = len(self.texts) + _FIRST_CODE
        if number > _LAST_CODE:
            return self.unknown
        code = chr(number)
        self.texts.append(token)
        self[token] = code
        self._classify(token, code)
        return code

    def _classify(self, token: str, code: str) -> None:
        first = token[0]
        if not (first.isalpha() or first in "_$" or (first == "'" and len(token) > 1)) or self.is_string(token):
            return
        lowered = token.lower()
        self.identifiers.add(code)
        self.by_first[lowered[0]].append((token if lowered == token else lowered, code))

    def is_string(self, token: str) -> bool:
        """Whether the token is a literal in this family of languages."""
        return is_string(token, has_lifetimes=self.has_lifetimes)

    def text(self, code: str) -> str:
        return self.texts[ord(code) - _FIRST_CODE]

    def codes_of(self, tokens: frozenset[str]) -> frozenset[str]:
        """The codes of those that have been seen."""
        return frozenset(self[token] for token in tokens if token in self)

    def starting_with(self, typed: str) -> list[str]:
        """Codes of the identifiers that go on from `typed`, whatever the case."""
        lowered = typed.lower()
        size = len(lowered)
        known = self.by_first.get(lowered[:1], ())
        return [code for text, code in known if len(text) > size and text.startswith(lowered)]
