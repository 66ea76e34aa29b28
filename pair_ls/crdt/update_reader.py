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
    match_section,
    match_text_struct,
    may_hold_pairs,
    number,
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
        update, at, state, watch_pairs = self._update, self._at, self._state, self._watch_pairs
        known_to = state.get
        clients = self._clients
        for _ in range(count):
            match = match_text_struct(update, at)
            if match is None:
                raise self._why_not(at)
            (
                left_client,
                left_clock,
                left_2,
                left_clock_2,
                right_2,
                right_clock_2,
                right_client,
                right_clock,
                size_bytes,
            ) = match.groups()
            if left_2 is not None:
                left_client, left_clock, right_client, right_clock = left_2, left_clock_2, right_2, right_clock_2
            if left_client is not None:
                other = clients.get(left_client)
                if other is None:
                    other = clients[left_client] = number(left_client)
                needed = number(left_clock)
                if needed >= known_to(other, 0):
                    self._note_need(client, clock, other, needed)
                if watch_pairs:
                    self._result.cuts.append((other, needed + 1))
            if right_client is not None:
                other = clients.get(right_client)
                if other is None:
                    other = clients[right_client] = number(right_client)
                needed = number(right_clock)
                if needed >= known_to(other, 0):
                    self._note_need(client, clock, other, needed)
                if watch_pairs:
                    self._result.cuts.append((other, needed))
            size = number(size_bytes)
            start = match.end()
            if update[at] & 31 == STRING:
                at = start + size
                length = self._text_length(update[start:at], size, client, clock)
            else:
                at = start
                length = size
                self._result.deleted_content.append((client, clock, clock + length))
            if not 0 < length <= LARGEST_CLOCK - clock:
                raise refused("malformed", "a struct is empty or its clock too large")
            clock += length
        self._at = at
        return clock

    def _read_entry_structs(self, count: int, client: int, clock: int) -> int:
        for _ in range(count):
            at = self._at
            match = match_entry_struct(self._update, at)
            if match is None:
                raise self._why_not(at)
            left_client, left_clock, key_size, key = match.groups()
            self._at = match.end()
            if left_client is not None:
                other, needed = number(left_client), number(left_clock)
                if needed >= self._state.get(other, 0):
                    self._note_need(client, clock, other, needed)
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
            if not 0 < length <= LARGEST_CLOCK - clock:
                raise refused("malformed", "a struct is empty or its clock too large")
            clock += length
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
        if raw.isascii():
            return size
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise refused("malformed", "a string is not UTF-8") from error
        if max(text) <= "\uffff":
            return len(text)
        at = clock
        for character in text:
            at += 1
            if character > "\uffff":
                self._result.low_halves.append((client, at))
                at += 1
        return at - clock

    def _note_need(self, client: int, clock: int, other: int, needed: int) -> None:
        if other != client:
            self._result.needs.append((client, clock, other, needed))
        elif needed >= clock:
            raise refused("order", "a struct stands beside itself or a later one of its own client")

    def _read_deletions(self) -> None:
        clients = self._number()
        left = self._limits.max_deletions
        if clients > self._limits.max_client_ids:
            raise refused(
                "too-many-clients", f"deletions of {clients} clients, at most {self._limits.max_client_ids} are taken"
            )
        seen = set()
        for _ in range(clients):
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
            start, length = self._number(), self._number()
            if start < end or length == 0 or length > LARGEST_CLOCK - start:
                raise refused("malformed", "a deleted range is empty, too large or out of order")
            end = start + length
            self._result.deletions.append((client, start, end))

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
