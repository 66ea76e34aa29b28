"""All that is learned from, one family of languages: token strings of files and open documents, and counts. Pure.

Counts are over all of it, so nothing is counted again when somebody turns to another document: `Elsewhere` takes away
what is the document's own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pair_ls.completion.learned.documents import OpenDocument, SourceFile, TokensReplaced, count_tokens
from pair_ls.completion.learned.neighbours import Neighbours, Side, neighbours_in
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.stepwise import Steps, all_at_once

Source = SourceFile | OpenDocument


class Workspace:
    """`documents` are open, the one that was edited last at the end; `files` are the others."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.files: dict[str, SourceFile] = {}
        self.documents: dict[str, OpenDocument] = {}
        self.counts: Counter[str] = Counter()
        self.files_with: Counter[str] = Counter()
        self.size = 0
        self._after = Neighbours(Side.AFTER)
        self._before = Neighbours(Side.BEFORE)

    def add(self, source: SourceFile) -> None:
        """A file; it replaces what was known under its path."""
        all_at_once(self.adding(source))

    def adding(self, source: SourceFile) -> Steps[None]:
        """The same in steps; nothing changes before the last."""
        known = self.files.get(source.path)
        gone = (yield from count_tokens(known.tokens)) if known is not None else None
        counts = yield from count_tokens(source.tokens)
        self._drop(source.path, gone if self.files.get(source.path) is known else None)
        self.files[source.path] = source
        self._count(source.tokens, counts)

    def open(self, document: OpenDocument, read: SourceFile) -> None:
        """A document that is typed in, made of what was `read`; it takes the place of the file at its path."""
        if self.files.get(document.path) is read and not document.version:
            del self.files[document.path]
            self.documents[document.path] = document
            return
        self.remove(document.path)
        self.documents[document.path] = document
        self._count(document.tokens, document.counts)

    def edited(self, document: OpenDocument, replaced: Sequence[TokensReplaced]) -> None:
        """Some of an open document's tokens have become others, here and there."""
        self.documents[document.path] = self.documents.pop(document.path)
        difference: Counter[str] = Counter()
        for one in replaced:
            difference.update(one.added)
            difference.subtract(one.removed)
            self.size += len(one.added) - len(one.removed)
            for side in (self._after, self._before):
                side.remove(one.left + one.removed + one.right)
                side.add(one.left + one.added + one.right)
        for code, count in difference.items():
            now = document.counts.get(code, 0)
            self.files_with[code] += (now > 0) - (now - count > 0)
            self.counts[code] += count
            if self.counts[code] <= 0:
                del self.counts[code], self.files_with[code]

    def close(self, path: str) -> None:
        """The document becomes a file."""
        document = self.documents.pop(path, None)
        if document is not None:
            self.files[path] = document.source()

    def remove(self, path: str) -> None:
        """File or document, it is gone."""
        self._drop(path, None)

    def _drop(self, path: str, gone: Counter[str] | None) -> None:
        """`gone`: its counts, if they are known."""
        source = self.files.pop(path, None) or self.documents.pop(path, None)
        if source is None:
            return
        if gone is None:
            gone = source.counts if isinstance(source, OpenDocument) else Counter(source.tokens)
        self.counts.subtract(gone)
        self.files_with.subtract(gone.keys())
        for code in gone:
            if self.counts[code] <= 0:
                del self.counts[code], self.files_with[code]
        self.size -= len(source.tokens)
        self._after.remove(source.tokens)
        self._before.remove(source.tokens)

    def file(self, path: str, text: str) -> SourceFile | None:
        """The file of this text as it was read, if it is known."""
        known = self.files.get(path)
        return known if known is not None and known.text == text else None

    def newest_first(self) -> Iterator[Source]:
        yield from reversed(self.documents.values())
        yield from reversed(self.files.values())

    def neighbours(self, code: str, side: Side) -> Steps[Counter[str]]:
        """What stands beside a token in all of it. Do not change the answer."""
        neighbours = self._after if side is Side.AFTER else self._before
        return (yield from neighbours.of(code, [source.tokens for source in self.newest_first()]))

    def after(self, code: str) -> Counter[str]:
        """All at once."""
        return all_at_once(self.neighbours(code, Side.AFTER))

    def before(self, code: str) -> Counter[str]:
        """All at once."""
        return all_at_once(self.neighbours(code, Side.BEFORE))

    def _count(self, tokens: str, counts: Counter[str]) -> None:
        self.counts.update(counts)
        self.files_with.update(counts.keys())
        self.size += len(tokens)
        self._after.add(tokens)
        self._before.add(tokens)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The workspace without the document that a question is about."""

    workspace: Workspace
    document: OpenDocument

    @property
    def vocabulary(self) -> Vocabulary:
        return self.workspace.vocabulary

    @property
    def size(self) -> int:
        """Tokens."""
        return self.workspace.size - len(self.document.tokens)

    @property
    def kinds(self) -> int:
        """Different tokens, at most."""
        return len(self.workspace.counts)

    def count(self, code: str) -> int:
        return self.workspace.counts.get(code, 0) - self.document.counts.get(code, 0)

    def files_with(self, code: str) -> int:
        return self.workspace.files_with.get(code, 0) - (self.document.counts.get(code, 0) > 0)

    def sources(self) -> list[Source]:
        """The newest first; a copy, since files come and go while a question is worked on."""
        return [source for source in self.workspace.newest_first() if source is not self.document]

    def after(self, code: str, own: Mapping[str, float]) -> Steps[dict[str, float]]:
        """What stands behind a token; `own` of them stand in the document."""
        counts: dict[str, float] = dict((yield from self.workspace.neighbours(code, Side.AFTER)))
        for neighbour, count in own.items():
            left = counts.get(neighbour, 0.0) - count
            if left > 0.0:
                counts[neighbour] = left
            else:
                counts.pop(neighbour, None)
        return counts

    def own(self, code: str, side: Side) -> Counter[str]:
        """What stands beside a token in the document."""
        return Counter(neighbours_in(self.document.tokens, code, side))
