"""What an endpoint is shown: the text around the cursor and pieces of other documents, within a budget. Pure.

Half the budget goes to what stands before the cursor, 15 % to what follows, the rest to other documents: first what was
edited lately, then windows of open documents that speak of the same things. The pieces come in the order of their
paths and are kept while the cursor stays on its line, so that an endpoint's prompt cache stays warm. Secrets are taken
out here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pair_ls.completion.redaction import redact

CHARACTERS_PER_TOKEN = 3.2  # of code, counted low, so that a budget holds for any tokenizer
_PREFIX_SHARE, _SUFFIX_SHARE = 0.5, 0.15
_WINDOW_LINES = 30
_MOST_SNIPPETS = 4
_MOST_DOCUMENTS = 20
_LEAST_LIKENESS = 0.05
_NAME = re.compile(r"[^\W\d]\w{2,}")


@dataclass(frozen=True, slots=True)
class OtherDocument:
    """An open document, or one of the room, that may be shown. `edited_lines`: where it was changed last (from, to)."""

    path: str
    text: str
    edited_lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of another document."""

    path: str
    text: str
    why: str  # for pair.explainContext


@dataclass(frozen=True, slots=True)
class Context:
    """Exactly what goes into a prompt, redacted."""

    path: str
    language_id: str
    prefix: str
    suffix: str
    snippets: tuple[Snippet, ...]

    @property
    def tokens(self) -> int:
        """An estimate."""
        shown = len(self.prefix) + len(self.suffix) + sum(len(snippet.text) for snippet in self.snippets)
        return int(shown / CHARACTERS_PER_TOKEN)


def build_context(
    path: str, language_id: str, *, prefix: str, suffix: str, snippets: Sequence[Snippet], budget_tokens: int
) -> Context:
    """Cuts at line starts; the line of the cursor is kept whole up to the budget."""
    characters = budget_tokens * CHARACTERS_PER_TOKEN
    return Context(
        path,
        language_id,
        redact(_tail(prefix, int(characters * _PREFIX_SHARE))),
        redact(_head(suffix, int(characters * _SUFFIX_SHARE))),
        tuple(snippets),
    )


def _tail(text: str, size: int) -> str:
    if len(text) <= size:
        return text
    cut = text[-size:]
    line = cut.find("\n")
    return cut[line + 1 :] if 0 <= line < len(cut) - 1 else cut


def _head(text: str, size: int) -> str:
    if len(text) <= size:
        return text
    cut = text[:size]
    line = cut.rfind("\n")
    return cut[: line + 1] if line > 0 else cut


def choose_snippets(
    prefix: str, suffix: str, others: Iterable[OtherDocument], *, budget_tokens: int
) -> tuple[Snippet, ...]:
    """At most four pieces, one per document, in the order of their paths."""
    left = int(budget_tokens * CHARACTERS_PER_TOKEN * (1 - _PREFIX_SHARE - _SUFFIX_SHARE))
    wanted = frozenset(_NAME.findall(prefix[-3000:] + " " + suffix[:1000]))
    found: list[tuple[float, Snippet]] = []
    for document in list(others)[:_MOST_DOCUMENTS]:
        piece = _best_window(document, wanted)
        if piece is not None:
            found.append(piece)
    chosen: list[Snippet] = []
    for _, snippet in sorted(found, key=lambda item: (-item[0], item[1].path)):
        text = redact(_head(snippet.text, left))
        if text.strip():
            chosen.append(Snippet(snippet.path, text, snippet.why))
            left -= len(text)
        if len(chosen) == _MOST_SNIPPETS or left < 80:
            break
    return tuple(sorted(chosen, key=lambda snippet: snippet.path))


def _best_window(document: OtherDocument, wanted: frozenset[str]) -> tuple[float, Snippet] | None:
    lines = document.text[:100_000].split("\n")
    if document.edited_lines is not None:
        first, last = document.edited_lines
        start = max(0, first - 5)
        text = "\n".join(lines[start : min(len(lines), max(last + 5, start + 12), start + _WINDOW_LINES)])
        return 1.0 + _likeness(text, wanted), Snippet(document.path, text, "edited lately")
    best, where = 0.0, 0
    for start in range(0, len(lines), _WINDOW_LINES // 2):
        likeness = _likeness("\n".join(lines[start : start + _WINDOW_LINES]), wanted)
        if likeness > best:
            best, where = likeness, start
    if best < _LEAST_LIKENESS:
        return None
    text = "\n".join(lines[where : where + _WINDOW_LINES])
    return best, Snippet(document.path, text, f"speaks of the same names ({best:.0%})")


def _likeness(text: str, wanted: frozenset[str]) -> float:
    """Jaccard: names in common over all names."""
    names = set(_NAME.findall(text))
    return len(names & wanted) / len(names | wanted) if names else 0.0


class SnippetMemory:
    """Keeps the chosen snippets while the cursor stays on its line of its document."""

    def __init__(self) -> None:
        self._for: tuple[str, int, int] | None = None
        self._snippets: tuple[Snippet, ...] = ()

    def snippets(
        self, uri: str, prefix: str, suffix: str, others: Iterable[OtherDocument], *, budget_tokens: int
    ) -> tuple[Snippet, ...]:
        here = (uri, prefix.count("\n"), budget_tokens)
        if self._for != here:
            self._for = here
            self._snippets = choose_snippets(prefix, suffix, others, budget_tokens=budget_tokens)
        return self._snippets
