"""What an endpoint is shown: the text around the cursor and pieces of other documents, within a budget. Pure.

Half the budget goes to what stands before the cursor, 15 % to what follows, the rest to other documents, open ones and
those of the room: first what was edited lately, then windows that speak of the same things. The pieces come in the
order of their paths and are kept while the cursor stays on its line, so that an endpoint's prompt cache stays warm.
Secrets are taken out here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pair_ls.completion.redaction import redact, redact_around
from pair_ls.completion.stepwise import Steps

CHARACTERS_PER_TOKEN = 3.2  # of code, counted low, so that a budget holds for any tokenizer
_PREFIX_SHARE, _SUFFIX_SHARE = 0.5, 0.15
_HALF_LINES = 15
_WINDOW_LINES = 2 * _HALF_LINES
_LONGEST_TEXT = 100_000  # characters of another document that are looked at
_MOST_SNIPPETS = 4
_MOST_DOCUMENTS = 40
_SLICE_HALVES = 20
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
    before, after = redact_around(
        _tail(prefix, int(characters * _PREFIX_SHARE)), _head(suffix, int(characters * _SUFFIX_SHARE))
    )
    return Context(path, language_id, before, after, tuple(snippets))


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


class SnippetMemory:
    """Chooses pieces of other documents, and keeps them while the cursor stays on its line of its document."""

    def __init__(self) -> None:
        self._for: tuple[str, int, int] | None = None
        self._snippets: tuple[Snippet, ...] = ()
        self._names: dict[str, _Names] = {}  # of the documents that were looked through last, by path

    def choosing(
        self, uri: str, prefix: str, suffix: str, others: Sequence[OtherDocument], *, budget_tokens: int
    ) -> Steps[tuple[Snippet, ...]]:
        """At most four pieces, one per document, in the order of their paths."""
        here = (uri, prefix.count("\n"), budget_tokens)
        if self._for != here:
            chosen = yield from self._choosing(prefix, suffix, others[:_MOST_DOCUMENTS], budget_tokens)
            self._for, self._snippets = here, chosen
        allowed = {document.path for document in others}  # something may have been excluded since
        return tuple(snippet for snippet in self._snippets if snippet.path in allowed)

    def _choosing(
        self, prefix: str, suffix: str, others: Sequence[OtherDocument], budget_tokens: int
    ) -> Steps[tuple[Snippet, ...]]:
        left = int(budget_tokens * CHARACTERS_PER_TOKEN * (1 - _PREFIX_SHARE - _SUFFIX_SHARE))
        wanted = frozenset(_NAME.findall(prefix[-3000:] + " " + suffix[:1000]))
        found: list[tuple[float, Snippet]] = []
        kept = {document.path for document in others}
        self._names = {path: names for path, names in self._names.items() if path in kept}
        for document in others:
            piece = yield from self._best_window(document, wanted)
            if piece is not None:
                found.append(piece)
        chosen: list[Snippet] = []
        for _, snippet in sorted(found, key=lambda item: (-item[0], item[1].path)):
            text = redact(_head(snippet.text, left))
            yield
            if text.strip():
                chosen.append(Snippet(snippet.path, text, snippet.why))
                left -= len(text)
            if len(chosen) == _MOST_SNIPPETS or left < 80:
                break
        return tuple(sorted(chosen, key=lambda snippet: snippet.path))

    def _best_window(self, document: OtherDocument, wanted: frozenset[str]) -> Steps[tuple[float, Snippet] | None]:
        if document.edited_lines is not None:
            return _edited(document, document.edited_lines, wanted)
        known = self._names.get(document.path)
        if known is None or known.text != document.text:
            known = self._names[document.path] = yield from _names_of(document.text)
        best, where = 0.0, 0
        for number, names in enumerate(known.halves):
            both = names | known.halves[number + 1] if number + 1 < len(known.halves) else names
            likeness = _likeness(both, wanted)
            if likeness > best:
                best, where = likeness, number * _HALF_LINES
        yield
        if best < _LEAST_LIKENESS:
            return None
        text = "\n".join(document.text[:_LONGEST_TEXT].split("\n")[where : where + _WINDOW_LINES])
        return best, Snippet(document.path, text, f"speaks of the same names ({best:.0%})")


@dataclass(frozen=True, slots=True)
class _Names:
    """The names in each half window of a text."""

    text: str
    halves: tuple[frozenset[str], ...]


def _names_of(text: str) -> Steps[_Names]:
    lines = text[:_LONGEST_TEXT].split("\n")
    halves: list[frozenset[str]] = []
    for start in range(0, len(lines), _HALF_LINES):
        halves.append(frozenset(_NAME.findall("\n".join(lines[start : start + _HALF_LINES]))))
        if not len(halves) % _SLICE_HALVES:
            yield
    return _Names(text, tuple(halves))


def _edited(document: OtherDocument, edited: tuple[int, int], wanted: frozenset[str]) -> tuple[float, Snippet]:
    """The place that was edited, before all that is only alike."""
    first, last = edited
    start = max(0, first - 5)
    lines = document.text[:_LONGEST_TEXT].split("\n")
    text = "\n".join(lines[start : min(len(lines), max(last + 5, start + 12), start + _WINDOW_LINES)])
    return 1.0 + _likeness(frozenset(_NAME.findall(text)), wanted), Snippet(document.path, text, "edited lately")


def _likeness(names: frozenset[str], wanted: frozenset[str]) -> float:
    """Jaccard: names in common over all names."""
    return len(names & wanted) / len(names | wanted) if names else 0.0
