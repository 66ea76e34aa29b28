"""Checks foreign updates before native code sees a byte of them: some of 14 bytes kill or hang pycrdt.

An update that passes has the shape of our flat documents, builds on nothing unknown (so nothing is ever left pending in
native code), takes nobody's client id, and parts no surrogate pair. The guard keeps what it needs for that: per client
the next clock and the owner, what is deleted (to know whether an update brings anything), and the second halves of
pairs. Typing on does not make these grow.
"""

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pair_ls.crdt.clocks import ClockRanges, ClockSet
from pair_ls.crdt.guard_limits import FOREIGN, GuardLimits
from pair_ls.crdt.schema import DocumentKind
from pair_ls.crdt.update_format import (
    LARGEST_CLOCK,
    match_erasure,
    match_keystroke,
    number,
    read_text,
)
from pair_ls.crdt.update_reader import ReadUpdate, read_update, refused
from pair_ls.errors import MissingUpdates

EMPTY_UPDATE = b"\x00\x00"
_NONE: tuple[tuple[int, int], ...] = ()

Keystroke = tuple[int, int, tuple[tuple[int, int], ...]]
"""A little text of one known client between known neighbours: client, its next clock, and second halves of pairs."""


class CheckedUpdate(NamedTuple):
    """The answer of the guard, and what `commit` has to take note of. Ranges run up to, not including, their end."""

    is_new: bool
    """Whether it brings a struct or a deletion that is not known."""
    ranges: Sequence[tuple[int, int, int]]
    """(client, start, end) of the structs that are new."""
    deletions: Sequence[tuple[int, int, int]]
    """(client, start, end) of what it deletes and is not known to be deleted."""
    low_halves: Sequence[tuple[int, int]]
    author: str | None
    repeats: bool = False
    """Whether it also holds structs that are known. Merging such updates with others may leave holes."""
    is_plain: bool = False
    """A keystroke of one known client of this author between known neighbours: nothing that could be held back."""

    @property
    def client_ids(self) -> frozenset[int]:
        """Whose structs are new."""
        return frozenset(client for client, _, _ in self.ranges)


class UpdateGuard:
    """One per document; it must see every update that is applied, in that order."""

    __slots__ = ("_clients", "_deleted", "_kind", "_limits", "_low_halves", "owners", "state")

    def __init__(self, kind: DocumentKind, limits: GuardLimits = FOREIGN) -> None:
        self._kind = kind
        self._limits = limits
        self.state: dict[int, int] = {}
        """client -> the next clock: what the document has seen."""
        self.owners: dict[int, str] = {}
        """client -> the author who used it first."""
        self._clients: dict[bytes, int] = {}
        self._deleted = ClockRanges()
        self._low_halves = ClockSet()

    def check(self, update: bytes, *, author: str | None = None, limits: GuardLimits | None = None) -> CheckedUpdate:
        """Raises RefusedBytes (code "update-...") or MissingUpdates; changes nothing. Without `author`: anyone's."""
        return (
            self._check_keystroke(update, author)
            or self._check_erasure(update, author)
            or self.check_any(update, author=author, limits=limits)
        )

    def check_any(
        self, update: bytes, *, author: str | None = None, limits: GuardLimits | None = None
    ) -> CheckedUpdate:
        """The same without the quick ways for common updates."""
        limits = limits or self._limits
        read = read_update(update, self.state, kind=self._kind, limits=limits, watch_pairs=bool(self._low_halves))
        ranges = self._new_ranges(read, author, limits)
        ends = {client: end for client, _, end in read.sections}
        self._check_known(read, ends)
        if read.cuts or read.low_halves or self._low_halves:
            self._check_pairs(read, ranges)
        if read.needs:
            check_order(read.needs, ends)
        covers = self._deleted.covers
        deletions = [deletion for deletion in read.deletions if not covers(*deletion)]
        if len(deletions) > limits.max_new_deletions:
            raise refused("too-many-deletions", f"more than {limits.max_new_deletions} ranges that are not deleted yet")
        is_new = bool(ranges or deletions)
        if read.deleted_content:
            known = self.state.get
            deletions += [(c, max(s, known(c, 0)), e) for c, s, e in read.deleted_content if e > known(c, 0)]
        low_halves = [pair for pair in read.low_halves if pair[1] >= self.state.get(pair[0], 0)]
        repeats = any(start < self.state.get(client, 0) for client, start, _ in read.sections)
        return CheckedUpdate(is_new, ranges, deletions, low_halves, author, repeats)

    def _check_keystroke(self, update: bytes, author: str | None) -> CheckedUpdate | None:
        keystroke = self.match(update, author)
        if keystroke is None:
            return None
        client, end, low_halves = keystroke
        return CheckedUpdate(True, ((client, self.state[client], end),), (), low_halves, author, False, True)

    def match(self, update: bytes, author: str | None) -> Keystroke | None:
        """The quick way for what nearly all updates are: a known client inserts a little text. None: not that plain."""
        match = match_keystroke(update)
        if match is None or self._kind is not DocumentKind.TEXT:
            return None
        (
            own,
            clock_bytes,
            left,
            left_clock,
            left_2,
            left_2_clock,
            right_2,
            right_2_clock,
            right,
            right_clock,
            size,
            raw,
        ) = match.groups()
        client = self._clients.get(own) or self._client(own)
        if client is None or (author is not None and self.owners.get(client) != author):
            return None
        clock = number(clock_bytes)
        if clock != self.state[client] or size[0] != len(raw):
            return None
        # Neighbours must be known, and the cuts beside them part no surrogate pair.
        if left is not None:
            stands = self._is_neighbour(left, left_clock, 1)
        elif left_2 is not None:
            stands = self._is_neighbour(left_2, left_2_clock, 1) and self._is_neighbour(right_2, right_2_clock, 0)
        else:
            stands = self._is_neighbour(right, right_clock, 0)
        if not stands:
            return None
        if raw.isascii():
            end, low_halves = clock + len(raw), _NONE
        else:
            try:
                length, halves = read_text(raw, clock)
            except UnicodeDecodeError:
                return None
            end, low_halves = clock + length, tuple((client, half) for half in halves)
        return None if end > LARGEST_CLOCK else (client, end, low_halves)

    def _check_erasure(self, update: bytes, author: str | None) -> CheckedUpdate | None:
        """Likewise for one deleted range of known text."""
        match = match_erasure(update)
        if match is None:
            return None
        client = self._client(match[1])
        start, length = number(match[2]), number(match[3])
        end = start + length
        if client is None or not length or end > self.state[client] or self._parts_pair(client, start, end):
            return None
        is_new = not self._deleted.covers(client, start, end)
        return CheckedUpdate(is_new, (), ((client, start, end),) if is_new else (), (), author)

    def _client(self, encoded: bytes) -> int | None:
        """The number of a client that is known, remembered by its bytes."""
        client = self._clients.get(encoded)
        if client is None:
            client = number(encoded)
            if client not in self.state:
                return None
            self._clients[encoded] = client
        return client

    def _is_neighbour(self, client_bytes: bytes, clock_bytes: bytes, cut_behind: int) -> bool:
        client = self._clients.get(client_bytes) or self._client(client_bytes)
        clock = number(clock_bytes)
        if client is None or clock >= self.state[client]:
            return False
        return not (self._low_halves and self._low_halves.has(client, clock + cut_behind))

    def _parts_pair(self, client: int, start: int, end: int) -> bool:
        has = self._low_halves.has
        return bool(self._low_halves) and (has(client, start) or has(client, end))

    def commit(self, checked: CheckedUpdate) -> None:
        """Takes note of an update that has been applied."""
        for client, _, end in checked.ranges:
            self.state[client] = end
            if checked.author is not None:
                self.owners.setdefault(client, checked.author)
        for deletion in checked.deletions:
            self._deleted.add(*deletion)
        for half in checked.low_halves:
            self._low_halves.append(*half)

    def commit_keystroke(self, keystroke: Keystroke) -> None:
        """The same for what `match` gave."""
        client, end, low_halves = keystroke
        self.state[client] = end
        for half in low_halves:
            self._low_halves.append(*half)

    def claim(self, client: int, author: str) -> bool:
        """Binds a client id to an author before its first update; False if it is another's."""
        if client not in self.owners and len(self.owners) >= self._limits.max_document_client_ids:
            return True  # nothing is noted: this must not grow for ever, and new text is refused by now
        return self.owners.setdefault(client, author) == author

    def whole_character(self, client: int, clock: int) -> int:
        """The clock, or the one before if it would part a surrogate pair."""
        return clock - 1 if self._low_halves.has(client, clock) else clock

    def _new_ranges(self, read: ReadUpdate, author: str | None, limits: GuardLimits) -> list[tuple[int, int, int]]:
        known = self.state.get
        ranges = [(c, max(s, known(c, 0)), e) for c, s, e in read.sections if e > known(c, 0)]
        unknown = sum(client not in self.state for client, _, _ in ranges)
        if unknown and len(self.state) + unknown > limits.max_document_client_ids:
            raise refused("too-many-clients", f"a document takes at most {limits.max_document_client_ids} client ids")
        if author is not None and any(self.owners.get(client, author) != author for client, _, _ in ranges):
            raise refused("author", "it writes under a client id that belongs to another participant")
        return ranges

    def _check_known(self, read: ReadUpdate, ends: Mapping[int, int]) -> None:
        known = self.state.get
        for _, _, client, clock in read.needs:
            if clock >= ends.get(client, 0):
                raise MissingUpdates("The update stands beside text that is not known.")
        for client, _, end in read.deletions:
            if end > known(client, 0) and end > ends.get(client, 0):
                raise MissingUpdates("The update deletes text that is not known.")

    def _check_pairs(self, read: ReadUpdate, ranges: list[tuple[int, int, int]]) -> None:
        """A parted pair makes yjs (which writes U+FFFD) and yrs (which keeps it, shifting clocks) differ for ever."""
        new = set(read.low_halves)
        has = self._low_halves.has
        parted = (
            any(cut in new or has(*cut) for cut in read.cuts)
            or any((c, s) in new or has(c, s) or (c, e) in new or has(c, e) for c, s, e in read.deletions)
            or any((client, start) in new for client, start, _ in ranges)
        )
        if parted:
            raise refused("surrogate", "it parts a character of two UTF-16 units")


def check_order(needs: list[tuple[int, int, int, int]], ends: Mapping[int, int]) -> None:
    """Refuses structs that wait for each other in a circle, each client's structs also waiting for those before them.

    Follows integration: each client goes on until a need is not met, and is woken when the needed client is that far.
    Every need is met or put aside once, so n needs take O(n log n).
    """
    # client -> its needs (clock, needed client, needed clock), the last one first
    waiting: dict[int, list[tuple[int, int, int]]] = {}
    for client, clock, needed_client, needed_clock in reversed(needs):
        waiting.setdefault(client, []).append((clock, needed_client, needed_clock))
    # needed client -> heap of (needed clock, who waits)
    asleep: dict[int, list[tuple[int, int]]] = {}
    awake = list(waiting)
    while awake:
        client = awake.pop()
        mine = waiting[client]
        while mine:
            _, other, needed = mine[-1]
            if needed >= _progress(other, waiting, ends):
                heapq.heappush(asleep.setdefault(other, []), (needed, client))
                break
            mine.pop()
        sleepers = asleep.get(client, [])
        progress = _progress(client, waiting, ends)
        while sleepers and sleepers[0][0] < progress:
            awake.append(heapq.heappop(sleepers)[1])
    if any(waiting.values()):
        raise refused("order", "its structs wait for each other in a circle")


def _progress(client: int, waiting: Mapping[int, list[tuple[int, int, int]]], ends: Mapping[int, int]) -> int:
    """The first clock of this client that is not integrated yet."""
    mine = waiting.get(client)
    return mine[-1][0] if mine else ends[client]
