"""The files around the document, one family of languages: their token strings and counts. No I/O."""

from collections import Counter
from collections.abc import Iterator

from pair_ls.completion.learned.documents import SourceFile
from pair_ls.completion.learned.neighbours import Neighbours, Side
from pair_ls.completion.learned.vocabulary import Vocabulary


class Workspace:
    """`counts` and `files_with` are over all files; the document being typed in is not one of them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.files: dict[str, SourceFile] = {}
        self.counts: Counter[str] = Counter()
        self.files_with: Counter[str] = Counter()
        self.size = 0
        self._after = Neighbours(Side.AFTER)
        self._before = Neighbours(Side.BEFORE)

    def add(self, source: SourceFile) -> None:
        self.remove(source.path)
        self.files[source.path] = source
        counts = Counter(source.tokens)
        self.counts.update(counts)
        self.files_with.update(counts.keys())
        self.size += len(source.tokens)
        self._after.add(source.tokens)
        self._before.add(source.tokens)

    def remove(self, path: str) -> SourceFile | None:
        source = self.files.pop(path, None)
        if source is None:
            return None
        gone = Counter(source.tokens)
        self.counts.subtract(gone)
        self.files_with.subtract(gone.keys())
        for code in gone:
            if self.counts[code] <= 0:
                del self.counts[code], self.files_with[code]
        self.size -= len(source.tokens)
        self._after.remove(source.tokens)
        self._before.remove(source.tokens)
        return source

    def newest_first(self) -> Iterator[SourceFile]:
        return reversed(self.files.values())

    def after(self, code: str) -> Counter[str]:
        return self._after.of(code, (source.tokens for source in self.newest_first()))

    def before(self, code: str) -> Counter[str]:
        return self._before.of(code, (source.tokens for source in self.newest_first()))
