"""The rest of the line, copied from the places whose context is most like ours. Pure.

Three kinds of places vote: those with our last two or more tokens before them, and those that differ in exactly the
last or the last but one token. In the latter the differing name is carried over: after `self.width = width`, the line
`self.height` goes on with ` = height`.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pair_ls.completion.learned.documents import OpenDocument
from pair_ls.completion.learned.features import Place, words_of
from pair_ls.completion.learned.identifiers import Evidence
from pair_ls.completion.learned.lexer import Span, lex_spans
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.learned.workspace import Source
from pair_ls.completion.stepwise import Steps

NAMES = (
    "share", "longest", "votes", "share of longest", "in document", "near", "gap share", "gap votes", "last gap share",
    "last gap votes", "carried over", "size", "literal", "as previous line", "as next line", "balanced", "ends alike",
    "best longest", "covers line", "line size", "word overlap", "names far", "names near", "rivals", "behind name",
    "behind bracket", "closes", "line start", "votes of document", "rank", "empty share", "trust",
    "single share", "single votes", "next alike", "names in block", "names in headers", "begins with name",
    "chance of first name", "pairs known",
)  # fmt: skip
_MOST_MATCHES = 500
_MOST_GAPS = 160
_MOST_RANKED = 20
_MOST_TOKENS = 40
_BASE = 5.0
_FAR = 6000.0
_MOST_ALIKE = 6
_SLICE_MATCHES = 150
_SLICE_ROWS = 4


@dataclass(slots=True)
class LineCandidate:
    """Proposed tokens for the rest of the line, and who voted for them."""

    tokens: str
    source: Source | None  # None: the document
    seen: str  # the source's tokens when it was copied
    at: int  # of the first copied token in the source's token string
    renamed: tuple[str, str] | None = None
    weight: float = 0.0
    longest: int = 0
    votes: int = 0
    votes_of_longest: int = 0
    document_votes: int = 0
    distance: float = math.inf
    gap_votes: int = 0
    last_gap_votes: int = 0
    single_votes: int = 0
    ends_alike: int = 0
    next_alike: int = 0  # most tokens that follow there as they follow here

    def copied_from(self, source: Source | None, seen: str, at: int) -> None:
        self.source, self.seen, self.at, self.renamed = source, seen, at, None


@dataclass(slots=True)
class Ballot:
    """The candidates by their tokens, with the totals of the vote."""

    candidates: dict[str, LineCandidate] = field(default_factory=dict)
    total: float = 0.0
    empty: float = 0.0
    longest: int = 0
    matches_of_longest: int = 0
    gaps: int = 0
    last_gaps: int = 0
    singles: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Finds the candidates for one place."""

    document: OpenDocument
    evidence: Evidence

    @property
    def vocabulary(self) -> Vocabulary:
        return self.evidence.elsewhere.vocabulary

    def candidates(self) -> Steps[tuple[list[LineCandidate], Ballot]]:
        """The best, in descending order of a simple vote."""
        ballot = Ballot()
        ends = re.compile("[" + re.escape("".join(self.vocabulary.line_starts)) + "]")
        yield from self._copy(ballot, ends)
        yield from self._carry_over(ballot, ends)
        best = sorted(
            ballot.candidates.values(),
            key=lambda item: (item.weight / (ballot.total + 1.0) + 0.02 * item.longest
                              + 0.3 * item.gap_votes / (ballot.gaps + 3) + 0.3 * item.last_gap_votes /
                              (ballot.last_gaps + 3) + 0.3 * item.single_votes / (ballot.singles + 3)),
            reverse=True,
        )  # fmt: skip
        return best[:_MOST_RANKED], ballot

    def _copy(self, ballot: Ballot, ends: re.Pattern[str]) -> Steps[None]:
        around, matches = self.evidence.around, self.evidence.levels.matches
        for number, match in enumerate(sorted(matches, key=lambda match: -match.length)[:_MOST_MATCHES]):
            if not number % _SLICE_MATCHES:
                yield
            stop = ends.search(match.tokens, match.end)
            if stop is None and match.tokens is around.before:
                continue
            end = stop.start() if stop else len(match.tokens)
            nearness = 2.0 * math.exp(-match.distance / 300.0)
            weight = _BASE**match.length * (1.0 + nearness)
            ballot.total += weight
            if match.length > ballot.longest:
                ballot.longest, ballot.matches_of_longest = match.length, 0
            ballot.matches_of_longest += match.length == ballot.longest
            if end == match.end:
                ballot.empty += weight
                continue
            if end - match.end > _MOST_TOKENS:
                continue
            rest = match.tokens[match.end : end]
            item = ballot.candidates.get(rest)
            if item is None:
                item = ballot.candidates[rest] = LineCandidate(
                    rest, match.source, match.tokens, match.end + match.offset
                )
            item.weight += weight
            item.votes += 1
            item.document_votes += match.source is None
            item.ends_alike += match.tokens.startswith(around.next, end)
            item.next_alike = max(item.next_alike, _alike(match.tokens[end : end + _MOST_ALIKE], around.after))
            if match.length > item.longest:
                item.longest, item.votes_of_longest = match.length, 0
            item.votes_of_longest += match.length == item.longest
            if match.distance < item.distance:
                item.distance = match.distance
                item.copied_from(match.source, match.tokens, match.end + match.offset)

    def _carry_over(self, ballot: Ballot, ends: re.Pattern[str]) -> Steps[None]:
        around, names = self.evidence.around, self.vocabulary.identifiers
        third, second, last = around.before[-3:-2], around.before[-2:-1], around.before[-1:]
        if not third:
            return
        if second in names:
            finder = re.compile(re.escape(third) + "(.)" + re.escape(last), re.DOTALL)
            for item in (yield from self._voters(ballot, finder, second, ends)):
                item.gap_votes += 1
                ballot.gaps += 1
        if last in names:
            finder = re.compile(f"(?<!{re.escape(second)})({re.escape(last)})")
            for item in (yield from self._voters(ballot, finder, "", ends)):
                item.single_votes += 1
                ballot.singles += 1
            finder = re.compile(re.escape(third + second) + "(.)", re.DOTALL)
            for item in (yield from self._voters(ballot, finder, last, ends)):
                item.last_gap_votes += 1
                ballot.last_gaps += 1

    def _voters(
        self, ballot: Ballot, finder: re.Pattern[str], ours: str, ends: re.Pattern[str]
    ) -> Steps[list[LineCandidate]]:
        """One candidate per place that votes; some vote for the same one."""
        voters: list[LineCandidate] = []
        left = _MOST_GAPS
        for tokens, source, offset in self._sources():
            found = list(finder.finditer(tokens))
            if source is None and not offset:
                found = found[::-1]
            for match in found[:left]:
                left -= 1
                item = self._voted_for(ballot, match, ours, ends, (tokens, source, offset))
                if item is not None:
                    voters.append(item)
            if left <= 0:
                break
            if found:
                yield
        return voters

    def _voted_for(
        self,
        ballot: Ballot,
        match: re.Match[str],
        ours: str,
        ends: re.Pattern[str],
        where: tuple[str, Source | None, int],
    ) -> LineCandidate | None:
        around, (tokens, source, offset) = self.evidence.around, where
        theirs = match[1]
        if theirs == ours or theirs not in self.vocabulary.identifiers:
            return None
        stop = ends.search(tokens, match.end())
        end = stop.start() if stop else len(tokens)
        if not 0 < end - match.end() <= _MOST_TOKENS or (stop is None and source is None):
            return None
        rest = tokens[match.end() : end]
        renamed = (theirs, ours) if ours and theirs in rest else None
        if renamed:
            rest = rest.replace(theirs, ours)
        item = ballot.candidates.get(rest)
        if item is None:
            item = ballot.candidates[rest] = LineCandidate(rest, source, tokens, match.end() + offset, renamed)
        item.ends_alike += tokens.startswith(around.next, end)
        item.next_alike = max(item.next_alike, _alike(tokens[end : end + _MOST_ALIKE], around.after))
        return item

    def _sources(self) -> Iterator[tuple[str, Source | None, int]]:
        around = self.evidence.around
        yield around.before, None, 0
        yield around.after, None, len(self.document.tokens) - len(around.after)
        for source in self.evidence.elsewhere.sources():
            yield source.tokens, source, 0

    def text_of(self, item: LineCandidate) -> str:
        """The candidate as text, with the spaces of the place it was copied from; "" if that place has gone."""
        source = item.source or self.document
        if item.source is not None and item.seen is not source.tokens:
            return ""  # another document, which has been edited since
        number, before = source.line_at(item.at)
        line = source.line(number)
        spans = [span for span in lex_spans(line, source.states[number], self.document.language)[0] if span.text]
        marked = source.tokens[source.starts[number]] in self.vocabulary.line_starts
        first = before - marked
        if first < 0 or first >= len(spans):
            return ""
        begin = spans[first - 1].end if first else spans[0].start
        if not item.renamed:
            return line[begin : spans[-1].end]
        theirs, ours = (self.vocabulary.text(code) for code in item.renamed)
        return self._renamed(line, begin, spans[first:], theirs, ours)

    @staticmethod
    def _renamed(line: str, begin: int, spans: list[Span], theirs: str, ours: str) -> str:
        pieces = []
        for span in spans:
            pieces.append(line[begin : span.start] + (ours if span.text == theirs else line[span.start : span.end]))
            begin = span.end
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class LineAsker:
    """What is known of the place beside the evidence: `chances` are the ranker's for the next name."""

    document: OpenDocument
    evidence: Evidence
    place: Place
    chances: dict[str, float]


def line_rows(asker: LineAsker, best: list[LineCandidate], ballot: Ballot) -> Steps[list[list[float]]]:
    """One row per candidate, in the order of `NAMES`."""
    evidence = asker.evidence
    around, vocabulary = evidence.around, evidence.elsewhere.vocabulary
    names = vocabulary.identifiers
    line_words = {word for code in around.line_before if code in names for word in words_of(vocabulary.text(code))}
    depth = _depth(around.line_before, vocabulary)
    context = around.before[-1:]
    text = vocabulary.text(context) if context else "\n"
    common = [
        ballot.longest / 4.0,
        min(len(around.line_before), 12) / 4.0,
        math.log1p(len(ballot.candidates)),
        float(context in names),
        float(text in "([{,"),
        float(text[0] == "\n"),
        ballot.empty / (ballot.total + 1.0),
        math.log1p(ballot.matches_of_longest),
    ]
    known: dict[str, bool] = {}
    found: list[list[float]] = []
    for rank, item in enumerate(best):
        row = _line_row(evidence, item, ballot, rank, common, line_words, depth)
        found.append([*row, *_more_of_line(asker, item, ballot, known)])
        if not rank % _SLICE_ROWS:
            yield
    return found


def _more_of_line(asker: LineAsker, item: LineCandidate, ballot: Ballot, known: dict[str, bool]) -> tuple[float, ...]:
    vocabulary, place = asker.evidence.elsewhere.vocabulary, asker.place
    names = [code for code in item.tokens if code in vocabulary.identifiers]
    first = item.tokens[0]
    begins = first in vocabulary.identifiers
    whole = asker.evidence.around.before[-1:] + item.tokens
    pairs = [whole[at : at + 2] for at in range(len(whole) - 1)]
    for pair in pairs:
        if pair not in known:
            known[pair] = pair in asker.document.tokens
    return (
        item.single_votes / (ballot.singles + 1.0),
        math.log1p(item.single_votes),
        item.next_alike / 2.0,
        sum(code in place.block for code in names) / (len(names) + 1.0),
        sum(code in place.headers for code in names) / (len(names) + 1.0),
        float(begins),
        math.log(asker.chances.get(first, 0.0) + 1e-3) if begins else 0.0,
        sum(known[pair] for pair in pairs) / (len(pairs) + 0.5),
    )


def _alike(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _line_row(
    evidence: Evidence,
    item: LineCandidate,
    ballot: Ballot,
    rank: int,
    common: list[float],
    line_words: set[str],
    depth: int,
) -> list[float]:
    around, vocabulary = evidence.around, evidence.elsewhere.vocabulary
    names = [code for code in item.tokens if code in vocabulary.identifiers]
    distances = [around.distance.get(code, _FAR) for code in names]
    words = [word for code in names for word in words_of(vocabulary.text(code))]
    best_longest, line_size, rivals, behind_name, behind_bracket, line_start, empty, trust = common
    after_depth = depth + _depth(item.tokens, vocabulary)
    whole = around.line_before + item.tokens
    return [
        math.log(item.weight / (ballot.total + 125.0) + 1e-4),
        item.longest / 4.0,
        math.log1p(item.votes),
        item.votes_of_longest / (ballot.matches_of_longest + 0.5) if item.longest == ballot.longest else 0.0,
        float(item.document_votes > 0),
        -math.log1p(min(item.distance, _FAR)),
        item.gap_votes / (ballot.gaps + 1.0),
        math.log1p(item.gap_votes),
        item.last_gap_votes / (ballot.last_gaps + 1.0),
        math.log1p(item.last_gap_votes),
        float(item.renamed is not None),
        math.log(len(item.tokens)),
        float(vocabulary.literal in item.tokens),
        float(whole == around.previous_line),
        float(whole == around.next_line),
        float(after_depth == 0),
        item.ends_alike / (item.votes + item.gap_votes + item.last_gap_votes + item.single_votes),
        best_longest,
        float(item.longest > len(around.line_before)),
        line_size,
        sum(word in line_words for word in words) / (len(words) + 1.0),
        sum(distance >= _FAR for distance in distances) / (len(names) + 1.0),
        -sum(math.log1p(distance) for distance in distances) / (len(names) + 1.0),
        rivals,
        behind_name,
        behind_bracket,
        float(after_depth < 0),
        line_start,
        math.log1p(item.document_votes),
        1.0 / (1.0 + rank),
        empty,
        trust,
    ]


def _depth(tokens: str, vocabulary: Vocabulary) -> int:
    opening = sum(tokens.count(vocabulary[bracket]) for bracket in "([{")
    return opening - sum(tokens.count(vocabulary[bracket]) for bracket in ")]}")
