"""The names that may stand at the cursor, with a first score: mixed n-grams, nearness, what stands right of the cursor.

Pure. The score is the product of independent pieces of evidence; the ranker (`ranker.py`) then weighs the best of these
candidates against each other.
"""

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pair_ls.completion.learned.calls import after_gap, arguments_of_call
from pair_ls.completion.learned.matches import Levels, found_before
from pair_ls.completion.learned.neighbours import Side, neighbours_in
from pair_ls.completion.learned.surroundings import Surroundings
from pair_ls.completion.learned.workspace import Elsewhere
from pair_ls.completion.stepwise import Steps

_MOST_PER_LEVEL = 100
_MOST_NEAR = 100
_MOST_TYPED = 250
_MOST_RIGHT = 600
_DOCUMENT_WEIGHT = 2.0
_FAR = 6000.0
_MOST_RANKED = 48
_HOPELESS = 16.0  # in log score
_WRONG_CASE = 0.05
_SLICE_CODES = 200


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts from several places, each with a weight; added up only for the codes that are asked for."""

    parts: tuple[tuple[Mapping[str, float], float], ...]

    def of(self, code: str) -> float:
        """The weighted sum for one code."""
        total = 0.0
        for counts, weight in self.parts:
            total += weight * counts.get(code, 0.0)
        return total


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is counted once per place and used by every candidate."""

    around: Surroundings
    levels: Levels
    document_levels: "list[Level]"
    workspace_levels: "list[Level]"
    document_counts: Counter[str]
    document_total: int
    elsewhere: Elsewhere
    members: Tally  # how often a token stands behind a dot
    before_next: Tally  # what stands before our next token: document twice, workspace once
    right_two: dict[str, float]
    right_three: dict[str, float]
    after_member_mark: bool
    arguments: dict[str, float]  # share of this function's other calls that name it
    after_gap: dict[str, float]


def gather_evidence(around: Surroundings, levels: Levels, elsewhere: Elsewhere) -> Steps[Evidence]:
    vocabulary, document = elsewhere.vocabulary, elsewhere.document
    context = around.before[-1:]
    if context:
        following: dict[str, float] = dict(elsewhere.own(context, Side.AFTER))
        levels.document[1] = following
        levels.first_in_workspace = yield from elsewhere.after(context, following)
        yield
    marks = [vocabulary[mark] for mark in document.language.member_marks if mark in vocabulary]
    texts = [(around.before, 2.0), (around.after, 2.0), *((source.tokens, 1.0) for source in elsewhere.sources())]
    right_two, right_three = _right_matches(around, texts)
    yield
    members = yield from _members(marks, elsewhere)
    yield
    before_next = yield from _before_next(around, elsewhere)
    yield
    arguments = yield from arguments_of_call(around, texts, vocabulary)
    yield
    behind_gap = yield from after_gap(around, texts)
    return Evidence(
        around=around,
        levels=levels,
        document_levels=_summed(levels.document),
        workspace_levels=_summed([{}, levels.first_in_workspace, *levels.workspace[2:]]),
        document_counts=document.counts,
        document_total=len(document.tokens),
        elsewhere=elsewhere,
        members=members,
        before_next=before_next,
        right_two=right_two,
        right_three=right_three,
        after_member_mark=context in marks,
        arguments=arguments,
        after_gap=behind_gap,
    )


def _members(marks: list[str], elsewhere: Elsewhere) -> Steps[Tally]:
    """The document's count twice: they are in the workspace's, too."""
    parts: list[tuple[Mapping[str, float], float]] = []
    for mark in marks:
        everywhere = yield from elsewhere.workspace.neighbours(mark, Side.AFTER)
        parts += [(elsewhere.own(mark, Side.AFTER), 1.0), (everywhere, 1.0)]
    return Tally(tuple(parts))


def _before_next(around: Surroundings, elsewhere: Elsewhere) -> Steps[Tally]:
    code = around.next
    here = [(Counter(neighbours_in(tokens, code, Side.BEFORE)), 2.0) for tokens in (around.before, around.after)]
    everywhere = yield from elsewhere.workspace.neighbours(code, Side.BEFORE)
    return Tally((*here, (everywhere, 1.0), (elsewhere.own(code, Side.BEFORE), -1.0)))


def _right_matches(
    around: Surroundings, texts: Sequence[tuple[str, float]]
) -> tuple[dict[str, float], dict[str, float]]:
    pattern, third = around.after[:2], around.after[2:3]
    two: dict[str, float] = {}
    three: dict[str, float] = {}
    if len(pattern) < 2:
        return two, three
    _count_right(pattern, third, (around.before, around.after[1:]), 2.0, two, three)
    _count_right(pattern, third, [tokens for tokens, _ in texts[2:]], 1.0, two, three)
    return two, three


def _count_right(
    pattern: str, third: str, texts: Sequence[str], weight: float, two: dict[str, float], three: dict[str, float]
) -> None:
    for code, behind in found_before(pattern, texts, _MOST_RIGHT):
        two[code] = two.get(code, 0.0) + weight
        if behind[:1] == third:
            three[code] = three.get(code, 0.0) + weight


def candidates(evidence: Evidence, typed: str, keywords: frozenset[str]) -> list[str]:
    """Codes of names that may go on from `typed`; without a typed character those that followed, or stand near."""
    if typed:
        return [code for code in _typed_candidates(evidence, typed) if code not in keywords]
    found: set[str] = set()
    for level in (level.counts for level in (*evidence.document_levels, *evidence.workspace_levels)):
        found.update(
            heapq.nlargest(_MOST_PER_LEVEL, level, key=level.__getitem__) if len(level) > _MOST_PER_LEVEL else level
        )
    found.update(evidence.right_three)
    found.update(evidence.arguments)
    found.update(heapq.nlargest(60, evidence.after_gap, key=evidence.after_gap.__getitem__))
    near = heapq.nsmallest(_MOST_NEAR, evidence.around.distance.items(), key=lambda pair: pair[1])
    found.update(code for code, _ in near)
    names = evidence.elsewhere.vocabulary.identifiers
    return [code for code in found if code in names and code not in keywords]


def _typed_candidates(evidence: Evidence, typed: str) -> list[str]:
    counts, elsewhere = evidence.document_counts, evidence.elsewhere
    everywhere = elsewhere.workspace.counts
    found = [code for code in elsewhere.vocabulary.starting_with(typed) if code in everywhere]
    if len(found) <= _MOST_TYPED:
        return found
    seen, near = evidence.levels.longest, evidence.around.distance
    spread = elsewhere.workspace.files_with
    return heapq.nlargest(
        _MOST_TYPED,
        found,
        key=lambda code: 4 * seen.get(code, 0) + 600 / (20 + near.get(code, _FAR)) + counts[code] + spread[code] / 4,
    )


@dataclass(frozen=True, slots=True)
class Level:
    """What followed contexts of one length, with the sum of its weights."""

    length: int
    counts: Mapping[str, float]
    total: float


def _summed(levels: Sequence[Mapping[str, float]]) -> list[Level]:
    return [Level(length, counts, sum(counts.values())) for length, counts in enumerate(levels) if counts]


def interpolate(levels: list[Level], prior: list[float], codes: list[str]) -> tuple[list[float], float]:
    """Witten-Bell: each longer context takes its share from the shorter. Returns probabilities and the confidence."""
    chances = prior
    confidence = 0.1
    for level in levels:
        kinds = len(level.counts)
        inverse = 1.0 / (level.total + kinds)
        back = kinds * inverse
        if level.length > 1:
            confidence = max(confidence, 1.0 - back)
        get = level.counts.get
        chances = [get(code, 0.0) * inverse + back * chance for code, chance in zip(codes, chances, strict=True)]
    return chances, min(confidence, 0.999)


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score and what the score is made of."""

    code: str
    score: float  # log
    document_chance: float
    workspace_chance: float
    member_share: float
    next_share: float


def score(evidence: Evidence, codes: list[str], typed: str) -> Steps[list[Scored]]:
    """Scores in no particular order."""
    scored: list[Scored] = []
    for start in range(0, len(codes), _SLICE_CODES):
        scored += _score(evidence, codes[start : start + _SLICE_CODES], typed)
        yield
    return scored


def _score(evidence: Evidence, codes: list[str], typed: str) -> list[Scored]:
    counts, elsewhere = evidence.document_counts, evidence.elsewhere
    others = [elsewhere.count(code) for code in codes]
    document_prior = _prior([counts.get(code, 0) for code in codes], len(counts), evidence.document_total)
    workspace_prior = _prior(others, elsewhere.kinds, elsewhere.size)
    in_document, document_trust = interpolate(evidence.document_levels, document_prior, codes)
    in_workspace, workspace_trust = interpolate(evidence.workspace_levels, workspace_prior, codes)
    document_weight = _DOCUMENT_WEIGHT / (1 - document_trust)
    workspace_weight = 1.0 / (1 - workspace_trust)
    text_of = elsewhere.vocabulary.text
    after_mark = evidence.after_member_mark
    scored = []
    for code, chance, other, count in zip(codes, in_document, in_workspace, others, strict=True):
        value = (document_weight * chance + workspace_weight * other) / (document_weight + workspace_weight)
        distance = evidence.around.distance.get(code)
        if distance is not None:
            value *= 1.0 + 6.0 * math.exp(-distance / 60.0) + 3.0 * math.exp(-distance / 400.0)
            value += 0.03 * math.exp(-distance / 100.0)
        seen = 2.0 * counts.get(code, 0) + count
        member = min((evidence.members.of(code) + 0.8) / (seen + 2.0), 0.98)
        fits = (evidence.before_next.of(code) + 0.6) / (seen + 3.0)
        value *= (member if after_mark else 1.0 - member) * fits
        if typed and not text_of(code).startswith(typed):
            value *= _WRONG_CASE
        scored.append(Scored(code, math.log(value + 1e-12), chance, other, member, fits))
    return scored


def worth_ranking(scored: list[Scored]) -> list[Scored]:
    """The best, in descending order, without those that are hopelessly behind the first: ranking costs time."""
    best = heapq.nlargest(_MOST_RANKED, scored, key=lambda item: item.score)
    return [item for item in best if item.score >= best[0].score - _HOPELESS]


def _prior(counts: list[int], kinds: int, total: int) -> list[float]:
    inverse = 1.0 / (total + 0.5 * (kinds + 1000.0) + 1.0)
    return [(count + 0.5) * inverse for count in counts]
