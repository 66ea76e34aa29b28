"""The model learned from the open code: a document under the cursor, the files around it, no training run. Pure.

    for _ in model.index(path, language_id, text): ...   a file of the workspace, a slice per step (under a millisecond)
    model.open(path, language_id, text)                  a document that is typed in
    model.replace_lines(...) / model.set_text(...)       it changed
    model.identifiers(place, typed) / model.lines(place) questions; the answers carry calibrated probabilities

A question costs a few milliseconds, an edit the lines it touches.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pair_ls.completion.learned import fitted
from pair_ls.completion.learned.documents import OpenDocument, lex_file
from pair_ls.completion.learned.features import Place, place_of, rows
from pair_ls.completion.learned.identifiers import Evidence, candidates, gather_evidence, score, worth_ranking
from pair_ls.completion.learned.languages import Language, language_of
from pair_ls.completion.learned.lines import LineAsker, LineCandidate, Lines, line_rows
from pair_ls.completion.learned.matches import find_matches
from pair_ls.completion.learned.patterns import pattern_line, pattern_names
from pair_ls.completion.learned.ranker import shares
from pair_ls.completion.learned.surroundings import surroundings
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.learned.workspace import Workspace

_LITTLE_CODE = 600  # tokens; below, the language's own patterns help


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the cursor is: `start`..`end` of the line are the word being replaced (equal: none), in code points."""

    path: str
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer."""

    text: str
    confidence: float  # how likely this is what will stand there


@dataclass(frozen=True, slots=True)
class _Answered:
    """What was worked out for a spot, while nothing changed."""

    spot: Spot
    versions: tuple[int, int]
    evidence: Evidence
    place: Place
    ranked: dict[str, list[tuple[float, str]]] = field(default_factory=dict)  # by typed characters


class LearnedModel:
    """All languages, all documents of one user."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._documents: dict[str, OpenDocument] = {}
        self._parked: dict[str, int] = {}  # version of an open document that stands in the workspace meanwhile
        self._changes = 0
        self._answered: _Answered | None = None

    def index(self, path: str, language_id: str, text: str) -> Iterator[None]:
        """Adds or replaces a file of the workspace. Run it to its end; in between anything may happen."""
        language = language_of(language_id)
        workspace = self._workspace(language)
        for source in lex_file(path, text, language, workspace.vocabulary):
            if source is None:
                yield
            elif path not in self._documents:
                workspace.add(source)
                self._changes += 1

    def remove(self, path: str) -> None:
        """The file is gone, or must not be learned from."""
        self._documents.pop(path, None)
        self._parked.pop(path, None)
        self._changes += 1
        for workspace in self._workspaces.values():
            workspace.remove(path)

    def open(self, path: str, language_id: str, text: str) -> None:
        language = language_of(language_id)
        workspace = self._workspace(language)
        known = workspace.remove(path)
        if known is None:
            *_, known = lex_file(path, text, language, workspace.vocabulary)
        assert known is not None, "lex_file ends with the file"
        document = OpenDocument(known, language, workspace.vocabulary)
        document.set_text(text)
        self._documents[path] = document
        self._changes += 1

    def close(self, path: str) -> None:
        """The document is no longer typed in; it stays a file of the workspace."""
        document = self._documents.pop(path, None)
        self._parked.pop(path, None)
        if document is not None:
            self._workspace(document.language).add(document.source())
            self._changes += 1

    def is_open(self, path: str) -> bool:
        return path in self._documents

    def stands_at(self, spot: Spot, line_before: str) -> bool:
        """Whether the document is open and this is what stands before the spot's end: questions may come late."""
        document = self._documents.get(spot.path)
        if document is None or spot.line >= len(document.lines):
            return False
        return document.lines[spot.line][: spot.end] == line_before

    def set_text(self, path: str, text: str) -> None:
        self._documents[path].set_text(text)

    def replace_lines(self, path: str, first: int, last: int, lines: Sequence[str]) -> None:
        """Lines first..last (exclusive) became `lines`, which have no line ends."""
        self._documents[path].replace_lines(first, last, lines)

    def identifiers(self, spot: Spot, typed: str, most: int = 20) -> list[Offer]:
        """Names that may stand at the spot, the most likely first."""
        answered = self._answer(spot)
        if answered is None:
            return []
        calibration = fitted.CALIBRATIONS[min(len(typed), 3)]
        ranked = self._ranked(answered, spot, typed)[:most]
        offers = [Offer(word, calibration.confidence(share)) for share, word in ranked]
        if self._little_code(spot):
            known = {offer.text for offer in offers}
            language = self._documents[spot.path].language
            offers += [Offer(name, fitted.PATTERN_NAME) for name in pattern_names(language, typed) if name not in known]
        return offers[:most]

    def lines(self, spot: Spot, most: int = 3) -> list[Offer]:
        """What the line may go on with up to its end, the most likely first."""
        answered = self._answer(spot)
        if answered is None:
            return []
        lines = Lines(self._documents[spot.path], answered.evidence)
        best, ballot = lines.candidates()
        about = line_rows(self._line_asker(answered, spot, best), best, ballot)
        ranked = zip(shares(fitted.LINES, about, ()), best, strict=True)
        calibration = fitted.LINE_CALIBRATION
        offers = []
        for share, item in heapq.nlargest(most, ranked, key=lambda pair: pair[0]):
            text = lines.text_of(item)
            if text:
                offers.append(Offer(text, calibration.confidence(share)))
        if not offers and self._little_code(spot):
            document = self._documents[spot.path]
            pattern = pattern_line(document.language, document.lines[spot.line][: spot.start])
            offers = [Offer(pattern, fitted.PATTERN_LINE)] if pattern else []
        return offers

    def identifier_rows(self, spot: Spot, typed: str) -> tuple[list[str], list[list[float]]]:
        """The candidates and what the ranker is told about them; the script that fits it asks here too."""
        answered = self._answer(spot)
        if answered is None:
            return [], []
        words, about, common = self._identifier_rows(answered, spot, typed)
        return words, [[*row, *common] for row in about]

    def _identifier_rows(
        self, answered: _Answered, spot: Spot, typed: str
    ) -> tuple[list[str], list[list[float]], list[float]]:
        evidence = answered.evidence
        vocabulary = evidence.workspace.vocabulary
        found = candidates(evidence, typed, vocabulary.codes_of(self._documents[spot.path].language.keywords))
        best = worth_ranking(score(evidence, found, typed))
        about, common = rows(evidence, answered.place, best, typed)
        return [vocabulary.text(item.code) for item in best], about, common

    def line_rows(self, spot: Spot) -> tuple[list[str], list[list[float]]]:
        """The same for the rest of the line."""
        answered = self._answer(spot)
        if answered is None:
            return [], []
        lines = Lines(self._documents[spot.path], answered.evidence)
        best, ballot = lines.candidates()
        about = line_rows(self._line_asker(answered, spot, best), best, ballot)
        return [lines.text_of(item) for item in best], about

    def _line_asker(self, answered: _Answered, spot: Spot, best: list[LineCandidate]) -> LineAsker:
        document, evidence = self._documents[spot.path], answered.evidence
        vocabulary = evidence.workspace.vocabulary
        chances: dict[str, float] = {}
        if any(item.tokens[0] in vocabulary.identifiers for item in best):
            chances = {vocabulary[word]: share for share, word in self._ranked(answered, spot, "")}
        return LineAsker(document, evidence, answered.place, chances)

    def _ranked(self, answered: _Answered, spot: Spot, typed: str) -> list[tuple[float, str]]:
        """(raw probability, name), the most likely first. Kept for the place, since names and lines both ask."""
        known = answered.ranked.get(typed)
        if known is None:
            words, about, common = self._identifier_rows(answered, spot, typed)
            network = fitted.TYPED if typed else fitted.UNTYPED
            known = sorted(zip(shares(network, about, common), words, strict=True), reverse=True)
            answered.ranked[typed] = known
        return known

    def _workspace(self, language: Language) -> Workspace:
        workspace = self._workspaces.get(language.family)
        if workspace is None:
            workspace = self._workspaces[language.family] = Workspace(Vocabulary(has_lifetimes=language.has_lifetimes))
        return workspace

    def _answer(self, spot: Spot) -> _Answered | None:
        """None inside a comment or a string: what we know is code."""
        document = self._documents[spot.path]
        self._settle(document)
        versions = (document.version, self._changes)
        known = self._answered
        if known is not None and known.spot == spot and known.versions == versions:
            return known
        workspace = self._workspace(document.language)
        around = surroundings(document, spot.line, spot.start, spot.end, workspace.vocabulary)
        if around.in_text:
            return None
        levels = find_matches(around, len(document.tokens) - len(around.after), workspace.newest_first())
        evidence = gather_evidence(document, around, levels, workspace)
        place = place_of(document, spot.line, evidence, workspace.vocabulary)
        self._answered = _Answered(spot, versions, evidence, place)
        return self._answered

    def _settle(self, current: OpenDocument) -> None:
        """The other open documents of the family count as files, as they are now; the current one does not."""
        workspace = self._workspace(current.language)
        for path, document in self._documents.items():
            if document is current:
                if self._parked.pop(path, None) is not None:
                    workspace.remove(path)
                    self._changes += 1
            elif document.language.family == current.language.family and self._parked.get(path) != document.version:
                workspace.add(document.source())
                self._parked[path] = document.version
                self._changes += 1

    def _little_code(self, spot: Spot) -> bool:
        document = self._documents[spot.path]
        return len(document.tokens) + self._workspace(document.language).size < _LITTLE_CODE
