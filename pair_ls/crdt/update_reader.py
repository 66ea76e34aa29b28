"""Reads a Yjs update (format v1) of a flat document without trusting a byte of it: bounded, linear, no recursion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pair_ls.crdt.guard_limits import GuardLimits
from pair_ls.crdt.schema import DocumentKind
from pair_ls.crdt.update_format import (
    DELETED,
    JSON,
    LARGEST_CLIENT,
    LARGEST_CLOCK,
    SKIP,
    STRING,
    match_entry_struct,
    match_range,
    match_section,
    match_text_struct,
    may_hold_pairs,
    number,
    read_text,
)
from pair_ls.errors import MissingUpdates, RefusedBytes


@dataclass(slots=True)
class ReadUpdate:
    """An update in words. A range runs up to, not including, its end."""

    sections: list[tuple[int, int, int]] = field(default_factory=list)
    """(client, start, end): the clocks that it holds, once per client."""
    needs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(client, clock, needed client, needed clock): structs that stand beside one not known yet, of another client."""
    cuts: list[tuple[int, int]] = field(default_factory=list)
    """(client, clock): the item is parted before this clock; only filled where surrogate pairs are about."""
    low_halves: list[tuple[int, int]] = field(default_factory=list)
    """(client, clock): the second halves of surrogate pairs."""
    deleted_content: list[tuple[int, int, int]] = field(default_factory=list)
    """(client, start, end): structs whose content is gone already."""
    deletions: list[tuple[int, int, int]] = field(default_factory=list)
    """(client, start, end): what it deletes, ascending for each client."""


def refused(reason: str, sentence: str) -> RefusedBytes:
    """The refusal of an update; `reason` completes its code."""
    return RefusedBytes(f"Update refused: {sentence}.", code=f"update-{reason}")


def read_update(
    update: bytes, state: Mapping[int, int], *, kind: DocumentKind, limits: GuardLimits, watch_pairs: bool
) -> ReadUpdate:
    """Reads all of it or raises RefusedBytes or MissingUpdates. `state`: client -> first clock not known."""
    if len(update) > limits.max_bytes:
        raise refused("too-large", f"{len(update)} bytes, at most {limits.max_bytes} are taken")
    return _Reader(update, state, limits, kind, watch_pairs or may_hold_pairs(update) is not None).read()


class _Reader:
    __slots__ = (
        "_at",
        "_clients",
        "_limits",
        "_read_structs",
        "_result",
        "_seen",
        "_state",
        "_structs_left",
        "_update",
        "_watch_pairs",
    )

    def __init__(
        self, update: bytes, state: Mapping[int, int], limits: GuardLimits, kind: DocumentKind, watch_pairs: bool
    ) -> None:
        self._update = update
        self._at = 0
        self._state = state
        self._limits = limits
        self._structs_left = limits.max_structs
        self._watch_pairs = watch_pairs
        self._result = ReadUpdate()
        self._seen: set[int] = set()
        self._clients: dict[bytes, int] = {}
        self._read_structs: Callable[[int, int, int], int] = (
            self._read_text_structs if kind is DocumentKind.TEXT else self._read_entry_structs
        )

    def read(self) -> ReadUpdate:
        sections = self._number()
        if sections > self._limits.max_client_ids:
            raise refused(
                "too-many-clients", f"structs of {sections} clients, at most {self._limits.max_client_ids} are taken"
            )
        for _ in range(sections):
            self._read_section()
        self._read_deletions()
        if self._at != len(self._update):
            raise refused("malformed", "bytes follow its end")
        return self._result

    def _read_section(self) -> None:
        match = match_section(self._update, self._at)
        if match is None:
            raise refused("malformed", "the head of a client's structs is cut off")
        count, client_bytes, start_bytes = match.groups()
        structs, client, start = number(count), number(client_bytes), number(start_bytes)
        self._structs_left -= structs
        if self._structs_left < 0:
            raise refused("too-many-structs", f"more than {self._limits.max_structs} structs")
        if structs == 0 or client > LARGEST_CLIENT or client in self._seen:
            raise refused("malformed", "a client without structs, named twice, or with too large a number")
        if start > self._state.get(client, 0):
            raise MissingUpdates(f"The update starts at clock {start} of a client of which less is known.")
        self._clients[client_bytes] = client
        self._seen.add(client)
        self._at = match.end()
        self._result.sections.append((client, start, self._read_structs(structs, client, start)))

    def _read_text_structs(self, count: int, client: int, clock: int) -> int:
        update, at = self._update, self._at
        for _ in range(count):
            match = match_text_struct(update, at)
            if match is None:
                raise self._why_not(at)
            left, left_clock, left_2, left_2_clock, right_2, right_2_clock, right, right_clock, size_bytes = (
                match.groups()
            )
            if left_2 is not None:
                left, left_clock, right, right_clock = left_2, left_2_clock, right_2, right_2_clock
            if left is not None:
                self._stand_beside(client, clock, left, left_clock, cut_behind=True)
            if right is not None:
                self._stand_beside(client, clock, right, right_clock, cut_behind=False)
            length = number(size_bytes)
            start = match.end()
            if update[at] & 31 == STRING:
                at = start + length
                length = self._text_length(update[start:at], length, client, clock)
            else:
                at = start
                self._result.deleted_content.append((client, clock, clock + length))
            clock = self._advance(clock, length)
        self._at = at
        return clock

    def _stand_beside(
        self, client: int, clock: int, other_bytes: bytes, needed_bytes: bytes, *, cut_behind: bool
    ) -> None:
        """Notes what the struct at `clock` needs to be there, and where it parts an item."""
        other = self._clients.get(other_bytes)
        if other is None:
            other = self._clients[other_bytes] = number(other_bytes)
        needed = number(needed_bytes)
        if self._watch_pairs:
            self._result.cuts.append((other, needed + cut_behind))
        if needed < self._state.get(other, 0):
            return
        if other != client:
            self._result.needs.append((client, clock, other, needed))
        elif needed >= clock:
            raise refused("order", "a struct stands beside itself or a later one of its own client")

    def _advance(self, clock: int, length: int) -> int:
        if not 0 < length <= LARGEST_CLOCK - clock:
            raise refused("malformed", "a struct is empty or its clock too large")
        return clock + length

    def _read_entry_structs(self, count: int, client: int, clock: int) -> int:
        for _ in range(count):
            at = self._at
            match = match_entry_struct(self._update, at)
            if match is None:
                raise self._why_not(at)
            left_client, left_clock, key_size, key = match.groups()
            self._at = match.end()
            if left_client is not None:
                self._stand_beside(client, clock, left_client, left_clock, cut_behind=True)
            elif key_size[0] > len(key):
                raise refused(
                    "key", "a document id of the index is empty, too long or has other signs than A-Z a-z 0-9 _ -"
                )
            else:
                self._at = match.start(4) + key_size[0]
            if self._update[at] & 31 == DELETED:
                length = self._number()
                self._result.deleted_content.append((client, clock, clock + length))
            else:
                length = self._read_entries()
            clock = self._advance(clock, length)
        return clock

    def _read_entries(self) -> int:
        """How many: JSON objects of strings; more than one where yjs keeps overwritten ones, to undo."""
        start, count = self._at, self._number()
        for _ in range(count):
            self._read_entry()
            if self._at - start > self._limits.max_entry_bytes:
                raise refused("too-large", f"entries of the index have more than {self._limits.max_entry_bytes} bytes")
        return count

    def _read_entry(self) -> None:
        """Tag 118, count, then key, tag 119, string for each."""
        if self._bytes(1) != b"\x76":
            raise refused("content", "an entry of the index must be a JSON object")
        for _ in range(self._number()):
            self._string()
            if self._bytes(1) != b"\x77":
                raise refused("content", "an entry of the index may hold nothing but strings")
            self._string()

    def _text_length(self, raw: bytes, size: int, client: int, clock: int) -> int:
        """The length of a string content in clocks, which count UTF-16 units."""
        if len(raw) < size:
            raise refused("malformed", "a string is cut off")
        try:
            length, halves = read_text(raw, clock)
        except UnicodeDecodeError as error:
            raise refused("malformed", "a string is not UTF-8") from error
        self._result.low_halves += [(client, half) for half in halves]
        return length

    def _read_deletions(self) -> None:
        left = self._limits.max_deletions
        seen = set()
        for _ in range(self._number()):
            client, count = self._number(LARGEST_CLIENT), self._number()
            left -= count
            if left < 0:
                raise refused("too-many-deletions", f"more than {self._limits.max_deletions} deleted ranges")
            if client in seen:
                raise refused("malformed", "deletions of a client stand in two places")
            seen.add(client)
            self._read_ranges(client, count)

    def _read_ranges(self, client: int, count: int) -> None:
        end = 0
        for _ in range(count):
            match = match_range(self._update, self._at)
            if match is None:
                raise refused("malformed", "a deleted range is cut off")
            start, length = number(match[1]), number(match[2])
            if start < end or length == 0 or length > LARGEST_CLOCK - start:
                raise refused("malformed", "a deleted range is empty, too large or out of order")
            end = start + length
            self._result.deletions.append((client, start, end))
            self._at = match.end()

    def _number(self, largest: int = LARGEST_CLOCK) -> int:
        update, at = self._update, self._at
        value = shift = 0
        while at < len(update) and shift < 56:
            byte = update[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                if value > largest:
                    break
                self._at = at
                return value
            shift += 7
        raise refused("malformed", "a number is cut off or too large")

    def _bytes(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._update):
            raise refused("malformed", "it is cut off")
        raw = self._update[self._at : end]
        self._at = end
        return raw

    def _string(self) -> None:
        try:
            self._bytes(self._number()).decode()
        except UnicodeDecodeError as error:
            raise refused("malformed", "a string is not UTF-8") from error

    def _why_not(self, at: int) -> RefusedBytes | MissingUpdates:
        """What is wrong with the struct that stands here."""
        info = self._update[at : at + 1]
        if not info:
            return refused("malformed", "it is cut off")
        if info[0] == SKIP:
            return MissingUpdates("The update has a hole where its sender misses something.")
        if info[0] & 31 not in (DELETED, STRING, JSON):
            return refused("content", "only text, deleted text and index entries may be shared")
        return refused("place", "a struct is cut off, or does not stand in the one root of this document")
