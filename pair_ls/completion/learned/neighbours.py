"""What stands after, or before, a token in the workspace: counted on first demand, kept right as texts come and go.

Most tokens are asked for never, a few (`.`, `(`, a line's start) all the time; so counts are made per token, on demand,
and the least recently used are dropped. What was added and removed since is a log: a count reads on in it when it is
asked for again, so that an edit or a new file costs nothing by itself.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from pair_ls.completion.stepwise import Steps

_MOST_TOKENS = 96
_MOST_LOGGED = 2_000
_MOST_LOGGED_TOKENS = 4_000_000
_SLICE_TOKENS = 100_000
_SLICE_FOUND = 4_000


class Side(Enum):
    """Which neighbour."""

    AFTER = "after"
    BEFORE = "before"


def neighbours_in(tokens: str, code: str, side: Side) -> list[str]:
    """The characters next to each `code`. A doubled code is its own neighbour and does not matter to us."""
    pieces = tokens.split(code)
    if side is Side.AFTER:
        return [piece[0] for piece in pieces[1:] if piece]
    return [piece[-1] for piece in pieces[:-1] if piece]


@dataclass(slots=True)
class _Known:
    """`read`: how much of the log, since the beginning of time, is in the counts."""

    counts: Counter[str]
    read: int


class Neighbours:
    """Counts for one side, over token strings that are added and removed."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._log: list[tuple[str, bool]] = []  # (tokens, whether they came)
        self._logged = 0  # tokens in it
        self._forgotten = 0  # entries that are not in the log any more

    def add(self, tokens: str) -> None:
        self._note(tokens, came=True)

    def remove(self, tokens: str) -> None:
        self._note(tokens, came=False)

    def of(self, code: str, sources: Sequence[str]) -> Steps[Counter[str]]:
        """The counts for `code`; `sources` are all texts as they are now. Do not change the answer."""
        known = self._known.get(code)
        if known is None or known.read < self._forgotten:
            known = _Known(Counter(), self._forgotten + len(self._log))
            yield from self._read(known.counts, code, [(tokens, True) for tokens in sources])
        start, end = known.read - self._forgotten, len(self._log)
        if start < 0:  # the log was cut meanwhile: good enough for this once
            return known.counts
        if start < end:
            known = _Known(known.counts.copy(), self._forgotten + end)
            yield from self._read(known.counts, code, self._log[start:end])
        self._known[code] = known
        self._known.move_to_end(code)
        if len(self._known) > _MOST_TOKENS:
            self._known.popitem(last=False)
        return known.counts

    def _read(self, counts: Counter[str], code: str, entries: Sequence[tuple[str, bool]]) -> Steps[None]:
        passed = 0
        for tokens, came in entries:
            passed += len(tokens)
            if code in tokens:
                found = neighbours_in(tokens, code, self._side)
                for start in range(0, len(found), _SLICE_FOUND):
                    part = Counter(found[start : start + _SLICE_FOUND])
                    counts.update(part) if came else _take(counts, part)
                    passed += _SLICE_TOKENS * len(part) // _SLICE_FOUND
                    if passed >= _SLICE_TOKENS:
                        passed = 0
                        yield
            if passed >= _SLICE_TOKENS:
                passed = 0
                yield

    def _note(self, tokens: str, *, came: bool) -> None:
        self._log.append((tokens, came))
        self._logged += len(tokens)
        if len(self._log) > _MOST_LOGGED or self._logged > _MOST_LOGGED_TOKENS:
            half = (len(self._log) + 1) // 2
            self._logged -= sum(len(forgotten) for forgotten, _ in self._log[:half])
            del self._log[:half]
            self._forgotten += half


def _take(counts: Counter[str], gone: Counter[str]) -> None:
    for neighbour, count in gone.items():
        left = counts[neighbour] - count
        if left > 0:
            counts[neighbour] = left
        else:
            del counts[neighbour]
