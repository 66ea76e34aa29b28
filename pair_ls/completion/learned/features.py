"""What the ranker knows of a candidate: one row of numbers per name, in the order of `NAMES`. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pair_ls.completion.learned.documents import OpenDocument
from pair_ls.completion.learned.identifiers import Evidence, Scored
from pair_ls.completion.learned.lexer import indent_of
from pair_ls.completion.learned.surroundings import Surroundings
from pair_ls.completion.learned.vocabulary import Vocabulary
from pair_ls.completion.stepwise import Steps

NAMES = (
    "score", "document chance", "workspace chance", "near", "not near", "document count", "workspace count",
    "files with it", "on the line", "right on the line", "on the previous line", "on the next line", "word overlap",
    "previous word overlap", "length", "longest match", "longest in document", "right case", "capital", "all capitals",
    "underscore", "member", "fits next", "right two", "right three", "agrees with next", "pair distance", "no pair",
    "parallel", "as two before", "as assigned", "burst", "leads previous line", "in header", "receiver overlap",
    "once", "rank", "fits previous", "argument", "behind gap", "in block", "behind gap share",
    # of the place, the same for every candidate
    "behind a dot", "line start", "behind open or comma", "behind equals", "next opens", "next ends line", "typed one",
    "typed more", "typed capital", "trust",
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_FAR = 6000.0
_FAR_TOKENS = 6000
_BURST = 120
_HEADERS = 3
_HEADER_LINES = 200
_SLICE_ROWS = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Of the cursor, worked out once per place."""

    line: frozenset[str]
    right: frozenset[str]
    previous: frozenset[str]
    following: frozenset[str]
    line_words: frozenset[str]
    previous_words: frozenset[str]
    receiver_words: frozenset[str]
    pairs: dict[str, float]
    parallel: str
    two_before: str
    assigned: str
    leader: str
    headers: frozenset[str]
    burst: Counter[str]
    block: frozenset[str]
    gap_total: float
    row: tuple[float, ...]


def words_of(name: str) -> list[str]:
    """The lower-case words in a name: parseHTTPRequest and parse_http_request have the same three."""
    return [word.lower() for word in _WORD.findall(name) if len(word) > 1]


def place_of(document: OpenDocument, line: int, evidence: Evidence, vocabulary: Vocabulary) -> Place:
    around = evidence.around
    text, names = vocabulary.text, vocabulary.identifiers
    context = around.before[-1:]
    before = around.line_before
    headers, block_start = _headers(document, line)
    receiver = around.before[-2:-1] if evidence.after_member_mark else ""
    previous_names = [code for code in around.previous_line if code in names]
    return Place(
        line=frozenset(before),
        right=frozenset(around.line_after),
        previous=frozenset(around.previous_line),
        following=frozenset(around.next_line),
        line_words=_words((code for code in before + around.line_after if code in names), vocabulary),
        previous_words=_words(previous_names, vocabulary),
        receiver_words=_words((code for code in receiver if code in names), vocabulary),
        pairs=_pair_distances(around, context),
        parallel=around.previous_line[len(before) : len(before) + 1],
        two_before=around.before[-2:-1],
        assigned=_assigned(before, vocabulary),
        leader=previous_names[0] if previous_names else "",
        headers=headers,
        block=frozenset(around.before[block_start:]),
        gap_total=sum(evidence.after_gap.values()) + 1.0,
        burst=Counter(around.before[-_BURST:]),
        row=_place_row(evidence, text(context) if context else "\n", text(around.next)),
    )


def _words(codes: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(word for code in codes for word in words_of(vocabulary.text(code)))


def _pair_distances(around: Surroundings, context: str) -> dict[str, float]:
    """For what follows our last token elsewhere in the document: how far the nearest such place is."""
    pairs: dict[str, float] = {}
    if not context:
        return pairs
    distance = 0.0
    for piece in reversed(around.before[-_FAR_TOKENS:-1].split(context)[1:]):
        distance += len(piece) + 1
        if piece:
            pairs.setdefault(piece[0], distance)
    pieces = around.after[:_FAR_TOKENS].split(context)
    distance = len(pieces[0]) * 1.6
    for piece in pieces[1:]:
        if piece and distance < pairs.get(piece[0], _FAR):
            pairs[piece[0]] = distance
        distance += (len(piece) + 1) * 1.6
    return pairs


def _assigned(before: str, vocabulary: Vocabulary) -> str:
    """The name left of the last `=`, `:` or `:=` of the line: `width` in `self.width = `."""
    for at in range(len(before) - 1, 0, -1):
        if vocabulary.text(before[at]) in ("=", ":", ":="):
            return before[at - 1]
    return ""


def _headers(document: OpenDocument, line: int) -> tuple[frozenset[str], int]:
    """Tokens of the lines that open the blocks around the cursor: a function's parameters, a loop's variables;
    and the place in the document where the outermost of these blocks begins."""
    found: list[str] = []
    indent = indent_of(document.lines[line]) or 1
    headers, block = 0, document.starts[line]
    for above in range(line - 1, max(-1, line - _HEADER_LINES), -1):
        start, end = document.starts[above], document.starts[above + 1]
        if start == end:
            continue
        here = indent_of(document.lines[above])
        if here < indent:
            found.append(document.tokens[start:end])
            indent, headers, block = here, headers + 1, start
            if not here or headers == _HEADERS:
                break
    return frozenset("".join(found)), block


def _place_row(evidence: Evidence, context: str, following: str) -> tuple[float, ...]:
    longest = max(evidence.levels.longest.values(), default=1)
    return (
        float(evidence.after_member_mark),
        float(context[0] == "\n"),
        float(context in "(,[{"),
        float(context in ("=", ":=", "==", ":")),
        float(following[0] in "(["),
        float(following[0] == "\n"),
        longest / 4.0,
    )


def rows(
    evidence: Evidence, place: Place, best: list[Scored], typed: str
) -> Steps[tuple[list[list[float]], list[float]]]:
    """One row per candidate, and what ends all of them; `best` in descending order of score."""
    *about, trust = place.row
    common = [*about, float(len(typed) == 1), float(len(typed) > 1), float(typed[:1].isupper()), trust]
    found = []
    for rank, item in enumerate(best):
        found.append(_row(evidence, place, item, typed, rank))
        if not rank % _SLICE_ROWS:
            yield
    return found, common


def _row(evidence: Evidence, place: Place, item: Scored, typed: str, rank: int) -> list[float]:
    code, levels = item.code, evidence.levels
    elsewhere = evidence.elsewhere
    text = elsewhere.vocabulary.text(code)
    words = words_of(text)
    share = 1.0 / len(words) if words else 0.0
    distance = evidence.around.distance.get(code)
    pair = place.pairs.get(code)
    count, others = evidence.document_counts.get(code, 0), elsewhere.count(code)
    return [
        item.score,
        math.log(item.document_chance + 1e-7),
        math.log(item.workspace_chance + 1e-7),
        -math.log1p(_FAR if distance is None else distance),
        float(distance is None),
        math.log1p(count),
        math.log1p(others),
        math.log1p(elsewhere.files_with(code)),
        float(code in place.line),
        float(code in place.right),
        float(code in place.previous),
        float(code in place.following),
        share * sum(word in place.line_words for word in words),
        share * sum(word in place.previous_words for word in words),
        len(text) / 10.0,
        levels.longest.get(code, 0) / 4.0,
        levels.longest_in_document.get(code, 0) / 4.0,
        float(text.startswith(typed)),
        float(text[0].isupper()),
        float(text.isupper()),
        float(text[0] == "_"),
        math.log(item.member_share),
        math.log(item.next_share),
        math.log1p(evidence.right_two.get(code, 0.0)),
        math.log1p(evidence.right_three.get(code, 0.0)),
        math.log1p(levels.agreeing.get(code, 0.0)),
        -math.log1p(_FAR if pair is None else pair),
        float(pair is None),
        float(code == place.parallel),
        float(code == place.two_before),
        float(code == place.assigned),
        math.log1p(place.burst[code]),
        float(code == place.leader),
        float(code in place.headers),
        share * sum(word in place.receiver_words for word in words),
        float(count == 1),
        1.0 / (1.0 + rank),
        math.log(
            (2.0 * levels.document[1].get(code, 0.0) + levels.first_in_workspace.get(code, 0.0) + 0.4)
            / (2.0 * count + others + 3.0)
        ),
        evidence.arguments.get(code, 0.0),
        math.log1p(evidence.after_gap.get(code, 0.0)),
        float(code in place.block),
        evidence.after_gap.get(code, 0.0) / place.gap_total,
    ]
