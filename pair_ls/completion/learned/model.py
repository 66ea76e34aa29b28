"""The model learned from the open code: a document under the cursor, the files around it, no training run. Pure.

    for _ in model.index(path, language_id, text): ...   a file of the workspace
    model.open(path, language_id, text)                  a document that is typed in
    model.set_text(path, text)                           it changed
    model.identifiers(place, typed) / model.lines(place) questions; the answers carry calibrated probabilities

A question costs a few milliseconds, an edit the lines it touches. Each of these calls has a twin that does it in steps
of a millisecond (`opening`, `setting_text`, `finding_identifiers`, `finding_lines`), for an event loop.
"""

import heapq
from dataclasses import dataclass, field

from pair_ls.completion.learned import fitted
from pair_ls.completion.learned.documents import OpenDocument, count_tokens, lex_file
from pair_ls.completion.learned.features import Place, place_of, rows
from pair_ls.completion.learned.identifiers import Evidence, candidates, gather_evidence, score, worth_ranking
from pair_ls.completion.learned.languages import Language, language_of
from pair_ls.completion.learned.lines import LineAsker, LineCandidate, Lines, line_rows
from pair_ls.completion.learned.matches import find_matches
from pair_ls.completion.learned.patterns import pattern_line, pattern_names
from pair_ls.completion.learned.ranker import shares
from pair_ls.completion.learned.surroundings import surroundings
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.learned.workspace import Elsewhere, Workspace
from pair_ls.completion.stepwise import Steps, all_at_once

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
    document: OpenDocument
    version: int  # of the document
    changes: int  # of the others
    evidence: Evidence
    place: Place
    ranked: dict[str, list[tuple[float, str]]] = field(default_factory=dict)  # by typed characters

    def is_stale(self) -> bool:
        """Whether the document has been edited since."""
        return self.document.version != self.version


class LearnedModel:
    """All languages, all documents of one user."""

    def __init__(self) -> None:
        self._workspaces: dict[str, Workspace] = {}
        self._documents: dict[str, OpenDocument] = {}
        self._changes = 0
        self._answered: _Answered | None = None

    def index(self, path: str, language_id: str, text: str) -> Steps[None]:
        """Adds or replaces a file of the workspace. Run it to its end; in between anything may happen."""
        language = language_of(language_id)
        workspace = self._workspace(language)
        source = yield from lex_file(path, text, language, workspace.vocabulary)
        if path not in self._documents:
            yield from workspace.adding(source)
            self._changes += 1

    def remove(self, path: str) -> None:
        """The file is gone, or must not be learned from."""
        self._documents.pop(path, None)
        self._changes += 1
        for workspace in self._workspaces.values():
            workspace.remove(path)

    def open(self, path: str, language_id: str, text: str) -> None:
        """A document that is typed in; it takes the place of the file at its path."""
        all_at_once(self.opening(path, language_id, text))

    def opening(self, path: str, language_id: str, text: str) -> Steps[None]:
        """The same in steps; it is open after the last one."""
        language = language_of(language_id)
        workspace = self._workspace(language)
        read = workspace.file(path, text)
        if read is None:
            read = yield from lex_file(path, text, language, workspace.vocabulary)
        counts = yield from count_tokens(read.tokens)
        document = OpenDocument(read, language, workspace.vocabulary, counts)
        yield
        for other in self._workspaces.values():
            if other is not workspace:
                other.remove(path)
        workspace.open(document, read)
        self._documents[path] = document
        self._changes += 1

    def close(self, path: str) -> None:
        """The document is no longer typed in; it stays a file of the workspace."""
        document = self._documents.pop(path, None)
        if document is not None:
            self._workspace(document.language).close(path)
            self._changes += 1

    def is_open(self, path: str) -> bool:
        return path in self._documents

    def text(self, path: str) -> str | None:
        """What a file or document says, None if it is not known."""
        document = self._documents.get(path)
        if document is not None:
            return document.text
        for workspace in self._workspaces.values():
            if path in workspace.files:
                return workspace.files[path].text
        return None

    def stands_at(self, spot: Spot, line_before: str) -> bool:
        """Whether the document is open and this is what stands before the spot's end: questions may come late."""
        document = self._documents.get(spot.path)
        if document is None or spot.line >= len(document.lines):
            return False
        return document.lines[spot.line][: spot.end] == line_before

    def set_text(self, path: str, text: str) -> None:
        """The document's text is now this."""
        all_at_once(self.setting_text(path, text))

    def setting_text(self, path: str, text: str) -> Steps[None]:
        """The same in steps."""
        document = self._documents[path]
        replaced = yield from document.setting_text(text)
        if replaced:
            self._workspace(document.language).edited(document, replaced)
            self._changes += 1

    def identifiers(self, spot: Spot, typed: str, most: int = 20) -> list[Offer]:
        """Names that may stand at the spot, the most likely first."""
        return all_at_once(self.finding_identifiers(spot, typed, most))

    def finding_identifiers(self, spot: Spot, typed: str, most: int = 20) -> Steps[list[Offer]]:
        """The same in steps; none if the document is edited meanwhile."""
        answered = yield from self._answer(spot)
        if answered is None:
            return []
        calibration = fitted.CALIBRATIONS[min(len(typed), 3)]
        ranked = (yield from self._ranked(answered, typed))[:most]
        offers = [Offer(word, calibration.confidence(share)) for share, word in ranked]
        if self._little_code(answered.document):
            known = {offer.text for offer in offers}
            language = answered.document.language
            offers += [Offer(name, fitted.PATTERN_NAME) for name in pattern_names(language, typed) if name not in known]
        return offers[:most]

    def lines(self, spot: Spot, most: int = 3) -> list[Offer]:
        """What the line may go on with up to its end, the most likely first."""
        return all_at_once(self.finding_lines(spot, most))

    def finding_lines(self, spot: Spot, most: int = 3) -> Steps[list[Offer]]:
        """The same in steps; none if the document is edited meanwhile."""
        answered = yield from self._answer(spot)
        if answered is None:
            document = self._documents[spot.path]
            return self._pattern(document, spot) if document.lines[spot.line].startswith("#!") else []
        lines, best, about = yield from self._line_rows(answered)
        ranked = zip((yield from shares(fitted.LINES, about, ())), best, strict=True)
        if answered.is_stale():
            return []
        calibration = fitted.LINE_CALIBRATION
        offers = []
        for share, item in heapq.nlargest(most, ranked, key=lambda pair: pair[0]):
            text = lines.text_of(item)
            if text:
                offers.append(Offer(text, calibration.confidence(share)))
        return offers or self._pattern(answered.document, spot)

    def _pattern(self, document: OpenDocument, spot: Spot) -> list[Offer]:
        """How the language usually goes on, where there is next to nothing else to go by."""
        if not self._little_code(document):
            return []
        pattern = pattern_line(document.language, document.lines[spot.line][: spot.start])
        return [Offer(pattern, fitted.PATTERN_LINE)] if pattern else []

    def identifier_rows(self, spot: Spot, typed: str) -> tuple[list[str], list[list[float]]]:
        """The candidates and what the ranker is told about them; the script that fits it asks here too."""
        answered = all_at_once(self._answer(spot))
        if answered is None:
            return [], []
        words, about, common = all_at_once(self._identifier_rows(answered, typed))
        return words, [[*row, *common] for row in about]

    def line_rows(self, spot: Spot) -> tuple[list[str], list[list[float]]]:
        """The same for the rest of the line."""
        answered = all_at_once(self._answer(spot))
        if answered is None:
            return [], []
        lines, best, about = all_at_once(self._line_rows(answered))
        return [lines.text_of(item) for item in best], about

    def _identifier_rows(
        self, answered: _Answered, typed: str
    ) -> Steps[tuple[list[str], list[list[float]], list[float]]]:
        evidence = answered.evidence
        vocabulary = evidence.elsewhere.vocabulary
        found = candidates(evidence, typed, vocabulary.codes_of(answered.document.language.keywords))
        yield
        best = worth_ranking((yield from score(evidence, found, typed)))
        about, common = yield from rows(evidence, answered.place, best, typed)
        return [vocabulary.text(item.code) for item in best], about, common

    def _line_rows(self, answered: _Answered) -> Steps[tuple[Lines, list[LineCandidate], list[list[float]]]]:
        evidence = answered.evidence
        lines = Lines(answered.document, evidence)
        best, ballot = yield from lines.candidates()
        vocabulary = evidence.elsewhere.vocabulary
        chances: dict[str, float] = {}
        if any(item.tokens[0] in vocabulary.identifiers for item in best):
            chances = {vocabulary[word]: share for share, word in (yield from self._ranked(answered, ""))}
        asker = LineAsker(answered.document, evidence, answered.place, chances)
        return lines, best, (yield from line_rows(asker, best, ballot))

    def _ranked(self, answered: _Answered, typed: str) -> Steps[list[tuple[float, str]]]:
        """(raw probability, name), the most likely first. Kept for the place, since names and lines both ask."""
        known = answered.ranked.get(typed)
        if known is None:
            words, about, common = yield from self._identifier_rows(answered, typed)
            network = fitted.TYPED if typed else fitted.UNTYPED
            values = yield from shares(network, about, common)
            known = sorted(zip(values, words, strict=True), reverse=True)
            answered.ranked[typed] = known
        return known

    def _workspace(self, language: Language) -> Workspace:
        workspace = self._workspaces.get(language.family)
        if workspace is None:
            workspace = self._workspaces[language.family] = Workspace(Vocabulary(has_lifetimes=language.has_lifetimes))
        return workspace

    def _answer(self, spot: Spot) -> Steps[_Answered | None]:
        """None inside a comment or a string: what we know is code. And none if the document is edited meanwhile."""
        document = self._documents[spot.path]
        version, changes = document.version, self._changes
        known = self._answered
        if known is not None and known.spot == spot and known.changes == changes and not known.is_stale():
            return known
        workspace = self._workspace(document.language)
        around = surroundings(document, spot.line, spot.start, spot.end, workspace.vocabulary)
        if around.in_text:
            return None
        yield
        elsewhere = Elsewhere(workspace, document)
        levels = yield from find_matches(around, len(document.tokens) - len(around.after), elsewhere.sources())
        evidence = yield from gather_evidence(around, levels, elsewhere)
        if document.version != version:
            return None
        place = place_of(document, spot.line, evidence, workspace.vocabulary)
        yield
        self._answered = _Answered(spot, document, version, changes, evidence, place)
        return self._answered

    def _little_code(self, document: OpenDocument) -> bool:
        return self._workspace(document.language).size < _LITTLE_CODE
